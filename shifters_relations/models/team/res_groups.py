from odoo import api, models


class ResGroups(models.Model):
    """A role's access follows the membership, from whichever form somebody takes it."""

    _inherit = "res.groups"

    @api.constrains("user_ids")
    def _check_relationship_access(self):
        self.env["relationship.member"].sudo().search([("is_current", "=", True)])._check_access_remains()
