from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestMeeting(RelationshipCase):
    """A meeting made on our screens invites the team; whom one meets is invited by a button (U7)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target(email="contact@climat.example")
        cls.ada = cls.env["res.partner"].create(
            {"name": "Ada", "email": "ada@climat.example", "parent_id": cls.partner.id}
        )
        cls.outside = cls.partner | cls.ada
        cls.start = f"{TODAY + timedelta(days=7)} 10:00:00"
        cls.stop = f"{TODAY + timedelta(days=7)} 11:00:00"

    def get_screens(self, user=None):
        """The contexts in which our screens make a meeting, by their name."""
        user = user or self.helene
        renewal = self.renewal_of(self.partner).with_user(user)
        todo = self.partner.with_user(user).activity_schedule("mail.mail_activity_data_meeting", user_id=self.marc.id)
        return {
            "organisation": self.partner.with_user(user).schedule_meeting()["context"],
            "person": self.ada.with_user(user).schedule_meeting()["context"],
            "renewal": renewal.action_create_calendar_event()["context"],
            "something to do": todo.action_create_calendar_event()["context"],
        }

    def make(self, context, user=None, **values):
        events = self.env["calendar.event"].with_user(user or self.helene).with_context(**context)
        return events.create({"name": "Lunch", "start": self.start, "stop": self.stop, **values})

    def count_mails(self, partners=None):
        """How many messages have been addressed to people outside the team."""
        partners = partners or self.outside
        self.env.flush_all()
        return self.env["mail.notification"].sudo().search_count([("res_partner_id", "in", partners.ids)])

    def assertNobodyWrittenTo(self, event):
        self.assertFalse(event.attendee_ids.partner_id.filtered("partner_share"))
        self.assertEqual(self.count_mails(), 0)
        self.assertFalse(self.env["mail.mail"].sudo().search([("recipient_ids", "in", self.outside.ids)]))

    def test_no_screen_invites_a_partner(self):
        alarm = self.env["calendar.alarm"].create(
            {"name": "A day before", "alarm_type": "email", "duration": 1, "interval": "days"}
        )
        alarm.mail_template_id = self.env.ref("calendar.calendar_template_meeting_reminder")
        for user in (self.helene, self.organiser):
            for screen, context in self.get_screens(user).items():
                with self.subTest(screen, user=user.name):
                    event = self.make(context, user, alarm_ids=[Command.set(alarm.ids)])
                    self.assertTrue(event.met_partner_ids & self.outside, "shown as whom one meets")
                    self.assertEqual(event.relationship_partner_id, self.partner)
                    self.assertNobodyWrittenTo(event)
                    event.write({"start": f"{TODAY + timedelta(days=1)} 10:00:00"})
                    alarms = self.env["calendar.alarm_manager"]
                    alarms.with_context(lastcall=TODAY - timedelta(days=1))._send_reminder()
                    self.assertNobodyWrittenTo(event)
                    event.unlink()
                    self.assertEqual(self.count_mails(), 0)

    def test_who_is_typed_among_the_attendees_is_whom_one_meets(self):
        for screen, context in self.get_screens().items():
            with self.subTest(screen):
                both = [Command.set((self.ada | self.marc.partner_id).ids)]
                event = self.make(context, partner_ids=both)
                self.assertEqual(event.partner_ids, self.marc.partner_id)
                self.assertIn(self.ada, event.met_partner_ids)
                event.write({"partner_ids": [Command.link(self.partner.id), Command.link(self.helene.partner_id.id)]})
                self.assertEqual(event.partner_ids, self.marc.partner_id | self.helene.partner_id)
                self.assertEqual(event.met_partner_ids, self.outside)
                self.assertNobodyWrittenTo(event)
                given = {**context, "default_partner_ids": self.outside.ids}
                self.assertNobodyWrittenTo(self.make(given))

    def test_a_meeting_that_recurs_invites_no_partner(self):
        context = self.partner.with_user(self.helene).schedule_meeting()["context"]
        event = self.make(context, recurrency=True, rrule_type="weekly", count=3, wed=True, end_type="count")
        events = event.recurrence_id.calendar_event_ids
        self.assertEqual(len(events), 3)
        self.assertEqual(events.met_partner_ids, self.partner)
        self.assertTrue(all(each.met_partner_ids for each in events))
        events[0].write({"recurrence_update": "all_events", "start": f"{TODAY + timedelta(days=7)} 12:00:00"})
        self.assertNobodyWrittenTo(events.exists())
        event.recurrence_id.calendar_event_ids.unlink()
        self.assertEqual(self.count_mails(), 0)

    def test_the_meetings_open_where_the_next_one_is(self):
        partner = self.partner.with_user(self.helene)
        self.assertNotIn("initial_date", partner.schedule_meeting()["context"])
        event = self.make(partner.schedule_meeting()["context"])
        past = self.make(
            partner.schedule_meeting()["context"],
            start=f"{TODAY - timedelta(days=70)} 10:00:00",
            stop=f"{TODAY - timedelta(days=70)} 11:00:00",
        )
        for shown in (event, past):
            self.assertEqual(partner.schedule_meeting()["context"]["initial_date"], str(shown.start))
            shown.unlink()

    def test_the_form_shows_whom_one_meets(self):
        context = self.partner.with_user(self.helene).schedule_meeting()["context"]
        events = self.env["calendar.event"].with_user(self.helene).with_context(**context)
        for view in ("calendar.view_calendar_event_form", "calendar.view_calendar_event_form_quick_create"):
            form = Form(events, view)
            form.name = "Lunch"
            event = form.save()
            self.assertEqual(event.met_partner_ids, self.partner)
            self.assertEqual(event.partner_ids, self.helene.partner_id)

    def test_the_button_invites(self):
        event = self.make(self.ada.with_user(self.helene).schedule_meeting()["context"])
        self.assertTrue(event.relationship_is_to_invite)
        event.action_relationship_invite()
        self.assertIn(self.ada, event.attendee_ids.partner_id)
        self.assertEqual(self.count_mails(self.ada), 1)
        self.assertFalse(event.relationship_is_to_invite)
        event.write({"start": f"{TODAY + timedelta(days=8)} 10:00:00"})
        self.assertEqual(self.count_mails(self.ada), 2, "an attendee like any: told when it moves")
        self.ada.relationship_no_contact = True
        event.write({"start": f"{TODAY + timedelta(days=9)} 10:00:00"})
        self.assertEqual(self.count_mails(self.ada), 2, "who objects since is not written to")
        self.ada.relationship_no_contact = False
        event.write({"partner_ids": [Command.set(event.partner_ids.ids)]})
        self.assertIn(self.ada, event.partner_ids)
        with self.assertRefused(UserError, "invited already"):
            event.action_relationship_invite()

    def test_who_objects_as_an_organisation_or_by_an_address_is_told_of_no_meeting(self):
        event = self.make(self.ada.with_user(self.helene).schedule_meeting()["context"])
        event.action_relationship_invite()
        event.write({"partner_ids": [Command.link(self.marc.partner_id.id)]})
        self.assertEqual(self.count_mails(self.ada), 1)
        for hour, objects in enumerate(
            (
                lambda: self.partner.write({"relationship_no_contact": True}),
                lambda: self.env["relationship.objection"]._remember(["ada@climat.example"]),
            )
        ):
            with self.subTest(hour), self.cr.savepoint() as savepoint:
                objects()
                before = self.count_mails(self.marc.partner_id)
                event.write({"start": f"{TODAY + timedelta(days=8)} {10 + hour}:00:00"})
                event.attendee_ids._send_invitation_emails()
                other = self.make({}, partner_ids=[Command.set((self.ada | self.marc.partner_id).ids)])
                self.assertIn(self.ada, other.attendee_ids.partner_id)
                self.assertEqual(self.count_mails(self.ada), 1, "she is left alone")
                self.assertGreater(self.count_mails(self.marc.partner_id), before, "the others are told")
                savepoint.rollback()
                self.env.invalidate_all()

    def test_the_button_refuses_who_may_not_be_written_to(self):
        event = self.make(self.ada.with_user(self.helene).schedule_meeting()["context"])
        with self.assertRefused(AccessError):
            event.with_user(self.outsider).action_relationship_invite()
        self.ada.email = False
        with self.assertRefused(UserError, "Ada.*no e-mail"):
            event.action_relationship_invite()
        self.ada.write({"email": "ada@climat.example", "relationship_no_contact": True})
        with self.assertRefused(UserError, "Ada may not"):
            event.action_relationship_invite()
        self.ada.relationship_no_contact = False
        event.write({"start": f"{TODAY - timedelta(days=1)} 10:00:00"})
        with self.assertRefused(UserError, "begun"):
            event.action_relationship_invite()
        self.assertEqual(self.count_mails(), 0)

    def test_the_button_of_an_organisation_counts_its_meetings(self):
        self.make(self.ada.with_user(self.helene).schedule_meeting()["context"])
        for partner in self.outside.with_user(self.helene):
            self.assertEqual(partner.meeting_count, 1)
            self.assertEqual(self.env["calendar.event"].search_count(partner.schedule_meeting()["domain"]), 1)

    def test_meetings_made_elsewhere_invite_as_ever(self):
        stranger = self.env["res.partner"].create({"name": "Zoe", "email": "zoe@example.org"})
        context = stranger.with_user(self.helene).schedule_meeting()["context"]
        self.assertIn(stranger, self.make(context).attendee_ids.partner_id)
        context = self.partner.with_user(self.outsider).schedule_meeting()["context"]
        self.assertIn(self.partner, self.make(context, self.outsider).attendee_ids.partner_id)
        event = self.make({}, partner_ids=[Command.set(self.ada.ids)])
        self.assertEqual(event.partner_ids, self.ada)
        self.assertEqual(event.relationship_partner_id, self.partner)

    def test_the_synthesis_of_a_meeting_is_with_whom_one_met(self):
        event = self.make(self.ada.with_user(self.helene).schedule_meeting()["context"])
        event.write({"start": f"{TODAY - timedelta(days=1)} 10:00:00"})
        synthesis = self.env["relationship.synthesis"].browse(event.action_relationship_write_synthesis()["res_id"])
        self.assertEqual((synthesis.partner_id, synthesis.participant_ids), (self.partner, self.ada))
