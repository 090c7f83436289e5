from odoo import fields, models

from ...names import Name


class RelationshipTopic(models.Model):
    """What contacts are about; tags of syntheses (S4)."""

    _name = "relationship.topic"
    _description = "Contact Topic"
    _order = "name, id"

    name = Name(required=True, translate=True)
    color = fields.Integer()
    active = fields.Boolean(default=True)

    _name_unique = models.UniqueIndex("((name->>'en_US'))", "This topic already exists.")
