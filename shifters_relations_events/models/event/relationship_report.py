from datetime import datetime, time, timedelta

from odoo import fields, models


class RelationshipReport(models.Model):
    """The partner events of the period, in the activity report (R1)."""

    _inherit = "relationship.report"

    def _get_events(self, first, last):
        around = timedelta(days=1)  # what day it is depends on where the event takes place
        events = self.env["event.event"].search(
            [
                ("is_partner_event", "=", True),
                ("kanban_state", "!=", "cancel"),
                ("date_begin", ">=", datetime.combine(first, time.min) - around),
                ("date_begin", "<=", datetime.combine(last, time.max) + around),
            ],
            order="date_begin",
        )
        events = events.filtered(lambda event: first <= event._relationship_get_first_day() <= last)
        return [
            {
                "name": event.name,
                "date": fields.Date.to_string(event._relationship_get_first_day()),
                "invited": event.invited_count,
                "answered": event.answered_count,
                "came": event.present_count,
            }
            for event in events
        ]
