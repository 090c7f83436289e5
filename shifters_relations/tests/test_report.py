import io

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tests.common import HttpCase
from odoo.tools.pdf import PdfFileReader

from .common import TODAY, RelationshipCase

SECRET = "xyzzy-secret"


@tagged("post_install", "-at_install")
class TestReport(RelationshipCase, HttpCase):
    """What is printed: a synthesis, and the sheet that prepares a contact (S4, S5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_target(relationship_intention="Know their needs", relationship_position="ally")
        cls.env["res.partner"].create(
            [
                {"name": "Ada", "parent_id": cls.partner.id, "relationship_is_decider": True, "phone": "0199000001"},
                {"name": "Bob", "parent_id": cls.partner.id, "relationship_no_contact": True, "phone": "0199000002"},
            ]
        )
        for number, days in enumerate((400, 300, 200, 100)):
            cls.last = cls.meet(
                cls.partner,
                days_ago=days,
                summary=f"<p>Said {number}</p>",
                confidential_note=SECRET,
                promised="Send the guide" if days == 100 else False,
            )
        cls.env["relationship.news"].create(
            [
                {"name": "Fresh", "date": TODAY, "text": "<p>New</p>"},
                {"name": "Stale", "date": "2025-01-01", "text": "<p>Old</p>"},
            ]
        )
        cls.env["relationship.cooperation"].create(
            {
                "name": "A talk",
                "kind_id": cls.env.ref("shifters_relations.kind_project").id,
                "synthesis_id": cls.last.id,
            }
        )

    def get_page(self, report, record, user):
        html, _type = self.env["ir.actions.report"].with_user(user)._render_qweb_html(report, record.ids)
        return html.decode()

    def test_the_sheet_says_what_to_know_before_a_contact(self):
        page = self.get_page("shifters_relations.preparation_report", self.partner, self.marc)
        for words in (
            *("Know their needs", "Ally", "Ada", "decides", "0199000001", "Bob", "Do not contact"),
            *("Send the guide", "A talk", "Said 3", "Said 2", "Said 1", "Fresh"),
        ):
            self.assertIn(words, page)
        for words in ("Said 0", "Stale", "0199000002", SECRET):
            self.assertNotIn(words, page)

    def test_a_sheet_of_an_organisation_never_met_reads_well(self):
        page = self.get_page("shifters_relations.preparation_report", self.create_target("New"), self.marc)
        for words in ("Never met yet", "Nobody is noted yet", "Fresh", "Stale"):
            self.assertIn(words, page)

    def test_nobody_outside_the_team_prints(self):
        for report, record in (("preparation_report", self.partner), ("synthesis_report", self.last)):
            with self.assertRefused(AccessError):
                self.get_page(f"shifters_relations.{report}", record, self.outsider)
        self.authenticate("outsider", "outsider")
        for page in ("preparation_page", "synthesis_page"):
            answer = self.url_open(f"/report/html/shifters_relations.{page}/{self.partner.id}")
            self.assertNotIn("Said", answer.text)
            self.assertGreaterEqual(answer.status_code, 400)

    def test_real_files_come_out_of_the_printer(self):
        reports = self.env["ir.actions.report"].with_user(self.marc).with_context(force_report_rendering=True)
        for report, record, words in (
            ("shifters_relations.preparation_report_pdf", self.partner, "Know their needs"),
            ("shifters_relations.synthesis_report", self.last, "Said 3"),
        ):
            content, kind = reports._render_qweb_pdf(report, record.ids)
            self.assertEqual(kind, "pdf")
            pages = PdfFileReader(io.BytesIO(content)).pages
            text = " ".join(" ".join(page.extract_text() for page in pages).split())
            self.assertIn(words, text)
            self.assertNotIn(SECRET, text)
            self.assertEqual(len(pages), 1)
