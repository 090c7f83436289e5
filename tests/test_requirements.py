"""The codes of requirements lead somewhere: each one that code, tests or pages cite has its line in the docs."""

import re

import pytest

from devtools.places import CHECKOUT

CODE = r"[A-Z][1-9]"
CITED = re.compile(rf"\(({CODE}(?:-{CODE})?(?:, {CODE}(?:-{CODE})?)*)\)")
LINE = re.compile(rf"^- \[({CODE})\] \S.*\.$", re.MULTILINE)
READ = {".py", ".xml", ".js", ".scss", ".md"}


def expand(cited):
    """Return the codes of a citation, in order; a range names those between.

    >>> expand("C1, K1-K3")
    ['C1', 'K1', 'K2', 'K3']
    """
    codes = []
    for part in cited.split(", "):
        first, _dash, last = part.partition("-")
        assert not last or first[0] == last[0], f"{part} goes from one chapter to another"
        codes += [f"{first[0]}{number}" for number in range(int(first[1]), int((last or first)[1]) + 1)]
    return codes


@pytest.fixture(scope="module")
def required():
    """The codes of the page, in its order."""
    return LINE.findall((CHECKOUT / "docs" / "requirements.md").read_text())


@pytest.fixture(scope="module")
def citations():
    """The citations in the addons, tools, tests and pages: lists of files by citation."""
    found = {}
    for folder in ("devtools", "docs", "shifters_relations", "shifters_relations_events", "tests"):
        for path in sorted((CHECKOUT / folder).rglob("*")):
            if path.suffix in READ:
                for cited in CITED.findall(path.read_text()):
                    found.setdefault(cited, []).append(path.relative_to(CHECKOUT))
    return found


def test_each_requirement_is_one_line_in_order(required):
    assert len(set(required)) == len(required)
    chapters = [code[0] for code in required]
    for chapter in dict.fromkeys(chapters):
        of_chapter = [code for code in required if code[0] == chapter]
        assert of_chapter == sorted(of_chapter)
        assert chapters.index(chapter) == chapters.index(of_chapter[0][0])
    assert chapters == sorted(chapters, key=list(dict.fromkeys(chapters)).index), "a chapter stands in one place"


def test_each_code_that_is_cited_has_its_line(required, citations):
    lost = {cited: files for cited, files in citations.items() if not set(expand(cited)) <= set(required)}
    assert not lost
    cited = {code for citation in citations for code in expand(citation)}
    assert {"C1", "K2", "S3", "U2"} <= cited, "nothing is read any more"


def test_a_line_that_nobody_cites_asks_for_nothing(required, citations):
    cited = {code for citation in citations for code in expand(citation)}
    assert not set(required) - cited
