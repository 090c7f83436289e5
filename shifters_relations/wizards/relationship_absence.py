from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import notify


class RelationshipClosure(models.Model):
    _inherit = "relationship.closure"

    touched_count = fields.Integer(
        "To move", compute="_compute_touched_count", help="What is planned on these days, appointments apart."
    )

    @api.depends("date_from", "date_to", "user_id", "active")
    def _compute_touched_count(self):
        touched = self._get_touched()
        for closure in self:
            closure.touched_count = len(
                touched[closure._origin].filtered(lambda each: not each._relationship_get_appointment())
            )

    def _get_touched(self):
        """Return what the members have to do on these days, from today on, in one query whatever their number.

        :return: dictionary of activities by closure
        """
        members = self.env["relationship.member"].sudo()
        users = members.search([("is_current", "=", True)]).user_id
        renewals = Domain("relationship_partner_id", "!=", False) & Domain("relationship_partner_id.active", "=", True)
        theirs = Domain("user_id", "in", users.ids) & (renewals | members._get_tasks_domain())
        coming = Domain("date_deadline", ">=", fields.Date.context_today(self) - timedelta(days=1))
        activities = self.env["mail.activity"].sudo().search(theirs & coming, order="date_deadline, id")
        touched = defaultdict(activities.browse)
        for closure in self._origin.filtered("active"):
            contains = closure._get_days()
            touched[closure] = activities.filtered(
                lambda activity, closure=closure, contains=contains: (
                    activity.user_id in (closure.user_id or activity.user_id)
                    and activity.date_deadline >= activity.user_id._relationship_get_day()
                    and contains(activity.date_deadline)
                )
            )
        return touched

    def action_move_touched(self):
        """Show what falls on these days, and to which day each would move; nothing is moved yet."""
        self.ensure_one()
        self.check_access("write")
        wizard = self.env["relationship.absence"].create({"closure_id": self.id})
        wizard._propose()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What falls in “%(name)s”", name=self.name),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }


class RelationshipAbsence(models.TransientModel):
    """What an absence touches, to look at before it is moved: each to the next open day, one next contact a day."""

    _name = "relationship.absence"
    _description = "What an Absence Touches"

    closure_id = fields.Many2one("relationship.closure", "Absence", required=True, ondelete="cascade")
    line_ids = fields.One2many("relationship.absence.line", "absence_id", "What falls in it")

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("What an absence touches")

    def _propose(self):
        """Write a line for each thing to do, with the day to which it would move."""
        activities = self.closure_id._get_touched()[self.closure_id]
        renewals = self.env["mail.activity"].sudo()
        others = renewals.search(
            Domain("user_id", "in", activities.user_id.ids) & Domain("relationship_partner_id", "!=", False)
        )
        taken = {(other.user_id, other.date_deadline) for other in others - activities}
        lines = []
        for activity in activities:
            planned = False
            if not activity._relationship_get_appointment():
                planned = self._get_free_day(activity, taken)
            lines.append(
                {
                    "absence_id": self.id,
                    "activity_id": activity.id,
                    "date_current": activity.date_deadline,
                    "date_planned": planned,
                    "keep": bool(planned),
                }
            )
        self.env["relationship.absence.line"].sudo().create(lines)

    @api.model
    def _get_free_day(self, activity, taken):
        """Return the next open day of who does it; for a next contact, one that has no other yet.

        :param set taken: pairs of a user and a day, which the found one joins
        """
        keeper = activity.user_id
        day = keeper._relationship_get_open_day(activity.date_deadline)
        if not activity.relationship_partner_id:
            return day
        while (keeper, day) in taken:
            day = keeper._relationship_get_open_day(day + timedelta(days=1))
        taken.add((keeper, day))
        return day

    def action_move(self):
        """Move what was kept; what has changed meanwhile stays.

        :raise AccessError: it is somebody else's absence
        """
        self.ensure_one()
        self.closure_id.check_access("write")
        touched = self.sudo().closure_id._get_touched()[self.sudo().closure_id]
        moved = 0
        for line in self.sudo().line_ids.filtered(lambda each: each.keep and each.date_planned):
            activity = line.activity_id
            if (
                activity not in touched
                or activity.date_deadline != line.date_current
                or activity._relationship_get_appointment()
            ):
                continue
            vals = {"date_deadline": line.date_planned}
            if activity.relationship_partner_id:
                source = "absence" if self.sudo().closure_id.user_id else "closure"
                vals = activity._relationship_prepare_after_absence(line.date_planned, source)
            activity.with_context(mail_activity_quick_update=True).write(vals)
            moved += 1
        return notify(self.env._("Moved: %(count)s.", count=moved), "success" if moved else "info")


class RelationshipAbsenceLine(models.TransientModel):
    """One thing to do that falls in an absence."""

    _name = "relationship.absence.line"
    _description = "What Falls in an Absence"
    _order = "date_current, id"

    absence_id = fields.Many2one("relationship.absence", required=True, index=True, ondelete="cascade")
    keep = fields.Boolean("Move", default=True)
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="cascade")
    what = fields.Char(compute="_compute_what")
    date_current = fields.Date("Day", readonly=True)
    date_planned = fields.Date("Would move to", readonly=True, help="Empty: an appointment, which is moved by hand.")

    @api.depends("activity_id")
    @api.depends_context("lang")
    def _compute_what(self):
        for line in self:
            activity = line.sudo().activity_id
            parts = [activity.res_name, not activity.relationship_partner_id and activity.summary]
            if activity._relationship_get_appointment():
                parts.append(self.env._("appointment: to move in the calendar"))
            line.what = " · ".join(filter(None, parts))
