from odoo import api, fields, models
from odoo.tools import SQL

from ...groups import MEMBERS
from ...texts import key_of
from ...websites import site_of

KEY_FIELDS = ("relationship_name_key", "relationship_acronym_key", "relationship_site_key")


class ResPartner(models.Model):
    """An organisation entered twice is noticed while it is typed, by its name, acronym or website."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_duplicate_id = fields.Many2one(
        "res.partner", "Looks like", compute="_compute_relationship_duplicate_id", groups=MEMBERS
    )

    relationship_name_key = fields.Char(
        "Name, folded",
        compute="_compute_relationship_name_key",
        store=True,
        copy=False,
        exportable=False,
        groups=fields.NO_ACCESS,
    )
    relationship_acronym_key = fields.Char(
        "Acronym, folded",
        compute="_compute_relationship_name_key",
        store=True,
        copy=False,
        exportable=False,
        groups=fields.NO_ACCESS,
    )

    relationship_site_key = fields.Char(
        "Website, folded",
        compute="_compute_relationship_site_key",
        store=True,
        copy=False,
        exportable=False,
        groups=fields.NO_ACCESS,
    )

    _relationship_name_key = models.Index("(relationship_name_key) WHERE relationship_name_key IS NOT NULL")
    _relationship_acronym_key = models.Index("(relationship_acronym_key) WHERE relationship_acronym_key IS NOT NULL")
    _relationship_site_key = models.Index("(relationship_site_key) WHERE relationship_site_key IS NOT NULL")

    @api.depends("name", "relationship_acronym", "is_company")
    def _compute_relationship_name_key(self):
        """Compute what two spellings of a name have in common; folded in Python, as all texts are."""
        for partner in self:
            partner.relationship_name_key = (partner.is_company and key_of(partner.name)) or False
            partner.relationship_acronym_key = (partner.is_company and key_of(partner.relationship_acronym)) or False

    @api.depends("website", "is_company")
    def _compute_relationship_site_key(self):
        """Compute whose page an organisation's website is, however its address is written."""
        for partner in self:
            partner.relationship_site_key = (partner.is_company and site_of(partner.website)) or False

    @api.depends("name", "relationship_acronym", "website", "is_company")
    def _compute_relationship_duplicate_id(self):
        """Compute another organisation of the same name, acronym or website, the oldest one."""
        for partner in self:
            partner.relationship_duplicate_id = partner.is_company and partner._relationship_find_duplicate()

    def _relationship_find_duplicate(self):
        """Return the oldest organisation that looks like this one, with an index for each likeness.

        A website that several others have, as the sections of a federation do, is nobody's own.
        """
        self.ensure_one()
        keys = list({key_of(self.name), key_of(self.relationship_acronym)} - {""})
        others = SQL("res_partner WHERE is_company IS TRUE AND active IS TRUE AND id != %s", self._origin.id or 0)
        self.flush_model([*KEY_FIELDS, "is_company", "active"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM %(others)s AND relationship_name_key = ANY(%(keys)s)
                 UNION
                SELECT id FROM %(others)s AND relationship_acronym_key = ANY(%(keys)s)
                 UNION
                SELECT min(id) FROM %(others)s AND relationship_site_key = %(site)s HAVING count(*) = 1
                """,
                others=others,
                keys=keys,
                site=site_of(self.website) or None,
            )
        )
        found = self.browse(sorted(partner_id for (partner_id,) in rows))
        return found._filtered_access("read")[:1]
