import re
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.tests import tagged
from odoo.tests.common import HttpCase

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
        page = self.url_open(self.url).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        return self.url_open(url or self.url, data={"csrf_token": token, **values})

    def seat(self):
        self.env.invalidate_all()
        self.event._try_seat()
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
        self.assertIn("you are coming", page)
        self.assertIn("With joy", page)
        self.assertIn("cannot come", self.post(answer="no").text)
        self.env.invalidate_all()
        self.assertEqual(self.ada.state, "declined")

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
        mailing = self.event._prepare_mailing("invitation", "ar_001")
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
        self.assertEqual((self.ada.state, self.ada._get_held()), ("declined", 0))
        page = self.url_open(self.url).text
        self.assertNotIn('name="answer"', page, "there is nothing left to give back")
        bob = self.url_open(f"/partner-event/{self.bob.access_token}").text
        self.assertEqual(re.findall(r'name="answer" value="(\w+)"', bob), ["no"])

    def test_a_form_without_its_token_is_refused(self):
        answer = self.url_open(self.url, data={"answer": "yes"})
        self.assertGreaterEqual(answer.status_code, 400)
        self.env.invalidate_all()
        self.assertFalse(self.ada.answer)

    def test_too_many_answers_in_an_hour_are_refused_for_this_link_alone(self):
        with patch("odoo.addons.shifters_relations_events.models.relationship_personal_link_mixin.POSTS_AN_HOUR", 3):
            codes = [self.post(answer="maybe").status_code for _time in range(5)]
        self.assertEqual(codes[:3], [200, 200, 200])
        self.assertEqual(codes[3:], [429, 429])
        self.assertEqual(self.url_open(f"/partner-event/{self.bob.access_token}").status_code, 200)

    def test_objecting_is_recorded_and_withdraws(self):
        self.post(url=f"{self.url}/object")
        self.env.invalidate_all()
        self.assertTrue(self.ada.partner_id.relationship_no_contact)
        self.assertEqual(self.ada.state, "cancelled")

    def test_the_calendar_file_keeps_its_identity(self):
        first = self.url_open(f"{self.url}/ics")
        self.assertEqual(first.headers["Content-Type"], "text/calendar; charset=utf-8")
        self.assertIn("TZID=Europe/Paris", first.text)
        self.event.write({"date_begin": "2026-05-11 15:00:00", "date_end": "2026-05-11 18:00:00"})
        second = self.url_open(f"{self.url}/ics")
        uid = re.compile(r"UID:(\S+)")
        self.assertEqual(uid.search(first.text)[1], uid.search(second.text)[1])
        self.assertNotEqual(first.text, second.text)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=3000))
    def check_hostile(self, answer, guests, word):
        answered = self.post(answer=answer, guests=guests, word=f"<script>{word}")
        self.assertLess(answered.status_code, 500)
        self.assertNotIn("<script>", answered.text)
        self.assertNotIn("Bob", answered.text)

    def test_hostile_input_is_answered_and_never_an_error(self):
        with patch(
            "odoo.addons.shifters_relations_events.models.relationship_personal_link_mixin.POSTS_AN_HOUR", 10**6
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
