from markupsafe import Markup
from odoo import api, models
from odoo.addons.shifters_relations.emails import split_emails
from odoo.fields import Domain
from odoo.tools import formataddr

# The models that mailings with personal links are sent to.
ASKED_ONCE = {"relationship.directory.card", "relationship.survey.answer"}  # whatever the mail, however it was made
MAILED = {"event.invitation", *ASKED_ONCE}
TRACED = {"event.invitation", "relationship.calendar.subscription"}  # whose mails outside mailings leave a trace too


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _send(self, *args, **kwargs):
        """Extend core: mails may wait a day for the server, so skip who may not be written to any more (G4)."""
        unwanted = self._relationship_filter_unwanted()
        if unwanted:
            reason = self.env._("Not sent: archived, or asked not to be contacted.")
            unwanted.write({"state": "cancel", "failure_reason": reason})
            unwanted.mailing_trace_ids.set_canceled()
            unwanted.mailing_trace_ids.write({"failure_type": "mail_optout"})
        return super(MailMail, self - unwanted)._send(*args, **kwargs)

    def _relationship_filter_unwanted(self):
        """Return the mails of our lists for somebody who may not be written to any more."""
        unwanted = self.browse()
        if self.env.context.get("mailing_test_mail"):
            return unwanted
        for model, mails in self.filtered("res_id").grouped("model").items():
            if not hasattr(self.env.get(model), "_filter_writable"):
                continue
            of_list = mails._relationship_filter_of_list()
            if model in ASKED_ONCE:  # two that wait for the server
                of_list = of_list.sorted("id")
                unwanted |= of_list - of_list.browse([same[:1].id for same in of_list.grouped("res_id").values()])
            records = self.env[model].sudo().browse(of_list.mapped("res_id")).exists()
            gone = (records - records._filter_writable())._ids
            unwanted |= of_list.filtered(lambda mail, gone=gone: mail.res_id in gone)
        return unwanted

    def _relationship_filter_of_list(self):
        """Return the mails of a list; what somebody writes to one person in the conversation is none."""
        return self.filtered(lambda mail: mail.mailing_id or mail.message_type == "email_outgoing")

    def _relationship_get_informing_models(self):
        """Extend: the first invitation informs a person that she is in the base (G3)."""
        return super()._relationship_get_informing_models() | MAILED

    def _relationship_get_addressee(self, email):
        """Extend: a mailing may write to the invitee's address instead of to the invitee."""
        person = super()._relationship_get_addressee(email)
        if person or self.model not in MAILED:
            return person
        invitee = self.env[self.model].sudo().browse(self.res_id).partner_id
        return invitee if self._relationship_is_hers(email["email_to_normalized"], invitee) else person

    def _relationship_is_hers(self, emails, person, email=""):
        """Return whether all these addresses are one person's.

        :param emails: texts, each with one address or several
        :param str email: further addresses of hers
        """
        written = {each for text in emails for each in split_emails(text)}
        known = {*split_emails(person.email), *split_emails(email)}
        # A query more is for what is not in her own field.
        return bool(written) and (written <= known or written <= known | person._relationship_get_all_emails())

    def _relationship_get_reached(self, partners, emails):
        reached = super()._relationship_get_reached(partners, emails)
        if self.model not in MAILED:
            return reached
        invitee = self.env[self.model].sudo().browse(self.res_id).partner_id
        return reached | invitee if any(self._relationship_is_hers([each], invitee) for each in emails) else reached

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Note an invitation as sent when its mail has left, in the same transaction: its state never lies.

        So is a card of the directory, or who answers a survey, by whatever mail of a list.
        """
        # A test mail is of an invitation too, but leaves no trace.
        traces = self.filtered(lambda mail: mail.model in TRACED).mailing_trace_ids
        alone = traces.filtered(lambda trace: not trace.mass_mailing_id)
        if failure_type:
            alone.set_failed(failure_type=failure_type)
        else:
            alone.set_sent()
            for mailing, of_mailing in (traces - alone).grouped("mass_mailing_id").items():
                invitations = self.env["event.invitation"].sudo().browse(of_mailing.mapped("res_id")).exists()
                invitations._mark_mailed(mailing.partner_event_kind, mailing.partner_event_facts)
            asking = self.filtered(lambda mail: mail.model in ASKED_ONCE)._relationship_filter_of_list()
            for model, mails in asking.grouped("model").items():
                self.env[model].sudo().browse(mails.mapped("res_id")).exists()._mark_mailed()
        return super()._postprocess_sent_message(success_pids, success_emails, failure_reason, failure_type)

    @api.model
    def _relationship_get_unsent_domain(self):
        invitations = Domain("state", "=", "exception") & Domain("model", "=", "event.invitation")
        return super()._relationship_get_unsent_domain() | invitations

    def _relationship_retry(self):
        """Try a mailing's mail again for whom it would still reach; not for who was written to otherwise."""
        of_mailing = self.filtered("mailing_id")
        for mailing, mails in of_mailing.grouped("mailing_id").items():
            wanted = Domain("id", "in", mails.mapped("res_id")) & mailing._get_recipients_domain()
            reached = set(self.env[mailing.mailing_model_real].search(wanted).ids)
            of_mailing -= mails.filtered(lambda mail, reached=reached: mail.res_id in reached)
        of_mailing.cancel()
        tried = self - of_mailing
        tried.mailing_trace_ids.write({"trace_status": "outgoing", "failure_type": False})
        return super(MailMail, tried)._relationship_retry()

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Put the personal link in, at the last moment: no other table ever holds it, nor does a test mail."""
        emails = super()._prepare_outgoing_list(mail_server=mail_server, doc_to_followers=doc_to_followers)
        placeholder = getattr(self.env.get(self.model), "_placeholder", None)
        if not placeholder or not self.res_id or self.env.context.get("mailing_test_mail"):
            return emails
        mails = self.browse(self._prefetch_ids).sudo()
        siblings = [mail.res_id for mail in mails if mail.model == self.model]  # their mails leave with this one
        record = self.env[self.model].sudo().browse(self.res_id).with_prefetch(siblings)
        person, further = record._get_reader()
        url = record._get_url()
        address = f"{self.get_base_url()}{placeholder}"
        for email in emails:
            # A message in the conversation, to somebody else, gets nobody's link.
            if not self._relationship_is_hers(email["email_to_normalized"], person, further):
                continue
            if email["partner_id"] == person:  # what nobody sees in an address would keep the mail from arriving
                addresses = split_emails(person.email)
                email["email_to"] = [formataddr((person.name or "", address)) for address in addresses]
                email["email_to_normalized"] = list(addresses)
            put_in = {name: value.replace(address, url) for name, value in email["headers"].items() if value}
            email["headers"] = {**email["headers"], **put_in}
            for part in ("body", "body_alternative"):
                if email.get(part):
                    kind = type(email[part])
                    text = str(email[part]).replace(address, url).replace(placeholder, url)
                    email[part] = Markup(text) if kind is Markup else text
        return emails
