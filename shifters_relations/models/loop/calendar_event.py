from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...groups import MEMBERS
from ...names import Name
from ...tools import to_local_day

# In the context of a meeting that begins on one of our screens.
INSIDE_KEY = "relationship_inside_meeting"
# What decides with whom a meeting is, when, and whether it takes place.
HELD_FIELDS = {"allday", "met_partner_ids", "partner_ids", "start", "start_date"}  # who was there, and when
WATCHED_FIELDS = {"active", "res_id", "res_model_id", *HELD_FIELDS}


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

    @api.depends("met_partner_ids", "partner_ids", "start")
    def _compute_relationship_is_to_invite(self):
        for event in self:
            left = event.met_partner_ids - event.partner_ids
            event.relationship_is_to_invite = bool(left) and not event.relationship_is_over

    @api.depends("activity_ids", "res_model", "res_id", "met_partner_ids", "partner_ids")
    def _compute_relationship_partner_id(self):
        """Compute the followed organisation: of the renewal, of the meeting's record, or of whom one meets."""
        for event in self:
            known = event.sudo().activity_ids.relationship_partner_id
            if not known and event.res_model == "res.partner" and event.res_id:
                known = self.env["res.partner"].browse(event.res_id).exists()
            known = (known or event.met_partner_ids or event.partner_ids).commercial_partner_id.sudo()
            event.relationship_partner_id = known.filtered("relationship_stage")[:1].with_env(self.env)

    @api.depends("start")
    def _compute_relationship_is_over(self):
        """Compute whether its synthesis may be written: from the moment that the meeting begins."""
        for event in self:
            event.relationship_is_over = event._relationship_has_begun()

    @api.model_create_multi
    def create(self, vals_list):
        renewed = self.env["mail.activity"].browse(self.env.context.get("orig_activity_ids", [])).exists()
        # Core makes a second activity beside one that has a meeting, also where that meeting is off, or over.
        over = renewed.filtered(
            lambda each: each.relationship_partner_id and not each._relationship_has_coming_appointment()
        )
        over.sudo().calendar_event_id = False
        if self.env.context.get(INSIDE_KEY):
            given = self.env.context.get("default_partner_ids") or self.env.user.partner_id.ids
            vals_list = [self._relationship_keep_inside({"partner_ids": given, **vals}) for vals in vals_list]
        for vals in vals_list:
            self.browse()._relationship_check_committee(vals)
        events = super().create(vals_list)
        given = {self.env.context.get("default_relationship_committee_id")}
        if any(given.union(vals.get("relationship_committee_id") for vals in vals_list)):
            events._relationship_begin_committee()
        events._relationship_get_targets()._relationship_take_meetings()
        return events

    def write(self, vals):
        watched = WATCHED_FIELDS & vals.keys()
        renewed = (
            self.sudo().filtered("relationship_is_renewal").activity_ids.relationship_partner_id if watched else None
        )
        self._relationship_check_committee(vals)
        of_committees = self.sudo().filtered("relationship_committee_id") if watched else self.browse()
        of_committees._relationship_keep_agenda()  # before it is moved
        if "relationship_minutes" in vals:
            drafts = self._relationship_get_shared_drafts()
        else:
            drafts = of_committees._relationship_get_shared_drafts() if HELD_FIELDS & vals.keys() else None
        if self.env.context.get(INSIDE_KEY) and "partner_ids" in vals:
            for event in self:
                super(CalendarEvent, event).write(event._relationship_keep_inside(vals))
            result = True
        else:
            result = super().write(vals)
        if watched:
            (renewed | self._relationship_get_targets())._relationship_take_meetings()
            self.env["relationship.member"]._note_calendars(renewed.relationship_owner_id)
            of_committees._relationship_ring_committee()
        if drafts:
            self._relationship_share(drafts)
        return result

    # The next contact

    def _relationship_has_begun(self, keeper=None):
        """Return whether it has begun; a whole day begins at midnight, in the time zone of who keeps the contact.

        :param keeper: user; by default who is in charge of its renewal, or who asks
        """
        self.ensure_one()
        if self.allday and self.start_date:
            renewals = self.sudo().activity_ids.filtered("relationship_partner_id")
            return self.start_date <= (keeper or renewals[:1].user_id or self.env.user)._relationship_get_day()
        return bool(self.start and self.start <= fields.Datetime.now())

    def _relationship_get_met(self):
        """Return the organisations that these meetings are with; for a person, the one she belongs to."""
        events = self.sudo()
        about = events.filtered(lambda event: event.res_model == "res.partner" and event.res_id)
        partners = events.met_partner_ids | events.partner_ids.filtered("partner_share")
        if about:
            partners |= self.env["res.partner"].sudo().browse(about.mapped("res_id")).exists()
        return partners.commercial_partner_id

    def _relationship_get_targets(self):
        """Return the organisations that these meetings are with, and whose next contact they may be."""
        partners = self._relationship_get_met() | self.sudo().activity_ids.relationship_partner_id
        return partners.filtered(lambda partner: partner.relationship_stage == "target")

    @api.model
    def _relationship_get_coming(self, renewals, without):
        """Return the first coming meeting with the organisation of each renewal, wherever it was made.

        One of this whole day is to come as long as nobody has written of a contact of today. A committee's is one only
        where it comes no later than what is planned without it: who is late stays late.

        :param without: meetings that are being deleted
        :return: dictionary of meetings by renewal
        """
        by_partner = renewals.grouped("relationship_partner_id")
        partners = renewals.relationship_partner_id
        met = Domain("met_partner_ids.commercial_partner_id", "in", partners.ids)
        met |= Domain("partner_ids.commercial_partner_id", "in", partners.ids)
        met |= Domain("res_model", "=", "res.partner") & Domain("res_id", "in", partners.ids)
        events = self.with_context(active_test=True)
        coming = {}
        days = {user: user._relationship_get_day() for user in {renewal.user_id for renewal in renewals}}
        to_come = Domain("allday", "=", False) & Domain("start", ">", fields.Datetime.now())
        to_come |= Domain("allday", "=", True) & Domain("start_date", ">=", min(days.values(), default=False))
        to_come &= Domain("id", "not in", without.ids)
        for event in events.search(to_come & met, order="start, id"):
            for partner in event._relationship_get_met() & partners:
                renewal = by_partner[partner]
                today = days[renewal.user_id]
                if event.allday and (
                    event.start_date < today
                    or (event.start_date == today and partner.relationship_last_contact_date == today)
                ):
                    continue
                if renewal._relationship_is_after_plan(event):
                    continue
                if renewal not in coming and event._relationship_stands(renewal.user_id.partner_id):
                    coming[renewal] = event
        return coming

    def _relationship_stands(self, keeper, is_awaited=False):
        """Return whether it will take place: it is in the calendar, and those it needs have not declined.

        One that is kept by closed accounts alone has nobody to go there, unless it had begun before they were closed.

        :param keeper: the partner of the user who makes the contact
        :param bool is_awaited: whether the next contact is on this meeting
        """
        self.ensure_one()
        if not self.active or (self._relationship_is_left() and not (is_awaited and self._relationship_has_begun())):
            return False
        declined = self.attendee_ids.filtered(lambda attendee: attendee.state == "declined").partner_id
        outside = self.partner_ids.filtered("partner_share")
        groups = (keeper & self.partner_ids, outside, self.partner_ids - outside)
        return not any(group and group <= declined for group in groups)

    def _relationship_is_left(self):
        """Return whether all who made it, and would go there, have left: their accounts are closed."""
        inside = self.with_context(active_test=False)
        users = inside.partner_ids.user_ids | inside.user_id
        team = users.filtered(lambda user: not user.share and user.id != SUPERUSER_ID)
        return bool(team) and not any(team.mapped("active"))

    @api.model
    def _relationship_follow_accounts(self, users):
        """Look again at the coming meetings of users whose accounts are being closed, or open again."""
        theirs = Domain("user_id", "in", users.ids) | Domain("partner_ids", "in", users.partner_id.ids)
        coming = Domain("start", ">", fields.Datetime.now())
        events = self.sudo().with_context(active_test=False).search(Domain("active", "=", True) & theirs & coming)
        events.with_context(active_test=True)._relationship_get_targets()._relationship_take_meetings()

    def _sync_activities(self, fields):
        """Extend core: of what it copies to a meeting's activities, the renewal keeps its own owner, words and day."""
        with_renewal = self.filtered(lambda event: event.sudo().activity_ids.relationship_partner_id)
        result = super(CalendarEvent, self - with_renewal)._sync_activities(fields)
        for event in with_renewal:
            others = event.activity_ids.filtered(lambda activity: not activity.relationship_partner_id)
            if others and "start" in fields and not self.env.context.get("mail_activity_meeting_update"):
                others.write({"date_deadline": self._get_activity_deadline_from_start(event.start, event.allday)})
        return result

    def _relationship_keep_inside(self, vals):
        """Return values that add no attendee from outside the team: who would be one is whom one meets."""
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
        self.env["mail.activity"]._relationship_check_member()
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
        return self.with_context(**{INSIDE_KEY: False}).write(
            {"partner_ids": [Command.link(each.id) for each in invited]}
        )

    def action_relationship_write_synthesis(self):
        """Make, or find again, the draft of the synthesis of this meeting.

        :raise UserError: the meeting is with no organisation that is followed, or is still to come
        """
        self.ensure_one()
        if self.relationship_committee_id:
            return self._relationship_open_committee_meeting()
        partner = self.relationship_partner_id
        if not partner:
            raise UserError(self.env._("This meeting is with no organisation that the team follows."))
        if not self._relationship_has_begun():
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
                    "date": self._relationship_get_local_day(self.env.context.get("tz") or self.env.user.tz),
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

    def _relationship_get_local_day(self, tz):
        """Return the day on which it begins, in a time zone; in Paris where that is not known."""
        self.ensure_one()
        return self.start_date if self.allday else to_local_day(self.start, tz or "Europe/Paris")

    def _relationship_get_channel(self, renewal):
        """Return the channel of this meeting: video with a link and no place, else as planned, else in person."""
        if self.videocall_location and not self.location:
            return "video"
        return renewal.activity_type_id.relationship_channel or "in_person"

    @api.ondelete(at_uninstall=False)
    def _unlink_without_renewals(self):
        """Keep the renewals whose meeting goes: the database would delete them with it."""
        met = self.sudo().filtered("relationship_is_renewal").with_context(active_test=False).activity_ids
        renewals = met.filtered("relationship_partner_id").with_env(self.sudo().env)
        renewals.calendar_event_id = False
        renewals.filtered("active").relationship_partner_id._relationship_take_meetings(without=self)


