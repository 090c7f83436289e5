from odoo import models

from ..models.event.event_invitation import STATE_ORDER
from ..models.network.relationship_network_answer_line import ACQUAINTANCES


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Keep one invitation for each event, one answer, one line of it, one card: core would delete them all."""
        invitations = self.env["event.invitation"].sudo().search([("partner_id", "in", partner_ids)])
        for same in invitations.grouped("event_id").values():
            if len(same) > 1:
                ranked = same.sorted(lambda each: (STATE_ORDER.index(each.state), each.answer_number, each.id))
                ranked[1:].registration_ids.filtered(lambda seat: seat.state == "done").invitation_id = ranked[0]
                ranked[1:].registration_ids.filtered(lambda seat: seat.state == "open").action_cancel()
                ranked[1:].unlink()
        lines = self.env["relationship.network.answer.line"].sudo().search([("organisation_id", "in", partner_ids)])
        for same in lines.grouped("answer_id").values():
            same.sorted(lambda line: list(dict(ACQUAINTANCES)).index(line.acquaintance))[:-1].unlink()
        self.env["relationship.survey.answer"].sudo().search([("partner_id", "in", partner_ids)])._become_one()
        self.env["relationship.directory.card"].sudo().search([("organisation_id", "in", partner_ids)])._become_one()
        at = self.env["event.event"]._relationship_get_at(self.env["res.partner"].browse(partner_ids))
        with at._relationship_following_facts():
            result = super()._merge(partner_ids, dst_partner, extra_checks)
            at.invalidate_recordset(["address_id"])
        at._relationship_remember_places()
        return result
