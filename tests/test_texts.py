"""The examples in the docstrings of the module that reads texts, which knows nothing of Odoo, are true."""

import doctest
import importlib.util

from devtools.places import CHECKOUT


def test_the_examples_are_true():
    path = CHECKOUT / "shifters_relations" / "texts.py"
    specification = importlib.util.spec_from_file_location("texts", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    assert doctest.testmod(module) == (0, 11)
