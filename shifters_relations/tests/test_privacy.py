import io
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import openpyxl
from freezegun import freeze_time
from odoo import Command
from odoo.addons.mail.tests.common import MailCase
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tests.common import HttpCase
from odoo.tools import SQL
from psycopg2.errors import SerializationFailure

from ..models.privacy.held import get_emptied, get_gone, get_sections
from .common import TODAY, RelationshipCase

NAME, EMAIL, PHONE = "Zéphirine Quasimodot", "zq.marker@example.net", "+33 6 98 76 54 32"
OF_ORGANISATIONS = {
    "relationship.affiliation.organisation_id",
    "relationship.affiliation.umbrella_id",
    "relationship.calendar.entry.partner_id",
    "relationship.calendar.feed.partner_id",
    "relationship.level.change.partner_id",
    "relationship.network.call.organisation_ids",
    "mailing.mailing.relationship_quoted_ids",
}
TRACES = ("quasimodot", "zq.marker", "zq marker", "98765432", "98 76 54 32")


class PersonalDataCase(RelationshipCase):
    """A person who is named wherever a name may be, and a search of the whole database for her."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target()
        cls.person = cls.create_person()

    @classmethod
    def create_person(cls, name=NAME, **values):
        email = EMAIL if name == NAME else f"{name.split()[0].lower()}@example.net"
        values = {"email": email, "parent_id": cls.partner.id, **values}
        return cls.env["res.partner"].create({"name": name, "lang": "en_US", **values})

    def seed(self):
        """Name the person in every place of the first addon that may hold a name."""
        person, shouted = self.person, "Vu ZEPHIRINE QUASIMODOT, 06.98.76.54.32"
        person.write(
            {
                "phone": PHONE,
                "function": "Assistant of M. Quasimodot",
                "comment": f"<p>{shouted}</p>",
                "website": "https://quasimodot.example.net",
                "ref": "QUASIMODOT-1",
                "vat": False,
                "barcode": "quasimodot-7",
                "image_1920": self.partner.image_1920 or False,
                "relationship_person_source": "Quasimodot's own web page",
                "relationship_informed_on": TODAY,
                "category_id": [Command.create({"name": "Speakers"})],
                "child_ids": [
                    Command.create({"name": "Quasimodot, at home", "type": "other", "street": "1 rue Quasimodot"})
                ],
            }
        )
        self.env["ir.model.data"].create(
            {"module": "__import__", "name": "zephirine_quasimodot", "model": "res.partner", "res_id": person.id}
        )
        self.synthesis = self.meet(
            self.partner,
            summary=f"<p>With <b>Zéphirine Quasimodot</b> (zq.marker@example.net): {shouted}</p>",
            participant_ids=[Command.set(person.ids)],
            needs="Quasimodot Zephirine needs a room",
            promised="Call zephirine quasimodot back",
            confidential_note="Zéphirine  Quasimodot is leaving",
        )
        self.synthesis.message_post(body=f"Corrected: {NAME}", author_id=self.env.user.partner_id.id)
        self.partner.message_subscribe(person.ids)
        self.partner.message_post(
            body=f"Hello {NAME}",
            subject=f"For {NAME}",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=person.ids,
        )
        self.partner.message_post(
            body="Signed Quasimodot",
            author_id=person.id,
            message_type="email",
            email_from=f'"{NAME}" <{EMAIL}>',
            attachments=[("quasimodot.txt", b"CV")],
        )
        person.message_post(body=f"Note on {NAME}", attachments=[("cv quasimodot.txt", b"CV")])
        person.activity_schedule("mail.mail_activity_data_todo", summary=f"Call {NAME}", user_id=self.helene.id)
        self.partner.activity_schedule(
            "mail.mail_activity_data_todo", summary=f"See {NAME}", note=f"<p>{shouted}</p>", user_id=self.helene.id
        )
        self.env["calendar.event"].with_context(no_mail_to_attendees=True).create(
            {
                "name": f"Lunch with {NAME}",
                "description": f"<p>{EMAIL}</p>",
                "start": "2026-03-20 11:00:00",
                "stop": "2026-03-20 12:00:00",
                "partner_ids": [Command.set(person.ids)],
            }
        )
        self.env["mail.mail"].create(
            {"subject": f"To {NAME}", "body_html": f"<p>{NAME}</p>", "recipient_ids": [Command.set(person.ids)]}
        )
        self.env["mail.mail"].create({"subject": "Hello", "body_html": f"<p>{NAME}</p>", "email_to": EMAIL})
        if "sms.sms" in self.env:
            self.env["sms.sms"].create({"number": PHONE, "body": f"Hello {NAME}", "partner_id": person.id})
            self.env["phone.blacklist"].create({"number": person.phone_sanitized})
        self.env["relationship.news"].create({"name": f"Talk of {NAME}", "text": f"<p>By {NAME}</p>"})
        kind = self.env["relationship.cooperation.kind"].search([], limit=1)
        self.env["relationship.cooperation"].create(
            {
                "name": f"Training by {NAME}",
                "kind_id": kind.id,
                "description": f"Ask {EMAIL}",
                "role_ids": [Command.create({"partner_id": self.partner.id, "conditions": f"{NAME} comes"})],
            }
        )
        self.env.flush_all()

    def find_traces(self):
        """Every column of every table that still names the person: list of table.column."""
        self.env.flush_all()
        columns = self.env.execute_query(
            SQL(
                """
                SELECT columns.table_name, columns.column_name
                  FROM information_schema.columns columns
                  JOIN information_schema.tables USING (table_schema, table_name)
                 WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
                   AND data_type IN ('text', 'character varying', 'character', 'jsonb', 'json', 'tsvector', 'xml')
                """
            )
        )
        tables = {}
        for table, column in columns:
            tables.setdefault(table, []).append(column)
        wanted = [f"%{trace}%" for trace in TRACES]
        found = []
        for table, names in tables.items():
            tests = [SQL("bool_or(%s::text ILIKE ANY(%s))", SQL.identifier(name), wanted) for name in names]
            [hits] = self.env.execute_query(SQL("SELECT %s FROM %s", SQL(", ").join(tests), SQL.identifier(table)))
            found += [f"{table}.{name}" for name, hit in zip(names, hits, strict=True) if hit]
        return found

    def anonymise(self, persons, **values):
        wizard = self.env["relationship.anonymise"].with_user(self.pilot)
        return wizard.create({"person_ids": [Command.set(persons.ids)], "is_sure": True, **values}).action_apply()


@tagged("post_install", "-at_install")
class TestAnonymise(PersonalDataCase):
    """Nothing of the person is left, and the organisation's history is (G5)."""

    def test_nothing_is_left_in_the_whole_database(self):
        self.seed()
        self.assertIn("relationship_synthesis_confidential.note", self.find_traces())
        self.assertGreater(len(self.find_traces()), 20)
        self.anonymise(self.person)
        self.env.invalidate_all()
        self.assertFalse(self.find_traces())
        self.assertEqual(self.person.name, "Anonymised person")
        self.assertFalse(self.person.active)
        self.assertTrue(self.person.relationship_anonymised_on)

    def test_the_history_of_the_organisation_stays(self):
        self.seed()
        self.anonymise(self.person)
        self.env.invalidate_all()
        self.assertEqual(self.synthesis.participant_ids, self.person)
        self.assertIn("Anonymised person", self.synthesis.summary)
        self.assertEqual(self.synthesis.state, "done")
        syntheses = self.env["relationship.synthesis"].with_user(self.helene)
        self.assertFalse(syntheses.search([("text", "ilike", "quasimodot")]), "the full-text search follows")
        self.assertEqual(syntheses.search([("text", "ilike", "anonymised room")]), self.synthesis)
        self.assertEqual(self.partner.relationship_synthesis_count, 1)
        self.assertEqual(self.synthesis.with_user(self.pilot).confidential_note, "Anonymised person is leaving")

    def test_her_further_addresses_are_hers(self):
        street = self.create_person(parent_id=self.person.id, type="other", street="3 rue des Marques")
        self.seed()
        sections = self.person.with_user(self.pilot)._relationship_get_personal_data()
        rows = {title: rows for title, _columns, rows in sections}
        self.assertIn("3 rue des Marques", str(rows["Identity"]))
        self.assertTrue(rows["Mails"])
        self.assertTrue(rows["Mentions to look at"], "an address of hers is nobody else's")
        wizard = self.env["relationship.anonymise"].with_user(self.pilot)
        preview = wizard.create({"person_ids": [Command.set(self.person.ids)]}).preview
        self.assertNotIn("another contact bears it too", preview)
        self.anonymise(self.person)
        self.assertFalse(street.exists().street)

    def test_her_archived_further_addresses_are_hers_too(self):
        street = self.create_person(parent_id=self.person.id, type="other", street="3 rue des Marques", active=False)
        sections = self.person.with_user(self.pilot)._relationship_get_personal_data()
        self.assertIn("3 rue des Marques", str(sections))
        self.anonymise(self.person)
        self.assertFalse(street.exists().street)

    def test_who_bears_the_same_name_or_switchboard_keeps_it(self):
        namesake = self.create_person(name="ZEPHIRINE Quasimodot", email="other@example.net", phone=PHONE)
        self.seed()
        self.anonymise(self.person)
        self.env.invalidate_all()
        self.assertEqual(namesake.name, "ZEPHIRINE Quasimodot")
        self.assertEqual(namesake.phone, PHONE)
        self.assertIn("Quasimodot", self.synthesis.summary, "who is meant here, only a human knows")
        self.assertNotIn(EMAIL, self.synthesis.summary)

    def test_other_apps_are_told_of_not_changed(self):
        users = self.env["res.users"].with_context(no_reset_password=True)
        users.create({"name": "Webmaster", "login": "web", "signature": f"<p>{NAME}</p>"})
        answer = self.anonymise(self.person)
        self.assertIn("Still named in", answer["params"]["message"])
        self.assertIn("res_users.signature", self.find_traces())

    def test_a_mail_to_several_still_leaves_for_the_others(self):
        other = self.create_person(name="Bob Martin", email="bob@example.net")
        mail = self.env["mail.mail"].create(
            {"subject": "Hi", "recipient_ids": [Command.set((self.person | other).ids)]}
        )
        self.anonymise(self.person)
        self.assertEqual(mail.exists().recipient_ids, other)

    def test_mails_of_others_stay_and_leave(self):
        other = "x" + EMAIL
        theirs, both = self.env["mail.mail"].create(
            [
                {"subject": "Hi", "email_to": f"Bob <{other}>"},
                {"subject": "Hi", "email_to": f"Bob <{other}>, {NAME} <{EMAIL}>"},
            ]
        )
        mails = self.person.with_user(self.pilot)._relationship_get_personal_data()
        [rows] = [rows for title, _columns, rows in mails if title == "Mails"]
        self.assertEqual(len(rows), 1)
        self.anonymise(self.person)
        self.assertIn(other, theirs.exists().email_to)
        self.assertIn(other, both.exists().email_to)
        self.assertNotIn(NAME, both.email_to)

    def test_two_who_refused_mailings_are_forgotten_one_after_the_other(self):
        bob = self.create_person(name="Bob Martin", email="bob@example.net")
        for person in (self.person, bob):
            self.env["mail.blacklist"]._add(person.email, message=f"{person.name} asked for it")
            self.anonymise(person)
        self.assertFalse(self.find_traces())
        self.assertEqual(len(self.env["relationship.objection"].search([])), 2, "their wish is remembered")

    def test_names_within_markup_or_with_a_title_go_and_the_markup_stays(self):
        self.person.name = f"Mme {NAME}"
        synthesis = self.meet(self.partner, summary="<p>Zéphirine <b>Quasimodot</b> came.</p>")
        note = self.partner.message_post(body=f"Met {NAME}")
        self.partner.relationship_intention = f"Met through {NAME}"
        self.anonymise(self.person)
        self.env.invalidate_all()
        self.assertEqual(synthesis.summary, "<p>Anonymised person<b></b> came.</p>")
        self.assertIn("Anonymised person", note.body)
        self.assertEqual(self.partner.relationship_intention, "Met through Anonymised person")
        self.assertFalse(self.find_traces(), "what is searched follows")

    def test_texts_stay_where_the_pilot_sees_that_they_mean_somebody_else(self):
        synthesis = self.meet(self.partner, summary=f"<p>At the Centre {NAME}</p>")
        wizard = self.env["relationship.anonymise"].with_user(self.pilot)
        self.assertIn(f"Centre {NAME}", wizard.create({"person_ids": [Command.set(self.person.ids)]}).preview)
        answer = self.anonymise(self.person, in_texts=False)
        self.env.invalidate_all()
        self.assertIn(NAME, synthesis.summary)
        self.assertIn("Synthesis", answer["params"]["message"])
        self.assertEqual(self.person.name, "Anonymised person")

    def test_an_address_made_of_the_name_is_somebody_elses(self):
        namesake = self.create_target("Other", email="zephirine.quasimodot@example.com")
        self.anonymise(self.person)
        self.env.invalidate_all()
        self.assertEqual(namesake.email, "zephirine.quasimodot@example.com")

    def test_names_of_any_script_go_and_longer_ones_stay(self):
        for name, said, kept in (
            ("Jana Dvořák", "Vu JANA DVORAK et Dvořák, Jana", "Jana Dvořáková"),
            ("Ana Kova", "Vu Ana KOVA", "Ana Kovač, Ana Kovac\u030c, Ana Kova\u2011Łuk"),
            ("Łukasz Weiß", "Vu LUKASZ WEISS", "Łukasz Weißer"),
            ("Иван Фёдоров", "Vu ИВАН ФЕДОРОВ", "Иван Фёдоровский"),
            ("हरि कुमार", "Vu हरि कुमार", "हरि कुमारी"),
            ("王 小明", "昨天王小明说", "王小红"),
        ):
            with self.subTest(name=name):
                person = self.create_person(name=name, email=False)
                synthesis = self.meet(self.partner, needs=f"{said}; {kept}", summary=f"<p>{said}</p>")
                self.anonymise(person)
                self.env.invalidate_all()
                self.assertIn(kept, synthesis.needs)
                self.assertNotIn(said, synthesis.needs)
                self.assertNotIn(said.removeprefix("Vu "), synthesis.summary)
                self.assertIn("Anonymised person", synthesis.summary)

    def test_a_longer_name_of_somebody_known_stays_whole(self):
        self.create_person(name=f"{NAME} Dubois", email=False)
        synthesis = self.meet(self.partner, needs=f"{NAME} Dubois met {NAME}")
        self.anonymise(self.person)
        self.env.invalidate_all()
        self.assertEqual(synthesis.needs, f"{NAME} Dubois met Anonymised person")

    def test_the_preview_counts_what_is_done(self):
        self.seed()
        wizard = self.env["relationship.anonymise"].with_user(self.pilot)
        wizard = wizard.create({"person_ids": [Command.set(self.person.ids)], "is_sure": True})
        counts = wizard._count_texts(wizard._get_forgotten()[2])
        rewritten = {}
        rewrite = type(self.env["res.partner"])._relationship_rewrite

        def count(partners, model, name, ids, naming):
            column = partners.env[model].browse(ids)
            before = column.mapped(name)
            rewrite(partners, model, name, ids, naming)
            column.invalidate_recordset()
            changed = sum(old != new for old, new in zip(before, column.exists().mapped(name), strict=True))
            label = self.env["ir.model"]._get(model).name
            rewritten[label] = rewritten.get(label, 0) + changed

        preview = str(wizard.preview)
        with patch.object(type(self.env["res.partner"]), "_relationship_rewrite", count):
            message = wizard.action_apply()["params"]["message"]
        self.assertEqual(sorted(rewritten.items()), sorted(counts.items()))
        self.assertGreater(len(counts), 5)
        for kind, number in counts.items():
            self.assertIn(f"{kind}: {number}", preview)
        self.assertIn(f"Texts changed: {sum(counts.values())}", message)

    def test_nothing_is_done_that_was_not_shown(self):
        self.seed()
        wizard = self.env["relationship.anonymise"].with_user(self.pilot)
        with Form(wizard.with_context(default_person_ids=self.person.ids)) as form:
            form.is_sure = True
        late = self.meet(self.partner, needs=f"{NAME} called again")
        action = form.record.action_apply()
        self.assertEqual((action["res_model"], action["res_id"]), ("relationship.anonymise", form.record.id))
        self.assertTrue(form.record.is_stale)
        self.assertFalse(form.record.is_sure)
        self.assertEqual(self.person.name, NAME)
        form.record.is_sure = True
        form.record.action_apply()
        self.env.invalidate_all()
        self.assertEqual(late.needs, "Anonymised person called again")

    def test_many_are_found_with_the_queries_of_a_few_and_forgotten_as_shown(self):
        wizards = self.env["relationship.anonymise"].with_user(self.pilot)

        def cost(size):
            people = self.env["res.partner"].create(
                [{"name": f"Ada{n} Quasi{size}", "email": f"{n}.{size}@example.net"} for n in range(size)]
            )
            self.meet(self.partner, needs=", ".join(people.mapped("name")))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            people.with_user(self.pilot)._relationship_plan_forgetting()
            cost = self.cr.sql_log_count - before
            # Read again, they come in another order.
            wizard = wizards.create({"person_ids": [Command.set(people.ids[::-1])], "is_sure": True})
            self.env.flush_all()
            self.env.invalidate_all()
            wizard.action_apply()
            self.assertEqual(set(people.mapped("name")), {"Anonymised person"})
            return cost

        cost(2)
        self.assertEqual(cost(60), cost(5))

    def test_only_the_pilot_anonymises(self):
        for user in (self.helene, self.organiser, self.outsider, self.env.ref("base.user_admin")):
            person = self.person.with_user(user)
            with self.assertRefused(AccessError):
                person.action_relationship_anonymise()
            with self.assertRefused(AccessError):
                self.env["relationship.anonymise"].with_user(user).create({"person_ids": [Command.set(person.ids)]})
        self.assertEqual(self.person.name, NAME)

    def test_the_gear_of_a_person_opens_the_question(self):
        action = self.env.ref("shifters_relations.relationship_anonymise_server_action").with_user(self.pilot)
        opened = action.with_context(active_model="res.partner", active_ids=self.person.ids).run()
        form = Form(self.env["relationship.anonymise"].with_user(self.pilot).with_context(**opened["context"]))
        self.assertIn(NAME, form.preview)
        form.is_sure = True
        form.save().action_apply()
        self.assertEqual(self.person.name, "Anonymised person")

    def test_it_asks_first(self):
        with self.assertRefused(UserError, "Tick the box"):
            self.anonymise(self.person, is_sure=False)
        wizard = self.env["relationship.anonymise"].with_user(self.pilot)
        preview = wizard.create({"person_ids": [Command.set(self.person.ids)]}).preview
        self.assertIn(NAME, preview)
        self.assertEqual(self.person.name, NAME)

    def test_neither_an_organisation_nor_a_user_is_anonymised(self):
        for partner in (self.partner, self.helene.partner_id):
            with self.assertRefused(UserError, "organisation|account"):
                self.anonymise(partner)


