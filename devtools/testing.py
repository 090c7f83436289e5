"""`./dev test`: lint, the addons' tests and black-box tests, one line a stage, and a last line that counts them."""

import os
import re
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from . import provision
from .console import Failure, run_quietly, say, tail
from .odoo import LANGUAGE, free_port, ready
from .places import CHECKOUT, addons_present, cache, need_room

STAGES = ("lint", "addons", "test_lint", "blackbox")
SIDE_BY_SIDE = ("addons", "test_lint", "blackbox")  # three things at a time, so that no processor rests
NAMED = ("faults", "lifecycle", "load", "walk")  # take long: only when they are named
OUTCOME = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
# Checks of Odoo's own code style, for which ruff and pylint-odoo stand here.
TEST_LINT = "/test_lint,-/test_lint:TestPyLint,-/test_lint:TestESLint"


def run(parts):
    """Run all stages, or the parts that are named.

    :param list parts: names of stages, Odoo test tags (``/module:Class.method``), or test files
        (with pytest's ``::``); one of an addon runs through pytest-odoo
    :return: 0 when everything passed
    """
    stages = [part for part in parts if part in (*STAGES, *NAMED)] if parts else list(STAGES)
    tags = ",".join(part for part in parts if part.startswith(("/", ":")))
    files = [part for part in parts if part not in (*STAGES, *NAMED) and not part.startswith(("/", ":"))]
    for file in files:
        if not (CHECKOUT / file.partition("::")[0]).exists():
            raise Failure(
                f"There is no {file}: name a stage ({', '.join((*STAGES, *NAMED))}), a test tag or a test file."
            )
    passed = failed = 0
    need_room(cache(), 2)
    with ready() as odoo, ThreadPoolExecutor(3) as pool:
        jobs = {name: [pool.submit(job) for job in _get_jobs(odoo, name)] for name in stages if name in SIDE_BY_SIDE}
        runs = [(name, _finish(jobs[name]) if name in jobs else globals()[f"_{name}"]) for name in stages]
        if tags:
            runs.append((tags, lambda odoo: _addons(odoo, tags)))
        if inside := [file for file in files if file.split("/")[0] in addons_present()]:
            runs.append(("pytest-odoo", lambda odoo: _pytest_odoo(odoo, inside)))
        if outside := [file for file in files if file.split("/")[0] not in addons_present()]:
            runs.append(("blackbox", lambda odoo: _blackbox(odoo, outside)))
        for name, stage in runs:
            good, bad = stage(odoo)
            passed += good
            failed += bad
            say(f"{'ok    ' if not bad else 'FAILED'} {name}: {good} passed, {bad} failed")
    say(f"\n{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def _get_jobs(odoo, stage):
    """Return what a stage does with Odoo's own runner: the tests of each addon in its own database, or one thing."""
    if stage == "addons":
        return [partial(_addons, odoo, f"/{name}") for name in addons_present()]
    return [partial(globals()[f"_{stage}"], odoo)]


def _finish(jobs):
    """Return a stage that waits for jobs which run already: numbers of tests that passed and that failed."""
    return lambda _odoo: tuple(map(sum, zip(*(job.result() for job in jobs), strict=True)))


def _show(log, lines=60):
    """Print the end of a log, where the failure is told."""
    for line in tail(log, lines):
        say(f"    | {line}")


def _lint(odoo):
    """Check with ruff, its format, pylint-odoo, and that tests of pages wait for what they expect."""
    binaries = odoo.python.parent
    checks = {
        "ruff": [binaries / "ruff", "check", "--no-cache", "."],
        "ruff-format": [binaries / "ruff", "format", "--no-cache", "--check", "."],
        # There is one README for both addons, at the top.
        "pylint-odoo": [binaries / "pylint", "--disable=missing-readme", *addons_present()],
        "waits": [odoo.python, "-B", "-m", "devtools.waits"],
    }
    bad = 0
    for name, command in checks.items():
        log = cache() / "logs" / f"{name}.log"
        if run_quietly(f"Checking with {name}", command, log, cwd=CHECKOUT):
            _show(log)
            bad += 1
    return len(checks) - bad, bad


def _run_odoo_tests(odoo, label, log_name, database, *arguments):
    """Run Odoo's own test runner.

    :return: numbers of tests that passed and that failed; a run that ends badly, or runs none, counts as failed
    """
    log = cache() / "logs" / log_name
    command = odoo.command("-d", database, "--stop-after-init", f"--http-port={free_port()}", *arguments)
    code = run_quietly(label, command, log, env=provision.with_chromium(odoo.environment))
    outcomes = OUTCOME.findall(log.read_text(errors="replace"))
    if not outcomes:
        _show(log)
        return 0, 1
    failures, errors, total = (int(number) for number in outcomes[-1])
    bad = failures + errors
    if bad or code or not total:
        _show_failures(log)
    return total - bad, max(bad, int(bool(code or not total)))


def _show_failures(log, most=200):
    """Print the failures that Odoo's runner told between other lines; every error where it told none."""
    entries = re.split(r"(?m)^(?=\d{4}-\d\d-\d\d \d\d:)", log.read_text(errors="replace"))
    errors = [entry for entry in entries if re.match(r"\S+ \S+ \d+ (ERROR|CRITICAL) ", entry)]
    # A test may make the server say an error on purpose: those would hide what failed.
    failures = [entry for entry in errors if re.search(r": (ERROR|FAIL): |odoo\.tests\.result", entry.splitlines()[0])]
    for line in "".join(failures[:-1] or errors).splitlines()[:most]:
        say(f"    | {line}")


def _addons(odoo, tags):
    """Run tests of the addons, at install and after, in a new database with both addons and French.

    :param str tags: Odoo's test tags
    """
    modules = addons_present()
    name = re.sub(r"\W+", "_", tags).strip("_")[:40]
    database = odoo.copy(odoo.base_template(), f"test_{name}_{os.getpid()}")
    try:
        return _run_odoo_tests(
            odoo,
            f"Running the tests of {tags}",
            f"tests-{name}.log",
            database,
            "-i",
            ",".join(modules),
            f"--load-language={LANGUAGE}",
            "--test-tags",
            tags,
        )
    finally:
        odoo.drop(database)


def _test_lint(odoo):
    """Run Odoo's checks of addons: views, translations, queries, access rights."""
    database = odoo.copy(odoo.plain_template(), f"test_lint_{os.getpid()}")
    try:
        return _run_odoo_tests(
            odoo, "Running Odoo's test_lint", "test_lint.log", database, "-i", "test_lint", "--test-tags", TEST_LINT
        )
    finally:
        odoo.drop(database)


def _run_pytest(odoo, label, log_name, *arguments, **variables):
    """Run pytest and count by its JUnit report.

    :param variables: of the environment, besides
    """
    log = cache() / "logs" / log_name
    report = log.with_name(f"{log.stem}_{os.getpid()}.xml")  # another clone may test at the same time
    environment = {
        **odoo.environment,
        "CHROMIUM": str(provision.chromium()),
        "PATH": f"{odoo.python.parent}{os.pathsep}{odoo.environment['PATH']}",
        **variables,
    }
    command = [odoo.python, "-m", "pytest", "-p", "no:cacheprovider", f"--junit-xml={report}", *arguments]
    code = run_quietly(label, command, log, cwd=CHECKOUT, env=provision.with_chromium(environment))
    if code:
        _show(log, 120)
    if not report.exists():
        return 0, 1
    suites = list(ET.parse(report).getroot().iter("testsuite"))
    report.unlink()
    total = bad = 0
    for suite in suites:
        bad += int(suite.get("failures")) + int(suite.get("errors"))
        total += int(suite.get("tests")) - int(suite.get("skipped"))
    return total - bad, max(bad, int(bool(code)))


def _blackbox(odoo, files=None):
    """Run the product as users meet it: real servers, HTTP, browser and mail; long things at their smallest size."""
    variables = {}
    if not files:
        odoo.demo_template()
        variables = {"SMALLEST": "1", "LOCUST": str(provision.locust())}
        # Three: one works while another waits for a page, a process or PostgreSQL; each takes its next test alone.
        files = ["--numprocesses=3", "--maxschedchunk=1", "--durations=12", "tests"]
    return _run_pytest(odoo, "Running the black-box tests", "blackbox.log", "-p", "no:odoo", *files, **variables)


def _faults(odoo):
    """Run what goes wrong, on real processes that are killed many times."""
    return _run_pytest(odoo, "Killing servers at work", "faults.log", "-p", "no:odoo", "tests/faults")


def _lifecycle(odoo):
    """Run each addon installed, updated, uninstalled, installed again, beside other apps as well."""
    return _run_pytest(odoo, "Installing and uninstalling", "lifecycle.log", "-p", "no:odoo", "tests/lifecycle")


def _load(odoo):
    """Run ten people at once on two worker processes, beside the same on stock contacts, as a table."""
    odoo.demo_template()
    table = cache() / "logs" / "load.txt"
    table.unlink(missing_ok=True)
    variables = {"LOCUST": str(provision.locust()), "LOAD_TABLE": str(table)}
    outcome = _run_pytest(odoo, "Letting ten people work", "load.log", "-p", "no:odoo", "tests/load", **variables)
    if table.exists():
        say(table.read_text())
    return outcome


def _walk(odoo):
    """Run thousands of steps that nobody planned, and say how many they were."""
    figures = cache() / "logs" / "walk.txt"
    figures.unlink(missing_ok=True)
    variables = {"WALK_FIGURES": str(figures)}
    outcome = _run_pytest(odoo, "Walking where nobody has been", "walk.log", "-p", "no:odoo", "tests/walk", **variables)
    if figures.exists():
        say(figures.read_text())
    return outcome


def _pytest_odoo(odoo, files):
    """Run single tests of an addon, in a database where it is installed."""
    database = odoo.copy(odoo.plain_template(), f"test_pytest_{os.getpid()}")
    try:
        arguments = [f"--odoo-database={database}", "--odoo-http", *files]
        return _run_pytest(odoo, "Running tests with pytest-odoo", "pytest-odoo.log", *arguments)
    finally:
        odoo.drop(database)
