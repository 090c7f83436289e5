import base64

from odoo import Command
from odoo.addons.shifters_relations.tests.common import TODAY
from odoo.addons.shifters_relations.tests.rights import RightsMixin, Sample
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import PartnerEventCase

FILE = base64.b64encode(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")


@tagged("post_install", "-at_install")
class TestRights(RightsMixin, PartnerEventCase):
    """Who may do what with partner events and network calls: ``rights.md`` says, everything is tried.

    The internal user makes events and mailings of her own, and is not in the team.
    """

    addon = "shifters_relations_events"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for group in ("event.group_event_manager", "mass_mailing.group_mass_mailing_user"):
            cls.outsider.group_ids = [Command.link(cls.env.ref(group).id)]
        cls.of_marc = cls.create_target("Alliance", owner=cls.marc)
        cls.list = cls.env["mailing.list"].create({"name": "Readers"})
        cls.contact_email = cls.env["mailing.contact"].create(
            {"name": "Ruth", "email": "ruth@example.org", "list_ids": [Command.set(cls.list.ids)]}
        )
        cls.prepare_users()
        cls.samples = {
            **cls.prepare_events(),
            **cls.prepare_calls_for_help(),
            **cls.prepare_calendars(),
            **cls.prepare_directory(),
            **cls.prepare_surveys(),
            **cls.prepare_wizards(),
        }
        kind = {"kind": "invitation"}
        cls.calls = {
            ("event.event.default_get", "any"): {"fields": ["date_begin"]},
            ("event.event.action_relationship_prepare_mailing", "a partner event"): kind,
            ("relationship.personal.link.mixin.action_renew_link", "any"): {"ids": [1]},
        }
        cls.env.flush_all()

    @classmethod
    def prepare_events(cls):
        draft, sent = cls.invite("Ada", "Ben")
        sent.state = "sent"
        of_marc = cls.env["event.invitation"].create(
            {"event_id": cls.event.id, "partner_id": cls.create_person("Cleo", cls.of_marc).id}
        )
        seat = cls.env["event.registration"].create(
            {"event_id": cls.event.id, "name": "Ada", "invitation_id": draft.id}
        )
        other = cls.create_event(name="Another")
        values = {"name": "New", "date_begin": "2026-06-01 10:00:00", "date_end": "2026-06-01 12:00:00"}
        mailing = cls.env["mailing.mailing"].create(
            {
                "subject": "Hello",
                "mailing_model_id": cls.env["ir.model"]._get_id("event.invitation"),
                "user_id": cls.organiser.id,
            }
        )
        trace = cls.env["mailing.trace"].create(
            {"mass_mailing_id": mailing.id, "model": "event.invitation", "res_id": sent.id, "email": "ben@example.org"}
        )

        def invite(name, partner):
            return {"event_id": cls.event.id, "partner_id": cls.create_person(name, partner).id}

        wave = {"wave": 2}
        return {
            ("event.event", "a partner event"): Sample(other, {**values, "is_partner_event": True}, {"guest_max": 2}),
            ("event.registration", "a seat"): Sample(
                seat, {"event_id": cls.event.id, "name": "New"}, {"state": "cancel"}
            ),
            ("event.invitation", "to be sent to her organisation"): Sample(draft, invite("Dan", cls.partner), wave),
            ("event.invitation", "sent to her organisation"): Sample(
                sent, {**invite("Eve", cls.partner), "state": "sent"}, wave
            ),
            ("event.invitation", "to be sent to another owner's"): Sample(of_marc, invite("Fay", cls.of_marc), wave),
            ("res.partner", "an invited person of hers, to be contacted no more"): Sample(
                sent.partner_id, {"name": "Gil", "parent_id": cls.partner.id}, {"relationship_no_contact": True}
            ),
            ("mailing.trace", "of an invitation"): Sample(
                trace,
                {"mass_mailing_id": mailing.id, "model": "event.invitation", "res_id": 1},
                {"email": "x@example.org"},
            ),
        }

    @classmethod
    def prepare_calls_for_help(cls):
        Call = cls.env["relationship.network.call"]

        def values(user, partner):
            asked = {"user_ids": [Command.set(cls.outsider.ids)]}
            return {"user_id": user.id, "organisation_ids": [Command.set(partner.ids)], **asked}

        hers = Call.create(values(cls.helene, cls.partner))
        of_marc = Call.create(values(cls.marc, cls.of_marc))
        asked = Call.create(values(cls.helene, cls.partner))
        asked.action_send()
        answer = asked.answer_ids
        answer._answer({cls.partner.id: ("well", False)})
        given = {"call_id": hers.id, "email": "new@example.org"}
        line = {"answer_id": answer.id, "organisation_id": cls.of_marc.id, "acquaintance": "no"}
        message = {"message": "Please"}
        return {
            ("relationship.network.call", "hers, to send"): Sample(hers, values(cls.helene, cls.partner), message),
            ("relationship.network.call", "hers, sent"): Sample(asked, values(cls.helene, cls.partner), message),
            ("relationship.network.call", "another owner's"): Sample(of_marc, values(cls.marc, cls.of_marc), message),
            ("relationship.network.answer", "any"): Sample(answer, given, {"name": "Changed"}),
            ("relationship.network.answer.line", "any"): Sample(answer.line_ids, line, {"is_told": False}),
        }

    @classmethod
    def prepare_calendars(cls):
        values = {"partner_id": cls.partner.id, "file": FILE, "file_name": "agenda.ics"}
        feed = cls.env["relationship.calendar.feed"].create(values)
        told = {"uid": "1", "start": "2026-05-12 10:00:00", "stop": "2026-05-12 12:00:00", "name": "Congress"}
        entry = cls.env["relationship.calendar.entry"].create({"feed_id": feed.id, **told})
        subscription = {"name": "Ours", "email": "ada@example.org", "is_weekly": True}
        subscribed = cls.env["relationship.calendar.subscription"].create(subscription)
        preview = cls.env["relationship.calendar.preview"].with_user(cls.organiser).create(values)
        preview.action_preview()
        request, asked = {"key": "0"}, {"organisation": "New", "email": "ada@example.org"}
        proposals = cls.env["relationship.calendar.proposal"].create([asked, asked])
        proposed = {**told, "uid": "3", "state": "proposed"}
        waiting = cls.env["relationship.calendar.entry"].create({**proposed, "proposal_id": proposals[0].id})
        answer = cls.env["relationship.calendar.answer"].with_user(cls.organiser).create({"entry_id": waiting.id})
        return {
            ("relationship.page.request", "any"): Sample(
                cls.env["relationship.page.request"].create(request), request, {"key": "1"}
            ),
            ("relationship.destination", "any"): Sample(
                cls.env["relationship.destination"].create({"name": "Any"}), {"name": "New"}, {"name": "Changed"}
            ),
            ("relationship.calendar.feed", "any"): Sample(feed, values, {"hidden_words": "closed"}),
            ("relationship.calendar.entry", "any"): Sample(
                entry, {"feed_id": feed.id, **told, "uid": "2"}, {"state": "hidden"}
            ),
            ("relationship.calendar.subscription", "any"): Sample(subscribed, subscription, {"words": "congress"}),
            ("relationship.calendar.entry", "proposed"): Sample(
                waiting, {**proposed, "proposal_id": proposals[1].id}, {"state": "shown"}
            ),
            ("relationship.calendar.proposal", "any"): Sample(proposals[1], asked, {"organisation": "Changed"}),
            ("relationship.calendar.answer", "opened by the organiser"): Sample(
                answer, {"entry_id": waiting.id}, {"sentence": "When?"}
            ),
            ("relationship.calendar.preview", "opened by the organiser"): Sample(
                preview, values, {"partner_id": cls.of_marc.id}
            ),
        }

    @classmethod
    def prepare_directory(cls):
        person = cls.create_person("Hana")
        card = cls.env["relationship.directory.card"].create(
            {"organisation_id": cls.partner.id, "partner_id": person.id, "asked_on": TODAY}
        )
        card._answer({"do": "correct", "name": cls.partner.name, "does": "Teaches"})
        told = {"card_id": card.id, "what": "seeks", "value": "Rooms"}
        return {
            ("relationship.directory", "any"): Sample(
                cls.env.ref("shifters_relations_events.directory"), {"is_open": False}, {"is_open": True}
            ),
            ("relationship.directory.card", "corrected"): Sample(
                card, {"organisation_id": cls.of_marc.id}, {"partner_id": cls.of_marc.id}
            ),
            ("relationship.directory.correction", "any"): Sample(card.line_ids, told, {"value": "Sings"}),
        }

    @classmethod
    def prepare_surveys(cls):
        draft, opened, of_team = cls.env["relationship.survey"].create(
            [{"year": 2030}, {"year": 2031}, {"audience": "team"}]
        )
        for survey, name in ((draft, "Iris"), (opened, "Jan"), (opened, "Kim")):
            survey._ask(cls.create_person(name))
        of_team._ask(cls.helene.partner_id)
        (opened | of_team).state = "open"
        typed = {"need": "willing", "time": "saved", "help_line": "", "word": "Anonymous"}
        given, asked = opened.answer_ids.sorted("id")
        given._answer({**typed, "word": "Go on"})
        of_team.answer_ids._answer_unnamed(typed)
        new = {"survey_id": opened.id, "partner_id": cls.partner.id}
        other = {"audience": "team", "year": 2032}
        return {
            ("relationship.survey", "to prepare"): Sample(draft, other, {"question_word": "And?"}),
            ("relationship.survey", "of the team, open"): Sample(of_team, other, {"year": 2020}),
            ("relationship.survey.answer", "given"): Sample(given, new, {"word": "Changed"}),
            ("relationship.survey.answer", "asked"): Sample(asked, new, {"word": "Changed"}),
        }

    @classmethod
    def prepare_wizards(cls):
        audience = {"event_id": cls.event.id}
        news = {"date_from": "2026-01-01", "date_to": "2026-03-31", "mailing_list_id": cls.list.id}
        cls.env["relationship.news"].create({"name": "A new group"})
        opened = cls.env["event.audience"].with_user(cls.organiser).create(audience)
        cls.create_person("Gus", cls.of_marc)
        opened.action_preview()
        change = {"event_id": cls.event.id, "kind": "cancel"}
        changing = cls.env["event.change"].with_user(cls.organiser).create(change)
        drafting = cls.env["relationship.internal.news"].with_user(cls.organiser).create(news)
        return {
            ("event.audience", "opened by the organiser"): Sample(opened, audience, {"wave": 2}),
            ("event.change", "opened by the organiser"): Sample(changing, change, {"kind": "move"}),
            ("event.audience.line", "opened by the organiser"): Sample(
                opened.line_ids, {"audience_id": opened.id, "partner_id": cls.partner.id}, {"reason": "nobody"}
            ),
            ("relationship.internal.news", "opened by the organiser"): Sample(
                drafting, news, {"date_from": "2026-02-01"}
            ),
        }

    def test_a_default_of_the_context_answers_for_nobody(self):
        """A member proposes people; the answer, the seats and the link are not hers to set (E3, E4)."""
        Invitation = self.env["event.invitation"].with_user(self.helene)
        values = {"event_id": self.event.id, "partner_id": self.create_person("Hal").id}
        for context in (
            {"default_answer": "yes", "default_answer_number": 1},
            {"default_known_facts": "Yesterday"},
            {"default_access_token": "known-to-the-member"},
        ):
            with self.assertRefused(AccessError):
                Invitation.with_context(**context).create(values)

    def test_a_default_of_the_context_asks_no_mailing_list(self):
        """Members ask people; a whole list is the organisers' (R3)."""
        Call = self.env["relationship.network.call"].with_user(self.helene)
        values = {"organisation_ids": [Command.set(self.partner.ids)]}
        with self.assertRefused(AccessError):
            Call.create({**values, "mailing_list_id": self.list.id})
        with self.assertRefused(AccessError):
            Call.with_context(default_mailing_list_id=self.list.id).create(values)
