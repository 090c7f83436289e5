from markupsafe import Markup
from odoo import models
from odoo.tools import email_normalize


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _relationship_get_telling_models(self):
        """The first invitation tells a person that we know her (G3)."""
        return super()._relationship_get_telling_models() | {"event.invitation"}

    def _relationship_get_addressee(self, email):
        """A mailing may write to the invitee's address instead of to the invitee."""
        person = super()._relationship_get_addressee(email)
        if person or self.model != "event.invitation":
            return person
        invitee = self.env[self.model].sudo().browse(self.res_id).partner_id
        return invitee if email["email_to_normalized"] == [invitee.email_normalized] else person

    def _relationship_get_reached(self, partners, emails):
        reached = super()._relationship_get_reached(partners, emails)
        if self.model != "event.invitation":
            return reached
        invitee = self.env[self.model].sudo().browse(self.res_id).partner_id
        return reached | invitee if invitee.email_normalized in map(email_normalize, emails) else reached

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """An invitation is sent when its mail has left, in the same transaction: its state never lies."""
        if not failure_type:
            # A test mail is of an invitation too, but leaves no trace.
            traces = self.filtered(lambda mail: mail.model == "event.invitation").mailing_trace_ids
            for mailing, of_mailing in traces.grouped("mass_mailing_id").items():
                invitations = self.env["event.invitation"].sudo().browse(of_mailing.mapped("res_id")).exists()
                invitations._mark_mailed(mailing.partner_event_kind, mailing.partner_event_facts)
        return super()._postprocess_sent_message(success_pids, success_emails, failure_reason, failure_type)

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Put the personal link in, at the last moment: no other table ever holds it, nor does a test mail."""
        emails = super()._prepare_outgoing_list(mail_server=mail_server, doc_to_followers=doc_to_followers)
        placeholder = getattr(self.env.get(self.model), "_placeholder", None)
        if not placeholder or not self.res_id or self.env.context.get("mailing_test_mail"):
            return emails
        record = self.env[self.model].sudo().browse(self.res_id)
        own = {record.partner_id.email_normalized}
        if "email" in record._fields:
            own.add(email_normalize(record.email))
        url = record._get_url()
        address = f"{self.get_base_url()}{placeholder}"
        for email in emails:
            # A message in the conversation, to somebody else, gets nobody's link.
            if not email["email_to_normalized"] or not set(email["email_to_normalized"]) <= own:
                continue
            for part in ("body", "body_alternative"):
                if email.get(part):
                    kind = type(email[part])
                    text = str(email[part]).replace(address, url).replace(placeholder, url)
                    email[part] = Markup(text) if kind is Markup else text
        return emails
