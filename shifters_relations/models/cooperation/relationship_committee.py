from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...tools import begin_of_day, format_day, in_some_language, shift_days, take_turn
from ..loop.calendar_event import INSIDE_KEY
from .relationship_cooperation import CLOSED_STAGES

KINDS = [("coordination", "Coordination"), ("follow_up", "Follow-up")]
FIRST_HOUR = timedelta(hours=10)  # of the first meeting, where nobody has chosen one
LENGTH = timedelta(hours=1)


class RelationshipCommittee(models.Model):
    """Those who steer a cooperation, and meet at a rhythm (V1).

    *Coordination* speaks of governance, money and people; *follow-up* of progress and tensions. Its meetings are
    ordinary ones of the calendar: the team is invited, the organisations are whom one meets, and get no mail (U7).
    Who may change the cooperation may change its committees.
    """

    _name = "relationship.committee"
    _description = "Committee"
    _order = "cooperation_id, kind, id"
    _rec_names_search = ["cooperation_id.name"]

    cooperation_id = fields.Many2one("relationship.cooperation", required=True, index=True, ondelete="cascade")
    kind = fields.Selection(
        KINDS,
        "Subject",
        required=True,
        default="coordination",
        help="Coordination: governance, money, people. Follow-up: progress, tensions.",
    )
    rhythm = fields.Many2one(
        "relationship.cadence",
        required=True,
        ondelete="restrict",
        default=lambda self: self._get_default_rhythm(),
        help="How long after a meeting the next one is proposed.",
    )
    user_id = fields.Many2one(related="cooperation_id.user_id")
    meeting_ids = fields.One2many("calendar.event", "relationship_committee_id", "Meetings")
    last_meeting_id = fields.Many2one("calendar.event", "Last meeting", compute="_compute_meetings")
    next_meeting_id = fields.Many2one("calendar.event", "Next meeting", compute="_compute_meetings")
    last_meeting_date = fields.Datetime("Last meeting on", compute="_compute_meetings")
    next_meeting_date = fields.Datetime("Next meeting on", compute="_compute_meetings")
    attention = fields.Char("To watch", compute="_compute_attention")

    @api.model
    def _get_default_rhythm(self):
        """Return the monthly rhythm, else the shortest that there is."""
        monthly = self.env.ref("shifters_relations.cadence_monthly", raise_if_not_found=False)
        return monthly or self.env["relationship.cadence"].search([], limit=1)

    @api.depends("kind", "cooperation_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for committee in self:
            name = committee.cooperation_id.name or ""
            committee.display_name = name and (
                self.env._("Coordination committee: %(cooperation)s", cooperation=name)
                if committee.kind == "coordination"
                else self.env._("Follow-up committee: %(cooperation)s", cooperation=name)
            )

    @api.depends("meeting_ids.start", "meeting_ids.active")
    def _compute_meetings(self):
        """Compute the last meeting that has begun, and the first of those to come."""
        self.meeting_ids.fetch(["active", "allday", "start", "start_date"])  # of all committees at once
        for committee in self:
            meetings = committee.meeting_ids.filtered("active").sorted("start")
            begun = meetings.filtered(lambda meeting: meeting._relationship_has_begun())
            committee.last_meeting_id = begun[-1:]
            committee.next_meeting_id = (meetings - begun)[:1]
            committee.last_meeting_date = committee.last_meeting_id.start
            committee.next_meeting_date = committee.next_meeting_id.start

    @api.depends("meeting_ids.start", "meeting_ids.active", "cooperation_id.stage", "cooperation_id.user_id")
    @api.depends_context("lang")
    def _compute_attention(self):
        """Compute what somebody must do for the committee to go on, in words."""
        members = self.env["res.partner"]._relationship_get_current_members()
        of_last = [("calendar_event_id", "in", self.last_meeting_id.ids)]
        written = self.env["relationship.synthesis"].sudo()._read_group(of_last, ["calendar_event_id"])
        written = {meeting.id for (meeting,) in written}
        for committee in self:
            words = []
            if committee.cooperation_id and committee.cooperation_id.stage not in CLOSED_STAGES:
                keeper = committee.sudo().user_id
                if not keeper:
                    words.append(self.env._("Nobody follows this cooperation."))
                elif keeper not in members:
                    words.append(self.env._("%(name)s, who follows it, is not in the team any more.", name=keeper.name))
                if not committee.next_meeting_id:
                    words.append(self.env._("No next meeting."))
                if committee.last_meeting_id and committee.last_meeting_id.id not in written:
                    words.append(self.env._("The minutes of the last meeting are to be written."))
            elif committee.next_meeting_id:
                words.append(self.env._("The cooperation has ended, and a meeting is still planned."))
            committee.attention = " ".join(words)

    @api.ondelete(at_uninstall=False)
    def _unlink_with_agendas_kept(self):
        """Keep the agendas of meetings that have begun: they stay in the calendar, and in what was written of them."""
        self.sudo().with_context(active_test=False).meeting_ids._relationship_keep_agenda()

    # The next meeting

    def action_plan_next(self):
        """Open the next meeting; where none is planned, propose one, a rhythm after the last.

        Nothing is in the calendar, and nobody is invited, before what is proposed is confirmed.

        :raise AccessError: the user may not change the cooperation
        :raise UserError: the cooperation has ended
        """
        self.ensure_one()
        self.check_access("write")
        if self.next_meeting_id:
            return self.next_meeting_id._relationship_open_committee_meeting()
        if self.cooperation_id.stage in CLOSED_STAGES:
            raise UserError(self.env._("“%(name)s” has ended: no meeting is planned.", name=self.cooperation_id.name))
        proposed = {f"default_{name}": value for name, value in self._prepare_next_values().items()}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan the next meeting"),
            "res_model": "calendar.event",
            "views": [(self.env.ref("shifters_relations.calendar_event_view_form_plan").id, "form")],
            "target": "new",
            "context": {INSIDE_KEY: True, "skip_contact_description": True, **proposed},
        }

    def _check_unplanned(self):
        """Check that nobody has planned the next meeting since it was proposed.

        :raise UserError: somebody has
        """
        if self:
            take_turn(self)
        if planned := self.next_meeting_id:
            raise UserError(
                self.env._(
                    "The next meeting is planned already, on %(date)s: open it from the committee's page.",
                    date=format_day(self.env, planned._relationship_get_local_day(self.env.user.tz)),
                )
            )

    def _prepare_next_values(self):
        """Return the values of the next meeting: on an open day, at the hour and the place of the last one."""
        keeper, last = self.user_id or self.env.user, self.last_meeting_id
        tz = keeper.tz or "Europe/Paris"
        today, delta = keeper._relationship_get_day(), self.rhythm._get_delta()
        first = last._relationship_get_local_day(tz) if last else today
        count = next(count for count in range(1, 10_000) if first + delta * count > today)
        day = keeper._relationship_get_open_day(first + delta * count)
        start = shift_days(last.start, (day - first).days, tz) if last else begin_of_day(day, tz) + FIRST_HOUR
        values = {
            "name": in_some_language(self).display_name,
            "start": fields.Datetime.to_string(start),
            "stop": fields.Datetime.to_string(start + (last.stop - last.start if last else LENGTH)),
            "allday": last.allday,
            "location": last.location,
            "privacy": "confidential",
            "relationship_committee_id": self.id,
            "partner_ids": [Command.set(self._get_team(last).partner_id.ids)],
            "met_partner_ids": [Command.set(self._get_expected().ids)],
        }
        if last.videocall_source == "custom":
            values["videocall_location"] = last.videocall_location
        return values

    def _get_team(self, last):
        """Return who of the house is invited: as last time, without those who have left, and who plans it.

        :param last: meeting, maybe empty
        """
        members = self.env["res.partner"]._relationship_get_current_members()
        if last:
            users = last.partner_ids.user_ids.filtered(lambda user: user.active and not user.share)
            left = users.sudo().filtered("relationship_member_ids").with_env(self.env) - members
        else:
            users = self.user_id | self.cooperation_id.partner_ids.relationship_owner_id
            left = users - members
        return (users - left) | self.env.user

    def _get_expected(self):
        """Return the organisations that are met there: those that are in use, and did not ask for silence."""
        partners = self.cooperation_id.partner_ids.filtered("active")
        return partners._relationship_filter_willing()

    # The minutes

    def action_write_minutes(self):
        """Open the last meeting, where the minutes are written.

        :raise AccessError: the user may not change the cooperation
        :raise UserError: no meeting has begun
        """
        self.ensure_one()
        self.check_access("write")
        meeting = self.last_meeting_id
        if not meeting:
            raise UserError(self.env._("No meeting of this committee has begun: its minutes are written after it."))
        return meeting._relationship_open_committee_meeting()


class RelationshipMember(models.Model):
    _inherit = "relationship.member"  # pylint: disable=consider-merging-classes-inherited

    def _get_committees(self):
        """Return the committees of the open cooperations that these people follow."""
        return self.env["relationship.committee"].search(
            [("cooperation_id.user_id", "in", self.user_id.ids), ("cooperation_id.stage", "not in", CLOSED_STAGES)]
        )
