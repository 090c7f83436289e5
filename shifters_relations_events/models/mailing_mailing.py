from odoo import api, fields, models
from odoo.addons.shifters_relations.emails import split_emails
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize_all, html2plaintext

KINDS = [
    ("invitation", "Invitation"),
    ("reminder", "Reminder"),
    ("practical", "Practical information"),
    ("change", "The event has moved, or is cancelled"),
    ("thanks", "Thanks"),
    ("absent", "A word to the absent"),
]


class MailingMailing(models.Model):
    """The mails of a partner event are Odoo's own mailings, to the invitations that each kind reaches."""

    _inherit = "mailing.mailing"

    partner_event_id = fields.Many2one("event.event", "Partner event", index="btree_not_null", ondelete="cascade")
    partner_event_kind = fields.Selection(KINDS, "What it is")
    partner_event_lang = fields.Selection(lambda self: self.env["res.lang"].get_installed(), "Language of the invitees")

    is_relationship_news = fields.Boolean("Internal news of our relations", readonly=True)
    relationship_quoted_ids = fields.Many2many("res.partner", string="Organisations named", readonly=True, copy=False)
    partner_event_facts = fields.Char("When and where, as written", readonly=True)

    def _refresh_partner_event(self):
        """Bring the date and place that the text tells up to date; a change that has changed is written anew."""
        for mailing in self:
            event = mailing.partner_event_id
            if not event or mailing.partner_event_facts == event._get_facts():
                continue
            if mailing.partner_event_kind == "change":
                mailing.write(event._prepare_mailing("change", mailing.partner_event_lang))
                continue
            told = event.with_context(lang=event._choose_language(mailing.partner_event_lang))
            mailing.write(
                {
                    "body_arch": mailing.body_arch and told._put_facts(mailing.body_arch),
                    "body_html": mailing.body_html and told._put_facts(mailing.body_html),
                    "partner_event_facts": event._get_facts(),
                }
            )

    def _take_next_wave(self):
        """An invitation that was prepared and reaches nobody any more is for those who are invited next."""
        for mailing in self.filtered(lambda each: each.partner_event_kind == "invitation"):
            if not self.env["event.invitation"].search_count(mailing._get_recipients_domain(), limit=1):
                event = mailing.partner_event_id
                mailing.mailing_domain = event._get_mailing_domain("invitation", mailing.partner_event_lang)

    def _get_opt_out_list(self):
        """Who wants no contact gets no news either (G4); other mailings are not concerned."""
        opt_out = super()._get_opt_out_list()
        if not self.is_relationship_news:
            return opt_out
        written = self.env[self.mailing_model_real].search(self._get_recipients_domain()).mapped("email")
        objecting = self.env["relationship.objection"]._get_objecting(written)
        silent = [email for email in written if not objecting.isdisjoint(split_emails(email))]
        # Odoo keeps the addresses in a form of its own.
        return objecting.union(opt_out, *map(split_emails, silent), *map(email_normalize_all, silent))

    def _get_unquotable(self):
        """The organisations that this text names, and that have asked since not to be contacted (G4)."""
        self.ensure_one()
        if not self.is_relationship_news:
            return self.relationship_quoted_ids.browse()
        quoted = self.sudo().with_context(active_test=False).relationship_quoted_ids
        text = html2plaintext(self.body_html or "")
        silent = quoted - quoted._relationship_filter_willing()
        return silent.filtered(lambda each: each.name and each.name in text)

    def _say_unquotable(self, organisations):
        return self.env._(
            "%(names)s asked not to be contacted after this news was drafted: take out what it says of them.",
            names=", ".join(organisations.mapped("name")),
        )

    @api.constrains("state")
    def _check_quotable(self):
        """News that is sent names nobody who has asked for silence since it was drafted."""
        for mailing in self.filtered(lambda each: each.state == "in_queue"):
            if unquotable := mailing._get_unquotable():
                raise ValidationError(mailing._say_unquotable(unquotable))

    def _action_send_mail(self, res_ids=None):
        self.filtered(lambda mailing: mailing.partner_event_kind)._refresh_partner_event()
        held = self.browse()
        for mailing in self:
            if unquotable := mailing._get_unquotable():  # asked while it was waiting for its hour
                held |= mailing
                mailing.state = "draft"
                mailing.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=mailing._say_unquotable(unquotable),
                    user_id=mailing.user_id.id or self.env.uid,
                )
        return super(MailingMailing, self - held)._action_send_mail(res_ids=res_ids)

    def _get_recipients_domain(self):
        domain = super()._get_recipients_domain()
        if not self.partner_event_kind:
            return domain
        return domain & self.partner_event_id._get_kind_domain(self.partner_event_kind, self.partner_event_lang)
