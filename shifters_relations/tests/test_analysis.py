from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TODAY, RelationshipCase

MODELS = ("relationship.analysis", "relationship.coverage.trend", "relationship.load")


@tagged("post_install", "-at_install")
class TestAnalysis(RelationshipCase):
    """The pictures of the team's work: contacts, trend, load (R4)."""

    def rows(self, partner, model="relationship.analysis", user=None, **conditions):
        domain = [("partner_id", "=", partner.id), *((name, "=", value) for name, value in conditions.items())]
        self.env.invalidate_all()
        return self.env[model].with_user(user or self.organiser).search(domain)

    def test_each_contact_that_took_place_counts_once(self):
        partner = self.create_target(relationship_sector_id=self.environment.id)
        self.meet(partner, days_ago=60, channel="in_person")
        self.meet(partner, days_ago=5, channel="phone")
        self.write_synthesis(partner)  # a draft is no contact
        latest, first = self.rows(partner, kind="done")
        self.assertEqual((first.channel, first.is_first, first.user_id), ("in_person", True, self.helene))
        self.assertEqual((latest.channel, latest.is_first, latest.date), ("phone", False, date(2026, 3, 6)))
        self.assertEqual((latest.owner_id, latest.sector_id), (self.helene, self.environment))

    def test_the_open_renewal_is_what_is_planned(self):
        partner = self.create_target()
        planned = self.rows(partner, kind="planned")
        self.assertEqual(planned.date, self.renewal_of(partner).date_deadline)
        self.assertEqual((planned.user_id, planned.is_first), (self.helene, True))
        self.meet(partner)
        planned = self.rows(partner, kind="planned")
        self.assertEqual(planned.date, self.renewal_of(partner).date_deadline)
        self.assertEqual((planned.channel, planned.is_first), ("in_person", False))
        self.renewal_of(partner).date_deadline = "2026-03-10"
        self.assertFalse(self.rows(partner, kind="planned"))
        self.assertEqual(self.rows(partner, kind="late").date, date(2026, 3, 10), "what is past is not to come")
        partner.relationship_stage = "paused"
        self.assertFalse(self.rows(partner, kind="planned") or self.rows(partner, kind="late"))
        self.assertEqual(len(self.rows(partner, kind="done")), 1)

    def test_contacts_are_grouped_by_month(self):
        partner = self.create_target()
        for days_ago in (1, 2, 40):
            self.meet(partner, days_ago=days_ago)
        groups = (
            self.env["relationship.analysis"]
            .with_user(self.organiser)
            ._read_group([("partner_id", "=", partner.id), ("kind", "=", "done")], ["date:month", "kind"], ["__count"])
        )
        self.assertEqual(groups, [(date(2026, 1, 1), "done", 1), (date(2026, 3, 1), "done", 2)])

    def test_how_a_target_stood_at_each_month_s_end(self):
        partner = self.create_target()
        self.meet(partner, days_ago=250)  # the 4th of July: half a year of it ends in January
        trend = {row.date: row.coverage for row in self.rows(partner, "relationship.coverage.trend")}
        self.assertEqual(len(trend), 12)
        self.assertEqual(min(trend), date(2025, 4, 30))
        self.assertEqual(max(trend), TODAY)
        self.assertEqual(trend[date(2025, 6, 30)], "never")
        self.assertEqual(trend[date(2025, 7, 31)], "covered")
        self.assertEqual(trend[date(2025, 12, 31)], "covered")
        self.assertEqual(trend[date(2026, 1, 31)], "late")
        self.assertEqual(trend[TODAY], partner.relationship_coverage)
        self.meet(partner)
        trend = {row.date: row.coverage for row in self.rows(partner, "relationship.coverage.trend")}
        self.assertEqual((trend[date(2026, 2, 28)], trend[TODAY]), ("late", "covered"))
        partner.relationship_stage = "candidate"
        self.assertFalse(self.rows(partner, "relationship.coverage.trend"))

    def load(self, user):
        rows = self.env["relationship.load"].with_user(self.organiser).search([("user_id", "=", user.id)])
        return {row.kind: row.number for row in rows}

    def test_each_member_s_targets_beside_what_was_agreed(self):
        self.create_target("One")
        self.create_target("Two")
        self.create_target("Waits", relationship_stage="candidate")
        self.helene_member.capacity_max = 20
        self.assertEqual(self.load(self.helene), {"carries": 2, "least": 10, "most": 20})
        self.assertEqual(self.load(self.marc), {"carries": 0, "least": 10, "most": 25})
        self.assertEqual(self.load(self.organiser), {}, "who keeps no portfolio is not in the picture")

    def test_the_targets_of_who_has_left_stay_in_the_picture(self):
        self.create_target("One", owner=self.marc)
        self.marc_member.date_end = date(2026, 3, 10)
        self.assertEqual(self.load(self.marc), {"carries": 1})

    def test_organisers_and_pilot_see_the_figures_and_nobody_else(self):
        partner = self.create_target()
        self.meet(partner)
        for user in (self.organiser, self.pilot):
            for model in MODELS:
                with self.subTest(user=user.name, model=model):
                    rows = self.env[model].with_user(user).search([])
                    self.assertTrue(rows)
                    for operation in ("write", "create", "unlink"):
                        self.assertFalse(rows.has_access(operation))
        for user in (self.helene, self.outsider, self.env.ref("base.public_user"), self.env.ref("base.user_admin")):
            for model in MODELS:
                with self.subTest(user=user.name, model=model), self.assertRefused(AccessError):
                    self.env[model].with_user(user).search([])
            rows = self.rows(partner)
            with self.assertRefused(AccessError):
                rows.with_user(user).read(["date"])

    def test_the_organisations_of_a_company_that_one_may_not_read_are_not_counted(self):
        partner = self.create_target(owner=self.marc)
        self.meet(partner)
        rows = self.rows(partner)
        self.assertEqual(len(rows), 2)
        self.marc.company_ids |= (company := self.env["res.company"].create({"name": "Another company"}))
        partner.company_id = company
        self.assertFalse(self.rows(partner))
        self.assertFalse(self.rows(partner, "relationship.coverage.trend"))
        self.assertFalse(rows.with_user(self.organiser).exists())

    def test_a_row_opens_its_organisation(self):
        partner = self.create_target()
        self.assertEqual(self.rows(partner).action_open_organisation()["res_id"], partner.id)

    def test_the_pictures_cost_the_same_for_2_and_60_organisations(self):
        asked = {
            "relationship.analysis": ["date:month", "kind"],
            "relationship.coverage.trend": ["date:month", "coverage"],
            "relationship.load": ["user_id", "kind"],
        }

        figures = {model: self.env[model].with_user(self.organiser) for model in MODELS}

        def count_queries(model):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            figures[model].formatted_read_group([], asked[model], ["__count"])
            return self.env.cr.sql_log_count - before

        self.meet(self.create_target("One"))
        few = {model: (count_queries(model), count_queries(model))[1] for model in MODELS}
        for number in range(60):
            self.create_target(f"Target {number}", owner=self.marc if number % 2 else self.helene)
        self.assertEqual({model: count_queries(model) for model in MODELS}, few)
        self.assertLessEqual(max(few.values()), 6)
