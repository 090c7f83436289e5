from odoo import models
from odoo.fields import Domain


class RelationshipCommittee(models.Model):
    """What the partners of a cooperation do, as their calendars tell it, is among the facts of an agenda (V1)."""

    _inherit = "relationship.committee"

    def _get_events(self, partners, since, until):
        """Extend: each with its day and its place, once, whoever else tells it."""
        told = Domain("partner_id", "in", partners.ids) & Domain("state", "=", "shown") & Domain("is_line", "=", True)
        told &= Domain("start", ">", since) & Domain("start", "<=", until)
        entries = self.env["relationship.calendar.entry"].search(told, order="start, id")
        return super()._get_events(partners, since, until) + [
            self.env._(
                "%(name)s: %(event)s (%(details)s).",
                name=entry.partner_id.name,
                event=entry.name,
                details=", ".join(filter(None, [entry.when, entry.place])),
            )
            for entry in entries
        ]