@tagged("post_install", "-at_install")
class TestPersonalData(PersonalDataCase, HttpCase):
    """What do we hold on this person: one file, made by the pilot (G5)."""

    def test_the_file_holds_everything_and_marks_what_is_confidential(self):
        self.seed()
        data = {
            title: rows for title, _columns, rows in self.person.with_user(self.pilot)._relationship_get_personal_data()
        }
        self.assertIn(["Where we have it from", "Quasimodot's own web page"], data["Identity"])
        [contact] = data["Contacts"]
        self.assertIn("Quasimodot Zephirine needs a room", contact)
        [note] = data["Confidential notes"]
        self.assertEqual((note[0], note[-1]), ("Confidential", "Zéphirine  Quasimodot is leaving"))
        for title in ("Meetings", "To do", "Messages", "Mails", "Files (to be joined)"):
            self.assertIn(title, data)
        mentions = {row[1] for row in data["Mentions to look at"]}
        self.assertIn("News of the Association · Title", mentions)
        self.assertIn("Cooperation · What", mentions)

    def test_a_sender_is_no_period_in_french(self):
        person = self.person.with_user(self.pilot).with_context(lang="fr_FR")
        held = person.sudo()._relationship_get_held()
        columns = {title: columns for title, columns, _rows in get_sections(held)}
        for title in ("Messages", "E-mails"):
            self.assertEqual(columns[title][:2], ["Date", "De"])

    def test_the_pilot_downloads_it_and_nobody_else(self):
        self.seed()
        path = f"/relations/personal-data/{self.person.id}"
        for user in (self.helene, self.organiser, self.outsider):
            self.authenticate(user.login, user.login)
            self.assertEqual(self.url_open(path).status_code, 403)
            with self.assertRefused(AccessError):
                self.person.with_user(user).action_relationship_personal_data()
        self.authenticate(self.pilot.login, self.pilot.login)
        answer = self.url_open(self.person.with_user(self.pilot).action_relationship_personal_data()["url"])
        self.assertEqual(answer.status_code, 200)
        self.assertIn("no-store", answer.headers["Cache-Control"])
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        self.assertEqual(book.sheetnames[0], "Identity")
        self.assertIn("Confidential notes", book.sheetnames)
        self.assertIn(PHONE, [cell.value for row in book["Identity"].rows for cell in row])
        self.assertEqual(self.url_open("/relations/personal-data/999999999").status_code, 404)

    def test_whoever_works_here_is_not_read_by_the_pilot(self):
        colleague = self.helene.partner_id
        with self.assertRefused(UserError, "works in this database"):
            colleague.with_user(self.pilot).action_relationship_personal_data()
        with self.assertRefused(UserError, "works in this database"):
            colleague.with_user(self.pilot)._relationship_get_personal_data()
        self.authenticate(self.pilot.login, self.pilot.login)
        self.assertEqual(self.url_open(f"/relations/personal-data/{colleague.id}").status_code, 404)

    def test_what_others_say_among_themselves_is_not_quoted(self):
        channel = self.env["discuss.channel"].create({"name": "Two"})
        channel.message_post(body=f"{NAME} is a bore", message_type="comment")
        data = self.person.with_user(self.pilot)._relationship_get_personal_data()
        self.assertNotIn("bore", str(data))

    def test_what_she_answers_for_is_told(self):
        self.env["relationship.destination"].create(
            {"name": "Training of elected people", "referent_id": self.person.id}
        )
        self.partner.message_subscribe(self.person.ids)
        data = {
            title: rows for title, _columns, rows in self.person.with_user(self.pilot)._relationship_get_personal_data()
        }
        self.assertEqual({row[-1] for row in data["Roles"]}, {"Training of elected people", self.partner.name})

    def test_an_administrator_finds_the_memory_and_does_not_delete_it(self):
        self.seed()
        admin = self.env.ref("base.user_admin")
        wizard = self.env["privacy.lookup.wizard"].with_user(admin).create({"name": NAME, "email": EMAIL})
        wizard.action_lookup()
        lines = {line.res_model: line for line in wizard.line_ids}
        for model in ("relationship.synthesis", "relationship.synthesis.confidential", "relationship.cooperation"):
            with self.assertRefused(UserError, "belongs to the Relations team"):
                lines[model].action_unlink()
        part = self.synthesis.sudo()._get_confidential_parts()
        wizard.line_ids.action_unlink_all()
        self.assertTrue(self.synthesis.exists())
        self.assertTrue(part.exists())

    def test_the_switch_of_odoos_search_archives_and_guards(self):
        person = self.create_person(name="Aglaé Lonely", parent_id=False)
        self.partner.email = "reseau@example.net"
        self.env.flush_all()
        wizards = self.env["privacy.lookup.wizard"].with_user(self.env.ref("base.user_admin"))
        forms = {}
        for record in (person, self.partner):
            wizard = wizards.create({"name": record.name, "email": record.email})
            wizard.action_lookup()
            forms[record] = Form(wizard.line_ids.filtered(lambda line, record=record: line.resource_ref == record))
        forms[person].is_active = False
        self.assertFalse(person.active)
        with self.assertRefused(UserError, "belongs to the Relations team"):
            forms[self.partner].is_active = False
        self.assertTrue(self.partner.active)

    def test_any_words_are_not_looked_for_in_confidential_notes(self):
        self.seed()
        wizards = self.env["privacy.lookup.wizard"].with_user(self.env.ref("base.user_admin"))
        wizard = wizards.create({"name": "is leaving", "email": "nobody@example.org"})
        wizard.action_lookup()
        self.assertNotIn("relationship.synthesis.confidential", wizard.line_ids.mapped("res_model"))

    def test_odoos_own_search_for_a_person_finds_our_records(self):
        self.seed()
        admin = self.env.ref("base.user_admin")
        wizard = self.env["privacy.lookup.wizard"].with_user(admin).create({"name": NAME, "email": EMAIL})
        wizard.action_lookup()
        found = wizard.line_ids.mapped("res_model")
        for model in (
            "res.partner",
            "relationship.synthesis",
            "relationship.synthesis.confidential",
            "relationship.news",
            "relationship.cooperation",
            "calendar.attendee",
            "calendar.event",
            "mail.activity",
        ):
            self.assertIn(model, found)
        places = wizard.line_ids.mapped(lambda line: (line.res_model, line.res_id))
        self.assertEqual(len(places), len(set(places)), "each record once")
        self.assertFalse(any("leaving" in (line.res_name or "") for line in wizard.line_ids))


