from odoo import fields, models
from odoo.addons.shifters_relations.groups import MEMBERS
from odoo.addons.shifters_relations.tools import format_day


class CalendarEvent(models.Model):
    """A meeting at a partner's own event (N5): where that moves or goes, who keeps the contact is told."""

    _inherit = "calendar.event"

    relationship_entry_id = fields.Many2one(
        "relationship.calendar.entry",
        "At their event",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups=MEMBERS,
    )
    relationship_is_there = fields.Boolean(
        "Made for an event of theirs", copy=False, readonly=True, groups=MEMBERS, help="Which may be announced no more."
    )

    def _relationship_is_at(self, entry):
        """Return whether the meeting is when an event is."""
        self.ensure_one()
        values = entry._prepare_meeting_values()
        return all(self[name] == values[name] for name in ("start_date",) if self.allday) and (
            self.allday == values["allday"] and (self.allday or self.start == values["start"])
        )

    def _relationship_say_event(self):
        """Say at which event it is, as part of a sentence; that it has moved, or is announced no more."""
        self.ensure_one()
        entry = self.sudo().relationship_entry_id
        entry = entry and entry.filtered_domain(entry._get_told_domain()).filtered(lambda each: each.state == "shown")
        if not entry:
            return self.env._("at an event of theirs that is announced no more: is the appointment still on?")
        if not self._relationship_is_at(entry):
            day = format_day(self.env, entry.with_env(self.env)._get_local()[0])
            return self.env._("but their event “%(name)s” has moved to %(day)s", name=entry.name, day=day)
        return self.env._("at their event “%(name)s”", name=entry.name)

    def _relationship_get_channel(self, renewal):
        """Extend: who is met at an event is met at an event."""
        return "event" if self.sudo().relationship_is_there else super()._relationship_get_channel(renewal)


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _relationship_get_channel(self):
        """Extend: a renewal whose appointment is at an event is made there."""
        is_there = self.sudo().calendar_event_id.relationship_is_there
        return "event" if is_there else super()._relationship_get_channel()
