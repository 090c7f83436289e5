from datetime import date, timedelta
from unittest.mock import patch

from dateutil.easter import easter
from freezegun import freeze_time
from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import Form

from ..models.loop import relationship_closure
from ..models.loop.relationship_closure import find_open_day
from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestOpenDay(RelationshipCase):
    """What is proposed is on a day on which its member works: no weekend, no holiday, no absence of hers (C1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target()
        cls.renewal = cls.renewal_of(cls.partner).with_user(cls.helene)

    def be_away(self, first, last, user=None):
        user = user or self.helene
        absence = {"name": "Walk", "date_from": first, "date_to": last, "user_id": user.id}
        return self.env["relationship.closure"].with_user(user).create(absence)

    def test_a_day_is_worked_out_once_however_many_dates_ask(self):
        syntheses = [self.write_synthesis(self.create_target(f"Target {number}")) for number in range(40)]
        self.registry.clear_cache()  # nobody has asked before
        worked_out = []
        for half in (syntheses[:20], syntheses[20:]):
            with patch.object(relationship_closure, "easter", wraps=easter) as asked:
                self.env["relationship.synthesis"].union(*half).action_validate()
            worked_out.append(asked.call_count)
        self.assertGreater(worked_out[0], 20)
        self.assertLess(worked_out[1], worked_out[0] / 2, "each contact works the same days out again")

    def test_the_next_open_day_of_a_member(self):
        self.be_away("2026-05-15", "2026-05-19")
        self.be_away("2026-06-01", "2026-06-01").action_archive()
        for told, helene, marc in (
            ("2026-05-13", "2026-05-13", "2026-05-13"),
            ("2026-05-14", "2026-05-20", "2026-05-15"),  # Ascension Day
            ("2026-05-16", "2026-05-20", "2026-05-18"),
            ("2026-04-04", "2026-04-07", "2026-04-07"),  # before Easter
            ("2027-05-15", "2027-05-18", "2027-05-18"),  # before Whit Monday
            ("2026-12-25", "2027-01-04", "2027-01-04"),
            ("2026-08-10", "2026-09-01", "2026-09-01"),
            ("2026-06-01", "2026-06-01", "2026-06-01"),
        ):
            day = date.fromisoformat(told)
            self.assertEqual(str(self.helene._relationship_get_open_day(day)), helene)
            self.assertEqual(str(self.marc._relationship_get_open_day(day)), marc)
            self.assertEqual(str(self.env["res.users"]._relationship_get_open_day(day)), marc)

    def test_a_member_who_never_works_has_her_day_all_the_same(self):
        self.assertEqual(find_open_day(TODAY, lambda day: True), TODAY)
        self.assertEqual(find_open_day(date(2026, 5, 16), lambda day: True), date(2026, 5, 18))
        self.assertEqual(find_open_day(date(2026, 5, 16), lambda day: False, timedelta(days=-1)), date(2026, 5, 15))

    def test_a_mistyped_year_is_refused_in_a_sentence(self):
        for first, last, yearly, sentence in (
            ("2026-03-20", "2062-04-03", False, "Walk: check the last day, these are more than a year and a half."),
            ("2026-03-20", "9999-12-31", True, "Walk: check the year, from 2000 to 2100."),
            ("0026-03-20", "2026-04-03", False, "Walk: check the year, from 2000 to 2100."),
            ("2026-01-01", "2026-12-31", True, "Walk: these days, each year again, leave no open one."),
        ):
            absence = {"name": "Walk", "date_from": first, "date_to": last, "yearly": yearly}
            with self.assertRefused(ValidationError, sentence):
                self.env["relationship.closure"].create({**absence, "user_id": self.helene.id})
        for offset in (10**7, -367):
            with self.assertRefused(ValidationError, "Walk: give at most 366 days before or after Easter."):
                self.env["relationship.closure"].create(
                    {"name": "Walk", "follows_easter": True, "easter_offset": offset}
                )
        absence = self.be_away("2026-03-20", "2027-09-20")
        with self.assertRefused(ValidationError, "a year and a half"):
            absence.date_to = "2062-04-03"

    def test_one_absence_for_ever_stops_nobody(self):
        absence = self.be_away("2026-03-20", "2026-04-03")
        self.env.flush_all()
        self.env.cr.execute("UPDATE relationship_closure SET date_to = '2062-04-03' WHERE id = %s", [absence.id])
        self.env.invalidate_all()
        absence._forget_days()
        self.meet(self.partner, days_ago=1)
        self.assertLess(self.renewal_of(self.partner).date_deadline, date(2027, 1, 1))
        self.assertLessEqual(self.renewal_of(self.create_target("Union")).date_deadline, date(2026, 3, 25))
        self.env["relationship.plan"].with_user(self.organiser).action_open_all()
        wizard = self.env["relationship.plan"].with_user(self.helene).create({"member_ids": self.helene_member.ids})
        wizard.action_preview()
        self.assertTrue(wizard.line_ids)

    def test_a_change_of_closures_counts_at_once(self):
        day = date(2026, 6, 3)
        absence = self.be_away(day, day)
        self.assertEqual(self.helene._relationship_get_open_day(day), date(2026, 6, 4))
        absence.date_to = "2026-06-05"
        self.assertEqual(self.helene._relationship_get_open_day(day), date(2026, 6, 8))
        absence.unlink()
        self.assertEqual(self.helene._relationship_get_open_day(day), day)

    # Each rule that proposes a date

    def test_an_attempt(self):
        self.renewal.sudo().write({"date_deadline": "2026-05-07", "relationship_pinned": False})
        self.renewal.action_no_answer()
        self.assertNextContact(self.partner, "2026-05-15")
        reason = self.renewal.relationship_reason
        self.assertEqual(reason, "Nobody answered: we try again a week later (14 May: Ascension Day).")
        self.be_away("2026-05-20", "2026-05-26")
        with freeze_time("2026-05-15 10:00:00"):
            self.renewal.action_no_answer()
            self.assertNextContact(self.partner, "2026-05-27")

    def test_an_attempt_on_an_appointment_keeps_it_and_is_taken_back(self):
        self.plan_meeting(self.renewal, "2026-03-18")
        self.renewal.action_no_answer()
        self.assertNextContact(self.partner, "2026-03-18")
        self.renewal.action_take_back_attempt()
        self.assertNextContact(self.partner, "2026-03-18")
        self.assertEqual(self.partner.relationship_attempt_count, 0)

    def test_attempts_are_taken_back_one_by_one(self):
        self.renewal.sudo().write({"date_deadline": "2026-03-16", "relationship_pinned": False})
        known = []
        for day in ("2026-03-16", "2026-03-23", "2026-03-30"):
            known.append((self.renewal.date_deadline, self.renewal.relationship_reason))
            with freeze_time(f"{day} 10:00:00"):
                self.renewal.action_no_answer()
        self.assertEqual(self.partner.relationship_attempt_count, 3)
        for before in reversed(known):
            self.partner.with_user(self.helene).action_relationship_take_back_attempt()
            self.assertEqual((self.renewal.date_deadline, self.renewal.relationship_reason), before)
        self.assertEqual(self.partner.relationship_attempt_count, 0)
        self.renewal.action_take_back_attempt()
        self.assertEqual(self.partner.relationship_attempt_count, 0)

    def test_an_attempt_taken_back_leaves_a_date_chosen_since(self):
        self.renewal.action_no_answer()
        self.renewal.date_deadline = "2026-06-04"
        self.renewal.action_take_back_attempt()
        self.assertNextContact(self.partner, "2026-06-04")
        self.assertEqual(self.renewal.relationship_reason, "This date was set by hand.")
        self.renewal.action_unpin()
        self.assertEqual(self.renewal.relationship_attempt_count, 0)
        self.assertIn("First contact", self.renewal.relationship_reason)

    def test_a_day_is_that_of_who_keeps_the_contact(self):
        self.helene.tz = "Pacific/Noumea"
        with freeze_time("2026-03-11 12:00:00"):  # 23:00 in Nouméa
            self.renewal.with_context(tz="UTC").action_no_answer()
        with freeze_time("2026-03-11 14:00:00"):
            self.renewal.with_context(tz="UTC").action_no_answer()
        self.assertEqual(self.partner.relationship_attempt_count, 2)

    def test_a_promise(self):
        with freeze_time("2026-12-11 10:00:00"):
            synthesis = self.write_synthesis(self.partner, date="2026-12-11", promised="Send the slides")
            synthesis.action_validate()
        self.assertEqual(str(synthesis.promise_ids.date_deadline), "2027-01-04")
        self.be_away("2027-01-22", "2027-01-26")
        with freeze_time("2027-01-08 10:00:00"):
            synthesis.promised += "\nCall Ada"
        self.assertEqual(sorted(map(str, synthesis.promise_ids.mapped("date_deadline"))), ["2027-01-04", "2027-01-27"])

    def test_a_first_contact_and_the_next_one(self):
        self.be_away("2026-03-25", "2026-03-31")
        other = self.create_target("Union")
        self.assertNextContact(other, "2026-04-01")
        with freeze_time("2026-03-30 23:30:00"):  # the day after in Paris: two weeks later is 14 April
            self.assertNextContact(self.create_target("Federation"), "2026-04-14")
        self.be_away("2026-07-20", "2026-07-21")
        self.meet(other, days_ago=50)
        self.assertNextContact(other, "2026-07-22")

    def test_the_checklist_of_a_first_contact(self):
        self.be_away("2026-03-12", "2026-03-13")
        action = self.partner.with_user(self.helene).action_relationship_first_contact()
        schedule = self.env["mail.activity.schedule"].with_user(self.helene).with_context(**action["context"])
        form = Form(schedule)
        form.plan_id = self.env.ref("shifters_relations.plan_first_contact")
        form.plan_date = TODAY
        form.save().action_schedule_plan()
        tasks = self.partner.activity_ids.filtered(lambda task: not task.relationship_partner_id)
        self.assertEqual(
            sorted(str(task.date_deadline) for task in tasks), ["2026-03-16", "2026-03-16", "2026-03-16", "2026-03-23"]
        )

    def test_what_is_promised_by_hand(self):
        promise = self.env.ref("shifters_relations.activity_type_promise").with_user(self.helene)
        with freeze_time("2026-12-11 10:00:00"):
            self.assertEqual(str(promise._get_date_deadline()), "2027-01-04")

    def test_nobody_is_asked_what_came_out_on_a_holiday(self):
        asked = self.env["relationship.cooperation"].create(
            {
                "name": "A debate",
                "kind_id": self.env.ref("shifters_relations.kind_project").id,
                "stage": "introduced",
                "destination_id": self.env["relationship.destination"].search([], limit=1).id,
                "referent_id": self.marc.partner_id.id,
                "role_ids": [Command.create({"partner_id": self.partner.id})],
            }
        )
        asked.write({"date_introduced": "2026-03-07", "told_referent_id": self.marc.partner_id.id})
        cron = self.env.ref("shifters_relations.cron_ask_outcome")
        for moment, expected in (("2026-04-06 06:00:00", False), ("2026-04-07 06:00:00", date(2026, 4, 7))):
            with freeze_time(moment), self.enter_registry_test_mode():
                cron.method_direct_trigger()
            self.env.invalidate_all()
            self.assertEqual(asked.date_outcome_asked, expected)

    # An absence that is entered

    def open_absence(self, absence, user=None):
        action = absence.with_user(user or self.helene).action_move_touched()
        return self.env["relationship.absence"].with_user(user or self.helene).browse(action["res_id"])

    def test_an_absence_proposes_to_move_what_it_touches_and_nothing_moves_before(self):
        self.renewal.sudo().write({"date_deadline": "2026-06-02", "relationship_pinned": False})
        by_hand, free, met = (self.create_target(name) for name in ("By hand", "Free", "Met"))
        self.renewal_of(by_hand).with_user(self.helene).date_deadline = "2026-06-03"
        self.renewal_of(free).with_user(self.helene).date_deadline = "2026-06-15"
        self.plan_meeting(self.renewal_of(met), "2026-06-04")
        self.meet(free, promised="Send the slides", days_ago=1)
        promise = free.relationship_promise_ids
        promise.date_deadline = "2026-06-05"
        self.create_target("Marc's", owner=self.marc)
        absence = self.be_away("2026-06-01", "2026-06-12")
        self.assertEqual(absence.touched_count, 3)
        wizard = self.open_absence(absence)
        planned = {line.activity_id: line.date_planned for line in wizard.line_ids}
        monday = date(2026, 6, 15)
        self.assertEqual(
            planned,
            {
                self.renewal.sudo(): date(2026, 6, 16),
                self.renewal_of(by_hand): date(2026, 6, 17),
                self.renewal_of(met): False,
                promise: monday,
            },
        )
        self.assertNextContact(self.partner, "2026-06-02")
        wizard.line_ids.filtered(lambda line: line.activity_id == promise).keep = False
        wizard.action_move()
        self.assertNextContact(self.partner, "2026-06-16")
        self.assertNextContact(by_hand, "2026-06-17")
        self.assertNextContact(met, "2026-06-04")
        self.assertEqual(promise.date_deadline, date(2026, 6, 5))
        self.assertEqual(self.renewal.relationship_reason, "The day before was in an absence: this one is after it.")
        self.env.invalidate_all()
        self.assertEqual(absence.touched_count, 1)
        self.renewal.action_unpin()
        self.assertIn("First contact", self.renewal.relationship_reason)

    def test_an_attempt_that_an_absence_has_moved_is_taken_back(self):
        before = self.renewal.date_deadline
        self.renewal.action_no_answer()
        tried = self.renewal.date_deadline
        self.open_absence(self.be_away(tried, tried)).action_move()
        self.assertEqual(self.renewal.relationship_date_source, "absence")
        moved = self.renewal.date_deadline
        self.open_absence(self.be_away(moved, moved)).action_move()
        self.assertGreater(self.renewal.date_deadline, moved)
        self.renewal.action_take_back_attempt()
        self.assertNextContact(self.partner, before)
        self.assertIn("First contact", self.renewal.relationship_reason)

    def test_an_attempt_taken_back_leaves_a_date_chosen_and_moved_since(self):
        self.renewal.action_no_answer()
        self.renewal.date_deadline = "2026-06-02"
        self.open_absence(self.be_away("2026-06-02", "2026-06-02")).action_move()
        self.renewal.action_take_back_attempt()
        self.assertNextContact(self.partner, "2026-06-03")

    def assertReason(self, expected):
        self.env.invalidate_all()
        self.assertEqual(self.renewal.relationship_reason, expected)

    def test_a_date_given_back_is_open_again(self):
        self.renewal.date_deadline = "2026-06-02"
        event = self.plan_meeting(self.renewal, "2026-05-04")
        self.be_away("2026-06-01", "2026-06-02")
        event.unlink()
        self.assertNextContact(self.partner, "2026-06-03")
        self.assertReason("The day before was in an absence: this one is after it.")
        self.renewal.action_unpin()
        before = self.renewal.date_deadline
        self.renewal.action_no_answer()
        self.be_away(before, before)
        self.renewal.action_take_back_attempt()
        self.assertNextContact(self.partner, self.helene._relationship_get_open_day(before))
        self.assertNotEqual(self.renewal.date_deadline, before)

    def test_a_date_chosen_in_an_absence_is_given_back(self):
        self.be_away("2026-06-01", "2026-06-02")
        self.renewal.date_deadline = "2026-06-02"
        self.plan_meeting(self.renewal, "2026-05-04").unlink()
        self.assertNextContact(self.partner, "2026-06-02")
        self.assertReason("This date was set by hand. You are away that day.")

    def test_a_day_that_is_closed_for_everybody_is_no_absence(self):
        self.renewal.date_deadline = "2026-06-02"
        closure = self.env["relationship.closure"].create(
            {"name": "Assembly", "date_from": "2026-06-02", "date_to": "2026-06-02"}
        )
        self.assertReason("This date was set by hand. 2 June: Assembly.")
        result = self.renewal.onchange({"date_deadline": "2026-07-14"}, ["date_deadline"], {"date_deadline": {}})
        self.assertEqual(result["warning"]["title"], "A day without contacts")
        self.assertEqual(result["warning"]["message"], "14 July: National Day.")
        self.open_absence(closure, self.pilot).action_move()
        self.assertNextContact(self.partner, "2026-06-03")
        self.assertReason("Nobody works on the day before: this one is after it.")

    def test_what_changed_meanwhile_and_what_is_not_in_it_stays(self):
        self.renewal.date_deadline = "2026-06-02"
        other = self.create_target("Marc's", owner=self.marc)
        before = self.renewal_of(other).date_deadline
        wizard = self.open_absence(self.be_away("2026-06-01", "2026-06-12"))
        self.env["relationship.absence.line"].with_user(self.helene).create(
            {"absence_id": wizard.id, "activity_id": self.renewal_of(other).id, "date_planned": "2026-12-01"}
        )
        self.renewal.date_deadline = "2026-06-03"
        wizard.action_move()
        self.assertNextContact(self.partner, "2026-06-03")
        self.assertNextContact(other, before)

    def test_only_who_keeps_an_absence_moves_what_it_touches(self):
        absence = self.be_away("2026-03-20", "2026-03-31")
        for user in (self.marc, self.organiser):
            with self.assertRefused(AccessError):
                self.open_absence(absence, user)
        self.open_absence(absence, self.pilot).action_move()
        self.assertNextContact(self.partner, "2026-04-01")

    def test_a_day_that_is_closed_for_everybody(self):
        other = self.create_target("Marc's", owner=self.marc)
        assembly = self.env["relationship.closure"].create(
            {"name": "Assembly", "date_from": "2026-03-25", "date_to": "2026-03-25"}
        )
        self.assertEqual(assembly.touched_count, 2)
        self.open_absence(assembly, self.pilot).action_move()
        for partner in (self.partner, other):
            self.assertNextContact(partner, "2026-03-26")
        self.assertEqual(fields.Date.to_string(self.renewal.date_deadline), "2026-03-26")

    def test_absences_cost_the_same_for_any_number(self):
        counts = []
        for size in (3, 4, 20):
            absences = self.env["relationship.closure"]
            for number in range(size):
                day = date(2026, 6, 1) + timedelta(days=number)
                absences |= self.be_away(day, day)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            absences.mapped("touched_count")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
