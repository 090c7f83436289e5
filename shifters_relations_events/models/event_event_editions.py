from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import Command, api, fields, models
from odoo.fields import Domain


class EventEvent(models.Model):
    """After the event: drafts of syntheses for who was there (E6), and next year's edition (E7)."""

    _inherit = "event.event"  # pylint: disable=consider-merging-classes-inherited

    def _get_present_without_synthesis(self):
        """Invitations of people who were there, whose organisation has no synthesis of this event yet.

        One that was prepared is not prepared again: its author may have deleted it. Nor is one that
        somebody has written by herself.
        """
        present = self.invitation_ids.filtered(lambda each: each.organisation_id.is_company and each.present_count)
        of_event = Domain("event_id", "=", self.id)
        by_hand = Domain("event_id", "=", False) & Domain("channel", "=", "event")
        by_hand &= Domain("date", "=", self._get_first_day())
        written = self.env["relationship.synthesis"].sudo().search(of_event | by_hand).partner_id
        done = written | self.invitation_ids.filtered("is_synthesis_prepared").organisation_id
        return present.filtered(lambda each: each.organisation_id not in done)

    def _get_first_day(self):
        """The day on which it begins, where it takes place."""
        self.ensure_one()
        return fields.Datetime.context_timestamp(self.with_context(tz=self.date_tz), self.date_begin).date()

    def action_prepare_syntheses(self):
        """One draft synthesis for each organisation that was there, for its contact owner (E6)."""
        self.ensure_one()
        self._check_organiser()
        self._prepare_syntheses()
        action = self.env["ir.actions.act_window"]._for_xml_id("shifters_relations.relationship_synthesis_action")
        return {**action, "domain": [("event_id", "=", self.id)]}

    @api.model
    def _cron_prepare_syntheses(self):
        """The day after, what is to be written shows in the owners' reminders without anybody's click (E6)."""
        now = fields.Datetime.now()
        over = [("is_partner_event", "=", True), ("date_end", "<", now), ("date_end", ">", now - timedelta(days=60))]
        self.search(over)._in_turn(lambda event: event._prepare_syntheses())

    def _prepare_syntheses(self):
        """Make the drafts that are missing, also when two people ask for them at once."""
        self.ensure_one()
        self._take_turn()
        present = self._get_present_without_synthesis()
        self.env["relationship.synthesis"].sudo().create(
            [
                {
                    "partner_id": organisation.id,
                    "event_id": self.id,
                    "author_id": (organisation.sudo().relationship_owner_id or self.user_id or self.env.user).id,
                    "date": self._get_first_day(),
                    "channel": "event",
                    "participant_ids": [Command.set((invitations.partner_id - organisation).ids)],
                }
                for organisation, invitations in present.grouped("organisation_id").items()
            ]
        )
        present.sudo().is_synthesis_prepared = True

    def action_prepare_next_edition(self):
        """Begin next year's edition from this one: audience and texts, nothing sent (E7)."""
        self.ensure_one()
        self._check_organiser()
        following = self.search([("previous_edition_id", "=", self.id)], limit=1) or self._create_next_edition()
        return {
            "type": "ir.actions.act_window",
            "res_model": "event.event",
            "res_id": following.id,
            "views": [(self.env.ref("shifters_relations_events.event_event_view_form").id, "form")],
        }

    def _create_next_edition(self):
        """The same a year later: its audience, its tasks, and nothing sent."""
        year = relativedelta(years=1)
        following = self.copy(
            {
                "name": self.name,
                "date_begin": self.date_begin + year,
                "date_end": self.date_end + year,
                "answer_until": self.answer_until and self.answer_until + year,
                "previous_edition_id": self.id,
            }
        )
        self.env["event.invitation"].create(
            [
                {"event_id": following.id, "partner_id": invitation.partner_id.id}
                for invitation in self.invitation_ids
                if invitation.state != "cancelled" and invitation.partner_id.active and not invitation._is_objecting()
            ]
        )
        following._take_tasks(self)
        return following

    def _take_tasks(self, former):
        """Plan the activities of the former edition again, done ones too, as long before this one."""
        self.ensure_one()
        later = self.date_begin - former.date_begin
        activities = self.env["mail.activity"].with_context(active_test=False)
        tasks = activities.search([("res_model", "=", self._name), ("res_id", "=", former.id)])
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": task.res_model_id.id,
                    "res_id": self.id,
                    "activity_type_id": task.activity_type_id.id,
                    "summary": task.summary,
                    "note": task.note,
                    "user_id": task.user_id.filtered("active").id or self.env.uid,
                    "date_deadline": task.date_deadline + later,
                }
                for task in tasks
            ]
        )
