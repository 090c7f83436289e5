from odoo import api, fields, models
from odoo.tools import SQL

from ...groups import MEMBERS
from ...sameness import MOST, Index, Likeness, get_misbegun, get_sought

# The columns in which others are found by what they have in common with one: kinds of :func:`get_sought`.
COLUMNS = {
    "siren": "relationship_siren",
    "rna": "relationship_rna",
    "name": "relationship_name_key",
    "acronym": "relationship_acronym_key",
    "rough": "relationship_rough_key",
    "site": "relationship_site_key",
}
COMPARED = ("name", "relationship_acronym", "city", "zip", "website", "relationship_siren", "relationship_rna")


class ResPartner(models.Model):
    """An organisation entered twice is noticed while it is typed.

    What is the same is decided in ``sameness.py``; here is kept what it is found by.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_duplicate_id = fields.Many2one(
        "res.partner", "Looks like", compute="_compute_relationship_duplicate_id", groups=MEMBERS
    )

    relationship_name_key = fields.Char(
        "Name, folded",
        compute="_compute_relationship_keys",
        store=True,
        copy=False,
        exportable=False,
        groups=fields.NO_ACCESS,
    )
    relationship_acronym_key = fields.Char(
        "Acronym, folded",
        compute="_compute_relationship_keys",
        store=True,
        copy=False,
        exportable=False,
        groups=fields.NO_ACCESS,
    )
    relationship_rough_key = fields.Char(
        "Name, roughly",
        compute="_compute_relationship_keys",
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

    # Names that a register has cut, and those that have these initials, are found by their beginning.
    _relationship_name_key = models.Index(
        "(relationship_name_key text_pattern_ops) WHERE relationship_name_key IS NOT NULL"
    )
    _relationship_rough_key = models.Index(
        "(relationship_rough_key text_pattern_ops) WHERE relationship_rough_key IS NOT NULL"
    )
    _relationship_acronym_key = models.Index("(relationship_acronym_key) WHERE relationship_acronym_key IS NOT NULL")
    _relationship_site_key = models.Index("(relationship_site_key) WHERE relationship_site_key IS NOT NULL")

    @api.depends("name", "relationship_acronym", "is_company")
    def _compute_relationship_keys(self):
        """Compute what two spellings of a name have in common; folded in Python, as all texts are."""
        for partner in self:
            likeness = partner.is_company and Likeness(name=partner.name, acronym=partner.relationship_acronym)
            partner.relationship_name_key = (likeness and likeness.name_key) or False
            partner.relationship_acronym_key = (likeness and likeness.acronym_key) or False
            partner.relationship_rough_key = (likeness and likeness.rough_key) or False

    @api.depends("website", "is_company")
    def _compute_relationship_site_key(self):
        """Compute whose page an organisation's website is, however its address is written."""
        for partner in self:
            likeness = Likeness(sites=(partner.is_company and partner.website,))
            partner.relationship_site_key = next(iter(likeness.own_sites), False)

    @api.depends(*COMPARED, "is_company")
    def _compute_relationship_duplicate_id(self):
        """Compute the organisation that this one most likely is."""
        for partner in self:
            partner.relationship_duplicate_id = partner.is_company and partner._relationship_find_duplicate()

    def _relationship_get_likeness(self, external_ids=()):
        """Return what an organisation is compared by."""
        self.ensure_one()
        return Likeness(
            self._origin.id or None,
            self.name,
            self.relationship_acronym,
            self.city,
            self.zip,
            (self.website,),
            self.relationship_siren,
            self.relationship_rna,
            external_ids,
        )

    def _relationship_find_duplicate(self):
        """Return the organisation that this one most likely is, an empty recordset if it looks like none."""
        self.ensure_one()
        likeness = self._relationship_get_likeness()
        found = self._relationship_find_alike(likeness)._filtered_access("read")
        found.fetch(COMPARED)
        _verdict, ids = Index(partner._relationship_get_likeness() for partner in found).find(likeness)
        return self.browse(ids[:1])

    @api.model
    def _relationship_find_alike(self, likeness):
        """Return the organisations that have something in common with one, by an index for each likeness."""
        sought = get_sought(likeness)
        self.flush_model([*COLUMNS.values(), "is_company", "active"])
        others = SQL("is_company IS TRUE AND active IS TRUE AND id != %s", likeness.id or 0)
        begun = [SQL("relationship_rough_key LIKE %s", initials + "%") for initials in sought.pop("initials", ())]
        parts = [SQL("%s = ANY(%s)", SQL.identifier(COLUMNS[kind]), sorted(values)) for kind, values in sought.items()]
        parts += begun
        if misbegun := get_misbegun(likeness):
            parts.append(SQL("relationship_rough_key = ANY(%s)", sorted(misbegun)))
        if likeness.reading.is_cut:
            parts.append(SQL("relationship_name_key LIKE %s", likeness.name_key + "%"))
        if not parts:
            return self.browse()
        # Of very many that bear one name, those of the same town come first.
        town = SQL("zip = %s OR starts_with(lower(city), lower(%s))", likeness.zip or None, likeness.city or None)
        query = SQL(" UNION ").join(
            SQL(
                "(SELECT id FROM res_partner WHERE %s AND %s ORDER BY (%s) IS TRUE DESC, id LIMIT %s)",
                others,
                part,
                town,
                MOST,
            )
            for part in parts
        )
        return self.browse(sorted(partner_id for (partner_id,) in self.env.execute_query(query)))
