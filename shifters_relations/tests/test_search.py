from odoo.fields import Domain
from odoo.tests import tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestSearch(RelationshipCase):
    """An organisation is found by what people know of it, however they write it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target("Łódź Energia", city="Évreux", relationship_acronym="C.F.D.É.")
        cls.person = cls.env["res.partner"].create(
            {
                "name": "Фёдор Достоевский",
                "parent_id": cls.partner.id,
                "function": "Trésorière",
                "email": "fedor@example.org",
            }
        )
        cls.other = cls.create_target("Other", city="Lyon")
        cls.env.flush_all()

    def find(self, words, user=None):
        partners = self.env["res.partner"].with_user(user or self.helene)
        return partners.search([("display_name", "ilike", words), ("is_company", "=", True)])

    def test_by_name_city_and_people_in_any_script(self):
        for words in (
            "lodz energia",
            "ENERGIA Łódź",
            "evreux",
            "ÉVREUX",
            "cfde",
            "ФЕДОР",
            "достоевский федор",
            "достоевскии",
            "tresoriere",
            "fedor@example",
            "Evreux Energia",
            "федор evreux",
        ):
            with self.subTest(words=words):
                self.assertEqual(self.find(words), self.partner)
        for words in ("lyon energia", "федор lyon", "…"):
            with self.subTest(words=words):
                self.assertNotIn(self.partner, self.find(words))

    def test_a_person_is_found_by_her_own_words_and_not_by_the_city(self):
        persons = self.env["res.partner"].with_user(self.helene)
        for words, found in (("федор", True), ("TRESORIERE", True), ("evreux", False)):
            self.assertEqual(self.person in persons.search([("display_name", "ilike", words)]), found, words)

    def test_who_is_archived_or_has_changed_is_found_no_more(self):
        self.person.name = "Ada"
        self.assertFalse(self.find("федор"))
        self.assertEqual(self.find("ada tresoriere"), self.partner)
        self.person.active = False
        self.assertFalse(self.find("tresoriere"))

    def test_what_bears_the_name_comes_first(self):
        named = self.create_target("Zone d'Évreux")
        self.create_target("Abeilles", city="Evreux")
        partners = self.env["res.partner"].with_user(self.helene)
        pairs = partners.name_search("Évreux", [("is_company", "=", True)], limit=2)
        self.assertEqual(pairs[0][0], named.id)
        self.assertEqual(len(pairs), 2)
        pairs = partners.name_search("Évreux", limit=None)
        self.assertEqual(len(pairs), len({partner_id for partner_id, _name in pairs}), "each once")

    def test_it_costs_the_same_for_any_number(self):
        partners = self.env["res.partner"].with_user(self.helene)
        partners.name_search("evreux")
        self.env.invalidate_all()
        for number in range(20):
            self.person.copy({"name": f"Person {number}", "parent_id": self.create_target(city="Evreux").id})
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(4):
            partners.name_search("evreux")
        with self.assertQueryCount(1):
            partners.search([("display_name", "ilike", "evreux lodz")])

    def test_nobody_is_found_by_whom_one_may_not_read(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.person.company_id = elsewhere
        self.assertFalse(self.find("федор"))
        self.helene.company_ids |= elsewhere
        self.assertEqual(self.find("федор"), self.partner)

    def test_other_people_search_as_before(self):
        self.assertFalse(self.find("evreux", self.outsider))
        self.assertFalse(self.env["res.partner"].with_user(self.outsider).name_search("tresoriere"))

    def test_what_is_excluded_is_excluded_by_the_same_words(self):
        partners = self.env["res.partner"].with_user(self.helene)
        rest = partners.search([("display_name", "not ilike", "evreux"), ("is_company", "=", True)])
        self.assertNotIn(self.partner, rest)
        self.assertIn(self.other, rest)

    def test_the_lists_of_syntheses_renewals_and_cooperations_find_it_too(self):
        synthesis = self.meet(self.partner)
        cooperation = self.env["relationship.cooperation"].create(
            {
                "name": "A talk",
                "kind_id": self.env["relationship.cooperation.kind"].search([], limit=1).id,
                "role_ids": [(0, 0, {"partner_id": self.partner.id})],
            }
        )
        self.meet(self.other)
        for records, path in (
            (synthesis, "partner_id"),
            (self.renewal_of(self.partner), "relationship_partner_id"),
            (cooperation, "partner_ids"),
        ):
            for words in ("evreux", "ФЕДОР", "tresoriere lodz"):
                with self.subTest(path=path, words=words):
                    ours = records.with_user(self.helene)
                    self.assertEqual(ours.search(Domain(path, "ilike", words)), records)
        syntheses = self.env["relationship.synthesis"].with_user(self.helene)
        self.assertEqual(syntheses.search([("partner_id", "child_of", "evreux")]), synthesis)
