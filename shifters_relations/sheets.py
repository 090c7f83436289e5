"""The rows of a list that somebody has, whatever it looks like, without Odoo.

A file is what its content says, whatever its name says. Above the headers there may be a title, a date and blank
lines; headers may be merged, or take two lines. Cells come out as clean texts: dates as ``YYYY-MM-DD``, whole
numbers without decimals, the apostrophe gone that a program puts before ``+ - = @``. Markup is text; what no program
has worked out is the text of its formula. A sheet whose headers stand below each other is turned; of two tables in
one the first is read.
The readers are libraries': ``csv``, ``charset_normalizer`` (else ``chardet``), ``python_calamine``, which is optional.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise, zip_longest

from .columns import BELOW, EMAIL, PHONE, SITE, is_known, names_something, read_date, settle, spread
from .texts import fold

MEGABYTE = 1 << 20
MAX_SIZE = 20 * MEGABYTE  # of a file
MAX_UNPACKED = 300 * MEGABYTE  # of what a workbook unpacks to
MAX_ROWS = 50_000
MAX_COLUMNS = 500
HEADER_DEPTH = 40  # rows in which the headers are looked for
SEPARATORS = ";,\t|"
RARE = "ëüöïæÿËÜÖÏÆŸñäáíóúÑÄ"
FRENCH = "éèêàâçùûôîœÉÈÊÀÂÇÙÛÔÎŒ" + RARE
WESTERN = ["cp1252", "mac_roman", "cp850"]  # what programs in French write, when they do not write UTF-8
ENCODINGS = ("utf-8", "cp1252", "iso-8859-15", "mac_roman", "cp850", "utf-16")  # what a person may choose
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
LAST = "the last line"
TOGETHER = "*"  # before the name of a sheet, in which no program lets it stand: all sheets of its columns
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHER_FILES = (
    *(b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF", b"\x00\x00\x00"),
    *(b"\x1f\x8b", b"Rar!", b"7z\xbc"),
)
# Texts that are no lists, in small letters.
OTHER_TEXTS = (b"{\\rtf", b"<?xml", b"<!doctype", b"<html", b"<table", b"begin:v", b"[{", b'{"')
ERRORS = {
    "#n/a",
    "#na",
    "#ref!",
    "#value!",
    "#valeur!",
    "#name?",
    "#nom?",
    "#div/0!",
    "#num!",
    "#nombre!",
    "#null!",
    "#nul!",
}
NOTHING = re.compile(r"[-–—_./\\?… ]*")
# What says in words that there is nothing, and what says that it is as above.
NONE = {
    "n/a",
    "n.a.",
    "n.c.",
    "n/c",
    "n/d",
    "n.d.",
    "néant",
    "neant",
    "non renseigné",
    "non renseignée",
    "non communiqué",
}
ABOVE = {"idem", "idem.", "id.", "ditto", "dito", "d°", '"', "''", "“", "”", "„", "〃", "»", "//", ";;"}
ABOVE |= {"idem ci-dessus", "même chose", "comme ci-dessus", "voir ci-dessus", "same as above"}
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b\u2060\ufeff\ud800-\udfff]|[\x80-\x84\x86-\x9f]")
DITTO = "〃"
BLANK = re.compile(r"[^\S\n]+")
LINES = re.compile(r"\r\n?|[\u2028\u2029\x85\x0b\x0c]")
# A cell that stands far from the others, with something in it: the reader would make all the cells between.
FAR_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?\br="(?:[A-Z]{3}\d+|[A-Z]{1,2}\d{6,})"(?:[^>/]|/(?!>))*>(?!</|$)')
UNCALCULATED = re.compile(rb"</f>\s*(?:<v\s*/>|<v></v>|</c>)")
REPEATED = re.compile(rb'<table:table-(row|cell)\b[^>]*?number-(?:rows|columns)-repeated="(\d{3,})"[^>]*>')


class Unreadable(Exception):
    """Why a file is not read.

    :param reason: a key: ``empty``, ``encoding``, ``needs_calamine``, ``no_header``, ``no_rows``, ``no_sheet``,
        ``not_a_sheet``, ``password``, ``bomb``, ``broken``, ``too_large``, ``too_long``, ``too_wide``
    :param values: what the sentence about it quotes
    """

    def __init__(self, reason, **values):
        super().__init__(reason)
        self.reason = reason
        self.values = values


@dataclass
class Sheet:
    """A list: its headers, its rows as clean texts, and each row's number as a person counts them."""

    headers: list
    rows: list
    numbers: list
    encoding: str
    samples: list  # up to five rows in which accents show whether the encoding was guessed well
    further: int = 0  # the row at which another table begins, which is not read; zero if none does


