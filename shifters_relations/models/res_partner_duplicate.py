from odoo import api, fields, models
from odoo.tools import SQL

from .relationship_member import MEMBERS

ACCENTS = "àâäáãåçéèêëíìîïñóòôöõúùûüýÿÀÂÄÁÃÅÇÉÈÊËÍÌÎÏÑÓÒÔÖÕÚÙÛÜÝŸ"
PLAIN = "aaaaaaceeeeiiiinooooouuuuyy" * 2
# The letters and digits of a name, without accents or case, whatever the collation of the database.
PLAIN_NAME = f"lower(translate(replace(replace(%s, 'œ', 'oe'), 'Œ', 'oe'), '{ACCENTS}', '{PLAIN}'))"
NAME_KEY = f"NULLIF(regexp_replace({PLAIN_NAME}, '[^a-z0-9]', '', 'g'), '')"
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

    _relationship_name_key = models.Index(f"(({NAME_KEY % 'name'})) WHERE is_company IS TRUE")
    _relationship_acronym_key = models.Index(
        f"(({NAME_KEY % 'relationship_acronym'})) WHERE is_company IS TRUE AND relationship_acronym IS NOT NULL"
    )
    _relationship_host_key = models.Index(
        f"(({HOST_KEY % 'website'})) WHERE is_company IS TRUE AND website IS NOT NULL"
    )

    @api.depends("name", "relationship_acronym", "website", "is_company")
    def _compute_relationship_duplicate_id(self):
        """Another organisation of the same name, acronym or website, the oldest one."""
        for partner in self:
            partner.relationship_duplicate_id = partner.is_company and partner._relationship_find_duplicate()

    def _relationship_find_duplicate(self):
        """The oldest organisation that looks like this one, through an index for each way to look alike."""
        self.ensure_one()
        names = (self.name or "", self.relationship_acronym or "")
        keys = SQL(f"({NAME_KEY % '%s'}, {NAME_KEY % '%s'})", *names)
        conditions = [
            SQL(f"{NAME_KEY % 'name'} IN %s", keys),
            SQL(f"relationship_acronym IS NOT NULL AND {NAME_KEY % 'relationship_acronym'} IN %s", keys),
            SQL(
                f"website IS NOT NULL AND {HOST_KEY % 'website'} = NULLIF({HOST_KEY % '%s'}, '')"
                f" AND {HOST_KEY % 'website'} NOT IN %s",
                self.website or "",
                SHARED_HOSTS,
            ),
        ]
        self.flush_model(["name", "relationship_acronym", "website", "is_company", "active"])
        rows = self.env.execute_query(
            SQL(" UNION ").join(
                SQL("SELECT id FROM res_partner WHERE is_company IS TRUE AND active IS TRUE AND %s", condition)
                for condition in conditions
            )
        )
        found = self.browse(sorted(partner_id for (partner_id,) in rows if partner_id != self._origin.id))
        return found._filtered_access("read")[:1]
