from datetime import datetime, timedelta

from odoo import Command
from odoo.tests import tagged

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestArchived(RelationshipCase):
    """What is archived asks for nothing, and a meeting that is off holds nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target()
        cls.meet(cls.partner, days_ago=60)
        cls.renewal = cls.renewal_of(cls.partner).with_user(cls.helene)

    # Organisations

    def get_digest(self):
        return self.helene_member._get_digests(datetime(2026, 3, 11, 9)).get(self.helene_member, {})

    def test_nothing_is_recalled_of_an_archived_organisation(self):
        self.meet(self.partner, days_ago=40, promised="Send the slides")
        self.write_synthesis(self.partner, summary="<p>To finish</p>")
        kind = self.env["relationship.cooperation.kind"].search([], limit=1)
        cooperation = self.env["relationship.cooperation"].create(
            {
                "name": "A debate",
                "kind_id": kind.id,
                "user_id": self.helene.id,
                "stage": "introduced",
                "destination_id": self.env["relationship.destination"].search([], limit=1).id,
                "role_ids": [Command.create({"partner_id": self.partner.id})],
            }
        )
        cooperation.date_introduced = TODAY - timedelta(days=60)
        self.partner.relationship_promise_ids.date_deadline = TODAY
        names = ("promises", "drafts", "outcomes")
        self.assertTrue(all(self.get_digest()[name] for name in names))
        figures = self.env["res.partner"].with_user(self.helene).relationship_get_portfolio
        self.assertEqual(figures()["drafts"], 1)
        awaited = [("id", "=", cooperation.id), ("is_outcome_due", "=", True)]
        self.assertTrue(cooperation.is_outcome_due)
        self.assertEqual(cooperation.search_count(awaited), 1)
        self.partner.action_archive()
        self.assertFalse(self.get_digest())
        self.assertEqual(figures()["drafts"], 0)
        self.assertFalse(cooperation.is_outcome_due)
        self.assertEqual(cooperation.search_count(awaited), 0)
        self.partner.action_unarchive()
        self.assertTrue(all(self.get_digest()[name] for name in names))

    def test_an_introduction_of_several_waits_as_long_as_one_is_in_use(self):
        other = self.create_target("Union")
        kind = self.env["relationship.cooperation.kind"].search([], limit=1)
        cooperation = self.env["relationship.cooperation"].create(
            {
                "name": "A debate",
                "kind_id": kind.id,
                "stage": "introduced",
                "destination_id": self.env["relationship.destination"].search([], limit=1).id,
                "role_ids": [Command.create({"partner_id": partner.id}) for partner in (self.partner, other)],
            }
        )
        cooperation.date_introduced = TODAY - timedelta(days=60)
        awaited = [("id", "=", cooperation.id), ("is_outcome_due", "=", True)]
        for partner, count in ((self.partner, 1), (other, 0)):
            partner.action_archive()
            self.assertEqual(cooperation.search_count(awaited), count)
            self.assertEqual(cooperation.is_outcome_due, bool(count))

    # Meetings

    def get_ends(self):
        """The ways in which a meeting is off, by their name."""

        def decline(event, partner):
            event.attendee_ids.filtered(lambda attendee: attendee.partner_id == partner).do_decline()

        return {
            "archived": lambda event: event.action_archive(),
            "deleted": lambda event: event.unlink(),
            "declined by her": lambda event: decline(event, self.helene.partner_id),
            "archived by somebody else": lambda event: event.with_user(self.organiser).action_archive(),
        }

    def test_a_meeting_that_is_off_gives_the_date_back(self):
        rule = self.renewal.date_deadline
        for name, end in self.get_ends().items():
            with self.subTest(name):
                event = self.plan_meeting(self.renewal, "2026-06-03")
                self.assertNextContact(self.partner, "2026-06-03")
                self.assertTrue(self.renewal._relationship_is_pinned())
                end(event)
                self.assertNextContact(self.partner, rule)
                self.assertFalse(self.renewal._relationship_is_pinned())
                self.assertNotIn("appointment", self.renewal.relationship_reason)
                self.renewal.action_no_answer()
                self.assertNextContact(self.partner, rule + timedelta(days=7))
                self.renewal.sudo().write({"relationship_attempt_count": 0, "calendar_event_id": False})
                self.renewal.sudo().write({"relationship_pinned": False})

    def test_a_date_set_by_hand_before_the_meeting_stays(self):
        self.renewal.date_deadline = "2026-05-06"
        event = self.plan_meeting(self.renewal, "2026-05-06")
        event.action_archive()
        self.assertNextContact(self.partner, "2026-05-06")
        self.assertTrue(self.renewal.relationship_pinned)
        self.assertEqual(self.renewal.relationship_reason, "This date was set by hand.")

    def test_a_meeting_that_is_on_again_holds_its_day_again(self):
        event = self.plan_meeting(self.renewal, "2026-06-03")
        attendee = event.attendee_ids
        for off, on in (
            (event.action_archive, event.action_unarchive),
            (attendee.do_decline, attendee.do_accept),
        ):
            off()
            self.assertNotEqual(str(self.renewal.date_deadline), "2026-06-03")
            on()
            self.assertNextContact(self.partner, "2026-06-03")
            self.assertEqual(self.renewal.relationship_reason, "An appointment is in the calendar.")

    def test_a_meeting_that_is_off_neither_moves_nor_is_moved(self):
        event = self.plan_meeting(self.renewal, "2026-06-03")
        event.attendee_ids.do_decline()
        start = event.start
        self.renewal.date_deadline = "2026-07-01"
        self.assertEqual(event.start, start)
        event.write({"start": "2026-06-10 10:00:00", "stop": "2026-06-10 11:00:00"})
        self.assertNextContact(self.partner, "2026-07-01")

    def test_a_meeting_that_all_guests_declined_is_off(self):
        person = self.env["res.partner"].create(
            {"name": "Ada", "parent_id": self.partner.id, "email": "ada@example.org"}
        )
        rule = self.renewal.date_deadline
        event = self.plan_meeting(self.renewal, "2026-06-03")
        event.write({"partner_ids": [Command.link(person.id)]})
        event.attendee_ids.filtered(lambda attendee: attendee.partner_id == person).do_decline()
        self.assertNextContact(self.partner, rule)

    def test_a_new_meeting_takes_the_place_of_one_that_is_off(self):
        self.plan_meeting(self.renewal, "2026-06-03").action_archive()
        context = self.renewal.action_create_calendar_event()["context"]
        event = (
            self.env["calendar.event"]
            .with_user(self.helene)
            .with_context(**context)
            .create({"name": "Tea", "start": "2026-06-17 10:00:00", "stop": "2026-06-17 11:00:00"})
        )
        self.assertEqual(self.renewal.calendar_event_id, event)
        self.assertNextContact(self.partner, "2026-06-17")
        self.assertEqual(len(self.partner.activity_ids), 1)
