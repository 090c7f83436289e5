from odoo import fields, models


class RelationshipLevelChange(models.Model):
    """When the level of cooperation with an organisation became what it is (Q4)."""

    _name = "relationship.level.change"
    _description = "Change of Level"
    _inherit = ["relationship.about.mixin"]
    _about = ("partner_id",)
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", "Organisation", required=True, index=True, ondelete="cascade")
    date = fields.Date(required=True, default=fields.Date.context_today)
    level = fields.Selection(
        selection=lambda self: self.env["res.partner"]._fields["relationship_level"]._description_selection(self.env),
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users", "Changed by", default=lambda self: self.env.user, ondelete="set null", readonly=True
    )
