import base64
import json
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import RelationshipCase

LISTS = Path(__file__).parent / "lists"
COLUMNS = "representants_id;denomination;sigle_HATVP;identifiant_national;type_identifiant_national;dateCessation"
COLUMNS += ";label_categorie_organisation;ville;code_postal;site_web;adresse;nom_usage_HATVP;pays"
ROWS = [
    "1;UNION DU VELO;UIV;775672272;SIREN;;Association;LYON CEDEX 03;69003;uiv.example;;Union inventée du vélo;FRANCE",
    "2;SYNDICAT FICTIF;;W751000001;RNA;;Organisation syndicale et professionnelle;PARIS;75011;;;;FRANCE",
    "3;CABINET PARTI;;552081317;SIREN;12/02/2024 00:00:00;Cabinet de conseils;PARIS;75002;;;;FRANCE",
    "4;DUPOND JEANNE;;H000000001;HATVP;;Consultant indépendant;NANTES;44000;;;;FRANCE",
    "5;FEDERATION CONNUE;FC;542107651;SIREN;;Organisations professionnelles;LILLE;59000;fc.example;;;FRANCE",
]
VIEW = "\n".join([COLUMNS, *ROWS]).encode()


@tagged("post_install", "-at_install")
class TestImportRegister(RelationshipCase):
    """Public registers: chosen from, matched with the base, and without a person (B5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner"].search([("relationship_stage", "!=", False)]).sudo().unlink()
        cls.known = cls.create_target(
            "Fédération connue", relationship_siren="542107651", website="https://ours.example", city="Roubaix"
        )

    def read_register(self, content=VIEW, file_name="1_informations_generales.csv"):
        brought = (
            self.env["relationship.import"]
            .with_user(self.organiser)
            .create({"file_name": file_name, "file": base64.b64encode(content)})
        )
        brought.action_read()
        return brought

    def get_lines(self, brought):
        return {line.name: line for line in brought.line_ids}

    def test_a_register_says_what_there_is_to_choose_by(self):
        brought = self.read_register()
        self.assertEqual(brought.register, "hatvp")
        self.assertEqual(
            {choice.name: choice.row_count for choice in brought.category_choice_ids},
            {"Association": 1, "Organisation syndicale et professionnelle": 1, "Organisations professionnelles": 1},
        )
        self.assertIn("Entries in the register: 5.", brought.register_summary)
        self.assertIn("not read: 1.", brought.register_summary)

    def test_whom_one_seeks_is_said_first_and_who_has_chosen_goes_back_to_bring_in(self):
        brought = self.read_register()
        self.assertEqual(brought.step, "search")
        with self.assertRefused(UserError, "whom you are looking for"):
            brought.action_continue()
        brought.places = "69"
        brought.action_continue()
        self.assertEqual((brought.step, brought.waiting_count), ("preview", 1))
        window = brought.action_view_waiting()
        waiting = brought.line_ids.with_context(**window["context"])
        waiting.search(window["domain"]).action_take_in()
        self.assertEqual(waiting.browse().action_done_choosing()["res_id"], brought.id)

    def test_who_is_not_in_the_base_waits_to_be_chosen(self):
        brought = self.read_register()
        brought.action_preview()
        lines = self.get_lines(brought)
        self.assertEqual(lines["Union inventée du vélo"].decision, "skip")
        self.assertEqual(lines["Union inventée du vélo"].in_short, "UIV · Association · http://uiv.example")
        self.assertEqual(brought.waiting_count, 2)
        self.assertEqual(
            self.env["relationship.import.line"].search(brought.action_view_waiting()["domain"]).mapped("name"),
            ["Union inventée du vélo", "SYNDICAT FICTIF"],
        )
        self.assertEqual(lines["CABINET PARTI"].decision, "skip")
        with self.assertRefused(UserError, "left the register"):
            lines["CABINET PARTI"].decision = "create"
        self.assertIn("left the register", lines["CABINET PARTI"].reason)
        known = lines["FEDERATION CONNUE"]
        self.assertEqual(known.partner_id, self.known)
        self.assertEqual(set(known.changes), {"relationship_acronym", "zip"})
        brought.action_apply()
        self.assertFalse(
            self.env["res.partner"].search([("name", "in", ["Union inventée du vélo", "SYNDICAT FICTIF"])])
        )

    def test_the_chosen_become_candidates_found_by_research(self):
        brought = self.read_register()
        brought.action_preview()
        self.get_lines(brought)["Union inventée du vélo"].decision = "create"
        brought.action_apply()
        made = self.env["res.partner"].search([("name", "=", "Union inventée du vélo")])
        self.assertEqual(made.relationship_stage, "candidate")
        self.assertEqual(made.relationship_source, "research")
        self.assertEqual(made.relationship_siren, "775672272")
        self.assertEqual(made.relationship_acronym, "UIV")
        self.assertEqual(made.relationship_type_id, self.env.ref("shifters_relations.organisation_type_association"))
        self.assertEqual((made.city, made.zip), ("LYON", "69003"))
        brought.action_undo()
        self.assertFalse(made.exists())

    def test_what_the_team_knows_is_not_overwritten(self):
        brought = self.read_register()
        brought.action_preview()
        brought.action_apply()
        self.assertEqual(self.known.name, "Fédération connue")
        self.assertEqual(self.known.website, "https://ours.example")
        self.assertEqual(self.known.city, "Roubaix")
        self.assertEqual(self.known.relationship_acronym, "FC")

    def test_a_choice_leaves_the_others_out(self):
        brought = self.read_register()
        brought.category_choice_ids.filtered(lambda choice: choice.name == "Association").chosen = True
        brought.places = "69"
        brought.action_preview()
        self.assertEqual(
            [line.name for line in brought.line_ids if "left the register" not in line.reason],
            ["Union inventée du vélo"],
        )
        brought.places = "Lille"
        self.assertEqual(brought.state, "read")
        brought.action_preview()
        self.assertFalse(brought.line_ids.filtered(lambda line: "left the register" not in line.reason))

    def test_no_person_of_a_register_is_kept(self):
        publication = {
            "typeIdentifiantNational": "SIREN",
            "identifiantNational": "775672272",
            "denomination": "UNION INVENTEE",
            "emailDeContact": "ada.dupont@union.example",
            "categorieOrganisation": {"label": "Association"},
            "dirigeants": [{"nom": "DUPONT", "prenom": "ADA"}],
        }
        person = {**publication, "denomination": "DUPONT ADA", "identifiantNational": "H000000002"}
        person["typeIdentifiantNational"] = "HATVP"
        content = json.dumps({"publications": [publication, person]}).encode()
        brought = self.read_register(content, "agora_repertoire_opendata.json")
        brought.action_preview()
        brought.line_ids.decision = "create"
        brought.action_apply()
        self.assertFalse(brought.file, "it names who leads, and anybody can download it again")
        kept = str(brought.sudo().read()) + str(brought.line_ids.sudo().read()) + str(brought.choice_ids.sudo().read())
        self.assertNotIn("DUPONT", kept)
        self.assertNotIn("ada.dupont", kept)
        made = brought.line_ids.partner_id
        self.assertEqual(made.name, "UNION INVENTEE")
        self.assertFalse(made.email)
        self.assertFalse(made.child_ids)

    def test_where_the_map_is_empty_comes_first(self):
        association = self.env.ref("shifters_relations.organisation_type_association")
        union = self.env.ref("shifters_relations.organisation_type_trade_union")
        energy = self.env.ref("shifters_relations.sector_energy")
        self.create_target("Somebody", relationship_type_id=association.id, relationship_sector_id=energy.id)

        def publish(number, name, category):
            return {
                "typeIdentifiantNational": "SIREN",
                "identifiantNational": number,
                "denomination": name,
                "categorieOrganisation": {"label": category},
                "activites": {"listSecteursActivites": [{"label": "Energie"}]},
            }

        content = {
            "publications": [
                publish("775672272", "AMIS DE L'ENERGIE", "Association"),
                publish("552081317", "SYNDICAT DE L'ENERGIE", "Syndicat"),
            ]
        }
        brought = self.read_register(json.dumps(content).encode(), "agora.json")
        brought.action_preview()
        self.assertEqual(brought.line_ids.mapped("name"), ["SYNDICAT DE L'ENERGIE", "AMIS DE L'ENERGIE"])
        first = brought.line_ids[0]
        self.assertEqual(first.values["relationship_type_id"], union.id)
        self.assertIn("nor anybody of this type", first.reason)

    def test_the_team_may_say_what_a_category_stands_for(self):
        public = self.env.ref("shifters_relations.organisation_type_public_authority")
        known = self.env["relationship.import.synonym"].search([("word", "=", "association"), ("target", "=", "type")])
        known.with_user(self.organiser).record_ref = public
        brought = self.read_register()
        brought.action_preview()
        line = self.get_lines(brought)["Union inventée du vélo"]
        self.assertEqual(line.values["relationship_type_id"], public.id)

    def test_who_says_to_belong_to_whom_does_where_both_are_in_the_base(self):
        umbrella = self.create_target("Union fictive", relationship_rna="W751000001")
        publications = [
            {
                "typeIdentifiantNational": "SIREN",
                "identifiantNational": number,
                "denomination": name,
                "affiliations": [
                    {"denomination": "UNION", "identifiantNational": "W751000001"},
                    {"denomination": "CONFEDERATION INCONNUE"},
                ],
            }
            for number, name in (("542107651", "FEDERATION CONNUE"), ("775672272", "NOUVELLE"))
        ]
        brought = self.read_register(json.dumps({"publications": publications}).encode(), "agora.json")
        brought.action_preview()
        self.get_lines(brought)["NOUVELLE"].decision = "create"
        brought.action_apply()
        self.assertEqual(sorted(brought.line_ids.mapped("decision")), ["create", "update"])
        self.assertEqual(
            set(umbrella.relationship_affiliated_ids.organisation_id.mapped("name")), {"Fédération connue", "NOUVELLE"}
        )
        self.assertFalse(self.env["res.partner"].search([("name", "ilike", "inconnue")]))

    def test_more_than_one_can_choose_from_are_not_shown(self):
        rows = [f"{n};NUMERO {n};;;;;Association;LYON;69003;;;;FRANCE" for n in range(2_001)]
        brought = self.read_register("\n".join([COLUMNS, *rows]).encode())
        with self.assertRefused(UserError, "choose a category"):
            brought.action_preview()

    def test_contact_members_are_refused(self):
        brought = self.read_register()
        with self.assertRefused(Exception):
            brought.with_user(self.helene).action_preview()
        with self.assertRefused(Exception):
            brought.with_user(self.helene).choice_ids.write({"chosen": True})

    def test_every_register_is_known_from_the_folder(self):
        for name in ("hatvp", "rna_waldec", "rna_import", "sirene"):
            (path,) = (path for path in (LISTS / name).iterdir() if path.name != "expected.json")
            with self.subTest(name):
                brought = self.read_register(path.read_bytes(), path.name)
                self.assertEqual(brought.register, name.partition("_")[0])
                brought.action_preview()
                self.assertFalse(brought.line_ids.filtered(lambda line: line.decision == "create"))
