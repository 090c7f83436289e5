from odoo import api, models
from odoo.exceptions import ValidationError

from ...names import Name


class ResCompany(models.Model):
    """A company of this database is ours: it is no organisation that the team keeps contact with."""

    _inherit = "res.company"

    name = Name()

    @api.constrains("partner_id")
    def _check_relationship_stage(self):
        for partner in self.sudo().partner_id:
            if partner.relationship_stage:
                raise ValidationError(
                    self.env._(
                        "%(name)s is followed by the Relations team: empty its stage first.", name=partner.display_name
                    )
                )
