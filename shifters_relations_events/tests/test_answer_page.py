import re
from unittest.mock import patch

import lxml.html
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.tests import tagged
from odoo.tests.common import HttpCase
from odoo.tools import mute_logger

from .common import PartnerEventCase


@tagged("post_install", "-at_install")
class TestAnswerPage(PartnerEventCase, HttpCase):
    """The invitee's page: looking changes nothing, a form answers (E3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ada, cls.bob = cls.invite("Ada", "Bob", state="sent")
        cls.url = f"/partner-event/{cls.ada.access_token}"

    def post(self, url=None, **values):
        """Send a form as a browser that refuses cookies does."""
        self.opener.cookies.clear()
        return self.url_open(url or self.url, data=values or {"nothing": "1"})

    def seat(self):
        self.env.invalidate_all()
        self.event._relationship_try_seat()
        self.env.invalidate_all()

    def test_looking_changes_nothing_however_often(self):
        before = self.ada.read()
        for _time in range(3):
            answer = self.url_open(self.url)
            self.assertEqual(answer.status_code, 200)
        for other in ("/ics", "?answer=yes&guests=2"):
            self.url_open(self.url + other)
        self.url_open(self.url, method="HEAD")
        self.env.invalidate_all()
        self.assertEqual(self.ada.read(), before)
        for header in ("no-store", "private"):
            self.assertIn(header, answer.headers["Cache-Control"])
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("Partners&#39; evening", answer.text)
        self.assertNotIn("<script", answer.text)
        self.assertNotIn("Bob", answer.text)

    def test_an_answer_is_stored_and_shown_and_changed(self):
        self.assertIn("received", self.post(answer="yes", guests="1", word="With joy").text)
        self.seat()
        self.assertEqual((self.ada.state, self.ada.guest_count, self.ada.comment), ("accepted", 1, "With joy"))
        page = self.url_open(self.url).text
        self.assertIn("you are coming, with 1 guest. Your seats are kept.", " ".join(page.split()))
        self.assertIn("With joy", page)
        self.assertIn("cannot come", self.post(answer="no").text)
        self.env.invalidate_all()
        self.assertEqual(self.ada.state, "declined")

    def test_the_form_as_it_is_shown_is_an_answer(self):
        page = lxml.html.fromstring(self.url_open(self.url).text)
        [form] = [each for each in page.forms if each.action == self.url]
        form.fields["answer"] = "yes"
        self.assertEqual(self.post(**dict(form.form_values())).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual((self.ada.answer, self.ada.guest_count), ("yes", 0))

    def test_what_was_noted_is_read_before_the_event(self):
        page = self.post(answer="maybe").text
        self.assertLess(page.index("Noted: maybe"), page.index("<h1"))
        page = self.post(answer="perhaps").text
        self.assertLess(page.index('role="alert"'), page.index("<h1"))

    def test_what_is_refused_loses_nothing_that_was_typed(self):
        self.post(answer="yes", guests="1", word="With joy")
        page = self.post(answer="", guests="2", word="").text
        self.assertIn("Choose one of the answers", page)
        self.assertRegex(page, r'<option value="2" selected')
        self.assertNotIn("With joy", page, "what was cleared stays cleared")

    def test_the_link_to_the_map_holds_the_whole_address(self):
        self.event.address_id = self.env["res.partner"].create(
            {"name": "Hall", "street": "Cour A & B #3", "city": "Paris"}
        )
        self.assertIn("search?query=Cour+A+%26+B+%233", self.url_open(self.url).text)

    def test_the_first_of_a_month_is_read_as_it_is_said(self):
        self.event.write({"date_begin": "2026-06-01 16:00:00", "date_end": "2026-06-01 19:00:00"})
        self.ada.partner_id.lang = "fr_FR"
        self.assertIn("lundi 1er juin 2026, 18:00", self.url_open(self.url).text)

    def test_the_invitee_reads_her_own_language(self):
        self.ada.partner_id.lang = "fr_FR"
        self.assertIn("Envoyer ma réponse", self.url_open(self.url).text)
        self.ada.partner_id.lang = False
        page = self.url_open(self.url, headers={"Accept-Language": "fr-FR"}).text
        self.assertIn("Send my answer", page, "the company's language, as in her mails")

    def test_without_an_installed_language_the_page_speaks_as_the_mails_do(self):
        self.env.company.partner_id.lang = "fr_FR"
        self.ada.partner_id.flush_recordset()
        self.env.cr.execute("UPDATE res_partner SET lang = 'sq_AL' WHERE id = %s", [self.ada.partner_id.id])
        self.env.invalidate_all()
        self.assertEqual(self.ada._get_language(), "fr_FR")
        page = self.url_open(self.url, headers={"Accept-Language": "en-US"})
        self.assertIn("Envoyer ma réponse", page.text)
        self.assertIn('dir="ltr"', page.text)

    def test_arabic_is_read_from_right_to_left(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.ada.partner_id.lang = "ar_001"
        self.assertIn('dir="rtl"', self.url_open(self.url).text)
        mailing = self.event._relationship_prepare_mailing("invitation", "ar_001")
        self.assertIn('dir="rtl"', mailing["body_html"])

    def test_wrong_revoked_and_unknown_links_answer_alike(self):
        former = self.url
        self.ada.with_user(self.organiser).action_renew_link()
        self.env.flush_all()
        texts = set()
        for url in (former, "/partner-event/" + "x" * 32, "/partner-event/short", "/partner-event/your-answer"):
            for path in (url, f"{url}/ics"):
                answer = self.url_open(path)
                self.assertEqual(answer.status_code, 404, path)
                texts.add(answer.text.replace(path, ""))
        [text] = texts
        self.assertIn("This link is not valid any more", text)

    def test_closed_full_and_withdrawn_have_their_own_words(self):
        self.event.answer_until = "2026-03-01 12:00:00"
        self.assertIn("Answers are closed", self.url_open(self.url).text)
        self.event.answer_until = False
        self.event.seats_max = 1
        self.bob._answer("yes")
        self.ada._answer("yes")
        self.seat()
        self.assertIn("waiting list", self.url_open(self.url).text)
        self.ada.action_cancel()
        page = self.url_open(self.url).text
        self.assertIn("does not stand any more", page)
        self.assertNotIn('name="answer"', page)

    def test_after_the_deadline_the_page_offers_what_gives_back(self):
        self.post(answer="yes", guests="2")
        self.seat()
        self.event.write({"answer_until": "2026-03-01 12:00:00", "guest_max": 0})
        page = self.url_open(self.url).text
        self.assertIn("You may still tell us that you cannot come, or that fewer come with you.", page)
        self.assertEqual(re.findall(r'name="answer" value="(\w+)"', page), ["yes", "no"])
        self.assertRegex(page, r'<option value="2" selected')
        self.assertNotIn('<option value="3"', page)
        self.assertEqual(self.post(answer="yes", guests="1").status_code, 200)
        self.assertEqual(self.post(answer="yes", guests="2").status_code, 422)
        self.assertEqual(self.post(answer="no").status_code, 200)
        self.env.invalidate_all()
        self.assertEqual((self.ada.state, self.ada._count_taken()), ("declined", 0))
        page = self.url_open(self.url).text
        self.assertNotIn('name="answer"', page, "there is nothing left to give back")
        bob = self.url_open(f"/partner-event/{self.bob.access_token}").text
        self.assertEqual(re.findall(r'name="answer" value="(\w+)"', bob), ["no"])

    def test_a_cancelled_event_says_that_alone(self):
        self.post(answer="yes")
        self.seat()
        self.assertIn("Add to my calendar", self.url_open(self.url).text)
        self.event.kanban_state = "cancel"
        page = self.url_open(self.url).text
        self.assertIn("This event is cancelled.", page)
        for words in ("Your seat is kept", "Add to my calendar", 'name="answer"', "change your mind"):
            self.assertNotIn(words, page)
        self.assertIn("Update my calendar", page)
        self.assertIn("STATUS:CANCELLED", self.url_open(f"{self.url}/ics").text)

    def test_the_number_of_the_calendar_file_follows_the_facts(self):
        hall = self.env["res.partner"].create({"name": "Hall", "street": "1 A Street"})
        self.event.address_id = hall

        def get_sequence():
            return int(re.search(r"SEQUENCE:(\d+)", self.url_open(f"{self.url}/ics").text)[1])

        first = get_sequence()
        self.event.write({"note": "Chairs", "seats_max": 30})
        self.post(answer="yes")
        self.seat()
        self.assertEqual(get_sequence(), first)
        hall.street = "2 B Street"
        self.assertEqual(get_sequence(), first + 1)
        self.event.kanban_state = "cancel"
        self.assertEqual(get_sequence(), first + 2)

    def test_an_answer_needs_no_cookie_and_sets_none(self):
        for path, values in (("", {"answer": "maybe"}), ("/object", {"nothing": "1"}), ("/object", {"undo": "1"})):
            self.opener.cookies.clear()
            answer = self.url_open(self.url + path, data=values, allow_redirects=False)
            self.assertEqual(answer.status_code, 303, path)
            self.assertNotIn("Set-Cookie", answer.headers, path)
        self.assertNotIn("Set-Cookie", self.url_open(self.url).headers)
        self.assertNotIn("csrf_token", self.url_open(self.url).text)

    def test_whatever_is_refused_is_said_in_words_with_what_was_typed(self):
        self.ada.partner_id.lang = "fr_FR"
        word = "Bonjour\r\n<b>à tous</b>"
        for values, said in (
            ({"answer": "perhaps", "guests": "1"}, "Choisissez une des réponses"),
            ({"guests": "1"}, "Choisissez une des réponses"),
            ({"answer": "yes", "guests": "-1"}, "au plus 2"),
            ({"answer": "yes", "guests": "many"}, "au plus 2"),
            ({"answer": "yes", "guests": "1.5"}, "au plus 2"),
            ({"answer": "yes", "guests": "99999"}, "au plus 2"),
            ({"answer": "yes", "guests": "3"}, "au plus 2"),
        ):
            answer = self.post(word=word, **values)
            self.assertEqual(answer.status_code, 422, values)
            self.assertIn(said, answer.text)
            self.assertIn("Bonjour", answer.text)
            self.assertIn("&lt;b&gt;à tous&lt;/b&gt;", answer.text)
        self.env.invalidate_all()
        self.assertFalse(self.ada.answer)
        self.ada.action_cancel()
        self.env.flush_all()
        answer = self.post(answer="yes", word=word)
        self.assertEqual(answer.status_code, 422)
        self.assertIn("&lt;b&gt;à tous&lt;/b&gt;", answer.text, "what was written is there, though there is no form")
        answer = self.url_open("/partner-event/" + "x" * 32, data={"answer": "yes", "word": word})
        self.assertEqual(answer.status_code, 404)
        self.assertIn("&lt;b&gt;à tous&lt;/b&gt;", answer.text)

    def test_what_goes_wrong_is_said_in_the_readers_language(self):
        self.ada.partner_id.lang = "fr_FR"
        french = {"Accept-Language": "fr"}
        for method, path, status in (
            ("GET", f"{self.url}/object", 405),
            ("PUT", self.url, 405),
            ("GET", f"{self.url}/nowhere", 404),
        ):
            answer = self.url_open(path, method=method, headers=french)
            self.assertEqual(answer.status_code, status, path)
            self.assertIn('lang="fr"', answer.text)
            self.assertIn("no-store", answer.headers["Cache-Control"])
            self.assertNotIn("Method Not Allowed", answer.text)
        answer = self.url_open(self.url, data={"word": "x" * 2**21}, headers=french)
        self.assertEqual(answer.status_code, 413)
        self.assertIn("trop volumineux", answer.text)
        answer = self.url_open(self.url, data="{}", headers={**french, "Content-Type": "application/json"})
        self.assertIn(answer.status_code, (400, 415, 422))
        self.assertIn('lang="fr"', answer.text)
        broken = patch.object(type(self.env["event.invitation"]), "_answer", side_effect=ValueError("secret"))
        with broken, mute_logger("odoo.http"):
            answer = self.url_open(self.url, data={"answer": "yes", "word": "Merci"}, headers=french)
        self.assertEqual(answer.status_code, 500)
        self.assertIn("Merci", answer.text)
        self.assertIn('lang="fr"', answer.text)
        self.assertNotIn("secret", answer.text)
        self.assertNotIn("Traceback", answer.text)

    def test_a_word_is_kept_whole_or_refused(self):
        lines = "\r\n".join(["nine char"] * 100)  # 999 for a browser, 1098 as it is sent
        self.assertEqual(self.post(answer="yes", word=lines).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(self.ada.comment, lines.replace("\r\n", "\n"))
        for fits, word in ((True, "👍" * 500), (False, "👍" * 501), (True, "é" * 1000), (False, "é" * 1001)):
            answer = self.post(answer="yes", word=word)
            self.assertEqual(answer.status_code, 200 if fits else 422, word[:1])
            self.assertIn(word, answer.text)
            self.env.invalidate_all()
            self.assertEqual(self.ada.comment == word, fits)
        self.assertNotIn("maxlength", self.url_open(self.url).text, "a browser would cut what is pasted, in silence")

    def test_too_many_answers_in_an_hour_are_refused_for_this_link_alone(self):
        with patch(
            "odoo.addons.shifters_relations_events.models.pages.relationship_personal_link_mixin.POSTS_AN_HOUR", 3
        ):
            codes = [self.post(answer="maybe").status_code for _time in range(5)]
        self.assertEqual(codes[:3], [200, 200, 200])
        self.assertEqual(codes[3:], [429, 429])
        self.assertEqual(self.url_open(f"/partner-event/{self.bob.access_token}").status_code, 200)

    def test_objecting_is_noted_said_and_may_be_taken_back(self):
        self.ada._answer("yes", 1, "With joy")
        self.seat()
        page = self.post(url=f"{self.url}/object").text
        self.assertIn("we do not contact you any more", page)
        self.assertNotIn("does not stand any more", page)
        self.env.invalidate_all()
        self.assertTrue(self.ada.partner_id.relationship_no_contact)
        self.assertEqual(self.ada.state, "cancelled")
        self.post(url=f"{self.url}/object")
        page = self.post(url=f"{self.url}/object", undo="1").text
        self.assertIn("we may write to you again", page)
        self.assertIn('name="answer"', page)
        self.assertIn("With joy", page)
        self.env.invalidate_all()
        self.assertFalse(self.ada.partner_id.relationship_no_contact)
        self.assertEqual((self.ada.state, self.ada.answer, self.ada.objected_on), ("sent", False, False))
        self.assertEqual(self.post(answer="yes").status_code, 200)

    def test_what_the_team_noted_is_not_taken_back_on_the_page(self):
        self.ada.partner_id.relationship_no_contact = True
        self.env.flush_all()
        self.assertIn("does not stand any more", self.post(url=f"{self.url}/object", undo="1").text)
        self.env.invalidate_all()
        self.assertTrue(self.ada.partner_id.relationship_no_contact)

    def test_objecting_is_never_one_answer_too_many(self):
        with patch(
            "odoo.addons.shifters_relations_events.models.pages.relationship_personal_link_mixin.POSTS_AN_HOUR", 1
        ):
            for _time in range(2):
                self.post(answer="maybe")
            self.post(url=f"{self.url}/object")
        self.env.invalidate_all()
        self.assertTrue(self.ada.partner_id.relationship_no_contact)

    def test_who_objects_after_the_event_was_there_all_the_same(self):
        self.ada._answer("yes")
        self.seat()
        self.event.write({"date_begin": "2026-03-01 16:00:00", "date_end": "2026-03-01 19:00:00"})
        self.post(url=f"{self.url}/object")
        self.env.invalidate_all()
        self.assertTrue(self.ada.partner_id.relationship_no_contact)
        self.assertEqual(self.ada.state, "accepted")

    def test_the_calendar_file_keeps_its_identity(self):
        first = self.url_open(f"{self.url}/ics")
        self.assertEqual(first.headers["Content-Type"], "text/calendar; charset=utf-8")
        self.assertIn("TZID=Europe/Paris", first.text)
        self.event.write({"date_begin": "2026-05-11 15:00:00", "date_end": "2026-05-11 18:00:00"})
        second = self.url_open(f"{self.url}/ics")
        uid = re.compile(r"UID:(\S+)")
        self.assertEqual(uid.search(first.text)[1], uid.search(second.text)[1])
        self.assertNotEqual(first.text, second.text)

    def test_only_a_form_that_is_sent_answers(self):
        values = {"answer": "no", "word": "From the address"}
        for path, typed in ((self.url, values), (f"{self.url}/object", {"nothing": "1"})):
            for sent in ({"params": typed}, {"data": typed}):
                self.opener.cookies.clear()
                self.assertEqual(self.url_open(path, method="OPTIONS", **sent).status_code, 405, path)
        answer = self.url_open(self.url, params=values, data={"nothing": "1"})
        self.assertEqual(answer.status_code, 422, "an empty form is refused, whatever the address holds")
        self.assertNotIn("From the address", answer.text)
        self.env.invalidate_all()
        self.assertFalse(self.ada.answer or self.ada.objected_on or self.ada.comment)
        self.post(f"{self.url}/object")
        self.post(f"{self.url}/object?undo=1")
        self.env.invalidate_all()
        self.assertTrue(self.ada.objected_on, "the address takes nothing back")

    def test_a_field_may_have_any_name(self):
        names = dict.fromkeys(("self", "token", "env", "cr", "cls", "endpoint", "request", "args", "again"), "x")
        self.assertEqual(self.url_open(self.url, params=names).status_code, 200)
        self.assertEqual(self.url_open(f"{self.url}/ics", params=names).status_code, 200)
        self.assertEqual(self.url_open(self.url, data={**names, "answer": "no"}).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(self.ada.answer, "no")
        files = dict.fromkeys(names, ("word.txt", b"x"))
        self.assertEqual(self.url_open(self.url, data={"answer": "yes"}, files=files).status_code, 200)
        self.assertEqual(self.url_open(f"{self.url}/object", data=names).status_code, 200)
        self.env.invalidate_all()
        self.assertTrue(self.ada.objected_on)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=3000))
    def check_hostile(self, answer, guests, word):
        answered = self.post(answer=answer, guests=guests, word=f"<script>{word}")
        self.assertLess(answered.status_code, 500)
        self.assertNotIn("<script>", answered.text)
        self.assertNotIn("Bob", answered.text)

    def test_hostile_input_is_answered_and_never_an_error(self):
        with patch(
            "odoo.addons.shifters_relations_events.models.pages.relationship_personal_link_mixin.POSTS_AN_HOUR", 10**6
        ):
            self.check_hostile()
            for token in (
                "%00",
                "%2e%2e",
                "%ff%fe",
                "a" * 5000,
                "a" * 20 + "%00" + "b" * 20,
                "'; DROP TABLE x;--",
                "é" * 20,
            ):
                self.assertLess(self.url_open(f"/partner-event/{token}").status_code, 500)
            self.assertEqual(self.post(answer="yes", guests="1", word="<script>alert(1)</script>").status_code, 200)
        self.env.invalidate_all()
        self.assertLessEqual(len(self.ada.comment), 1000)
