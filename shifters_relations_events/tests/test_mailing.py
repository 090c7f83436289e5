from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo.addons.mail.tests.common import MailCase
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import TODAY, PartnerEventCase


@tagged("post_install", "-at_install")
class TestMailing(PartnerEventCase, MailCase):
    """Invitations leave through Odoo's own mailing, each with its own link (E2, E5)."""

    def send(self, kind="invitation"):
        action = self.event.with_user(self.organiser).action_relationship_prepare_mailing(kind)
        mailing = self.env["mailing.mailing"].browse(action["res_id"])
        with self.mock_mail_gateway(mail_unlink_sent=True), patch.object(self.env.cr, "commit"):
            mailing.with_user(self.organiser).action_put_in_queue()
            self.env["mailing.mailing"]._process_mass_mailing_queue()
            self.env["mail.mail"].process_email_queue()
        self.env.invalidate_all()
        return mailing

    def test_each_invitee_gets_her_own_link_from_the_owner(self):
        ada, bob = invitations = self.invite("Ada", "Bob")
        links = self.env["link.tracker"].search_count([])
        mailing = self.send()
        self.assertEqual(invitations.mapped("state"), ["sent", "sent"])
        self.assertEqual(invitations.mapped("delivery"), ["delivered", "delivered"])
        sent = {email["email_to"][0].partition("@")[0].rpartition("<")[2].strip('"'): email for email in self._mails}
        self.assertEqual(len(self._mails), 2)
        for invitation, other in ((ada, bob), (bob, ada)):
            [email] = [email for email in self._mails if invitation.partner_id.email in email["email_to"][0]]
            self.assertIn(invitation._get_url(), email["body"])
            self.assertIn(invitation._get_url(), email["body_alternative"])
            self.assertNotIn(other.access_token, email["body"])
            self.assertIn("Hélène", email["email_from"])
            self.assertEqual(email["reply_to"], self.helene.email_formatted)
        self.assertTrue(sent)
        self.assertEqual(self.env["link.tracker"].search_count([]), links, "the link is tracked nowhere")
        self.assertNotIn(ada.access_token, mailing.body_html)

    def count_queries_of_sending(self, count):
        """Count the queries of all of the sending but the mail server, to people who need no information (G3)."""
        event = self.create_event()
        names = [f"guest{event.id}n{number}" for number in range(count)]
        people = self.env["res.partner"].create(
            [{"name": name, "email": f"{name}@example.org", "lang": "en_US"} for name in names]
        )
        self.env["event.invitation"].create([{"event_id": event.id, "partner_id": person.id} for person in people])
        action = event.with_user(self.organiser).action_relationship_prepare_mailing("invitation")
        mailing = self.env["mailing.mailing"].browse(action["res_id"])
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        with patch.object(self.env.cr, "commit"):
            mailing._action_send_mail()
            mails = self.env["mail.mail"].search([("mailing_id", "=", mailing.id)])
            for mail in mails:
                mail._prepare_outgoing_list()
        self.env.flush_all()
        self.assertEqual(len(mails), count)
        return self.env.cr.sql_log_count - before

    def test_invitations_cost_by_the_batch_and_not_each(self):
        self.count_queries_of_sending(1)
        few, many = self.count_queries_of_sending(50), self.count_queries_of_sending(150)
        self.assertLess(many - few, 150, f"{few} for 50, {many} for 150: two batches more")

    def test_a_mailing_about_a_name_with_a_line_break_leaves(self):
        self.event.name = "Evening\r\nBcc: x@example.org"
        ada = self.invite("Ada")
        ada.partner_id.name = "Ada\nByron"
        mailing = self.send()
        self.assertEqual(ada.delivery, "delivered")
        self.assertIn("Evening Bcc: x@example.org", mailing.subject)

    def test_what_is_not_delivered_says_what_to_do(self):
        ada, bob, twin = self.invite("Ada", "Bob", "Twin")
        bob.partner_id.email = False
        twin.partner_id.email = ada.partner_id.email
        self.send()
        self.assertEqual((ada.state, bob.state, twin.state), ("sent", "draft", "draft"))
        self.assertEqual((ada.delivery, bob.delivery, twin.delivery), ("delivered", "no_address", "duplicate"))
        self.assertEqual(self.event.failed_count, 2)

    def test_who_objected_gets_nothing(self):
        person = self.create_person("Ada", relationship_no_contact=True)
        ada = self.env["event.invitation"].create({"event_id": self.event.id, "partner_id": person.id})
        self.send()
        self.assertFalse(self._mails)
        self.assertEqual(ada.state, "draft")

    def test_with_two_addresses_the_link_works_and_both_get_it(self):
        [ada] = self.invite("Ada")
        ada.partner_id.email = "ada@example.org; \u200bAda@example.net."
        self.send()
        [email] = self._mails
        self.assertEqual([to.rpartition("<")[2] for to in email["email_to"]], ["ada@example.org>", "ada@example.net>"])
        self.assertIn(ada._get_url(), email["body"])
        self.assertNotIn("your-answer", email["body"])
        self.assertEqual((ada.state, ada.delivery), ("sent", "delivered"))
        self.assertTrue(ada.partner_id.relationship_informed_on, "she was told that we know her")

    def test_nothing_leaves_for_a_second_address_whose_owner_objected(self):
        self.create_person("Bob", email="bob@example.org, second@example.org", relationship_no_contact=True)
        self.env["mail.blacklist"]._add("refused@example.org")
        invitations = ada, eve, twin = self.invite("Ada", "Eve", "Twin")
        ada.partner_id.email = "ada@example.org; SECOND@example.org"
        eve.partner_id.email = "eve@example.org; refused@example.org"
        twin.partner_id.email = "other@example.org; twin@example.org"
        [also] = self.invite("Also")
        also.partner_id.email = "also@example.org; Twin <twin@example.org>"
        self.send()
        [email] = self._mails
        self.assertIn("twin@example.org", email["email_to"][1])
        self.assertEqual(invitations.mapped("delivery"), ["opted_out", "opted_out", "delivered"])
        self.assertEqual(also.delivery, "duplicate", "an address gets one invitation")

    def prepare(self, kind="invitation", event=None):
        """The mailings of a kind that are ready to be changed."""
        self.env.flush_all()
        self.env.invalidate_all()
        action = (event or self.event).with_user(self.organiser).action_relationship_prepare_mailing(kind)
        mailings = self.env["mailing.mailing"]
        return mailings.browse(action["res_id"]) if action.get("res_id") else mailings.search(action["domain"])

    def get_told(self):
        return sorted(mail["email_to"][0].rpartition("<")[2].rstrip(">") for mail in self._mails)

    def test_a_cancelled_event_is_told_to_who_was_told_of_it_and_taken_back_in_its_own_words(self):
        ada, bob, _eve, dan = self.invite("Ada", "Bob", "Eve", "Dan")
        self.send()
        [new] = self.invite("New")
        self.answer(ada)
        self.answer(bob, "maybe")
        self.answer(dan, "no")
        self.event.kanban_state = "cancel"
        self.env.invalidate_all()
        self.assertEqual(self.event.standing, "Cancelled event: 3 people do not know it yet")
        self.send("change")
        self.assertEqual(self.get_told(), ["ada@example.org", "bob@example.org", "eve@example.org"])
        self.assertIn("Cancelled", self._mails[0]["subject"])
        self.assertEqual((self.event.standing, self.event.next_step), ("Cancelled event", "wait"))
        self.event.kanban_state = "normal"
        self.env.invalidate_all()
        self.assertEqual(self.event.standing, "Takes place after all: 3 people do not know it yet")
        self.assertEqual(self.event.next_step, "change")
        self.send("change")
        self.assertEqual(self.get_told(), ["ada@example.org", "bob@example.org", "eve@example.org"])
        self.assertIn("Takes place after all", self._mails[0]["subject"])
        self.assertIn("it takes place after all", self._mails[0]["body"])
        self.assertFalse(self.event.standing)
        self.assertEqual(new.state, "draft", "who was told nothing gets nothing")

    def test_a_cancellation_that_was_told_to_nobody_is_taken_back_without_a_word(self):
        ada, bob = self.invite("Ada", "Bob")
        self.send()
        self.event.kanban_state = "cancel"
        ada._mark_mailed("change")
        later = self.event.date_begin + timedelta(days=1)
        self.event.write({"kanban_state": "normal", "date_begin": later, "date_end": later + timedelta(hours=3)})
        self.env.invalidate_all()
        self.assertEqual(
            self.event.standing,
            "Takes place after all: one person does not know it yet · New date: one person does not know it yet",
        )
        back, moved = self.prepare("change").sorted("partner_event_news")
        self.assertEqual((back._get_recipients(), moved._get_recipients()), (ada.ids, bob.ids))
        self.event.write({"date_begin": self.event.date_begin - timedelta(days=1), "kanban_state": "normal"})
        self.event.date_end -= timedelta(days=1)
        self.assertEqual(
            self.event._relationship_get_unannounced().keys(), {"back"}, "who knows what is true again is told nothing"
        )

    def test_a_corrected_street_or_time_zone_is_told_and_followed(self):
        hall = self.env["res.partner"].create({"name": "Hall", "street": "1 A Street", "city": "Paris"})
        self.event.address_id = hall
        [ada] = self.invite("Ada")
        self.send()
        self.answer(ada)
        prepared = self.prepare("practical")
        self.assertIn("1 A Street", prepared.body_html)
        sequence = self.event.facts_sequence
        hall.street = "2 B Street"
        self.assertEqual(self.event.facts_sequence, sequence + 1)
        self.env.invalidate_all()
        self.assertEqual((self.event.next_step, self.event.standing[:9]), ("change", "New place"))
        prepared._relationship_refresh_partner_event()
        self.assertIn("2 B Street", prepared.body_html)
        self.assertNotIn("1 A Street", prepared.body_html)
        self.send("change")
        self.assertEqual(self.get_told(), ["ada@example.org"])
        self.assertIn("New place", self._mails[0]["subject"])
        self.event.date_tz = "Europe/London"
        self.assertEqual(self.event._relationship_get_unannounced().keys(), {"moved"}, "another hour is read")
        sequence = self.event.facts_sequence
        hall.phone = "0199000000"
        self.event.write({"note": "Chairs", "seats_max": 30})
        self.event._relationship_take_turn()
        self.assertEqual(self.event.facts_sequence, sequence, "what nobody reads is no change")
        self.event.name = "Partners' night"
        self.assertEqual(self.event.facts_sequence, sequence + 1)

    def test_two_places_that_become_one_are_another_address(self):
        hall, other = self.env["res.partner"].create(
            [{"name": "Hall", "street": "1 A"}, {"name": "Hall", "street": "2"}]
        )
        self.event.address_id = hall
        self.env.flush_all()
        sequence = self.event.facts_sequence
        self.env["base.partner.merge.automatic.wizard"]._merge((hall | other).ids, other)
        self.env.invalidate_all()
        self.assertEqual((self.event.address_id, self.event.facts_sequence), (other, sequence + 1))
        other.street = "3 C"
        self.assertEqual(self.event.facts_sequence, sequence + 2)

    def test_writing_to_contacts_that_are_no_place_asks_nothing_more(self):
        self.event.address_id = self.env["res.partner"].create({"name": "Hall"})
        other = self.env["res.partner"].create({"name": "Other"})
        self.env["event.event"]._relationship_get_at(other)
        with self.assertQueryCount(0):
            self.env["event.event"]._relationship_get_at(other)

    def test_a_mailing_says_in_words_whom_it_reaches(self):
        ada, _bob = self.invite("Ada", "Bob")
        self.assertEqual(self.prepare().partner_event_reach, "The 2 people who are to be invited")
        self.send()
        self.answer(ada)
        later = self.event.date_begin + timedelta(days=1)
        self.event.write({"date_begin": later, "date_end": later + timedelta(hours=3)})
        mailing = self.prepare("change")
        self.assertEqual(
            mailing.partner_event_reach, "The 2 people who reckon with the event, and know another date or place"
        )
        self.assertEqual(mailing.mailing_domain, "[]", "no moment and no id is kept")

    def test_what_somebody_wrote_is_what_the_next_mailing_begins_with(self):
        _ada, bob = self.invite("Ada", "Bob")
        bob.partner_id.email = False
        first = self.prepare()
        body = str(first.body_arch).replace("We would be glad", "<img src='/web/image/1'/>We would be delighted")
        note = self.env["ir.attachment"].create({"name": "Programme.txt", "raw": b"18:00 Welcome"})
        first.write(
            {
                "body_arch": body,
                "body_html": body.replace("<img ", "<img class='inline' "),
                "subject": "Come to Partners' evening!",
                "attachment_ids": note.ids,
                "email_from": "camille@example.org",
            }
        )
        self.send()
        bob.partner_id.email = "bob@example.org"
        later = self.event.date_begin + timedelta(days=400)
        self.event.write({"name": "Partners' night", "date_begin": later, "date_end": later + timedelta(hours=3)})
        second = self.prepare()
        self.assertNotEqual(second, first)
        self.assertEqual((second.subject, second.email_from), ("Come to Partners' night!", "camille@example.org"))
        for text in (second.body_arch, second.body_html):
            for words in ("We would be delighted", "/web/image/1", "Partners' night", "2027"):
                self.assertIn(words, text)
            self.assertNotIn("2026", text)
        self.assertIn('class="inline"', second.body_html)
        self.assertEqual((second.attachment_ids.name, second.attachment_ids.raw), ("Programme.txt", b"18:00 Welcome"))
        self.assertNotEqual(second.attachment_ids, note, "the first one keeps its own")
        following = self.env["event.event"].browse(self.event.action_relationship_prepare_next_edition()["res_id"])
        third = self.prepare(event=following)
        self.assertIn("We would be delighted", third.body_html)
        self.assertEqual(third.attachment_ids.name, "Programme.txt")

    def test_what_was_written_beside_a_fact_stays_when_the_fact_changes(self):
        self.invite("Ada")
        mailing = self.prepare()
        told = self.event._relationship_say_period()
        edited = str(mailing.body_arch).replace(f">{told}<", f">{told} (doors open at 17:30)<")
        self.assertNotEqual(edited, mailing.body_arch, mailing.body_arch)
        mailing.write({"body_arch": edited})
        later = self.event.date_begin + timedelta(days=1)
        self.event.write({"date_begin": later, "date_end": later + timedelta(hours=3)})
        again = self.prepare()
        self.assertEqual(again, mailing)
        self.assertIn(f"{self.event._relationship_say_period()} (doors open at 17:30)", again.body_arch)
        self.assertNotIn(told, again.body_arch)

    def test_an_older_text_has_its_facts_brought_up_to_date_too(self):
        older = "<div><div class='o_partner_event_facts'><h1>Old evening</h1><p>Then</p></div>kept <p>Hello</p></div>"
        fresh = str(self.event._relationship_put_facts(older))
        for words in ("Partners' evening", self.event._relationship_say_period(), "kept", "Hello"):
            self.assertIn(words, fresh)
        self.assertNotIn("Then", fresh)
        self.assertEqual(self.event._relationship_put_facts(fresh), fresh)

    def test_an_event_that_people_expect_is_not_deleted(self):
        event = self.create_event()
        [ada] = self.invite("Ada", event=event)
        ada._mark_mailed("invitation")
        with self.assertRefused(UserError):
            event.unlink()
        event.kanban_state = "cancel"
        ada._mark_mailed("change")
        event.unlink()
        self.assertFalse(ada.exists())

    def test_a_change_is_a_dialog_that_says_who_would_be_told_and_sends_nothing(self):
        ada, _bob = self.invite("Ada", "Bob")
        self.send()
        self.answer(ada)
        self.event.answer_until = "2026-05-03 21:59:00"
        mails = self.env["mail.mail"].search_count([])
        changes = self.env["event.change"].with_user(self.organiser)
        move = Form(changes.with_context(default_event_id=self.event.id, default_kind="move"))
        self.assertIn("announced to 2 people", move.message)
        move.date_end = self.event.date_end + timedelta(days=7)
        move.date_begin = self.event.date_begin + timedelta(days=7)
        self.assertEqual(str(move.answer_until), "2026-05-10 21:59:00")
        move.save().action_apply()
        self.assertEqual(str(self.event.answer_until), "2026-05-10 21:59:00")
        changes.create({"event_id": self.event.id, "kind": "cancel"}).action_apply()
        self.env.invalidate_all()
        self.assertTrue(self.event.is_cancelled)
        self.event.active = False
        changes.create({"event_id": self.event.id, "kind": "restore"}).action_apply()
        self.assertFalse(self.event.is_cancelled)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_the_end_follows_an_event_that_moves(self):
        self.event.write({"date_begin": "2026-10-24 12:00:00", "date_end": "2026-10-25 15:00:00"})  # Paris, 14 to 16
        changes = self.env["event.change"].with_user(self.organiser)
        change = Form(changes.with_context(default_event_id=self.event.id, default_kind="move"))
        for begin, end in (
            ("2026-10-20 12:00:00", "2026-10-21 14:00:00"),  # all of it in summer time
            ("2026-11-20 15:00:00", "2026-11-21 17:00:00"),
            ("2026-10-24 12:00:00", "2026-10-25 15:00:00"),
        ):
            change.date_begin = begin
            self.assertEqual(str(change.date_end), end, begin)
        change.date_begin = "2026-11-20 15:00:00"
        change.date_end = "2026-11-20 18:00:00"
        change.save().action_apply()
        self.assertEqual(str(self.event.date_end), "2026-11-20 18:00:00", "what was typed after stays")
        changes.create({"event_id": self.event.id, "kind": "move", "date_begin": "2026-11-18 08:00:00"}).action_apply()
        self.assertEqual(str(self.event.date_end), "2026-11-18 11:00:00")

    def come_back(self, invitation, failure="mail_bounce", status="bounce"):
        """The last mail came back, or could not leave."""
        trace = self.env["mailing.trace"].search([("res_id", "=", invitation.id)], order="id desc", limit=1)
        trace.write({"trace_status": status, "failure_type": failure})
        self.env.flush_all()
        self.env.invalidate_all()

    def refresh(self):
        self.env.flush_all()
        self.env.invalidate_all()

    def test_who_did_not_get_the_invitation_is_invited_at_the_corrected_address(self):
        ada, bob, eve = self.invite("Ada", "Bob", "Eve")
        eve.partner_id.email = "no address"
        self.send()
        self.come_back(ada)
        bob.last_mailed_on = ada.last_mailed_on = "2026-03-01"
        self.refresh()
        self.assertEqual((ada.delivery, eve.delivery, self.event.failed_count), ("bounced", "bad_address", 2))
        self.assertNotEqual(self.event.next_step, "invitation")
        self.assertEqual(self.env["event.invitation"].search(self.event._relationship_get_kind_domain("reminder")), bob)
        ada.partner_id.phone = "+33 1 99 00 12 34"
        self.refresh()
        self.assertNotEqual(self.event.next_step, "invitation", "a telephone is no address")
        ada.partner_id.email = "ada@example.net"
        eve.partner_id.email = "eve@example.net"
        self.refresh()
        self.assertEqual((ada.delivery, eve.delivery, self.event.failed_count), ("corrected", "corrected", 0))
        self.assertEqual((self.event.next_step, self.event.to_invite_count), ("invitation", 2))
        self.send()
        self.assertEqual(
            sorted(mail["email_to"][0].rpartition("<")[2] for mail in self._mails),
            ["ada@example.net>", "eve@example.net>"],
        )
        self.assertEqual((ada.delivery, eve.delivery, ada.state), ("delivered", "delivered", "sent"))

    def test_practical_information_goes_to_whom_mails_reach(self):
        ada, bob = self.invite("Ada", "Bob")
        self.send()
        self.answer(ada)
        self.answer(bob)
        self.come_back(ada)
        practical = self.event._relationship_get_kind_domain("practical")
        self.assertEqual(self.env["event.invitation"].search(practical), bob)
        ada.partner_id.email = "ada@example.net"
        self.refresh()
        practical = self.event._relationship_get_kind_domain("practical")
        self.assertEqual(self.env["event.invitation"].search(practical), ada | bob)

    def test_who_stands_in_for_somebody_is_invited_anew_with_a_link_of_her_own(self):
        for answer in (False, "yes", "no", "maybe"):
            [ada] = self.invite("Ada")
            self.send()
            if answer:
                self.answer(ada, answer)
            token = ada.access_token
            stand_in = self.create_person("Bob", email=f"bob-{answer}@example.org")
            ada.with_user(self.organiser).partner_id = stand_in
            self.refresh()
            self.assertEqual((ada.state, ada.answer, ada.delivery), ("draft", False, False))
            self.assertNotEqual(ada.access_token, token)
            self.assertFalse(ada._count_taken())
            self.assertEqual(self.event.next_step, "invitation")
            self.send()
            self.assertEqual((len(self._mails), ada.state), (1, "sent"))
            ada.action_cancel()

    def test_with_the_mail_server_down_the_invitation_leaves_once_it_is_back(self):
        ada, bob = self.invite("Ada", "Bob")
        down = patch.object(type(self.env["ir.mail_server"]), "_connect__", side_effect=ConnectionRefusedError("down"))
        mailing = self.env["mailing.mailing"].browse(self.event.action_relationship_prepare_mailing()["res_id"])
        with patch.object(self.env.cr, "commit"), down:
            mailing.action_put_in_queue()
            self.env["mailing.mailing"]._process_mass_mailing_queue()
            self.env["mail.mail"].process_email_queue()
        self.refresh()
        self.assertEqual((ada.state, ada.delivery, bob.delivery), ("draft", "failed", "failed"))
        self.assertEqual(self.event.failed_count, 2)
        bob.action_cancel()
        with self.mock_mail_gateway(mail_unlink_sent=True):
            self.env["mail.mail"]._cron_relationship_retry()
            self.env["mail.mail"].process_email_queue()
            self.env["mail.mail"]._cron_relationship_retry()
            self.env["mail.mail"].process_email_queue()
        self.refresh()
        self.assertEqual((len(self._mails), ada.state, ada.delivery), (1, "sent", "delivered"))

    def test_a_test_mail_contains_no_real_link(self):
        [ada] = self.invite("Ada")
        mailing = self.env["mailing.mailing"].browse(self.event.action_relationship_prepare_mailing()["res_id"])
        test = self.env["mailing.mailing.test"].create(
            {"email_to": "organiser@example.org", "mass_mailing_id": mailing.id}
        )
        with self.mock_mail_gateway():
            test.send_mail_test()
        self.assertTrue(self._mails)
        for email in self._mails:
            self.assertNotIn(ada.access_token, str(email))

    def test_who_comes_is_told_once_of_another_day_and_of_a_cancelled_event(self):
        ada, bob = self.invite("Ada", "Bob")
        self.send()
        self.answer(ada)
        self.answer(bob, "no")
        self.assertNotEqual(self.event.next_step, "change")
        later = self.event.date_begin + timedelta(days=1)
        self.event.write({"date_begin": later, "date_end": later + timedelta(hours=3)})
        self.assertFalse(self.env["mail.mail"].search([("model", "=", "event.invitation"), ("state", "=", "outgoing")]))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.event.next_step, "change", "nothing leaves before somebody means it")
        for cancelled, subject in ((False, "New date"), (True, "Cancelled")):
            if cancelled:
                self.event.kanban_state = "cancel"
            self.send("change")
            self.assertEqual([email["email_to"][0].rpartition("<")[2] for email in self._mails], ["ada@example.org>"])
            self.assertIn(subject, self._mails[0]["subject"])
            self.send("change")
            self.assertFalse(self._mails, "told once")

    def test_an_archived_event_is_told_as_cancelled(self):
        [ada] = self.invite("Ada")
        self.send()
        self.answer(ada)
        self.event.action_archive()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.event.next_step, "change")
        self.send("change")
        self.assertIn("Cancelled", self._mails[0]["subject"])
        self.assertIn("does not take place", self._mails[0]["body"])

    def test_a_message_in_the_conversation_carries_nobody_s_link(self):
        [ada] = self.invite("Ada")
        with self.mock_mail_gateway(mail_unlink_sent=False):
            ada.message_post(
                body="/partner-event/your-answer",
                partner_ids=self.marc.partner_id.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
            self.env["mail.mail"].search([("model", "=", "event.invitation")]).send()
        for email in self._mails:
            self.assertNotIn(ada.access_token, str(email["body"]))
        self.marc.notification_type = "email"
        mail = self.env["mail.mail"].create(
            {
                "model": "event.invitation",
                "res_id": ada.id,
                "body_html": "/partner-event/your-answer",
                "recipient_ids": [(6, 0, (self.marc.partner_id | ada.partner_id).ids)],
            }
        )
        bodies = {email["partner_id"]: str(email["body"]) for email in mail._prepare_outgoing_list()}
        self.assertNotIn(ada.access_token, bodies[self.marc.partner_id])
        self.assertIn(ada.access_token, bodies[ada.partner_id])

    def test_what_moved_before_it_left_is_told_as_it_is_now(self):
        [ada] = self.invite("Ada")
        self.event.with_user(self.organiser).action_relationship_prepare_mailing()
        later = self.event.date_begin + timedelta(days=400)
        self.event.write({"date_begin": later, "date_end": later + timedelta(hours=3)})
        self.send()
        self.assertIn("2027", self._mails[0]["body"])
        self.assertNotIn("2026", self._mails[0]["body"])
        self.assertEqual(ada.known_facts, self.event._relationship_get_facts())

    def test_what_is_on_its_way_is_not_prepared_again(self):
        self.invite("Ada")
        mailing = self.env["mailing.mailing"].browse(self.event.action_relationship_prepare_mailing()["res_id"])
        mailing.action_put_in_queue()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.event.next_step, "wait")
        with self.mock_mail_gateway(), patch.object(self.env.cr, "commit"):
            mailing.with_context(mailing_test_mail=False)._action_send_mail()
        self.env["mailing.trace"].search([("mass_mailing_id", "=", mailing.id)]).trace_status = "outgoing"
        self.event.invitation_ids.state = "draft"
        self.assertFalse(self.env["event.invitation"].search(self.event._relationship_get_kind_domain("invitation")))

    def test_each_language_has_its_own_text(self):
        ada, jean, hans = self.invite("Ada", "Jean", "Hans")
        jean.partner_id.lang = "fr_FR"
        hans.partner_id.lang = False
        self.env.company.partner_id.lang = "fr_FR"
        action = self.event.with_user(self.organiser).action_relationship_prepare_mailing()
        english, french = self.env["mailing.mailing"].search(action["domain"], order="partner_event_lang")
        self.assertEqual((english.partner_event_lang, french.partner_event_lang), ("en_US", "fr_FR"))
        self.assertIn("We would be glad", english.body_html)
        self.assertIn("Répondre à l'invitation", french.body_html)
        self.assertEqual(english._get_recipients(), ada.ids)
        self.assertEqual(french._get_recipients(), (jean | hans).ids)
        again = self.event.with_user(self.organiser).action_relationship_prepare_mailing()
        self.assertEqual(again["domain"], action["domain"], "they are prepared once")

    def test_thanks_reach_who_came_and_a_word_the_absent_once(self):
        ada, bob, eve = self.invite("Ada", "Bob", "Eve")
        self.send()
        self.answer(ada, guests=1)
        self.answer(bob)
        self.answer(eve, "no")
        with freeze_time(TODAY + timedelta(days=62)):
            ada.registration_ids[0].action_set_done()
            for kind, invitation in (("thanks", ada), ("absent", bob)):
                self.send(kind)
                self.assertEqual([mail["email_to"] for mail in self._mails], [[invitation.partner_id.email_formatted]])
                self.send(kind)
                self.assertFalse(self._mails, "once")
            self.assertEqual((self.event.thanked_count, self.event.missed_count), (1, 1))

    def test_invitations_leave_in_waves(self):
        [ada] = self.invite("Ada")
        [bob] = self.invite("Bob", wave=2)
        [wrong] = self.invite("Wrong")
        wrong.partner_id.email = "no address"
        self.send()
        self.assertEqual((ada.state, bob.state, wrong.state), ("sent", "draft", "draft"))
        [eve] = self.invite("Eve", wave=3)
        self.assertEqual(self.event.next_step, "invitation")
        wrong.partner_id.email = "right@example.org"
        self.send()
        self.assertEqual((bob.state, wrong.state, eve.state), ("sent", "sent", "draft"))

    def test_a_prepared_wave_of_which_nobody_is_left_makes_room_for_the_next(self):
        [ada] = self.invite("Ada")
        self.invite("Bob", wave=2)
        prepared = self.event.with_user(self.organiser).action_relationship_prepare_mailing()
        ada.action_cancel()
        mailing = self.env["mailing.mailing"].browse(prepared["res_id"])
        self.assertFalse(self.env["event.invitation"].search(mailing._get_recipients_domain()))
        again = self.event.with_user(self.organiser).action_relationship_prepare_mailing()
        self.assertEqual(again["res_id"], prepared["res_id"])
        self.assertEqual(self.env["event.invitation"].search(mailing._get_recipients_domain()).partner_id.name, "Bob")

    def test_a_text_that_somebody_emptied_is_taken_over_by_no_edition(self):
        self.invite("Ada")
        mailing = self.env["mailing.mailing"].browse(self.event.action_relationship_prepare_mailing()["res_id"])
        mailing.write({"body_arch": False, "body_html": False})
        following = self.env["event.event"].browse(self.event.action_relationship_prepare_next_edition()["res_id"])
        text = self.env["mailing.mailing"].browse(following.action_relationship_prepare_mailing()["res_id"])
        self.assertIn("We would be glad", text.body_html)

    def test_the_practical_information_speaks_of_a_queue_where_there_is_one(self):
        ada, bob, eve, carl = self.invite("Ada", "Bob", "Eve", "Carl", state="sent")
        for invitation in (ada, bob, eve):
            self.answer(invitation)
        prepare = self.event.with_user(self.organiser).action_relationship_prepare_mailing
        mailing = self.env["mailing.mailing"].browse(prepare("practical")["res_id"])
        self.assertNotIn("waiting for a seat", mailing.body_html)
        mailing.unlink()
        self.answer(carl)
        mailing = self.env["mailing.mailing"].browse(prepare("practical")["res_id"])
        self.assertIn("waiting for a seat", mailing.body_html)

    def test_the_next_edition_takes_the_texts_with_its_own_facts(self):
        self.invite("Ada")
        mailing = self.env["mailing.mailing"].browse(self.event.action_relationship_prepare_mailing()["res_id"])
        mailing.write({"body_arch": mailing.body_arch.replace("We would be glad", "We would be delighted")})
        following = self.env["event.event"].browse(self.event.action_relationship_prepare_next_edition()["res_id"])
        following.name = "Partners' day"
        text = self.env["mailing.mailing"].browse(following.action_relationship_prepare_mailing()["res_id"])
        self.assertIn("We would be delighted", text.body_html)
        self.assertIn("Partners' day", text.body_html)
        self.assertIn("2027", text.body_html)
        self.assertNotIn("Partners' evening", text.body_html)
        self.assertIn("Partners' day", text.subject)

    def test_reminders_reach_the_silent_twice_at_most(self):
        ada, bob, eve = self.invite("Ada", "Bob", "Eve")
        self.send()
        self.answer(bob, "no")
        self.answer(eve)
        for expected in (1, 2):
            ada.last_mailed_on = "2026-03-01"
            self.env.flush_all()
            mailing = self.send("reminder")
            self.assertEqual(len(self._mails), 1)
            self.assertIn(ada.partner_id.email, self._mails[0]["email_to"][0])
            self.assertEqual(ada.reminder_count, expected)
            self.assertEqual(mailing.state, "done")
        ada.last_mailed_on = "2026-03-01"
        self.env.flush_all()
        self.send("reminder")
        self.assertFalse(self._mails)
