from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TODAY, RelationshipCase


@tagged("post_install", "-at_install")
class TestTeam(RelationshipCase):
    """What each carries, the charter, the first contact (T1, T4, C4)."""

    def test_each_member_s_load(self):
        never = self.create_target("Never")
        overdue = self.create_target("Overdue")
        self.meet(overdue, days_ago=200)
        met = self.create_target("Met")
        self.meet(met, days_ago=3)
        self.meet(met, days_ago=1)
        self.write_synthesis(never)
        member = self.helene_member.with_user(self.organiser)
        self.assertEqual(
            (member.target_count, member.month_count, member.overdue_count, member.never_count, member.draft_count),
            (3, 2, 1, 1, 1),
        )
        self.assertEqual((member.target_load, member.month_load), ("3 (10-25)", "2 (2-4)"))
        self.assertEqual(member.attention, "could take 7 more")

    def test_nothing_is_expected_of_who_carries_no_portfolio(self):
        pilot = self.pilot.relationship_member_ids
        self.assertFalse(pilot.target_load or pilot.month_load)
        self.assertEqual(self.helene_member.target_load, "0 (10-25)")
        self.assertEqual(self.helene_member.attention, "no target yet: from 10 to 25 were agreed")

    def test_what_the_pilot_should_know_in_words(self):
        self.create_target("One", owner=self.marc)
        member = self.marc_member.with_user(self.pilot)
        member.capacity_min = 0
        self.assertFalse(member.attention)
        member.capacity_max = 0
        self.assertEqual(member.attention, "1 organisation more than agreed")
        member.capacity_max = 25
        member.date_end = TODAY + timedelta(days=20)
        self.assertIn("leaves on", member.attention)
        self.assertIn(member, member.search([("date_end", "<=", "today +30d")]))
        member.date_end = TODAY - timedelta(days=1)
        self.assertEqual(member.attention, "has left, targets to hand over: 1")
        self.helene.email = False
        self.assertIn("no e-mail address", self.helene_member.with_user(self.pilot).attention)

    def test_the_charter_says_who_is_missing_and_may_change(self):
        self.env["relationship.member"].search([]).filtered(
            lambda member: member.user_id not in (self.pilot | self.organiser | self.helene | self.marc)
        ).unlink()
        sentences = self.env["relationship.member"].with_user(self.pilot).get_charter()
        self.assertEqual(
            sentences, ["Pilots: 1 of 1", "Organisers: 1 of 2, 1 missing", "Contact members: 2 of 4, 2 missing"]
        )
        charter = self.env["relationship.charter"].search([("role", "=", "contact")])
        charter.with_user(self.pilot).expected = 2
        self.assertEqual(self.env["relationship.member"].get_charter()[2], "Contact members: 2 of 2")
        with self.assertRefused(AccessError):
            charter.with_user(self.organiser).expected = 3
        self.assertEqual(self.env["relationship.member"].with_user(self.env.ref("base.user_admin")).get_charter(), [])

    def test_the_checklist_of_a_first_contact_falls_to_the_pair(self):
        self.helene_member.organiser_id = self.organiser.relationship_member_ids
        partner = self.create_target()
        action = partner.with_user(self.helene).action_relationship_first_contact()
        wizard = (
            self.env["mail.activity.schedule"]
            .with_user(self.helene)
            .with_context(**action["context"])
            .create({"res_model": "res.partner", "res_ids": str(partner.ids)})
        )
        self.assertEqual(wizard.plan_id, self.env.ref("shifters_relations.plan_first_contact"))
        wizard.action_schedule_plan()
        steps = partner.activity_ids.filtered(lambda activity: not activity.relationship_partner_id)
        self.assertEqual(len(steps), 4)
        self.assertEqual(steps.user_id, self.helene | self.organiser)
        self.assertNextContact(partner, "2026-03-25")

    def test_a_step_for_an_organiser_falls_to_the_owner_who_has_none(self):
        partner = self.create_target()
        template = self.env.ref("shifters_relations.plan_first_contact_network")
        answer = template._determine_responsible(self.env["res.users"], partner)
        self.assertEqual(answer["responsible"], self.helene)
        self.assertIn("no paired organiser", answer["warning"])
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.assertIn("no contact owner", template._determine_responsible(self.env["res.users"], stranger)["error"])


