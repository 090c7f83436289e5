from datetime import datetime, time, timedelta

import pytz
from odoo import api, fields, models
from odoo.addons.shifters_relations.groups import MEMBERS
from odoo.fields import Domain

MOST_NAMED = 3


class EventEvent(models.Model):
    """The date of a partner event says what partners do that day (N5)."""

    _inherit = "event.event"  # pylint: disable=consider-merging-classes-inherited

    partners_that_day = fields.Char("That day", compute="_compute_partners_that_day", groups=MEMBERS)

    @api.depends("date_begin", "date_end", "date_tz", "is_partner_event")
    @api.depends_context("lang")
    def _compute_partners_that_day(self):
        """Compute what the agenda shows on the days of each event, in one search."""
        during = {event: event._relationship_get_agenda_domain() for event in self if event.is_partner_event}
        Entry = self.env["relationship.calendar.entry"].sudo()
        domain = Entry._get_shown_domain() & Domain.OR(during.values())
        entries = Entry.search(domain, order="start, id") if during else Entry
        for event in self:
            there = entries.filtered_domain(during.get(event, Domain.FALSE))
            event.partners_that_day = there._say_events(MOST_NAMED) if there else False

    def _relationship_get_agenda_domain(self):
        """Return the domain of what takes place on the event's days, as they are where it takes place."""
        self.ensure_one()
        if not self.date_begin or not self.date_end:
            return Domain.FALSE
        zone = pytz.timezone(self.date_tz or "UTC")
        first, last = (pytz.utc.localize(each).astimezone(zone).date() for each in (self.date_begin, self.date_end))
        begin, end = (
            zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)
            for day in (first, max(first, last) + timedelta(days=1))
        )
        return Domain("start", "<", end) & (Domain("stop", ">", begin) | Domain("start", ">=", begin))
