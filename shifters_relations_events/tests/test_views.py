from odoo.addons.shifters_relations.tests import test_views
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestViews(test_views.TestViews):
    """The same, of this addon."""

    addon = "shifters_relations_events"
    allow_inherited_tests_method = True

    def prepare_names(self):
        partner = super().prepare_names()
        call = self.env["relationship.network.call"].create({"organisation_ids": partner.ids})
        self.env["relationship.network.answer"].create(
            [
                {"call_id": call.id, "name": "Ada Byron", "email": "ada@example.org"},
                {"call_id": call.id, "email": "nobody@example.org"},
            ]
        )
        event = self.env["event.event"].create(
            {
                "name": "Evening",
                "is_partner_event": True,
                "date_begin": "2026-05-05 18:00:00",
                "date_end": "2026-05-05 21:00:00",
            }
        )
        person = self.env["res.partner"].create({"name": "Grace Hopper", "parent_id": partner.id})
        self.env["event.invitation"].create({"event_id": event.id, "partner_id": person.id})
        return partner
