from odoo import api, fields, models
from odoo.tools import SQL

FIGURES = ("overdue", "due", "never", "drafts", "month")


class ResPartner(models.Model):
    """The header above one's own portfolio: five numbers (R4)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    @api.readonly
    def relationship_get_portfolio(self):
        """What the reader's portfolio asks for, counted in one query.

        :return: dictionary of the numbers ``overdue``, ``due`` (within 30 days), ``never`` (met), ``drafts``
            (syntheses to finish), ``month`` (contacts this month), and ``wanted``, the band of contacts
            a month in words
        :raise AccessError: the user is not in the team
        """
        self.check_access("read")
        self.env["relationship.synthesis"].check_access("read")
        today = fields.Date.context_today(self)
        query = self._search([("relationship_owner_id", "=", self.env.uid), ("relationship_stage", "=", "target")])
        state = self._relationship_due_state_to_sql(query.table, query)
        last = self._field_to_sql(query.table, "relationship_last_contact_date", query)
        self.env["relationship.synthesis"].flush_model(["author_id", "date", "partner_id", "state"])
        [figures] = self.env.execute_query(
            SQL(
                """
                SELECT count(*) FILTER (WHERE %(state)s = 'overdue'),
                       count(*) FILTER (WHERE %(state)s = 'due'),
                       count(*) FILTER (WHERE %(last)s IS NULL),
                       (SELECT count(*)
                          FROM relationship_synthesis
                         WHERE author_id = %(user)s AND state = 'draft'),
                       (SELECT count(*)
                          FROM relationship_synthesis AS synthesis
                          JOIN res_partner AS organisation ON organisation.id = synthesis.partner_id
                         WHERE synthesis.state = 'done' AND synthesis.date >= %(first)s
                           AND organisation.relationship_owner_id = %(user)s)
                  FROM %(tables)s
                 WHERE %(where)s
                """,
                state=state,
                last=last,
                user=self.env.uid,
                first=today.replace(day=1),
                tables=query.from_clause,
                where=query.where_clause or SQL("TRUE"),
            )
        )
        member = self.env.user.relationship_member_ids[:1]
        wanted = f"{member.monthly_min}-{member.monthly_max}" if member else ""
        return {**dict(zip(FIGURES, figures, strict=True)), "wanted": wanted}
