import csv
import json
from datetime import timedelta
from io import StringIO
from unittest.mock import patch

import lxml.html
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.addons.mail.tests.common import MailCase
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import HttpCase
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from ..models.directory.relationship_directory_card import CARD_FIELDS
from .common import TODAY, PartnerEventCase

HOSTILE = """</script><script>alert(1)</script><!-- "' & {{7*7}} \u2028 نَصّ 漢字"""


class DirectoryCase(PartnerEventCase):
    """Three organisations, each with somebody who is asked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.directory = cls.env.ref("shifters_relations_events.directory")
        cls.partner.write({"relationship_sector_id": cls.environment.id, "city": "Lyon"})
        cls.other = cls.create_target("Écoles de l'avenir", relationship_does="Teach", website="https://ecoles.example")
        cls.third = cls.create_target("Zénith")
        cls.everybody = cls.partner | cls.other | cls.third
        cls.ada = cls.create_person("Ada", cls.partner)
        cls.bob = cls.create_person("Bob", cls.other)
        cls.cleo = cls.create_person("Cleo", cls.third, lang="fr_FR")

    def ask(self, organisations=None):
        """Prepare the mails as an organiser does; the mailings."""
        action = (organisations or self.everybody).with_user(self.organiser).action_relationship_ask_cards()
        action = action.get("params", action).get("next", action)
        ids = [action["res_id"]] if action.get("res_id") else action["domain"][0][2]
        return self.env["mailing.mailing"].browse(ids)

    def send(self, mailings):
        """Send mailings; whom mails went to."""
        with self.mock_mail_gateway(mail_unlink_sent=True), patch.object(self.env.cr, "commit"):
            mailings.with_user(self.organiser).action_put_in_queue()
            self.env["mailing.mailing"]._process_mass_mailing_queue()
            self.env["mail.mail"].process_email_queue()
        self.env.invalidate_all()
        sent = (email["email_to"][0].partition("<")[2].strip(">") for email in self._mails)
        return sorted(address for address in sent if address != self.organiser.email)

    def card_of(self, organisation):
        return self.env["relationship.directory.card"].search([("organisation_id", "=", organisation.id)])

    def asked(self, days_ago=0):
        """Have all organisations asked some days ago; their cards."""
        with freeze_time(TODAY - timedelta(days=days_ago)):
            cards = self.env["relationship.directory.card"].create(
                [
                    {"organisation_id": person.parent_id.id, "partner_id": person.id}
                    for person in self.ada | self.bob | self.cleo
                ]
            )
            cards._mark_mailed()
        return cards

    def get_public(self):
        cards = self.env["relationship.directory.card"]
        return cards.search(cards._get_public_domain()).organisation_id & self.everybody


@tagged("post_install", "-at_install")
class TestDirectory(DirectoryCase, MailCase):
    """Each organisation is asked once a year at most, and what it corrects waits for an organiser (N4)."""

    def test_each_is_asked_in_her_language_with_a_link_of_its_own(self):
        links = self.env["link.tracker"].search_count([])
        mailings = self.ask()
        self.assertEqual(sorted(mailings.mapped("partner_event_lang")), ["en_US", "fr_FR"])
        self.assertFalse(self.card_of(self.partner).asked_on, "nothing is sent by preparing")
        self.assertEqual(self.ask(), mailings, "what is prepared is not prepared twice")
        for mailing in mailings:
            self.assertIn("organisation_id", mailing.mailing_domain, "its recipients are read by name, not by number")
        self.assertEqual(self.send(mailings), ["ada@example.org", "bob@example.org", "cleo@example.org"])
        card = self.card_of(self.partner)
        self.assertEqual((card.state, card.asked_on, card.shown_from), ("asked", TODAY, TODAY + timedelta(days=14)))
        [email] = [email for email in self._mails if "ada@" in email["email_to"][0]]
        self.assertIn(card._get_url(), email["body"])
        self.assertIn(card._get_url(), email["body_alternative"])
        self.assertNotIn(self.card_of(self.other).access_token, email["body"])
        self.assertEqual(email["reply_to"], self.helene.email_formatted)
        self.assertEqual(self.env["link.tracker"].search_count([]), links, "the link is tracked nowhere")
        self.assertEqual(self.ada.relationship_informed_on, TODAY, "the first mail informs a person (G3)")

    def test_of_an_organisation_that_one_may_not_read_there_is_no_card(self):
        cards = self.asked()
        card = self.card_of(self.partner)
        card._answer({"do": "correct", "name": "Another name", "does": "Teaches"})
        lines = card.line_ids
        model = self.env["ir.model"]._get_id("res.partner")
        rule = {"name": "Hidden", "model_id": model, "domain_force": [("id", "!=", self.partner.id)]}
        self.env["ir.rule"].create(rule)
        self.env.invalidate_all()
        for user in (self.helene, self.organiser, self.pilot):
            self.assertEqual(cards.with_user(user).search([("id", "in", cards.ids)]), cards - card)
            self.assertFalse(lines.with_user(user).search([("id", "in", lines.ids)]))
            for hidden in (card, lines):
                with self.assertRaises(AccessError):
                    hidden.with_user(user).read(["display_name"])

    def test_nobody_is_asked_twice_within_a_year_by_any_path(self):
        self.send(self.ask(self.partner))
        with self.assertRefused(UserError, "Asked less than a year ago"):
            self.ask(self.partner)
        mailing = self.ask(self.other)
        mailing.mailing_domain = "[]"
        by_hand = mailing.copy()
        self.assertEqual(self.send(mailing | by_hand), ["bob@example.org"])
        composer = self.env["mail.compose.message"].with_user(self.organiser)
        card = self.card_of(self.partner)
        composer = composer.with_context(active_ids=card.ids, active_model=card._name, active_id=card.id)
        with self.mock_mail_gateway():
            composer.create(
                {"composition_mode": "mass_mail", "model": card._name, "subject": "Again", "body": "<p>Again</p>"}
            )._action_send_mail()
            self.env["mail.mail"].process_email_queue()
        self.assertFalse(self._mails, "nor through Odoo's own form")
        for vals in ({"asked_on": False}, {"refused_on": False}, {"public_email": "x@example.org"}):
            with self.assertRefused(AccessError):
                card.with_user(self.organiser).write(vals)
        with freeze_time(TODAY.replace(year=TODAY.year + 1)):
            self.assertEqual(self.send(self.ask(self.partner)), ["ada@example.org"])

    def test_two_mails_that_wait_for_the_server_are_one(self):
        card = self.asked(400)[0]
        values = {"model": card._name, "res_id": card.id, "message_type": "email_outgoing", "body_html": "<p>Look</p>"}
        with self.mock_mail_gateway():
            self.env["mail.mail"].create([{**values, "recipient_ids": self.ada.ids} for _time in range(2)]).send()
        self.assertEqual(len(self._mails), 1)
        self.assertEqual(card.asked_on, TODAY)

    def test_who_may_not_be_written_to_is_left_out_and_said(self):
        refused = self.asked(400)[1]
        refused._refuse()
        self.third.relationship_no_contact = True
        closed = self.create_target("Closed", relationship_stage="closed")
        nobody = self.create_target("Nobody")
        action = (self.everybody | closed | nobody).with_user(self.organiser).action_relationship_ask_cards()
        self.assertEqual(
            action["params"]["message"],
            "To ask: 1. They do not want to appear: Écoles de l'avenir. Do not contact: Zénith."
            " Not in the directory: Closed. Nobody is noted there: Nobody.",
        )
        mailing = self.env["mailing.mailing"].browse(action["params"]["next"]["res_id"])
        self.env["relationship.objection"]._remember(["ada@example.org"])
        self.assertEqual(self.send(mailing), [], "who objects between preparing and sending is written to no more")

    def test_who_was_not_reached_was_not_asked(self):
        self.send(self.ask(self.partner))
        card = self.card_of(self.partner)
        self.env["mailing.trace"].search([("model", "=", card._name), ("res_id", "=", card.id)]).set_bounced()
        self.env.invalidate_all()
        self.assertEqual(card.state, "bounced")
        with freeze_time(TODAY + timedelta(days=30)):
            self.assertFalse(self.get_public())
            self.ada.email = "ada@example.com"
            self.assertEqual(self.send(self.ask(self.partner)), ["ada@example.com"])
            self.assertEqual((card.state, card.shown_from), ("asked", TODAY + timedelta(days=44)))

    def test_somebody_else_who_is_asked_gets_another_link(self):
        card = self.asked()[0]
        token = card.access_token
        card.with_user(self.organiser).partner_id = self.create_person("Dan", self.partner)
        self.assertNotEqual(card.access_token, token)

    # What the organisation answers

    def test_a_correction_waits_and_is_accepted_or_refused_line_by_line(self):
        card = self.asked()[0]
        typed = card._get_written() | {"name": "Réseau", "does": " Acts\r\n here ", "email": "Hello@example.org"}
        card._answer({"do": "correct", **typed})
        self.assertEqual(card.state, "corrected")
        self.assertEqual(self.partner.name, "Réseau Climat", "nothing changes before somebody has read it")
        self.assertEqual(
            [(line.what, line.former, line.value) for line in card.line_ids],
            [
                ("name", "Réseau Climat", "Réseau"),
                ("does", "", "Acts here"),
                ("email", "", "hello@example.org"),
            ],
        )
        self.assertEqual(card.activity_id.user_id, self.pilot, "no organiser is paired with the owner")
        card._answer({"do": "correct", **typed, "name": "Le Réseau"})
        self.assertEqual(card.line_ids.filtered(lambda line: line.what == "name").value, "Le Réseau")
        activity = card.activity_id
        name, does, email = card.with_user(self.organiser).line_ids
        name.action_refuse()
        does.action_accept()
        self.assertEqual(card.state, "corrected", "one line is left to be read")
        card.with_user(self.organiser).action_accept_all()
        self.assertEqual((self.partner.name, self.partner.relationship_does), ("Réseau Climat", "Acts here"))
        self.assertEqual(card.public_email, "hello@example.org")
        self.assertEqual((card.state, card.confirmed_on), ("confirmed", TODAY), "it has answered, if not in all heard")
        self.assertEqual(self.get_public(), self.partner)
        self.assertFalse(activity.exists())
        self.assertIn("What they do: - → Acts here", "".join(self.partner.message_ids.mapped("body")))
        card._answer({"do": "correct", **card._get_written(), "seeks": "Rooms"})
        card.with_user(self.organiser).action_accept_all()
        self.assertEqual((card.state, card.confirmed_on, email.exists()), ("confirmed", TODAY, email.browse()))

    def test_an_organiser_reads_the_correction_of_whom_nobody_follows(self):
        card = self.asked()[0]
        card.organisation_id.write({"relationship_stage": "candidate", "relationship_owner_id": False})
        card._answer({"do": "correct", **card._get_written(), "does": "Acts here"})
        self.assertEqual(card.activity_id.user_id, self.organiser)

    def test_a_correction_that_is_not_taken_over_confirms_nothing(self):
        card = self.asked(20)[0]
        card._answer({"do": "confirm"})
        card._answer({"do": "correct", **card._get_written(), "does": "Else"})
        card.with_user(self.organiser).action_refuse_all()
        self.assertEqual((card.state, card._say_confirmed()), ("kept", False))
        partner = self.partner.with_user(self.helene)
        self.assertEqual((partner.relationship_card_state, partner.relationship_card_confirmed_on), ("kept", False))
        self.assertEqual(self.get_public() & self.partner, self.partner, "it has answered")
        card._answer({"do": "confirm"})
        self.assertEqual(card.state, "confirmed")

    def test_an_organisation_chooses_its_sector_among_those_of_the_team(self):
        card = self.asked()[0]
        within = self.env["relationship.sector"].create({"name": "Rivers", "parent_id": self.environment.id})
        gone = self.env["relationship.sector"].create({"name": "Gone", "active": False})
        written = card._get_written()
        for wrong in (str(gone.id), f"{within.id},{within.id}", "0", "x", "-1", "９"):
            with self.subTest(wrong), self.assertRefused(UserError, "not offered here"):
                card._answer({"do": "correct", **written, "sector": wrong})
        card._answer({"do": "correct", **written, "sector": ""})
        self.assertEqual(card.state, "confirmed", "nothing chosen leaves what is")
        card._answer({"do": "correct", **written, "sector": str(within.id)})
        [line] = card.line_ids
        self.assertEqual(
            (line.what, line.former, line.said), ("sector", "Test environment", "Test environment / Rivers")
        )
        self.assertEqual(card._get_proposed()["sector"], str(within.id))
        self.assertEqual(self.partner.relationship_sector_id, self.environment)
        line.with_user(self.organiser).action_accept()
        self.assertEqual(self.partner.relationship_sector_id, within)
        self.assertIn("Sector: Test environment → Test environment / Rivers", self.partner.message_ids[0].body)

    def test_who_knows_them_is_the_owner_and_who_met_them_lately(self):
        for user, days_ago in ((self.marc, 300), (self.organiser, 500)):
            self.write_synthesis(self.partner, user, date=TODAY - timedelta(days=days_ago)).action_validate()
        self.write_synthesis(self.partner, self.pilot)
        known = (self.partner | self.other).with_user(self.helene).mapped("relationship_known_by_ids")
        self.assertEqual(known, self.helene | self.marc)
        self.assertEqual(self.other.relationship_known_by_ids, self.helene)
        self.env["relationship.member"].search([("user_id", "=", self.marc.id)]).date_end = TODAY - timedelta(days=1)
        self.env.invalidate_all()
        self.assertEqual(self.partner.relationship_known_by_ids, self.helene, "who has left is asked no more")

    def test_a_correction_waits_as_long_as_there_is_something_to_read(self):
        cards = self.asked()
        for card in cards[:2]:
            card._answer({"do": "correct", **card._get_written(), "does": "Acts"})
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM relationship_directory_correction WHERE card_id = %s", [cards[0].id])
        self.env.cr.execute("UPDATE relationship_directory_card SET corrected_on = NULL WHERE id = %s", [cards[1].id])
        self.env.invalidate_all()
        [(invariant, ids)] = [found for found in self.env["relationship.check"]._find() if found[1]]
        self.assertEqual(sorted(ids), sorted(cards[:2].ids))
        getattr(self.env[invariant.model].browse(ids), invariant.mend)()
        self.env.invalidate_all()
        self.assertEqual(cards.mapped("state"), ["asked", "corrected", "asked"])

    def test_what_says_the_same_confirms(self):
        card = self.asked()[0]
        card._answer({"do": "correct", **card._get_written()})
        self.assertEqual((card.state, card.confirmed_on), ("confirmed", TODAY))
        card._answer({"do": "correct", **card._get_written(), "does": "Else"})
        card._answer({"do": "confirm"})
        self.assertEqual((card.state, len(card.line_ids), bool(card.activity_id)), ("confirmed", 0, False))

    def test_what_cannot_be_taken_is_said(self):
        card = self.asked()[0]
        written = card._get_written()
        for typed, message in (
            ({"name": " \u200b "}, "needs a name"),
            ({"does": "x" * 10_000}, "What they do: 10000 characters are too many"),
            ({"website": "javascript:alert(1)"}, "no address of a website"),
            ({"website": "https://user@example.org"}, "no address of a website"),
            ({"website": "nowhere"}, "no address of a website"),
            ({"email": "a@example.org, b@example.org"}, "no e-mail address"),
        ):
            with self.assertRefused(UserError, message):
                card._answer({"do": "correct", **written, **typed})
        with self.assertRefused(UserError, "Choose one"):
            card._answer({"do": "nothing", **written})
        card._answer({"do": "refuse"})
        with self.assertRefused(UserError, "take that back first"):
            card._answer({"do": "correct", **written, "does": "Acts"})

    # What is public

    def test_public_are_those_who_were_asked_and_did_not_refuse(self):
        cards = self.asked()
        self.assertFalse(self.get_public(), "who did not answer has two weeks")
        cards[0]._answer({"do": "confirm"})
        self.assertEqual(self.get_public(), self.partner)
        with freeze_time(TODAY + timedelta(days=14)):
            self.assertEqual(self.get_public(), self.everybody)
            cards[1]._answer({"do": "refuse"})
            self.assertEqual(self.get_public(), self.partner | self.third)
            cards[1]._answer({"do": "back"})
            for values in (
                {"active": False},
                {"relationship_stage": "closed"},
                {"relationship_no_contact": True},
                {"parent_id": self.env.company.partner_id.id},
            ):
                with self.subTest(values), self.cr.savepoint() as savepoint:
                    self.third.write(values)
                    self.assertEqual(self.get_public(), self.partner | self.other)
                    savepoint.rollback()
                    self.env.invalidate_all()

    def test_two_organisations_become_one_with_one_card(self):
        first, second = self.asked(10)[:2]
        first._mark_mailed()
        second._answer({"do": "refuse"})
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((self.partner | self.other).ids, self.partner)
        card = self.card_of(self.partner)
        self.assertEqual((card.state, card.asked_on), ("refused", TODAY), "refused by one, asked last today")

    def test_who_is_forgotten_leaves_the_card(self):
        card = self.asked()[0]
        token = card.access_token
        card.public_email = self.ada.email
        card._answer({"do": "correct", **card._get_written(), "email": "ada@example.org", "does": "Ada is there"})
        sheets = {
            title: rows for title, _labels, rows in self.ada.with_user(self.pilot)._relationship_get_personal_data()
        }
        self.assertIn("Directory cards", sheets)
        self.ada.with_user(self.pilot)._relationship_anonymise()
        self.env.invalidate_all()
        self.assertEqual((card.partner_id, card.public_email), (self.ada.browse(), False))
        self.assertNotEqual(card.access_token, token)

    def test_what_an_organisation_does_is_noted_of_no_person(self):
        for name in ("relationship_does", "relationship_offers", "relationship_seeks"):
            with self.assertRefused(CheckViolation), mute_logger("odoo.sql_db"):
                self.ada[name] = "Speaks"
                self.env.flush_all()


@tagged("post_install", "-at_install")
class TestDirectoryPage(DirectoryCase, HttpCase):
    """The public page and the page of one card: no script, no person, one answer to all wrong addresses (N4)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cards = cls.asked(cls, 20)
        cls.card = cls.cards[0]
        cls.url = f"/who-does-what/card/{cls.card.access_token}"

    def post(self, **values):
        """Send a form as a browser that refuses cookies does."""
        self.opener.cookies.clear()
        answer = self.url_open(self.url, data=values or {"nothing": "1"})
        self.env.invalidate_all()
        return answer

    def open_directory(self):
        self.directory.with_user(self.pilot).is_open = True
        return f"/who-does-what/{self.directory.access_token}"

    def test_the_page_of_a_card_tells_and_takes_answers(self):
        before = self.card.read()
        for query in ("", "?do=refuse", "?again=1"):
            page = self.url_open(self.url + query)
            self.assertEqual(page.status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(self.card.read(), before, "looking changes nothing")
        self.assertIn("Réseau Climat", page.text)
        self.assertIn("Sector: Test environment", page.text)
        [form, *others] = lxml.html.fromstring(page.text).xpath("//main//form[.//button]")
        self.assertIn("does", form.fields, "an empty card is first of all to be filled in")
        self.assertIsNotNone(form.getparent().get("open"))
        self.assertEqual({each.get("class") for other in others for each in other.xpath(".//button")}, {"plain"})
        self.assertIn("not noted yet", page.text)
        self.assertIn("</strong>.", page.text)
        for word in ("<script", "Ada", "Bob", "Écoles", "ada@example.org", self.helene.name):
            self.assertNotIn(word, page.text)
        self.assertIn("Confirmed by the organisation on 11 March 2026", self.post(do="confirm").text)
        self.assertEqual(self.card.confirmed_on, TODAY)
        form = next(each for each in lxml.html.fromstring(page.text).forms if "does" in each.fields)
        typed = {**dict(form.form_values()), "do": "correct", "does": HOSTILE, "website": "javascript:alert(1)"}
        answer = self.post(**typed)
        self.assertEqual(answer.status_code, 422)
        self.assertEqual(
            next(each for each in lxml.html.fromstring(answer.text).forms if "does" in each.fields).fields["does"],
            HOSTILE,
            "what was typed is there again",
        )
        answer = self.post(**typed | {"website": "www.example.org"})
        self.assertIn("your correction is received", answer.text)
        self.assertIn("until your correction is read", answer.text)
        self.assertNotIn("not noted yet", answer.text)
        plain = lxml.html.fromstring(answer.text).xpath("//button[@value='confirm']/@class")
        self.assertEqual(plain, ["plain"], "no large button takes the correction back")
        self.assertEqual(self.card._get_proposed()["website"], "https://www.example.org")
        self.card.line_ids.filtered(lambda line: line.what == "website").with_user(self.organiser).action_refuse()
        self.card.with_user(self.organiser).action_accept_all()
        page = " ".join(self.url_open(self.url).text.split())
        self.assertIn("Not taken over: <span>Website</span>", page)
        self.assertIn("Confirmed by the organisation on 11 March 2026", page)
        self.assertNotIn("Without an answer", page)
        self.assertIn("does not appear", self.post(do="refuse").text)
        self.assertIn("It is right</button>", self.post(do="back").text)
        self.assertEqual(self.post(do="perhaps").status_code, 422)
        self.card.post_count = 20
        self.assertEqual(self.post(do="refuse").status_code, 429)
        self.assertFalse(self.card.refused_on)
        self.opener.cookies.clear()
        self.assertIn("we write to you no more", self.url_open(f"{self.url}/object", data={"x": "1"}).text)
        self.env.invalidate_all()
        self.assertTrue(self.ada.relationship_no_contact)
        self.url_open(f"{self.url}/object", data={"undo": "1"})
        self.env.invalidate_all()
        self.assertFalse(self.ada.relationship_no_contact)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.fixed_dictionaries({key: st.text(max_size=longest + 9) for key, (_, _, longest) in CARD_FIELDS.items()}),
        st.sampled_from(["", "www.example.org", "javascript:alert(1)", "https://é.example/</script>"]),
        st.sampled_from(["", "hello@example.com", "<b>@example.com", "a@example.com b@example.com"]),
    )
    def check_hostile(self, typed, website, email):
        answer = self.post(do="correct", **typed | {"website": website, "email": email, "sector": ""})
        self.assertIn(answer.status_code, (200, 422))
        self.assertNotIn("<script", answer.text)
        self.card.with_user(self.organiser).action_accept_all()
        page = self.url_open(self.opened)
        self.assertEqual(page.status_code, 200)
        [data] = lxml.html.fromstring(page.text).xpath("//script")
        told = [each["item"]["name"] for each in json.loads(data.text)["itemListElement"]]
        self.assertIn(self.partner.name, told, "whatever is written is data")
        for text in (answer.text, page.text):
            self.assertNotIn("@example.org", text, "no address of a person")

    def test_whatever_is_typed_is_answered_and_is_data_on_the_public_page(self):
        self.env.company.email = False
        self.opened = self.open_directory()
        with patch(
            "odoo.addons.shifters_relations_events.models.pages.relationship_personal_link_mixin.POSTS_AN_HOUR", 10**6
        ):
            self.check_hostile()
            for token in ("%00", "%ff%fe", "a" * 5000, "'; DROP TABLE x;--", "é" * 20):
                for page in ("/who-does-what/", "/who-does-what/card/"):
                    self.assertEqual(self.url_open(page + token).status_code, 404)

    def test_wrong_and_closed_addresses_are_one(self):
        opened = self.open_directory()
        self.assertEqual(self.url_open(opened).status_code, 200)
        self.directory.with_user(self.pilot).is_open = False
        self.assertFalse(self.directory.url)
        again = self.open_directory()
        self.assertNotEqual(again, opened, "each opening has its address")
        self.third.relationship_stage = "closed"
        closed = f"/who-does-what/card/{self.cards[2].access_token}"
        wrong = ("x" * 32, "x", "card", f"card/{'x' * 32}", "card/" + again.rpartition("/")[2], str(self.directory.id))
        pages = [self.url_open(path) for path in (opened, closed, *(f"/who-does-what/{each}" for each in wrong))]
        self.assertEqual({page.status_code for page in pages}, {404})
        self.assertEqual(len({page.text for page in pages}), 1)
        self.assertEqual(self.url_open(again, data={"x": "1"}).status_code, 405)

    def test_the_public_page_shows_organisations_and_nobody(self):
        self.other.write(
            {"name": HOSTILE, "relationship_seeks": HOSTILE, "relationship_sector_id": self.environment.id}
        )
        self.partner.write({"relationship_does": "Acts", "email": "secretary@example.org", "phone": "01 02 03 04 05"})
        self.card.public_email = "hello@example.org"
        self.third.website = "javascript:alert(1)"
        page = self.url_open(self.open_directory())
        self.assertEqual(page.status_code, 200)
        for header, value in (
            ("Content-Security-Policy", "default-src 'none'"),
            ("Cache-Control", "no-store"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "no-referrer"),
        ):
            self.assertIn(value, page.headers[header])
        for word in ("Ada", "Bob", "Cleo", "secretary@", "01 02", "javascript:", self.helene.name):
            self.assertNotIn(word, page.text)
        tree = lxml.html.fromstring(page.text)
        [data] = tree.xpath("//script")
        self.assertEqual(data.get("type"), "application/ld+json", "data, which no browser runs")
        told = [each["item"] for each in json.loads(data.text)["itemListElement"]]
        self.assertIn({"@type": "Organization", "name": "Zénith"}, told)
        self.assertIn(
            "</script><script>alert(1)</script>", next(t["seeks"]["description"] for t in told if "seeks" in t)
        )
        self.assertEqual([h.text_content() for h in tree.xpath("//h2")], ["Test environment", "Other sectors"])
        names = [each.text_content().strip() for each in tree.xpath("//h3")]
        self.assertEqual(len(names), len(told))
        self.assertEqual(names[1:], ["Réseau Climat", "Zénith"], "by name within a sector")
        self.assertEqual({a.get("href") for a in tree.xpath("//nav//a")}, {f"#s{self.environment.id}", "#s0"})
        self.assertIn("mailto:hello@example.org", page.text)

    def test_the_number_of_queries_does_not_grow(self):
        def count():
            self.env.invalidate_all()
            with self.assertQueryCount(100):
                before = self.env.cr.sql_log_count
                self.directory._get_linked_data(self.directory._get_sections())
                partners = self.env["res.partner"].with_user(self.helene)
                partners = partners.search(partners._relationship_get_directory_domain())
                partners.mapped("relationship_card_state")
                self.env.flush_all()
                return self.env.cr.sql_log_count - before

        count()
        few = count()
        more = self.env["res.partner"].create(
            [{"name": f"N{n}", "is_company": True, "relationship_stage": "candidate"} for n in range(100)]
        )
        self.env["relationship.directory.card"].create([{"organisation_id": each.id} for each in more])._mark_mailed()
        with freeze_time(TODAY + timedelta(days=15)):
            self.assertEqual(sum(len(cards) for _a, _s, cards in self.directory._get_sections()), 103)
            self.assertEqual(count(), few)
        self.env.invalidate_all()
        followed = self.env["res.partner"].with_user(self.helene).browse([*more.ids, *self.everybody.ids])
        self.meet(self.partner)
        self.env.flush_all()
        with self.assertQueryCount(12):
            self.assertEqual(followed.mapped("relationship_known_by_ids"), self.helene)

    def test_any_member_downloads_the_directory_and_nobody_else(self):
        self.other.write({"name": "=1+1", "relationship_does": "@SUM(1)"})
        self.authenticate(self.helene.login, self.helene.login)
        answer = self.url_open("/relations/directory.csv")
        rows = list(csv.reader(StringIO(answer.content.decode())))
        self.assertEqual(rows[0][:2], ["Name", "Acronym"])
        mine = {row[0]: row for row in rows}
        self.assertIn("Lyon", mine["Réseau Climat"])
        self.assertEqual(dict(zip(rows[0], mine["Réseau Climat"], strict=True))["Who knows them"], self.helene.name)
        self.assertIn("'@SUM(1)", mine["'=1+1"])
        noted = self.env["relationship.export"].search([], limit=1)
        self.assertEqual((noted.create_uid, noted.row_count), (self.helene, len(rows) - 1))
        self.authenticate(self.outsider.login, self.outsider.login)
        self.assertEqual(self.url_open("/relations/directory.csv").status_code, 404)
