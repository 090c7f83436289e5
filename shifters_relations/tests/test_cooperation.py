from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import Command
from odoo.addons.mail.tests.common import MailCase
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import Form

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestCooperation(RelationshipCase, MailCase):
    """What comes out of contacts, and to whom inside it is handed (K1-K3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target()
        cls.kind = cls.env.ref("shifters_relations.kind_project")
        cls.training = cls.env.ref("shifters_relations.destination_training")
        cls.referent = cls.env["res.partner"].create(
            {"name": "Gabriel", "email": "gabriel@example.org", "lang": "en_US"}
        )
        cls.training.referent_id = cls.referent

    def create_cooperation(self, user=None, **values):
        values = {
            "name": "A course",
            "kind_id": self.kind.id,
            "role_ids": [Command.create({"partner_id": self.partner.id})],
            **values,
        }
        return self.env["relationship.cooperation"].with_user(user or self.helene).create(values)

    def test_nothing_leaves_while_one_types(self):
        with self.mock_mail_gateway():
            form = Form(self.env["relationship.cooperation"].with_user(self.helene))
            form.name = "A course"
            form.kind_id = self.kind
            form.destination_id = self.training
            cooperation = form.save()
            form.referent_id = self.marc.partner_id
            form.save()
            form.referent_id = self.referent
            form.save()
            self.create_cooperation(stage="introduced", destination_id=self.training.id)
        self.assertFalse(self._new_mails)
        self.assertFalse(cooperation.told_referent_id)
        with self.mock_mail_gateway():
            cooperation.action_introduce()
            cooperation.action_introduce()
        self.assertEqual(cooperation.stage, "introduced")
        self.assertEqual(self._new_mails.recipient_ids, self.referent, "one message, when somebody means it")

    def test_nobody_is_asked_what_came_of_what_she_was_not_told(self):
        cooperation = self.create_cooperation(stage="introduced", destination_id=self.training.id)
        self.assertEqual(cooperation.date_introduced, TODAY)
        with freeze_time(TODAY + timedelta(days=31)), self.mock_mail_gateway(), patch.object(self.env.cr, "commit"):
            self.env["relationship.cooperation"]._cron_ask_outcome()
        self.assertFalse(self._new_mails)

    def test_a_referent_chosen_by_hand_stays_whatever_the_destination(self):
        other = self.env["res.partner"].create({"name": "Other", "email": "other@example.org"})
        cooperation = self.create_cooperation(referent_id=other.id)
        with self.mock_mail_gateway():
            cooperation.destination_id = self.training
            self.assertEqual(cooperation.referent_id, other)
            usual = self.create_cooperation(destination_id=self.training.id)
            self.assertEqual(usual.referent_id, self.referent)
            elsewhere = self.env["relationship.destination"].search([("id", "!=", self.training.id)], limit=1)
            usual.destination_id = elsewhere
        self.assertEqual(usual.referent_id, elsewhere.referent_id, "the usual one follows the destination")

    def introduce(self, cooperation):
        with self.mock_mail_gateway():
            cooperation.write({"stage": "introduced", "destination_id": self.training.id})
        return self._new_mails

    def test_the_six_kinds_and_the_groups_are_there(self):
        self.assertEqual(self.env["relationship.cooperation.kind"].search_count([]), 6)
        self.assertEqual(self.env["relationship.destination"].search_count([]), 5)

    def test_two_fields_in_a_synthesis_are_enough(self):
        with Form(self.env["relationship.synthesis"].with_user(self.helene)) as form:
            form.partner_id = self.partner
            form.summary = "Hello"
            with form.cooperation_ids.new() as line:
                line.kind_id = self.kind
                line.name = "A course"
        cooperation = form.record.cooperation_ids
        self.assertEqual(cooperation.partner_ids, self.partner)
        self.assertEqual(cooperation.user_id, self.helene)
        self.assertEqual(cooperation.stage, "idea")
        self.assertEqual(self.partner.with_user(self.marc).relationship_cooperation_count, 1)

    def test_an_introduction_tells_the_referent_once(self):
        cooperation = self.create_cooperation(description="Ten people, one day")
        with self.assertRefused(ValidationError, "choose the group"):
            cooperation.stage = "introduced"
        mails = self.introduce(cooperation)
        self.assertEqual(cooperation.referent_id, self.referent)
        self.assertEqual(cooperation.date_introduced, TODAY)
        self.assertEqual(mails.recipient_ids, self.referent)
        self.assertEqual(mails.subject, "Introduction: Réseau Climat")
        self.assertIn("Ten people, one day", mails.body_html)
        self.assertIn("Hélène", mails.body_html)
        self.assertEqual(mails.reply_to, self.helene.email_formatted)
        self.assertNotIn("/odoo/cooperations", mails.body_html, "who is not in the team gets no link that fails")
        with self.mock_mail_gateway():
            cooperation.write({"stage": "ongoing"})
            cooperation.write({"stage": "introduced"})
        self.assertFalse(self._new_mails)
        self.assertEqual(cooperation.date_introduced, TODAY)
        with self.mock_mail_gateway():
            cooperation.referent_id = self.marc.partner_id
            self.assertFalse(self._new_mails)
            cooperation.action_introduce()
        self.assertEqual(self._new_mails.recipient_ids, self.marc.partner_id)
        self.assertIn(f"/odoo/cooperations/{cooperation.id}", self._new_mails.body_html)

    def test_the_association_words_what_the_referent_reads_in_each_language(self):
        template = self.env.ref("shifters_relations.mail_template_introduction")
        template.write(
            {"subject": "Meet {{ object._get_organisation_names() }}", "body_html": "<p>Be kind to them.</p>"}
        )
        template.with_context(lang="fr_FR").subject = "Voici {{ object._get_organisation_names() }}"
        mail = self.introduce(self.create_cooperation())
        self.assertEqual(mail.subject, "Meet Réseau Climat")
        self.assertIn("Be kind to them.", mail.body_html)
        self.assertNotIn("Hello", mail.body_html)
        self.assertIn('dir="ltr"', mail.body_html, "in the frame of our mails")
        self.referent.lang = "fr_FR"
        self.assertEqual(self.introduce(self.create_cooperation()).subject, "Voici Réseau Climat")

    def test_an_update_leaves_its_words_and_a_member_does_not_change_them(self):
        names = ("mail_template_introduction", "mail_template_outcome")
        data = self.env["ir.model.data"].search([("module", "=", "shifters_relations"), ("name", "in", names)])
        self.assertEqual(data.mapped("noupdate"), [True] * 2)
        for record in data:
            template = self.env["mail.template"].browse(record.res_id)
            self.assertTrue(template.with_user(self.helene).has_access("read"))
            self.assertFalse(template.with_user(self.helene).has_access("write"))

    def test_the_message_names_who_was_met_unless_they_object(self):
        people = self.env["res.partner"].create(
            [
                {"name": "Ada", "phone": "+33 1 99 00 00 01", "parent_id": self.partner.id},
                {"name": "Bob", "parent_id": self.partner.id, "relationship_no_contact": True},
            ]
        )
        synthesis = self.write_synthesis(
            self.partner, participant_ids=[Command.set(people.ids)], confidential_note="xyzzy"
        )
        body = self.introduce(self.create_cooperation(synthesis_id=synthesis.id)).body_html
        self.assertIn("Ada", body)
        self.assertIn("+33 1 99 00 00 01", body)
        self.assertNotIn("Bob", body)
        self.assertNotIn("xyzzy", body)

    def test_it_asks_for_the_outcome_once_after_thirty_days(self):
        cooperation = self.create_cooperation()
        self.introduce(cooperation)
        job = self.env["relationship.cooperation"]
        for days, expected in ((29, 0), (30, 1), (31, 0)):
            with freeze_time(TODAY + timedelta(days=days)), self.mock_mail_gateway():
                self.env.invalidate_all()
                with patch.object(self.env.cr, "commit"):
                    job._cron_ask_outcome()
                self.assertEqual(len(self._new_mails), expected, f"after {days} days")
                self.assertEqual(cooperation.is_outcome_due, days >= 30)
                found = job.with_user(self.helene).search([("is_outcome_due", "=", True)])
                self.assertEqual(bool(found), days >= 30)
                self.assertEqual(bool(job.search([("is_outcome_due", "=", False)])), days < 30)

    def test_the_outcome_is_asked_in_the_pilots_name_where_who_followed_has_left(self):
        cooperation = self.create_cooperation()
        self.introduce(cooperation)
        self.helene_member.date_end = TODAY
        with freeze_time(TODAY + timedelta(days=30)), self.mock_mail_gateway(), patch.object(self.env.cr, "commit"):
            self.env.invalidate_all()
            self.env["relationship.cooperation"]._cron_ask_outcome()
        [mail] = self._new_mails
        self.assertEqual(mail.reply_to, self.pilot.email_formatted)
        self.assertNotIn("Hélène", mail.body_html)
        self.assertIn(self.pilot.name, mail.body_html)

    def test_it_is_not_closed_without_an_outcome_in_words(self):
        cooperation = self.create_cooperation()
        for stage in ("done", "dropped"):
            for outcome in (False, "", "   "):
                with self.assertRefused(ValidationError, "what came of it"):
                    cooperation.write({"stage": stage, "outcome": outcome})
        cooperation.write({"stage": "dropped", "outcome": "They have no time this year"})
        self.assertEqual(cooperation.date_closed, TODAY)
        with self.assertRefused(ValidationError):
            cooperation.outcome = ""
        cooperation.stage = "ongoing"
        self.assertFalse(cooperation.date_closed)

    def test_several_organisations_several_roles_and_what_is_missing(self):
        other = self.create_target("Other")
        cooperation = self.create_cooperation()
        self.assertFalse(cooperation.missing_roles, "one organisation alone needs no roles")
        cooperation.role_ids = [
            Command.create({"partner_id": other.id, "role": "operator", "conditions": "Rooms"}),
            Command.create({"partner_id": other.id, "role": "partner"}),
        ]
        self.assertEqual(cooperation.partner_ids, self.partner | other)
        self.assertEqual(cooperation.missing_roles, "Nobody has this role yet: pilot, funder.")
        cooperation.role_ids[0].role = "pilot"
        self.assertEqual(cooperation.missing_roles, "Nobody has this role yet: funder.")
        found = self.env["relationship.cooperation"].search([("partner_ids", "in", other.ids)])
        self.assertEqual(found, cooperation)
        self.assertEqual(other.relationship_cooperation_count, 1)

    def test_who_writes_what(self):
        own = self.create_cooperation()
        theirs = self.create_cooperation(user=self.marc, role_ids=False, name="Marc's")
        received = self.create_cooperation(user=self.marc, role_ids=False, referent_id=self.helene.partner_id.id)
        helene = self.helene
        for cooperation in (own, received):
            cooperation.with_user(helene).outcome = "Yes"
        self.create_cooperation(user=self.marc, name="About her target").with_user(helene).description = "Mine"
        self.assertEqual(theirs.with_user(helene).name, "Marc's")
        for change in (
            lambda: theirs.with_user(helene).write({"name": "Hers"}),
            lambda: theirs.with_user(helene).unlink(),
            lambda: theirs.with_user(helene).write({"role_ids": [Command.create({"partner_id": self.partner.id})]}),
            lambda: (
                self.env["relationship.cooperation.role"]
                .with_user(helene)
                .create({"cooperation_id": theirs.id, "partner_id": self.partner.id})
            ),
            lambda: self.training.with_user(helene).write({"name": "Hers"}),
            lambda: self.kind.with_user(helene).unlink(),
            lambda: self.env["relationship.news"].with_user(helene).create({"name": "Hers"}),
        ):
            with self.assertRefused(AccessError):
                change()
        theirs.with_user(self.organiser).write({"name": "Ours"})
        for user in (self.outsider, self.env.ref("base.user_admin"), self.env.ref("base.public_user")):
            for record in (own, own.role_ids, self.training, self.kind):
                with self.assertRefused(AccessError):
                    record.with_user(user).read(["display_name"])

    def test_a_handover_takes_the_open_ones_along(self):
        with_target = self.create_cooperation()
        alone = self.create_cooperation(role_ids=False)
        closed = self.create_cooperation(stage="done", outcome="Good")
        wizard = (
            self.env["relationship.handover"]
            .with_user(self.organiser)
            .create({"from_member_id": self.helene_member.id, "to_member_id": self.marc_member.id})
        )
        wizard.action_apply()
        self.assertEqual((with_target | alone).user_id, self.marc)
        self.assertEqual(closed.user_id, self.helene)

    def test_handing_back_leaves_the_heir_his_own(self):
        marcs = self.create_target("Marc's", owner=self.marc)
        own = self.create_cooperation(user=self.marc, role_ids=[Command.create({"partner_id": marcs.id})])
        given = self.create_cooperation()
        wizard = self.env["relationship.handover"].with_user(self.organiser)
        wizard = wizard.create({"from_member_id": self.helene_member.id, "to_member_id": self.marc_member.id})
        wizard.action_apply()
        self.assertEqual((own | given).user_id, self.marc)
        back = self.env["relationship.handover"].browse(wizard.action_reverse()["res_id"]).with_user(self.organiser)
        back.action_apply()
        self.assertEqual(given.user_id, self.helene)
        self.assertEqual(own.user_id, self.marc)

    def test_a_line_is_not_moved_into_the_cooperation_of_a_stranger(self):
        mine = self.create_cooperation()
        theirs = self.create_cooperation(user=self.marc, role_ids=False)
        with self.assertRefused(AccessError):
            mine.role_ids.with_user(self.helene).cooperation_id = theirs
        with self.assertRefused(AccessError):
            self.env["relationship.cooperation.role"].with_user(self.helene).with_context(
                default_cooperation_id=theirs.id
            ).create({"partner_id": self.partner.id})

    def test_one_may_pass_on_what_concerns_ones_target(self):
        given = self.create_cooperation(user_id=self.marc.id)
        self.assertEqual(given.user_id, self.marc)
        other = self.create_cooperation(role_ids=False)
        mails = self.introduce(other)
        self.assertTrue(mails)
        third = self.create_cooperation(role_ids=False)
        third.write({"stage": "introduced", "destination_id": self.training.id, "user_id": self.marc.id})
        self.assertEqual(third.told_referent_id, self.referent)

    def test_who_comes_second_has_a_month_and_an_idea_again_was_not_introduced(self):
        cooperation = self.create_cooperation()
        self.introduce(cooperation)
        with freeze_time(TODAY + timedelta(days=29)):
            cooperation.referent_id = self.marc.partner_id
            cooperation.action_introduce()
            self.assertEqual(cooperation.date_introduced, TODAY + timedelta(days=29))
        cooperation.stage = "idea"
        self.assertFalse(cooperation.date_introduced or cooperation.told_referent_id)

    def test_nobody_is_introduced_who_objected(self):
        cooperation = self.create_cooperation()
        for partner in (self.referent, self.partner):
            partner.relationship_no_contact = True
            with self.assertRefused(ValidationError, "asked not to be contacted"):
                self.introduce(cooperation)
            partner.relationship_no_contact = False

    def get_objections(self):
        """Each way in which the referent may want no message: functions by name."""
        silent = self.env["res.partner"].create({"name": "Silent", "is_company": True, "relationship_no_contact": True})
        return {
            "person": lambda: self.referent.write({"relationship_no_contact": True}),
            "organisation": lambda: self.referent.write({"parent_id": silent.id}),
            "address": lambda: self.env["relationship.objection"]._remember([self.referent.email]),
        }

    def test_no_referent_is_written_to_who_objects_in_whatever_way(self):
        for way, objects in self.get_objections().items():
            with self.subTest(way), self.cr.savepoint() as savepoint:
                objects()
                cooperation = self.create_cooperation()
                with self.assertRefused(ValidationError, "Gabriel asked not to be contacted"):
                    self.introduce(cooperation)
                self.assertFalse(self._new_mails)
                cooperation.destination_id = self.training
                with self.assertRefused(ValidationError, "Gabriel asked not to be contacted"):
                    cooperation.action_introduce()
                savepoint.rollback()
                self.env.invalidate_all()

    def test_no_referent_who_objects_since_is_asked_what_came_of_it(self):
        for way, objects in self.get_objections().items():
            with self.subTest(way), self.cr.savepoint() as savepoint:
                cooperation = self.create_cooperation()
                self.assertTrue(self.introduce(cooperation))
                objects()
                with freeze_time(TODAY + timedelta(days=31)), self.mock_mail_gateway():
                    self.env.invalidate_all()
                    with patch.object(self.env.cr, "commit"):
                        self.env["relationship.cooperation"]._cron_ask_outcome()
                self.assertFalse(self._new_mails)
                self.assertFalse(cooperation.date_outcome_asked)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_an_organisation_whose_address_objects_is_introduced_to_nobody(self):
        self.partner.email = "hello@climat.example"
        self.env["relationship.objection"]._remember([self.partner.email])
        with self.assertRefused(ValidationError, "Réseau Climat asked not to be contacted"):
            self.introduce(self.create_cooperation())

    def test_who_can_be_told_nothing_is_not_said_to_be_told(self):
        for vals, why in (({"active": False}, "Gabriel is archived"), ({"email": False}, "Gabriel: no e-mail")):
            with self.subTest(why), self.cr.savepoint() as savepoint:
                self.referent.write(vals)
                cooperation = self.create_cooperation(destination_id=self.training.id, referent_id=self.referent.id)
                with self.assertRefused(ValidationError, why):
                    cooperation.action_introduce()
                self.assertEqual(cooperation.stage, "idea")
                self.assertFalse(cooperation.told_referent_id)
                later = self.create_cooperation(
                    stage="introduced", destination_id=self.training.id, referent_id=self.referent.id
                )
                with self.assertRefused(ValidationError, why):
                    later.action_introduce()
                savepoint.rollback()
                self.env.invalidate_all()

    def test_who_follows_it_and_is_the_referent_is_sent_nothing_and_nothing_is_said_to_leave(self):
        cooperation = self.create_cooperation(referent_id=self.helene.partner_id.id)
        self.assertFalse(self.introduce(cooperation))
        self.assertNotIn("on its way", "".join(cooperation.message_ids.mapped("body")))

    def test_a_stage_that_is_said_again_tells_nobody(self):
        cooperation = self.create_cooperation(stage="introduced", destination_id=self.training.id)
        self.env["ir.model.data"].create(
            {"module": "__import__", "name": "it", "model": cooperation._name, "res_id": cooperation.id}
        )
        cooperations = self.env["relationship.cooperation"].with_user(self.helene)
        with self.mock_mail_gateway():
            cooperation.write({"stage": "introduced", "description": "More"})
            result = cooperations.load(["id", "name", "stage"], [["__import__.it", "Again", "Introduced"]])
        self.assertEqual(result["ids"], cooperation.ids)
        self.assertFalse(self._new_mails)
        self.assertFalse(cooperation.told_referent_id)
        with self.mock_mail_gateway():
            cooperation.action_introduce()
        self.assertEqual(self._new_mails.recipient_ids, self.referent, "the button does")

    def test_a_draft_that_one_may_not_read_gives_nothing(self):
        draft = self.write_synthesis(self.partner)
        for change in (
            lambda: self.create_cooperation(user=self.marc, synthesis_id=draft.id),
            lambda: self.create_cooperation(user=self.marc, role_ids=False).write({"synthesis_id": draft.id}),
        ):
            with self.assertRefused(AccessError):
                change()

    def test_found_by_organisation_or_by_having_none(self):
        other = self.create_target("Other")
        both = self.create_cooperation(
            role_ids=[Command.create({"partner_id": partner.id}) for partner in self.partner | other]
        )
        alone = self.create_cooperation(role_ids=False)
        cooperations = self.env["relationship.cooperation"].with_user(self.marc)
        self.assertNotIn(both, cooperations.search([("partner_ids", "not in", other.ids)]))
        self.assertEqual(cooperations.search([("partner_ids", "=", False)]), alone)

    def test_the_reminder_tells_what_is_awaited(self):
        cooperation = self.create_cooperation()
        self.introduce(cooperation)
        with freeze_time(TODAY + timedelta(days=35)):
            self.env.invalidate_all()
            now = self.env.cr.now() + timedelta(days=35)
            digest = self.helene_member._get_digests(now)[self.helene_member]
            self.assertEqual(digest["outcomes"], cooperation)
            values = self.helene_member._prepare_reminder_values(digest)
        self.assertIn("1 outcome awaited", values["subject"])

    def test_the_table_of_roles_and_conditions_is_printed(self):
        cooperation = self.create_cooperation()
        cooperation.role_ids.conditions = "They lend the room"
        html, _type = (
            self.env["ir.actions.report"]
            .with_user(self.marc)
            ._render_qweb_html("shifters_relations.cooperation_report", cooperation.ids)
        )
        for words in (b"A course", "Réseau Climat".encode(), b"They lend the room", b"Partner"):
            self.assertIn(words, html)
