"""Whose page a website's address is, whatever somebody has typed there."""

import doctest
import importlib.util

from hypothesis import given
from hypothesis import strategies as st

from devtools.places import CHECKOUT

SPECIFICATION = importlib.util.spec_from_file_location("websites", CHECKOUT / "shifters_relations" / "websites.py")
websites = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(websites)


def test_the_examples_in_the_documentation_are_true():
    assert doctest.testmod(websites) == (0, 3)


@given(st.one_of(st.text(), st.from_regex(r"(https?://)?[^ ]{0,20}\.[^ ]{0,20}(/[^ ]{0,10}){0,3}", fullmatch=True)))
def test_anything_can_be_typed(typed):
    assert isinstance(websites.site_of(typed), str)


@given(st.from_regex(r"[a-z]{1,9}\.[a-z]{1,9}\.org(/[a-z]{3,9}){0,2}", fullmatch=True))
def test_the_way_an_address_is_written_does_not_count(site):
    ways = (f"https://www.{site}/", f"HTTP://{site.upper()}?utm_source=x", f" {site}#top")
    assert {websites.site_of(way) for way in ways} == {websites.site_of(site)}
