from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestCoverage(RelationshipCase):
    """The coverage map: sectors beside types (Q8)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.union = cls.env["relationship.organisation.type"].create({"name": "Test union", "sequence": 1})
        cls.club = cls.env["relationship.organisation.type"].create({"name": "Test club", "sequence": 2})
        cls.water = cls.env["relationship.sector"].create({"name": "Test water", "parent_id": cls.environment.id})
        cls.river = cls.env["relationship.sector"].create({"name": "Test river", "parent_id": cls.water.id})

    def place(self, name, sector, kind, **values):
        """A target in a cell of the map."""
        values = {"relationship_sector_id": sector.id, "relationship_type_id": kind.id, **values}
        return self.create_target(name, **values)

    def get_map(self, user=None):
        return self.env["res.partner"].with_user(user or self.helene).relationship_get_coverage()

    def numbers(self, sector, kind, user=None):
        """What a cell counts, without the zeros; None where there is no organisation."""
        row = next(row for row in self.get_map(user)["rows"] if row["id"] == sector.id)
        return self.simplify(row["cells"].get(kind.id))

    def simplify(self, numbers):
        return numbers and {state: count for state, count in numbers.items() if count}

    def search_coverage(self, *states):
        return self.env["res.partner"].with_user(self.helene).search([("relationship_coverage", "in", states)])

    def test_each_state_is_counted_once(self):
        covered = self.place("Covered", self.water, self.union)
        self.meet(covered, days_ago=30)
        late = self.place("Late", self.water, self.union)
        self.meet(late, days_ago=250)
        never = self.place("Never", self.water, self.union)
        candidate = self.place("Candidate", self.water, self.union, relationship_stage="candidate")
        self.place("Paused", self.water, self.union, relationship_stage="paused")
        self.place("Closed", self.water, self.union, relationship_stage="closed")
        self.place("Archived", self.water, self.union).active = False
        self.assertEqual(self.numbers(self.water, self.union), {"covered": 1, "late": 1, "never": 1, "candidate": 1})
        self.assertIsNone(self.numbers(self.water, self.club))
        for state, partner in (("covered", covered), ("late", late), ("never", never), ("candidate", candidate)):
            with self.subTest(state=state):
                self.assertEqual(partner.with_user(self.helene).relationship_coverage, state)
                found = self.search_coverage(state).filtered(lambda each: each.relationship_sector_id == self.water)
                self.assertEqual(found, partner)

    def test_who_is_nothing_on_the_map_is_found_too(self):
        paused = self.place("Paused", self.water, self.union, relationship_stage="paused")
        self.assertFalse(paused.relationship_coverage)
        domain = [("relationship_coverage", "=", False), ("relationship_sector_id", "=", self.water.id)]
        self.assertEqual(self.env["res.partner"].with_user(self.helene).search(domain), paused)

    def test_the_day_that_the_cadence_ends_still_counts(self):
        partner = self.place("On the day", self.water, self.union, relationship_cadence_id=self.quarterly.id)
        self.meet(partner, days_ago=(TODAY - TODAY.replace(year=2025, month=12)).days)
        self.assertEqual(self.numbers(self.water, self.union), {"covered": 1})
        partner.relationship_cadence_id.write({"interval_count": 12, "interval_unit": "weeks"})
        self.assertEqual(self.numbers(self.water, self.union), {"late": 1})
        self.assertEqual(partner.relationship_coverage, "late")
        partner.relationship_cadence_id = False  # then the usual one, six months
        self.assertEqual(self.numbers(self.water, self.union), {"covered": 1})
        self.assertEqual(partner.relationship_coverage, "covered")

    def test_a_sector_counts_its_whole_branch(self):
        self.place("Of the sector", self.environment, self.union)
        self.place("Of the sub-sector", self.water, self.union)
        self.place("Below", self.river, self.club, relationship_stage="candidate")
        self.assertEqual(self.numbers(self.environment, self.union), {"never": 2})
        self.assertEqual(self.numbers(self.environment, self.club), {"candidate": 1})
        self.assertEqual(self.numbers(self.water, self.union), {"never": 1})
        rows = self.get_map()["rows"]
        row = next(row for row in rows if row["id"] == self.environment.id)
        self.assertEqual(self.simplify(row["total"]), {"never": 2, "candidate": 1})
        ids = [row["id"] for row in rows]
        place = ids.index(self.environment.id)
        self.assertEqual(ids[place : place + 3], [self.environment.id, self.water.id, self.river.id])
        self.assertEqual([row["depth"] for row in rows[place : place + 3]], [0, 1, 2])

    def test_totals_add_up(self):
        self.place("One", self.water, self.union)
        self.place("Two", self.environment, self.club)
        coverage = self.get_map()
        roots = [row for row in coverage["rows"] if not row["parent_id"] and row["total"]]
        for state, count in coverage["total"].items():
            self.assertEqual(sum(row["total"][state] for row in roots), count)
            self.assertEqual(sum(cell[state] for cell in coverage["cells"].values()), count)

    def test_who_has_no_sector_or_type_is_not_forgotten(self):
        self.create_target("Nowhere")
        coverage = self.get_map()
        self.assertEqual(coverage["types"][-1], {"id": False, "name": "Without a type"})
        self.assertEqual(coverage["rows"][-1]["name"], "Without a sector")
        self.assertGreaterEqual(coverage["rows"][-1]["cells"][False]["never"], 1)

    def test_archived_sectors_and_types_are_shown_while_they_hold_somebody(self):
        self.place("Held", self.river, self.club)
        (self.river | self.water).active = False
        self.club.active = self.union.active = False
        self.assertEqual(self.numbers(self.river, self.club), {"never": 1})
        coverage = self.get_map()
        self.assertNotIn(self.union.id, [kind["id"] for kind in coverage["types"]])
        self.env["res.partner"].search([("name", "=", "Held")]).relationship_stage = "closed"
        ids = [row["id"] for row in self.get_map()["rows"]]
        self.assertNotIn(self.river.id, ids)
        self.river.active = True
        self.assertIn(self.water.id, [row["id"] for row in self.get_map()["rows"]], "it leads to the river")

    def test_members_see_the_map_and_nobody_else(self):
        self.place("One", self.water, self.union)
        for user in (self.helene, self.organiser, self.pilot):
            self.assertEqual(self.numbers(self.water, self.union, user), {"never": 1})
        for user in (self.outsider, self.env.ref("base.public_user"), self.env.ref("base.user_admin")):
            with self.assertRefused(AccessError):
                self.get_map(user)
            with self.assertRefused(AccessError):
                self.env["res.partner"].with_user(user).search([("relationship_coverage", "=", "late")])

    def test_what_a_member_may_not_read_is_not_counted(self):
        company = self.env["res.company"].create({"name": "Another company"})
        self.place("One", self.water, self.union)
        self.marc.company_ids |= company
        hidden = self.place("Hidden", self.water, self.union)
        hidden.relationship_owner_id = self.marc
        hidden.company_id = company
        self.assertEqual(self.numbers(self.water, self.union), {"never": 1})
        self.helene.company_ids = [Command.link(company.id)]
        allowed = self.env["res.partner"].with_user(self.helene)
        allowed = allowed.with_context(allowed_company_ids=(self.env.company | company).ids)
        row = next(row for row in allowed.relationship_get_coverage()["rows"] if row["id"] == self.water.id)
        self.assertEqual(self.simplify(row["total"]), {"never": 2})

    def test_the_map_costs_the_same_with_200_sectors_and_12_types(self):
        Partner = self.env["res.partner"].with_user(self.helene)  # one environment: it keeps the time zone

        def count_queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Partner.relationship_get_coverage()
            return self.env.cr.sql_log_count - before

        self.place("One", self.river, self.union)
        count_queries()
        few = count_queries()
        roots = self.env["relationship.sector"].create([{"name": f"Root {number}"} for number in range(20)])
        sectors = self.env["relationship.sector"].create(
            [{"name": f"Branch {number}", "parent_id": roots[number % 20].id} for number in range(60)]
        )
        types = self.env["relationship.organisation.type"].create([{"name": f"Type {number}"} for number in range(12)])
        self.env["res.partner"].create(
            [
                {
                    "name": f"Organisation {number}",
                    "is_company": True,
                    "relationship_stage": "candidate",
                    "relationship_sector_id": sectors[number % 60].id,
                    "relationship_type_id": types[number % 12].id,
                }
                for number in range(120)
            ]
        )
        count_queries()  # new choices are kept in memory again
        self.assertEqual(count_queries(), few)
        self.assertLessEqual(few, 7)

    def test_who_is_reached_is_joined_and_not_looked_for_one_by_one(self):
        """A plan of a query for each row, which at 100,000 organisations of networks ran for minutes."""
        partners, asked = self.env["res.partner"].with_user(self.helene), []
        execute_query = type(self.env).execute_query

        def remember(env, query):
            asked.append(query)
            return execute_query(env, query)

        with patch.object(type(self.env), "execute_query", remember):
            partners._relationship_count_coverage()
        plan = "\n".join(line for (line,) in self.env.execute_query(SQL("EXPLAIN %s", asked[-1])))
        self.assertIn("Recursive Union", plan)
        self.assertNotIn("SubPlan", plan)

    def test_the_client_may_ask_a_replica(self):
        self.assertTrue(self.env["res.partner"].relationship_get_coverage._readonly)
