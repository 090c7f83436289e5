from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL

from .relationship_analysis_mixin import PARTNER_COLUMNS
from .res_partner_coverage import COVERAGES

MONTHS = 12


class RelationshipCoverageTrend(models.Model):
    """How today's targets stood at the end of each of the last twelve months (Q8, R4).

    The current month stands as of today. The trend is told of those that are targets now, also for
    the months when they were none yet: how the work on them goes, and not how many there were.
    """

    _name = "relationship.coverage.trend"
    _description = "Coverage Trend"
    _inherit = ["relationship.analysis.mixin"]
    _auto = False
    _order = "date, id"
    _rec_name = "partner_id"
    _depends = {
        "relationship.cadence": ["interval_count", "interval_unit"],
        "relationship.synthesis": ["date", "partner_id", "state"],
        "res.partner": [
            "active",
            "is_company",
            "relationship_cadence_id",
            "relationship_owner_id",
            "relationship_sector_id",
            "relationship_stage",
            "relationship_type_id",
        ],
    }

    date = fields.Date("At the end of", readonly=True)
    coverage = fields.Selection(COVERAGES[:3], readonly=True)

    @property
    def _table_query(self):
        targets = [("active", "=", True), ("is_company", "=", True), ("relationship_stage", "=", "target")]
        last, day = SQL("last_contact.date"), SQL("month.day")
        return SQL(
            """
            SELECT partner.id * %(months)s + month.number AS id, month.day AS date, partner.id AS partner_id,
                   %(columns)s, %(coverage)s AS coverage
              FROM (%(partners)s) AS partner
         LEFT JOIN relationship_cadence AS cadence ON cadence.id = partner.relationship_cadence_id
        CROSS JOIN unnest(%(days)s) WITH ORDINALITY AS month (day, number)
         LEFT JOIN (
                       SELECT contact.partner_id, contact.date, until.number
                         FROM (
                                  SELECT partner_id, date,
                                         lead(date) OVER (PARTITION BY partner_id ORDER BY date, id) AS next_date
                                    FROM relationship_synthesis
                                   WHERE state = 'done'
                              ) AS contact
                         JOIN unnest(%(days)s) WITH ORDINALITY AS until (day, number)
                           ON contact.date <= until.day
                          AND (contact.next_date IS NULL OR contact.next_date > until.day)
                   ) AS last_contact ON last_contact.partner_id = partner.id AND last_contact.number = month.number
            """,
            months=MONTHS,
            columns=PARTNER_COLUMNS,
            coverage=self.env["res.partner"]._relationship_target_coverage_to_sql("cadence", last, day),
            partners=self._get_partners(targets),
            days=self._get_month_ends(),
        )

    @api.model
    def _get_month_ends(self):
        """Return the last days of the eleven months before this one, and today."""
        today = fields.Date.context_today(self)
        return [*(today + relativedelta(months=-ago, day=31) for ago in range(MONTHS - 1, 0, -1)), today]
