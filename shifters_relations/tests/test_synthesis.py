from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestSynthesis(RelationshipCase):
    """Who reads and writes syntheses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target()
        cls.done = cls.meet(cls.partner, days_ago=3)
        cls.draft = cls.write_synthesis(cls.partner, user=cls.helene)

    def test_a_contact_is_by_default_made_as_it_was_planned(self):
        renewal = self.renewal_of(self.partner)
        syntheses = (
            self.env["relationship.synthesis"].with_user(self.helene).with_context(default_partner_id=self.partner.id)
        )
        for activity_type, channel in ((self.in_person, "in_person"), (self.by_phone, "phone")):
            renewal.write({"activity_type_id": activity_type.id})
            self.assertEqual(syntheses.default_get(["partner_id", "channel"])["channel"], channel)
        self.assertEqual(syntheses.with_context(default_channel="video").default_get(["channel"])["channel"], "video")

    def test_validated_ones_are_read_by_the_team_and_drafts_by_who_needs_them(self):
        expected = {
            self.helene: self.done | self.draft,
            self.marc: self.done,
            self.organiser: self.done | self.draft,
            self.pilot: self.done | self.draft,
        }
        for user, readable in expected.items():
            found = self.env["relationship.synthesis"].with_user(user).search([("partner_id", "=", self.partner.id)])
            self.assertEqual(found, readable, user.name)
        with self.assertRefused(AccessError):
            self.draft.with_user(self.marc).read(["summary"])

    def test_nobody_else_reads_any(self):
        portal = self.env["res.users"].create(
            {"name": "P", "login": "p", "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)]}
        )
        for user in (self.outsider, portal, self.env.ref("base.public_user"), self.env.ref("base.user_admin")):
            with self.assertRefused(AccessError):
                self.done.with_user(user).read(["summary"])
            with self.assertRefused(AccessError):
                self.env["relationship.synthesis"].with_user(user).search([])

    def test_members_write_their_own_only(self):
        self.done.with_user(self.helene).needs = "Figures"
        for change in (
            lambda: self.done.with_user(self.marc).write({"needs": "Mine"}),
            lambda: self.done.with_user(self.marc).unlink(),
            lambda: self.draft.with_user(self.marc).action_validate(),
        ):
            with self.assertRefused(AccessError):
                change()
        self.done.with_user(self.organiser).needs = "Corrected"

    def test_a_new_owner_finishes_the_drafts(self):
        self.partner.with_user(self.organiser).relationship_owner_id = self.marc
        self.draft.with_user(self.marc).action_validate()
        self.assertEqual(self.draft.author_id, self.helene)
        self.assertEqual(self.draft.state, "done")

    def test_a_synthesis_is_signed_by_who_writes_it_for_good(self):
        with self.assertRefused(AccessError):
            self.write_synthesis(self.partner, user=self.marc, author_id=self.helene.id)
        with self.assertRefused(UserError, "never changes"):
            self.draft.with_user(self.pilot).author_id = self.marc

    def test_a_validated_one_is_not_deleted(self):
        for user in (self.helene, self.organiser, self.pilot):
            with self.assertRefused(UserError):
                self.done.with_user(user).unlink()
        with self.assertRefused(AccessError):
            self.draft.with_user(self.marc).unlink()
        self.draft.with_user(self.helene).unlink()

    def test_only_organisers_reopen(self):
        for user in (self.helene, self.marc):
            with self.assertRefused(AccessError):
                self.done.with_user(user).action_reopen()
            with self.assertRefused(AccessError):
                self.done.with_user(user).write({"state": "draft"})
        self.done.with_user(self.organiser).action_reopen()
        self.assertEqual(self.done.state, "draft")

    def test_the_rules_of_the_organisation_hold_for_its_syntheses(self):
        self.env["ir.rule"].create(
            {
                "name": "Secret organisations",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": "[('name', '!=', 'Secret')] if user.login == 'marc' else []",
            }
        )
        secret = self.create_target("Secret")
        hidden = self.meet(secret, user=self.helene)
        Synthesis = self.env["relationship.synthesis"].with_user(self.marc)
        self.assertNotIn(hidden, Synthesis.search([]))
        self.assertIn(self.done, Synthesis.search([]))
        with self.assertRefused(AccessError):
            hidden.with_user(self.marc).read(["summary"])
        counts = Synthesis._read_group([], ["partner_id"], ["__count"])
        self.assertNotIn(secret, [partner for partner, _count in counts])
