import base64
import csv
import io
import random
from unittest.mock import patch

import openpyxl
import psycopg2
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext, mute_logger
from odoo.tools.misc import file_open

from ..hooks import uninstall_hook
from ..models.intake import relationship_import_apply, relationship_import_preview, relationship_import_undo
from ..models.intake.base_index import BaseIndex
from ..models.intake.vocabulary import LEFT_OUT
from ..sameness import Index, Likeness
from .common import TODAY, RelationshipCase

AT_WORK = (relationship_import_apply, relationship_import_preview, relationship_import_undo)


class IntakeCase(RelationshipCase):
    """Lists brought in by the organiser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner"].search([("relationship_stage", "!=", False)]).sudo().unlink()
        cls.energy = cls.env.ref("shifters_relations.sector_energy")
        cls.union = cls.env.ref("shifters_relations.organisation_type_trade_union")

    @classmethod
    def open_list(cls, rows, user=None, **values):
        """A list of rows, its headers first, as it is uploaded."""
        text = io.StringIO()
        csv.writer(text, delimiter=";").writerows(rows)
        content = base64.b64encode(text.getvalue().encode())
        lists = cls.env["relationship.import"].with_user(user or cls.organiser)
        return lists.create({"file": content, "file_name": "list.csv", **values})

    @classmethod
    def preview(cls, rows, user=None, **values):
        brought = cls.open_list(rows, user, **values)
        brought.action_read()
        brought.action_preview()
        return brought

    @classmethod
    def bring_in(cls, rows, user=None, **values):
        brought = cls.preview(rows, user, **values)
        brought.action_apply()
        return brought

    def imported(self):
        return self.env["res.partner"].search([("relationship_stage", "!=", False)])

    def get_base(self):
        """What stands in the base of organisations, persons and contacts."""
        self.env.flush_all()
        self.env.invalidate_all()
        partners = self.env["res.partner"].with_context(active_test=False).search([], order="id")
        names = [
            name
            for name, field in partners._fields.items()
            if field.store and field.column_type and name not in ("write_date", "write_uid")
        ]
        syntheses = self.env["relationship.synthesis"].search([], order="id")
        renewals = self.env["mail.activity"].search([("relationship_partner_id", "!=", False)])
        return {
            "partners": partners.read(names, load=None),
            "syntheses": syntheses.read(["partner_id", "date", "summary", "state"], load=None),
            "renewals": sorted((each.relationship_partner_id.id, each.date_deadline) for each in renewals),
        }


@tagged("post_install", "-at_install")
class TestIntake(IntakeCase):
    """A list comes in: read, previewed, applied (B1, B2, B3)."""

    def test_a_sheet_for_each_year_is_said_and_comes_in_with_the_others(self):
        """The sheets of the same columns, in whatever order: one of them, or all as one list."""
        book = openpyxl.Workbook()
        book.active.title = "2024"
        sheets = {
            "2024": [["Structure", "Ville", "Couleur 2024"], ["Ligue", "Lyon", ""], ["Union", "Nice", ""]],
            "2025": [["Ville", "Structure", "Couleur 2025"], ["Metz", "Amicale", ""], ["Lyon", "Ligue", ""]],
            "Adresses": [["Rue", "Structure"], ["1 rue Verte", "Ligue"]],
        }
        for name, rows in sheets.items():
            page = book.active if name == "2024" else book.create_sheet(name)
            for row in rows:
                page.append(row)
        file = io.BytesIO()
        book.save(file)
        lists = self.env["relationship.import"].with_user(self.organiser)
        brought = lists.create({"file": base64.b64encode(file.getvalue()), "file_name": "suivi.xlsx"})
        brought.action_read()
        self.assertEqual((brought.sheet, brought.alike_sheets, brought.row_count), ("2024", "2025", 2))
        self.assertEqual(brought.filled_column_ids.mapped("header"), ["Structure", "Ville"])
        self.assertEqual(brought.empty_columns, "Couleur 2024")
        brought.action_read_together()
        self.assertEqual((brought.is_together, brought.alike_sheets, brought.row_count), (True, "", 4))
        brought.action_preview()
        found = [(line.name, line.detail, line.rows) for line in brought.line_ids]
        self.assertEqual(found, [("Ligue", "Lyon", "2, 6"), ("Union", "Nice", "3"), ("Amicale", "Metz", "5")])
        with self.assertRaises(AccessError):
            brought.with_user(self.helene).action_read_together()

    def test_what_one_is_a_member_of_stands_in_several_columns_and_several_in_a_cell(self):
        lines = self.preview(
            [
                ["Structure", "Fédération", "Réseau"],
                ["Ligue", "Union fictive + Cercle rêvé + Inconnu", ""],
                ["Amicale", "Union fictive, Cercle rêvé", "Collectif et Cie"],
                ["Club", "Ligue et Rien", ""],
                *([name, "", ""] for name in ("Union fictive", "Cercle rêvé", "Collectif et Cie")),
            ]
        ).line_ids
        said = [(line.changes.get("relationship_affiliation_ids", ["", ""])[1], line.reason) for line in lines[:3]]
        self.assertEqual(said[0][0], "Union fictive, Cercle rêvé")
        self.assertIn("not in the base, or several: Inconnu", said[0][1])
        self.assertEqual(said[1], ("Union fictive, Cercle rêvé, Collectif et Cie", False))
        self.assertIn("not in the base, or several: Ligue et Rien", said[2][1])

    def test_notes_on_a_person_are_hers_and_several_addresses_are_said(self):
        rows = [
            ["Prénom", "Nom", "Structure", "E-mail", "Remarques"],
            ["Ada", "Byron", "Ligue", "ada@ligue.example ; byron@ligue.example", "Speaks slowly"],
            ["", "", "Union", "", "Has moved"],
        ]
        brought = self.bring_in(rows)
        ada = self.imported().child_ids
        self.assertEqual(html2plaintext(ada.comment), "Speaks slowly")
        self.assertFalse(ada.parent_id.comment)
        self.assertEqual(
            html2plaintext(self.imported().filtered(lambda each: each.name == "Union").comment), "Has moved"
        )
        self.assertEqual(ada.email, "ada@ligue.example, byron@ligue.example")
        self.assertIn("several addresses", " ".join(filter(None, brought.line_ids.mapped("reason"))))
        again = self.preview(rows)
        self.assertEqual(set(again.line_ids.mapped("decision")), {"unchanged"})

    def test_the_list_that_teams_begin_with_comes_in_and_the_second_time_nothing_changes(self):
        with file_open("shifters_relations/demo/res.partner.csv") as file:
            names = ["name", "relationship_acronym", "relationship_type_id", "relationship_sector_id"]
            names += ["relationship_scope", "city", "website"]
            rows = [[row[name] for name in names] for row in csv.DictReader(file)]
        headers = ["Nom", "Sigle", "Type d'organisation", "Secteur", "Échelle", "Ville", "Site web"]
        first = self.bring_in([headers, *rows])
        self.assertEqual(
            first.column_ids.mapped("target"), ["name", "acronym", "type", "sector", "scope", "city", "website"]
        )
        self.assertFalse(first.word_ids)
        self.assertEqual((first.state, first.new_count, first.ask_count), ("applied", 114, 0))
        partners = self.imported()
        self.assertEqual(len(partners), 114)
        self.assertEqual(set(partners.mapped("relationship_stage")), {"candidate"})
        self.assertTrue(all(partners.mapped("relationship_cadence_id")))
        before = self.get_base()
        again = self.bring_in([headers, *rows])
        self.assertEqual((again.unchanged_count, len(again.line_ids)), (114, 114))
        self.assertEqual(self.get_base(), before)

    def test_a_row_says_what_becomes_of_the_organisation_and_of_its_person(self):
        known = self.create_target(name="Fédération Énergie", city="Lyon", phone="01 99 00 10 20")
        ada = self.env["res.partner"].create({"name": "Ada Byron", "parent_id": known.id, "email": "ada@example.org"})
        brought = self.preview(
            [
                ["Organisation", "Ville", "Téléphone", "Nom du contact", "E-mail du contact", "Fonction du contact"],
                ["FEDERATION ENERGIE", "", "+33 1 99 00 10 21", "BYRON Ada", "ada@example.org", "Présidente"],
                ["Fédération énergie", "Lyon", "", "Bob Martin", "bob@example.org", ""],
                ["Nouvelle ligue", "Brest", "", "", "", ""],
            ]
        )
        lines = {line.name: line for line in brought.line_ids}
        federation, league = lines["Fédération énergie"], lines["Nouvelle ligue"]
        self.assertEqual(
            (federation.kind, federation.decision, federation.partner_id), ("organisation", "update", known)
        )
        self.assertEqual(federation.rows, "2, 3")
        self.assertEqual(federation.changes, {"phone": ["01 99 00 10 20", "+33 1 99 00 10 21"]})
        self.assertIn("01 99 00 10 20", federation.changes_html)
        persons = federation.person_line_ids
        self.assertEqual(persons.mapped("decision"), ["update", "create"])
        self.assertEqual(persons[0].partner_id, ada)
        self.assertEqual(persons[0].changes, {"function": ["", "Présidente"]})
        self.assertEqual(league.decision, "create")
        self.assertFalse(self.env["res.partner"].search_count([("name", "in", ["Nouvelle ligue", "Bob Martin"])]))
        brought.action_apply()
        self.assertEqual(known.name, "Fédération Énergie")
        self.assertEqual((known.city, known.phone), ("Lyon", "+33 1 99 00 10 21"))
        self.assertEqual(known.child_ids.mapped("name"), ["Ada Byron", "Bob Martin"])
        self.assertEqual(ada.function, "Présidente")
        self.assertEqual(known.relationship_stage, "target")

    def test_persons_of_known_organisations_are_no_organisations(self):
        known = self.create_target(name="Réseau Climat")
        person = self.env["res.partner"].create({"name": "Ada Byron", "parent_id": known.id})
        brought = self.bring_in(
            [["Nom", "E-mail"], ["Réseau Climat", "ada@example.org"], ["Ada BYRON", "ada@example.org"]]
        )
        self.assertEqual(brought.line_ids.mapped("kind"), ["organisation", "person"])
        self.assertEqual(known.email, "ada@example.org")
        self.assertEqual(person.email, "ada@example.org")
        self.assertEqual(self.imported(), known)

    def test_persons_come_in_as_persons_and_the_second_time_nothing_is_doubled(self):
        known = self.create_target(name="Réseau Climat")
        rows = [
            ["Nom", "Société associée", "Type de société", "Fonction", "E-mail"],
            ["Réseau climat", "", "Société", "", ""],
            ["Bob Martin", "Réseau climat", "Personne", "Trésorier", "bob@example.org"],
            ["Bob Martin", "Réseau climat", "Personne", "Stagiaire", "bob2@example.org"],
            ["Ève", "", "Personne", "", ""],
        ]
        brought = self.bring_in(rows)
        functions = {person.email: person.function for person in known.child_ids}
        self.assertEqual(functions, {"bob@example.org": "Trésorier", "bob2@example.org": "Stagiaire"})
        self.assertFalse(any(known.child_ids.mapped("relationship_stage")))
        self.assertEqual(brought.line_ids.filtered(lambda line: line.name == "Ève").decision, "skip")
        self.assertEqual(self.bring_in(rows).unchanged_count, 3)
        self.assertEqual(len(known.child_ids), 2)

    def test_unknown_words_are_asked_about_once_and_remembered(self):
        rows = [
            ["Nom", "Type", "Secteur"],
            ["Alpha", "Guilde", "Énergies"],
            ["Bêta", "guilde ", "Alchimie"],
            ["Gamma", "Syndicat; Guilde", "Énergie"],
        ]
        brought = self.open_list(rows)
        brought.action_read()
        words = {word.word: word for word in brought.word_ids}
        self.assertEqual(
            {name: word.row_count for name, word in words.items()}, {"Guilde": 3, "Énergies": 1, "Alchimie": 1}
        )
        self.assertEqual((words["Énergies"].decision, words["Énergies"].record_ref), ("use", self.energy))
        self.assertFalse(words["Guilde"].decision)
        words["Guilde"].decision = "create"
        words["Alchimie"].decision = "leave"
        brought.action_preview()
        self.assertFalse(self.env["relationship.organisation.type"].search([("name", "=", "Guilde")]))
        brought.action_apply()
        guild = self.env["relationship.organisation.type"].search([("name", "=", "Guilde")])
        self.assertEqual(len(guild), 1)
        found = {partner.name: partner for partner in self.imported()}
        self.assertEqual(
            (found["Alpha"].relationship_type_id, found["Alpha"].relationship_sector_id), (guild, self.energy)
        )
        self.assertFalse(found["Bêta"].relationship_sector_id)
        self.assertEqual(found["Gamma"].relationship_type_id, self.union)
        again = self.preview(rows)
        self.assertEqual(again.word_ids.mapped(lambda word: (word.word, word.decision)), [("Alchimie", "leave")])
        self.assertEqual(again.unchanged_count, 3)
        self.assertEqual(again.synonym_ids.mapped("word"), ["energies"], "an answer can be mended where it is met")
        again.synonym_ids.write({"record_ref": f"relationship.sector,{self.environment.id}", "decision": "use"})
        self.assertEqual(again.state, "read")
        again.action_preview()
        self.assertEqual(again.changed_line_ids.mapped("name"), ["Alpha"])
        again.write({"synonym_ids": [(1, again.synonym_ids.id, {"decision": "leave"})]})
        self.assertFalse(again.synonym_ids.record_ref)

    def test_what_words_mean_is_known_in_as_many_queries_for_3_as_for_40(self):
        Synonym, Type = self.env["relationship.import.synonym"], self.env["relationship.organisation.type"]

        def count_queries(words):
            kinds = Type.create([{"name": word} for word in words])
            Synonym.create(
                [
                    {"target": "type", "word": word, "record_ref": f"{Type._name},{kind.id}"}
                    for word, kind in zip(words, kinds, strict=True)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual({("type", word) for word in words} - set(Synonym._get_decided()), set())
            return self.cr.sql_log_count - before

        count_queries(["warm"])
        few = count_queries([f"word {number}" for number in range(3)])
        self.assertEqual(count_queries([f"more {number}" for number in range(40)]), few)

    def test_a_word_that_stood_for_what_is_gone_or_archived_is_asked_again(self):
        Synonym, Type = self.env["relationship.import.synonym"], self.env["relationship.organisation.type"]
        kept, gone, archived = Type.create([{"name": name} for name in ("Kept", "Gone", "Archived")])
        words = [(kept, "kept"), (gone, "gone"), (archived, "archived")]
        Synonym.create(
            [{"target": "type", "word": word, "record_ref": f"{Type._name},{kind.id}"} for kind, word in words]
        )
        Synonym.create({"target": "owner", "word": "left", "record_ref": f"res.users,{self.outsider.id}"})
        Synonym.create({"target": "type", "word": "nothing"})
        gone.unlink()
        archived.active = False
        self.env.invalidate_all()
        decided = Synonym._get_decided()
        self.assertEqual(decided["type", "kept"], kept.id)
        self.assertEqual(decided["type", "nothing"], LEFT_OUT)
        for known in (("type", "gone"), ("type", "archived"), ("owner", "left")):
            self.assertNotIn(known, decided)

    def test_each_reader_is_at_a_step_of_her_own_until_the_list_moves_on(self):
        brought = self.preview([["Nom", "Le mot de la fin"], ["Été", "12/09/2026"]])
        self.assertNotIn("2026-09-12", brought.samples_html)
        theirs = brought.with_user(self.pilot)
        brought.step = "columns"
        self.assertEqual((brought.step, theirs.step), ("columns", "preview"))
        brought.column_ids[1].target = "city"
        self.assertEqual((brought.step, theirs.step), ("columns", "columns"))
        brought.action_continue()
        self.assertEqual((brought.state, brought.step, theirs.step), ("previewed", "preview", "preview"))
        theirs.step = "file"
        brought.action_apply()
        self.assertEqual((brought.step, theirs.step), ("result", "result"))

    def test_a_first_name_alone_is_proposed_and_usual_words_are_known(self):
        zoe = self.create_member("Zoé Martin", "contact").user_id
        brought = self.open_list(
            [
                ["Nom", "Échelle", "Référent", "Dernier contact", "Mode"],
                ["Alpha", "Région", "Zoé", "12/01/2026", "visio"],
            ]
        )
        brought.action_read()
        self.assertEqual(brought.word_ids.mapped("word"), ["Zoé"])
        self.assertEqual((brought.word_ids.decision, brought.word_ids.record_ref), ("use", zoe))
        brought.action_preview()
        brought.action_apply()
        alpha = self.imported()
        self.assertEqual((alpha.relationship_scope, alpha.relationship_owner_id), ("regional", zoe))
        self.assertEqual(alpha.relationship_last_channel, "video")

    def test_two_members_of_one_name_are_told_apart_and_strangers_own_nothing(self):
        other = self.create_member("Marc 2", "contact").user_id
        other.name = "Marc"
        brought = self.open_list(
            [["Nom", "Référent"], ["Alpha", "Marc"], ["Bêta", "outsider"], ["Gamma", "Hélène"]],
        )
        brought.action_read()
        words = {word.word: word for word in brought.word_ids}
        self.assertEqual(set(words), {"Marc", "outsider"})
        self.assertIn("Several", words["Marc"].reason)
        self.assertIn("Nobody of the team", words["outsider"].reason)
        with self.assertRefused(UserError):
            words["outsider"].write({"decision": "use", "record_ref": f"res.users,{self.outsider.id}"})
        words["Marc"].write({"decision": "use", "record_ref": f"res.users,{other.id}"})
        brought.action_preview()
        brought.action_apply()
        owners = {partner.name: partner.relationship_owner_id for partner in self.imported()}
        self.assertEqual(owners, {"Alpha": other, "Bêta": self.env["res.users"], "Gamma": self.helene})

    def test_targets_without_an_owner_stay_candidates_and_say_so(self):
        brought = self.bring_in(
            [
                ["Nom", "Secteur", "Étape", "Référent"],
                ["Un", "Test environment", "Cible", ""],
                ["Deux", "", "Target", ""],
            ]
        )
        stages = {partner.name: partner.relationship_stage for partner in self.imported()}
        self.assertEqual(stages, {"Un": "target", "Deux": "candidate"})
        self.assertIn("Stays a candidate", brought.line_ids.filtered(lambda line: line.name == "Deux").reason)

    def test_what_is_ambiguous_is_asked_and_never_written(self):
        lyon = self.create_target(name="Secours", city="Lyon")
        brest = self.create_target(name="Secours", city="Brest")
        brought = self.preview([["Nom", "Téléphone"], ["SECOURS", "01 99 00 10 20"]])
        line = brought.line_ids
        self.assertEqual((line.decision, line.candidate_ids), ("ask", lyon | brest))
        brought.action_apply()
        self.assertFalse(lyon.phone or brest.phone)
        brought = self.preview([["Nom", "Téléphone"], ["SECOURS", "01 99 00 10 20"]])
        brought.line_ids.partner_id = brest
        self.assertEqual(brought.line_ids.decision, "update")
        brought.action_apply()
        self.assertEqual((lyon.phone, brest.phone), (False, "01 99 00 10 20"))

    def test_how_a_list_writes_a_name_changes_no_name_of_the_base(self):
        known = self.create_target(name="Confédération des ligues du travail", relationship_acronym="CLT")
        brought = self.preview([["Nom", "Téléphone"], ["C.L.T.", "01 99 00 10 20"]])
        line = brought.line_ids
        self.assertEqual((line.decision, line.candidate_ids), ("ask", known))
        self.assertIn("this one", line.reason)
        line.partner_id = known
        self.assertEqual(list(line.changes), ["phone"])
        brought.action_apply()
        self.assertEqual((known.name, known.phone), ("Confédération des ligues du travail", "01 99 00 10 20"))
        self.env["ir.model.data"]._update_xmlids([{"xml_id": "__import__.clt", "record": known}])
        self.bring_in([["id", "name"], ["__import__.clt", "Union des ligues"]])
        self.assertEqual(known.name, "Union des ligues")

    def test_the_preview_shows_who_becomes_the_owner_by_the_sector(self):
        brought = self.bring_in([["Nom", "Secteur", "E-mail"], ["Alpha", "Test environment", "a@b"]])
        self.assertEqual(brought.line_ids.changes["relationship_owner_id"], ["", "Hélène, by the sector"])
        self.assertIn("a@b", brought.line_ids.reason)
        self.assertEqual(self.imported().relationship_owner_id, self.helene)

    def test_the_nearest_word_is_a_name_s_part_before_it_is_another_spelling(self):
        for name in ("Test forêt et bois", "Test fret", "Test emploi", "Zforêt et bois", "Zfret", "Ycar"):
            self.env["relationship.sector"].create({"name": name})
        julien = self.create_member("Julien Moreau", "contact").user_id
        brought = self.open_list(
            [
                ["Nom", "Secteur", "Référent"],
                ["Un", "Test forêt", "J. Moreau"],
                ["Deux", "Le test emploi des jeunes", ""],
                ["Trois", "Zforêts", ""],
                ["Quatre", "Ycars", ""],
                ["Cinq", "Yclar", ""],
            ]
        )
        brought.action_read()
        meant = {word.word: word.record_ref and word.record_ref.name for word in brought.word_ids}
        expected = {
            "Test forêt": "Test forêt et bois",
            "Le test emploi des jeunes": "Test emploi",
            "Zforêts": "Zforêt et bois",
            "Ycars": "Ycar",
            "Yclar": None,
            "J. Moreau": julien.name,
        }
        self.assertEqual(meant, expected)

    def test_who_goes_on_is_told_of_words_without_an_answer(self):
        brought = self.open_list([["Nom", "Type"], ["Alpha", "Zzz"]])
        brought.action_read()
        brought.action_continue()
        self.assertEqual(brought.step, "words")
        with self.assertRefused(UserError, "Zzz"):
            brought.action_continue()
        brought.word_ids.decision = "leave"
        brought.action_continue()
        self.assertEqual(brought.state, "previewed")

    def test_what_was_decided_of_a_line_stays_when_a_column_changes(self):
        lyon = self.create_target(name="Secours", city="Lyon")
        self.create_target(name="Secours", city="Brest")
        rows = [["Nom", "Téléphone", "Rue"], ["SECOURS", "01 99 00 10 20", "Ici"], ["Alpha", "", ""], ["Bêta", "", ""]]
        brought = self.preview(rows)
        lines = {line.name: line for line in brought.line_ids}
        lines["SECOURS"].partner_id = lyon
        lines["Alpha"].decision = "skip"
        brought.column_ids.filtered(lambda column: column.target == "street").target = False
        brought.action_preview()
        decisions = {line.name: (line.decision, line.partner_id) for line in brought.line_ids}
        self.assertEqual(decisions["SECOURS"], ("update", lyon))
        self.assertEqual((decisions["Alpha"][0], decisions["Bêta"][0]), ("skip", "create"))
        brought.action_apply()
        self.assertEqual((lyon.phone, lyon.street), ("01 99 00 10 20", False))

    def test_what_is_no_number_and_no_site_is_said(self):
        headers, good = ["Nom", "Téléphone", "Site web"], ["Bêta", "01 99 00 10 20", "beta.example"]
        line = self.preview([headers, ["Alpha", "plus tard", "pas de site"], good]).line_ids[0]
        self.assertFalse({"phone", "website"} & line.changes.keys())
        self.assertIn("plus tard", line.reason)
        self.assertIn("pas de site", line.reason)

    def test_what_is_left_out_says_why(self):
        archived = self.create_target(name="Vieille ligue")
        archived.active = False
        silent = self.create_target(name="Ligue du silence")
        silent.relationship_no_contact = True
        self.env["relationship.objection"]._remember(["moi@example.org"])
        brought = self.preview(
            [
                ["Nom", "E-mail", "Ville"],
                ["", "", "Paris"],
                [self.env.company.name, "", ""],
                ["Vieille Ligue", "", "Lyon"],
                ["Ligue du silence", "", "Lyon"],
                ["Nouvelle", "moi@example.org", ""],
            ]
        )
        self.assertEqual(brought.line_ids.mapped("decision"), ["skip"] * 5)
        for line, said in zip(
            brought.line_ids,
            ("no name", "our own", "archived", "not to be contacted", "not to be contacted"),
            strict=True,
        ):
            self.assertIn(said, line.reason)
        last = brought.line_ids[-1]
        last.decision = "create"
        brought.action_apply()
        self.assertTrue(last.partner_id.relationship_no_contact)
        self.assertFalse(archived.city or silent.city)

    def test_past_contacts_become_syntheses_and_the_plan_is_right_from_the_first_day(self):
        rows = [
            ["Nom", "Étape", "Référent", "Dernier contact", "Compte rendu"],
            ["Alpha", "Cible", "Hélène", "12/01/2026", "Vus <b>à Lyon</b>"],
            ["Bêta", "", "", "12/02/2026", "Appelés"],
            ["Gamma", "", "", "12/12/2026", "Demain"],
        ]
        brought = self.bring_in(rows)
        alpha, beta, gamma = (
            self.imported().filtered(lambda each, n=name: each.name == n) for name in ("Alpha", "Bêta", "Gamma")
        )
        synthesis = alpha.relationship_synthesis_ids
        self.assertEqual((synthesis.state, synthesis.author_id, synthesis.import_id), ("done", self.helene, brought))
        self.assertEqual(html2plaintext(synthesis.summary), "Vus <b>à Lyon</b>")
        self.assertEqual(str(alpha.relationship_last_contact_date), "2026-01-12")
        self.assertEqual(beta.relationship_synthesis_ids.author_id, self.organiser)
        self.assertFalse(gamma.relationship_synthesis_ids)
        self.assertIn("future", brought.line_ids.filtered(lambda line: line.name == "Gamma").reason)
        self.assertEqual(len(self.renewal_of(alpha)), 1)
        self.assertGreater(alpha.relationship_next_contact_date, TODAY)
        activities = self.env["mail.activity"].with_context(active_test=False)
        self.assertEqual(activities.search_count([("relationship_partner_id", "=", alpha.id)]), 1)
        self.assertEqual(len(alpha.message_ids), 1)
        again = self.bring_in(rows)
        self.assertEqual(again.unchanged_count, 3)
        self.assertEqual(len(alpha.relationship_synthesis_ids), 1)

    def test_how_past_contacts_were_made_is_asked_and_said(self):
        rows = [["Nom", "Dernier contact", "Secteur"], ["Alpha", "juin 2025", "Énergie"], ["Bêta", "12/02/2026", ""]]
        brought = self.open_list(rows)
        brought.action_read()
        brought.step = "columns"
        with self.assertRefused(UserError, "how the past contacts of this list were made"):
            brought.action_continue()
        brought.channel = "video"
        brought.action_continue()
        [alpha, beta] = brought.line_ids
        self.assertIn("By video", alpha.changes["relationship_synthesis_ids"][1])
        self.assertIn("juin 2025", alpha.changes["relationship_synthesis_ids"][1])
        self.assertIn("“juin 2025” is taken for", alpha.reason)
        self.assertFalse(beta.reason)
        brought.channel = False
        brought.action_preview()
        self.assertIn("By phone", brought.line_ids[1].changes["relationship_synthesis_ids"][1])

    def test_towns_are_written_as_the_base_writes_them(self):
        self.create_target(name="Réseau Climat", city="Saint-Étienne")
        rows = [
            ["Nom", "Ville"],
            ["Alpha", "SAINT ETIENNE"],
            ["Bêta", "brest"],
            ["Gamma", "Brest"],
            ["Delta", "Lyon 3e"],
        ]
        self.bring_in([*rows, ["Epsilon", "Lyon"]])
        towns = {partner.name: partner.city for partner in self.imported()}
        found = [towns[name] for name in ("Alpha", "Bêta", "Gamma", "Delta", "Epsilon")]
        self.assertEqual(found, ["Saint-Étienne", "Brest", "Brest", "Lyon 3e", "Lyon"])

    def test_initials_are_proposed_as_the_member_s(self):
        self.helene.name = "Hélène Durand"
        self.env.flush_all()
        brought = self.open_list([["Nom", "Réf."], ["Alpha", "HD"], ["Bêta", "ZZ"]])
        brought.action_read()
        [known, unknown] = brought.word_ids.sorted("word")
        self.assertEqual((known.word, known.decision, known.record_ref), ("HD", "use", self.helene))
        self.assertFalse(unknown.decision)

    def test_several_persons_in_a_cell_become_one_each_by_one_tap(self):
        rows = [
            ["Nom", "Nom du contact", "E-mail du contact", "Téléphone du contact"],
            ["Alpha", "Ada (présidente) et Bob MARTIN", "ada@example.org; bob@example.org", "01 99 00 10 20"],
            ["Bêta", "M. et Mme Roux", "", ""],
        ]
        brought = self.preview(rows)
        [several, couple] = brought.ask_line_ids
        self.assertEqual((several.may_divide, couple.may_divide), (True, False))
        with self.assertRefused(UserError, "cannot be told apart"):
            couple.action_divide()
        several.action_divide()

        def get_persons():
            self.env.invalidate_all()
            persons = brought.line_ids.filtered(lambda line: line.kind == "person" and line.decision == "create")
            told = [(line.name, line.values.get("email"), line.values.get("phone")) for line in persons]
            return sorted(told), persons.mapped("organisation_line_id.name")

        expected = [("Ada MARTIN", "ada@example.org", "01 99 00 10 20"), ("Bob MARTIN", "bob@example.org", None)]
        self.assertEqual(get_persons(), (expected, ["Alpha"]))
        brought.column_ids[0].target = False
        brought.column_ids[0].target = "name"
        brought.action_preview()
        self.assertEqual(get_persons(), (expected, ["Alpha"]), "decided once")
        brought.action_apply()
        partner = self.imported().filtered(lambda each: each.name == "Alpha")
        self.assertEqual(partner.child_ids.mapped("name"), ["Ada MARTIN", "Bob MARTIN"])
        self.assertEqual(partner.child_ids[0].function, "présidente")
        brought.action_undo()
        self.assertFalse(self.imported())

    def test_who_belongs_to_whom_comes_in_with_the_list(self):
        known = self.create_target(name="Confédération des ligues")
        rows = [
            ["Nom", "Membre de"],
            ["Ligue", "Fédération des ligues; Inconnue"],
            ["Fédération des ligues", "CONFEDERATION DES LIGUES"],
        ]
        brought = self.bring_in(rows)
        league, federation = (
            self.imported().filtered(lambda each, n=n: each.name == n) for n in (rows[1][0], rows[2][0])
        )
        self.assertEqual(league.relationship_affiliation_ids.umbrella_id, federation)
        self.assertEqual(federation.relationship_affiliation_ids.umbrella_id, known)
        self.assertIn("Inconnue", brought.line_ids[0].reason)
        self.assertEqual(self.bring_in(rows).unchanged_count, 2)
        brought.action_undo()
        self.assertEqual(self.imported(), known)

    def test_what_people_changed_since_an_earlier_list_is_asked_and_not_doubled(self):
        rows = [["Organisation", "Ville"], ["Ligue des eaux", "Brest"], ["Amis du rail", "Nice"]]
        self.bring_in(rows)
        renamed = self.imported().filtered(lambda each: each.name == "Ligue des eaux")
        renamed.name = "Alliance bleue"
        again = self.bring_in(rows)
        self.assertEqual(again.line_ids.mapped("decision"), ["ask", "unchanged"])
        self.assertEqual(again.line_ids[0].candidate_ids, renamed)
        self.assertEqual(len(self.imported()), 2)

    def test_a_person_whose_address_is_known_elsewhere_is_asked_about(self):
        known = self.create_target(name="Réseau Climat")
        ada = self.env["res.partner"].create({"name": "Ada Byron", "parent_id": known.id, "email": "ada@example.org"})
        rows = [["Organisation", "Contact", "E-mail du contact"], ["Ligue", "Ada Byron", "Ada@example.org"]]
        brought = self.bring_in(rows)
        self.assertEqual(brought.line_ids.mapped("decision"), ["create", "ask"])
        self.assertIn("Réseau Climat", brought.line_ids[1].reason)
        persons = [("email_normalized", "=", "ada@example.org")]
        self.assertEqual(self.env["res.partner"].search(persons), ada)
        chosen = self.preview(rows)
        chosen.line_ids[1].decision = "create"
        chosen.action_apply()
        self.assertEqual(self.env["res.partner"].search_count(persons), 2)
        self.assertEqual(self.bring_in(rows).unchanged_count, 2)

    def test_what_stands_below_a_list_is_asked_about_and_old_days_are_left_out(self):
        notes = ["Total : 2", "Légende : en rouge, urgent", "Source : annuaire", "Mis à jour le 3 mai", "* à rappeler"]
        rows = [["Organisation", "Ville", "Date dernier contact"], ["Total Énergies Ligue", "Brest", "01/01/1900"]]
        brought = self.bring_in([*rows, *([note, "", ""] for note in notes)])
        self.assertEqual(brought.line_ids.mapped("decision"), ["ask"] * 6)
        self.assertIn("1900", brought.line_ids[0].reason)
        self.assertFalse(self.imported())

    def test_first_names_of_owners_are_proposed_and_lists_of_words_read_apart(self):
        first = self.helene.name.split()[0]
        brought = self.preview(
            [["Organisation", "Référent", "Secteur"], ["Ligue", first, f"{self.energy.name}, Inconnu"]]
        )
        of_word = {word.word: word for word in brought.word_ids}
        self.assertEqual(set(of_word) - {first}, {"Inconnu"})
        line = brought.line_ids
        self.assertEqual(line.values["relationship_owner_id"], self.helene.id)
        self.assertEqual(line.values["relationship_sector_id"], self.energy.id)

    def test_who_works_for_an_organisation_archived_meanwhile_is_not_brought_in(self):
        known = self.create_target(name="Réseau Climat")
        brought = self.preview(
            [["Organisation", "Téléphone", "Contact"], ["Réseau Climat", "0199001020", "Bob Martin"]]
        )
        known.active = False
        brought.action_apply()
        self.assertEqual(brought.line_ids.mapped("decision"), ["refused", "refused"])
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Bob Martin")]))

    def test_what_a_cell_says_beside_a_person_s_name_makes_nobody_new(self):
        known = self.create_target(name="Réseau Climat")
        persons = [{"name": name, "parent_id": known.id} for name in ("Ada Byron", "Jean Martin")]
        ada, jean = self.env["res.partner"].create(persons)
        rows = [["Organisation", "Contact"]]
        names = ("BYRON Ada (Mme)", "Jean MARTIN, trésorier", "contact@climat.example", "Ève Un et Bob Deux")
        brought = self.bring_in(rows + [["Réseau Climat", name] for name in names])
        self.assertEqual(known.child_ids, ada | jean)
        self.assertEqual((jean.function, known.email), ("trésorier", "contact@climat.example"))
        self.assertEqual(brought.line_ids[-1].decision, "ask")

    def test_who_may_be_a_person_is_asked_about_and_chosen(self):
        known = self.create_target(name="Réseau Climat")
        ada = self.env["res.partner"].create({"name": "Ada Byron", "parent_id": known.id, "email": "ada@example.org"})
        rows = [["Nom", "E-mail", "Téléphone"], ["A. Byron", "ada@example.org", "0699001020"], ["Mme Zoé Roux", "", ""]]
        brought = self.preview(rows)
        self.assertEqual(brought.line_ids.mapped("decision"), ["ask", "ask"])
        brought.line_ids[0].partner_id = ada
        brought.action_apply()
        self.assertEqual((self.imported(), ada.name, ada.phone), (known, "Ada Byron", "0699001020"))
        brought.action_undo()
        self.assertFalse(ada.phone)

    def test_undoing_what_a_known_organisation_has_become_a_member_of_says_nothing_more(self):
        known = self.create_target(name="Réseau Climat")
        umbrella = self.create_target(name="Confédération du climat")
        brought = self.bring_in([["Nom", "Membre de"], ["Réseau Climat", umbrella.name]])
        self.assertEqual(known.relationship_affiliation_ids.umbrella_id, umbrella)
        brought.action_undo()
        self.assertFalse(known.relationship_affiliation_ids)
        self.assertFalse(brought.line_ids.filtered(lambda line: line.progress == "kept"))

    def test_a_person_below_the_row_of_an_organisation_is_asked_about(self):
        rows = [
            ["Organisation", "Ville", "Contact", "E-mail du contact"],
            ["Ligue des eaux", "Brest", "Ada Byron", "ada@example.org"],
            ["", "", "Bob Martin", "bob@example.org"],
            ["", "Lyon", "Ève Durand", "eve@example.org"],
        ]
        brought = self.preview(rows)
        bob = brought.line_ids.filtered(lambda line: line.name == "Bob Martin")
        self.assertEqual(bob.decision, "ask")
        self.assertEqual(bob.organisation_line_id.name, "Ligue des eaux")
        self.assertEqual(brought.line_ids.filtered(lambda line: line.name == "Ève Durand").decision, "skip")
        bob.decision = "create"
        brought.action_apply()
        self.assertEqual(self.imported().child_ids.mapped("name"), ["Ada Byron", "Bob Martin"])
        self.assertEqual(self.bring_in(rows).unchanged_count, 3)

    def test_a_cedex_is_no_other_town(self):
        known = self.create_target(name="Réseau Climat", city="Lyon")
        brought = self.preview([["Organisation", "Ville"], ["Réseau Climat", "LYON CEDEX 03"]])
        self.assertEqual((brought.line_ids.decision, brought.line_ids.partner_id), ("unchanged", known))

    def test_who_must_not_be_contacted_is_read_however_it_is_ticked_and_a_civility_is_no_name(self):
        known = self.create_target(name="Réseau Climat")
        ada = self.env["res.partner"].create({"name": "Ada Byron", "parent_id": known.id})
        rows = [
            ["Organisation", "Ne pas contacter", "Contact 1", "E-mail contact 1", "Contact 2", "E-mail contact 2"],
            ["Ligue", "✓", "", "", "", ""],
            ["Union", "depuis mai", "", "", "", ""],
            ["Réseau Climat", "non", "Mme Ada BYRON", "ada@example.org", "M. Bob Martin", "bob@example.org"],
        ]
        brought = self.bring_in(rows)
        of_name = {line.name: line for line in brought.line_ids}
        self.assertTrue(of_name["Ligue"].partner_id.relationship_no_contact)
        self.assertIn("depuis mai", of_name["Union"].reason)
        self.assertEqual((ada.email, known.email), ("ada@example.org", False))
        self.assertEqual(known.child_ids.mapped("name"), ["Ada Byron", "Bob Martin"])
        before = self.get_base()
        self.bring_in(rows)
        self.assertEqual(self.get_base(), before)

    def test_rows_that_contradict_each_other_write_nothing_and_say_so(self):
        rows = [
            ["Nom", "Téléphone", "Ville"],
            ["Alpha", "0199001", "Lyon"],
            ["ALPHA", "0199002", ""],
            ["alpha", "", "Lyon"],
        ]
        brought = self.bring_in(rows)
        self.assertEqual((self.imported().phone, self.imported().city), (False, "Lyon"))
        self.assertIn("0199001 (row 2), 0199002 (row 3)", brought.line_ids.reason)

    def test_two_ways_to_write_one_thing_are_no_contradiction(self):
        headers = ["Nom", "Ville", "Nom du contact", "Fonction du contact"]
        ways = [
            ["Beta", "SAINT-ETIENNE", "Ada Byron", "Présidente 😀"],
            ["Beta", "Saint Étienne", "Ada BYRON", "Présidente"],
        ]
        for rows in (ways, ways[::-1]):
            lines = self.preview([headers, *rows]).line_ids
            self.assertEqual([line.reason for line in lines], [False, False])
            self.assertEqual(lines[0].changes["city"], ["", "Saint Étienne"])
            self.assertEqual(lines[1].changes["function"], ["", "Présidente"])

    def test_a_contact_from_an_import_is_marked_where_it_is_read(self):
        self.bring_in([["Nom", "Référent", "Dernier contact", "Note"], ["Alpha", "Hélène", "12/01/2026", "Vus"]])
        sheet = self.env["ir.qweb"].with_user(self.helene)
        synthesis = self.imported().relationship_synthesis_ids.with_user(self.helene)
        self.assertIn("from an import", str(sheet._render("shifters_relations.synthesis_page", {"docs": synthesis})))
        self.assertTrue(synthesis.web_read({"import_id": {"fields": {}}, "summary": {}}))

    def test_undoing_gives_the_base_back(self):
        known = self.create_target(name="Réseau Climat", phone="1")
        self.set_creation(self.renewal_of(known), TODAY)
        plain = self.env["res.partner"].create({"name": "Ordinaire", "is_company": True})
        self.marc_member.with_user(self.marc).action_renew_calendar()
        before, logged = self.get_base(), (known | plain).message_ids
        brought = self.bring_in(
            [
                ["Nom", "Téléphone", "Étape", "Référent", "Type", "Nom du contact", "Dernier contact", "Compte rendu"],
                ["Réseau climat", "0199002", "", "", "Guilde", "Ada Byron", "12/01/2026", "Vus"],
                ["Ordinaire", "0199003", "Cible", "Marc", "", "", "", ""],
                ["Alpha", "0199004", "Cible", "Marc", "Syndicat", "Bob Martin", "12/01/2026", "Vus aussi"],
            ]
        )
        self.env.cr.execute("UPDATE mail_activity SET create_date = %s", [TODAY])  # the database has another clock
        self.env.invalidate_all()
        self.assertEqual((known.phone, plain.relationship_stage), ("0199002", "target"))
        self.assertIn("“list.csv”", str(known.message_ids.mapped("body")))
        told = self.env["relationship.calendar.told"].search([("user_id", "=", self.marc.id)])
        self.assertEqual(told.mapped("gone_on"), [False, False])
        brought.action_undo()
        self.assertTrue(all(told.mapped("gone_on")), "its owner's calendar says that it is gone")
        self.assertNotIn("list.csv", str((known | plain).message_ids.mapped("body")), "no line says what is undone")
        self.assertLessEqual(logged, (known | plain).message_ids)
        self.assertEqual(brought.state, "undone")
        self.assertFalse(brought.kept_line_ids.mapped("reason"))
        after = self.get_base()
        for key, value in before.items():
            self.assertEqual(after[key], value, key)

    def test_what_was_touched_since_is_kept_and_listed(self):
        known = self.create_target(name="Réseau Climat", phone="1", street="Here")
        brought = self.bring_in(
            [
                ["Nom", "Rue", "Téléphone"],
                ["Réseau climat", "Paris", "01 99 00 10 20"],
                ["Alpha", "Nice", ""],
                ["Bêta", "Nice", ""],
                ["Gamma", "Nice", ""],
            ]
        )
        found = {partner.name: partner for partner in self.imported()}
        known.street = "Elsewhere"
        found["Alpha"].relationship_intention = "To know them"
        self.env["res.partner"].create({"name": "Ada", "parent_id": found["Bêta"].id})
        brought.with_user(self.pilot).action_undo()
        self.assertEqual((known.street, known.phone), ("Elsewhere", "1"))
        self.assertTrue(found["Alpha"].exists() and found["Bêta"].exists())
        self.assertFalse(found["Gamma"].exists())
        self.assertEqual(set(brought.kept_line_ids.mapped("name")), {"Réseau climat", "Alpha", "Bêta"})

    def test_what_changed_since_the_preview_is_not_written(self):
        known = self.create_target(name="Réseau Climat")
        brought = self.preview([["Nom", "Rue"], ["Réseau climat", "Paris"], ["Alpha", "Nice"], ["Bêta", "Nice"]])
        known.street = "Elsewhere"
        self.create_target(name="ALPHA")
        brought.action_apply()
        self.assertEqual(known.street, "Elsewhere")
        self.assertEqual(brought.refused_count, 2)
        self.assertEqual(self.imported().mapped("name").count("Bêta"), 1)
        self.assertEqual(len(self.imported()), 3)

    def test_contact_members_are_refused_by_every_door(self):
        for action in ("action_read", "action_preview", "action_apply", "action_undo"):
            brought = self.open_list([["Nom"], ["Alpha"]])
            with self.assertRefused(AccessError):
                getattr(brought.with_user(self.marc), action)()
        with self.assertRefused(AccessError):
            self.open_list([["Nom"], ["Alpha"]], user=self.marc)

    def test_nobody_forges_what_was_written(self):
        brought = self.bring_in([["Nom"], ["Alpha"]])
        for values in ({"state": "previewed"}, {"applied_on": "2026-01-01"}):
            with self.assertRefused(AccessError):
                brought.write(values)
        for values in ({"written": {"made": {}}}, {"values": {}}, {"progress": False}):
            with self.assertRefused(AccessError):
                brought.line_ids.write(values)
        with self.assertRefused(UserError):
            brought.line_ids.decision = "create"
        with self.assertRefused(UserError):
            brought.action_apply()

    def test_what_a_preview_says_is_what_is_written(self):
        """An archived one is not taken for new, a circle is said before it is met, remarks stay whatever is decided."""
        self.create_target(name="Vieille ligue").action_archive()
        known, other = self.create_target(name="Ligue connue"), self.create_target(name="Tête")
        self.env["relationship.affiliation"].create({"organisation_id": other.id, "umbrella_id": known.id})
        brought = self.preview(
            [
                ["Nom", "Membre de", "Téléphone"],
                ["Vieille ligue", "", "1"],
                ["Ligue connue", "Tête", ""],
                ["Un", "Deux", "05"],
                ["Deux", "Un; Tête", ""],
                ["Trois", "Trois", ""],
            ]
        )
        lines = {line.name: line for line in brought.line_ids}
        with self.assertRefused(UserError, "is archived"):
            lines["Vieille ligue"].decision = "create"
        self.assertEqual(lines["Ligue connue"].decision, "unchanged")
        self.assertIn("circle", lines["Ligue connue"].reason)
        self.assertEqual(
            [lines[name].changes.get("relationship_affiliation_ids") for name in ("Un", "Deux", "Trois")],
            [None, ["", "Un, Tête"], None],
        )
        for name in ("Un", "Trois"):
            self.assertIn("circle", lines[name].reason)
        self.assertIn("05", lines["Un"].reason)
        lines["Un"].action_leave_out()
        lines["Un"].action_take_in()
        for remark in ("circle", "05"):
            self.assertIn(remark, lines["Un"].reason)
        lines["Ligue connue"].decision = "create"
        brought.action_apply()
        self.assertEqual(
            self.imported().filtered(lambda each: each.name == "Deux").relationship_affiliation_ids.umbrella_id,
            other | self.imported().filtered(lambda each: each.name == "Un"),
        )
        self.assertEqual(len(self.imported().filtered(lambda each: each.name == "Ligue connue")), 2)
        self.assertFalse(brought.refused_count)

    def test_two_rows_that_are_one_organisation_become_one_line(self):
        rows = [
            ["Nom", "Ville", "Téléphone", "Nom du contact", "E-mail du contact", "Dernier contact"],
            ["France Ligue Environnement", "Paris", "01 99 00 10 20", "Ada Byron", "ada@example.org", "12/01/2026"],
            ["France Ligue Environement", "", "", "Ada BYRON", "ada@example.org", ""],
            ["France Ligue Environement", "", "01 99 00 10 20", "Bob Martin", "bob@example.org", "14/01/2026"],
            ["Alpha", "", "", "", "", ""],
        ]
        brought = self.preview(rows)
        lines = {line.name: line for line in brought.line_ids.filtered(lambda line: line.kind == "organisation")}
        [one, other, alpha] = lines.values()
        self.assertEqual((other.decision, other.same_line_id), ("ask", one))
        self.assertIn("row 2: the same", other.reason)
        with self.assertRefused(UserError, "another organisation of this list"):
            other.same_line_id = other
        with self.assertRefused(UserError, "another organisation of this list"):
            alpha.same_line_id = one.person_line_ids
        other.write({"same_line_id": one.id})

        def get_lines():
            self.env.invalidate_all()
            return brought.line_ids.mapped(lambda line: (line.name, line.rows, line.decision))

        expected = [
            ("France Ligue Environnement", "2, 3, 4", "create"),
            ("Ada Byron", "2, 3", "create"),
            ("Bob Martin", "4", "create"),
            ("Alpha", "5", "create"),
        ]
        self.assertEqual(get_lines(), expected)
        self.assertIn("Row 3 calls it “France Ligue Environement”", brought.line_ids[0].reason)
        brought.column_ids[1].target = False
        brought.action_preview()
        self.assertEqual(get_lines(), expected)
        brought.action_apply()
        partner = self.imported().filtered(lambda each: each.name != "Alpha")
        self.assertEqual((partner.name, partner.phone), ("France Ligue Environnement", "01 99 00 10 20"))
        self.assertEqual(partner.child_ids.mapped("name"), ["Ada Byron", "Bob Martin"])
        self.assertEqual(len(partner.relationship_synthesis_ids), 2)
        brought.action_undo()
        self.assertFalse(self.imported())

    def test_who_had_the_last_contact_is_its_author(self):
        brought = self.bring_in(
            [
                ["Nom", "Référent", "Dernier contact", "Par qui"],
                ["Un", "Marc", "12/01/2026", "Hélène"],
                ["Deux", "Marc", "12/01/2026", ""],
                ["Trois", "", "3 janv. 2026 (vu au salon)", ""],
            ]
        )
        authors = {each.name: each.relationship_synthesis_ids.author_id for each in self.imported()}
        self.assertEqual(authors, {"Un": self.helene, "Deux": self.marc, "Trois": self.organiser})
        self.assertIn("Hélène", brought.line_ids[0].changes["relationship_synthesis_ids"][1])
        told = self.imported().filtered(lambda each: each.name == "Trois").relationship_synthesis_ids
        self.assertEqual((str(told.date), html2plaintext(told.summary)), ("2026-01-03", "vu au salon"))

    def test_files_that_cannot_be_read_say_why(self):
        for content, said in ((b"Nom;Ville\n", "nothing below"), (b"\x89PNG\r\n\x1a\n0000", "no table")):
            lists = self.env["relationship.import"].with_user(self.organiser)
            brought = lists.create({"file": base64.b64encode(content), "file_name": "list.xlsx"})
            with self.assertRefused(UserError, said):
                brought.action_read()

    def test_what_the_list_of_organisations_exports_comes_in_unchanged(self):
        solar = self.env["relationship.sector"].create({"name": "Test solar", "parent_id": self.energy.id})
        partner = self.create_target(
            name="Réseau, “Climat”",
            relationship_acronym="RC",
            relationship_type_id=self.union.id,
            relationship_sector_id=solar.id,
            relationship_scope="local",
            relationship_position="ally",
            relationship_level="2",
            relationship_priority="2",
            relationship_source="research",
            relationship_posture="with",
            relationship_need="started",
            relationship_intention="To know them",
            city="Lyon",
            zip="01000",
            phone="01 99 00 10 20",
            email="climat@example.org",
            website="http://climat.example.org",
            country_id=self.env.ref("base.fr").id,
            comment="<p>One</p><p>Two</p>",
        )
        self.meet(partner, days_ago=40)
        names = [
            name
            for name, field in partner._fields.items()
            if field.exportable
            and field.type not in ("one2many", "many2many", "binary", "image", "reference", "json")
            and partner.with_user(self.organiser)._has_field_access(field, "read")
            and (
                name.startswith("relationship_")
                or name in ("name", "city", "zip", "phone", "email", "website", "comment", "country_id", "is_company")
            )
        ]
        for lang in ("en_US", "fr_FR"):
            self.organiser.lang = lang
            mine = partner.with_user(self.organiser).with_context(lang=lang)
            headers = [partner._fields[name]._description_string(mine.env) for name in names]
            row = mine.export_data(names)["datas"][0]
            with self.subTest(lang=lang):
                brought = self.preview([headers, [str(cell or "") for cell in row]])
                self.assertFalse(brought.word_ids.mapped("word"))
                self.assertEqual(
                    brought.line_ids.mapped(lambda line: (line.decision, line.changes or {})), [("unchanged", {})]
                )
            technical = [
                "id",
                "name",
                "relationship_sector_id/id",
                "relationship_type_id/id",
                "relationship_scope",
                "city",
            ]
            row = mine.with_context(import_compat=True).export_data(technical)["datas"][0]
            with self.subTest(lang=lang, compatible=True):
                brought = self.preview([technical, [str(cell or "") for cell in row]])
                self.assertEqual(
                    brought.line_ids.mapped(lambda line: (line.decision, line.changes or {})), [("unchanged", {})]
                )


@tagged("post_install", "-at_install")
class TestIntakeAtLength(IntakeCase):
    """Long lists: a job's, a batch a transaction, in a number of queries that does not depend on them."""

    HEADERS = ["Nom", "Ville", "Étape", "Référent", "Nom du contact", "E-mail du contact", "Dernier contact", "Note"]

    def get_rows(self, count, name="Ligue"):
        rows = [
            [
                f"{name} {number}",
                "Lyon",
                "Cible" if number % 2 else "",
                "Marc",
                f"Ada Byron {number}",
                f"ada{number}@{name.lower()}.org",
                "12/01/2026" if number % 3 else "",
                f"Vus {number}" if number % 3 else "",
            ]
            for number in range(1, count + 1)
        ]
        return [self.HEADERS, *rows]

    def in_batches(self, size):
        """Lists of more than a few lines are a job's, a few lines a batch."""
        for module in AT_WORK:
            self.startPatcher(patch.object(module, "AT_ONCE", size))
            self.startPatcher(patch.object(module, "BATCH", size))

    def run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("shifters_relations.cron_import").method_direct_trigger()
        self.env.invalidate_all()

    def test_a_long_list_is_a_job_s_from_the_preview_to_the_undoing(self):
        self.in_batches(4)
        before = self.get_base()
        brought = self.open_list(self.get_rows(10))
        brought.action_read()
        brought.action_preview()
        self.assertEqual((brought.job, brought.state), ("preview", "read"))
        with self.assertRefused(UserError, "being worked on"):
            brought.action_apply()
        self.run_job()
        self.assertEqual((brought.job, brought.state, len(brought.line_ids)), (False, "previewed", 20))
        brought.action_apply()
        self.assertEqual(brought.job, "apply")
        self.run_job()
        self.assertEqual((brought.job, brought.state, brought.refused_count), (False, "applied", 0))
        partners = self.imported()
        self.assertEqual((len(partners), len(partners.child_ids)), (10, 10))
        self.assertEqual(partners.create_uid, self.organiser)
        brought.action_undo()
        self.run_job()
        self.assertEqual((brought.job, brought.state), (False, "undone"))
        self.assertEqual(self.get_base(), before)

    def test_what_stopped_in_the_middle_goes_on_without_doubles(self):
        self.in_batches(3)
        brought = self.open_list(self.get_rows(10))
        brought.action_read()
        brought.action_preview()
        self.run_job()
        brought.action_apply()
        brought._apply_batch()
        self.assertTrue(0 < brought.progress < 100)
        self.run_job()
        self.assertEqual(len(self.imported()), 10)
        self.assertEqual(len(self.imported().relationship_synthesis_ids), 7)

    def test_a_preview_that_was_killed_begins_again_without_doubles(self):
        self.in_batches(3)
        brought = self.open_list(self.get_rows(10))
        brought.action_read()
        brought.action_preview()
        lists = type(brought)
        make = lists._create_lines

        def die(brought, lines):
            make(brought, lines)
            raise psycopg2.OperationalError("the server is gone")

        with patch.object(lists, "_create_lines", die):
            self.run_job()
        self.assertEqual((brought.job, brought.state, len(brought.line_ids)), ("preview", "read", 0))
        self.run_job()
        self.assertEqual((brought.job, brought.state, len(brought.line_ids)), (False, "previewed", 20))

    def test_a_job_that_does_not_run_is_said_on_the_page_and_by_the_check(self):
        self.in_batches(3)
        brought = self.open_list(self.get_rows(10))
        brought.action_read()
        brought.action_preview()

        def find_broken():
            checks = self.env["relationship.check"].with_user(self.pilot)
            lines = checks.search(checks.action_run()["domain"])
            return lines.filtered(lambda line: line.model == "relationship.import").record_ids

        self.assertFalse(brought.is_stuck or find_broken())
        self.env.cr.execute("UPDATE relationship_import SET write_date = '2020-01-01' WHERE id = %s", [brought.id])
        self.env.invalidate_all()
        self.assertEqual((brought.is_stuck, find_broken()), (True, brought.ids))
        self.run_job()
        self.assertFalse(brought.is_stuck or find_broken())
        self.assertEqual(brought.state, "previewed")

    def test_a_job_that_fails_says_so_and_lets_go(self):
        self.in_batches(3)
        brought = self.open_list(self.get_rows(10))
        brought.action_read()
        brought.action_preview()
        lists = type(brought)
        with (
            patch.object(lists, "_preview", side_effect=ZeroDivisionError),
            mute_logger("odoo.addons.shifters_relations.models.team.ir_cron"),
        ):
            self.run_job()
        self.assertFalse(brought.job)
        self.assertIn("unexpectedly", brought.message)
        brought.action_preview()
        self.run_job()
        self.assertEqual(brought.state, "previewed")

    def test_the_order_of_the_rows_changes_nothing(self):
        headers, *rows = self.get_rows(12)
        rows += [
            ["LIGUE 3", "", "", "", "Bob Martin", "", "", ""],
            ["ligue 3", "Lyon", "", "", "Bob MARTIN", "b@c.org", "", ""],
        ]
        rows += [["Secours", "Lyon", "", "", "", "", "", ""], ["Secours", "Brest", "", "", "", "", "", ""]]
        rows += [["Secours", "", "", "", "", "", "", ""]]

        def get_lines(rows):
            lines = self.preview([headers, *rows]).line_ids
            return sorted((line.kind, line.name, line.detail or "", line.decision, str(line.changes)) for line in lines)

        known = self.create_target(name="Ligue 5", city="Lyon")
        self.env["res.partner"].create({"name": "Ève Roux", "parent_id": known.id})
        rows += [["Ligue 5", "Lyon", "", "", "Ève Roux", f"eve{n}@c.org", "", ""] for n in range(2)]
        expected = get_lines(rows)
        self.assertEqual([line[3] for line in expected if line[1] == "Ève Roux"], ["ask", "ask"])
        self.assertIn(("organisation", "Secours", "", "ask", "False"), [(*line[:4], "False") for line in expected])
        for seed in range(5):
            random.Random(seed).shuffle(rows)
            self.assertEqual(get_lines(rows), expected)

    def draw(self, seed):
        """Rows as messy as a list may be, the same for a seed: namesakes, slips, persons, days, blanks."""
        choose = random.Random(seed).choice
        names = [
            "Secours",
            "SECOURS",
            "Le Secours",
            "Secours inventé",
            "Secours invnté",
            "Rail & Route",
            "Rail et route",
        ]
        names += ["Section 1", "Section 2", "Déjà là", "DEJA LA", "Union (UFI)", "UFI", "", "BRETAGNE"]
        columns = (
            names,
            ["", "", "Lyon", "LYON CEDEX 3", "Brest"],
            ["", "Cible"],
            ["", "Marc", "inconnue"],
            ["", "", "Ada Byron", "BYRON Ada", "M. Bob", "M. et Mme Cé", "Le trésorier"],
            ["", "ada@l.org", "Ada <ada@l.org>; bob@l.org", "pas d'adresse"],
            ["", "12/01/2026", "janv.-26", "3 février 2026 (Marc)", "bientôt"],
            ["", "Vus", "Rappeler"],
            ["", "", "Union (UFI)", "Déjà là", "Rail & Route"],
        )
        return [[choose(values) for values in columns] for _row in range(14)]

    def test_whatever_a_list_says_twice_is_once_undone_is_before_and_its_order_is_nothing(self):
        self.create_target(name="Déjà là", city="Lyon", phone="01 99 00 10 20")
        self.env["res.partner"].create({"name": "Ada Byron", "parent_id": self.imported().id})

        def read():
            partners = self.env["res.partner"].with_context(active_test=False).search([])
            names = ("name", "city", "email", "phone", "relationship_stage", "relationship_owner_id", "parent_name")
            self.env.invalidate_all()
            said = [tuple(str(partner[name] or "") for name in names) for partner in partners]
            met = self.env["relationship.synthesis"].search([("state", "=", "done")])
            contacts = sorted((each.partner_id.name, str(each.date), str(each.summary)) for each in met)
            belonging = self.env["relationship.affiliation"].search([("id", "!=", False)])
            return sorted(said), contacts, sorted(belonging.mapped("display_name"))

        for seed in range(3):
            headers, rows, before, outcomes = [*self.HEADERS, "Membre de"], self.draw(seed), read(), []
            for turned in (rows, rows[::-1]):
                with self.subTest(seed=seed), self.cr.savepoint() as savepoint:
                    brought = self.open_list([headers, *turned])
                    brought.action_read()
                    brought.word_ids.write({"decision": "leave"})
                    brought.action_preview()
                    brought.action_apply()
                    outcomes.append(read())
                    again = self.preview([headers, *turned])
                    wrong = again.line_ids.filtered(lambda line: line.decision in ("create", "update"))
                    wrong = wrong.filtered(lambda line: line.organisation_line_id.decision != "ask")
                    self.assertFalse(wrong, wrong.mapped("changes"))
                    brought.action_undo()
                    self.assertEqual(read(), before)
                    savepoint.rollback()
                    self.env.invalidate_all()
            self.assertEqual(outcomes[0], outcomes[-1], seed)

    def count_queries(self, act):
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        act()
        self.env.flush_all()
        self.env.cr.precommit.run()
        return self.cr.sql_log_count - before

    def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(self):
        """But for those that Odoo itself makes for each contact that is written."""
        counts = {}
        for size in (10, 60):
            rows = self.get_rows(size, f"Ligue{size}")
            plain = self.env["res.partner"].create(
                [{"name": f"Stock {size} {n}", "city": "A"} for n in range(2 * size)]
            )
            of_stock = {
                "written": self.count_queries(
                    lambda plain=plain: [each.write({"phone": f"{each.id}"}) for each in plain]
                ),
            }
            brought = self.open_list(rows)
            steps = {
                action: self.count_queries(getattr(brought, action))
                for action in ("action_read", "action_preview", "action_apply")
            }
            headers = ["Nom", "Téléphone", "Étape", "Nom du contact", "Fonction du contact", "Dernier contact", "Note"]
            changed = self.preview(
                [
                    headers,
                    *(
                        [row[0], f"06 11 22 33 {number}", "Cible", row[4], "Présidente", "13/02/2026", "Revus"]
                        for number, row in enumerate(rows[1:], 10)
                    ),
                ]
            )
            self.assertEqual(changed.changed_count, 2 * size)
            steps["written"] = self.count_queries(changed.action_apply)
            steps["taken back"] = self.count_queries(changed.action_undo)
            of_stock["taken back"] = of_stock["written"]
            self.assertFalse(changed.kept_line_ids.mapped("reason"))
            steps["action_undo"] = self.count_queries(brought.action_undo)
            counts[size] = {step: count - of_stock.get(step, 0) for step, count in steps.items()}
        for step, count in counts[10].items():
            self.assertLessEqual(counts[60][step], count + 10, (step, counts))

    def test_a_list_reads_of_the_base_those_alone_that_it_may_mean(self):
        """And finds the same among them as among all: by name, town, acronym, number, site, initials, what is cut."""
        names = ["Secours", "SECOURS POPULAIRE FRANÇAIS", "Secours populaire", "Union des Amis du Rail", "UAR", "Rail"]
        names += ["Amicale des cheminots de l'essai", "AMICALE DES CHEMINOTS DE L'ESSAI DU NO", "100_% Vert", "Vert"]
        dice = random.Random(7)
        cities, sites = ["", "Lyon", "Brest"], ["", "https://rail.example.org", "https://example.org/vert"]
        self.env["res.partner"].create(
            [
                {
                    "name": dice.choice(names) + dice.choice(["", "", " 2", " (Nord)", "s"]),
                    "is_company": True,
                    "city": dice.choice(cities),
                    "website": dice.choice(sites),
                    "relationship_acronym": dice.choice(["", "", "UAR"]),
                    "relationship_rna": dice.choice(["", "", "W123456789"]),
                    "active": dice.random() < 0.9,
                }
                for _number in range(120)
            ]
        )
        brought = self.open_list([["Nom"]])
        everything = Index(brought._get_base())
        mistyped = ["Secuors", "Necours populaire", "Ammicale des cheminots de l'essai", "Nobody"]
        for name in [*names, *(f"{name} 2" for name in names), *mistyped, ""]:
            for city, site in zip(cities, sites, strict=True):
                sought = Likeness(name=name, city=city, sites=(site,) if site else (), rna="W123456789" if city else "")
                self.assertEqual(BaseIndex(brought).find(sought), everything.find(sought), (name, city, site))
        own = self.env["res.partner"].create({"name": "Ligue de la mer", "is_company": True})
        index = BaseIndex(brought)
        row = Likeness(id=own.id, name="Ligue de la mer")  # the number of a row, as it happens
        self.assertEqual(index.find(row), ("same", own.ids))
        self.assertEqual([*index.known], own.ids)

    def test_a_second_list_that_changes_nothing_writes_nothing(self):
        rows = self.get_rows(8)
        self.bring_in(rows)
        again = self.open_list(rows)
        before = self.get_base()
        writes = []
        execute = type(self.cr).execute

        def watch(cursor, query, *args, **kwargs):
            text = str(query).lstrip().lower()
            if text.startswith(("update", "insert", "delete")) and "relationship_import" not in text:
                writes.append(text)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(type(self.cr), "execute", watch):
            for step in ("action_read", "action_preview", "action_apply"):
                getattr(again, step)()
                self.env.flush_all()
                self.assertFalse(writes, step)
        self.assertEqual((again.unchanged_count, len(again.line_ids)), (16, 16))
        self.assertEqual(self.get_base(), before)

    def test_forgetting_a_person_drops_the_lines_and_the_file_that_name_her(self):
        brought = self.bring_in(self.get_rows(2))
        person = self.imported().child_ids.filtered(lambda each: each.name == "Ada Byron 1")
        person.with_user(self.pilot)._relationship_anonymise(never_again=True)
        self.env.invalidate_all()
        self.assertFalse(brought.file)
        self.assertNotIn("Ada Byron 1", brought.line_ids.mapped("name"))
        self.assertNotIn("Ada Byron 1", str(brought.column_ids.mapped("example")))
        self.assertIn("Ada Byron 2", brought.line_ids.mapped("name"))

    def test_uninstalling_leaves_no_list_behind(self):
        brought = self.open_list(self.get_rows(2))
        uninstall_hook(self.env)
        self.env.invalidate_all()
        self.assertFalse(brought.file)

    def test_a_file_that_was_only_read_is_dropped_with_whom_it_names(self):
        person = self.env["res.partner"].create({"name": "Zéphyrine Quasimodot", "email": "z@example.org"})
        naming = self.open_list([["Nom", "Contact"], ["Alpha", "ZEPHYRINE QUASIMODOT"]])
        other = self.open_list([["Nom", "Contact"], ["Alpha", "Ada Byron"]])
        naming.action_read()
        person.with_user(self.pilot)._relationship_anonymise()
        self.env.invalidate_all()
        self.assertFalse(naming.file)
        self.assertNotIn("ZEPHYRINE", str(naming.column_ids.mapped("example")))
        self.assertTrue(other.file)
