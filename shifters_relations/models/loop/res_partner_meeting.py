from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, models

MEET_NEAR = timedelta(days=21)  # of a next contact
FIRST_MEETING_WITHIN = relativedelta(months=2)  # from today, of a first contact


class ResPartner(models.Model):
    """Where the next contact may be made: at an event of the organisation's own (N5), where an addon knows of some."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_get_event_days(self):
        """Return the days to come on which these organisations have an event of their own: lists by id."""
        return {}

    @api.model
    def _relationship_get_near_days(self, days, around, today, is_first):
        """Return those of some days that lie near a contact, the nearest first, of two the earlier.

        :param days: dates to come
        :param date around: of the contact
        :param bool is_first: it would be the first one: what comes soon is near
        """
        near = [
            day for day in days if abs(day - around) <= MEET_NEAR or (is_first and day <= today + FIRST_MEETING_WITHIN)
        ]
        return sorted(near, key=lambda day: (abs(day - around), day))
