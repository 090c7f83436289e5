import json
import re
from datetime import timedelta
from itertools import permutations
from unittest.mock import patch

from freezegun import freeze_time
from odoo import SUPERUSER_ID
from odoo.addons.mail.tests.common import MailCase
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import HttpCase, new_test_user
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from ..models.surveys import relationship_survey
from ..models.surveys.relationship_survey import SAID
from .common import TODAY, PartnerEventCase

SECRET = "Zéphyr"
QUESTION = "Où en sommes-nous ensemble, et qu'est-ce qui vous aiderait ?"


class SurveyCase(PartnerEventCase):
    """A survey of three partners, and one of five members."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.create_target("Alliance", owner=cls.marc)
        cls.ada, cls.bob = cls.create_person("Ada"), cls.create_person("Bob", cls.other, lang="fr_FR")
        cls.survey, cls.of_team = (
            cls.env["relationship.survey"].with_user(cls.organiser).create({"audience": audience})
            for audience in ("partners", "team")
        )
        members = [cls.add_member(name) for name in ("Una", "Vic", "Wim")]
        cls.members = (cls.organiser | cls.helene | cls.env["res.users"].union(*members)).partner_id

    @classmethod
    def add_member(cls, name):
        user = new_test_user(cls.env, name.lower(), email=f"{name.lower()}@example.org", name=name)
        cls.env["relationship.member"].create({"user_id": user.id, "role": "contact", "date_start": TODAY})
        return user

    def answer_of(self, person, survey=None):
        answers = (survey or self.survey).sudo().answer_ids
        return answers.filtered(lambda each: each.partner_id == person)

    def typed(self, **values):
        return {**dict.fromkeys(SAID, ""), **values}

    def ask_all(self):
        self.survey._ask(self.ada | self.bob)
        self.survey.sudo().state = "open"
        return self.answer_of(self.ada), self.answer_of(self.bob)

    def ask_members(self):
        """Ask five members; their rows."""
        self.of_team._ask(self.members)
        self.of_team.sudo().state = "open"
        return self.of_team.sudo().answer_ids.sorted("id")

    def send(self, action):
        """Send the mailings of an action; whom mails went to."""
        ids = [action["res_id"]] if action.get("res_id") else action["domain"][0][2]
        with self.mock_mail_gateway(mail_unlink_sent=True), patch.object(self.env.cr, "commit"):
            self.env["mailing.mailing"].browse(ids).with_user(self.organiser).action_put_in_queue()
            self.env["mailing.mailing"]._process_mass_mailing_queue()
            self.env["mail.mail"].process_email_queue()
        self.env.invalidate_all()
        sent = (email["email_to"][0].partition("<")[2].strip(">") for email in self._mails)
        return sorted(address for address in sent if address != self.organiser.email)


@tagged("post_install", "-at_install")
class TestSurvey(SurveyCase, MailCase, HttpCase):
    """Three questions a year: partners answer by name, the team without (Y1-Y3)."""

    def test_the_questions_are_each_ones_own_language(self):
        self.assertEqual(self.survey.question_help, "Where do we stand together, and what would help you?")
        self.assertEqual(self.survey.with_context(lang="fr_FR").question_help, QUESTION, "its choices answer it")
        worded = self.env["relationship.survey"].with_context(lang="fr_FR").with_user(self.organiser)
        worded = worded.create({"year": 2031, "question_word": "Un vœu"})
        self.assertEqual(worded.question_word, "Un vœu")
        self.assertEqual(worded.with_context(lang="en_US").question_word, "One word, a fear, a wish")

    def test_partners_are_asked_once_reminded_once_and_left_alone_when_they_object(self):
        action = self.survey.action_choose_audience()
        wizard = self.env["event.audience"].with_user(self.organiser).browse(action["res_id"])
        wizard.action_preview()
        self.assertIn("To ask: 2", wizard.message)
        wizard.action_apply()
        self.assertEqual(self.survey.answer_ids.partner_id, self.ada | self.bob)
        again = self.env["event.audience"].with_user(self.organiser).create({"survey_id": self.survey.id})
        again.action_preview()
        self.assertEqual({line.reason for line in again.line_ids}, {"invited"}, "nobody is asked twice")
        first = self.survey.action_send()
        self.assertEqual(self.survey.action_send(), first, "the mails that wait are shown again")
        self.assertFalse(self.survey.asked_count, "preparing sends nothing")
        self.assertEqual(self.send(first), ["ada@example.org", "bob@example.org"])
        bodies = {mail["email_to"][0].partition("<")[2]: mail["body"] for mail in self._mails}
        ada, bob = self.answer_of(self.ada), self.answer_of(self.bob)
        self.assertIn(ada.access_token, bodies["ada@example.org>"])
        self.assertIn("Répondre", bodies["bob@example.org>"])
        self.assertEqual(self.survey.asked_count, 2)
        with self.assertRaises(UserError):
            self.survey.action_send()
        ada._answer(self.typed(time="saved"))
        self.assertEqual(self.send(self.survey.action_remind()), ["bob@example.org"])
        self.assertTrue(bob.reminded_on)
        with self.assertRaises(UserError):
            self.survey.action_remind()
        bob._object()
        self.assertTrue(self.bob.relationship_no_contact)
        bob._take_objection_back()
        self.assertFalse(self.bob.relationship_no_contact)

    def test_nothing_goes_out_in_the_name_of_a_member_who_has_left(self):
        self.survey._ask(self.ada)
        action = self.survey.action_send()
        ada = self.answer_of(self.ada)
        self.assertEqual(ada._get_inviter(), self.helene)
        self.helene_member.date_end = TODAY - timedelta(days=1)
        self.assertEqual(self.send(action), ["ada@example.org"])
        [mail] = [each for each in self._mails if "ada@example.org" in each["email_to"][0]]
        self.assertNotIn("Hélène", f"{mail['email_from']} {mail['reply_to']}")
        self.assertIn("team@example.org", mail["email_from"])
        page = self.url_open(f"/relations-survey/{ada.access_token}").text
        self.assertNotIn("Hélène", page)
        self.assertNotIn(self.helene.email, page)
        self.assertIn("Our team reads your answer", page)
        self.assertIn("writing to team@example.org", page)

    def test_questions_stay_once_a_mail_has_left_and_not_before(self):
        silent = self.create_person("Cid", email=False)
        self.survey._ask(self.ada | silent)
        self.assertEqual(self.answer_of(silent).state, "no_address")
        self.assertTrue(self.survey.may_send)
        mailings = self.survey.action_send()
        self.survey.question_word = "A word, once read again"
        self.assertFalse(self.survey.is_fixed)
        self.answer_of(silent).with_user(self.organiser).action_leave_out()
        self.survey._ask(silent)
        self.send(mailings)
        self.env.invalidate_all()
        self.assertFalse(self.survey.may_send, "who has no address is no reason to write again")
        self.assertTrue(self.survey.may_remind)
        for refused in (
            lambda: self.survey.write({"question_word": "Too late"}),
            self.survey.unlink,
            self.answer_of(self.ada).with_user(self.organiser).action_leave_out,
        ):
            with self.assertRaises(UserError):
                refused()
        with self.assertRaises(UserError):
            self.survey.action_send()
        self.send(self.survey.action_remind())
        self.env.invalidate_all()
        self.assertFalse(self.survey.may_remind, "once")
        prepared = self.env["relationship.survey"].with_user(self.organiser).create({"year": 2031})
        prepared._ask(self.ada)
        prepared.action_send()
        prepared.unlink()
        self.assertFalse(prepared.exists(), "a survey of which nothing left may go")

    def test_mails_that_could_not_leave_are_said(self):
        self.survey._ask(self.ada | self.bob)
        mailings = self.survey.action_send()
        self.assertFalse(self.survey.warning)
        mailing = self.env["mailing.mailing"].browse(mailings.get("res_id") or mailings["domain"][0][2][0])
        ada = self.answer_of(self.ada)
        self.env["mailing.trace"].sudo().create(
            {"mass_mailing_id": mailing.id, "model": ada._name, "res_id": ada.id, "trace_status": "error"}
        )
        self.env.invalidate_all()
        self.assertEqual(self.answer_of(self.ada).state, "failed")
        self.assertIn("could not leave: 1", self.survey.warning)

    def test_a_team_of_fewer_than_four_is_warned_before_it_asks(self):
        members = self.env["relationship.survey.answer"]
        self.assertFalse(self.of_team.warning)
        with patch.object(type(members), "_get_members", lambda answers: self.members[:3]):
            self.env.invalidate_all()
            self.assertIn("too few people", self.of_team.warning)

    def test_a_new_survey_has_the_button_that_goes_on_whomever_it_asks(self):
        surveys = self.env["relationship.survey"].with_user(self.organiser)
        self.assertFalse(surveys.new({"audience": "partners"}).may_send, "people are chosen first")
        self.assertTrue(surveys.new({"audience": "team"}).may_send)

    def test_who_answers_while_a_mail_waits_gets_none(self):
        ada, _bob = self.ask_all()
        mailings = self.survey.action_send()
        ada._answer(self.typed(word="Hello"))
        self.bob.relationship_no_contact = True
        self.assertEqual(self.send(mailings), [])

    def test_former_members_and_those_who_object_are_not_asked(self):
        gone, silent = self.add_member("Xan"), self.add_member("Yan")
        gone.relationship_member_ids.write({"date_start": "2020-01-01", "date_end": "2020-12-31"})
        earlier = self.env["relationship.survey"].create({"audience": "team", "year": self.survey.year - 1})
        earlier._ask(silent.partner_id)
        earlier.answer_ids._object()
        action = self.of_team.action_send()
        self.assertLessEqual(self.members, self.of_team.answer_ids.partner_id)
        self.assertFalse((gone | silent).partner_id & self.of_team.answer_ids.partner_id)
        leaving = self.answer_of(self.members[-1], self.of_team)
        leaving.partner_id.user_ids.relationship_member_ids.write(
            {"date_end": "2020-12-31", "date_start": "2020-01-01"}
        )
        sent = self.send(action)
        self.assertIn("una@example.org", sent)
        self.assertFalse({leaving.partner_id.email, "xan@example.org", "yan@example.org"} & set(sent))

    def test_contact_members_read_and_send_nothing(self):
        survey = self.survey.with_user(self.helene)
        self.assertTrue(survey.question_help)
        for call in (survey.action_choose_audience, survey.action_send, survey.action_remind, survey.action_close):
            with self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError):
            self.survey.write({"state": "closed"})
        with self.assertRaises(AccessError):
            self.env["relationship.survey"].with_user(self.organiser).create({"state": "closed", "year": 2031})

    def test_the_owner_takes_a_need_over_and_it_is_logged(self):
        ada, _bob = self.ask_all()
        ada._answer(self.typed(need="willing", help_line="A talk", word="Hope"))
        self.assertEqual(self.partner.relationship_survey_answer_ids, ada)
        self.assertFalse(self.partner.relationship_need, "nothing is changed by itself")
        said = ada.with_user(self.helene).action_take_need()["params"]["message"]
        self.assertEqual(said, f"{self.partner.name}: the need noted is now “Willing, does not know how”.")
        self.assertEqual(self.partner.relationship_need, "willing")
        self.assertIn("nothing → Willing, does not know how", self.partner.message_ids[0].body)
        self.assertFalse(ada.may_take)
        earlier = self.env["relationship.survey"].create({"year": self.survey.year - 1})
        earlier._ask(self.ada)
        earlier.state = "open"
        earlier.answer_ids._answer(self.typed(need="none"))
        self.assertFalse(earlier.answer_ids.may_take, "an older answer is not the last word")
        sheet = self.env["report.shifters_relations.preparation_page"].with_user(self.helene)
        html = self.env["ir.qweb"]._render(
            "shifters_relations.preparation_page", sheet._get_report_values(self.partner.ids)
        )
        self.assertIn("A talk", str(html))

    def test_results_stand_beside_last_years_and_in_the_report(self):
        before = self.env["relationship.survey"].create({"year": self.survey.year - 1})
        before._ask(self.ada | self.bob)
        before.state = "open"
        for answer in before.answer_ids:
            answer._answer(self.typed(time="cost"))
        before.action_close()
        ada, bob = self.ask_all()
        ada._answer(self.typed(need="started", time="saved", word="Hope"))
        bob._answer(self.typed(time="cost", help_line="Time"))
        results = self.survey.with_user(self.helene)._get_results()
        self.assertEqual(
            [line for line in results["time"] if line[1] or line[2]], [["Saved some", 1, 0], ["Cost some", 1, 2]]
        )
        self.assertEqual(results["words"], [[self.partner.name, "Hope"]])
        self.assertIn("<bdi>Hope</bdi>", self.survey.results, "whatever its script, it turns nothing around it")
        self.assertIn("height: 6px", self.survey.results)
        self.assertNotIn("height: 6px", before.results, "nothing stands beside the first of all")
        values = {
            "date_from": TODAY.replace(month=1, day=1),
            "date_to": TODAY.replace(month=12, day=31),
            "period": "free",
        }
        report = self.env["relationship.report"].with_user(self.organiser).create(values)
        self.assertFalse(any(each["words"] for each in report.figures["surveys"]), "open: not told yet")
        self.survey.action_close()
        report.action_compute()
        self.assertIn("Hope", report.body)
        [told] = [each for each in report.figures["surveys"] if each["words"]]
        self.assertEqual((told["words"], told["before"]), (["Hope"], before.year), "without who said it")
        with self.assertRaises(UserError):
            ada._answer(self.typed(word="Late"))
        with self.assertRaises(UserError):
            self.survey.action_close()

    def test_of_an_organisation_that_one_may_not_read_choices_are_counted_and_no_word_is_shown(self):
        ada, bob = self.ask_all()
        ada._answer(self.typed(time="saved", word="Hope"))
        bob._answer(self.typed(time="saved", help_line="Time"))
        model = self.env["ir.model"]._get_id("res.partner")
        hidden = f"[('id', 'not in', {[self.partner.id, self.ada.id]})]"
        self.env["ir.rule"].create({"name": "Hidden", "model_id": model, "domain_force": hidden})
        self.env.invalidate_all()
        for user in (self.marc, self.organiser):
            results = self.survey.with_user(user)._get_results()
            self.assertIn(["Saved some", 2, 0], results["time"])
            self.assertEqual((results["lines"], results["words"]), ([[self.other.name, "Time"]], []))
            self.assertNotIn("Hope", self.survey.with_user(user).results)
            self.assertEqual(self.survey.with_user(user).answered_count, 2)
            answers = self.env["relationship.survey.answer"].with_user(user)
            self.assertEqual(answers.search([("word", "=", "Hope")]), answers)
            with self.assertRaises(AccessError):
                ada.with_user(user).read(["word"])

    def test_one_wording_of_the_needs_wherever_they_are_read(self):
        """The page, the results, the answer's own form and the sheet say what was ticked; the team notes its own."""
        ada, _bob = self.ask_all()
        ada._answer(self.typed(need="willing"))
        said = dict(ada._get_needs())["willing"]
        self.assertEqual(said, "We are willing, and do not know how")
        self.assertIn(said, self.url_open(f"/relations-survey/{ada.access_token}").text)
        self.assertIn([said, 1, 0], self.survey._get_results()["need"])
        self.assertIn(("willing", said), ada.fields_get(["need"])["need"]["selection"])
        in_french = ada.with_context(lang="fr_FR")
        self.assertEqual(dict(in_french._get_needs())["willing"], "Nous en avons envie, sans savoir comment faire")

    def test_the_printed_results_say_whose_they_are_and_of_which_day(self):
        ada, _bob = self.ask_all()
        ada._answer(self.typed(word="Hope"))
        reports = self.env["ir.actions.report"].with_user(self.helene)

        def print_results():
            ref = "shifters_relations_events.relationship_survey_pdf"
            return reports._render_qweb_html(ref, self.survey.ids)[0].decode()

        shown = print_results()
        self.assertIn(f"{self.env.company.name} · answers as of 11 March 2026", shown)
        self.assertIn("<h3>One word, a fear, a wish</h3>", shown)
        self.survey.action_close()
        self.assertIn(f"{self.env.company.name} · closed on 11 March 2026", print_results())

    def test_a_form_opened_before_the_answer_takes_nothing_of_it_away(self):
        """Two windows: the first one's answer stays, what the second one says besides is added."""
        ada, _bob = self.ask_all()
        address = f"/relations-survey/{ada.access_token}"
        self.assertNotIn('name="shown"', self.url_open(address).text)
        self.url_open(address, data={"need": "willing", "time": "saved", "word": "Hope"})
        self.url_open(address, data={"need": "", "help_line": "A talk", "word": ""})
        self.env.invalidate_all()
        self.assertEqual((ada.need, ada.time, ada.help_line, ada.word), ("willing", "saved", "A talk", "Hope"))
        self.assertIn('name="shown"', self.url_open(address).text)
        self.url_open(address, data={"shown": "1", "time": "cost", "word": "Fear"})
        self.env.invalidate_all()
        self.assertEqual((ada.need, ada.time, ada.help_line, ada.word), (False, "cost", False, "Fear"))

    def test_whatever_becomes_of_who_is_asked_her_page_takes_what_she_says(self):
        """In any script, as long as it may be, and once her organisation, her owner or she herself is archived."""
        ada, bob = self.ask_all()
        self.survey._ask(self.create_person("زيد بن علي 🙂 <i>", lang="fr_FR"))
        zayd = self.survey.sudo().answer_ids - ada - bob
        elsewhere = self.create_target("Elsewhere")
        ways = (
            ("archived with her organisation", (self.ada | self.partner).action_archive),
            ("without an owner", self.helene.action_archive),
            ("moved", lambda: self.ada.write({"parent_id": elsewhere.id})),
            ("without an address", lambda: self.ada.write({"email": False})),
        )
        for word, change in (("كلمة", lambda: None), ("𝒜" * 500, lambda: None), *ways):
            with self.subTest(word=word):
                change()
                self.env.flush_all()
                for answer in (ada, zayd):
                    address = f"/relations-survey/{answer.access_token}"
                    self.assertEqual(self.url_open(address).status_code, 200)
                    noted = self.url_open(address, data={"shown": "1", "word": word, "help_line": word[:90]})
                    self.assertEqual(noted.status_code, 200)
                    self.assertIn(word, noted.text)
                    self.assertNotIn("<i>", noted.text)
        self.env.invalidate_all()
        self.assertEqual(ada.organisation_id, self.partner, "as it was when she was asked")
        self.assertIn([self.partner.name, "without an address"], self.survey._get_results()["words"])
        address = f"/relations-survey/{zayd.access_token}"
        too_long = self.url_open(address, data={"word": "ع" * 5000})
        self.assertEqual(too_long.status_code, 422)
        self.assertIn("ع" * 5000, too_long.text, "nothing typed is lost")
        zayd.partner_id.unlink()
        self.assertEqual(self.url_open(address).status_code, 404)

    def test_a_survey_of_another_year_is_answered_apart(self):
        """One person in two open surveys: each link is its own, and the last year's need is what may be taken over."""
        later = self.env["relationship.survey"].with_user(self.organiser).create({"year": self.survey.year + 1})
        ada, _bob = self.ask_all()
        later._ask(self.ada)
        later.sudo().state = "open"
        again = self.answer_of(self.ada, later)
        self.assertEqual(again.state, "draft", "her address is no reason not to ask her another year")
        for answer, need in ((again, "started"), (ada, "none")):
            self.url_open(f"/relations-survey/{answer.access_token}", data={"need": need})
        self.env.invalidate_all()
        self.assertEqual((ada.need, again.need), ("none", "started"))
        self.assertEqual((ada.may_take, again.may_take), (False, True))
        self.assertEqual(later._get_results()["answered"], [1, 1])

    def test_the_day_of_an_answer_is_the_associations(self):
        """Half past midnight in Paris is the day before for a server, whose pages and jobs have no time zone."""
        ada, _bob = self.ask_all()
        self.env.company.partner_id.tz = "Europe/Paris"
        self.env.ref("base.public_user").tz = self.env.ref("base.user_root").tz = False
        with freeze_time("2026-06-30 22:30:00"):
            self.url_open(f"/relations-survey/{ada.access_token}", data={"word": "Hope"})
            ada.with_user(SUPERUSER_ID).with_context(tz=False)._mark_mailed()
        self.env.invalidate_all()
        self.assertEqual((str(ada.answered_on), str(ada.asked_on)), ("2026-07-01", "2026-07-01"))

    def test_a_person_is_exported_and_forgotten(self):
        ada, _bob = self.ask_all()
        ada._answer(self.typed(need="willing", word=SECRET))
        token = ada.access_token
        pilot = self.ada.with_user(self.pilot)
        self.assertIn(SECRET, repr(pilot._relationship_get_personal_data()))
        for kind in self.ada.sudo()._relationship_get_held():
            if kind.model == "relationship.survey.answer":
                kind.apply()
        self.assertEqual((ada.need, ada.word), ("willing", False), "the organisation's history stays")
        self.assertNotEqual(ada.access_token, token)

    def test_merged_persons_keep_one_answer_with_all_that_both_said(self):
        twin, silent, objecting = (self.create_person(name) for name in ("Adah", "Ad", "Adda"))
        self.survey._ask(twin | silent | objecting)
        ada, _bob = self.ask_all()
        ada._answer(self.typed(word="Hope", help_line="A talk", time="cost", need="willing"))
        self.answer_of(twin)._answer(self.typed(word="Time", time="saved", help_line="A talk"))
        self.answer_of(twin).answered_on = "2031-01-01"
        self.answer_of(objecting).objected_on = self.answer_of(silent).reminded_on = TODAY
        merging = self.env["base.partner.merge.automatic.wizard"].sudo()
        merging._merge((self.ada | twin).ids, twin)
        merging._merge((twin | silent | objecting).ids, twin)
        kept = self.answer_of(twin)
        self.assertEqual((kept.word, kept.help_line), ("Time\n\nHope", "A talk"))
        self.assertEqual((kept.time, kept.need), ("saved", "willing"), "the last that each chose")
        self.assertEqual((kept.objected_on, kept.reminded_on), (TODAY, TODAY))
        [said] = self.partner.message_ids.filtered(lambda message: "are one now" in message.body)
        self.assertIn("“Saved some” is kept, “Cost some” was said too", said.body)

    def test_one_survey_a_year_of_each_audience_and_a_year_that_is_one(self):
        surveys = self.env["relationship.survey"].with_user(self.organiser)
        for values, rule in (
            ({"audience": "team"}, surveys._one_a_year),
            ({"year": -5}, surveys._year_of_ours),
            ({"year": 99999999}, surveys._year_of_ours),
        ):
            name = rule.full_name(surveys)
            with self.subTest(**values), mute_logger("odoo.sql_db"), self.assertRefused(IntegrityError, name):
                surveys.create(values)

    def test_one_mail_an_address(self):
        self.add_member("Ute").partner_id.email = "una@example.org"
        self.add_member("Udo").partner_id.write({"email": "UNA@example.org", "lang": "fr_FR"})
        sent = self.send(self.of_team.action_send())
        self.assertEqual(sent.count("una@example.org"), 1)
        alike = self.of_team.answer_ids.filtered(lambda each: each.state == "duplicate")
        self.assertEqual(alike.mapped("partner_id.name"), ["Udo", "Ute"])
        with self.assertRaises(UserError):
            self.of_team.action_send()
        alike[0].sudo().partner_id.email = "udo@example.org"
        self.env.invalidate_all()
        self.assertEqual(alike[0].state, "draft")
        self.assertEqual(self.send(self.of_team.action_send()), ["udo@example.org"])

    # The team

    def say(self, order, said=None):
        """Have five members answer, each the text at her place, in an order; what stands with the answers then."""
        rows = self.ask_members()
        said = said or [f"Word {place}" for place in range(len(rows))]
        for place in order:
            rows[place]._answer_unnamed(self.typed(time="saved", word=said[place]))
        return self.read_all()

    def read_all(self):
        """Every column of the two tables, as somebody reads them who may read all of the database."""
        self.env.flush_all()
        return [
            self.env.execute_query(SQL("SELECT to_jsonb(t) FROM %s AS t ORDER BY id", SQL.identifier(table)))
            for table in ("relationship_survey", "relationship_survey_answer")
        ]

    def test_what_the_team_says_is_the_same_whoever_said_it(self):
        """Two worlds in which members exchange what they say, or the order, are one and the same database."""
        worlds = set()
        for words in list(permutations(["A", "B", "C", "D", "E"]))[::17]:
            for order in ([0, 1, 2, 3, 4], [4, 2, 0, 1, 3]):
                with (
                    self.env.cr.savepoint() as savepoint,
                    patch.object(relationship_survey, "hash_code", lambda code: ""),
                    patch.object(self.registry["relationship.survey"], "_find_said", lambda self, said, code: None),
                ):
                    said = repr(self.say(order, words))
                    savepoint.rollback()
                self.env.invalidate_all()
                worlds.add(self.without_new_rows(said))
        self.assertEqual(len(worlds), 1)

    def without_new_rows(self, text):
        """A text without what makes each transaction another one here: numbers of rows, and links."""
        text = re.sub(r"'access_token': '[^']*'", "", text)
        numbers = sorted({int(each) for each in re.findall(r"'id': (\d+)", text)})
        return re.sub(r"'id': (\d+)", lambda found: f"'id': {numbers.index(int(found[1]))}", text)

    def test_no_time_no_count_and_no_author_stand_on_a_members_row(self):
        rows = self.ask_members()
        before = self.read_all()
        rows[2]._answer_unnamed(self.typed(word=SECRET))
        surveys, answers = self.read_all()
        changed = {
            key for (old,), (new,) in zip(before[1], answers, strict=True) for key in new if old[key] != new[key]
        }
        self.assertEqual(changed, {"is_answered"})
        changed = {
            key for (old,), (new,) in zip(before[0], surveys, strict=True) for key in new if old[key] != new[key]
        }
        self.assertEqual(changed, {"said"})
        self.assertFalse(rows[2].answered_on)
        checks = self.env["relationship.check"]
        self.assertFalse(any(ids for each, ids in checks._find() if each.model == "relationship.survey"))
        self.of_team.sudo().said = []
        self.assertTrue(any(ids for each, ids in checks._find() if each.model == "relationship.survey"))

    def test_nobody_reads_what_the_team_says_by_any_door(self):
        self.say(range(5), [SECRET] * 5)
        for user in (self.outsider, self.helene, self.organiser, self.pilot):
            survey = self.of_team.with_user(user)
            for call in (
                lambda survey=survey: survey.read(["said"]),
                lambda survey=survey: survey.search([("said", "ilike", SECRET)]),
                lambda survey=survey: survey.search([("said", "!=", False)]),
                lambda survey=survey: survey.search([], order="said"),
                lambda survey=survey: survey.formatted_read_group([], ["said"], ["__count"]),
                lambda survey=survey: survey.export_data(["said"]),
                lambda survey=survey: survey.web_search_read([], {"said": {}}),
                lambda survey=survey: survey.answer_ids.search([("survey_id.said", "ilike", SECRET)]),
            ):
                with self.assertRaises(UserError):  # of which a refused access is one
                    call()
            if user != self.outsider:
                shown = json.dumps([survey.read(), survey.answer_ids.read(), survey._get_results()], default=str)
                self.assertNotIn(SECRET, shown, "open: nothing is shown")
        self.of_team.action_close()
        self.assertIn(SECRET, self.of_team.with_user(self.helene).results)
        self.assertNotIn("key", repr(self.of_team.with_user(self.helene)._get_results()))

    def test_a_line_and_a_word_of_one_member_are_not_told_together(self):
        for place, row in enumerate(self.ask_members()):
            row._answer_unnamed(self.typed(help_line=f"Line {place}", word=f"Word {9 - place}"))
        self.of_team.action_close()
        results = self.of_team._get_results()
        self.assertEqual([text for _name, text in results["lines"]], [f"Line {place}" for place in range(5)])
        self.assertEqual([text for _name, text in results["words"]], [f"Word {place}" for place in range(5, 10)])

    def test_the_team_alone_answers_for_the_team_and_a_closed_survey_asks_nobody(self):
        self.ask_members()
        self.of_team._ask(self.ada)
        self.assertEqual(self.of_team.answer_ids.partner_id, self.members)
        self.survey._ask(self.ada)
        with self.assertRaises(UserError):
            self.survey.write({"audience": "team"})
        self.survey.sudo().state = "open"
        self.survey.action_close()
        with self.assertRaises(UserError):
            self.survey._ask(self.bob)

    def test_fewer_than_four_show_nothing(self):
        rows = self.ask_members()
        for row in rows[:3]:
            row._answer_unnamed(self.typed(time="cost_lot", word=SECRET))
        self.of_team.action_close()
        self.assertNotIn(SECRET, self.of_team.results)
        self.assertFalse(self.of_team._get_results()["time"])
        self.assertIn("Fewer than four", self.of_team.results)
        self.assertIn("3 of 5", self.of_team.results)

    def test_nothing_stands_beside_where_what_was_said_the_year_before_is_hidden(self):
        """Zeros would say that nobody chose it then."""
        before = self.env["relationship.survey"].create({"audience": "team", "year": self.of_team.year - 1})
        before._ask(self.members)
        before.state = "open"
        for answer in before.answer_ids[:3]:
            answer._answer_unnamed(self.typed(time="cost"))
        before.action_close()
        for row in self.ask_members():
            row._answer_unnamed(self.typed(time="saved"))
        self.of_team.action_close()
        self.assertEqual(self.of_team._get_results()["beside"], 0)
        self.assertNotIn("height: 6px", self.of_team.results)
        self.assertNotIn("Light:", self.of_team.results)
        self.assertIn(f"In {before.year}: 3 of 5", self.of_team.results, "how many have answered is told")
        self.assertIn("is not shown", self.of_team.results)
        report = self.env["relationship.report"].with_user(self.organiser)
        year = {"date_from": TODAY.replace(month=1, day=1), "date_to": TODAY.replace(month=12, day=31)}
        body = report.create({**year, "period": "free"}).body
        self.assertNotIn("Light: the one of", body)

    def test_a_code_changes_an_answer_and_stands_nowhere(self):
        rows = self.ask_members()
        code = rows[0]._answer_unnamed(self.typed(word="First"))
        with self.assertRaises(UserError):
            rows[0]._answer_unnamed(self.typed(word="Twice"))
        with self.assertRaises(UserError):
            rows[1]._answer_unnamed(self.typed(word="Other"), "NO SUCH CODE")
        rows[0]._answer_unnamed(self.typed(word="Second"), code.lower())
        self.assertEqual([each["word"] for each in self.of_team.sudo().said], ["Second"])
        self.assertNotIn(code, repr(self.read_all()))
        self.assertNotIn(code.replace("-", ""), repr(self.read_all()))

    def test_what_is_sent_twice_is_one_answer(self):
        """On a slow network, or as the page that thanks is loaded again, also once the survey is closed."""
        ada, _bob = self.ask_all()
        row, other = self.ask_members()[:2]
        address = f"/relations-survey/{row.access_token}"
        [shown, another] = [self.url_open(address).text.partition('name="code"')[2] for _tab in range(2)]
        [code, second] = [text.partition('value="')[2].partition('"')[0] for text in (shown, another)]
        self.assertNotEqual(code, second)
        self.assertNotIn(code.replace("-", ""), repr(self.read_all()).replace("-", ""), "looking keeps nothing")
        sent = {"code": code, "word": SECRET}
        for _tap in range(2):
            noted = self.url_open(address, data=sent)
            self.assertEqual(noted.status_code, 200)
            self.assertIn(f">{code}<", noted.text)
            self.assertIn("nothing ties it to you", noted.text)
        self.of_team.invalidate_recordset()
        self.assertEqual([each["word"] for each in self.of_team.sudo().said], [SECRET])
        self.assertFalse(self.of_team.sudo().change_count, "sent twice is no change")
        refused = self.url_open(address, data={"code": second, "word": "Twice"})
        self.assertEqual(refused.status_code, 422)
        self.assertIn("You have answered already", refused.text)
        self.assertIn("Twice", refused.text)
        invented = self.url_open(f"/relations-survey/{other.access_token}", data={"code": "ABC", "word": "Short"})
        self.assertEqual(invented.status_code, 422)
        self.url_open(f"/relations-survey/{ada.access_token}", data={"word": "Hope"})
        self.of_team.action_close()
        self.survey.action_close()
        late = self.url_open(address, data=sent)
        self.assertEqual((late.status_code, late.text.count("This survey is closed")), (200, 1))
        self.assertIn("your answer is noted, and stays as it is", late.text)
        self.assertNotIn("It is not noted", late.text)
        found = self.url_open(address, data={"do": "show", "code": code.lower()})
        self.assertIn(SECRET, found.text)
        for data in (None, {"word": "Hope"}):
            again = self.url_open(f"/relations-survey/{ada.access_token}", data=data)
            self.assertEqual(again.status_code, 200)
            self.assertIn("Hope", again.text)
        typed = {"time": "cost_lot", "word": "Late"}
        late = self.url_open(f"/relations-survey/{other.access_token}", data=typed)
        self.assertEqual((late.status_code, late.text.count("This survey is closed")), (422, 1))
        for text in ("It is not noted", "Cost a lot", "Late"):
            self.assertIn(text, late.text)
        self.assertNotIn("Three minutes", late.text)

    def test_who_objects_on_her_page_is_who_said_so_and_the_owner_and_the_pilot_are_told(self):
        ada, _bob = self.ask_all()
        address = f"/relations-survey/{ada.access_token}/object"
        before = self.env["mail.message"].search([], order="id desc", limit=1).id
        self.assertIn("for this survey or anything else", self.url_open(address, data={"x": "1"}).text)
        self.url_open(address, data={"x": "1"})
        self.env.invalidate_all()
        self.assertTrue(self.ada.relationship_no_contact)
        note = self.ada.with_user(self.helene).relationship_no_contact_note
        self.assertIn("by Ada", note)
        self.assertIn("wants no contact any more", self.partner.message_ids[0].body)
        told = self.env["mail.message"].search(
            [("id", ">", before), ("message_type", "=", "user_notification"), ("subject", "ilike", "Ada")]
        )
        owner, pilot = self.partner.relationship_owner_id.partner_id, self.pilot.partner_id
        self.assertEqual(told.notified_partner_ids & (owner | pilot), owner | pilot)
        self.assertEqual(len(told), len(told.notified_partner_ids), "each once, however often it is said")
        self.url_open(address, data={"undo": "1"})
        self.env.invalidate_all()
        self.assertFalse(self.ada.relationship_no_contact)

    def test_the_pages_say_who_reads_what_was_written(self):
        ada, _bob = self.ask_all()
        member = self.ask_members()[0]
        for answer, said in ((ada, ("so does our team", "name of your organisation")), (member, ("your words stand",))):
            shown = " ".join(self.url_open(f"/relations-survey/{answer.access_token}").text.split())
            for text in (*said, "our activity report"):
                self.assertIn(text, shown)
            self.assertNotIn("team alone reads", shown)
            answer.survey_id.action_close()
            closed = self.url_open(f"/relations-survey/{answer.access_token}").text
            self.assertNotIn("reads your answer", closed)

    def test_the_pages(self):
        """The page of a partner and of a member: shown, answered, changed, objected; one 404 for all the rest."""
        ada, bob = self.ask_all()
        rows = self.ask_members()
        draft = self.env["relationship.survey"].create({"audience": "team", "year": 2031})
        draft._ask(self.helene.partner_id)
        address = f"/relations-survey/{ada.access_token}"
        self.assertIn("Where do we stand together", self.url_open(address).text)
        self.assertIn(
            QUESTION,
            self.url_open(f"/relations-survey/{bob.access_token}").text.replace("&#39;", "'"),
        )
        empty = self.url_open(address, data={"need": "nonsense"})
        self.assertEqual(empty.status_code, 422)
        shown = self.url_open(
            address, data={"need": "willing", "time": "saved", "help_line": "<b>A talk", "word": "Hope"}
        )
        self.assertIn("your answer is noted", shown.text)
        self.assertIn("&lt;b&gt;A talk", shown.text)
        ada.invalidate_recordset()
        self.assertEqual((ada.need, ada.time, ada.help_line, ada.word), ("willing", "saved", "<b>A talk", "Hope"))
        self.assertIn("Thank you: your answer is noted.", shown.text)
        self.assertIn("Send my change", shown.text)
        opened = self.url_open(address).text
        self.assertIn("Your answer is noted.", opened, "opened again, nothing was just sent")
        self.assertNotIn("Thank you", opened)
        same = {"need": "willing", "time": "saved", "help_line": "<b>A talk", "word": "Hope", "shown": "1"}
        self.assertIn("Thank you: your answer is noted.", self.url_open(address, data=same).text, "sent twice")
        self.assertIn("Your change is noted.", self.url_open(address, data={**same, "word": "Hopes"}).text)
        self.url_open(address, data=same)
        long = self.url_open(address, data={"word": "x" * 1001})
        self.assertEqual(long.status_code, 422)
        self.assertIn("x" * 1001, long.text, "nothing typed is lost")

        address = f"/relations-survey/{rows[0].access_token}"
        noted = self.url_open(address, data={"time": "cost", "word": SECRET})
        self.assertIn("nothing ties it to you", noted.text)
        code = noted.text.partition('class="code"')[2].partition(">")[2].partition("<")[0]
        again = self.url_open(address)
        self.assertIn("You have answered", again.text)
        self.assertNotIn(SECRET, again.text)
        self.assertEqual(self.url_open(address, data={"word": "Twice"}).status_code, 422)
        wrong = self.url_open(address, data={"do": "show", "code": "WRONG"})
        self.assertEqual(wrong.status_code, 422)
        found = self.url_open(address, data={"do": "show", "code": code})
        self.assertIn(SECRET, found.text)
        changed = self.url_open(address, data={"code": code, "word": "Other"}).text
        self.assertIn("Your change is noted.", changed)
        self.assertIn(code, changed)
        self.assertNotIn("Thank you", changed)
        self.of_team.invalidate_recordset()
        self.assertEqual([each["word"] for each in self.of_team.sudo().said], ["Other"])

        self.url_open(f"/relations-survey/{bob.access_token}/object", data={"x": "1"})
        self.assertTrue(bob.objected_on and self.bob.relationship_no_contact)
        self.url_open(f"/relations-survey/{rows[1].access_token}/object", data={"x": "1"})
        self.assertTrue(rows[1].objected_on)
        self.assertFalse(rows[1].partner_id.relationship_no_contact, "of a colleague, surveys alone")
        texts = {
            self.url_open(f"/relations-survey/{token}").text
            for token in ("x" * 32, draft.answer_ids.sudo().access_token, str(ada.id))
        }
        self.assertEqual(len(texts), 1)
        self.survey.action_close()
        late = self.url_open(f"/relations-survey/{ada.access_token}", data={"need": "started", "word": "Late"})
        self.assertEqual(late.status_code, 422)
        self.assertIn("We have begun, and look for some distance", late.text)
        self.assertIn("Late", late.text)
