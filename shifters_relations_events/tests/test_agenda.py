import base64
import sys
import threading
from ast import literal_eval
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.addons.shifters_relations.tests.common import RelationshipCase
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .. import apart
from ..models.agenda import relationship_calendar_feed

HOST = "127.0.0.1"


class Server(BaseHTTPRequestHandler):
    """An organisation's server, which tells what ``told`` says."""

    told, asked, etag = "", 0, '"1"'

    def do_GET(self):
        type(self).asked += 1
        if self.told is None:
            return self.send_error(500)
        is_known = self.headers.get("If-None-Match") == self.etag
        self.send_response(304 if is_known else 200)
        self.send_header("ETag", self.etag)
        self.end_headers()
        return None if is_known else self.wfile.write(self.told.encode())

    def log_message(self, *arguments):
        pass


def tell(*events):
    """Return a calendar.

    :param events: name, start (of two hours), UID, place; what comes last may be missing
    """
    lines = ["BEGIN:VCALENDAR"]
    for number, (name, start, *more) in enumerate(events):
        uid, place = (*more, *[f"{number}@x", ""][len(more) :])
        end = f"DTEND:{start[:9]}{int(start[9:11]) + 2}{start[11:]}"
        told = (f"UID:{uid}", f"DTSTART:{start}", end, f"SUMMARY:{name}", f"LOCATION:{place}")
        lines += ["BEGIN:VEVENT", *told, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def encode(calendar):
    return base64.b64encode(calendar.encode())


@tagged("post_install", "-at_install")
class TestAgenda(RelationshipCase):
    """What partners do, as their own calendars tell it (N1), and what members see of it (N2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target("Fédération")
        cls.other = cls.create_target("Club", owner=cls.marc)
        Server.told, Server.etag = "", '"1"'
        cls.server = ThreadingHTTPServer((HOST, 0), Server)
        cls.server.daemon_threads = True
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)
        cls.url = f"http://{HOST}:{cls.server.server_port}/agenda.ics"
        cls.env["ir.config_parameter"].set_param("relationship.calendar_hosts", HOST)
        # Starting a process takes half a second: most tests read in their own.
        cls.startClassPatcher(patch.object(sys, "path", [str(Path(apart.__file__).parent), *sys.path]))
        cls.startClassPatcher(patch.object(relationship_calendar_feed, "read_apart", apart.read_here))

    def add(self, calendar=None, partner=None, **values):
        """A feed that an organiser has added, read: a file, or what the server tells."""
        source = {"url": self.url} if calendar is None else {"file": encode(calendar), "file_name": "agenda.ics"}
        values = {"partner_id": (partner or self.partner).id, **source, **values}
        feed = self.env["relationship.calendar.feed"].with_user(self.organiser).create(values)
        feed.action_read()
        return feed

    def read_anew(self, feed, *events, etag=None):
        """Tell something else at the origin, and read it again."""
        Server.told, Server.etag = tell(*events), etag or f'"{len(Server.etag)}{events}"'.replace("'", "")[:80]
        feed.action_read()

    def lines(self, user=None, **more):
        """The names of the events that a member sees."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "shifters_relations_events.relationship_calendar_entry_action"
        )
        Entry = self.env["relationship.calendar.entry"].with_user(user or self.helene)
        domain = literal_eval(action["domain"])
        shown = [("state", "=", "shown"), *[(name, "=", value) for name, value in more.items()]]
        return Entry.search(domain + shown).mapped("name")

    # Added

    def test_an_organiser_sees_what_a_calendar_holds_before_she_keeps_it(self):
        Server.told = tell(
            ("Congress", "20260512T100000Z"), ("No date", "20260613T100000Z"), ("Past", "20260220T100000Z")
        )
        Server.told = Server.told.replace("DTSTART:20260613T100000Z", "X-NOTHING:")
        Preview = self.env["relationship.calendar.preview"]
        with self.assertRaises(AccessError):
            Preview.with_user(self.helene).create({"partner_id": self.partner.id, "url": self.url})
        preview = Preview.with_user(self.organiser).create({"partner_id": self.partner.id, "url": self.url})
        with self.assertRaises(ValidationError):
            preview.action_keep()
        preview.action_preview()
        self.assertEqual((preview.event_count, preview.error), (2, False))
        self.assertIn("Congress", preview.next_events)
        self.assertNotIn("Past", preview.next_events)
        self.assertIn("“No date”: left out: it has no date.", preview.skipped)
        self.assertFalse(self.partner.relationship_feed_ids, "nothing is kept")
        asked = Server.asked
        preview.action_keep()
        self.assertEqual(Server.asked, asked, "what was shown is what is kept")
        feed = self.partner.relationship_feed_ids
        self.assertEqual(feed.entry_ids.mapped("name"), ["Past", "Congress"])
        self.assertEqual((feed.url, feed.last_read, feed.skipped), (self.url, fields.Datetime.now(), preview.skipped))
        preview.url += "?another"
        self.assertFalse(preview.is_read, "another address was not looked at")

    def test_what_cannot_be_read_is_said_and_loses_nothing_typed(self):
        for content, words in (("", "Give"), ("<html></html>", "This is a page"), ('{"a": 1}', "JSON"), ("x", "BEGIN")):
            preview = self.env["relationship.calendar.preview"].with_user(self.organiser)
            preview = preview.create({"partner_id": self.partner.id, "file": encode(content), "file_name": "a.ics"})
            if not content:
                with self.assertRaisesRegex(UserError, words):
                    preview.action_preview()
                continue
            preview.action_preview()
            self.assertIn(words, preview.error)
            self.assertEqual(preview.file_name, "a.ics")
            with self.assertRaises(ValidationError):
                preview.action_keep()

    def test_a_calendar_has_one_source_and_an_organisation(self):
        for values in ({}, {"url": self.url, "file": encode(tell())}):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.env["relationship.calendar.feed"].create({"partner_id": self.partner.id, **values})
        person = self.env["res.partner"].create({"name": "Ada"})
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.env["relationship.calendar.feed"].create({"partner_id": person.id, "url": self.url})

    # As at the origin

    def test_an_event_is_what_its_origin_says(self):
        Server.told = tell(("Congress", "20260512T100000Z", "a", "Lyon"), ("Day", "20260601T090000Z", "b"))
        feed = self.add()
        congress, day = feed.entry_ids
        self.assertEqual(
            (congress.start, congress.stop), (congress.start.replace(hour=10), congress.start.replace(hour=12))
        )
        self.assertEqual(
            (congress.town, congress.with_context(tz="Europe/Paris").when), ("Lyon", "Tue 12 May, 12:00–14:00")
        )
        self.read_anew(feed, ("Great congress", "20260513T100000Z", "a", "Brest"))
        self.assertEqual((congress.name, congress.start.day, congress.place), ("Great congress", 13, "Brest"))
        self.assertFalse(day.exists())
        self.read_anew(feed, ("Great congress", "20260513T100000Z", "new-name", "Brest"))
        self.assertEqual((congress.sudo().uid, len(feed.entry_ids)), ("new-name", 1), "its name alone has changed")

    def test_a_hidden_event_stays_hidden(self):
        told = (("Congress", "20260512T100000Z", "a"), ("Day", "20260601T090000Z", "b"))
        Server.told = tell(*told)
        feed = self.add()
        with self.assertRaises(AccessError):
            feed.entry_ids[0].with_user(self.helene).action_hide()
        feed.entry_ids[0].with_user(self.organiser).action_hide()
        self.assertEqual(self.lines(), ["Day"])
        self.read_anew(feed, ("Congress, moved", "20260520T100000Z", "a"), told[1])
        self.assertEqual(self.lines(), ["Day"])
        self.read_anew(feed, told[1])
        self.assertEqual(feed.entry_ids.mapped("name"), ["Day"])
        self.read_anew(feed, *told)
        self.assertEqual((self.lines(), len(feed.entry_ids)), (["Day"], 2), "it was gone for a while")
        feed.entry_ids[0].with_user(self.organiser).action_show()
        self.assertEqual(self.lines(), ["Congress", "Day"])

    def test_nobody_edits_what_a_calendar_says(self):
        feed = self.add(tell(("Congress", "20260512T100000Z")))
        with self.assertRaisesRegex(AccessError, "hidden, not edited"):
            feed.entry_ids.write({"name": "Something else"})
        feed.entry_ids.write({"state": "hidden"})
        self.assertEqual(self.lines(), [])

    def test_two_events_under_one_name_cost_no_other(self):
        told = (
            ("A", "20260512T100000Z", "a"),
            ("B", "20260513T100000Z", "a"),
            ("C", "20260514T100000Z", "a#20260513T100000Z"),
        )
        feed = self.add(tell(*told))
        self.assertEqual((feed.entry_ids.mapped("name"), feed.last_error), (["A", "B"], False))

    def test_what_ends_in_the_night_lasts_one_day(self):
        told = tell(("Gala", "20260512T200000Z"), ("Camp", "20260513T200000Z"))
        feed = self.add(told.replace("DTEND:20260513", "DTEND:20260514"))
        when = [entry.with_context(tz="Europe/Paris").when for entry in feed.entry_ids]
        self.assertEqual(when, ["Tue 12 May, 22:00–00:00", "Wed 13 May to 14 May"])

    def test_an_address_is_changed_and_tells_its_host_alone(self):
        feed = self.env["relationship.calendar.feed"].create(
            {"partner_id": self.partner.id, "url": "example.org/private-abc/basic.ics"}
        )
        self.assertEqual(feed.with_user(self.helene).host, "example.org")
        feed.validators = {"etag": "1"}
        feed.with_user(self.organiser).url = "https://example.net/a.ics"
        self.assertEqual((feed.host, feed.validators), ("example.net", False), "another one is asked in whole")

    def test_an_archived_organisation_has_no_agenda(self):
        told = tell(("Congress", "20260512T100000Z"))
        feed = self.add(told, self.other)
        self.assertEqual(self.lines(), ["Congress"])
        self.other.active = False
        self.assertEqual(self.lines(), [])
        feed.sudo().tried_on = False
        self.run_job()
        self.assertFalse(feed.tried_on, "nor is it asked")
        self.other.active = True
        self.assertEqual(self.add(told).entry_ids.same_id, feed.entry_ids)
        self.other.active = False
        self.assertEqual(self.lines(), ["Congress"], "another tells it too")

    def test_an_organiser_lends_the_server_no_words_of_hers(self):
        """What a calendar told, and which activity is closed, are the server's alone: both are used as superuser."""
        feed = self.add(tell(("Congress", "20260512T100000Z")))
        renewal = self.partner.relationship_renewal_ids
        for values in ({"activity_id": renewal.id}, {"failure": {}}, {"validators": {}}, {"skipped_lines": []}):
            with self.assertRaises(AccessError):
                feed.write(values)
        preview = self.env["relationship.calendar.preview"].with_user(self.organiser)
        values = {"partner_id": self.partner.id, "url": self.url}
        with self.assertRaises(AccessError):
            preview.create({**values, "result": {"entries": [{"name": "Invented"}]}})
        with self.assertRaises(AccessError):
            preview.create(values).write({"result": {"entries": []}})

    def test_what_has_taken_place_stays_for_a_month(self):
        Server.told = tell(("Held", "20260301T100000Z", "a"), ("Next", "20260512T100000Z", "b"))
        feed = self.add()
        self.read_anew(feed, ("Next", "20260512T100000Z", "b"))
        self.assertEqual(feed.entry_ids.mapped("name"), ["Held", "Next"], "many calendars tell only what comes")

    def test_what_is_not_read_to_its_end_takes_nothing_away(self):
        told = (("Congress", "20260512T100000Z", "a"), ("Forum", "20260513T100000Z", "b"))
        Server.told = tell(*told)
        feed = self.add()
        Server.told, Server.etag = tell(*told)[:-60], '"cut"'
        feed.action_read()
        self.assertIn("the file ends", feed.skipped)
        self.assertEqual(self.lines(), ["Congress", "Forum"])

    def test_two_calendars_that_tell_the_same_are_one_line(self):
        mine = self.add(tell(("Congrès national", "20260512T100000Z", "a", "Lyon"), ("Mine", "20260513T100000Z", "1")))
        theirs = self.add(
            tell(
                ("CONGRES NATIONAL", "20260512T110000Z", "z", "lyon"),
                ("Theirs", "20260514T100000Z", "1"),
                ("Forum", "20260601T100000Z", "f", "Brest"),
                ("Forum", "20260601T140000Z", "g", "Brest"),
            ),
            self.other,
        )
        self.assertEqual(self.lines(), ["Congrès national", "Mine", "Theirs", "Forum", "Forum"])
        congress = mine.entry_ids[0]
        self.assertEqual(congress.origin_ids, self.partner | self.other)
        theirs.entry_ids.filtered(lambda entry: entry.sudo().uid == "z").action_hide()
        self.assertNotIn("Congrès national", self.lines(), "whichever is hidden, the line is")
        third = self.add(tell(("Congrès national", "20260512T100000Z", "a", "Lyon")), self.other)
        self.assertNotIn("Congrès national", self.lines(), "who tells it besides tells what is hidden")
        congress.action_show()
        self.assertEqual(self.lines().count("Congrès national"), 1)
        mine.active = False
        self.assertIn("CONGRES NATIONAL", self.lines())
        self.assertNotIn("Mine", self.lines())
        (theirs | third).unlink()
        self.assertEqual(self.lines(), [])
        mine.active = True
        self.assertEqual(self.lines(), ["Congrès national", "Mine"])

    def test_words_hide(self):
        Server.told = tell(("Réunion du bureau", "20260512T100000Z", "a"), ("Congress", "20260513T100000Z", "b"))
        feed = self.add()
        feed.hidden_words = "REUNION, fermé"
        self.assertEqual(self.lines(), ["Congress"])
        office = feed.entry_ids[0]
        office.with_user(self.organiser).action_show()
        self.read_anew(feed, ("Réunion du bureau", "20260512T120000Z", "a"), ("Réunion 2", "20260514T100000Z", "c"))
        self.assertEqual(self.lines(), ["Réunion du bureau"], "one that somebody shows stays shown")
        feed.hidden_words = "bureau"
        self.assertEqual(self.lines(), ["Réunion 2"])
        feed.hidden_words = False
        self.assertEqual(self.lines(), ["Réunion du bureau", "Réunion 2"])

    def test_what_lies_near_the_next_contact_is_found(self):
        day = fields.Date.to_date("2026-05-01")
        self.partner.relationship_renewal_ids.date_deadline = self.other.relationship_renewal_ids.date_deadline = day
        told = tell(
            *(
                (name, f"2026{day}T100000Z")
                for name, day in (("Early", "0409"), ("In", "0410"), ("Too", "0522"), ("Late", "0523"))
            )
        )
        self.add(told)
        self.add(tell(("Of Marc", "20260502T100000Z", "m")), self.other)
        self.assertEqual(self.lines(is_near_contact=True), ["In", "Too"])
        self.assertEqual(self.lines(self.marc, is_near_contact=True), ["Of Marc"])
        self.add(tell(("Of Marc", "20260502T100000Z", "m")))
        self.assertEqual(self.lines(is_near_contact=True), ["In", "Of Marc", "Too"], "it is told by hers too")

    def test_what_anybody_may_see_is_said_in_one_place(self):
        """Whatever shows events asks for this: each once, of what is told still, whatever a member looks for."""
        told = tell(("Congress", "20260512T100000Z", "a", "Lyon"), ("Day", "20260601T090000Z", "b"))
        feed = self.add(told)
        self.add(told, self.other)
        Entry = self.env["relationship.calendar.entry"].with_user(self.helene)

        def shown():
            return Entry.search(Entry._get_shown_domain()).mapped("name")

        self.assertEqual(shown(), ["Congress", "Day"])
        self.assertEqual(feed.entry_ids.mapped("is_line"), [True, True])
        self.assertEqual(feed.entry_ids.twin_ids.mapped("is_line"), [False, False])
        feed.entry_ids[0].action_hide()
        self.assertEqual(shown(), ["Day"])
        for state in ("proposed", "refused"):
            feed.entry_ids[1].sudo().state = state
            self.assertEqual(shown(), [])
        feed.entry_ids[1].sudo().state = "shown"
        (self.partner | self.other).active = False
        self.assertEqual(shown(), [])

    # Read daily

    def run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("shifters_relations_events.cron_read_calendars").method_direct_trigger()
        self.env.invalidate_all()

    @contextmanager
    def later(self, **period):
        moment = fields.Datetime.now() + timedelta(**period)
        with patch.object(fields.Datetime, "now", lambda *_arguments: moment):
            yield

    def test_the_job_reads_each_once_a_day(self):
        Server.told = tell(("Congress", "20260512T100000Z"))
        feed = self.add()
        asked = Server.asked
        self.run_job()
        self.assertEqual(Server.asked, asked, "it was read today")
        with self.later(days=1):
            self.run_job()
            self.assertEqual((Server.asked, feed.last_read), (asked + 1, fields.Datetime.now()))
            self.assertEqual(feed.entry_ids.mapped("name"), ["Congress"], "nothing has changed, the server says")
            self.run_job()
            self.assertEqual(Server.asked, asked + 1)
        Server.told = tell(("Another", "20260512T100000Z", "z"))
        with self.later(days=8):
            self.run_job()
        self.assertEqual(feed.entry_ids.mapped("name"), ["Another"], "in whole once a week: the window moves on")

    def test_one_that_kills_its_reader_costs_no_other(self):
        bad, good = self.add(tell(("One", "20260512T100000Z"))), self.add(tell(("Two", "20260513T100000Z")))
        (bad | good).sudo().tried_on = False
        start = "import os, sys; sys.stdin.read(); os.kill(os.getpid(), 9)"
        usual, whole = apart.START, apart.subprocess.Popen
        count = iter((start, usual))

        def open_process(command, **options):
            return whole([*command[:3], next(count), *command[4:]], **options)

        with (
            patch.object(apart.subprocess, "Popen", open_process),
            patch.object(relationship_calendar_feed, "read_apart", apart.read_apart),
        ):
            self.run_job()
        self.assertTrue(bad.last_error)
        self.assertEqual((good.last_error, good.tried_on), (False, fields.Datetime.now()))
        self.assertEqual(self.lines(), ["One", "Two"], "what was known is still shown")

    def test_who_fails_for_a_week_is_the_owners_to_look_at_once(self):
        Server.told = tell(("Congress", "20260512T100000Z"))
        feed = self.add()
        Server.told = None
        for days, count in ((1, 0), (5, 0), (9, 1), (10, 1)):
            with self.later(days=days):
                self.run_job()
            activities = self.partner.activity_ids.filtered(lambda each: "calendar" in (each.summary or ""))
            self.assertEqual(
                (len(activities), activities.user_id), (count, self.helene if count else activities.user_id)
            )
        self.assertIn("refuses (500)", activities.note)
        entries = self.env["relationship.calendar.entry"].with_context(lang="en_US")
        (above,) = entries.with_user(self.helene).get_notices()
        self.assertEqual(above["sentence"], "The calendar of Fédération could not be read since 12 March.")
        with self.assertRaises(AccessError):
            entries.with_user(self.outsider).get_notices()
        self.assertEqual(self.lines(), ["Congress"])
        Server.told = tell(("Congress", "20260512T100000Z"))
        with self.later(days=11):
            self.run_job()
        self.assertFalse(feed.last_error)
        self.assertFalse(entries.get_notices())
        self.assertFalse(activities.active, "it works again")

    def test_an_administrator_switches_all_calls_off(self):
        Server.told = tell(("Congress", "20260512T100000Z"))
        self.env["ir.config_parameter"].set_param("relationship.calendar_reading", "off")
        asked = Server.asked
        feed = self.add()
        self.assertIn("switched", feed.last_error)
        feed.sudo().tried_on = False
        self.run_job()
        self.assertFalse(feed.tried_on)
        self.assertEqual(Server.asked, asked)
        self.assertEqual(self.add(tell(("File", "20260512T100000Z"))).entry_ids.mapped("name"), ["File"])

    def test_our_own_network_is_not_read(self):
        self.env["ir.config_parameter"].set_param("relationship.calendar_hosts", "")
        Server.told = tell(("Congress", "20260512T100000Z"))
        asked = Server.asked
        feed = self.add()
        self.assertIn("inside our own network", feed.last_error)
        self.assertEqual((Server.asked, feed.entry_ids.ids), (asked, []))

    def test_a_hundred_events_cost_the_queries_of_ten(self):
        def cost(number):
            told = tell(*((f"Event {n}", f"2026{4 + n // 28:02}{n % 28 + 1:02}T100000Z") for n in range(number)))
            feed = self.add(told)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            feed.action_read()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        cost(10)
        self.assertLessEqual(cost(100), cost(10))

    def test_deleting_an_organisation_takes_its_agenda_with_it(self):
        feed = self.add(tell(("Congress", "20260512T100000Z")), self.other)
        self.other.with_user(self.pilot).unlink()
        self.assertFalse(feed.exists())
        self.assertEqual(self.lines(), [])
