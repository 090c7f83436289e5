from odoo import api, fields, models

ROLES = [("pilot", "Pilot"), ("operator", "Operator"), ("funder", "Funder"), ("partner", "Partner")]


class RelationshipCooperationRole(models.Model):
    """What one organisation does in a cooperation, and on what conditions (K3).

    The same organisation may hold two roles: two lines.
    """

    _name = "relationship.cooperation.role"
    _description = "Role in a Cooperation"
    _order = "role, id"
    _rec_name = "partner_id"

    cooperation_id = fields.Many2one("relationship.cooperation", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner",
        "Organisation",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_company", "=", True)],
    )
    role = fields.Selection(ROLES, required=True, default="partner")
    conditions = fields.Char(help="On what conditions: what each brings, pays or expects.")

    @api.model_create_multi
    def create(self, vals_list):
        """Extend core: a line is added by who made the cooperation or may change it; no line makes it one's own."""
        default = self.env.context.get("default_cooperation_id")
        self._check_cooperations({vals.get("cooperation_id", default) for vals in vals_list})
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("cooperation_id"):
            self._check_cooperations({vals["cooperation_id"]})
        return super().write(vals)

    @api.model
    def _check_cooperations(self, ids):
        cooperations = self.env["relationship.cooperation"].browse(filter(None, ids))
        cooperations.filtered(lambda each: each.sudo().create_uid != self.env.user).check_access("write")
