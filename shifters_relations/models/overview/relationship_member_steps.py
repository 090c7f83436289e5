from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...emails import split_emails
from ...groups import MEMBERS, ORGANISERS, PILOTS

IMPORT_ACTION = {"type": "ir.actions.act_window", "res_model": "relationship.import", "views": [(False, "form")]}
INVITE_ACTION = "shifters_relations.relationship_invite_action"
NAMED_MAX = 3  # members named in a step
# Whether the administrator lets the pilot invite people who have no account; off by default.
PILOT_INVITES_PARAMETER = "shifters_relations.pilot_invites"


class RelationshipMember(models.Model):
    """What a real team does first: each step is done when the fact is there, nobody ticks it."""

    _inherit = "relationship.member"

    may_invite = fields.Boolean(compute="_compute_invite_hint")
    invite_hint = fields.Char(compute="_compute_invite_hint")

    @api.depends_context("lang", "uid")
    def _compute_invite_hint(self):
        """Compute what helps the pilot who types the name of somebody without an account."""
        may_invite, hint = self._may_invite(), self._get_invite_hint()
        for member in self:
            member.may_invite = may_invite
            member.invite_hint = hint

    @api.model
    def _get_invite_hint(self):
        """Return whom to ask for an account; False for those who may invite."""
        return not self._may_invite() and self.env._(
            "Nobody of this name? Ask %(names)s for an account, or to let you invite.", names=self._get_administrators()
        )

    @api.model
    def _get_administrators(self):
        """Return the names of those who make accounts, for people of the house."""
        if not self.env.user._is_internal():
            return self.env._("the administrator")
        administrators = self.env.ref("base.group_system").sudo().all_user_ids.filtered("active")
        return ", ".join(administrators.mapped("name"))

    @api.model
    def _may_invite(self):
        """Return whether the user may bring people without an account into the team."""
        if self.env.user.has_group("base.group_system"):
            return True
        is_allowed = self.env["ir.config_parameter"].sudo().get_param(PILOT_INVITES_PARAMETER) == "1"
        return is_allowed and self.env.user.has_group(PILOTS)

    @api.model
    def _check_may_invite(self):
        """Refuse to invite to all others, and say whom to ask.

        :raise AccessError: the user is no administrator, and no pilot whom the administrator lets invite
        """
        if not self._may_invite():
            raise AccessError(self.env._("You may not invite people: ask %(names)s.", names=self._get_administrators()))

    @api.model
    def set_pilot_invites(self, is_allowed):
        """Let the pilot invite people by name and e-mail, or not any more.

        :raise AccessError: the user is no settings administrator
        """
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(
                self.env._("An administrator decides who may invite: ask %(names)s.", names=self._get_administrators())
            )
        self.env["ir.config_parameter"].sudo().set_param(PILOT_INVITES_PARAMETER, "1" if is_allowed else False)
        return True

    @api.model
    @api.readonly
    def get_pilot_invites(self):
        """Return whether the pilot may invite, for the administrator's tick.

        :return: True or False; None for all others, who see no tick
        """
        if not self.env.user.has_group("base.group_system"):
            return None
        return self.env["ir.config_parameter"].sudo().get_param(PILOT_INVITES_PARAMETER) == "1"

    @api.model
    @api.readonly
    def get_first_steps(self):
        """Return the steps from an empty database to a working team, in the order of doing, for who can take them.

        :return: list of dictionaries ``name``, ``done``, ``action`` and, where a step waits for some members, their
            names in ``whom``; empty once all are done, and for those who neither lead the team nor administer the
            database
        """
        is_admin = self.env.user.has_group("base.group_system")
        if not is_admin and not self.env.user.has_group(PILOTS):
            return []
        facts = self._get_first_facts()
        is_member = self.env.user.has_group(MEMBERS)
        if is_admin:
            sender = self.env._("Note the company's e-mail address: mails leave from it")
            invite, invite_action = self.env._("Invite the members to log in"), "base.action_res_users"
        else:
            sender = self.env._("Note the company's e-mail address: mails leave from it (the administrator does)")
            invite, invite_action = self.env._("Invite the members to log in (the administrator does)"), False
            if self._may_invite():
                invite, invite_action = self.env._("Invite the members to log in"), INVITE_ACTION
        steps = [
            {"name": self.env._("Name the pilot"), "done": facts["pilot"], "action": self._get_new_member("pilot")},
            {"name": sender, "done": facts["sender"], "action": is_admin and "base.action_res_company_form"},
            {
                "name": self.env._("Add the members of the team"),
                "done": facts["team"],
                "whom": facts["without_email"],
                "action": self._get_new_member("contact"),
            },
            {
                "name": invite,
                "done": facts["invited"],
                "whom": facts["without_login"],
                "action": invite_action,
            },
            {
                "name": self.env._("Give sectors to members"),
                "done": facts["sectors"],
                "whom": facts["without_sector"],
                "action": is_member and "shifters_relations.relationship_sector_action",
            },
            {
                "name": self.env._("Import the organisations"),
                "done": facts["organisations"],
                "action": self.env.user.has_group(ORGANISERS) and IMPORT_ACTION,
            },
            {
                "name": self.env._("Make targets of them and level the plan"),
                "done": facts["levelled"],
                "action": is_member and "shifters_relations.relationship_plan_all_action",
            },
        ]
        return [] if all(step["done"] for step in steps) else steps

    @api.model
    def _get_new_member(self, role):
        """Return the window that names a member, with the role of the step."""
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "views": [(False, "form")],
            "context": {"default_role": role},
        }

    @api.model
    def _get_first_facts(self):
        """Return which of the first steps have been taken, read from what there is: a fact counts for all.

        :return: dictionary of booleans, and of the names of the members whom a step waits for
        """
        members = self.sudo().search([("is_current", "=", True)])
        users = members.user_id
        roles = set(members.mapped("role"))
        partners = self.env["res.partner"].sudo()
        targets = partners.search([("relationship_stage", "=", "target")])
        senders = users.company_id | self.env.company.sudo()
        without_email = users.filtered(lambda user: not split_emails(user.email))
        without_login = users.filtered(lambda user: not user.login_date)
        without_sector = members.filtered(lambda each: each.role == "contact" and not each.sector_ids).user_id
        return {
            "pilot": "pilot" in roles,
            "sender": all(split_emails(company.email) for company in senders),
            "team": {"contact", "organiser"} <= roles and not without_email,
            "without_email": self._get_few_names(without_email),
            "invited": bool(members) and not without_login,
            "without_login": self._get_few_names(without_login),
            "sectors": "contact" in roles and not without_sector,
            "without_sector": self._get_few_names(without_sector),
            "organisations": bool(partners.search_count([("relationship_stage", "!=", False)], limit=1)),
            "levelled": bool(targets) and targets.relationship_owner_id <= users and members._is_levelled(),
        }

    @api.model
    def _get_few_names(self, users):
        names = users.mapped("name")
        return ", ".join(names[:NAMED_MAX] + ["…"] * (len(names) > NAMED_MAX))

    def _is_levelled(self):
        """Return whether no coming month has more contacts than its member wants."""
        this_month = fields.Date.context_today(self).replace(day=1)
        busy = self.user_id._relationship_get_busy_days()
        return not any(
            count > member.monthly_max
            for member in self
            for month, count in Counter(day.replace(day=1) for day in busy[member.user_id.id].elements()).items()
            if month > this_month
        )
