import logging
from contextlib import contextmanager
from datetime import timedelta

from odoo.exceptions import MissingError
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

    def test_the_loop_costs_the_same_for_ten_and_a_hundred(self):
        self.measure(2)  # warm the registry's caches
        few, many = self.measure(10), self.measure(100)
        _logger.info("Queries of the loop for 10 and for 100: %s", {act: (few[act], many[act]) for act in few})
        for act in few:
            with self.subTest(act=act):
                self.assertLessEqual(few[act], 60)
                # Odoo writes new rows by the hundred: messages, followers, activities.
                self.assertLessEqual(many[act] - few[act], 7, f"{few[act]} for 10, {many[act]} for 100")

    def create_history(self, count):
        partner = self.create_organisations(1, relationship_stage="target")
        self.env["relationship.synthesis"].create(
            [
                {"partner_id": partner.id, "date": TODAY - timedelta(days=number + 1), "summary": "x", "state": "done"}
                for number in range(count)
            ]
        )
        return partner

    def test_opening_an_organisation_costs_the_same_with_5_and_100_syntheses(self):
        view = self.env.ref("shifters_relations.res_partner_view_form")
        Partner = self.env["res.partner"].with_user(self.helene)
        arch = Partner.get_view(view.id, "form")["arch"]
        specification = {name: {} for name in Partner._fields if f'name="{name}"' in arch}
        counts = {}
        for count in (5, 5, 100):
            partner = self.create_history(count)
            with self.counting(counts, count):
                partner.with_user(self.helene).web_read(specification)
        self.assertEqual(counts[100], counts[5], counts)
        self.assertLessEqual(counts[100], 20)
        _logger.info("Queries of an organisation's form: %s", counts[100])

    def test_lists_that_are_read_together_are_those_that_are_read_one_by_one(self):
        """With the rights on their lines, and in their order."""
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        one, *heads = self.create_organisations(3)
        heads[1].company_id = elsewhere
        self.env["relationship.affiliation"].create(
            [{"organisation_id": one.id, "umbrella_id": head.id} for head in heads]
        )
        names = ("Zoé", "Ada", "Gone")
        persons = self.env["res.partner"].create([{"name": name, "parent_id": one.id} for name in names])
        persons[2].active = False
        one.relationship_level = "1"
        one.relationship_level = "2"
        lists = [name for name, field in one._fields.items() if one._relationship_is_list(field)]
        lists = [name for name in lists if name.startswith(("relationship_", "child_", "user_"))]
        for user in (self.helene, self.pilot):
            both = (one + heads[0]).with_user(user)
            self.env.invalidate_all()
            together = both.read(lists)
            apart = {partner_id: {} for partner_id in both.ids}
            for name in lists:
                self.env.invalidate_all()
                for values in both.read([name]):
                    apart[values["id"]] |= values
            self.assertEqual({values["id"]: values for values in together}, apart)
            self.assertEqual(len(together[0]["relationship_affiliation_ids"]), 1, "the other head is out of sight")
            self.assertEqual(together[0]["relationship_person_ids"], (persons[1] + persons[0]).ids)
            self.assertEqual(len(together[0]["relationship_level_change_ids"]), 2)

    def test_what_people_choose_among_is_in_memory_and_true(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        cadence = self.env["relationship.cadence"].create({"name": "Often", "interval_count": 2})
        sector = self.env["relationship.sector"].create({"name": "Energy"})
        under = self.env["relationship.sector"].create({"name": "Wind", "parent_id": sector.id})
        french = under.with_context(lang="fr_FR")

        def read(expected):
            self.env.flush_all()
            found = (cadence.interval_count, cadence.display_name, under.display_name, french.display_name)
            self.env.invalidate_all()
            found_again = (cadence.interval_count, cadence.display_name, under.display_name, french.display_name)
            self.assertEqual(found, expected)
            self.assertEqual(found_again, expected)
            for most in (20, 0):  # what the user may read is asked first
                for record in (cadence, sector, under):
                    record.invalidate_recordset()
                with self.assertQueryCount(most):
                    cadence.with_user(self.helene).mapped("name")
                    french.with_user(self.helene).mapped("complete_name")

        read((2, "Often", "Energy / Wind", "Energy / Wind"))
        cadence.write({"interval_count": 3, "name": "Less often"})
        under.update_field_translations("name", {"fr_FR": "Éolien"})
        sector.update_field_translations("name", {"fr_FR": "Énergie"})
        read((3, "Less often", "Energy / Wind", "Énergie / Éolien"))
        under.parent_id = False
        read((3, "Less often", "Wind", "Éolien"))
        self.env.flush_all()
        cadence.unlink()
        with self.assertRaises(MissingError):
            cadence.name  # noqa: B018
        types = self.env["mail.activity.type"]
        first = types._relationship_get_types()["phone"]
        other = first.copy({"sequence": first.sequence - 1})
        self.assertEqual(types._relationship_get_types()["phone"], other)
        other.unlink()
        self.assertEqual(types._relationship_get_types()["phone"], first)

    def test_validating_costs_the_same_with_5_and_100_syntheses(self):
        counts = {}
        for count in (5, 5, 100):
            partner = self.create_history(count)
            synthesis = self.env["relationship.synthesis"].with_user(self.helene)
            synthesis = synthesis.create({"partner_id": partner.id, "date": TODAY, "summary": "Said"})
            with self.counting(counts, count):
                synthesis.action_validate()
        self.assertEqual(counts[100], counts[5], counts)
        self.assertLessEqual(counts[100], 24)
        _logger.info("Queries of a validation, of the next contact's planning included: %s", counts[100])

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
