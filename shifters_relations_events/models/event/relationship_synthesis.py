from odoo import fields, models


class RelationshipSynthesis(models.Model):
    """A contact that took place at a partner event (E6)."""

    _inherit = "relationship.synthesis"

    event_id = fields.Many2one("event.event", index="btree_not_null", ondelete="set null", copy=False)
