from markupsafe import Markup
from odoo import models

from .mail_render_mixin import PLACEHOLDER


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Put the personal link in, at the last moment: no other table ever holds it, nor does a test mail."""
        emails = super()._prepare_outgoing_list(mail_server=mail_server, doc_to_followers=doc_to_followers)
        if self.model != "event.invitation" or not self.res_id or self.env.context.get("mailing_test_mail"):
            return emails
        url = self.env["event.invitation"].browse(self.res_id)._get_url()
        address = f"{self.get_base_url()}{PLACEHOLDER}"
        for email in emails:
            for part in ("body", "body_alternative"):
                if email.get(part):
                    kind = type(email[part])
                    text = str(email[part]).replace(address, url).replace(PLACEHOLDER, url)
                    email[part] = Markup(text) if kind is Markup else text
        return emails
