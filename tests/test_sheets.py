"""Lists are read whatever they look like."""

import doctest

from pure import load

sheets = load("sheets")


def test_the_examples_are_true():
    outcome = doctest.testmod(sheets)
    assert outcome.failed == 0
    assert outcome.attempted >= 2
