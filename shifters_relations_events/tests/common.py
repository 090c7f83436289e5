from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.shifters_relations.tests.common import TODAY, RelationshipCase


class PartnerEventCase(RelationshipCase):
    """A partner event in two months with three seats, and people to invite."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Seats are given by a transaction of their own, which tests call themselves.
        cls.startClassPatcher(patch.object(type(cls.env["event.event"]), "_relationship_seat_in_own_transaction"))
        cls.env.company.email = "team@example.org"
        cls.env.company.partner_id.lang = "en_US"
        cls.partner = cls.create_target()
        cls.event = cls.create_event()

    @classmethod
    def create_event(cls, **values):
        begin = fields.Datetime.to_datetime(TODAY + timedelta(days=60)).replace(hour=16)
        return cls.env["event.event"].create(
            {
                "name": "Partners' evening",
                "is_partner_event": True,
                "date_begin": begin,
                "date_end": begin + timedelta(hours=3),
                "date_tz": "Europe/Paris",
                "seats_limited": True,
                "seats_max": 3,
                "guest_max": 2,
                **values,
            }
        )

    @classmethod
    def create_person(cls, name, partner=None, **values):
        values = {"email": f"{name.lower()}@example.org", "lang": "en_US", **values}
        return cls.env["res.partner"].create({"name": name, "parent_id": (partner or cls.partner).id, **values})

    @classmethod
    def invite(cls, *names, event=None, **values):
        event = event or cls.event
        return cls.env["event.invitation"].create(
            [{"event_id": event.id, "partner_id": cls.create_person(name).id, **values} for name in names]
        )

    def answer(self, invitation, answer="yes", guests=0, word=""):
        """Answer, and give seats as the transaction after it does."""
        invitation._answer(answer, guests, word)
        self.assertTrue(invitation.event_id._relationship_try_seat())
        self.env.invalidate_all()
