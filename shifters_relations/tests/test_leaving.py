from odoo.addons.mail.tests.common import MailCase
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestLeaving(MailCase, RelationshipCase):
    """What takes an organisation out of the loop, what somebody else writes on it, and that it wants no contact."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target(owner=cls.marc)

    def get_told(self):
        """Who was notified since the last call, with the subjects: set of (name, subject)."""
        messages = self.env["mail.message"].search([("message_type", "=", "user_notification")]) - self.before
        self.before |= messages
        return {(partner.name, message.subject) for message in messages for partner in message.partner_ids}

    def setUp(self):
        super().setUp()
        self.before = self.env["mail.message"].search([("message_type", "=", "user_notification")])

    # Out of the loop

    def get_ways_out(self):
        return {
            "archive": lambda partner: partner.action_archive(),
            "inactive": lambda partner: partner.write({"active": False}),
            "pause": lambda partner: partner.write({"relationship_stage": "paused"}),
            "close": lambda partner: partner.write({"relationship_stage": "closed"}),
            "no stage": lambda partner: partner.write({"relationship_stage": False, "relationship_owner_id": False}),
        }

    def test_a_contact_member_takes_no_target_out_and_is_told_whom_to_ask(self):
        own = self.create_target("Own", owner=self.helene)
        for partner in (self.partner, own):
            for way, leave in self.get_ways_out().items():
                with self.subTest(way=way), self.assertRefused(AccessError):
                    leave(partner.with_user(self.helene))
        with self.assertRefused(AccessError, "Réseau Climat is a target.*Ask Camille, Nadia"):
            (self.partner | own).with_user(self.helene).action_archive()
        self.assertFalse(self.get_told())

    def test_nor_in_two_steps_through_silence(self):
        own = self.create_target("Own", owner=self.helene)
        for partner in (self.partner, own):
            partner.with_user(self.helene).relationship_no_contact = True
            self.get_told()
            for way, leave in self.get_ways_out().items():
                with self.subTest(way=way, name=partner.name), self.assertRefused(AccessError, "organiser"):
                    leave(partner.with_user(self.helene))
                with self.subTest(way=way, at="once"), self.assertRefused(AccessError, "only an organiser"):
                    partner.with_user(self.helene).write({"relationship_no_contact": False, "active": False})
            self.assertFalse(self.get_told())
            partner.with_user(self.helene).relationship_no_contact = False
            self.assertTrue(self.renewal_of(partner))

    def test_an_organiser_closes_what_is_silent_and_nobody_is_told_again(self):
        self.partner.with_user(self.organiser).relationship_no_contact = True
        self.get_told()
        self.partner.with_user(self.organiser).action_archive()
        self.assertFalse(self.partner.active)
        self.assertFalse(self.get_told(), "the next contact was cancelled before")

    def move_elsewhere(self, partner):
        """Give an organisation to a company of which the team's members are not."""
        elsewhere = self.env["res.company"].create({"name": "Another company"})
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET company_id = %s WHERE id = %s", [elsewhere.id, partner.id])
        self.env.invalidate_all()
        self.organiser.company_ids |= elsewhere
        return elsewhere

    def test_nobody_is_told_of_what_another_company_keeps(self):
        seen = self.create_target("Seen", owner=self.marc)
        elsewhere = self.move_elsewhere(self.partner)
        organiser = self.organiser
        allowed = (organiser.company_id | elsewhere).ids
        both = (self.partner | seen).with_user(organiser).with_context(allowed_company_ids=allowed)
        both.action_archive()
        told = self.get_told()
        self.assertEqual({name for name, _subject in told}, {"Marc"})
        self.assertIn("planned: 1.", str(told))
        message = self.before.filtered(lambda each: "took organisations out" in (each.subject or ""))
        self.assertIn("Seen", message.body)
        self.assertNotIn("Réseau Climat", message.body)

    def test_an_owner_is_not_told_of_a_synthesis_she_may_not_read(self):
        synthesis = self.write_synthesis(self.partner, user=self.organiser)
        seen = self.write_synthesis(self.create_target("Seen", owner=self.marc), user=self.organiser)
        elsewhere = self.move_elsewhere(self.partner)
        allowed = (self.organiser.company_id | elsewhere).ids
        (synthesis | seen).with_context(allowed_company_ids=allowed).action_validate()
        self.assertEqual(
            {subject for _name, subject in self.get_told()}, {"Nadia wrote the synthesis of a contact with Seen"}
        )

    def test_an_organiser_does_and_the_owner_is_told_once(self):
        for way, leave in self.get_ways_out().items():
            with self.subTest(way=way):
                partners = self.create_target(f"A {way}", owner=self.marc) | self.create_target(f"B {way}", self.marc)
                leave(partners.with_user(self.organiser))
                self.assertFalse(self.renewal_of(partners[0]))
                subject = "Nadia took organisations out of the loop, no next contact is planned: 2."
                self.assertEqual(self.get_told(), {("Marc", subject)})
                self.assertIn("→", partners[0].message_ids[0].body, "and it is logged")

    def test_what_is_in_no_loop_leaves_as_ever(self):
        candidate = self.env["res.partner"].create(
            {"name": "Free", "is_company": True, "relationship_stage": "candidate"}
        )
        candidate.with_user(self.helene).action_archive()
        self.env["res.partner"].create({"name": "Ordinary"}).with_user(self.outsider).action_archive()
        self.assertFalse(self.get_told())

    def test_silence_is_noted_by_any_member_and_told(self):
        self.partner.with_user(self.helene).relationship_no_contact = True
        self.assertEqual({name for name, _subject in self.get_told()}, {"Marc", "Camille"})
        self.partner.with_user(self.helene).relationship_no_contact = False
        self.partner.with_user(self.marc).relationship_no_contact = True
        self.assertEqual({name for name, _subject in self.get_told()}, {"Camille"})

    def test_who_keeps_what_the_pilot_deletes_is_told(self):
        self.partner.with_user(self.pilot).unlink()
        self.assertEqual({name for name, _subject in self.get_told()}, {"Marc"})

    def test_what_goes_with_it_is_said_before(self):
        sentence = self.partner.with_user(self.organiser).relationship_get_leaving_sentence()
        self.assertIn("its next contact of 25 March will be cancelled", sentence)
        self.assertIn("Notified: Marc.", sentence)
        two = self.partner | self.create_target("Other")
        self.assertIn("2 targets", two.with_user(self.organiser).relationship_get_leaving_sentence())
        self.assertFalse(self.env["res.partner"].create({"name": "Any"}).relationship_get_leaving_sentence())
        self.assertFalse(self.partner.with_user(self.outsider).relationship_get_leaving_sentence())
        with self.assertRefused(AccessError, "only an organiser takes it out of the loop"):
            self.partner.with_user(self.helene).relationship_get_leaving_sentence()
        form = Form(self.partner.with_user(self.organiser))
        with self.assertLogs("odoo.tests.form.onchange", "WARNING") as warned:
            form.relationship_stage = "paused"
        self.assertIn("will be cancelled", warned.output[0])

    def test_a_change_by_mistake_is_told_how_to_go_back_before_it_is_saved(self):
        partner = self.partner.with_user(self.organiser)
        for values, english, french in (
            (
                {"relationship_no_contact": True},
                "Nothing is saved yet: untick “Do not contact” to go back.",
                "Rien n'est encore enregistré\u00a0: décochez «\u00a0Ne plus contacter\u00a0» pour revenir en arrière.",
            ),
            (
                {"relationship_stage": "paused"},
                "Nothing is saved yet: choose the stage “Target” again to go back.",
                "Rien n'est encore enregistré\u00a0: choisissez de nouveau l'étape «\u00a0Cible\u00a0» pour revenir en"
                " arrière.",
            ),
        ):
            for lang, words in (("en_US", english), ("fr_FR", french)):
                changed = partner.with_context(lang=lang).new(values, origin=partner)
                warning = changed._onchange_relationship_leaving()["warning"]
                self.assertTrue(warning["message"].endswith(words), warning["message"])
        changed.update({"relationship_stage": "target", "relationship_no_contact": False})
        self.assertFalse(changed._onchange_relationship_leaving(), "it was put back")

    def test_a_chosen_date_and_attempts_that_go_are_logged(self):
        ways = {**self.get_ways_out(), "silence": lambda partner: partner.write({"relationship_no_contact": True})}
        for way, leave in ways.items():
            with self.subTest(way):
                chosen, tried, met, planned = (
                    self.create_target(f"{name} {way}", owner=self.marc)
                    for name in ("Chosen", "Tried", "Met", "Planned")
                )
                for partner in chosen | met:
                    self.renewal_of(partner).with_user(self.marc).date_deadline = "2026-06-03"
                self.renewal_of(tried).with_user(self.marc).action_no_answer()
                self.renewal_of(met).with_user(self.marc).action_no_answer()
                self.renewal_of(met).with_user(self.marc).date_deadline = "2026-06-04"
                self.plan_meeting(self.renewal_of(met), "2026-05-20", user=self.marc)
                for partner in chosen | tried | met | planned:
                    leave(partner.with_user(self.organiser))
                said = [str(partner.message_ids[0].body) for partner in (chosen, tried, met, planned)]
                self.assertIn("The next contact of 3 June, a date set by hand, is cancelled.", said[0])
                self.assertNotIn("Attempts", said[0])
                self.assertIn("The next contact of 1 April is cancelled. Attempts without answer: 1.", said[1])
                self.assertIn("of 4 June, a date set by hand, is cancelled. Attempts without answer: 1.", said[2])
                self.assertNotIn("is cancelled", said[3], "the rule gives it again")

    def test_a_promise_that_somebody_drops_leaves_a_line(self):
        self.write_synthesis(self.partner, promised="A list\nA room").action_validate()
        promises = self.partner._relationship_get_promises()
        promises[0].with_user(self.marc).action_feedback()
        self.assertNotIn("dropped", self.partner.message_ids[0].body)
        promises[1].with_user(self.helene).unlink()
        self.assertIn("dropped: A room", self.partner.message_ids[0].body)
        self.assertEqual(self.partner.message_ids[0].author_id, self.helene.partner_id)

    # What somebody else wrote

    def test_the_owner_is_told_once_of_what_another_validated(self):
        synthesis = self.write_synthesis(self.partner, user=self.helene)
        self.assertFalse(self.get_told(), "a draft is nobody else's business")
        synthesis.action_validate()
        self.assertEqual(self.get_told(), {("Marc", "Hélène wrote the synthesis of a contact with Réseau Climat")})
        message = self.before.filtered(lambda each: each.model == synthesis._name and each.res_id == synthesis.id)
        self.assertIn(f"/odoo/syntheses/{synthesis.id}", message.body)
        self.assertNotIn("Hello", message.body, "no word of it in a mail")
        synthesis.with_user(self.organiser).write({"summary": "<p>Corrected</p>"})
        synthesis.with_user(self.organiser).action_reopen()
        synthesis.with_user(self.organiser).action_validate()
        self.assertFalse(self.get_told(), "once")

    def test_who_wrote_or_validated_is_not_told(self):
        self.write_synthesis(self.partner, user=self.marc).with_user(self.organiser).action_validate()
        self.write_synthesis(self.partner, user=self.organiser).with_user(self.marc).action_validate()
        self.assertFalse(self.get_told())

    def test_several_at_once_are_one_message(self):
        syntheses = self.write_synthesis(self.partner, user=self.helene)
        syntheses |= self.write_synthesis(self.create_target("Other", owner=self.marc), user=self.helene)
        syntheses.action_validate()
        self.assertEqual(self.get_told(), {("Marc", "Syntheses of contacts with your organisations: 2")})

    def test_who_has_left_is_not_told(self):
        self.marc_member.date_end = "2026-03-01"
        self.write_synthesis(self.partner, user=self.helene).action_validate()
        self.assertFalse(self.get_told())

    def test_a_new_owner_is_told_of_what_is_moved_to_hers(self):
        synthesis = self.meet(self.create_target("Wrong"))
        synthesis.with_user(self.organiser).partner_id = self.partner
        self.assertEqual({name for name, _subject in self.get_told()}, {"Marc"})

    # Do not contact

    def test_it_is_said_wherever_one_is_about_to_write(self):
        person = self.env["res.partner"].create({"name": "Ada", "parent_id": self.partner.id})
        self.assertFalse(person.relationship_no_contact_sentence)
        self.partner.with_user(self.organiser).with_context(lang="fr_FR").relationship_no_contact = True
        for silent in self.partner | person:
            note = silent.with_user(self.marc).relationship_no_contact_note
            self.assertRegex(note, "Noted on .* by Nadia")
        self.assertFalse(self.create_target("Other").relationship_no_contact_note)
        partner, member = self.partner.with_user(self.marc), self.env["res.partner"].with_user(self.marc)
        self.assertEqual(partner.relationship_next_contact_sentence, "Do not contact")
        self.assertIn("They asked for it", partner.relationship_no_contact_sentence)
        self.assertIn("Réseau Climat asked for it", person.with_user(self.marc).relationship_no_contact_sentence)
        found = member.with_context(relationship_say_no_contact=True).name_search("Réseau Climat")
        self.assertEqual(dict(found)[partner.id], "Réseau Climat (do not contact)")
        self.assertEqual(dict(found)[person.id], "Réseau Climat, Ada (do not contact)")
        self.assertEqual(dict(member.name_search("Réseau Climat"))[partner.id], "Réseau Climat")
        stranger = self.partner.with_user(self.outsider).with_context(relationship_say_no_contact=True)
        self.assertEqual(stranger.display_name, "Réseau Climat")
        synthesis = self.write_synthesis(self.partner)
        self.assertTrue(synthesis.no_contact_sentence)
        html, _type = (
            self.env["ir.actions.report"]
            .with_user(self.marc)
            ._render_qweb_html("shifters_relations.preparation_report", self.partner.ids)
        )
        self.assertIn(b"Do not contact.", html)
