from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ..models.memory.relationship_synthesis import TEXT_FIELDS
from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestSensitive(RelationshipCase):
    """Who writes what a person believes, votes or suffers from reads what the law says, and that is all (G1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target("Secours catholique", relationship_acronym="SC-CF")
        cls.marie = cls.env["res.partner"].create({"name": "Mme Marie Durand", "parent_id": cls.partner.id})
        cls.union = cls.create_target("Union des syndicats", owner=cls.marc)
        cls.paul = cls.env["res.partner"].create({"name": "Paul Blanc", "parent_id": cls.union.id})
        cls.words = cls.env["relationship.sensitive.word"]
        cls.words._add_first_words()

    def assertTold(self, record, name, word):
        sentence = record.relationship_sensitive_sentence
        self.assertTrue(sentence, "nothing is told")
        self.assertIn(f"“{name}… {word}”", sentence)
        self.assertIn("article 9", sentence)

    def assertNotTold(self, record):
        self.assertFalse(record.relationship_sensitive_sentence)

    def test_each_text_of_a_synthesis_is_looked_at_while_it_is_typed(self):
        syntheses = self.env["relationship.synthesis"].with_user(self.helene)
        for name in TEXT_FIELDS:
            form = Form(syntheses.with_context(default_partner_id=self.partner.id))
            form[name] = "Marie Durand est malade"
            self.assertTold(form, "Marie Durand", "malade")
        form.promised = "Rappeler Marie Durand"
        self.assertNotTold(form)
        form.summary = "<ul><li>Marie : <b>syndiqu&eacute;e</b></li></ul>"
        self.assertTold(form, "Marie", "syndiquée")
        form.summary = "<p>Marie Durand préside le Secours catholique. Paul Blanc est malade.</p>"
        self.assertNotTold(form)
        form.participant_ids.add(self.paul)
        self.assertTold(form, "Paul Blanc", "malade")
        form.summary = "<p>Bonjour</p>"
        self.assertNotTold(form.save())

    def test_it_is_told_also_where_a_cooperation_a_committee_and_notes_are_written(self):
        cooperation = self.env["relationship.cooperation"].create(
            {
                "name": "Together",
                "kind_id": self.env["relationship.cooperation.kind"].search([], limit=1).id,
                "role_ids": [Command.create({"partner_id": self.partner.id, "conditions": "Marie Durand a un cancer"})],
            }
        )
        self.assertTold(cooperation, "Marie Durand", "cancer")
        cooperation.role_ids.conditions = cooperation.description = "Elle est malade"
        self.assertNotTold(cooperation)
        cooperation.outcome = "Marie Durand, malade, arrête"
        self.assertTold(cooperation, "Marie Durand", "malade")
        meeting = self.env["calendar.event"].create(
            {
                "name": "Committee",
                "start": "2026-03-10 10:00:00",
                "stop": "2026-03-10 11:00:00",
                "relationship_committee_id": self.env["relationship.committee"]
                .create({"cooperation_id": cooperation.id})
                .id,
                "met_partner_ids": [Command.set(self.paul.ids)],
            }
        )
        self.assertNotTold(meeting)
        for text in ("Marie Durand est malade", "Paul Blanc est malade"):
            meeting.relationship_minutes = f"<p>{text}</p>"
            self.assertTold(meeting, text.removesuffix(" est malade"), "malade")
        self.union.comment = "<p>M. Blanc est de gauche</p>"
        self.assertTold(self.union, "Blanc", "de gauche")
        self.union.write({"comment": False, "relationship_intention": "Paul Blanc, communiste"})
        self.assertTold(self.union, "Paul Blanc", "communiste")
        self.paul.comment = "<p>Secrétaire du bureau.</p><p>Syndiqué</p>"
        self.assertTold(self.paul, "Paul Blanc", "Syndiqué")
        self.paul.comment = "<p>Adhérent, membre du bureau du syndicat, secteur catholique</p>"
        self.assertNotTold(self.paul)

    def test_it_is_told_also_of_meetings_activities_and_messages(self):
        met = self.env["calendar.event"].create(
            {
                "name": "Coffee",
                "start": "2026-03-10 10:00:00",
                "stop": "2026-03-10 11:00:00",
                "met_partner_ids": [Command.set(self.marie.ids)],
            }
        )
        for name in ("description", "notes"):
            met[name] = "<p>Marie Durand est malade</p>"
            self.assertTold(met, "Marie Durand", "malade")
            met[name] = False
            self.assertNotTold(met)
        todo = self.marie.activity_schedule("mail.mail_activity_data_todo", summary="Rappeler")
        todo.note = "<p>Rappeler le bureau</p>"
        self.assertNotTold(todo)
        todo.note = "<p>Malade</p>"
        self.assertTold(todo, "Mme Marie Durand", "Malade")
        for partner, note, name in (
            (self.partner, "Marie est malade", "Marie"),
            (self.marie, "Malade", "Mme Marie Durand"),
        ):
            schedule = self.env["mail.activity.schedule"].with_user(self.helene)
            schedule = Form(
                schedule.with_context(active_model="res.partner", active_id=partner.id, active_ids=partner.ids)
            )
            schedule.note = note
            self.assertTold(schedule, name, note.split()[-1])
        for partner, text in (
            (self.partner, "Vue hier.\nMarie est malade"),
            (self.marie, "Malade"),
            (self.marie, "Vue hier"),
        ):
            said = partner.with_user(self.helene).relationship_say_law(text)
            self.assertEqual(bool(said), text != "Vue hier")
        self.marie.comment = "<p>Malade</p>"
        self.assertFalse(self.marie.relationship_say_law("Vue hier"), "what is kept already is another text")

    def test_what_concerns_no_organisation_is_not_looked_at_and_costs_no_query(self):
        stranger = self.env["res.partner"].create({"name": "Rose Juste", "comment": "Malade"})
        users = self.env["ir.model"]._get("res.users")
        for record, is_guarded in (
            (self.partner, True),
            (self.marie, True),
            (stranger, False),
            (self.marie.activity_schedule("mail.mail_activity_data_todo", note="Malade"), True),
            (stranger.activity_schedule("mail.mail_activity_data_todo", note="Malade"), False),
            (
                self.env["mail.activity"].create(
                    {"res_model_id": users.id, "res_id": self.helene.id, "note": "Malade"}
                ),
                False,
            ),
            (
                self.env["mail.activity"].create({"res_model_id": False, "note": "Malade", "user_id": self.helene.id}),
                False,
            ),
        ):
            hers = record.with_user(self.helene)
            self.assertEqual(hers.relationship_is_guarded, is_guarded, record)
        hers.read(["res_model", "res_id", "summary", "note"])
        hers.invalidate_recordset(["relationship_is_guarded", "relationship_sensitive_sentence"])
        with self.assertQueryCount(0):
            self.assertFalse(hers.relationship_is_guarded)
            self.assertNotTold(hers)

    def test_nothing_is_kept_logged_or_sent(self):
        text = "<p>Marie Durand est malade</p>"
        synthesis = self.write_synthesis(self.partner, summary=text)
        before = {name: self.env[name].search_count([]) for name in ("mail.message", "mail.mail", "ir.logging")}
        self.assertTold(synthesis, "Marie Durand", "malade")
        synthesis.action_validate()
        self.assertEqual(synthesis.state, "done")
        self.assertEqual(synthesis.summary, text)
        self.env.cr.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'relationship_sensitive_sentence'"
        )
        self.assertEqual(self.env.cr.fetchall(), [])
        self.assertEqual(before["mail.mail"], self.env["mail.mail"].search_count([]))
        self.assertEqual(before["ir.logging"], self.env["ir.logging"].search_count([]))
        count = self.env["mail.message"].search_count([]) - before["mail.message"]
        new = self.env["mail.message"].search([], limit=count, order="id desc")
        self.assertNotIn("GDPR", "".join(new.mapped("body")))

    def test_a_save_costs_nothing_and_reading_the_sentence_three_queries_where_a_word_is(self):
        synthesis = self.write_synthesis(self.partner, summary="<p>Marie Durand est là</p>").with_user(self.helene)
        self.words._get_words()
        synthesis.needs = "Marie est malade"
        self.assertTold(synthesis, "Marie", "malade")  # her rights are known from then on
        saves = []
        for text, cost in (("Salut", 0), ("Marie va bien", 0), ("Marie est malade", 3), ("Marie est ici", 0)):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            synthesis.needs = text
            self.env.flush_all()
            saves.append(self.env.cr.sql_log_count - before)
            with self.assertQueryCount(cost):
                self.assertEqual(bool(synthesis.relationship_sensitive_sentence), bool(cost))
        self.assertEqual(len({*saves[1:]}), 1, saves)

    def test_the_pilot_alone_owns_the_list_and_an_empty_one_is_a_guard_that_is_off(self):
        synthesis = self.write_synthesis(self.partner, summary="<p>Marie Durand est zinzin</p>").with_user(self.helene)
        self.assertNotTold(synthesis)
        word = self.words.with_user(self.pilot).create({"word": "Foufou"})
        synthesis.invalidate_recordset()
        self.assertNotTold(synthesis)
        word.word = "Zinzin"
        self.env.flush_all()
        synthesis.invalidate_recordset()
        self.assertTold(synthesis, "Marie Durand", "zinzin")
        for user in (self.helene, self.organiser, self.outsider):
            for act in (lambda words: words.read(["word"]), lambda words: words.write({"word": "x"})):
                with self.assertRefused(AccessError):
                    act(word.with_user(user))
        with self.assertRefused(ValidationError, "no letter"):
            word.word = "-"
        self.words.search([("id", "!=", False)]).unlink()
        synthesis.summary = "<p>Marie Durand est malade</p>"
        self.assertNotTold(synthesis)

    def test_a_word_is_in_the_list_once_whatever_its_capitals(self):
        words = self.env["relationship.sensitive.word"].with_user(self.pilot)
        with self.assertRaisesRegex(ValidationError, "in the list already"):
            words.create({"word": "CANCER"})
        words.create({"word": "Zed"}).word = "ZED"

    def test_the_list_comes_once(self):
        self.words.search([("word", "!=", "malade")]).unlink()
        self.words._add_first_words()
        self.assertEqual(self.words.search_count([("word", "=", "malade")]), 1)
        self.assertEqual(self.words.search_count([("word", "=", "cancer")]), 1)
