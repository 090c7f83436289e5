from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tests.common import Form

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestLoop(RelationshipCase):
    """The loop as a contact member lives it."""

    def test_validating_dates_the_next_contact_once(self):
        partner = self.create_target()
        synthesis = self.write_synthesis(partner)
        partners, name = type(partner), "_relationship_prepare_rule_dates"
        with patch.object(partners, name, autospec=True, side_effect=getattr(partners, name)) as dated:
            synthesis.action_validate()
        self.assertEqual([call.args[0] for call in dated.call_args_list if call.args[0]], [partner])
        self.assertNextContact(partner, "2026-09-11")

    def test_a_target_gets_its_first_contact_within_a_month_by_phone_on_a_weekday(self):
        partner = self.create_target()
        self.assertNextContact(partner, "2026-03-25", "phone")
        self.assertLess(partner.relationship_next_contact_date, TODAY + timedelta(days=30))
        self.assertEqual(self.renewal_of(partner).user_id, self.helene)

    def test_a_candidate_has_no_renewal_until_it_becomes_a_target(self):
        partner = self.create_target(relationship_stage="candidate")
        self.assertFalse(self.renewal_of(partner))
        partner.with_user(self.helene).relationship_stage = "target"
        self.assertNextContact(partner, "2026-03-25")

    def test_validating_closes_the_renewal_and_plans_the_next_in_the_other_way(self):
        partner = self.create_target()
        renewal = self.renewal_of(partner)
        action = renewal.with_user(self.helene).action_write_synthesis()
        form = Form(self.env["relationship.synthesis"].with_user(self.helene).with_context(**action["context"]))
        self.assertEqual(form.partner_id, partner)
        self.assertEqual(form.channel, "phone")
        self.assertEqual(form.date, TODAY)
        form.summary = "They want to meet."
        synthesis = form.save()
        synthesis.action_validate()
        self.assertFalse(renewal.active)
        self.assertEqual(synthesis.activity_id, renewal)
        self.assertNextContact(partner, "2026-09-11", "in_person")
        self.assertEqual(partner.relationship_last_contact_date, TODAY)
        self.assertEqual(partner.relationship_last_channel, "phone")
        self.assertEqual(partner.relationship_synthesis_count, 1)
        self.assertEqual(synthesis.next_contact_sentence, "Next contact: in person, around 11 September.")

    def test_channels_alternate(self):
        for last, following in (
            ("phone", "in_person"),
            ("video", "in_person"),
            ("in_person", "phone"),
            ("event", "phone"),
        ):
            with self.subTest(last=last):
                partner = self.create_target(name=last)
                self.meet(partner, channel=last)
                self.assertEqual(partner.relationship_next_channel, following)

    def test_a_cadence_that_does_not_alternate_keeps_the_way(self):
        cadence = self.quarterly.copy({"alternate_channel": False})
        partner = self.create_target(relationship_cadence_id=cadence.id)
        self.meet(partner, channel="phone")
        self.assertNextContact(partner, "2026-06-11", "phone")
        self.meet(partner, channel="in_person")
        self.assertNextContact(partner, "2026-06-11", "in_person")

    def test_a_date_that_falls_on_a_weekend_moves_to_monday(self):
        partner = self.create_target()
        self.meet(partner, days_ago=4)  # 7 March: 7 September is a Monday
        self.assertNextContact(partner, "2026-09-07")
        other = self.create_target("Other", owner=self.marc)
        self.meet(other, days_ago=6)  # 5 March: 5 September is a Saturday
        self.assertNextContact(other, "2026-09-07")

    def test_nothing_said_cannot_be_validated_but_is_saved(self):
        partner = self.create_target()
        synthesis = self.write_synthesis(partner, summary=False)
        with self.assertRefused(ValidationError, "what was said with Réseau Climat"):
            synthesis.action_validate()
        self.assertEqual(synthesis.state, "draft")

    def test_the_future_cannot_be_validated(self):
        synthesis = self.write_synthesis(self.create_target(), date=TODAY + timedelta(days=1))
        with self.assertRefused(ValidationError, "once it has taken place"):
            synthesis.action_validate()

    def test_a_contact_that_nobody_planned_counts_the_same(self):
        partner = self.create_target()
        self.meet(partner, days_ago=50, channel="video")
        self.assertNextContact(partner, "2026-07-20", "in_person")
        self.meet(partner, days_ago=2, channel="in_person")
        self.assertNextContact(partner, "2026-09-09", "phone")
        self.assertEqual(partner.relationship_synthesis_count, 2)

    def test_a_contact_before_a_date_that_was_chosen_leaves_that_date_and_says_so(self):
        partner = self.create_target()
        renewal = self.renewal_of(partner)
        renewal.with_user(self.helene).date_deadline = "2026-05-05"
        synthesis = self.write_synthesis(partner)
        self.assertEqual(synthesis.later_renewal_sentence, "The next contact stays on 5 May, a day that was chosen.")
        synthesis.action_validate()
        self.assertTrue(renewal.active)
        self.assertFalse(synthesis.activity_id)
        self.assertNextContact(partner, "2026-05-05")
        self.assertEqual(partner.relationship_last_contact_date, TODAY)

    def test_a_contact_on_or_after_the_date_that_was_chosen_closes_it(self):
        partner = self.create_target()
        renewal = self.renewal_of(partner)
        renewal.with_user(self.helene).date_deadline = TODAY
        self.meet(partner)
        self.assertFalse(renewal.active)
        self.assertNextContact(partner, "2026-09-11")

    def test_pause_and_close_end_the_renewal_and_coming_back_plans_it(self):
        partner = self.create_target()
        self.meet(partner, days_ago=10)
        for stage in ("paused", "closed", "candidate", False):
            partner.relationship_stage = stage
            self.assertFalse(self.renewal_of(partner), stage)
            self.assertFalse(partner.relationship_next_contact_date, stage)
            partner.relationship_stage = "target"
            self.assertNextContact(partner, "2026-09-01")

    def test_archiving_ends_the_renewal_and_unarchiving_plans_it(self):
        partner = self.create_target()
        partner.action_archive()
        self.assertFalse(self.renewal_of(partner))
        partner.action_unarchive()
        self.assertNextContact(partner, "2026-03-25")

    def test_do_not_contact_stops_the_plan(self):
        partner = self.create_target()
        partner.relationship_no_contact = True
        self.assertFalse(self.renewal_of(partner))
        partner.relationship_no_contact = False
        self.assertNextContact(partner, "2026-03-25")

    def test_a_new_owner_gets_the_renewal_where_it_is(self):
        partner = self.create_target()
        self.renewal_of(partner).with_user(self.helene).date_deadline = "2026-04-02"
        partner.with_user(self.organiser).relationship_owner_id = self.marc
        self.assertNextContact(partner, "2026-04-02")
        self.assertEqual(self.renewal_of(partner).user_id, self.marc)

    def test_a_new_cadence_moves_the_renewal_unless_it_was_set_by_hand(self):
        partner, pinned = self.create_target(), self.create_target(name="Pinned")
        for each in (partner, pinned):
            self.meet(each)
        self.renewal_of(pinned).with_user(self.helene).date_deadline = "2026-08-03"
        (partner | pinned).with_user(self.helene).relationship_cadence_id = self.quarterly
        self.assertNextContact(partner, "2026-06-11")
        self.assertNextContact(pinned, "2026-08-03")

    def test_correcting_the_date_of_a_contact_moves_the_next(self):
        partner = self.create_target()
        synthesis = self.meet(partner)
        synthesis.date = "2026-01-13"
        self.assertNextContact(partner, "2026-07-13")
        synthesis.channel = "in_person"
        self.assertNextContact(partner, "2026-07-13", "phone")

    def test_reopening_a_synthesis_uncounts_its_contact_and_keeps_one_renewal(self):
        partner = self.create_target()
        self.meet(partner, days_ago=100)
        synthesis = self.meet(partner)
        synthesis.with_user(self.organiser).action_reopen()
        self.assertEqual(partner.relationship_synthesis_count, 1)
        self.assertNextContact(partner, "2026-06-01")
        synthesis.with_user(self.organiser).action_validate()
        self.assertNextContact(partner, "2026-09-11")

    def test_moving_a_synthesis_derives_both_organisations_again(self):
        partner, other = self.create_target(), self.create_target(name="Other")
        synthesis = self.meet(partner)
        synthesis.with_user(self.organiser).partner_id = other
        self.assertFalse(partner.relationship_last_contact_date)
        self.assertEqual(partner.relationship_due_state, "never")
        self.assertEqual(other.relationship_last_contact_date, TODAY)
        self.assertNextContact(other, "2026-09-11")
        self.assertEqual(len(self.renewal_of(partner)), 1)

    def test_stage_and_owner_changes_log_one_line(self):
        partner = self.create_target()
        before = partner.message_ids
        partner.with_user(self.organiser).write({"relationship_owner_id": self.marc.id, "relationship_stage": "paused"})
        logged = partner.message_ids - before
        self.assertEqual(len(logged), 1)
        self.assertEqual(logged.author_id, self.organiser.partner_id)
        self.assertIn("Target → Paused", logged.body)
        self.assertIn("Hélène → Marc", logged.body)

    def test_an_owner_that_comes_with_the_sector_and_a_wish_log_one_line_too(self):
        partner = self.create_target("Free", relationship_stage="candidate", relationship_owner_id=False)
        before = partner.message_ids
        partner.with_user(self.organiser).relationship_sector_id = self.environment
        self.assertIn("Contact owner: - → Hélène", (partner.message_ids - before).body)
        for wish, words in ((True, "Do not contact: - → yes"), (False, "Do not contact: yes → -")):
            before = partner.message_ids
            partner.with_user(self.helene).relationship_no_contact = wish
            self.assertIn(words, (partner.message_ids - before).body)
            self.assertEqual((partner.message_ids - before).author_id, self.helene.partner_id)

    def test_due_states_in_their_order(self):
        never = self.create_target(name="Never")
        overdue = self.create_target(name="Overdue")
        self.meet(overdue, days_ago=200)
        due = self.create_target(name="Due")
        self.meet(due, days_ago=170)
        planned = self.create_target(name="Planned")
        self.meet(planned, days_ago=10)
        unplanned = self.create_target(name="Unplanned")
        self.meet(unplanned, days_ago=20)
        self.env.cr.execute("DELETE FROM mail_activity WHERE relationship_partner_id = %s", [unplanned.id])
        unplanned.invalidate_recordset()
        unplanned.relationship_next_contact_date = False
        late_first = self.create_target(name="Late first contact")
        self.renewal_of(late_first).with_user(self.helene).date_deadline = "2026-03-02"
        candidate = self.create_target(name="Candidate", relationship_stage="candidate")
        expected = {
            overdue: "overdue",
            late_first: "overdue",
            never: "never",
            unplanned: "unplanned",
            due: "due",
            planned: "planned",
            candidate: False,
        }
        partners = self.env["res.partner"].union(*expected)
        Partner = self.env["res.partner"].with_user(self.helene)
        self.assertEqual({partner: partner.relationship_due_state for partner in partners}, expected)
        for state in set(expected.values()):
            domain = [("relationship_due_state", "=", state), ("id", "in", partners.ids)]
            found = {partner for partner, value in expected.items() if value == state}
            self.assertEqual(set(Partner.search(domain)), found, state)
            self.assertEqual(set(partners.filtered_domain(domain)), found, state)
            self.assertEqual(set(Partner.search(["!", domain[0], domain[1]])), set(partners) - found, state)
        groups = Partner._read_group([("id", "in", partners.ids)], ["relationship_due_state"], ["__count"])
        self.assertEqual(
            groups, [("overdue", 2), ("never", 1), ("unplanned", 1), ("due", 1), ("planned", 1), (False, 1)]
        )
        ordered = Partner.search(
            [("id", "in", partners.ids)], order="relationship_due_state, relationship_next_contact_date"
        )
        self.assertEqual(ordered[:3], overdue + late_first + never)
        self.assertEqual(ordered[-1], candidate)
        self.assertEqual(
            Partner.search(
                [("id", "in", partners.ids)], order="relationship_next_contact_date desc nulls last", limit=1
            ),
            planned,
        )

    def test_the_sentence_explains_who_how_often_when_and_why(self):
        partner = self.create_target()
        self.meet(partner, days_ago=6)
        sentence = partner.with_user(self.helene).relationship_sentence
        self.assertEqual(
            sentence,
            "Owner: you · Twice a year · Meet around 7 September"
            " · 6 months after the call of 5 March (5 September is a Saturday)",
        )
        partner.invalidate_recordset()
        french = partner.with_user(self.marc).with_context(lang="fr_FR").relationship_sentence
        self.assertEqual(
            french,
            "Référent\u00a0: Hélène · Deux fois par an · À rencontrer vers le 7 septembre"
            " · 6 mois après l'appel du 5 mars (le 5 septembre est un samedi)",
        )

    def test_a_synthesis_begun_on_a_person_is_filed_under_the_organisation(self):
        partner = self.create_target()
        person = self.env["res.partner"].create({"name": "Claire", "parent_id": partner.id})
        form = Form(
            self.env["relationship.synthesis"].with_user(self.helene).with_context(default_partner_id=person.id)
        )
        form.summary = "She will come."
        synthesis = form.save()
        self.assertEqual(synthesis.partner_id, partner)
        self.assertEqual(synthesis.participant_ids, person)
        with self.assertRefused(ValidationError, "is a person"):
            synthesis.partner_id = person

    def test_the_draft_that_was_begun_is_opened_again(self):
        partner = self.create_target()
        draft = self.write_synthesis(partner, summary="<p>Half</p>")
        self.assertEqual(partner.with_user(self.helene).action_relationship_write_synthesis()["res_id"], draft.id)
        self.assertFalse(partner.with_user(self.marc).action_relationship_write_synthesis()["res_id"])

    def test_a_person_cannot_be_followed(self):
        with self.assertRefused(ValidationError, "is a person"):
            self.create_target(is_company=False)

    def test_a_target_needs_an_owner_of_the_team(self):
        with self.assertRefused(ValidationError, "has no contact owner"):
            self.env["res.partner"].create({"name": "X", "is_company": True, "relationship_stage": "target"})
        with self.assertRefused(ValidationError, "is not in the team today"):
            self.create_target(owner=self.outsider)

    def test_those_that_nobody_can_keep_do_not_hold_up_the_others(self):
        first = self.create_target("First", relationship_stage="candidate")
        homeless = self.env["res.partner"].create(
            {"name": "Homeless", "is_company": True, "relationship_stage": "candidate"}
        )
        answer = (first | homeless).with_user(self.organiser).action_relationship_make_target()
        self.assertEqual((first | homeless).mapped("relationship_stage"), ["target", "candidate"])
        self.assertIn("1 are targets now. Without an owner of the team: Homeless.", answer["params"]["message"])
        with self.assertRefused(ValidationError, "Homeless has no contact owner"):
            homeless.with_user(self.organiser).action_relationship_make_target()

    def test_the_daily_job_gives_back_what_was_lost(self):
        partner = self.create_target()
        self.meet(partner, days_ago=50)
        self.env.cr.execute("DELETE FROM mail_activity WHERE relationship_partner_id = %s", [partner.id])
        self.env.invalidate_all()
        self.assertFalse(self.renewal_of(partner))
        with self.enter_registry_test_mode():
            self.env.ref("shifters_relations.cron_repair").method_direct_trigger()
        self.assertNextContact(partner, "2026-07-20")
