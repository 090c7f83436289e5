import gc
from collections import Counter
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestPlan(RelationshipCase):
    """The levelled plan in Odoo: preview, apply, limits told in words (C1)."""

    def level(self, members=None, user=None):
        members = members or self.helene_member
        wizard = self.env["relationship.plan"].with_user(user or self.helene).create({"member_ids": members.ids})
        wizard.action_preview()
        return wizard

    def create_met(self, count, days_ago=20, channel="phone", **values):
        """Targets all met on the same day, so that all fall due in the same month."""
        partners = self.env["res.partner"]
        for number in range(count):
            partner = self.create_target(f"Met {number}", relationship_stage="candidate", **values)
            self.meet(partner, days_ago=days_ago, channel=channel, user=partner.relationship_owner_id)
            partners |= partner
        partners.relationship_stage = "target"
        return partners

    def months(self, partners):
        """Numbers of contacts by month."""
        return dict(Counter(partner.relationship_next_contact_date.month for partner in partners))

    def unlevel(self, partners):
        """Put all renewals on the day of the rule, as before there was a plan."""
        for partner in partners:
            self.renewal_of(partner).write(
                {"date_deadline": partner._relationship_get_rule_date(), "relationship_pinned": False}
            )

    def test_the_preview_changes_nothing_and_applying_spreads_the_months(self):
        partners = self.create_met(9, days_ago=61)  # 9 January: due 9 July
        self.unlevel(partners)
        self.assertEqual(self.months(partners), {7: 9})
        wizard = self.level()
        self.assertEqual(self.months(partners), {7: 9})
        self.assertTrue(wizard.line_ids)
        july = wizard.chart.split("July 2026" if "July 2026" in wizard.chart else "Jul 2026")[1]
        self.assertRegex(july, r"text-bg-secondary\W+style=.width: 92%.>9<", "nine in the highest bar of today")
        wizard.action_apply()
        months = self.months(partners)
        self.assertLessEqual(max(months.values()), self.helene_member.monthly_max)
        self.assertEqual(sum(months.values()), 9)
        self.assertFalse(
            any(
                self.env["mail.activity"]
                .search([("relationship_partner_id", "in", partners.ids)])
                .mapped("relationship_pinned")
            )
        )
        self.assertFalse(self.level().line_ids, "planning a plan changes nothing")

    def spread(self, partners):
        """The dates of some organisations, no two of which are the same."""
        days = sorted(partners.mapped("relationship_next_contact_date"))
        self.assertEqual(len(set(days)), len(partners))
        return days

    def test_a_member_has_about_one_contact_a_week(self):
        partners = self.create_met(4, days_ago=20)  # 19 February: due on 19 August, which is closed
        theirs = self.create_met(4, days_ago=20, relationship_owner_id=self.marc.id)
        self.unlevel(partners | theirs)
        self.assertEqual(len(set(partners.mapped("relationship_next_contact_date"))), 1)
        self.level(self.helene_member | self.marc_member, self.organiser).action_apply()
        for portfolio in (partners, theirs):
            days = self.spread(portfolio)
            self.assertEqual(len({day.isocalendar()[:2] for day in days}), 4, days)

    def test_first_contacts_are_spread_too_once_a_plan_is_asked_for(self):
        partners = self.env["res.partner"].union(*(self.create_target(f"New {number}") for number in range(6)))
        self.assertEqual(set(partners.mapped("relationship_next_contact_date")), {date(2026, 3, 25)})
        self.level().action_apply()
        days = self.spread(partners)
        self.assertEqual(len({day.isocalendar()[:2] for day in days}), 6, days)

    def test_the_end_of_a_month_is_not_filled(self):
        partners = self.create_met(6, days_ago=200)
        with freeze_time("2026-03-31"):
            self.level().action_apply()
            self.assertEqual(self.months(partners), {3: 1, 4: 4, 5: 1})

    def test_visits_in_one_city_share_a_day_however_it_is_written(self):
        partners = self.create_met(2, days_ago=61, channel="phone")
        partners[0].city, partners[1].city = "Saint-Étienne", "SAINT-ETIENNE "
        calls = self.create_met(2, days_ago=61, channel="in_person")
        calls.city = "Saint-Étienne"
        self.unlevel(partners | calls)
        wizard = self.level()
        self.assertEqual(len(set(wizard.line_ids.filtered(lambda line: line.partner_id in calls).mapped("reason"))), 1)
        wizard.action_apply()
        self.assertEqual(len(set(partners.mapped("relationship_next_contact_date"))), 1)
        self.spread(calls | partners[0])

    def test_a_date_that_is_set_takes_its_day_and_its_channel(self):
        """A visit shares the day of an appointment in its city, and not that of a call there."""
        fixed, moving = self.create_met(2, days_ago=61, city="Lyon")
        renewal = self.renewal_of(fixed)
        for activity_type, is_shared in ((self.in_person, True), (self.by_phone, False)):
            renewal.write({"date_deadline": "2026-07-09", "activity_type_id": activity_type.id})
            self.unlevel(moving)
            self.level().action_apply()
            self.assertEqual(moving.relationship_next_contact_date == date(2026, 7, 9), is_shared)

    def test_who_did_not_answer_is_not_tried_again_sooner(self):
        partners = self.create_met(5, days_ago=200)
        renewal = self.renewal_of(partners[0]).with_user(self.helene)
        renewal.action_no_answer()
        again = renewal.date_deadline
        self.level().action_apply()
        self.assertGreaterEqual(renewal.date_deadline, again)
        self.assertFalse(self.level().line_ids, "planning a plan changes nothing")

    def test_each_line_says_why_and_it_is_true(self):
        """Sixteen due on one day: four stay in their month, and nobody else is told a month that is not full."""
        partners = self.create_met(16, days_ago=61)  # 9 January: due on 9 July
        self.unlevel(partners)
        lines = self.level().line_ids
        due = dict.fromkeys(partners, date(2026, 7, 9)) | {line.partner_id: line.date_planned for line in lines}
        load = Counter(day.month for day in due.values())
        self.assertEqual(len(set(due.values())), 16)
        for line in lines:
            month = line.date_planned.month
            if line.reason == "spread":
                self.assertEqual(month, 7)
            elif line.reason == "filled":
                self.assertEqual(load[month], self.helene_member.monthly_min)
            else:
                self.assertEqual(line.reason, "full")
                nearer = {6, 7} if month in (5, 9) else {7}
                self.assertTrue(all(load[other] == 4 for other in nearer), line.date_planned)
        self.assertEqual({line.reason for line in lines}, {"spread", "full", "filled"})

    def test_reasons_are_told_in_the_readers_language(self):
        told = dict(self.env["relationship.plan.line"].with_context(lang="fr_FR").fields_get()["reason"]["selection"])
        self.assertEqual(told["spread"], "Environ un par semaine")
        self.assertEqual(told["full"], "Aucun mois plus proche n'a de place")
        self.assertEqual(told["filled"], "Pour que le mois en ait assez")
        self.assertEqual(told["city"], "Avec une autre visite dans la même ville")

    def test_lines_may_be_left_out_and_what_is_pinned_stays(self):
        partners = self.create_met(6)
        self.unlevel(partners)
        pinned = self.renewal_of(partners[0]).with_user(self.helene)
        pinned.date_deadline = "2026-08-20"
        wizard = self.level()
        self.assertNotIn(pinned, wizard.line_ids.activity_id)
        left_out = wizard.line_ids[0]
        left_out.keep = False
        renewal, before = left_out.activity_id, left_out.date_current
        wizard.action_apply()
        self.assertEqual(renewal.date_deadline, before)
        self.assertEqual(pinned.date_deadline, date(2026, 8, 20))

    def test_what_was_moved_is_counted_and_shown(self):
        self.unlevel(self.create_met(9, days_ago=61))
        for user, name, is_narrowed in (
            (self.helene, "My renewals", True),
            (self.organiser, "The team's renewals", False),
        ):
            wizard = self.level(user=user)
            wizard.line_ids[4:].keep = False
            self.env["mail.activity"].browse(wizard.line_ids[0].activity_id.id).date_deadline = "2026-10-05"  # by hand
            action = wizard.action_apply()
            message = "Contacts moved: 3. Changed since the preview, and left as they are: 1."
            self.assertEqual(action["params"]["message"], message)
            self.assertEqual(action["params"]["next"]["res_model"], "mail.activity")
            self.assertEqual(action["params"]["next"]["name"], name)
            self.assertEqual(bool(safe_eval(str(action["params"]["next"]["context"]))), is_narrowed)

    def test_a_contact_that_was_made_meanwhile_is_not_moved(self):
        partners = self.create_met(6)
        self.unlevel(partners)
        wizard = self.level()
        partner = wizard.line_ids[0].partner_id
        self.meet(partner)
        after = partner.relationship_next_contact_date
        wizard.action_apply()
        self.assertEqual(partner.relationship_next_contact_date, after)

    def test_what_happened_since_the_preview_is_not_taken_back(self):
        """An attempt, an absence over the planned day, another cadence, another owner: each stays as it made it."""
        self.unlevel(self.create_met(9, days_ago=61))
        wizard = self.level()
        tried, away, slower, passed, *others = wizard.line_ids
        self.renewal_of(tried.partner_id).with_user(self.helene).action_no_answer()
        day = away.date_planned
        self.env["relationship.closure"].with_user(self.helene).create(
            {"name": "Away", "user_id": self.helene.id, "date_from": day, "date_to": day}
        )
        slower.partner_id.with_user(self.helene).relationship_cadence_id = self.quarterly
        passed.partner_id.with_user(self.organiser).relationship_owner_id = self.marc
        stayed = [line.activity_id for line in (tried, away, slower, passed)]
        before = [renewal.date_deadline for renewal in stayed]
        planned = {line.activity_id: line.date_planned for line in others}
        message = wizard.action_apply()["params"]["message"]
        self.assertEqual(message, f"Contacts moved: {len(others)}. Changed since the preview, and left as they are: 4.")
        self.assertEqual([renewal.date_deadline for renewal in stayed], before)
        self.assertEqual({renewal: renewal.date_deadline for renewal in planned}, planned)

    def test_a_plan_of_yesterday_puts_nothing_in_the_past(self):
        self.unlevel(self.create_met(9, days_ago=61))
        wizard = self.level()
        first = wizard.line_ids[0]
        renewal, before = first.activity_id, first.date_current
        with freeze_time(first.date_planned + timedelta(days=1)):
            wizard.action_apply()
        self.assertEqual(renewal.date_deadline, before)

    def test_a_big_plan_is_applied_by_a_job_that_can_be_killed_anywhere(self):
        partners = self.create_met(9, days_ago=61)
        self.unlevel(partners)
        wizard = self.level(user=self.organiser)
        planned = {line.partner_id: line.date_planned for line in wizard.line_ids}
        self.assertGreater(len(planned), 3)

        def moved():
            return sum(partner.relationship_next_contact_date == day for partner, day in planned.items())

        job = self.env.ref("shifters_relations.cron_apply_plan")
        killed = patch.object(type(wizard), "_apply_batch", side_effect=KeyboardInterrupt)
        with patch("odoo.addons.shifters_relations.wizards.relationship_plan.BATCH", 2):
            action = wizard.action_apply()
            self.assertEqual(moved(), 2, "the first batch moves at once")
            self.assertIn("still being moved", action["params"]["message"])
            self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)]))
            with killed, self.assertRaises(KeyboardInterrupt), self.enter_registry_test_mode():
                job.with_context(lang=None).method_direct_trigger()
            self.assertEqual(moved(), 2)
            with self.enter_registry_test_mode():
                job.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(moved(), len(planned))
        self.assertFalse(wizard.line_ids)
        self.assertFalse(wizard.is_applying)

    def test_a_job_that_fails_keeps_its_lines_and_tries_again(self):
        self.unlevel(self.create_met(6, days_ago=61))
        wizard = self.level()
        wizard.sudo().is_applying = True
        job = self.env.ref("shifters_relations.cron_apply_plan")
        fails = patch.object(type(wizard), "_apply_batch", side_effect=ValueError("busy"))
        logger = "odoo.addons.shifters_relations.models.team.ir_cron"
        rollback = patch.object(self.env.cr, "rollback")
        with fails, rollback, self.assertLogs(logger, "ERROR"), patch.object(self.env.cr, "commit"):
            self.env["relationship.plan"]._cron_apply()
        self.assertTrue(wizard.is_applying)
        self.assertTrue(wizard.line_ids)
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)]))

    def test_the_job_has_the_rights_of_who_applies(self):
        partners = self.create_met(6, days_ago=61)
        self.unlevel(partners)
        wizard = self.level()
        theirs = self.create_target("Marc's", owner=self.marc)
        before = self.renewal_of(theirs).date_deadline
        wizard.sudo().write({"member_ids": [(4, self.marc_member.id)], "is_applying": True})
        wizard.line_ids[0].activity_id = self.renewal_of(theirs)
        logger = "odoo.addons.shifters_relations.wizards.relationship_plan"
        with self.assertLogs(logger, "WARNING"), self.enter_registry_test_mode():
            self.env.ref("shifters_relations.cron_apply_plan").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.renewal_of(theirs).date_deadline, before)
        self.assertFalse(wizard.is_applying, "the job does not try again")

    def test_nothing_falls_on_a_closed_day(self):
        self.env["relationship.closure"].with_user(self.helene).create(
            {"name": "Walk", "date_from": "2026-09-01", "date_to": "2026-09-30", "user_id": self.helene.id}
        )
        partners = self.create_met(4)
        self.level().action_apply()
        is_closed = self.env["relationship.closure"]._get_is_closed(self.helene)[self.helene.id]
        for partner in partners:
            day = partner.relationship_next_contact_date
            self.assertLess(day.weekday(), 5)
            self.assertFalse(is_closed(day), day)
            self.assertNotIn(day.month, (8, 9))

    def test_what_is_validated_on_one_day_is_not_due_on_one_day(self):
        partners = self.env["res.partner"].union(*(self.create_target(f"Met {number}") for number in range(4)))
        for partner in partners:
            self.meet(partner)
        days = self.spread(partners)
        self.assertEqual(days[0].replace(day=1), days[-1].replace(day=1))
        self.assertEqual(len({day.isocalendar()[:2] for day in days}), 4, days)

    def test_validating_places_the_next_in_the_plan_without_moving_the_others(self):
        partners = self.create_met(4, days_ago=30)  # 9 February: due around 9 August, which is closed
        for partner, day in zip(partners, ("2026-09-08", "2026-09-09", "2026-09-10", "2026-09-14"), strict=True):
            self.renewal_of(partner).write({"date_deadline": day, "relationship_pinned": False})
        before = [partner.relationship_next_contact_date for partner in partners]
        fifth = self.create_target("Fifth")
        self.meet(fifth)  # due on 11 September, a month that has its four
        self.assertNotEqual(fifth.relationship_next_contact_date.month, 9)
        self.assertLess(abs(fifth.relationship_next_contact_date - date(2026, 9, 11)), timedelta(days=45))
        self.assertEqual([partner.relationship_next_contact_date for partner in partners], before)
        self.assertIn("by the plan", self.renewal_of(fifth).with_user(self.helene).relationship_reason)

    def test_it_says_by_how_much_it_does_not_fit_and_what_would(self):
        for number in range(31):
            self.create_target(f"T{number}")
        message = self.level().message
        self.assertIn("31 organisations make 5.2 contacts a month. 24 would fit", message)
        self.assertIn("every 7.8 months", message)
        self.create_target("Marc's", owner=self.marc)
        self.assertIn("make only 0.2 contacts a month", self.level(self.marc_member, self.organiser).message)

    def test_a_contact_member_levels_her_own_and_organisers_all(self):
        for members in (self.marc_member, self.marc_member | self.helene_member):
            with self.assertRefused(AccessError, "your own portfolio"):
                self.level(members)
            self.level(members, self.organiser)
        wizard = self.level()
        wizard.sudo().member_ids = self.marc_member
        with self.assertRefused(AccessError):
            wizard.action_apply()

    def test_a_forged_line_moves_nothing_of_others(self):
        partner = self.create_target("Marc's", owner=self.marc)
        activity = self.renewal_of(partner)
        before = activity.date_deadline
        wizard = self.level()
        self.env["relationship.plan.line"].with_user(self.helene).create(
            {"plan_id": wizard.id, "activity_id": activity.id, "date_planned": "2026-12-01", "channel": "phone"}
        )
        wizard.action_apply()
        self.assertEqual(activity.date_deadline, before)

    def test_planning_the_team_costs_a_number_of_queries_that_does_not_depend_on_it(self):
        counts = []
        for size in (3, 4, 8):
            members = self.env["relationship.member"]
            for number in range(size):
                member = self.create_member(f"member{size}x{number}", "contact")
                members |= member
                self.env["res.partner"].create(
                    [
                        {
                            "name": f"{size} {number} {target}",
                            "is_company": True,
                            "relationship_stage": "target",
                            "relationship_owner_id": member.user_id.id,
                        }
                        for target in range(5)
                    ]
                )
            self.env.flush_all()
            self.env.invalidate_all()
            wizard = self.env["relationship.plan"].with_user(self.organiser).create({"member_ids": members.ids})
            before = self.env.cr.sql_log_count
            list(wizard._compute_plans())
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2], "the first one reads what the others find cached")

    def test_levelling_costs_the_same_for_any_portfolio(self):
        gc.disable()  # an environment that is collected meanwhile reads its company and its time zone again
        self.addCleanup(gc.enable)
        previews, applications = [], []
        for number, size in enumerate((5, 6, 20)):
            member = self.create_member(f"of {size}", "contact", monthly_min=1, monthly_max=1)
            self.unlevel(self.create_met(size, days_ago=40 + number, relationship_owner_id=member.user_id.id))
            wizard = self.env["relationship.plan"].with_user(self.organiser).create({"member_ids": member.ids})
            for counts, act in ((previews, wizard.action_preview), (applications, wizard.action_apply)):
                self.env.flush_all()
                self.env.cr.precommit.run()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                act()
                self.env.flush_all()
                self.env.cr.precommit.run()
                counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(previews[1], previews[2], previews)
        self.assertEqual(applications[1], applications[2], applications)


