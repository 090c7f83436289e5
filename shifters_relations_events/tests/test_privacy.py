from datetime import timedelta
from unittest.mock import patch

from odoo import Command
from odoo.addons.mail.tests.common import MailCase
from odoo.addons.shifters_relations.tests.common import TODAY
from odoo.addons.shifters_relations.tests.test_privacy import EMAIL, NAME, PHONE, PersonalDataCase
from odoo.tests import tagged

from .common import PartnerEventCase


class InvitedCase(PersonalDataCase, PartnerEventCase):
    """The same person, whom events, mailings and network calls know too."""

    def seed(self):
        result = super().seed()
        self.person.relationship_informed_on = False
        self.invitation = self.env["event.invitation"].create({"event_id": self.event.id, "partner_id": self.person.id})
        self.invitation.message_post(body=f"{NAME} called")
        self.answer(self.invitation, "yes", guests=1, word=f"See you, {NAME}")
        self.event.note = f"<p>{NAME} speaks</p>"
        self.env["event.registration"].create(
            {"event_id": self.event.id, "name": NAME, "email": EMAIL.upper(), "phone": PHONE}
        )
        readers = self.env["mailing.list"].create({"name": "Readers"})
        self.env["mailing.contact"].create({"name": NAME, "email": EMAIL, "list_ids": [Command.set(readers.ids)]})
        self.env["mail.blacklist"]._add(EMAIL, message=f"{NAME} asked for it")
        self.env["mailing.trace"].create(
            {"model": "event.invitation", "res_id": self.invitation.id, "email": EMAIL, "trace_status": "sent"}
        )
        call = self.env["relationship.network.call"].create(
            {"organisation_ids": [Command.set(self.partner.ids)], "message": f"{NAME} says hello"}
        )
        self.asked = self.env["relationship.network.answer"].create(
            {"call_id": call.id, "name": NAME, "email": EMAIL, "partner_id": self.person.id}
        )
        self.asked._answer({self.partner.id: ("well", True)})
        self.env.flush_all()
        return result


@tagged("post_install", "-at_install")
class TestForgetting(InvitedCase):
    """Nothing of the person is left in the events either, and their figures are (G5)."""

    def test_nothing_is_left_in_the_whole_database(self):
        self.seed()
        token, before = self.invitation.access_token, self.event.invitation_ids
        found = self.find_traces()
        for place in (
            "event_invitation.comment",
            "event_registration.email",
            "mailing_contact.email",
            "mail_blacklist.email",
            "mailing_trace.email",
            "relationship_network_answer.email",
            "relationship_network_call.message",
        ):
            self.assertIn(place, found)
        self.anonymise(self.person)
        self.env.invalidate_all()
        self.assertFalse(self.find_traces())
        self.assertEqual(self.event.invitation_ids, before)
        self.assertNotEqual(self.invitation.access_token, token, "the personal link answers nothing any more")
        self.assertTrue(self.env["relationship.objection"].search([]), "the black list's wish outlives the address")

    def test_the_figures_of_a_past_event_stay(self):
        self.seed()
        self.invitation.registration_ids.action_set_done()
        self.event.write({"date_begin": "2026-03-01 16:00:00", "date_end": "2026-03-01 19:00:00"})
        present = self.invitation.present_count
        self.assertGreaterEqual(present, 2)
        self.anonymise(self.person)
        self.env.invalidate_all()
        self.assertEqual((self.invitation.state, self.invitation.present_count), ("accepted", present))
        self.assertEqual(set(self.invitation.registration_ids.mapped("name")), {"Anonymised person"})

    def test_the_file_tells_events_mailings_and_calls(self):
        self.seed()
        data = {
            title: rows for title, _columns, rows in self.person.with_user(self.pilot)._relationship_get_personal_data()
        }
        [invitation] = data["Invitations"]
        self.assertIn(f"See you, {NAME}", invitation)
        self.assertEqual(len(data["Seats"]), 3)
        self.assertEqual(len(data["Mailings"]), 1)
        self.assertEqual(len(data["Subscriptions"]), 1)
        self.assertIn(["Black list", "wants no mailing"], data["Identity"])
        [call] = data["Network calls"]
        self.assertIn("Well", call[-1])

    def test_what_she_booked_for_somebody_else_is_not_hers(self):
        bob, hers = self.env["event.registration"].create(
            [
                {"event_id": self.event.id, "partner_id": self.person.id, "name": "Bob", "email": "bob@example.net"},
                {"event_id": self.event.id, "partner_id": self.person.id, "name": NAME, "email": EMAIL},
            ]
        )
        namesake = self.env["mailing.contact"].create({"name": NAME, "email": "another@example.com"})
        data = {
            title: rows for title, _columns, rows in self.person.with_user(self.pilot)._relationship_get_personal_data()
        }
        self.assertEqual([row[1] for row in data["Seats"]], [NAME])
        answer = self.anonymise(self.person)
        self.env.invalidate_all()
        self.assertEqual((bob.name, bob.email), ("Bob", "bob@example.net"))
        self.assertEqual(hers.name, "Anonymised person")
        self.assertEqual(namesake.name, NAME, "the same name with another address: told, and left")
        self.assertIn(namesake._description, answer["params"]["message"])

    def test_an_address_that_another_contact_has_too_is_not_taken_for_hers(self):
        self.create_person(name="Bob Martin", email=EMAIL)
        contact = self.env["mailing.contact"].create({"name": "Both", "email": EMAIL})
        self.anonymise(self.person)
        self.assertTrue(contact.exists())

    def test_odoos_own_search_for_a_person_finds_our_records(self):
        self.seed()
        admin = self.env.ref("base.user_admin")
        wizard = self.env["privacy.lookup.wizard"].with_user(admin).create({"name": NAME, "email": EMAIL})
        wizard.action_lookup()
        found = wizard.line_ids.mapped("res_model")
        for model in (
            "event.invitation",
            "event.registration",
            "mailing.trace",
            "mailing.contact",
            "relationship.network.answer",
            "relationship.network.answer.line",
        ):
            self.assertIn(model, found)
        self.assertEqual(found.count("relationship.network.answer"), 1)
        seats = wizard.line_ids.filtered(lambda line: line.res_model == "event.registration")
        self.assertEqual(len(seats), len(set(seats.mapped("res_id"))))

    def test_who_was_invited_lately_is_not_proposed(self):
        self.env.cr.execute("UPDATE res_partner SET create_date = '2020-02-01' WHERE id = %s", [self.person.id])
        dormant = [("relationship_is_dormant", "=", True), ("id", "=", self.person.id)]
        self.assertTrue(self.env["res.partner"].search(dormant))
        self.env["event.invitation"].create({"event_id": self.event.id, "partner_id": self.person.id})
        self.assertFalse(self.env["res.partner"].search(dormant))


