from odoo import api, fields, models
from odoo.addons.shifters_relations.emails import split_emails
from odoo.addons.shifters_relations.names import Name
from odoo.exceptions import UserError, ValidationError
from odoo.tools import email_normalize_all, html2plaintext

from .event_event_mailings import get_announced_facts

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

    subject = Name()
    partner_event_id = fields.Many2one("event.event", "Partner event", index="btree_not_null", ondelete="cascade")
    partner_event_kind = fields.Selection(KINDS, "What it is")
    partner_event_lang = fields.Selection(lambda self: self.env["res.lang"].get_installed(), "Language of the invitees")

    partner_event_news = fields.Selection(
        [
            ("cancelled", "It is cancelled"),
            ("back", "It takes place after all"),
            ("moved", "Its date or place is another"),
        ],
        "What is announced",
        readonly=True,
    )
    partner_event_reach = fields.Char("Recipients now", compute="_compute_partner_event_reach")

    is_relationship_news = fields.Boolean("Internal news of our relations", readonly=True)
    relationship_quoted_ids = fields.Many2many("res.partner", string="Organisations named", readonly=True, copy=False)
    partner_event_facts = fields.Char("When and where, as written", readonly=True)

    @api.model
    def _relationship_prepare(self, language, records, domain, subject, template, values=None):
        """Return a new mailing in one language, to records that are answered from a personal link; nothing is sent.

        :param records: of the model that it is sent to
        :param str domain: of those that it reaches, as the mailing keeps it
        :param str template: name of the text to begin from
        :raise UserError: there is no address to send from
        """
        company = self.env.company
        sender = company.email_formatted or self.env.user.email_formatted
        if not sender:
            raise UserError(self.env._("Note an e-mail address on the company, or on who asks."))
        body = self.env["ir.qweb"]._render(template, {"company": company, **(values or {})}, lang=language)
        return self.create(
            {
                "subject": subject,
                "mailing_model_id": self.env["ir.model"]._get_id(records._name),
                "mailing_domain": domain,
                "partner_event_lang": language,
                "email_from": sender,
                "reply_to_mode": "new",
                "body_arch": body,
                "body_html": body,
            }
        )

    @api.depends_context("lang")
    def _compute_partner_event_reach(self):
        """Compute whom a mailing that has not left reaches now, in words."""
        for mailing in self:
            if mailing.partner_event_kind and mailing.state in ("draft", "in_queue"):
                count = self.env["event.invitation"].search_count(mailing._get_recipients_domain())
                mailing.partner_event_reach = mailing._relationship_say_reach(count)
            else:
                mailing.partner_event_reach = False

    def _relationship_say_reach(self, count):
        """Return how many people a mailing reaches, and who they are, in words."""
        kind = self.partner_event_kind
        if not count:
            return self.env._("Nobody, as it stands")
        news = {
            "cancelled": self.env._("who know of the event, and not that it is cancelled"),
            "back": self.env._("who know that it is cancelled, and not that it takes place"),
            "moved": self.env._("who reckon with the event, and know another date or place"),
        }
        who = {
            "invitation": self.env._("who are to be invited"),
            "reminder": self.env._("who have not answered, were not written to for a week, nor reminded twice"),
            "practical": self.env._("who come, and have not had this mail"),
            "change": news.get(self.partner_event_news, news["moved"]),
            "thanks": self.env._("who were there, and have not been thanked"),
            "absent": self.env._("who were expected and did not come, and have not had this mail"),
        }[kind]
        if count == 1:
            return self.env._("One person, of those %(who)s", who=who)
        return self.env._("The %(count)s people %(who)s", count=count, who=who)

    def _relationship_refresh_partner_event(self):
        """Bring the facts that subject and text tell up to date; what somebody wrote stays."""
        for mailing in self.filtered("partner_event_id"):
            event = mailing.partner_event_id.with_context(
                lang=mailing.partner_event_id._relationship_choose_language(mailing.partner_event_lang)
            )
            news = mailing.partner_event_news
            values = {
                field: event._relationship_put_facts(mailing[field], news) if mailing[field] else mailing[field]
                for field in ("body_arch", "body_html")
            }
            former = get_announced_facts(mailing.body_arch or mailing.body_html)
            now = event._relationship_get_sentences(news)
            for field in ("subject", "preview"):
                values[field] = mailing[field]
                for fact in ("name", "news"):
                    if mailing[field] and former.get(fact) and now[fact]:
                        values[field] = values[field].replace(former[fact], now[fact])
            values["partner_event_facts"] = event._relationship_get_facts()
            values = {field: value for field, value in values.items() if value != mailing[field]}
            if values:
                mailing.write(values)

    def _relationship_take_next_wave(self):
        """Pass a prepared invitation that reaches nobody any more to those who are invited next."""
        for mailing in self.filtered(lambda each: each.partner_event_kind == "invitation"):
            if not self.env["event.invitation"].search_count(mailing._get_recipients_domain(), limit=1):
                mailing.mailing_domain = mailing.partner_event_id._relationship_get_mailing_domain("invitation")

    def _get_opt_out_list(self):
        """Extend core: who wants no contact gets no news either (G4); other mailings are not concerned."""
        opt_out = super()._get_opt_out_list()
        if not self.is_relationship_news:
            return opt_out
        written = self.env[self.mailing_model_real].search(self._get_recipients_domain()).mapped("email")
        objecting = self.env["relationship.objection"]._get_objecting(written)
        silent = [email for email in written if not objecting.isdisjoint(split_emails(email))]
        # Odoo keeps the addresses in a form of its own.
        return objecting.union(opt_out, *map(split_emails, silent), *map(email_normalize_all, silent))

    def _relationship_get_unquotable(self):
        """Return the organisations that this text names, and that have asked since not to be contacted (G4)."""
        self.ensure_one()
        if not self.is_relationship_news:
            return self.env["res.partner"]
        quoted = self.sudo().with_context(active_test=False).relationship_quoted_ids
        text = html2plaintext(self.body_html or "")
        silent = quoted - quoted._relationship_filter_willing()
        return silent.filtered(lambda each: each.name and each.name in text)

    def _relationship_say_unquotable(self, organisations):
        return self.env._(
            "%(names)s asked not to be contacted after this news was drafted: take out what it says of them.",
            names=", ".join(organisations.mapped("name")),
        )

    @api.constrains("state")
    def _check_relationship_quotable(self):
        """Check that the news names nobody who has asked for silence since it was drafted."""
        for mailing in self.filtered(lambda each: each.state == "in_queue"):
            if unquotable := mailing._relationship_get_unquotable():
                raise ValidationError(mailing._relationship_say_unquotable(unquotable))

    def _action_send_mail(self, res_ids=None):
        self.filtered(lambda mailing: mailing.partner_event_kind)._relationship_refresh_partner_event()
        unsent = self.browse()
        for mailing in self:
            if unquotable := mailing._relationship_get_unquotable():  # asked while it was waiting for its hour
                unsent |= mailing
                mailing.state = "draft"
                user = mailing.user_id or self.env.user
                mailing.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=mailing._relationship_say_unquotable(unquotable),
                    user_id=user.id,
                    date_deadline=user._relationship_get_open_day(user._relationship_get_day()),
                )
        return super(MailingMailing, self - unsent)._action_send_mail(res_ids=res_ids)

    def _get_recipients_domain(self):
        domain = super()._get_recipients_domain()
        if not self.partner_event_kind:
            get_mailed_domain = getattr(self.env.get(self.mailing_model_real), "_get_mailed_domain", None)
            return domain & get_mailed_domain() if get_mailed_domain else domain
        event, news = self.partner_event_id, self.partner_event_news or None
        return domain & event._relationship_get_kind_domain(self.partner_event_kind, self.partner_event_lang, news)
