from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date, ormcache

from ...emails import split_emails
from ...groups import ROLE_GROUPS

LOAD_FIGURES = {
    "target_count": "targets",
    "month_count": "month",
    "overdue_count": "overdue",
    "never_count": "never",
    "draft_count": "drafts",
}
END_WARNING_PERIOD = timedelta(days=30)


class RelationshipMember(models.Model):
    """Somebody of the team, with a role (T1) that gives and takes the access group.

    Membership is the truth, the user's group follows: at creation, when the role changes, when
    the engagement ends (T5). A pilot keeps access until another one is named.
    """

    _name = "relationship.member"
    _description = "Team Member"
    _rec_name = "user_id"
    _order = "role_rank desc, id"

    user_id = fields.Many2one(
        "res.users", "Member", required=True, ondelete="cascade", index=True, domain=[("share", "=", False)]
    )
    active = fields.Boolean(default=True)
    role = fields.Selection(
        [("contact", "Contact member"), ("organiser", "Organiser"), ("pilot", "Pilot")],
        required=True,
        default="contact",
    )
    role_rank = fields.Integer(compute="_compute_role_rank", store=True)
    sector_ids = fields.One2many("relationship.sector", "member_id", "Sectors")
    organiser_id = fields.Many2one(
        "relationship.member",
        "Paired organiser",
        index="btree_not_null",
        ondelete="set null",
        domain="[('role', '!=', 'contact'), ('id', '!=', id)]",
        help="Plans and keeps the base in order with this contact member.",
    )
    paired_member_ids = fields.One2many("relationship.member", "organiser_id", "Paired members")
    capacity_min = fields.Integer("At least (organisations)", default=10)
    capacity_max = fields.Integer("At most (organisations)", default=25)
    monthly_min = fields.Integer("At least (contacts a month)", default=2)
    monthly_max = fields.Integer("At most (contacts a month)", default=4)
    date_start = fields.Date("Engaged since", default=fields.Date.context_today)
    date_end = fields.Date("Engaged until", help="The last day. Empty: open.")
    area = fields.Char(help="Where this member can easily meet people, for instance Paris or Lyon.")
    is_current = fields.Boolean("In the team", compute="_compute_is_current", search="_search_is_current")
    target_count = fields.Integer("Targets", compute="_compute_load")
    month_count = fields.Integer("Contacts this month", compute="_compute_load")
    overdue_count = fields.Integer("Overdue", compute="_compute_load")
    never_count = fields.Integer("Never met", compute="_compute_load")
    draft_count = fields.Integer("Syntheses to finish", compute="_compute_load")
    target_load = fields.Char("Targets (wanted)", compute="_compute_load")
    month_load = fields.Char("This month (wanted)", compute="_compute_load")
    attention = fields.Char("To watch", compute="_compute_attention")

    _user_unique = models.UniqueIndex("(user_id)", "This person is already in the team.")
    _check_limits = models.Constraint(
        """CHECK(0 <= capacity_min AND capacity_min <= capacity_max
            AND 0 <= monthly_min AND monthly_min <= monthly_max AND 1 <= monthly_max)""",
        "The smallest number must not be above the largest, and at least one contact a month is allowed.",
    )
    _check_dates = models.Constraint(
        "CHECK(date_end IS NULL OR date_start IS NULL OR date_start <= date_end)",
        "The engagement cannot end before it starts.",
    )

    @api.depends("role")
    def _compute_role_rank(self):
        ranks = {role: rank for rank, role in enumerate(ROLE_GROUPS)}
        for member in self:
            member.role_rank = ranks.get(member.role, 0)

    @api.depends("active", "date_end", "user_id.active")
    def _compute_is_current(self):
        current = self.sudo().filtered_domain(self._get_current_domain())
        for member in self:
            member.is_current = member in current

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        current = self._get_current_domain()
        return Domain.OR(current if is_current else ~current for is_current in value)

    @api.model
    def _get_current_domain(self):
        """Return the domain of the team today: engaged until today or later, with an account that is open."""
        until = Domain("date_end", "=", False) | Domain("date_end", ">=", fields.Date.context_today(self))
        return Domain("active", "=", True) & Domain("user_id.active", "=", True) & until

    @api.model
    def _get_current_query(self, *names):
        """Return columns of those who are in the team today, whoever reads: a subquery."""
        query = self.sudo()._search([("is_current", "=", True)])
        return query.select(*(self._field_to_sql(query.table, name, query) for name in names))

    def _compute_load(self):
        """Count what each member carries, in one query whatever their number."""
        counts = self.env["res.partner"].sudo()._relationship_count_portfolios(self.user_id)
        for member in self:
            figures = counts.get(member.user_id.id, {})
            for name, figure in LOAD_FIGURES.items():
                member[name] = figures.get(figure, 0)
            # Who organises or leads carries targets only if there are any: nothing is expected.
            carries = member.role == "contact" or member.target_count > 0
            member.target_load = carries and f"{member.target_count} ({member.capacity_min}-{member.capacity_max})"
            member.month_load = carries and f"{member.month_count} ({member.monthly_min}-{member.monthly_max})"

    @api.depends("target_count", "date_end", "role", "capacity_min", "capacity_max", "is_current")
    @api.depends_context("lang")
    def _compute_attention(self):
        """Compute soft warnings, in words; never a score (U5)."""
        today, unsent = fields.Date.context_today(self), self._get_unsent_reminders()
        for member in self:
            words = member._get_attention(today)
            if member.id in unsent:
                words.append(self.env._("the morning's mail could not leave: see the address and the mail server"))
            member.attention = " · ".join(words) or False

    def _get_attention(self, today):
        """Return what the pilot should know of a member: a list of short sentences."""
        self.ensure_one()
        words = []
        if not self.is_current and self.target_count:
            words.append(self.env._("has left, targets to hand over: %(count)s", count=self.target_count))
        elif self.date_end and today <= self.date_end <= today + END_WARNING_PERIOD:
            words.append(self.env._("leaves on %(date)s", date=format_date(self.env, self.date_end)))
        if self.is_current and self.role == "contact" and self.target_count < self.capacity_min:
            words.append(
                self.env._("could take %(count)s more", count=self.capacity_min - self.target_count)
                if self.target_count
                else self.env._(
                    "no target yet: from %(least)s to %(most)s were agreed",
                    least=self.capacity_min,
                    most=self.capacity_max,
                )
            )
        if self.is_current and self.target_count > self.capacity_max:
            words.append(self._say_too_many(self.target_count - self.capacity_max))
        if self.is_current and not split_emails(self.user_id.sudo().email):
            words.append(self.env._("no e-mail address: cannot be reminded"))
        return words

    @api.model
    def _say_too_many(self, count):
        """Say by how many organisations a portfolio is larger than was agreed (T4)."""
        if count == 1:
            return self.env._("1 organisation more than agreed")
        return self.env._("%(count)s organisations more than agreed", count=count)

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        self.env.registry.clear_cache("groups")
        members._sync_access()
        return members

    def write(self, vals):
        if "user_id" in vals and any(member.user_id.id != vals["user_id"] for member in self):
            raise ValidationError(self.env._("A membership belongs to one person: end this one and create another."))
        had_pilot = self._has_pilot()
        result = super().write(vals)
        if {"role", "active", "date_end"} & vals.keys():
            self._check_pilot_remains(had_pilot)
            self._sync_access()
            self._note_calendars(self.sudo().user_id)
        return result

    def unlink(self):
        had_pilot = self._has_pilot()
        users = self.sudo().user_id
        result = super().unlink()
        self._check_pilot_remains(had_pilot)
        users._relationship_set_role(False)
        return result

    @api.model
    def _has_pilot(self):
        """Return whether somebody leads the team today."""
        return bool(self.sudo().search_count([("role", "=", "pilot"), ("is_current", "=", True)], limit=1))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_portfolio(self):
        """Refuse to take a member from the team before her portfolio is handed over."""
        for member in self.sudo():
            if member.target_count and not self.env.su:
                raise UserError(
                    self.env._(
                        "%(name)s keeps organisations: hand the portfolio over first, or end the engagement.",
                        name=member.user_id.name,
                    )
                )

    @api.model
    def _check_pilot_remains(self, had_pilot):
        """Refuse what would leave the team without anybody who can manage it, unless the team itself is uninstalled.

        :raise ValidationError: there was a pilot and there is none any more
        """
        if had_pilot and not self._has_pilot() and not self.env.context.get(MODULE_UNINSTALL_FLAG):
            raise ValidationError(self.env._("The team needs a pilot: name another one first."))

    @api.model
    @ormcache(cache="groups")
    def _get_user_ids(self):
        """Return the ids of all who have a membership, current or not: other accounts cost no query."""
        return frozenset(self.sudo().with_context(active_test=False).search([("user_id", "!=", False)]).user_id.ids)

    @api.model
    def _of_users(self, users):
        """Return the memberships of some accounts, archived ones too."""
        known = users.filtered(lambda user: user.id in self._get_user_ids())
        return self.sudo().with_context(active_test=False).search([("user_id", "in", known.ids)])

    @api.model
    def _get_organiser_names(self):
        """Return the names of those who decide for the team today: whom a contact member asks."""
        members = self.sudo().search([("is_current", "=", True), ("role", "!=", "contact")])
        return ", ".join(members.user_id.mapped("name")) or self.env._("the administrator")

    @api.model
    def _get_heirs(self):
        """Return who is notified of what others leave: the pilots of today, else the settings administrators.

        :rtype: res.users
        """
        pilots = self.sudo().search([("role", "=", "pilot"), ("is_current", "=", True)]).user_id
        return pilots or self.env.ref("base.group_system").sudo().all_user_ids.filtered("active")

    @api.model
    def _get_tasks_domain(self):
        """Return the domain of the activities, renewals apart, that are the team's work: a hook."""
        models = Domain("res_model", "=", "res.partner") | Domain("res_model", "=like", "relationship.%")
        return models & Domain("relationship_partner_id", "=", False)

    def _pass_tasks(self):
        """Give what these people had still to do to the organisations' owners, or to who leads: core deletes it."""
        if not self:
            return
        users = self.user_id
        tasks = self.env["mail.activity"].sudo().search(Domain("user_id", "in", users.ids) & self._get_tasks_domain())
        of_partners = tasks.filtered(lambda task: task.res_model == "res.partner")
        heir = (self._get_heirs() - users)[:1]
        partners = self.env["res.partner"].sudo().browse(of_partners.mapped("res_id"))
        owners = {partner.id: partner.relationship_owner_id.filtered("active") - users for partner in partners}

        def get_next(task):
            return (task in of_partners and owners[task.res_id]) or heir

        for user, passed in tasks.grouped(get_next).items():
            passed.with_context(mail_activity_quick_update=True).write({"user_id": user.id})

    def _check_access_remains(self):
        """Refuse to take a role's access from an account by hand: the membership is the truth.

        :raise ValidationError: somebody who is in the team today has not the access of the role any more
        """
        for member in self.filtered("is_current"):
            if self.env.ref(ROLE_GROUPS[member.role]) not in member.user_id.all_group_ids:
                raise ValidationError(
                    self.env._(
                        "%(name)s is in the Relations team: end the engagement in Relations › Team first, which takes"
                        " the access too.",
                        name=member.user_id.name,
                    )
                )

    def _notify_departure(self, heirs=None, targets=None):
        """Notify who leads, once, that accounts are closed, of what these people leave, and of the way out.

        :param heirs: users to notify, by default those of :meth:`_get_heirs`
        :param targets: organisations that have passed to the first of them; by default they stay to be handed over
        """
        if not self or self.env.context.get(MODULE_UNINSTALL_FLAG):
            return
        heirs = heirs or self._get_heirs()
        members = self.sudo()
        names = ", ".join(members.user_id.mapped("name"))
        counts = {"names": names, "count": sum(members.mapped("target_count"))}
        for lang, users in heirs.grouped(lambda user: user.partner_id._relationship_get_lang()).items():
            env = members.with_context(lang=lang).env
            if targets:
                way_out = env._("%(name)s keeps them now, and hands them over in Relations › Team.", name=heirs[0].name)
            else:
                way_out = env._("To hand over: Relations › Team, the person, Hand over the portfolio.")
            said = [env._("Account closed: %(names)s. Organisations left: %(count)s.", **counts), way_out]
            if committees := members._get_committees().with_env(env):
                names_of = " · ".join(committees.mapped("display_name"))
                said.append(env._("Committees that nobody follows now: %(names)s.", names=names_of))
            body = env["ir.qweb"]._render(
                "shifters_relations.mail_message",
                {
                    "sentences": said,
                    "url": f"{self.browse().get_base_url()}/odoo/relations-team",
                    "action": env._("Open the team"),
                },
                lang=lang,
            )
            env["mail.thread"].sudo().message_notify(
                partner_ids=users.partner_id.ids,
                subject=env._("Account closed in the team: %(names)s", names=names),
                body=body,
                author_id=self.env.ref("base.partner_root").id,
                email_from=self.env.company.email_formatted or None,
                email_layout_xmlid="shifters_relations.mail_layout",
            )

    def _sync_access(self):
        """Give each user the access group of the role, take it from those who have left."""
        for (role, is_current), members in self.sudo().grouped(lambda member: (member.role, member.is_current)).items():
            members.user_id._relationship_set_role(role if is_current else False)
            if not is_current:
                members._stop_calendar()

    @api.model
    @api.readonly
    def get_charter(self):
        """Return the team beside its charter, for the header of the team's page (T1).

        :return: list of sentences, empty for those who may not read it
        """
        charter = self.env["relationship.charter"]
        return charter._get_sentences() if charter.has_access("read") else []

    def action_level(self):
        """Preview the levelled plan of these members."""
        return self.env["relationship.plan"]._open(self)

    def action_hand_over(self):
        """Hand this member's portfolio over to others."""
        self.ensure_one()
        return self.env["relationship.handover"].create({"from_member_id": self.id})._get_action()

    def action_view_targets(self):
        """Open the organisations of this member."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations.res_partner_organisation_action")
        return {**action, "domain": [("relationship_owner_id", "=", self.user_id.id)], "context": {}}
