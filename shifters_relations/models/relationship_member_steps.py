from collections import Counter

from odoo import api, fields, models

from ..emails import split_emails
from .relationship_member import MEMBERS, PILOTS

ORGANISATIONS = {
    "type": "ir.actions.client",
    "tag": "import",
    "params": {
        "active_model": "res.partner",
        "context": {"relationship_view": True, "default_is_company": True, "default_relationship_stage": "candidate"},
    },
}


class RelationshipMember(models.Model):
    """What a real team does first: each step is done when the fact is there, nobody ticks it."""

    _inherit = "relationship.member"

    @api.model
    @api.readonly
    def get_first_steps(self):
        """The steps from an empty database to a working team, for who can take them.

        :return: list of dictionaries ``name``, ``done`` and ``action``; empty once all are
            done, and for those who neither lead the team nor administer the database
        """
        is_admin = self.env.user.has_group("base.group_system")
        if not is_admin and not self.env.user.has_group(PILOTS):
            return []
        facts = self._get_first_facts()
        is_member = self.env.user.has_group(MEMBERS)
        steps = [
            {"name": self.env._("Name the pilot"), "done": facts["pilot"], "action": "new_member"},
            {"name": self.env._("Add the members of the team"), "done": facts["team"], "action": "new_member"},
            {
                "name": self.env._("Give sectors to members"),
                "done": facts["sectors"],
                "action": is_member and "shifters_relations.relationship_sector_action",
            },
            {
                "name": self.env._("Import the organisations"),
                "done": facts["organisations"],
                "action": is_member and ORGANISATIONS,
            },
            {
                "name": self.env._("Make targets of them and level the plan"),
                "done": facts["levelled"],
                "action": is_member and "shifters_relations.relationship_plan_all_action",
            },
            {
                "name": self.env._("Note the company's e-mail address: mails leave from it")
                if is_admin
                else self.env._("Note the company's e-mail address: mails leave from it (the administrator does)"),
                "done": facts["sender"],
                "action": is_admin and "base.action_res_company_form",
            },
            {
                "name": self.env._("Invite the members to log in")
                if is_admin
                else self.env._("Invite the members to log in (the administrator does)"),
                "done": facts["invited"],
                "action": is_admin and "base.action_res_users",
            },
        ]
        return [] if all(step["done"] for step in steps) else steps

    @api.model
    def _get_first_facts(self):
        """Which of the first steps have been taken, read from what there is."""
        members = self.sudo().search([("is_current", "=", True)])
        roles = set(members.mapped("role"))
        partners = self.env["res.partner"].sudo()
        targets = partners.search_count([("relationship_stage", "=", "target")], limit=1)
        return {
            "pilot": "pilot" in roles,
            "sender": bool(split_emails(self.env.company.sudo().email)),
            "team": {"contact", "organiser"} <= roles,
            "sectors": bool(self.env["relationship.sector"].sudo().search_count([("member_id", "!=", False)], limit=1)),
            "organisations": bool(partners.search_count([("relationship_stage", "!=", False)], limit=1)),
            "levelled": bool(targets) and members._is_levelled(),
            "invited": bool(members) and all(user.login_date for user in members.user_id),
        }

    def _is_levelled(self):
        """Whether no coming month holds more contacts than its member wants."""
        this_month = fields.Date.context_today(self).replace(day=1)
        busy = self.user_id._relationship_get_busy_days()
        return not any(
            count > member.monthly_max
            for member in self
            for month, count in Counter(day.replace(day=1) for day in busy[member.user_id.id].elements()).items()
            if month > this_month
        )
