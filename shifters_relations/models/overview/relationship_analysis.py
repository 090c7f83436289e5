from odoo import api, fields, models
from odoo.tools import SQL

from ..loop.res_partner import CHANNELS
from .relationship_analysis_mixin import PARTNER_COLUMNS


class RelationshipAnalysis(models.Model):
    """Contacts to be counted: one row per validated synthesis, and one per open renewal (R4).

    Nothing is copied and nothing confidential is in it. The rows are those of organisations that
    the reader may read.
    """

    _name = "relationship.analysis"
    _description = "Analysis of Contacts"
    _inherit = ["relationship.analysis.mixin"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "mail.activity": ["active", "activity_type_id", "date_deadline", "relationship_partner_id", "user_id"],
        "mail.activity.type": ["relationship_channel"],
        "relationship.synthesis": ["author_id", "channel", "date", "partner_id", "state"],
        "res.partner": ["relationship_owner_id", "relationship_sector_id", "relationship_type_id"],
    }

    kind = fields.Selection(
        [("done", "Took place"), ("late", "Late"), ("planned", "To come")], "Contact", readonly=True
    )
    date = fields.Date(readonly=True)
    user_id = fields.Many2one("res.users", "Member", readonly=True, help="Who made the contact, or will.")
    channel = fields.Selection(CHANNELS, readonly=True)
    is_first = fields.Boolean("First contact", readonly=True)

    @property
    def _table_query(self):
        partners = self._get_partners()
        return SQL(
            """
            SELECT synthesis.id * 2 AS id, 'done' AS kind, synthesis.date, synthesis.author_id AS user_id,
                   synthesis.channel, synthesis.partner_id, %(columns)s,
                   NOT EXISTS (
                       SELECT FROM relationship_synthesis AS earlier
                        WHERE earlier.state = 'done' AND earlier.partner_id = synthesis.partner_id
                          AND (earlier.date, earlier.id) < (synthesis.date, synthesis.id)
                   ) AS is_first
              FROM relationship_synthesis AS synthesis
              JOIN (%(partners)s) AS partner ON partner.id = synthesis.partner_id
             WHERE synthesis.state = 'done'
         UNION ALL
            SELECT activity.id * 2 + 1, CASE WHEN activity.date_deadline < %(today)s THEN 'late' ELSE 'planned' END,
                   activity.date_deadline, activity.user_id,
                   kind.relationship_channel, partner.id, %(columns)s,
                   NOT EXISTS (
                       SELECT FROM relationship_synthesis AS earlier
                        WHERE earlier.state = 'done' AND earlier.partner_id = partner.id
                   )
              FROM mail_activity AS activity
              JOIN (%(partners)s) AS partner ON partner.id = activity.relationship_partner_id
         LEFT JOIN mail_activity_type AS kind ON kind.id = activity.activity_type_id
             WHERE activity.active
            """,
            partners=partners,
            columns=PARTNER_COLUMNS,
            today=fields.Date.context_today(self),
        )

    @api.model
    def _get_newly_met(self, first, last):
        """Return the organisations first met in a period, among those that the reader may read: by the day of it."""
        took_place = [("kind", "=", "done"), ("is_first", "=", True), ("date", ">=", first), ("date", "<=", last)]
        return dict(self._read_group(took_place, ["partner_id"], ["date:min"]))
