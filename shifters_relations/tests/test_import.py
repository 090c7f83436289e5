import csv
import io

from odoo.tests import tagged
from odoo.tools.misc import file_open

from .common import RelationshipCase

OPTIONS = {"has_headers": True, "quoting": '"', "separator": ",", "encoding": "utf-8", "advanced": False}
# The columns of the list that teams begin with, as they find it, in both languages.
ENGLISH = ["name", "acronym", "organisation_type", "sector", "scope", "city", "website"]
FRENCH = ["Nom", "Sigle", "Type d'organisation", "Secteur", "Échelle", "Ville", "Site web"]
FIELDS = [
    "name",
    "relationship_acronym",
    "relationship_type_id",
    "relationship_sector_id",
    "relationship_scope",
    "city",
    "website",
]


@tagged("post_install", "-at_install")
class TestImport(RelationshipCase):
    """A spreadsheet through Odoo's own import, whatever the language of the file or the user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner"].search([("relationship_stage", "!=", False)]).sudo().unlink()
        cls.french = cls.create_member("Frédérique", "organiser").user_id
        cls.french.lang = "fr_FR"

    def run_import(self, user, rows, dryrun=False):
        """What the import screen does: propose a mapping, then import with it."""
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        wizard = (
            self.env["base_import.import"]
            .with_user(user)
            .with_context(lang=user.lang)
            .create(
                {
                    "res_model": "res.partner",
                    "file": text.getvalue().encode(),
                    "file_name": "organisations.csv",
                    "file_type": "text/csv",
                }
            )
        )
        preview = wizard.parse_preview(dict(OPTIONS))
        self.assertNotIn("error", preview)
        mapping = ["/".join(preview["matches"].get(index, [])) or False for index in range(len(rows[0]))]
        return mapping, wizard.execute_import(mapping, rows[0], dict(OPTIONS), dryrun=dryrun)

    def read_list(self):
        with file_open("shifters_relations/demo/res.partner.csv") as file:
            return [[row[name] for name in FIELDS] for row in csv.DictReader(file)]

    def imported(self):
        return self.env["res.partner"].search([("relationship_stage", "!=", False)])

    def assertImported(self, result):
        self.assertFalse([message for message in result["messages"] if message["type"] == "error"])
        self.assertTrue(result["ids"])

    def test_the_whole_list_in_one_go_and_twice(self):
        rows = [ENGLISH, *self.read_list()]
        mapping, result = self.run_import(self.organiser, rows)
        self.assertEqual(mapping, FIELDS)
        self.assertImported(result)
        partners = self.imported()
        self.assertEqual(len(partners), 114)
        self.assertTrue(all(partners.mapped("is_company")))
        self.assertEqual(set(partners.mapped("relationship_stage")), {"candidate"})
        self.assertTrue(all(partners.mapped("relationship_cadence_id")))
        partners[0].write({"relationship_intention": "Keep me", "relationship_stage": "paused"})
        before = partners.read(
            ["name", "relationship_sector_id", "relationship_intention", "relationship_stage", "city"]
        )
        _mapping, result = self.run_import(self.organiser, rows)
        self.assertImported(result)
        self.assertEqual(self.imported(), partners)
        self.assertEqual(
            partners.read(["name", "relationship_sector_id", "relationship_intention", "relationship_stage", "city"]),
            before,
        )

    def test_headers_and_values_in_either_language_for_either_user(self):
        rows = {
            "english": [ENGLISH, ["Alpha", "A", "Trade union", "Energy", "National", "Paris", ""]],
            "french": [FRENCH, ["Bêta", "B", "Syndicat", "Énergie", "Nationale", "Paris", ""]],
        }
        energy = self.env.ref("shifters_relations.sector_energy")
        union = self.env.ref("shifters_relations.organisation_type_trade_union")
        for user in (self.organiser, self.french):
            for language, table in rows.items():
                with self.subTest(user=user.name, language=language):
                    mapping, result = self.run_import(user, table)
                    self.assertEqual(mapping, FIELDS)
                    self.assertImported(result)
                    partner = self.env["res.partner"].browse(result["ids"])
                    self.assertEqual(partner.relationship_sector_id, energy)
                    self.assertEqual(partner.relationship_type_id, union)
                    self.assertEqual(partner.relationship_scope, "national")

    def test_what_odoo_exports_comes_in_again_in_any_language(self):
        sectors = self.env["relationship.sector"].with_context(lang="en_US")
        energy = sectors.create({"name": "Test energy"})
        solar = sectors.create({"name": "Test solar / wind", "parent_id": energy.id})
        energy.with_context(lang="fr_FR").name = "Énergie d'essai"
        solar.with_context(lang="fr_FR").name = "Solaire / éolien d'essai"
        names = [
            name
            for name, field in self.env["res.partner"]._fields.items()
            if name.startswith("relationship_") and field.type in ("many2one", "selection") and field.exportable
        ]
        values = {
            "relationship_type_id": self.env["relationship.organisation.type"].search([], limit=1).id,
            "relationship_sector_id": solar.id,
            "relationship_cadence_id": self.quarterly.id,
            "relationship_stage": "candidate",
            "relationship_scope": "local",
            "relationship_position": "ally",
            "relationship_level": "2",
            "relationship_priority": "2",
            "relationship_source": "research",
            "relationship_posture": "with",
            "relationship_need": "started",
        }
        columns = [name for name in names if name in values]
        self.assertEqual(set(columns), set(values), "every exported word is tried")
        for lang in ("en_US", "fr_FR"):
            partner = self.env["res.partner"].create({"name": f"Club {lang}", "is_company": True, **values})
            self.french.lang = lang
            theirs = partner.with_user(self.french)
            [row] = partner.with_context(lang=lang).export_data(["name", *columns])["datas"]
            sector = row[1 + columns.index("relationship_sector_id")]
            self.assertEqual(sector, solar.with_context(lang=lang).display_name)
            partner.write(dict.fromkeys(set(columns) - {"relationship_stage", "relationship_cadence_id"}))
            result = theirs.with_context(lang="fr_FR").load(["name", *columns], [row])
            self.assertFalse(result["messages"])
            self.assertEqual(result["ids"], partner.ids)
            for name in columns:
                self.assertEqual(partner._fields[name].convert_to_write(partner[name], partner), values[name], name)

    def test_unknown_words_are_told_with_their_row_and_nothing_is_written(self):
        rows = [
            ENGLISH,
            ["Alpha", "", "Trade union", "Energy", "National", "", ""],
            ["Gamma", "", "Guild", "Energy", "National", "", ""],
            ["Delta", "", "Trade union", "Alchemy", "Galactic", "", ""],
        ]
        _mapping, result = self.run_import(self.organiser, rows)
        messages = [message["message"] for message in result["messages"]]
        self.assertFalse(result["ids"])
        self.assertFalse(self.imported())
        self.assertEqual([message["record"] for message in result["messages"]], [1, 2, 2])
        self.assertIn("Row 2: “Guild” is no organisation type that we know.", messages[0])
        self.assertIn("Row 3: “Alchemy” is no sector that we know.", messages[1])
        self.assertIn("Row 3: “Galactic” is no scope that we know.", messages[2])
        _mapping, result = self.run_import(self.french, rows)
        self.assertIn("Ligne 2 : « Guild »", result["messages"][0]["message"])

    def test_targets_get_the_sector_s_owner_and_the_others_stay_candidates(self):
        nobody = self.env["relationship.sector"].create({"name": "Test nobody's"})
        rows = [
            ["name", "sector", "stage", "contact owner"],
            ["By sector", "Test environment", "Target", ""],
            ["By name", nobody.name, "Cible", "Marc"],
            ["By login", nobody.name, "Target", "marc"],
            ["Without owner", nobody.name, "Target", ""],
        ]
        _mapping, result = self.run_import(self.organiser, rows)
        self.assertImported(result)
        owners = {
            partner.name: (partner.relationship_stage, partner.relationship_owner_id) for partner in self.imported()
        }
        self.assertEqual(
            owners,
            {
                "By sector": ("target", self.helene),
                "By name": ("target", self.marc),
                "By login": ("target", self.marc),
                "Without owner": ("candidate", self.env["res.users"]),
            },
        )
        warnings = [message for message in result["messages"] if message["type"] == "warning"]
        self.assertEqual([message["record"] for message in warnings], [3])
        self.assertIn("Row 4: Without owner stays a candidate", warnings[0]["message"])
        targets = self.imported().filtered(lambda partner: partner.relationship_stage == "target")
        self.assertEqual(self.env["mail.activity"].search_count([("relationship_partner_id", "in", targets.ids)]), 3)

    def test_an_owner_who_is_not_in_the_team_is_unknown(self):
        rows = [["name", "sector", "contact owner"], ["Alpha", "Energy", "outsider"]]
        _mapping, result = self.run_import(self.organiser, rows)
        self.assertIn("“outsider” is no contact owner", result["messages"][0]["message"])

    def test_empty_cells_erase_nothing_and_names_match_without_accents_or_case(self):
        partner = self.create_target(
            name="Fédération Énergie", city="Lyon", relationship_acronym="FE", phone="+33199001020"
        )
        rows = [["name", "acronym", "sector", "city"], ["  federation energie ", "", "Énergie", ""]]
        _mapping, result = self.run_import(self.organiser, rows)
        self.assertImported(result)
        self.assertEqual(result["ids"], partner.ids)
        self.assertEqual(partner.relationship_acronym, "FE")
        self.assertEqual(partner.city, "Lyon")
        self.assertEqual(partner.relationship_stage, "target")
        self.assertEqual(partner.relationship_sector_id, self.env.ref("shifters_relations.sector_energy"))

    def test_external_ids_come_first_and_are_learned(self):
        partner = self.create_target(name="Alpha")
        rows = [["External ID", "name", "acronym"], ["org_1", "Alpha", "A1"], ["org_2", "Beta", "B1"]]
        _mapping, result = self.run_import(self.organiser, rows)
        self.assertImported(result)
        self.assertEqual(self.env.ref("__import__.org_1"), partner)
        beta = self.env.ref("__import__.org_2")
        rows = [["External ID", "name", "acronym"], ["org_1", "Alpha renamed", "A2"], ["org_2", "Beta", "B2"]]
        _mapping, result = self.run_import(self.organiser, rows)
        self.assertImported(result)
        self.assertEqual(partner.name, "Alpha renamed")
        self.assertEqual(beta.relationship_acronym, "B2")
        self.assertEqual(len(self.imported()), 2)

    def test_a_test_run_writes_nothing(self):
        _mapping, result = self.run_import(self.organiser, [ENGLISH, *self.read_list()], dryrun=True)
        self.assertImported(result)
        self.assertFalse(self.imported())

    def test_other_imports_of_contacts_are_untouched(self):
        self.create_target(name="Alpha", city="Lyon")
        mapping, result = self.run_import(self.organiser, [["name", "city", "is_company"], ["Alpha", "", "True"]])
        self.assertEqual(mapping[:2], ["name", "city"])
        self.assertImported(result)
        created = self.env["res.partner"].browse(result["ids"])
        self.assertFalse(created.relationship_stage)
        self.assertEqual(self.env["res.partner"].search_count([("name", "=", "Alpha")]), 2)

    def test_a_contact_member_may_not_give_organisations_to_others(self):
        rows = [["name", "sector", "contact owner"], ["Alpha", "Energy", "Hélène"]]
        _mapping, result = self.run_import(self.marc, rows)
        self.assertFalse(result["ids"])
        self.assertIn("that nobody keeps", result["messages"][0]["message"])

    def test_the_template_is_there_for_members_and_imports(self):
        Partner = self.env["res.partner"]
        templates = Partner.with_user(self.organiser).with_context(relationship_view=True).get_import_templates()
        self.assertEqual(templates[0]["template"], "/shifters_relations/static/xls/organisations.xlsx")
        self.assertEqual(len(Partner.with_user(self.outsider).get_import_templates()), len(templates) - 1)
        with file_open("shifters_relations/static/xls/organisations.xlsx", "rb") as file:
            wizard = (
                self.env["base_import.import"]
                .with_user(self.french)
                .create(
                    {
                        "res_model": "res.partner",
                        "file": file.read(),
                        "file_name": "organisations.xlsx",
                        "file_type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    }
                )
            )
        preview = wizard.parse_preview({"has_headers": True})
        mapping = ["/".join(preview["matches"].get(index, [])) for index in range(len(preview["headers"]))]
        self.assertNotIn("", mapping)
        self.assertIn("relationship_sector_id", mapping)
        result = wizard.execute_import(mapping, preview["headers"], {"has_headers": True})
        self.assertImported(result)
