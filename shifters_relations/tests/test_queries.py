import logging
from contextlib import contextmanager
from datetime import timedelta

from odoo.tests import tagged

from .common import TODAY, RelationshipCase

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestQueries(RelationshipCase):
    """Speed, counted in SQL queries, those of precommit included."""

    @contextmanager
    def counting(self, counts, key):
        """Count the queries of a block as they leave for the database, and those of precommit."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        yield
        self.env.flush_all()
        self.env.cr.precommit.run()
        counts[key] = self.env.cr.sql_log_count - before

    def create_organisations(self, count, **values):
        return self.env["res.partner"].create(
            [
                {
                    "name": f"Organisation {number}",
                    "is_company": True,
                    "relationship_stage": "candidate",
                    "relationship_owner_id": self.helene.id,
                    **values,
                }
                for number in range(count)
            ]
        )

    def measure(self, count):
        """Queries of the three acts of the loop on a number of organisations."""
        counts = {}
        partners = self.create_organisations(count).with_user(self.organiser)
        with self.counting(counts, "candidates become targets"):
            partners.action_relationship_make_target()
        with self.counting(counts, "the owner changes"):
            partners.write({"relationship_owner_id": self.marc.id})
        syntheses = self.env["relationship.synthesis"].create(
            [
                {"partner_id": partner.id, "date": TODAY - timedelta(days=partner.id % 50), "summary": "<p>Said</p>"}
                for partner in partners
            ]
        )
        with self.counting(counts, "syntheses are validated"):
            syntheses.with_user(self.organiser).action_validate()
        renewals = self.env["mail.activity"].search([("relationship_partner_id", "in", partners.ids)])
        self.assertEqual(len(renewals), count)
        return counts

    def test_the_loop_costs_the_same_for_ten_and_a_thousand(self):
        self.measure(2)  # warm the registry's caches
        few, many = self.measure(10), self.measure(1000)
        _logger.info("Queries of the loop for 10 and for 1,000: %s", {act: (few[act], many[act]) for act in few})
        for act in few:
            with self.subTest(act=act):
                self.assertLessEqual(few[act], 60)
                # Odoo writes new rows by the hundred: messages, followers, activities.
                self.assertLessEqual(many[act] - few[act], 7 * 1000 // 100, f"{few[act]} for 10, {many[act]} for 1,000")

    def create_history(self, count):
        partner = self.create_organisations(1, relationship_stage="target")
        self.env["relationship.synthesis"].create(
            [
                {"partner_id": partner.id, "date": TODAY - timedelta(days=number + 1), "summary": "x", "state": "done"}
                for number in range(count)
            ]
        )
        return partner

    def test_opening_an_organisation_costs_the_same_with_5_and_500_syntheses(self):
        view = self.env.ref("shifters_relations.res_partner_view_form")
        Partner = self.env["res.partner"].with_user(self.helene)
        arch = Partner.get_view(view.id, "form")["arch"]
        specification = {name: {} for name in Partner._fields if f'name="{name}"' in arch}
        counts = {}
        for count in (5, 5, 500):
            partner = self.create_history(count)
            with self.counting(counts, count):
                partner.with_user(self.helene).web_read(specification)
        self.assertEqual(counts[500], counts[5], counts)

    def test_validating_costs_the_same_with_5_and_500_syntheses(self):
        counts = {}
        for count in (5, 5, 500):
            partner = self.create_history(count)
            synthesis = self.env["relationship.synthesis"].with_user(self.helene)
            synthesis = synthesis.create({"partner_id": partner.id, "date": TODAY, "summary": "Said"})
            with self.counting(counts, count):
                synthesis.action_validate()
        self.assertEqual(counts[500], counts[5], counts)
        self.assertLessEqual(counts[500], 40)
        _logger.info("Queries of a validation, of the next contact's planning included: %s", counts[500])

    def test_printing_sheets_costs_the_same_for_2_and_20(self):
        counts = {}
        for count in (2, 2, 20):
            partners = self.create_organisations(count, relationship_stage="target")
            self.env["relationship.synthesis"].create(
                [{"partner_id": partner.id, "date": TODAY, "summary": "x", "state": "done"} for partner in partners]
            )
            sheets = self.env["report.shifters_relations.preparation_page"].with_user(self.helene)
            with self.counting(counts, count):
                sheets._get_sheets(partners.with_user(self.helene))
        self.assertEqual(counts[20], counts[2], counts)

    def test_opening_the_portfolio_costs_the_same_for_any_number_of_rows(self):
        partners = self.create_organisations(80, relationship_stage="target")
        self.env["relationship.synthesis"].create(
            [
                {"partner_id": partner.id, "date": TODAY - timedelta(days=2 * number), "summary": "x", "state": "done"}
                for number, partner in enumerate(partners)
            ]
        )
        Partner = self.env["res.partner"].with_user(self.helene).with_context(lang="en_US")
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations.res_partner_portfolio_action")
        views = Partner.get_views([(view_id, mode) for view_id, mode in action["views"]])
        counts = {}
        for mode in ("kanban", "list"):
            fields = [name for name in Partner._fields if f'name="{name}"' in views["views"][mode]["arch"]]
            specification = {name: {} for name in fields}
            domain = [("relationship_owner_id", "=", self.helene.id), ("relationship_stage", "=", "target")]
            for limit in (5, 5, 80):
                with self.counting(counts, limit):
                    rows = Partner.web_search_read(domain, specification, limit=limit, order="relationship_due_state")
                self.assertEqual(len(rows["records"]), limit)
            self.assertEqual(counts[80], counts[5], f"{mode}: {counts}")
            with self.counting(counts, "groups"):
                Partner.web_read_group(
                    domain, ["relationship_due_state"], [], auto_unfold=True, unfold_read_specification=specification
                )
            self.assertLessEqual(counts["groups"], 40)
