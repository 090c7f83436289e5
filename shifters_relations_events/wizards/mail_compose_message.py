from odoo import models
from odoo.addons.shifters_relations.emails import split_emails
from odoo.tools import email_normalize, formataddr

from ..models.mailing.mail_mail import MAILED


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _prepare_mail_values(self, res_ids):
        """Extend core: what asks comes in the name of the contact owner, who gets the answer by mail (E2)."""
        is_asking = self.model in MAILED and self.mass_mailing_id
        if is_asking:  # core reads who is written to one by one
            self.env[self.model].browse(res_ids).partner_id.fetch()
        values = super()._prepare_mail_values(res_ids)
        if not is_asking:
            return values
        for invitation in self.env[self.model].browse(values):
            owner = invitation._get_inviter()
            if owner.email:
                address = email_normalize(self.mass_mailing_id.email_from) or owner.email_normalized
                values[invitation.id] |= {
                    "email_from": formataddr((owner.name, address)),
                    "reply_to": owner.email_formatted,
                }
        return values

    def _process_mail_values_state(self, mail_values_dict):
        """Extend core, which looks at the first address of each: all may be written to, or none is (G4)."""
        values = super()._process_mail_values_state(mail_values_dict)
        mailing = self.mass_mailing_id
        if not (mailing.partner_event_kind or mailing.is_relationship_news or (mailing and self.model in MAILED)):
            return values
        records = self.env[self.model].browse(values)
        emails = {record.id: split_emails(self._relationship_get_written(record)) for record in records}
        written = list(set().union(*emails.values()))
        refused = set(self.env["mail.blacklist"].sudo().search([("email", "in", written)]).mapped("email"))
        seen = {email for text in mailing._get_seen_list() for email in split_emails(text)}
        for record_id, own in emails.items():
            if values[record_id].get("state") == "cancel":
                continue
            failure = "mail_bl" if not refused.isdisjoint(own) else "mail_dup" if not seen.isdisjoint(own) else False
            if failure:
                values[record_id] |= {"state": "cancel", "failure_type": failure, "is_notification": False}
            else:
                seen.update(own)
        return values

    def _relationship_get_written(self, record):
        """Return the text with the addresses that a mailing writes to: the partner's, or the record's own."""
        reader = record.partner_id if record._name in MAILED else record
        return reader.email if "email" in reader._fields else ""
