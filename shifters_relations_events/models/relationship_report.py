from datetime import datetime, time, timedelta

from odoo import fields, models


class RelationshipReport(models.Model):
    """The partner events of the period, in the activity report (R1)."""

    _inherit = "relationship.report"

    def _get_events(self, first, last):
        events = self.env["event.event"].search(
            [
                ("is_partner_event", "=", True),
                ("date_begin", ">=", datetime.combine(first, time.min)),
                ("date_begin", "<", datetime.combine(last + timedelta(days=1), time.min)),
            ],
            order="date_begin",
        )
        return [
            {
                "name": event.name,
                "date": fields.Date.to_string(event.date_begin.date()),
                "invited": event.invited_count,
                "answered": event.answered_count,
                "came": event.present_count,
            }
            for event in events
        ]
