"""Who is the same organisation, by a table of pairs: a line more in ``sameness.csv`` is one more test."""

import csv
import doctest
import random
import time
import unicodedata

import pytest
from conftest import size
from hypothesis import given, settings
from hypothesis import strategies as st

from devtools.places import CHECKOUT
from tests.pure import load

sameness, identifiers = load("sameness"), load("identifiers")
Likeness, compare, Index, group = sameness.Likeness, sameness.compare, sameness.Index, sameness.group

with open(CHECKOUT / "shifters_relations" / "tests" / "sameness.csv", encoding="utf-8", newline="") as table:
    PAIRS = list(csv.DictReader(table, delimiter=";"))
COLUMNS = ("name", "acronym", "city", "zip", "siren", "rna")
WORDS = """
Les L'Œuvre Amis de la Terre d'Été du Rail & Route Saint-Denis Société française 12 3 Łódź Фёдор جمعية 東京 Association
nationale et Union SAS (Lyon) pour L'Île-de-France
"""
NAMES = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=6).map(" ".join)
TOWNS = st.sampled_from(["", "Lyon", "LYON CEDEX 3", "Brest", "Paris 12", "Paris"])
ROWS = st.builds(
    Likeness,
    name=st.sampled_from(["Secours", "SECOURS", "Le Secours", "Secours (Lyon)", "Rail 1", "Rail 2", ""]),
    city=TOWNS,
    acronym=st.sampled_from(["", "SEC"]),
    sites=st.sampled_from([(), ("secours.example.org",)]),
    siren=st.sampled_from(["", "", "775672272", "552008443"]),
    rna=st.sampled_from(["", "", "W691000001"]),
    external_ids=st.sampled_from([(), (), ("a.1",)]),
)
WAYS = {
    "capitals": str.upper,
    "small": str.lower,
    "no accents": lambda name: "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c)),
    "apostrophes": lambda name: name.replace("'", "\u2019"),
    "no apostrophes": lambda name: name.replace("'", " "),
    "dashes": lambda name: name.replace("-", "\u2011"),
    "no dashes": lambda name: name.replace("-", " "),
    "blanks": lambda name: " " + name.replace(" ", "\u00a0 ") + "\t",
    "invisible": "\u200b".join,
}


def read_pair(row):
    """Return the two organisations of a line of the table."""
    return [
        Likeness(number, sites=(row[f"site{end}"],), **{column: row[column + end] for column in COLUMNS})
        for number, end in enumerate(("", " 2"))
    ]


def test_the_examples_in_the_documentation_are_true():
    for module in (sameness, identifiers):
        outcome = doctest.testmod(module)
        assert outcome.attempted
        assert not outcome.failed


@pytest.mark.parametrize("row", PAIRS, ids=lambda row: f"{row['name']} / {row['name 2']}: {row['why']}")
def test_the_table_of_pairs_is_true(row):
    one, two = read_pair(row)
    assert (compare(one, two), compare(two, one)) == (row["verdict"], row["verdict"])
    verdict = row["verdict"].replace("different", "new")
    for known, sought in ((one, two), (two, one)):
        assert Index([known]).find(sought) == (verdict, [known.id] if verdict != "new" else [])
    assert (group([one, two]) == [[0, 1]]) is (row["verdict"] == "same")


@given(NAMES, st.lists(st.sampled_from(sorted(WAYS)), max_size=3))
def test_the_way_a_name_is_written_does_not_count(name, ways):
    written = name
    for way in ways:
        written = WAYS[way](written)
    known = Likeness(1, name)
    assert compare(known, Likeness(name=written)) == "same"
    assert Index([known]).find(Likeness(name=written)) == ("same", [1])


@given(NAMES, st.sampled_from(["ABC", "C.G.T.", "Medef"]))
def test_a_known_acronym_in_brackets_does_not_count(name, acronym):
    known, written = Likeness(1, name, acronym), Likeness(name=f"{name} ({acronym})")
    assert compare(known, written) == "same"
    assert Index([known]).find(written) == ("same", [1])


@given(ROWS, ROWS)
def test_what_is_the_same_does_not_depend_on_who_is_asked(one, two):
    assert compare(one, two) == compare(two, one)


@given(st.one_of(st.text(), NAMES), st.text(), st.text(), st.text())
def test_anything_can_be_typed(name, city, code, number):
    typed = Likeness(1, name, name, city, code, (name,), number, number)
    assert Index([typed]).find(Likeness(name="Rail"))[0] in ("same", "ask", "new")


@given(st.lists(ROWS, max_size=12), ROWS, st.randoms())
@settings(deadline=None)
def test_the_order_changes_nothing(rows, sought, shuffle):
    for number, row in enumerate(rows):
        row.id = number
    mixed = list(rows)
    shuffle.shuffle(mixed)
    assert Index(rows).find(sought) == Index(mixed).find(sought)
    assert group(rows) == group(mixed)


@given(st.lists(ROWS, max_size=12))
@settings(deadline=None)
def test_a_list_is_grouped_without_joining_what_is_known_apart(rows):
    for number, row in enumerate(rows):
        row.id = number
    groups = group(rows)
    assert sorted(row for each in groups for row in each) == list(range(len(rows)))
    for each in groups:
        for kind in ("siren", "rna"):
            assert len({rows[number].identifiers.get(kind, "") for number in each} - {""}) < 2


@given(st.lists(ROWS, max_size=8), ROWS)
def test_one_alone_is_meant_or_a_person_is_asked(rows, sought):
    for number, row in enumerate(rows):
        row.id = number
    verdict, found = Index(rows).find(sought)
    same = [number for number, row in enumerate(rows) if compare(row, sought) == "same"]
    if verdict == "same":
        assert found[0] in same
    else:
        assert set(same) <= set(found)
        assert (verdict == "new") is (found == [])


def measure(names):
    """Return the processor's seconds that a list of names takes to be grouped and looked up."""
    rows = [Likeness(number, name, city=f"Ville {number % 90}") for number, name in enumerate(names)]
    start = time.process_time()
    index = Index(rows)
    for row in rows:
        index.find(row)
    group(rows)
    return time.process_time() - start


@pytest.mark.parametrize(
    "draw",
    [
        lambda number: f"Organisation {number}",
        lambda number: f"Fédération {number} du bâtiment et des travaux publics",
        lambda number: "Secours populaire français",
        lambda number: f"FEDERATION NATIONALE DES SYNDICATS D {chr(97 + number % 26)}{number % 7}...",
        lambda number: " ".join(random.Random(number).choices(WORDS.split()[1:9], k=5)),
    ],
    ids=["numbers", "numbers within", "one name in many towns", "cut", "few words"],
)
def test_five_times_as_many_names_take_five_times_as_long(draw):
    few = size(1_000, 400)
    measure(map(draw, range(200)))
    few, many = measure(map(draw, range(few))), measure(map(draw, range(5 * few)))
    assert many < 12 * few + 1
