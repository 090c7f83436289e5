from odoo import fields, models

from ...names import Name


class RelationshipDestination(models.Model):
    """A group of the association, or a friend of it, to which organisations are introduced (K2)."""

    _name = "relationship.destination"
    _description = "Inside Group"
    _order = "sequence, id"

    name = Name(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    referent_id = fields.Many2one(
        "res.partner",
        domain=[("is_company", "=", False)],
        help="The person who is notified when an organisation is introduced to this group.",
    )

    _name_unique = models.UniqueIndex("((name->>'en_US'))", "This group already exists.")
