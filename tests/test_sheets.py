"""Lists are read whatever they look like, and each file that is none gets its reason.

A list that somebody brings is one more folder of ``shifters_relations/tests/lists/``: the file, and
``expected.json`` with what it is read as: ``columns`` (each header and what it is proposed to be), ``numbers`` and
``rows``, or ``unreadable`` and why; and with the ``preview`` that the addon's own tests expect of it.
Names in them are invented.
"""

import doctest
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pure import load

from devtools.places import CHECKOUT

sheets, columns = load("sheets"), load("columns")
LISTS = sorted(path.parent for path in (CHECKOUT / "shifters_relations" / "tests" / "lists").glob("*/expected.json"))
LINES = ["Nom;Ville;E-mail", "Ligue inventée;Évry;contact@ligue.example", "Union d'été;Nîmes;"]
TEXT = "\n".join(LINES)


def read(content, **chosen):
    return sheets.read_sheet(content, "list.csv", **chosen)


def why_not(content):
    with pytest.raises(sheets.Unreadable) as caught:
        read(content)
    return caught.value.reason


def pack(**parts):
    """Return a zip of parts, named with two underscores for a slash."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(f"{name.replace('__', '/')}.xml", content)
    return buffer.getvalue()


def make_workbook(*rows, **cells):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for place, value in cells.items():
        book.active[place] = value
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_the_examples_are_true():
    outcome = doctest.testmod(sheets)
    assert outcome.failed == 0
    assert outcome.attempted >= 2


@pytest.mark.parametrize("folder", LISTS, ids=lambda folder: folder.name)
def test_a_list_is_read_as_its_folder_says(folder):
    (path,) = (path for path in folder.iterdir() if path.name != "expected.json")
    expected = json.loads((folder / "expected.json").read_text())
    try:
        sheet = sheets.read_sheet(path.read_bytes(), path.name)
        found = {
            "encoding": sheet.encoding,
            "recognised": columns.recognise(sheet.headers),
            "columns": [
                list(pair) for pair in zip(sheet.headers, columns.propose(sheet.headers, sheet.rows), strict=True)
            ],
            "numbers": sheet.numbers,
            "rows": sheet.rows,
        }
    except sheets.Unreadable as error:
        found = {"unreadable": error.reason}
    assert {name: found.get(name) for name in expected if name in READ} == {
        name: value for name, value in expected.items() if name in READ
    }


READ = {"encoding", "recognised", "columns", "numbers", "rows", "unreadable"}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "iso-8859-15", "mac_roman", "cp850"]
)
@pytest.mark.parametrize("separator", sheets.SEPARATORS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_separators_and_ends_of_lines_are_found(encoding, separator, end):
    sheet = read(end.join(LINES).replace(";", separator).encode(encoding))
    assert [sheet.headers, *sheet.rows] == [line.split(";") for line in LINES]
    assert sheet.samples == sheet.rows


def test_a_person_may_say_another_encoding():
    wrong = read(TEXT.encode(), encoding="cp1252")
    assert wrong.rows[0][0] == "Ligue inventÃ©e"
    with pytest.raises(sheets.Unreadable) as caught:
        read(TEXT.encode("cp1252"), encoding="utf-8")
    assert caught.value.reason == "encoding"


def test_what_a_cell_merged_downwards_says_is_said_of_each_of_its_rows():
    book = Workbook()
    for row in (["Organisation", "Ville", "Contact"], ["Ligue", "Brest", "Ada"], ["", "", "Bob"], ["Union", "", "Ève"]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("B2:B4")
    buffer = io.BytesIO()
    book.save(buffer)
    sheet = sheets.read_sheet(buffer.getvalue(), "list.xlsx")
    assert sheet.rows == [["Ligue", "Brest", "Ada"], ["Ligue", "Brest", "Bob"], ["Union", "Brest", "Ève"]]


def test_headers_come_again_below_a_row_that_says_as_above():
    sheet = read(b"Nom;Ville\nLigue;Brest\nUnion;idem\nNom;Ville\nAmis;Nice")
    assert sheet.rows == [["Ligue", "Brest"], ["Union", "Brest"], ["Amis", "Nice"]]


def test_sheets_of_the_same_columns_are_read_together_whatever_their_order():
    book = Workbook()
    for title, *rows in (
        ("2024", ["Nom", "Ville", "Don 2024"], ["Ligue", "Brest", 5], [None, None, None], ["Union", "Metz", None]),
        ("Tarifs", ["Quoi", "Combien"], ["Salle", 10]),
        ("2025", ["Don 2025", "Nom", "Ville"], [7, "Amis", "Nice"]),
    ):
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    del book["Sheet"]
    buffer = io.BytesIO()
    book.save(buffer)
    content = buffer.getvalue()
    assert sheets.find_alike(content, "2024") == ["2024", "2025"]
    assert sheets.find_alike(content, "Tarifs") == ["Tarifs"]
    assert sheets.find_alike(TEXT.encode(), "") == []
    together = read(content, sheet="*2024")
    assert together.headers == ["Nom", "Ville", "Don 2024"]
    assert together.rows == [["Ligue", "Brest", "5"], ["Union", "Metz", ""], ["Amis", "Nice", "7"]]
    assert together.numbers == [2, 4, 6]
    with pytest.raises(sheets.Unreadable) as caught:
        read(content, sheet="*Ailleurs")
    assert caught.value.reason == "no_sheet"


def test_every_sheet_can_be_chosen():
    path = CHECKOUT / "shifters_relations" / "tests" / "lists" / "merged_headers" / "acteurs.xlsx"
    content = path.read_bytes()
    assert sheets.sheet_names(content) == ["Lisez-moi", "Acteurs", "Anciens"]
    assert read(content, sheet="Anciens").rows == [["Asso dissoute", "Nice"]]
    with pytest.raises(sheets.Unreadable) as caught:
        read(content, sheet="Ailleurs")
    assert caught.value.reason == "no_sheet"


@pytest.mark.parametrize(
    ("content", "reason"),
    {
        "nothing": (b"", "empty"),
        "blanks": (b"\xef\xbb\xbf \r\n\n", "empty"),
        "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "not_a_sheet"),
        "another picture": (bytes(range(256)) * 90, "not_a_sheet"),
        "a document": (pack(word__document="<w/>"), "not_a_sheet"),
        "half an archive": (make_workbook(["Nom"], ["Ligue"])[:-400], "broken"),
        "a page": (b"<html><table><tr><td>Nom</td></tr></table></html>", "not_a_sheet"),
        "a workbook with a password": (sheets.OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
        "an old file of another kind": (sheets.OLE + b"\0" * 2000, "not_a_sheet"),
        "a locked document": (pack(content="x", **{"META-INF__manifest": "<x encryption-data='1'/>"}), "password"),
        "a bomb": (pack(xl__workbook="<x/>", xl__sharedStrings=b"\0" * (301 << 20)), "bomb"),
        "10,000 columns": (";".join(f"c{n}" for n in range(10_000)).encode() + b"\n1;2\n", "too_wide"),
        "a wide workbook": (make_workbook(["Nom"] * 900, ["x"] * 900), "too_wide"),
        "a cell far to the right": (make_workbook(["Nom"], XFD2="x"), "too_wide"),
        "a cell far below": (make_workbook(["Nom"], A900000="x"), "too_long"),
        "too many rows": (b"Nom\n" + b"a\n" * 50_001, "too_long"),
        "too large a file": (b"Nom\n" + b"a" * (21 << 20), "too_large"),
        "no headers": (b"Ligue;Rennes;a@x.example\n", "no_header"),
        "kinds for headers": (b"Ligue;Association;Rennes\nUnion;Syndicat;Brest\n", "no_header"),
        "headers alone": (b"Nom;Ville\n", "no_rows"),
    }.values(),
)
def test_what_is_no_list_has_its_reason(content, reason):
    assert why_not(content) == reason


def test_cells_far_away_that_hold_nothing_do_not_count():
    book = Workbook()
    book.active.append(["Nom", "Ville"])
    book.active.append(["Ligue", "Rennes"])
    book.active["XFD1048576"].number_format = "0.00"
    buffer = io.BytesIO()
    book.save(buffer)
    assert read(buffer.getvalue()).rows == [["Ligue", "Rennes"]]


def test_merged_cells_say_the_same_in_each_row():
    book = Workbook()
    for row in (["Organisation", "Contact"], ["Ligue", "Ada Dupont"], [None, "Bob Martin"], ["Union", "Cléo"]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    buffer = io.BytesIO()
    book.save(buffer)
    assert read(buffer.getvalue()).rows == [["Ligue", "Ada Dupont"], ["Ligue", "Bob Martin"], ["Union", "Cléo"]]


def test_a_row_as_above_hides_no_headers_below():
    assert read(b"Nom;Ville\nLigue;Rennes\nidem;idem\nNom;Ville\nUnion;Brest\n").rows[-1] == ["Union", "Brest"]


def test_formulas_that_nobody_has_worked_out_are_texts():
    content = make_workbook(["Nom", "Ville"], ['=HYPERLINK("http://essai.example")', "Brest"], ["Ligue", "=A3"])
    assert read(content).rows == [['=HYPERLINK("http://essai.example")', "Brest"], ["Ligue", "=A3"]]


def test_without_the_reader_of_workbooks_the_file_waits(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
    assert why_not(make_workbook(["Nom"], ["Ligue"])) == "needs_calamine"
    assert read(TEXT.encode()).rows


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_file_is_read_or_refused(content):
    try:
        assert read(content).rows
    except sheets.Unreadable as error:
        assert error.reason


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=3, max_size=3), min_size=1, max_size=8
    )
)
def test_what_a_workbook_holds_comes_out_clean(rows):
    def speaks(row):
        return any(map(sheets.clean, row))

    plain = [[sheets.CONTROL.sub("", cell).lstrip("=") for cell in row] for row in rows]
    plain = [["".join(char for char in cell if char.isprintable()) for cell in row] for row in plain]
    plain = [["" if sheets.clean(cell) == sheets.DITTO else cell for cell in row] for row in plain]
    if not any(map(speaks, plain)):
        return
    buffer = io.StringIO()
    writer = __import__("csv").writer(buffer, delimiter=";")
    writer.writerows([["Nom", "Ville", "Notes"], *plain])
    sheet = read(buffer.getvalue().encode())
    assert sheet.rows == [[sheets.clean(cell) for cell in row] for row in plain if speaks(row)]
