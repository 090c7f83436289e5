from contextlib import contextmanager
from datetime import date, timedelta

from freezegun import freeze_time
from odoo import Command, fields
from odoo.tests.common import TransactionCase, new_test_user

from ..texts import fold

TODAY = date(2026, 3, 11)  # a Wednesday
# No mail invites whoever gets an account: making it would take twice the time.
QUIETLY = {"no_reset_password": True}
LOGINS = ("camille", "nadia", "helene", "marc", "outsider")


class RelationshipCase(TransactionCase):
    """A small team on a Wednesday of March: one pilot, one organiser, two contact members."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(TODAY))
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False, "lang": "en_US"})
        cls.environment = cls.env["relationship.sector"].search([("name", "=", "Test environment")])
        if not cls.environment:
            cls.make_team()
        users = {user.login: user for user in cls.env["res.users"].search([("login", "in", LOGINS)])}
        cls.pilot, cls.organiser, cls.helene, cls.marc, cls.outsider = (users[login] for login in LOGINS)
        cls.helene_member, cls.marc_member = cls.helene.relationship_member_ids, cls.marc.relationship_member_ids
        cls.twice_a_year = cls.env.ref("shifters_relations.cadence_twice_a_year")
        cls.quarterly = cls.env.ref("shifters_relations.cadence_quarterly")
        cls.in_person = cls.env.ref("shifters_relations.activity_type_in_person")
        cls.by_phone = cls.env.ref("shifters_relations.activity_type_phone")

    @classmethod
    def make_team(cls):
        """Make the people of each class: once for all of them where the database is thrown away after the tests."""
        for code in ("en_US", "fr_FR"):
            cls.env["res.lang"]._activate_lang(code)
        cls.create_member("Camille", "pilot")
        cls.create_member("Nadia", "organiser")
        helene = cls.create_member("Hélène", "contact")
        cls.create_member("Marc", "contact")
        cls.environment = cls.env["relationship.sector"].create({"name": "Test environment", "member_id": helene.id})
        new_test_user(cls.env, "outsider", "base.group_user,base.group_partner_manager", QUIETLY)

    @classmethod
    def create_member(cls, name, role, **values):
        account = {"name": name, "lang": "en_US", "tz": "Europe/Paris"}
        user = new_test_user(cls.env, fold(name), "base.group_user", QUIETLY, **account)
        values = {"user_id": user.id, "role": role, "date_start": "2025-01-06", **values}
        return cls.env["relationship.member"].create(values)

    @classmethod
    def create_target(cls, name="Réseau Climat", owner=None, **values):
        owner = owner or cls.helene
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "relationship_stage": "target",
                "relationship_owner_id": owner.id,
                **values,
            }
        )

    @classmethod
    def write_synthesis(cls, partner, user=None, **values):
        """A synthesis written by the owner, about a call of today."""
        user = user or partner.relationship_owner_id
        return (
            cls.env["relationship.synthesis"]
            .with_user(user)
            .create({"partner_id": partner.id, "date": TODAY, "channel": "phone", "summary": "<p>Hello</p>", **values})
        )

    @classmethod
    def meet(cls, partner, days_ago=0, channel="phone", **values):
        """A validated contact of some days ago."""
        synthesis = cls.write_synthesis(partner, date=TODAY - timedelta(days=days_ago), channel=channel, **values)
        synthesis.action_validate()
        return synthesis

    @classmethod
    def plan_meeting(cls, renewal, day, user=None):
        """An appointment in the calendar for a renewal, at noon in Paris."""
        events = cls.env["calendar.event"].with_user(user or cls.helene).with_context(no_mail_to_attendees=True)
        return events.create(
            {
                "name": "Lunch",
                "start": f"{day} 10:00:00",
                "stop": f"{day} 11:00:00",
                "activity_ids": [Command.set(renewal.ids)],
            }
        )

    @classmethod
    def renewal_of(cls, partner):
        return cls.env["mail.activity"].search([("relationship_partner_id", "=", partner.id)])

    def set_creation(self, renewal, day):
        """Note when a renewal was made: the clock of the database is another one."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE mail_activity SET create_date = %s WHERE id = %s", [day, renewal.id])
        self.env.invalidate_all()

    @contextmanager
    def assertRefused(self, error, message=""):
        """The block is refused with an error whose text has this in it, and changes nothing."""
        with self.assertRaisesRegex(error, message), self.cr.savepoint():
            yield

    def assertNextContact(self, partner, expected_date, channel=None):
        """There is exactly one open renewal, on this day, and the partner's fields say so."""
        renewal = self.renewal_of(partner)
        self.assertEqual(len(renewal), 1, "a target has one open renewal")
        self.assertEqual(renewal.date_deadline, fields.Date.to_date(expected_date))
        self.assertEqual(partner.relationship_next_contact_date, renewal.date_deadline)
        if channel:
            self.assertEqual(renewal.activity_type_id.relationship_channel, channel)
            self.assertEqual(partner.relationship_next_channel, channel)
