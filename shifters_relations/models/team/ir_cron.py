import logging
from datetime import timedelta

from markupsafe import Markup
from odoo import SUPERUSER_ID, api, fields, models
from odoo.addons.base.models.ir_cron import CompletionStatus
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import html_sanitize

_logger = logging.getLogger(__name__)

MAX_FAILURES = 20  # named in one activity
# Odoo's own jobs that our mails and notifications need.
SENDING_JOBS = frozenset({"mail.ir_cron_mail_scheduler_action", "mail.ir_cron_web_push_notification"})


class IrCron(models.Model):
    """What fails in a job of ours reaches a person, not the log alone.

    It is an activity of the pilot, of an administrator where nobody leads: which job, which record,
    and where to find them. Each job has one at most that is open, which says what fails more; once it
    is done, another comes the next day at the earliest. It is written in a transaction of its own,
    after what failed was rolled back; the scheduler runs a job in one server at a time.
    """

    _inherit = "ir.cron"

    @api.model
    def _relationship_get_reported_jobs(self):
        """Return the names of other addons' jobs whose failure is ours to know: a hook."""
        return SENDING_JOBS

    def _relationship_is_reported(self):
        """Return whether the pilot is notified that this job fails."""
        name = self.get_external_id()[self.id]
        return name.startswith("shifters_relations") or name in self._relationship_get_reported_jobs()

    def _callback(self, cron_name, server_action_id):
        try:
            return super()._callback(cron_name, server_action_id)
        except Exception as error:
            if self._relationship_is_reported():
                self._relationship_report(error)
            raise

    @api.model
    def _update_failure_count(self, job, status):
        """Extend core: a job that was stopped, for its time or its user's account, has failed too."""
        result = super()._update_failure_count(job, status)
        failed = self.browse(job["id"])
        if status == CompletionStatus.FAILED and failed._relationship_is_reported():
            failed._relationship_report()
        return result

    @api.model
    def _relationship_for_each(self, records, act):
        """Do something for each record in a job, a transaction each.

        :param act: function of a record, that returns False where somebody else works on it. The scheduler
            comes back to that one soon; to one that fails at the next run; the others go on
        """
        self._commit_progress(remaining=len(records))
        for record in records:
            is_free = True
            try:
                is_free = act(record) is not False
                self.env.flush_all()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
                self.env.cr.rollback()
                _logger.info("Somebody works on %s: %s", record, error)
                is_free = False
            except Exception as error:
                self.env.cr.rollback()
                self._relationship_note_failure(error, record)
            if not self._commit_progress(int(is_free)):
                return

    @api.model
    def _relationship_note_failure(self, error, records):
        """Say in the log, and to the pilot when it is a job, that something failed with some records.

        What they were changed to is rolled back already.
        """
        _logger.error("A job has failed with %s; the others go on.", records, exc_info=error)
        if job := self.browse(self.env.context.get("cron_id")):
            job._relationship_report(error, records)

    def _relationship_report(self, error=None, records=None):
        """Notify a person that this job fails; where that fails too, the log has it.

        :param error: the exception, None where the job was stopped, which is said unless more is said already
        :param records: with which it failed, the whole job otherwise
        """
        try:
            with self.env.registry.cursor() as cr:
                self.with_env(api.Environment(cr, SUPERUSER_ID, {}))._relationship_write_report(error, records)
        except Exception:
            _logger.exception("Nobody was notified that the job %s fails.", self.id)

    def _relationship_write_report(self, error, records):
        user = self._relationship_get_reader()
        me = self.with_context(lang=user.partner_id._relationship_get_lang(), tz=user.tz)
        link = f'/odoo/{self._name}/{self.id}"'
        mine = [("user_id", "=", user.id), ("automated", "=", True), ("note", "ilike", link)]
        activities = me.env["mail.activity"].with_context(active_test=False)
        last = activities.search(mine, order="id desc", limit=1)
        line = me._relationship_prepare_failure(error, records)
        if not last.active:
            today = fields.Date.context_today(me)
            activities.create(
                {
                    "activity_type_id": me.env.ref("mail.mail_activity_data_warning").id,
                    "automated": True,
                    "date_deadline": max(today, last.date_deadline + timedelta(days=1)) if last else today,
                    "note": Markup("<p>%s</p>") % me._relationship_prepare_link(self) + line,
                    "summary": me.env._("A scheduled job fails: %(job)s", job=me.name),
                    "user_id": user.id,
                }
            )
        elif error and html_sanitize(line) not in last.note and last.note.count("<p>") <= MAX_FAILURES:
            last.note += line

    def _relationship_prepare_failure(self, error, records):
        """Return a line on what failed. An error's own words may be anybody's data, unless meant for people."""
        if not error:
            what = self.env._("It was stopped before its end.")
        elif isinstance(error, UserError) and not isinstance(error, AccessError):
            what = str(error)
        else:
            what = type(error.__cause__ or error.__context__ or error).__name__
        if not records:
            return Markup("<p>%s</p>") % what
        links = [self._relationship_prepare_link(record) for record in records[:MAX_FAILURES]]
        return Markup("<p>%s %s</p>") % (Markup(", ").join(links), what)

    @api.model
    def _relationship_prepare_link(self, record):
        """Return a link to a record that says nothing of it: whatever reads it may be what failed."""
        model = self.env["ir.model"]._get(record._name).name
        address = f"{self.get_base_url()}/odoo/{record._name}/{record.id}"
        return Markup('<a href="%s">%s %s</a>') % (address, model, record.id)

    @api.model
    def _relationship_get_reader(self):
        """Return the user who is notified: the pilot, otherwise an administrator."""
        pilots = [("role", "=", "pilot"), ("is_current", "=", True), ("user_id.active", "=", True)]
        if pilot := self.env["relationship.member"].search(pilots, limit=1).user_id:
            return pilot
        administrators = [("all_group_ids", "in", self.env.ref("base.group_system").ids)]
        return self.env["res.users"].search(administrators, order="id", limit=1)
