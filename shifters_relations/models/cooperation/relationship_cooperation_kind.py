from odoo import fields, models

from ...names import Name


class RelationshipCooperationKind(models.Model):
    """What may come out of contacts: six kinds to begin with, the team may add others (K1)."""

    _name = "relationship.cooperation.kind"
    _description = "Kind of Cooperation"
    _order = "sequence, id"

    name = Name(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_unique = models.UniqueIndex("((name->>'en_US'))", "This kind already exists.")
