from odoo import api, fields, models

from ...tools import format_day

ROLES = [("pilot", "Pilot"), ("operator", "Operator"), ("funder", "Funder"), ("partner", "Partner")]


class RelationshipCooperationRole(models.Model):
    """What one organisation does in a cooperation, and on what conditions (K3).

    The same organisation may hold two roles: two lines.
    """

    _name = "relationship.cooperation.role"
    _description = "Role in a Cooperation"
    _inherit = ["relationship.naming.mixin"]
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
    since = fields.Date(default=fields.Date.context_today, help="From when on it takes part.")
    wave = fields.Integer(
        compute="_compute_wave", help="1 for the first group; those who joined on a later day make the next ones."
    )
    conditions = fields.Char(help="On what conditions: what each brings, pays or expects.")

    @api.depends("since", "cooperation_id.role_ids.since")
    def _compute_wave(self):
        """Compute in which group the organisation came: the first one, or a later one (V3)."""
        for cooperation, lines in self.grouped("cooperation_id").items():
            days = sorted({*filter(None, cooperation.role_ids.mapped("since"))})
            for line in lines:
                line.wave = days.index(line.since) + 1 if line.since in days else 1

    def _sort_by_role(self):
        """Return these lines, the pilots first."""
        roles = [role for role, _label in ROLES]
        return self.sorted(lambda line: roles.index(line.role))

    def _say_since(self):
        """Return the day since when it takes part, in the reader's language."""
        return self.since and format_day(self.env, self.since, with_year=True)

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
