import json
from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tests.common import Form, HttpCase
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models.organisation.res_partner_defaults import PERSON_FIELDS
from .common import TODAY, RelationshipCase

# Facts about an organisation that say nothing of opinions; a person cannot have a stage anyway.
FACTS = {
    "relationship_anonymised_on",
    "relationship_kept_until",
    "relationship_stage",
    "relationship_acronym",
    "relationship_type_id",
    "relationship_sector_id",
    "relationship_scope",
    "relationship_owner_id",
    "relationship_cadence_id",
    "relationship_source",
    "relationship_target_periods",
    "relationship_siren",
    "relationship_rna",
}


@tagged("post_install", "-at_install")
class TestKnowledge(RelationshipCase, HttpCase):
    """What is thought is noted about organisations, never about persons (G1, Q3-Q9)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target()
        cls.person = cls.env["res.partner"].create({"name": "Ada", "parent_id": cls.partner.id})

    def some_value(self, field):
        if field.type == "selection":
            return field.get_values(self.env)[0]
        return {"char": "Opinion", "text": "Opinion", "boolean": True, "integer": 1, "date": TODAY}[field.type]

    def opinions(self):
        """Every field that people write about an organisation and that is no plain fact."""
        return [
            field
            for name, field in self.env["res.partner"]._fields.items()
            if name.startswith("relationship_")
            and field.store
            and not field.compute
            and field.type not in ("one2many", "many2many")
            and name not in FACTS.union(PERSON_FIELDS)
        ]

    def test_the_database_keeps_every_opinion_off_persons(self):
        names = {field.name for field in self.opinions()}
        self.assertLessEqual(
            {"relationship_position", "relationship_level", "relationship_posture", "relationship_need"}, names
        )
        for field in self.opinions():
            with (
                self.subTest(field=field.name),
                mute_logger("odoo.sql_db"),
                self.assertRefused(IntegrityError, "no_(opinion_on|activity_of)_persons"),
            ):
                self.person.with_user(self.organiser).write({field.name: self.some_value(field)})
                self.env.flush_all()

    def test_neither_by_creating_nor_by_an_import_nor_by_turning_an_organisation_into_a_person(self):
        Partner = self.env["res.partner"].with_user(self.organiser)
        with mute_logger("odoo.sql_db"), self.assertRefused(IntegrityError, "no_opinion_on_persons"):
            Partner.create({"name": "Bob", "relationship_position": "distant"})
            self.env.flush_all()
        with mute_logger("odoo.sql_db"):
            result = Partner.load(
                ["name", "is_company", "parent_id", "relationship_position"], [["Bob", "0", "Réseau Climat", "Distant"]]
            )
        self.assertFalse(result["ids"])
        self.assertIn("never about a person", result["messages"][0]["message"])
        key = self.env["res.users.apikeys"].with_user(self.organiser).sudo()._generate("rpc", "test", None)
        self.env.flush_all()
        answer = self.url_open(
            "/json/2/res.partner/write",
            data=json.dumps({"ids": self.person.ids, "vals": {"relationship_posture": "against"}}),
            headers={"Authorization": f"bearer {key}", "Content-Type": "application/json"},
        )
        self.assertEqual(answer.status_code, 422)
        self.assertIn("never about a person", answer.text)
        other = self.env["res.partner"].create(
            {"name": "Club", "is_company": True, "relationship_level": "2", "relationship_need": "willing"}
        )
        with mute_logger("odoo.sql_db"), self.assertRefused(IntegrityError, "no_opinion_on_persons"):
            other.with_user(self.organiser).company_type = "person"
            self.env.flush_all()
        other.write({"relationship_level": False, "relationship_need": False})
        other.company_type = "person"
        self.env.flush_all()
        self.assertFalse(self.env["relationship.level.change"].search([("partner_id", "=", other.id)]))

    def create_two(self, *values):
        return self.env["res.partner"].create(
            [{"name": f"Club {letter}", "is_company": True, **each} for letter, each in zip("AB", values, strict=True)]
        )

    def test_two_pages_of_a_host_make_no_duplicate(self):
        for one, two in (
            ("https://facebook.com/ab", "https://www.facebook.com/cd"),
            ("https://www.facebook.com/profile.php?id=1", "https://www.facebook.com/profile.php?id=2"),
            ("https://www.helloasso.com/associations/ab", "helloasso.com/associations/cd"),
            ("https://linktr.ee/ab", "https://linktr.ee/cd"),
            ("https://t.me/ab", "https://t.me/cd"),
            ("https://t.me", "https://t.me/"),
            ("https://ab.wordpress.com", "https://cd.wordpress.com"),
            ("https://sites.google.com/view/ab", "https://sites.google.com/view/cd"),
            ("https://union.example.org", "https://union.example.org/lyon"),
            ("https://union.example.org/lyon", "https://union.example.org/brest"),
            ("https://lyon.union.example.org", "https://brest.union.example.org"),
            ("aucun", "aucun"),
            ("ada@gmail.com", "bob@gmail.com"),
        ):
            with self.subTest(one=one, two=two):
                clubs = self.create_two({"website": one}, {"website": two})
                self.assertFalse(clubs[0].relationship_duplicate_id | clubs[1].relationship_duplicate_id)
                clubs.unlink()

    def test_one_page_written_in_two_ways_does(self):
        for one, two in (
            ("https://www.facebook.com/ab", "http://m.facebook.com/ab/?utm_source=x"),
            ("https://union.example.org/lyon/", "http://www.Union.example.org/Lyon"),
            ("https://économie.example.org", "https://xn--conomie-9xa.example.org/fr/contact"),
        ):
            with self.subTest(one=one, two=two):
                clubs = self.create_two({"website": one}, {"website": two})
                self.assertEqual(clubs[1].relationship_duplicate_id, clubs[0])
                clubs.unlink()

    def test_a_page_that_several_have_is_nobody_s_own(self):
        clubs = self.create_two({"website": "https://union.example.org"}, {"website": "https://union.example.org"})
        self.assertEqual(clubs[1].relationship_duplicate_id, clubs[0])
        third = clubs[0].copy({"name": "Club C"})
        self.env.invalidate_all()
        self.assertFalse(third.relationship_duplicate_id | clubs.relationship_duplicate_id)

    def test_names_are_compared_in_any_script_and_numbers_count(self):
        for one, two, same in (
            ("جمعية 2", "日本 2", False),
            ("جمعية 1", "جمعية 2", False),
            ("Comité 1-2", "Comité 12", False),
            ("الجمعيّة ٢", "الجمعية 2", True),
            ("東京クラブ", "東京クラフ", False),
            ("ΣΎΛΛΟΓΟΣ", "σύλλογος", True),
        ):
            with self.subTest(one=one, two=two):
                clubs = self.create_two({"name": one}, {"name": two})
                self.assertEqual(clubs[1].relationship_duplicate_id == clubs[0], same)
                clubs.unlink()

    def test_the_level_has_a_dated_history(self):
        self.partner.with_user(self.helene).relationship_level = "1"
        change = self.env["relationship.level.change"].search([("partner_id", "=", self.partner.id)])
        change.date = "2025-06-01"
        self.partner.with_user(self.marc).relationship_level = "2"
        self.partner.with_user(self.marc).relationship_level = "2"
        history = self.partner.with_user(self.helene).relationship_level_change_ids
        self.assertEqual(
            [(line.date, line.level, line.user_id) for line in history],
            [(TODAY, "2", self.marc), (date(2025, 6, 1), "1", self.helene)],
        )
        for user in (self.helene, self.outsider):
            with self.assertRefused(AccessError):
                history.with_user(user).unlink()

    def test_each_choice_says_what_it_means_and_what_to_offer(self):
        choices = self.env["relationship.offer"].search([]).mapped("choice")
        self.assertEqual(sorted(choices), sorted(key for key, _label in self.env["relationship.offer"]._get_choices()))
        with Form(
            self.partner.with_user(self.helene).with_context(relationship_view=True),
            "shifters_relations.res_partner_view_form",
        ) as form:
            form.relationship_posture = "with"
            form.relationship_need = "willing"
            self.assertIn("Joint advocacy", form.relationship_advice)
            self.assertIn("One simple first action", form.relationship_advice)
        offer = self.env.ref("shifters_relations.offer_posture_with")
        with self.assertRefused(AccessError):
            offer.with_user(self.helene).offer = "Mine"
        offer.with_user(self.organiser).offer = "A coffee"
        self.env.invalidate_all()
        self.assertIn("A coffee", self.partner.relationship_advice)

    def test_creating_what_is_known_already_says_so(self):
        known = self.env["res.partner"].create(
            {
                "name": "Fédération Nationale du Bois",
                "is_company": True,
                "relationship_stage": "candidate",
                "relationship_acronym": "F.N.B.",
                "website": "https://www.fnbois.com/accueil",
            }
        )
        Partner = self.env["res.partner"].with_user(self.helene)
        for values in (
            {"name": "federation nationale  du bois"},
            {"name": "FNB"},
            {"name": "Bois de France", "relationship_acronym": "fnb"},
            {"name": "Bois de France", "website": "http://fnbois.com"},
            {"name": "FÉDÉRATION NATIONALE DU BOIS"},
        ):
            with self.subTest(values=values):
                form = Form(Partner, "shifters_relations.res_partner_view_form")
                form.company_type = "company"
                for name, value in values.items():
                    form[name] = value
                self.assertEqual(form.relationship_duplicate_id, known)
        elsewhere = self.create_target("Łódź Straßenbau Београд")
        self.env.flush_all()
        for name in ("LODZ STRASSENBAU БЕОГРАД", "Łódź\u00a0straßenbau\u2011београд"):
            with Form(Partner, "shifters_relations.res_partner_view_form") as other:
                other.company_type, other.name = "company", name
                self.assertEqual(other.relationship_duplicate_id, elsewhere)
                other.name = "Something else"
        form.name, form.website = "Fédération du Bois", False
        self.assertFalse(form.relationship_duplicate_id)
        self.assertFalse(known.relationship_duplicate_id)

    def test_people_of_a_trade_are_found_across_organisations(self):
        family = self.env.ref("shifters_relations.job_family_training")
        other = self.env["res.partner"].create({"name": "Bob", "parent_id": self.create_target("Other").id})
        stranger = self.env["res.partner"].create({"name": "Eve"})
        (self.person | other | stranger).relationship_job_family_id = family
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations.res_partner_person_action")
        found = (
            self.env["res.partner"]
            .with_user(self.helene)
            .search([("is_company", "=", False), ("parent_id.relationship_stage", "!=", False)])
        )
        self.assertEqual(action["domain"].replace(" ", "")[:20], "[('is_company','=',F"[:20])
        self.assertIn(self.person, found)
        self.assertIn(other, found)
        self.assertNotIn(stranger, found)
        for name in ("relationship_job_family_id", "relationship_is_decider"):
            with self.assertRefused(AccessError):
                self.person.with_user(self.outsider).read([name])
