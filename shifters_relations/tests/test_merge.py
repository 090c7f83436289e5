from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tests.common import new_test_user

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestMerge(RelationshipCase):
    def merge(self, sources, destination, user=None):
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user or self.organiser)
        wizard._merge((sources | destination).ids, destination.with_env(wizard.env))
        self.env.flush_all()
        self.env.invalidate_all()

    def test_two_targets_become_one_with_one_renewal_and_both_memories(self):
        kept = self.create_target("RAC", relationship_sector_id=self.environment.id)
        source = self.create_target("Réseau Action Climat", relationship_acronym="RAC", relationship_intention="Know")
        self.meet(kept, days_ago=100)
        last = self.meet(source, days_ago=10, channel="in_person")
        ordinary = source.activity_schedule("mail.mail_activity_data_todo")
        self.merge(source, kept)
        self.assertFalse(source.exists())
        self.assertEqual(len(kept.relationship_synthesis_ids), 2)
        self.assertEqual(kept.relationship_synthesis_count, 2)
        self.assertEqual(kept.relationship_last_contact_date, last.date)
        self.assertNextContact(kept, "2026-09-01", "phone")
        self.assertEqual(kept.relationship_acronym, "RAC")
        self.assertEqual(kept.relationship_intention, "Know")
        self.assertEqual(ordinary.res_id, kept.id)

    def test_cooperations_knowledge_and_promises_come_along(self):
        kept, source = self.create_target("Kept"), self.create_target("Source", relationship_position="ally")
        source.relationship_level = "2"
        self.meet(source, promised="Send the guide")
        kind = self.env.ref("shifters_relations.kind_project").id
        theirs, both = self.env["relationship.cooperation"].create(
            [
                {"name": "Theirs", "kind_id": kind, "role_ids": [Command.create({"partner_id": source.id})]},
                {
                    "name": "Both",
                    "kind_id": kind,
                    "role_ids": [
                        Command.create({"partner_id": kept.id, "conditions": "Room"}),
                        Command.create({"partner_id": source.id, "conditions": "Speakers"}),
                        Command.create({"partner_id": source.id, "role": "pilot"}),
                    ],
                },
            ]
        )
        self.merge(source, kept)
        self.assertEqual(theirs.partner_ids, kept)
        self.assertEqual(
            [(line.role, line.conditions) for line in both.role_ids], [("partner", "Room, Speakers"), ("pilot", False)]
        )
        self.assertEqual((kept.relationship_position, kept.relationship_level), ("ally", "2"))
        self.assertEqual(kept.relationship_level_change_ids.mapped("level"), ["2"], "its history came along")
        self.assertEqual(kept._relationship_get_promises().mapped("summary"), ["Send the guide"])
        self.assertEqual(len(self.renewal_of(kept)), 1)

    def test_what_is_known_of_persons_comes_along_too(self):
        parent = self.create_target()
        kept, source = self.env["res.partner"].create(
            [{"name": "Ada", "parent_id": parent.id}, {"name": "A. Lovelace", "parent_id": parent.id}]
        )
        family = self.env.ref("shifters_relations.job_family_studies")
        source.write({"relationship_job_family_id": family.id, "relationship_no_contact": True})
        self.merge(source, kept, self.outsider)
        self.assertEqual(kept.relationship_job_family_id, family)
        self.assertTrue(kept.relationship_no_contact)

    def test_a_contact_that_becomes_a_target_by_merging_is_planned(self):
        kept = self.env["res.partner"].create({"name": "Stock contact", "is_company": True})
        source = self.create_target()
        self.merge(source, kept)
        self.assertEqual(kept.relationship_stage, "target")
        self.assertEqual(kept.relationship_owner_id, self.helene)
        self.assertEqual(len(self.renewal_of(kept)), 1)

    def test_a_date_set_by_hand_survives(self):
        kept, source = self.create_target("Kept"), self.create_target("Source")
        self.renewal_of(source).with_user(self.helene).date_deadline = "2026-05-05"
        self.merge(source, kept)
        self.assertNextContact(kept, "2026-05-05")
        self.assertTrue(self.renewal_of(kept).relationship_pinned)
        self.assertNotIn("is cancelled", str(kept.message_ids.mapped("body")))
        other = self.create_target("Other")
        self.renewal_of(other).with_user(self.helene).date_deadline = "2026-05-06"
        self.merge(other, kept)
        self.assertNextContact(kept, "2026-05-05")
        self.assertIn("6 May, a date set by hand, is cancelled", str(kept.message_ids.mapped("body")))

    def test_a_merge_by_odoo_itself_keeps_the_relation_too(self):
        kept, source = self.create_target("Kept"), self.create_target("Source", relationship_intention="Know")
        self.meet(source)
        self.merge(source, kept, self.env.ref("base.user_root"))
        self.assertEqual(kept.relationship_intention, "Know")
        self.assertEqual(kept.relationship_last_contact_date, TODAY)
        self.assertEqual(len(self.renewal_of(kept)), 1)

    def test_nobody_but_organisers_and_the_pilot_merges_organisations(self):
        kept, source = self.create_target("Kept"), self.create_target("Source")
        administrator = new_test_user(self.env, "settings", groups="base.group_system")
        for user in (self.helene, self.outsider, administrator):
            with self.assertRefused(AccessError, "organisers' work"):
                self.merge(source, kept, user)
        self.merge(source, kept, self.pilot)
        self.assertFalse(source.exists())

    def test_ordinary_contacts_merge_as_ever(self):
        for user in (self.helene, self.outsider):
            kept, source = self.env["res.partner"].create(
                [{"name": "One", "is_company": True}, {"name": "Two", "is_company": True}]
            )
            self.merge(source, kept, user)
            self.assertFalse(source.exists())
