from datetime import timedelta

import pytz
from odoo import fields
from odoo.addons.shifters_relations.tests.common import RelationshipCase
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestMeeting(RelationshipCase):
    """An event of a target near its next contact is proposed as the place of it (N5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target("Fédération")
        cls.feed = cls.env["relationship.calendar.feed"].create(
            {"partner_id": cls.partner.id, "url": "https://example.org/a.ics"}
        )
        cls.renewal = cls.partner.relationship_renewal_ids
        cls.entry = cls.announce(7)

    @classmethod
    def announce(cls, days, feed=None, **values):
        """An event some days after the next contact."""
        feed = feed or cls.feed
        day = feed.partner_id.relationship_next_contact_date + timedelta(days=days)
        start = fields.Datetime.to_datetime(day).replace(hour=8)
        told = {"name": "Congrès", "place": "Palais, 69003 Lyon", "start": start, "stop": start + timedelta(hours=8)}
        uid = f"{days}-{len(feed.entry_ids)}"
        return cls.env["relationship.calendar.entry"].create({"feed_id": feed.id, "uid": uid, **told, **values})

    def get_sentence(self, partner=None):
        self.env.invalidate_all()
        return (partner or self.partner).with_user(self.helene).relationship_meeting_sentence

    def cost(self, records, field):
        """Count the queries that a field takes, once all that is asked but once has been."""
        for _time in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records.mapped(field)
        return self.cr.sql_log_count - before

    def get_next(self):
        self.env.invalidate_all()
        return self.partner.with_user(self.helene).relationship_next_contact_sentence

    def test_what_is_near_is_proposed(self):
        self.assertIn("in Lyon: meet them there?", self.get_sentence())
        self.entry.state = "hidden"
        self.assertFalse(self.get_sentence())
        self.announce(100)
        self.assertFalse(self.get_sentence(), "nobody waits so long")
        self.entry.state = "shown"
        near = self.announce(-3)
        self.env.invalidate_all()
        self.assertEqual(self.partner.with_user(self.helene).relationship_meeting_entry_id, near)
        self.feed.active = False
        self.assertFalse(self.get_sentence())
        self.feed.active = True
        self.partner.relationship_no_contact = True
        self.assertFalse(self.get_sentence())

    def test_a_first_contact_may_be_made_where_something_is_soon(self):
        self.entry.unlink()
        self.renewal.date_deadline = fields.Date.today() + timedelta(days=3)
        self.announce(50)
        self.assertTrue(self.get_sentence(), "never met: within two months")

    def test_the_event_becomes_the_appointment(self):
        with self.assertRaises(AccessError):
            self.partner.with_user(self.marc).action_relationship_meet_there()
        self.env.invalidate_all()
        mails = self.env["mail.mail"].search_count([])
        self.partner.with_user(self.helene).action_relationship_meet_there()
        meeting = self.renewal.calendar_event_id
        self.assertEqual((meeting.start, meeting.location), (self.entry.start, self.entry.place))
        self.assertEqual(meeting.partner_ids, self.helene.partner_id, "nobody outside is invited (U7)")
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertEqual(self.renewal.date_deadline, self.entry.start.date())
        self.assertTrue(self.renewal._relationship_is_pinned())
        self.assertEqual(self.partner.relationship_next_channel, "event")
        self.assertIn("at their event “Congrès”", self.get_next())
        self.assertFalse(self.get_sentence(), "it is made")
        with self.assertRaises(UserError):
            self.partner.with_user(self.helene).action_relationship_meet_there()

        self.entry.write({"start": self.entry.start + timedelta(days=2), "stop": self.entry.stop + timedelta(days=2)})
        self.assertIn("has moved to", self.get_next())
        self.partner.with_user(self.helene).action_relationship_meet_there()
        self.assertEqual((meeting.start, self.renewal.calendar_event_id), (self.entry.start, meeting))
        self.assertIn("at their event", self.get_next())
        self.entry.unlink()
        self.assertIn("announced no more", self.get_next())
        self.assertEqual(meeting._relationship_get_channel(self.renewal), "event")

    def test_the_morning_mail_and_the_preparation_sheet_say_so(self):
        member = self.env["relationship.member"].search([("user_id", "=", self.helene.id)])
        lines = dict(member._get_more_lines("https://example.org"))["To meet at an event of theirs"]
        self.assertIn("Fédération: “Congrès”", lines[0]["name"])
        report = self.env["ir.actions.report"].with_user(self.helene)
        page = report._render_qweb_html("shifters_relations.preparation_page", self.partner.ids)[0].decode()
        self.assertIn("meet them there?", page)

    def test_the_plan_prefers_it(self):
        member = self.env["relationship.member"].search([("user_id", "=", self.helene.id)])
        day = self.partner.relationship_next_contact_date + timedelta(days=7)
        self.assertEqual(self.partner._relationship_get_event_days(), {self.partner.id: [day]})
        wizard = self.env["relationship.plan"].with_user(self.helene).create({"member_ids": member.ids})
        wizard.action_preview()
        line = wizard.line_ids
        self.assertEqual((line.date_planned, line.channel, line.reason), (day, "in_person", "event"))
        wizard.action_apply()
        self.assertEqual(self.renewal.date_deadline, day)
        wizard.action_preview()
        self.assertFalse(wizard.line_ids, "planning again changes nothing")

    def test_ten_targets_cost_the_queries_of_one(self):
        partners = self.partner
        for number in range(9):
            partner = self.create_target(f"Club {number}")
            feed = self.env["relationship.calendar.feed"].create(
                {"partner_id": partner.id, "url": f"https://example.org/{number}.ics"}
            )
            self.announce(2, feed)
            partners |= partner

        for field, some, one in (
            ("relationship_meeting_sentence", partners, self.partner),
            ("meeting_sentence", self.entry.search([("partner_id", "in", partners.ids)]), self.entry),
        ):
            self.assertEqual(*(self.cost(each.with_user(self.helene), field) for each in (some, one)))

    def test_an_event_says_whom_one_may_meet_there(self):
        def told(user):
            self.env.invalidate_all()
            return self.entry.with_user(user)

        self.assertEqual(told(self.helene).meeting_sentence, "Meet Fédération here, as the next contact?")
        self.assertFalse(told(self.marc).meeting_sentence, "it is another's")
        self.assertIn(f"Let {self.helene.name} meet", told(self.organiser).meeting_sentence)
        with self.assertRaises(UserError):
            told(self.marc).action_meet_there()
        told(self.organiser).action_meet_there()
        self.assertEqual(self.renewal.calendar_event_id.user_id, self.helene)
        self.assertFalse(told(self.helene).meeting_sentence, "it is made")

    def test_the_date_of_a_partner_event_says_what_partners_do(self):
        day = self.entry.start.date()
        begin = fields.Datetime.to_datetime(day).replace(hour=17)
        values = {"name": "Ours", "is_partner_event": True, "date_tz": "Europe/Paris"}
        event = self.env["event.event"].create({**values, "date_begin": begin, "date_end": begin + timedelta(hours=3)})

        def told():
            self.env.invalidate_all()
            return event.with_user(self.helene).partners_that_day

        self.assertEqual(told(), "“Congrès” (Fédération)")
        event.is_partner_event = False
        self.assertFalse(told(), "an ordinary event says nothing")
        event.is_partner_event = True
        self.entry.state = "hidden"
        self.assertFalse(told())
        midnight = pytz.timezone("Europe/Paris").localize(fields.Datetime.to_datetime(day))
        midnight = midnight.astimezone(pytz.utc).replace(tzinfo=None)
        self.announce(7, name="Begins", start=midnight, stop=midnight)
        self.announce(7, name="Ended", start=midnight - timedelta(hours=3), stop=midnight)
        noon, one = begin.replace(hour=12), timedelta(days=1)
        self.announce(7, name="Camp", all_day=True, start=noon - one, stop=noon + one)
        self.announce(7, name="Before", all_day=True, start=noon - one, stop=noon - one)
        self.assertEqual(told(), "“Camp” (Fédération), “Begins” (Fédération)")
        for number in range(2):
            self.announce(7, name=f"More {number}")
        self.assertTrue(told().endswith("and 1 more"))
        both = (event | event.copy({"date_begin": begin, "date_end": begin})).with_user(self.helene)
        self.assertEqual(*both.mapped("partners_that_day"))
        self.assertEqual(self.cost(both, "partners_that_day"), self.cost(both[0], "partners_that_day"))
