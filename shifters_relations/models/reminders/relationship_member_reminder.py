import json
from collections import defaultdict
from datetime import datetime, timedelta

import pytz
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import html2plaintext
from odoo.tools.mail import generate_tracking_message_id

from ...emails import split_emails
from ...tools import format_day
from ..memory.relationship_synthesis_mail import REMINDER_MARK

REMINDER_HORIZON = timedelta(days=7)
ESCALATE_TO_ORGANISER = timedelta(days=14)
ESCALATE_TO_PILOT = timedelta(days=30)
QUOTE_WORD_COUNT = 6
QUIET_HOUR = 22  # o'clock, where the member lives
# The mails of the morning that have not left.
REMINDER_MAIL_DOMAIN = [
    ("model", "=", "relationship.member"),
    ("message_type", "=", "email_outgoing"),
    ("state", "=", "exception"),
]
RHYTHMS = [("daily", "Every working day"), ("weekly", "Once a week"), ("never", "Never")]


class RelationshipMember(models.Model):
    """The morning's reminder of each member (C5), and to the organiser of what her pair is late with (T2).

    One grouped mail at most a day, none when nothing is due, never twice for the same day: the
    mail itself is the mark. It is committed before it is tried, and deleted once it has left.
    Where nothing can have left, as with the mail server down, the next run of the same day tries
    again. Where that cannot be known, after a kill, the next working day says the same, whatever
    the rhythm: who got nothing is not reminded yet.
    """

    _inherit = "relationship.member"  # pylint: disable=consider-merging-classes-inherited

    reminder_rhythm = fields.Selection(
        RHYTHMS,
        "Reminders",
        required=True,
        default="daily",
    )
    reminder_hour = fields.Integer("Reminder hour", required=True, default=8, help="From 0 to 23, in your time zone.")
    reminder_push = fields.Boolean("On the phone too", help="A notification that tells how many, and nothing else.")
    reminder_pause = fields.Date("No reminder until", help="The last day of the pause.")
    reminder_last = fields.Date("Last reminded", readonly=True, copy=False)

    _check_reminder_hour = models.Constraint("CHECK(reminder_hour BETWEEN 0 AND 23)", "The hour is from 0 to 23.")

    @api.model
    def _cron_remind(self, now=None):
        """Remind those whose hour has come, one transaction each; can be killed or run twice at once.

        :param datetime now: for tests, the time in UTC without time zone
        """
        now = now or datetime.utcnow()
        members = self.search([("is_current", "=", True), ("reminder_rhythm", "!=", "never")])
        members = members._filter_remindable(now)
        stuck = self.browse(members._get_unsent_reminders())
        members = self.browse(member.id for member in members._get_digests(now)) | stuck
        self.env["ir.cron"]._relationship_for_each(members, lambda member: member._remind_once(now))

    def _get_local_day(self, now):
        """Return the member's date at a time given in UTC."""
        return self._get_local_time(now).date()

    def _get_local_time(self, now):
        self.ensure_one()
        return pytz.utc.localize(now).astimezone(pytz.timezone(self.user_id.tz or "Europe/Paris"))

    def _filter_remindable(self, now):
        """Return those to remind now: their hour has come on a working day, once a day, unless they are on a pause.

        What is late does not ring at night: it waits for the next morning.
        """
        is_closed = self.env["relationship.closure"]._get_is_closed(self.user_id)
        unsent = self._get_unsent_reminders()

        def may_be_reminded(member):
            local = member._get_local_time(now)
            day = local.date()
            if not member.reminder_hour <= local.hour < max(QUIET_HOUR, member.reminder_hour + 1):
                return False
            if day.weekday() > 4 or is_closed[member.user_id.id](day):
                return False
            if member.reminder_pause and day <= member.reminder_pause:
                return False
            if not split_emails(member.user_id.email):
                return False
            mail = unsent.get(member.id)
            if mail and member.reminder_last == day:
                return mail._relationship_may_be_tried_again()
            is_weekly = member.reminder_rhythm == "weekly" and not mail
            since = day - timedelta(days=day.weekday()) if is_weekly else day
            return not (member.reminder_last and member.reminder_last >= since)

        return self.filtered(may_be_reminded)

    def _get_unsent_reminders(self):
        """Return the mails of the morning that have not left, by id of their member, in one query."""
        mails = self.env["mail.mail"].sudo().search([*REMINDER_MAIL_DOMAIN, ("res_id", "in", self.ids)], order="id")
        return {mail.res_id: mail for mail in mails}

    def _get_digests(self, now):
        """Return what to remind each member of, in a number of queries that does not depend on them.

        :return: dictionary by member of dictionaries: ``due``, ``soon``, ``pair``, ``team`` are
            renewals, ``promises`` activities, ``drafts`` syntheses, ``mails`` those
            that wait for their organisation, ``outcomes`` cooperations;
            members of whom nothing is due are left out
        """
        days = {member: member._get_local_day(now) for member in self}
        if not days:
            return {}
        latest = max(days.values())
        renewals = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("relationship_partner_id.relationship_stage", "=", "target"),
                    ("date_deadline", "<=", latest + REMINDER_HORIZON),
                ]
            )
        )
        by_user = renewals.grouped("user_id")
        drafts = (
            self.env["relationship.synthesis"]
            .sudo()
            .search(
                [
                    ("state", "=", "draft"),
                    ("author_id", "in", self.user_id.ids),
                    ("date", "<=", latest),
                    ("partner_id.active", "=", True),
                ]
            )
        )
        drafts = drafts.grouped("author_id")
        mails = self.env["relationship.logged.mail"].sudo().search([("user_id", "in", self.user_id.ids)])
        waiting = mails.grouped("user_id")
        promised = Domain("user_id", "in", self.user_id.ids) & Domain("date_deadline", "<=", latest + REMINDER_HORIZON)
        promised &= Domain("res_id", "not in", self._get_silent())
        promises = self.env["mail.activity"].sudo()._relationship_search_promises(promised).grouped("user_id")
        awaited = self._get_awaited_outcomes(self.user_id)
        words = self._get_last_words(renewals.relationship_partner_id)
        pairs = defaultdict(lambda: self.env["res.users"])
        for other in self.sudo().search([("is_current", "=", True), ("organiser_id", "in", self.ids)]):
            pairs[other.organiser_id.id] |= other.user_id
        digests = {}
        for member, day in days.items():
            user = member.user_id.sudo()
            own = by_user.get(user, renewals.browse())
            of_pair = renewals.browse().concat(
                *(by_user.get(other.sudo(), renewals.browse()) for other in pairs[member.id])
            )
            of_team = renewals - own if member.role == "pilot" else renewals.browse()
            lists = {
                "due": own.filtered(lambda renewal, day=day: renewal.date_deadline <= day),
                "soon": own.filtered(lambda renewal, day=day: day < renewal.date_deadline <= day + REMINDER_HORIZON),
                "pair": of_pair.filtered(lambda renewal, day=day: renewal.date_deadline < day - ESCALATE_TO_ORGANISER),
                "team": of_team.filtered(lambda renewal, day=day: renewal.date_deadline < day - ESCALATE_TO_PILOT),
            }
            lists["pair"] -= lists["team"]
            digest = {name: found.sorted("date_deadline") for name, found in lists.items()}
            digest["drafts"] = drafts.get(user, self.env["relationship.synthesis"])
            digest["mails"] = waiting.get(user, mails.browse())
            digest["promises"] = promises.get(user, renewals.browse())
            digest["outcomes"] = awaited.get(user.id, self.env["relationship.cooperation"])
            digest = member._filter_digest(digest)
            if any(digest.values()):
                digests[member] = {**digest, "day": day, "words": words}
        return digests

    def _filter_digest(self, digest):
        """Return what the member may read of her digest; another company's organisations may not be hers."""
        self.ensure_one()
        promises, outcomes = digest["promises"], digest["outcomes"]
        renewals = promises.browse().concat(*(digest[name] for name in ("due", "soon", "pair", "team")))
        of_promise = {promise: self.env["res.partner"].browse(promise.res_id) for promise in promises}
        partners = renewals.relationship_partner_id | digest["drafts"].partner_id | outcomes.role_ids.partner_id
        partners = partners.sudo().union(*of_promise.values())
        readable = partners._relationship_filter_readable(self.user_id)
        if readable == partners:
            return digest
        return {
            **{
                name: digest[name].filtered(lambda renewal: renewal.relationship_partner_id in readable)
                for name in ("due", "soon", "pair", "team")
            },
            "drafts": digest["drafts"].filtered(lambda draft: draft.partner_id in readable),
            "mails": digest["mails"],
            "promises": promises.filtered(lambda promise: of_promise[promise] in readable),
            "outcomes": outcomes.filtered(lambda outcome: outcome.role_ids.partner_id <= readable),
        }

    @api.model
    def _get_silent(self):
        """Return the query of those never to recall: archived, or to be left alone (G4)."""
        silent = Domain("relationship_no_contact", "=", True) | Domain("active", "=", False)
        theirs = Domain("commercial_partner_id", "any!", silent)
        return self.env["res.partner"].sudo().with_context(active_test=False)._search(silent | theirs)

    @api.model
    def _get_awaited_outcomes(self, users):
        """Return introductions that wait for their outcome, by id of the user who follows or received them."""
        cooperations = self.env["relationship.cooperation"].sudo()
        awaited = defaultdict(cooperations.browse)
        theirs = Domain("user_id", "in", users.ids) | Domain("referent_id", "in", users.partner_id.ids)
        for cooperation in cooperations.search(theirs & Domain("is_outcome_due", "=", True)):
            for user in (cooperation.user_id | cooperation.referent_id.user_ids) & users.sudo():
                awaited[user.id] |= cooperation
        return awaited

    @api.model
    def _get_last_words(self, partners):
        """Return the first words of the last synthesis of each organisation, by partner id."""
        syntheses = self.env["relationship.synthesis"].sudo()._get_last(partners)
        words = {}
        for synthesis in syntheses:
            text = html2plaintext(synthesis.summary or "", include_references=False).split()
            words[synthesis.partner_id.id] = " ".join(text[:QUOTE_WORD_COUNT]) + (
                "…" if len(text) > QUOTE_WORD_COUNT else ""
            )
        return words

    def _remind_once(self, now):
        """Write the mail, commit, then try to send it: whoever comes second finds it there."""
        self.ensure_one()
        mail = self._begin_to_remind(now)
        self.env.flush_all()
        self.env["ir.cron"]._commit_progress()
        if mail:
            mail.mark_outgoing()
            mail.send(auto_commit=False)

    def _begin_to_remind(self, now):
        """Return the mail that is to leave now, if any; it replaces one that could not leave before.

        It is no mail of Odoo's queue, which would try it again after a kill.
        """
        mails = self.env["mail.mail"].sudo()
        if not self.try_lock_for_update():
            return mails
        self.invalidate_recordset(["reminder_last"])
        user, day = self.user_id.sudo(), self._get_local_day(now)
        former = self._get_unsent_reminders().get(self.id, mails)
        if self.reminder_last and self.reminder_last >= day:
            if not former or not former._relationship_may_be_tried_again():
                return mails
            former.write({"failure_reason": False})  # who is at it at the same time begins again
            former.flush_recordset()
        former.unlink()
        me = self.with_context(lang=user.partner_id._relationship_get_lang(), tz=user.tz).sudo()
        digest = me._get_digests(now).get(self)
        if not digest:
            return mails
        values = {**me._prepare_reminder_values(digest), "company": user.company_id}
        if self.reminder_push and self.reminder_last != day:
            me._push_reminder(values["subject"])
        self.reminder_last = day
        return mails.create(
            {
                "subject": values["subject"],
                "body_html": me.env["ir.qweb"]._render("shifters_relations.reminder_mail", values, lang=me.env.lang),
                "email_to": user.email_formatted,
                "email_from": user.company_id.email_formatted or user.email_formatted,
                **self._prepare_reminder_reply(),
                "model": self._name,
                "res_id": self.id,
                "state": "exception",
                "auto_delete": True,
                "is_notification": False,
            }
        )

    def _prepare_reminder_reply(self):
        """Return how the morning's mail is answered: at the address that takes mails in, if there is one (P2)."""
        address = self._get_logging_address()
        if not address:
            return {}
        return {"reply_to": address, "message_id": generate_tracking_message_id(f"{REMINDER_MARK}-{self.id}")}

    def _prepare_reminder_values(self, digest):
        """Return what the template shows; texts in the language of the context."""
        self.ensure_one()
        day = digest["day"]
        overdue = digest["due"].filtered(lambda renewal: renewal.date_deadline < day)
        base_url = self.get_base_url()
        renewals = digest["due"] | digest["soon"] | digest["pair"] | digest["team"]
        partners = renewals.relationship_partner_id.with_user(self.user_id)._filtered_access("read")
        calls = {
            partner.id: {"call": partner.relationship_call_link, "called": partner.relationship_call_id.name}
            for partner in partners
        }
        begun = {draft.partner_id: f"{base_url}/odoo/syntheses/{draft.id}" for draft in digest["drafts"]}

        def quote(partner):
            words = digest["words"].get(partner.id)
            return self.env._("“%(words)s”", words=words) if words else False

        def line(renewal):
            partner = renewal.relationship_partner_id
            page = f"{base_url}/odoo/organisations/{partner.id}"
            return {
                "name": partner.name,
                "how": renewal.activity_type_id.name,
                "when": format_day(self.env, renewal.date_deadline, with_year=False),
                "who": partner.relationship_owner_id.name or "",
                "words": quote(partner),
                **calls.get(partner.id, {}),
                "open": page,
                "write": begun.get(partner, f"{page}/write/new"),
            }

        def lines(renewals):
            return [line(renewal) for renewal in renewals]

        return {
            "subject": self._get_reminder_subject(digest, overdue),
            "sections": [
                (self.env._("To do today"), lines(digest["due"] - overdue), False),
                (self.env._("Overdue"), lines(overdue), False),
                (self.env._("Within seven days"), lines(digest["soon"]), False),
                (self.env._("Your pair: overdue for more than two weeks"), lines(digest["pair"]), True),
                (self.env._("The team: overdue for more than a month"), lines(digest["team"]), True),
            ],
            "others": [
                (
                    self.env._("Promised, not done yet"),
                    [
                        {
                            "name": f"{promise.res_name}: {promise.summary or ''}",
                            "open": f"{base_url}/odoo/organisations/{promise.res_id}",
                        }
                        for promise in digest["promises"]
                    ],
                ),
                (
                    self.env._("Introductions whose outcome is awaited"),
                    [
                        {"name": outcome.name, "open": f"{base_url}/odoo/cooperations/{outcome.id}"}
                        for outcome in digest["outcomes"]
                    ],
                ),
                (
                    self.env._("Syntheses to finish"),
                    [
                        {"name": mail._say_waiting(), "open": f"{base_url}/odoo/mails-to-file/{mail.id}"}
                        for mail in digest["mails"]
                    ]
                    + [
                        {"name": draft.display_name, "open": f"{base_url}/odoo/syntheses/{draft.id}"}
                        for draft in digest["drafts"]
                    ],
                ),
                *self._get_more_lines(base_url),
            ],
            "logging": self._get_logging_address(),
            "portfolio": f"{base_url}/odoo/portfolio",
            "pause": f"{base_url}/odoo/my-reminders",
        }

    def _get_more_lines(self, base_url):
        """Return what else the mail tells the member, where an addon knows of it: titles and lines."""
        return []

    def _get_reminder_subject(self, digest, overdue):
        """Return how much there is, in a line: "2 contacts to make this week, 1 overdue"."""
        parts = []
        if count := len(digest["due"] - overdue) + len(digest["soon"]):
            parts.append(
                self.env._("%(count)s contacts to make this week", count=count)
                if count > 1
                else self.env._("1 contact to make this week")
            )
        if count := len(overdue):
            parts.append(self.env._("%(count)s overdue", count=count))
        if count := len(digest["drafts"]) + len(digest["mails"]):
            parts.append(
                self.env._("%(count)s syntheses to finish", count=count)
                if count > 1
                else self.env._("1 synthesis to finish")
            )
        if count := len(digest["promises"]):
            parts.append(
                self.env._("%(count)s promises to keep", count=count) if count > 1 else self.env._("1 promise to keep")
            )
        if count := len(digest["outcomes"]):
            parts.append(
                self.env._("%(count)s outcomes awaited", count=count) if count > 1 else self.env._("1 outcome awaited")
            )
        if not parts:
            count = len(digest["pair"]) + len(digest["team"])
            parts.append(self.env._("%(count)s overdue in the team", count=count))
        return ", ".join(parts)

    def _push_reminder(self, title):
        """Push one notification to the member's devices: the counts and nothing else."""
        partner = self.user_id.partner_id
        devices, _private_key, _public_key = self.env["mail.thread"]._web_push_get_partners_parameters(partner.ids)
        if not devices:
            return
        payload = {
            "title": title,
            "options": {
                "icon": "/shifters_relations/static/description/icon.png",
                "data": {"model": self._name, "res_id": self.id},
            },
        }
        self.env["mail.push"].sudo().create(
            [{"mail_push_device_id": device.id, "payload": json.dumps(payload)} for device in devices]
        )
        self.env.ref("mail.ir_cron_web_push_notification")._trigger()
