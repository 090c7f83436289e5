"""The rooms of ``models/``: each uses those above it in the list, never those below."""

import ast
import re
from collections import Counter

import pytest

from devtools.places import CHECKOUT, addons_present

CIRCLE = {"loop", "memory"}  # they know each other: that circle is the product


def get_rooms(models):
    """The rooms in the order in which ``models/__init__.py`` names them, and what it names beside them."""
    named = [
        alias.name
        for node in ast.parse((models / "__init__.py").read_text()).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    rooms = [name for name in named if (models / name).is_dir()]
    return rooms, set(named) - set(rooms)


def get_imports(path, addon):
    """What a file imports from its own addon: lists of the parts of a path from the addon's root."""
    package = path.relative_to(CHECKOUT / addon).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        whole = (node.module or "").split(".") if node.module else []
        if node.level:
            base = [*package[: len(package) - node.level + 1], *whole]
        elif whole[:3] == ["odoo", "addons", addon]:
            base = whole[3:]
        else:
            continue
        yield from ([*base, alias.name] for alias in node.names)


@pytest.mark.parametrize("addon", addons_present())
def test_a_room_uses_those_above_it_never_those_below(addon):
    models = CHECKOUT / addon / "models"
    rooms, beside = get_rooms(models)
    assert set(rooms) == {path.name for path in models.iterdir() if (path / "__init__.py").exists()}
    assert beside == {path.stem for path in models.glob("[!_]*.py")}
    for place, room in enumerate(rooms):
        above = {*rooms[: place + 1], *(CIRCLE if room in CIRCLE else ())}
        for path in (models / room).glob("*.py"):
            used = {imported[1] for imported in get_imports(path, addon) if imported[0] == "models"}
            assert used <= above, f"{path.relative_to(CHECKOUT)} uses {used - above}"


@pytest.mark.parametrize("addon", addons_present())
def test_every_room_is_described_and_drawn(addon):
    described = (CHECKOUT / "docs" / "architecture.md").read_text()
    drawn = (CHECKOUT / "docs" / "pictures" / "architecture.svg").read_text()
    rooms, _beside = get_rooms(CHECKOUT / addon / "models")
    assert [room for room in rooms if f"`{room}`" not in described or not re.search(rf">{room}\b", drawn)] == []


@pytest.mark.parametrize("addon", addons_present())
def test_what_needs_no_model_uses_none(addon):
    for path in (CHECKOUT / addon).glob("[!_]*.py"):
        assert "models" not in {imported[0] for imported in get_imports(path, addon)}, path


@pytest.mark.parametrize("addon", addons_present())
def test_no_view_takes_the_name_of_another(addon):
    files = [path for folder in ("views", "wizards", "report") for path in (CHECKOUT / addon / folder).glob("*.xml")]
    names = Counter(
        name for path in files for name in re.findall(r'<(?:record|template)\b[^>]*? id="([^"]+)"', path.read_text())
    )
    assert names
    assert [name for name, count in names.items() if count > 1] == [], (
        "the later one replaces the other, and says nothing"
    )
