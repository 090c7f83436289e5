from odoo import api, fields, models
from odoo.addons.shifters_relations.emails import split_emails
from odoo.addons.shifters_relations.names import Name
from odoo.exceptions import UserError

from .event_event_desk import get_name_key
from .event_invitation import TAKEN_STATES

# In the context of the desk: who is noted there is there.
AT_DESK = "relationship_at_desk"


class EventRegistration(models.Model):
    """A seat; those of partner events belong to an invitation."""

    _inherit = "event.registration"

    name = Name()

    invitation_id = fields.Many2one("event.invitation", index="btree_not_null", ondelete="set null", copy=False)

    organisation_id = fields.Many2one(
        "res.partner",
        compute="_compute_organisation_id",
        readonly=False,
        domain=[("is_company", "=", True)],
        help="For whom she comes; chosen at the desk of who was not expected.",
    )

    @api.depends("invitation_id.organisation_id")
    def _compute_organisation_id(self):
        for seat in self:
            seat.organisation_id = seat.sudo().invitation_id.organisation_id.filtered("is_company").id

    @api.constrains("active", "state", "event_id", "event_slot_id", "event_ticket_id")  # all of core's
    def _check_seats_availability(self):
        """Extend core: who is there, is there; the desk turns nobody away."""
        there = self.filtered(lambda seat: seat.state == "done" and seat.event_id.is_partner_event)
        return super(EventRegistration, self - there)._check_seats_availability()

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get(AT_DESK):
            vals_list = [{**vals, "state": "done"} for vals in vals_list]
            if odd := next(
                (each["email"] for each in vals_list if each.get("email") and not split_emails(each["email"])), ""
            ):
                raise UserError(
                    self.env._("“%(email)s” is no e-mail address: ask again, or leave it empty.", email=odd)
                )
        seats = super().create(vals_list)
        for seat, vals in zip(seats, vals_list, strict=True):
            seat._relationship_join_invitation(self.env["res.partner"].browse(vals.get("organisation_id")))
        return seats

    def _relationship_join_invitation(self, organisation=None):
        """Join a seat that was given by hand to the invitation of who comes: hers, or the next of hers."""
        partners = self.env["res.partner"].sudo()
        organisation = partners.browse((organisation or partners).ids)
        for seat in self.sudo():
            if seat.invitation_id or seat.state not in TAKEN_STATES or not seat.event_id.is_partner_event:
                continue
            invitation = seat.event_id._relationship_get_invitation_of(seat, organisation)
            person = invitation.partner_id
            if seat.email and not person.email:
                person.email = seat.email
            seat.write(
                {
                    "invitation_id": invitation.id,
                    "partner_id": seat.partner_id.id or person.id,
                    "company_name": seat.company_name or invitation.organisation_id.filtered("is_company").name,
                }
            )
            key = get_name_key(seat.name)
            hers = invitation.registration_ids.filtered(lambda each, key=key: get_name_key(each.name) == key)
            if seat.state == "done" and "done" in (hers - seat).mapped("state"):
                seat.action_cancel()  # she was noted already
            elif seat.state == "done":
                (hers - seat).filtered(lambda each: each.state == "open").action_cancel()
            invitation._note_seats()

    def _get_registration_summary(self):
        """Extend core: at the desk, say who is here and for whom, in a sentence."""
        name, organisation = self.name, self.organisation_id.sudo().name or self.company_name
        if not self.event_id.is_partner_event:
            here = False
        elif organisation:
            here = self.env._("%(name)s is here, for %(organisation)s.", name=name, organisation=organisation)
        else:
            here = self.env._("%(name)s is here.", name=name)
        return {**super()._get_registration_summary(), "relationship_here": here}

    def write(self, vals):
        """Extend core: a seat given back at the desk is an answer too, and lets the next one in."""
        result = super().write(vals)
        if vals.get("state") in TAKEN_STATES:
            self._relationship_join_invitation()
            self.sudo().invitation_id.filtered(lambda each: each.state != "accepted")._note_seats()
        if vals.get("state") == "cancel":
            coming = self.sudo().invitation_id.filtered(lambda each: each.answer == "yes")
            coming.filtered(lambda each: not each._count_taken()).write({"answer": "no", "state": "declined"})
            for invitation in coming.filtered(lambda each: 0 < each._count_taken() <= each.guest_count):
                invitation.guest_count = invitation._count_taken() - 1
            self.sudo().event_id.filtered("is_partner_event")._relationship_seat_soon()
        return result

    def _filter_writable(self):
        """Return those of nobody whom we invited, or of somebody who may still be written to."""
        of_invitation = self.filtered("invitation_id")
        writable = of_invitation.invitation_id._filter_writable()
        return self - of_invitation.filtered(lambda seat: seat.invitation_id not in writable)

    def _update_mail_schedulers(self):
        """Leave a partner event's mails to their job: sending them here would commit in the midst of giving seats.

        Other events' mails leave as ever.
        """
        seats = self.filtered("event_id.is_partner_event")
        result = super(EventRegistration, self - seats)._update_mail_schedulers()
        if any(mail.interval_type == "after_sub" for mail in seats.event_id.sudo().event_mail_ids):
            self.env.ref("event.event_mail_scheduler")._trigger()
        return result
