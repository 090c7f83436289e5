from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestWritable(RelationshipCase):
    """One domain says whom what leaves the team may reach, and what is ours is nobody's target (G4, B3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target()
        cls.ada = cls.env["res.partner"].create(
            {"name": "Ada", "parent_id": cls.partner.id, "email": "ada@example.org"}
        )
        company = cls.env["res.company"].create({"name": "Ours"})
        branch = cls.env["res.company"].create({"name": "Branch", "parent_id": company.id})
        closed = cls.env["res.company"].create({"name": "Closed", "active": False})
        cls.companies = (company | branch | closed).partner_id
        cls.house = cls.env["res.partner"].create(
            {"name": "House", "is_company": True, "parent_id": company.partner_id.id}
        )

    def test_who_may_be_written_to(self):
        both = self.partner | self.ada
        self.assertEqual(both._relationship_filter_writable(), both)
        for record, vals, left in (
            (self.ada, {"active": False}, self.partner),
            (self.ada, {"relationship_no_contact": True}, self.partner),
            (self.partner, {"active": False}, self.env["res.partner"]),
            (self.partner, {"relationship_no_contact": True}, self.env["res.partner"]),
        ):
            with self.subTest(vals), self.cr.savepoint() as savepoint:
                record.write(vals)
                self.assertEqual(both._relationship_filter_writable(), left)
                savepoint.rollback()
                self.env.invalidate_all()
        self.env["relationship.objection"]._remember(["ada@example.org"])
        self.assertEqual(both._relationship_filter_writable(), self.partner)

    def test_our_own_companies_their_houses_and_people_are_written_to_by_no_list(self):
        worker, visitor = self.env["res.partner"].create(
            [{"name": name, "parent_id": parent.id} for name, parent in (("W", self.companies[1]), ("V", self.house))]
        )
        ours = self.companies | self.house | worker | visitor
        self.assertFalse(ours._relationship_filter_writable())
        self.assertEqual(ours._relationship_filter_own(), ours)

    def test_our_own_people_are_ours_at_any_depth(self):
        people = self.env["res.partner"]
        for name, parent in (("Circle", self.companies[0]), ("Branch circle", self.companies[1]), ("Room", self.house)):
            circle = people.create({"name": name, "parent_id": parent.id})
            member = people.create({"name": f"Member of {name}", "parent_id": circle.id})
            people |= circle | member | people.create({"type": "other", "parent_id": member.id})
        annex = people.create({"name": "Annex", "is_company": True, "parent_id": people[0].id})
        people |= annex | people.create({"name": "Guard", "parent_id": annex.id})
        self.assertEqual((people | self.ada)._relationship_filter_own(), people)
        self.assertEqual((people | self.ada)._relationship_filter_writable(), self.ada)
        with self.assertQueryCount(1):
            people._relationship_filter_own()

    def test_our_own_organisation_is_followed_under_no_other_spelling(self):
        partners = self.env["res.partner"].with_user(self.organiser)
        refused = "is our own organisation"
        for name in ("OURS", "  Oürs. ", "Closed"):
            with self.assertRefused(ValidationError, refused):
                partners.create({"name": name, "is_company": True, "relationship_stage": "candidate"})
            with self.assertRefused(ValidationError, refused):
                self.partner.with_user(self.organiser).name = name
        result = partners.load(["name", "is_company", "relationship_stage"], [["Ôurs", "True", "Candidate"]])
        self.assertIn(refused, result["messages"][0]["message"])
        self.assertTrue(partners.create({"name": "OURS", "is_company": True}), "whoever is not followed is anybody")
        self.assertTrue(partners.create({"name": "Ours & co", "is_company": True, "relationship_stage": "candidate"}))

    def test_our_own_organisation_is_followed_by_no_path(self):
        for own in self.companies | self.house:
            with self.assertRefused(ValidationError, "is our own organisation"):
                own.with_user(self.organiser).relationship_stage = "candidate"
        with self.assertRefused(ValidationError, "followed by the Relations team"):
            self.env["res.company"].create({"name": "Réseau Climat", "partner_id": self.partner.id})
        self.assertFalse(any(self.companies.mapped("relationship_stage")))

    def test_the_report_counts_who_wants_no_contact_and_names_them_not(self):
        silent = self.create_target("Silent & co")
        self.meet(silent, 20)
        self.meet(self.partner, 20)
        self.env["relationship.cooperation"].create(
            {
                "name": "A talk",
                "kind_id": self.env["relationship.cooperation.kind"].search([], limit=1).id,
                "destination_id": self.env["relationship.destination"].search([], limit=1).id,
                "stage": "ongoing",
                "date_introduced": "2026-02-10",
                "role_ids": [(0, 0, {"partner_id": silent.id})],
            }
        )
        report = self.env["relationship.report"].create({"period": "month", "date_from": "2026-02-01"})
        self.assertIn("Silent &amp; co", report.body)
        self.assertIn("A talk", report.body)
        total, met, new = (report.figures[name] for name in ("total", "met", "new"))
        silent.relationship_no_contact = True
        report.action_compute()
        for words in ("Silent &amp; co", "A talk"):
            self.assertNotIn(words, report.body)
        self.assertIn("Réseau Climat", report.body)
        self.assertEqual((report.figures["total"], report.figures["met"]), (total, met))
        self.assertEqual(len(report.figures["new"][0]), len(new[0]))

    def test_the_report_is_not_sent_to_who_objects(self):
        report = self.env["relationship.report"].create({"date_from": "2026-01-01", "recipient_ids": self.ada.ids})
        report.action_validate()
        self.assertTrue(report.action_send())
        self.ada.relationship_no_contact = True
        with self.assertRefused(UserError, "Ada asked not to be contacted"):
            report.action_send()

    def test_who_works_where_nobody_may_write_is_not_to_be_informed(self):
        self.env.cr.execute("UPDATE res_partner SET create_date = '2025-01-01' WHERE id = %s", [self.ada.id])
        self.ada.relationship_informed_on = False
        self.env.invalidate_all()
        self.assertTrue(self.ada.relationship_is_untold)
        self.partner.relationship_no_contact = True
        self.env.invalidate_all()
        self.assertFalse(self.ada.relationship_is_untold)
