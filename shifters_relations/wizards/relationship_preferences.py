from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.reminders.relationship_member_reminder import RHYTHMS

PREFERENCE_FIELDS = ("reminder_rhythm", "reminder_hour", "reminder_push", "reminder_pause")


class RelationshipPreferences(models.TransientModel):
    """A member's own choices about reminders; the rest of the membership is the pilot's."""

    _name = "relationship.preferences"
    _description = "My Reminders"

    reminder_rhythm = fields.Selection(RHYTHMS, "Reminders", required=True)
    reminder_hour = fields.Integer("At (hour)", required=True, help="From 0 to 23, in your time zone.")
    reminder_push = fields.Boolean("On the phone too", help="A notification that tells how many, and nothing else.")
    reminder_pause = fields.Date("No reminder until", help="The last day of the pause.")

    _check_reminder_hour = models.Constraint("CHECK(reminder_hour BETWEEN 0 AND 23)", "The hour is from 0 to 23.")

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("My reminders")

    @api.model
    def _get_member(self):
        member = self.env["relationship.member"].sudo().search([("user_id", "=", self.env.uid)])
        if not member:
            raise UserError(self.env._("You are not in the team: there is nothing to be reminded of."))
        return member

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        member = self._get_member()
        return {**values, **{name: member[name] for name in PREFERENCE_FIELDS if name in fields}}

    def action_save(self):
        """Keep the choices."""
        self._get_member().write({name: self[name] for name in PREFERENCE_FIELDS})
        return self.env["ir.actions.act_window"]._for_xml_id("shifters_relations.res_partner_portfolio_action")
