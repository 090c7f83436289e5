"""The addon's modules that need no Odoo, loaded without it."""

import importlib
import sys
from types import ModuleType

from devtools.places import CHECKOUT


def load(name):
    """Return a module of ``shifters_relations`` that imports only such modules."""
    if "pure_relations" not in sys.modules:
        package = ModuleType("pure_relations")
        package.__path__ = [str(CHECKOUT / "shifters_relations")]
        sys.modules["pure_relations"] = package
    return importlib.import_module(f"pure_relations.{name}")
