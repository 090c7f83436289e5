from odoo import models

from ..models.event_invitation import STRENGTH


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """One invitation for each event, with the strongest answer: core would delete all the sources'."""
        invitations = self.env["event.invitation"].sudo().search([("partner_id", "in", partner_ids)])
        for same in invitations.grouped("event_id").values():
            if len(same) > 1:
                ranked = same.sorted(lambda each: (STRENGTH.index(each.state), each.answer_number, each.id))
                ranked[1:].registration_ids.filtered(lambda seat: seat.state == "done").invitation_id = ranked[0]
                ranked[1:].registration_ids.filtered(lambda seat: seat.state == "open").action_cancel()
                ranked[1:].unlink()
        return super()._merge(partner_ids, dst_partner, extra_checks)
