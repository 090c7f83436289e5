from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestCheck(RelationshipCase):
    """What is always true, who may look, and what the daily job mends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.env.ref("base.user_admin")
        cls.admin.relationship_member_ids.unlink()
        cls.partner = cls.create_target()
        cls.synthesis = cls.meet(cls.partner, days_ago=30)
        cls.env.company.email = "team@example.org"
        cls.env.flush_all()

    def broken(self):
        """The ids that break an invariant, by the first words of its sentence."""
        self.env.flush_all()
        self.env.invalidate_all()
        checks = self.env["relationship.check"].with_user(self.pilot).with_context(lang="en_US")
        lines = checks.search(checks.action_run()["domain"])
        self.assertGreater(len(lines), 8)
        return {line.sentence: line.record_ids for line in lines if line.count}

    def damage(self, statement, *values):
        """Change rows behind Odoo's back."""
        self.env.flush_all()
        self.env.cr.execute(statement, values)
        self.env.invalidate_all()

    def assertBroken(self, words, records):
        """One line is broken, by these records."""
        [(sentence, ids)] = self.broken().items()
        self.assertIn(words, sentence)
        self.assertEqual(ids, records.ids)

    def run_the_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("shifters_relations.cron_repair").method_direct_trigger()

    def test_a_team_at_work_breaks_nothing(self):
        self.create_target("Paused").relationship_stage = "paused"
        self.create_target("Archived").active = False
        self.create_target("Objects").relationship_no_contact = True
        self.renewal_of(self.create_target("Later")).with_user(self.helene).action_no_answer()
        self.synthesis.with_user(self.organiser).action_reopen()
        self.assertFalse(self.broken())

    def test_our_own_organisation_that_was_followed_before_is_seen(self):
        candidate = self.env["res.partner"].create(
            {"name": "Ours once", "is_company": True, "relationship_stage": "candidate"}
        )
        self.damage("UPDATE res_company SET partner_id = %s WHERE id = %s", candidate.id, self.env.company.id)
        self.assertBroken("Our own organisation", candidate)

    def test_an_owner_without_access_to_the_company_is_refused_and_seen(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere", "email": "elsewhere@example.org"})
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": elsewhere.id})
        with self.assertRefused(ValidationError, "Elsewhere, where Hélène has no access"):
            self.partner.company_id = elsewhere
        self.helene.company_ids |= branch
        self.partner.company_id = elsewhere
        self.assertFalse(self.broken(), "a branch reads what belongs to the company above")
        self.helene.company_ids -= branch
        self.assertBroken("The owner of each target may read it", self.partner)

    def test_what_cannot_leave_is_seen(self):
        self.env.company.email = False
        self.assertBroken("The company has an e-mail address", self.env.company)
        self.env.company.email = "team@example.org"
        self.marc.email = "none"
        self.assertBroken("Each member of the team has an e-mail address", self.marc_member)
        self.marc.email = "marc@example.org"
        values = {"state": "exception", "failure_reason": "down", "body_html": "<p>Hello</p>"}
        mails = self.env["mail.mail"].create(
            [
                {**values, "model": "relationship.member", "res_id": self.helene_member.id},
                {**values, "model": "relationship.cooperation", "res_id": 1},
                {**values, "model": "res.country", "res_id": 1},
            ]
        )
        self.damage("UPDATE mail_mail SET create_date = '2026-03-10 23:00:00' WHERE id = ANY(%s)", mails.ids)
        broken = self.broken()
        self.assertEqual(len(broken), 2)
        for (sentence, ids), (words, record) in zip(
            broken.items(), (("The morning's mails", self.helene_member), ("Mails of the team", mails[1])), strict=True
        ):
            self.assertIn(words, sentence)
            self.assertEqual(ids, record.ids)
        mails[1]._cron_relationship_retry()
        self.assertEqual(mails.mapped("state"), ["exception", "outgoing", "exception"], "only ours is tried again")

    def test_what_has_one_right_answer_is_seen_and_mended(self):
        other = self.create_target("Other")
        for words, record, statement, values in (
            (
                "planned, once",
                self.partner,
                "DELETE FROM mail_activity WHERE relationship_partner_id = %s AND active",
                [],
            ),
            ("is no target", other, "UPDATE res_partner SET relationship_stage = 'paused' WHERE id = %s", []),
            (
                "in charge",
                self.partner,
                "UPDATE mail_activity SET user_id = NULL WHERE relationship_partner_id = %s AND active",
                [],
            ),
            (
                "in charge",
                self.partner,
                "UPDATE mail_activity SET user_id = %s WHERE relationship_partner_id = %s AND active",
                [self.marc.id],
            ),
            (
                "its planned contact",
                self.partner,
                "UPDATE res_partner SET relationship_next_contact_date = '2020-01-01' WHERE id = %s",
                [],
            ),
            (
                "its validated contacts",
                self.partner,
                "UPDATE res_partner SET relationship_synthesis_count = 7 WHERE id = %s",
                [],
            ),
            (
                "access of the role",
                self.helene_member,
                "UPDATE relationship_member SET date_end = %s WHERE id = %s",
                [TODAY - timedelta(days=1)],
            ),
        ):
            with self.subTest(words):
                self.damage(statement, *values, record.id)
                self.assertIn((True, record.ids), [(words in sentence, ids) for sentence, ids in self.broken().items()])
                self.run_the_job()
                self.assertFalse([sentence for sentence in self.broken() if words in sentence])
        self.assertFalse(self.helene.has_group("shifters_relations.group_contact"))
        self.assertFalse(self.renewal_of(other))

    def test_an_appointment_that_is_off_or_moved_behind_is_seen_and_mended(self):
        event = self.plan_meeting(self.renewal_of(self.partner), "2026-06-03")
        self.assertFalse(self.broken())
        for statement, day in (
            ("UPDATE calendar_event SET start = start + interval '2 days' WHERE id = %s", "2026-06-05"),
            ("UPDATE calendar_attendee SET state = 'declined' WHERE event_id = %s", "2026-09-01"),
            ("UPDATE calendar_attendee SET state = 'accepted' WHERE event_id = %s", "2026-06-05"),
            ("UPDATE calendar_event SET active = FALSE WHERE id = %s", "2026-09-01"),
        ):
            with self.subTest(statement):
                self.damage(statement, event.id)
                self.assertBroken("A next contact that is an appointment", self.partner)
                self.run_the_job()
                self.assertFalse(self.broken())
                self.assertNextContact(self.partner, day)

    def test_one_that_cannot_be_mended_keeps_no_other_from_it(self):
        self.damage("DELETE FROM res_groups_users_rel WHERE uid = %s", self.helene.id)
        self.damage(
            "INSERT INTO res_groups_users_rel (gid, uid) VALUES (%s, %s)",
            self.env.ref("base.group_portal").id,
            self.helene.id,
        )
        self.damage(
            "UPDATE relationship_member SET date_end = %s WHERE id = %s", TODAY - timedelta(days=1), self.marc_member.id
        )
        with self.assertLogs("odoo.addons.shifters_relations.models.team.ir_cron", "ERROR") as told:
            self.run_the_job()
        self.assertIn(f"has failed with relationship.member({self.helene_member.id},)", told.output[-1])
        self.assertBroken("access of the role", self.helene_member)
        self.assertFalse(self.marc.has_group("shifters_relations.group_contact"))
        self.assertTrue(self.env.ref("shifters_relations.cron_repair").active)

    def test_what_a_person_decides_is_told_and_left(self):
        renewal = self.renewal_of(self.partner)
        stranger = self.create_target("Stranger")
        for words, record, statement, values in (
            ("its own organisation", renewal, "UPDATE mail_activity SET res_id = %s WHERE id = %s", [stranger.id]),
            (
                "open no more",
                self.synthesis,
                "UPDATE relationship_synthesis SET activity_id = %s WHERE id = %s",
                [renewal.id],
            ),
            (
                "answers a planned contact",
                self.synthesis,
                "UPDATE relationship_synthesis SET activity_id = %s WHERE id = %s",
                [self.renewal_of(stranger).id],
            ),
            (
                "handed over",
                self.partner,
                "UPDATE res_partner SET relationship_owner_id = %s WHERE id = %s",
                [self.outsider.id],
            ),
            (
                "without being a member",
                self.outsider,
                "INSERT INTO res_groups_users_rel (gid, uid) VALUES (%s, %s)",
                [self.env.ref("shifters_relations.group_contact").id],
            ),
        ):
            with self.subTest(words), self.cr.savepoint() as savepoint:
                self.damage(statement, *values, record.id)
                seen = [
                    (words.replace("handed", "hand the portfolio") in sentence, ids)
                    for sentence, ids in self.broken().items()
                ]
                self.assertIn((True, record.ids), seen)
                with self.assertLogs(
                    "odoo.addons.shifters_relations.models.integrity.relationship_check", "WARNING"
                ) as told:
                    self.run_the_job()
                self.assertIn(str(record.ids), "".join(told.output))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_an_administrator_outside_the_team_sees_ids_and_opens_no_synthesis(self):
        self.damage(
            "UPDATE relationship_synthesis SET activity_id = %s WHERE id = %s",
            self.renewal_of(self.partner).id,
            self.synthesis.id,
        )
        checks = self.env["relationship.check"].with_user(self.admin)
        [line] = checks.search(checks.action_run()["domain"]).filtered("count")
        self.assertEqual(line.records, str(self.synthesis.id))
        self.assertFalse(line.can_open)
        self.assertTrue(line.with_user(self.pilot).can_open)
        self.assertEqual(line.with_user(self.pilot).action_open()["domain"], [("id", "in", self.synthesis.ids)])

    def test_nobody_else_may_look(self):
        for user in (self.helene, self.organiser, self.outsider):
            with self.assertRefused(AccessError):
                self.env["relationship.check"].with_user(user).action_run()

    def test_looking_costs_the_same_whatever_is_broken(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["relationship.check"]._find()
            return self.env.cr.sql_log_count - before

        count()
        clean = count()
        for number in range(40):
            self.create_target(f"Target {number}")
        self.damage("DELETE FROM mail_activity WHERE relationship_partner_id IS NOT NULL")
        self.assertEqual(count(), clean)
