"""The examples in the docstrings of the module that reads texts are true, and PostgreSQL finds all that Python does."""

import doctest
import importlib.util
import json
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from devtools.places import CHECKOUT

SPECIFICATION = importlib.util.spec_from_file_location("texts", CHECKOUT / "shifters_relations" / "texts.py")
texts = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(texts)

NAMES = (
    "Jana Dvořák",
    "Łukasz Wałęsa",
    "Jürgen Strauß",
    "Iğdır Yılmaz",
    "Đặng Thị Sương",
    "Søren Bjørn Ærø",
    "Þór Guðmundsson",
    "Σοφός Παπαδόπουλος",
    "Фёдор Чайковский",
    "Tom O'Neill",
    "Marie-Hélène de l'Isle",
    "מֹשֶׁה כהן",
    "محمد علي",
    "हरि कुमार",
    "王 小明",
    "김 철수",
    "ジョン・スミス",
    "Ｊｅａｎ Ｐａｕｌ",
)
# Ways to write the same name.
WAYS = {
    "as it is": str,
    "in capitals": str.upper,
    "accents apart": lambda name: unicodedata.normalize("NFD", name),
    "accents within": lambda name: unicodedata.normalize("NFC", name),
    "wide": lambda name: "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in name),
    "no-break": lambda name: name.replace(" ", "\u202f"),
    "curly": lambda name: name.replace("'", "\u2019").replace("-", "\u2011"),
    "invisible": "\u200b".join,
    "in JSON": lambda name: json.dumps(name)[1:-1],
    "in a link": lambda name: "".join(f"%{byte:02X}" for byte in name.encode()),
    "in markup": lambda name: "".join(f"&#{ord(char)};" if ord(char) > 127 else char for char in name),
    "in bold": lambda name: name.replace(" ", " <b>", 1) + "</b>",
    "last first": lambda name: " ".join([*name.split()[1:], name.split()[0]]),
}
OTHERS = st.sampled_from(["č", "a", "я", "ı", "-b", "\u2011Ł", "\u0301b", "ß", "क", "7"])


def test_the_examples_are_true():
    outcome = doctest.testmod(texts)
    assert outcome.failed == 0
    assert outcome.attempted > 12


@given(st.sampled_from(NAMES), st.sampled_from(sorted(WAYS)), st.sampled_from(sorted(WAYS)))
@settings(max_examples=300, deadline=None)
def test_a_name_is_found_however_it_is_written(name, way, more):
    written = WAYS[more](WAYS[way](name)) if way != more and "in" not in (way[:2], more[:2]) else WAYS[way](name)
    naming = texts.Naming(names=[name])
    found = naming.replace(f"<p>Vu : {written}, hier.</p>", "X")
    assert found.replace("<b>", "").replace("</b>", "") == "<p>Vu : X, hier.</p>"


@given(st.sampled_from([name for name in NAMES if not texts._is_running(name[0])]), OTHERS)
@settings(max_examples=200, deadline=None)
def test_a_longer_name_is_somebody_elses(name, more):
    text = f"Vu {name}{more}"
    assert texts.Naming(names=[name]).replace(text, "X") == text


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_folding_is_settled_at_once_and_forgets_case_and_composition(text):
    assert texts.fold(texts.fold(text)) == texts.fold(text)
    assert texts.key_of(unicodedata.normalize("NFD", text)) == texts.key_of(unicodedata.normalize("NFC", text))


def test_what_names_somebody_is_worth_reading():
    looked_for = [(texts.Naming(names=[name]), name) for name in NAMES]
    looked_for += [(texts.Naming(emails=[email]), email) for email in ("josé.ça@exämple.org", "ada+x@example.org")]
    for naming, written in looked_for:
        for way, write in WAYS.items():
            assert naming.may_be_in(f"<p>Vu {write(written)}, hier.</p>"), (written, way)
        assert not naming.may_be_in("<p>Vu Monsieur Untel, hier.</p>")
