from odoo import api, models

from .organisation.res_partner_defaults import without_said


class ResPartner(models.Model):
    """The door through which partners are made and changed.

    What each room checks and does then is called here by name, and nowhere else is this overridden: whether it
    happens depends on no order of classes.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        me, vals_list = without_said(self), self._relationship_add_said(vals_list)
        me._relationship_check_new(vals_list)
        partners = super(ResPartner, me).create(vals_list)
        if any(vals.get("relationship_synthesis_ids") for vals in vals_list):
            partners._relationship_derive()  # what is computed beforehand knows of no contact
        partners._relationship_begin_loop()
        if any(vals.get("relationship_level") for vals in vals_list):
            partners._relationship_date_level({})
        return partners.with_env(self.env)

    def write(self, vals):
        me = without_said(self)
        with (
            me._relationship_forgetting_objections(vals),
            me._relationship_dating_levels(vals),
            me._relationship_following_loop(vals),
        ):
            return super(ResPartner, me).write(vals)
