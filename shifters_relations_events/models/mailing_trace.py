from odoo import models


class MailingTrace(models.Model):
    _inherit = "mailing.trace"

    def set_sent(self, domain=None):
        """An invitation is sent when its mail has left, in the same transaction: its state never lies."""
        traces = super().set_sent(domain=domain)
        ours = traces.filtered(lambda trace: trace.model == "event.invitation")
        for mailing, of_mailing in ours.grouped("mass_mailing_id").items():
            invitations = self.env["event.invitation"].sudo().browse(of_mailing.mapped("res_id")).exists()
            invitations._mark_mailed(mailing.partner_event_kind, mailing.partner_event_facts)
        return traces
