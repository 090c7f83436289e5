import logging
from dataclasses import dataclass
from datetime import timedelta

import psycopg2
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from ...emails import split_emails
from ...groups import PILOTS, ROLE_GROUPS
from ..loop.res_partner import BATCH
from ..reminders.relationship_member_reminder import REMINDER_MAIL_DOMAIN

_logger = logging.getLogger(__name__)

MAX_TRIES = 5
MAX_SHOWN = 20  # ids
SENDING_PERIOD = timedelta(minutes=30)

IS_TARGET = SQL(
    "partner.active AND partner.relationship_stage = 'target' AND partner.relationship_no_contact IS NOT TRUE"
)
RENEWAL = SQL("LEFT JOIN mail_activity AS renewal ON renewal.relationship_partner_id = partner.id AND renewal.active")


@dataclass(frozen=True)
class Invariant:
    """Something that is always true of the data.

    :param str sentence: what is true, in words
    :param str model: of the records that may break it
    :param SQL broken: query of their ids
    :param str mend: method of that model that puts them right, safe to call twice; None where a person decides
    """

    sentence: str
    model: str
    broken: SQL
    mend: str | None = None


class RelationshipCheck(models.TransientModel):
    """What must be true of the data whatever happened: servers killed, rows changed by hand, two people at once.

    A line for each invariant, with the number of records that break it. Who administers the
    database or leads the team looks at them; the daily job mends what has one right answer and
    logs the rest. What the database guarantees by itself (at most one open renewal for an
    organisation, one invitation for a person) is not asked again. One query each, of ids alone:
    nothing that anybody wrote is read.
    """

    _name = "relationship.check"
    _description = "Check of the Data"
    _rec_name = "sentence"

    sentence = fields.Char("What must be true", readonly=True)
    model = fields.Char(readonly=True)
    count = fields.Integer("Exceptions", readonly=True)
    record_ids = fields.Json(readonly=True)
    records = fields.Char(compute="_compute_records", help="The identifiers of the records concerned.")
    can_open = fields.Boolean(compute="_compute_records")

    @api.depends("record_ids", "model")
    @api.depends_context("uid")
    def _compute_records(self):
        for check in self:
            ids = check.record_ids or []
            check.records = ", ".join(map(str, ids[:MAX_SHOWN])) + (", …" if len(ids) > MAX_SHOWN else "")
            check.can_open = bool(ids) and self.env[check.model].has_access("read")

    @api.model
    def _check_may_look(self):
        if not (self.env.su or any(map(self.env.user.has_group, ("base.group_system", PILOTS)))):
            raise AccessError(self.env._("The pilot and the settings administrators check the data."))

    @api.model
    def action_run(self):
        """Look now, and show a line for each invariant.

        :raise AccessError: the user neither leads the team nor administers the database
        """
        self._check_may_look()
        lines = self.sudo().create(
            [
                {"sentence": invariant.sentence, "model": invariant.model, "count": len(ids), "record_ids": ids}
                for invariant, ids in self._find()
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check of the data"),
            "res_model": self._name,
            "views": [(False, "list")],
            "domain": [("id", "in", lines.ids)],
        }

    def action_open(self):
        """Open the records that break an invariant, for who may read them."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.sentence,
            "res_model": self.model,
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.record_ids)],
            "context": {"active_test": False},
        }

    # The daily job

    @api.model
    def _mend(self):
        """Put right what has one right answer, a batch a transaction; tell the log what is left.

        It may be killed anywhere, and run in two servers at once.
        """
        progress = self.env["ir.cron"]._commit_progress
        self.env["relationship.privacy"]._note_database()
        found = self._find()
        to_mend = [(invariant, ids) for invariant, ids in found if invariant.mend and ids]
        progress(remaining=sum(len(ids) for _invariant, ids in to_mend))
        for invariant, ids in to_mend:
            for batch in split_every(BATCH, ids):
                self._mend_batch(invariant, batch)
                if not progress(len(batch)):
                    return
        for invariant, ids in self._find() if to_mend else found:
            if ids:
                _logger.warning(
                    "%s Not so for %s %s: %s", invariant.sentence, len(ids), invariant.model, ids[:MAX_SHOWN]
                )

    @api.model
    def _mend_batch(self, invariant, ids):
        """Put some records right; where somebody changes the same ones, look again at what that has left.

        Where one cannot be mended the others are, each tried alone.
        """
        try:
            if any(self._try_to_mend(invariant, ids) for _attempt in range(MAX_TRIES)):
                return
            _logger.warning("Somebody works on %s %s all the time.", invariant.model, ids[:MAX_SHOWN])
        except Exception as error:
            self.env.cr.rollback()  # the others go on from what the database has
            if len(ids) == 1:
                self.env["ir.cron"]._relationship_note_failure(error, self.env[invariant.model].browse(ids))
        for record_id in ids if len(ids) > 1 else ():
            self._mend_batch(invariant, [record_id])
            if not self.env["ir.cron"]._commit_progress():
                return

    @api.model
    def _try_to_mend(self, invariant, ids):
        """Mend in a transaction that sees what others have done.

        :return: whether nobody else was at it
        """
        try:
            records = self.env[invariant.model].sudo().browse(ids).exists()
            getattr(records, invariant.mend)()
            self.env.flush_all()
        except (psycopg2.IntegrityError, psycopg2.OperationalError) as busy:
            self.env.cr.rollback()  # the others go on from what the database has
            _logger.info("Somebody works on the same records: %s", busy)
            return False
        return True

    @api.model
    def _find(self):
        """Find what breaks each invariant, with a query each.

        :return: list of (:class:`Invariant`, ids)
        """
        self.env.flush_all()
        return [
            (invariant, [record_id for (record_id,) in self.env.execute_query(invariant.broken)])
            for invariant in self._get_invariants()
        ]

    # What is true

    @api.model
    def _get_invariants(self):
        """Return everything that must be true; an addon adds its own."""
        return [
            *self._get_loop_invariants(),
            *self._get_memory_invariants(),
            *self._get_team_invariants(),
            *self._get_mail_invariants(),
            *self._get_privacy_invariants(),
            Invariant(
                self.env._("The agenda of a committee's meeting that has begun is kept as it was."),
                "calendar.event",
                SQL(
                    """
                    SELECT id
                      FROM calendar_event
                     WHERE relationship_committee_id IS NOT NULL
                       AND active
                       AND relationship_agenda_is_final IS NOT TRUE
                       AND start <= %s
                    """,
                    fields.Datetime.now(),
                ),
                "_relationship_keep_agenda",
            ),
            Invariant(
                self.env._(
                    "A long list that is being brought in goes on: otherwise, the scheduled actions do not run."
                ),
                "relationship.import",
                self.env["relationship.import"]._get_stuck_query(),
                "_go_on_again",
            ),
        ]

    @api.model
    def _get_loop_invariants(self):
        """Return what must be true of what comes: targets and their renewals."""
        sync = "_relationship_sync_renewals"
        return [
            Invariant(
                self.env._("Each target has its next contact planned, once."),
                "res.partner",
                SQL(
                    "SELECT partner.id FROM res_partner AS partner %s WHERE %s AND renewal.id IS NULL",
                    RENEWAL,
                    IS_TARGET,
                ),
                sync,
            ),
            Invariant(
                self.env._("Nothing is planned with an organisation that is no target, or wants no contact."),
                "res.partner",
                SQL(
                    """
                    SELECT partner.id
                      FROM res_partner AS partner %s
                     WHERE renewal.id IS NOT NULL AND (%s) IS NOT TRUE
                    """,
                    RENEWAL,
                    IS_TARGET,
                ),
                sync,
            ),
            Invariant(
                self.env._("The owner of an organisation is in charge of its next contact."),
                "res.partner",
                SQL(
                    """
                    SELECT partner.id
                      FROM res_partner AS partner %s
                      JOIN (%s) AS current ON current.user_id = partner.relationship_owner_id
                     WHERE renewal.id IS NOT NULL AND renewal.user_id IS DISTINCT FROM partner.relationship_owner_id
                    """,
                    RENEWAL,
                    self.env["relationship.member"]._get_current_query("user_id"),
                ),
                sync,
            ),
            Invariant(
                self.env._("The next contact is an activity on its own organisation."),
                "mail.activity",
                SQL(
                    """
                    SELECT id
                      FROM mail_activity
                     WHERE relationship_partner_id IS NOT NULL
                       AND active
                       AND (res_model, res_id) IS DISTINCT FROM ('res.partner', relationship_partner_id)
                    """
                ),
            ),
            Invariant(
                self.env._("An organisation tells the date and the channel of its planned contact."),
                "res.partner",
                SQL(
                    """
                    SELECT partner.id
                      FROM res_partner AS partner %s
                      LEFT JOIN mail_activity_type AS type ON type.id = renewal.activity_type_id
                     WHERE (renewal.id IS NOT NULL OR partner.relationship_next_contact_date IS NOT NULL)
                       AND (partner.relationship_next_contact_date, partner.relationship_next_channel,
                            coalesce(partner.relationship_attempt_count, 0))
                           IS DISTINCT FROM
                           (renewal.date_deadline, type.relationship_channel,
                            coalesce(renewal.relationship_attempt_count, 0))
                    """,
                    RENEWAL,
                ),
                "_relationship_derive",
            ),
            Invariant(
                self.env._("A next contact that is an appointment is on the day of a meeting that takes place."),
                "res.partner",
                SQL(
                    "SELECT unnest(%s::int[])",
                    self.env["mail.activity"].sudo()._relationship_find_off_appointment().relationship_partner_id.ids,
                ),
                "_relationship_take_meetings",
            ),
            Invariant(
                self.env._("Our own organisation is followed by nobody."), "res.partner", self._get_own_followed()
            ),
        ]

    @api.model
    def _get_own_followed(self):
        """Return the query of partners that are ours and have a stage all the same, archived ones too."""
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        domain = partners._relationship_get_own_domain() & Domain("relationship_stage", "!=", False)
        return partners._search(domain).select()

    @api.model
    def _get_memory_invariants(self):
        """Return what must be true of what was: validated syntheses."""
        return [
            Invariant(
                self.env._("An organisation tells the date, the channel and the number of its validated contacts."),
                "res.partner",
                SQL(
                    """
                    SELECT partner.id
                      FROM res_partner AS partner
                      LEFT JOIN (
                           SELECT DISTINCT ON (partner_id)
                                  partner_id, date, channel, count(*) OVER (PARTITION BY partner_id) AS contacts
                             FROM relationship_synthesis
                            WHERE state = 'done'
                         ORDER BY partner_id, date DESC, id DESC
                           ) AS last ON last.partner_id = partner.id
                     WHERE (last.partner_id IS NOT NULL OR partner.relationship_last_contact_date IS NOT NULL)
                       AND (partner.relationship_last_contact_date, partner.relationship_last_channel,
                            coalesce(partner.relationship_synthesis_count, 0))
                           IS DISTINCT FROM (last.date, last.channel, coalesce(last.contacts, 0))
                    """
                ),
                "_relationship_derive",
            ),
            Invariant(
                self.env._("A planned contact whose synthesis is validated is open no more."),
                "relationship.synthesis",
                SQL(
                    """
                    SELECT synthesis.id
                      FROM relationship_synthesis AS synthesis
                      JOIN mail_activity AS renewal ON renewal.id = synthesis.activity_id AND renewal.active
                     WHERE synthesis.state = 'done'
                    """
                ),
            ),
            Invariant(
                self.env._("A synthesis answers a planned contact of its own organisation."),
                "relationship.synthesis",
                SQL(
                    """
                    SELECT synthesis.id
                      FROM relationship_synthesis AS synthesis
                      JOIN mail_activity AS renewal ON renewal.id = synthesis.activity_id
                     WHERE renewal.relationship_partner_id IS DISTINCT FROM synthesis.partner_id
                    """
                ),
            ),
        ]

    @api.model
    def _get_team_invariants(self):
        """Return what must be true of who keeps the contacts, and who has access."""
        current = self.env["relationship.member"]._get_current_query("user_id", "role")
        groups = {role: self.env.ref(group).id for role, group in ROLE_GROUPS.items()}
        of_role = SQL(", ").join(SQL("(%s, %s)", role, group_id) for role, group_id in groups.items())
        return [
            Invariant(
                self.env._("The owner of each target is in the team today: otherwise, hand the portfolio over."),
                "res.partner",
                SQL(
                    """
                    SELECT partner.id
                      FROM res_partner AS partner
                     WHERE %s AND NOT EXISTS (
                           SELECT FROM (%s) AS current WHERE current.user_id = partner.relationship_owner_id
                           )
                    """,
                    IS_TARGET,
                    current,
                ),
            ),
            Invariant(
                self.env._("The owner of each target may read it: otherwise, choose another owner."),
                "res.partner",
                SQL(
                    """
                    SELECT partner.id
                      FROM res_partner AS partner
                      JOIN res_company AS company ON company.id = partner.company_id
                     WHERE %s
                       AND partner.partner_share
                       AND partner.relationship_owner_id IS NOT NULL
                       AND NOT EXISTS (
                           SELECT
                             FROM res_company_users_rel AS access
                             JOIN res_company AS given ON given.id = access.cid
                            WHERE access.user_id = partner.relationship_owner_id
                              AND starts_with(given.parent_path, company.parent_path)
                           )
                    """,
                    IS_TARGET,
                ),
            ),
            Invariant(
                self.env._("A member has the access of the role, and none any more after the last day."),
                "relationship.member",
                SQL(
                    """
                    WITH current AS (%s), group_of (role, group_id) AS (VALUES %s)
                    SELECT member.id
                      FROM relationship_member AS member
                      LEFT JOIN current ON current.user_id = member.user_id
                     WHERE ARRAY(
                               SELECT gid FROM res_groups_users_rel AS access
                                WHERE access.uid = member.user_id AND gid IN (SELECT group_id FROM group_of)
                           )
                           IS DISTINCT FROM
                           ARRAY(SELECT group_id FROM group_of WHERE role = current.role)
                       AND NOT (
                           -- who leads keeps the access until somebody else does
                           member.role = 'pilot' AND NOT EXISTS (SELECT FROM current WHERE role = 'pilot')
                           )
                    """,
                    current,
                    of_role,
                ),
                "_sync_access",
            ),
            Invariant(
                self.env._("Somebody leads the team: otherwise, name a pilot."),
                "relationship.member",
                SQL(
                    """
                    WITH current AS (%s)
                    SELECT id
                      FROM relationship_member
                     WHERE active AND role = 'pilot' AND NOT EXISTS (SELECT FROM current WHERE role = 'pilot')
                    """,
                    current,
                ),
            ),
            Invariant(
                self.env._("Nobody has access without being a member: otherwise, take the role from the user's form."),
                "res.users",
                SQL(
                    """
                    SELECT DISTINCT uid
                      FROM res_groups_users_rel
                     WHERE gid IN %s
                       AND NOT EXISTS (SELECT FROM relationship_member WHERE user_id = uid)
                    """,
                    tuple(groups.values()),
                ),
            ),
        ]

    @api.model
    def _get_mail_invariants(self):
        """Return what must be true of mails: they leave, with a sender and an address, within the hour."""
        members = self.env["relationship.member"].sudo()
        current = members.search([("is_current", "=", True)])
        mails = self.env["mail.mail"].sudo()
        waited = Domain("create_date", "<", fields.Datetime.now() - SENDING_PERIOD)
        reminders = mails.search(Domain(REMINDER_MAIL_DOMAIN) & waited)
        unsent = mails.search(mails._relationship_get_unsent_domain() & ~Domain(REMINDER_MAIL_DOMAIN) & waited)
        nameless = current.user_id.company_id.filtered(lambda company: not split_emails(company.email))
        unreached = current.filtered(lambda member: not split_emails(member.user_id.email))
        return [
            Invariant(sentence, records._name, SQL("SELECT unnest(%s::int[])", records.ids))
            for sentence, records in (
                (self.env._("The company has an e-mail address: mails leave from it."), nameless),
                (self.env._("Each member of the team has an e-mail address."), unreached),
                (
                    self.env._("The morning's mails have left: otherwise, see the addresses and the mail server."),
                    members.browse(reminders.mapped("res_id")),
                ),
                (self.env._("Mails of the team have left: otherwise, see the reason on each mail."), unsent),
            )
        ]
