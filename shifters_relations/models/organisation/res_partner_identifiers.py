from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...groups import MEMBERS
from ...identifiers import read_rna, read_siren


class Siren(fields.Char):
    """A SIREN is kept as its nine digits, however it was written, and of a SIRET too."""

    def convert_to_cache(self, value, record, validate=True):
        text = super().convert_to_cache(value, record, validate) or ""
        return read_siren(text) or text.strip() or None


class Rna(fields.Char):
    """A number of the register of associations is kept as W and its nine signs."""

    def convert_to_cache(self, value, record, validate=True):
        text = super().convert_to_cache(value, record, validate) or ""
        return read_rna(text) or text.strip() or None


class ResPartner(models.Model):
    """What public registers know an organisation by, which decides whether two are one (B5)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_siren = Siren(
        "SIREN",
        index="btree_not_null",
        copy=False,
        groups=MEMBERS,
        help="Nine digits, of the register of companies and associations; of a SIRET, they are kept alone.",
    )
    relationship_rna = Rna(
        "RNA number",
        index="btree_not_null",
        copy=False,
        groups=MEMBERS,
        help="Of the national register of associations: W and nine digits.",
    )

    _relationship_no_identifier_on_persons = models.Constraint(
        "CHECK(is_company IS TRUE OR (relationship_siren IS NULL AND relationship_rna IS NULL))",
        "SIREN and RNA numbers are noted about organisations, never about a person.",
    )

    @api.constrains("relationship_siren", "relationship_rna")
    def _check_relationship_identifiers(self):
        """Refuse a number that no register can have given: a digit too much, or one for another."""
        for partner in self.sudo():
            siren, rna = partner.relationship_siren, partner.relationship_rna
            if siren and not read_siren(siren):
                raise ValidationError(
                    self.env._(
                        "“%(number)s” is no SIREN of %(name)s: it has nine digits, and the last one tells whether the "
                        "others are right. Compare it with the register's.",
                        number=siren,
                        name=partner.name,
                    )
                )
            if rna and not read_rna(rna):
                raise ValidationError(
                    self.env._(
                        "“%(number)s” is no RNA number of %(name)s: it is W and nine digits, as W751234567.",
                        number=rna,
                        name=partner.name,
                    )
                )

    def _relationship_check_one(self):
        """Refuse to merge what registers know as two: one of the numbers is wrong, or they are two organisations."""
        for name in ("relationship_siren", "relationship_rna"):
            numbered = self.filtered(name).grouped(name)
            if len(numbered) > 1:
                raise UserError(
                    self.env._(
                        "Registers know these as several organisations: %(numbers)s. If they are one all the same, "
                        "take the wrong number out first.",
                        numbers=", ".join(f"{found[0].name} ({number})" for number, found in numbered.items()),
                    )
                )
