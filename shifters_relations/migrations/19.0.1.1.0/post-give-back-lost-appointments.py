from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Give the date of a next contact whose meeting was archived or declined back to the rule."""
    renewals = api.Environment(cr, SUPERUSER_ID, {})["mail.activity"].search(
        [("relationship_partner_id", "!=", False), ("calendar_event_id", "!=", False)]
    )
    renewals.filtered(lambda renewal: renewal._relationship_has_lost_appointment()).write(
        {"relationship_pinned": False}
    )