@tagged("post_install", "-at_install")
class TestHeld(RelationshipCase):
    """Whatever holds a person or a text of ours is declared, with what becomes of it (G5)."""

    ADDONS = {"shifters_relations", "shifters_relations_events"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.held = cls.env["res.partner"].sudo().with_context(lang="fr_FR")._relationship_get_held()

    def get_fields(self):
        """The stored fields that our addons define: list of (model, field)."""
        tables = [model for model in self.env.registry.values() if model._auto and not model._abstract]
        return [
            (model._name, field)
            for model in tables
            for field in model._fields.values()
            if field.store and not model._transient and next(iter(field.base_field._modules), None) in self.ADDONS
        ]

    def test_no_model_with_a_person_is_missing(self):
        linked = {
            (model, field.name)
            for model, field in self.get_fields()
            if field.comodel_name == "res.partner" and field.type in ("many2one", "many2many")
        }
        declared = {kind.model for kind in self.held}
        missing = {f"{model}.{name}" for model, name in linked if model not in declared}
        self.assertFalse(missing - OF_ORGANISATIONS)

    def test_no_model_with_a_text_is_missing(self):
        partners = self.env["res.partner"]
        going = {*get_gone(self.held)}
        emptied = get_emptied(self.held)
        columns = partners._relationship_get_text_columns()
        for model, field in self.get_fields():
            if field.name in columns.get(model, ()) and not (field.compute and field.readonly):
                with self.subTest(place=f"{model}.{field.name}"):
                    known = model in going or (model, field.name) in emptied
                    self.assertTrue(known or partners._relationship_is_rewritten(model, field.name))

    def test_the_register_names_each_sheet(self):
        page = Path(__file__).parents[2] / "docs" / "registre.fr.md"
        if not page.exists():
            self.skipTest("the addon stands without its repository")
        [line] = [line for line in page.read_text().splitlines() if "Accès et portabilité" in line]
        for title in {kind.title for kind in self.held}:
            self.assertIn(title.partition(" (")[0].lower(), line.lower())


@tagged("post_install", "-at_install")
class TestObjection(PersonalDataCase):
    """Do not contact survives a new import, matched on the address (G4)."""

    def load(self, *rows, user=None, fields=("name", "email", "parent_id", "relationship_person_source")):
        result = (
            self.env["res.partner"].with_user(user or self.organiser).load(list(fields), [list(row) for row in rows])
        )
        self.assertTrue(result["ids"], result["messages"])
        self.assertFalse(result["messages"], "Odoo's screen would speak of blocking errors")
        return self.env["res.partner"].browse(result["ids"])

    def test_whoever_has_the_address_comes_in_as_do_not_contact(self):
        self.person.relationship_no_contact = True
        self.person.active = False
        rows = (("Z. Quasimodot", EMAIL.upper(), "", "A list"), ("Ada Lovelace", "ada@example.net", "", "A list"))
        again, ada = self.load(*rows)
        self.assertTrue(again.relationship_no_contact)
        self.assertFalse(ada.relationship_no_contact)
        self.assertIn("asked for it", again.message_ids[0].body)

    def test_it_survives_anonymising_and_deleting(self):
        bob = self.create_person(name="Bob Martin", email="bob@example.net", relationship_no_contact=True)
        bob.with_user(self.pilot).unlink()
        self.anonymise(self.person, never_again=True)
        again, bob = self.load(("New", EMAIL, "", "A list"), ("Bob", "bob@example.net", "", "A list"))
        self.assertTrue(again.relationship_no_contact)
        self.assertTrue(bob.relationship_no_contact)
        self.assertEqual(len(self.env["relationship.objection"].search([])), 2)
        self.assertNotIn("example", str(self.env["relationship.objection"].search([]).mapped("key")))

    def test_who_changes_her_mind_is_written_to_again(self):
        twin = self.create_person(name="Z. Quasimodot", email=EMAIL, relationship_no_contact=True)
        twin.unlink()
        objection = self.env["relationship.objection"]
        self.assertEqual(objection._get_objecting([EMAIL]), {EMAIL})
        self.person.relationship_no_contact = True
        self.person.with_user(self.helene).relationship_no_contact = False
        self.assertFalse(objection._get_objecting([EMAIL]))

    def test_who_was_forgotten_without_objecting_may_come_back(self):
        self.anonymise(self.person)
        again = self.load(("New", EMAIL, "", "A list"))
        self.assertFalse(again.relationship_no_contact)

    def test_no_file_takes_the_wish_back(self):
        self.person.relationship_no_contact = True
        self.env["ir.model.data"].create(
            {"module": "__import__", "name": "person", "model": "res.partner", "res_id": self.person.id}
        )
        self.load(("__import__.person", NAME, "0"), fields=("id", "name", "relationship_no_contact"))
        self.assertTrue(self.person.relationship_no_contact)

    def test_imports_of_others_are_left_alone(self):
        self.person.relationship_no_contact = True
        again = self.load(("New", EMAIL), user=self.outsider, fields=("name", "email"))
        self.assertFalse(again.sudo().relationship_no_contact)

    def test_a_plain_file_of_contacts_of_a_member_is_matched_too(self):
        self.person.relationship_no_contact = True
        again = self.load(("New", EMAIL), fields=("name", "email"))
        self.assertTrue(again.relationship_no_contact)

    def test_a_hundred_rows_cost_no_query_more_than_ten(self):
        self.person.relationship_no_contact = True
        self.env["relationship.objection"]._get_keys([])  # reads the secret
        counts = []
        for size in (10, 100):
            partners = self.env["res.partner"].create(
                [{"name": f"P{size}-{n}", "email": f"p{size}-{n}@example.net"} for n in range(size)]
            )
            self.env.flush_all()
            before = self.cr.sql_log_count
            partners._relationship_keep_objections()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestNotice(PersonalDataCase, MailCase):
    """Whom we know is told, in the first mail at the latest (G3)."""

    def write_to(self, *persons, **values):
        with self.mock_mail_gateway(mail_unlink_sent=False):
            self.partner.with_user(self.helene).message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=[person.id for person in persons],
                **values,
            )
            self.env["mail.mail"].process_email_queue()
        return self._mails

    def test_the_first_mail_tells_and_the_second_does_not(self):
        self.person.relationship_person_source = "Your web site"
        [mail] = self.write_to(self.person)
        self.assertIn("professional capacity", mail["body"])
        self.assertIn("Your web site", mail["body"])
        self.assertIn("professional capacity", mail["body_alternative"])
        self.assertEqual(self.person.relationship_informed_on, TODAY)
        [mail] = self.write_to(self.person)
        self.assertNotIn("professional capacity", mail["body"])

    def test_only_who_was_not_told_gets_it(self):
        told = self.create_person(name="Bob Martin", email="bob@example.net", relationship_informed_on="2026-01-05")
        mails = self.write_to(self.person, told)
        with_notice = [mail["email_to"][0] for mail in mails if "professional capacity" in mail["body"]]
        self.assertEqual(len(with_notice), 1)
        self.assertIn(EMAIL, with_notice[0])
        self.assertEqual(told.relationship_informed_on, date(2026, 1, 5))

    def test_a_mail_that_did_not_leave_told_nothing(self):
        self.person.email = "not an address"
        self.write_to(self.person)
        self.assertFalse(self.person.relationship_informed_on)

    def test_whom_somebody_else_is_changing_is_told_another_time(self):
        people = type(self.env["res.partner"])
        for busy in ({"return_value": people.browse(self.env["res.partner"])}, {"side_effect": SerializationFailure}):
            with patch.object(people, "try_lock_for_update", **busy):
                [mail] = self.write_to(self.person)
            self.assertNotIn("professional capacity", mail["body"])
            self.assertFalse(self.person.relationship_informed_on)
        [mail] = self.write_to(self.person)
        self.assertIn("professional capacity", mail["body"])

    def test_others_than_our_persons_are_not_concerned(self):
        stranger = self.env["res.partner"].create({"name": "Stranger", "email": "stranger@example.net"})
        [mail] = self.write_to(stranger)
        self.assertNotIn("professional capacity", mail["body"])
        self.assertFalse(stranger.relationship_informed_on)

    def test_without_a_text_nothing_is_added_nor_noted(self):
        self.env.ref("shifters_relations.relationship_privacy").with_user(self.pilot).notice = "<p><br></p>"
        [mail] = self.write_to(self.person)
        self.assertEqual(mail["body"].count("border-top"), 0)
        self.assertFalse(self.person.relationship_informed_on)

    def test_only_the_pilot_changes_what_is_told(self):
        privacy = self.env.ref("shifters_relations.relationship_privacy")
        for user in (self.helene, self.organiser):
            with self.assertRefused(AccessError):
                privacy.with_user(user).notice = "<p>Nothing</p>"
        privacy.with_user(self.pilot).retention_years = 2

    def test_whom_nobody_told_in_a_month_is_listed(self):
        people = self.env["res.partner"].with_user(self.organiser)
        untold = [("relationship_is_untold", "=", True), ("parent_id", "=", self.partner.id)]
        self.assertFalse(people.search(untold))
        self.env.cr.execute("UPDATE res_partner SET create_date = '2026-02-01' WHERE id = %s", [self.person.id])
        self.env.invalidate_all()
        self.assertEqual(people.search(untold), self.person)
        self.assertTrue(self.person.relationship_is_untold)
        self.person.with_user(self.helene).action_relationship_informed()
        self.assertFalse(people.search(untold))


