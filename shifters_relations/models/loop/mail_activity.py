from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ...groups import MEMBERS
from ...tools import format_day, notify
from .relationship_closure import find_open_day

NEXT_ATTEMPT_AFTER = timedelta(weeks=1)
FIRST_CONTACT_AFTER = timedelta(days=14)
RULE_VALUES = {"source": "rule", "rule": None, "pinned": False}  # what was before, once it is given back to the rule
POINTERS = ("relationship_partner_id", "relationship_synthesis_id")  # they make a renewal, or a promise
CALENDAR_FIELDS = {"active", "activity_type_id", "calendar_event_id", "date_deadline", "user_id"}
PROTECTED_FIELDS = {  # by what happens, never by people
    "relationship_date_source",
    "relationship_attempt_count",
    "relationship_attempts",
    "relationship_before_meeting",
}


class MailActivity(models.Model):
    """The open renewal: the only truth about the next contact with an organisation.

    A renewal is an activity whose ``relationship_partner_id`` is set. There is one, open, for
    each target. People move it as they like, which pins its date, but only a validated
    synthesis closes it (S1). Whatever closes it, the next one is planned at once, so that no
    target is ever forgotten.
    """

    _inherit = "mail.activity"

    relationship_partner_id = fields.Many2one(
        "res.partner", "Renewal with", index="btree_not_null", ondelete="cascade", copy=False, readonly=True
    )
    relationship_pinned = fields.Boolean(
        "Date set by hand", copy=False, help="The date was chosen by somebody: no rule moves it."
    )
    relationship_attempt_count = fields.Integer(
        "Attempts without answer", copy=False, readonly=True, help="How many times nobody answered."
    )
    relationship_date_source = fields.Selection(
        [
            ("rule", "The rule"),
            ("plan", "The levelled plan"),
            ("attempt", "An attempt without answer"),
            ("absence", "An absence"),
            ("closure", "A day without contacts"),
            ("meeting", "An appointment"),
            ("hand", "Somebody"),
        ],
        "Date given by",
        copy=False,
        readonly=True,
        groups=MEMBERS,
    )
    # What each attempt, and the appointment, found: {"day": of the attempt, "ideal": a week later, "date", "pinned",
    # "source", "rule", "open": not whether its day was, "event": the id of the appointment that was missed, "moved": to
    # which day an absence has moved its date}. Days are ISO texts.
    relationship_attempts = fields.Json("Attempts", copy=False, readonly=True, groups=MEMBERS)
    relationship_before_meeting = fields.Json("Before the appointment", copy=False, readonly=True, groups=MEMBERS)
    relationship_reason = fields.Char("Why this date", compute="_compute_relationship_reason")

    _one_open_renewal = models.UniqueIndex(
        "(relationship_partner_id) WHERE active IS TRUE", "This organisation already has its next contact planned."
    )

    @api.depends(
        "user_id",
        "date_deadline",
        "calendar_event_id.start",
        "calendar_event_id.active",
        "relationship_pinned",
        "relationship_date_source",
        "relationship_attempt_count",
        "relationship_attempts",
        "relationship_partner_id.relationship_last_contact_date",
        "relationship_partner_id.relationship_last_channel",
        "relationship_partner_id.relationship_cadence_id",
    )
    @api.depends_context("lang", "uid")
    def _compute_relationship_reason(self):
        is_member = self.env.user.has_group(MEMBERS)
        for activity in self:
            is_shown = is_member and activity.relationship_partner_id
            activity.relationship_reason = activity._relationship_get_reason() if is_shown else False

    @api.depends("relationship_partner_id.name", "relationship_partner_id.relationship_acronym")
    @api.depends_context("uid")
    def _compute_display_name(self):
        """Name a renewal after its organisation, so that a calendar says with whom it is."""
        renewals = self.filtered("relationship_partner_id")
        is_member = self.env.user.has_group(MEMBERS)
        for renewal in renewals:
            partner = renewal.relationship_partner_id.sudo()
            renewal.display_name = (is_member and partner.relationship_acronym) or partner.name
        return super(MailActivity, self - renewals)._compute_display_name()

    # Why this date

    def _relationship_get_reason(self):
        """Return the sentence that explains the date of a renewal, in the reader's language (C3)."""
        self.ensure_one()
        sentence = self._relationship_get_date_sentence()
        away = self._relationship_get_away_sentence(self.user_id, self.date_deadline)
        return f"{sentence} {away}" if away else sentence

    def _relationship_get_date_sentence(self):
        """Return who gave this date: the calendar, somebody, an absence, or a rule, which the plan may have moved."""
        if appointment := self._relationship_get_appointment():
            if appointment._relationship_has_begun(self.user_id):
                return self.env._("An appointment was in the calendar: its synthesis is to be written.")
            return self.env._("An appointment is in the calendar.")
        source = self._relationship_get_source()
        if source == "hand":
            return self.env._("This date was set by hand.")
        if source == "meeting":
            return self.env._("An appointment was on this day.")
        if source == "absence":
            return self.env._("The day before was in an absence: this one is after it.")
        if source == "closure":
            return self.env._("Nobody works on the day before: this one is after it.")
        rule, day = self._relationship_get_rule()
        if not day or day == self.date_deadline:
            return f"{rule}."
        if closed := self._relationship_say_closed(day):
            return self.env._("%(rule)s (%(closed)s).", rule=rule, closed=closed)
        late = (self.date_deadline - day).days
        words = {"rule": rule, "days": self._relationship_count_days(abs(late))}
        if source == "plan":
            return (
                self.env._("%(rule)s, %(days)s later by the plan.", **words)
                if late > 0
                else self.env._("%(rule)s, %(days)s earlier by the plan.", **words)
            )
        is_first = not self.relationship_partner_id.sudo().relationship_last_contact_date
        if is_first and source != "attempt" and abs(late) <= 1:
            return f"{rule}."  # counted where somebody else lives, who had it before
        return (
            self.env._("%(rule)s, %(days)s later.", **words)
            if late > 0
            else self.env._("%(rule)s, %(days)s earlier.", **words)
        )

    def _relationship_get_source(self):
        """Return where the date comes from; where nothing was noted, what the other fields say of it."""
        if self.relationship_date_source:
            return self.relationship_date_source
        if self.relationship_pinned:
            return "hand"
        return "attempt" if self.relationship_attempt_count else "plan"

    def _relationship_get_rule(self):
        """Return the rule that gives the date when nobody decides otherwise: in words, and its day.

        :return: text without its full stop, and a date, False where it is not known
        """
        partner = self.relationship_partner_id.sudo()
        source = self._relationship_get_source()
        ideals = [attempt["ideal"] for attempt in self._relationship_get_attempts() if attempt.get("ideal")]
        ideal = fields.Date.to_date(ideals[-1] if ideals else False)
        if source == "attempt" or (source == "plan" and ideal):
            return self.env._("Nobody answered: we try again a week later"), ideal
        day = partner._relationship_get_usual_day(self)
        if not partner.relationship_last_contact_date:
            within = self._relationship_count_days(FIRST_CONTACT_AFTER.days)
            if partner._relationship_is_followed_again(self):
                return self.env._("First contact: %(days)s after being followed again", days=within), day
            return self.env._("First contact: %(days)s after becoming a target", days=within), day
        interval = partner._relationship_get_cadence()._get_interval_label()
        contact = partner._relationship_get_last_contact_words()
        return self.env._("%(interval)s after %(contact)s", interval=interval, contact=contact), day

    def _relationship_say_closed(self, day):
        """Say why the date is not on the day of the rule: that day, and all those between, are without contacts.

        :return: text, False where somebody could have been contacted earlier
        """
        closures = self.env["relationship.closure"]
        step = timedelta(days=1 if day < self.date_deadline else -1)
        if find_open_day(day, closures._get_is_closed(self.user_id)[self.user_id.id], step) != self.date_deadline:
            return False
        words = format_day(self.env, day, with_year=False)
        if day.weekday() > 4:
            return self.env._(
                "%(day)s is a %(weekday)s", day=words, weekday=format_date(self.env, day, date_format="EEEE")
            )
        if closures._is_away(self.user_id, day):
            return self.env._("%(day)s is in an absence", day=words)
        return self.env._("%(day)s: %(closure)s", day=words, closure=closures._find_name(self.user_id.id, day))

    @api.model
    def _relationship_get_away_sentence(self, keeper, day):
        """Return that a coming day is in an absence of who keeps the contact, or closed; False where it is not."""
        closures = self.env["relationship.closure"]
        if not (closed := closures._find_name(keeper.id, day)) or day < keeper._relationship_get_day():
            return False
        if not closures._is_away(keeper, day):
            return self.env._("%(day)s: %(closure)s.", day=format_day(self.env, day, with_year=False), closure=closed)
        if keeper == self.env.user:
            return self.env._("You are away that day.")
        return self.env._("%(name)s is away that day.", name=keeper.sudo().name)

    @api.model
    def _relationship_count_days(self, count):
        return self.env._("%(count)s days", count=count) if count > 1 else self.env._("1 day")

    @api.onchange("date_deadline")
    def _onchange_date_deadline(self):
        """Warn about a date in an absence, so that it is a choice and no surprise."""
        is_moved = self.relationship_partner_id and self.date_deadline != self._origin.date_deadline
        if is_moved and (away := self._relationship_get_away_sentence(self.user_id, self.date_deadline)):
            is_absence = self.env["relationship.closure"]._is_away(self.user_id, self.date_deadline)
            title = self.env._("In an absence") if is_absence else self.env._("A day without contacts")
            return {"warning": {"title": title, "message": away, "type": "notification"}}
        return None

    # What people may do with a renewal

    @api.model_create_multi
    def create(self, vals_list):
        defaults = {name: self.env.context.get(f"default_{name}") for name in POINTERS}
        for vals in (defaults, *vals_list):
            self._relationship_check_no_renewal_made(vals)
            self._relationship_check_promise(vals)
        return super().create(vals_list)

    @api.model
    def _relationship_check_no_renewal_made(self, vals):
        if vals.get("relationship_partner_id") and not self.env.su:
            raise UserError(self.env._("The next contact is planned by making the organisation a target."))

    def write(self, vals):
        self._relationship_check_promise(vals)
        renewals = self.filtered("relationship_partner_id")
        if not renewals:
            self._relationship_check_no_renewal_made(vals)
            return super().write(vals)
        if self - renewals:
            return all(each.write(vals) for each in (renewals, self - renewals))
        if not self.env.su:
            self._relationship_check_write(vals)
        if "date_deadline" in vals and self.calendar_event_id and len(self) > 1:
            return all(renewal.write(vals) for renewal in self)
        activities = self._relationship_leave_meeting_in_place() if "date_deadline" in vals else self
        closing = self.filtered("active") if "active" in vals and not vals["active"] else self.browse()
        keepers = self.user_id
        result = super(MailActivity, activities).write(vals)
        closing._recompute_recordset(["date_done"])  # to be written with what it follows from
        if noted := self._relationship_note_source(vals):
            super(MailActivity, self.sudo()).write(noted)
        if "relationship_pinned" in vals and not vals["relationship_pinned"] and "date_deadline" not in vals:
            for renewal in self.sudo().filtered("relationship_before_meeting"):
                renewal.relationship_before_meeting = {**renewal.relationship_before_meeting, **RULE_VALUES}
            self.relationship_partner_id._relationship_move_renewals()
            tried = self.sudo().filtered("relationship_attempt_count")
            for renewal in tried.filtered(lambda each: not each._relationship_is_pinned()):
                renewal.write(renewal._relationship_prepare_again())
        moved = self if "calendar_event_id" in vals and not self.env.su else self.browse()
        if noted or "user_id" in vals:
            moved |= self.filtered("calendar_event_id")
        moved.relationship_partner_id._relationship_take_meetings()
        closing.relationship_partner_id._relationship_sync_renewals()
        if CALENDAR_FIELDS & vals.keys():
            self.env["relationship.member"]._note_calendars(keepers | self.user_id)
        return result

    @api.model
    def _relationship_note_source(self, vals):
        """Note that a date that is written is somebody's, unless the writer says otherwise; not pinned, the plan's."""
        if "relationship_date_source" in vals or not {"date_deadline", "relationship_pinned"} & vals.keys():
            return {}
        is_pinned = vals.get("relationship_pinned", True)
        unpinned = "plan" if "date_deadline" in vals else "rule"
        return {"relationship_pinned": is_pinned, "relationship_date_source": "hand" if is_pinned else unpinned}

    def _relationship_leave_meeting_in_place(self):
        """Return these renewals for a write of their date, moving coming appointments as their organisers.

        One that is off, or has taken place, is not moved.

        :raise UserError: the appointment is somebody else's
        """
        appointment = self._relationship_get_appointment() if self.calendar_event_id else self.env["calendar.event"]
        is_from_meeting = self.env.context.get("calendar_event_meeting_update")
        if not appointment or is_from_meeting:
            return self.with_context(calendar_event_meeting_update=True)
        if appointment._relationship_has_begun(self.user_id):
            self.sudo().write({"calendar_event_id": False, "relationship_before_meeting": False})
            return self
        organiser = appointment.user_id
        if organiser not in (self.env.user, self.env["res.users"]) and not self.env.su:
            raise UserError(
                self.env._(
                    "The next contact is an appointment that %(name)s has made: it is moved in the calendar.",
                    name=organiser.name,
                )
            )
        return self.with_context(tz=self.user_id.sudo().tz or self.env.context.get("tz"))

    def unlink(self):
        partners = self.filtered(lambda activity: activity.relationship_partner_id and activity.active)
        partners, keepers = partners.relationship_partner_id, partners.user_id
        result = super().unlink()
        partners.exists()._relationship_sync_renewals()
        self.env["relationship.member"]._note_calendars(keepers)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_renewal(self):
        if not self.env.su:
            self._relationship_check_synthesis(self.env._("cancelled or deleted"))

    def _action_done(self, feedback=False, attachment_ids=None):
        if not self.env.su:
            self._relationship_check_synthesis(self.env._("marked done"), propose_form=True)
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)

    def _relationship_check_write(self, vals):
        """Refuse a change that would make a renewal disappear without a synthesis (S1), or that is the team's."""
        if (PROTECTED_FIELDS | {"relationship_pinned"}) & vals.keys():
            self._relationship_check_member()
        is_unpinned = not vals.get("relationship_pinned", True)
        if PROTECTED_FIELDS & vals.keys() or (is_unpinned and "date_deadline" in vals):
            raise UserError(
                self.env._(
                    "Why the next contact is on its day is noted by what happens: move the date, give it back to the"
                    " rule, or say that nobody answered."
                )
            )
        if "active" in vals and not vals["active"]:
            self._relationship_check_synthesis(self.env._("archived"))
        if vals.get("active") and not all(self.mapped("active")):
            raise UserError(self.env._("This contact has taken place: the next one is planned already."))
        pointers = {"res_model", "res_model_id", "res_id", "relationship_partner_id"} & vals.keys()
        current = [activity._convert_to_write({name: activity[name] for name in pointers}) for activity in self]
        if any(values[name] != vals[name] for values in current for name in pointers):
            raise UserError(self.env._("The next contact cannot be moved to another record: plan it there instead."))
        if "user_id" in vals and not vals["user_id"]:
            raise UserError(self.env._("Somebody must be in charge of the next contact: choose who."))
        if "user_id" in vals and any(
            each.sudo().relationship_partner_id.relationship_owner_id.id != vals["user_id"] for each in self
        ):
            raise UserError(
                self.env._("The next contact is made by the owner of the organisation: hand the organisation over.")
            )
        if "activity_type_id" in vals:
            activity_type = self.env["mail.activity.type"].browse(vals["activity_type_id"])
            if not activity_type.relationship_channel:
                raise UserError(self.env._("The next contact is in person or by phone: choose one of these types."))

    def _relationship_check_synthesis(self, participle, propose_form=False):
        """Refuse to close renewals for which no validated synthesis was written (S1).

        :param str participle: what the user tried, completes "cannot be"
        :param bool propose_form: offer a button that opens the synthesis
        :raise UserError: no validated synthesis points to one of these open renewals
        :raise RedirectWarning: the same, with the button
        """
        renewals = self.filtered(lambda activity: activity.relationship_partner_id and activity.active)
        if not renewals:
            return
        written = (
            self.env["relationship.synthesis"]
            .sudo()
            .search([("activity_id", "in", renewals.ids), ("state", "=", "done")])
        )
        missing = renewals - written.activity_id
        if not missing:
            return
        message = self.env._(
            "The next contact with %(organisation)s cannot be %(participle)s: write the synthesis of the contact and "
            "validate it, or move the date. If nobody answered, say so with the button made for it.",
            organisation=missing[0].sudo().relationship_partner_id.display_name,
            participle=participle,
        )
        if propose_form:
            raise RedirectWarning(message, missing[0].action_write_synthesis(), self.env._("Write the synthesis"))
        raise UserError(message)

    @api.onchange("activity_type_id")
    def _onchange_activity_type_id(self):
        """Keep the date and the owner of a renewal when another channel is chosen."""
        return None if self.relationship_partner_id else super()._onchange_activity_type_id()

    # Actions

    def action_write_synthesis(self):
        """Open the synthesis of this renewal, filled with what is known."""
        self.ensure_one()
        return self.relationship_partner_id._relationship_get_synthesis_action(self)

    @api.readonly
    def action_open_document(self):
        """Open a renewal's organisation on the page that the team knows."""
        action = super().action_open_document()
        if self.relationship_partner_id and self.env.user.has_group(MEMBERS) and action["res_model"] == "res.partner":
            action["views"] = [(self.env.ref("shifters_relations.res_partner_view_form").id, "form")]
        return action

    def action_set_date(self):
        """Open the date of a renewal."""
        self.ensure_one()
        return self.relationship_partner_id.action_relationship_set_date()

    def action_no_answer(self):
        """Count an attempt to which nobody answered, one a day, and try again in a week (C7).

        A renewal with an appointment to come keeps its date; nobody was at one that is over. One whose date was set
        by hand stays so.
        """
        self._relationship_check_member()
        self.check_access("write")
        already = self.browse()
        for renewal in self.filtered(lambda activity: activity.relationship_partner_id and activity.active):
            today = renewal.user_id._relationship_get_day()
            if any(attempt["day"] == str(today) for attempt in renewal._relationship_get_attempts()):
                already |= renewal
                continue
            renewal._relationship_note_attempt(today)
            renewal.relationship_partner_id._message_log(
                body=self.env._(
                    "%(channel)s: nobody answered (attempt %(count)s).",
                    channel=renewal.activity_type_id.name,
                    count=renewal.relationship_attempt_count,
                )
            )
        if not already:
            return True
        return notify(self.env._("Noted today already: an attempt counts once a day."), "info", then=None)

    def _relationship_note_attempt(self, today):
        """Count one more attempt, and try again a week after the day it was due, or after today."""
        appointment = self._relationship_get_appointment()
        before = self._relationship_prepare_before()
        if appointment and appointment._relationship_has_begun(self.user_id):
            # Nobody came: what was before the appointment tells whether the date was somebody's choice.
            before = {**before, **(self.sudo().relationship_before_meeting or {}), "event": appointment.id}
            self.sudo().write({"calendar_event_id": False, "relationship_before_meeting": False})
        attempt = {"day": str(today), **before}
        vals = {}
        if not self._relationship_get_appointment():
            attempt["ideal"] = str(max(self.date_deadline, today) + NEXT_ATTEMPT_AFTER)
            vals = self._relationship_prepare_attempt_date(attempt, before["pinned"])
        vals |= {
            "relationship_attempt_count": self.relationship_attempt_count + 1,
            "relationship_attempts": [*self._relationship_get_attempts(), attempt],
        }
        self.sudo().write(vals)
        self.relationship_partner_id._relationship_take_meetings()

    def action_take_back_attempt(self):
        """Take the last attempt back, with the date that it gave; a date chosen since stays."""
        self._relationship_check_member()
        self.check_access("write")
        for renewal in self.filtered(lambda each: each.active and each.relationship_attempt_count):
            *attempts, last = renewal._relationship_get_attempts() or [{}]
            vals = {
                "relationship_attempt_count": renewal.relationship_attempt_count - 1,
                "relationship_attempts": attempts,
            }
            before, missed = renewal.relationship_before_meeting, None
            if (
                before
                and last.get("ideal")
                and renewal._relationship_is_of_attempt(last, before["source"], before["date"])
            ):
                vals["relationship_before_meeting"] = {**last, "met": before.get("met")}
            elif (
                not renewal._relationship_get_appointment()
                and last.get("ideal")
                and renewal._relationship_is_of_attempt(last)
            ):
                vals |= renewal._relationship_prepare_back(last)
                missed = self.env["calendar.event"].sudo().browse(last.get("event")).exists()
            renewal.sudo().write(vals)
            if missed:
                renewal.sudo().with_context(calendar_event_meeting_update=True).calendar_event_id = missed
                renewal.relationship_partner_id._relationship_take_meetings()
            renewal.relationship_partner_id._message_log(body=self.env._("The last attempt was taken back."))
        return True

    def _relationship_is_of_attempt(self, attempt, source=None, day=None):
        """Return whether a date comes from an attempt, also where the plan or an absence has moved it since.

        :param source: of that date, and its day as an ISO text; those of this renewal by default
        """
        source = source or self._relationship_get_source()
        if source in ("absence", "closure"):
            return attempt.get("moved") == (day or str(self.date_deadline))
        return source in ("attempt", "plan")

    def _relationship_prepare_after_absence(self, day, source):
        """Return values that move the date out of days without contacts; its attempt stays the same."""
        vals = {
            "date_deadline": day,
            "relationship_pinned": self.relationship_pinned,
            "relationship_date_source": source,
        }
        *attempts, last = self._relationship_get_attempts() or [{}]
        if last.get("ideal") and self._relationship_is_of_attempt(last):
            vals["relationship_attempts"] = [*attempts, {**last, "moved": str(day)}]
        return vals

    def _relationship_get_attempts(self):
        """Return what was noted of the attempts that count, the oldest first."""
        count = self.relationship_attempt_count
        return (self.relationship_attempts or [])[-count:] if count else []

    def _relationship_prepare_attempt_date(self, attempt, pinned=False):
        """Return the next open day a week after an attempt, pinned where the date before it was somebody's choice."""
        return {
            "date_deadline": self.user_id._relationship_get_open_day(fields.Date.to_date(attempt["ideal"])),
            "relationship_pinned": pinned,
            "relationship_date_source": "attempt",
        }

    def _relationship_prepare_again(self):
        """Return the date that the last attempt gives when it counts alone: a week after its day."""
        *attempts, last = self._relationship_get_attempts() or [{}]
        day = fields.Date.to_date(last.get("day")) or self.user_id._relationship_get_day()
        last = {"day": str(day), **self._relationship_prepare_before(), **last, "ideal": str(day + NEXT_ATTEMPT_AFTER)}
        return {**self._relationship_prepare_attempt_date(last), "relationship_attempts": [*attempts, last]}

    def _relationship_prepare_before(self):
        """Return the date as it is now, to come back to it."""
        return {
            "date": str(self.date_deadline),
            "pinned": self.relationship_pinned,
            "source": self._relationship_get_source(),
            "rule": self._relationship_get_rule_key(),
            "open": self.user_id._relationship_get_open_day(self.date_deadline) == self.date_deadline,
        }

    def _relationship_get_rule_key(self):
        """Return what tells whether the rule still gives the day that it gave."""
        return str(self.relationship_partner_id.sudo()._relationship_get_ideal_date() or "")

    def _relationship_prepare_back(self, before):
        """Return values that bring back an earlier date; where its rule has changed, the rule's new one.

        A day that was open and is no more gives way to the next open one.
        """
        if before["source"] in ("rule", "plan") and before["rule"] != self._relationship_get_rule_key():
            partner = self.relationship_partner_id.sudo()
            return partner._relationship_prepare_rule_dates(self.sudo())[partner]
        day, source = fields.Date.to_date(before["date"]), before["source"]
        found = self.user_id._relationship_get_open_day(day) if before.get("open") else day
        if found != day and source in ("hand", "meeting"):
            source = "absence" if self.env["relationship.closure"]._is_away(self.user_id, day) else "closure"
        return {
            "date_deadline": found,
            "relationship_pinned": before["pinned"],
            "relationship_date_source": source,
        }

    def action_unpin(self):
        """Give the date back to the rule."""
        self._relationship_check_member()
        return self.write({"relationship_pinned": False})

    def _relationship_check_member(self):
        """Check that the user is in the team; others who may write on activities do so as core lets them.

        :raise AccessError: the user is not in the team
        """
        if not (self.env.su or self.env.user.has_group(MEMBERS)):
            raise AccessError(self.env._("The next contact is the Relations team's: ask one of its members."))

    def _relationship_log_cancelled(self):
        """Log what goes with renewals that are cancelled, where no rule gives it again: a chosen date, and attempts."""
        bodies = {}
        for renewal in self:
            before, count = renewal.relationship_before_meeting, renewal.relationship_attempt_count
            is_chosen = before["pinned"] if before else renewal.relationship_pinned
            if not (is_chosen or count):
                continue
            date = format_day(self.env, before["date"] if before and is_chosen else renewal.date_deadline)
            said = (
                self.env._("The next contact of %(date)s, a date set by hand, is cancelled.", date=date)
                if is_chosen
                else self.env._("The next contact of %(date)s is cancelled.", date=date)
            )
            tried = self.env._("Attempts without answer: %(count)s.", count=count)
            bodies[renewal.relationship_partner_id.id] = f"{said} {tried}" if count else said
        if bodies:
            self.env["res.partner"].browse(bodies)._message_log_batch(bodies)

    def _relationship_assign_to_owner(self):
        """Hand renewals to the owners of their organisations, one write for each owner."""
        by_owner = self.grouped(lambda renewal: renewal.relationship_partner_id.relationship_owner_id)
        for owner, renewals in by_owner.items():
            strangers = renewals.filtered(lambda renewal, owner=owner: renewal.user_id != owner)
            if owner.active and strangers:
                strangers.with_context(mail_activity_quick_update=True).write({"user_id": owner.id})

    def _relationship_is_pinned(self):
        """Return whether no rule may move this renewal: a date set by hand, or an appointment."""
        return self.relationship_pinned or bool(self._relationship_get_appointment())

    # The appointment

    def _relationship_get_channel(self):
        """Return the channel by which the next contact is made, False where there is none."""
        return self.activity_type_id.relationship_channel

    def _relationship_get_appointment(self):
        """Return the meeting of this renewal while it stands: the only truth about whether there is one."""
        self.ensure_one()
        event, is_on_it = self.sudo().calendar_event_id, bool(self.sudo().relationship_before_meeting)
        return event if event and event._relationship_stands(self.user_id.partner_id, is_on_it) else event.browse()

    def _relationship_take_meetings(self, without=()):
        """Put these renewals on the next meeting with the organisation of each.

        :param without: meetings that are being deleted
        """
        events = self.env["calendar.event"].sudo()
        coming = self and events._relationship_get_coming(self, events.union(*without))
        for renewal in self:
            renewal._relationship_take_appointment(coming.get(renewal, events))

    def _relationship_take_appointment(self, coming):
        """Move to the day of the next meeting with the organisation, or back to the date that was before it.

        A meeting that has begun keeps the renewal until its synthesis is written: it is asked for.

        :param coming: the first of the other meetings to come, if there is one
        """
        before, partner = self.relationship_before_meeting or {}, self.relationship_partner_id
        appointment = self._relationship_get_appointment()
        is_met_no_more = before.get("met") and partner not in appointment._relationship_get_met()
        if is_met_no_more or self._relationship_is_after_plan(appointment):
            appointment = appointment.browse()
        if not appointment or (coming and not appointment._relationship_has_begun(self.user_id)):
            appointment = (appointment | coming).sorted(lambda event: (event.start, event.id))[:1]
        if appointment:
            vals = self._relationship_prepare_appointment(appointment)
        elif before:
            vals = {**self._relationship_prepare_back(before), "relationship_before_meeting": False}
            if before.get("met"):
                vals["calendar_event_id"] = False
        else:
            return
        if any(self._convert_to_write({name: self[name]})[name] != vals[name] for name in vals):
            self.with_context(calendar_event_meeting_update=True).write(vals)
        self.invalidate_recordset(["relationship_reason"])

    def _relationship_is_after_plan(self, appointment):
        """Return whether a committee's meeting to come is after the day planned without it: it replaces no contact."""
        if not appointment.sudo().relationship_committee_id or appointment._relationship_has_begun(self.user_id):
            return False
        before = self.relationship_before_meeting
        planned = fields.Date.to_date(before["date"]) if before else self.date_deadline
        return self._relationship_get_day_of(appointment) > planned

    def _relationship_prepare_appointment(self, appointment):
        """Return values that put this renewal on the day of a meeting, in the time zone of who keeps the contact."""
        if not appointment.relationship_is_renewal:
            appointment.relationship_is_renewal = True
        before = self.relationship_before_meeting or self._relationship_prepare_before()
        return {
            "calendar_event_id": appointment.id,
            "date_deadline": self._relationship_get_day_of(appointment),
            "relationship_pinned": True,
            "relationship_date_source": "meeting",
            "relationship_before_meeting": {
                **before,
                "met": self.relationship_partner_id in appointment._relationship_get_met(),
            },
        }

    def _relationship_get_day_of(self, appointment):
        """Return the day of a meeting, in the time zone of who keeps the contact."""
        return appointment.start_date if appointment.allday else self.user_id._relationship_get_day(appointment.start)

    @api.model
    def _relationship_find_off_appointment(self):
        """Return the open renewals on a meeting that does not take place, or on another day than it."""
        on_meetings = Domain("calendar_event_id", "!=", False) | Domain("relationship_date_source", "=", "meeting")
        renewals = self.search(Domain("relationship_partner_id", "!=", False) & on_meetings)
        return renewals.filtered(lambda renewal: renewal._relationship_is_off_appointment())

    def _relationship_is_off_appointment(self):
        if appointment := self._relationship_get_appointment():
            return self.date_deadline != self._relationship_get_day_of(appointment)
        return bool(self.relationship_before_meeting)

    def _relationship_has_lost_appointment(self):
        """Return whether its meeting was cancelled or declined; updates from the first version ask."""
        return bool(self.calendar_event_id) and not self._relationship_get_appointment()

    def _relationship_has_coming_appointment(self):
        """Return whether a meeting is in the calendar that has not begun."""
        appointment = self._relationship_get_appointment()
        return bool(appointment) and not appointment._relationship_has_begun(self.user_id)

    def _to_store_defaults(self, target):
        return [*super()._to_store_defaults(target), "relationship_reason"]
