import pytz
from odoo import api, fields, models
from odoo.addons.shifters_relations.tools import shift_days

MOMENTS = ("date_begin", "date_end", "answer_until")


class EventEvent(models.Model):
    """When a partner event takes place: on whole minutes, and until when it may be answered."""

    _inherit = "event.event"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        events._round_moments()
        return events

    def write(self, vals):
        """The deadline for answers follows an event that moves."""
        deadlines = {}
        if "date_begin" in vals and "answer_until" not in vals:
            begin = fields.Datetime.to_datetime(vals["date_begin"])
            deadlines = {event: event._get_moved_deadline(begin) for event in self.filtered("is_partner_event")}
        result = super().write(vals)
        for event, deadline in deadlines.items():
            if event.answer_until != deadline:
                super(EventEvent, event).write({"answer_until": deadline})
        if vals.keys() & {*MOMENTS, "is_partner_event"}:
            self._round_moments()
        return result

    def _round_moments(self):
        """A partner event begins on a whole minute: nobody says more, and what nobody sees is no change."""
        for event in self.filtered("is_partner_event"):
            odd = {name: event[name].replace(second=0, microsecond=0) for name in MOMENTS if event[name]}
            if any(event[name] != moment for name, moment in odd.items()):
                event.write(odd)

    def _get_moved_deadline(self, begin):
        """Until when answers are taken once the event begins at another moment: as long before it, at the same hour.

        Where that is past, until it begins: people are asked whether they still come.

        :param datetime begin: in UTC
        :return: a moment in UTC; False: until it begins
        """
        self.ensure_one()
        if not begin or not self.answer_until or begin.replace(second=0) == self.date_begin:
            return self.answer_until
        zone = self.with_context(tz=self.date_tz)
        days = (fields.Date.context_today(zone, begin) - self._get_first_day()).days
        deadline = shift_days(self.answer_until, days, self.date_tz)
        now = fields.Datetime.now()
        return False if deadline <= now < begin else deadline

    def _get_moved_end(self, begin):
        """When the event ends once it begins at another moment: as long after it on the clocks of its place.

        :param datetime begin: in UTC
        :return: a moment in UTC
        """
        self.ensure_one()
        if not begin or begin.replace(second=0) == self.date_begin:
            return self.date_end
        zone = pytz.timezone(self.date_tz or "UTC")
        former_begin, former_end, local = (
            pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None)
            for moment in (self.date_begin, self.date_end, begin)
        )
        return zone.localize(local + (former_end - former_begin)).astimezone(pytz.utc).replace(tzinfo=None)

    @api.onchange("date_begin")
    def _onchange_date_begin_deadline(self):
        """Show the deadline that follows, unless another one was typed."""
        former = self._origin
        if former.is_partner_event and self.date_begin and self.answer_until == former.answer_until:
            self.answer_until = former._get_moved_deadline(self.date_begin)
