import io
import re

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tests.common import HttpCase
from odoo.tools.pdf import PdfFileReader

from .common import RelationshipCase
from .test_report import SECRET


@tagged("post_install", "-at_install")
class TestActivityReport(RelationshipCase, HttpCase):
    """What the team tells about a period: figures that stay, and nothing confidential (R1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.climate = cls.create_target("Réseau Climat", relationship_sector_id=cls.environment.id)
        cls.forest = cls.create_target("Forêt", relationship_sector_id=cls.environment.id)
        cls.create_target("Never met")
        cls.meet(cls.climate, days_ago=10, channel="in_person", confidential_note=SECRET)
        cls.meet(cls.climate, days_ago=100)
        cls.last = cls.meet(cls.forest, days_ago=5)
        cls.cooperation = cls.env["relationship.cooperation"].create(
            {
                "name": "A talk",
                "kind_id": cls.env.ref("shifters_relations.kind_project").id,
                "synthesis_id": cls.last.id,
                "role_ids": [(0, 0, {"partner_id": cls.forest.id})],
                "destination_id": cls.env["relationship.destination"].search([], limit=1).id,
                "stage": "introduced",
            }
        )

    def create_report(self, user=None, **values):
        values = {"period": "quarter", "date_from": "2026-01-01", "lang": "en_US", **values}
        return self.env["relationship.report"].with_user(user or self.organiser).create(values)

    def test_figures_beside_those_of_the_period_before(self):
        report = self.create_report()
        figures = report.figures
        self.assertEqual(str(report.date_to), "2026-03-31")
        self.assertEqual(figures["total"], [2, 1])
        self.assertEqual(figures["met"], [2, 1])
        self.assertEqual(figures["channels"], [["By phone", 1, 1], ["In person", 1, 0]])
        self.assertEqual(figures["sectors"], [["Test environment", 2, 1]])
        self.assertEqual(figures["new"], [["Forêt"], 1])
        self.assertEqual(figures["coverage"][0], {"targets": 3, "covered": 2, "late": 0, "never": 1})
        self.assertEqual(figures["coverage"][1], {"targets": 3, "covered": 1, "late": 0, "never": 2})
        self.assertEqual(figures["introductions"][0]["organisations"], "Forêt")
        self.assertIn("A talk", report.body)

    def test_a_second_report_of_a_period_says_that_there_is_one(self):
        first = self.create_report()
        self.assertFalse(first.same_period)
        form = Form(self.env["relationship.report"].with_user(self.organiser))
        form.period, form.date_from = "month", "2026-01-01"
        self.assertFalse(form.same_period)
        form.period = "quarter"
        self.assertIn("has a report already", form.same_period)
        self.assertIn("has a report already", form.save().same_period)

    def test_the_period_before_counts_the_targets_of_then(self):
        with freeze_time("2025-11-03"):
            self.create_target("Still")
            left = self.create_target("Left")
            gone = self.create_target("Gone")
            back = self.create_target("Back")
            self.create_target("Candidate", relationship_stage="candidate")
        with freeze_time("2025-12-01"):
            back.relationship_stage = "paused"
        with freeze_time("2026-01-02"):
            back.relationship_stage = "target"
        with freeze_time("2026-02-02"):
            left.relationship_stage = "closed"
            gone.action_archive()
        report = self.create_report()
        self.assertEqual(report.figures["coverage"][1], {"targets": 3, "covered": 0, "late": 0, "never": 3})
        self.assertEqual(report.figures["coverage"][0]["targets"], 3 + 2, "those of now, and these two")
        self.assertIn("0/3", report.body)
        self.assertNotIn("not known", report.body)

    def test_targets_that_nobody_noted_are_not_made_up(self):
        report = self.create_report()
        self.assertIn("not known", report.body, "nothing was noted in 2025")
        self.assertNotIn("was not noted yet", report.body)
        report = self.create_report(date_from="2025-10-01")
        self.assertIn("was not noted yet", report.body)

    def test_nobody_types_since_when_it_is_a_target(self):
        with self.assertRefused(AccessError):
            self.climate.with_user(self.pilot).relationship_target_periods = [["2020-01-01", False]]
        with self.assertRefused(AccessError):
            self.env["res.partner"].with_user(self.pilot).create(
                {"name": "Typed", "is_company": True, "relationship_target_periods": [["2020-01-01", False]]}
            )

    def read_pages(self, report):
        content, _kind = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("shifters_relations.relationship_report_pdf", report.ids)
        )
        pages = PdfFileReader(io.BytesIO(content)).pages
        return [[" ".join(line.split()) for line in page.extractText().splitlines()] for page in pages]

    def test_a_long_report_breaks_between_rows_and_says_again_what_they_are(self):
        headings = {"Contacts by sector", "Contacts by type of organisation", "Introductions", "Organisations met"}
        for count, sectors in ((2, 2), (31, 9), (60, 14), (97, 21)):
            report = self.create_report(highlights="<p>" + "A good quarter. " * count * 3 + "</p>")
            line = {"sector": "Environment", "channels": ["In person", "By phone"], "count": 2}
            names = [f"Organisation {n}" + " of the friends of long names" * (n % 3) for n in range(count)]
            story = {
                "destination": "Training",
                "stage": "Done",
                "outcome": "They meet in May",
                "organisations": "Forêt",
            }
            report.figures = {
                **report.figures,
                "sectors": [[f"Sector {n}", n, 1] for n in range(sectors)],
                "organisations": [{**line, "name": name} for name in names],
                "introductions": [{**story, "name": f"Story {n}"} for n in range(count // 2)],
            }
            pages = self.read_pages(report)
            with self.subTest(count=count):
                for number, page in enumerate(pages):
                    self.assertNotIn(page[-1], headings | {"Channel", "What came of it"}, "a heading alone at the foot")
                    rows = [each for each in page if each.startswith("Organisation ")]
                    if rows:
                        self.assertIn("Channel", page)
                    if any(each.startswith("Story ") for each in page):
                        self.assertIn("What came of it", page)
                    if number == len(pages) - 1 and count > 5:
                        self.assertGreater(len(rows), 5, "a last page of some rows")
                text = "\n".join("\n".join(page) for page in pages)
                self.assertEqual(len(set(re.findall(r"Organisation \d+", text))), count)

    def test_each_period_has_its_length_and_its_predecessor(self):
        for period, last, before in (
            ("month", "2026-01-31", ("2025-12-01", "2025-12-31")),
            ("quarter", "2026-03-31", ("2025-10-01", "2025-12-31")),
            ("half", "2026-06-30", ("2025-07-01", "2025-12-31")),
            ("year", "2026-12-31", ("2025-01-01", "2025-12-31")),
        ):
            report = self.create_report(period=period)
            self.assertEqual(str(report.date_to), last)
            self.assertEqual(tuple(map(str, report._get_previous_period())), before)
        report = self.create_report(period="free", date_to="2026-01-10")
        self.assertEqual(tuple(map(str, report._get_previous_period())), ("2025-12-22", "2025-12-31"))

    def test_validated_figures_stay(self):
        report = self.create_report()
        report.action_validate()
        self.meet(self.climate, days_ago=1)
        report.action_compute()
        self.assertEqual(report.figures["total"], [2, 1])
        for user in (self.organiser, self.pilot):
            with self.assertRefused(UserError, "stay as they are"):
                report.with_user(user).write({"highlights": "Changed"})
        with self.assertRefused(AccessError):
            report.action_reopen()
        report.with_user(self.pilot).action_reopen()
        report.action_validate()
        self.assertEqual(report.figures["total"], [3, 1])

    def test_who_reads_and_who_writes(self):
        report = self.create_report()
        with self.assertRefused(AccessError):
            report.with_user(self.helene).read(["figures"])
        with self.assertRefused(AccessError):
            self.create_report(user=self.helene)
        with self.assertRefused(AccessError):
            report.with_user(self.outsider).read(["state"])
        report.action_validate()
        self.assertEqual(report.with_user(self.helene).figures["total"], [2, 1])
        for act in ("action_reopen", "action_validate", "unlink"):
            with self.assertRefused(AccessError):
                getattr(report.with_user(self.helene), act)()

    def test_nothing_confidential_is_in_the_file(self):
        report = self.create_report(highlights="<p>A good quarter</p>")
        report.action_validate()
        html = (
            self.env["ir.actions.report"]
            .with_user(self.organiser)
            ._render_qweb_html("shifters_relations.relationship_report_pdf", report.ids)[0]
        )
        self.assertIn("A good quarter", html.decode())
        self.assertNotIn(SECRET, html.decode())
        self.assertNotIn(SECRET, str(report.figures))
        content, kind = (
            self.env["ir.actions.report"]
            .with_user(self.pilot)
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("shifters_relations.relationship_report_pdf", report.ids)
        )
        self.assertEqual(kind, "pdf")
        text = "".join(page.extractText() for page in PdfFileReader(io.BytesIO(content)).pages)
        self.assertIn("Forêt", text)
        self.assertNotIn(SECRET, text)

    def test_it_is_written_in_its_own_language(self):
        report = self.create_report(lang="fr_FR")
        self.assertIn("Rapport d'activité", report.body)
        self.assertIn("Par téléphone", str(report.figures["channels"]))
        self.assertIn("Du 1er janvier 2026 au 31 mars 2026", report.body)

    def test_it_is_sent_once_validated_to_chosen_people(self):
        someone = self.env["res.partner"].create({"name": "Someone", "email": "someone@example.org"})
        report = self.create_report(recipient_ids=[(6, 0, someone.ids)])
        with self.assertRefused(UserError, "Validate the report first"):
            report.action_send()
        report.action_validate()
        action = report.action_send()
        composer = (
            self.env["mail.compose.message"].with_user(self.organiser).with_context(**action["context"]).create({})
        )
        self.assertEqual(composer.partner_ids, someone)
        self.assertEqual(len(composer.attachment_ids), 1)

    def test_who_wants_silence_since_it_was_validated_is_not_named_outside(self):
        report = self.create_report()
        report.action_validate()
        self.assertIn(self.climate.name, report.body)
        self.climate.relationship_no_contact = True
        with self.assertRefused(UserError, self.climate.name):
            report.action_send()
        report.with_user(self.pilot).action_reopen()
        report.action_validate()
        self.assertNotIn(self.climate.name, report.body)
        self.assertTrue(report.action_send())

    def test_a_proposal_is_begun_once_for_the_quarter_that_is_over(self):
        with freeze_time("2026-04-01"):
            for _twice in range(2):
                self.env["relationship.report"]._cron_propose()
            [report] = self.env["relationship.report"].search([("date_from", "=", "2026-01-01")])
        self.assertEqual((report.state, report.figures["total"]), ("draft", [2, 1]))
        told = self.env["mail.message"].search([("subject", "=", "The report of the quarter is begun")])
        self.assertIn(self.organiser.partner_id, told.notified_partner_ids)
        self.assertNotIn(self.helene.partner_id, told.notified_partner_ids)

    def test_figures_cost_the_same_for_any_number_of_organisations(self):
        counts = []
        for size in (2, 2, 40):
            for number in range(size):
                self.meet(self.create_target(f"{size} {number}"), days_ago=3)
            report = self.create_report()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            report._get_figures()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2], counts)
        self.assertLessEqual(counts[2], 22)

    def test_what_the_reader_may_not_read_is_counted_and_named_nowhere(self):
        before = self.create_report().figures
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.helene.company_ids |= elsewhere  # who keeps it reads it, the organiser does not
        hidden = self.create_target("Hidden", relationship_sector_id=self.environment.id)
        self.meet(hidden, days_ago=4)
        self.assertIn("Hidden", str(self.create_report().figures))
        hidden.company_id = elsewhere
        self.assertEqual(self.create_report().figures, before)
