from odoo import api, fields, models
from odoo.tools import ormcache


class MailActivityType(models.Model):
    _name = "mail.activity.type"
    _inherit = ["mail.activity.type", "relationship.cached.mixin"]
    _kept = ("active", "relationship_channel", "res_model", "sequence")  # they decide which one a renewal bears

    relationship_channel = fields.Selection(
        [("in_person", "In person"), ("phone", "Phone")],
        "Contact channel",
        help="Set on the activity types by which the contact with an organisation is renewed.",
    )

    def _get_date_deadline(self):
        """Extend core: an activity about an organisation is proposed for a working day."""
        day = super()._get_date_deadline()
        is_ours = self.sudo().relationship_channel or self == self._relationship_get_promise_type()
        return self.env.user._relationship_get_open_day(day) if is_ours else day

    @api.model
    def _relationship_get_types(self):
        """Return the activity type to use for each channel of a renewal.

        :return: dictionary of types by channel
        """
        self.flush_model(self._kept)
        return {channel: self.browse(type_id) for channel, type_id in self._relationship_get_type_ids().items()}

    @api.model
    @ormcache()
    def _relationship_get_type_ids(self):
        types = self.sudo().with_context(active_test=False)
        types = types.search(
            [("relationship_channel", "!=", False), ("res_model", "in", ["res.partner", False])],
            order="active desc, sequence, id",
        )
        return {channel: group[0].id for channel, group in types.grouped("relationship_channel").items()}
