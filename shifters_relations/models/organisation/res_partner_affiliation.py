from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...groups import MEMBERS

MOST_LEVELS = 10
SAY_HEADS = "relationship_say_heads"  # key of the context: where one chooses what an organisation is a member of


class ResPartner(models.Model):
    """Who belongs to whom, seen from an organisation (B6)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_affiliation_ids = fields.One2many(
        "relationship.affiliation", "organisation_id", "Member of", copy=False, groups=MEMBERS
    )
    relationship_affiliated_ids = fields.One2many(
        "relationship.affiliation", "umbrella_id", "Members", copy=False, groups=MEMBERS
    )

    @api.model
    def _relationship_get_head_domain(self):
        """Return the domain of the heads of networks: organisations that have members."""
        return Domain("relationship_affiliated_ids", "any", [("organisation_id.active", "=", True)])

    def _relationship_mark_heads(self):
        """Say in what a screen proposes, where it asks for that, of whom others are members already."""
        if self.env.context.get(SAY_HEADS) and self.env.context.get("formatted_display_name"):
            said = self.env._("head of a network")
            for head in self.search(Domain("id", "in", self.ids) & self._relationship_get_head_domain()):
                head.display_name = f"{head.display_name} \t --{said}--"  # as core writes what it shows paler

    def _relationship_get_below(self):
        """Return all that belong to these, their members' members too, which the reader may read; one query."""
        if not self:
            return self
        rows = self.env.execute_query(
            SQL("SELECT id FROM %s AS below", self._relationship_below_to_sql(SQL("SELECT unnest(%s)", self.ids)))
        )
        return self.browse(sorted(partner_id for (partner_id,) in rows))._filtered_access("read")

    @api.model
    def _relationship_below_to_sql(self, heads):
        """Return, as a table, the ids of all active organisations that belong to others, however far.

        Heads are walked through alone, which are few: their members are joined to them once.

        :param SQL heads: a query of their ids
        """
        self._relationship_flush_affiliations()
        return SQL(
            """(
                WITH RECURSIVE head (id) AS (
                    SELECT DISTINCT umbrella_id FROM relationship_affiliation WHERE umbrella_id IN (%s)
                     UNION
                    SELECT affiliation.organisation_id
                      FROM head
                      JOIN relationship_affiliation AS affiliation ON affiliation.umbrella_id = head.id
                      JOIN res_partner AS member ON member.id = affiliation.organisation_id AND member.active
                     WHERE EXISTS (
                           SELECT FROM relationship_affiliation AS further WHERE further.umbrella_id = member.id
                           )
                )
                SELECT DISTINCT member.id
                  FROM head
                  JOIN relationship_affiliation AS affiliation ON affiliation.umbrella_id = head.id
                  JOIN res_partner AS member ON member.id = affiliation.organisation_id AND member.active
            )""",
            heads,
        )

    def _relationship_get_umbrellas(self):
        """Return what each organisation belongs to, the nearest first, of what the reader may read; one query.

        :return: dictionary by id of lists of (umbrella, kind)
        """
        if not self.ids:
            return {}
        self._relationship_flush_affiliations()
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE above (id, umbrella_id, kind, level) AS (
                    SELECT affiliation.organisation_id, affiliation.umbrella_id, affiliation.kind, 1
                      FROM relationship_affiliation AS affiliation
                      JOIN res_partner AS umbrella ON umbrella.id = affiliation.umbrella_id AND umbrella.active
                     WHERE affiliation.organisation_id = ANY(%s)
                     UNION
                    SELECT above.id, affiliation.umbrella_id, affiliation.kind, level + 1
                      FROM above
                      JOIN relationship_affiliation AS affiliation ON affiliation.organisation_id = above.umbrella_id
                      JOIN res_partner AS umbrella ON umbrella.id = affiliation.umbrella_id AND umbrella.active
                     WHERE level < %s
                )
                SELECT id, umbrella_id, (array_agg(kind ORDER BY level))[1]
                  FROM above
              GROUP BY id, umbrella_id
              ORDER BY id, min(level), umbrella_id
                """,
                self.ids,
                MOST_LEVELS,
            )
        )
        readable = self.browse({umbrella_id for _id, umbrella_id, _kind in rows})._filtered_access("read")
        heads = {head.id: head for head in readable}
        umbrellas = {}
        for partner_id, umbrella_id, kind in rows:
            if umbrella_id in heads:
                umbrellas.setdefault(partner_id, []).append((heads[umbrella_id], kind))
        return umbrellas

    @api.model
    def _relationship_flush_affiliations(self):
        self.env["relationship.affiliation"].flush_model(["organisation_id", "umbrella_id", "kind"])
        self.flush_model(["active"])
