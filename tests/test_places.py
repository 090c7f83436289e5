"""Where something is, read from whatever calendars write there."""

import doctest

from hypothesis import given
from hypothesis import strategies as st
from pure import load

places = load("places")


def test_the_examples_in_the_documentation_are_true():
    assert doctest.testmod(places) == (0, 6)


@given(st.text(), st.sampled_from(["69007 Lyon", "Lyon (69)", "12 rue de Paris, 69000 Lyon"]))
def test_whatever_stands_before_a_town_it_is_found(text, town):
    assert {"lyon", "69", "rhone"} & {*places.read_place(f"{text}\n{town}")}
    assert all(key and "|" not in key for key in places.read_place(text) + places.read_wanted_places(text))
