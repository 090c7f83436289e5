from odoo import api, fields, models
from odoo.tools import SQL

from ..loop.res_partner_due_state import DUE_PERIOD


class ResPartner(models.Model):
    """The numbers of a portfolio: above one's own, and of each member on the team's page (R4)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    @api.readonly
    def relationship_get_portfolio(self):
        """Return what the reader's portfolio asks for, counted in one query.

        :return: dictionary of the numbers that :meth:`_relationship_count_portfolios` counts but the targets,
            and ``wanted``, the band of contacts a month in words
        :raise AccessError: the user is not in the team
        """
        self.check_access("read")
        self.env["relationship.synthesis"].check_access("read")
        figures = self._relationship_count_portfolios(self.env.user)[self.env.uid]
        del figures["targets"]
        member = self.env.user.relationship_member_ids[:1]
        wanted = f"{member.monthly_min}-{member.monthly_max}" if member else ""
        return {**figures, "wanted": wanted}

    @api.model
    def _relationship_count_portfolios(self, users):
        """Count what portfolios ask for, in one query, of the targets that the reader may read.

        :return: dictionary by user id of dictionaries of the numbers ``targets``, ``overdue``, ``due`` (within
            30 days, met before or not), ``never`` (met), ``drafts`` (syntheses to finish),
            ``waiting`` (mails to file), ``month`` (contacts
            this month with the organisations kept)
        """
        query = self._search([("relationship_owner_id", "in", users.ids), ("relationship_stage", "=", "target")])
        query.groupby = owner = self._field_to_sql(query.table, "relationship_owner_id", query)
        last = self._field_to_sql(query.table, "relationship_last_contact_date", query)
        planned = self._field_to_sql(query.table, "relationship_next_contact_date", query)
        today = fields.Date.context_today(self)
        portfolio = query.select(
            SQL("%s AS owner_id", owner),
            SQL("count(*) AS targets"),
            SQL("count(*) FILTER (WHERE %s < %s) AS overdue", planned, today),
            SQL("count(*) FILTER (WHERE %s BETWEEN %s AND %s) AS due", planned, today, today + DUE_PERIOD),
            SQL("count(*) FILTER (WHERE %s IS NULL) AS never", last),
        )
        self.env["relationship.synthesis"].flush_model(["author_id", "date", "partner_id", "state"])
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT keeper.id,
                       coalesce(portfolio.targets, 0) AS targets,
                       coalesce(portfolio.overdue, 0) AS overdue,
                       coalesce(portfolio.due, 0) AS due,
                       coalesce(portfolio.never, 0) AS never,
                       coalesce(written.drafts, 0) AS drafts,
                       coalesce(logged.mails, 0) AS waiting,
                       coalesce(made.contacts, 0) AS month
                  FROM unnest(%(users)s::int[]) AS keeper (id)
             LEFT JOIN (%(portfolio)s) AS portfolio ON portfolio.owner_id = keeper.id
             LEFT JOIN (
                           SELECT draft.author_id, count(*) AS drafts
                             FROM relationship_synthesis AS draft
                             JOIN res_partner AS organisation ON organisation.id = draft.partner_id
                            WHERE draft.author_id = ANY(%(users)s) AND draft.state = 'draft' AND organisation.active
                         GROUP BY draft.author_id
                       ) AS written ON written.author_id = keeper.id
             LEFT JOIN (
                           SELECT user_id, count(*) AS mails
                             FROM relationship_logged_mail
                            WHERE user_id = ANY(%(users)s)
                         GROUP BY user_id
                       ) AS logged ON logged.user_id = keeper.id
             LEFT JOIN (
                           SELECT organisation.relationship_owner_id AS owner_id, count(*) AS contacts
                             FROM relationship_synthesis AS synthesis
                             JOIN res_partner AS organisation ON organisation.id = synthesis.partner_id
                            WHERE synthesis.state = 'done' AND synthesis.date >= %(first)s
                              AND organisation.relationship_owner_id = ANY(%(users)s)
                         GROUP BY organisation.relationship_owner_id
                       ) AS made ON made.owner_id = keeper.id
                """,
                users=users.ids,
                portfolio=portfolio,
                first=today.replace(day=1),
            )
        )
        return {figures.pop("id"): figures for figures in rows}
