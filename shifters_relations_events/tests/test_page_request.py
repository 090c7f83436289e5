from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..models.pages.relationship_page_request import DAY, HOUR


@tagged("post_install", "-at_install")
class TestPageRequest(TransactionCase):
    """Public forms are asked so often and no more, whichever worker is asked (rows are counted)."""

    def test_requests_are_counted_by_who_asks(self):
        Request = self.env["relationship.page.request"]
        limits = [(2, HOUR), (3, DAY)]

        def ask(who, page="form"):
            return Request._count(page, {who: limits})

        self.assertEqual([ask("ada@example.org") for _each in range(3)], [True, True, False])
        self.assertTrue(ask("bob@example.org"), "another address is another's")
        self.assertTrue(ask("ada@example.org", "another form"))
        self.assertFalse(Request._count("form", {"192.0.2.1": limits, "ada@example.org": limits}))
        self.assertTrue(ask("192.0.2.1"), "what is refused counts for nobody")
        self.assertEqual([ask(f"2001:db8::{each}") for each in "123"], [True, True, False], "one network, one asker")
        rows = Request.search([("key", "!=", False)])
        self.assertNotIn("ada@example.org", "".join(rows.mapped("key")), "no address is kept")
        rows.asked_on = fields.Datetime.now() - HOUR - timedelta(minutes=1)
        self.assertEqual([ask("ada@example.org") for _each in range(2)], [True, False], "three within a day")
        rows.asked_on = fields.Datetime.now() - DAY
        Request._gc_requests()
        self.assertFalse(rows.exists())

    def test_who_has_answered_sees_her_answer_where_a_copy_of_the_database_is_late(self):
        routes = [
            (rule.rule, rule.endpoint.routing)
            for rule in self.env["ir.http"].routing_map().iter_rules()
            if rule.endpoint.func.__module__.startswith("odoo.addons.shifters_relations")
        ]
        answered = {
            path for path, routing in routes if "POST" in (routing["methods"] or ()) and routing["auth"] == "public"
        }
        shown = [(path, routing["readonly"]) for path, routing in routes if "GET" in (routing["methods"] or ())]
        self.assertGreater(len([path for path, _readonly in shown if path in answered]), 4)
        self.assertFalse([path for path, readonly in shown if path in answered and readonly])
