import lxml.html
from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .event_invitation import KIND_DOMAINS


class EventEvent(models.Model):
    """What a partner event writes to whom: one mailing for each kind and language, ready to be changed (E2, E5, E6)."""

    _inherit = "event.event"  # pylint: disable=consider-merging-classes-inherited

    def _get_facts(self):
        """When, where, and whether it takes place: what people must be told when it changes."""
        self.ensure_one()
        cancelled = " cancelled" if self._is_cancelled() else ""
        return f"{self.date_begin} {self.date_end} {self.address_id.id or ''}{cancelled}"

    def _get_untold_domain(self):
        """Who comes, or waits for a seat, and was told other facts; each one is told once."""
        return (
            Domain("event_id", "=", self.id)
            & Domain("state", "in", ["accepted", "waiting"])
            & Domain("known_facts", "not in", [self._get_facts(), False])
        )

    def action_prepare_mailing(self, kind="invitation"):
        """Open the mailings of a kind that have not left yet: one in each language of those they reach.

        They are written and ready to be changed, from the texts of the previous edition when it has some (E7).

        :param str kind: one of the kinds of :class:`mailing.mailing`
        :raise AccessError: the user is no organiser
        """
        self.ensure_one()
        self._check_organiser()
        drafts = self.partner_mailing_ids.filtered(
            lambda mailing: mailing.partner_event_kind == kind and mailing.state == "draft"
        )
        drafts._refresh_partner_event()
        drafts._take_next_wave()
        missing = self._get_languages(kind) - set(drafts.mapped("partner_event_lang"))
        drafts |= self.env["mailing.mailing"].create(
            [self._prepare_mailing(kind, language) for language in sorted(missing)]
        )
        action = {"type": "ir.actions.act_window", "res_model": "mailing.mailing", "name": self.env._("Mailings")}
        if len(drafts) == 1:
            return {**action, "res_id": drafts.id, "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", drafts.ids)], "views": [(False, "list"), (False, "form")]}

    def _get_default_language(self):
        """The language of mails and pages for those who have none that is installed."""
        return self.env["res.lang"]._relationship_choose(self.company_id.sudo().partner_id.lang)

    def _choose_language(self, code):
        """A language, as long as it is installed, else the default."""
        return self.env["res.lang"]._relationship_choose(code, self._get_default_language())

    def _get_languages(self, kind):
        """The languages of the people whom a mailing of this kind would reach."""
        domain = self._get_kind_domain(kind) & self._get_wave_domain(kind)
        reached = self.env["event.invitation"].search(domain).partner_id
        default = self._get_default_language()
        return {person._relationship_get_lang(default) for person in reached} or {default}

    def _get_kind_domain(self, kind, language=None):
        """The invitations that a kind of mailing reaches now.

        Nobody for whom such a mail is on its way; practical information, thanks and the word to the
        absent nobody twice; nobody to be invited or reminded of what does not take place.
        """
        if kind in ("invitation", "reminder", "practical") and self._is_cancelled():
            return Domain.FALSE
        if kind in ("invitation", "reminder") and self._get_closed_reason():
            return Domain.FALSE
        domain = self._get_audience_domain(kind, language) & Domain("id", "not in", self._get_mailed(kind).ids)
        return domain & self.env["event.invitation"]._get_writable_domain()

    def _get_audience_domain(self, kind, language=None):
        """Who a kind of mailing is for, in one language or in all: what its form shows."""
        self.ensure_one()
        domain = self._get_untold_domain() if kind == "change" else Domain(KIND_DOMAINS[kind])
        domain &= Domain("event_id", "=", self.id)
        others = {code for code, _name in self.env["res.lang"].get_installed()} - {language}
        if not language or not others:
            return domain
        if language == self._get_default_language():
            return domain & Domain("partner_id.lang", "not in", sorted(others))
        return domain & Domain("partner_id.lang", "=", language)

    def _get_wave_domain(self, kind):
        """Invitations leave in waves (E2): the lowest that somebody in it was not written to yet.

        Those of former waves whose mail came back are tried again with it.
        """
        if kind != "invitation":
            return Domain.TRUE
        drafts = self.env["event.invitation"].search(self._get_kind_domain(kind))
        waves = drafts.filtered(lambda each: not each.delivery).mapped("wave")
        return Domain("wave", "<=", min(waves)) if waves else Domain.TRUE

    def _get_mailed(self, kind):
        """The invitations that a mail of this kind is leaving for, or has left for where once is enough."""
        statuses = ["outgoing", "process", "pending"]
        if kind in ("practical", "thanks", "absent"):
            statuses += ["sent", "open", "reply"]
        domain = [
            ("mass_mailing_id.partner_event_id", "=", self.id),
            ("mass_mailing_id.partner_event_kind", "=", kind),
            ("model", "=", "event.invitation"),
            ("trace_status", "in", statuses),
        ]
        traces = self.env["mailing.trace"].sudo().search(domain)
        return self.env["event.invitation"].browse(traces.mapped("res_id"))

    def _prepare_mailing(self, kind, language):
        """The values of a mailing, written in a language."""
        event = self.with_context(lang=language)
        body = event.env["ir.qweb"]._render(f"shifters_relations_events.{kind}_body", {"event": event}, lang=language)
        subject = event._get_mailing_subject(kind)
        former = self.previous_edition_id.partner_mailing_ids.filtered(
            lambda mailing: (mailing.partner_event_kind, mailing.partner_event_lang) == (kind, language)
        ).sorted("id")[-1:]
        former_body = former.body_arch or former.body_html
        if former_body and kind != "change":  # what changed then is not what changes now
            body = event._put_facts(former_body)
            subject = former.subject.replace(event.previous_edition_id.name, event.name)
        return {
            "partner_event_id": self.id,
            "partner_event_kind": kind,
            "partner_event_lang": language,
            "partner_event_facts": self._get_facts(),
            "subject": subject,
            "mailing_model_id": self.env["ir.model"]._get_id("event.invitation"),
            "mailing_domain": self._get_mailing_domain(kind, language),
            "email_from": self._get_sender(),
            "body_arch": body,
            "body_html": body,
            "reply_to_mode": "new",
        }

    def _get_mailing_domain(self, kind, language):
        """Whom a mailing that is prepared now is for, as its form shows it and an organiser may change it."""
        return repr(list(self._get_audience_domain(kind, language) & self._get_wave_domain(kind)))

    def _put_facts(self, body):
        """A mailing's text with the name, date and place that are true now.

        :param str body: HTML whose part of class ``o_partner_event_facts`` is replaced
        """
        text = lxml.html.fromstring(str(body))
        facts = self.env["ir.qweb"]._render(
            "shifters_relations_events.mailing_facts", {"event": self}, lang=self.env.lang
        )
        for former in text.find_class("o_partner_event_facts"):
            former.getparent().replace(former, lxml.html.fromstring(str(facts)))
        return lxml.html.tostring(text, encoding="unicode")

    def _get_sender(self):
        """The address that the event's mails leave from.

        :raise UserError: nobody has one
        """
        sources = (self.organizer_id, self.company_id, self.env.user)
        address = next((source.email_formatted for source in sources if source.active and source.email), False)
        if not address:
            raise UserError(self.env._("Note an e-mail address on the organisation that sends, or on the company."))
        return address

    def _get_mailing_subject(self, kind):
        return {
            "invitation": self.env._("You are invited: %(event)s", event=self.name),
            "reminder": self.env._("Will you join us? %(event)s", event=self.name),
            "practical": self.env._("%(event)s: how to come", event=self.name),
            "change": (
                self.env._("Cancelled: %(event)s", event=self.name)
                if self._is_cancelled()
                else self.env._("New date or place: %(event)s", event=self.name)
            ),
            "thanks": self.env._("Thank you for coming: %(event)s", event=self.name),
            "absent": self.env._("We missed you: %(event)s", event=self.name),
        }[kind]
