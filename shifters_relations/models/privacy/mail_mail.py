import re
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.fields import Domain
from odoo.tools.mail import email_split_and_format

from ...emails import split_emails
from ...mail_parts import append_to_text
from ..reminders.relationship_member_reminder import REMINDER_MAIL_DOMAIN

# Mails that go to a person as one of those whom the team knows.
INFORMING_MODELS = {"res.partner"}
# A mail server that answers "not now", as smtplib's errors are written: (451, b'…').
TEMPORARY_FAILURE = re.compile(r"\(4\d\d, ")
SENDER_FAILURES = ("mail_from_missing", "mail_from_invalid")
RETRY_PERIOD, REMINDER_LIFETIME = timedelta(days=3), timedelta(days=7)


class MailMail(models.Model):
    """The first mail to a person says that we know her, and from where (G3)."""

    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Put the notice at the end, as the mail leaves: what is stored, and what others get, is without."""
        emails = super()._prepare_outgoing_list(mail_server=mail_server, doc_to_followers=doc_to_followers)
        if self.model not in self._relationship_get_informing_models() or self.env.context.get("mailing_test_mail"):
            return emails
        addressees = [self._relationship_get_addressee(email) for email in emails]
        notices = self._relationship_begin_to_inform(self.env["res.partner"].sudo().union(*addressees))
        for email, person in zip(emails, addressees, strict=True):
            if notice := notices.get(person):
                email["body"] = append_to_text(email["body"], notice)
        return emails

    # What could not leave

    @api.model
    def _relationship_get_unsent_domain(self):
        """Return the domain of our mails that could not leave, and are kept until they have: a hook."""
        members = self.env["relationship.member"].sudo().search([("is_current", "=", True)]).user_id
        return Domain("state", "=", "exception") & (
            Domain("model", "=like", "relationship.%")
            | Domain("model", "=", "res.users") & Domain("res_id", "in", members.ids)
            | Domain("model", "=", "res.partner") & Domain("message_type", "=", "user_notification")
        )

    def _relationship_may_be_tried_again(self):
        """Return whether nothing can have left, and the cause of the failure may pass.

        Nothing was handed over where there was no connection, which Odoo notes without a type, where there was
        no address to send from, or where the server answered "later".
        One who answers "never" is asked again when somebody has corrected something.
        """
        self.ensure_one()
        if not self.failure_reason:  # killed while it was tried
            return False
        return self.failure_type in (False, *SENDER_FAILURES) or bool(TEMPORARY_FAILURE.search(self.failure_reason))

    @api.model
    def _cron_relationship_retry(self):
        """Give back to Odoo's queue what may leave now, for three days; the reminders have a way of their own."""
        since = fields.Datetime.now() - RETRY_PERIOD
        domain = self._relationship_get_unsent_domain() & Domain("create_date", ">=", since)
        domain &= ~Domain(REMINDER_MAIL_DOMAIN)
        mails = self.search(domain, order="id").filtered(lambda mail: mail._relationship_may_be_tried_again())
        if mails:
            mails._relationship_retry()
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        # A reminder of last week is no news; who has left the team gets none.
        self.search(
            Domain(REMINDER_MAIL_DOMAIN) & Domain("create_date", "<", fields.Datetime.now() - REMINDER_LIFETIME)
        ).unlink()

    def _relationship_retry(self):
        """Put these mails into the queue again: a hook."""
        for mail in self.filtered(lambda mail: mail.failure_type in SENDER_FAILURES):
            mail.email_from = self.env.company.email_formatted  # noted since, or it fails again
        return self.write({"state": "outgoing", "failure_type": False, "failure_reason": False})

    def _relationship_get_informing_models(self):
        """Return the models whose mails inform persons that they are in the base: a hook."""
        return INFORMING_MODELS

    def _relationship_get_addressee(self, email):
        """Return the one person whom one of the mails goes to, else an empty recordset.

        :param dict email: one of :meth:`_prepare_outgoing_list`
        """
        return (email.get("partner_id") or self.env["res.partner"]).sudo()

    def _relationship_begin_to_inform(self, persons):
        """Choose whom this mail informs, and lock their rows: once it has left, noting that must not fail.

        A failure would take back that the mail has left, and it would go twice. Whom somebody else
        is changing, or writing to, is informed another time.

        :return: dictionary of notices by person
        """
        uninformed = persons.filtered(lambda person: person._relationship_is_to_inform())
        notices = {person: self.env["relationship.privacy"]._get_notice(person) for person in uninformed}
        locked = uninformed.filtered(notices.get)._relationship_try_to_lock()
        self._relationship_get_informed()[self.id] = locked.ids
        return {person: notices[person] for person in locked}

    def _relationship_get_informed(self):
        """Return whom the mails of this transaction inform: ids by mail, until it is noted on the persons."""
        return self.env.cr.postcommit.data.setdefault("shifters_relations.informed", {})

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Note that who got the mail is informed, in the same transaction as that the mail has left.

        Odoo deletes what has no valid address as if it had left: ours is kept, to be seen.
        """
        if failure_type:
            self.filtered(lambda mail: (mail.model or "").startswith("relationship.")).auto_delete = False
        informed = self._relationship_get_informed()
        for mail in self.filtered(lambda mail: informed.get(mail.id)):
            reached = mail._relationship_get_reached(success_pids, success_emails)
            new = reached & reached.browse(informed.pop(mail.id))
            new.relationship_informed_on = fields.Date.context_today(mail)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )

    def _relationship_get_reached(self, partners, emails):
        """Return the persons whom a mail reached: a hook.

        :param list partners: recipients, one by one
        :param list emails: addresses that are no recipient's
        """
        return self.env["res.partner"].union(*partners).sudo() if partners else self.env["res.partner"].sudo()

    # Who is forgotten

    def _relationship_filter_to_others(self, persons, emails):
        """Return those of these mails that leave for somebody else too."""
        return self.filtered(
            lambda mail: mail.recipient_ids - persons or not set(split_emails(mail.email_to)).issubset(emails)
        )

    def _relationship_leave_out(self, persons, emails):
        """Let these mails leave for the others alone."""
        self.write({"recipient_ids": [Command.unlink(person_id) for person_id in persons.ids]})
        for mail in self.filtered("email_to"):
            kept = [each for each in email_split_and_format(mail.email_to) if not {*split_emails(each)} & {*emails}]
            mail.email_to = ", ".join(kept)