def sheet_names(content, file_name=""):
    """Return the names of a workbook's sheets, those that are hidden last; one empty name for a text file."""
    if _kind_of(content) == "text":
        return [""]
    with _open_workbook(content) as book:
        return [sheet.name for sheet in _order_sheets(book)]


def read_sheet(content, file_name="", sheet="", encoding=""):
    """Return the list that a file holds as a :class:`Sheet`.

    :param content: bytes
    :param sheet: name of a sheet; without it, the first that has headers; after :data:`TOGETHER`, all of its columns
    :param encoding: what a person chose; without it, UTF-8 if it can be, otherwise what is likeliest
    :raises Unreadable: with the reason
    """
    if _kind_of(content) == "text":
        text, used = _decode(content, encoding)
        return _make_sheet(_read_csv(text), [], used)
    with _open_workbook(content) as book:
        names = [each.name for each in _order_sheets(book)]
        if sheet.startswith(TOGETHER):
            return _join_sheets(list(_find_alike(book, content, sheet.removeprefix(TOGETHER)).values()))
        if sheet:
            if sheet not in names:
                raise Unreadable("no_sheet", sheet=sheet)
            return _make_sheet(*_read_cells(book, sheet, content), "")
        failures = []
        for name in names:
            read = _try_sheet(book, name, content)
            if isinstance(read, Sheet):
                return read
            failures.append(read)
        raise next((each for each in failures if each.reason != "empty"), Unreadable("empty"))


def find_alike(content, sheet):
    """Return the names of the sheets of a workbook that have the columns of one: itself first, then in their order."""
    if _kind_of(content) == "text":
        return []
    with _open_workbook(content) as book:
        return list(_find_alike(book, content, sheet))


def _find_alike(book, content, sheet):
    """Return the sheets that have the columns of one, by name; a year in a header makes no other column.

    :raises Unreadable: that one is none
    """
    names = [each.name for each in _order_sheets(book)]
    if sheet not in names:
        raise Unreadable("no_sheet", sheet=sheet)
    chosen = _make_sheet(*_read_cells(book, sheet, content), "")
    others = {name: _try_sheet(book, name, content) for name in names if name != sheet}
    alike = {
        name: read
        for name, read in others.items()
        if isinstance(read, Sheet) and sorted(_get_columns(read)) == sorted(_get_columns(chosen))
    }
    return {sheet: chosen, **alike}


def _get_columns(sheet):
    return [fold(YEAR.sub("", header)) for header in sheet.headers]


def _join_sheets(sheets):
    """Return sheets of the same columns as one: their rows are counted on from one to the next.

    :raises Unreadable: it is too long
    """
    first, *others = sheets
    rows, numbers, further = list(first.rows), list(first.numbers), first.further
    for sheet in others:
        before = max(numbers[-1], further)
        places = defaultdict(list)
        for place, column in enumerate(_get_columns(sheet)):
            places[column].append(place)
        order = [places[column].pop(0) for column in _get_columns(first)]
        rows += [[row[place] for place in order] for row in sheet.rows]
        numbers += [before + number for number in sheet.numbers]
        further = further or (sheet.further and before + sheet.further)
    if len(rows) > MAX_ROWS:
        raise Unreadable("too_long", limit=MAX_ROWS)
    return Sheet(first.headers, rows, numbers, first.encoding, first.samples, further)


