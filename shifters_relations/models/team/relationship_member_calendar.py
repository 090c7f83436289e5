import base64
import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import ormcache

from ...tools import address_of

QR_SIZE = 270  # pixels: six for each dot of an address of usual length


class RelationshipMember(models.Model):
    """The secret address at which a member's own phone reads her next contacts (P1).

    It exists once she asks for it, she alone is shown it, and it dies with her engagement: who comes
    back asks for another one.
    """

    _inherit = "relationship.member"  # pylint: disable=consider-merging-classes-inherited

    calendar_token = fields.Char("Secret of the calendar", copy=False, readonly=True, groups=fields.NO_ACCESS)
    calendar_names = fields.Boolean(
        "Names in the calendar", copy=False, help="Whether the member's calendar names the organisations."
    )

    _one_calendar_token = models.UniqueIndex("(calendar_token) WHERE calendar_token IS NOT NULL")

    @api.model
    @ormcache(cache="groups")
    def _get_calendar_user_ids(self):
        """Return the ids of those who have a calendar: what changes for others costs no query."""
        return frozenset(self.sudo().search([("calendar_token", "!=", False)]).user_id.ids)

    @api.model
    def _get_mine(self):
        """Return the membership of who asks, as superuser.

        :raise AccessError: she is not in the team
        """
        member = self.sudo().search([("user_id", "=", self.env.uid), ("is_current", "=", True)])
        if not member:
            raise AccessError(self.env._("You are not in the team: there is nothing to put into your calendar."))
        return member

    def _check_is_mine(self):
        """Check that this is the membership of who asks.

        :raise AccessError: it is somebody else's, also for the pilot and the administrator
        """
        if not self.env.su and (self.user_id != self.env.user or not self.is_current):
            raise AccessError(
                self.env._("The address of a calendar is its member's own: nobody else sees or changes it.")
            )

    @api.model
    @api.readonly
    def get_my_calendar(self):
        """Return what the page of one's own calendar shows.

        :return: dictionary: ``id``, ``names``, ``address``, ``tap`` and ``code``, the last three empty without address
        :raise AccessError: who asks is not in the team
        """
        member = self._get_mine()
        address = member._get_calendar_address()
        tap = re.sub(r"^https?:", "webcal:", address, flags=re.IGNORECASE)
        return {
            "id": member.id,
            "names": member.calendar_names,
            "address": address,
            "tap": tap,
            "code": self._draw_code(tap) if address else "",
        }

    def _get_calendar_address(self):
        """Return the address of a member's calendar, empty where she has none."""
        self.ensure_one()
        token = self.sudo().calendar_token
        return address_of(self, f"relations/calendar/{token}.ics") if token else ""

    @api.model
    def _draw_code(self, text):
        """Return a QR code as the address of a picture; made here, since Odoo's own would have the text in its log."""
        size = {"width": QR_SIZE, "height": QR_SIZE}
        picture = self.env["ir.actions.report"].barcode("QR", text, **size)
        return f"data:image/png;base64,{base64.b64encode(picture).decode()}"

    def action_renew_calendar(self):
        """Give a new address, the first one or the next: the former one dies at once.

        :raise AccessError: it is somebody else's
        """
        self.ensure_one()
        self._check_is_mine()
        self.sudo().calendar_token = secrets.token_urlsafe(24)
        self.env.registry.clear_cache("groups")
        self._note_calendars(self.sudo().user_id)
        return True

    def action_stop_calendar(self):
        """Take the address back: nothing is told any more.

        :raise AccessError: it is somebody else's
        """
        self.ensure_one()
        self._check_is_mine()
        self._stop_calendar()
        return True

    def action_name_in_calendar(self, names):
        """Choose whether one's own calendar names the organisations.

        :param bool names: whether it does
        :raise AccessError: it is somebody else's
        """
        self.ensure_one()
        self._check_is_mine()
        self.sudo().calendar_names = bool(names)
        self._note_calendars(self.sudo().user_id)
        return True

    def _stop_calendar(self):
        """Take the addresses of these back, and forget what was told there."""
        members = self.sudo().filtered("calendar_token")
        if not members:
            return
        members.calendar_token = False
        self.env["relationship.calendar.told"].sudo().search([("user_id", "in", members.user_id.ids)]).unlink()
        self.env.registry.clear_cache("groups")
