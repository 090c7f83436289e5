from odoo import Command, api, fields, models
from odoo.addons.shifters_relations.groups import MEMBERS, ORGANISERS
from odoo.addons.shifters_relations.models.loop.calendar_event import INSIDE_KEY
from odoo.addons.shifters_relations.models.loop.res_partner_meeting import FIRST_MEETING_WITHIN, MEET_NEAR
from odoo.addons.shifters_relations.tools import format_day, notify
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

TOLD = ("partner_id", "same_id", "name", "place", "town", "start", "stop", "all_day", "state")


class ResPartner(models.Model):
    """Meet them there (N5): an event of a target near its next contact is proposed as the place of it."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_meeting_entry_id = fields.Many2one(
        "relationship.calendar.entry", "Event to meet at", compute="_compute_relationship_meeting", groups=MEMBERS
    )
    relationship_meeting_sentence = fields.Char(compute="_compute_relationship_meeting", groups=MEMBERS)

    @api.depends(
        "relationship_stage",
        "relationship_no_contact",
        "relationship_next_contact_date",
        "relationship_last_contact_date",
        "relationship_renewal_ids.calendar_event_id",
    )
    @api.depends_context("lang", "tz")
    def _compute_relationship_meeting(self):
        near = self._relationship_get_near_entries()
        for partner in self:
            entry = near.get(partner._origin.id, self.env["relationship.calendar.entry"])[:1]
            partner.relationship_meeting_entry_id = entry
            partner.relationship_meeting_sentence = entry._say_invitation() if entry else False

    def _relationship_get_near_entries(self):
        """Return the events to come at which the next contact with each may be made, the nearest first: by id.

        None where an appointment is made already; but where that is at an event which has moved since, that event.
        """
        targets = self._origin.sudo().filtered(
            lambda each: (
                each.relationship_stage == "target"
                and each.relationship_next_contact_date
                and not each.relationship_no_contact
            )
        )
        found = targets._relationship_search_events()
        if not found:
            return {}
        renewals, today = targets._relationship_get_open_renewals(), fields.Date.context_today(self)
        near = {}
        for partner, told in found.items():
            entries, renewal = told, renewals.get(partner, self.env["mail.activity"])
            appointment = renewal and renewal._relationship_get_appointment()
            if appointment:
                if appointment._relationship_has_begun(renewal.user_id):
                    continue
                entries = (told & appointment.relationship_entry_id).filtered(
                    lambda entry, made=appointment: not made._relationship_is_at(entry)
                )
            is_first = not partner.relationship_last_contact_date
            around = partner.relationship_next_contact_date
            by_day = entries.grouped(lambda entry: entry._get_local()[0].date())
            days = self._relationship_get_near_days(by_day, around, today, is_first)
            if appointment:
                days = [*by_day]  # wherever it has moved
            if days:
                near[partner.id] = entries.browse().concat(*(by_day[day] for day in days)).with_env(self.env)
        return near

    def _relationship_search_events(self):
        """Return the events to come of these targets, of as far ahead as one may be near: by partner, one query."""
        if not self:
            return {}
        today = fields.Date.context_today(self)
        latest = max([today, *filter(None, self.mapped("relationship_next_contact_date"))]) + MEET_NEAR
        latest = max(latest, today + FIRST_MEETING_WITHIN)
        entries = self.env["relationship.calendar.entry"].sudo()
        domain = Domain("partner_id", "in", self.ids) & entries._get_told_domain() & Domain("state", "=", "shown")
        domain &= Domain("start", ">=", fields.Datetime.now())
        domain &= Domain("start", "<", fields.Datetime.to_datetime(latest) + MEET_NEAR)
        return entries.search_fetch(domain, TOLD, order="start, id").grouped("partner_id")

    def _relationship_get_event_days(self):
        """Extend: of the levelled plan's targets, the days of their own events."""
        days = super()._relationship_get_event_days()
        for partner, entries in self.sudo()._relationship_search_events().items():
            days[partner.id] = [entry._get_local()[0].date() for entry in entries]
        return days

    def action_relationship_meet_there(self):
        """Make the event that is proposed the appointment of the next contact.

        :raise UserError: there is none any more
        :raise AccessError: the organisation is somebody else's
        """
        self.ensure_one()
        entry = self.relationship_meeting_entry_id
        if not entry:
            raise UserError(self.env._("No event of theirs is near the next contact any more."))
        return self._relationship_meet_at(entry)

    def _relationship_meet_at(self, entry):
        """Put the next contact with these on a meeting at an event, to which the team alone is invited (U7).

        An appointment at this event that has moved since moves there.

        :raise AccessError: one of these is somebody else's
        """
        self.env["mail.activity"]._relationship_check_member()
        self.check_access("write")
        owner = self.sudo().relationship_owner_id
        if owner != self.env.user and not (len(owner) == 1 and self.env.user.has_group(ORGANISERS)):
            raise AccessError(
                self.env._("Who keeps the contact goes there: %(names)s.", names=", ".join(owner.mapped("name")))
            )
        renewals = self.sudo().relationship_renewal_ids.filtered("active")
        former = renewals.calendar_event_id.filtered(lambda each: each.active and each.relationship_entry_id == entry)
        values = entry._prepare_meeting_values()
        if former:
            former.write(values)
        else:
            values |= {
                "name": f"{', '.join(self.mapped('name'))} · {entry.name}",
                "user_id": owner.id,
                "partner_ids": [Command.set(owner.partner_id.ids)],
                "met_partner_ids": [Command.set(self.ids)],
                "relationship_entry_id": entry.id,
                "relationship_is_there": True,
            }
            inside = {INSIDE_KEY: True, "default_partner_ids": owner.partner_id.ids}
            self.env["calendar.event"].with_context(**inside).create(values)
        day = format_day(self.env, entry._get_local()[0])
        return notify(self.env._("Noted: you meet them on %(day)s. It is in the calendar.", day=day))

    def _relationship_get_next_contact_sentence(self, renewal):
        """Extend: an appointment at an event says so, and that the event has moved or is announced no more."""
        sentence = super()._relationship_get_next_contact_sentence(renewal)
        appointment = renewal and not self.relationship_no_contact and renewal._relationship_get_appointment()
        if not appointment or not appointment.relationship_is_there:
            return sentence
        return f"{sentence}, {appointment._relationship_say_event()}"
