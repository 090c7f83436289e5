"""docs/security.md keeps its word: each test that it names is there."""

import re

from devtools.places import CHECKOUT, addons_present

NAMED = re.compile(r"`(test_\w+\.py)(?:::(test_\w+))?`")
FOLDERS = ("tests", "tests/faults", *(f"{name}/tests" for name in addons_present()))
REQUIREMENT = re.compile(r"\b\d{1,2}\.\d{1,2}\.\d{1,2}\b")


def test_each_test_that_the_page_names_is_there():
    named = NAMED.findall((CHECKOUT / "docs" / "security.md").read_text())
    assert len(named) > 50, "the page is read"
    lost = set()
    for file, test in named:
        texts = [path.read_text() for folder in FOLDERS if (path := CHECKOUT / folder / file).exists()]
        if not any(not test or f"def {test}(" in text for text in texts):
            lost.add((file, test))
    assert not lost


def test_each_requirement_stands_in_one_row():
    page = (CHECKOUT / "docs" / "security.md").read_text().partition("## Against OWASP's ASVS 5.0")[2]
    cells = [row.split("|")[1] for row in page.splitlines() if row.startswith("|")]
    numbers = [number for cell in cells for number in REQUIREMENT.findall(cell)]
    assert len(numbers) > 60, "the page is read"
    assert len(set(numbers)) == len(numbers)
