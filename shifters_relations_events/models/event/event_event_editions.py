import re
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import Command, api, fields, models
from odoo.addons.shifters_relations.models.loop.relationship_closure import find_open_day
from odoo.addons.shifters_relations.tools import shift_days
from odoo.fields import Domain

YEAR = re.compile(r"(?<!\d)(20\d\d)(?:([/\u2010-\u2014-])(\d\d))?(?!\d)", re.ASCII)  # 2026, or 2026/27
DAY = timedelta(days=1)


def get_day_next_year(day):
    """Return the day of the next edition: the same date, if both or neither are working days.

    Then it is the nearest day of the same weekday, in the next year all the same.
    """
    later = day + relativedelta(years=1)
    if (day.weekday() > 4) != (later.weekday() > 4):
        later += timedelta(days=(day.weekday() - later.weekday() + 3) % 7 - 3)
    return later if later.year > day.year else later + timedelta(weeks=1)


def move_years(name, former, year):
    """Return a name with its years moved on: "Meeting 2026" is "Meeting 2027", "2025/26" is "2026/27".

    A year that is not the former edition's, nor beside it, is a goal or an anniversary, and stays.
    """

    def move(found):
        number = int(found[1])
        if abs(number - former) > 1:
            return found[0]
        later = number + year - former
        if not found[2]:
            return str(later)
        is_next = int(found[3]) == (number + 1) % 100
        return f"{later}{found[2]}{(later + 1) % 100:02}" if is_next else f"{later}{found[2]}{found[3]}"

    return YEAR.sub(move, name or "")


class EventEvent(models.Model):
    """After the event: drafts of syntheses for who was there (E6), and next year's edition (E7)."""

    _inherit = "event.event"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_get_present_without_synthesis(self):
        """Return invitations of people who came, whose organisation has no synthesis of this event.

        One that was prepared is not prepared again: its author may have deleted it. Nor is one that
        somebody has written by herself.
        """
        present = self.invitation_ids.filtered(lambda each: each.organisation_id.is_company and each.present_count)
        of_event = Domain("event_id", "=", self.id)
        by_hand = Domain("event_id", "=", False) & Domain("channel", "=", "event")
        by_hand &= Domain("date", "=", self._relationship_get_first_day())
        written = self.env["relationship.synthesis"].sudo().search(of_event | by_hand).partner_id
        done = written | self.invitation_ids.filtered("is_synthesis_prepared").organisation_id
        return present.filtered(lambda each: each.organisation_id not in done)

    def _relationship_get_first_day(self):
        """Return the day on which it begins, where it takes place."""
        self.ensure_one()
        return fields.Datetime.context_timestamp(self.with_context(tz=self.date_tz), self.date_begin).date()

    def action_relationship_prepare_syntheses(self):
        """Prepare a draft synthesis for each organisation that came, for its contact owner (E6)."""
        self.ensure_one()
        self._relationship_check_organiser()
        self._relationship_prepare_syntheses()
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations.relationship_synthesis_action")
        return {**action, "domain": [("event_id", "=", self.id)]}

    @api.model
    def _cron_prepare_syntheses(self):
        """Prepare, the day after, what is to be written: it shows in the owners' reminders by itself (E6)."""
        now = fields.Datetime.now()
        over = [("is_partner_event", "=", True), ("date_end", "<", now), ("date_end", ">", now - timedelta(days=60))]
        self.env["ir.cron"]._relationship_for_each(
            self.search(over), lambda event: event._relationship_prepare_syntheses()
        )

    def _relationship_prepare_syntheses(self):
        """Make the drafts that are missing, also when two people ask for them at once."""
        self.ensure_one()
        self._relationship_take_turn()
        present = self._relationship_get_present_without_synthesis()
        self.env["relationship.synthesis"].sudo().create(
            [
                {
                    "partner_id": organisation.id,
                    "event_id": self.id,
                    "author_id": self._relationship_get_writer(organisation).id,
                    "date": self._relationship_get_first_day(),
                    "channel": "event",
                    "participant_ids": [Command.set((invitations.partner_id - organisation).ids)],
                }
                for organisation, invitations in present.grouped("organisation_id").items()
            ]
        )
        present.sudo().is_synthesis_prepared = True

    def _relationship_get_writer(self, organisation):
        """Return who writes the synthesis of an organisation that was there."""
        return organisation._relationship_get_writer(self.user_id)

    def action_relationship_prepare_next_edition(self):
        """Begin next year's edition from this one: audience and texts, nothing sent (E7)."""
        self.ensure_one()
        self._relationship_check_organiser()
        following = (
            self.search([("previous_edition_id", "=", self.id)], limit=1) or self._relationship_create_next_edition()
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "event.event",
            "res_id": following.id,
            "views": [(self.env.ref("shifters_relations_events.event_event_view_form").id, "form")],
        }

    def _relationship_create_next_edition(self):
        """Create the same event a year later: its audience, its tasks, and nothing sent."""
        first_day = self._relationship_get_first_day()
        days = (get_day_next_year(first_day) - first_day).days
        following = self.copy(
            {
                "date_begin": shift_days(self.date_begin, days, self.date_tz),
                "date_end": shift_days(self.date_end, days, self.date_tz),
                "answer_until": self.answer_until and shift_days(self.answer_until, days, self.date_tz),
                "previous_edition_id": self.id,
            }
        )
        following._relationship_take_name(self)
        for ticket in following.event_ticket_ids:
            sale = {name: ticket[name] for name in ("start_sale_datetime", "end_sale_datetime") if ticket[name]}
            ticket.write({name: shift_days(moment, days, self.date_tz) for name, moment in sale.items()})
        again = self.invitation_ids.filtered(lambda each: each.state != "cancelled")._filter_writable()
        self.env["event.invitation"].create(
            [{"event_id": following.id, "partner_id": partner.id} for partner in again.partner_id]
        )
        following._relationship_take_tasks(self, days)
        return following

    @api.private
    def copy_data(self, default=None):
        """Extend core: a partner event keeps its name, as its mails would say "(copy)" in their subject."""
        return [
            {**values, "name": (default or {}).get("name", event.name)} if event.is_partner_event else values
            for event, values in zip(self, super().copy_data(default), strict=True)
        ]

    def _relationship_take_name(self, former):
        """Take the former edition's name in each language, with this one's year where a year is in it."""
        years = [event._relationship_get_first_day().year for event in (former, self)]
        for code, _name in self.env["res.lang"].get_installed():
            name = former.with_context(lang=code).name
            moved = move_years(name, *years)
            if moved != name:
                self.with_context(lang=code).name = moved

    def _relationship_take_tasks(self, former, days):
        """Plan the activities of the former edition again, done ones too, as long before this one.

        :param int days: how many days after the former edition this one begins
        """
        self.ensure_one()
        activities = self.env["mail.activity"].with_context(active_test=False)
        tasks = activities.search([("res_model", "=", self._name), ("res_id", "=", former.id)])
        is_closed = self.env["relationship.closure"]._get_is_closed(tasks.user_id | self.env.user)
        values = []
        for task in tasks:
            user = task.user_id.filtered("active") or self.env.user
            values.append(
                {
                    "res_model_id": task.res_model_id.id,
                    "res_id": self.id,
                    "activity_type_id": task.activity_type_id.id,
                    "summary": task.summary,
                    "note": task.note,
                    "user_id": user.id,
                    "date_deadline": find_open_day(task.date_deadline + timedelta(days=days), is_closed[user.id], -DAY),
                }
            )
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(values)
