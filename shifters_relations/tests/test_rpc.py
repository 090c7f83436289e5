import json

from odoo.tests import tagged
from odoo.tests.common import HttpCase

from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestRpc(RelationshipCase, HttpCase):
    """S1 and the rights, from outside, with an API key."""

    def setUp(self):
        super().setUp()
        self.partner = self.create_target()
        self.renewal = self.renewal_of(self.partner)

    def call(self, user, model, method, **arguments):
        key = self.env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "test", None)
        self.env.flush_all()
        return self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(arguments),
            headers={"Authorization": f"bearer {key}", "Content-Type": "application/json"},
        )

    def test_no_method_makes_a_renewal_disappear(self):
        calls = {
            "action_feedback": {"feedback": "done"},
            "action_feedback_schedule_next": {},
            "action_done": {},
            "action_done_schedule_next": {},
            "action_archive": {},
            "action_cancel": {},
            "unlink": {},
            "write": {"vals": {"active": False}},
        }
        for method, arguments in calls.items():
            with self.subTest(method=method):
                answer = self.call(self.helene, "mail.activity", method, ids=self.renewal.ids, **arguments)
                self.assertGreaterEqual(answer.status_code, 400, answer.text)
                self.assertIn("Réseau Climat", answer.json()["message"])
                self.env.invalidate_all()
                self.assertTrue(self.renewal.exists().active)

    def test_the_loop_goes_round(self):
        answer = self.call(
            self.helene,
            "relationship.synthesis",
            "create",
            vals_list=[{"partner_id": self.partner.id, "channel": "phone", "summary": "<p>Hello</p>"}],
        )
        self.assertEqual(answer.status_code, 200, answer.text)
        answer = self.call(self.helene, "relationship.synthesis", "action_validate", ids=answer.json())
        self.assertEqual(answer.status_code, 200, answer.text)
        self.env.invalidate_all()
        self.assertFalse(self.renewal.active)
        self.assertEqual(self.partner.relationship_synthesis_count, 1)
        self.assertEqual(len(self.renewal_of(self.partner)), 1)

    def test_nobody_types_the_date_of_a_contact(self):
        for name in ("relationship_last_contact_date", "relationship_next_contact_date"):
            answer = self.call(self.pilot, "res.partner", "write", ids=self.partner.ids, vals={name: "2026-01-01"})
            self.assertEqual(answer.status_code, 403, answer.text)
            self.assertIn("follows from the contacts", answer.json()["message"])

    def test_people_outside_the_team_get_nothing(self):
        synthesis = self.meet(self.partner)
        for method, arguments in {
            "read": {"ids": synthesis.ids, "fields": ["summary"]},
            "search_read": {"domain": []},
            "action_validate": {"ids": synthesis.ids},
            "action_reopen": {"ids": synthesis.ids},
        }.items():
            answer = self.call(self.outsider, "relationship.synthesis", method, **arguments)
            self.assertEqual(answer.status_code, 403, (method, answer.text))
        answer = self.call(
            self.outsider, "res.partner", "read", ids=self.partner.ids, fields=["relationship_intention"]
        )
        self.assertEqual(answer.status_code, 403, answer.text)
        answer = self.call(self.outsider, "res.partner", "action_relationship_take", ids=self.partner.ids)
        self.assertEqual(answer.status_code, 403, answer.text)