@tagged("post_install", "-at_install")
class TestRetention(PersonalDataCase, MailCase):
    """Who was not met for years is proposed; a human decides (G6)."""

    def setUp(self):
        super().setUp()
        self.env.cr.execute("UPDATE res_partner SET create_date = '2020-02-01' WHERE id = %s", [self.person.id])
        self.env.invalidate_all()

    def get_dormant(self):
        domain = [("relationship_is_dormant", "=", True), ("parent_id", "=", self.partner.id)]
        return self.env["res.partner"].with_user(self.organiser).search(domain)

    def test_who_was_not_met_for_three_years_is_proposed(self):
        self.assertEqual(self.get_dormant(), self.person)
        self.meet(self.partner, days_ago=4 * 365, participant_ids=[Command.set(self.person.ids)])
        self.assertEqual(self.get_dormant(), self.person)
        self.meet(self.partner, days_ago=2 * 365, participant_ids=[Command.set(self.person.ids)])
        self.assertFalse(self.get_dormant())
        self.env.ref("shifters_relations.relationship_privacy").with_user(self.pilot).retention_years = 1
        self.assertEqual(self.get_dormant(), self.person)

    def test_who_wrote_to_us_is_not_forgotten(self):
        self.partner.message_post(body="Hello", author_id=self.person.id)
        self.assertFalse(self.get_dormant())

    def test_who_has_left_the_organisation_is_proposed_too(self):
        self.meet(self.partner, days_ago=4 * 365, participant_ids=[Command.set(self.person.ids)])
        self.person.write({"active": False, "parent_id": False})
        everybody = self.env["res.partner"].with_user(self.organiser).with_context(active_test=False)
        self.assertIn(self.person, everybody.search([("relationship_is_dormant", "=", True)]))
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations.res_partner_retention_action")
        self.assertIn("'active_test': False", action["context"])

    def test_who_is_kept_comes_back_years_later(self):
        with self.assertRefused(AccessError, "organisers"):
            self.person.with_user(self.helene).action_relationship_keep()
        with self.assertRefused(AccessError, "relationship_kept_until"):
            self.person.with_user(self.helene).relationship_kept_until = date(2040, 1, 1)
        self.person.with_user(self.organiser).action_relationship_keep()
        self.assertEqual(self.person.relationship_kept_until, date(2029, 3, 11))
        self.assertFalse(self.get_dormant())
        with freeze_time(TODAY + timedelta(days=4 * 365)):
            self.assertEqual(self.get_dormant(), self.person)

    def test_who_is_anonymised_is_proposed_no_more(self):
        self.anonymise(self.person)
        self.assertFalse(self.get_dormant().with_context(active_test=False))

    def test_the_pilot_gets_one_mail_a_month_and_nobody_is_erased(self):
        cron = self.env.ref("shifters_relations.cron_propose_retention")
        with self.mock_mail_gateway(), self.mock_mail_app(), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        messages = self._new_msgs.filtered(lambda message: self.pilot.partner_id in message.partner_ids)
        self.assertEqual(len(messages), 1)
        self.assertIn("relations-retention", messages.body)
        self.assertNotIn(NAME, messages.body)
        self.assertEqual(self.person.name, NAME)

    def test_a_month_with_nothing_to_decide_has_no_mail(self):
        self.env["res.partner"].search([("relationship_is_dormant", "=", True)]).action_relationship_keep()
        self.env["res.partner"].search([("relationship_is_untold", "=", True)]).action_relationship_informed()
        with self.mock_mail_gateway(), self.mock_mail_app():
            self.env["relationship.privacy"]._cron_propose()
        self.assertFalse(self._new_msgs)
