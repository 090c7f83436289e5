import csv
from pathlib import Path

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from psycopg2.errors import CheckViolation

from ..sameness import MOST
from .common import RelationshipCase

PAIRS = Path(__file__).parent / "sameness.csv"
SIREN, OTHER_SIREN, RNA = "775672272", "552008443", "W751184083"
FIELDS = {
    "name": "name",
    "acronym": "relationship_acronym",
    "city": "city",
    "zip": "zip",
    "site": "website",
    "siren": "relationship_siren",
    "rna": "relationship_rna",
}


@tagged("post_install", "-at_install")
class TestSameness(RelationshipCase):
    """What is the same is one idea: the form says what the table of pairs says."""

    def create_organisation(self, name="Rail", **values):
        return self.env["res.partner"].create({"name": name, "is_company": True, **values})

    def test_the_form_says_what_the_table_of_pairs_says(self):
        with PAIRS.open(encoding="utf-8", newline="") as table:
            pairs = list(csv.DictReader(table, delimiter=";"))
        for pair in pairs:
            with self.subTest(one=pair["name"], two=pair["name 2"], why=pair["why"]):
                one, two = (
                    self.create_organisation(**{field: pair[column + end] for column, field in FIELDS.items()})
                    for end in ("", " 2")
                )
                found = (one | two).filtered("relationship_duplicate_id")
                self.assertEqual(found, one.browse() if pair["verdict"] == "different" else one | two)
                (one | two).unlink()

    def test_the_likeliest_one_is_shown_at_a_constant_cost(self):
        far, near = self.create_organisation(city="Brest"), self.create_organisation(city="Lyon")
        form = Form(self.env["res.partner"].with_user(self.helene), "shifters_relations.res_partner_view_form")
        form.company_type, form.name, form.city = "company", "RAIL", "Lyon"
        self.assertEqual(form.relationship_duplicate_id, near)
        form.relationship_siren = SIREN
        far.relationship_siren = SIREN
        form.name = "Route"
        self.assertEqual(form.relationship_duplicate_id, far)
        self.create_organisation("Rail", city="Lyon", relationship_siren=SIREN)
        self.env.flush_all()
        self.env.invalidate_all()
        new = self.env["res.partner"].new({"name": "RAIL", "is_company": True, "website": "rail.example.org"})
        with self.assertQueryCount(2):
            self.assertTrue(new.relationship_duplicate_id)

    def test_of_very_many_of_one_name_the_one_of_the_town_is_found(self):
        towns = [
            {"name": "Amicale laïque", "is_company": True, "city": f"Ville {number}"} for number in range(MOST + 2)
        ]
        self.env["res.partner"].create(towns)
        last = self.create_organisation("Amicale laïque", city="Brest")
        new = self.env["res.partner"].new({"name": "AMICALE LAIQUE", "is_company": True, "city": "Brest"})
        self.assertEqual(new.relationship_duplicate_id, last)

    def test_identifiers_are_kept_as_registers_write_them(self):
        for written, kept in (
            ("775 672 272", SIREN),
            ("77567227221138", SIREN),
            ("\u202f775.672.272", SIREN),
            ("", False),
        ):
            with self.subTest(written=written):
                self.assertEqual(self.create_organisation(relationship_siren=written).relationship_siren, kept)
        for written, kept in (("w751 184 083", RNA), ("W9T1002867", "W9T1002867")):
            self.assertEqual(self.create_organisation(relationship_rna=written).relationship_rna, kept)

    def test_what_no_register_can_have_given_is_refused_in_a_sentence(self):
        partner = self.create_target()
        for values, sentence in (
            ({"relationship_siren": "775672273"}, "“775672273” is no SIREN of Réseau Climat"),
            ({"relationship_siren": "12"}, "is no SIREN"),
            ({"relationship_siren": RNA}, "is no SIREN"),
            ({"relationship_rna": "751184083"}, "is no RNA number"),
        ):
            with self.subTest(values=values), self.assertRefused(ValidationError, sentence):
                partner.with_user(self.helene).write(values)
        person = self.env["res.partner"].create({"name": "Ada"})
        for values in ({"relationship_siren": SIREN}, {"relationship_rna": RNA}):
            with self.assertRefused(CheckViolation):
                person.write(values)
                self.env.flush_all()

    def test_an_identifier_finds_its_organisation(self):
        partner = self.create_organisation(relationship_siren=SIREN, relationship_rna=RNA)
        partners = self.env["res.partner"].with_user(self.helene)
        for words in (SIREN, "775 672 272", RNA.lower()):
            with self.subTest(words=words):
                self.assertEqual(partners.search([("display_name", "ilike", words)]), partner)
        self.assertEqual(partner.export_data(["relationship_siren"])["datas"], [[SIREN]])

    def test_a_name_that_is_the_same_is_found(self):
        partner = self.create_organisation("Rail & Route de Saint-Denis")
        partners = self.env["res.partner"].with_user(self.helene)
        for words in ("rail et route", "Le RAIL ET ROUTE DE ST DENIS", "route & rail", "St Denis Rail"):
            with self.subTest(words=words):
                self.assertEqual(
                    partner in partners.search([("display_name", "ilike", words)]), "St Denis" not in words
                )

    def test_a_merge_keeps_identifiers_and_is_refused_where_they_say_two(self):
        kept = self.create_organisation(relationship_siren=SIREN)
        source = self.create_organisation(relationship_rna=RNA)
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.organiser)
        wizard._merge((kept | source).ids, kept.with_env(wizard.env))
        self.env.invalidate_all()
        self.assertEqual((kept.relationship_siren, kept.relationship_rna), (SIREN, RNA))
        other = self.create_organisation("Route", relationship_siren=OTHER_SIREN)
        with self.assertRefused(UserError, rf"Rail \({SIREN}\), Route \({OTHER_SIREN}\)"):
            wizard._merge((kept | other).ids, kept.with_env(wizard.env))
