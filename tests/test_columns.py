"""What the columns of lists are, by what people write above and below them."""

import doctest

from pure import load

columns = load("columns")


def test_the_examples_are_true():
    outcome = doctest.testmod(columns)
    assert outcome.failed == 0
    assert outcome.attempted >= 10
