from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import new_test_user

from .common import TODAY, RelationshipCase

GROUPS = ("contact", "organiser", "pilot")


@tagged("post_install", "-at_install")
class TestMember(RelationshipCase):
    """The role gives and takes the access group (T1)."""

    def assertRole(self, user, role):
        explicit = {name for name in GROUPS if self.env.ref(f"shifters_relations.group_{name}") in user.group_ids}
        self.assertEqual(explicit, {role} if role else set())

    def test_creating_changing_and_ending_a_membership(self):
        user = new_test_user(self.env, "zoe", groups="base.group_user")
        member = (
            self.env["relationship.member"]
            .with_user(self.pilot)
            .create({"user_id": user.id, "role": "organiser", "date_start": False})
        )
        self.assertRole(user, "organiser")
        member.role = "contact"
        self.assertRole(user, "contact")
        member.date_end = TODAY
        self.assertRole(user, "contact")
        member.date_end = TODAY - timedelta(days=1)
        self.assertRole(user, False)
        self.assertFalse(user.has_group("base.group_partner_manager"))
        member.date_end = False
        self.assertRole(user, "contact")
        member.active = False
        self.assertRole(user, False)
        member.active = True
        member.unlink()
        self.assertRole(user, False)

    def test_an_engagement_that_ends_by_itself_takes_the_access_at_the_next_daily_job(self):
        self.marc_member.date_end = TODAY
        self.env.cr.execute(
            "UPDATE relationship_member SET date_end = %s WHERE id = %s",
            [TODAY - timedelta(days=1), self.marc_member.id],
        )
        self.env.invalidate_all()
        self.assertRole(self.marc, "contact")
        with self.enter_registry_test_mode():
            self.env.ref("shifters_relations.cron_repair").method_direct_trigger()
        self.assertRole(self.marc, False)

    def test_the_last_pilot_keeps_access_when_the_engagement_ends_by_itself(self):
        member = self.pilot.sudo().relationship_member_ids
        self.env["relationship.member"].search([("role", "=", "pilot")]).filtered(lambda m: m != member).unlink()
        self.env.cr.execute(
            "UPDATE relationship_member SET date_end = %s WHERE id = %s", [TODAY - timedelta(days=1), member.id]
        )
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref("shifters_relations.cron_repair").method_direct_trigger()
        self.assertRole(self.pilot, "pilot")

    def test_the_last_pilot_cannot_be_removed(self):
        member = self.pilot.sudo().relationship_member_ids.with_user(self.pilot)
        for change in (
            lambda: member.write({"role": "organiser"}),
            lambda: member.write({"date_end": TODAY - timedelta(days=1), "date_start": False}),
            lambda: member.write({"active": False}),
            member.unlink,
        ):
            with self.assertRefused(ValidationError, "needs a pilot"):
                change()
        self.create_member("Second", "pilot")
        member.write({"role": "organiser"})
        self.assertRole(self.pilot, "organiser")

    def test_only_a_pilot_or_a_settings_administrator_names_members(self):
        for user in (self.helene, self.organiser, self.outsider):
            newcomer = new_test_user(self.env, f"new_{user.login}", groups="base.group_user")
            with self.assertRefused(AccessError):
                self.env["relationship.member"].with_user(user).create({"user_id": newcomer.id, "role": "contact"})
            with self.assertRefused(AccessError):
                self.marc_member.with_user(user).write({"role": "pilot"})
            with self.assertRefused(AccessError):
                self.marc_member.with_user(user).unlink()
        administrator = new_test_user(self.env, "administrator", groups="base.group_system")
        newcomer = new_test_user(self.env, "newcomer", groups="base.group_user")
        self.env["relationship.member"].with_user(administrator).create({"user_id": newcomer.id, "role": "pilot"})
        self.assertRole(newcomer, "pilot")
        self.assertRole(administrator, False)
        with self.assertRefused(AccessError):
            self.env["relationship.synthesis"].with_user(administrator).search([])

    def test_a_membership_is_one_person_s_for_good(self):
        with self.assertRefused(ValidationError, "belongs to one person"):
            self.marc_member.with_user(self.pilot).user_id = self.outsider

    def test_who_may_own_is_who_is_in_the_team(self):
        self.marc_member.date_end = TODAY - timedelta(days=1)
        owners = (
            self.env["res.users"].with_user(self.organiser).search([("relationship_member_ids.is_current", "=", True)])
        )
        self.assertIn(self.helene, owners)
        self.assertNotIn(self.marc, owners)
        self.assertNotIn(self.outsider, owners)

    def test_targets_are_counted(self):
        self.create_target("One")
        self.create_target("Two")
        self.create_target("Three", relationship_stage="candidate")
        self.assertEqual(self.helene_member.with_user(self.pilot).target_count, 2)

    def test_no_member_is_shipped(self):
        shipped = self.env["ir.model.data"].search([("model", "=", "relationship.member")])
        module = self.env["ir.module.module"].search([("name", "=", "shifters_relations")])
        self.assertEqual(bool(shipped), bool(module.demo))

    def test_a_member_is_not_duplicated_from_the_gear(self):
        for kind in ("form", "list"):
            arch = self.env["relationship.member"].with_user(self.pilot).get_view(False, kind)["arch"]
            self.assertIn('duplicate="0"', arch.partition(">")[0])
