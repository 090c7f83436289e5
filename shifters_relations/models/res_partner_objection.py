from odoo import api, models


class ResPartner(models.Model):
    """Who wants no contact is not written to again when her address comes back, until she says otherwise (G4)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def write(self, vals):
        former = self.browse()
        if not vals.get("relationship_no_contact", True):
            former = self.sudo().filtered("relationship_no_contact")
        result = super().write(vals)
        if former:
            self.env["relationship.objection"]._forget(former._relationship_get_all_emails())
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_remember_objections(self):
        """No override of ``unlink``: here the rows are read already."""
        objecting = self.sudo().filtered("relationship_no_contact")
        if objecting:
            self.env["relationship.objection"]._remember(objecting._relationship_get_all_emails())
