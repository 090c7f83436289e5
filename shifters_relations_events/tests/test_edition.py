from datetime import timedelta

from freezegun import freeze_time
from lxml import etree
from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from ..models.event.event_event_editions import get_day_next_year, move_years
from .common import TODAY, PartnerEventCase


@tagged("post_install", "-at_install")
class TestEdition(PartnerEventCase):
    """The event's page tells facts and the next step; attendance becomes contacts; the next edition begins here."""

    def refresh(self):
        self.env.flush_all()
        self.env.invalidate_all()

    def test_an_edition_begins_in_two_months_and_nowhere_yet(self):
        events = self.env["event.event"].with_user(self.organiser).with_context(default_is_partner_event=True)
        proposed = events.default_get(["date_begin", "date_end", "address_id"])
        self.assertEqual(proposed["date_begin"].date(), TODAY + timedelta(days=61), "a Monday")
        self.assertEqual(proposed["date_end"] - proposed["date_begin"], timedelta(hours=3))
        self.assertFalse(proposed["address_id"])

    def test_what_was_not_delivered_is_opened_with_its_reasons(self):
        [ada] = self.invite("Ada")
        trace = {"model": "event.invitation", "res_id": ada.id, "email": "ada@example.org", "trace_status": "error"}
        action = self.event.with_user(self.organiser).action_relationship_prepare_mailing("invitation")
        self.env["mailing.trace"].create({**trace, "mass_mailing_id": action["res_id"], "failure_type": "mail_smtp"})
        self.refresh()
        self.assertEqual(self.event.failed_count, 1)
        opened = self.event.with_user(self.organiser).action_relationship_open_failed()
        self.assertEqual(opened["context"]["search_default_failed"], 1)
        failed = self.env["event.invitation"].search([*opened["domain"], ("delivery", "=", "failed")])
        self.assertEqual(failed, ada)

    def test_the_funnel_and_the_next_step_follow_from_facts(self):
        self.assertEqual(self.event.next_step, "audience")
        ada, bob, eve = self.invite("Ada", "Bob", "Eve")
        self.refresh()
        self.assertEqual((self.event.chosen_count, self.event.next_step), (3, "invitation"))
        (ada | bob | eve)._mark_mailed("invitation")
        self.answer(ada, guests=1)
        self.answer(bob)
        self.refresh()
        self.assertEqual(
            (self.event.invited_count, self.event.answered_count, self.event.coming_count, self.event.guests_count),
            (3, 2, 2, 1),
        )
        self.assertEqual(self.event.next_step, "wait")
        eve.last_mailed_on = TODAY - timedelta(days=8)
        self.refresh()
        self.assertEqual(self.event.next_step, "reminder")
        with freeze_time(TODAY + timedelta(days=57)):
            self.refresh()
            self.assertEqual(self.event.next_step, "practical")
        with freeze_time(TODAY + timedelta(days=60)):
            self.refresh()
            self.assertEqual(self.event.next_step, "check_in")
        with freeze_time(TODAY + timedelta(days=62)):
            ada.registration_ids.action_set_done()
            self.refresh()
            self.assertEqual((self.event.present_count, self.event.next_step), (2, "synthesis"))
            self.event.with_user(self.organiser).action_relationship_prepare_syntheses()
            self.refresh()
            self.assertEqual(self.event.next_step, "thanks")

    def test_somebody_present_without_organisation_holds_up_nothing(self):
        alone = self.env["res.partner"].create({"name": "Alone", "email": "alone@example.org"})
        invitation = self.env["event.invitation"].create({"event_id": self.event.id, "partner_id": alone.id})
        self.answer(invitation)
        with freeze_time(TODAY + timedelta(days=62)):
            invitation.registration_ids.action_set_done()
            self.refresh()
            self.assertEqual(self.event.next_step, "thanks")

    def test_each_organisation_present_gives_its_owner_one_draft(self):
        other = self.create_target("Other", owner=self.marc)
        ada, bob = self.invite("Ada", "Bob")
        carl = self.env["event.invitation"].create(
            {"event_id": self.event.id, "partner_id": self.create_person("Carl", other).id}
        )
        for invitation in ada | bob | carl:
            self.answer(invitation)
        (ada | carl).registration_ids.action_set_done()
        for _twice in range(2):
            self.event.with_user(self.organiser).action_relationship_prepare_syntheses()
        drafts = self.env["relationship.synthesis"].search([("event_id", "=", self.event.id)])
        self.assertEqual(len(drafts), 2)
        mine = drafts.filtered(lambda draft: draft.partner_id == self.partner)
        self.assertEqual((mine.author_id, mine.channel, mine.state), (self.helene, "event", "draft"))
        self.assertEqual(mine.participant_ids, ada.partner_id)
        with freeze_time(TODAY + timedelta(days=61)):
            mine.with_user(self.helene).write({"summary": "Good talk"})
            mine.with_user(self.helene).action_validate()
            self.assertEqual(self.partner.relationship_last_channel, "event")
            self.assertNextContact(self.partner, "2026-11-10", "phone")

    def test_a_draft_that_its_author_deletes_stays_deleted(self):
        [ada] = self.invite("Ada")
        self.answer(ada)
        ada.registration_ids.action_set_done()
        with freeze_time(TODAY + timedelta(days=61)):
            self.event._relationship_prepare_syntheses()
            self.env["relationship.synthesis"].search([("event_id", "=", self.event.id)]).with_user(
                self.helene
            ).unlink()
            self.event.with_user(self.organiser).action_relationship_prepare_syntheses()
            self.assertFalse(self.env["relationship.synthesis"].search([("event_id", "=", self.event.id)]))
            self.refresh()
            self.assertEqual(self.event.next_step, "thanks")

    def test_what_was_written_by_hand_is_not_prepared_again(self):
        [ada] = self.invite("Ada")
        self.answer(ada)
        ada.registration_ids.action_set_done()
        with freeze_time(TODAY + timedelta(days=61)):
            self.write_synthesis(self.partner, date=self.event.date_begin.date(), channel="event")
            self.event._relationship_prepare_syntheses()
        self.assertEqual(self.env["relationship.synthesis"].search_count([("partner_id", "=", self.partner.id)]), 1)

    def test_two_events_of_a_day_are_two_contacts(self):
        events = self.event | self.create_event(name="Partners' lunch")
        person = self.create_person("Ada")
        for event in events:
            invitation = self.env["event.invitation"].create({"event_id": event.id, "partner_id": person.id})
            self.answer(invitation)
            invitation.registration_ids.action_set_done()
        for event in events:
            event._relationship_prepare_syntheses()
        self.assertEqual(
            self.env["relationship.synthesis"].search([("partner_id", "=", self.partner.id)]).event_id, events
        )

    def test_a_contact_member_welcomes_the_guests(self):
        arch = (
            self.env["event.event"]
            .with_user(self.helene)
            .get_view(self.env.ref("shifters_relations_events.event_event_view_form").id, "form")["arch"]
        )
        [button] = etree.fromstring(arch).xpath("//button[@invisible=\"next_step != 'check_in'\"]")
        opened = getattr(self.event.with_user(self.helene), button.get("name"))()
        self.assertEqual(opened["res_model"], "event.registration")

    def test_the_next_edition_begins_with_this_one_and_sends_nothing(self):
        ada, bob, eve = self.invite("Ada", "Bob", "Eve")
        self.answer(ada)
        bob.partner_id.relationship_no_contact = True
        eve.action_cancel()
        action = self.event.with_user(self.organiser).action_relationship_prepare_next_edition()
        following = self.env["event.event"].browse(action["res_id"])
        self.assertTrue(following.is_partner_event)
        self.assertEqual(following.previous_edition_id, self.event)
        self.assertEqual(following.date_begin.year, self.event.date_begin.year + 1)
        self.assertEqual(following.invitation_ids.partner_id, ada.partner_id)
        self.assertEqual(following.invitation_ids.state, "draft")
        self.assertNotEqual(following.invitation_ids.access_token, ada.access_token)
        self.assertFalse(following.registration_ids)

    def test_the_next_edition_takes_the_tasks_as_long_before(self):
        todo = self.event.activity_schedule(
            "mail.mail_activity_data_todo", date_deadline=TODAY, summary="Book the room"
        )
        todo.action_feedback()
        following = self.env["event.event"].browse(self.event.action_relationship_prepare_next_edition()["res_id"])
        self.assertEqual(following.activity_ids.summary, "Book the room")
        self.assertEqual(following.activity_ids.date_deadline, TODAY + (following.date_begin - self.event.date_begin))

    def copy_edition(self, **values):
        self.event.write(values)
        self.refresh()
        return self.env["event.event"].browse(
            self.event.with_user(self.organiser).action_relationship_prepare_next_edition()["res_id"]
        )

    def get_local(self, event, moment):
        return fields.Datetime.context_timestamp(event.with_context(tz=event.date_tz), moment).strftime("%F %R")

    def test_the_next_edition_begins_at_the_hour_of_this_one_whatever_the_clocks_do(self):
        following = self.copy_edition(
            date_begin="2026-10-29 17:00:00", date_end="2026-10-29 20:00:00", answer_until="2026-10-22 21:59:00"
        )
        told = [self.get_local(following, following[name]) for name in ("date_begin", "date_end", "answer_until")]
        self.assertEqual(told, ["2027-10-29 18:00", "2027-10-29 21:00", "2027-10-22 23:59"])

    def test_the_tickets_of_the_next_edition_are_offered_in_its_own_year(self):
        opens = "2026-03-20 08:00:00"
        self.event.event_ticket_ids = [Command.create({"name": "Seat", "start_sale_datetime": opens})]
        ticket = self.copy_edition().event_ticket_ids
        self.assertEqual((ticket.name, ticket.start_sale_datetime.year), ("Seat", 2027))

    def test_the_next_edition_is_on_a_working_day_where_this_one_is(self):
        for first, expected in (
            ("2026-10-29", "2027-10-29"),
            ("2026-10-30", "2027-10-29"),  # that date is a Saturday
            ("2027-10-31", "2028-10-29"),  # a Sunday, and that date a Tuesday
            ("2028-02-29", "2029-02-28"),
            ("2027-01-01", "2028-01-07"),  # the nearest Friday is of the same year
        ):
            self.assertEqual(fields.Date.to_string(get_day_next_year(fields.Date.to_date(first))), expected)

    def test_the_next_edition_is_called_by_its_own_year_and_never_a_copy(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.event.name = "Partners' evening 2026, on our way to 2030"
        self.event.with_context(lang="fr_FR").name = "Soirée des partenaires 2026, vers 2030"
        following = self.copy_edition()
        self.assertEqual(following.name, "Partners' evening 2027, on our way to 2030")
        self.assertEqual(following.with_context(lang="fr_FR").name, "Soirée des partenaires 2027, vers 2030")
        self.assertEqual(self.event.copy().name, self.event.name)
        mailing = self.env["mailing.mailing"].browse(following.action_relationship_prepare_mailing()["res_id"])
        self.assertRegex(mailing.subject, "2027, (on our way|vers)")
        self.assertEqual(move_years("Meeting 2025-2026, room 20261", 2026, 2027), "Meeting 2026-2027, room 20261")
        for former, following in (
            ("2026/27", "2027/28"),
            ("2026-27", "2027-28"),
            ("2025–26", "2026–27"),
            ("2026-05", "2027-05"),
            ("2015/16", "2015/16"),
            ("2026/2027", "2027/2028"),
        ):
            self.assertEqual(move_years(f"Rencontre {former}", 2026, 2027), f"Rencontre {following}")

    def test_the_tasks_of_the_next_edition_are_on_working_days(self):
        # From a winter's evening to a summer's, an hour less in UTC is no day less.
        self.event.write({"date_begin": "2026-10-29 17:00:00", "date_end": "2026-10-29 20:00:00"})
        for day in ("2026-10-01", "2026-10-02", "2026-10-03"):
            self.event.activity_schedule("mail.mail_activity_data_todo", date_deadline=day, summary=day)
        self.env["relationship.closure"].create({"name": "Away", "date_from": "2027-10-01", "date_to": "2027-10-01"})
        following = self.copy_edition()
        deadlines = {task.summary: fields.Date.to_string(task.date_deadline) for task in following.activity_ids}
        self.assertEqual(
            deadlines, {"2026-10-01": "2027-09-30", "2026-10-02": "2027-09-30", "2026-10-03": "2027-09-30"}
        )

    def test_what_is_to_be_written_is_in_the_owner_s_reminder_without_anybody_s_click(self):
        [ada] = self.invite("Ada")
        self.answer(ada)
        with freeze_time(TODAY + timedelta(days=61)):
            ada.registration_ids.action_set_done()
            self.env.flush_all()
            with self.enter_registry_test_mode():
                self.env.ref("shifters_relations_events.cron_prepare_syntheses").method_direct_trigger()
            draft = self.env["relationship.synthesis"].search([("event_id", "=", self.event.id)])
            self.assertEqual((draft.author_id, draft.state), (self.helene, "draft"))
            self.assertIn(draft, self.helene_member._get_digests(fields.Datetime.now())[self.helene_member]["drafts"])

    def test_the_activity_report_tells_of_the_event(self):
        [ada] = self.invite("Ada")
        ada._mark_mailed("invitation")
        self.answer(ada)
        ada.registration_ids.action_set_done()
        report = (
            self.env["relationship.report"]
            .with_user(self.organiser)
            .create({"period": "year", "date_from": "2026-01-01"})
        )
        self.assertEqual(
            report.figures["events"],
            [{"name": "Partners' evening", "date": "2026-05-10", "invited": 1, "answered": 1, "came": 1}],
        )
        # Midnight in Paris is the day before in the database.
        self.event.write({"date_begin": "2026-06-30 22:00:00", "date_end": "2026-07-01 01:00:00"})
        for first, told in (("2026-06-01", []), ("2026-07-01", ["2026-07-01"])):
            last = fields.Date.end_of(fields.Date.to_date(first), "month")
            events = report._get_events(fields.Date.to_date(first), last)
            self.assertEqual([event["date"] for event in events], told)
        self.event.kanban_state = "cancel"
        self.assertFalse(report._get_events(TODAY, TODAY + timedelta(days=300)))

    def test_editions_are_compared_by_sector_and_type(self):
        self.partner.relationship_sector_id = self.environment
        self.invite("Ada", "Bob")
        Invitation = self.env["event.invitation"].with_user(self.marc)
        groups = Invitation.formatted_read_group(
            [("event_id", "=", self.event.id)], ["sector_id", "type_id"], ["__count"]
        )
        self.assertEqual(groups[0]["sector_id"][0], self.environment.id)
        self.assertEqual(groups[0]["__count"], 2)

    def test_a_contact_member_reads_the_page_of_an_edition(self):
        self.invite("Ada")
        arch = (
            self.env["event.event"]
            .with_user(self.helene)
            .get_view(self.env.ref("shifters_relations_events.event_event_view_form").id, "form")
        )
        names = {node.get("name") for node in etree.fromstring(arch["arch"]).iter("field")} & set(self.event._fields)
        self.assertNotIn("partner_mailing_ids", names)
        self.event.with_user(self.helene).web_read({name: {} for name in names})

    def test_a_cancelled_or_closed_event_asks_for_nothing_that_makes_no_sense(self):
        ada, bob = self.invite("Ada", "Bob")
        (ada | bob)._mark_mailed("invitation")
        self.answer(ada)
        bob.last_mailed_on = TODAY - timedelta(days=8)
        self.refresh()
        self.assertEqual(self.event.next_step, "reminder")
        self.event.answer_until = TODAY - timedelta(days=1)
        self.refresh()
        self.assertEqual(self.event.next_step, "wait")
        self.event.kanban_state = "cancel"
        self.refresh()
        self.assertEqual(self.event.next_step, "change")
        ada._mark_mailed("change")
        self.refresh()
        self.assertEqual(self.event.next_step, "change", "who has not answered was told of the event too")
        bob._mark_mailed("change")
        self.refresh()
        self.assertEqual(self.event.next_step, "wait")
        for kind in ("invitation", "reminder", "practical", "thanks", "absent"):
            self.assertFalse(self.env["event.invitation"].search(self.event._relationship_get_kind_domain(kind)))

    def test_a_second_wave_is_offered_whoever_was_withdrawn(self):
        ada, bob = self.invite("Ada", "Bob")
        (ada | bob)._mark_mailed("invitation")
        bob.with_user(self.organiser).action_cancel()
        self.invite("Eve", wave=2)
        self.refresh()
        self.assertEqual(
            (self.event.chosen_count, self.event.invited_count, self.event.next_step), (2, 1, "invitation")
        )

    def test_the_second_day_is_still_the_day(self):
        [ada] = self.invite("Ada")
        ada._mark_mailed("invitation")
        self.answer(ada)
        self.event.date_end = self.event.date_begin + timedelta(days=2)
        ada._mark_mailed("change")
        with freeze_time(TODAY + timedelta(days=61)):
            self.refresh()
            self.assertEqual(self.event.next_step, "check_in")

    def test_the_deadline_follows_an_event_that_moves(self):
        begin = self.event.date_begin
        self.event.answer_until = "2026-05-03 21:59:00"
        self.event.write({"date_begin": begin + timedelta(days=10), "date_end": begin + timedelta(days=11)})
        self.assertEqual(fields.Datetime.to_string(self.event.answer_until), "2026-05-13 21:59:00")
        with Form(self.event, "shifters_relations_events.event_event_view_form") as form:
            form.date_end = begin + timedelta(days=22)
            form.date_begin = begin + timedelta(days=20)
            self.assertEqual(fields.Datetime.to_string(form.answer_until), "2026-05-23 21:59:00")
            form.answer_until = "2026-05-20 12:00:00"
            form.date_begin = begin + timedelta(days=21)
        self.assertEqual(fields.Datetime.to_string(self.event.answer_until), "2026-05-20 12:00:00", "as it was typed")
        with freeze_time("2026-05-25"):
            self.assertTrue(self.event._relationship_get_closed_reason())
            self.event.write({"date_begin": begin + timedelta(days=22), "date_end": begin + timedelta(days=23)})
            self.assertFalse(self.event._relationship_get_closed_reason(), "people are asked whether they still come")
            self.event.answer_until = "2026-05-20 12:00:00"
            self.event.write({"date_begin": begin + timedelta(days=100), "date_end": begin + timedelta(days=101)})
            self.assertEqual(fields.Datetime.to_string(self.event.answer_until), "2026-08-06 12:00:00")

    def test_the_end_follows_the_beginning_on_the_event_s_page(self):
        view = "shifters_relations_events.event_event_view_form"
        self.event.write({"date_begin": "2026-10-10 16:00:00", "date_end": "2026-10-10 19:00:00"})
        self.event.answer_until = "2026-10-08 16:00:00"
        form = Form(self.event.with_user(self.organiser), view)
        for begin, end, until in (
            ("2026-11-17 17:00:00", "2026-11-17 20:00:00", "2026-11-15 17:00:00"),
            ("2026-09-10 08:00:00", "2026-09-10 11:00:00", "2026-09-08 16:00:00"),
        ):
            form.date_begin = begin
            self.assertEqual((str(form.date_end), str(form.answer_until)), (end, until))
        form.save()
        self.assertEqual(str(self.event.date_end), "2026-09-10 11:00:00")
        events = self.env["event.event"].with_user(self.organiser).with_context(default_is_partner_event=True)
        form = Form(events, view)
        form.name = "New"
        form.date_begin = "2030-03-05 10:00:00"
        self.assertEqual(str(form.date_end), "2030-03-05 13:00:00")
        both = {"date_begin": "2026-12-01 10:00:00", "date_end": "2026-12-02 10:00:00"}
        spec = {name: {} for name in [*both, "is_partner_event", "answer_until", "shown_begin", "shown_end"]}
        found = self.event.with_user(self.organiser).onchange(both, list(both), spec)["value"]
        self.assertNotIn("date_end", found, "what was typed stays")
        found = self.event.with_user(self.organiser).onchange(
            {**both, "shown_begin": "2026-12-02 10:00:00", "shown_end": both["date_end"]}, ["date_begin"], spec
        )["value"]
        self.assertEqual(str(found["date_end"]), "2026-12-01 10:00:00", "a typed end is kept as long after")

    def test_a_partner_event_begins_on_a_whole_minute(self):
        odd = self.event.date_begin + timedelta(seconds=33)
        event = self.create_event(date_begin=odd, date_end=odd + timedelta(hours=1), answer_until=odd)
        self.assertEqual((event.date_begin, event.answer_until), (self.event.date_begin, self.event.date_begin))
        event.write({"date_end": fields.Datetime.to_string(odd + timedelta(hours=2))})
        self.assertFalse(event.date_end.second)
        other = self.create_event(is_partner_event=False, date_begin=odd, date_end=odd + timedelta(hours=1))
        self.assertEqual(other.date_begin, odd, "other events are Odoo's")

    def test_the_next_edition_is_made_once(self):
        first = self.event.action_relationship_prepare_next_edition()["res_id"]
        self.assertEqual(self.event.action_relationship_prepare_next_edition()["res_id"], first)

    def test_the_next_edition_is_made_from_the_screen_of_its_events(self):
        context = safe_eval(self.env.ref("shifters_relations_events.event_event_action").context)
        event = self.create_event(
            date_begin=TODAY - timedelta(days=2), date_end=TODAY - timedelta(days=1), seats_max=7, guest_max=1
        )
        self.invite("Ada", event=event, state="declined")
        self.assertEqual(event.next_step, "next")
        opened = event.with_user(self.organiser).with_context(**context).action_relationship_next_step()
        following = self.env["event.event"].browse(opened["res_id"])
        self.assertEqual((following.is_partner_event, following.seats_max, following.guest_max), (True, 7, 1))
        begun = self.env["event.event"].with_user(self.organiser).with_context(**context).create({"name": "Soirée"})
        self.assertTrue(begun.is_partner_event and begun.seats_limited)
        self.assertEqual(begun.date_begin.date(), TODAY + timedelta(days=61))

    def test_people_are_invited_from_the_list_of_an_event(self):
        context = self.event.action_relationship_open_invitations()["context"]
        self.partner.relationship_owner_id = self.helene
        invited = self.env["event.invitation"]
        for user, name in (
            (self.organiser, "Ada"),
            (self.helene, "Bob"),
            (self.organiser, "Eve"),
            (self.helene, "Ian"),
        ):
            person = self.create_person(name)
            invitations = self.env["event.invitation"].with_user(user).with_context(**context)
            if name in ("Ada", "Bob"):
                proposal = invitations.create({"partner_id": person.id})
            else:
                [saved] = invitations.web_save({"partner_id": person.id}, {"event_id": {}})
                proposal = invitations.browse(saved["id"])
            self.assertEqual(proposal.event_id, self.event)
            invited |= proposal.sudo()
        self.assertEqual(len(set(invited.mapped("access_token"))), 4, "each has a link of her own")
        chosen = "x" * 32
        for user in (self.organiser, self.helene):
            invitations = self.env["event.invitation"].with_user(user)
            with self.assertRefused(AccessError):
                invitations.with_context(**context, default_access_token=chosen).create(
                    {"partner_id": self.create_person("Oscar").id}
                )

    def test_events_are_the_organisers_work(self):
        event = self.event.with_user(self.helene)
        for act in (
            event.action_relationship_next_step,
            event.action_relationship_prepare_mailing,
            event.action_relationship_prepare_syntheses,
            event.action_relationship_prepare_next_edition,
        ):
            with self.assertRefused(AccessError):
                act()

    def test_merging_two_people_keeps_the_strongest_answer(self):
        ada, bob = self.invite("Ada", "Bob")
        bob.partner_id.email = ada.partner_id.email
        self.answer(bob, guests=1)
        self.answer(ada, "maybe")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.organiser)
        wizard._merge((ada.partner_id | bob.partner_id).ids, ada.partner_id.with_env(wizard.env))
        self.refresh()
        left = self.event.invitation_ids
        self.assertEqual((left, left.state, left.guest_count), (bob, "accepted", 1))
        self.assertEqual(left.partner_id.name, "Ada")
        self.assertEqual(len(left.registration_ids), 2)

    def test_opening_an_edition_costs_the_same_for_any_number_of_invitations(self):
        counts = []
        for size in (3, 3, 60):
            event = self.create_event()
            people = self.env["res.partner"].create(
                [{"name": f"P{n}", "email": f"p{n}@example.org"} for n in range(size)]
            )
            self.env["event.invitation"].create([{"event_id": event.id, "partner_id": p.id} for p in people])
            self.refresh()
            before = self.env.cr.sql_log_count
            event.with_user(self.organiser).web_read(
                {name: {} for name in event._fields if name.endswith("_count") and "message" not in name}
            )
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2], counts)
