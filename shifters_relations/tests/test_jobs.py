from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext, mute_logger
from psycopg2.errors import SerializationFailure

from .common import TODAY, RelationshipCase

LOGGERS = ("odoo.addons.base.models.ir_cron", "odoo.addons.shifters_relations.models.team.ir_cron")


@tagged("post_install", "-at_install")
class TestJobs(RelationshipCase):
    """What fails in a job reaches the pilot: once a day at most, with what failed and where it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["relationship.member"].search([("role", "=", "pilot"), ("user_id", "!=", cls.pilot.id)]).unlink()
        cls.job = cls.env.ref("shifters_relations.cron_ask_outcome")
        cls.everybody = cls.env["mail.activity"].with_context(active_test=False)

    def run_job(self, job=None, day=TODAY):
        with freeze_time(day), mute_logger(*LOGGERS), self.enter_registry_test_mode():
            (job or self.job).method_direct_trigger()
        self.env.invalidate_all()

    def stop_with(self, error, job=None, day=TODAY):
        """Run a job whose code raises."""
        cooperations = type(self.env["relationship.cooperation"])
        with patch.object(cooperations, "_cron_ask_outcome", side_effect=error):
            self.run_job(job, day)

    def get_told(self, user=None, job=None):
        """What a user was told of a job, the last first."""
        link = f'/odoo/ir.cron/{(job or self.job).id}"'
        mine = [("user_id", "=", (user or self.pilot).id), ("note", "ilike", link)]
        return self.everybody.search(mine, order="id desc")

    def create_awaited(self):
        """Two introductions whose outcome is to be asked for."""
        referent = self.env["res.partner"].create({"name": "Ada", "email": "ada@example.org"})
        destination = self.env["relationship.destination"].create({"name": "Group", "referent_id": referent.id})
        return self.env["relationship.cooperation"].create(
            [
                {
                    "name": name,
                    "kind_id": self.env["relationship.cooperation.kind"].search([], limit=1).id,
                    "destination_id": destination.id,
                    "referent_id": referent.id,
                    "told_referent_id": referent.id,
                    "user_id": self.helene.id,
                    "stage": "introduced",
                    "date_introduced": TODAY - timedelta(days=40),
                }
                for name in ("A talk", "A film")
            ]
        )

    def test_a_job_that_stops_is_told_though_all_it_did_is_rolled_back(self):
        target = self.create_target()

        def work_then_fail(_jobs):
            target.name = "Half done"
            self.env.flush_all()
            raise ZeroDivisionError("secret words of a synthesis")

        cooperations = type(self.env["relationship.cooperation"])
        with patch.object(cooperations, "_cron_ask_outcome", work_then_fail):
            self.run_job()
        self.assertNotEqual(target.name, "Half done")
        told = self.get_told()
        self.assertEqual(told.summary, "A scheduled job fails: Relations: ask what came of introductions")
        self.assertIn("ZeroDivisionError", told.note)
        self.assertNotIn("secret", told.note)
        self.assertEqual((told.date_deadline, told.active), (TODAY, True))
        self.assertFalse(told.relationship_partner_id, "it is no renewal")
        self.assertEqual(told.with_user(self.pilot)._filtered_access("write"), told, "she can mark it done")
        told.with_user(self.pilot).action_done()

    def test_an_error_whose_words_are_for_people_is_told_in_them(self):
        self.stop_with(UserError("Name a sender <first>"))
        self.assertIn("Name a sender <first>", html2plaintext(self.get_told().note))
        self.stop_with(AccessError("Nobody may read what Ada said"))
        self.assertIn("AccessError", self.get_told().note)
        self.assertNotIn("Ada", self.get_told().note)

    def test_one_record_that_fails_is_named_by_its_address_and_the_others_go_on(self):
        talk, film = self.create_awaited()
        send = type(talk)._send_to_referent

        def fail(cooperation, *args):
            if cooperation == talk:
                raise ValueError("A bad talk")
            return send(cooperation, *args)

        with patch.object(type(talk), "_send_to_referent", fail):
            self.run_job()
        self.assertEqual((talk.date_outcome_asked, film.date_outcome_asked), (False, TODAY))
        told = self.get_told()
        self.assertEqual(len(told), 1)
        self.assertIn(f'/odoo/relationship.cooperation/{talk.id}"', told.note)
        self.assertIn("ValueError", told.note)
        self.assertNotIn("A talk", told.note, "nothing is read of what fails")

    def test_the_scheduler_comes_back_to_what_somebody_else_works_on(self):
        talk, film = self.create_awaited()
        ask, busy = type(talk)._ask_outcome_once, [SerializationFailure(), False]

        def ask_later(cooperation):
            if cooperation == talk and busy:
                if isinstance(found := busy.pop(0), Exception):
                    raise found
                return found
            return ask(cooperation)

        with patch.object(type(talk), "_ask_outcome_once", ask_later):
            self.run_job()
            self.assertEqual((talk.date_outcome_asked, film.date_outcome_asked, busy), (False, TODAY, []))
            self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", self.job.id)]), "soon")
            self.run_job()
        self.assertEqual((talk.date_outcome_asked, film.date_outcome_asked), (TODAY, TODAY))
        self.assertFalse(self.get_told(), "it is no failure")

    def test_it_is_told_once_and_again_the_next_day_at_the_earliest(self):
        for _run in range(3):
            self.stop_with(ValueError)
        self.stop_with(KeyError)
        told = self.get_told()
        self.assertEqual(len(told), 1)
        self.assertEqual([told.note.count(error) for error in ("ValueError", "KeyError")], [1, 1])
        self.stop_with(ValueError, day=TODAY + timedelta(days=1))
        self.assertEqual(self.get_told(), told, "it is open still")
        told.with_user(self.pilot).action_done()
        for _run in range(2):
            self.stop_with(ValueError)
        again = self.get_told() - told
        self.assertEqual(again.date_deadline, TODAY + timedelta(days=1))
        again.with_user(self.pilot).action_done()
        self.stop_with(ValueError, day=TODAY + timedelta(days=9))
        self.assertEqual(self.get_told()[0].date_deadline, TODAY + timedelta(days=9))

    def test_it_is_told_in_the_language_of_who_reads_it(self):
        self.pilot.lang = "fr_FR"
        self.stop_with(ValueError)
        french = self.job.with_context(lang="fr_FR").name
        self.assertIn("demander l'issue des mises en relation", french)
        self.assertEqual(self.get_told().summary, f"Une tâche planifiée échoue\u00a0: {french}")

    def test_where_nobody_leads_an_administrator_is_told(self):
        self.env.cr.execute("UPDATE relationship_member SET role = 'contact' WHERE role = 'pilot'")
        self.env.invalidate_all()
        self.stop_with(ValueError)
        self.assertFalse(self.get_told())
        self.assertTrue(
            self.get_told(self.env["ir.cron"]._relationship_get_reader()).user_id.has_group("base.group_system")
        )

    def test_a_job_that_was_killed_again_and_again_is_told(self):
        progress = {"cron_id": self.job.id, "timed_out_counter": 3, "done": 0, "remaining": 1}
        self.env["ir.cron.progress"].create(progress)
        with mute_logger(*LOGGERS), self.enter_registry_test_mode():
            job = self.job._acquire_one_job(self.env.cr, self.job.id, include_not_ready=True)
            self.job._process_job(self.env.cr, job)
        self.env.invalidate_all()
        self.assertIn("stopped before its end", self.get_told().note)

    def test_jobs_of_others_are_theirs_but_those_that_send_our_mails(self):
        other = self.env.ref("mail.ir_cron_delete_notification")
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        for job in (other, queue):
            job.code = "raise ValueError()"
            self.run_job(job)
        self.assertFalse(self.get_told(job=other))
        self.assertEqual(len(self.get_told(job=queue)), 1)

    def test_every_job_of_ours_is_reported(self):
        data = self.env["ir.model.data"].search([("model", "=", "ir.cron"), ("module", "=like", "shifters_relations%")])
        jobs = self.env["ir.cron"].browse(data.mapped("res_id"))
        self.assertGreater(len(jobs), 6)
        self.assertTrue(all(job._relationship_is_reported() for job in jobs))

    def test_what_cannot_be_told_hides_no_failure(self):
        reader = patch.object(type(self.job), "_relationship_get_reader", side_effect=KeyError("nobody"))
        fails = patch.object(type(self.env["relationship.cooperation"]), "_cron_ask_outcome", side_effect=ValueError)
        log, quiet = self.assertLogs(LOGGERS[1], "ERROR"), mute_logger(LOGGERS[0])
        with reader, fails, log, quiet, self.enter_registry_test_mode():
            self.job.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.job.failure_count, 1)
