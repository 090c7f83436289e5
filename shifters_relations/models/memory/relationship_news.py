from odoo import fields, models

from ...names import Name


class RelationshipNews(models.Model):
    """What the association has to tell: read before a contact, and drawn on by the internal news (S5, R2)."""

    _name = "relationship.news"
    _description = "News of the Association"
    _order = "date desc, id desc"

    name = Name("Title", required=True)
    date = fields.Date(required=True, default=fields.Date.context_today, index=True)
    text = fields.Html("What to tell")
    active = fields.Boolean(default=True)
