from datetime import datetime, time, timedelta

import pytz
import vobject
from odoo import api, fields, models
from odoo.addons.shifters_relations.groups import MEMBERS, ORGANISERS
from odoo.addons.shifters_relations.models.privacy.mail_mail import RETRY_PERIOD
from odoo.addons.shifters_relations.names import Name
from odoo.addons.shifters_relations.tools import in_some_language, take_defaults, take_turn, without_defaults
from odoo.exceptions import AccessError
from odoo.fields import Date
from odoo.tools import SQL

from .event_event_dates import MOMENTS
from .event_event_facts import FACT_FIELDS

# Whether there is another address than the one that the last mail was for.
IS_CORRECTED = SQL(
    "(coalesce(partner.email_normalized, '') <> ''"
    " AND trace.email NOT IN (partner.email_normalized, coalesce(partner.email, '')))"
)
FIGURES = (
    "to_invite",
    "chosen",
    "invited",
    "failed",
    "answered",
    "coming",
    "guests",
    "waiting",
    "present",
    "thanked",
    "missed",
)


class EventEvent(models.Model):
    """A partner event: its invitations, told as facts, and the one next step (E1-E7)."""

    _inherit = "event.event"

    name = Name()

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
    missed_count = fields.Integer("Absent, written to", compute="_compute_partner_figures", groups=MEMBERS)
    next_step = fields.Selection(
        [
            ("audience", "Choose the audience"),
            ("invitation", "Prepare the invitation"),
            ("wait", "Wait for the answers"),
            ("change", "Announce what has changed"),
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

    @api.model
    def default_get(self, fields):
        """Extend core: a partner event is proposed in two months, with a place, and not in the next half hour."""
        values = super().default_get(fields)
        if self.env.context.get("default_is_partner_event"):
            zone = pytz.timezone(self.env.user.tz or "Europe/Paris")
            nobody = self.env["res.users"]  # a day on which everybody works
            day = nobody._relationship_get_open_day(Date.context_today(self) + timedelta(days=60))
            begin = zone.localize(datetime.combine(day, time(18))).astimezone(pytz.utc).replace(tzinfo=None)
            proposed = {"date_begin": begin, "date_end": begin + timedelta(hours=3), "address_id": False}
            values |= {name: value for name, value in proposed.items() if name in fields}
        return values

    @api.model_create_multi
    def create(self, vals_list):
        model = self
        if "default_is_partner_event" in self.env.context:
            model, vals_list = take_defaults(self, vals_list)
        events = super(EventEvent, model).create(vals_list).with_env(self.env)
        events._relationship_round_moments()
        events._relationship_remember_places()
        if any(events.mapped("is_partner_event")):
            self.env["relationship.member"]._note_calendars()
        return events

    def write(self, vals):
        events = without_defaults(self) if "default_is_partner_event" in self.env.context else self
        deadlines = events._relationship_get_moved_deadlines(vals)
        concerned = self.filtered("is_partner_event") if FACT_FIELDS & vals.keys() else self.browse()
        with concerned._relationship_following_facts():
            result = super(EventEvent, events).write(vals)
            for event, deadline in deadlines.items():
                if event.answer_until != deadline:
                    super(EventEvent, event).write({"answer_until": deadline})
            if {*MOMENTS, "is_partner_event"} & vals.keys():
                self._relationship_round_moments()
        if {"address_id", "is_partner_event"} & vals.keys():
            self._relationship_remember_places()
        if {"kanban_state", "active", "date_begin"} & vals.keys():
            concerned._relationship_seat_soon()
        if {"seats_max", "seats_limited", "guest_max"} & vals.keys():
            self._relationship_seat_soon()
        return result

    def _compute_event_mail_ids(self):
        """Begin a partner event without Odoo's automatic mails: somebody means what partners get (U7)."""
        bare = self.filtered(lambda event: event.is_partner_event and not event.event_type_id)
        return super(EventEvent, self - bare)._compute_event_mail_ids()

    def _compute_partner_figures(self):
        """Compute the funnel, in a number of queries that does not depend on the invitations."""
        figures = self._relationship_get_partner_figures()
        for event in self:
            own = figures.get(event.id, {})
            for name in FIGURES:
                event[f"{name}_count"] = own.get(name, 0)
            event.next_step = event.is_partner_event and event._relationship_get_next_step(own)

    def _relationship_get_partner_figures(self):
        """Return counts by event id, in two queries; who was present is counted from the seats."""
        if not self.ids:
            return {}
        self.flush_model(["date_end"])
        self.env["event.registration"].flush_model(["active", "event_id", "state"])
        invitations = self.env["event.invitation"].sudo()
        invitations.flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH trace AS (
                    SELECT trace.res_id AS invitation_id,
                           max(trace.create_date) AS latest,
                           bool_or(mailing.partner_event_kind = 'thanks'
                                   AND trace_status IN ('sent', 'open', 'reply')) AS thanked,
                           bool_or(mailing.partner_event_kind = 'absent'
                                   AND trace_status IN ('sent', 'open', 'reply')) AS missed,
                           (array_agg(trace_status IN ('bounce', 'error', 'cancel')
                                      ORDER BY trace.id DESC))[1] AS failed,
                           (array_agg(trace.failure_type IN ('mail_smtp', 'mail_from_missing', 'mail_from_invalid')
                                      ORDER BY trace.id DESC))[1] AS is_ours,
                           (array_agg(coalesce(trace.email, '') ORDER BY trace.id DESC))[1] AS email
                      FROM mailing_trace AS trace
                      JOIN event_invitation AS invited ON invited.id = trace.res_id
                      LEFT JOIN mailing_mailing AS mailing ON mailing.id = trace.mass_mailing_id
                     WHERE trace.model = 'event.invitation' AND invited.event_id IN %(events)s
                       AND trace.is_test_trace IS NOT TRUE
                  GROUP BY trace.res_id
                )
                SELECT event.id,
                       count(*) FILTER (
                           WHERE (state = 'draft' AND trace.failed IS NOT TRUE
                                  OR state IN ('draft', 'sent') AND trace.failed AND %(corrected)s
                                  OR state = 'draft' AND trace.is_ours AND trace.latest < %(given_up)s)
                             AND invitation.id IN %(writable)s
                       ) AS to_invite,
                       count(*) FILTER (WHERE state <> 'cancelled') AS chosen,
                       count(*) FILTER (WHERE last_mailed_on IS NOT NULL AND state <> 'cancelled') AS invited,
                       count(*) FILTER (
                           WHERE state <> 'cancelled'
                             AND (trace.failed AND NOT %(corrected)s
                                  OR event.date_end > %(now)s AND invitation.id NOT IN %(writable)s)
                       ) AS failed,
                       count(*) FILTER (WHERE answer IS NOT NULL) AS answered,
                       count(*) FILTER (WHERE state = 'accepted') AS coming,
                       coalesce(sum(guest_count) FILTER (WHERE state = 'accepted'), 0) AS guests,
                       count(*) FILTER (WHERE state = 'waiting') AS waiting,
                       (
                           SELECT count(*)
                             FROM event_registration AS seat
                            WHERE seat.event_id = event.id AND seat.state = 'done' AND seat.active
                       ) AS present,
                       count(*) FILTER (WHERE trace.thanked) AS thanked,
                       count(*) FILTER (WHERE trace.missed) AS missed
                  FROM event_event AS event
                  LEFT JOIN event_invitation AS invitation ON invitation.event_id = event.id
                  LEFT JOIN res_partner AS partner ON partner.id = invitation.partner_id
                  LEFT JOIN trace ON trace.invitation_id = invitation.id
                 WHERE event.id IN %(events)s
              GROUP BY event.id
                """,
                events=tuple(self.ids),
                now=fields.Datetime.now(),
                corrected=IS_CORRECTED,
                given_up=fields.Datetime.now() - RETRY_PERIOD,
                writable=invitations._search(invitations._get_writable_domain()).subselect(),
            )
        )
        return {figures.pop("id"): figures for figures in rows}

    def _relationship_get_next_step(self, figures):
        """Return the one thing to do next, derived from facts."""
        self.ensure_one()
        get = figures.get
        if not get("chosen"):
            return "audience"
        if any(mailing.state in ("in_queue", "sending") for mailing in self.sudo().partner_mailing_ids):
            return "wait"
        is_over = self.date_end < fields.Datetime.now()
        if self._relationship_is_cancelled():
            return "next" if is_over else "change" if self._relationship_reaches("change") else "wait"
        if is_over:
            return self._relationship_get_step_after(figures)
        if self._relationship_reaches("change"):
            return "change"
        closed = self._relationship_get_closed_reason()
        if get("to_invite") and not closed:
            return "invitation"
        today = fields.Date.context_today(self.with_context(tz=self.date_tz))
        first_day = self._relationship_get_first_day()
        if today >= first_day:
            return "check_in"
        if today >= first_day - timedelta(days=7) and self._relationship_reaches("practical"):
            return "practical"
        return "reminder" if not closed and self._relationship_reaches("reminder") else "wait"

    def _relationship_get_step_after(self, figures):
        """Return the next thing to do once the event is over."""
        get = figures.get
        if not any(map(get, ("present", "thanked", "missed"))):
            return "check_in" if get("coming") else "next"
        if self._relationship_get_present_without_synthesis():
            return "synthesis"
        return "thanks" if self._relationship_has_to_thank() else "next"

    def _relationship_has_to_thank(self):
        """Return whether the thanks or the word to the absent are still to leave.

        Both are prepared together: one that was thrown away is not missed, nor is one that would reach nobody.
        """
        kinds = ("thanks", "absent")
        mailings = self.sudo().partner_mailing_ids.filtered(lambda mailing: mailing.partner_event_kind in kinds)
        waiting = set(mailings.filtered(lambda mailing: mailing.state == "draft").mapped("partner_event_kind"))
        return any(map(self._relationship_reaches, waiting if mailings else kinds))

    def _relationship_reaches(self, kind):
        """Return whether there is somebody whom a kind of mailing would reach."""
        return bool(self.env["event.invitation"].sudo().search_count(self._relationship_get_kind_domain(kind), limit=1))

    # Answers

    def _relationship_is_over_or_cancelled(self):
        """Return whether nobody gets a seat any more, nor a mail that says so."""
        self.ensure_one()
        return self._relationship_is_cancelled() or self.date_begin <= fields.Datetime.now()

    def _relationship_is_cancelled(self):
        """Return whether it does not take place: cancelled, or archived."""
        self.ensure_one()
        return self.kanban_state == "cancel" or not self.active

    def _relationship_get_over_reason(self):
        """Return why nothing can be answered any more, not even that one does not come; False while it can."""
        self.ensure_one()
        if self._relationship_is_cancelled():
            return self.env._("This event is cancelled.")
        if self.date_end <= fields.Datetime.now():
            return self.env._("This event is over.")
        return False

    def _relationship_get_closed_reason(self):
        """Return why nobody gets a seat any more, in words; False while one can. Seats are given back all the same."""
        self.ensure_one()
        now = fields.Datetime.now()
        if over := self._relationship_get_over_reason():
            return over
        if self.date_begin <= now:
            return self.env._("This event has begun: answers are closed.")
        if self.answer_until and self.answer_until <= now:
            return self.env._("Answers are closed. Write to us, we will see what can be done.")
        return False

    # What organisers do

    def _relationship_check_organiser(self):
        if not (self.env.su or self.env.user.has_group(ORGANISERS)):
            raise AccessError(self.env._("Partner events are the organisers' work."))

    def action_relationship_next_step(self):
        """Do, or open, the next step."""
        self.ensure_one()
        self._relationship_check_organiser()
        step = self.next_step
        if step == "audience":
            return self.action_relationship_choose_audience()
        if step == "next":
            return self.action_relationship_prepare_next_edition()
        if step == "synthesis":
            return self.action_relationship_prepare_syntheses()
        if step == "check_in":
            return self.action_relationship_open_registrations()
        if step == "thanks" and self._relationship_reaches("absent"):
            self.action_relationship_prepare_mailing("absent")
        return self.action_relationship_prepare_mailing(step if step != "wait" else "reminder")

    def _creation_message(self):
        if not self.is_partner_event:
            return super()._creation_message()
        return in_some_language(self).env._("Partner event created")

    def action_relationship_choose_audience(self):
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

    def action_relationship_open_registrations(self):
        """Open the seats, to check people in, and to note those who come without having been expected."""
        action = self.env["ir.actions.act_window"]._for_xml_id("event.event_registration_action_kanban")
        views = [
            (self.env.ref("shifters_relations_events.event_registration_desk_view_kanban").id, "kanban"),
            (self.env.ref("shifters_relations_events.event_registration_desk_view_list").id, "list"),
            (False, "form"),
        ]
        context = {"default_event_id": self.id, "is_registration_desk_view": True}
        domain = [("event_id", "=", self.id), ("state", "!=", "cancel")]  # who gave a seat back is noted as anybody
        return {**action, "domain": domain, "context": context, "views": views}

    def action_relationship_open_invitations(self):
        """Open the invitations, by answer; members propose people of their own organisations there."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations_events.event_invitation_action")
        context = {"search_default_group_by_state": 1, "default_event_id": self.id}
        return {**action, "domain": [("event_id", "in", self.ids)], "context": context}

    def action_relationship_open_failed(self):
        """Open the invitations that did not arrive, each with the reason: a corrected address may be invited again."""
        action = self.action_relationship_open_invitations()
        return {**action, "context": {"search_default_failed": 1, "default_event_id": self.id}}

    def action_relationship_compare_editions(self):
        """Open the answers and the attendance of this edition beside those of all others."""
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations_events.event_invitation_action")
        return {
            **action,
            "name": self.env._("Editions compared"),
            "views": [(False, "graph"), (False, "pivot"), (False, "list")],
            "domain": [("event_id.is_partner_event", "=", True), ("state", "!=", "cancelled")],
            "context": {},
        }

    # At work with others

    def _relationship_take_turn(self):
        """Write this event's row, so that whoever works on it at the same moment begins again with what is done."""
        take_turn(self)

    # For the answer page and the mails

    def _relationship_get_partner_ics(self, invitation):
        """Return the event as a calendar file; always the same UID, so that a calendar updates its entry.

        :rtype: bytes
        """
        self.ensure_one()
        calendar = vobject.iCalendar()
        entry = calendar.add("vevent")
        zone = pytz.timezone(self.date_tz or "Europe/Paris")
        entry.add("uid").value = f"partner-event-{self.id}-{invitation.id}"
        entry.add("dtstamp").value = pytz.utc.localize(self.write_date)
        entry.add("sequence").value = str(self.facts_sequence)
        entry.add("dtstart").value = pytz.utc.localize(self.date_begin).astimezone(zone)
        entry.add("dtend").value = pytz.utc.localize(self.date_end).astimezone(zone)
        entry.add("summary").value = self.name
        entry.add("status").value = "CANCELLED" if self._relationship_is_cancelled() else "CONFIRMED"
        if where := self._relationship_say_where():
            entry.add("location").value = where
        return calendar.serialize().encode()
