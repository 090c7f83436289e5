from odoo import models


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    def unlink(self):
        """Keep the renewals whose meeting goes: the database would delete them with it."""
        renewals = (
            self.env["mail.activity"]
            .sudo()
            .search([("calendar_event_id", "in", self.ids), ("relationship_partner_id", "!=", False)])
        )
        renewals.calendar_event_id = False
        return super().unlink()
