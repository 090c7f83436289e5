from collections import Counter, defaultdict

import pytz
from odoo import Command, api, fields, models
from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ...groups import MEMBERS, ROLE_GROUPS
from ...names import Name
from .relationship_closure import find_open_day


class ResUsers(models.Model):
    _inherit = "res.users"

    name = Name()
    relationship_member_ids = fields.One2many("relationship.member", "user_id", "Relations membership", groups=MEMBERS)

    def _relationship_filter_current(self):
        """Return those who are in the team today: what goes out in a name goes out in theirs alone."""
        return self.sudo().filtered("relationship_member_ids.is_current").with_env(self.env)

    def write(self, vals):
        """Extend core: who can no longer work in the team leaves her portfolio to be handed over."""
        if "active" not in vals:
            return super().write(vals)
        members = self.env["relationship.member"]._of_users(self).filtered("is_current")
        had_pilot = bool(members) and members._has_pilot()
        if not vals["active"]:
            members.user_id._relationship_release_renewals()
            members._pass_tasks()
        result = super().write(vals)
        if members:
            members._check_pilot_remains(had_pilot)
            members.filtered(lambda member: not member.is_current)._notify_departure()
        known = self.env["relationship.member"]._of_users(self)
        known._sync_access()
        if known and vals["active"]:
            known.user_id._relationship_take_renewals_back()
        if known:
            self.env["calendar.event"]._relationship_follow_accounts(known.user_id)
        return result

    def _action_reset_password(self, signup_type="reset"):
        """Extend core: an invitation that no address can send is an error, where Odoo says that it has left.

        An account is made all the same: Odoo expects this error there.

        :raise MailDeliveryException: neither the company nor who invites has an e-mail address
        """
        if not (self.env.user.email or all(user.company_id.email for user in self)):
            raise MailDeliveryException(self.env._("Note an e-mail address on the company: mails leave from it."))
        return super()._action_reset_password(signup_type=signup_type)

    @api.constrains("group_ids")
    def _check_relationship_access(self):
        self.env["relationship.member"]._of_users(self)._check_access_remains()

    def unlink(self):
        members = self.env["relationship.member"]._of_users(self)
        had_pilot = bool(members) and members._has_pilot()
        if members:
            heirs = members._get_heirs() - self
            members._notify_departure(heirs, self._relationship_pass_targets(heirs[:1]))
            members._pass_tasks()
            followed = self.env["relationship.cooperation"].sudo().search([("user_id", "in", self.ids)])
            followed.user_id = heirs[:1]
        self._relationship_release_renewals()
        # A done renewal stays, as what its synthesis answered: the database would delete it with its user.
        self.env["mail.activity"].sudo().search(
            [("user_id", "in", self.ids), ("relationship_partner_id", "!=", False), ("active", "=", False)]
        ).user_id = False
        result = super().unlink()
        if members:
            self.env["relationship.member"]._check_pilot_remains(had_pilot)
        return result

    def _relationship_pass_targets(self, heir):
        """Give the targets of accounts that are being deleted to somebody who hands them over: none is without owner.

        :param heir: user, or none
        :return: these targets
        """
        targets = self.env["res.partner"].sudo().with_context(active_test=False)
        targets = targets.search([("relationship_owner_id", "in", self.ids), ("relationship_stage", "=", "target")])
        if heir:
            targets.relationship_owner_id = heir
        return targets

    def action_archive(self):
        self._relationship_release_renewals()
        self.env["relationship.member"]._of_users(self)._pass_tasks()
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

    def _relationship_take_renewals_back(self):
        """Put those whose account is open again in charge of the renewals of their organisations."""
        targets = self.env["res.partner"].sudo()
        targets = targets.search([("relationship_owner_id", "in", self.ids), ("relationship_stage", "=", "target")])
        targets._relationship_sync_renewals()

    def _relationship_get_day(self, moment=None):
        """Return today's date where this user lives; in Paris for nobody.

        :param datetime moment: in UTC, now by default
        """
        zone = pytz.timezone(self.sudo().tz or "Europe/Paris")
        return pytz.utc.localize(moment or fields.Datetime.now()).astimezone(zone).date()

    def _relationship_get_open_day(self, day):
        """Return the day itself, or the user's next working day: every rule that proposes a date asks here."""
        return find_open_day(day, self.env["relationship.closure"]._get_is_closed(self)[self.id])

    def _relationship_get_busy_days(self, renewals=None):
        """Count the contacts that the open renewals of these users make on each day.

        :param renewals: those not to count
        :return: dictionary by user id of counters by date
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
                ["user_id", "date_deadline:day"],
                ["__count"],
            )
        )
        busy = defaultdict(Counter)
        for user, day, count in groups:
            busy[user.id][day] += count
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
