import base64
import doctest
import json
import re
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..columns import TARGETS, read_day
from ..models.intake import lines, reading, vocabulary
from ..texts import TITLES, words_of
from .common import RelationshipCase

LISTS = Path(__file__).parent / "lists"


@tagged("post_install", "-at_install")
class TestImportLists(RelationshipCase):
    """Each awkward list of the folder, from its file to the base and back.

    ``expected.json`` may say what stands in the ``base`` before, and what the ``preview`` is: of each line its
    kind, name and decision, and a piece of the reason. It is ``ordered`` where a row refers to the one above.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner"].search([("relationship_stage", "!=", False)]).sudo().unlink()
        cls.partners = cls.env["res.partner"].with_context(active_test=False)

    def bring(self, folder):
        """Begin the import of a folder's file, as an organiser."""
        (path,) = (path for path in folder.iterdir() if path.name != "expected.json")
        values = {"file_name": path.name, "file": base64.b64encode(path.read_bytes())}
        return self.env["relationship.import"].with_user(self.organiser).create(values)

    def preview(self, folder):
        brought = self.bring(folder)
        brought.action_read()
        brought.action_preview()
        return brought

    def read_base(self):
        """What the base knows of organisations and persons, by name."""
        names = ["name", "email", "phone", "city", "zip", "website", "street", "function", "parent_name"]
        names += ["relationship_stage", "relationship_siren", "relationship_rna", "relationship_type_id", "comment"]
        self.env.invalidate_all()
        partners = self.partners.search([("id", "not in", self.before.ids)])
        return sorted(tuple(str(partner[name] or "") for name in names) for partner in partners)

    @contextmanager
    def base_of(self, folder):
        """The base before a folder's list comes in, and again afterwards."""
        with self.subTest(folder.name), self.cr.savepoint() as savepoint:
            self.before = self.partners.search([])
            self.partners.create([{"is_company": True, **values} for values in read(folder).get("base", [])])
            yield
            savepoint.rollback()
            self.env.invalidate_all()

    def test_what_cannot_be_read_is_said_and_leaves_nothing(self):
        for folder in find(lambda expected: "unreadable" in expected):
            with self.base_of(folder):
                brought = self.bring(folder)
                with self.assertRefused(UserError):
                    brought.action_read()
                self.assertEqual(brought.state, "draft")

    def test_each_list_becomes_what_its_folder_says_is_known_the_second_time_and_goes(self):
        """In any order of its rows, too, where each stands for itself; nothing of it vanishes unsaid."""
        for folder in find(lambda expected: "preview" in expected or is_list(expected)):
            with self.base_of(folder):
                expected, at_first = read(folder), self.read_base()
                brought = self.preview(folder)
                if "preview" in expected:
                    self.check_lines(brought.line_ids, expected["preview"])
                if not is_list(expected):
                    continue
                self.check_nothing_vanishes(brought)
                brought.action_apply()
                known = self.read_base()
                again = self.preview(folder)
                changed = again.line_ids.filtered(lambda line: line.decision in ("create", "update"))
                self.assertFalse(changed, changed.mapped("changes"))
                again.action_apply()
                self.assertEqual(self.read_base(), known)
                again.action_undo()
                brought.action_undo()
                self.assertEqual(self.read_base(), at_first)
                if is_text(expected):
                    turned = self.bring(folder)
                    turn(turned)
                    turned.action_read()
                    turned.action_preview()
                    turned.action_apply()
                    self.assertEqual(self.read_base(), known)

    def check_lines(self, lines, expected):
        found = [[line.kind, line.name or "", line.decision] for line in lines]
        self.assertEqual(found, [line[:3] for line in expected])
        for line, (*_said, reason) in zip(lines, expected, strict=True):
            self.assertIn(reason, line.reason or "")

    def check_nothing_vanishes(self, brought):
        """Check that each cell that is read is in some line of the preview, or in the reason of one."""
        said = self.read_preview(brought)
        sheet = brought._read_sheet()
        columns = [(each.sequence, each.target) for each in brought.column_ids if each.target]
        for number, row in zip(sheet.numbers, sheet.rows, strict=True):
            for place, target in columns:
                lost = [sign for sign in get_signs(target, row[place]) if sign not in said[number]]
                self.assertFalse(lost, (number, target, row[place]))

    def read_preview(self, brought):
        """Read what a preview says of each row: letters and digits, without what stands between."""
        said = defaultdict(str)
        for line in brought.line_ids:
            told = [line.name, line.detail, line.reason, line.changes, line.values, line.contacts]
            for number in line._get_numbers():
                said[number] += squeeze(" ".join(f"{each} {html2plaintext(str(each))}" for each in told if each))
        return said

    def test_the_examples_are_true(self):
        for module in (lines, reading, vocabulary):
            outcome = doctest.testmod(module)
            self.assertFalse(outcome.failed, module.__name__)
            self.assertTrue(outcome.attempted, module.__name__)

    def test_what_is_written_in_two_ways_is_no_contradiction(self):
        folder = LISTS / "helloasso"
        with self.base_of(folder):
            brought = self.preview(folder)
            [line] = [line for line in brought.line_ids if line.name == "Ada DUPONT"]
            self.assertEqual(line.values["function"], "Présidente")
            self.assertFalse(line.reason)


# What addresses and names begin with, and what stands between two.
UNSAID = {*TITLES, "mailto", "et", "arobase"}


def squeeze(text):
    return "".join(words_of(text))


def get_signs(target, text):
    """Return what a preview is to say of a cell; a word that nobody knows is asked about elsewhere."""
    kind = TARGETS[target][0]
    if kind in ("word", "bool"):
        return []
    if kind in ("phone", "number") or target == "zip":
        digits = re.findall(r"\d+", text[:9] if kind == "number" else text)
        return [re.sub(r"^(?:0|33)+", "", each) for each in digits if len(each) > 2]
    day, text = read_day(text) if kind == "date" else ("", text)
    words = [word for word in words_of(text) if word not in UNSAID]
    return [day[:4], *(word for word in words if not (target == "city" and len(word) == 2))]


def read(folder):
    return json.loads((folder / "expected.json").read_text())


def find(condition):
    """Return the folders of the lists of which something holds."""
    return [folder for folder in sorted(LISTS.iterdir()) if condition(read(folder))]


def is_list(expected):
    return "unreadable" not in expected and expected["recognised"] not in ("hatvp", "rna", "sirene")


def is_text(expected):
    """Return whether the rows of a list are lines of a text, each by itself, below one line of headers."""
    plain = (
        is_list(expected)
        and "ordered" not in expected
        and expected["encoding"] == "utf-8"
        and expected["numbers"][0] == 2
    )
    return plain and not any("\n" in cell for row in expected["rows"] for cell in row)


def turn(brought):
    """Turn the rows of a text around."""
    first, *rest = base64.b64decode(brought.with_context(bin_size=False).file).decode().splitlines()
    brought.file = base64.b64encode("\n".join([first, *reversed(rest)]).encode())