class CalendarAttendee(models.Model):
    """Who asked not to be contacted gets no mail of a meeting either (G4)."""

    _inherit = "calendar.attendee"

    def _notify_attendees(self, mail_template, notify_author=False, force_send=False):
        """Leave out who objects, in person, as an organisation or by an address; colleagues cost no query."""
        asked = self.partner_id.sudo().filtered("partner_share")
        silent = asked and asked._relationship_filter_objecting()
        notified = self.filtered(lambda attendee: attendee.partner_id not in silent)
        return super(CalendarAttendee, notified)._notify_attendees(
            mail_template, notify_author=notify_author, force_send=force_send
        )

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.event_id._relationship_get_targets()._relationship_take_meetings()
        return result


class ResPartner(models.Model):
    """*Meetings*, from our screens and of whom the team follows: with them, and nobody from outside is invited."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_is_met(self):
        """Return whether meetings with this partner are the team's: it is followed, or opened from our screens."""
        self.ensure_one()
        if not self.env.user.has_group(MEMBERS) or not self.partner_share:
            return False
        return bool(self.env.context.get("relationship_view") or self.sudo().commercial_partner_id.relationship_stage)

    def schedule_meeting(self):
        action = super().schedule_meeting()
        if not self._relationship_is_met():
            return action
        context = {
            INSIDE_KEY: True,
            "default_partner_ids": self.env.user.partner_id.ids,
            "default_met_partner_ids": self.ids,
        }
        domain = Domain(action["domain"]) | Domain("met_partner_ids", "child_of", self.ids)
        if shown := self._relationship_get_shown_meeting(domain):
            context["initial_date"] = fields.Datetime.to_string(shown.start)
        return {**action, "context": context, "domain": domain}

    @api.model
    def _relationship_get_shown_meeting(self, domain):
        """Return the meeting that people look for: the one going on or coming next, else the last, if any."""
        events = self.env["calendar.event"]
        coming = events.search(domain & Domain("stop", ">=", fields.Datetime.now()), order="start, id", limit=1)
        return coming or events.search(domain, order="start desc, id desc", limit=1)

    def _compute_meeting(self):
        """Extend core, which finds the meetings that a partner attends, with those at which the team meets it."""
        followed = self.filtered(lambda each: each._relationship_is_met())
        return super(ResPartner, self - followed)._compute_meeting() | followed._relationship_find_meetings()

    def _relationship_find_meetings(self):
        """Return the meetings that these, or whoever belongs to them, attend or are met at, in one query.

        :return: dictionary of lists of ids by id
        """
        if not self.ids:
            return {}
        events = self.env["calendar.event"]
        self.flush_model(["parent_id"])
        events.flush_model(["partner_ids", "met_partner_ids"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE below (id, head_id) AS (
                    SELECT id, id FROM res_partner WHERE id = ANY(%s)
                     UNION
                    SELECT partner.id, below.head_id
                      FROM below
                      JOIN res_partner AS partner ON partner.parent_id = below.id
                )
                SELECT below.head_id, array_agg(DISTINCT meeting.event_id)
                  FROM below
                  JOIN (
                           SELECT res_partner_id AS partner_id, calendar_event_id AS event_id
                             FROM calendar_event_res_partner_rel
                        UNION ALL
                           SELECT partner_id, event_id FROM relationship_meeting_partner_rel
                       ) AS meeting ON meeting.partner_id = below.id
                 WHERE meeting.event_id IN %s
              GROUP BY below.head_id
                """,
                self.ids,
                events._search([]).subselect(),
            )
        )
        return dict.fromkeys(self.ids, ()) | dict(rows)


class MailActivity(models.Model):
    _inherit = "mail.activity"  # pylint: disable=consider-merging-classes-inherited

    def action_create_calendar_event(self):
        """Open a new meeting with whom the activity is about; it invites the team alone."""
        action = super().action_create_calendar_event()
        partner = self.env["res.partner"].browse(self.res_id if self.res_model == "res.partner" else False).exists()
        if partner and partner._relationship_is_met():
            action["context"] = {**action["context"], INSIDE_KEY: True, "default_met_partner_ids": partner.ids}
        return action