@tagged("post_install", "-at_install")
class TestClosure(RelationshipCase):
    def test_holidays_of_france_absences_and_the_turn_of_the_year(self):
        self.env["relationship.closure"].with_user(self.helene).create(
            {"name": "Walk", "date_from": "2026-05-18", "date_to": "2026-05-22", "user_id": self.helene.id}
        )
        is_closed = self.env["relationship.closure"]._get_is_closed(self.helene | self.marc)
        for day in ("2026-04-06", "2026-05-01", "2026-05-14", "2027-03-29", "2026-08-15", "2030-12-28", "2031-01-02"):
            self.assertTrue(is_closed[self.marc.id](date.fromisoformat(day)), day)
        for day in ("2026-04-07", "2026-09-01", "2026-12-18", "2027-01-04"):
            self.assertFalse(is_closed[self.marc.id](date.fromisoformat(day)), day)
        self.assertTrue(is_closed[self.helene.id](date(2026, 5, 20)))
        self.assertFalse(is_closed[self.marc.id](date(2026, 5, 20)))

    def test_days_of_every_year_are_the_same_dates_whatever_february_does(self):
        closures = self.env["relationship.closure"]
        for first, last, closed, opened in (
            ("2028-02-29", "2028-02-29", "2028-02-29 2032-02-29 2029-02-28", "2028-02-28 2032-02-28 2029-03-01"),
            (
                "2028-02-28",
                "2028-03-01",
                "2028-02-29 2028-03-01 2029-02-28 2029-03-01 2032-02-28 2032-03-01",
                "2028-03-02 2029-02-27 2029-03-02 2032-03-02",
            ),
            ("2027-02-28", "2027-03-01", "2028-02-28 2028-02-29 2028-03-01", "2028-02-27 2028-03-02"),
            ("2028-02-20", "2028-02-29", "2029-02-28 2032-02-29", "2029-03-01 2032-03-01"),
            ("2027-12-24", "2028-03-01", "2028-12-24 2029-03-01 2032-02-29 2032-03-01", "2029-03-02 2032-03-02"),
        ):
            contains = closures.create({"name": "X", "date_from": first, "date_to": last, "yearly": True})._get_days()
            for day in closed.split():
                self.assertTrue(contains(date.fromisoformat(day)), f"{day} of {first} to {last}")
            for day in opened.split():
                self.assertFalse(contains(date.fromisoformat(day)), f"{day} of {first} to {last}")

    def test_members_keep_their_own_absences_only(self):
        Closure = self.env["relationship.closure"]
        values = {"name": "X", "date_from": TODAY, "date_to": TODAY}
        for user, whose in ((self.helene, False), (self.helene, self.marc.id), (self.organiser, False)):
            with self.assertRefused(AccessError):
                Closure.with_user(user).create({**values, "user_id": whose})
        Closure.with_user(self.pilot).create(values)
