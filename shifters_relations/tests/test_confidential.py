import io
import json
import re
from datetime import datetime
from xmlrpc.client import Fault
from zipfile import ZipFile

from odoo.addons.mail.tests.common import MailCase
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import Form, HttpCase

from .common import TODAY, RelationshipCase

SECRET = "xyzzy-secret"


@tagged("post_install", "-at_install")
class TestConfidential(RelationshipCase, MailCase, HttpCase):
    """The confidential part is read by its author, the contact owner and the pilot, by every path (S3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ines = cls.create_member("Inès", "contact").user_id
        cls.partner = cls.create_target(owner=cls.marc)
        cls.synthesis = cls.write_synthesis(cls.partner, user=cls.helene, confidential_note=SECRET)
        cls.synthesis.action_validate()
        cls.part = cls.env["relationship.synthesis.confidential"].search([("synthesis_id", "=", cls.synthesis.id)])
        cls.readers = cls.helene | cls.marc | cls.pilot
        cls.others = cls.ines | cls.organiser
        for user in cls.others:
            user.group_ids += cls.env.ref("base.group_allow_export")

    def test_who_reads_and_who_does_not(self):
        for user in self.readers:
            self.assertEqual(self.part.with_user(user).note, SECRET)
            self.assertEqual(self.synthesis.with_user(user).confidential_note, SECRET)
        for user in self.others | self.outsider | self.env.ref("base.user_admin"):
            with self.assertRefused(AccessError):
                self.part.with_user(user).read(["note"])
        for user in self.others:
            self.assertFalse(self.synthesis.with_user(user).confidential_note)

    def test_only_the_author_writes(self):
        self.part.with_user(self.helene).note = "changed"
        for user in self.marc | self.pilot | self.others:
            for change in (
                lambda user=user: self.part.with_user(user).write({"note": "mine"}),
                lambda user=user: self.part.with_user(user).unlink(),
                lambda user=user: self.synthesis.with_user(user).write({"confidential_note": "mine"}),
            ):
                with self.assertRefused((AccessError, UserError)):
                    change()
        self.assertEqual(self.part.note, "changed")

    def test_the_form_says_who_reads_it(self):
        self.assertEqual(self.synthesis.with_user(self.helene).confidential_readers, "Read by you, Marc, Camille only.")
        with Form(self.synthesis.with_user(self.helene)) as form:
            form.confidential_note = ""
        self.assertFalse(self.part.exists(), "an emptied text leaves no row")

    def test_no_search_group_export_copy_or_name_tells_it(self):
        Part = self.env["relationship.synthesis.confidential"]
        for user in self.others:
            parts, syntheses = Part.with_user(user), self.env["relationship.synthesis"].with_user(user)
            self.assertFalse(parts.search([]))
            self.assertFalse(parts.search([("note", "ilike", SECRET)]))
            self.assertFalse(parts._read_group([], ["note"], ["__count"]))
            self.assertFalse(parts.name_search(self.partner.name))
            self.assertNotIn(SECRET, json.dumps(syntheses.search_read([("id", "=", self.synthesis.id)]), default=str))
            with self.assertRefused((ValueError, UserError)):
                syntheses.search([("confidential_note", "ilike", SECRET)])
        for user in self.organiser | self.pilot:
            exported = self.synthesis.with_user(user).export_data(["confidential_note", "display_name", "summary"])
            self.assertNotIn(SECRET, json.dumps(exported))
        copied = self.synthesis.with_user(self.helene).copy()
        self.assertFalse(copied.confidential_note)

    def test_nothing_else_holds_a_copy(self):
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT table_name, column_name FROM information_schema.columns
             WHERE table_schema = current_schema AND data_type IN ('text', 'character varying', 'jsonb')
               AND table_name NOT LIKE 'pg_%'
            """
        )
        found = []
        for table, column in self.env.cr.fetchall():
            self.env.cr.execute(f'SELECT 1 FROM "{table}" WHERE "{column}"::text LIKE %s LIMIT 1', [f"%{SECRET}%"])
            if self.env.cr.fetchone():
                found.append((table, column))
        self.assertEqual(found, [("relationship_synthesis_confidential", "note")])

    def test_from_outside_with_an_api_key(self):
        for user in self.others:
            key = self.env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "test", None)
            self.env.flush_all()
            for model, method, arguments in (
                ("relationship.synthesis.confidential", "search_read", {"domain": []}),
                ("relationship.synthesis", "search_read", {"domain": [], "fields": ["confidential_note"]}),
                (
                    "relationship.synthesis",
                    "web_read",
                    {"ids": self.synthesis.ids, "specification": {"confidential_note": {}}},
                ),
                (
                    "relationship.synthesis",
                    "export_data",
                    {"ids": self.synthesis.ids, "fields_to_export": ["confidential_note"]},
                ),
            ):
                answer = self.url_open(
                    f"/json/2/{model}/{method}",
                    data=json.dumps(arguments),
                    headers={"Authorization": f"bearer {key}", "Content-Type": "application/json"},
                )
                self.assertNotIn(SECRET, answer.text, method)

    def test_no_exported_file_tells_it(self):
        fields = [{"name": name, "label": name, "type": "text"} for name in ("display_name", "confidential_note")]
        for user in (self.organiser, self.pilot):
            self.authenticate(user.login, user.login)
            page = self.url_open("/odoo")
            csrf = re.search(r'csrf_token: "([^"]+)"', page.text)[1]
            for kind in ("csv", "xlsx"):
                data = {
                    "model": "relationship.synthesis",
                    "fields": fields,
                    "ids": self.synthesis.ids,
                    "domain": [],
                    "groupby": [],
                    "import_compat": False,
                    "context": {},
                }
                answer = self.url_open(
                    f"/web/export/{kind}", data={"data": json.dumps(data), "csrf_token": csrf, "token": "x"}
                )
                content = answer.content
                if kind == "xlsx" and answer.status_code == 200:
                    with ZipFile(io.BytesIO(content)) as book:
                        content = b"".join(book.read(name) for name in book.namelist())
                self.assertEqual(answer.status_code, 200)
                self.assertNotIn(SECRET.encode(), content, "nor for who may read it")

    def test_by_xml_rpc(self):
        for user in self.others:
            key = self.env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "test", None)
            self.env.flush_all()
            for model, method, arguments in (
                ("relationship.synthesis", "search_read", [[]]),
                ("relationship.synthesis", "read", [self.synthesis.ids]),
                ("relationship.synthesis", "export_data", [self.synthesis.ids, ["confidential_note"]]),
                ("relationship.synthesis.confidential", "search_read", [[]]),
                ("relationship.synthesis.confidential", "read", [self.part.ids]),
                ("res.partner", "read", [self.partner.ids]),
                ("mail.message", "search_read", [[]]),
            ):
                try:
                    answer = self.xmlrpc_object.execute_kw(self.env.cr.dbname, user.id, key, model, method, arguments)
                except Fault as refused:
                    answer = refused.faultString
                self.assertNotIn(SECRET, str(answer), (model, method))

    def test_no_conversation_mail_activity_calendar_or_digest_tells_it(self):
        others = self.others.partner_id
        self.synthesis.message_subscribe(others.ids)
        self.partner.message_subscribe(others.ids)
        with self.mock_mail_gateway():
            self.synthesis.with_user(self.helene).write({"confidential_note": f"{SECRET} again", "needs": "Figures"})
            self.synthesis.with_user(self.helene).message_post(body="Look", subtype_xmlid="mail.mt_comment")
            self.synthesis.with_user(self.organiser).action_reopen()
            self.synthesis.with_user(self.helene).action_validate()
            renewal = self.renewal_of(self.partner)
            event = self.plan_meeting(renewal, "2026-05-04", user=self.marc)
            ordinary = self.partner.activity_schedule("mail.mail_activity_data_todo", user_id=self.ines.id)
            ordinary.action_feedback(feedback="Done")
        self.assertTrue(self._new_mails, "followers are told of the message")
        self.assertNotIn(SECRET, " ".join(f"{mail.subject} {mail.body_html}" for mail in self._new_mails))
        self.assertNotIn(SECRET, " ".join(self.env["mail.message"].search([]).mapped("body")))
        self.assertNotIn(SECRET, f"{event.description} {event.notes} {renewal.relationship_reason}")
        self.env["mail.activity"].search([]).write({"date_deadline": TODAY})
        members = self.env["relationship.member"].search([])
        for member, digest in members._get_digests(datetime.combine(TODAY, datetime.min.time())).items():
            values = member._prepare_reminder_values(digest)
            body = self.env["ir.qweb"]._render("shifters_relations.reminder_mail", values)
            self.assertNotIn(SECRET, str(body))

    def test_no_printed_page_tells_it_even_to_who_may_read_it(self):
        for user in self.readers | self.others:
            reports = self.env["ir.actions.report"].with_user(user)
            for name, record in (
                ("shifters_relations.synthesis_report", self.synthesis),
                ("shifters_relations.preparation_report", self.partner),
            ):
                html, _type = reports._render_qweb_html(name, record.ids)
                self.assertNotIn(SECRET.encode(), html)
                self.assertIn(b"Hello", html)

    def test_a_file_beside_a_draft_is_for_who_reads_the_draft(self):
        draft = self.write_synthesis(self.create_target("Other"), user=self.helene)
        file = (
            self.env["ir.attachment"]
            .with_user(self.helene)
            .create({"name": "f.txt", "raw": SECRET.encode(), "res_model": draft._name, "res_id": draft.id})
        )
        self.env.flush_all()
        self.env.invalidate_all()
        for user in self.others - self.organiser:
            with self.assertRefused(AccessError):
                file.with_user(user).read(["raw"])
            self.authenticate(user.login, user.login)
            answer = self.url_open(f"/web/content/{file.id}")
            self.assertNotIn(SECRET, answer.text)
            self.assertEqual(answer.status_code, 404)

    def test_an_import_neither_tells_nor_takes_it(self):
        syntheses = self.env["relationship.synthesis"].with_user(self.organiser)
        result = syntheses.load([".id", "confidential_note"], [[str(self.synthesis.id), "mine"]])
        self.assertFalse(result["ids"])
        self.assertNotIn(SECRET, json.dumps(result["messages"]))
        result = (
            self.env["relationship.synthesis.confidential"]
            .with_user(self.organiser)
            .load(["synthesis_id/.id", "note"], [[str(self.synthesis.id), "mine"]])
        )
        self.assertFalse(result["ids"])
        self.assertEqual(self.part.note, SECRET)

    def test_deleting_and_creating_again_gives_nothing(self):
        self.synthesis.with_user(self.organiser).action_reopen()
        for change in (
            lambda: self.synthesis.with_user(self.organiser).unlink(),
            lambda: self.partner.with_user(self.organiser).unlink(),
        ):
            with self.assertRefused(AccessError):
                change()

    def test_emptying_the_stage_opens_no_way_to_merge_or_delete(self):
        mine = self.create_target("Mine", owner=self.ines)
        with self.assertRefused(AccessError):
            (self.partner | mine).with_user(self.ines).write({"relationship_stage": False})
        (self.partner | mine).write({"relationship_stage": False})
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.ines)
        with self.assertRefused(AccessError):
            wizard._merge((self.partner | mine).ids, mine.with_env(wizard.env))
        for user in (self.ines, self.organiser, self.outsider):
            with self.assertRefused(AccessError):
                self.partner.with_user(user).unlink()
        wizard = wizard.with_user(self.outsider)
        with self.assertRefused(AccessError):
            wizard._merge((self.partner | mine).ids, mine.with_env(wizard.env))

    def test_deleting_an_organisation_leaves_no_word_of_its_syntheses(self):
        self.synthesis.with_user(self.helene).message_post(body="Look")
        synthesis_id = self.synthesis.id
        self.partner.with_user(self.pilot).unlink()
        left = self.env["mail.message"].search(
            [("model", "=", "relationship.synthesis"), ("res_id", "=", synthesis_id)]
        )
        self.assertFalse(left)

    def test_nobody_becomes_a_reader(self):
        partner = self.partner
        with self.assertRefused(AccessError, "the pilot gives it to you"):
            partner.with_user(self.organiser).relationship_owner_id = self.organiser
        partner.write({"relationship_stage": "candidate", "relationship_owner_id": False})
        with self.assertRefused(AccessError, "the pilot gives it to you"):
            partner.with_user(self.ines).action_relationship_take()
        other = self.create_target("Other", owner=self.ines)
        with self.assertRefused(UserError, "stays with its organisation"):
            self.synthesis.with_user(self.organiser).partner_id = other
        with self.assertRefused(UserError, "never changes"):
            self.synthesis.with_user(self.organiser).author_id = self.organiser
        with self.assertRefused(UserError):
            self.part.with_user(self.helene).synthesis_id = self.write_synthesis(other, user=self.ines)
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.organiser)
        with self.assertRefused(AccessError, "only the pilot merges it"):
            wizard._merge((partner | other).ids, other.with_env(wizard.env))
        self.synthesis.with_user(self.organiser).action_reopen()
        with self.assertRefused(AccessError, "Only the pilot deletes"):
            self.synthesis.with_user(self.organiser).unlink()
        self.env["base.partner.merge.automatic.wizard"].with_user(self.pilot)._merge(
            (partner | other).ids, other.with_user(self.pilot)
        )

    def test_a_new_owner_reads_it_and_the_former_only_where_author(self):
        self.partner.with_user(self.organiser).relationship_owner_id = self.ines
        self.assertEqual(self.part.with_user(self.ines).note, SECRET)
        self.assertEqual(self.part.with_user(self.helene).note, SECRET)
        with self.assertRefused(AccessError):
            self.part.with_user(self.marc).read(["note"])

    def test_the_form_loads_no_other_record_s_row(self):
        for number in range(5):
            self.write_synthesis(self.partner, user=self.helene, confidential_note=f"other {number}")
        self.env.invalidate_all()
        synthesis = self.synthesis.with_user(self.helene)
        synthesis.web_read({"confidential_note": {}, "summary": {}})
        cached = self.env.cache.get_records(self.env["relationship.synthesis.confidential"], self.part._fields["note"])
        self.assertEqual(cached, self.part)
