from odoo import api, fields, models
from odoo.tools import SQL

from ..texts import key_of
from .relationship_member import MEMBERS

HOST_KEY = "regexp_replace(lower(%s), '^(https?://)?(www[.])?|/.*$', '', 'g')"
SHARED_HOSTS = (
    "facebook.com",
    "linkedin.com",
    "fr.linkedin.com",
    "x.com",
    "twitter.com",
    "instagram.com",
    "youtube.com",
)


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

    _relationship_name_key = models.Index("(relationship_name_key) WHERE relationship_name_key IS NOT NULL")
    _relationship_acronym_key = models.Index("(relationship_acronym_key) WHERE relationship_acronym_key IS NOT NULL")
    _relationship_host_key = models.Index(
        f"(({HOST_KEY % 'website'})) WHERE is_company IS TRUE AND website IS NOT NULL"
    )

    @api.depends("name", "relationship_acronym", "is_company")
    def _compute_relationship_name_key(self):
        """What two ways to write the name of an organisation have in common; folded in Python, as all texts are."""
        for partner in self:
            partner.relationship_name_key = (partner.is_company and key_of(partner.name)) or False
            partner.relationship_acronym_key = (partner.is_company and key_of(partner.relationship_acronym)) or False

    @api.depends("name", "relationship_acronym", "website", "is_company")
    def _compute_relationship_duplicate_id(self):
        """Another organisation of the same name, acronym or website, the oldest one."""
        for partner in self:
            partner.relationship_duplicate_id = partner.is_company and partner._relationship_find_duplicate()

    def _relationship_find_duplicate(self):
        """The oldest organisation that looks like this one, through an index for each way to look alike."""
        self.ensure_one()
        keys = list({key_of(self.name), key_of(self.relationship_acronym)} - {""})
        conditions = [
            SQL("relationship_name_key = ANY(%s)", keys),
            SQL("relationship_acronym_key = ANY(%s)", keys),
            SQL(
                f"website IS NOT NULL AND {HOST_KEY % 'website'} = NULLIF({HOST_KEY % '%s'}, '')"
                f" AND {HOST_KEY % 'website'} NOT IN %s",
                self.website or "",
                SHARED_HOSTS,
            ),
        ]
        self.flush_model(["relationship_name_key", "relationship_acronym_key", "website", "is_company", "active"])
        rows = self.env.execute_query(
            SQL(" UNION ").join(
                SQL("SELECT id FROM res_partner WHERE is_company IS TRUE AND active IS TRUE AND %s", condition)
                for condition in conditions
            )
        )
        found = self.browse(sorted(partner_id for (partner_id,) in rows if partner_id != self._origin.id))
        return found._filtered_access("read")[:1]
