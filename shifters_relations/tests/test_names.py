from odoo.addons.mail.tests.common import MailCase
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from ..names import fold_header
from .common import RelationshipCase

WRITTEN = " Réseau\r\n\tBcc: x@example.org\u2028Climat\x00\ufeff "
KEPT = "Réseau Bcc: x@example.org Climat"
JOINED = "می\u200cخواهم 👩\u200d🔬 അവന്\u200d"  # joiners that Persian, emoji and Malayalam write with


@tagged("post_install", "-at_install")
class TestNames(MailCase, RelationshipCase):
    """A name is one line, wherever it comes from, and no header of a mail breaks on it."""

    def test_a_name_is_one_line_by_every_door(self):
        Partner = self.env["res.partner"]
        partner = Partner.with_user(self.helene).create({"name": WRITTEN, "is_company": True})
        self.assertEqual(partner.name, KEPT)
        partner.write({"name": "A", "relationship_acronym": "R\nC"})
        self.assertEqual(partner.relationship_acronym, "R C")
        partner.name = WRITTEN
        self.assertEqual((partner.name, partner.complete_name), (KEPT, KEPT))
        created = Partner.browse(Partner.name_create("Ada\nByron\x00 <ada@example.org>")[0])
        self.assertEqual((created.name, created.email), ("Ada Byron", "ada@example.org"))
        loaded = Partner.with_user(self.helene).load(["name", "is_company"], [[WRITTEN, "1"]])
        self.assertEqual(Partner.browse(loaded["ids"]).name, KEPT)
        form = Form(Partner)
        form.name = WRITTEN
        self.assertEqual(form.save().name, KEPT)

    def test_what_is_no_partner_is_one_line_too(self):
        self.helene.name = WRITTEN
        self.env.company.name = WRITTEN
        meeting = self.env["calendar.event"].create({"name": WRITTEN, "start": "2026-04-01", "stop": "2026-04-01"})
        self.assertEqual(meeting.name, KEPT)
        sector = self.env["relationship.sector"].create({"name": "A\nB"})
        self.assertEqual((self.helene.name, self.env.company.name), (KEPT, KEPT))
        self.assertEqual((sector.name, sector.complete_name), ("A B", "A B"))
        sector.update_field_translations("name", {"fr_FR": "C\nD"})
        self.assertEqual(sector.with_context(lang="fr_FR").name, "C D")

    def test_a_script_keeps_its_joiners(self):
        self.assertEqual(self.env["res.partner"].create({"name": JOINED}).name, JOINED)

    def test_a_name_that_shows_nothing_is_missing(self):
        with mute_logger("odoo.sql_db"), self.assertRefused(CheckViolation, "res_partner_check_name"):
            self.env["res.partner"].create({"name": "\u200b\r\n"})

    def test_a_name_of_before_is_read_in_one_line(self):
        partner = self.env["res.partner"].create({"name": "Before"})
        partner.flush_recordset()
        self.env.cr.execute("UPDATE res_partner SET name = %s WHERE id = %s", ("A\nB", partner.id))
        partner.invalidate_recordset()
        self.assertEqual(partner.name, "A B")

    def test_a_header_keeps_no_line_break(self):
        self.assertEqual(fold_header(["A\nB <a@example.org>"]), ["A B <a@example.org>"])
        message = self.env["ir.mail_server"]._build_email__(
            "=?utf-8?b?w4kKQg==?= <a@example.org>", ['"C\nD" <c@example.org>'], "E\r\nBcc: f@example.org", "G"
        )
        self.assertEqual(message["Subject"], "E Bcc: f@example.org")
        self.assertEqual(message["From"].addresses[0].display_name, "É B")
        self.assertEqual(str(message["To"]), '"C D" <c@example.org>')
        self.assertNotIn("Bcc", message)

    def test_a_mail_about_a_line_break_leaves(self):
        partner = self.create_target(name=WRITTEN)
        with self.mock_mail_gateway():
            partner.message_notify(
                partner_ids=self.helene.partner_id.ids, subject=f"A\n{partner.name}", body="Hello", force_send=True
            )
        self.assertEqual([mail["email_to"] for mail in self._mails], [[self.helene.email_formatted]])
