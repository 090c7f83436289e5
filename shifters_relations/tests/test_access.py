from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tests.common import Form

from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestAccess(RelationshipCase):
    """Organisations by role, as the table of rights says."""

    def setUp(self):
        super().setUp()
        self.partner = self.create_target()
        self.free = self.create_target("Free", relationship_stage="candidate")
        self.free.relationship_owner_id = False

    def test_people_outside_the_team_see_none_of_the_fields(self):
        names = [name for name in self.partner._fields if name.startswith("relationship_")]
        self.assertGreater(len(names), 20)
        visible = self.env["res.partner"].with_user(self.outsider).fields_get()
        self.assertFalse([name for name in names if name in visible])
        for name in names:
            with self.assertRefused(AccessError):
                self.partner.with_user(self.outsider).read([name])
        with self.assertRefused(AccessError):
            self.env["res.partner"].with_user(self.outsider).search([("relationship_stage", "=", "target")])
        with self.assertRefused(AccessError):
            self.partner.with_user(self.outsider).relationship_stage = False

    def test_people_outside_the_team_use_contacts_as_ever(self):
        Partner = self.env["res.partner"].with_user(self.outsider)
        partner = Partner.create({"name": "Ordinary", "is_company": True})
        partner.city = "Lyon"
        self.assertIn(partner.id, [found[0] for found in Partner.name_search("Ordinary")])
        self.partner.with_user(self.outsider).city = "Paris"
        partner.unlink()

    def test_anybody_duplicates_a_contact_and_the_copy_is_not_followed(self):
        for user in (self.outsider, self.helene, self.marc):
            copied = self.partner.with_user(user).copy()
            self.assertFalse(copied.sudo().relationship_stage)
            self.assertFalse(copied.sudo().relationship_owner_id)
        self.assertTrue(self.marc.with_user(self.env.ref("base.user_admin")).copy({"login": "marc2"}))

    def test_choosing_a_sector_gives_its_member_whoever_chooses(self):
        Partner = self.env["res.partner"].with_user(self.marc).with_context(default_is_company=True)
        form = Form(Partner, "shifters_relations.res_partner_view_form")
        form.name = "New"
        form.relationship_stage = "candidate"
        form.relationship_sector_id = self.environment
        self.assertEqual(form.relationship_owner_id, self.helene)
        self.assertEqual(form.save().relationship_owner_id, self.helene)

    def test_defaults_from_the_context_are_checked_as_well(self):
        Partner = self.env["res.partner"].with_user(self.marc)
        values = {"name": "Z", "is_company": True}
        with self.assertRefused(AccessError, "that nobody keeps"):
            Partner.with_context(default_relationship_owner_id=self.helene.id).create(values)
        for partner in (
            Partner.create({**values, "relationship_last_contact_date": "2026-01-01"}),
            Partner.with_context(default_relationship_last_contact_date="2026-01-01").create(values),
        ):
            self.assertFalse(partner.relationship_last_contact_date, "derived, whatever was typed")
        context = {"default_relationship_stage": "target", "default_relationship_owner_id": self.marc.id}
        self.assertEqual(len(self.renewal_of(Partner.with_context(**context).create(values))), 1)
        draft_of_hers = {"partner_id": self.create_target("Mine", owner=self.marc).id}
        with self.assertRefused(AccessError, "signed by"):
            self.env["relationship.synthesis"].with_user(self.marc).with_context(
                default_author_id=self.helene.id
            ).create(draft_of_hers)

    def test_members_find_an_organisation_by_its_acronym(self):
        self.partner.relationship_acronym = "ZZTOP"
        find = self.env["res.partner"].with_user
        self.assertEqual([found[0] for found in find(self.marc).name_search("zztop")], self.partner.ids)
        self.assertFalse(find(self.outsider).name_search("zztop"))

    def test_members_read_and_edit_every_organisation(self):
        partner = self.partner.with_user(self.marc)
        self.assertEqual(partner.read(["relationship_stage"])[0]["relationship_stage"], "target")
        partner.relationship_intention = "Know them"

    def test_a_contact_member_takes_a_free_one_and_no_other(self):
        self.free.with_user(self.marc).action_relationship_take()
        self.assertEqual(self.free.relationship_owner_id, self.marc)
        self.assertEqual(self.free.relationship_stage, "target")
        for change in (
            lambda: self.partner.with_user(self.marc).action_relationship_take(),
            lambda: self.partner.with_user(self.marc).write({"relationship_owner_id": self.marc.id}),
            lambda: self.free.with_user(self.marc).write({"relationship_owner_id": self.helene.id}),
            lambda: self.free.with_user(self.marc).write(
                {"relationship_owner_id": False, "relationship_stage": "candidate"}
            ),
            lambda: (
                self.env["res.partner"]
                .with_user(self.marc)
                .create({"name": "Y", "is_company": True, "relationship_owner_id": self.helene.id})
            ),
        ):
            with self.assertRefused(AccessError, "that nobody keeps"):
                change()

    def test_organisers_and_the_pilot_assign(self):
        for user in (self.organiser, self.pilot):
            partner = self.partner.with_user(user)
            partner.relationship_owner_id = self.marc
            partner.relationship_owner_id = self.helene
            self.assertEqual(self.renewal_of(self.partner).user_id, self.helene)

    def test_only_the_pilot_deletes_an_organisation_that_is_followed(self):
        for user in (self.outsider, self.helene, self.organiser):
            with self.assertRefused(AccessError, "only its pilot"):
                self.partner.with_user(user).unlink()
        self.partner.with_user(self.pilot).unlink()

    def test_configuration_by_role(self):
        may_write = {
            "relationship.organisation.type": (False, True, True),
            "relationship.sector": (False, True, True),
            "relationship.topic": (False, True, True),
            "relationship.cadence": (False, False, True),
            "relationship.member": (False, False, True),
        }
        for model, expected in may_write.items():
            for user, allowed in zip((self.helene, self.organiser, self.pilot), expected, strict=True):
                records = self.env[model].with_user(user)
                self.assertTrue(records.has_access("read"), (model, user.name))
                for operation in ("write", "create", "unlink"):
                    self.assertEqual(records.has_access(operation), allowed, (model, user.name, operation))
            self.assertFalse(self.env[model].with_user(self.outsider).has_access("read"), model)
