from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Give who came to a partner event without an invitation the one that she would have today."""
    seats = api.Environment(cr, SUPERUSER_ID, {})["event.registration"].search(
        [("event_id.is_partner_event", "=", True), ("invitation_id", "=", False), ("state", "=", "done")]
    )
    seats.filtered(lambda seat: seat.partner_id or seat.email)._relationship_join_invitation()
