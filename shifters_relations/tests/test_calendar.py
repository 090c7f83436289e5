import base64
import io
from datetime import date, datetime, timedelta
from unittest.mock import patch

import icalendar
import ics
import qrcode
import vobject
from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import HttpCase
from PIL import Image

from ..calendar_file import get_tag, write_calendar
from ..controllers.calendar import HOUR, Limit, MemberCalendar
from .common import TODAY, RelationshipCase

WHERE = "/relations/calendar"
# Whatever may stand in a name or a city.
AWKWARD = 'A, B; C\\D "é" 😀' + "ë" * 60 + "\r\nBEGIN:VALARM\u2028x\x07"


def read(content):
    """The entries of a calendar file by the beginning of their UID, read by three libraries that must agree."""
    calendar = icalendar.Calendar.from_ical(content)
    entries = {str(event["UID"]).partition("@")[0]: event for event in calendar.walk("VEVENT")}
    assert not calendar.errors and not any(event.errors for event in entries.values())
    other = next(vobject.readComponents(content.decode()))
    third = ics.Calendar(content.decode())
    theirs = {event.uid.value.partition("@")[0]: event for event in getattr(other, "vevent_list", [])}
    thirds = {event.uid.partition("@")[0]: event for event in third.events}
    assert entries.keys() == theirs.keys() == thirds.keys()
    for uid, event in entries.items():
        assert theirs[uid].summary.value == str(event["SUMMARY"]) == thirds[uid].name
        assert theirs[uid].dtstart.value == event["DTSTART"].dt
    return entries


def is_code_of(picture, text):
    """Whether a picture is the QR code of a text, as another library draws it with one of the eight masks."""
    image = Image.open(io.BytesIO(base64.b64decode(picture.removeprefix("data:image/png;base64,")))).convert("1")
    data = qrcode.util.QRData(text.encode(), mode=qrcode.util.MODE_8BIT_BYTE)
    for mask in range(8):
        code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_L, mask_pattern=mask, border=4)
        code.add_data(data)
        dots = code.get_matrix()
        size = image.width / len(dots)
        found = [
            [not image.getpixel((int((x + 0.5) * size), int((y + 0.5) * size))) for x in range(len(dots))]
            for y in range(len(dots))
        ]
        if found == dots:
            return True
    return False


