from datetime import timedelta
from functools import partial
from unittest.mock import patch

from freezegun import freeze_time
from odoo import Command
from odoo.addons.mail.tests.common import MailCase
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PartnerEventCase

LOGGER = "odoo.addons.shifters_relations_events.models.event.event_invitation"


@tagged("post_install", "-at_install")
class TestSeats(PartnerEventCase, MailCase):
    """Nobody is accepted over capacity; who does not fit waits whole, in the order of answers (E4)."""

    def states(self, invitations):
        return invitations.mapped("state")

    def test_a_seat_for_the_invitee_and_one_for_each_guest(self):
        self.env.company.partner_id.lang = "en_US"
        ada, bob, eve = invitations = self.invite("Ada", "Bob", "Eve")
        self.answer(ada, guests=1)
        self.assertEqual(ada.registration_ids.sorted("id").mapped("name"), ["Ada", "Guest of Ada"])
        self.env.company.partner_id.lang = "fr_FR"  # the transaction that gives seats has no language
        [french] = self.invite("Zoé", event=self.create_event())
        french._answer("yes", 1)
        french.event_id.with_context(lang=None)._relationship_try_seat()
        self.assertIn("Accompagnant de Zoé", french.registration_ids.mapped("name"))
        self.answer(bob)
        self.answer(eve)
        self.assertEqual(self.states(invitations), ["accepted", "accepted", "waiting"])
        self.assertEqual(self.event.seats_taken, 3)

    def test_a_language_that_is_not_installed_keeps_nobody_from_a_seat(self):
        self.event.seats_max = 1
        ada, bob = self.invite("Ada", "Bob")
        self.answer(ada)
        self.answer(bob)
        self.env.cr.execute("UPDATE res_partner SET lang = 'sq_AL' WHERE id = %s", [bob.partner_id.id])
        self.env.invalidate_all()
        self.answer(ada, "no")
        self.assertEqual(bob.state, "accepted")
        mail = self.env["mail.mail"].search([("model", "=", bob._name), ("res_id", "=", bob.id)])
        self.assertIn("A seat is free", mail.subject, "in the event's language")

    def promote(self, **company):
        """Bob waits, and gets Ada's seat.

        :param company: what the company is like meanwhile
        """
        self.event.seats_max = 1
        self.event.organizer_id = False
        ada, bob = self.invite("Ada", "Bob")
        self.answer(ada)
        self.answer(bob)
        self.env.company.write(company)
        self.answer(ada, "no")
        self.assertEqual(bob.state, "accepted")
        return bob

    def see(self, invitation):
        self.env.flush_all()
        self.env.invalidate_all()
        return invitation.delivery, invitation.event_id.failed_count

    def test_who_got_a_seat_is_told_once_the_mail_server_is_back(self):
        bob = self.promote()
        mails = self.env["mail.mail"]
        down = patch.object(type(self.env["ir.mail_server"]), "_connect__", side_effect=ConnectionRefusedError("down"))
        with down:
            mails.process_email_queue()
        self.assertEqual(self.see(bob), ("failed", 1), "an organiser sees it")
        with self.mock_mail_gateway(mail_unlink_sent=True):
            for _run in range(2):
                mails._cron_relationship_retry()
                mails.process_email_queue()
        self.assertEqual([mail["subject"] for mail in self._mails], ["A seat is free: Partners' evening"])
        self.assertEqual(self.see(bob), ("delivered", 0))

    def test_without_an_address_to_send_from_it_is_said_and_leaves_once_there_is_one(self):
        self.helene.partner_id.email = False
        bob = self.promote(email=False)
        mails = self.env["mail.mail"]
        with self.mock_mail_gateway(mail_unlink_sent=True):
            mails.process_email_queue()
        self.assertFalse(self._mails)
        self.assertEqual(self.see(bob), ("no_sender", 1))
        self.env.company.email = "team@example.org"
        with self.mock_mail_gateway(mail_unlink_sent=True):
            mails._cron_relationship_retry()
            mails.process_email_queue()
        self.assertEqual(len(self._mails), 1)
        self.assertEqual(self.see(bob), ("delivered", 0))

    def test_one_mail_that_cannot_be_written_keeps_nobody_from_a_seat(self):
        self.event.seats_max = 2
        ada, bob, eve = self.invite("Ada", "Bob", "Eve")
        self.answer(ada, guests=1)
        self.answer(bob)
        self.answer(eve)
        write = type(bob)._write_promotion

        def fail_for_bob(invitation):
            if invitation == bob:
                raise ValueError("cannot be written")
            write(invitation)

        with patch.object(type(bob), "_write_promotion", fail_for_bob), mute_logger(LOGGER):
            self.answer(ada, "no")
        self.assertEqual((bob.state, eve.state), ("accepted", "accepted"))
        self.assertEqual(self.see(bob)[0], "failed")
        self.assertEqual(self.see(eve)[0], "waiting")

    def test_who_sits_does_not_overtake_the_queue_with_one_more_guest(self):
        ada, carl, bob = self.invite("Ada", "Carl", "Bob")
        self.answer(ada)
        self.answer(carl)
        self.answer(bob, guests=1)
        self.assertEqual(bob.state, "waiting")
        self.answer(ada, guests=1)
        self.assertEqual((ada.guest_count, len(ada.registration_ids)), (0, 1))
        self.answer(carl, "no")
        self.assertEqual(bob.state, "accepted")

    def test_a_guest_cancelled_at_the_desk_stays_away(self):
        [ada] = self.invite("Ada")
        self.answer(ada, guests=2)
        ada.registration_ids[-1].action_cancel()
        self.assertTrue(self.event._relationship_try_seat())
        self.env.invalidate_all()
        self.assertEqual((ada.guest_count, ada._count_taken(), ada.state), (1, 2, "accepted"))

    def test_once_it_has_begun_or_is_cancelled_nobody_is_promoted(self):
        self.event.seats_max = 1
        ada, bob = self.invite("Ada", "Bob")
        self.answer(ada)
        self.answer(bob)
        for change in ({"kanban_state": "cancel"}, {"kanban_state": "normal", "date_begin": "2026-03-01 10:00:00"}):
            self.event.write(change)
            ada.registration_ids.filtered(lambda seat: seat.state == "open").action_cancel()
            self.assertTrue(self.event._relationship_try_seat())
            self.env.invalidate_all()
            self.assertEqual(bob.state, "waiting")

    def test_who_was_there_stays_there(self):
        [ada] = self.invite("Ada")
        self.answer(ada)
        ada.registration_ids.action_set_done()
        ada._object()
        self.assertEqual(ada.registration_ids.state, "done")

    def test_a_seat_sends_no_mail_that_nobody_meant_to_send(self):
        before = self.env["mail.mail"].search([])
        [ada] = self.invite("Ada")
        self.answer(ada)
        self.env["event.mail"].schedule_communications()
        self.assertFalse(self.event.event_mail_ids)
        self.assertFalse(self.env["mail.mail"].search([]) - before)
        stock = self.env["event.event"].create(
            {"name": "Stock", "date_begin": self.event.date_begin, "date_end": self.event.date_end}
        )
        self.assertTrue(stock.event_mail_ids, "other events keep theirs")

    def test_who_waits_and_may_not_be_written_to_is_passed_over_until_she_may(self):
        self.event.seats_max = 1
        ada, bob, eve = self.invite("Ada", "Bob", "Eve")
        for invitation in (ada, bob, eve):
            self.answer(invitation)
        objections = self.env["relationship.objection"]
        for silence, restore in (
            (bob.partner_id.action_archive, bob.partner_id.action_unarchive),
            (
                partial(objections._remember, [bob.partner_id.email]),
                partial(objections._forget, [bob.partner_id.email]),
            ),
        ):
            with self.cr.savepoint() as savepoint:
                silence()
                self.assertEqual(self.event._relationship_get_queue(), eve)
                self.answer(ada, "no")
                self.assertEqual((bob.state, eve.state), ("waiting", "accepted"))
                self.assertFalse(self.event._relationship_has_to_seat())
                restore()
                self.assertEqual(self.event._relationship_get_queue(), bob)
                self.answer(eve, "no")
                self.assertEqual(bob.state, "accepted")
                savepoint.rollback()
                self.env.invalidate_all()

    def test_nobody_overtakes_a_party_that_waits(self):
        ada, bob, eve = invitations = self.invite("Ada", "Bob", "Eve")
        self.answer(ada)
        self.answer(bob, guests=2)
        self.answer(eve)
        self.assertEqual(self.states(invitations), ["accepted", "waiting", "waiting"])
        self.event.seats_max = 4
        self.event._relationship_try_seat()
        self.assertEqual(self.states(invitations), ["accepted", "accepted", "waiting"])

    def test_a_withdrawal_promotes_the_next_with_a_mail(self):
        ada, bob = self.invite("Ada", "Bob")
        self.answer(ada, guests=2)
        self.answer(bob)
        self.assertEqual(bob.state, "waiting")
        before = self.env["mail.mail"].search([])
        self.answer(ada, "no")
        self.assertEqual((ada.state, bob.state), ("declined", "accepted"))
        self.assertFalse(ada._count_taken())
        mail = self.env["mail.mail"].search([]) - before
        self.assertEqual(mail.recipient_ids, bob.partner_id)
        self.assertNotIn(bob.access_token, mail.body_html, "the token is stored on the invitation only")
        self.assertIn(bob.access_token, mail._prepare_outgoing_list()[0]["body"])

    def test_one_may_bring_fewer_and_more_where_there_is_room(self):
        ada, bob = self.invite("Ada", "Bob")
        self.answer(ada, guests=2)
        self.answer(ada, guests=0)
        self.assertEqual(ada._count_taken(), 1)
        self.answer(bob)
        self.answer(ada, guests=2)
        self.assertEqual((ada.state, ada._count_taken(), ada.guest_count), ("accepted", 1, 0), "her own seat is kept")
        self.answer(ada, guests=1)
        self.assertEqual(ada._count_taken(), 2)

    def test_a_seat_given_back_at_the_desk_lets_the_next_in(self):
        ada, bob = self.invite("Ada", "Bob")
        self.answer(ada, guests=2)
        self.answer(bob)
        ada.registration_ids.action_cancel()
        self.event._relationship_try_seat()
        self.assertEqual((ada.state, ada.answer, bob.state), ("declined", "no", "accepted"))

    def test_without_a_limit_everybody_sits(self):
        self.event.seats_limited = False
        invitations = self.invite(*"ABCDEFGH")
        for invitation in invitations:
            self.answer(invitation, guests=1)
        self.assertEqual(set(self.states(invitations)), {"accepted"})

    def test_a_seat_costs_few_queries_and_nobody_to_seat_almost_none(self):
        ada, bob = self.invite("Ada", "Bob")
        self.answer(ada)
        bob._answer("yes")
        for most in (21, 7):
            self.env.flush_all()
            self.env.cr.precommit.run()
            self.env.invalidate_all()
            with self.assertQueryCount(most):
                self.event._relationship_try_seat()
                self.env.flush_all()
                self.env.cr.precommit.run()
        self.assertEqual(self.states(ada | bob), ["accepted", "accepted"])

    def test_seats_are_given_where_an_answer_takes_or_leaves_one(self):
        [ada] = self.invite("Ada")
        for answer, times in (("no", 0), ("maybe", 0), ("yes", 1), ("yes", 1), ("no", 1), ("maybe", 0)):
            with self.subTest(answer=answer), patch.object(type(self.event), "_relationship_seat_soon") as given:
                ada._answer(answer)
                self.assertEqual(given.call_count, times)

    def test_maybe_and_no_hold_no_seat_and_keep_no_place(self):
        ada, bob, eve = self.invite("Ada", "Bob", "Eve")
        self.answer(ada, "maybe")
        self.answer(bob, guests=2)
        self.answer(eve)
        self.answer(ada)
        self.assertEqual((ada.state, eve.state), ("waiting", "waiting"))
        self.assertGreater(ada.answer_number, eve.answer_number)

    def test_bad_answers_get_a_sentence(self):
        [ada] = self.invite("Ada")
        for answer, guests in (("yes", 3), ("perhaps", 0), ("yes", -1)):
            with self.assertRefused(UserError):
                ada._answer(answer, guests)
        self.event.answer_until = "2026-03-01 12:00:00"
        with self.assertRefused(UserError, "closed"):
            ada._answer("yes")

    def test_a_deadline_closes_taking_and_never_giving_back(self):
        ada, bob, eve, carl = self.invite("Ada", "Bob", "Eve", "Carl")
        self.answer(ada, guests=2)
        self.answer(bob)
        self.event.answer_until = "2026-03-01 12:00:00"
        for invitation, answer, guests in ((carl, "yes", 0), (carl, "maybe", 0), (ada, "maybe", 0), (bob, "yes", 1)):
            with self.assertRefused(UserError):
                invitation._answer(answer, guests)
        self.answer(ada, guests=1)
        self.assertEqual((ada._count_taken(), bob.state), (2, "accepted"), "a seat given back goes to who waits")
        self.answer(ada, "no", word="Ill")
        self.answer(eve, "no")
        self.assertEqual((ada.state, ada.comment, ada._count_taken(), eve.state), ("declined", "Ill", 0, "declined"))
        with self.assertRefused(UserError):
            ada._answer("yes")

    def test_until_it_is_over_one_may_say_that_one_does_not_come(self):
        ada, bob, eve = self.invite("Ada", "Bob", "Eve")
        self.answer(ada, guests=1)
        self.answer(bob)
        with freeze_time(self.event.date_begin + timedelta(hours=1)):
            bob.registration_ids.action_set_done()
            self.answer(ada, guests=0)
            self.assertEqual((ada._count_taken(), ada.guest_count), (1, 0))
            self.answer(ada, "no")
            self.assertEqual((ada.state, ada._count_taken()), ("declined", 0))
            for invitation, answer in ((bob, "no"), (eve, "yes")):
                with self.assertRefused(UserError):
                    invitation._answer(answer)
        with freeze_time(self.event.date_end + timedelta(minutes=1)), self.assertRefused(UserError, "over"):
            eve._answer("no")

    def test_lower_limits_take_nothing_from_who_has_it_and_keep_nobody_from_giving_back(self):
        [ada] = self.invite("Ada")
        self.answer(ada, guests=2)
        self.event.write({"guest_max": 0, "seats_max": 1})
        self.answer(ada, guests=2, word="All of us")
        self.assertEqual((ada.guest_count, ada._count_taken()), (2, 3))
        self.answer(ada, guests=1)
        self.assertEqual((ada.guest_count, ada._count_taken()), (1, 2))
        with self.assertRefused(UserError, "at most 1"):
            ada._answer("yes", 2)
        self.answer(ada, "no")
        self.assertEqual(ada._count_taken(), 0)

    def test_the_job_seats_what_nobody_seated(self):
        [ada] = self.invite("Ada")
        ada._answer("yes")
        self.assertEqual(ada.state, "draft")
        with self.enter_registry_test_mode():
            self.env.ref("shifters_relations_events.cron_seat").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(ada.state, "accepted")
        written = self.event.write_date
        with self.enter_registry_test_mode():
            self.env.ref("shifters_relations_events.cron_seat").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.event.write_date, written, "where all are seated, it writes nothing")

    def test_an_event_that_fails_keeps_no_other_from_its_seats(self):
        events = self.create_event(name="Bad", date_begin=self.event.date_begin - timedelta(days=1)) | self.event
        bad, good = (self.invite(name, event=event) for name, event in zip(("Ada", "Bob"), events, strict=True))
        for invitation in bad | good:
            invitation._answer("yes")
        seat = type(self.event)._relationship_seat_invitations

        def fail(event):
            if event == bad.event_id:
                raise ValueError("A bad event")
            return seat(event)

        job = self.env.ref("shifters_relations_events.cron_seat")
        fails = patch.object(type(self.event), "_relationship_seat_invitations", fail)
        log = "odoo.addons.shifters_relations.models.team.ir_cron"
        with fails, self.assertLogs(log, "ERROR"), self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((bad.state, good.state), ("draft", "accepted"))

    def test_a_confirmation_waits_for_its_job_and_other_events_keep_theirs(self):
        other = self.create_event(is_partner_event=False)
        template = self.env.ref("event.event_subscription")
        confirmation = {"interval_type": "after_sub", "template_ref": f"mail.template,{template.id}"}
        for event in (self.event, other):
            event.event_mail_ids = [Command.clear(), Command.create(confirmation)]
        ours, theirs = self.event.event_mail_ids, other.event_mail_ids
        [ada] = self.invite("Ada")
        job = self.env.ref("event.event_mail_scheduler")
        self.answer(ada)
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)]))
        self.assertFalse(ours.mail_registration_ids)
        self.env["event.registration"].create({"event_id": other.id, "name": "Eve", "email": "eve@example.org"})
        self.assertTrue(theirs.mail_registration_ids, "another event's is dealt with at once")
        ours.execute()
        self.assertEqual(ours.mail_registration_ids.registration_id, ada.registration_ids)
