from datetime import timedelta

from freezegun import freeze_time
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import tagged
from odoo.tests.common import Form

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestRenewal(RelationshipCase):
    """Done needs a synthesis (S1), on every path that people have; dates set by hand stay."""

    def setUp(self):
        super().setUp()
        self.partner = self.create_target()
        self.renewal = self.renewal_of(self.partner).with_user(self.helene)

    def assertStillOpen(self):
        self.assertTrue(self.renewal.exists().active)
        self.assertEqual(len(self.renewal_of(self.partner)), 1)

    def test_marking_done_is_refused_with_a_button_that_opens_the_synthesis(self):
        for method in ("action_done", "action_feedback", "action_feedback_schedule_next", "action_done_schedule_next"):
            with self.subTest(method=method), self.assertRaises(RedirectWarning) as refused, self.cr.savepoint():
                getattr(self.renewal, method)()
            message, action, button, _context = refused.exception.args
            self.assertIn("write the synthesis", message)
            self.assertEqual(action["res_model"], "relationship.synthesis")
            self.assertEqual(button, "Write the synthesis")
            self.assertStillOpen()

    def test_every_other_way_to_make_it_disappear_is_refused(self):
        other = self.create_target(name="Other")
        todo = self.env.ref("mail.mail_activity_data_todo")
        ways = {
            "archive": lambda renewal: renewal.action_archive(),
            "inactive": lambda renewal: renewal.write({"active": False}),
            "cancel": lambda renewal: renewal.action_cancel(),
            "delete": lambda renewal: renewal.unlink(),
            "with its meeting": lambda renewal: renewal.unlink_w_meeting(),
            "other record": lambda renewal: renewal.write({"res_id": other.id}),
            "other model": lambda renewal: renewal.write({"res_model_id": self.env["ir.model"]._get_id("res.users")}),
            "no record": lambda renewal: renewal.write({"res_model_id": False, "res_id": False}),
            "other organisation": lambda renewal: renewal.write({"relationship_partner_id": other.id}),
            "no organisation": lambda renewal: renewal.write({"relationship_partner_id": False}),
            "other type": lambda renewal: renewal.write({"activity_type_id": todo.id}),
            "nobody": lambda renewal: renewal.write({"user_id": False}),
            "unlink from the organisation": lambda renewal: self.partner.with_env(renewal.env).activity_unlink(
                ["shifters_relations.activity_type_phone"], only_automated=False
            ),
            "feedback from the organisation": lambda renewal: self.partner.with_env(renewal.env).activity_feedback(
                ["shifters_relations.activity_type_phone"], only_automated=False
            ),
        }
        for way, attempt in ways.items():
            for user in (self.helene, self.pilot, self.outsider, self.env.ref("base.user_admin")):
                with self.subTest(way=way, user=user.name):
                    with self.assertRefused((UserError, RedirectWarning)):
                        attempt(self.renewal.with_user(user))
                    self.assertStillOpen()

    def test_a_draft_is_not_enough_and_another_organisation_s_synthesis_neither(self):
        draft = self.write_synthesis(self.partner)
        draft.activity_id = self.renewal
        with self.assertRefused(RedirectWarning):
            self.renewal.action_done()
        other = self.create_target(name="Other")
        with self.assertRefused(UserError, "of its own organisation only"):
            self.write_synthesis(other, activity_id=self.renewal.id)
        self.assertStillOpen()

    def test_a_renewal_closes_once_a_validated_synthesis_points_to_it(self):
        self.env["relationship.synthesis"].search([]).unlink()
        synthesis = self.write_synthesis(self.partner)
        synthesis.activity_id = self.renewal
        self.env.cr.execute("UPDATE relationship_synthesis SET state = 'done' WHERE id = %s", [synthesis.id])
        synthesis.invalidate_recordset()
        self.renewal.action_done()
        self.assertFalse(self.renewal.active)
        self.assertEqual(len(self.renewal_of(self.partner)), 1, "and the next is planned")

    def test_a_renewal_that_was_done_stays_done(self):
        self.meet(self.partner)
        with self.assertRefused(UserError, "has taken place"):
            self.renewal.write({"active": True})

    def test_an_old_contact_does_not_answer_a_new_renewal(self):
        synthesis = self.meet(self.partner)
        renewal = self.renewal_of(self.partner)
        with self.assertRefused(UserError, "answers no other renewal"):
            synthesis.with_user(self.helene).activity_id = renewal
        with self.assertRefused(RedirectWarning):
            renewal.with_user(self.helene).action_done()

    def test_correcting_a_draft_moves_nothing(self):
        self.meet(self.partner, days_ago=30)
        self.renewal_of(self.partner).write({"date_deadline": "2026-10-01", "relationship_pinned": False})
        self.write_synthesis(self.partner, user=self.helene).date = "2026-03-09"
        self.assertNextContact(self.partner, "2026-10-01")

    def test_choosing_the_way_keeps_the_date(self):
        form = Form(self.renewal, "shifters_relations.mail_activity_renewal_view_form")
        before = self.renewal.date_deadline
        form.activity_type_id = self.in_person
        form.save()
        self.assertNextContact(self.partner, before, "in_person")
        self.assertEqual(self.renewal.user_id, self.helene)

    def test_nobody_makes_a_renewal_by_hand(self):
        with self.assertRefused(UserError, "by making the organisation a target"):
            self.env["mail.activity"].with_user(self.pilot).create(
                {
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "res_id": self.partner.id,
                    "relationship_partner_id": self.partner.id,
                }
            )

    def test_ordinary_activities_are_left_alone(self):
        activity = self.partner.with_user(self.helene).activity_schedule("mail.mail_activity_data_todo")
        activity.date_deadline = TODAY + timedelta(days=3)
        self.assertFalse(activity.relationship_pinned)
        self.assertFalse(activity.relationship_reason)
        activity.action_feedback(feedback="Done")
        self.assertFalse(activity.active)
        self.partner.with_user(self.helene).activity_schedule("mail.mail_activity_data_todo").action_cancel()
        self.assertStillOpen()

    def test_moving_pins_and_unpinning_returns_to_the_rule(self):
        self.meet(self.partner, days_ago=52)
        renewal = self.renewal_of(self.partner).with_user(self.helene)
        self.assertEqual(renewal.relationship_reason, "6 months after the call of 18 January (18 July is a Saturday).")
        for move in (
            lambda: renewal.write({"date_deadline": "2026-07-01"}),
            renewal.action_reschedule_tomorrow,
            lambda: self.partner.with_user(self.helene).activity_reschedule(
                ["shifters_relations.activity_type_in_person"], date_deadline="2026-07-02", only_automated=False
            ),
        ):
            move()
            self.assertTrue(renewal.relationship_pinned)
            self.assertEqual(renewal.relationship_reason, "This date was set by hand.")
            self.partner.with_user(self.helene).relationship_cadence_id = self.quarterly
            self.assertNotEqual(renewal.date_deadline.month, 5)
            self.partner.relationship_cadence_id = self.twice_a_year
            self.partner.with_user(self.helene).action_relationship_unpin()
            self.assertFalse(renewal.relationship_pinned)
            self.assertNextContact(self.partner, "2026-07-20")

    def test_nobody_takes_a_colleague_s_renewal_over(self):
        for user in (self.marc, self.helene, self.organiser, self.pilot):
            with self.assertRefused(UserError, "hand the organisation over"):
                self.renewal.with_user(user).user_id = self.marc
        self.renewal.with_user(self.marc).user_id = self.helene
        self.assertEqual(self.renewal.user_id, self.helene)
        self.partner.with_user(self.organiser).relationship_owner_id = self.marc
        self.assertEqual(self.renewal.user_id, self.marc)

    def test_what_happened_is_noted_by_what_happens_alone(self):
        before = self.renewal.date_deadline
        for vals in (
            {"relationship_attempts": [1], "relationship_attempt_count": 1},
            {"relationship_attempt_count": 3},
            {"relationship_before_meeting": {"x": 1}},
            {"relationship_date_source": "plan"},
            {"relationship_pinned": False, "date_deadline": "2199-01-01"},
            {"relationship_pinned": False, "relationship_date_source": "plan", "date_deadline": "2199-01-01"},
        ):
            for user in (self.helene, self.pilot):
                with self.assertRefused(UserError, "noted by what happens"):
                    self.renewal.with_user(user).write(vals)
        self.assertEqual(self.renewal.date_deadline, before)
        self.assertTrue(self.renewal.with_user(self.helene).relationship_reason)

    def test_no_other_activity_becomes_a_renewal(self):
        candidate = self.create_target("Other", relationship_stage="candidate")
        todo = candidate.with_user(self.helene).activity_schedule("mail.mail_activity_data_todo")
        with self.assertRefused(UserError, "making the organisation a target"):
            todo.relationship_partner_id = candidate

    def test_who_is_not_in_the_team_moves_a_date_and_nothing_else(self):
        renewal = self.renewal.with_user(self.outsider)
        for vals in (
            {"relationship_pinned": False},
            {"relationship_attempt_count": 5},
            {"date_deadline": "2026-07-01", "relationship_pinned": False},
        ):
            with self.assertRefused(AccessError, "Relations team's"):
                renewal.write(vals)
        renewal.date_deadline = "2026-07-01"
        self.assertTrue(renewal.relationship_pinned)
        self.renewal.relationship_pinned = False
        self.assertFalse(self.renewal.relationship_pinned)

    def test_moving_the_meeting_in_the_calendar_moves_and_pins_the_renewal(self):
        event = self.plan_meeting(self.renewal, "2026-04-01")
        self.assertEqual(self.renewal.calendar_event_id, event)
        event.write({"start": "2026-04-08 10:00:00", "stop": "2026-04-08 11:00:00"})
        self.assertNextContact(self.partner, "2026-04-08")
        self.assertTrue(self.renewal.relationship_pinned)
        self.assertEqual(self.renewal.relationship_reason, "An appointment is in the calendar.")

    def test_nobody_answered_counts_and_tries_again_in_a_week(self):
        self.renewal.action_no_answer()
        self.assertNextContact(self.partner, "2026-04-01")
        self.assertEqual(self.partner.relationship_attempt_count, 1)
        self.assertFalse(self.renewal.relationship_pinned)
        self.assertEqual(self.renewal.relationship_reason, "Nobody answered: we try again a week later.")
        self.assertIn("nobody answered (attempt 1)", self.partner.message_ids[0].body)
        for _tap in range(2):
            told = self.partner.with_user(self.helene).action_relationship_no_answer()
            self.assertIn("Noted today already", told["params"]["message"])
            self.assertNextContact(self.partner, "2026-04-01")
            self.assertEqual(self.partner.relationship_attempt_count, 1)
        with freeze_time("2026-04-01"):
            self.partner.with_user(self.helene).action_relationship_no_answer()
        self.assertNextContact(self.partner, "2026-04-08")
        self.assertEqual(self.partner.relationship_attempt_count, 2)
        self.meet(self.partner)
        self.assertEqual(self.partner.relationship_attempt_count, 0, "a contact begins a new count")

    def test_nobody_answered_on_an_overdue_renewal_counts_a_week_from_today(self):
        self.renewal.write({"date_deadline": "2026-02-02"})
        self.renewal.action_no_answer()
        self.assertNextContact(self.partner, "2026-03-18")
        self.assertTrue(self.renewal.relationship_pinned, "what was set by hand stays so")

    def test_a_date_given_back_after_an_attempt_is_a_week_away(self):
        self.renewal.action_no_answer()
        self.renewal.with_user(self.helene).date_deadline = "2026-12-01"
        self.partner.with_user(self.helene).action_relationship_unpin()
        self.assertNextContact(self.partner, "2026-03-18")
        self.assertFalse(self.renewal.relationship_pinned)
        self.assertEqual(self.renewal.relationship_reason, "Nobody answered: we try again a week later.")

    def test_a_first_contact_that_the_plan_puts_later_says_so(self):
        self.set_creation(self.renewal, TODAY)
        rule = self.partner._relationship_get_rule_date(self.renewal)
        for days, words in (
            (0, "First contact: 14 days after becoming a target."),
            (1, "1 day later"),
            (90, "90 days later by the plan"),
        ):
            self.renewal.sudo().write({"date_deadline": rule + timedelta(days=days), "relationship_pinned": False})
            self.assertIn(words, self.renewal.relationship_reason)

    def test_nobody_answered_leaves_an_appointment_where_it_is(self):
        self.plan_meeting(self.renewal, "2026-03-12")
        before = self.renewal.date_deadline
        self.renewal.action_no_answer()
        self.assertEqual(self.renewal.date_deadline, before)
        self.assertEqual(self.renewal.relationship_attempt_count, 1)

    def test_nobody_answered_from_the_synthesis_drops_the_empty_draft(self):
        synthesis = self.write_synthesis(self.partner, summary=False)
        synthesis.action_no_answer()
        self.assertFalse(synthesis.exists())
        self.assertEqual(self.partner.relationship_attempt_count, 1)
        topic = self.env["relationship.topic"].create({"name": "Trains"})
        for written in (
            {"summary": "<p>Their line is busy.</p>"},
            {"summary": False, "needs": "Speakers"},
            {"summary": False, "promised": "To call again"},
            {"summary": False, "topic_ids": topic.ids},
            {"summary": False, "confidential_note": "She is leaving"},
        ):
            kept = self.write_synthesis(self.partner, **written)
            kept.with_user(self.helene).action_no_answer()
            self.assertTrue(kept.exists(), written)
        self.assertEqual(self.partner.relationship_attempt_count, 1, "once a day")

    def test_reasons_are_in_the_reader_s_language(self):
        self.set_creation(self.renewal, TODAY)
        self.assertEqual(
            self.renewal.with_context(lang="fr_FR").relationship_reason,
            "Premier contact\u00a0: 14 jours après l'entrée en portefeuille.",
        )

    def test_reasons_say_nothing_to_people_outside_the_team(self):
        self.assertFalse(self.renewal.with_user(self.outsider).relationship_reason)
