from datetime import datetime, timedelta

import icalendar
from odoo.addons.shifters_relations.calendar_file import write_calendar
from odoo.tests import tagged

from .common import PartnerEventCase


@tagged("post_install", "-at_install")
class TestCalendar(PartnerEventCase):
    """Partner events in the calendars of the team (P1)."""

    def get(self):
        """Return the entries of partner events in Hélène's calendar, by id of the event."""
        members = self.env(user=None, su=True)["relationship.member"]
        members._read_calendar(self.helene_member.calendar_token)  # what all share is read once
        with self.assertQueryCount(1):
            calendar = members._read_calendar(self.helene_member.calendar_token)
        events = icalendar.Calendar.from_ical(write_calendar(*calendar)).walk("VEVENT")
        return {
            int(event["UID"].split("@")[0].removeprefix("event-")): event
            for event in events
            if event["UID"].startswith("event-")
        }

    def test_partner_events_are_in_the_calendar_in_ones_language_until_a_month_after(self):
        self.event.address_id = self.env["res.partner"].create({"name": "Hall", "city": "Nantes"})
        self.event.with_context(lang="fr_FR").name = "Soirée des partenaires"
        self.create_event(name="Fair", is_partner_event=False)
        last = self.create_event(name="Last", date_begin="2026-02-20 18:00:00", date_end="2026-02-20 20:00:00")
        self.create_event(name="Long ago", date_begin="2026-01-20 18:00:00", date_end="2026-01-20 20:00:00")
        self.helene_member.with_user(self.helene).action_renew_calendar()
        entries = self.get()
        self.assertEqual(entries.keys(), {self.event.id, last.id})
        entry = entries[self.event.id]
        self.assertEqual((entry["SUMMARY"], entry["LOCATION"]), ("Partners' evening", "Nantes"))
        self.assertEqual(entry["DTSTART"].dt.replace(tzinfo=None), datetime(2026, 5, 10, 16))
        self.helene.lang = "fr_FR"
        self.assertEqual(self.get()[self.event.id]["SUMMARY"], "Soirée des partenaires")

        self.event.date_end += timedelta(hours=1)
        self.assertGreater(self.get()[self.event.id]["SEQUENCE"], entry["SEQUENCE"])
        self.event.kanban_state = "cancel"
        self.assertEqual(self.get()[self.event.id]["STATUS"], "CANCELLED")
