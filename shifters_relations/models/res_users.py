from collections import Counter, defaultdict

from odoo import Command, fields, models

from .relationship_member import MEMBERS, ROLE_GROUPS


class ResUsers(models.Model):
    _inherit = "res.users"

    relationship_member_ids = fields.One2many("relationship.member", "user_id", "Relations membership", groups=MEMBERS)

    def unlink(self):
        self._relationship_release_renewals()
        # A done renewal stays, as what its synthesis answered: the database would delete it with its user.
        self.env["mail.activity"].sudo().search(
            [("user_id", "in", self.ids), ("relationship_partner_id", "!=", False), ("active", "=", False)]
        ).user_id = False
        return super().unlink()

    def action_archive(self):
        self._relationship_release_renewals()
        return super().action_archive()

    def _relationship_release_renewals(self):
        """Give the renewals back to the organisations' owners, or to nobody, before core deletes them."""
        renewals = (
            self.env["mail.activity"]
            .sudo()
            .search([("user_id", "in", self.ids), ("relationship_partner_id", "!=", False)])
        )
        by_owner = renewals.grouped(lambda renewal: renewal.relationship_partner_id.relationship_owner_id)
        for owner, of_owner in by_owner.items():
            of_owner.with_context(mail_activity_quick_update=True).write({"user_id": (owner - self).id})

    def _relationship_get_busy_months(self, renewals=None):
        """How many contacts the open renewals of these users make in each month.

        :param renewals: those not to count
        :return: dictionary by user id of counters by (year, month)
        """
        groups = (
            self.env["mail.activity"]
            .sudo()
            ._read_group(
                [
                    ("relationship_partner_id", "!=", False),
                    ("user_id", "in", self.ids),
                    ("id", "not in", renewals.ids if renewals else []),
                ],
                ["user_id", "date_deadline:month"],
                ["__count"],
            )
        )
        busy = defaultdict(Counter)
        for user, month, count in groups:
            busy[user.id][month.year, month.month] += count
        return busy

    def _relationship_set_role(self, role):
        """Give exactly the access group of a role of the team, or none.

        :param role: ``contact``, ``organiser``, ``pilot`` or False
        """
        groups = {name: self.env.ref(xmlid).sudo() for name, xmlid in ROLE_GROUPS.items()}
        commands = [Command.unlink(group.id) for name, group in groups.items() if name != role]
        if role:
            commands.append(Command.link(groups[role].id))
        self.sudo().write({"group_ids": commands})
