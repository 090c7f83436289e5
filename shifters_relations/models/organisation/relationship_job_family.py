from odoo import fields, models

from ...names import Name


class RelationshipJobFamily(models.Model):
    """The trade of a contact person, so that people of the same trade can be brought together (C6)."""

    _name = "relationship.job.family"
    _inherit = ["relationship.choice.mixin"]
    _description = "Job Family"
    _order = "sequence, id"

    name = Name(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_unique = models.UniqueIndex("((name->>'en_US'))", "This job family already exists.")