def _try_sheet(book, name, content):
    """Return a sheet, or why it is not read."""
    try:
        return _make_sheet(*_read_cells(book, name, content), "")
    except Unreadable as error:
        return error


# What a file is


def _kind_of(content):
    if not content.strip(b"\x00\t\r\n\xef\xbb\xbf "):
        raise Unreadable("empty")
    if len(content) > MAX_SIZE:
        raise Unreadable("too_large", size=len(content) / MEGABYTE, limit=MAX_SIZE // MEGABYTE)
    if content.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Unreadable("password")
        return "workbook"
    if content.startswith(b"PK"):
        _check_archive(content)
        return "workbook"
    if content.startswith(OTHER_FILES) or content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(OTHER_TEXTS):
        raise Unreadable("not_a_sheet")
    return "text"


def _check_archive(content):
    """Refuse what is no workbook, and what would not fit into memory, before anything opens it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if any(entry.flag_bits & 1 for entry in entries):
                raise Unreadable("password")
            if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise Unreadable("not_a_sheet")
            if "content.xml" in names and b"encryption-data" in _read_part(archive, "META-INF/manifest.xml"):
                raise Unreadable("password")
            if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise Unreadable("bomb", limit=MAX_UNPACKED // MEGABYTE)
            for entry in entries:
                if entry.filename.endswith((".xml", ".bin")):
                    _check_entry(archive, entry)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Unreadable("broken") from error


def _read_part(archive, name):
    try:
        with archive.open(name) as part:
            return part.read(MEGABYTE)
    except KeyError:
        return b""


def _check_entry(archive, entry):
    """Read one part of a workbook through: it is as long as it says, and no cell of it stands far from the others."""
    is_sheet = entry.filename.startswith("xl/worksheets/") or entry.filename == "content.xml"
    before = b""
    with archive.open(entry) as part:
        while chunk := part.read(MEGABYTE):
            if is_sheet:
                seen = before + chunk
                if entry.filename == "content.xml":
                    _check_repeated(seen)
                elif found := FAR_CELL.search(seen):
                    wide = re.search(rb'r="[A-Z]{3}', found[0])
                    raise Unreadable("too_wide", limit=MAX_COLUMNS) if wide else Unreadable("too_long", limit=MAX_ROWS)
                before = chunk[-500:]


def _check_repeated(seen):
    """Refuse rows and cells that say that they stand there many times and are not empty."""
    for found in REPEATED.finditer(seen):
        what, times = found[1], int(found[2])
        rest = seen[found.end() : found.end() + 400]
        if what == b"cell":
            filled = b"value-type" in found[0] and not found[0].endswith(b"/>")
            if filled and times > MAX_COLUMNS:
                raise Unreadable("too_wide", limit=MAX_COLUMNS)
        elif times > MAX_ROWS and b"value-type" in rest.partition(b"</table:table-row>")[0]:
            raise Unreadable("too_long", limit=MAX_ROWS)


# Texts


def _decode(content, encoding):
    """Return a text and the encoding it was read with."""
    if encoding:
        try:
            return content.decode(encoding), encoding
        except (UnicodeError, LookupError) as error:
            raise Unreadable("encoding", encoding=encoding) from error
    marked = next((name for mark, name in MARKS if content.startswith(mark)), "")
    for name in (marked, _find_wide(content), "utf-8"):
        if name and (text := _try(content, name)):
            return _check_text(text), "utf-8" if name == "utf-8-sig" else name
    likely = _detect(content)
    text = _try(content, likely)
    return (_check_text(text), likely) if text else (_check_text(content.decode("latin-1")), "iso-8859-1")


def _try(content, encoding):
    try:
        return content.decode(encoding)
    except UnicodeError:
        return ""


def _find_wide(content):
    """Return the encoding of a text of which every second byte is zero."""
    head = content[:2000]
    if head.count(0) < len(head) / 4:
        return ""
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def _detect(content):
    """Return the likeliest encoding of a text that is no UTF-8, from its lines that tell.

    Libraries take short French lists for Czech or Korean; what programs in French write is tried first.
    """
    telling, size = [], 0
    for line in content.splitlines():
        if not line.isascii():
            telling.append(line)
            size += len(line)
            if size > 20_000:
                break
    sample = b"\n".join(telling)
    likely = max(WESTERN, key=lambda encoding: _is_french(sample, encoding))
    if _is_french(sample, likely) > 0.5:
        return likely
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        import chardet

        return chardet.detect(sample)["encoding"] or likely
    best = from_bytes(sample).best()
    return best.encoding if best else likely


def _is_french(sample, encoding):
    """Return how French bytes look in an encoding, at most 1: its letters, in the case of the word around."""
    text = sample.decode(encoding, "replace")
    foreign = [(place, char) for place, char in enumerate(text) if not char.isascii()]
    score = 0
    for place, char in foreign:
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if char in FRENCH:
            lower_around = before.islower() or (after.islower() and before.isalpha())
            is_odd = (
                (before.isupper() and after.isupper() and char.islower())
                or (char == "à" and after.isalpha())
                or char in RARE
            )
            score += -1 if char.isupper() and lower_around else 0.5 if is_odd else 1
        elif char in "’‘":
            score += 1
        elif char in "«»“”–—…€°•\u00a0œŒ":
            score += -1 if before.isalpha() and after.isalpha() else 1
        else:
            score -= 1
    return score / len(foreign) if foreign else 0


def _check_text(text):
    """Return a text, unless it is none: something else that happens to decode."""
    head = text[:20_000]
    if len(CONTROL.findall(head.replace("\x00", ""))) > len(head) / 50:
        raise Unreadable("not_a_sheet")
    return text


def _read_csv(text):
    """Return the rows of a text, by the separator that makes most of them equally long."""
    text = text.lstrip("\ufeff").replace("\x00", "")
    named = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    if named:
        text = text[named.end() :]
    csv.field_size_limit(MAX_SIZE)
    separator = named[1] if named else max(SEPARATORS, key=lambda each: _measure(text, each))
    rows = _split(f"{text}\n{LAST}", separator)
    if rows.pop() != [LAST]:  # a quotation mark that nobody closed has swallowed the rest
        rows = [[cell.strip('"') for cell in row] for row in _split(text, separator, csv.QUOTE_NONE)]
    if max(map(len, rows), default=0) == 1:
        rows = _split_again(rows)
    return rows


def _split(text, separator, quoting=csv.QUOTE_MINIMAL):
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting):
            if len(row) > MAX_COLUMNS and any(row[MAX_COLUMNS:]):
                raise Unreadable("too_wide", limit=MAX_COLUMNS)
            rows.append(row)
            if len(rows) > 4 * MAX_ROWS:
                raise Unreadable("too_long", limit=MAX_ROWS)
    except csv.Error as error:
        raise Unreadable("broken") from error
    return rows


def _measure(text, separator):
    """Return how well a separator explains the beginning of a text."""
    widths = Counter()
    reader = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=separator)
    try:
        for row in reader:
            if row:
                widths[len(row)] += 1
            if widths.total() >= 200:
                break
    except csv.Error:
        return 0, 0
    width, times = max(widths.items(), key=lambda item: (item[0] > 1) * item[1], default=(1, 0))
    return (times / widths.total(), width) if width > 1 else (0, 0)


def _split_again(rows):
    """Return rows that a program has quoted as a whole."""
    cells = [row[0] if row else "" for row in rows]
    separator = max(SEPARATORS, key=lambda each: sum(each in cell for cell in cells))
    if sum(separator in cell for cell in cells) < max(2, len(cells) * 0.6):
        return rows
    return [next(csv.reader([cell], delimiter=separator), []) for cell in cells]


# Workbooks


def _open_workbook(content):
    try:
        import python_calamine
    except ImportError as error:
        raise Unreadable("needs_calamine") from error
    try:
        return python_calamine.load_workbook(io.BytesIO(content))
    except python_calamine.PasswordError as error:
        raise Unreadable("password") from error
    except Exception as error:
        reason = "password" if "password" in str(error).lower() else "not_a_sheet"
        raise Unreadable(reason) from error


def _order_sheets(book):
    sheets = [sheet for sheet in book.sheets_metadata if str(sheet.typ).endswith("WorkSheet")]
    return sorted(sheets, key=lambda sheet: not str(sheet.visible).endswith(".Visible"))


def _read_cells(book, name, content):
    """Return the rows of a sheet and its merged ranges."""
    try:
        sheet = book.get_sheet_by_name(name)
        if sheet.end and sheet.end[1] >= MAX_COLUMNS:
            raise Unreadable("too_wide", limit=MAX_COLUMNS)
        rows = sheet.to_python(skip_empty_area=False)
        _show_formulas(content, name, rows)
        return rows, sheet.merged_cell_ranges or []
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable("broken") from error


def _show_formulas(content, name, rows):
    """Put into rows the formulas that no program has worked out yet: their text is all that there is."""
    if not content.startswith(b"PK"):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [entry for entry in archive.infolist() if entry.filename.startswith("xl/worksheets/sheet")]
        if not any(UNCALCULATED.search(archive.read(entry)) for entry in parts):
            return
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    for row in book[name].iter_rows():
        for cell in row:
            if cell.data_type == "f" and cell.row <= len(rows) and cell.column <= len(rows[cell.row - 1]):
                rows[cell.row - 1][cell.column - 1] = rows[cell.row - 1][cell.column - 1] or str(cell.value)


# Rows


# As messages write what is to be seen.
EMPHASIS = re.compile(r"([*_~]{1,2})(\w(?:[^*_~]*[\w.!?)])?)\1")
# A link of a workbook that no program has computed.
SHOWN_LINK = re.compile(r'=(?:HYPERLINK|LIEN_HYPERTEXTE)\("[^"]*"[;,]\s*"([^"]*)"\)', re.IGNORECASE)


def clean(value):
    """Return a cell as a text.

    >>> clean(1000.0), clean(12.5), clean("'+33 6"), clean('="01000"'), clean("  Un\\u00a0 deux \\r\\n trois ")
    ('1000', '12.5', '+33 6', '01000', 'Un deux\\ntrois')
    >>> clean(datetime(2026, 5, 1, 10, 3)), clean("01/05/2026 10:03"), clean("12,50"), clean("#N/A"), clean("-")
    ('2026-05-01', '2026-05-01', '12.50', '', '')
    >>> clean('=HYPERLINK("https://ligue.example","Ligue inventée")')
    'Ligue inventée'
    >>> clean("Néant"), clean("?"), clean("Idem"), clean("- d° -"), clean('"'), clean("*Ligue*"), clean("_")
    ('', '', '〃', '〃', '〃', 'Ligue', '')
    """
    if isinstance(value, str):
        return _clean_text(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < 1e17 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, (date, time, timedelta)):
        return value.isoformat() if not isinstance(value, timedelta) else str(value)
    return str(value)


def _clean_text(text):
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if text.isprintable():
        text = " ".join(text.split())
    else:
        text = CONTROL.sub("", LINES.sub("\n", text))
        text = "\n".join(filter(None, (BLANK.sub(" ", line).strip() for line in text.split("\n"))))
    if len(text) > 1 and text[0] in "'’" and text[1] in "+-=@":
        text = text[1:].lstrip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    if found := SHOWN_LINK.fullmatch(text):
        text = found[1]
    if text.lower().strip(" -–—()") in ABOVE:
        return DITTO
    if found := EMPHASIS.fullmatch(text):
        text = found[2]
    if NOTHING.fullmatch(text) or text.lower() in ERRORS or text.lower() in NONE:
        return ""
    if text[0].isdigit():
        if re.fullmatch(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}(?:[ T,].*)?", text):
            return read_date(text) or text
        if re.fullmatch(r"\d+,\d{1,2}", text):
            return text.replace(",", ".")
    return text


def _make_sheet(cells, merged, encoding):
    """Return the list that cells hold: headers found, blank rows and columns gone."""
    rows = [[clean(cell) for cell in row] for row in cells[: HEADER_DEPTH * 2]]
    if _is_turned(cells, rows):
        rows = [list(row) for row in zip_longest(*filter(any, rows), fillvalue="")]
        rows[0][0] = rows[0][0] or "Organisation"
        cells, merged = rows, []
        rows = rows[: HEADER_DEPTH * 2]
    if not any(map(any, rows)) and not any(any(map(clean, row)) for row in cells):
        raise Unreadable("empty")
    first, last = _find_headers(rows)
    width = max(len(row) for row in cells)
    for index in range(first, last + 1):
        rows[index] += [""] * (width - len(rows[index]))
    headers = _join_headers(rows, first, last, merged)
    again, repeated = list(rows[last]), _spread_merged(cells, merged, last)
    kept, numbers, further = [], [], 0
    for index in range(last + 1, len(cells)):
        row = rows[index] if index < len(rows) else [clean(cell) for cell in cells[index]]
        for column, text in repeated.get(index, ()):
            row[column] = row[column] or text
        if row != again:
            row = [DITTO if cell.lower() == "id" else cell for cell in row]
        if DITTO in row:
            above = kept[-1] if kept else [""] * width
            row = [above[column] if cell == DITTO else cell for column, cell in enumerate(row)]
        if any(row):
            row += [""] * (width - len(row))
            if row == again:
                continue  # the headers again, as on each printed page
            if kept and _is_headers(row):
                further = index + 1
                if sum(map(bool, kept[-1])) == 1 and numbers[-1] >= index - 1:  # its title
                    kept.pop(), numbers.pop()
                break
            kept.append(row)
            numbers.append(index + 1)
            if len(kept) > MAX_ROWS:
                raise Unreadable("too_long", limit=MAX_ROWS)
    filled = [column for column in range(width) if headers[column] or any(row[column] for row in kept)]
    if len(filled) > MAX_COLUMNS:
        raise Unreadable("too_wide", limit=MAX_COLUMNS)
    if not kept:
        raise Unreadable("no_rows")
    headers = [headers[column] or f"({_letters(column)})" for column in filled]
    kept = settle(headers, [[row[column] for column in filled] for row in kept])
    headers, kept, numbers = spread(headers, kept, numbers)
    telling = [row for row in kept[:5000] if not "".join(row).isascii()][:5]
    return Sheet(headers, kept, numbers, encoding, telling or kept[:5], further)


def _is_turned(cells, rows):
    """Return whether a sheet has its headers below each other, and an organisation in each further column."""
    rows = [row for row in rows if any(row)]
    if len(cells) > HEADER_DEPTH or len(rows) < 3 or max(map(len, rows)) > MAX_COLUMNS:
        return False
    first, *others = (row[0] for row in rows)
    beside = max(sum(map(names_something, row[1:])) for row in rows)
    known = sum(map(names_something, others))
    return (not first or is_known(first)) and known >= max(2, 0.6 * len(others)) and known > beside


def _is_headers(row):
    """Return whether a row below others is the line of headers of another table."""
    filled = list(filter(None, row))
    return len(filled) > 1 and all(map(is_known, filled)) and sum(map(names_something, filled)) > 1


def _spread_merged(cells, merged, last):
    """Return what merged cells say in the rows below their first: (column, text) by row."""
    repeated = defaultdict(list)
    for (top, column), (bottom, _right) in merged:
        if last < top < bottom < len(cells) and (text := clean(cells[top][column])):
            for index in range(top + 1, bottom + 1):
                repeated[index].append((column, text))
    return repeated


def _letters(column):
    """Return the letters that a workbook shows above a column."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


YEAR = re.compile(r"(?:19|20)\d\d")


def _is_data(cell):
    """Return whether a cell holds what no header is."""
    return bool(
        EMAIL.search(cell)
        or read_date(cell)
        or PHONE.fullmatch(cell)
        or SITE.fullmatch(cell)
        or cell.replace(".", "").isdecimal()
    )


def _find_headers(rows):
    """Return the first and the last row of the headers.

    :raises Unreadable: if no row looks like headers
    """
    rows = rows[:HEADER_DEPTH]
    widest = max((sum(map(bool, row)) for row in rows), default=0)
    best, best_score = None, 0
    for index, row in enumerate(rows):
        filled = [cell for cell in row if cell]
        values = sum(_is_data(cell) and not YEAR.fullmatch(cell) for cell in filled)  # a column may be a year's
        if not filled or values > len(filled) / 4:
            continue
        known = sum(_is_header(rows, index, column) for column in range(len(row)))
        surely = known >= 2 or known * 2 >= len(filled) or any(map(names_something, filled))
        score = known / len(filled) + min(known, 8) / 4 + 2 * len(filled) / widest
        if known and surely and score > best_score + 0.01 and not _has_data(rows, best, index):
            best, best_score = index, score
    if best is None:
        best = _find_unknown_headers(rows, widest)
    below = [cell for cell in rows[best + 1] if cell] if best + 1 < len(rows) else []
    if len(below) > 1 and all(map(names_something, below)) and len(below) < sum(map(bool, rows[best])):
        best += 1  # what is said more exactly of some columns
        return best - 1, best
    above = [cell for cell in rows[best - 1] if cell] if best else []
    grouped = len(above) > 1 and any(map(is_known, above)) and not any(map(_is_data, above))
    return best - grouped, best


def _has_data(rows, first, last):
    """Return whether rows of a table stand between two that may be its headers: the second one is another table's."""
    between = [] if first is None or not _is_headers(rows[first]) else rows[first + 1 : last]
    return any(sum(map(bool, row)) > 1 and not _is_headers(row) for row in between)


def _is_header(rows, index, column):
    """Return whether a cell is a known header: a kind of organisation among other kinds is none."""
    cell = rows[index][column]
    if not is_known(cell):
        return False
    others = [row[column] for row in rows[:index] + rows[index + 1 :] if column < len(row)]
    return names_something(cell) or not any(map(is_known, filter(None, others)))


def _find_unknown_headers(rows, widest):
    """Return the row above data of kinds that it has none of itself."""
    filled = [index for index, row in enumerate(rows) if sum(map(bool, row)) >= max(2, widest * 0.6)]
    for index, below in pairwise(filled):
        if not any(map(_is_data, rows[index])) and any(map(_is_data, rows[below])):
            return index
    raise Unreadable("no_header")


def _join_headers(rows, first, last, merged):
    """Return one header for each column, from one line or two."""
    lower = [" ".join(cell.split()) for cell in rows[last]]
    if first == last:
        return lower
    upper = [" ".join(cell.split()) for cell in rows[first]]
    ranges = [(start, end) for start, end in merged if start[0] <= first <= end[0]]
    for column in range(1, len(upper)):
        if upper[column]:
            continue
        if merged:
            start = next((start for start, end in ranges if start[1] < column <= end[1]), None)
            upper[column] = upper[start[1]] if start else ""
        elif lower[column]:
            upper[column] = upper[column - 1]
    return [
        f"{above}{BELOW}{below}" if above and below and fold(above) != fold(below) else below or above
        for above, below in zip(upper, lower, strict=True)
    ]
