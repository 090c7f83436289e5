import pytz
from odoo import api, fields, models
from odoo.addons.shifters_relations.tools import shift_days

MOMENTS = ("date_begin", "date_end", "answer_until")


def get_moved_end(begin, end, later, tz):
    """Return when an event ends once it begins at another moment: as long after it on the clocks of its place.

    :param datetime later: when it begins now; all in UTC
    :param str tz: time zone of the place
    :return: in UTC
    """
    if not later or later.replace(second=0) == begin:
        return end
    zone = pytz.timezone(tz or "UTC")
    local_begin, local_end, local_later = (
        pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None) for moment in (begin, end, later)
    )
    return zone.localize(local_later + (local_end - local_begin)).astimezone(pytz.utc).replace(tzinfo=None)


class EventEvent(models.Model):
    """When a partner event takes place: on whole minutes, and until when it may be answered."""

    _inherit = "event.event"  # pylint: disable=consider-merging-classes-inherited

    shown_begin = fields.Datetime("Beginning shown before", store=False, copy=False, exportable=False)
    shown_end = fields.Datetime("End shown before", store=False, copy=False, exportable=False)

    def _relationship_get_moved_deadlines(self, vals):
        """Return the deadlines for answers once these values are written: they follow an event that moves.

        :return: dictionary of moments in UTC, by event
        """
        if "date_begin" not in vals or "answer_until" in vals:
            return {}
        begin = fields.Datetime.to_datetime(vals["date_begin"])
        return {event: event._relationship_get_moved_deadline(begin) for event in self.filtered("is_partner_event")}

    def _relationship_round_moments(self):
        """Round the moments of a partner event to the minute: nobody says more, and seconds are no change."""
        for event in self.filtered("is_partner_event"):
            odd = {name: event[name].replace(second=0, microsecond=0) for name in MOMENTS if event[name]}
            if any(event[name] != moment for name, moment in odd.items()):
                event.write(odd)

    def _relationship_get_moved_deadline(self, begin):
        """Return the deadline for answers once the event begins at another moment: as long before, same hour.

        Where that is past, until it begins: people are asked whether they still come.

        :param datetime begin: in UTC
        :return: a moment in UTC; False: until it begins
        """
        self.ensure_one()
        if not begin or not self.answer_until or begin.replace(second=0) == self.date_begin:
            return self.answer_until
        zone = self.with_context(tz=self.date_tz)
        days = (fields.Date.context_today(zone, begin) - self._relationship_get_first_day()).days
        deadline = shift_days(self.answer_until, days, self.date_tz)
        now = fields.Datetime.now()
        return False if deadline <= now < begin else deadline

    def _relationship_get_moved_end(self, begin):
        """Return when the event ends once it begins at another moment, in UTC: False where it has no dates yet."""
        self.ensure_one()
        return self.date_begin and get_moved_end(self.date_begin, self.date_end, begin, self.date_tz)

    @api.onchange("date_begin", "date_end")
    def _onchange_moments(self):
        """Show the end and the deadline that follow the beginning, unless others were typed."""
        if not self.is_partner_event or not self.date_begin:
            return
        former = self._origin
        begin, end = self.shown_begin or former.date_begin, self.shown_end or former.date_end
        if begin and end and self.date_end == end:
            self.date_end = get_moved_end(begin, end, self.date_begin, self.date_tz)
        if former.is_partner_event and self.answer_until in (
            former.answer_until,
            former._relationship_get_moved_deadline(begin),
        ):
            self.answer_until = former._relationship_get_moved_deadline(self.date_begin)
        self.shown_begin, self.shown_end = self.date_begin, self.date_end
