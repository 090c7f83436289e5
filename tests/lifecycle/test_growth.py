"""The first version's data a thousand times over comes to today's code, with the figures of the small multiplied."""

import json
import os
from collections import Counter
from pathlib import Path

from growth import COPIED, multiply, update
from test_update import FACTS, FIRST, TELL, restore

ORGANISATIONS = int(os.environ.get("ORGANISATIONS", "100000"))
FOUND = """
import time
started = time.monotonic()
found = {one.sentence: len(ids) for one, ids in env["relationship.check"]._find()}
seconds = time.monotonic() - started
sources = [
    [source, count]
    for source, count in env["mail.activity"]._read_group(
        [("relationship_partner_id", "!=", False)], ["relationship_date_source"], ["__count"]
    )
]
"""
TOLD = "[facts, found, sources, seconds]"


def test_a_large_database_of_the_first_version_comes_to_todays(odoo, tmp_path):
    """``ORGANISATIONS=2000`` tries it in two minutes; what each script takes is printed, and kept where ``FIGURES``
    says.
    """
    before = json.loads(FIRST.with_suffix("").with_suffix(".json").read_text())
    followed = sum(count for stage, count in before["stage"] if stage != "False")
    copies = -(-ORGANISATIONS // followed) - 1
    small, found, sources, *_others = come_to_today(odoo, 0)
    assert dict(sources)["meeting"] == 9, "and of ten, one is archived"
    large, large_found, large_sources, kept, steps, seconds = come_to_today(odoo, copies)
    table = make_table(f"{(copies + 1) * followed:,} organisations", steps, seconds)
    table += "".join(f"{sentence}: {count}\n" for sentence, count in large_found.items() if count)
    print(table)
    Path(os.environ.get("FIGURES", tmp_path / "growth.txt")).write_text(table)
    assert large_found == found
    assert sum(found.values()) == 1, "the dump's company has no e-mail address, and that is all"
    counted = {model: kept[model.replace(".", "_")] for model in small if model.replace(".", "_") in COPIED}
    assert len(counted) > 8
    assert {model: large[model] for model in counted} == {
        model: small[model] + copies * count for model, count in counted.items()
    }
    for name in ("invitations", "seats", "renewals"):
        assert large[name] == small[name] * (copies + 1), name
    for name in ("stage", "position", "level", "priority", "source"):
        assert [each for each in large[name] if each[0] != "False"] == [
            [value, count * (copies + 1)] for value, count in small[name] if value != "False"
        ], name
    assert large_sources == [[source, count * (copies + 1)] for source, count in sources]
    dates = Counter((last, following, count) for _name, _owner, last, following, count in small["targets"])
    found = Counter((last, following, count) for _name, _owner, last, following, count in large["targets"])
    assert found == Counter({key: count * (copies + 1) for key, count in dates.items()})
    for copy in {1, copies // 2 or 1, copies}:
        expected = Counter((f"{name} {copy}", f"{owner}{copy}", *more) for name, owner, *more in small["targets"])
        assert not expected - Counter(tuple(target) for target in large["targets"])


def come_to_today(odoo, copies):
    """Update the first version's data with so many copies of it, and return what is there then."""
    database = restore(odoo, FIRST, f"growth_{os.getpid()}")
    odoo.sql("UPDATE ir_module_module SET demo = FALSE", database)
    try:
        kept = multiply(odoo, database, copies)
        steps = update(odoo, database)
        facts, found, sources, seconds = odoo.run_in_shell(database, FACTS + FOUND + TELL % TOLD)
    finally:
        odoo.drop(database)
    return facts, found, sources, kept, steps, seconds


def make_table(title, steps, seconds):
    """Return what each script of an update takes."""
    lines = [f"{title:<80}{'seconds':>9}{'statements':>12}{'rows at most':>14}{'MB at most':>12}"]
    lines += [
        f"{name:<80}{lasted:>9.1f}{statements:>12,}{rows:>14,}{megabytes:>12,}"
        for name, lasted, statements, rows, megabytes in steps
    ]
    return "\n".join([*lines, f"{'check of the data':<80}{seconds:>9.1f}", ""])
