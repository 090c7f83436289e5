"""`./dev bench`: queries and time beside stock Odoo, as a table and as JSON."""

import ast
import json
import os
import re

from .console import Failure, say
from .odoo import ready
from .places import CHECKOUT, cache

BENCHMARKS = CHECKOUT / "tests" / "benchmarks"
PROGRAM = """
import importlib, json, sys
sys.path.insert(0, {checkout!r})
benchmark = importlib.import_module("tests.benchmarks.{name}")
rows = benchmark.{act}(env, benchmark.SIZES[{size!r}])
print("RESULT " + json.dumps(rows))
"""


def run(size, only=()):
    """Run every benchmark, each in a database of its own; what it has of ``run_stock``, in one without our addons.

    :param str size: ``smallest``, ``usual`` or ``large``, as the benchmarks' ``SIZES`` name them
    :param list only: names of benchmarks, else all
    :return: 0, or 1 when a benchmark gives a failure
    :raise Failure: one of the names is no benchmark's
    """
    results = {}
    files = [path for path in BENCHMARKS.glob("*.py") if "\ndef run(" in path.read_text()]
    known = sorted(path.stem for path in files)
    if unknown := set(only) - set(known):
        raise Failure(f"No such benchmark: {', '.join(sorted(unknown))}. There are {', '.join(known)}.")
    names = [name for name in known if not only or name in only]
    with ready() as odoo:
        template = odoo.plain_template()
        for name in names:
            text = (BENCHMARKS / f"{name}.py").read_text()
            needs = re.search(r"^NEEDS = (\[.*\])$", text, re.MULTILINE)
            say(f"==> Measuring {name} …")
            results[name] = _measure(odoo, name, "run", size, template, ast.literal_eval(needs[1]) if needs else ())
            if "\ndef run_stock(" in text:
                beside = _measure(odoo, name, "run_stock", size, odoo.base_template(["shifters_relations"]))
                figures = {(row["what"], row["size"]): row["stock"] for row in beside}
                for row in results[name]:
                    row["stock"] = figures.pop((row["what"], row["size"]), row.get("stock") or {})
                assert not figures, figures
            _print_table(name, results[name])
    if size != "smallest":  # its figures say nothing
        file = cache() / "bench.json"
        file.write_text(json.dumps(results, indent=1))
        say(f"\nThe same as JSON: {file}")
    failures = [row["what"] for rows in results.values() for row in rows if row.get("failure")]
    for failure in failures:
        say(f"FAILED {failure}")
    return bool(failures)


def _measure(odoo, name, act, size, template, needs=()):
    """Return the rows of a benchmark's function, run in a copy of a template with further modules."""
    database = odoo.copy(template, f"bench_{name}_{os.getpid()}")
    try:
        if needs:
            modules = ",".join(needs)
            arguments = ("-d", database, "-i", modules, "--stop-after-init", "--no-http")
            odoo.must_run(f"Installing {modules}", f"bench_{name}.log", *arguments)
        program = PROGRAM.format(checkout=str(CHECKOUT), name=name, act=act, size=size)
        return odoo.run_in_shell(database, program)
    finally:
        odoo.drop(database)


def _print_table(name, rows):
    """Print rows as a table: what, how many, ours, stock's, and their ratio."""
    say(f"\n{name:<48}{'size':>8}{'ours':>20}{'beside it':>20}{'ratio':>8}")
    for row in rows:
        if row.get("failure"):
            continue
        ours, other = row["ours"], row.get("stock") or {}
        ratio = f"{other['queries'] / ours['queries']:.1f}×" if other.get("queries") and ours.get("queries") else ""
        say(f"{row['what']:<48}{row['size']:>8,}{_cell(ours):>20}{_cell(other):>20}{ratio:>8}")
    say("")


def _cell(figures):
    """Return queries and seconds, in a few characters."""
    parts = []
    if "queries" in figures:
        parts.append(f"{figures['queries']:,} q")
    if "seconds" in figures:
        seconds = figures["seconds"]
        parts.append(f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms")
    if "rate" in figures:
        parts = [f"{figures['rate']:.0f}/s  p95 {figures['p95_ms']} ms"]
    return "  ".join(parts)
