import logging
from collections import Counter

from dateutil.relativedelta import relativedelta
from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date, formatLang

from ..groups import ORGANISERS
from ..levelled_plan import Target, capacity, plan
from ..models.loop.res_partner import BATCH, CHANNELS
from ..texts import fold
from ..tools import notify

_logger = logging.getLogger(__name__)

WAITING_HOURS = 72.0  # the job may have to wait


class RelationshipPlan(models.TransientModel):
    """The levelled plan of some members, to look at before it is applied (C1).

    Applying takes the kept lines away as their renewals are moved, a batch a transaction: the
    first at once, the others by a job. Whatever kills the job, the lines left are what is left.
    """

    _name = "relationship.plan"
    _description = "Levelled Plan"
    _transient_max_hours = WAITING_HOURS

    member_ids = fields.Many2many(
        "relationship.member", string="Members", required=True, domain=[("is_current", "=", True)]
    )
    is_single = fields.Boolean(compute="_compute_is_single")
    line_ids = fields.One2many("relationship.plan.line", "plan_id", "Moves")
    message = fields.Html(readonly=True)
    chart = fields.Html(readonly=True, sanitize=False)
    is_applying = fields.Boolean(readonly=True)

    @api.depends("member_ids")
    def _compute_is_single(self):
        for wizard in self:
            wizard.is_single = len(wizard.member_ids) <= 1

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Level the plan")

    def _check_members(self):
        """Check that a contact member levels her own portfolio only; organisers level everybody's.

        :raise AccessError: the plan is about somebody else
        """
        if self.env.su or self.env.user.has_group(ORGANISERS):
            return
        if self.member_ids.user_id != self.env.user:
            raise AccessError(self.env._("You level your own portfolio; an organiser levels those of others."))

    @api.model
    def action_open_mine(self):
        """Preview the plan of the user's own portfolio."""
        return self._open(self.env["relationship.member"].search([("user_id", "=", self.env.uid)]))

    @api.model
    def action_open_all(self):
        """Preview the plan of the whole team."""
        return self._open(self.env["relationship.member"].search([("is_current", "=", True)]))

    @api.model
    def _open(self, members):
        wizard = self.create({"member_ids": members.ids})
        wizard.action_preview()
        return wizard._get_action()

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Level the plan"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def action_preview(self):
        """Compute the plan and show what it would move; nothing is changed yet."""
        self.ensure_one()
        self._check_members()
        self.line_ids.unlink()
        self.sudo().is_applying = False
        before, after, values = Counter(), Counter(), []
        for member, renewals, lines in self._compute_plans():
            for renewal in renewals.values():
                before[renewal.date_deadline.replace(day=1)] += 1
            for line in lines:
                after[line.date.replace(day=1)] += 1
                renewal = renewals[line.key]
                same_way = renewal.activity_type_id.relationship_channel == line.channel
                if line.reason != "pinned" and (line.date != renewal.date_deadline or not same_way):
                    values.append(self._prepare_line_values(member, renewal, line))
        self.env["relationship.plan.line"].create(values)
        self.write({"message": self._get_message(), "chart": self._get_chart(before, after)})
        return self._get_action()

    def action_apply(self):
        """Move the renewals of the lines that were kept. Those that have changed meanwhile stay, and it says how many.

        The first batch moves at once, which is all for a member; a job moves what is left of a big team.
        """
        self.ensure_one()
        lines, moved = self._apply_batch()
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations.mail_activity_renewal_action")
        if self.member_ids.user_id != self.env.user:
            action |= {"name": self.env._("The team's renewals"), "context": {}}
        message = self.env._("Contacts moved: %(count)s.", count=moved)
        if stayed := lines - moved:
            changed = self.env._("Changed since the preview, and left as they are: %(count)s.", count=stayed)
            message = f"{message} {changed}"
        if left := len(self._get_kept_lines()):
            self.sudo().is_applying = True
            self.env.ref("shifters_relations.cron_apply_plan").sudo()._trigger()
            message = self.env._("%(count)s contacts are still being moved: it takes a minute.", count=left)
        return notify(message, "success" if moved and not left else "info", then=action)

    @api.model
    def _cron_apply(self):
        """Go on with the plans that are being applied, with the rights of those who apply them."""
        plans = self.search([("is_applying", "=", True)])
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(plans._get_kept_lines()))
        for applying in plans:
            wizard = applying.with_user(applying.create_uid)
            try:
                while count := wizard._apply_batch()[0]:
                    if not progress(count):
                        return
            except AccessError:
                _logger.warning("%s may not apply the plan %s any more.", wizard.env.user.login, wizard.id)
            except Exception as error:
                self.env.cr.rollback()
                self.env["ir.cron"]._relationship_note_failure(error, applying)
                retry = fields.Datetime.now() + relativedelta(minutes=5)
                self.env.ref("shifters_relations.cron_apply_plan")._trigger(at=retry)
                continue
            applying.is_applying = False
            progress()

    def _get_kept_lines(self):
        return self.line_ids.filtered("keep")

    def _apply_batch(self):
        """Move the renewals of some lines, and take these lines away.

        :return: how many lines that were, 0 when none is left, and how many renewals have moved
        :raise AccessError: the user may not level one of these portfolios
        """
        self.ensure_one()
        self._check_members()
        types = self.env["mail.activity.type"]._relationship_get_types()
        lines = self._get_kept_lines()[:BATCH]
        moving = lines.sudo().filtered(self._is_as_previewed)
        for line in moving:
            line.activity_id.write(
                {
                    "date_deadline": line.date_planned,
                    "activity_type_id": types[line.channel].id,
                    "relationship_pinned": False,
                }
            )
        count, moved = len(lines), len(moving)
        lines.unlink()
        self.env.flush_all()
        return count, moved

    def _is_as_previewed(self, line):
        """Return whether what the preview was computed from is still so, and its date takes nothing back."""
        renewal, planned = line.activity_id, line.date_planned
        owner = renewal.relationship_partner_id.relationship_owner_id
        if owner not in self.member_ids.user_id.sudo() or not renewal.active or renewal._relationship_is_pinned():
            return False
        if owner != line.member_id.user_id or renewal.date_deadline != line.date_current:
            return False
        if planned < owner._relationship_get_day() or owner._relationship_get_open_day(planned) != planned:
            return False
        return self._prepare_target(renewal).ideal == line.date_usual

    # The portfolio as the pure function wants it

    def _compute_plans(self):
        """Plan the members' portfolios, read in a number of queries that does not depend on them.

        :return: iterator of (member, renewals by id, planned lines)
        """
        members = self.member_ids
        renewals = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("relationship_partner_id.relationship_stage", "=", "target"),
                    ("relationship_partner_id.relationship_owner_id", "in", members.user_id.ids),
                ]
            )
        )
        by_owner = renewals.grouped(lambda renewal: renewal.relationship_partner_id.relationship_owner_id)
        counts = self.env["res.partner"].sudo()._relationship_count_portfolios(members.user_id)
        is_closed = self.env["relationship.closure"]._get_is_closed(members.user_id)
        event_days = renewals.relationship_partner_id._relationship_get_event_days()
        for member in members:
            own = by_owner.get(member.user_id.sudo(), renewals.browse())
            lines = plan(
                [self._prepare_target(renewal, event_days) for renewal in own],
                monthly_min=member.monthly_min,
                monthly_max=member.monthly_max,
                today=member.user_id._relationship_get_day(),
                done_this_month=counts[member.user_id.id]["month"],
                is_closed=is_closed[member.user_id.id],
            )
            yield member, {renewal.id: renewal for renewal in own}, lines

    @api.model
    def _prepare_target(self, renewal, event_days=None):
        """Return a renewal for the pure function: when it would be due, and not before half its cadence.

        :param dict event_days: days of organisations' own events to come, by id
        """
        partner = renewal.relationship_partner_id
        ideal = partner._relationship_get_rule_date(renewal)
        cadence = partner._relationship_get_cadence()
        earliest = partner._relationship_get_earliest_date()
        is_pinned = renewal._relationship_is_pinned()
        if renewal.relationship_attempt_count:  # no sooner than the next try
            ideal = earliest = max(ideal, renewal.date_deadline)
        is_first, days = not partner.relationship_last_contact_date, (event_days or {}).get(partner.id, ())
        near = partner._relationship_get_near_days(days, ideal, renewal.user_id._relationship_get_day(), is_first)
        return Target(
            key=renewal.id,
            ideal=ideal,
            earliest=earliest,
            pinned=renewal.date_deadline if is_pinned else None,
            never=is_first,
            priority=int(partner.relationship_priority or 0),
            city=fold(partner.city),
            last_channel=partner.relationship_last_channel or None,
            alternate=cadence.alternate_channel,
            channel=renewal.activity_type_id.relationship_channel if is_pinned else None,
            event=near[0] if near else None,
        )

    def _prepare_line_values(self, member, renewal, line):
        return {
            "plan_id": self.id,
            "member_id": member.id,
            "activity_id": renewal.id,
            "partner_id": renewal.relationship_partner_id.id,
            "date_current": renewal.date_deadline,
            "date_usual": line.ideal,
            "date_planned": line.date,
            "channel": line.channel,
            "reason": line.reason,
        }

    # What is said

    def _get_message(self):
        """Return, for each portfolio that does not fit, by how much, and what would."""
        targets = (
            self.env["res.partner"]
            .sudo()
            .search(
                [("relationship_stage", "=", "target"), ("relationship_owner_id", "in", self.member_ids.user_id.ids)]
            )
        )
        by_owner = targets.grouped("relationship_owner_id")
        sentences = [
            sentence
            for member in self.member_ids
            if (sentence := self._get_capacity_sentence(member, by_owner.get(member.user_id.sudo())))
        ]
        if not self.line_ids:
            sentences.append(self.env._("Every contact is where it should be: nothing to move."))
        return Markup("").join(Markup("<p class='mb-0'>%s</p>") % sentence for sentence in sentences)

    @api.model
    def _get_capacity_sentence(self, member, targets):
        """Return why the portfolio of a member cannot be levelled, or False if it can."""
        if not targets:
            return False
        intervals = [partner._relationship_get_cadence()._get_months() for partner in targets]
        load = capacity(intervals, monthly_min=member.monthly_min, monthly_max=member.monthly_max)
        words = {
            "name": member.user_id.name,
            "count": len(targets),
            "rate": formatLang(self.env, load.per_month, digits=1),
            "fitting": load.targets_that_fit,
            "months": formatLang(self.env, load.interval_that_fits, digits=1),
            "missing": formatLang(self.env, load.missing, digits=1),
        }
        if load.too_many:
            return self.env._(
                "%(name)s: %(count)s organisations make %(rate)s contacts a month. %(fitting)s would fit, or a contact"
                " every %(months)s months.",
                **words,
            )
        if load.missing:
            return self.env._(
                "%(name)s: %(count)s organisations make only %(rate)s contacts a month, %(missing)s too few.", **words
            )
        return False

    def _get_chart(self, before, after):
        """Return the months beside each other, before and after, False without any."""
        if not before and not after:
            return False
        highest = max([*before.values(), *after.values(), 1])
        month, last = min([*before, *after]), max([*before, *after])
        months = []
        while month <= last:
            bars = [
                {"count": counts[month], "width": round(12 + 80 * counts[month] / highest) if counts[month] else 0}
                for counts in (before, after)
            ]
            months.append({"name": format_date(self.env, month, date_format="MMM y"), "bars": bars})
            month += relativedelta(months=1)
        return self.env["ir.qweb"]._render("shifters_relations.relationship_plan_chart", {"months": months})


class RelationshipPlanLine(models.TransientModel):
    """One renewal that the plan would move."""

    _name = "relationship.plan.line"
    _description = "Move of the Levelled Plan"
    _transient_max_hours = WAITING_HOURS
    _order = "date_planned, id"

    plan_id = fields.Many2one("relationship.plan", required=True, index=True, ondelete="cascade")
    keep = fields.Boolean("Apply", default=True)
    member_id = fields.Many2one("relationship.member", readonly=True)
    partner_id = fields.Many2one("res.partner", "Organisation", readonly=True)
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="cascade")
    date_current = fields.Date("Today's date", readonly=True)
    date_usual = fields.Date("Usual day", readonly=True)
    date_planned = fields.Date("Proposed", readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True)
    reason = fields.Selection(
        [
            ("pinned", "Set by hand"),
            ("ideal", "Its usual day"),
            ("closed", "Its usual day is closed or past"),
            ("spread", "About one a week"),
            ("city", "With another visit in the same city"),
            ("full", "No nearer month has room"),
            ("filled", "So that the month has enough"),
            ("event", "An event of theirs, to meet them there"),
        ],
        "Why",
        readonly=True,
    )
