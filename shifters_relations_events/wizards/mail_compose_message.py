from odoo import models
from odoo.tools import formataddr


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
                address = self.mass_mailing_id.email_from or owner.email
                bare = address.rpartition("<")[2].rstrip(">")
                values[invitation.id] |= {
                    "email_from": formataddr((owner.name, bare)),
                    "reply_to": owner.email_formatted,
                }
        return values
