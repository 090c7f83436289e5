from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.memory import relationship_synthesis_search
from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestMemory(RelationshipCase):
    """What the team remembers: corrected with a trace, searched, drafted from the calendar, promised."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target()

    # Mistakes (S7)

    def test_a_correction_leaves_a_trace_and_moves_the_dates(self):
        synthesis = self.meet(self.partner)
        synthesis.with_user(self.helene).write({"date": "2026-03-09", "channel": "in_person", "needs": "Figures"})
        self.assertNextContact(self.partner, "2026-09-09", "phone")
        trace = synthesis.message_ids[0]
        self.assertEqual(trace.author_id, self.helene.partner_id)
        for words in ("03/11/2026 → 03/09/2026", "By phone → In person", "Their needs"):
            self.assertIn(words, trace.body)
        with self.assertRefused(AccessError):
            synthesis.with_user(self.marc).needs = "Mine"
        with self.assertRefused(ValidationError):
            synthesis.with_user(self.helene).summary = ""

    def test_a_draft_leaves_none_and_the_confidential_part_neither(self):
        draft = self.write_synthesis(self.partner)
        draft.needs = "Figures"
        self.assertFalse(draft.message_ids)
        draft.action_validate()
        draft.confidential_note = "xyzzy"
        self.assertFalse(draft.message_ids)

    def test_an_organiser_moves_it_and_what_came_out_follows(self):
        other = self.create_target("Other")
        synthesis = self.write_synthesis(
            self.partner,
            promised="Send the guide",
            cooperation_ids=[
                Command.create({"name": "A talk", "kind_id": self.env.ref("shifters_relations.kind_project").id})
            ],
        )
        synthesis.action_validate()
        self.assertEqual(self.partner.relationship_last_contact_date, TODAY)
        synthesis.with_user(self.organiser).partner_id = other
        self.assertFalse(self.partner.relationship_last_contact_date)
        self.assertEqual(other.relationship_last_contact_date, TODAY)
        for partner in (self.partner, other):
            self.assertEqual(len(self.renewal_of(partner)), 1)
        self.assertEqual(synthesis.cooperation_ids.partner_ids, other)
        self.assertEqual(other._relationship_get_promises().mapped("summary"), ["Send the guide"])
        self.assertFalse(self.partner._relationship_get_promises())
        self.assertIn("Réseau Climat → Other", synthesis.message_ids[0].body)

    def test_reopened_and_validated_again_there_is_one_renewal(self):
        synthesis = self.meet(self.partner, days_ago=5)
        synthesis.with_user(self.organiser).action_reopen()
        self.assertFalse(self.partner.relationship_last_contact_date)
        self.assertIn("Validated → Draft", synthesis.message_ids[0].body)
        self.assertEqual(len(self.renewal_of(self.partner)), 1)
        synthesis.with_user(self.helene).action_validate()
        self.assertEqual(len(self.renewal_of(self.partner)), 1)
        self.assertEqual(self.partner.relationship_last_contact_date, date(2026, 3, 6))

    # Search (S4)

    def search(self, text, user=None, **options):
        return (
            self.env["relationship.synthesis"].with_user(user or self.marc).search([("text", "ilike", text)], **options)
        )

    def test_words_are_found_without_accents_or_case_the_best_first(self):
        once = self.meet(self.partner, summary="<p>La <b>Fédération</b> nationale</p>", days_ago=1)
        often = self.meet(
            self.partner, summary="<p>Fédération</p>", needs="Une fédération", learned="fédérations", days_ago=9
        )
        other = self.meet(self.partner, summary="<p>Rien de tout cela</p>")
        self.assertEqual(self.search("federation"), often | once)
        self.assertEqual(self.search("FEDERATION NATIONALE"), once)
        self.assertEqual(self.search("fédér"), often | once, "the beginning of a word is enough")
        self.assertEqual(self.search("federation", order="date desc, id desc"), often | once)
        self.assertEqual(self.search("federation", order="date"), often | once)
        self.assertEqual(self.search("federation", order="date desc"), once | often)
        self.assertFalse(self.search("zebre"))
        self.assertFalse(self.search("!!! &|:*"), "signs alone find nothing")
        self.assertFalse(other & self.search("federation"))
        often.with_user(self.organiser).write({"needs": "", "learned": "", "summary": "Autre chose"})
        self.assertEqual(self.search("federation"), once)

    def test_of_many_found_the_newest_are_ranked_and_the_older_follow(self):
        told = "Fédération "
        last = self.meet(self.partner, summary=told, days_ago=1)
        often = self.meet(self.partner, summary=told * 2, days_ago=2)
        old = self.meet(self.partner, summary=told * 3, days_ago=9)
        older = self.meet(self.partner, summary=told * 4, days_ago=10)
        self.assertEqual(self.search("federation").ids, (older + old + often + last).ids)
        with patch.object(relationship_synthesis_search, "MAX_RANKED", 2):
            self.assertEqual(self.search("federation", limit=1).ids, often.ids)
            self.assertEqual(self.search("federation", limit=2).ids, (often + last).ids)
            self.assertEqual(self.search("federation", limit=2, offset=2).ids, (old + older).ids)

    def test_words_are_found_whatever_stands_between_them(self):
        said = "formation/emploi et/ou 2024-2025 fin.Suite shift.project jean.dupont@cfdt.fr l'œuvre d'Émile Æon"
        synthesis = self.meet(self.partner, summary=f"<p>{said}</p>")
        words = ("emploi", "ou", "2025", "2024-2025", "suite", "project", "cfdt", "oeuvre", "Œuvre", "emile", "aeon")
        for word in (*words, "jean.dupont@cfdt.fr", "L'ŒUVRE"):
            with self.subTest(word=word):
                self.assertEqual(self.search(word), synthesis)

    def test_words_of_any_script_are_found(self):
        said = "Łódź Straße Iğdır Ísafjörður Сбор Фёдора 昨天王小明说 हिन्दी Đắk Lắk מֹשֶׁה مُحَمَّد ΣΟΦΌΣ"
        synthesis = self.meet(self.partner, summary=f"<p>{said}</p>")
        words = ("lodz", "strasse", "STRASSE", "igdir", "isafjordur", "федора", "小明", "हिन्दी", "dak", "משה", "محمد")
        for word in (*words, "σοφος", "Ｌｏｄｚ"):
            with self.subTest(word=word):
                self.assertEqual(self.search(word), synthesis)
        self.assertFalse(self.search("हिन्दू"), "a vowel sign is no accent")

    def test_drafts_of_others_and_confidential_parts_are_not_found(self):
        draft = self.write_synthesis(self.partner, summary="Fédération", confidential_note="xyzzy")
        self.assertFalse(self.search("federation"))
        self.assertEqual(self.search("federation", user=self.helene), draft)
        for user in (self.helene, self.pilot):
            self.assertFalse(self.search("xyzzy", user=user))

    def test_hostile_and_enormous_texts_are_found_or_not_but_never_fail(self):
        synthesis = self.meet(self.partner, summary=f"<p>{'mot ' * 400_000}</p>", needs="l'eau & <b>'; DROP")
        self.assertEqual(self.search("mot"), synthesis)
        for text in ("'; DROP TABLE x; --", "a:b|c", "\\", "((", "%", "*:*", "eau & ", "é" * 5000):
            self.search(text)

    # From the calendar (S6)

    def create_event(self, **values):
        start = datetime.combine(TODAY - timedelta(days=1), datetime.min.time()).replace(hour=9)
        return (
            self.env["calendar.event"]
            .with_user(self.helene)
            .with_context(no_mail_to_attendees=True)
            .create({"name": "Coffee", "start": start, "stop": start + timedelta(hours=1), **values})
        )

    def test_a_past_meeting_makes_its_draft_in_one_click(self):
        ada = self.env["res.partner"].create({"name": "Ada", "parent_id": self.partner.id})
        event = self.create_event(partner_ids=[Command.set((ada | self.helene.partner_id).ids)])
        self.assertEqual(event.relationship_partner_id, self.partner)
        action = event.action_relationship_write_synthesis()
        synthesis = self.env["relationship.synthesis"].browse(action["res_id"])
        self.assertEqual(
            (synthesis.partner_id, synthesis.participant_ids, synthesis.channel, synthesis.state, synthesis.author_id),
            (self.partner, ada, "in_person", "draft", self.helene),
        )
        self.assertEqual(synthesis.date, TODAY - timedelta(days=1))
        self.assertEqual(event.action_relationship_write_synthesis()["res_id"], synthesis.id, "the same draft again")
        synthesis.write({"summary": "Hello"})
        synthesis.action_validate()
        self.assertEqual(self.partner.relationship_last_channel, "in_person")

    def test_the_meeting_of_a_renewal_names_it(self):
        renewal = self.renewal_of(self.partner)
        event = self.plan_meeting(renewal, TODAY - timedelta(days=2))
        synthesis = self.env["relationship.synthesis"].browse(event.action_relationship_write_synthesis()["res_id"])
        self.assertEqual(synthesis.activity_id, renewal)

    def test_a_meeting_to_come_or_with_nobody_of_ours_says_so(self):
        with self.assertRefused(UserError, "no organisation"):
            self.create_event().action_relationship_write_synthesis()
        start = datetime.combine(TODAY + timedelta(days=3), datetime.min.time())
        event = self.create_event(
            start=start, stop=start + timedelta(hours=1), partner_ids=[Command.set(self.partner.ids)]
        )
        self.assertFalse(event.relationship_is_over)
        with self.assertRefused(UserError, "still to come"):
            event.action_relationship_write_synthesis()
        with self.assertRefused(AccessError):
            event.with_user(self.outsider).read(["relationship_partner_id"])

    # Promises

    def test_each_line_promised_becomes_something_to_do_once(self):
        synthesis = self.write_synthesis(self.partner, promised="Send the guide\n\n  Call Ada  ")
        self.assertFalse(self.partner.relationship_promise_ids)
        synthesis.action_validate()
        promises = self.partner._relationship_get_promises()
        self.assertEqual(promises.mapped("summary"), ["Send the guide", "Call Ada"])
        self.assertEqual(promises.user_id, self.helene)
        self.assertEqual(set(promises.mapped("date_deadline")), {TODAY + timedelta(days=14)})
        promises[0].with_user(self.helene).action_done()
        synthesis.with_user(self.organiser).action_reopen()
        synthesis.with_user(self.helene).action_validate()
        self.env.invalidate_all()
        self.assertEqual(self.partner.with_user(self.marc).relationship_promise_ids.mapped("summary"), ["Call Ada"])

    def test_a_promise_added_later_is_planned_and_one_of_two_alike_stays_its_own(self):
        first = self.meet(self.partner, promised="Send the guide")
        self.partner._relationship_get_promises().with_user(self.helene).action_done()
        second = self.meet(self.partner, promised="Send the guide")
        self.assertEqual(len(self.partner._relationship_get_promises()), 1)
        first.with_user(self.helene).promised = "Send the guide\nCall Ada"
        self.assertEqual(
            sorted(self.partner._relationship_get_promises().mapped("summary")), ["Call Ada", "Send the guide"]
        )
        second.with_user(self.organiser).action_reopen()
        second.with_user(self.helene).unlink()
        self.assertEqual(self.partner._relationship_get_promises().mapped("summary"), ["Call Ada"])

    def test_promises_to_who_wants_no_contact_are_recalled_no_more(self):
        self.meet(self.partner, promised="Send the guide")
        person = self.env["res.partner"].create({"name": "Ada", "parent_id": self.partner.id})
        person.activity_schedule(
            "shifters_relations.activity_type_promise", TODAY, summary="Call Ada", user_id=self.helene.id
        )
        now = datetime.combine(TODAY + timedelta(days=10), datetime.min.time())

        def recalled():
            digest = self.helene_member._get_digests(now).get(self.helene_member, {})
            return sorted(digest["promises"].mapped("summary")) if digest else []

        self.assertEqual(recalled(), ["Call Ada", "Send the guide"])
        person.relationship_no_contact = True
        self.assertEqual(recalled(), ["Send the guide"])
        person.relationship_no_contact = False
        self.partner.relationship_no_contact = True
        self.assertFalse(recalled())
        self.partner.relationship_no_contact = False
        self.assertEqual(recalled(), ["Call Ada", "Send the guide"])

    def test_no_promise_is_given_to_a_closed_account(self):
        synthesis = self.write_synthesis(self.partner, promised="Send the guide")
        self.helene.with_user(self.env.ref("base.user_admin")).action_archive()
        synthesis.with_user(self.pilot).action_validate()
        self.assertEqual(self.partner._relationship_get_promises().user_id, self.pilot)
        self.partner.with_user(self.organiser).relationship_owner_id = self.marc
        synthesis.with_user(self.pilot).promised = "Send the guide\nCall Ada"
        added = self.partner._relationship_get_promises().filtered(lambda each: each.summary == "Call Ada")
        self.assertEqual(added.user_id, self.marc)

    def test_promises_are_in_the_reminder_and_in_the_handover(self):
        self.meet(self.partner, promised="Send the guide")
        now = datetime.combine(TODAY + timedelta(days=10), datetime.min.time())
        digest = self.helene_member._get_digests(now)[self.helene_member]
        self.assertEqual(digest["promises"].mapped("summary"), ["Send the guide"])
        values = self.helene_member._prepare_reminder_values(digest)
        self.assertIn("1 promise to keep", values["subject"])
        body = self.env["ir.qweb"]._render("shifters_relations.reminder_mail", values)
        self.assertIn("Réseau Climat: Send the guide", body)
        self.env["relationship.handover"].with_user(self.organiser).create(
            {"from_member_id": self.helene_member.id, "to_member_id": self.marc_member.id}
        ).action_apply()
        self.assertEqual(self.partner._relationship_get_promises().user_id, self.marc)
