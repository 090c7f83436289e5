import lxml.html
from markupsafe import Markup, escape
from odoo import Command, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import is_html_empty

from ..event.event_invitation import KIND_DOMAINS, UNDELIVERED_STATES


class EventEvent(models.Model):
    """What a partner event writes to whom: one mailing for each kind and language, ready to be changed (E2, E5, E6)."""

    _inherit = "event.event"  # pylint: disable=consider-merging-classes-inherited

    def action_relationship_prepare_mailing(self, kind="invitation"):
        """Open the mailings of a kind that have not left yet: one in each language of those they reach.

        They are written and ready to be changed, from what was written last: for this event, else for a former
        edition (E7). What has changed is announced in one for each change.

        :param str kind: one of the kinds of :class:`mailing.mailing`
        :raise AccessError: the user is no organiser
        """
        self.ensure_one()
        self._relationship_check_organiser()
        wanted = {
            (language, news)
            for news in self._relationship_get_wanted_news(kind)
            for language in self._relationship_get_languages(kind, news)
        }
        drafts = self.partner_mailing_ids.filtered(
            lambda mailing: (
                mailing.partner_event_kind == kind
                and mailing.state == "draft"
                and (kind != "change" or (mailing.partner_event_lang, mailing.partner_event_news) in wanted)
            )
        )
        drafts._relationship_refresh_partner_event()
        drafts._relationship_take_next_wave()
        missing = wanted - {(mailing.partner_event_lang, mailing.partner_event_news) for mailing in drafts}
        drafts |= self.env["mailing.mailing"].create(
            [self._relationship_prepare_mailing(kind, language, news) for language, news in sorted(missing)]
        )
        action = {"type": "ir.actions.act_window", "res_model": "mailing.mailing", "name": self.env._("Mailings")}
        if len(drafts) == 1:
            return {**action, "res_id": drafts.id, "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", drafts.ids)], "views": [(False, "list"), (False, "form")]}

    def _relationship_get_default_language(self):
        """Return the language of mails and pages for those who have none that is installed."""
        return self.env["res.lang"]._relationship_choose(self.company_id.sudo().partner_id.lang)

    def _relationship_choose_language(self, code):
        """Return a language, as long as it is installed, else the default."""
        return self.env["res.lang"]._relationship_choose(code, self._relationship_get_default_language())

    def _relationship_get_wanted_news(self, kind):
        """Return what a kind of mailing announces; several things where people know different facts."""
        if kind != "change":
            return [False]
        return list(self._relationship_get_unannounced()) or [
            "cancelled" if self._relationship_is_cancelled() else "moved"
        ]

    def _relationship_get_languages(self, kind, news=False):
        """Return the languages of the people whom a mailing of this kind would reach."""
        domain = self._relationship_get_kind_domain(kind, news=news) & self._relationship_get_wave_domain(kind)
        reached = self.env["event.invitation"].search(domain).partner_id
        default = self._relationship_get_default_language()
        return {person._relationship_get_lang(default) for person in reached} or {default}

    def _relationship_get_kind_domain(self, kind, language=None, news=None):
        """Return the domain of the invitations that a kind of mailing reaches now.

        Nobody for whom such a mail is on its way; practical information, thanks and the word to the
        absent nobody twice; of what does not take place, its cancellation alone.
        """
        if kind != "change" and self._relationship_is_cancelled():
            return Domain.FALSE
        if kind in ("invitation", "reminder") and self._relationship_get_closed_reason():
            return Domain.FALSE
        domain = self._relationship_get_audience_domain(kind, language, news) & Domain(
            "id", "not in", self._relationship_get_mailed(kind).ids
        )
        domain &= self.env["event.invitation"]._get_writable_domain()
        if kind in ("reminder", "practical"):  # to whom the invitation has reached, and mails reach still
            unreached = UNDELIVERED_STATES | ({"corrected"} if kind == "reminder" else set())
            invitations = self.sudo().invitation_ids.filtered(lambda each: each.delivery in unreached)
            domain &= Domain("id", "not in", invitations.ids)
        return domain

    def _relationship_get_audience_domain(self, kind, language=None, news=None):
        """Return the domain of who a kind of mailing is for, in one language or in all."""
        self.ensure_one()
        domain = self._relationship_get_unannounced_domain(news) if kind == "change" else Domain(KIND_DOMAINS[kind])
        domain &= Domain("event_id", "=", self.id)
        others = {code for code, _name in self.env["res.lang"].get_installed()} - {language}
        if not language or not others:
            return domain
        if language == self._relationship_get_default_language():
            return domain & Domain("partner_id.lang", "not in", sorted(others))
        return domain & Domain("partner_id.lang", "=", language)

    def _relationship_get_wave_domain(self, kind):
        """Return the domain of the next wave (E2): the lowest in which somebody was not written to yet.

        Those of former waves whose mail came back are tried again with it.
        """
        if kind != "invitation":
            return Domain.TRUE
        drafts = self.env["event.invitation"].search(self._relationship_get_kind_domain(kind))
        waves = drafts.filtered(lambda each: not each.delivery).mapped("wave")
        return Domain("wave", "<=", min(waves)) if waves else Domain.TRUE

    def _relationship_get_mailed(self, kind):
        """Return the invitations that a mail of this kind is leaving for, or has left for where once is enough."""
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

    def _relationship_prepare_mailing(self, kind, language, news=False):
        """Return the values of a mailing, written in a language.

        What somebody has written stays: the last text of this kind and language, with the facts of now.

        :param str news: for a change, which of :meth:`_relationship_get_news`
        """
        event = self.with_context(lang=language)
        values = {
            "partner_event_id": self.id,
            "partner_event_kind": kind,
            "partner_event_lang": language,
            "partner_event_news": news,
            "partner_event_facts": self._relationship_get_facts(),
            "mailing_model_id": self.env["ir.model"]._get_id("event.invitation"),
            "mailing_domain": self._relationship_get_mailing_domain(kind),
            "email_from": self._relationship_get_sender(),
            "reply_to_mode": "new",
        }
        if former := self._relationship_get_former_mailing(kind, language, news):
            return {**values, **event._relationship_take_text(former)}
        body = event.env["ir.qweb"]._render(
            f"shifters_relations_events.{kind}_body", {"event": event, "news": news}, lang=language
        )
        return {
            **values,
            "subject": event._relationship_get_mailing_subject(kind, news),
            "body_arch": body,
            "body_html": body,
        }

    def _relationship_get_former_mailing(self, kind, language, news=False):
        """Return the mailing to begin from: the event's last one of a kind and language, else a former edition's.

        One that somebody emptied is none. What changed at another time is not what changes now.
        """
        event, seen = self, self.browse()
        while event and event not in seen:
            for mailing in event.sudo().partner_mailing_ids.sorted("id", reverse=True):
                if (mailing.partner_event_kind, mailing.partner_event_lang) != (kind, language):
                    continue
                is_same = event == self and mailing.partner_event_news == news
                if kind == "change" and not (is_same and mailing.partner_event_facts == self._relationship_get_facts()):
                    continue
                if not is_html_empty(mailing.body_arch) or not is_html_empty(mailing.body_html):
                    return mailing.with_env(self.env)
            seen |= event
            event = event.previous_edition_id
        return self.env["mailing.mailing"]

    def _relationship_take_text(self, former):
        """Return the text of a former mailing, with the facts of this event in the language of the environment."""
        written = former.body_html if is_html_empty(former.body_arch) else former.body_arch
        # As it leaves, it has its styles in line: unless it is of another text than the one that is edited.
        sent = former.body_html if get_words(former.body_html) == get_words(written) else written
        name = get_announced_facts(written).get("name") or former.partner_event_id.with_context(lang=self.env.lang).name
        values = {
            "body_arch": self._relationship_put_facts(written, former.partner_event_news),
            "body_html": self._relationship_put_facts(sent, former.partner_event_news),
            "subject": (former.subject or "").replace(name, self.name),
            "preview": (former.preview or "").replace(name, self.name),
            # The mailing that an attachment belongs to takes it along when it is deleted.
            "attachment_ids": [Command.set(former.attachment_ids.copy({"res_id": False}).ids)],
        }
        if former.partner_event_id == self:
            values |= {field: former[field] for field in ("email_from", "reply_to_mode", "reply_to")}
        return values

    def _relationship_get_mailing_domain(self, kind):
        """Return what a mailing that is prepared now keeps of whom it is for: the wave.

        The rest follows from its kind, and is looked at as it leaves (:meth:`_relationship_get_kind_domain`).
        """
        return repr(list(self._relationship_get_wave_domain(kind)) if kind == "invitation" else [])

    def _relationship_get_sentences(self, news=False):
        """Return the sentences of a mail about this event, by the name of the part where they stand."""
        titles = (
            self._relationship_get_news_titles(self._relationship_get_unannounced().get("moved", ())) if news else {}
        )
        queue = self.env._("Somebody is waiting for a seat.") if self.sudo().waiting_count else ""
        return {
            "name": self.name,
            "when": self._relationship_say_period(),
            "where": self._relationship_say_where(),
            "news": titles.get(news, ""),
            "queue": queue,
        }

    def _relationship_put_facts(self, body, news=False):
        """Put the name, date and place of now into a mailing's text, where it has them; unchanged where they are right.

        What somebody wrote beside a fact stays.

        :param str body: HTML whose parts of class ``o_partner_event_fact`` say the facts, each with
            what it said in ``data-told``; older ones have all of them in one of class ``o_partner_event_facts``
        """
        text = lxml.html.fragment_fromstring(str(body or ""), create_parent="div")
        sentences, is_changed = self._relationship_get_sentences(news), False
        for part in text.find_class("o_partner_event_fact"):
            now, former = sentences.get(part.get("data-fact")), part.get("data-told", "")
            if now is None or now == former:
                continue
            is_changed = True
            part.set("data-told", now)
            replace_announced(part, former, now)
        for block in text.find_class("o_partner_event_facts"):
            if not block.find_class("o_partner_event_fact"):
                is_changed = True
                facts = self.env["ir.qweb"]._render(
                    "shifters_relations_events.mailing_facts", {"event": self, "news": news}, lang=self.env.lang
                )
                fresh = lxml.html.fromstring(str(facts))
                fresh.tail = block.tail
                block.getparent().replace(block, fresh)
        if not is_changed:
            return body
        parts = (lxml.html.tostring(part, encoding="unicode") for part in text)
        return escape(text.text or "") + Markup("").join(map(Markup, parts))

    def _relationship_get_sender(self):
        """Return the address that the event's mails leave from.

        :raise UserError: nobody has one
        """
        sources = (self.organizer_id, self.company_id, self.env.user)
        address = next((source.email_formatted for source in sources if source.active and source.email), False)
        if not address:
            raise UserError(self.env._("Note an e-mail address on the organisation that sends, or on the company."))
        return address

    def _relationship_get_mailing_subject(self, kind, news=False):
        return {
            "invitation": self.env._("You are invited: %(event)s", event=self.name),
            "reminder": self.env._("Will you join us? %(event)s", event=self.name),
            "practical": self.env._("%(event)s: how to come", event=self.name),
            "change": self.env._(
                "%(what)s: %(event)s", what=self._relationship_get_sentences(news)["news"], event=self.name
            ),
            "thanks": self.env._("Thank you for coming: %(event)s", event=self.name),
            "absent": self.env._("We missed you: %(event)s", event=self.name),
        }[kind]


def get_announced_facts(body):
    """Return what a mailing's text says of its event, by the name of the fact; of an older text, the name."""
    text = lxml.html.fragment_fromstring(str(body or ""), create_parent="div")
    sentences = {part.get("data-fact"): part.get("data-told", "") for part in text.find_class("o_partner_event_fact")}
    for block in text.find_class("o_partner_event_facts"):
        for title in block.iter("h1"):
            sentences.setdefault("name", title.text_content().strip())
    return sentences


def get_words(body):
    """Return the words of a text, whatever its form."""
    return lxml.html.fragment_fromstring(str(body or ""), create_parent="div").text_content().split()


def replace_announced(part, former, now):
    """Replace what a part of a text said, and keep what was written beside it.

    :param part: an element
    :param str former: the sentence that it said; where nobody left it as it was, all is replaced
    :param str now: the sentence to say
    """
    for element in part.iter():
        for place in ("text", "tail") if element is not part else ("text",):
            written = getattr(element, place)
            if former and written and former in written:
                setattr(element, place, written.replace(former, now))
                return
    for child in list(part):
        part.remove(child)
    part.text = now
