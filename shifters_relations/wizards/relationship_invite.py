from odoo import Command, api, fields, models
from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.exceptions import UserError
from odoo.tools import escape_psql

from ..emails import split_emails
from ..names import Name
from ..tools import notify


class RelationshipInvite(models.TransientModel):
    """Somebody joins the team by her name and her address: a plain account, Odoo's invitation, a role.

    For administrators, and for the pilot where they let her. Whatever is asked for, nothing else is
    done: who has an account keeps it as it is, a new one has the rights of an internal user and of
    the role, and accounts that are closed, or a partner's, are an administrator's business.
    """

    _name = "relationship.invite"
    _description = "Invite Somebody into the Team"

    name = Name("First and last name", required=True)
    email = fields.Char("E-mail", required=True)
    role = fields.Selection(
        [("contact", "Contact member"), ("organiser", "Organiser"), ("pilot", "Pilot")],
        required=True,
        default="contact",
    )
    invite_hint = fields.Char(compute="_compute_invite_hint")

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Invite somebody into the team")

    def _compute_invite_hint(self):
        """Compute whom to ask, for those who may not invite."""
        self.invite_hint = self.env["relationship.member"]._get_invite_hint()

    def action_invite(self):
        """Bring the person into the team, open her page, and say whether a mail has left.

        :raise AccessError: the user may not invite
        :raise UserError: the address is none, or of somebody who cannot be invited
        """
        self.ensure_one()
        members = self.env["relationship.member"]
        members._check_may_invite()
        email = self._get_email()
        user = self._find_user(email)
        member = members._of_users(user).with_env(self.env)
        if member and (user.login_date or not member.is_current):
            raise UserError(
                self.env._("%(name)s is in the team already: see her page.", name=user.name)
                if member.is_current
                else self.env._("%(name)s was in the team: open the engagement again on her page.", name=user.name)
            )
        self._check_sender(user)
        user = user or self._create_user(email)
        member = member or members.create({"user_id": user.id, "role": self.role})
        if user.login_date:
            message = self.env._("%(name)s has an account already: no mail has left.", name=user.name)
        else:
            self._send_invitation(user)
            message = self.env._("An invitation to log in has left for %(email)s.", email=email)
        page = {
            "type": "ir.actions.act_window",
            "res_model": "relationship.member",
            "res_id": member.id,
            "views": [(False, "form")],
        }
        return notify(message, "info" if user.login_date else "success", then=page)

    def _get_email(self):
        """Return the address, as it is compared.

        :raise UserError: there is none, or more than one
        """
        emails = split_emails(self.email)
        if len(emails) != 1:
            raise UserError(
                self.env._("“%(text)s” contains several addresses: invite one person at a time.", text=self.email)
                if emails
                else self.env._("“%(text)s” is no e-mail address.", text=self.email)
            )
        return emails[0]

    def _find_user(self, email):
        """Return the account that has this address, empty if there is none.

        :raise UserError: it is closed, a partner's, or there are several
        """
        same = escape_psql(email)
        users = self.env["res.users"].sudo().with_context(active_test=False)
        users = users.search(["|", ("login", "=ilike", same), ("partner_id.email_normalized", "=ilike", same)])
        inside = users.filtered(lambda user: user.active and not user.share)
        if users and len(inside) != 1:
            asked = {"email": email, "names": self.env["relationship.member"]._get_administrators()}
            if inside:
                message = self.env._("Several accounts have the address %(email)s: ask %(names)s.", **asked)
            elif any(users.mapped("active")):
                message = self.env._("%(email)s has an account for partners: ask %(names)s.", **asked)
            else:
                message = self.env._("The account of %(email)s is closed: ask %(names)s.", **asked)
            raise UserError(message)
        return inside

    def _check_sender(self, user):
        """Check that an invitation has an address to leave from.

        :param user: who has an account already, or none
        :raise UserError: there is none
        """
        if not (user.login_date or self.env.user.email or self.env.company.email):
            raise UserError(self.env._("Note an e-mail address on the company: mails leave from it."))

    def _create_user(self, email):
        """Create a plain internal user: no value and no default but these.

        Odoo's invitation is sent apart: core keeps silent about one that could not leave with a new account.
        """
        context = {"lang": self.env.lang, "tz": self.env.user.tz, "no_reset_password": True}
        users = self.env["res.users"].sudo().with_env(self.env(su=True, context=context))
        return users.create(
            {
                "name": self.name,
                "login": email,
                "email": email,
                "lang": self.env.lang,
                "tz": self.env.user.tz,
                "group_ids": [Command.set(self.env.ref("base.group_user").ids)],
                "company_id": self.env.company.id,
                "company_ids": [Command.set(self.env.company.ids)],
            }
        )

    def _send_invitation(self, user):
        """Send Odoo's invitation to somebody who has never logged in.

        :raise UserError: the mail cannot leave
        """
        context = {"lang": self.env.lang, "create_user": True}
        try:
            user.with_env(self.env(su=True, context=context))._action_reset_password(signup_type="signup")
        except MailDeliveryException as error:
            raise UserError(
                self.env._(
                    "The invitation could not leave: ask %(names)s to look at the mail server.",
                    names=self.env["relationship.member"]._get_administrators(),
                )
            ) from error
