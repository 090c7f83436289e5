import json
from pathlib import Path
from unittest.mock import ANY

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import html2plaintext, mute_logger

from ..models.memory.relationship_synthesis_mail import MAX_A_DAY
from .common import TODAY, RelationshipCase

MAILS = Path(__file__).parent / "mails"
ADDRESS = "syntheses@equipe.example"
LOG = "odoo.addons.shifters_relations.models.memory.mail_thread"


@tagged("post_install", "-at_install")
class TestLoggedMail(RelationshipCase):
    """Each mail of the folder, from Odoo's own door for incoming mail to the draft that its ``expected.json`` says.

    ``draft`` is the organisation; ``waiting`` those that are proposed where the member has to choose; ``nothing``
    why neither is made. A new mail is one more folder.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.company"].search([]).write({"email": "bureau@equipe.example"})
        domain = cls.env["mail.alias.domain"].create({"name": "equipe.example"})
        cls.env.company.alias_domain_id = domain
        alias = cls.env.ref("shifters_relations.mail_alias_synthesis")
        alias.write({"alias_name": "syntheses", "alias_domain_id": domain.id})
        cls.helene.email, cls.marc.email = "helene@equipe.example", "marc@equipe.example"
        cls.create_member("Ancienne", "contact", date_end="2026-01-31").user_id.email = "ancienne@equipe.example"
        cls.club = cls.create_target("Club Fictif", email="contact@club-fictif.example", relationship_acronym="CFI")
        cls.ada, cls.bob = cls.env["res.partner"].create(
            [
                {"name": "Ada Dupont", "email": "ada@club-fictif.example", "parent_id": cls.club.id},
                {"name": "Bob Martin", "email": "bob.martin@gmail.com", "parent_id": cls.club.id},
            ]
        )
        cls.league = cls.create_target(
            "Ligue Inventée", owner=cls.marc, website="https://www.ligue-inventee.example/accueil"
        )
        gone, left_alone, _supplier = cls.env["res.partner"].create(
            [
                {
                    "name": "Partie",
                    "is_company": True,
                    "email": "ancien@parti.example",
                    "relationship_stage": "candidate",
                },
                {
                    "name": "Silence",
                    "is_company": True,
                    "email": "non@silence.example",
                    "relationship_stage": "candidate",
                },
                {"name": "Fournisseur", "is_company": True, "email": "vente@fournisseur.example"},
            ]
        )
        gone.active, left_alone.relationship_no_contact = False, True
        cls.drafts = cls.env["relationship.synthesis"]
        cls.waiting = cls.env["relationship.logged.mail"]

    def receive(self, raw):
        """Let a mail come in as Odoo's gateway does, and return what it makes: (drafts, waiting, mails that leave)."""
        before = [model.search([]) for model in (self.drafts, self.waiting, self.env["mail.mail"])]
        raw = raw.encode() if isinstance(raw, str) else raw
        self.env["mail.thread"].message_process(None, raw)
        self.env.flush_all()
        return [records.search([]) - records for records in before]

    def forget_answers(self):
        self.env["relationship.member"].search([]).logged_mail_answered = False

    def write_mail(
        self, to="ada@club-fictif.example", subject="Hello", text="Said", sender="helene@equipe.example", **more
    ):
        headers = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in more.items())
        return f"From: {sender}\nTo: {to}\nCc: {ADDRESS}\n{headers}Subject: {subject}\n\n{text}\n"

    def test_each_mail_becomes_what_its_folder_says(self):
        folders = sorted(path for path in MAILS.iterdir() if path.is_dir())
        self.assertGreater(len(folders), 40)
        partners = self.env["res.partner"].with_context(active_test=False)
        known, renewal = partners.search_count([]), self.renewal_of(self.club).date_deadline
        for folder in folders:
            expected = json.loads((folder / "expected.json").read_text())
            with self.subTest(folder.name), self.cr.savepoint() as savepoint:
                self.forget_answers()
                messages = self.env["mail.message"].search_count([("message_type", "=", "email")])
                drafts, waiting, answers = self.receive((folder / "mail.eml").read_bytes())
                self.assertEqual(partners.search_count([]), known, "nobody is created")
                self.assertEqual(self.renewal_of(self.club).date_deadline, renewal)
                self.assertEqual(self.env["mail.message"].search_count([("message_type", "=", "email")]), messages)
                if "nothing" in expected:
                    self.assertFalse(drafts or waiting or answers)
                    continue
                self.assertEqual(answers.mapped("email_to"), [self.helene.email_formatted])
                self.assertIn("auto-replied", answers.headers)
                self.assertIn(expected.get("answer", ""), answers.body_html)
                made = drafts or waiting
                self.assertEqual(drafts.partner_id.mapped("name"), [expected["draft"]] if "draft" in expected else [])
                if drafts:
                    self.assertEqual((drafts.author_id, drafts.state), (self.helene, "draft"))
                    self.assertFalse(drafts.message_partner_ids)
                    self.assertEqual(sorted(drafts.participant_ids.mapped("name")), expected["participants"])
                else:
                    self.assertEqual(waiting.user_id, self.helene)
                    self.assertEqual(sorted(waiting.candidate_ids.mapped("name")), expected["waiting"])
                self.assertEqual(str(made.date), expected["date"])
                text = html2plaintext(made.summary or "")
                for words in expected.get("has", []):
                    self.assertIn(words, text)
                for words in expected.get("hasnt", []):
                    self.assertNotIn(words, made.summary)
                files = self.env["ir.attachment"].search([("res_model", "=", made._name), ("res_id", "=", made.id)])
                self.assertEqual(sorted(files.mapped("name")), expected.get("files", []))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_mail_that_comes_twice_is_one_draft_and_one_answer_an_hour(self):
        raw = self.write_mail(Message_Id="<one@mail.example>")
        drafts, _waiting, answers = self.receive(raw)
        self.assertEqual((len(drafts), len(answers)), (1, 1))
        self.assertEqual(self.receive(raw), [self.drafts, self.waiting, answers.browse()])
        drafts, _waiting, answers = self.receive(self.write_mail(Message_Id="<two@mail.example>"))
        self.assertEqual((len(drafts), len(answers)), (1, 0))
        self.assertTrue(self.helene_member.logged_mail_held)
        self.helene_member.logged_mail_answered = "2026-03-10 22:00:00"
        held = self.env["mail.mail"].search([])
        self.helene_member._answer_held()
        held = self.env["mail.mail"].search([]) - held
        self.assertIn(": 2.", held.body_html, "the silent hour is told of afterwards, once")
        self.assertFalse(self.helene_member.logged_mail_held)
        self.helene_member.logged_mail_answered = "2026-03-10 22:00:00"
        _drafts, _waiting, answers = self.receive(self.write_mail(Message_Id="<three@mail.example>"))
        self.assertIn(": 2.", answers.body_html, "those that were not answered are told")

    def test_the_sender_is_the_member_whose_address_it_is_in_whatever_way_it_is_written(self):
        members = self.env["relationship.member"]
        twins = [self.create_member(name, "contact") for name in ("Rose", "Lily")]
        for twin in twins:
            twin.user_id.email = "bureau.commun@equipe.example"
        self.marc.email = "marc@équipe.example"
        closed = self.create_member("Closed", "contact")
        closed.user_id.email = "closed@equipe.example"
        closed.user_id.active = False
        for written, member in (
            ("HELENE@Equipe.Example", self.helene_member),
            ('"Test, Hélène" <helene@equipe.example>', self.helene_member),
            ("helene+asso@equipe.example", self.helene_member),
            ("marc@xn--quipe-9ra.example", self.marc_member),
            ("marc+x@équipe.example", self.marc_member),
            ("helene@equipe.example.evil.example", members),
            ("xhelene@equipe.example", members),
            ("helene%equipe.example@evil.example", members),
            ("helene@equipe.example, marc@xn--quipe-9ra.example", members),
            ("bureau.commun@equipe.example", members),
            ("closed@equipe.example", members),
            ("ancienne@equipe.example", members),
            ("", members),
        ):
            self.assertEqual(members._find_by_email(written), member, written)
        sent = self.write_mail(sender="marc@xn--quipe-9ra.example", Message_Id="<1@x>")
        drafts, _waiting, _answers = self.receive(sent)
        again, _waiting, _answers = self.receive(self.write_mail(Message_Id="<1@x>"))
        self.assertEqual((drafts.author_id, again.author_id), (self.marc, self.helene), "one mail, two members")

    def test_more_than_somebody_writes_in_a_day_makes_nothing(self):
        mails = {"user_id": self.helene.id, "name": "Hello", "date": TODAY}
        self.waiting.create([{**mails, "mail_key": f"<{number}@x>"} for number in range(MAX_A_DAY - 1)])
        self.assertTrue(self.receive(self.write_mail(text="the hundredth"))[0])
        with self.assertLogs(LOG) as logged:
            self.assertFalse(any(self.receive(self.write_mail(text="one too many"))))
        self.assertIn("too many", logged.output[0])
        self.assertTrue(self.receive(self.write_mail(sender="marc@equipe.example"))[0], "another member's still do")

    def test_who_logged_it_alone_reads_what_waits_and_her_choice_makes_the_draft(self):
        raw = self.write_mail(to="ada@club-fictif.example, contact@ligue-inventee.example")
        raw = raw.replace("\n\n", '\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\n', 1)
        raw += '--b\nContent-Disposition: attachment; filename="a.txt"\n\nhello\n--b--\n'
        _drafts, waiting, _answers = self.receive(raw)
        attached = self.env["ir.attachment"].search([("res_model", "=", waiting._name), ("res_id", "=", waiting.id)])
        self.assertEqual(attached.mapped("name"), ["a.txt"])
        for user in (self.marc, self.organiser, self.pilot, self.outsider):
            for records, names in ((waiting, ["name", "summary"]), (attached, ["name", "raw"])):
                with self.assertRefused(AccessError):
                    records.with_user(user).read(names)
            with self.assertRefused(AccessError):
                waiting.with_user(user).action_choose()
        hers = waiting.with_user(self.helene)
        proposed = (
            self.env["res.partner"]
            .with_user(self.helene)
            .search(hers.fields_get(["partner_id"], ["domain"])["partner_id"]["domain"])
        )
        self.assertIn(self.club, proposed)
        self.assertNotIn(self.env.company.partner_id, proposed)
        with self.assertRefused(UserError, "Choose the organisation"):
            hers.action_choose()
        with self.assertRefused(UserError, "stays as it came"):
            hers.write({"user_id": self.marc.id})
        hers.partner_id = self.club
        draft = self.drafts.browse(hers.action_choose()["res_id"])
        self.assertEqual((draft.partner_id, draft.author_id, draft.state), (self.club, self.helene, "draft"))
        self.assertEqual(draft.participant_ids, self.ada)
        self.assertEqual((attached.res_model, attached.res_id), ("relationship.synthesis", draft.id))
        self.assertFalse(waiting.exists())

    def test_how_the_contact_took_place_is_chosen_before_a_draft_of_a_mail_counts(self):
        direct, _waiting, _answers = self.receive(self.write_mail())
        _drafts, waiting, _answers = self.receive(
            self.write_mail(to="ada@club-fictif.example, contact@ligue-inventee.example", text="Of both")
        )
        waiting.with_user(self.helene).partner_id = self.club
        chosen = self.drafts.browse(waiting.with_user(self.helene).action_choose()["res_id"])
        for draft in (direct.with_user(self.helene), chosen.with_user(self.helene)):
            with Form(draft) as form:
                form.needs = "Time"  # is kept all the same
            with self.assertRefused(ValidationError, "Choose how the contact with Club Fictif took place"):
                draft.action_validate()
            draft.channel = "event"
            draft.action_validate()
            self.assertEqual((draft.state, draft.needs), ("done", "Time"))
            with self.assertRefused(ValidationError, "Choose how"):
                draft.with_user(self.organiser).channel = False

    def test_what_is_no_contact_is_discarded_and_who_took_part_follows_the_choice(self):
        self.ada.copy({"name": "Zoé", "email": "zoe@ligue-inventee.example", "parent_id": self.league.id})
        _drafts, waiting, _answers = self.receive(
            self.write_mail(to="ada@club-fictif.example, zoe@ligue-inventee.example")
        )
        with Form(waiting.with_user(self.helene)) as form:
            form.partner_id = self.club
            self.assertEqual(form.participant_ids.ids, self.ada.ids)
        waiting.with_user(self.helene).action_discard()
        self.assertFalse(waiting.exists())

    def test_an_answer_to_the_reminder_is_about_the_organisation_that_it_names(self):
        self.create_target("Autre", relationship_acronym="AUT")
        reply = {"to": ADDRESS, "In_Reply_To": "<12.3-openerp-relationship-reminder-7@server>"}
        text = "Call with the C.F.I.: fine\n\nOn 11/03/2026 08:00, Team wrote:\n> Autre is due"
        text = text.replace("C.F.I.", "CFI")
        drafts, waiting, _answers = self.receive(self.write_mail(subject="Re: 2 contacts", text=text, **reply))
        self.assertEqual((drafts.partner_id, waiting), (self.club, self.waiting))
        self.assertEqual(html2plaintext(drafts.summary).strip(), "Call with the CFI: fine")
        self.renewal_of(self.club).date_deadline = TODAY
        self.renewal_of(self.env["res.partner"].search([("name", "=", "Autre")])).date_deadline = TODAY
        drafts, waiting, _answers = self.receive(self.write_mail(text="Called one of them", **reply))
        self.assertEqual((drafts, len(waiting.candidate_ids)), (self.drafts, 2))

    def test_only_the_trusted_servers_result_counts_where_it_is_named(self):
        self.env["ir.config_parameter"].set_param("shifters_relations.mail_authserv_id", "mx.equipe.example")
        failed = "spf=fail smtp.mailfrom=equipe.example; dkim=none"
        raw = f"Authentication-Results: relay.example; {failed}\n" + self.write_mail()
        self.assertTrue(self.receive(raw)[0], "another server's")
        raw = f"Authentication-Results: mx.equipe.example; {failed}\n" + self.write_mail(text="again")
        self.assertFalse(self.receive(raw)[0])

    def test_a_mailbox_of_its_own_needs_no_address_in_its_mails(self):
        model = self.env["ir.model"]._get(self.drafts._name)
        self.assertTrue(model.is_mail_thread, "an incoming mail server offers it")
        raw = self.write_mail(text="blind copied").replace(f"Cc: {ADDRESS}\n", "")
        with self.assertRaises(ValueError), mute_logger("odoo.addons.mail.models.mail_thread"):
            self.receive(raw)
        self.env["mail.thread"].message_process(model.model, raw.encode())
        self.assertEqual(self.drafts.search([("summary", "ilike", "blind copied")]).partner_id, self.club)

    def test_a_large_mail_makes_nothing(self):
        raw = self.write_mail(text="x" * 30_000_000)
        with mute_logger("odoo.addons.mail.models.mail_thread"), self.assertLogs(LOG) as logged:
            self.assertFalse(any(self.receive(raw)))
        self.assertIn("too large", logged.output[0])

    def test_in_copy_of_an_answer_in_odoo_it_makes_a_draft_beside_the_message(self):
        note = self.club.message_post(body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment")
        drafts, _waiting, _answers = self.receive(self.write_mail(In_Reply_To=note.message_id))
        self.assertEqual(drafts.partner_id, self.club)

    def test_nobody_brings_a_mail_in_anothers_name(self):
        threads = self.env["mail.thread"].with_user(self.marc)
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            threads.message_process(None, self.write_mail(text="forged"))
        self.assertFalse(self.drafts.search([("summary", "ilike", "forged")]))
        self.assertFalse(self.drafts.message_new({"email_from": "Ada <ada@club-fictif.example>", "body": "x"}))

    def test_it_costs_the_same_among_many_organisations(self):
        for text in ("answered", "held"):
            self.receive(self.write_mail(text=text))
        counts = []
        for number in (10, 300):
            self.env["res.partner"].create(
                [{"name": f"Org {n}", "is_company": True, "email": f"a@o{number}x{n}.example"} for n in range(number)]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.receive(self.write_mail(text=f"number {number}", Message_Id=f"<{number}@mail.example>"))
            counts.append(self.cr.sql_log_count - before)
        self.assertAlmostEqual(*counts, delta=2)

    def test_what_waits_too_long_goes_and_is_told_before(self):
        _drafts, waiting, _answers = self.receive(self.write_mail(to="someone@gmail.com"))
        self.cr.execute("UPDATE relationship_logged_mail SET create_date = '2025-12-01' WHERE id = %s", [waiting.id])
        self.env.invalidate_all()
        self.assertIn("1 March", waiting._say_waiting())
        self.waiting._gc_waiting()
        self.assertFalse(waiting.exists())

    def test_the_morning_mail_says_how_and_is_answered_there(self):
        values = self.helene_member._prepare_reminder_reply()
        self.assertEqual(values, {"reply_to": ADDRESS, "message_id": ANY})
        self.assertIn("relationship-reminder", values["message_id"])
        self.env.ref("shifters_relations.mail_alias_synthesis").alias_name = False
        self.assertEqual(self.helene_member._prepare_reminder_reply(), {})

    def test_what_waits_is_held_on_the_persons_that_it_names(self):
        _drafts, waiting, _answers = self.receive(
            self.write_mail(to="ada@club-fictif.example, someone@gmail.com, contact@ligue-inventee.example")
        )
        kinds = {kind.model: kind.records for kind in self.ada.sudo()._relationship_get_held()}
        self.assertEqual(kinds["relationship.logged.mail"], waiting)
        waiting.summary = "<p>Sesame of Ada Dupont and of Bob Martin</p>"
        for person in (self.ada, self.bob):  # who took part, and whom its text names
            sections = person.with_user(self.pilot)._relationship_get_personal_data()
            told = repr(sections)
            self.assertIn("Only Hélène reads this mail", told)
            self.assertNotIn("Sesame", told, "the pilot answers a person, and reads no mail of a member's")
            self.assertNotIn("Hello", told)
            form = self.env["relationship.anonymise"].with_user(self.pilot).create({"person_ids": person.ids})
            self.assertNotIn("Sesame", form.preview)
        lookup = self.env["privacy.lookup.wizard"].create({"name": "Ada Dupont", "email": self.ada.email})
        lookup.action_lookup()
        lines = lookup.line_ids.filtered(lambda line: line.res_model == waiting._name)
        self.assertTrue(lines)
        self.assertNotIn("Hello", lines.mapped("res_name"))