@tagged("post_install", "-at_install")
class TestCalendar(HttpCase, RelationshipCase):
    """A member's next contacts in the calendar of her own phone (P1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target(city="Lyon", relationship_intention="To know their plans")
        cls.of_marc = cls.create_target("Alliance", owner=cls.marc)
        cls.member = cls.helene_member.with_user(cls.helene)
        cls.member.action_renew_calendar()

    def ask(self, token=None, **headers):
        """Ask for a calendar, by default Hélène's."""
        self.env.flush_all()
        token = self.helene_member.calendar_token if token is None else token
        return self.url_open(f"{WHERE}/{token}.ics", headers=headers)

    def get(self):
        """Return the entries of Hélène's calendar."""
        answer = self.ask()
        self.assertEqual(answer.status_code, 200)
        return read(answer.content)

    def get_entry(self):
        """Return the entry of the next contact."""
        return self.get()[f"renewal-{self.renewal_of(self.partner).id}"]

    # What it shows

    def test_each_next_contact_is_on_its_day_and_names_nobody(self):
        person = self.env["res.partner"].create({"name": "Ada Byron", "parent_id": self.partner.id})
        self.meet(self.partner, 3, summary="<p>Sesame</p>", participant_ids=[Command.set(person.ids)])
        renewal = self.renewal_of(self.partner)
        renewal.write({"summary": "Ask Ada Byron", "note": "<p>Sesame</p>", "date_deadline": "2026-03-29"})
        answer = self.ask()
        entry = read(answer.content)[f"renewal-{renewal.id}"]
        self.assertEqual(entry["SUMMARY"], "Contact planned (in person)")
        self.assertEqual((entry["DTSTART"].dt, entry["DTEND"].dt), (date(2026, 3, 29), date(2026, 3, 30)))
        self.assertEqual(entry["LOCATION"], "Lyon")
        self.assertTrue(entry["URL"].endswith(f"/odoo/organisations/{self.partner.id}"))
        self.assertIn(entry["URL"], entry["DESCRIPTION"])
        self.assertEqual((entry["TRANSP"], entry["STATUS"], entry["CLASS"]), ("TRANSPARENT", "CONFIRMED", "PRIVATE"))
        for secret in ("Ada", "Sesame", "Réseau", "plans", "Alliance", "METHOD", "ATTENDEE", "ORGANIZER"):
            self.assertNotIn(secret, answer.text)
        for header in (
            "X-WR-CALNAME:Relations: my next contacts",
            "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
            "X-PUBLISHED-TTL:PT4H",
        ):
            self.assertIn(header, answer.text)

    def test_it_speaks_the_members_language_and_names_organisations_once_she_wants(self):
        self.helene.lang = "fr_FR"
        self.partner.name = AWKWARD
        self.assertEqual(self.get_entry()["SUMMARY"], "Contact prévu (par téléphone)")
        self.member.action_name_in_calendar(True)
        answer = self.ask()
        self.assertLessEqual(max(map(len, answer.content.split(b"\r\n"))), 75)
        self.assertNotIn(b"\nBEGIN:VALARM", answer.content)
        summary = self.get_entry()["SUMMARY"]
        self.assertTrue(summary.startswith('A, B; C\\D "é" 😀ëë'), summary)
        self.assertTrue(summary.endswith("(par téléphone)"), summary)
        self.member.action_name_in_calendar(False)
        self.assertNotIn("A\\, B", self.ask().text)

    def test_an_appointment_has_its_hours_and_not_its_title(self):
        renewal = self.renewal_of(self.partner)
        meeting = self.plan_meeting(renewal, "2026-03-29")  # the day on which summer time begins
        meeting.with_context(no_mail_to_attendees=True).write(
            {"name": "Lunch with Ada", "stop": "2026-03-30 01:00:00", "description": "Sesame"}
        )
        entry = self.get_entry()
        utc = entry["DTSTART"].dt.tzinfo
        self.assertEqual(
            (entry["DTSTART"].dt, entry["DTEND"].dt),
            (datetime(2026, 3, 29, 10, tzinfo=utc), datetime(2026, 3, 30, 1, tzinfo=utc)),
        )
        self.assertEqual((entry["SUMMARY"], entry["TRANSP"]), ("Contact planned (by phone)", "OPAQUE"))
        self.assertNotIn("Ada", self.ask().text)
        self.assertNotIn("Sesame", self.ask().text)
        meeting.videocall_location = "https://example.org/x"
        self.assertEqual(self.get_entry()["SUMMARY"], "Contact planned (by video)")
        meeting.write({"allday": True, "start_date": "2026-04-02", "stop_date": "2026-04-04"})
        entry = self.get_entry()
        self.assertEqual((entry["DTSTART"].dt, entry["DTEND"].dt), (date(2026, 4, 2), date(2026, 4, 5)))
        meeting.active = False
        self.assertEqual(self.get_entry()["DTSTART"].dt, renewal.date_deadline)

    def test_absences_and_the_end_of_the_engagement_are_in_it(self):
        closures = self.env["relationship.closure"]
        first = {"name": "Hospital", "date_from": "2026-04-01", "date_to": "2026-04-03"}
        away, _of_marc, _of_all, yearly, easter, over = closures.create(
            [
                {**first, "user_id": self.helene.id},
                {**first, "user_id": self.marc.id},
                first,
                {
                    **first,
                    "yearly": True,
                    "date_from": "2024-12-30",
                    "date_to": "2025-01-02",
                    "user_id": self.helene.id,
                },
                {"name": "Fair", "follows_easter": True, "easter_offset": 1, "user_id": self.helene.id},
                {**first, "date_from": "2025-04-01", "date_to": "2025-04-03", "user_id": self.helene.id},
            ]
        )
        self.helene_member.date_end = "2026-12-31"
        entries = self.get()
        period = [entries[f"absence-{away.id}"][name].dt for name in ("DTSTART", "DTEND")]
        self.assertEqual(period, [date(2026, 4, 1), date(2026, 4, 4)])
        self.assertEqual(entries[f"absence-{yearly.id}-2026"]["DTEND"].dt, date(2027, 1, 3))
        self.assertEqual(entries[f"absence-{easter.id}-2026"]["DTSTART"].dt, date(2026, 4, 6))
        self.assertEqual(entries[f"engagement-{self.helene_member.id}"]["DTSTART"].dt, date(2026, 12, 31))
        names = {uid.rpartition("-")[0] or uid for uid in entries if uid.startswith("absence")}
        self.assertEqual(names, {"absence", f"absence-{yearly.id}", f"absence-{easter.id}"})
        self.assertNotIn(f"absence-{over.id}", entries)
        self.assertNotIn("Hospital", self.ask().text)
        away.unlink()
        self.helene_member.date_end = False
        entries = self.get()
        for uid in (f"absence-{away.id}", f"engagement-{self.helene_member.id}"):
            self.assertEqual(entries[uid]["STATUS"], "CANCELLED")

    def test_who_has_no_target_has_an_empty_calendar_that_is_one(self):
        self.env["relationship.member"].with_user(self.organiser)._get_mine().action_renew_calendar()
        token = self.env["relationship.member"].search([("user_id", "=", self.organiser.id)]).calendar_token
        self.assertEqual(read(self.ask(token).content), {})

    # What changes

    def test_what_changes_has_a_higher_number_and_what_does_not_keeps_it(self):
        def number():
            entry = self.get_entry()
            return entry["SEQUENCE"], entry["LAST-MODIFIED"].dt

        renewal, members = self.renewal_of(self.partner), self.env["relationship.member"]
        before, content = number(), self.ask().content
        self.partner.write({"relationship_intention": "Else", "phone": "1"})
        renewal.summary = "Else"
        self.helene_member.reminder_last = TODAY
        self.assertEqual(self.ask().content, content, "the same bytes for the same facts")
        self.member.action_name_in_calendar(True)
        hours = {"start": "2026-05-06 14:00:00", "stop": "2026-05-06 15:00:00"}
        for change in (
            lambda: renewal.write({"date_deadline": "2026-05-05"}),
            lambda: renewal.write({"activity_type_id": self.in_person.id}),
            lambda: self.plan_meeting(renewal, "2026-05-06"),
            lambda: renewal.calendar_event_id.write(hours),
            lambda: self.partner.write({"city": "Paris"}),
            None,  # the daily clean-up notes it
            lambda: self.partner.write({"name": "Renamed"}),
            lambda: self.partner.write({"name": "Renamed on the same day"}),
        ):
            if not change:
                members._gc_calendars()
                self.assertEqual(number()[0], before[0])
                continue
            change()
            after = number()
            self.assertGreater(after[0], before[0])
            self.assertGreaterEqual(after[1], before[1])
            before = after

    def test_what_is_no_more_is_told_cancelled_for_a_month(self):
        uid = f"renewal-{self.renewal_of(self.partner).id}"
        first = self.get()[uid]
        self.partner.relationship_stage = "paused"
        gone = self.get()[uid]
        self.assertEqual((gone["STATUS"], gone["SUMMARY"]), ("CANCELLED", "Cancelled"))
        self.assertEqual(gone["DTSTART"].dt, first["DTSTART"].dt)
        self.assertGreater(gone["SEQUENCE"], first["SEQUENCE"])
        self.env["relationship.member"]._gc_calendars()
        self.assertEqual(self.get()[uid]["SEQUENCE"], gone["SEQUENCE"], "told once, it stays so")
        told = self.env["relationship.calendar.told"].search([("uid", "=like", f"{uid}@%")])
        told.write({"gone_on": TODAY - timedelta(days=32), "stop": "2026-12-01"})
        self.assertNotIn(uid, self.get())
        self.env["relationship.member"]._gc_calendars()
        self.assertFalse(told.exists())

        other = f"renewal-{self.renewal_of(self.of_marc).id}"
        self.marc_member.action_renew_calendar()
        self.of_marc.relationship_owner_id = self.helene
        self.assertEqual(self.get()[other]["STATUS"], "CONFIRMED")
        self.assertEqual(read(self.ask(self.marc_member.calendar_token).content)[other]["STATUS"], "CANCELLED")
        self.of_marc.relationship_owner_id = self.marc
        back = read(self.ask(self.marc_member.calendar_token).content)[other]
        self.assertEqual((back["STATUS"], back["SEQUENCE"]), ("CONFIRMED", 2))

    def test_a_contact_that_took_place_stays_on_its_day_and_one_that_is_late_says_so(self):
        renewal = self.renewal_of(self.partner)
        renewal.date_deadline = TODAY - timedelta(days=9)
        self.assertEqual(self.get_entry()["SUMMARY"], "Late: Contact planned (by phone)")
        self.meet(self.partner, 2)
        following = self.renewal_of(self.partner)
        self.meet(self.partner)  # before it was planned
        self.member.action_name_in_calendar(True)
        entries = self.get()
        for made, day in ((renewal, TODAY - timedelta(days=2)), (following, TODAY)):
            entry = entries[f"renewal-{made.id}"]
            self.assertEqual((entry["DTSTART"].dt, entry["STATUS"]), (day, "CONFIRMED"))
            self.assertRegex(entry["SUMMARY"], "^Réseau Climat: contact made")
        self.assertRegex(self.get_entry()["SUMMARY"], "^Réseau Climat \\(")

    def test_a_contact_stays_a_month_from_its_own_day_whenever_it_was_validated(self):
        made = {}
        for days in (31, 32):
            partner = self.create_target("Réseau ancien")
            made[days] = f"renewal-{self.renewal_of(partner).id}"
            self.meet(partner, days)
        told = self.get()
        self.assertEqual([told[made[days]]["STATUS"] for days in (31, 32)], ["CONFIRMED", "CANCELLED"])
        self.env["relationship.calendar.told"].sudo().search([]).unlink()
        self.assertEqual([made[days] in self.get() for days in (31, 32)], [True, False], "a new address tells no past")

    def test_a_contact_whose_synthesis_is_no_more_was_not_made(self):
        partner = self.create_target("Réseau défait")
        entry = f"renewal-{self.renewal_of(partner).id}"
        synthesis = self.meet(partner, 2)
        self.assertEqual(self.get()[entry]["STATUS"], "CONFIRMED")
        synthesis.sudo().unlink()
        self.assertEqual(self.get()[entry]["STATUS"], "CANCELLED")

    # The address

    def test_whatever_is_wrong_with_an_address_the_answer_is_the_same(self):
        token = self.helene_member.calendar_token
        wrong = ["x" * 32, token.swapcase(), token[:-1], f"{token}a", f"{token}.ics", "a" * 5000, "%00" * 20, "a%2Fb"]
        wrong += ["", "é" * 32, "%", "%ff%fe", f"%20{token}", f"{token}/x", "{{7*7}}", "' OR 1=1 --"]
        wrong += [token.upper(), token.lower(), f"{token}%0A", f"%0A{token}", f"{token}%0D%0AX-A:%20b"]
        answers = [self.ask(each) for each in wrong]
        more = ("x", ".gz", "/", "%0A", "%0D%0A", "%00", "%20", "%E2%80%8B")
        answers += [self.url_open(f"{WHERE}/{token}.ics{after}") for after in more]
        for other in ("renewed", "stopped", "ended", "archived", "closed"):
            member = self.create_member(other, "contact")
            mine = member.with_user(member.user_id)
            mine.action_renew_calendar()
            former = member.calendar_token
            self.assertEqual(len(base64.urlsafe_b64decode(former)), 24, "192 bits")
            self.assertEqual(self.ask(former).status_code, 200)
            if other == "renewed":
                mine.action_renew_calendar()
                self.assertEqual(self.ask(member.calendar_token).status_code, 200)
            elif other == "stopped":
                mine.action_stop_calendar()
            elif other == "ended":
                member.date_end = TODAY - timedelta(days=1)
            elif other == "archived":
                member.active = False
            else:
                member.user_id.active = False
            answers.append(self.ask(former))
            if other in ("ended", "archived", "closed"):
                member.user_id.active = True
                member.write({"active": True, "date_end": False})
                self.assertFalse(member.calendar_token, "who comes back asks for another one")
                answers.append(self.ask(former))
        late = self.create_member("late", "contact")
        late.action_renew_calendar()
        self.env.flush_all()
        self.env.cr.execute("UPDATE relationship_member SET date_end = '2026-03-10' WHERE id = %s", [late.id])
        answers.append(self.ask(late.calendar_token))
        self.assertEqual(
            {(each.status_code, each.text, each.headers["Cache-Control"]) for each in answers},
            {(404, "Not Found", "private, no-cache")},
        )

    def test_nobody_but_its_owner_learns_the_address(self):
        token = self.helene_member.calendar_token
        doors = (
            lambda member: member.read(["calendar_token"]),
            lambda member: member.calendar_token,
            lambda member: member.search([("calendar_token", "=like", f"{token[0]}%")]),
            lambda member: member.search([], order="calendar_token"),
            lambda member: member._read_group([], ["calendar_token"]),
            lambda member: member.formatted_read_group([], ["calendar_token"]),
            lambda member: member.export_data(["calendar_token"]),
            lambda member: member.write({"calendar_token": "a" * 32}),
            lambda member: member.user_id.search([("relationship_member_ids.calendar_token", "=like", "a%")]),
        )
        actions = (
            lambda member: member.action_renew_calendar(),
            lambda member: member.action_stop_calendar(),
            lambda member: member.action_name_in_calendar(True),
        )
        for user in (self.pilot, self.organiser, self.marc, self.env.ref("base.user_admin"), self.helene):
            member = self.helene_member.with_user(user)
            for number, door in enumerate((*doors, *(() if user == self.helene else actions))):
                with self.subTest(user=user.name, door=number), self.assertRaises(UserError):
                    door(member)
        mine = self.member.get_my_calendar()
        self.assertTrue(mine["address"].endswith(f"{WHERE}/{token}.ics"))
        self.assertEqual(mine["tap"].partition(":")[0], "webcal")
        self.assertEqual(mine["tap"].partition(":")[2], mine["address"].partition(":")[2])
        self.assertTrue(is_code_of(mine["code"], mine["tap"]), "the code holds the address")
        self.assertFalse(self.env["relationship.member"].with_user(self.marc).get_my_calendar()["address"])
        with self.assertRaises(AccessError):
            self.env["relationship.member"].with_user(self.outsider).get_my_calendar()

    def test_what_is_late_is_so_where_the_member_lives(self):
        renewal = self.renewal_of(self.partner)
        self.assertFalse(renewal.calendar_event_id)
        for zone, moment, deadline, is_late in (
            ("Indian/Reunion", "2026-03-11 21:00:00", "2026-03-11", True),
            ("Indian/Reunion", "2026-03-11 19:00:00", "2026-03-11", False),
            ("America/New_York", "2026-03-12 02:00:00", "2026-03-11", False),
            ("America/New_York", "2026-03-12 05:00:00", "2026-03-11", True),
            ("Europe/Paris", "2026-03-28 23:30:00", "2026-03-28", True),
            (False, "2026-10-25 22:30:00", "2026-10-25", False),  # the night of 25 hours
        ):
            self.helene.tz, renewal.date_deadline = zone, deadline
            with freeze_time(moment):
                _name, entries = self.env["relationship.member"]._read_calendar(self.helene_member.calendar_token)
            [entry] = [entry for entry in entries if entry.uid.startswith(f"renewal-{renewal.id}@")]
            self.assertEqual(entry.summary.startswith("Late"), is_late, (zone, moment))
            self.assertEqual(str(entry.start), deadline)

    def test_the_address_is_whole_however_the_servers_own_is_written(self):
        self.env["ir.config_parameter"].set_param("web.base.url", "HTTPS://Relations.example/")
        token = self.helene_member.calendar_token
        mine = self.member.get_my_calendar()
        self.assertEqual(mine["address"], f"HTTPS://Relations.example/relations/calendar/{token}.ics")
        self.assertEqual(mine["tap"], f"webcal://Relations.example/relations/calendar/{token}.ics")
        _name, entries = self.env["relationship.member"]._read_calendar(token)
        self.assertFalse([entry.url for entry in entries if "//odoo" in entry.url])

    def test_days_that_nobody_means_break_nothing(self):
        renewal = self.renewal_of(self.partner)
        for day in ("9999-12-31", "0202-03-11"):
            renewal.date_deadline = day
            self.assertEqual(self.get_entry()["DTSTART"].dt, date.fromisoformat(day))
        meeting = self.plan_meeting(renewal, "2026-03-29")
        meeting.stop = meeting.start  # no time at all
        self.assertNotIn("DTEND", self.get_entry())

    # The door

    def test_who_asks_again_gets_what_has_changed_alone(self):
        first = self.ask()
        with self.assertNoLogs("odoo.http", "WARNING"):  # Odoo tells that it tries again where a page has to write
            self.assertEqual(self.ask().content, first.content)
        self.assertEqual(first.headers["Content-Type"], "text/calendar; charset=utf-8")
        self.assertEqual(first.headers["Cache-Control"], "private, no-cache")
        self.assertTrue(first.headers["Content-Disposition"].startswith("inline; filename="))
        self.assertNotIn("Set-Cookie", first.headers)
        tag = first.headers["ETag"]
        for asked in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            again = self.ask(**{"If-None-Match": asked})
            self.assertEqual((again.status_code, again.content, again.headers["ETag"]), (304, b"", tag))
        for asked, value in (("Range", "bytes=0-9"), ("If-Modified-Since", "Wed, 11 Mar 2037 08:00:00 GMT")):
            whole = self.ask(**{asked: value})
            self.assertEqual((whole.status_code, whole.content), (200, first.content), asked)
        head = self.opener.head(f"{self.base_url()}{WHERE}/{self.helene_member.calendar_token}.ics", timeout=30)
        self.assertEqual((head.status_code, head.content, head.headers["ETag"]), (200, b"", tag))
        self.renewal_of(self.partner).date_deadline = "2026-05-05"
        changed = self.ask(**{"If-None-Match": tag})
        self.assertEqual(changed.status_code, 200)
        self.assertNotEqual(changed.headers["ETag"], tag)
        self.assertEqual(
            self.url_open(f"{WHERE}/{self.helene_member.calendar_token}.ics?self=1&token=x").status_code, 200
        )
        for method in ("options", "post", "put", "delete"):
            answer = getattr(self.opener, method)(
                f"{self.base_url()}{WHERE}/{self.helene_member.calendar_token}.ics", timeout=30
            )
            self.assertIn(answer.status_code, (400, 404, 405))

    def test_who_asks_for_the_file_again_and_again_waits(self):
        with patch.object(MemberCalendar.limit, "most", 3):
            tokens = [self.helene_member.calendar_token] * 4
            MemberCalendar.limit.counts.clear()
            answers = [self.ask(token) for token in tokens]
            self.assertEqual([each.status_code for each in answers], [200, 200, 200, 429])
            self.assertEqual(answers[-1].headers["Retry-After"], "3600")
            self.assertEqual(self.ask(**{"If-None-Match": answers[0].headers["ETag"]}).status_code, 304)

    def test_the_hour_begins_with_who_asks_first_and_not_with_the_machine(self):
        limit = Limit(2)
        with patch("odoo.addons.shifters_relations.controllers.calendar.time") as machine:
            asked = []
            for machine.monotonic.return_value in (HOUR - 1, HOUR - 1, HOUR + 1, 2 * HOUR):
                asked.append(limit.is_reached("somebody"))
        self.assertEqual(asked, [False, False, True, False])

    def test_it_costs_one_query_for_2_and_for_200_targets(self):
        token = self.helene_member.calendar_token
        members = self.env(user=None, su=True)["relationship.member"]
        members._read_calendar(token)
        for count in (2, 200):
            self.env["res.partner"].create(
                [
                    {
                        "name": f"Organisation {number}",
                        "is_company": True,
                        "relationship_stage": "target",
                        "relationship_owner_id": self.helene.id,
                    }
                    for number in range(count)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            with self.assertQueryCount(1):
                calendar = members._read_calendar(token)
                get_tag(*calendar)
                write_calendar(*calendar)
            self.assertGreater(len(calendar[1]), count)

    def test_who_has_no_calendar_costs_nothing_more(self):
        renewal = self.renewal_of(self.of_marc)
        self.env["relationship.member"]._get_calendar_user_ids()
        keeper = renewal.user_id
        with self.assertQueryCount(0):
            self.env["relationship.member"]._note_calendars(keeper)
        self.assertNotIn(self.marc.id, self.env["relationship.calendar.told"].search([]).user_id.ids)
