from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo.addons.mail.tests.common import MailCase
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..models.event.event_invitation import KIND_DOMAINS
from .common import TODAY, PartnerEventCase


@tagged("post_install", "-at_install")
class TestWritable(PartnerEventCase, MailCase):
    """Who is archived, who asked not to be contacted, and our own people are on no list that leaves (G4)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ada, cls.bob = cls.invite("Ada", "Bob", state="sent")
        cls.other = cls.create_target("Other")
        cls.eve = cls.env["event.invitation"].create(
            {"event_id": cls.event.id, "partner_id": cls.create_person("Eve", cls.other).id, "state": "sent"}
        )
        (cls.ada | cls.bob | cls.eve).last_mailed_on = "2026-02-01"
        cls.event.action_relationship_prepare_mailing("reminder")

    def get_silencing(self):
        """Each way in which somebody may not be written to any more: name, and what does it to Eve."""
        own = self.env["res.company"].create({"name": "Branch", "parent_id": self.env.company.id}).partner_id
        return {
            "archived": lambda: self.eve.partner_id.write({"active": False}),
            "organisation archived": lambda: self.other.write({"active": False}),
            "same address": lambda: self.env["relationship.objection"]._remember([self.eve.partner_id.email]),
            "our own": lambda: self.eve.partner_id.write({"parent_id": own.id}),
        }

    def send(self, kind):
        mailing = self.event.partner_mailing_ids.filtered(lambda each: each.partner_event_kind == kind)
        with self.mock_mail_gateway(), patch.object(self.env.cr, "commit"):
            mailing.action_put_in_queue()
            self.env["mailing.mailing"]._process_mass_mailing_queue()
            self.env["mail.mail"].process_email_queue()
        return sorted(email["email_to"][0].partition("<")[2].strip(">") for email in self._mails)

    def test_what_happens_between_preparing_and_sending_counts(self):
        for name, silence in self.get_silencing().items():
            with self.subTest(name), self.cr.savepoint() as savepoint:
                silence()
                self.assertEqual(self.send("reminder"), ["ada@example.org", "bob@example.org"])
                self.assertEqual((self.eve.reminder_count, self.ada.reminder_count), (0, 1))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_no_kind_of_mailing_reaches_them(self):
        everybody = self.ada | self.bob | self.eve
        for kind in (*KIND_DOMAINS, "change"):
            everybody.write({"state": "draft" if kind == "invitation" else "accepted", "known_facts": "others"})
            if kind == "reminder":
                everybody.state = "sent"
            everybody._write({"present_count": int(kind == "thanks")})
            self.env.invalidate_all()
            for active, expected in ((True, everybody), (False, everybody - self.eve)):
                self.eve.partner_id.active = active
                found = self.env["event.invitation"].search(self.event._relationship_get_kind_domain(kind))
                self.assertEqual(found, expected, kind)

    def test_an_invitation_that_reaches_nobody_says_so_and_is_not_to_be_sent(self):
        self.eve.state = "draft"
        self.assertEqual(self.event.to_invite_count, 1)
        self.eve.partner_id.active = False
        self.env.invalidate_all()
        self.assertEqual(self.eve.delivery, "unwritable")
        self.assertEqual((self.event.to_invite_count, self.event.failed_count), (0, 1))
        self.assertNotEqual(self.event.next_step, "invitation")

    def test_a_mail_that_waits_for_its_server_leaves_no_more(self):
        (self.ada | self.eve)._send_promotion()
        self.eve.partner_id.active = False
        with self.mock_mail_gateway():
            self.env["mail.mail"].process_email_queue()
        self.assertEqual([email["email_to"] for email in self._mails], [['"Ada" <ada@example.org>']])
        [kept] = self.env["mail.mail"].search([("model", "=", "event.invitation"), ("res_id", "=", self.eve.id)])
        self.assertEqual(kept.state, "cancel")

    def test_nobody_invites_them_by_hand(self):
        nobody = self.create_person("Archived", active=False)
        silent = self.create_person("Silent", self.create_target("Silent & co", relationship_no_contact=True))
        ours = self.create_person("Ours", self.env.company.partner_id)
        Invitation = self.env["event.invitation"].with_user(self.organiser)
        for person, reason in ((nobody, "archived"), (silent, "asked not"), (ours, "our own organisation")):
            with self.assertRefused(ValidationError, reason):
                Invitation.create({"event_id": self.event.id, "partner_id": person.id})
        mine = Invitation.create({"event_id": self.event.id, "partner_id": self.create_person("Fay").id})
        with self.assertRefused(ValidationError, "our own organisation"):
            mine.partner_id = ours

    def test_the_next_edition_begins_without_them(self):
        self.eve.partner_id.active = False
        with freeze_time("2026-07-01"):
            following = self.env["event.event"].browse(self.event.action_relationship_prepare_next_edition()["res_id"])
        self.assertEqual(following.invitation_ids.partner_id, (self.ada | self.bob).partner_id)

    def test_whose_account_is_closed_invites_nobody(self):
        self.assertEqual(self.ada._get_inviter(), self.helene)
        self.assertEqual(self.event._relationship_get_writer(self.partner), self.helene)
        self.event.user_id = self.organiser
        self.helene.sudo().active = False
        self.assertFalse(self.ada._get_inviter())
        self.assertEqual(self.event._relationship_get_writer(self.partner), self.organiser)

    def test_who_has_left_the_team_invites_nobody_though_her_account_is_open(self):
        self.helene_member.date_end = TODAY
        self.assertEqual(self.ada._get_inviter(), self.helene, "the last day is one of hers")
        self.helene_member.date_end = TODAY - timedelta(days=1)
        self.assertFalse(self.ada._get_inviter())

    def test_a_call_names_no_organisation_that_objects_meanwhile(self):
        call = self.env["relationship.network.call"].create(
            {"organisation_ids": (self.partner | self.other).ids, "user_ids": self.marc.ids}
        )
        self.marc.email = "marc@example.org"
        call.action_send()
        self.assertEqual(call._get_asked_organisations(), self.partner | self.other)
        self.other.relationship_no_contact = True
        self.assertEqual(call._get_asked_organisations(), self.partner)
        answer = call.answer_ids
        self.assertEqual(list(answer._read_form({f"know_{self.other.id}": "well"})), [])
        with self.assertRefused(UserError, "Take Other out of the call"):
            call.action_send()

    def test_a_call_that_waits_reaches_nobody_who_objects_meanwhile(self):
        self.marc.email = "marc@example.org"
        call = self.env["relationship.network.call"].create(
            {"organisation_ids": self.partner.ids, "user_ids": self.marc.ids}
        )
        call.action_send()
        asked = self.env["mail.mail"].search([("model", "=", "relationship.network.answer")])
        self.assertEqual(asked.res_id, call.answer_ids.id)
        self.marc.partner_id.relationship_no_contact = True
        with self.mock_mail_gateway():
            asked.send()
        self.assertFalse(self._mails)
        self.assertEqual(asked.state, "cancel")
