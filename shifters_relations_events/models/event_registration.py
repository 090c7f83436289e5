from odoo import fields, models


class EventRegistration(models.Model):
    """A seat; those of partner events belong to an invitation."""

    _inherit = "event.registration"

    invitation_id = fields.Many2one("event.invitation", index="btree_not_null", ondelete="set null", copy=False)

    def write(self, vals):
        """A seat given back at the desk is an answer too, and lets the next one in."""
        result = super().write(vals)
        if vals.get("state") == "cancel":
            coming = self.sudo().invitation_id.filtered(lambda each: each.answer == "yes")
            coming.filtered(lambda each: not each._get_held()).write({"answer": "no", "state": "declined"})
            for invitation in coming.filtered(lambda each: 0 < each._get_held() <= each.guest_count):
                invitation.guest_count = invitation._get_held() - 1
            self.sudo().event_id.filtered("is_partner_event")._seat_soon()
        return result

    def _filter_writable(self):
        """Those of these that are of nobody whom we invited, or of somebody who may still be written to."""
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
