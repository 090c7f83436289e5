from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from .relationship_member import MEMBERS


class CalendarEvent(models.Model):
    """A meeting with an organisation: once it is over, one click makes the draft of its synthesis (S6)."""

    _inherit = "calendar.event"

    relationship_partner_id = fields.Many2one(
        "res.partner",
        "Organisation met",
        compute="_compute_relationship_partner_id",
        groups=MEMBERS,
    )

    relationship_is_over = fields.Boolean("Is over", compute="_compute_relationship_is_over", groups=MEMBERS)

    relationship_is_renewal = fields.Boolean(
        "Appointment of a renewal",
        copy=False,
        readonly=True,
        groups=MEMBERS,
        help="Noted by the renewal, so that deleting another meeting looks for none.",
    )

    @api.depends("activity_ids", "res_model", "res_id", "partner_ids")
    def _compute_relationship_partner_id(self):
        """The followed organisation: of the renewal, of the record that the meeting is about, or of who comes."""
        for event in self:
            known = event.sudo().activity_ids.relationship_partner_id
            if not known and event.res_model == "res.partner" and event.res_id:
                known = self.env["res.partner"].browse(event.res_id).exists()
            known = (known or event.partner_ids).commercial_partner_id.sudo()
            event.relationship_partner_id = known.filtered("relationship_stage")[:1].with_env(self.env)

    @api.depends("start")
    def _compute_relationship_is_over(self):
        """Its synthesis may be written from the moment that the meeting begins."""
        now = fields.Datetime.now()
        for event in self:
            event.relationship_is_over = bool(event.start and event.start <= now)

    def action_relationship_write_synthesis(self):
        """Make, or find again, the draft of the synthesis of this meeting.

        :raise UserError: the meeting is with no organisation that is followed, or is still to come
        """
        self.ensure_one()
        partner = self.relationship_partner_id
        if not partner:
            raise UserError(self.env._("This meeting is with no organisation that the team follows."))
        if self.start > fields.Datetime.now():
            raise UserError(self.env._("This meeting is still to come: its synthesis is written after it."))
        syntheses = self.env["relationship.synthesis"]
        synthesis = syntheses.search([("calendar_event_id", "=", self.id)], limit=1)
        if not synthesis:
            people = self.partner_ids.filtered(
                lambda person: not person.is_company and person.commercial_partner_id == partner
            )
            renewal = self.activity_ids.filtered(lambda activity: activity.relationship_partner_id == partner)
            synthesis = syntheses.create(
                {
                    "partner_id": partner.id,
                    "calendar_event_id": self.id,
                    "activity_id": renewal[:1].id,
                    "date": fields.Datetime.context_timestamp(self, self.start).date(),
                    "channel": self._relationship_get_channel(renewal[:1]),
                    "participant_ids": [Command.set(people.ids)],
                }
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Synthesis"),
            "res_model": "relationship.synthesis",
            "res_id": synthesis.id,
            "views": [(False, "form")],
        }

    def _relationship_get_channel(self, renewal):
        """The way of this meeting: by video where it has a link and no place, else as planned, else in person."""
        if self.videocall_location and not self.location:
            return "video"
        return renewal.activity_type_id.relationship_channel or "in_person"

    @api.ondelete(at_uninstall=False)
    def _unlink_without_renewals(self):
        """Keep the renewals whose meeting goes: the database would delete them with it."""
        appointments = self.sudo().filtered("relationship_is_renewal")
        appointments.activity_ids.filtered("relationship_partner_id").calendar_event_id = False
