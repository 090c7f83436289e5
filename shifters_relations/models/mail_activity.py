from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tools import format_date

from ..tools import format_day
from .relationship_member import MEMBERS


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
    relationship_reason = fields.Char("Why this date", compute="_compute_relationship_reason")

    _one_open_renewal = models.UniqueIndex(
        "(relationship_partner_id) WHERE active IS TRUE", "This organisation already has its next contact planned."
    )

    @api.depends(
        "date_deadline",
        "calendar_event_id",
        "relationship_pinned",
        "relationship_attempt_count",
        "relationship_partner_id.relationship_last_contact_date",
        "relationship_partner_id.relationship_last_channel",
        "relationship_partner_id.relationship_cadence_id",
    )
    @api.depends_context("lang", "uid")
    def _compute_relationship_reason(self):
        is_member = self.env.user.has_group(MEMBERS)
        for activity in self:
            is_told = is_member and activity.relationship_partner_id
            activity.relationship_reason = activity._get_reason() if is_told else False

    @api.depends("relationship_partner_id.name", "relationship_partner_id.relationship_acronym")
    @api.depends_context("uid")
    def _compute_display_name(self):
        """A renewal is called by its organisation, so that a calendar tells with whom."""
        renewals = self.filtered("relationship_partner_id")
        is_member = self.env.user.has_group(MEMBERS)
        for renewal in renewals:
            partner = renewal.relationship_partner_id.sudo()
            renewal.display_name = (is_member and partner.relationship_acronym) or partner.name
        return super(MailActivity, self - renewals)._compute_display_name()

    def _get_reason(self):
        """The sentence that explains the date of a renewal, in the reader's language (C3)."""
        self.ensure_one()
        partner = self.relationship_partner_id.sudo()
        if self._get_appointment():
            return self.env._("An appointment is in the calendar.")
        if self.relationship_pinned:
            return self.env._("This date was set by hand.")
        if self.relationship_attempt_count:
            return self.env._("Nobody answered: we try again a week later.")
        if not partner.relationship_last_contact_date:
            late = (self.date_deadline - partner._relationship_get_rule_date(self)).days
            if late <= 0:
                return self.env._("First contact: within a month of becoming a target.")
            return self.env._(
                "First contact: a month after becoming a target, %(days)s later by the plan.",
                days=self._count_days(late),
            )
        ideal = partner._relationship_get_ideal_date()
        words = {
            "interval": partner._relationship_get_cadence()._get_interval_label(),
            "contact": partner._relationship_get_last_contact_words(),
        }
        if ideal == self.date_deadline:
            return self.env._("%(interval)s after %(contact)s.", **words)
        if partner._relationship_to_weekday(ideal) == self.date_deadline:
            return self.env._(
                "%(interval)s after %(contact)s (%(day)s is a %(weekday)s).",
                day=format_day(self.env, ideal, with_year=False),
                weekday=format_date(self.env, ideal, date_format="EEEE"),
                **words,
            )
        late = (self.date_deadline - ideal).days
        words["days"] = self._count_days(abs(late))
        if late > 0:
            return self.env._("%(interval)s after %(contact)s, %(days)s later by the plan.", **words)
        return self.env._("%(interval)s after %(contact)s, %(days)s earlier by the plan.", **words)

    @api.model
    def _count_days(self, count):
        return self.env._("%(count)s days", count=count) if count > 1 else self.env._("1 day")

    # What people may do with a renewal

    @api.model_create_multi
    def create(self, vals_list):
        given = [self.env.context.get("default_relationship_partner_id")]
        given += [vals.get("relationship_partner_id") for vals in vals_list]
        if not self.env.su and any(given):
            raise UserError(self.env._("The next contact is planned by making the organisation a target."))
        return super().create(vals_list)

    def write(self, vals):
        renewals = self.filtered("relationship_partner_id")
        if not renewals:
            return super().write(vals)
        if not self.env.su:
            renewals._check_write(vals)
        lost = (
            renewals.filtered(lambda each: each._has_lost_appointment()) if "date_deadline" in vals else self.browse()
        )
        if lost and self - lost:
            return all(each.write(vals) for each in (lost, self - lost))
        closing = renewals.filtered("active") if "active" in vals and not vals["active"] else renewals.browse()
        by_hand = renewals.filtered("relationship_pinned")
        if "date_deadline" in vals and "relationship_pinned" not in vals:
            renewals.filtered("active").sudo().relationship_pinned = True
        # A meeting that is off is not moved.
        activities = self.with_context(calendar_event_meeting_update=True) if lost else self
        result = super(MailActivity, activities).write(vals)
        if vals.get("calendar_event_id"):
            for renewal in renewals.sudo():
                renewal.calendar_event_id.write(
                    {"relationship_is_renewal": True, "relationship_is_by_hand": renewal in by_hand}
                )
        if "relationship_pinned" in vals and not vals["relationship_pinned"] and "date_deadline" not in vals:
            renewals.relationship_partner_id._relationship_move_renewals()
            for renewal in renewals.filtered(lambda each: each.relationship_attempt_count and not each._is_pinned()):
                renewal.write(renewal._prepare_retry(fields.Date.context_today(self)))
        closing.relationship_partner_id._relationship_sync_renewals()
        return result

    def unlink(self):
        partners = self.filtered(lambda activity: activity.relationship_partner_id and activity.active)
        partners = partners.relationship_partner_id
        result = super().unlink()
        partners.exists()._relationship_sync_renewals()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_renewal(self):
        if not self.env.su:
            self._check_synthesis(self.env._("cancelled or deleted"))

    def _action_done(self, feedback=False, attachment_ids=None):
        if not self.env.su:
            self._check_synthesis(self.env._("marked done"), propose_form=True)
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)

    def _check_write(self, vals):
        """Refuse a change that would make a renewal disappear without a synthesis (S1), or that is the team's."""
        if {"relationship_pinned", "relationship_attempt_count"} & vals.keys():
            self._check_member()
        if "active" in vals and not vals["active"]:
            self._check_synthesis(self.env._("archived"))
        if vals.get("active") and not all(self.mapped("active")):
            raise UserError(self.env._("This contact has taken place: the next one is planned already."))
        pointers = {"res_model", "res_model_id", "res_id", "relationship_partner_id"} & vals.keys()
        current = [activity._convert_to_write({name: activity[name] for name in pointers}) for activity in self]
        if any(values[name] != vals[name] for values in current for name in pointers):
            raise UserError(self.env._("The next contact cannot be moved to another record: plan it there instead."))
        if "user_id" in vals and not vals["user_id"]:
            raise UserError(self.env._("Somebody must be in charge of the next contact: choose who."))
        if "activity_type_id" in vals:
            activity_type = self.env["mail.activity.type"].browse(vals["activity_type_id"])
            if not activity_type.relationship_channel:
                raise UserError(self.env._("The next contact is in person or by phone: choose one of these types."))

    def _check_synthesis(self, participle, propose_form=False):
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
        """Choosing another way for a renewal moves neither its date nor its owner."""
        return None if self.relationship_partner_id else super()._onchange_activity_type_id()

    # Actions

    def action_write_synthesis(self):
        """Open the synthesis of this renewal, filled with what is known."""
        self.ensure_one()
        return self.relationship_partner_id._relationship_get_synthesis_action(self)

    def action_no_answer(self):
        """Count an attempt to which nobody answered and try again in a week (C7).

        A renewal with an appointment keeps its date. One whose date was set by hand stays so.
        """
        self._check_member()
        today = fields.Date.context_today(self)
        for renewal in self.filtered(lambda activity: activity.relationship_partner_id and activity.active):
            vals = {"relationship_attempt_count": renewal.relationship_attempt_count + 1}
            if not renewal._get_appointment():
                vals |= renewal._prepare_retry(max(renewal.date_deadline, today))
            renewal.write(vals)
            renewal.relationship_partner_id._message_log(
                body=self.env._(
                    "%(channel)s: nobody answered (attempt %(count)s).",
                    channel=renewal.activity_type_id.name,
                    count=renewal.relationship_attempt_count,
                )
            )
        return True

    def _prepare_retry(self, since):
        """A week after a day, on a weekday; pinned or not as it is."""
        day = self.env["res.partner"]._relationship_to_weekday(since + timedelta(weeks=1))
        return {"date_deadline": day, "relationship_pinned": self.relationship_pinned}

    def action_unpin(self):
        """Give the date back to the rule."""
        self._check_member()
        return self.write({"relationship_pinned": False})

    def _check_member(self):
        """The loop turns by the team's hands; others who may write on activities do so by core's ways.

        :raise AccessError: the user is not in the team
        """
        if not (self.env.su or self.env.user.has_group(MEMBERS)):
            raise AccessError(self.env._("The next contact is the Relations team's: ask one of its members."))

    def _relationship_assign_to_owner(self):
        """Hand renewals to the owners of their organisations, one write for each owner."""
        by_owner = self.grouped(lambda renewal: renewal.relationship_partner_id.relationship_owner_id)
        for owner, renewals in by_owner.items():
            strangers = renewals.filtered(lambda renewal, owner=owner: renewal.user_id != owner)
            if owner.active and strangers:
                strangers.with_context(mail_activity_quick_update=True).write({"user_id": owner.id})

    def _is_pinned(self):
        """Whether no rule may move this renewal: a date set by hand, or an appointment."""
        return self.relationship_pinned or bool(self._get_appointment())

    def _get_appointment(self):
        """The meeting of this renewal as long as it stands, the only truth about whether there is one."""
        self.ensure_one()
        event = self.sudo().calendar_event_id
        return event if event and event._relationship_stands(self.user_id.partner_id) else event.browse()

    def _has_lost_appointment(self):
        """Whether its meeting was cancelled or declined."""
        return bool(self.calendar_event_id) and not self._get_appointment()

    def _to_store_defaults(self, target):
        return [*super()._to_store_defaults(target), "relationship_reason"]
