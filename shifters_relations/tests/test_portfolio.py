from datetime import timedelta

from lxml import etree
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestPortfolio(RelationshipCase):
    """What people see first: their portfolio in five numbers, and the first steps of a team (R4, T1)."""

    def get_portfolio(self, user):
        return self.env["res.partner"].with_user(user).relationship_get_portfolio()

    def test_five_numbers_of_one_s_own_portfolio(self):
        late, soon, never = (self.create_target(name) for name in ("Late", "Soon", "Never"))
        self.create_target("Marc's", owner=self.marc)
        self.meet(late, days_ago=300)
        self.meet(soon, days_ago=2)
        self.renewal_of(late).date_deadline = TODAY - timedelta(days=3)
        self.renewal_of(soon).date_deadline = TODAY + timedelta(days=9)
        self.write_synthesis(never)
        self.assertEqual(
            self.get_portfolio(self.helene),
            {"overdue": 1, "due": 2, "never": 1, "drafts": 1, "waiting": 0, "month": 1, "wanted": "2-4"},
        )
        self.assertEqual(self.get_portfolio(self.marc)["never"], 1)

    def test_little_is_asked_before_the_loop_turns(self):
        """Six fields at most make a target, three a synthesis (U1); the menu begins with five entries at most (U3)."""
        values = {
            "name": "Few words",
            "is_company": True,
            "relationship_stage": "target",
            "relationship_owner_id": self.helene.id,
        }
        target = self.env["res.partner"].with_user(self.organiser).create(values)
        self.assertNextContact(target, TODAY + timedelta(days=14))
        values = {"partner_id": target.id, "date": TODAY, "channel": "phone", "summary": "<p>Hello</p>"}
        synthesis = self.env["relationship.synthesis"].with_user(self.helene).create(values)
        synthesis.action_validate()
        self.assertEqual(synthesis.state, "done")
        self.assertLessEqual(len(self.env.ref("shifters_relations.relationship_menu").child_id), 5)

    def test_who_was_never_met_counts_where_the_first_contact_is_due(self):
        targets = [self.create_target(f"New {number}") for number in range(4)]
        met = self.create_target("Met")
        self.meet(met)
        for target, days in zip([*targets, met], (-1, 0, 30, 31, 30), strict=True):
            self.renewal_of(target).date_deadline = TODAY + timedelta(days=days)
        figures = self.get_portfolio(self.helene)
        self.assertEqual((figures["overdue"], figures["due"], figures["never"]), (1, 3, 4))
        arch = self.env["res.partner"].get_view(self.env.ref("shifters_relations.res_partner_view_search").id)["arch"]
        filters = {node.get("name"): node.get("domain") for node in etree.fromstring(arch).iter("filter")}
        for name in ("overdue", "due", "never"):
            domain = [*safe_eval(filters[name]), ("relationship_owner_id", "=", self.helene.id)]
            found = self.env["res.partner"].with_user(self.helene).search_count(domain)
            self.assertEqual(found, figures[name], f"{name}: the filter of a number shows what it counts")

    def test_the_numbers_come_in_one_query(self):
        for size in (1, 30):
            for number in range(size):
                self.create_target(f"Organisation {size} {number}")
            self.get_portfolio(self.helene)
            self.env.flush_all()
            with self.assertQueryCount(1):
                self.get_portfolio(self.helene)

    def test_the_portfolio_is_the_team_s(self):
        with self.assertRefused(AccessError):
            self.get_portfolio(self.outsider)

    def test_first_steps_are_done_when_the_fact_is_there(self):
        def get_steps(user):
            return self.env["relationship.member"].with_user(user).get_first_steps()

        def done(user):
            return [step["done"] for step in get_steps(user)]

        self.env["relationship.sector"].search([]).member_id = False
        self.env["res.partner"].search([("relationship_stage", "!=", False)]).relationship_stage = False
        self.env.company.email = False
        pilot, sender, team, _invited, sectors, _organisations, levelled = range(7)
        self.assertEqual(done(self.pilot), [True, False, True, False, False, False, False])
        self.environment.member_id = self.helene_member
        self.create_target()
        self.assertFalse(done(self.pilot)[sectors], "Marc has none")
        [waits] = {step.get("whom") for step in get_steps(self.pilot) if step["name"].startswith("Give sectors")}
        self.assertIn(self.marc.name, waits, "and the step says so")
        self.assertNotIn(self.helene.name, waits)
        self.env["relationship.sector"].create({"name": "Another", "member_id": self.marc_member.id})
        self.assertEqual(done(self.pilot), [True, False, True, False, True, True, True])
        self.env.company.email = "team@example.org"
        self.assertTrue(done(self.pilot)[sender], "mails leave from there")
        self.marc.email = False
        self.assertFalse(done(self.pilot)[team], "whoever has no address is not invited")
        self.marc.email = "marc@example.org"
        self.assertTrue(done(self.pilot)[pilot])
        for number in range(12):
            self.renewal_of(self.create_target(f"Organisation {number}")).date_deadline = "2026-04-15"
        self.assertFalse(done(self.pilot)[levelled], "thirteen contacts in a month are no levelled plan")
        self.assertFalse(done(self.helene), "the pilot and the administrator take them")
        self.env["res.partner"].search([("name", "=like", "Organisation%")]).relationship_stage = "paused"
        members = self.env["relationship.member"].search([("is_current", "=", True)])
        for user in members.user_id:
            self.env["res.users.log"].with_user(user).sudo().create({})  # as logging in does
        self.env.invalidate_all()
        self.assertFalse(done(self.pilot), "all done: the panel is gone")

    def test_lists_and_cards_begin_with_what_is_most_urgent(self):
        planned, due, late, later = (self.create_target(f"Target {number}") for number in range(4))
        for partner in planned | due | late | later:
            self.meet(partner, days_ago=30)
        days = {late: -9, later: -2, due: 5, planned: 90}
        for partner, count in days.items():
            self.renewal_of(partner).date_deadline = TODAY + timedelta(days=count)
        for view in ("res_partner_view_list", "res_partner_portfolio_view_list", "res_partner_portfolio_view_kanban"):
            order = self.env.ref(f"shifters_relations.{view}")._get_combined_arch().get("default_order")
            partners = self.env["res.partner"].with_user(self.helene)
            found = partners.search([("id", "in", [partner.id for partner in days])], order=order)
            self.assertEqual(found.ids, [partner.id for partner in days])
