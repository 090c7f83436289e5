from odoo import fields, models

from ...names import Name


class RelationshipOrganisationType(models.Model):
    """What kind of organisation it is (Q1)."""

    _name = "relationship.organisation.type"
    _inherit = ["relationship.choice.mixin"]
    _description = "Organisation Type"
    _order = "sequence, id"

    name = Name(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_unique = models.UniqueIndex("((name->>'en_US'))", "This type already exists.")
