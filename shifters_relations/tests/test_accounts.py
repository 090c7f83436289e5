from odoo import Command
from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import ForeignKeyViolation

from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestAccounts(RelationshipCase):
    """Whatever becomes of an account, the team goes on: somebody is told what is left, and who wrote keeps her name."""

    def setUp(self):
        super().setUp()
        self.admin = self.env.ref("base.user_admin")
        self.admin.lang = "en_US"
        self.partners = self.create_target("One") | self.create_target("Two")
        self.synthesis = self.meet(self.partners[0]).with_user(self.pilot)

    def told(self):
        """The messages about accounts, a list of (addressees, text)."""
        messages = self.env["mail.message"].search([("subject", "=like", "Account closed%")])
        return [(message.partner_ids, message.body) for message in messages]

    def test_the_pilot_is_told_once_of_an_archived_account_and_of_the_way_out(self):
        for close in (
            lambda user: user.action_archive(),
            lambda user: user.write({"active": False}),
            lambda user: user.toggle_active(),
        ):
            with self.cr.savepoint():
                close(self.helene.with_user(self.admin))
                [(addressees, text)] = self.told()
                self.assertEqual(addressees, self.pilot.partner_id)
                self.assertIn("Hélène", text)
                self.assertIn("Organisations left: 2", text)
                self.assertIn("/odoo/relations-team", text)
                self.assertEqual(self.partners.relationship_owner_id, self.helene)
                self.assertIn("has left, targets to hand over: 2", self.helene_member.attention)
                self.assertFalse(self.renewal_of(self.partners[0]).user_id)
                self.assertFalse(self.helene.has_group("shifters_relations.group_contact"), "nor the access")
                self.helene.with_user(self.admin).action_unarchive()
                self.assertTrue(self.helene.has_group("shifters_relations.group_contact"))
                self.assertEqual(self.renewal_of(self.partners[0]).user_id, self.helene)
                self.env["mail.message"].search([("subject", "=like", "Account closed%")]).unlink()

    def test_several_accounts_make_one_message(self):
        (self.helene | self.marc).with_user(self.admin).action_archive()
        [(_addressees, text)] = self.told()
        self.assertIn("Hélène", text)
        self.assertIn("Marc", text)

    def test_nobody_is_told_of_who_was_not_in_the_team(self):
        self.outsider.with_user(self.admin).action_archive()
        self.outsider.with_user(self.admin).unlink()
        self.assertFalse(self.told())

    def test_a_deleted_account_leaves_its_name_and_no_target_without_owner(self):
        name, person = self.helene.name, self.helene.partner_id
        self.helene.with_user(self.admin).unlink()
        self.env.invalidate_all()
        self.assertEqual(self.synthesis.author_partner_id, person)
        self.assertEqual(person.name, name)
        self.assertEqual(self.partners.relationship_owner_id, self.pilot)
        self.assertEqual(self.renewal_of(self.partners[1]).user_id, self.pilot)
        [(addressees, text)] = self.told()
        self.assertEqual(addressees, self.pilot.partner_id)
        self.assertIn("Camille keeps them now", text)
        found = (
            self.env["relationship.synthesis"].with_user(self.organiser).search([("author_partner_id", "ilike", "hél")])
        )
        self.assertIn(self.synthesis, found)

    def test_who_wrote_is_changed_by_nobody(self):
        with self.assertRefused(UserError, "author"):
            self.synthesis.with_user(self.organiser).author_partner_id = self.marc.partner_id
        self.helene.with_user(self.admin).unlink()
        with mute_logger("odoo.sql_db"), self.assertRefused(ForeignKeyViolation):
            self.synthesis.author_partner_id.unlink()

    def test_the_last_pilot_is_kept_by_every_path(self):
        for close in (
            lambda user: user.action_archive(),
            lambda user: user.write({"active": False}),
            lambda user: user.unlink(),
            lambda user: user.sudo().unlink(),
            lambda user: user.sudo().relationship_member_ids.unlink(),
        ):
            with self.assertRefused(ValidationError, "needs a pilot"):
                close(self.pilot.with_user(self.admin))
        self.organiser.relationship_member_ids.role = "pilot"
        self.pilot.with_user(self.admin).action_archive()
        [(addressees, _text)] = self.told()
        self.assertEqual(addressees, self.organiser.partner_id)

    def test_the_pilot_goes_with_the_team_when_it_is_uninstalled(self):
        self.pilot.with_user(self.admin).with_context(**{MODULE_UNINSTALL_FLAG: True}).unlink()
        self.assertFalse(self.pilot.exists())
        self.assertFalse(self.told(), "a mail about an account that nobody closed")

    def test_the_administrator_is_told_where_nobody_leads(self):
        self.env.cr.execute("UPDATE relationship_member SET date_end = '2026-01-31' WHERE role = 'pilot'")
        self.env.invalidate_all()
        self.helene.with_user(self.admin).action_archive()
        [(addressees, _text)] = self.told()
        self.assertIn(self.admin.partner_id, addressees)
        broken = {invariant.sentence: ids for invariant, ids in self.env["relationship.check"]._find() if ids}
        self.assertIn("Somebody leads the team: otherwise, name a pilot.", broken)

    def test_the_access_of_a_role_is_taken_in_the_team_and_nowhere_else(self):
        group = self.env.ref("shifters_relations.group_contact")
        with self.assertRefused(ValidationError, "end the engagement"):
            self.helene.with_user(self.admin).write({"group_ids": [Command.unlink(group.id)]})
        with self.assertRefused(ValidationError, "end the engagement"):
            group.with_user(self.admin).write({"user_ids": [Command.unlink(self.helene.id)]})
        with self.assertRefused(ValidationError):
            self.helene.with_user(self.admin).write({"group_ids": [Command.set(self.env.ref("base.group_portal").ids)]})
        self.helene_member.with_user(self.pilot).date_end = "2026-03-10"
        self.assertFalse(self.helene.has_group("shifters_relations.group_contact"))

    def test_nobody_is_taken_from_the_team_with_organisations_in_hand(self):
        with self.assertRefused(UserError, "hand the portfolio over"):
            self.helene_member.with_user(self.pilot).unlink()
        self.marc_member.with_user(self.pilot).unlink()

    def test_an_invitation_that_nothing_can_send_is_refused_and_the_account_made(self):
        self.helene.email = "helene@example.org"
        self.helene.company_id.email = False
        admins = self.env["res.users"].with_user(self.admin)
        self.admin.email = False
        with self.assertRefused(UserError, "check your configuration"):
            self.helene.with_user(self.admin).with_context(create_user=1).action_reset_password()
        values = {"name": "Newcomer", "login": "newcomer", "email": "newcomer@example.org"}
        self.assertTrue(admins.with_context(no_reset_password=False).create(values))
        self.helene.company_id.email = "team@example.org"
        self.helene.with_user(self.admin).with_context(create_user=1).action_reset_password()

    def test_what_was_still_to_do_stays_and_goes_on(self):
        self.meet(self.partners[1], promised="Send the guide")
        theirs = self.create_target("Marc's", owner=self.marc)
        others = theirs.activity_schedule("mail.mail_activity_data_todo", user_id=self.helene.id)
        cooperation = self.env["relationship.cooperation"].create(
            {"name": "A talk", "kind_id": self.env.ref("shifters_relations.kind_project").id, "user_id": self.helene.id}
        )
        mine = [("user_id", "=", self.helene.id), ("relationship_partner_id", "=", False)]
        tasks = self.env["mail.activity"].search(mine)
        self.assertGreaterEqual(len(tasks), 2)
        for close in (
            lambda user: user.action_archive(),
            lambda user: user.write({"active": False}),
            lambda user: user.unlink(),
        ):
            with self.subTest(close=close), self.assertRaises(ZeroDivisionError), self.cr.savepoint():
                close(self.helene.with_user(self.admin))
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(tasks.exists(), tasks)
                self.assertEqual(others.user_id, self.marc, "who keeps the organisation")
                self.assertEqual((tasks - others).user_id, self.pilot)
                if not self.helene.exists():
                    self.assertEqual(cooperation.user_id, self.pilot)
                1 / 0  # noqa: B018 - takes it back
            self.env.invalidate_all()
