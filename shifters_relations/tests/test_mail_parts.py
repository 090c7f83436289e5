import email
import email.policy
import random
from email.header import decode_header, make_header

from odoo.tests import tagged
from odoo.tests.common import BaseCase, TransactionCase

from ..mail_parts import append_to_text, get_plain_text

WORDS = (
    *(
        "1",
        "à",
        "finir,",
        "Hélène",
        "et",
        "(CFDT)",
        "l'été",
        "—",
        "«",
        "»",
        "…",
        ":",
        "2026",
        '"vous"',
        "a@example.org",
    ),
    *("collectivités", "synthèse", "日本", "日本語" * 20, "جمعية", "👩‍👩‍👧", "e\u0301té", "A" * 30, "é" * 40, "X" * 90),
)


@tagged("post_install", "-at_install")
class TestHeaders(TransactionCase):
    def build(self, subject, name="Hélène"):
        """A mail as it leaves, read again."""
        message = self.env["ir.mail_server"]._build_email__(
            email_from='"Camille" <camille@example.org>',
            email_to=[f'"{name}" <helene@example.org>', "marc@example.org"],
            subject=subject,
            body="<p>Hello</p>",
            subtype="html",
        )
        return email.message_from_bytes(message.as_bytes(), policy=email.policy.compat32)

    def assertRead(self, written, header):
        self.assertEqual(str(make_header(decode_header(header.replace("\r\n", "").replace("\n", "")))), written)

    def test_a_subject_is_read_as_it_was_written(self):
        chance = random.Random(14)
        subjects = ["2 contacts à faire cette semaine, 3 en retard, 1 synthèse à finir, 2 promesses à tenir"]
        subjects += [" ".join(chance.choices(WORDS, k=chance.randint(1, 20))) for _each in range(150)]
        subjects += ["word " * length + "end" for length in range(10, 20)]
        for subject in subjects:
            with self.subTest(subject=subject):
                mail = self.build(subject)
                self.assertRead(subject, mail["Subject"])
                self.assertLessEqual(max(map(len, mail["Subject"].splitlines())), 78)

    def test_a_name_beside_an_address_is_read_as_it_was_written(self):
        name = "Fédération nationale des syndicats d'éducation et de la recherche de l'Île-de-France 日本語"
        shown, address = self.build("Hello", name)["To"].split(" <", 1)
        self.assertRead(name, shown)
        self.assertEqual(address, "helene@example.org>,\r\n marc@example.org")


@tagged("post_install", "-at_install")
class TestPlainText(BaseCase):
    def test_it_says_what_is_shown(self):
        html = """
            <html><head><title>Mail</title><style>p { color: red; }</style></head><body>
            <div style="color: red; display: none">&#847; &#8203;</div><div hidden="">Hidden</div>
            <h3 style="margin: 0">Overdue (3)</h3>
            <div><strong>Réseau   Climat</strong><br/>phone · <a href="https://example.org/1"><b>Open</b></a>
            <a href="tel:+33 1 02">+33 1 02</a> <a href="tel:+33102">Call</a> <a href="https://example.org">example.org</a></div>
            <ul><li>One</li><li><p>Two</p></li></ul>
            <table><tr><td>What</td><td><strong>Talk</strong><br/>Invited</td></tr><tr><td>With</td><td>R&amp;D</td></tr></table>
            <p style="white-space: pre-line">First line
second line</p><img src="https://example.org/pixel"/></body></html>"""
        expected = (
            "Overdue (3)\n\nRéseau Climat\nphone · Open (https://example.org/1) +33 1 02 Call (+33102) example.org"
            " (https://example.org)\n\n- One\n- Two\n\nWhat Talk\nInvited\nWith R&D\n\nFirst line\nsecond line"
        )
        self.assertEqual(get_plain_text(html), expected)
        self.assertEqual(get_plain_text(""), "")

    def test_what_is_appended_stands_in_the_column_of_the_text(self):
        for html, expected in (
            ("Hello", "Hello<p>End</p>"),
            ("", "<p>End</p>"),
            (
                '<div style="width: 600px"><p>Hi</p><table><tr><td>a</td><td>b</td></tr></table></div><img src="x">',
                '<div style="width: 600px"><p>Hi</p><table><tr><td>a</td><td>b</td></tr></table><p>End</p></div>'
                '<img src="x">',
            ),
            (
                "<html><body><div hidden>-</div><table><tr><td><p>Hi</p></td></tr></table></body></html>",
                "<html><body><div hidden>-</div><table><tr><td><p>Hi</p><p>End</p></td></tr></table></body></html>",
            ),
        ):
            self.assertEqual(append_to_text(html, "<p>End</p>"), expected)
