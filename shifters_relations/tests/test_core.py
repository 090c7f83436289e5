from odoo.tests import tagged
from odoo.tests.common import new_test_user

from .common import RelationshipCase


@tagged("post_install", "-at_install")
class TestCore(RelationshipCase):
    """What core does as superuser still works, and no target loses its renewal."""

    def setUp(self):
        super().setUp()
        self.partner = self.create_target()
        self.renewal = self.renewal_of(self.partner)
        self.admin = self.env.ref("base.user_admin")

    def test_archiving_the_owner_keeps_the_renewal_for_whoever_comes_next(self):
        self.renewal.date_deadline = "2026-05-05"
        self.helene.with_user(self.admin).action_archive()
        self.assertNextContact(self.partner, "2026-05-05")
        self.assertFalse(self.renewal.user_id)
        self.partner.with_user(self.organiser).relationship_owner_id = self.marc
        self.assertNextContact(self.partner, "2026-05-05")
        self.assertEqual(self.renewal.user_id, self.marc)

    def test_archiving_who_has_an_owner_s_renewal_gives_it_back(self):
        self.renewal.sudo().user_id = self.marc
        self.marc.with_user(self.admin).action_archive()
        self.assertEqual(self.renewal.user_id, self.helene)

    def test_deleting_the_owner_keeps_the_organisation_and_its_renewal(self):
        synthesis = self.meet(self.partner)
        done = synthesis.activity_id
        self.helene.with_user(self.admin).unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(len(self.renewal_of(self.partner)), 1)
        self.assertEqual(self.partner.relationship_owner_id, self.pilot, "who hands it over")
        self.assertEqual(synthesis.with_user(self.pilot).activity_id, done, "what it answered is history")
        self.assertEqual(synthesis.with_user(self.pilot).author_partner_id.name, "Hélène", "who wrote it, too")

    def test_an_archived_owner_is_in_the_team_no_more_and_the_daily_job_agrees(self):
        self.helene.with_user(self.admin).action_archive()
        self.assertFalse(self.helene_member.is_current)
        with self.enter_registry_test_mode():
            self.env.ref("shifters_relations.cron_repair").method_direct_trigger()
        self.assertFalse(self.renewal.user_id)
        self.assertNotIn(self.helene, self.env["res.partner"]._relationship_get_current_members())

    def test_a_target_whose_owner_was_deleted_goes_on(self):
        self.helene.with_user(self.admin).unlink()
        self.env.invalidate_all()
        self.meet(self.partner, user=self.organiser)
        self.assertNextContact(self.partner, "2026-09-11")
        self.partner.with_user(self.organiser).relationship_cadence_id = False
        self.meet(self.partner, user=self.organiser)
        self.assertEqual(len(self.renewal_of(self.partner)), 1)

    def test_an_activity_type_that_was_archived_still_serves(self):
        self.env.ref("shifters_relations.activity_type_in_person").active = False
        self.meet(self.partner)
        self.assertEqual(self.partner.relationship_next_channel, "in_person")

    def test_deleting_the_organisation_takes_everything_with_it(self):
        synthesis = self.meet(self.partner)
        renewal = self.renewal_of(self.partner)
        self.partner.with_user(self.pilot).unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(synthesis.exists())
        self.assertFalse(renewal.exists())

    def test_deleting_a_meeting_keeps_the_renewal(self):
        self.meet(self.partner, days_ago=60)
        renewal = self.renewal_of(self.partner)
        deadline = renewal.date_deadline
        event = self.plan_meeting(renewal, "2026-04-01")
        event.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertNextContact(self.partner, deadline)

    def test_deleting_a_past_meeting_keeps_what_was_done(self):
        event = self.plan_meeting(self.renewal, "2026-03-10")
        synthesis = self.write_synthesis(self.partner, activity_id=self.renewal.id)
        synthesis.action_validate()
        self.assertFalse(self.renewal.active)
        event.sudo().unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(synthesis.activity_id, self.renewal)
        self.assertTrue(self.renewal.exists())

    def test_the_clean_up_of_old_activities_loses_no_target(self):
        self.meet(self.partner, days_ago=365 * 4)
        self.assertEqual(self.partner.relationship_due_state, "overdue")
        self.env["ir.config_parameter"].set_param("mail.activity.gc.delete_overdue_years", 3)
        self.env["mail.activity"].sudo()._gc_delete_old_overdue_activities()
        self.assertEqual(len(self.renewal_of(self.partner)), 1)
        self.assertEqual(self.partner.relationship_due_state, "overdue")

    def test_superuser_closes_a_renewal_and_the_next_is_planned(self):
        self.renewal.sudo().action_feedback(feedback="by a robot")
        self.assertFalse(self.renewal.active)
        self.assertNextContact(self.partner, "2026-03-25")

    def test_an_ordinary_user_may_be_archived_and_deleted(self):
        user = new_test_user(self.env, "passing", groups="base.group_user")
        self.partner.activity_schedule("mail.mail_activity_data_todo", user_id=user.id)
        user.action_archive()
        user.unlink()
        self.assertEqual(len(self.renewal_of(self.partner)), 1)

    def test_who_has_no_role_makes_a_series_of_meetings_and_copies_what_she_may(self):
        values = {"name": "Tea", "start": "2026-04-01 09:00:00", "stop": "2026-04-01 10:00:00", "recurrency": True}
        values |= {"rrule_type": "weekly", "wed": True, "count": 3, "end_type": "count", "interval": 1}
        meeting = self.env["calendar.event"].with_user(self.outsider).create(values)
        self.assertEqual(len(meeting.recurrence_id.calendar_event_ids), 3)
        self.assertEqual(meeting.copy().name, "Tea")

    def test_core_copies_nothing_that_not_everybody_may_read(self):
        """Core reads each field that it copies as whoever copies: one that is kept from her would refuse it all."""
        wrong = [
            str(field)
            for model in self.env.values()
            if not model._abstract and not (model._original_module or "").startswith("shifters_relations")
            for field in model._fields.values()
            if field.copy
            and field.groups
            and field.base_field._modules[:1]
            and field.base_field._modules[0].startswith("shifters_relations")
        ]
        self.assertFalse(wrong)
