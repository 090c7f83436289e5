from datetime import date, timedelta

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestDateReason(RelationshipCase):
    """Why a date is what it is: one sentence, true of the rule, counted where who keeps the contact lives (C3)."""

    def setUp(self):
        super().setUp()
        self.partner = self.create_target()
        self.renewal = self.renewal_of(self.partner).with_user(self.helene)
        self.set_creation(self.renewal, TODAY)

    def assertReason(self, english, french=None, renewal=None):
        renewal = renewal or self.renewal
        self.env.invalidate_all()
        self.assertEqual(renewal.relationship_reason, english)
        if french:
            self.assertEqual(renewal.with_context(lang="fr_FR").relationship_reason, french)

    def create_target_at(self, moment, tz):
        """A target whose owner lives in a time zone, made at a moment given in UTC."""
        self.helene.tz = tz
        partner = self.create_target(f"Made at {moment}")
        renewal = self.renewal_of(partner)
        self.set_creation(renewal, moment)
        return renewal.with_user(self.helene)

    def contact(self, days_ago, **values):
        self.meet(self.partner, days_ago=days_ago, **values)
        self.renewal = self.renewal_of(self.partner).with_user(self.helene)

    def test_a_first_contact_says_the_rule_of_the_code(self):
        self.assertNextContact(self.partner, TODAY + timedelta(days=14))
        self.assertReason(
            "First contact: 14 days after becoming a target.",
            "Premier contact\u00a0: 14 jours après l'entrée en portefeuille.",
        )

    def test_a_first_contact_is_counted_where_its_owner_lives(self):
        for moment, tz, expected in (
            ("2026-03-10 23:30:00", "Europe/Paris", "2026-03-25"),
            ("2026-03-10 13:30:00", "Pacific/Noumea", "2026-03-25"),
            ("2026-03-11 02:00:00", "America/Cayenne", "2026-03-24"),
        ):
            for reader_tz in ("Pacific/Noumea", "UTC", "Pacific/Pago_Pago"):
                renewal = self.create_target_at(moment, tz).with_context(tz=reader_tz)
                rule = renewal.relationship_partner_id._relationship_get_rule_date(renewal)
                self.assertEqual(rule, date.fromisoformat(expected), (moment, tz))
                renewal.sudo().write({"date_deadline": expected, "relationship_pinned": False})
                self.assertReason("First contact: 14 days after becoming a target.", renewal=renewal)

    def test_a_contact_that_counts_no_more_leaves_the_first_where_it_was(self):
        other = self.create_target("Other")
        for undo in (
            lambda synthesis: synthesis.action_reopen(),
            lambda synthesis: synthesis.write({"partner_id": other.id}),
        ):
            with freeze_time(TODAY + timedelta(days=9)), self.cr.savepoint():
                synthesis = self.write_synthesis(self.partner, date=TODAY + timedelta(days=8))
                synthesis.action_validate()
                renewal = self.renewal_of(self.partner).with_user(self.helene)
                self.set_creation(renewal, TODAY + timedelta(days=9))
                undo(synthesis.with_user(self.organiser))
                self.assertNextContact(self.partner, TODAY + timedelta(days=14))
                self.assertReason("First contact: 14 days after becoming a target.", renewal=renewal)

    def test_a_first_contact_of_what_left_the_loop_is_counted_from_its_return(self):
        again = "First contact: 14 days after being followed again."
        for way, leave, back in (
            ("do not contact", {"relationship_no_contact": True}, {"relationship_no_contact": False}),
            ("archived", {"active": False}, {"active": True}),
            ("paused", {"relationship_stage": "paused"}, {"relationship_stage": "target"}),
        ):
            for days, english in ((5, again), (0, "First contact: 14 days after becoming a target.")):
                with self.subTest(way=way, days=days), self.cr.savepoint() as savepoint:
                    self.partner.with_user(self.organiser).write(leave)
                    day = TODAY + timedelta(days=days)
                    with freeze_time(day):
                        self.partner.with_user(self.organiser).write(back)
                        renewal = self.renewal_of(self.partner).with_user(self.helene)
                        self.set_creation(renewal, day)
                        self.assertNextContact(self.partner, day + timedelta(days=14))
                        self.assertReason(english, renewal=renewal)
                        if days:
                            french = "Premier contact\u00a0: 14 jours après la reprise du suivi."
                            self.assertReason(english, french, renewal=renewal)
                    savepoint.rollback()
                    self.env.invalidate_all()

    def test_a_first_contact_that_changes_hands_across_time_zones_was_moved_by_no_plan(self):
        self.marc.tz = "Pacific/Noumea"
        self.partner.relationship_owner_id = self.marc
        self.assertReason("First contact: 14 days after becoming a target.")

    def test_a_date_after_an_absence_of_who_had_it_before_says_how_much_later(self):
        absence = {"date_from": TODAY + timedelta(days=3), "date_to": TODAY + timedelta(days=26)}
        self.env["relationship.closure"].create({"name": "Away", "user_id": self.helene.id, **absence})
        self.renewal.action_no_answer()
        self.assertReason("Nobody answered: we try again a week later (1 April is in an absence).")
        self.partner.relationship_owner_id = self.marc
        self.assertNextContact(self.partner, "2026-04-07")
        self.assertReason("Nobody answered: we try again a week later, 6 days later.")

    def test_the_cadence_and_why_not_that_very_day(self):
        for days_ago, english, french in (
            (
                56,
                "6 months after the call of 14 January (14 July: National Day).",
                "6 mois après l'appel du 14 janvier (le 14 juillet\u00a0: Fête nationale).",
            ),
            (
                51,
                "6 months after the call of 19 January (19 July is a Sunday).",
                "6 mois après l'appel du 19 janvier (le 19 juillet est un dimanche).",
            ),
            (50, "6 months after the call of 20 January.", "6 mois après l'appel du 20 janvier."),
        ):
            self.contact(days_ago)
            self.assertReason(english, french)

    def test_an_absence_moves_the_rule_and_says_so(self):
        self.env["relationship.closure"].with_user(self.helene).create(
            {"name": "Surgery", "date_from": "2026-07-20", "date_to": "2026-07-22", "user_id": self.helene.id}
        )
        self.contact(50)
        self.assertNextContact(self.partner, "2026-07-23")
        self.assertReason(
            "6 months after the call of 20 January (20 July is in an absence).",
            "6 mois après l'appel du 20 janvier (le 20 juillet est dans une absence).",
        )

    def test_days_that_were_closed_when_it_was_planned_are_no_plan(self):
        closure = self.env["relationship.closure"].create(
            {"name": "Assembly", "date_from": "2026-07-20", "date_to": "2026-07-21"}
        )
        self.contact(50)
        closure.action_archive()
        self.assertReason(
            "6 months after the call of 20 January, 2 days later.",
            "6 mois après l'appel du 20 janvier, 2 jours plus tard.",
        )

    def test_the_plan_says_by_how_many_days(self):
        self.contact(50)
        for days, english, french in (
            (1, "1 day later by the plan.", "1 jour plus tard par le plan lissé."),
            (49, "49 days later by the plan.", "49 jours plus tard par le plan lissé."),
            (-30, "30 days earlier by the plan.", "30 jours plus tôt par le plan lissé."),
        ):
            day = date(2026, 7, 20) + timedelta(days=days)
            self.renewal.sudo().write({"date_deadline": day, "relationship_pinned": False})
            self.assertReason(
                f"6 months after the call of 20 January, {english}", f"6 mois après l'appel du 20 janvier, {french}"
            )

    def test_another_rhythm_is_no_plan(self):
        self.contact(50)
        self.quarterly.interval_count = 4
        self.partner.relationship_cadence_id = self.quarterly
        self.assertReason("4 months after the call of 20 January.")
        self.quarterly.interval_count = 5
        self.assertReason(
            "5 months after the call of 20 January (20 June is a Saturday).",
            "5 mois après l'appel du 20 janvier (le 20 juin est un samedi).",
        )

    def test_by_hand_and_back_to_the_usual_date(self):
        self.contact(50)
        self.renewal.date_deadline = "2026-06-01"
        self.assertReason("This date was set by hand.", "Cette date a été fixée à la main.")
        self.partner.with_user(self.helene).action_relationship_unpin()
        self.assertReason("6 months after the call of 20 January.")

    def test_a_date_in_an_absence_says_who_is_away(self):
        self.env["relationship.closure"].with_user(self.helene).create(
            {"name": "Surgery", "date_from": "2026-06-01", "date_to": "2026-06-12", "user_id": self.helene.id}
        )
        self.renewal.date_deadline = "2026-06-03"
        self.assertReason(
            "This date was set by hand. You are away that day.",
            "Cette date a été fixée à la main. Vous êtes en absence ce jour-là.",
        )
        self.assertReason(
            "This date was set by hand. Hélène is away that day.",
            "Cette date a été fixée à la main. Hélène est en absence ce jour-là.",
            self.renewal.with_user(self.organiser),
        )

    def test_a_date_typed_in_an_absence_is_warned_of(self):
        self.env["relationship.closure"].create(
            {"name": "Surgery", "date_from": "2026-06-01", "date_to": "2026-06-12", "user_id": self.helene.id}
        )
        for day, warned in (("2026-06-12", True), ("2026-06-15", False)):
            result = self.renewal.onchange({"date_deadline": day}, ["date_deadline"], {"date_deadline": {}})
            self.assertEqual(result.get("warning", {}).get("message"), "You are away that day." if warned else None)

    def test_attempts(self):
        self.renewal.action_no_answer()
        english = "Nobody answered: we try again a week later."
        self.assertReason(english, "Personne n'a répondu\u00a0: on réessaie une semaine plus tard.")
        self.renewal.sudo().write({"date_deadline": "2026-04-07", "relationship_pinned": False})
        self.assertReason("Nobody answered: we try again a week later, 6 days later by the plan.")
        self.renewal.date_deadline = "2026-05-04"
        self.assertReason("This date was set by hand.")
        self.renewal.action_unpin()
        self.assertReason(english)

    def test_an_attempt_on_a_date_set_by_hand_is_why_it_has_moved(self):
        self.renewal.date_deadline = "2026-03-16"
        self.renewal.action_no_answer()
        self.assertNextContact(self.partner, "2026-03-23")
        self.assertReason("Nobody answered: we try again a week later.")
        self.renewal.action_take_back_attempt()
        self.assertNextContact(self.partner, "2026-03-16")
        self.assertReason("This date was set by hand.")

    def get_ends(self):
        def decline(event):
            event.attendee_ids.filtered(lambda attendee: attendee.partner_id == self.helene.partner_id).do_decline()

        return {
            "archived": lambda event: event.action_archive(),
            "deleted": lambda event: event.unlink(),
            "declined": decline,
            "with others, deleted": lambda event: event.with_user(self.organiser).unlink(),
        }

    def test_an_appointment_that_goes_gives_back_the_date_and_its_reason(self):
        self.contact(50)
        found = {
            "rule": self.renewal.action_unpin,
            "hand": lambda: self.renewal.write({"date_deadline": "2026-08-17"}),
            "plan": lambda: self.renewal.sudo().write({"date_deadline": "2026-09-07", "relationship_pinned": False}),
            "attempt": self.renewal.action_no_answer,
        }
        for source, prepare in found.items():
            for end, finish in self.get_ends().items():
                with self.subTest(source, end=end), self.cr.savepoint() as savepoint:
                    prepare()
                    before = self.renewal.date_deadline, self.renewal.relationship_reason
                    event = self.plan_meeting(self.renewal, "2026-06-03")
                    self.assertNextContact(self.partner, "2026-06-03")
                    self.assertReason("An appointment is in the calendar.", "Un rendez-vous est au calendrier.")
                    event.start = "2026-06-10 10:00:00"
                    self.assertNextContact(self.partner, "2026-06-10")
                    finish(event)
                    self.env.flush_all()
                    self.assertNextContact(self.partner, before[0])
                    self.assertReason(before[1])
                    savepoint.rollback()
                    self.env.invalidate_all()

    def test_an_appointment_that_goes_follows_what_the_rule_has_become(self):
        self.contact(50)
        event = self.plan_meeting(self.renewal, "2026-06-03")
        self.partner.relationship_cadence_id = self.quarterly
        self.assertNextContact(self.partner, "2026-06-03")
        event.unlink()
        self.assertNextContact(self.partner, "2026-04-20")
        self.assertReason("3 months after the call of 20 January.")

    def test_reasons_say_what_there_is_after_each_synthesis(self):
        for channel, english, french in (
            ("in_person", "the meeting of 20 January", "la rencontre du 20 janvier"),
            ("video", "the video call of 20 January", "la visio du 20 janvier"),
            ("event", "the event of 20 January", "l'événement du 20 janvier"),
        ):
            self.contact(50, channel=channel)
            self.assertReason(f"6 months after {english}.", f"6 mois après {french}.")

    def test_only_the_team_says_where_a_date_comes_from(self):
        renewal = self.renewal.with_user(self.outsider)
        for vals in (
            {"relationship_date_source": "plan"},
            {"relationship_attempts": []},
            {"relationship_before_meeting": {}},
        ):
            with self.assertRefused(AccessError):
                renewal.write(vals)
        with self.assertRefused(AccessError):
            renewal.action_take_back_attempt()
        renewal.date_deadline = "2026-06-01"
        self.assertReason("This date was set by hand.")

    def test_reasons_of_many_cost_the_same(self):
        closures = self.env["relationship.closure"]
        counts = []
        for size in (3, 4, 20):
            renewals = self.env["mail.activity"]
            for number in range(size):
                partner = self.create_target(f"{size} {number}")
                self.meet(partner, days_ago=56)
                renewals |= self.renewal_of(partner)
            closures.create({"name": "Walk", "date_from": "2026-06-01", "date_to": "2026-06-02"})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            renewals.with_user(self.helene).mapped("relationship_reason")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_a_merge_takes_over_a_date_set_by_hand_only(self):
        other = self.create_target("Réseau du Climat")
        self.plan_meeting(self.renewal_of(other), "2026-06-03")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.organiser).create({})
        wizard._merge((self.partner | other).ids, self.partner)
        self.assertNotEqual(
            self.renewal_of(self.partner).with_user(self.helene).relationship_reason, "This date was set by hand."
        )
        event = self.env["calendar.event"].with_user(self.marc)
        event.create(
            {
                "name": "Tea",
                "start": "2026-06-04 10:00:00",
                "stop": "2026-06-04 11:00:00",
                "met_partner_ids": [Command.link(self.partner.id)],
            }
        )
        self.assertNextContact(self.partner, "2026-06-04")
