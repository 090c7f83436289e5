import re
from datetime import timedelta
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo import Command
from odoo.addons.mail.tests.common import MailCase
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tests.common import HttpCase, new_test_user

from .common import TODAY, PartnerEventCase

PAGE = "/network-call/"


class NetworkCallCase(PartnerEventCase, MailCase):
    """Hélène asks two people who knows someone at her two organisations."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.union = cls.create_target("Union des transports")
        cls.ada, cls.bob = (
            new_test_user(
                cls.env,
                name.lower(),
                groups="base.group_portal",
                name=name,
                email=f"{name}@example.org",
                lang="en_US",
            )
            for name in ("Ada", "Bob")
        )
        cls.call = cls.create_call()

    @classmethod
    def create_call(cls, user=None, **values):
        calls = cls.env["relationship.network.call"].with_user(user or cls.helene)
        organisations = cls.partner | cls.union
        people = cls.ada | cls.bob
        return calls.create({"organisation_ids": organisations.ids, "user_ids": people.ids, **values})

    def send(self, call=None):
        with self.mock_mail_gateway(mail_unlink_sent=True), patch.object(self.env.cr, "commit"):
            (call or self.call).action_send()
            self.env["mail.mail"].process_email_queue()
        self.env.invalidate_all()
        return {email["email_to"][0].rpartition("<")[2].strip(">"): email for email in self._mails}

    def answer_of(self, user, call=None):
        return (call or self.call).sudo().answer_ids.filtered(lambda answer: answer.partner_id == user.partner_id)


@tagged("post_install", "-at_install")
class TestNetworkCall(NetworkCallCase):
    """Who knows someone there? Each is asked once, and the owner gets the leads (R3)."""

    def test_each_gets_one_mail_with_a_link_of_her_own(self):
        self.call.message = "Before <b>June</b>."
        self.assertEqual(self.call.display_name, "Who knows someone at Réseau Climat, Union des transports?")
        sent = self.send()
        self.assertEqual(sorted(sent), ["ada@example.org", "bob@example.org"])
        ada, bob = self.answer_of(self.ada), self.answer_of(self.bob)
        mail = sent["ada@example.org"]
        self.assertIn(ada._get_url(), mail["body"])
        self.assertIn(ada._get_url(), mail["body_alternative"])
        self.assertNotIn("your-answer", mail["body"])
        self.assertNotIn(bob.access_token, mail["body"])
        self.assertIn("Before &lt;b&gt;June", mail["body"])
        self.assertIn("Hélène", mail["email_from"])
        self.assertIn("team@example.org", mail["email_from"])
        self.assertEqual(mail["reply_to"], self.helene.email_formatted)
        self.assertEqual((self.call.state, self.call.asked_count, self.call.answered_count), ("sent", 2, 0))

    def test_a_call_of_who_has_left_comes_from_the_association(self):
        self.helene_member.date_end = TODAY - timedelta(days=1)
        with self.mock_mail_gateway(mail_unlink_sent=True), patch.object(self.env.cr, "commit"):
            self.call.with_user(self.organiser).action_send()
            self.env["mail.mail"].process_email_queue()
        for mail in self._mails:
            self.assertEqual(mail["email_from"], self.env.company.email_formatted)
            self.assertEqual(mail["reply_to"], self.env.company.email_formatted)
            self.assertNotIn("Hélène", mail["body"])
        self.assertEqual(len(self._mails), 2)

    def test_who_has_two_addresses_is_asked_once_and_may_object_with_either(self):
        self.ada.email = "ada@example.org; ada@example.net"
        self.bob.email = "bob@example.org; bob@example.net"
        sent = self.send()
        self.assertEqual(sorted(sent), ["ada@example.org", "bob@example.org"])
        self.assertIn(self.answer_of(self.ada)._get_url(), sent["ada@example.org"]["body"])
        self.answer_of(self.ada)._object()
        self.ada.partner_id.email = "ada@example.net"
        self.bob.partner_id.email = "bob@example.net; bob@example.org"
        call = self.create_call()
        self.assertEqual(sorted(self.send(call)), ["bob@example.net"])
        with self.assertRefused(UserError, "Nobody is left"):
            self.call.action_send()

    def test_no_table_but_the_answer_holds_the_token(self):
        with self.mock_mail_gateway():
            self.call.action_send()
        token = self.answer_of(self.ada).access_token
        mails = self.env["mail.mail"].search([("model", "=", "relationship.network.answer")])
        self.assertEqual(len(mails), 2)
        for text in [*mails.mapped("body_html"), *mails.mapped("body")]:
            self.assertNotIn(token, text)
        self.assertIn("/network-call/your-answer", mails[0].body_html)

    def test_an_address_is_asked_once_however_often_it_is_sent(self):
        self.send()
        with self.assertRefused(UserError, "Nobody is left"):
            self.call.action_send()
        eve = new_test_user(self.env, "eve", groups="base.group_user", name="Eve", email="eve@example.org")
        twin = new_test_user(self.env, "twin", groups="base.group_user", name="Twin", email="ADA@example.org")
        self.call.user_ids = [Command.link(eve.id), Command.link(twin.id)]
        self.assertEqual(list(self.send()), ["eve@example.org"])
        self.assertEqual(self.call.asked_count, 3)

    def test_a_mail_that_could_not_leave_is_sent_again(self):
        with self.mock_mail_gateway():
            self.call.action_send()
        mails = self.env["mail.mail"].search([("model", "=", "relationship.network.answer")])
        mails[0].state = "exception"
        mails[1].unlink()
        self.env.invalidate_all()
        self.assertEqual(sorted(self.call.answer_ids.mapped("state")), ["asked", "failed"])
        self.assertEqual(len(self.send()), 1)

    def test_who_objected_is_left_out(self):
        contacts = self.env["mailing.contact"].create(
            [{"name": name, "email": f"{name}@example.org"} for name in ("good", "out", "blocked", "quiet", "before")]
        )
        mailing_list = self.env["mailing.list"].create({"name": "Volunteers", "contact_ids": contacts.ids})
        mailing_list.subscription_ids.filtered(lambda each: each.contact_id.name == "out").opt_out = True
        self.env["mail.blacklist"].create({"email": "blocked@example.org"})
        self.create_person("quiet", relationship_no_contact=True)
        self.ada.partner_id.relationship_no_contact = True
        before = self.env["relationship.network.answer"].create(
            {"call_id": self.call.id, "email": "before@example.org"}
        )
        before._object()
        call = self.create_call(user=self.organiser, mailing_list_id=mailing_list.id)
        self.assertEqual(sorted(self.send(call)), ["bob@example.org", "good@example.org"])
        before.call_id.unlink()
        self.assertFalse(before.exists())
        again = self.create_call(user=self.organiser, mailing_list_id=mailing_list.id)
        self.assertNotIn("before@example.org", self.send(again), "the wish outlives the call")
        self.assertFalse(self.env["relationship.objection"]._get_objecting(["before@example.org"]), "and is no wider")

    def test_an_organisation_that_wants_no_contact_is_asked_about_by_no_call(self):
        self.union.relationship_no_contact = True
        with self.assertRefused(UserError, "Union des transports"):
            self.call.action_send()

    def test_each_reads_her_language(self):
        self.ada.partner_id.lang = "fr_FR"
        sent = self.send()
        self.assertIn("Qui connaît", sent["ada@example.org"]["subject"])
        self.assertIn("Who knows", sent["bob@example.org"]["subject"])
        self.assertIn("Répondre", sent["ada@example.org"]["body"])

    def test_the_association_words_the_call_and_the_link_is_each_one_s_own(self):
        template = self.env.ref("shifters_relations_events.mail_template_network_call")
        template.write(
            {
                "subject": "A favour, {{ object.name }}",
                "body_html": '<p>Tell us <a href="/network-call/your-answer">here</a></p>',
            }
        )
        sent = self.send()
        for user in (self.ada, self.bob):
            mail, answer = sent[f"{user.name.lower()}@example.org"], self.answer_of(user)
            self.assertEqual(mail["subject"], f"A favour, {user.name}")
            self.assertIn(answer.access_token, mail["body"])
            self.assertNotIn("your-answer", mail["body"])

    def test_an_answer_is_a_lead_of_the_organisation_and_the_owner_is_told_once(self):
        self.send()
        ada = self.answer_of(self.ada)
        messages = self.partner.message_ids
        ada._answer({self.partner.id: ("little", True), self.union.id: ("no", True)})
        ada._answer({self.partner.id: ("well", True)})
        lead = self.partner.with_user(self.helene).relationship_acquaintance_ids
        self.assertEqual(lead.mapped("acquaintance"), ["well"])
        self.assertEqual(lead.answer_id.display_name, "Ada")
        self.assertTrue(lead.may_mention)
        self.assertFalse(self.union.relationship_acquaintance_ids)
        told = self.env["mail.message"].search(
            [("message_type", "=", "user_notification"), ("partner_ids", "in", self.helene.partner_id.ids)]
        )
        self.assertEqual(told.mapped("subject"), ["Somebody knows a person at Réseau Climat"])
        logged = self.partner.message_ids - messages - told
        self.assertEqual(len(logged), 1)
        for text in (logged.body, told.body):
            self.assertNotIn("Ada", text, "every user reads the organisation's messages")
        self.assertEqual((self.call.answered_count, self.call.known_count), (1, 1))

    def test_the_pilot_is_told_where_the_owner_has_left(self):
        self.send()
        self.helene_member.date_end = TODAY - timedelta(days=1)
        last = self.env["mail.message"].search([], order="id desc", limit=1).id
        self.answer_of(self.ada)._answer({self.partner.id: ("well", False)})
        told = self.env["mail.message"].search([("message_type", "=", "user_notification"), ("id", ">", last)])
        self.assertEqual(told.partner_ids, self.pilot.partner_id)

    def test_the_owner_is_told_in_her_language(self):
        self.helene.lang = "fr_FR"
        self.send()
        self.answer_of(self.ada)._answer({self.partner.id: ("well", False)})
        told = self.env["mail.message"].search([("message_type", "=", "user_notification")], limit=1)
        self.assertIn("Quelqu'un connaît", told.subject)

    def test_a_call_takes_the_heads_of_networks_or_the_members_of_those_chosen(self):
        of_marc = self.create_target("Marc's", owner=self.marc)
        silent = self.create_target("Silent", relationship_no_contact=True)
        mine = self.create_target("Mine")
        members = of_marc | silent | mine
        self.env["relationship.affiliation"].create(
            [{"organisation_id": member.id, "umbrella_id": self.union.id} for member in members]
        )
        for user, added in ((self.helene, mine), (self.organiser, mine | of_marc)):
            with self.subTest(user=user.name):
                form = Form(self.env["relationship.network.call"].with_user(user))
                form.take = "heads"
                self.assertIn(self.union, form.organisation_ids[:])
                self.assertFalse(form.take)
                form.take = "members"
                self.assertEqual(form.organisation_ids[:] & members, added)
                form.user_ids.add(self.ada)
                self.assertEqual(form.save().organisation_ids & (members | self.union), added | self.union)

    def test_members_ask_for_their_own_and_organisers_for_all(self):
        theirs = self.create_target("Marc's", owner=self.marc)
        with self.assertRefused(AccessError):
            self.create_call(organisation_ids=(theirs | self.partner).ids)
        with self.assertRefused(AccessError):
            self.create_call(user_id=self.marc.id)
        with self.assertRefused(AccessError):
            self.call.with_user(self.marc).action_send()
        with self.assertRefused(AccessError):
            self.call.organisation_ids = [Command.link(theirs.id)]
        self.assertTrue(self.call.with_user(self.marc).display_name)
        self.create_call(user=self.organiser, organisation_ids=theirs.ids)
        self.create_call(user=self.pilot, organisation_ids=theirs.ids)
        self.send()
        answer = self.answer_of(self.ada)
        answer._answer({self.partner.id: ("well", False)})
        self.assertEqual(answer.with_user(self.marc).line_ids.acquaintance, "well")
        for user in (self.helene, self.organiser, self.pilot):
            with self.assertRefused(AccessError):
                answer.with_user(user).read(["access_token"])
        with self.assertRefused(AccessError):
            answer.with_user(self.helene).action_renew_link()
        with self.assertRefused(AccessError):
            answer.line_ids.with_user(self.organiser).write({"acquaintance": "no"})
        with self.assertRefused(AccessError):
            self.call.unlink()

    def test_others_reach_nothing(self):
        self.send()
        answer = self.answer_of(self.ada)
        answer._answer({self.partner.id: ("well", False)})
        for user in (self.outsider, self.ada, self.env.ref("base.public_user")):
            for record in (self.call, answer, answer.line_ids):
                with self.assertRefused(AccessError):
                    record.with_user(user).read(["display_name"])
            with self.assertRefused(AccessError):
                self.create_call(user=user)
        with self.assertRefused(AccessError):
            self.partner.with_user(self.outsider).read(["relationship_acquaintance_ids"])

    def test_merged_organisations_keep_the_stronger_answer(self):
        self.send()
        self.answer_of(self.ada)._answer({self.partner.id: ("little", False), self.union.id: ("well", False)})
        self.answer_of(self.bob)._answer({self.union.id: ("little", False)})
        merge = self.env["base.partner.merge.automatic.wizard"].with_user(self.pilot).sudo()
        merge._merge((self.partner | self.union).ids, self.partner)
        self.env.invalidate_all()
        leads = self.partner.relationship_acquaintance_ids
        self.assertEqual(sorted(leads.mapped("acquaintance")), ["little", "well"])
        self.assertEqual(self.call.organisation_ids, self.partner)


@tagged("post_install", "-at_install")
class TestNetworkCallPage(NetworkCallCase, HttpCase):
    """The page of who is asked: looking changes nothing, a form answers (R3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call.action_send()
        cls.asked, cls.other = (
            cls.call.sudo().answer_ids.filtered(lambda answer, user=user: answer.partner_id == user.partner_id)
            for user in (cls.ada, cls.bob)
        )
        cls.url = PAGE + cls.asked.access_token

    def post(self, url=None, **values):
        """Send a form as a browser that refuses cookies does."""
        self.opener.cookies.clear()
        return self.url_open(url or self.url, data=values or {"nothing": "1"})

    def know(self, **answers):
        """A form's values: partner="well", union="little"."""
        return {f"know_{getattr(self, name).id}": value for name, value in answers.items()}

    def test_looking_changes_nothing_however_often(self):
        before = self.asked.read()
        for query in ("", f"?know_{self.partner.id}=well"):
            page = self.url_open(self.url + query)
            self.assertEqual(page.status_code, 200)
        self.url_open(self.url, method="HEAD")
        self.env.invalidate_all()
        self.assertEqual(self.asked.read(), before)
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("Union des transports", page.text)
        self.assertNotIn("<script", page.text)
        self.assertNotIn("Bob", page.text)
        self.assertFalse(re.search(r'<textarea|type="text"', page.text), "no third person is named")

    def test_an_answer_is_stored_and_shown_and_changed(self):
        mention = {f"mention_{self.partner.id}": "1"}
        self.assertIn("is noted", self.post(**self.know(partner="well", union="no"), **mention).text)
        self.env.invalidate_all()
        lines = {line.organisation_id: (line.acquaintance, line.may_mention) for line in self.asked.line_ids}
        self.assertEqual(lines, {self.partner: ("well", True), self.union: ("no", False)})
        page = self.url_open(self.url).text
        self.assertEqual(page.count('checked="checked"'), 3)
        self.post(**self.know(partner="little"))
        self.env.invalidate_all()
        self.assertEqual(self.partner.relationship_acquaintance_ids.acquaintance, "little")
        self.assertFalse(self.partner.relationship_acquaintance_ids.may_mention)

    def test_an_empty_answer_and_a_closed_call_have_their_own_words(self):
        self.assertEqual(self.post().status_code, 422)
        elsewhere = self.create_target("Elsewhere")
        self.assertEqual(self.post(**{f"know_{elsewhere.id}": "well"}).status_code, 422)
        self.call.action_close()
        self.env.flush_all()
        self.assertIn("is closed", self.url_open(self.url).text)
        self.assertEqual(self.post(**self.know(partner="well")).status_code, 422)
        self.env.invalidate_all()
        self.assertFalse(self.asked.line_ids)
        self.call.action_reopen()
        self.env.flush_all()
        self.assertEqual(self.post(**self.know(partner="well")).status_code, 200)

    def test_what_was_said_may_be_taken_back_when_the_call_is_closed(self):
        mention = {f"mention_{self.partner.id}": "1"}
        self.post(**self.know(partner="little", union="no"), **mention)
        self.call.action_close()
        self.env.flush_all()
        page = self.url_open(self.url).text
        self.assertIn("take back what you answered", page)
        self.assertNotIn('value="well"', page)
        self.assertNotIn(f'name="know_{self.union.id}"', page)
        for refused in (self.know(partner="well"), self.know(partner="little", union="well")):
            self.assertEqual(self.post(**refused).status_code, 422)
        self.assertEqual(self.post(**self.know(partner="little")).status_code, 200)
        self.env.invalidate_all()
        self.assertFalse(self.asked.line_ids.filtered("may_mention"))
        self.assertEqual(self.post(**self.know(partner="no")).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(set(self.asked.line_ids.mapped("acquaintance")), {"no"})

    def test_wrong_revoked_and_unknown_links_answer_alike(self):
        former = self.url
        self.asked.with_user(self.organiser).action_renew_link()
        self.env.flush_all()
        texts = set()
        for url in (former, PAGE + "x" * 32, PAGE + "short", PAGE + "your-answer", PAGE + "x" * 20 + "%00"):
            answer = self.url_open(url)
            self.assertEqual(answer.status_code, 404, url)
            texts.add(answer.text)
        [text] = texts
        self.assertIn("This link is not valid any more", text)

    def test_a_link_answers_on_its_own_page_alone(self):
        [invitation] = self.invite("Zoe", state="sent")
        self.assertEqual(self.url_open(PAGE + invitation.access_token).status_code, 404)
        self.assertEqual(self.url_open(f"/partner-event/{self.asked.access_token}").status_code, 404)

    def test_who_is_asked_reads_her_own_language(self):
        self.ada.partner_id.lang = "fr_FR"
        self.env.flush_all()
        self.assertIn("Envoyer ma réponse", self.url_open(self.url).text)

    def test_an_answer_needs_no_cookie_and_sets_none(self):
        for path, values in (("", self.know(partner="well")), ("/object", {"x": "1"}), ("/object", {"undo": "1"})):
            self.opener.cookies.clear()
            answer = self.url_open(self.url + path, data=values, allow_redirects=False)
            self.assertEqual(answer.status_code, 303, path)
            self.assertNotIn("Set-Cookie", answer.headers, path)

    def test_what_is_refused_loses_nothing_that_was_chosen(self):
        unsaid = {f"know_{self.union.id}": "perfectly", f"mention_{self.union.id}": "1"}
        answer = self.post(**self.know(partner="well"), **unsaid)
        self.assertEqual(answer.status_code, 422)
        self.assertIn("Say how well you know someone at Union des transports", answer.text)
        self.assertEqual(answer.text.count('checked="checked"'), 2, "well, and the mention")
        self.env.invalidate_all()
        self.assertFalse(self.asked.line_ids)

    def test_an_objection_is_said_and_may_be_taken_back(self):
        self.post(**self.know(partner="well"))
        self.assertIn("you are asked no more", self.post(url=f"{self.url}/object").text)
        page = self.post(url=f"{self.url}/object", undo="1").text
        self.assertIn("we may ask you again", page)
        self.assertIn(f'name="know_{self.partner.id}"', page)
        self.env.invalidate_all()
        self.assertEqual(self.asked.state, "asked")
        again = self.env["relationship.network.call"].create(
            {"organisation_ids": self.partner.ids, "user_ids": self.ada.ids}
        )
        again.action_send()
        self.assertEqual(again.answer_ids.partner_id, self.ada.partner_id)

    def test_too_many_answers_in_an_hour_are_refused_for_this_link_alone(self):
        with patch(
            "odoo.addons.shifters_relations_events.models.pages.relationship_personal_link_mixin.POSTS_AN_HOUR", 2
        ):
            codes = [self.post(**self.know(partner="well")).status_code for _time in range(4)]
        self.assertEqual(codes, [200, 200, 429, 429])
        self.assertEqual(self.url_open(PAGE + self.other.access_token).status_code, 200)

    def test_who_objects_is_asked_no_more_and_her_answers_go(self):
        self.post(**self.know(partner="well"))
        self.assertIn("asked no more", self.post(url=f"{self.url}/object").text)
        self.env.invalidate_all()
        self.assertEqual(self.asked.state, "objected")
        self.assertFalse(self.partner.relationship_acquaintance_ids)
        again = self.create_call()
        again.action_send()
        self.assertEqual(again.answer_ids.mapped("email"), ["bob@example.org"])

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=400))
    def check_hostile(self, name, choice, word):
        form = {name or "x": word, f"know_{self.partner.id}": choice, f"mention_{self.union.id}": word}
        answered = self.post(**{f"know_{self.union.id}": "little"} | {k: v for k, v in form.items() if k != "url"})
        self.assertLess(answered.status_code, 500)
        self.assertNotIn("Bob", answered.text)

    def test_only_a_form_that_is_sent_answers(self):
        values = self.know(partner="well")
        for path, typed in ((self.url, values), (f"{self.url}/object", {"nothing": "1"})):
            for sent in ({"params": typed}, {"data": typed}):
                self.opener.cookies.clear()
                self.assertEqual(self.url_open(path, method="OPTIONS", **sent).status_code, 405, path)
        answer = self.url_open(self.url, params=values, data={"nothing": "1"})
        self.assertEqual(answer.status_code, 422, "an empty form is refused, whatever the address holds")
        self.env.invalidate_all()
        self.assertFalse(self.asked.line_ids or self.asked.answered_on or self.asked.objected_on)
        self.post(f"{self.url}/object")
        self.post(f"{self.url}/object?undo=1")
        self.env.invalidate_all()
        self.assertTrue(self.asked.objected_on, "the address takes nothing back")

    def test_a_field_may_have_any_name(self):
        names = dict.fromkeys(("self", "token", "env", "cr", "cls", "endpoint", "request", "args", "again"), "x")
        self.assertEqual(self.url_open(self.url, params=names).status_code, 200)
        self.assertEqual(self.url_open(self.url, data={**names, **self.know(partner="well")}).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(self.asked.line_ids.acquaintance, "well")
        self.assertEqual(self.url_open(f"{self.url}/object", data=names).status_code, 200)
        self.env.invalidate_all()
        self.assertTrue(self.asked.objected_on)

    def test_hostile_input_is_answered_and_never_an_error(self):
        self.call.message = "<script>alert(1)</script>"
        self.env.flush_all()
        self.assertNotIn("<script", self.url_open(self.url).text)
        with patch(
            "odoo.addons.shifters_relations_events.models.pages.relationship_personal_link_mixin.POSTS_AN_HOUR", 10**6
        ):
            self.check_hostile()
        for token in ("%00", "%2e%2e", "%ff%fe", "a" * 5000, "'; DROP TABLE x;--", "é" * 20):
            self.assertLess(self.url_open(PAGE + token).status_code, 500)
