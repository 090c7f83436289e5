from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestSector(RelationshipCase):
    """Defaults from the sector (T3, C1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Sector = cls.env["relationship.sector"]
        cls.climate = Sector.create({"name": "Test climate", "parent_id": cls.environment.id})
        cls.rivers = Sector.create({"name": "Test rivers", "parent_id": cls.climate.id})

    def create_organisation(self, **values):
        return self.env["res.partner"].create({"name": "Org", "is_company": True, **values})

    def test_the_owner_comes_from_the_nearest_sector_with_a_current_member(self):
        self.assertEqual(
            self.create_organisation(relationship_sector_id=self.rivers.id).relationship_owner_id, self.helene
        )
        self.climate.member_id = self.marc_member
        self.assertEqual(
            self.create_organisation(relationship_sector_id=self.rivers.id).relationship_owner_id, self.marc
        )
        self.marc_member.date_end = TODAY - timedelta(days=1)
        self.assertEqual(
            self.create_organisation(relationship_sector_id=self.rivers.id).relationship_owner_id, self.helene
        )

    def test_an_owner_who_was_chosen_stays(self):
        partner = self.create_organisation(relationship_sector_id=self.rivers.id, relationship_owner_id=self.marc.id)
        self.assertEqual(partner.relationship_owner_id, self.marc)
        partner.relationship_sector_id = self.environment
        self.assertEqual(partner.relationship_owner_id, self.marc)

    def test_an_organisation_that_enters_a_sector_gets_its_owner(self):
        partner = self.create_organisation(relationship_stage="candidate")
        self.assertFalse(partner.relationship_owner_id)
        partner.relationship_sector_id = self.climate
        self.assertEqual(partner.relationship_owner_id, self.helene)
        partner.relationship_stage = "target"
        self.assertEqual(self.renewal_of(partner).user_id, self.helene)

    def test_the_cadence_comes_from_the_sector_otherwise_twice_a_year(self):
        partner = self.create_organisation(relationship_sector_id=self.rivers.id, relationship_stage="candidate")
        self.assertEqual(partner.relationship_cadence_id, self.twice_a_year)
        self.environment.cadence_id = self.quarterly
        partner = self.create_organisation(relationship_sector_id=self.rivers.id, relationship_stage="candidate")
        self.assertEqual(partner.relationship_cadence_id, self.quarterly)

    def test_an_ordinary_contact_gets_neither(self):
        partner = self.create_organisation()
        self.assertFalse(partner.relationship_owner_id)
        self.assertFalse(partner.relationship_cadence_id)

    def test_full_names_and_no_circles(self):
        self.assertEqual(self.rivers.complete_name, "Test environment / Test climate / Test rivers")
        with self.assertRefused(UserError):
            self.environment.parent_id = self.rivers

    def test_the_tree_is_searched_downwards(self):
        partner = self.create_organisation(relationship_sector_id=self.rivers.id)
        self.assertIn(
            partner, self.env["res.partner"].search([("relationship_sector_id", "child_of", self.environment.id)])
        )

    def test_data_of_the_team_is_not_overwritten_by_updates(self):
        models = ["relationship.sector", "relationship.organisation.type", "relationship.cadence", "mail.activity.type"]
        shipped = self.env["ir.model.data"].search([("module", "=", "shifters_relations"), ("model", "in", models)])
        self.assertGreater(len(shipped), 30)
        self.assertTrue(all(shipped.mapped("noupdate")))

    def test_a_name_typed_where_a_sector_is_asked_makes_one(self):
        sectors = self.env["relationship.sector"].with_user(self.organiser)
        sector_id, name = sectors.with_context(default_parent_id=self.rivers.id).name_create("Lakes")
        self.assertEqual(sectors.browse(sector_id).name, "Lakes")
        self.assertEqual(name, f"{self.rivers.complete_name} / Lakes")
