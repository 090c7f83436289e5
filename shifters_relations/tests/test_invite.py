from unittest.mock import patch

from odoo import Command
from odoo.addons.mail.tests.common import MailCase
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import new_test_user

from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestInvite(MailCase, RelationshipCase):
    """The pilot brings people without an account into the team, where the administrator lets her, and no more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.env.ref("base.user_admin")
        cls.admin.name = "Aline"
        cls.env.company.email = "team@example.org"
        cls.members = cls.env["relationship.member"]

    def invite(self, email, user=None, name="Ada Byron", role="contact", **context):
        values = {"name": name, "email": email, "role": role}
        wizard = self.env["relationship.invite"].with_user(user or self.pilot).with_context(**context)
        with self.mock_mail_gateway():
            self.notice = wizard.create(values).action_invite()["params"]
        return self.members.browse(self.notice["next"]["res_id"])

    def allow(self):
        self.members.with_user(self.admin).set_pilot_invites(True)

    def test_it_is_off_until_the_administrator_ticks_it(self):
        hint = self.members.with_user(self.pilot).new().invite_hint
        self.assertIn("Aline", hint, "the screen says whom to ask")
        with self.assertRefused(AccessError, "Aline"):
            self.invite("ada@example.org")
        for user in (self.pilot, self.organiser, self.outsider):
            with self.assertRefused(AccessError):
                self.members.with_user(user).set_pilot_invites(True)
            self.assertIsNone(self.members.with_user(user).get_pilot_invites())
        self.allow()
        self.assertTrue(self.members.with_user(self.admin).get_pilot_invites())
        self.assertFalse(self.members.with_user(self.pilot).new().invite_hint)
        for user in (self.organiser, self.helene):
            with self.assertRefused(AccessError):
                self.invite("ada@example.org", user)
        self.members.with_user(self.admin).set_pilot_invites(False)
        with self.assertRefused(AccessError):
            self.invite("ada@example.org")

    def test_a_plain_account_with_the_role_and_odoo_s_invitation(self):
        self.allow()
        for role, group in (("contact", "group_contact"), ("organiser", "group_organiser"), ("pilot", "group_pilot")):
            member = self.invite(f" Ada <Ada.{role}@Example.org>", name="Ada\nByron", role=role)
            user = member.user_id
            self.assertEqual((user.name, user.login, user.email), ("Ada Byron", *[f"ada.{role}@example.org"] * 2))
            expected = self.env.ref("base.group_user") | self.env.ref(f"shifters_relations.{group}")
            self.assertEqual(user.group_ids, expected)
            self.assertEqual((member.role, member.is_current), (role, True))
            self.assertEqual([mail["email_to"] for mail in self._mails], [[user.email]])
            self.assertEqual(self.notice["message"], f"An invitation to log in has left for {user.email}.")

    def test_nothing_else_is_got_by_rpc(self):
        self.allow()
        system = self.env.ref("base.group_system")
        member = self.invite(
            "ada@example.org",
            default_group_ids=[Command.set(system.ids)],
            default_company_ids=[],
            default_share=True,
            no_reset_password=True,
            default_active=False,
        )
        self.assertNotIn(system, member.user_id.all_group_ids)
        self.assertTrue(member.user_id.active)
        self.assertTrue(self._mails, "the invitation leaves whatever the context says")
        with self.assertRefused(AccessError):
            self.env["res.users"].with_user(self.pilot).create({"name": "Bob", "login": "bob"})
        with self.assertRefused(AccessError):
            member.user_id.with_user(self.pilot).write({"group_ids": [Command.link(system.id)]})

    def test_who_has_an_account_keeps_it_as_it_is(self):
        self.allow()
        known = new_test_user(self.env, "Known_one@example.org", groups="base.group_user", name="Known")
        self.env["res.users.log"].with_user(known).sudo().create({})
        groups = known.group_ids
        member = self.invite("known_ONE@example.org", name="Another name")
        self.assertEqual(member.user_id, known)
        self.assertEqual((known.name, known.login), ("Known", "Known_one@example.org"))
        self.assertEqual(known.group_ids - groups, self.env.ref("shifters_relations.group_contact"))
        self.assertFalse(self._mails)
        with self.assertRefused(UserError, "in the team already"):
            self.invite("known_one@example.org")
        member.write({"date_start": "2025-01-06", "date_end": "2026-01-31"})
        with self.assertRefused(UserError, "was in the team"):
            self.invite("known_one@example.org")

    def test_whoever_lost_the_invitation_gets_it_again(self):
        self.allow()
        member = self.invite("ada@example.org")
        self.assertEqual(self.invite("ada@example.org"), member)
        self.assertEqual(len(self._mails), 1)

    def test_an_invitation_that_cannot_leave_says_so_the_first_time(self):
        self.allow()
        known = new_test_user(self.env, "known@example.org", groups="base.group_user")
        wizards, servers = self.env["relationship.invite"].with_user(self.pilot), type(self.env["ir.mail_server"])
        for email in ("ada@example.org", known.login):
            wizard = wizards.create({"name": "Ada Byron", "email": email, "role": "contact"})
            down = patch.object(servers, "_connect__", side_effect=ConnectionRefusedError("down"))
            with self.subTest(email=email), down, self.assertRefused(UserError, "could not leave: ask Aline"):
                wizard.action_invite()
            self.assertFalse(self.members.search([("user_id.login", "=", email)]))
        self.assertFalse(self.env["res.users"].search([("login", "=", "ada@example.org")]))
        self.assertTrue(self.invite("ada@example.org").is_current)
        self.assertEqual(len(self._mails), 1, "once the server is back, the same words bring the invitation")

    def test_what_cannot_be_invited_is_told_why(self):
        self.allow()
        new_test_user(self.env, "partner@example.org", groups="base.group_portal")
        new_test_user(self.env, "closed@example.org", groups="base.group_user").active = False
        for email, words in (
            ("nobody", "is no e-mail address"),
            ("a@example.org, b@example.org", "one person at a time"),
            ("partner@example.org", "account for partners.*Aline"),
            ("closed@example.org", "is closed.*Aline"),
        ):
            with self.subTest(email=email), self.assertRefused(UserError, words):
                self.invite(email)
        self.env.company.email = self.pilot.email = False
        with self.assertRefused(UserError, "mails leave from it"):
            self.invite("ada@example.org")

    def test_naming_the_pilot_proposes_the_role(self):
        steps = self.members.with_user(self.admin).get_first_steps()
        self.assertEqual(steps[0]["action"]["context"], {"default_role": "pilot"})
        self.assertEqual(steps[2]["action"]["context"], {"default_role": "contact"})
