from odoo import fields, models
from odoo.tools.mail import append_content_to_html

# Mails that go to a person as one of those whom the team knows.
TOLD_THROUGH = {"res.partner"}


class MailMail(models.Model):
    """The first mail to a person says that we know her, and from where (G3)."""

    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Put the notice at the end, as the mail leaves: what is stored, and what others get, is without."""
        emails = super()._prepare_outgoing_list(mail_server=mail_server, doc_to_followers=doc_to_followers)
        if self.model not in self._relationship_get_telling_models() or self.env.context.get("mailing_test_mail"):
            return emails
        privacy = self.env["relationship.privacy"]
        for email in emails:
            person = self._relationship_get_addressee(email)
            notice = person._relationship_is_to_be_told() and privacy._get_notice(person)
            if notice:
                email["body"] = append_content_to_html(email["body"] or "", notice, plaintext=False)
                plain = privacy._get_plain_notice(notice)
                email["body_alternative"] = f"{email.get('body_alternative') or ''}\n\n{plain}"
        return emails

    def _relationship_get_telling_models(self):
        """The models whose mails tell persons that we know them: a hook."""
        return TOLD_THROUGH

    def _relationship_get_addressee(self, email):
        """The one person whom one of the mails goes to, an empty recordset otherwise.

        :param dict email: one of :meth:`_prepare_outgoing_list`
        """
        return (email.get("partner_id") or self.env["res.partner"]).sudo()

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Who got the mail has been told, in the transaction that says that it has left."""
        for mail in self:
            if mail.model in mail._relationship_get_telling_models():
                told = mail._relationship_get_reached(success_pids, success_emails)
                told = told.filtered(lambda person: person._relationship_is_to_be_told())
                if told and self.env["relationship.privacy"]._has_notice():
                    told.relationship_informed_on = fields.Date.context_today(mail)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )

    def _relationship_get_reached(self, partners, emails):
        """The persons whom a mail reached: a hook.

        :param list partners: recipients, one by one
        :param list emails: addresses that are no recipient's
        """
        return self.env["res.partner"].union(*partners).sudo() if partners else self.env["res.partner"].sudo()
