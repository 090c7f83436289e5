from odoo import models
from odoo.tools import email_normalize, formataddr


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _prepare_mail_values(self, res_ids):
        """Each invitation comes under the name of the contact owner, who gets the answer by mail (E2)."""
        values = super()._prepare_mail_values(res_ids)
        if self.model != "event.invitation" or not self.mass_mailing_id:
            return values
        for invitation in self.env["event.invitation"].browse(values):
            owner = invitation.sudo().owner_id
            if owner.email:
                address = email_normalize(self.mass_mailing_id.email_from) or owner.email_normalized
                values[invitation.id] |= {
                    "email_from": formataddr((owner.name, address)),
                    "reply_to": owner.email_formatted,
                }
        return values
