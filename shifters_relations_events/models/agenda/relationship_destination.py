from odoo import models


class RelationshipDestination(models.Model):
    """A group inside, which an organiser may have subscribed to the agenda (N2)."""

    _inherit = "relationship.destination"

    def write(self, vals):
        """Extend: a former referent neither reads nor stops her group's mail."""
        changed = self.filtered(lambda each: vals.get("referent_id", each.referent_id.id) != each.referent_id.id)
        result = super().write(vals)
        if changed:
            subscriptions = self.env["relationship.calendar.subscription"].sudo().with_context(active_test=False)
            subscriptions.search([("destination_id", "in", changed.ids)])._change_reader()
        return result
