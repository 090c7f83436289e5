from odoo import fields, models
from odoo.fields import Domain

from .event_event_facts import PLACE_FIELDS


class ResPartner(models.Model):
    """An event follows the words of its place; who wants no contact any more is not expected at any (G4)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def write(self, vals):
        at = (
            self.env["event.event"]._relationship_get_at(self)
            if PLACE_FIELDS & vals.keys()
            else self.env["event.event"]
        )
        with at._relationship_following_facts():
            result = super().write(vals)
        at._relationship_remember_places()
        if vals.get("relationship_no_contact"):
            self._relationship_withdraw_invitations()
        return result

    def _relationship_withdraw_invitations(self):
        """Withdraw the invitations of who wants no contact any more: her seats are free (G4)."""
        theirs = Domain("partner_id", "in", self.ids) | Domain("organisation_id", "in", self.ids)
        coming = Domain("state", "!=", "cancelled") & Domain("event_id.date_end", ">", fields.Datetime.now())
        self.env["event.invitation"].sudo().search(theirs & coming).action_cancel()
