from odoo.tests import tagged

from .common import PartnerEventCase

WRITTEN, KEPT = "Soirée\r\nBcc: x@example.org\u2028des partenaires ", "Soirée Bcc: x@example.org des partenaires"


@tagged("post_install", "-at_install")
class TestNames(PartnerEventCase):
    """The names of an event, of a seat and of a network call are one line, in each language."""

    def test_they_are_one_line(self):
        self.event.name = WRITTEN
        self.event.update_field_translations("name", {"fr_FR": WRITTEN})
        for lang in ("en_US", "fr_FR"):
            self.assertEqual(self.event.with_context(lang=lang).name, KEPT)
        seat = self.env["event.registration"].create({"event_id": self.event.id, "name": "Ada\nByron"})
        self.assertEqual(seat.name, "Ada Byron")
        call = self.env["relationship.network.call"].create({"name": "Who\nknows?"})
        self.assertEqual(call.name, "Who knows?")
