from ast import literal_eval
from datetime import datetime, timedelta
from unittest.mock import Mock, patch

from freezegun import freeze_time
from lxml import etree
from odoo import Command
from odoo.addons.mail.tests.common import MailCase
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TODAY, RelationshipCase

LAST = TODAY - timedelta(days=30)


@tagged("post_install", "-at_install")
class TestCommittee(RelationshipCase, MailCase):
    """A cooperation of several organisations, steered by a committee (V1-V3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.climate = cls.create_target(email="climate@example.org")
        cls.union = cls.create_target("Union", owner=cls.marc, email="union@example.org")
        cls.fund = cls.env["res.partner"].create({"name": "Fund", "is_company": True, "email": "fund@example.org"})
        with freeze_time(LAST - timedelta(days=10)):
            cls.cooperation = cls.env["relationship.cooperation"].create(
                {
                    "name": "A guide",
                    "kind_id": cls.env.ref("shifters_relations.kind_project").id,
                    "user_id": cls.helene.id,
                    "role_ids": [
                        Command.create({"partner_id": cls.climate.id, "role": "pilot"}),
                        Command.create({"partner_id": cls.union.id, "role": "partner"}),
                    ],
                }
            )
        cls.committee = cls.env["relationship.committee"].create({"cooperation_id": cls.cooperation.id})

    def hold(self, day=LAST, committee=None, **values):
        """A meeting of the committee, in the calendar since before it began."""
        moment = datetime(day.year, day.month, day.day, 13)
        with freeze_time(moment - timedelta(days=3)):
            return (
                self.env["calendar.event"]
                .with_user(self.helene)
                .with_context(no_mail_to_attendees=True)
                .create(
                    {
                        "name": "Committee",
                        "start": moment,
                        "stop": moment + timedelta(hours=2),
                        "relationship_committee_id": (committee or self.committee).id,
                        "met_partner_ids": [Command.set((self.climate | self.union).ids)],
                        "partner_ids": [Command.set(self.helene.partner_id.ids)],
                        **values,
                    }
                )
            )

    def plan(self, user=None):
        """What is proposed is confirmed as it is; what is planned already is opened."""
        action = self.committee.with_user(user or self.helene).action_plan_next()
        events = self.env["calendar.event"].with_user(user or self.helene)
        if action.get("res_id"):
            return events.browse(action["res_id"])
        events = events.with_context(**action["context"])
        return events.create(events.default_get([*events._fields]))

    # The next meeting

    def test_nothing_is_planned_and_nobody_invited_before_what_is_proposed_is_confirmed(self):
        team = (self.helene | self.organiser).partner_id
        self.hold(partner_ids=[Command.set(team.ids)])
        with self.mock_mail_gateway():
            action = self.committee.with_user(self.helene).action_plan_next()
            self.assertFalse(self.committee.next_meeting_id)
            self.env.flush_all()
            self.assertFalse(self._new_mails)
            with Form(
                self.env["calendar.event"].with_user(self.helene).with_context(**action["context"]),
                "shifters_relations.calendar_event_view_form_plan",
            ) as form:
                self.assertEqual((form.start, form.stop), (datetime(2026, 4, 9, 12), datetime(2026, 4, 9, 14)))
                self.assertEqual({*form.partner_ids[:]}, {*team})
                form.start = datetime(2026, 4, 14, 7)
                self.assertEqual(form.stop, datetime(2026, 4, 14, 9), "as long as the last one")
                form.location = "Room 4"
            self.env.flush_all()
        meeting = form.record
        self.assertEqual(self.committee.next_meeting_id, meeting)
        self.assertEqual((meeting.start, meeting.privacy), (datetime(2026, 4, 14, 7), "confidential"))
        self.assertEqual(meeting.met_partner_ids, self.climate | self.union)
        self.assertEqual(self._new_mails.recipient_ids, self.organiser.partner_id)
        self.assertIn("Room 4", self._new_mails.body_html)
        self.assertEqual(meeting.action_relationship_open_committee()["res_id"], meeting.id)
        with self.assertRefused(UserError, "The next meeting is planned already, on 14 April"):
            events = self.env["calendar.event"].with_user(self.organiser).with_context(**action["context"])
            events.create({})

    def test_a_cooperation_that_has_ended_plans_no_meeting_and_says_which_is_still_planned(self):
        meeting = self.hold(TODAY + timedelta(days=2))
        self.cooperation.write({"stage": "dropped", "outcome": "Nobody pays"})
        self.assertIn("has ended, and a meeting is still planned", self.committee.attention)
        self.assertIn("Union takes part", meeting.relationship_agenda)
        views = self.env["relationship.committee"].get_views([(False, "search")])["views"]
        [shown] = etree.fromstring(views["search"]["arch"]).xpath("//filter[@name='open']/@domain")
        self.assertIn(self.committee, self.committee.search(literal_eval(shown)), "it is not hidden before that is off")
        meeting.unlink()
        self.assertNotIn(self.committee, self.committee.search(literal_eval(shown)))
        self.assertFalse(self.committee.attention)
        with self.assertRefused(UserError, "has ended: no meeting is planned"):
            self.committee.action_plan_next()

    def test_one_next_meeting_is_planned_and_no_partner_hears_of_it(self):
        last = self.hold()
        (self.climate | self.union).invalidate_recordset()
        with self.mock_mail_gateway():
            meeting = self.plan()
            self.env.flush_all()
            again = self.plan()
            meeting.start += timedelta(days=1)
            meeting.unlink()
        self.assertEqual(again, meeting, "one next meeting")
        self.assertFalse(self._new_mails.filtered(lambda mail: mail.recipient_ids.filtered("partner_share")))
        self.assertFalse([mail for mail in self._mails if "climate@" in str(mail) or "union@" in str(mail)])
        self.assertFalse(self.committee.next_meeting_id)
        self.assertEqual(self.committee.last_meeting_id, last)

    def test_the_next_meeting_is_a_rhythm_later_on_an_open_day_at_the_same_hour(self):
        self.assertEqual(self.committee.rhythm, self.env.ref("shifters_relations.cadence_monthly"))
        team = (self.helene | self.organiser).partner_id
        self.hold(location="Room 3", met_partner_ids=False, partner_ids=[Command.set(team.ids)])
        meeting = self.plan()
        self.assertEqual(meeting.start, datetime(2026, 4, 9, 12), "at two o'clock in Paris, in summer as well")
        self.assertEqual(meeting.stop - meeting.start, timedelta(hours=2))
        self.assertEqual(meeting.location, "Room 3")
        self.assertEqual(meeting.partner_ids, team)
        self.assertEqual(meeting.met_partner_ids, self.climate | self.union)
        meeting.sudo().active = False
        self.assertFalse(self.committee.next_meeting_id)

    def test_a_committee_is_the_next_contact_only_where_it_comes_no_later(self):
        late, early = self.renewal_of(self.climate), self.renewal_of(self.union)
        late.date_deadline, early.date_deadline = TODAY - timedelta(days=5), TODAY + timedelta(days=60)
        meeting = self.hold(TODAY + timedelta(days=30))
        self.assertNextContact(self.climate, TODAY - timedelta(days=5))
        self.assertEqual(self.climate.relationship_due_state, "overdue")
        self.assertNextContact(self.union, TODAY + timedelta(days=30))
        meeting.write({"start": "2026-08-10 13:00:00", "stop": "2026-08-10 14:00:00"})
        self.assertNextContact(self.climate, TODAY - timedelta(days=5))
        self.assertNextContact(self.union, TODAY + timedelta(days=60))
        meeting.write({"start": "2026-03-20 13:00:00", "stop": "2026-03-20 14:00:00"})
        self.assertNextContact(self.union, "2026-03-20")

    # The agenda

    def test_the_agenda_has_what_was_noted_since_the_last_meeting(self):
        self.hold()
        meeting = self.hold(TODAY + timedelta(days=2))
        self.assertIn("Nothing new has been noted since the meeting of 9 February.", meeting.relationship_agenda)
        self.cooperation.stage = "ongoing"
        self.cooperation.role_ids = [Command.create({"partner_id": self.fund.id, "role": "funder"})]
        self.meet(self.climate, days_ago=5, promised="Send the plan", summary="<p>Secret of theirs</p>")
        self.meet(self.union, days_ago=40)
        silent = self.create_target("Silent")
        self.cooperation.role_ids = [Command.create({"partner_id": silent.id})]
        self.meet(silent, days_ago=5)
        silent.relationship_no_contact = True
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.helene.company_ids += elsewhere
        restricted = self.create_target("Restricted", company_id=elsewhere.id)
        self.cooperation.role_ids = [Command.create({"partner_id": restricted.id})]
        self.meet(restricted, days_ago=5, confidential_note="Confidential word")
        self.write_synthesis(self.union, summary="<p>Draft</p>", promised="Never")
        self.env.flush_all()
        self.env.cr.precommit.run()
        meeting.invalidate_recordset()
        agenda = meeting.relationship_agenda
        for words in (
            "Governance",
            "Stage: Idea → Ongoing, on 11 March.",
            "Fund takes part: funder.",
            "Contact with Réseau Climat on 6 March, by phone (Hélène).",
            "Promised to Réseau Climat: Send the plan (Hélène, before 25 March).",
            "Fund funds it and is in nobody’s portfolio.".replace("’", "'"),
        ):
            self.assertIn(words, agenda)
        unsaid = ("Nothing new", "Secret", "Never", "Contact with Union", "Union takes part", "Joined later")
        for words in (*unsaid, "Contact with Silent", "Confidential word", "Restricted"):
            self.assertNotIn(words, agenda)

    def test_an_agenda_speaks_of_what_was_noted_since_the_project_began_and_of_contacts_after_the_meeting(self):
        self.meet(self.climate, days_ago=50, promised="Send the old plan")  # eight days before the project
        self.meet(self.union, days_ago=35, promised="Send the new plan")
        self.cooperation.role_ids = [Command.create({"partner_id": self.climate.id, "role": "funder"})]
        meeting = self.hold(TODAY + timedelta(days=2))
        self.assertEqual(self.renewal_of(self.climate).calendar_event_id, meeting, "its next contact is this meeting")
        agenda = meeting.relationship_agenda
        self.assertIn("Contact with Union on 4 February", agenda)
        self.assertIn("Send the new plan", agenda)
        for words in ("Contact with Réseau Climat", "Send the old plan", "funder: next contact"):
            self.assertNotIn(words, agenda)
        late = self.hold(TODAY + timedelta(days=400))
        self.assertIn("Réseau Climat, funder: next contact around 13 March.", late.relationship_agenda)

    def test_an_agenda_of_thirty_organisations_fits_its_page_and_one_of_none_says_so(self):
        partners = self.env["res.partner"].create([{"name": f"P{number}", "is_company": True} for number in range(30)])
        self.cooperation.role_ids = [Command.create({"partner_id": each.id}) for each in partners]
        meeting = self.hold(TODAY + timedelta(days=2))
        self.assertLess(meeting.relationship_agenda.count("<li>"), 40)
        self.assertIn("And 20 more.", meeting.relationship_agenda, "of the thirty-two that take part")
        self.cooperation.role_ids.unlink()
        alone = self.hold(TODAY + timedelta(days=3), met_partner_ids=False)
        self.assertIn("Nothing has been noted yet about this cooperation.", alone.relationship_agenda)
        self.assertIn("Nothing has been noted yet", self.print(alone))

    def test_what_was_written_stays_and_nothing_changes_once_the_meeting_has_begun(self):
        self.hold()
        meeting = self.hold(TODAY + timedelta(days=2))
        meeting.relationship_agenda = "<p>Our own order</p>"
        self.cooperation.stage = "ongoing"
        self.assertIn("Our own order", meeting.relationship_agenda)
        meeting.action_relationship_draft_agenda()
        self.assertIn("Nothing new", meeting.relationship_agenda, "tracking is noted at the end of the transaction")
        with freeze_time(TODAY + timedelta(days=3)):
            meeting.invalidate_recordset()
            for user in (self.helene, self.organiser, self.pilot):
                for name in ("relationship_agenda", "relationship_agenda_text"):
                    with self.assertRefused(UserError, "its agenda stays as it was"):
                        meeting.with_user(user).write({name: "<p>Other</p>"})
            with self.assertRefused(UserError, "stays with its committee"):
                meeting.write({"relationship_committee_id": False})
            before = self.print(meeting)
            self.cooperation.role_ids = [Command.create({"partner_id": self.fund.id, "role": "funder"})]
            meeting.met_partner_ids -= self.union
            self.assertEqual(self.print(meeting), before, "who was absent was expected")
            self.assertIn("Réseau Climat, Union", before)
            meeting.start += timedelta(days=30)
            meeting.stop += timedelta(days=30)
            with self.assertRefused(UserError, "its agenda stays as it was"):
                meeting.relationship_agenda = "<p>Other</p>"

    def test_a_kept_agenda_outlives_its_committee(self):
        meeting, drafted = self.hold(TODAY + timedelta(days=2)), self.hold(TODAY + timedelta(days=2, minutes=1))
        meeting.relationship_agenda = "<p>Ours</p>"
        with freeze_time(TODAY + timedelta(days=3)):
            self.committee.with_user(self.helene).unlink()
            self.assertIn("Governance", drafted.relationship_agenda_text)
            other = self.env["relationship.committee"].create({"cooperation_id": self.cooperation.id})
            with self.assertRefused(UserError, "its agenda stays as it was"):
                meeting.relationship_agenda = "<p>Other</p>"
            with self.assertRefused(UserError, "stays with its committee"):
                meeting.relationship_committee_id = other
        self.assertFalse(meeting.relationship_minutes_sentence)
        ordinary = self.env["calendar.event"].create({"name": "Lunch", "start": meeting.start, "stop": meeting.stop})
        self.assertFalse(ordinary.relationship_agenda or ordinary.relationship_minutes_sentence)

    def test_an_agenda_names_nobody_that_somebody_of_the_team_may_not_read(self):
        rule = f"['|', ('id', '!=', {self.climate.id}), ('relationship_owner_id', '=', user.id)]"
        model = self.env["ir.model"]._get_id("res.partner")
        self.env["ir.rule"].create({"name": "Hidden", "model_id": model, "domain_force": rule})
        self.env.invalidate_all()
        agenda = self.hold(TODAY + timedelta(days=2)).relationship_agenda
        self.assertIn(self.climate.name, self.cooperation.with_user(self.helene).attention)
        self.assertIn("No contact with Union is noted.", agenda)
        self.assertNotIn(self.climate.name, agenda)

    def test_an_agenda_costs_the_same_for_any_number_of_members(self):
        meeting = self.hold(TODAY + timedelta(days=2))
        costs = []
        for name in ("", "Anna Bert Carl Dora Emil Fred"):
            for first in name.split():
                self.create_member(first, "contact")
            for _again in range(2):  # what each may read is known from then on
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.assertTrue(meeting.relationship_agenda)
                cost = self.env.cr.sql_log_count - before
            costs.append(cost)
        self.assertEqual(costs[0], costs[1])

    def test_each_meeting_of_a_series_is_the_committees_with_its_own_agenda(self):
        first = self.hold(TODAY + timedelta(days=2), relationship_agenda="<p>First</p>")
        first.write({"recurrency": True, "rrule_type": "weekly", "interval": 2, "wed": True, "fri": True, "count": 4})
        series = first.recurrence_id.calendar_event_ids.sorted("start")
        self.assertEqual(len(series), 4)
        self.assertEqual(series.relationship_committee_id, self.committee)
        self.assertEqual(self.committee.meeting_ids, series)
        self.assertEqual(self.committee.next_meeting_id, series[0])
        self.assertEqual(series[0].relationship_agenda, "<p>First</p>")
        series[2].relationship_agenda = "<p>Third</p>"
        self.assertIn("Union takes part: partner.", series[1].relationship_agenda)
        self.assertEqual(series.mapped("relationship_agenda_text"), ["<p>First</p>", False, "<p>Third</p>", False])
        self.assertEqual(series.met_partner_ids, self.climate | self.union)
        with freeze_time(series[1].start + timedelta(hours=1)):
            series.invalidate_recordset()
            self.committee.invalidate_recordset()
            series._relationship_keep_agenda()
            self.assertEqual(series.mapped("relationship_agenda_is_final"), [True, True, False, False])
            self.assertEqual(self.committee.next_meeting_id, series[2])

    def test_a_meeting_noted_after_it_took_place_has_the_agenda_that_the_facts_give_and_no_other(self):
        values = {
            "name": "Committee",
            "start": datetime(2026, 3, 2, 13),
            "stop": datetime(2026, 3, 2, 14),
            "relationship_committee_id": self.committee.id,
        }
        events = self.env["calendar.event"].with_user(self.helene)
        for vals in (values, {**values, "relationship_committee_id": False}):
            given = events.with_context(default_relationship_committee_id=self.committee.id)
            named = {key: value for key, value in vals.items() if value}
            with self.assertRefused(UserError, "its agenda stays as it was"):
                given.create({**named, "relationship_agenda": "<p>Made up</p>"})
        meeting = events.create(values)
        self.assertTrue(meeting.relationship_agenda_is_final)
        self.assertIn("Union takes part: partner.", meeting.relationship_agenda_text)
        kept = meeting.relationship_agenda
        self.meet(self.climate, days_ago=9)
        self.assertEqual(meeting.relationship_agenda, kept)

    def print(self, meeting):
        reports = self.env["ir.actions.report"].with_user(self.marc)
        return reports._render_qweb_html("shifters_relations.committee_agenda_report", meeting.ids)[0].decode()

    def test_the_printed_hours_are_the_readers_and_the_zone_is_named_where_others_have_another(self):
        self.env.company.partner_id.tz = False
        meeting = self.hold(TODAY + timedelta(days=2))
        self.assertIn("Friday 13 March 2026, 14:00<", self.print(meeting), "everybody is in Paris")
        self.marc.tz = "Europe/Brussels"
        self.assertIn("Friday 13 March 2026, 14:00<", self.print(meeting), "the same hour there")
        self.marc.tz = "America/Cayenne"
        self.assertIn("Friday 13 March 2026, 10:00 (America/Cayenne)<", self.print(meeting))
        self.marc.tz = False
        for told, expected in (("Indian/Reunion", "17:00 (Indian/Reunion)<"), ("Nowhere", "14:00<"), (None, "14:00<")):
            with patch("odoo.addons.shifters_relations.tools.request", Mock(cookies={"tz": told})):
                self.assertIn(f"Friday 13 March 2026, {expected}", self.print(meeting))
        meeting.write({"allday": True, "start_date": "2026-03-13", "stop_date": "2026-03-13"})
        self.assertIn(">Friday 13 March 2026<", self.print(meeting).replace("lead_line", ""))

    # The minutes

    def test_the_minutes_make_one_draft_for_each_organisation_present(self):
        gone = self.create_target("Gone")
        self.cooperation.role_ids = [Command.create({"partner_id": each.id}) for each in gone | self.fund]
        ada = self.env["res.partner"].create({"name": "Ada", "parent_id": self.climate.id})
        meeting = self.hold(met_partner_ids=[Command.set((ada | self.union | gone).ids)])
        gone.active = False
        meeting.relationship_minutes = "<p>We go on</p>"
        self.assertEqual(self.committee.with_user(self.helene).action_write_minutes()["res_id"], meeting.id)
        self.assertEqual(meeting.with_user(self.helene).action_relationship_ask_minutes()["res_id"], meeting.id)
        self.assertFalse(meeting.relationship_synthesis_ids, "nothing is made before it is confirmed")
        self.assertEqual(
            meeting.relationship_minutes_ahead.splitlines()[:2],
            ["Drafts to prepare: 2, for Réseau Climat and Union.", "Absent: Fund. Archived, so without a draft: Gone."],
        )
        notice = meeting.with_user(self.helene).action_relationship_write_minutes()["params"]
        self.assertIn("Syntheses prepared for Réseau Climat and Union.", notice["message"])
        drafts = self.env["relationship.synthesis"].search([("calendar_event_id", "=", meeting.id)])
        self.assertEqual(drafts.partner_id, self.climate | self.union, "none for the absent, nor for an archived one")
        self.assertEqual({*drafts.mapped("state")}, {"draft"})
        self.assertEqual({*drafts.mapped("date")}, {LAST})
        self.assertEqual({*drafts.mapped("channel")}, {False}, "neither a place nor a video says it")
        named = "<p><em>Coordination committee: A guide. Meeting of 9 February 2026.</em></p>"
        self.assertEqual({*drafts.mapped("summary")}, {f"{named}<p>We go on</p>"})
        authors = {each.partner_id: each.author_id for each in drafts}
        self.assertEqual(authors, {self.climate: self.helene, self.union: self.marc})
        self.assertEqual(drafts.participant_ids, ada)
        self.assertEqual(
            meeting.relationship_minutes_sentence,
            "Syntheses prepared for Réseau Climat and Union. Absent: Fund. Archived, so without a draft: Gone.",
        )
        meeting.relationship_minutes = "<p>We go on together</p>"
        self.assertIn("together", "".join(drafts.mapped("summary")))
        drafts[0].summary = "<p>Mine</p>"
        meeting.relationship_minutes = "<p>All</p>"
        self.assertEqual([each.summary for each in drafts], ["<p>Mine</p>", f"{named}<p>All</p>"])
        self.assertIn("No draft is left to prepare", meeting.relationship_minutes_ahead)
        meeting.action_relationship_write_minutes()
        self.assertEqual(self.env["relationship.synthesis"].search([("calendar_event_id", "=", meeting.id)]), drafts)
        drafts.channel = "in_person"
        for draft in drafts:
            draft.with_user(draft.author_id).action_validate()
        self.assertEqual((self.climate | self.union).mapped("relationship_last_contact_date"), [LAST] * 2)

    def test_who_was_not_there_after_all_has_no_draft_but_one_that_somebody_changed(self):
        meeting = self.hold(met_partner_ids=[Command.set((self.climate | self.union | self.fund).ids)])
        meeting.action_relationship_write_minutes()
        drafts = meeting.sudo().relationship_synthesis_ids
        self.assertEqual(drafts.partner_id, self.climate | self.union | self.fund)
        drafts.filtered(lambda each: each.partner_id == self.union).summary = "<p>Mine</p>"
        meeting.met_partner_ids = self.climate
        self.assertEqual(drafts.exists().partner_id, self.climate | self.union)
        self.assertNotIn("Fund", meeting.relationship_minutes_sentence)
        meeting.relationship_minutes = "<p>We go on</p>"
        ours, mine = drafts.exists().sorted(lambda each: each.partner_id == self.union)
        self.assertIn("<p>We go on</p>", ours.summary)
        self.assertEqual(mine.summary, "<p>Mine</p>")

    def test_drafts_that_nobody_changed_follow_a_meeting_that_is_moved(self):
        meeting = self.hold()
        meeting.action_relationship_write_minutes()
        drafts = meeting.sudo().relationship_synthesis_ids
        drafts[1].summary = "<p>Mine</p>"
        later = LAST + timedelta(days=1)
        meeting.write({"start": f"{later} 13:00:00", "stop": f"{later} 15:00:00"})
        self.assertEqual(drafts.mapped("date"), [later, LAST])
        self.assertIn("Meeting of 10 February 2026", drafts[0].summary)
        meeting.write({"start": "2026-03-20 13:00:00", "stop": "2026-03-20 14:00:00"})
        self.assertEqual(drafts.exists(), drafts[1], "of a meeting to come nobody was there")

    def test_drafts_made_before_the_meeting_was_named_in_them_are_still_corrected(self):
        meeting = self.hold()
        meeting.relationship_minutes = "<p>One</p>"
        meeting.action_relationship_write_minutes()
        meeting.sudo().relationship_synthesis_ids.summary = "<p>One</p>"
        meeting.relationship_minutes = "<p>Two</p>"
        for draft in meeting.sudo().relationship_synthesis_ids:
            self.assertIn("<p>Two</p>", draft.summary)

    def test_a_draft_says_how_the_meeting_was_held_where_that_is_known(self):
        for location, video, expected in (
            ("Room 3", False, "in_person"),
            (False, "https://meet.example.org/x", "video"),
            ("https://meet.example.org/x", False, "video"),
            ("Room 3", "https://meet.example.org/x", False),
            (False, False, False),
        ):
            with self.subTest(location=location, video=video):
                meeting = self.hold(location=location, videocall_location=video)
                meeting.action_relationship_write_minutes()
                drafts = meeting.sudo().relationship_synthesis_ids
                self.assertEqual({*drafts.mapped("channel")}, {expected})
                drafts.unlink()

    def test_drafts_of_empty_minutes_have_the_agenda_and_that_is_said_before(self):
        meeting = self.hold()
        meeting.relationship_minutes = "<p><br></p>"
        meeting.action_relationship_ask_minutes()
        self.assertIn(
            "The minutes are empty: these drafts will have the text of the agenda", meeting.relationship_minutes_ahead
        )
        meeting.action_relationship_write_minutes()
        for draft in meeting.sudo().relationship_synthesis_ids:
            self.assertIn(meeting.relationship_agenda_text, draft.summary)
        meeting.relationship_minutes = "<p>Said</p>"
        self.assertNotIn("empty", meeting.relationship_minutes_ahead)

    def test_what_somebody_wrote_of_the_meeting_is_not_prepared_again_and_nobody_is_no_one(self):
        meeting = self.hold()
        self.write_synthesis(self.climate, date=LAST, channel="in_person")
        meeting.action_relationship_write_minutes()
        draft = meeting.sudo().relationship_synthesis_ids
        self.assertEqual(draft.partner_id, self.union)
        self.assertIn(meeting.relationship_agenda_text, draft.summary)
        self.assertIn("Written already: Réseau Climat.", meeting.relationship_minutes_sentence)
        alone = self.hold(LAST + timedelta(days=1), met_partner_ids=False)
        with self.assertRefused(UserError, "Nobody was there"):
            alone.action_relationship_write_minutes()

    def test_who_may_not_read_anothers_draft_is_told_and_writes_the_minutes_of_all(self):
        meeting = self.hold().with_user(self.helene)
        meeting.action_relationship_write_minutes()
        drafts = meeting._relationship_get_prepared()
        self.assertEqual(drafts.author_id, self.helene | self.marc)
        shown = {"relationship_synthesis_ids": {"fields": {"state": {}}}, "relationship_minutes_sentence": {}}
        self.env.invalidate_all()
        [values] = meeting.web_read(shown)
        self.assertEqual(len(values["relationship_synthesis_ids"]), 1, "a colleague's draft is hers")
        self.assertIn("Réseau Climat and Union", values["relationship_minutes_sentence"])
        [values] = meeting.web_save({"relationship_minutes": "<p>All of us</p>"}, shown)
        self.assertEqual(len(values["relationship_synthesis_ids"]), 1)
        self.assertEqual(["<p>All of us</p>" in each.summary for each in drafts], [True, True])

    def test_minutes_are_written_after_a_meeting_and_by_who_may_change_the_cooperation(self):
        with self.assertRefused(UserError, "No meeting of this committee has begun"):
            self.committee.action_write_minutes()
        meeting = self.hold(TODAY + timedelta(days=1))
        with self.assertRefused(UserError, "still to come"):
            meeting.action_relationship_write_minutes()
        self.cooperation.role_ids.filtered(lambda line: line.partner_id == self.union).unlink()
        for act in (
            lambda me: me.action_relationship_write_minutes(),
            lambda me: me.action_relationship_ask_minutes(),
            lambda me: me.write({"relationship_agenda": "<p>Mine</p>"}),
            lambda me: me.write({"relationship_minutes": "<p>Mine</p>"}),
            lambda me: me.write({"relationship_committee_id": False}),
            lambda me: me.relationship_committee_id.action_plan_next(),
            lambda me: (
                me.with_context(default_relationship_committee_id=self.committee.id)
                .browse()
                .create({"name": "Theirs", "start": me.start, "stop": me.stop})
            ),
        ):
            with self.assertRefused(AccessError):
                act(meeting.with_user(self.marc))
        with self.assertRefused(AccessError):
            meeting.with_user(self.outsider).read(["relationship_agenda"])

    # The table of the partnership

    def test_the_table_says_what_is_missing_and_the_filters_find_it(self):
        def create(name, *lines, **values):
            roles = [Command.create({"partner_id": each.id, "role": role, "since": day}) for each, role, day in lines]
            kind = self.env.ref("shifters_relations.kind_project")
            values = {"name": name, "kind_id": kind.id, "role_ids": roles, **values}
            return self.env["relationship.cooperation"].create(values)

        self.meet(self.climate)
        self.meet(self.union, days_ago=366)
        met = self.create_target("Met")
        self.meet(met)
        first, later = TODAY - timedelta(days=200), TODAY - timedelta(days=100)
        full = create("Full", (self.climate, "pilot", first), (met, "funder", first))
        lacking = create("Lacking", (self.climate, "pilot", first), (met, "partner", first))
        both = create("Both", (met, "pilot", first), (met, "funder", first))
        absent = create(
            "Absent", (self.climate, "pilot", first), (met, "funder", first), (self.union, "partner", first)
        )
        left = create("Left", (self.climate, "pilot", first), (self.fund, "funder", first))
        wider = create("Wider", (self.climate, "pilot", first), (met, "funder", first), (met, "partner", later))
        ended = create("Ended", (self.union, "funder", first), stage="done", outcome="Done", date_introduced=first)
        everything = full | lacking | both | absent | left | wider | ended
        expected = {
            "lacks_role": (lacking, "Nobody has this role yet: funder."),
            "has_one_for_all": (both, "Met is pilot and funder: who else could carry a part?"),
            "has_absent": (absent | left, "No contact with Union for a year: the last one was on 10 March 2025."),
            "has_left_funder": (left, "Fund funds it and is in nobody's portfolio."),
            "is_widened": (wider, "Joined later: Met (since 1 December 2025)."),
        }
        everything.invalidate_recordset()
        for name, (cooperations, words) in expected.items():
            with self.subTest(name):
                seen = everything.with_user(self.marc)
                self.assertEqual(seen.filtered(name), cooperations)
                within = [("id", "in", everything.ids)]
                self.assertEqual(seen.search([(name, "=", True), *within]), cooperations.sorted())
                self.assertEqual(seen.search([(name, "=", False), *within]), (everything - cooperations).sorted())
                self.assertIn(words, f"{cooperations[0].attention}{cooperations[0].later_sentence}")
        self.assertFalse(full.attention or full.later_sentence)
        self.assertFalse(ended.attention)
        self.assertEqual(wider.role_ids.sorted("since").mapped("wave"), [1, 1, 2])
        html = self.env["ir.actions.report"]._render_qweb_html("shifters_relations.cooperation_report", everything.ids)
        for _cooperations, words in expected.values():
            self.assertIn(words, html[0].decode().replace("&#39;", "'"))

    def test_the_table_names_no_organisation_to_who_may_not_read_it(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.helene.company_ids += elsewhere
        hidden = self.create_target("Hidden", company_id=elsewhere.id)
        line = self.env["relationship.cooperation.role"].create(
            {"cooperation_id": self.cooperation.id, "partner_id": hidden.id, "since": "2026-03-01"}
        )
        partner = {"partner_id": {"fields": {"display_name": {}}}}
        for user in (self.helene, self.marc, self.organiser, self.pilot):
            self.env.flush_all()
            self.env.invalidate_all()
            cooperation = self.cooperation.with_user(user)
            theirs = cooperation.env["relationship.cooperation.role"].browse(line.id)
            told = [
                theirs.web_read(partner),
                theirs.read(["partner_id"]),
                theirs.search_read([("id", "=", line.id)], ["partner_id", "display_name"]),
                theirs.display_name,
                cooperation.web_read({"role_ids": {"fields": partner}, "attention": {}, "later_sentence": {}}),
                self.env["ir.actions.report"]
                .with_user(user)
                ._render_qweb_html("shifters_relations.cooperation_report", cooperation.ids)[0]
                .decode(),
            ]
            for each in map(str, told):
                self.assertEqual("Hidden" in each, user == self.helene, each)
                self.assertEqual("an organisation that you may not read" in each, user != self.helene, each)
            self.assertIn("1 March 2026", told[-1])
            self.assertLess(told[-1].index("Pilot<"), told[-1].index("Partner<"))

    def test_a_list_of_cooperations_costs_the_same_for_any_number(self):
        kind = self.env.ref("shifters_relations.kind_project").id
        partners = self.env["res.partner"].create([{"name": f"P{number}", "is_company": True} for number in range(60)])
        many = self.env["relationship.cooperation"].create(
            [
                {
                    "name": f"C{number}",
                    "kind_id": kind,
                    "user_id": self.helene.id,
                    "role_ids": [Command.create({"partner_id": each.id, "role": "funder"}) for each in pair],
                    "committee_ids": [Command.create({"kind": "follow_up"})],
                }
                for number, pair in enumerate(zip(partners[::2], partners[1::2], strict=True))
            ]
        )
        for committee in many.committee_ids:
            self.hold(committee=committee, partner_ids=[], met_partner_ids=[])
        names = ("attention", "later_sentence", "lacks_role", "missing_roles", "partner_ids", "is_outcome_due")
        specification = {name: {} for name in names}
        committees = {name: {} for name in ("attention", "next_meeting_date", "last_meeting_date", "display_name")}
        for records, fields in ((many, specification), (many.committee_ids, committees)):
            counts = {}
            for count in (5, 5, 30):
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                records[:count].with_user(self.helene).web_read(fields)
                counts[count] = self.env.cr.sql_log_count - before
            self.assertEqual(counts[30], counts[5], counts)
            self.assertLessEqual(counts[30], 25)
        self.env.invalidate_all()
        for name in ("lacks_role", "has_one_for_all", "has_absent", "has_left_funder", "is_widened"):
            with self.assertQueryCount(3):
                self.env["relationship.cooperation"].search([(name, "=", True)])

    # What others show of it

    def test_the_report_counts_partnerships_funders_met_and_committees_and_keeps_them(self):
        self.hold(TODAY - timedelta(days=35))  # in the first days of February
        self.cooperation.role_ids = [
            Command.create({"partner_id": self.fund.id, "role": "funder", "since": "2026-01-10"})
        ]
        self.meet(self.fund, user=self.helene, days_ago=33)
        values = {"period": "month", "date_from": "2026-02-01", "lang": "en_US"}
        report = self.env["relationship.report"].create(values)
        expected = {"cooperations of several organisations": 1, "funders met": 1, "committees held": 1}
        base = {name: count for name, count, _before in report.figures["together"]}
        self.assertLessEqual(expected.items(), {name: min(1, count) for name, count in base.items()}.items())
        self.assertIn("committees held", report.body)
        report.action_validate()
        self.hold(TODAY - timedelta(days=34))
        self.env["relationship.report"].browse(report.id).action_compute()
        self.assertEqual({name: count for name, count, _before in report.figures["together"]}, base)
        other = self.env["relationship.report"].create(values).figures["together"]
        self.assertEqual(dict([each[:2] for each in other])["committees held"], base["committees held"] + 1)

    def test_who_leaves_is_said_with_her_committees(self):
        handover = self.env["relationship.handover"].create({"from_member_id": self.helene_member.id})
        self.assertIn("Coordination committee: A guide", handover.committees)
        self.helene_member.date_end = TODAY - timedelta(days=1)
        self.committee.invalidate_recordset()
        self.assertIn("Hélène, who follows it, is not in the team any more.", self.committee.attention)
        meeting = self.plan(self.organiser)
        self.assertNotIn(self.helene.partner_id, meeting.partner_ids)
        self.assertIn("Hélène, who follows it", meeting.relationship_agenda)

    def test_the_daily_check_keeps_an_agenda_that_nobody_touched(self):
        meeting = self.hold(TODAY + timedelta(days=2))
        triggers = self.env["ir.cron.trigger"].search([("call_at", "=", meeting.start)])
        self.assertEqual(triggers.cron_id, self.env.ref("shifters_relations.cron_repair"))
        with freeze_time(meeting.start + timedelta(minutes=1)):
            found = {invariant.mend: ids for invariant, ids in self.env["relationship.check"]._find()}
            self.assertIn(meeting.id, found["_relationship_keep_agenda"])
            meeting._relationship_keep_agenda()
            self.assertTrue(meeting.relationship_agenda_is_final)
            self.assertIn("Réseau Climat takes part: pilot.", meeting.relationship_agenda_text)

    def test_merged_organisations_keep_one_line_since_the_earlier_day(self):
        twin = self.create_target("Réseau du climat", email=self.climate.email)
        self.cooperation.role_ids = [
            Command.create({"partner_id": twin.id, "role": "pilot", "since": "2025-01-01"}),
        ]
        meeting = self.hold()
        meeting.met_partner_ids = twin
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.organiser).create({})
        wizard._merge((twin | self.climate).ids, self.climate.with_user(self.organiser))
        self.env.invalidate_all()
        lines = self.cooperation.role_ids.filtered(lambda line: line.role == "pilot")
        self.assertEqual([(line.partner_id, str(line.since)) for line in lines], [(self.climate, "2025-01-01")])
        self.assertEqual(meeting.met_partner_ids, self.climate)
        meeting.action_relationship_write_minutes()
        self.assertEqual(meeting.relationship_synthesis_ids.partner_id, self.climate)

    def test_what_names_a_person_is_forgotten_with_her(self):
        ada = self.env["res.partner"].create({"name": "Ada Byron-Lovelace", "parent_id": self.climate.id})
        meeting = self.hold(met_partner_ids=[Command.set(ada.ids)])
        meeting._relationship_keep_agenda()
        meeting.relationship_minutes = "<p>Ada Byron-Lovelace spoke</p>"
        [rows] = [rows for title, _columns, rows in ada._relationship_get_personal_data() if title == "Meetings"]
        self.assertIn("Ada Byron-Lovelace spoke", str(rows))
        ada.with_user(self.pilot)._relationship_anonymise()
        meeting.invalidate_recordset()
        self.assertNotIn("Lovelace", meeting.relationship_minutes)
