from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import PartnerEventCase


@tagged("post_install", "-at_install")
class TestAudience(PartnerEventCase):
    """Whom to invite, and who is left out and why (E1)."""

    def choose(self, user=None, **values):
        wizard = self.env["event.audience"].with_user(user or self.organiser)
        wizard = wizard.create({"event_id": self.event.id, **values})
        wizard.action_preview()
        return wizard

    def test_each_one_left_out_has_a_reason(self):
        self.env["res.partner"].search([("relationship_stage", "!=", False)]).write({"relationship_stage": "closed"})
        self.env["mail.blacklist"].create({"email": "blocked@example.org"})
        expected = {
            "Good": ({}, False),
            "Silent": ({"email": False}, "no_address"),
            "Blocked": ({}, "opted_out"),
            "Objects": ({"relationship_no_contact": True}, "no_contact"),
            "Twin": ({"email": "good@example.org"}, "duplicate"),
            "Known": ({}, "invited"),
        }
        for name, (values, _reason) in expected.items():
            self.create_person(name, self.create_target(f"{name} & co"), **values)
        self.create_target("Empty")
        known = self.env["res.partner"].search([("name", "=", "Known")])
        self.env["event.invitation"].create({"event_id": self.event.id, "partner_id": known.id})
        wizard = self.choose()
        found = {line.organisation_id.name.split(" &")[0]: line.reason for line in wizard.line_ids}
        self.assertEqual(found, {name: reason for name, (_values, reason) in expected.items()} | {"Empty": "nobody"})
        self.assertIn("To invite: 1", wizard.message)
        wizard.action_apply()
        self.assertEqual(sorted(self.event.invitation_ids.partner_id.mapped("name")), ["Good", "Known"])
        self.assertEqual(set(self.event.invitation_ids.mapped("state")), {"draft"}, "nothing is sent")

    def test_chosen_by_sector_position_and_trade(self):
        child = self.env["relationship.sector"].create({"name": "Forest", "parent_id": self.environment.id})
        target = self.create_target("Trees", relationship_sector_id=child.id, relationship_position="ally")
        family = self.env.ref("shifters_relations.job_family_training")
        trainer = self.create_person("Trainer", target, relationship_job_family_id=family.id)
        decider = self.create_person("Decider", target, relationship_is_decider=True)
        for values, person in (
            ({"who": "job_family", "job_family_id": family.id}, trainer),
            ({"who": "decider"}, decider),
            ({"who": "usual"}, trainer),
        ):
            wizard = self.choose(sector_ids=self.environment.ids, position="ally", **values)
            self.assertEqual(wizard.line_ids.partner_id, person)
        with self.assertRefused(UserError, "trade"):
            self.choose(who="job_family")
        with self.assertRefused(UserError, "Nobody is left"):
            self.choose(position="distant").action_apply()

    def test_chosen_by_what_belongs_to_whom(self):
        head, member, below = (self.create_target(name) for name in ("Head", "Member", "Below"))
        people = {each: self.create_person(f"Of {each.name}", each) for each in (head, member, below)}
        self.env["relationship.affiliation"].create(
            [{"organisation_id": one.id, "umbrella_id": other.id} for one, other in ((member, head), (below, member))]
        )
        ours = head | member | below
        for values, expected in (
            ({"network": "heads"}, head | member),
            ({"network": "members", "umbrella_ids": head.ids}, ours),
            ({"network": "members", "umbrella_ids": member.ids}, member | below),
        ):
            with self.subTest(values=values):
                wizard = self.choose(**values)
                self.assertEqual(wizard.line_ids.organisation_id & ours, expected)
                self.assertIn(people[expected[0]], wizard.line_ids.partner_id)
        self.assertEqual(wizard.line_ids.organisation_id, member | below)
        wizard.umbrella_ids = head
        wizard.action_apply()
        self.assertTrue(wizard.is_stale)
        with self.assertRefused(UserError, "Choose the head"):
            self.choose(network="members")

    def test_another_choice_after_the_preview_is_shown_before_anybody_is_invited(self):
        ally, distant = (
            self.create_person(f"Of {position}", self.create_target(position, relationship_position=position))
            for position in ("ally", "distant")
        )
        family = self.env.ref("shifters_relations.job_family_training")
        wizard = self.choose(position="ally")
        self.assertEqual(wizard.line_ids.partner_id, ally)
        wizard.position = "distant"
        action = wizard.action_apply()
        self.assertEqual((action["res_model"], action["res_id"]), (wizard._name, wizard.id))
        self.assertTrue(wizard.is_stale)
        self.assertEqual(wizard.line_ids.partner_id, distant)
        self.assertFalse(self.event.invitation_ids, "nothing is done")
        for values in (
            {"sector_ids": self.environment.ids},
            {"type_ids": self.env["relationship.organisation.type"].search([], limit=1).ids},
            {"owner_ids": self.helene.ids},
            {"scope": "national"},
            {"level": wizard._fields["level"].get_values(self.env)[0]},
            {"due_state": "overdue"},
            {"past_event_id": self.event.id},
            {"past_attendance": "came"},
            {"who": "job_family", "job_family_id": family.id},
        ):
            wizard.write(values)
            wizard.action_apply()
            self.assertTrue(wizard.is_stale, values)
            self.assertFalse(self.event.invitation_ids, values)
            wizard.action_preview()
            self.assertFalse(wizard.is_stale)
        wizard = self.choose(position="ally")
        wizard.write({"wave": 2, "past_attendance": "came", "job_family_id": family.id})
        wizard.action_apply()
        self.assertEqual(self.event.invitation_ids.mapped("partner_id"), ally, "that changes nobody")
        self.assertEqual(self.event.invitation_ids.wave, 2)

    def test_chosen_by_past_attendance(self):
        past = self.create_event(name="Last year", date_begin="2025-05-10 16:00", date_end="2025-05-10 19:00")
        came, absent, withdrawn = (self.create_target(name) for name in ("Came", "Absent", "Withdrawn"))
        invited = self.env["event.invitation"].create(
            [
                {"event_id": past.id, "partner_id": self.create_person(f"Of {partner.name}", partner).id}
                for partner in (came, absent, withdrawn)
            ]
        )
        invited[2].action_cancel()
        self.env["event.registration"].create(
            [
                {"event_id": past.id, "invitation_id": invitation.id, "state": state}
                for invitation, state in zip(invited[:2], ("done", "open"), strict=True)
            ]
        )
        for attendance, expected in (("invited", came | absent), ("came", came), ("absent", absent)):
            wizard = self.choose(past_event_id=past.id, past_attendance=attendance)
            self.assertEqual(wizard.line_ids.organisation_id, expected, attendance)

    def test_the_usual_contact_is_who_was_met_last(self):
        first, second = self.create_person("First"), self.create_person("Second")
        self.meet(self.partner, participant_ids=second.ids)
        self.assertTrue(first)
        self.assertEqual(self.choose(owner_ids=self.helene.ids).line_ids.partner_id, second)

    def get_lines(self, organisation, **values):
        """The people of an organisation in the preview: name, reason, note."""
        lines = self.choose(**values).line_ids.filtered(lambda line: line.organisation_id == organisation)
        return {line.partner_id.name: (line.reason, line.note) for line in lines}

    def test_where_the_usual_contact_cannot_be_written_to_the_next_is_proposed(self):
        target = self.create_target("Large union")
        last, plain, decider = (self.create_person(name, target) for name in ("Last", "Plain", "Decider"))
        decider.relationship_is_decider = True
        self.meet(target, participant_ids=last.ids)
        self.assertEqual(self.get_lines(target), {"Last": (False, False)})
        mailing = self.env["mailing.mailing"].create(
            {"subject": "x", "mailing_model_id": self.env["ir.model"]._get_id("res.partner")}
        )
        for reason, label, spoil in (
            ("no_address", "No e-mail address", lambda: last.write({"email": False})),
            ("no_contact", "Do not contact", lambda: last.write({"relationship_no_contact": True})),
            ("no_contact", "Do not contact", lambda: self.env["relationship.objection"]._remember([last.email])),
            ("archived", "Archived", lambda: last.write({"active": False})),
            ("opted_out", "Wants no mailing", lambda: self.env["mail.blacklist"].create({"email": last.email})),
            (
                "bounced",
                "The last mail came back",
                lambda: self.env["mailing.trace"].create(
                    {
                        "mass_mailing_id": mailing.id,
                        "model": "res.partner",
                        "res_id": last.id,
                        "email": last.email,
                        "trace_status": "bounce",
                    }
                ),
            ),
        ):
            with self.subTest(label), self.cr.savepoint() as savepoint:
                spoil()
                expected = {"Last": (reason, False), "Decider": (False, f"Instead of Last: {label}")}
                self.assertEqual(self.get_lines(target), expected)
                decider.email = False
                self.assertEqual(
                    self.get_lines(target), {"Last": (reason, False), "Plain": (False, f"Instead of Last: {label}")}
                )
                plain.active = False
                target.email = "union@example.org"
                found = self.get_lines(target)
                self.assertEqual(found, {"Last": (reason, False), "Large union": (False, f"Instead of Last: {label}")})
                self.assertEqual(set(self.get_lines(target, who="decider")), {"Decider", "Large union"})
                savepoint.rollback()
                self.env.invalidate_all()

    def test_nobody_is_proposed_where_the_organisation_objects_or_somebody_is_invited(self):
        target = self.create_target("Union")
        first, second = (self.create_person(name, target) for name in ("First", "Second"))
        first.email = False
        self.assertEqual(set(self.get_lines(target)), {"First", "Second"})
        invitation = self.env["event.invitation"].create({"event_id": self.event.id, "partner_id": second.id})
        self.assertEqual(self.get_lines(target), {"First": ("no_address", False)})
        invitation.unlink()
        target.relationship_no_contact = True
        self.assertEqual(self.get_lines(target), {"First": ("no_contact", False)})

    def test_our_own_organisation_is_left_out_whatever_it_became(self):
        ours = self.create_target("Ours once")
        self.create_person("Worker", ours)
        self.env.cr.execute("UPDATE res_company SET partner_id = %s WHERE id = %s", [ours.id, self.env.company.id])
        self.env.invalidate_all()
        self.assertEqual(self.get_lines(ours), {"Worker": ("own", False)})

    def test_who_objects_after_the_preview_is_not_invited(self):
        person = self.create_person("Late")
        wizard = self.choose(owner_ids=self.helene.ids)
        person.relationship_no_contact = True
        with self.assertRefused(UserError, "Nobody is left"):
            wizard.action_apply()

    def test_owners_propose_and_strike_out_their_own_before_it_leaves(self):
        Invitation = self.env["event.invitation"].with_user(self.helene)
        mine = Invitation.create({"event_id": self.event.id, "partner_id": self.create_person("Mine").id})
        theirs = self.create_person("Theirs", self.create_target("Marc's", owner=self.marc))
        with self.assertRefused(AccessError):
            Invitation.create({"event_id": self.event.id, "partner_id": theirs.id})
        for vals in ({"answer": "yes"}, {"guest_count": 40}, {"answer_number": -1}, {"state": "accepted"}):
            with self.assertRefused(AccessError):
                mine.write(vals)
        with self.assertRefused(AccessError):
            mine.write({"partner_id": theirs.id})
        mine.action_cancel()
        mine.sudo().state = "sent"
        with self.assertRefused(AccessError):
            mine.action_cancel()
        with self.assertRefused(AccessError):
            self.choose(user=self.helene)
        with self.assertRefused(AccessError):
            mine.read(["access_token"])
        with self.assertRefused(AccessError):
            mine.with_user(self.pilot).read(["access_token"])
        for user in (self.outsider, self.env.ref("base.public_user")):
            with self.assertRefused(AccessError):
                mine.with_user(user).read(["partner_id"])

    def test_a_withdrawn_person_is_invited_again_and_an_address_once(self):
        [ada] = self.invite("Ada")
        ada.action_cancel()
        wizard = self.choose()
        self.assertFalse(wizard.line_ids.filtered(lambda line: line.partner_id == ada.partner_id).reason)
        wizard.action_apply()
        self.env.invalidate_all()
        self.assertEqual((len(self.event.invitation_ids), ada.state), (1, "draft"))
        self.create_person("Twin", self.create_target("Twin's"), email=ada.partner_id.email)
        reasons = {line.partner_id.name: line.reason for line in self.choose().line_ids}
        self.assertEqual(reasons["Twin"], "duplicate")
