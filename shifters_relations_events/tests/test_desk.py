from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .common import PartnerEventCase


@tagged("post_install", "-at_install")
class TestDesk(PartnerEventCase):
    """Who comes without having been expected is noted in three fields, counted, thanked, and gets her synthesis."""

    def note(self, name, organisation=None, email=False, user=None):
        """Somebody at the desk, as its form does."""
        seats = self.env["event.registration"].with_user(user or self.helene)
        seats = seats.with_context(default_event_id=self.event.id, relationship_at_desk=True)
        form = Form(seats, "shifters_relations_events.event_registration_desk_view_form")
        form.name = name
        if organisation:
            form.organisation_id = organisation
        if email:
            form.email = email
        return form.save()

    def end(self):
        self.event.write({"date_begin": "2026-03-09 16:00:00", "date_end": "2026-03-09 19:00:00"})

    def test_the_desk_asks_for_a_name_an_organisation_and_an_address(self):
        action = self.event.with_user(self.helene).action_relationship_open_registrations()
        kanban = self.env["event.registration"].get_view({mode: view for view, mode in action["views"]}["kanban"])
        self.assertIn('on_create="shifters_relations_events.event_registration_desk_action"', kanban["arch"])
        desk = self.env.ref("shifters_relations_events.event_registration_desk_action")
        self.assertEqual(desk.target, "new")
        form = Form(self.env["event.registration"].with_context(default_event_id=self.event.id), desk.view_id)
        asked = {name for name, field in form._view["modifiers"].items() if field.get("invisible") not in ("True", "1")}
        self.assertEqual(asked - {"id"}, {"name", "organisation_id", "email"})

    def test_who_was_not_expected_is_present_and_invited(self):
        seat = self.note("Zoé Neuve", self.partner, "zoe@example.org")
        self.assertEqual(seat.state, "done")
        person = seat.invitation_id.partner_id
        self.assertEqual((person.name, person.parent_id, person.email), ("Zoé Neuve", self.partner, "zoe@example.org"))
        self.assertFalse(person.is_company)
        self.assertEqual(person.relationship_person_source, self.event.name)
        self.assertFalse(person.relationship_informed_on, "her notice comes with the thanks")
        self.assertFalse(person.relationship_stage)
        self.assertEqual((seat.invitation_id.state, seat.invitation_id.answer), ("accepted", "yes"))
        self.assertEqual(seat.company_name, self.partner.name)
        self.assertEqual(self.event.present_count, 1)
        self.end()
        self.event._relationship_prepare_syntheses()
        synthesis = self.env["relationship.synthesis"].search([("event_id", "=", self.event.id)])
        self.assertEqual((synthesis.partner_id, synthesis.participant_ids), (self.partner, person))
        thanks = self.env["event.invitation"].search(self.event._relationship_get_kind_domain("thanks"))
        self.assertEqual(thanks, seat.invitation_id)

    def test_the_desk_says_who_is_here_and_for_whom_and_lists_who_may_still_come(self):
        coming, gone = self.invite("Ada", "Bob")
        self.answer(coming, guests=1)
        self.answer(gone)
        self.answer(gone, "no")
        action = self.event.with_user(self.helene).action_relationship_open_registrations()
        seats = self.env["event.registration"].with_user(self.helene).search(action["domain"])
        self.assertEqual(seats.invitation_id, coming)
        self.assertEqual(len(seats), 2)
        self.assertEqual(seats.organisation_id, self.partner)
        self.assertTrue(all(seats.mapped("organisation_id")), "her guest's too")
        for kind in ("list", "kanban"):
            arch = self.env.ref(f"shifters_relations_events.event_registration_desk_view_{kind}")._get_combined_arch()
            self.assertEqual(len(arch.findall(".//field[@name='organisation_id']")), 1)
        said = seats.filtered(lambda seat: seat.name == "Ada")._get_registration_summary()
        self.assertEqual(said["relationship_here"], f"Ada is here, for {self.partner.name}.")
        alone = self.note("Somebody")
        self.assertEqual(alone._get_registration_summary()["relationship_here"], "Somebody is here.")
        other = self.create_event(is_partner_event=False)
        seat = self.env["event.registration"].create({"event_id": other.id, "name": "Ada", "state": "done"})
        self.assertFalse(seat._get_registration_summary()["relationship_here"])

    def test_what_is_created_says_so_in_one_language(self):
        self.env.company.partner_id.lang = "fr_FR"
        for lang, words in ((False, "Invitation préparée"), ("fr_FR", "Invitation préparée"), ("en_US", "prepared")):
            with self.subTest(lang):
                invitation = self.invite(f"Ada {lang}").with_context(lang=lang)
                self.assertIn(words, invitation._creation_message())
        event = self.event.with_context(lang=False)
        self.assertEqual(event._creation_message(), "Événement partenaires créé")

    def test_an_address_that_is_none_is_asked_again(self):
        with self.assertRefused(UserError, "no e-mail address"):
            self.note("Louis Passant", email="pas-une-adresse")
        self.assertTrue(self.note("Louis Passant"))

    def test_who_was_invited_is_found_by_her_name(self):
        for answer in (None, "no", "maybe"):
            with self.subTest(answer):
                invitation = self.invite(f"Élodie {answer}", state="sent")
                if answer:
                    self.answer(invitation, answer)
                seat = self.note(f"  elodie   {answer} ".replace("  ", " "), email="other@example.org")
                self.assertEqual(seat.invitation_id, invitation)
                self.assertEqual(invitation.state, "accepted")
                self.assertEqual(invitation.present_count, 1)
        self.assertEqual(len(self.event.invitation_ids), 3)
        self.assertEqual(self.event.present_count, 3)

    def test_who_has_a_seat_takes_it(self):
        invitation = self.invite("Ada")
        self.answer(invitation, guests=1)
        self.note("ada")
        self.assertEqual(invitation.present_count, 1)
        self.assertEqual((invitation._count_taken(), invitation.guest_count), (2, 1), "her guest may still come")
        self.note("Ada")
        self.assertEqual(invitation.present_count, 1, "noted twice, there once")
        self.assertEqual(self.event.present_count, 1)

    def test_a_name_that_two_bear_is_decided_by_the_organisation(self):
        other = self.create_target("Union")
        ours, theirs = self.invite("Ada"), self.invite("Bob")
        theirs.partner_id.write({"name": "Ada", "parent_id": other.id})
        theirs._compute_organisation_id()
        self.assertEqual(self.note("Ada", other).invitation_id, theirs)
        self.assertEqual(self.note("Ada", self.partner).invitation_id, ours)
        third = self.create_target("Third")
        known = self.create_person("Ada", third, email=False)
        seat = self.note("ADA", third, "ada@third.example")
        self.assertEqual(seat.invitation_id.partner_id, known, "a person of the organisation who was not invited")
        self.assertEqual(known.email, "ada@third.example")

    def test_who_was_archived_and_comes_is_not_made_a_second_time(self):
        for organisation, name in ((None, "Ada"), (self.partner, "Bob")):
            known = self.create_person(name, email=f"office@example.org; {name}@Example.org", active=False)
            seat = self.note(name.upper(), organisation, f"{name.lower()}@example.org")
            self.assertEqual(seat.invitation_id.partner_id, known)
        archived = self.create_person("Cid", active=False)
        in_use = self.create_person("Cid", email="x@example.org, cid@example.org")
        self.assertLess(archived.id, in_use.id)
        self.assertEqual(self.note("Cid", email="cid@example.org").invitation_id.partner_id, in_use)

    def test_a_name_that_two_bear_is_decided_by_any_of_their_addresses(self):
        first, second = self.invite("Ada", "Bob")
        second.partner_id.write({"name": "Ada", "email": "office@example.org, Ada <Bob@Example.org>"})
        self.assertEqual(self.note("Ada", email="bob@example.org").invitation_id, second)
        self.assertEqual(self.note("Ada", email="new@example.org, ada@example.org").invitation_id, first)

    def test_without_an_organisation_she_is_counted_all_the_same(self):
        seat = self.note("Somebody")
        self.assertTrue(seat.invitation_id)
        self.assertEqual(self.event.present_count, 1)
        self.end()
        self.event._relationship_prepare_syntheses()
        self.assertFalse(self.env["relationship.synthesis"].search([("event_id", "=", self.event.id)]))

    def test_the_desk_turns_nobody_away(self):
        self.event.seats_max = 1
        self.answer(self.invite("Ada"))
        self.note("Bob", self.partner)
        self.assertEqual(self.event.present_count, 1)
        with self.assertRefused(ValidationError):
            self.env["event.registration"].create({"event_id": self.event.id, "name": "Cid", "state": "open"})

    def test_a_seat_given_by_odoo_s_own_form_counts_too(self):
        person = self.create_person("Ada")
        seats = self.env["event.registration"].create(
            [
                {"event_id": self.event.id, "name": "Bob Other", "email": "bob@example.org"},
                {"event_id": self.event.id, "partner_id": person.id, "state": "done"},
                {"event_id": self.event.id, "name": "Not yet", "state": "draft"},
            ]
        )
        self.assertEqual(seats[1].invitation_id.partner_id, person)
        self.assertTrue(seats[0].invitation_id)
        self.assertFalse(seats[2].invitation_id)
        seats.write({"state": "done"})
        self.assertTrue(seats[2].invitation_id)
        self.assertEqual(self.event.present_count, 3)
        self.assertEqual(self.event.coming_count, 3)
        seats[0].invitation_id.unlink()
        self.event.invalidate_recordset()
        self.assertEqual(self.event.present_count, 3, "there, whatever becomes of the invitation")

    def test_other_events_know_no_invitation(self):
        event = self.create_event(is_partner_event=False)
        seat = self.env["event.registration"].create({"event_id": event.id, "name": "Ada", "state": "done"})
        self.assertFalse(seat.invitation_id)

    # Thanks, and the word to the absent

    def send(self, mailings):
        """What mailings that have left write down."""
        for mailing in mailings:
            for invitation in self.env["event.invitation"].search(mailing._get_recipients_domain()):
                self.env["mailing.trace"].create(
                    {
                        "mass_mailing_id": mailing.id,
                        "model": "event.invitation",
                        "res_id": invitation.id,
                        "email": invitation.partner_id.email,
                        "trace_status": "sent",
                    }
                )
            mailing.state = "done"
        self.event.invalidate_recordset()

    def prepare_thanks(self):
        self.answer(self.invite("Ada"))
        self.answer(self.invite("Bob"))
        self.note("Ada")
        self.note("Zoé", self.partner, "zoe@example.org")
        self.end()
        self.event._relationship_prepare_syntheses()
        self.assertEqual(self.event.next_step, "thanks")
        self.event.action_relationship_next_step()
        return self.event.partner_mailing_ids.grouped("partner_event_kind")

    def test_thanks_and_the_word_to_the_absent_are_counted_apart(self):
        mailings = self.prepare_thanks()
        self.send(mailings["absent"])
        self.assertEqual((self.event.present_count, self.event.thanked_count, self.event.missed_count), (2, 0, 1))
        self.assertEqual(self.event.next_step, "thanks", "the thanks have not left")
        self.send(mailings["thanks"])
        self.assertEqual((self.event.present_count, self.event.thanked_count, self.event.missed_count), (2, 2, 1))
        self.assertEqual(self.event.next_step, "next")

    def test_where_nobody_is_absent_no_word_is_prepared(self):
        self.note("Ada", self.partner, "ada@example.org")
        self.end()
        self.event._relationship_prepare_syntheses()
        self.event.action_relationship_next_step()
        self.assertEqual(set(self.event.partner_mailing_ids.mapped("partner_event_kind")), {"thanks"})
        self.send(self.event.partner_mailing_ids)
        self.assertEqual(self.event.next_step, "next")

    def test_the_word_to_the_absent_does_not_stay_behind(self):
        for end in ("unlink", "action_archive"):
            with self.subTest(end), self.cr.savepoint() as savepoint:
                mailings = self.prepare_thanks()
                self.send(mailings["thanks"])
                self.assertEqual(self.event.next_step, "thanks")
                getattr(mailings["absent"], end)()
                self.event.invalidate_recordset()
                self.assertEqual(self.event.next_step, "next", "it was thrown away")
                savepoint.close(rollback=True)
