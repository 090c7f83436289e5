from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo.addons.mail.tests.common import MailCommon
from odoo.tests import tagged
from odoo.tools import html2plaintext

from .common import TODAY, RelationshipCase

MORNING = datetime(2026, 3, 11, 8, 0)  # nine in Paris


@tagged("post_install", "-at_install")
class TestReminder(RelationshipCase, MailCommon):
    """One grouped mail a day, at most, and none when nothing is due (C5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["relationship.member"].search([]).filtered(
            lambda member: member.user_id not in (cls.pilot | cls.organiser | cls.helene | cls.marc)
        ).unlink()
        for user in (cls.pilot, cls.organiser, cls.helene, cls.marc):
            user.email = f"{user.login}@example.org"

    def remind(self, now=MORNING, keep=True):
        """Run the job at a time in UTC.

        :param bool keep: the mails that left, which Odoo deletes
        :return: the mails that were sent, by address
        """
        with self.mock_mail_gateway(mail_unlink_sent=not keep), patch.object(self.env.cr, "commit"):
            self.env["relationship.member"]._cron_remind(now)
        return {mail["email_to"][0].split("<")[-1].rstrip(">"): mail for mail in self._mails}

    def due(self, days, owner=None, name="Due"):
        """A target met in its time, whose next contact is a number of days away."""
        partner = self.create_target(name, owner=owner)
        self.meet(partner, days_ago=20, summary="<p>They want to read our report before the summer.</p>")
        self.renewal_of(partner).write({"date_deadline": TODAY + timedelta(days=days), "relationship_pinned": False})
        return partner

    def test_nothing_due_nothing_sent(self):
        self.due(8)
        self.assertFalse(self.remind())
        self.assertFalse(self.helene_member.reminder_last)

    def test_one_mail_tells_everything_and_only_once(self):
        self.due(0, name="Today")
        self.due(-3, name="Late")
        self.due(7, name="Coming")
        draft = self.write_synthesis(self.create_target("Draft"), user=self.helene)
        mails = self.remind()
        self.assertEqual(list(mails), [self.helene.email])
        mail = mails[self.helene.email]
        self.assertEqual(mail["subject"], "2 contacts to make this week, 1 overdue, 1 synthesis to finish")
        for text in ("Today", "Late", "Coming", "They want to read our report…", f"/odoo/syntheses/{draft.id}"):
            self.assertIn(text, mail["body"])
        self.assertIn("Late", html2plaintext(mail["body"]))
        self.assertFalse(self.remind(), "never twice for a day")
        self.assertFalse(self.remind(MORNING + timedelta(hours=8)))
        self.assertTrue(self.remind(MORNING + timedelta(days=1)))

    def test_it_is_in_the_reader_s_language(self):
        self.helene.lang = "fr_FR"
        self.write_synthesis(self.due(0), date=TODAY - timedelta(days=8))
        mail = self.remind()[self.helene.email]
        self.assertEqual(mail["subject"], "1 contact à faire cette semaine, 1 synthèse à finir")
        how = self.in_person.with_context(lang="fr_FR").name
        self.assertNotEqual(how, self.in_person.with_context(lang="en_US").name)
        for text in (how, "À faire aujourd'hui", "Ouvrir", "Synthèse", "11 mars", "· 3 mars", "Mettre en pause"):
            self.assertIn(text, html2plaintext(mail["body"]))

    def test_links_open_and_change_nothing(self):
        partner = self.due(0)
        mail = self.remind()[self.helene.email]
        base_url = self.helene_member.get_base_url()
        self.assertIn(f'href="{base_url}/odoo/organisations/{partner.id}"', mail["body"])
        self.assertIn(f'href="{base_url}/odoo/organisations/{partner.id}/write/new"', mail["body"])
        draft = self.write_synthesis(partner)
        with freeze_time(TODAY + timedelta(days=1)):
            mail = self.remind(MORNING + timedelta(days=1))[self.helene.email]
        self.assertNotIn("/write/new", mail["body"], "what was begun is gone on with")
        self.assertEqual(mail["body"].count(f'href="{base_url}/odoo/syntheses/{draft.id}"'), 2)

    def test_the_hour_is_the_member_s_own(self):
        self.due(0)
        self.helene_member.reminder_hour = 10
        self.assertFalse(self.remind(MORNING))
        self.assertTrue(self.remind(MORNING + timedelta(hours=1)))

    def test_another_time_zone_has_its_own_day(self):
        self.due(0)
        self.helene.tz = "Pacific/Auckland"  # 21 o'clock on the 11th
        self.assertTrue(self.remind(MORNING))
        self.assertEqual(self.helene_member.reminder_last, date(2026, 3, 11))
        self.assertFalse(self.remind(datetime(2026, 3, 11, 18, 0)), "seven in the morning of the 12th there")
        self.assertTrue(self.remind(datetime(2026, 3, 11, 20, 0)), "nine in the morning of the 12th there")

    def test_a_clock_change_gives_one_mail_a_day(self):
        self.due(0)
        sent = [hour for hour in range(24 * 7) if self.remind(datetime(2026, 3, 26) + timedelta(hours=hour))]
        # Thursday and Friday at 8 in winter, Monday to Wednesday at 8 in summer: one hour earlier in UTC.
        self.assertEqual(sent, [7, 31, 24 * 4 + 6, 24 * 5 + 6, 24 * 6 + 6])

    def test_no_reminder_on_week_ends_holidays_absences_and_pauses(self):
        self.due(0)
        self.assertFalse(self.remind(datetime(2026, 3, 14, 9)))
        self.assertFalse(self.remind(datetime(2026, 4, 6, 9)), "Easter Monday")
        self.env["relationship.closure"].create(
            {"name": "Walk", "date_from": TODAY, "date_to": TODAY, "user_id": self.helene.id}
        )
        self.assertFalse(self.remind())
        self.helene_member.reminder_pause = TODAY + timedelta(days=1)
        self.assertFalse(self.remind(MORNING + timedelta(days=1)))
        self.assertTrue(self.remind(MORNING + timedelta(days=2)))

    def test_weekly_is_once_a_week(self):
        self.due(0)
        self.helene_member.reminder_rhythm = "weekly"
        sent = [day for day in range(14) if self.remind(MORNING + timedelta(days=day))]
        self.assertEqual(sent, [0, 5, 12], "this Wednesday, then the next two Mondays")
        self.helene_member.reminder_rhythm = "never"
        self.assertFalse(self.remind(MORNING + timedelta(days=20)))

    def remind_without_a_server(self, now=MORNING):
        servers, down = type(self.env["ir.mail_server"]), ConnectionRefusedError("down")
        with patch.object(servers, "_connect__", side_effect=down), patch.object(self.env.cr, "commit"):
            self.env["relationship.member"]._cron_remind(now)

    def test_with_the_mail_server_down_it_goes_the_same_morning_once(self):
        self.due(0)
        self.helene_member.reminder_rhythm = "weekly"
        self.remind_without_a_server()
        self.assertIn("could not leave", self.helene_member.attention)
        self.remind_without_a_server(MORNING + timedelta(minutes=15))
        self.assertEqual(list(self.remind(MORNING + timedelta(minutes=30), keep=False)), [self.helene.email])
        self.env.invalidate_all()
        self.assertNotIn("could not leave", self.helene_member.attention or "")
        self.assertFalse(self.remind(MORNING + timedelta(minutes=45), keep=False))
        self.assertFalse(self.remind(MORNING + timedelta(days=1), keep=False), "once a week")

    def test_what_did_not_leave_all_day_is_told_the_next_whatever_the_rhythm(self):
        self.due(0)
        self.helene_member.reminder_rhythm = "weekly"
        self.remind_without_a_server()
        mails = self.remind(MORNING + timedelta(days=1), keep=False)
        self.assertEqual(list(mails), [self.helene.email])
        self.assertEqual(len(self._mails), 1, "one, with what is true that day")

    def test_what_may_have_left_is_not_sent_twice_that_day(self):
        """A kill in the midst of sending leaves the mail as it was committed."""
        self.due(0)
        self.helene_member.reminder_rhythm = "weekly"
        self.helene_member._begin_to_remind(MORNING)
        self.assertFalse(self.remind(MORNING + timedelta(hours=1), keep=False))
        self.assertTrue(self.remind(MORNING + timedelta(days=1), keep=False))

    def test_a_reminder_whose_reason_is_gone_is_not_sent(self):
        partner = self.due(0)
        self.remind_without_a_server()
        partner.relationship_stage = "paused"
        self.assertFalse(self.remind(MORNING + timedelta(minutes=15), keep=False))
        self.assertFalse(self.helene_member._get_unsent_reminders())

    def test_what_is_late_waits_for_the_next_morning(self):
        self.due(0)
        self.helene_member.reminder_rhythm = "weekly"
        for hour, minute in ((21, 0), (22, 45), (23, 30)):  # an hour more in Paris: up to half past midnight
            self.assertFalse(self.remind(datetime(2026, 3, 11, hour, minute)), hour)
        self.assertFalse(self.helene_member.reminder_last)
        self.assertTrue(self.remind(MORNING + timedelta(days=1)))

    def test_the_night_is_the_member_s_own(self):
        self.due(0)
        self.helene.tz = "Pacific/Noumea"
        self.assertFalse(self.remind(datetime(2026, 3, 11, 12, 45)), "a quarter to midnight there")
        self.helene.tz = "America/Guadeloupe"
        self.assertTrue(self.remind(datetime(2026, 3, 11, 22, 45)), "a quarter to seven in the evening there")

    def test_who_chose_a_late_hour_is_reminded_then(self):
        self.due(0)
        self.helene_member.reminder_hour = 23
        self.assertFalse(self.remind(datetime(2026, 3, 11, 21, 45)))
        self.assertTrue(self.remind(datetime(2026, 3, 11, 22, 45)))

    def test_what_could_not_leave_is_not_tried_again_at_night(self):
        self.due(0)
        self.remind_without_a_server(datetime(2026, 3, 11, 20, 45))
        self.assertFalse(self.remind(datetime(2026, 3, 11, 21, 15), keep=False))
        self.assertTrue(self.remind(MORNING + timedelta(days=1), keep=False))

    def test_nobody_is_told_of_what_she_may_not_read(self):
        self.helene_member.organiser_id = self.organiser.relationship_member_ids
        hidden = self.due(0, name="Hidden today") | self.due(5, name="Hidden soon") | self.due(-40, name="Hidden late")
        self.due(0, name="Seen today")
        self.due(-40, name="Seen late")
        drafted, promised = self.due(30, name="Hidden draft"), self.due(30, name="Hidden promise")
        introduced = self.due(30, name="Hidden introduction")
        self.write_synthesis(drafted, user=self.helene)
        self.meet(promised, promised="Hidden word")
        self.renewal_of(promised).write({"date_deadline": TODAY + timedelta(days=30), "relationship_pinned": False})
        cooperation = self.env["relationship.cooperation"].create(
            {
                "name": "Hidden talk",
                "kind_id": self.env["relationship.cooperation.kind"].search([], limit=1).id,
                "user_id": self.helene.id,
                "stage": "introduced",
                "destination_id": self.env["relationship.destination"].search([], limit=1).id,
                "role_ids": [(0, 0, {"partner_id": introduced.id})],
            }
        )
        cooperation.date_introduced = TODAY - timedelta(days=40)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.pilot.company_ids |= elsewhere
        self.env.flush_all()
        ids = (hidden | drafted | promised | introduced).ids
        self.env.cr.execute("UPDATE res_partner SET company_id = %s WHERE id = ANY(%s)", [elsewhere.id, ids])
        self.env.invalidate_all()
        mails = self.remind()
        self.assertEqual(set(mails), {self.helene.email, self.organiser.email, self.pilot.email})
        for user in (self.helene, self.organiser):
            self.assertNotIn("Hidden", mails[user.email]["body"])
            self.assertIn("Seen late", mails[user.email]["body"])
        self.assertEqual(mails[self.helene.email]["subject"], "1 contact to make this week, 1 overdue")
        self.assertIn("Hidden late", mails[self.pilot.email]["body"], "who may read it is told")

    def test_who_may_read_nothing_of_it_gets_no_mail(self):
        partner = self.due(0)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET company_id = %s WHERE id = %s", [elsewhere.id, partner.id])
        self.env.invalidate_all()
        self.assertFalse(self.remind())
        self.assertFalse(self.helene_member.reminder_last)

    def test_members_choose_for_themselves(self):
        wizard = self.env["relationship.preferences"].with_user(self.helene).create({})
        self.assertEqual(wizard.reminder_hour, 8)
        wizard.write({"reminder_hour": 18, "reminder_rhythm": "weekly"})
        wizard.action_save()
        self.assertEqual(self.helene_member.reminder_hour, 18)
        self.assertEqual(self.marc_member.reminder_hour, 8)

    def test_what_stays_overdue_reaches_the_organiser_then_the_pilot(self):
        self.helene_member.organiser_id = self.organiser.relationship_member_ids
        partner = self.due(-14, name="Forgotten")
        self.assertEqual(set(self.remind()), {self.helene.email})
        self.renewal_of(partner).write({"date_deadline": TODAY - timedelta(days=15), "relationship_pinned": False})
        mails = self.remind(MORNING + timedelta(hours=1))
        self.assertEqual(set(mails), {self.organiser.email})
        self.assertEqual(mails[self.organiser.email]["subject"], "1 overdue in the team")
        self.assertIn("Hélène", mails[self.organiser.email]["body"])
        self.renewal_of(partner).write({"date_deadline": TODAY - timedelta(days=31), "relationship_pinned": False})
        self.assertEqual(set(self.remind(MORNING + timedelta(hours=2))), {self.pilot.email})

    def test_what_nobody_holds_any_more_reaches_the_pilot(self):
        partner = self.due(-31, name="Orphan")
        self.helene.action_archive()
        self.assertFalse(self.renewal_of(partner).user_id)
        mails = self.remind()
        self.assertEqual(set(mails), {self.pilot.email})
        self.assertIn("Orphan", mails[self.pilot.email]["body"])

    def test_do_not_contact_and_left_members_are_silent(self):
        partner = self.due(0)
        partner.relationship_no_contact = True
        self.assertFalse(self.remind())
        partner.relationship_no_contact = False
        self.renewal_of(partner).write({"date_deadline": TODAY, "relationship_pinned": False})
        self.helene_member.date_end = TODAY - timedelta(days=1)
        self.assertFalse(self.remind())

    def test_a_member_without_address_is_not_marked(self):
        self.due(0)
        self.helene.email = False
        self.assertFalse(self.remind())
        self.assertFalse(self.helene_member.reminder_last)

    def test_the_phone_gets_the_counts_and_nothing_else(self):
        partner = self.due(0, name="Secret name")
        self.helene_member.reminder_push = True
        self.env["ir.config_parameter"].set_param("mail.web_push_vapid_private_key", "private")
        self.env["ir.config_parameter"].set_param("mail.web_push_vapid_public_key", "public")
        self.env["mail.push.device"].sudo().create(
            {"partner_id": self.helene.partner_id.id, "endpoint": "https://example.org/push", "keys": "{}"}
        )
        self.remind()
        push = self.env["mail.push"].sudo().search([])
        self.assertEqual(len(push), 1)
        self.assertIn("1 contact to make this week", push.payload)
        self.assertNotIn(partner.name, push.payload)

    def test_a_thousand_members_cost_a_constant_number_of_queries_each(self):
        counts = []
        for size in (4, 12):
            for number in range(size):
                member = self.create_member(f"m{size}x{number}", "contact")
                member.user_id.email = f"m{size}x{number}@example.org"
                self.due(0, owner=member.user_id, name=f"{size} {number}")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.remind(MORNING + timedelta(minutes=size))
            counts.append((self.env.cr.sql_log_count - before) / size)
        self.assertLessEqual(counts[1], counts[0])
        self.assertLess(counts[1], 40, counts)
