from odoo import fields, models
from odoo.addons.shifters_relations.groups import MEMBERS


class ResPartner(models.Model):
    """An organisation's own calendars (N1)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_source = fields.Selection(
        selection_add=[("agenda", "The partners' agenda")], ondelete={"agenda": "set null"}
    )
    relationship_feed_ids = fields.One2many(
        "relationship.calendar.feed", "partner_id", "Its calendars", groups=MEMBERS, copy=False
    )
