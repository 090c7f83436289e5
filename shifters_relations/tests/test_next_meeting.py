from datetime import timedelta

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestNextMeeting(RelationshipCase):
    """A coming meeting with the organisation is the next contact, wherever it was made and by whom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target(email="contact@climat.example")
        cls.meet(cls.partner, days_ago=50)  # due on 20 July
        cls.ada = cls.env["res.partner"].create(
            {"name": "Ada", "email": "ada@climat.example", "parent_id": cls.partner.id}
        )
        cls.renewal = cls.renewal_of(cls.partner)

    def make(self, day="2026-06-03", user=None, context=None, hour="10:00:00", **values):
        events = self.env["calendar.event"].with_user(user or self.helene).with_context(**(context or {}))
        values = {"name": "Tea", "start": f"{day} {hour}", "stop": f"{day} {hour}", **values}
        return events.create(values)

    def make_met(self, day="2026-06-03", **values):
        return self.make(day, met_partner_ids=[Command.set(self.partner.ids)], **values)

    def assertUsual(self, reader=None):
        self.assertNextContact(self.partner, "2026-07-20")
        reason = self.renewal_of(self.partner).with_user(reader or self.helene).relationship_reason
        self.assertEqual(reason, "6 months after the call of 20 January.")

    def test_wherever_it_is_made(self):
        organisation, person = self.partner.with_user(self.helene), self.ada.with_user(self.marc)
        attended = [Command.set((self.ada | self.helene.partner_id).ids)]
        ways = {
            "Meetings of the organisation": lambda: self.make(context=organisation.schedule_meeting()["context"]),
            "Meetings of a person, by another member": lambda: self.make(
                user=self.marc, context=person.schedule_meeting()["context"]
            ),
            "calendar, whom we meet": lambda: self.make(met_partner_ids=[Command.set(self.ada.ids)]),
            "calendar, attendee": lambda: self.make(user=self.organiser, partner_ids=attended),
            "on the organisation": lambda: self.make(
                res_model_id=self.env["ir.model"]._get_id("res.partner"), res_id=self.partner.id
            ),
            "of the renewal": lambda: self.make(
                context=self.renewal.with_user(self.helene).action_create_calendar_event()["context"]
            ),
            "noted later": lambda: self.make().write({"met_partner_ids": [Command.link(self.ada.id)]}),
            "the whole day": lambda: self.make_met(allday=True, start_date="2026-06-03", stop_date="2026-06-03"),
        }
        for way, make in ways.items():
            with self.subTest(way), self.cr.savepoint() as savepoint:
                make()
                self.env.flush_all()
                self.assertNextContact(self.partner, "2026-06-03")
                self.assertEqual(
                    self.renewal.with_user(self.helene).relationship_reason, "An appointment is in the calendar."
                )
                self.assertEqual(self.renewal.user_id, self.helene, "its owner keeps it")
                wizard = (
                    self.env["relationship.plan"].with_user(self.helene).create({"member_ids": self.helene_member.ids})
                )
                wizard.action_preview()
                self.assertFalse(wizard.line_ids.filtered(lambda line: line.activity_id == self.renewal))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_the_earliest_to_come_counts(self):
        later = self.make_met("2026-06-10")
        self.make_met("2026-05-04", active=False)
        self.make_met("2026-02-04")
        self.assertNextContact(self.partner, "2026-06-10")
        sooner = self.make_met("2026-06-03", user=self.marc)
        self.assertNextContact(self.partner, "2026-06-03")
        sooner.write({"start": "2026-06-17 10:00:00", "stop": "2026-06-17 11:00:00"})
        self.assertNextContact(self.partner, "2026-06-10")
        later.unlink()
        self.assertNextContact(self.partner, "2026-06-17")
        sooner.write({"met_partner_ids": [Command.clear()]})
        self.assertUsual()
        sooner.write({"met_partner_ids": [Command.link(self.ada.id)]})
        self.assertNextContact(self.partner, "2026-06-17")
        sooner.action_archive()
        self.assertUsual()

    def test_a_meeting_that_is_declined_is_none(self):
        event = self.make_met()
        event.attendee_ids.do_decline()
        self.assertUsual()
        event.attendee_ids.do_accept()
        self.assertNextContact(self.partner, "2026-06-03")

    def test_a_meeting_of_who_has_left_is_none(self):
        admin = self.env.ref("base.user_admin")
        self.make_met(partner_ids=[Command.set(self.helene.partner_id.ids)])
        self.partner.with_user(self.organiser).relationship_owner_id = self.marc
        self.assertNextContact(self.partner, "2026-06-03")
        self.helene.with_user(admin).action_archive()
        self.assertUsual(self.marc)
        self.renewal.with_user(self.marc).date_deadline = "2026-06-10"
        self.assertNextContact(self.partner, "2026-06-10")
        self.renewal.with_user(self.marc).action_unpin()
        self.helene.with_user(admin).action_unarchive()
        self.assertNextContact(self.partner, "2026-06-03")

    def test_a_meeting_made_for_the_renewal_by_who_has_left_is_none(self):
        self.plan_meeting(self.renewal, "2026-06-03")
        self.partner.with_user(self.organiser).relationship_owner_id = self.marc
        self.helene.with_user(self.env.ref("base.user_admin")).action_archive()
        self.assertUsual(self.marc)

    def test_a_meeting_that_took_place_asks_for_its_synthesis_though_who_went_there_has_left(self):
        event = self.plan_meeting(self.renewal, "2026-06-03")
        self.partner.with_user(self.organiser).relationship_owner_id = self.marc
        with freeze_time("2026-06-04 12:00:00"):
            self.helene.with_user(self.env.ref("base.user_admin")).action_archive()
            self.partner._relationship_take_meetings()
            self.env.invalidate_all()
            self.assertNextContact(self.partner, "2026-06-03")
            renewal = self.renewal.with_user(self.marc)
            self.assertEqual(
                renewal.relationship_reason, "An appointment was in the calendar: its synthesis is to be written."
            )
            self.assertIn(renewal.sudo(), self.marc_member._get_digests(event.stop)[self.marc_member]["due"])
            action = event.with_user(self.marc).action_relationship_write_synthesis()
            self.assertEqual(self.env["relationship.synthesis"].browse(action["res_id"]).activity_id, self.renewal)

    def test_a_meeting_to_which_nobody_was_left_to_go_asks_for_none(self):
        self.plan_meeting(self.renewal, "2026-06-03")
        self.partner.with_user(self.organiser).relationship_owner_id = self.marc
        self.helene.with_user(self.env.ref("base.user_admin")).action_archive()
        with freeze_time("2026-06-04 12:00:00"):
            self.assertUsual(self.marc)

    def test_a_meeting_to_which_a_colleague_goes_outlives_an_account(self):
        self.make_met(partner_ids=[Command.set((self.helene | self.marc).partner_id.ids)])
        self.partner.with_user(self.organiser).relationship_owner_id = self.marc
        self.helene.with_user(self.env.ref("base.user_admin")).action_archive()
        self.assertNextContact(self.partner, "2026-06-03")

    def test_the_day_is_that_of_who_keeps_the_contact(self):
        for tz, expected in (("Pacific/Noumea", "2026-06-04"), ("Europe/Paris", "2026-06-03")):
            self.helene.tz = tz
            event = self.make_met("2026-06-03", user=self.marc, context={"tz": "UTC"}, hour="20:00:00")
            self.assertNextContact(self.partner, expected)
            event.with_context(tz="America/Cayenne").write({"name": "Moved", "start": "2026-06-03 20:30:00"})
            self.assertNextContact(self.partner, expected)
            event.unlink()

    def test_a_day_is_read_again_where_she_lives_now(self):
        self.make_met("2026-06-03", hour="20:00:00")
        self.assertNextContact(self.partner, "2026-06-03")
        self.helene.tz = "Pacific/Noumea"
        self.assertNextContact(self.partner, "2026-06-04")
        self.helene.partner_id.tz = "America/Cayenne"
        self.assertNextContact(self.partner, "2026-06-03")

    def make_whole_day(self, day):
        return self.make_met(day, allday=True, start_date=day, stop_date=day)

    def test_a_whole_day_begins_at_midnight_where_she_lives(self):
        for tz, before, after in (
            ("Europe/Paris", "2026-06-02 21:59:00", "2026-06-02 22:01:00"),
            ("Pacific/Noumea", "2026-06-02 12:59:00", "2026-06-02 13:01:00"),
            ("America/Cayenne", "2026-06-03 02:59:00", "2026-06-03 03:01:00"),
        ):
            self.helene.tz = tz
            event = self.make_whole_day("2026-06-03")
            for moment, has_begun in ((before, False), (after, True)):
                with self.subTest(tz, moment=moment), freeze_time(moment):
                    self.env.invalidate_all()
                    self.assertEqual(event.relationship_is_over, has_begun)
                    self.assertEqual("was in" in self.renewal.with_user(self.helene).relationship_reason, has_begun)
            event.unlink()

    def test_a_whole_day_made_on_that_day_is_to_come_until_its_synthesis(self):
        for moment in ("2026-06-03 07:00:00", "2026-06-03 15:00:00"):
            with self.subTest(moment), freeze_time(moment), self.cr.savepoint() as savepoint:
                event = self.make_whole_day("2026-06-03")
                self.assertNextContact(self.partner, "2026-06-03")
                action = event.with_user(self.helene).action_relationship_write_synthesis()
                synthesis = self.env["relationship.synthesis"].browse(action["res_id"])
                self.assertEqual(str(synthesis.date), "2026-06-03")
                synthesis.with_user(self.helene).write({"summary": "<p>Hello</p>"})
                synthesis.with_user(self.helene).action_validate()
                self.assertFalse(self.renewal.active)
                self.assertNextContact(self.partner, "2026-12-03")
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_date_chosen_moves_her_own_meeting_by_whole_days(self):
        self.helene.tz = "Pacific/Noumea"
        event = self.make_met("2026-06-03", hour="20:00:00")
        renewal = self.renewal.with_user(self.helene).with_context(tz="UTC")
        renewal.date_deadline = "2026-06-10"
        self.assertEqual(str(event.start), "2026-06-09 20:00:00")
        self.assertNextContact(self.partner, "2026-06-10")
        sentence = self.partner.with_user(self.helene).relationship_next_contact_sentence
        self.assertEqual(sentence, "Appointment on 10 June")
        with self.assertRefused(UserError, "Hélène has made"):
            renewal.with_user(self.marc).date_deadline = "2026-06-11"

    def test_what_is_written_on_its_renewal_leaves_it_an_appointment(self):
        self.make_met("2026-06-03")
        renewal = self.renewal.with_user(self.helene)
        partner = self.partner.with_user(self.helene)
        for way, change, day in (
            ("dragged", lambda: renewal.write({"date_deadline": "2026-06-10"}), "10 June"),
            ("dragged in the calendar", lambda: renewal.write({"date_deadline": "2026-06-11"}), "11 June"),
            ("given back to the rule", renewal.action_unpin, "11 June"),
            ("by nobody in person", lambda: renewal.sudo().write({"date_deadline": "2026-06-12"}), "12 June"),
            ("moved as core does", lambda: self.move_as_core(renewal, "2026-06-12"), "12 June"),
        ):
            with self.subTest(way):
                change()
                self.assertEqual(renewal.relationship_date_source, "meeting")
                self.assertEqual(partner.relationship_next_contact_sentence, f"Appointment on {day}")
                self.assertEqual(renewal.relationship_reason, "An appointment is in the calendar.")
        with freeze_time("2026-06-15 12:00:00"):
            self.env.invalidate_all()
            partner._relationship_derive()
            sentence = partner.relationship_next_contact_sentence
            self.assertEqual(sentence, "Appointment of 12 June: its synthesis is to be written")

    def move_as_core(self, renewal, day):
        renewal.with_context(calendar_event_meeting_update=True).write({"date_deadline": day})

    def test_a_past_appointment_whose_renewal_is_dragged(self):
        self.make_met("2026-03-18")
        with freeze_time("2026-03-20 12:00:00"):
            self.renewal.with_user(self.helene).date_deadline = "2026-03-19"
            self.env.invalidate_all()
            self.assertFalse(self.renewal._relationship_get_appointment())
            self.assertEqual(self.renewal.with_user(self.helene).relationship_reason, "This date was set by hand.")

    def test_once_over_it_asks_for_the_synthesis_and_the_next_one_waits(self):
        first, second = self.make_met("2026-06-03", user=self.marc), self.make_met("2026-07-01")
        with freeze_time("2026-06-03 12:00:00"):
            self.assertNextContact(self.partner, "2026-06-03")
            second.name = "Coffee"
            second.start = "2026-07-02 10:00:00"
            self.assertNextContact(self.partner, "2026-06-03")
            self.env.invalidate_all()
            self.assertEqual(
                self.renewal.with_user(self.helene).relationship_reason,
                "An appointment was in the calendar: its synthesis is to be written.",
            )
            digest = self.helene_member._get_digests(first.start)[self.helene_member]
            self.assertIn(self.renewal, digest["due"])
            synthesis = self.env["relationship.synthesis"].browse(
                first.with_user(self.helene).action_relationship_write_synthesis()["res_id"]
            )
            self.assertEqual(synthesis.activity_id, self.renewal)
            synthesis.summary = "<p>Hello</p>"
            synthesis.action_validate()
            self.assertFalse(self.renewal.active)
            self.assertNextContact(self.partner, "2026-07-02")

    def test_who_takes_the_organisation_over_has_the_meeting_on_her_own_day(self):
        self.marc.tz = "Pacific/Noumea"
        self.make_met("2026-06-03", hour="20:00:00")
        self.assertNextContact(self.partner, "2026-06-03")
        self.partner.relationship_owner_id = self.marc
        self.assertNextContact(self.partner, "2026-06-04")

    def test_a_call_meanwhile_leaves_the_meeting_where_it_is(self):
        self.make_met()
        self.meet(self.partner)
        self.assertNextContact(self.partner, "2026-06-03")

    def test_nobody_at_a_meeting_that_is_over_is_an_attempt(self):
        self.make_met("2026-03-18")
        with freeze_time("2026-03-18 15:00:00"):
            self.renewal.with_user(self.helene).action_no_answer()
            self.assertNextContact(self.partner, "2026-03-25")
            self.make_met("2026-03-20")
            self.assertNextContact(self.partner, "2026-03-20")

    def test_a_missed_meeting_is_no_choice_of_a_date(self):
        self.make_met("2026-03-20")
        with freeze_time("2026-03-20 12:00:00"):
            renewal = self.renewal.with_user(self.helene)
            renewal.action_no_answer()
            self.assertNextContact(self.partner, "2026-03-27")
            self.assertFalse(renewal.relationship_pinned)
            renewal.action_take_back_attempt()
            self.assertNextContact(self.partner, "2026-03-20")
            self.env.invalidate_all()
            self.assertEqual(
                renewal.relationship_reason, "An appointment was in the calendar: its synthesis is to be written."
            )
            renewal.action_no_answer()
            self.assertNextContact(self.partner, "2026-03-27")
            self.assertFalse(renewal.relationship_pinned)
        with freeze_time("2026-03-23 12:00:00"):
            self.write_synthesis(self.partner, date="2026-03-23").action_validate()
            self.assertFalse(self.renewal.active, "a validated contact closes it")
            self.assertNextContact(self.partner, "2026-09-23")

    def test_a_missed_meeting_leaves_a_date_chosen_before_it_a_choice(self):
        self.renewal.with_user(self.helene).date_deadline = "2026-05-04"
        event = self.make_met("2026-03-20")
        with freeze_time("2026-03-20 12:00:00"):
            self.renewal.with_user(self.helene).action_no_answer()
            self.assertNextContact(self.partner, "2026-03-27")
            self.assertTrue(self.renewal.relationship_pinned)
            event.unlink()
            self.renewal.with_user(self.helene).action_take_back_attempt()
            self.assertNextContact(self.partner, "2026-05-04")

    def test_a_meeting_made_before_the_organisation_is_a_target(self):
        other = self.env["res.partner"].create({"name": "Union", "is_company": True})
        self.make(met_partner_ids=[Command.set(other.ids)])
        other.write({"relationship_owner_id": self.helene.id, "relationship_stage": "target"})
        self.assertNextContact(other, "2026-06-03")
        other.relationship_stage = "paused"
        self.assertFalse(self.renewal_of(other))
        other.relationship_stage = "target"
        self.assertNextContact(other, "2026-06-03")

    def test_several_at_one_meeting(self):
        other = self.create_target("Union", owner=self.marc)
        event = self.make(met_partner_ids=[Command.set((other | self.ada).ids)])
        for partner in (self.partner, other):
            self.assertNextContact(partner, "2026-06-03")
        event.write({"met_partner_ids": [Command.unlink(self.ada.id)]})
        self.assertUsual()
        self.assertNextContact(other, "2026-06-03")

    def test_a_recurring_meeting(self):
        event = self.make_met(
            (TODAY + timedelta(days=7)).isoformat(),
            recurrency=True,
            rrule_type="weekly",
            count=3,
            wed=True,
            end_type="count",
        )
        events = event.recurrence_id.calendar_event_ids.sorted("start")
        self.assertNextContact(self.partner, TODAY + timedelta(days=7))
        events[0].action_archive()
        self.assertNextContact(self.partner, TODAY + timedelta(days=14))
        events[1:].unlink()
        self.assertUsual()

    def test_what_was_noted_on_the_next_contact_stays(self):
        self.renewal.note = "<p>Ask for Ada</p>"
        event = self.make_met()
        event.with_user(self.helene).write({"description": "<p>At their office</p>", "user_id": self.marc.id})
        self.assertIn("Ask for Ada", self.renewal.note)
        self.assertEqual(self.renewal.user_id, self.helene)

    def test_a_person_who_moves_takes_the_meeting_along(self):
        other = self.create_target("Union")
        self.make(met_partner_ids=[Command.set(self.ada.ids)])
        self.ada.parent_id = other
        self.assertUsual()
        self.assertNextContact(other, "2026-06-03")