@tagged("post_install", "-at_install")
class TestInvitationsAndPersons(InvitedCase, MailCase):
    """The invitation tells who was not told (G3); who wants no contact gets nothing, under any name (G4)."""

    def send(self, kind="invitation"):
        action = self.event.with_user(self.organiser).action_relationship_prepare_mailing(kind)
        mailing = self.env["mailing.mailing"].browse(action["res_id"])
        return self.process(mailing)

    def process(self, mailing):
        with self.mock_mail_gateway(mail_unlink_sent=True), patch.object(self.env.cr, "commit"):
            mailing.with_user(self.organiser).action_put_in_queue()
            self.env["mailing.mailing"]._process_mass_mailing_queue()
            self.env["mail.mail"].process_email_queue()
        self.env.invalidate_all()
        return self._mails

    def test_the_invitation_tells_once(self):
        self.person.relationship_person_source = "Your web site"
        [told] = self.invite("Bob")
        told.partner_id.relationship_informed_on = "2026-01-05"
        invitation = self.env["event.invitation"].create({"event_id": self.event.id, "partner_id": self.person.id})
        mails = self.send()
        self.assertEqual(len(mails), 2)
        [mail] = [mail for mail in mails if "professional capacity" in mail["body"]]
        self.assertIn(EMAIL, mail["email_to"][0])
        self.assertIn("Your web site", mail["body"])
        self.assertIn(invitation._get_url(), mail["body"], "the personal link is there all the same")
        self.assertEqual(self.person.relationship_informed_on, TODAY)
        invitation.last_mailed_on = TODAY - timedelta(days=10)
        [mail] = self.send("reminder")
        self.assertNotIn("professional capacity", mail["body"])

    def test_a_hundred_uninformed_cost_what_ten_do_each(self):
        def cost(size):
            people = self.env["res.partner"].create(
                [
                    {"name": f"P{size}-{n}", "email": f"p{size}-{n}@example.net", "parent_id": self.partner.id}
                    for n in range(size)
                ]
            )
            self.env["event.invitation"].create(
                [{"event_id": self.event.id, "partner_id": person.id, "wave": size} for person in people]
            )
            before = self.cr.sql_log_count
            self.send()
            self.assertEqual(set(people.mapped("relationship_informed_on")), {TODAY})
            return (self.cr.sql_log_count - before) / size

        cost(5)
        self.assertLess(cost(40), cost(20) + 1)

    def test_the_address_of_somebody_who_objected_is_not_written_to_under_another_name(self):
        self.person.write({"relationship_no_contact": True, "active": False})
        [again] = self.invite("Again")
        again.partner_id.email = EMAIL.upper()
        self.assertFalse(self.send())
        self.assertEqual(again.state, "draft")
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "By hand",
                "body_html": "<p>Hello</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("event.invitation"),
                "mailing_domain": str([("id", "=", again.id)]),
            }
        )
        self.assertFalse(self.process(mailing))

    def test_the_audience_leaves_out_who_objected_under_another_name(self):
        self.anonymise(self.person, never_again=True)
        again = self.create_person(name="Again Quasi", email=EMAIL)
        audience = self.env["event.audience"].with_user(self.organiser).create({"event_id": self.event.id})
        audience.action_preview()
        line = audience.line_ids.filtered(lambda line: line.partner_id == again)
        self.assertEqual(line.reason, "no_contact")

    def test_internal_news_do_not_go_to_who_wants_no_contact(self):
        self.person.relationship_no_contact = True
        readers = self.env["mailing.list"].create({"name": "Readers"})
        self.env["mailing.contact"].create(
            [
                {"name": name, "email": email, "list_ids": [Command.set(readers.ids)]}
                for name, email in ((NAME, EMAIL), ("Ada", "ada@example.net"))
            ]
        )
        self.env["relationship.news"].create({"name": "We moved", "date": TODAY})
        news = self.env["relationship.internal.news"].with_user(self.organiser)
        draft = news.create({"date_from": TODAY, "date_to": TODAY, "mailing_list_id": readers.id})
        mailing = self.env["mailing.mailing"].browse(draft.action_draft()["res_id"])
        [mail] = self.process(mailing)
        self.assertIn("ada@example.net", mail["email_to"][0])

    def test_who_wants_no_contact_is_expected_no_more_and_the_next_gets_the_seat(self):
        last_year = self.create_event(date_begin="2025-03-01 16:00:00", date_end="2025-03-01 19:00:00")
        [was_there] = self.invite("Eve", event=last_year, state="accepted")
        other = self.create_target("Other")
        eve, bob, waiting = (
            self.env["event.invitation"].create({"event_id": self.event.id, "partner_id": person.id})
            for person in (was_there.partner_id, self.create_person(name="Bob"), self.create_person(name="Carl"))
        )
        waiting.partner_id.parent_id = other
        waiting.organisation_id = other
        self.answer(eve, guests=1)
        self.answer(bob)
        self.answer(waiting)
        self.assertEqual(waiting.state, "waiting")
        with patch.object(type(self.event), "_relationship_seat_soon", autospec=True) as seat_soon:
            eve.partner_id.with_user(self.helene).relationship_no_contact = True
        self.assertEqual((eve.state, eve._count_taken(), was_there.state), ("cancelled", 0, "accepted"))
        seat_soon.assert_called_with(self.event)
        self.assertTrue(self.event._relationship_try_seat())
        self.assertEqual((bob.state, waiting.state), ("accepted", "accepted"))
        self.partner.with_user(self.helene).relationship_no_contact = True
        self.assertEqual((bob.state, waiting.state), ("cancelled", "accepted"), "all of an organisation, and no other")

    def test_asking_for_no_contact_costs_a_query_where_nobody_is_invited(self):
        def cost(number):
            people = self.env["res.partner"].create([{"name": "Ada"} for _each in range(number)])
            self.env.flush_all()
            before = self.cr.sql_log_count
            people.relationship_no_contact = True
            self.env.flush_all()
            return self.cr.sql_log_count - before

        cost(1)
        self.assertEqual(cost(100), cost(1))

    def test_no_seat_is_announced_to_who_wants_no_contact(self):
        invitation = self.env["event.invitation"].create({"event_id": self.event.id, "partner_id": self.person.id})
        self.person.relationship_no_contact = True
        before = self.env["mail.mail"].search_count([])
        invitation._send_promotion()
        self.assertEqual(self.env["mail.mail"].search_count([]), before)
