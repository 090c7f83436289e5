import logging
import random
import threading
import time
from collections import defaultdict
from datetime import timedelta
from functools import partial

import lxml.html
import psycopg2
import psycopg2.pool
import pytz
import vobject
from dateutil.relativedelta import relativedelta
from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.addons.shifters_relations.models.relationship_member import MEMBERS, ORGANISERS
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.modules.registry import Registry
from odoo.tools import SQL

from .event_invitation import HOLDING, KIND_DOMAINS

_logger = logging.getLogger(__name__)

# Events of this process whose seats are being given, and those that have more to be given.
_locks = defaultdict(threading.Lock)
_pending = set()

TRIES = 8
FIGURES = ("to_invite", "chosen", "invited", "failed", "answered", "coming", "guests", "waiting", "present", "thanked")


class EventEvent(models.Model):
    """A partner event: its invitations, told as facts, and the one next step (E1-E7)."""

    _inherit = "event.event"

    is_partner_event = fields.Boolean("Partner event")
    previous_edition_id = fields.Many2one(
        "event.event", "Previous edition", domain=[("is_partner_event", "=", True)], index="btree_not_null"
    )
    invitation_ids = fields.One2many("event.invitation", "event_id", "Invitations", groups=MEMBERS)
    partner_mailing_ids = fields.One2many("mailing.mailing", "partner_event_id", "Mailings", groups=ORGANISERS)
    guest_max = fields.Integer("Guests for each invitee", default=1)
    answer_until = fields.Datetime("Answers until", help="Empty: until the event begins.")
    host_ids = fields.Many2many("res.users", string="Hosts")
    to_invite_count = fields.Integer("To invite", compute="_compute_partner_figures", groups=MEMBERS)
    chosen_count = fields.Integer(compute="_compute_partner_figures", groups=MEMBERS)
    invited_count = fields.Integer(compute="_compute_partner_figures", groups=MEMBERS)
    failed_count = fields.Integer("Not delivered", compute="_compute_partner_figures", groups=MEMBERS)
    answered_count = fields.Integer(compute="_compute_partner_figures", groups=MEMBERS)
    coming_count = fields.Integer(compute="_compute_partner_figures", groups=MEMBERS)
    guests_count = fields.Integer("Guests coming", compute="_compute_partner_figures", groups=MEMBERS)
    waiting_count = fields.Integer(compute="_compute_partner_figures", groups=MEMBERS)
    present_count = fields.Integer(compute="_compute_partner_figures", groups=MEMBERS)
    thanked_count = fields.Integer(compute="_compute_partner_figures", groups=MEMBERS)
    next_step = fields.Selection(
        [
            ("audience", "Choose the audience"),
            ("invitation", "Prepare the invitation"),
            ("wait", "Wait for the answers"),
            ("change", "Tell what has changed"),
            ("reminder", "Remind those who did not answer"),
            ("practical", "Send the practical information"),
            ("check_in", "Welcome the guests"),
            ("synthesis", "Prepare the syntheses"),
            ("thanks", "Send the thanks"),
            ("next", "Prepare the next edition"),
        ],
        compute="_compute_partner_figures",
        groups=MEMBERS,
    )

    def _compute_event_mail_ids(self):
        """A partner event begins without Odoo's automatic mails: partners get what somebody means to send (U7)."""
        bare = self.filtered(lambda event: event.is_partner_event and not event.event_type_id)
        return super(EventEvent, self - bare)._compute_event_mail_ids()

    def _compute_partner_figures(self):
        """The funnel, in a number of queries that does not depend on the invitations."""
        figures = self._get_partner_figures()
        for event in self:
            own = figures.get(event.id, {})
            for name in FIGURES:
                event[f"{name}_count"] = own.get(name, 0)
            event.next_step = event.is_partner_event and event._get_next_step(own)

    def _get_partner_figures(self):
        """Counts by event id, read in two queries."""
        if not self.ids:
            return {}
        self.env["event.invitation"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                WITH trace AS (
                    SELECT trace.res_id AS invitation_id,
                           max(trace.create_date) AS latest,
                           bool_or(mailing.partner_event_kind IN ('thanks', 'absent')
                                   AND trace_status IN ('sent', 'open', 'reply')) AS thanked,
                           (array_agg(trace_status IN ('bounce', 'error', 'cancel')
                                      ORDER BY trace.id DESC))[1] AS failed
                      FROM mailing_trace AS trace
                      JOIN mailing_mailing AS mailing ON mailing.id = trace.mass_mailing_id
                     WHERE trace.model = 'event.invitation' AND mailing.partner_event_id IN %(events)s
                  GROUP BY trace.res_id
                )
                SELECT invitation.event_id,
                       count(*) FILTER (
                           WHERE state = 'draft'
                             AND (trace.failed IS NOT TRUE OR partner.write_date > trace.latest)
                       ) AS to_invite,
                       count(*) FILTER (WHERE state <> 'cancelled') AS chosen,
                       count(*) FILTER (WHERE last_mailed_on IS NOT NULL AND state <> 'cancelled') AS invited,
                       count(*) FILTER (WHERE trace.failed AND state <> 'cancelled') AS failed,
                       count(*) FILTER (WHERE answer IS NOT NULL) AS answered,
                       count(*) FILTER (WHERE state = 'accepted') AS coming,
                       coalesce(sum(guest_count) FILTER (WHERE state = 'accepted'), 0) AS guests,
                       count(*) FILTER (WHERE state = 'waiting') AS waiting,
                       coalesce(sum(present_count), 0) AS present,
                       count(*) FILTER (WHERE trace.thanked) AS thanked
                  FROM event_invitation AS invitation
                  JOIN res_partner AS partner ON partner.id = invitation.partner_id
                  LEFT JOIN trace ON trace.invitation_id = invitation.id
                 WHERE invitation.event_id IN %(events)s
              GROUP BY invitation.event_id
                """,
                events=tuple(self.ids),
            )
        )
        return {event_id: dict(zip(FIGURES, counts, strict=True)) for event_id, *counts in rows}

    def _get_next_step(self, figures):
        """The one thing to do next, derived from facts."""
        self.ensure_one()
        get = figures.get
        if not get("chosen"):
            return "audience"
        if any(mailing.state in ("in_queue", "sending") for mailing in self.sudo().partner_mailing_ids):
            return "wait"
        if self._is_cancelled():
            return "change" if self._reaches("change") else "wait"
        if self.date_end < fields.Datetime.now():
            return self._get_step_after(figures)
        if get("coming") and self._reaches("change"):
            return "change"
        closed = self._get_closed_reason()
        if get("to_invite") and not closed:
            return "invitation"
        today, first_day = (
            fields.Datetime.context_timestamp(self.with_context(tz=self.date_tz), moment).date()
            for moment in (fields.Datetime.now(), self.date_begin)
        )
        if today >= first_day:
            return "check_in"
        if today >= first_day - timedelta(days=7) and self._reaches("practical"):
            return "practical"
        return "reminder" if not closed and self._reaches("reminder") else "wait"

    def _get_step_after(self, figures):
        """The next thing to do once the event is over."""
        get = figures.get
        if not get("present") and not get("thanked"):
            return "check_in" if get("coming") else "next"
        if self._get_present_without_synthesis():
            return "synthesis"
        return "next" if get("thanked") else "thanks"

    def _reaches(self, kind):
        """Whether there is somebody whom a kind of mailing would reach."""
        return bool(self.env["event.invitation"].sudo().search_count(self._get_kind_domain(kind), limit=1))

    def _get_present_without_synthesis(self):
        """Invitations of people who were there, whose organisation has no synthesis of this event yet."""
        written = self.env["relationship.synthesis"].sudo().search([("event_id", "=", self.id)]).partner_id
        return self.invitation_ids.filtered(
            lambda each: each.organisation_id.is_company and each.organisation_id not in written and each.present_count
        )

    # What people who come were told

    def _get_facts(self):
        """When, where, and whether it takes place: what people must be told when it changes."""
        self.ensure_one()
        cancelled = " cancelled" if self._is_cancelled() else ""
        return f"{self.date_begin} {self.date_end} {self.address_id.id or ''}{cancelled}"

    def _get_untold_domain(self):
        """Who comes, or waits for a seat, and was told other facts; each one is told once."""
        return (
            Domain("event_id", "=", self.id)
            & Domain("state", "in", ["accepted", "waiting"])
            & Domain("known_facts", "not in", [self._get_facts(), False])
        )

    # Answers

    def _get_closed_reason(self):
        """Why nobody can answer any more, in a sentence; False while one can."""
        self.ensure_one()
        now = fields.Datetime.now()
        if self._is_cancelled():
            return self.env._("This event is cancelled.")
        if self.date_begin <= now:
            return self.env._("This event has begun: answers are closed.")
        if self.answer_until and self.answer_until <= now:
            return self.env._("Answers are closed. Write to us, we will see what can be done.")
        return False

    # Seats

    def _seat_soon(self):
        """Give seats once this transaction is committed; a job does, should the server end before."""
        for event in self.filtered("is_partner_event"):
            self.env.cr.postcommit.add(partial(self._seat_in_own_transaction, self.env.cr.dbname, event.id))

    @staticmethod
    def _seat_in_own_transaction(database, event_id):
        """Give seats in a transaction of its own, one at a time in this process.

        Who finds another at it leaves word that there is more to seat, and goes: a hundred answers
        at once hold one connection more, not a hundred.
        """
        key = (database, event_id)
        lock = _locks[key]
        _pending.add(key)
        while key in _pending and lock.acquire(blocking=False):
            try:
                while key in _pending:
                    _pending.discard(key)
                    EventEvent._seat_with_patience(database, event_id)
            finally:
                lock.release()

    @staticmethod
    def _seat_with_patience(database, event_id):
        """Try until the event's row is free; a new transaction for each try, since a snapshot grows old."""
        for attempt in range(TRIES):
            try:
                with Registry(database).cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    if env["event.event"].browse(event_id)._try_seat():
                        return
            except (psycopg2.OperationalError, psycopg2.pool.PoolError) as busy:
                _logger.info("Event %s is busy, its seats are given in a moment: %s", event_id, busy)
            time.sleep(random.uniform(0.02, 0.08) * (attempt + 1))
        _logger.warning("The seats of event %s are left to the job that gives them.", event_id)

    def _try_seat(self):
        """Lock this event, write it so that older snapshots fail, and give seats.

        :return: whether it was free to be locked
        """
        self.ensure_one()
        if not self.exists() or self._is_over_or_cancelled():
            return True
        if not self.try_lock_for_update():
            return False
        self._take_turn()
        self._seat_invitations()
        return True

    def _take_turn(self):
        """Write this event's row, so that whoever works on it at the same moment begins again with what is done."""
        self.env.cr.execute(
            "UPDATE event_event SET write_date = clock_timestamp() AT TIME ZONE 'UTC' WHERE id IN %s", [tuple(self.ids)]
        )

    @api.model
    def _cron_seat(self):
        """Seat what nobody seated: a server that was killed, or too many people at once."""
        answered = self.env["event.invitation"]._read_group(
            [("answer", "=", "yes"), ("state", "!=", "cancelled"), ("event_id.date_end", ">=", fields.Datetime.now())],
            ["event_id"],
        )
        events = self.union(*(event for (event,) in answered if event._has_to_seat()))
        events._in_turn(lambda event: event._try_seat())

    def _in_turn(self, act):
        """Do something for each of these events in a job, a transaction each.

        :param act: function of an event; where somebody else works on it, or it fails, the next run does
            what is left and the other events go on
        """
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(self))
        for event in self:
            event._unless_busy(act)
            if not progress(1):
                return

    def _unless_busy(self, act):
        try:
            act(self)
            self.env.flush_all()
        except Exception as error:
            self.env.cr.rollback()
            self.env.transaction.clear()
            if isinstance(error, psycopg2.OperationalError):
                _logger.info("Somebody works on event %s: %s", self.id, error)
            else:
                _logger.exception("Event %s is left as it was; the others go on.", self.id)

    def _get_queue(self):
        """Who answered yes and has not exactly the seats asked for.

        First those who give seats back, then those who wait, in the order of answers; who sits and
        wants one more seat comes after them.
        """
        self.ensure_one()
        self.env["event.invitation"].flush_model(["event_id", "answer", "state", "guest_count", "answer_number"])
        self.env["event.registration"].flush_model(["state", "invitation_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT invitation.id
                  FROM event_invitation AS invitation
            CROSS JOIN LATERAL (
                       SELECT count(*) AS held
                         FROM event_registration AS seat
                        WHERE seat.invitation_id = invitation.id AND seat.state IN %s
                       ) AS seats
                 WHERE event_id = %s AND answer = 'yes' AND state <> 'cancelled'
                   AND (state <> 'accepted' OR coalesce(guest_count, 0) + 1 <> held)
              ORDER BY state = 'accepted' AND held > coalesce(guest_count, 0) + 1 DESC,
                       state = 'accepted',
                       answer_number
                """,
                HOLDING,
                self.id,
            )
        )
        return self.env["event.invitation"].browse(invitation_id for (invitation_id,) in rows)

    def _is_over_or_cancelled(self):
        """Whether nobody gets a seat any more, nor a mail that says so."""
        self.ensure_one()
        return self._is_cancelled() or self.date_begin <= fields.Datetime.now()

    def _is_cancelled(self):
        """Whether it does not take place: cancelled, or archived."""
        self.ensure_one()
        return self.kanban_state == "cancel" or not self.active

    def _has_to_seat(self):
        """Whether giving seats would change anything."""
        if self._is_over_or_cancelled():
            return False
        queue = self._get_queue()
        waiting = queue.filtered(lambda invitation: invitation.state == "waiting")
        free = self._get_free_seats()
        return queue != waiting or any(free is None or 1 + first.guest_count <= free for first in waiting[:1])

    def _get_free_seats(self):
        """How many seats are free, counted in the database; None without a limit."""
        self.ensure_one()
        if not self.seats_limited or not self.seats_max:
            return None
        taken = self.env["event.registration"].search_count([("event_id", "=", self.id), ("state", "in", HOLDING)])
        return max(self.seats_max - taken, 0)

    def _seat_invitations(self):
        """Give seats in the order of answers: who does not fit waits whole, and nobody overtakes (E4)."""
        self.ensure_one()
        queue = self._get_queue()
        free = self._get_free_seats()
        is_full, seats, promoted = False, [], self.env["event.invitation"]
        for invitation in queue:
            held = invitation._get_held()
            missing = 1 + invitation.guest_count - held
            if held and missing < 0:
                spare = invitation.registration_ids.filtered(lambda seat: seat.state == "open").sorted("id")[missing:]
                spare.action_cancel()
                free = None if free is None else free + len(spare)
            elif missing and not is_full and (free is None or missing <= free):
                seats += invitation._prepare_seats(missing)
                promoted |= invitation.filtered(lambda each: each.state == "waiting")
                free = None if free is None else free - missing
            elif held:
                invitation.guest_count = held - 1  # no room for more guests: the seats held are kept
            else:
                is_full = True
            state = "waiting" if missing > 0 and not held and is_full else "accepted"
            if invitation.state != state:
                invitation.state = state
        self.env["event.registration"].create(seats)
        promoted._send_promotion()

    def write(self, vals):
        result = super().write(vals)
        if {"seats_max", "seats_limited", "guest_max"} & vals.keys():
            self._seat_soon()
        return result

    # What organisers do

    def _check_organiser(self):
        if not (self.env.su or self.env.user.has_group(ORGANISERS)):
            raise AccessError(self.env._("Partner events are the organisers' work."))

    def action_next_step(self):
        """Do, or open, the next step."""
        self.ensure_one()
        self._check_organiser()
        step = self.next_step
        if step == "audience":
            return self.action_choose_audience()
        if step == "next":
            return self.action_prepare_next_edition()
        if step == "synthesis":
            return self.action_prepare_syntheses()
        if step == "check_in":
            return self.action_open_registrations()
        if step == "thanks":
            self.action_prepare_mailing("absent")
        return self.action_prepare_mailing(step if step != "wait" else "reminder")

    def action_choose_audience(self):
        """Open the choice of whom to invite."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Choose the audience"),
            "res_model": "event.audience",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_event_id": self.id, "dialog_size": "extra-large"},
        }

    def action_open_registrations(self):
        """Open the seats, to check people in."""
        action = self.env["ir.actions.act_window"]._for_xml_id("event.event_registration_action_kanban")
        context = {"default_event_id": self.id, "is_registration_desk_view": True}
        return {**action, "domain": [("event_id", "=", self.id)], "context": context}

    def action_open_invitations(self):
        """Open the invitations, by answer; members propose people of their own organisations there."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations_events.event_invitation_action")
        context = {"search_default_group_by_state": 1, "default_event_id": self.id}
        return {**action, "domain": [("event_id", "in", self.ids)], "context": context}

    def action_compare_editions(self):
        """The answers and the attendance of this edition beside those of all others."""
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations_events.event_invitation_action")
        return {
            **action,
            "name": self.env._("Editions compared"),
            "views": [(False, "graph"), (False, "pivot"), (False, "list")],
            "domain": [("event_id.is_partner_event", "=", True), ("state", "!=", "cancelled")],
            "context": {},
        }

    def action_prepare_mailing(self, kind="invitation"):
        """Open the mailings of a kind that have not left yet: one in each language of those they reach.

        They are written and ready to be changed, from the texts of the previous edition when it has some (E7).

        :param str kind: one of the kinds of :class:`mailing.mailing`
        :raise AccessError: the user is no organiser
        """
        self.ensure_one()
        self._check_organiser()
        drafts = self.partner_mailing_ids.filtered(
            lambda mailing: mailing.partner_event_kind == kind and mailing.state == "draft"
        )
        drafts._refresh_partner_event()
        missing = self._get_languages(kind) - set(drafts.mapped("partner_event_lang"))
        drafts |= self.env["mailing.mailing"].create(
            [self._prepare_mailing(kind, language) for language in sorted(missing)]
        )
        action = {"type": "ir.actions.act_window", "res_model": "mailing.mailing", "name": self.env._("Mailings")}
        if len(drafts) == 1:
            return {**action, "res_id": drafts.id, "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", drafts.ids)], "views": [(False, "list"), (False, "form")]}

    def _get_default_language(self):
        """The language written to those who have none that is installed."""
        installed = dict(self.env["res.lang"].get_installed())
        wanted = (self.company_id.partner_id.lang, self.env.user.lang, *installed)
        return next(code for code in wanted if code in installed)

    def _get_languages(self, kind):
        """The languages of the people whom a kind of mailing reaches."""
        installed = dict(self.env["res.lang"].get_installed())
        reached = self.env["event.invitation"].search(self._get_kind_domain(kind)).partner_id
        default = self._get_default_language()
        return {code if code in installed else default for code in reached.mapped("lang")} or {default}

    def _get_kind_domain(self, kind, language=None):
        """The invitations that a kind of mailing reaches now.

        Nobody for whom such a mail is on its way; practical information, thanks and the word to the
        absent nobody twice; nobody to be invited or reminded of what does not take place.
        """
        if kind in ("invitation", "reminder", "practical") and self._is_cancelled():
            return Domain.FALSE
        if kind in ("invitation", "reminder") and self._get_closed_reason():
            return Domain.FALSE
        return self._get_audience_domain(kind, language) & Domain("id", "not in", self._get_mailed(kind).ids)

    def _get_audience_domain(self, kind, language=None):
        """Who a kind of mailing is for, in one language or in all: what its form shows."""
        self.ensure_one()
        domain = self._get_untold_domain() if kind == "change" else Domain(KIND_DOMAINS[kind])
        domain &= Domain("event_id", "=", self.id)
        others = {code for code, _name in self.env["res.lang"].get_installed()} - {language}
        if not language or not others:
            return domain
        if language == self._get_default_language():
            return domain & Domain("partner_id.lang", "not in", sorted(others))
        return domain & Domain("partner_id.lang", "=", language)

    def _get_mailed(self, kind):
        """The invitations that a mail of this kind is leaving for, or has left for where once is enough."""
        statuses = ["outgoing", "process", "pending"]
        if kind in ("practical", "thanks", "absent"):
            statuses += ["sent", "open", "reply"]
        domain = [
            ("mass_mailing_id.partner_event_id", "=", self.id),
            ("mass_mailing_id.partner_event_kind", "=", kind),
            ("model", "=", "event.invitation"),
            ("trace_status", "in", statuses),
        ]
        traces = self.env["mailing.trace"].sudo().search(domain)
        return self.env["event.invitation"].browse(traces.mapped("res_id"))

    def _prepare_mailing(self, kind, language):
        """The values of a mailing, written in a language."""
        event = self.with_context(lang=language)
        body = event.env["ir.qweb"]._render(f"shifters_relations_events.{kind}_body", {"event": event}, lang=language)
        subject = event._get_mailing_subject(kind)
        former = self.previous_edition_id.partner_mailing_ids.filtered(
            lambda mailing: (mailing.partner_event_kind, mailing.partner_event_lang) == (kind, language)
        ).sorted("id")[-1:]
        if former and kind != "change":  # what changed then is not what changes now
            body = event._put_facts(former.body_arch or former.body_html)
            subject = former.subject.replace(event.previous_edition_id.name, event.name)
        return {
            "partner_event_id": self.id,
            "partner_event_kind": kind,
            "partner_event_lang": language,
            "partner_event_facts": self._get_facts(),
            "subject": subject,
            "mailing_model_id": self.env["ir.model"]._get_id("event.invitation"),
            "mailing_domain": repr(list(self._get_audience_domain(kind, language))),
            "email_from": self._get_sender(),
            "body_arch": body,
            "body_html": body,
            "reply_to_mode": "new",
        }

    def _put_facts(self, body):
        """A mailing's text with the name, date and place that are true now.

        :param str body: HTML whose part of class ``o_partner_event_facts`` is replaced
        """
        text = lxml.html.fromstring(str(body))
        facts = self.env["ir.qweb"]._render(
            "shifters_relations_events.mailing_facts", {"event": self}, lang=self.env.lang
        )
        for former in text.find_class("o_partner_event_facts"):
            former.getparent().replace(former, lxml.html.fromstring(str(facts)))
        return lxml.html.tostring(text, encoding="unicode")

    def _get_sender(self):
        """The address that the event's mails leave from.

        :raise UserError: nobody has one
        """
        sources = (self.organizer_id, self.company_id, self.env.user)
        address = next((source.email_formatted for source in sources if source.email), False)
        if not address:
            raise UserError(self.env._("Note an e-mail address on the organisation that sends, or on the company."))
        return address

    def _get_mailing_subject(self, kind):
        return {
            "invitation": self.env._("You are invited: %(event)s", event=self.name),
            "reminder": self.env._("Will you join us? %(event)s", event=self.name),
            "practical": self.env._("%(event)s: how to come", event=self.name),
            "change": (
                self.env._("Cancelled: %(event)s", event=self.name)
                if self._is_cancelled()
                else self.env._("New date or place: %(event)s", event=self.name)
            ),
            "thanks": self.env._("Thank you for coming: %(event)s", event=self.name),
            "absent": self.env._("We missed you: %(event)s", event=self.name),
        }[kind]

    def action_prepare_syntheses(self):
        """One draft synthesis for each organisation that was there, for its contact owner (E6)."""
        self.ensure_one()
        self._check_organiser()
        self._prepare_syntheses()
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations.relationship_synthesis_action")
        return {**action, "domain": [("event_id", "=", self.id)]}

    @api.model
    def _cron_prepare_syntheses(self):
        """The day after, what is to be written shows in the owners' reminders without anybody's click (E6)."""
        now = fields.Datetime.now()
        over = [("is_partner_event", "=", True), ("date_end", "<", now), ("date_end", ">", now - timedelta(days=60))]
        self.search(over)._in_turn(lambda event: event._prepare_syntheses())

    def _prepare_syntheses(self):
        """Make the drafts that are missing, also when two people ask for them at once."""
        self.ensure_one()
        self._take_turn()
        day = fields.Datetime.context_timestamp(self.with_context(tz=self.date_tz), self.date_begin).date()
        self.env["relationship.synthesis"].sudo().create(
            [
                {
                    "partner_id": organisation.id,
                    "event_id": self.id,
                    "author_id": (organisation.sudo().relationship_owner_id or self.user_id or self.env.user).id,
                    "date": day,
                    "channel": "event",
                    "participant_ids": [Command.set((invitations.partner_id - organisation).ids)],
                }
                for organisation, invitations in self._get_present_without_synthesis()
                .grouped("organisation_id")
                .items()
            ]
        )

    def action_prepare_next_edition(self):
        """Begin next year's edition from this one: audience and texts, nothing sent (E7)."""
        self.ensure_one()
        self._check_organiser()
        following = self.search([("previous_edition_id", "=", self.id)], limit=1) or self._create_next_edition()
        return {
            "type": "ir.actions.act_window",
            "res_model": "event.event",
            "res_id": following.id,
            "views": [(self.env.ref("shifters_relations_events.event_event_view_form").id, "form")],
        }

    def _create_next_edition(self):
        """The same a year later: its audience, its tasks, and nothing sent."""
        year = relativedelta(years=1)
        following = self.copy(
            {
                "name": self.name,
                "date_begin": self.date_begin + year,
                "date_end": self.date_end + year,
                "answer_until": self.answer_until and self.answer_until + year,
                "previous_edition_id": self.id,
            }
        )
        self.env["event.invitation"].create(
            [
                {"event_id": following.id, "partner_id": invitation.partner_id.id}
                for invitation in self.invitation_ids
                if invitation.state != "cancelled" and invitation.partner_id.active and not invitation._is_objecting()
            ]
        )
        following._take_tasks(self)
        return following

    def _take_tasks(self, former):
        """Plan the activities of the former edition again, done ones too, as long before this one."""
        self.ensure_one()
        later = self.date_begin - former.date_begin
        activities = self.env["mail.activity"].with_context(active_test=False)
        tasks = activities.search([("res_model", "=", self._name), ("res_id", "=", former.id)])
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": task.res_model_id.id,
                    "res_id": self.id,
                    "activity_type_id": task.activity_type_id.id,
                    "summary": task.summary,
                    "note": task.note,
                    "user_id": task.user_id.filtered("active").id or self.env.uid,
                    "date_deadline": task.date_deadline + later,
                }
                for task in tasks
            ]
        )

    # For the answer page

    def _get_partner_ics(self, invitation):
        """The event as a calendar file; the same UID each time, so that a calendar updates its entry.

        :rtype: bytes
        """
        self.ensure_one()
        calendar = vobject.iCalendar()
        entry = calendar.add("vevent")
        zone = pytz.timezone(self.date_tz or "Europe/Paris")
        entry.add("uid").value = f"partner-event-{self.id}-{invitation.id}"
        entry.add("dtstamp").value = pytz.utc.localize(self.write_date)
        entry.add("sequence").value = str(int(pytz.utc.localize(self.write_date).timestamp()))
        entry.add("dtstart").value = pytz.utc.localize(self.date_begin).astimezone(zone)
        entry.add("dtend").value = pytz.utc.localize(self.date_end).astimezone(zone)
        entry.add("summary").value = self.name
        entry.add("status").value = "CANCELLED" if self._is_cancelled() else "CONFIRMED"
        if self.address_id:
            entry.add("location").value = self.address_inline or ""
        return calendar.serialize().encode()