@tagged("post_install", "-at_install")
class TestHandover(RelationshipCase):
    """A portfolio passes to others in one step (T5)."""

    def setUp(self):
        super().setUp()
        self.other_sector = self.env["relationship.sector"].create(
            {"name": "Test other", "member_id": self.helene_member.id}
        )
        self.first = self.create_target("First", relationship_sector_id=self.environment.id)
        self.second = self.create_target("Second", relationship_sector_id=self.other_sector.id)
        self.candidate = self.create_target("Candidate", relationship_stage="candidate")
        self.ines_member = self.create_member("Inès", "contact")

    def hand_over(self, user=None, **values):
        handovers = self.env["relationship.handover"].with_user(user or self.organiser)
        return handovers.create({"from_member_id": self.helene_member.id, **values})

    def test_each_sector_says_how_many_organisations_go_with_it(self):
        self.create_target("Third", relationship_sector_id=self.other_sector.id)
        counts = {line.sector_id: line.organisation_count for line in self.hand_over().sector_line_ids}
        self.assertEqual(counts, {self.environment: 1, self.other_sector: 2})

    def test_everything_to_one_member(self):
        self.renewal_of(self.first).with_user(self.helene).date_deadline = "2026-04-02"
        todo = self.first.activity_schedule("mail.mail_activity_data_todo", user_id=self.helene.id)
        draft = self.write_synthesis(self.first, user=self.helene)
        before = self.first.message_ids
        wizard = self.hand_over(to_member_id=self.marc_member.id)
        wizard.action_apply()
        for partner in (self.first, self.second, self.candidate):
            self.assertEqual(partner.relationship_owner_id, self.marc)
        self.assertNextContact(self.first, "2026-04-02")
        self.assertEqual(self.renewal_of(self.first).user_id, self.marc)
        self.assertEqual(todo.user_id, self.marc)
        self.assertEqual((self.environment | self.other_sector).member_id, self.marc_member)
        self.assertEqual(draft.author_id, self.helene)
        draft.with_user(self.marc).action_validate()
        self.assertEqual(len(self.first.message_ids - before), 1, "one logged line on each organisation")
        self.assertEqual(wizard.state, "done")

    def test_by_sector_and_row_by_row(self):
        wizard = self.hand_over(to_member_id=self.marc_member.id)
        wizard.sector_line_ids.filtered(
            lambda line: line.sector_id == self.other_sector
        ).to_member_id = self.ines_member
        wizard.line_ids.filtered(lambda line: line.partner_id == self.candidate).to_member_id = self.ines_member
        wizard.action_apply()
        self.assertEqual(self.first.relationship_owner_id, self.marc)
        self.assertEqual((self.second | self.candidate).relationship_owner_id, self.ines_member.user_id)
        self.assertEqual(self.environment.member_id, self.marc_member)
        self.assertEqual(self.other_sector.member_id, self.ines_member)

    def test_what_was_handed_over_stays_to_be_read(self):
        his_sector = self.env["relationship.sector"].create({"name": "Marc's", "member_id": self.marc_member.id})
        self.create_target("In Marc's sector", relationship_sector_id=his_sector.id)
        wizard = self.hand_over(to_member_id=self.marc_member.id)
        sectors = wizard.sector_line_ids.sector_id
        self.assertIn(his_sector, sectors)
        self.assertTrue(wizard.action_apply())
        self.assertEqual(wizard.sector_line_ids.sector_id, sectors)
        self.assertEqual(wizard.sector_line_ids.filtered("is_given").sector_id, sectors - his_sector)
        self.assertIn("Marc: 4 organisations, 3 of them targets", wizard.summary)
        self.assertNotEqual(
            self.env["relationship.handover"].browse(wizard.action_reverse()["res_id"]).display_name,
            wizard.display_name,
        )

    def test_it_says_what_each_will_keep_and_how_much_is_too_many(self):
        self.create_target("His own", owner=self.marc)
        self.marc_member.capacity_max = 2
        wizard = self.hand_over(to_member_id=self.marc_member.id)
        self.assertEqual(wizard.load, "Marc: 3 targets, 1 organisation more than agreed")
        wizard.line_ids.filtered(lambda line: line.partner_id == self.first).to_member_id = self.ines_member
        self.assertEqual(set(wizard.load.split(" · ")), {"Marc: 2 targets", "Inès: 1 target"})

    def test_one_message_to_each_person_concerned(self):
        wizard = self.hand_over(to_member_id=self.marc_member.id)
        self.env["mail.message"].search([]).flush_recordset()
        last = self.env["mail.message"].search([], order="id desc", limit=1).id
        wizard.action_apply()
        told = self.env["mail.message"].search([("id", ">", last), ("message_type", "=", "user_notification")])
        self.assertEqual(told.partner_ids, (self.marc | self.helene).partner_id)
        self.assertEqual(len(told), 2)
        to_marc = told.filtered(lambda message: message.partner_ids == self.marc.partner_id)
        self.assertEqual(to_marc.subject, "Hélène hands organisations over to you: 3.")
        self.assertIn("Second", to_marc.body)

    def test_the_closing_screen_offers_the_way_back(self):
        wizard = self.hand_over(to_member_id=self.marc_member.id)
        wizard.action_apply()
        other = self.create_target("Marc's own", owner=self.marc)
        back = self.env["relationship.handover"].with_user(self.organiser).browse(wizard.action_reverse()["res_id"])
        back.action_apply()
        self.assertEqual((self.first | self.second | self.candidate).relationship_owner_id, self.helene)
        self.assertEqual((self.environment | self.other_sector).member_id, self.helene_member)
        self.assertEqual(other.relationship_owner_id, self.marc)

    def test_handing_back_thanks_nobody(self):
        wizard = self.hand_over(to_member_id=self.marc_member.id)
        wizard.action_apply()
        back = self.env["relationship.handover"].with_user(self.organiser).browse(wizard.action_reverse()["res_id"])
        last = self.env["mail.message"].search([], order="id desc", limit=1).id
        back.action_apply()
        told = self.env["mail.message"].search([("id", ">", last), ("message_type", "=", "user_notification")])
        self.assertEqual(
            set(told.mapped("subject")),
            {"Marc hands organisations over to you: 3.", "Handed over to Hélène: 3 of your organisations."},
        )

    def test_what_the_screen_shows_is_what_is_done_whatever_was_saved(self):
        for saved in (False, True):
            with self.subTest(saved=saved):
                (self.first | self.second | self.candidate).relationship_owner_id = self.helene
                wizard = self.hand_over()
                form = Form(wizard)
                form.to_member_id = self.marc_member
                if saved:
                    form.save()
                place = wizard.sector_line_ids.sector_id.ids.index(self.other_sector.id)
                with form.sector_line_ids.edit(place) as line:
                    line.to_member_id = self.ines_member
                shown = form.load
                form.save()
                self.assertEqual(set(shown.split(" · ")), {"Marc: 1 target", "Inès: 1 target"})
                self.assertEqual(wizard.load, shown)
                wizard.action_apply()
                self.assertEqual(self.first.relationship_owner_id, self.marc)
                self.assertEqual(self.second.relationship_owner_id, self.ines_member.user_id)

    def test_what_came_meanwhile_is_shown_before_it_is_handed_over(self):
        wizard = self.hand_over(to_member_id=self.marc_member.id)
        late = self.create_target("Late")
        wizard.action_apply()
        self.assertEqual((wizard.state, self.first.relationship_owner_id), ("draft", self.helene))
        self.assertIn("Late", wizard.notice)
        self.assertEqual(wizard.line_ids.to_member_id, self.marc_member)
        wizard.action_apply()
        self.assertEqual((self.first | late).relationship_owner_id, self.marc)
        self.assertFalse(wizard.notice)

    def test_what_was_not_given_is_not_handed_back(self):
        his_sector = self.env["relationship.sector"].create({"name": "Marc's", "member_id": self.marc_member.id})
        in_his = self.create_target("In Marc's sector", relationship_sector_id=his_sector.id)
        self.assertEqual(in_his.relationship_owner_id, self.helene)
        his_own = self.create_target("Marc's own", owner=self.marc)
        wizard = self.hand_over(to_member_id=self.marc_member.id)
        self.assertIn(his_sector, wizard.sector_line_ids.sector_id)
        taken = wizard.line_ids.filtered(lambda line: line.partner_id == self.second).partner_id
        taken.relationship_owner_id = self.ines_member.user_id  # somebody else was faster
        wizard.action_apply()
        self.assertEqual((wizard.state, self.first.relationship_owner_id), ("draft", self.helene))
        self.assertIn("Second", wizard.notice)
        wizard.action_apply()
        back = self.env["relationship.handover"].with_user(self.organiser).browse(wizard.action_reverse()["res_id"])
        back.action_apply()
        self.assertEqual(his_sector.member_id, self.marc_member)
        self.assertEqual(his_own.relationship_owner_id, self.marc)
        self.assertEqual(self.second.relationship_owner_id, self.ines_member.user_id)
        self.assertEqual((in_his | self.first).relationship_owner_id, self.helene)

    def test_who_got_a_sector_alone_hands_back_the_sector_alone(self):
        his_own = self.create_target("Marc's own", owner=self.marc)
        wizard = self.hand_over(to_member_id=self.ines_member.id)
        lone = self.env["relationship.sector"].create({"name": "Empty", "member_id": self.helene_member.id})
        wizard.sector_line_ids.create({"handover_id": wizard.id, "sector_id": lone.id})
        wizard.sector_line_ids.filtered(lambda line: line.sector_id == lone).to_member_id = self.marc_member
        wizard.action_apply()
        self.assertEqual(lone.member_id, self.marc_member)
        backs = self.env["relationship.handover"].with_user(self.organiser).search(wizard.action_reverse()["domain"])
        self.assertFalse(backs.filtered(lambda back: back.from_member_id == self.marc_member).line_ids)
        backs.filtered(lambda back: back.from_member_id == self.marc_member).action_apply()
        self.assertEqual((lone.member_id, his_own.relationship_owner_id), (self.helene_member, self.marc))

    def test_nobody_is_left_without_an_owner(self):
        wizard = self.hand_over()
        with self.assertRefused(UserError, "goes to nobody yet"):
            wizard.action_apply()
        self.ines_member.date_end = TODAY - timedelta(days=1)
        wizard.to_member_id = self.ines_member
        with self.assertRefused(UserError, "is not in the team today"):
            wizard.action_apply()
        self.assertEqual(self.first.relationship_owner_id, self.helene)

    def test_who_gives_and_who_takes_are_no_period_in_french(self):
        handover = self.env["relationship.handover"].with_user(self.organiser).with_context(lang="fr_FR")
        labels = handover.fields_get(["from_member_id", "to_member_id"], ["string"])
        self.assertEqual(labels["from_member_id"]["string"], "Transmis par")
        self.assertEqual(labels["to_member_id"]["string"], "Transmis à")

    def test_it_is_for_organisers(self):
        with self.assertRefused(AccessError):
            self.hand_over(self.helene, to_member_id=self.marc_member.id)

    def test_a_member_who_has_left_is_handed_over_too(self):
        self.helene_member.date_end = TODAY - timedelta(days=1)
        self.hand_over(self.pilot, to_member_id=self.marc_member.id).action_apply()
        self.assertEqual(self.first.relationship_owner_id, self.marc)

    def test_the_number_of_queries_does_not_grow_with_the_targets(self):
        counts = []
        for count in (10, 200):
            member = self.create_member(f"leaver{count}", "contact")
            self.env["res.partner"].create(
                [
                    {
                        "name": f"{count} {number}",
                        "is_company": True,
                        "relationship_stage": "target",
                        "relationship_owner_id": member.user_id.id,
                    }
                    for number in range(count)
                ]
            )
            wizard = (
                self.env["relationship.handover"]
                .with_user(self.organiser)
                .create({"from_member_id": member.id, "to_member_id": self.marc_member.id})
            )
            self.env.flush_all()
            self.env.cr.precommit.run()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            wizard.action_apply()
            self.env.flush_all()
            self.env.cr.precommit.run()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 12, f"{counts}: Odoo writes messages and followers by the hundred")
