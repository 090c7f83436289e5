from dateutil.relativedelta import relativedelta
from odoo import api, fields, models

from ...levelled_plan import next_channel
from ...names import Name

WEEKS_A_YEAR = 365.25 / 7


class RelationshipCadence(models.Model):
    """How often a contact is renewed (C1)."""

    _name = "relationship.cadence"
    _inherit = ["relationship.choice.mixin"]
    _description = "Contact Cadence"
    _order = "sequence, id"
    _kept = ("name", "interval_count", "interval_unit", "alternate_channel")

    name = Name(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    interval_count = fields.Integer("Every", required=True, default=6)
    interval_unit = fields.Selection(
        [("weeks", "Weeks"), ("months", "Months"), ("years", "Years")], "Unit", required=True, default="months"
    )
    alternate_channel = fields.Boolean(
        "Alternate in person and phone",
        default=True,
        help="The next contact is suggested by the other channel than the last one.",
    )

    _check_interval = models.Constraint(
        "CHECK(interval_count > 0)", "The interval between two contacts must be at least one."
    )

    def write(self, vals):
        """Extend core: renewals of this cadence follow its change, as when an organisation gets another cadence."""
        result = super().write(vals)
        if {"interval_count", "interval_unit", "alternate_channel"} & vals.keys():
            targets = self.env["res.partner"].sudo().search([("relationship_stage", "=", "target")])
            targets.filtered(lambda each: each._relationship_get_cadence() in self)._relationship_move_renewals()
        return result

    @api.model
    def _get_default(self):
        """Return the cadence of an organisation whose sector names none: twice a year, or the first there is."""
        cadence_id = self.env["ir.model.data"]._xmlid_to_res_id("shifters_relations.cadence_twice_a_year")
        return self.browse(cadence_id) if cadence_id else self.search([], limit=1)

    def _get_delta(self):
        """Return the time between two contacts.

        :rtype: relativedelta
        """
        self.ensure_one()
        return relativedelta(**{self.interval_unit: self.interval_count})

    def _get_months(self):
        """Return the time between two contacts in months, possibly with a fraction."""
        self.ensure_one()
        return self.interval_count * {"weeks": 12 / WEEKS_A_YEAR, "months": 1, "years": 12}[self.interval_unit]

    def _get_interval_label(self):
        """Return the time between two contacts, in words: "6 months"."""
        self.ensure_one()
        count = self.interval_count
        if self.interval_unit == "weeks":
            return self.env._("%(count)s weeks", count=count) if count > 1 else self.env._("1 week")
        if self.interval_unit == "months":
            return self.env._("%(count)s months", count=count) if count > 1 else self.env._("1 month")
        return self.env._("%(count)s years", count=count) if count > 1 else self.env._("1 year")

    def _get_next_channel(self, last_channel):
        """Return the channel of the next contact (C2).

        :param last_channel: channel of the last contact, False if there was none
        :return: ``in_person`` or ``phone``
        """
        return next_channel(last_channel, not self or self.alternate_channel)
