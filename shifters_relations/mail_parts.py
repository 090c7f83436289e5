"""The parts of a mail as they leave: headers that are read as they were written, the text beside the HTML."""

import re
from email.header import Header
from email.policy import SMTP
from email.utils import quote

import lxml.html
from markupsafe import Markup, escape

BLOCKS = re.compile(
    "address|article|aside|blockquote|center|d[dlt]|div|fieldset|figure|footer|form|h[1-6r]|header|li|main|nav|ol|p"
    "|pre|section|table|tbody|tfoot|thead|tr|ul"
)
APART = re.compile("h[1-6r]|ol|p|pre|section|table|ul")  # with a blank line before and after
UNREAD = ("head", "link", "meta", "script", "style", "template", "title")
COLUMNS = ("article", "div", "section", "td", "th")
CELLS = ("td", "th")
HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)", re.IGNORECASE)
KEEPS_LINES = re.compile(r"white-space\s*:\s*pre", re.IGNORECASE)
# Where a line begins in the text that is collected, whatever stands there beside it; "\v" is a line break.
EDGE, APART_EDGE = "\x1e", "\x1d"
EDGES = re.compile(rf"\s*[{EDGE}{APART_EDGE}]\s*")  # both count as blanks
BLANKS = re.compile(r"[ \t\r\n\f]+")
SCHEME = re.compile(r"(?:mailto|tel):", re.IGNORECASE)


class WholeHeaders(type(SMTP)):
    """Headers whose words come out as they went in, however long they are and in whatever script.

    Where a line is full, Python's own way loses the blank between two words, or puts one where there is none:
    "1synthèse". What is more than a line of ASCII is encoded from end to end instead, and cut between characters.
    """

    def _fold(self, name, value, *args, **kwargs):
        folded = super()._fold(name, value, *args, **kwargs)
        if self.utf8 or ("=?" not in folded and folded.count(self.linesep) == 1):
            return folded
        header = self.header_fetch_parse(name, str(value))  # a list of texts is parsed in no other way
        addresses = getattr(header, "addresses", ())
        if addresses and all(address.addr_spec.isascii() for address in addresses):
            words = f",{self.linesep} ".join(self._write_address(name, address) for address in addresses)
        elif name.lower() == "subject":
            words = self._write_words(name, header)
        else:
            return folded
        return f"{name}: {words}{self.linesep}"

    def _write_address(self, name, address):
        shown, spec = address.display_name, address.addr_spec
        if not shown:
            return spec
        return f'"{quote(shown)}" <{spec}>' if shown.isascii() else f"{self._write_words(name, shown)} <{spec}>"

    def _write_words(self, name, text):
        return Header(str(text), "utf-8", self.max_line_length, name).encode(linesep=self.linesep)


def get_plain_text(html):
    """Return what a mail shows, as text: nothing hidden, each link with its address, a paragraph on a line."""
    pieces = []
    _read(_parse(html), pieces)
    text = EDGES.sub(lambda edge: "\v\v" if APART_EDGE in edge[0] else "\v", "".join(pieces))
    text = "\n".join(BLANKS.sub(" ", line).strip(" ") for line in text.split("\v"))
    return re.sub(r"(?m)^-\n+(?=\S)", "- ", text).strip()


def append_to_text(html, content):
    """Put something at the end of what a mail shows, in the column where its last words stand.

    At the end of the file it would stand beside the mail, in another width and font.

    :param str html: a mail
    :param Markup content: elements
    """
    is_page = "<html" in str(html or "").lower()
    page = lxml.html.document_fromstring(str(html)) if is_page else _parse(html)
    top = page.find("body") if is_page else page
    column = next((element for element in reversed(list(top.iter())) if _has_words(element)), top)
    while column is not top and (column.tag not in COLUMNS or _is_fact(column)):
        column = column.getparent()
    column.extend(lxml.html.fragments_fromstring(str(content)))
    if is_page:
        return Markup(lxml.html.tostring(page, encoding="unicode"))
    parts = (Markup(lxml.html.tostring(part, encoding="unicode")) for part in page)
    return escape(page.text or "") + Markup("").join(parts)


def _parse(html):
    return lxml.html.fragment_fromstring(str(html or ""), create_parent="div")


def _read(element, pieces, keeps_lines=False):
    """Collect the text of an element, with the edges of its blocks."""
    if not _is_shown(element):
        return
    keeps_lines = keeps_lines or element.tag == "pre" or bool(KEEPS_LINES.search(element.get("style") or ""))
    around = " " if element.tag in CELLS else EDGE if BLOCKS.fullmatch(element.tag) else ""
    if APART.fullmatch(element.tag):
        around = APART_EDGE
    start = len(pieces)
    pieces.append(around + {"br": "\v", "li": "- ", "img": element.get("alt") or ""}.get(element.tag, ""))

    def add(text):
        pieces.append((text or "").replace("\n", "\v") if keeps_lines else text or "")

    add(element.text)
    for child in element:
        _read(child, pieces, keeps_lines)
        add(child.tail)
    if element.tag == "a":
        pieces.append(_get_address(element, "".join(pieces[start:])))
    pieces.append(around)


def _get_address(link, shown):
    """Return where a link leads, in brackets, unless it has no words, or says that itself."""
    address = SCHEME.sub("", link.get("href") or "")
    words, target = ("".join(text.split()).rstrip("/") for text in (shown, address))
    return "" if words in (target, "") or not target or target.startswith("#") else f" ({address})"


def _is_shown(element):
    is_read = isinstance(element.tag, str) and element.tag not in UNREAD and element.get("hidden") is None
    return is_read and not HIDDEN.search(element.get("style") or "")


def _has_words(element):
    """Return whether an element shows words of its own, before its first child or after any."""
    own = (element.text, *(child.tail for child in element)) if isinstance(element.tag, str) else ()
    return any(text and text.strip() for text in own) and all(map(_is_shown, (element, *element.iterancestors())))


def _is_fact(column):
    """Return whether this is one cell among others, and no frame that contains all there is."""
    table = next(column.iterancestors("table"), None) if column.tag in CELLS else None
    return table is not None and len([cell for cell in table.iter(*CELLS) if cell.text_content().strip()]) > 1
