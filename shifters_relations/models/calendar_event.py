from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..names import Name
from .relationship_member import MEMBERS

# In the context of a meeting that begins on one of our screens.
INSIDE = "relationship_inside_meeting"


class CalendarEvent(models.Model):
    """A meeting with an organisation: once it is over, one click makes the draft of its synthesis (S6).

    Whom one meets is no attendee: Odoo writes to attendees when a meeting is made, moved, deleted
    or near, and partners get what somebody means to send (U7). From our screens a meeting has
    attendees of the team alone; a button invites the others, who then are attendees like any.
    """

    _inherit = "calendar.event"

    name = Name()
    met_partner_ids = fields.Many2many(
        "res.partner",
        "relationship_meeting_partner_rel",
        "event_id",
        "partner_id",
        "Whom we meet",
        help="They get no mail: the button invites them.",
    )
    relationship_is_to_invite = fields.Boolean(
        "Somebody is to invite", compute="_compute_relationship_is_to_invite", groups=MEMBERS
    )
    relationship_partner_id = fields.Many2one(
        "res.partner",
        "Organisation met",
        compute="_compute_relationship_partner_id",
        groups=MEMBERS,
    )

    relationship_is_over = fields.Boolean("Is over", compute="_compute_relationship_is_over", groups=MEMBERS)

    relationship_is_renewal = fields.Boolean(
        "Appointment of a renewal",
        copy=False,
        readonly=True,
        groups=MEMBERS,
        help="Noted by the renewal, so that deleting another meeting looks for none.",
    )

    relationship_is_by_hand = fields.Boolean(
        "Made on a date set by hand",
        copy=False,
        readonly=True,
        groups=MEMBERS,
        help="Whether the next contact keeps its date when the appointment goes.",
    )

    @api.depends("met_partner_ids", "partner_ids", "start")
    def _compute_relationship_is_to_invite(self):
        for event in self:
            left = event.met_partner_ids - event.partner_ids
            event.relationship_is_to_invite = bool(left) and not event.relationship_is_over

    @api.depends("activity_ids", "res_model", "res_id", "met_partner_ids", "partner_ids")
    def _compute_relationship_partner_id(self):
        """The followed organisation: of the renewal, of the record that the meeting is about, or of whom one meets."""
        for event in self:
            known = event.sudo().activity_ids.relationship_partner_id
            if not known and event.res_model == "res.partner" and event.res_id:
                known = self.env["res.partner"].browse(event.res_id).exists()
            known = (known or event.met_partner_ids or event.partner_ids).commercial_partner_id.sudo()
            event.relationship_partner_id = known.filtered("relationship_stage")[:1].with_env(self.env)

    @api.depends("start")
    def _compute_relationship_is_over(self):
        """Its synthesis may be written from the moment that the meeting begins."""
        now = fields.Datetime.now()
        for event in self:
            event.relationship_is_over = bool(event.start and event.start <= now)

    @api.model_create_multi
    def create(self, vals_list):
        renewed = self.env["mail.activity"].browse(self.env.context.get("orig_activity_ids", [])).exists()
        # Core makes a second activity beside one that has a meeting, also where that meeting is off.
        lost = renewed.filtered(lambda each: each.relationship_partner_id and each._has_lost_appointment())
        lost.sudo().calendar_event_id = False
        if self.env.context.get(INSIDE):
            given = self.env.context.get("default_partner_ids") or self.env.user.partner_id.ids
            vals_list = [self._relationship_keep_inside({"partner_ids": given, **vals}) for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if self.env.context.get(INSIDE) and "partner_ids" in vals:
            for event in self:
                super(CalendarEvent, event).write(event._relationship_keep_inside(vals))
            result = True
        else:
            result = super().write(vals)
        if "active" in vals:
            self._relationship_follow()
        return result

    def _relationship_stands(self, keeper):
        """Whether it will take place, as far as is known: it is in the calendar, and those it needs have not declined.

        :param keeper: the partner of the user who makes the contact
        """
        self.ensure_one()
        if not self.active:
            return False
        declined = self.attendee_ids.filtered(lambda attendee: attendee.state == "declined").partner_id
        outside = self.partner_ids.filtered("partner_share")
        groups = (keeper & self.partner_ids, outside, self.partner_ids - outside)
        return not any(group and group <= declined for group in groups)

    def _relationship_follow(self):
        """Let the renewals follow what became of their appointment.

        One that is off gives the date back to the rule, unless somebody had set it by hand before;
        one that is on again has its day again.
        """
        for event in self.sudo().filtered("relationship_is_renewal"):
            renewals = event.activity_ids.filtered("relationship_partner_id")
            lost = renewals.filtered(lambda each: each._has_lost_appointment())
            day = self._get_activity_deadline_from_start(event.start, event.allday)
            if moved := (renewals - lost).filtered(lambda each, day=day: each.date_deadline != day):
                moved.with_context(calendar_event_meeting_update=True).write({"date_deadline": day})
            if lost and not event.relationship_is_by_hand:
                lost.write({"relationship_pinned": False})
            renewals.invalidate_recordset(["relationship_reason"])

    def _sync_activities(self, fields):
        """A meeting that is off moves no renewal."""
        if "start" not in fields:
            return super()._sync_activities(fields)
        renewed = self.filtered(lambda event: event.sudo().activity_ids.relationship_partner_id)
        off = renewed.filtered(lambda event: all(each._has_lost_appointment() for each in event.sudo().activity_ids))
        super(CalendarEvent, off)._sync_activities(set(fields) - {"start"})
        return super(CalendarEvent, self - off)._sync_activities(fields)

    def _relationship_keep_inside(self, vals):
        """Values in which nobody from outside becomes an attendee: who would, is whom one meets."""
        commands = vals.get("partner_ids") or []
        if commands and isinstance(commands[0], int):
            commands = [Command.set(commands)]
        added = {command[1] for command in commands if command[0] == Command.LINK}
        added.update(*(command[2] for command in commands if command[0] == Command.SET))
        partners = self.env["res.partner"].browse(added) - self.partner_ids
        outside = partners.filtered("partner_share")
        if not outside:
            return {**vals, "partner_ids": commands}
        inside = [
            Command.set([each for each in command[2] if each not in outside.ids])
            if command[0] == Command.SET
            else command
            for command in commands
            if command[0] != Command.LINK or command[1] not in outside.ids
        ]
        met = [*(vals.get("met_partner_ids") or []), *map(Command.link, outside.ids)]
        return {**vals, "partner_ids": inside, "met_partner_ids": met}

    def action_relationship_invite(self):
        """Invite those whom one meets: from now on they are attendees, to whom Odoo writes.

        :raise AccessError: the user is not in the team
        :raise UserError: it has begun, or somebody cannot be written to, or all are invited
        """
        self.ensure_one()
        self.env["mail.activity"]._check_member()
        if self.relationship_is_over:
            raise UserError(self.env._("This meeting has begun: nobody is invited any more."))
        invited = self.met_partner_ids - self.partner_ids
        if not invited:
            raise UserError(self.env._("Choose whom we meet; those who are noted are invited already."))
        if silent := invited - invited._relationship_filter_writable():
            raise UserError(
                self.env._(
                    "%(names)s may not be written to: an archived contact, or one who asked for it.",
                    names=", ".join(silent.mapped("name")),
                )
            )
        if without := invited.filtered(lambda partner: not partner.email_normalized):
            raise UserError(
                self.env._(
                    "%(names)s: no e-mail address is known. Note one, then invite.",
                    names=", ".join(without.mapped("name")),
                )
            )
        return self.with_context(**{INSIDE: False}).write({"partner_ids": [Command.link(each.id) for each in invited]})

    def action_relationship_write_synthesis(self):
        """Make, or find again, the draft of the synthesis of this meeting.

        :raise UserError: the meeting is with no organisation that is followed, or is still to come
        """
        self.ensure_one()
        partner = self.relationship_partner_id
        if not partner:
            raise UserError(self.env._("This meeting is with no organisation that the team follows."))
        if self.start > fields.Datetime.now():
            raise UserError(self.env._("This meeting is still to come: its synthesis is written after it."))
        syntheses = self.env["relationship.synthesis"]
        synthesis = syntheses.search([("calendar_event_id", "=", self.id)], limit=1)
        if not synthesis:
            people = (self.met_partner_ids | self.partner_ids).filtered(
                lambda person: not person.is_company and person.commercial_partner_id == partner
            )
            renewal = self.activity_ids.filtered(lambda activity: activity.relationship_partner_id == partner)
            synthesis = syntheses.create(
                {
                    "partner_id": partner.id,
                    "calendar_event_id": self.id,
                    "activity_id": renewal[:1].id,
                    "date": fields.Datetime.context_timestamp(self, self.start).date(),
                    "channel": self._relationship_get_channel(renewal[:1]),
                    "participant_ids": [Command.set(people.ids)],
                }
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Synthesis"),
            "res_model": "relationship.synthesis",
            "res_id": synthesis.id,
            "views": [(False, "form")],
        }

    def _relationship_get_channel(self, renewal):
        """The way of this meeting: by video where it has a link and no place, else as planned, else in person."""
        if self.videocall_location and not self.location:
            return "video"
        return renewal.activity_type_id.relationship_channel or "in_person"

    @api.ondelete(at_uninstall=False)
    def _unlink_without_renewals(self):
        """Keep the renewals whose meeting goes: the database would delete them with it."""
        for event in self.sudo().filtered("relationship_is_renewal"):
            renewals = event.with_context(active_test=False).activity_ids.filtered("relationship_partner_id")
            renewals.calendar_event_id = False
            if not event.relationship_is_by_hand:
                renewals.filtered("active").write({"relationship_pinned": False})


class CalendarAttendee(models.Model):
    """Who asked not to be contacted gets no mail of a meeting either (G4)."""

    _inherit = "calendar.attendee"

    def _should_notify_attendee(self, notify_author=False):
        should = super()._should_notify_attendee(notify_author=notify_author)
        return should and not self.partner_id.sudo().relationship_no_contact

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.event_id._relationship_follow()
        return result


class ResPartner(models.Model):
    """*Meetings*, from our screens and of whom the team follows: with them, and nobody from outside is invited."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_is_met(self):
        """Whether meetings with this partner are the team's: it is followed, or was opened from our screens."""
        self.ensure_one()
        if not self.partner_share or not self.env.user.has_group(MEMBERS):
            return False
        return bool(self.env.context.get("relationship_view") or self.sudo().commercial_partner_id.relationship_stage)

    def schedule_meeting(self):
        action = super().schedule_meeting()
        if not self._relationship_is_met():
            return action
        context = {
            INSIDE: True,
            "default_partner_ids": self.env.user.partner_id.ids,
            "default_met_partner_ids": self.ids,
        }
        domain = Domain(action["domain"]) | Domain("met_partner_ids", "child_of", self.ids)
        if shown := self._relationship_get_shown_meeting(domain):
            context["initial_date"] = fields.Datetime.to_string(shown.start)
        return {**action, "context": context, "domain": domain}

    @api.model
    def _relationship_get_shown_meeting(self, domain):
        """The meeting that people look for: the one that goes on or comes next, else the last, if there is one."""
        events = self.env["calendar.event"]
        coming = events.search(domain & Domain("stop", ">=", fields.Datetime.now()), order="start, id", limit=1)
        return coming or events.search(domain, order="start desc, id desc", limit=1)

    def _compute_meeting(self):
        """Core counts the meetings that a partner attends; those at which the team meets it count too."""
        meetings = super()._compute_meeting()
        followed = self.env.user.has_group(MEMBERS) and self.filtered(lambda each: each._relationship_is_met())
        if not followed:
            return meetings
        events = self.env["calendar.event"].search([("met_partner_ids", "child_of", followed.ids)])
        for partner in followed:
            theirs = events.filtered(lambda event, partner=partner: self._relationship_meets(event, partner))
            meetings[partner.id] = list({*meetings.get(partner.id, []), *theirs.ids})
        return meetings

    @api.model
    def _relationship_meets(self, event, partner):
        met = event.sudo().met_partner_ids
        return partner in met or partner in met.parent_id or partner in met.commercial_partner_id


class MailActivity(models.Model):
    _inherit = "mail.activity"  # pylint: disable=consider-merging-classes-inherited

    def action_create_calendar_event(self):
        """An appointment is made with whom the activity is about, and invites the team alone."""
        action = super().action_create_calendar_event()
        partner = self.env["res.partner"].browse(self.res_id if self.res_model == "res.partner" else False).exists()
        if partner and partner._relationship_is_met():
            action["context"] = {**action["context"], INSIDE: True, "default_met_partner_ids": partner.ids}
        return action
