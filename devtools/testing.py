"""`./dev test`: lint, the addons' tests and black-box tests, one line a stage, and a last line that counts them."""

import os
import re
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from . import provision
from .console import Failure, run_quietly, say, tail
from .odoo import LANGUAGE, free_port, ready
from .places import CHECKOUT, addons_present, cache, need_room

OUTCOME = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
# Checks of code style, for which ruff, pylint-odoo and ``tests/test_docstrings.py`` stand here.
TEST_LINT = "/test_lint,-/test_lint:TestPyLint,-/test_lint:TestESLint,-/test_lint:TestDocstring"
STAGES = ("lint", "addons", "test_lint", "blackbox")
NAMED = {  # take long: only when they are named, each in its folder of `tests`, or marked
    "benchmarks": "Trying every benchmark",
    "commands": "Using each command",
    "cluster": "Serving from two servers and a replica",
    "crawl": "Opening every screen",
    "faults": "Killing servers at work",
    "lifecycle": "Installing and uninstalling",
    "load": "Letting ten people work",
    "restore": "Restoring a backup elsewhere",
    "screens": "Taking side ways, and each way on its other screen",
    "walk": "Walking where nobody has been",
}
PARTS = 4  # of the addons' tests, each in a database of its own
AT_ONCE = 4  # things side by side, so that no processor rests in the end


def run(parts):
    """Run all stages, or the parts that are named.

    :param list parts: names of stages, Odoo test tags (``/module:Class.method``), or test files
        (with pytest's ``::``); one of an addon runs through pytest-odoo
    :return: 0 when everything passed
    """
    stages = [part for part in parts if part in JOBS] if parts else list(STAGES)
    tags = ",".join(part for part in parts if part.startswith(("/", ":")))
    files = [part for part in parts if part not in JOBS and not part.startswith(("/", ":"))]
    for file in files:
        if not (CHECKOUT / file.partition("::")[0]).exists():
            raise Failure(f"There is no {file}: name a stage ({', '.join(JOBS)}), a test tag or a test file.")
    jobs = [(name, job) for name in stages for job in JOBS[name]]
    if tags:
        jobs.append((tags, partial(_run_tags, tags=tags)))
    inside = [file for file in files if file.split("/")[0] in addons_present()]
    if inside:
        jobs.append(("pytest-odoo", partial(_run_pytest_odoo, files=inside)))
    if outside := [file for file in files if file not in inside]:
        jobs.append(("blackbox", partial(_run_black_box, files=outside)))
    need_room(cache(), 2)
    # What is named takes all of the machine.
    with ready() as odoo, ThreadPoolExecutor(1 if set(stages) & set(NAMED) else AT_ONCE) as pool:
        outcomes = {name: [] for name, _job in jobs}
        for name, job in sorted(jobs, key=lambda each: each[0] != "blackbox"):  # takes longest
            outcomes[name].append(pool.submit(job, odoo))
        passed, failed = (sum(numbers) for numbers in zip(*map(_tell, outcomes, outcomes.values()), strict=True))
    say(f"\n{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def _tell(name, outcomes):
    """Wait for all of a stage, and print and return how many of its tests passed and failed."""
    good, bad = (sum(numbers) for numbers in zip(*(outcome.result() for outcome in outcomes), strict=True))
    say(f"{'ok    ' if not bad else 'FAILED'} {name}: {good} passed, {bad} failed")
    return good, bad


def _show(log, lines=60):
    """Print the end of a log, where the failure is told."""
    for line in tail(log, lines):
        say(f"    | {line}")


def _run_lint(odoo):
    """Check with ruff, its format, pylint-odoo, and that tests of pages wait for what they expect."""
    provision.add_test_packages()
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
    provision.add_test_packages()
    log = cache() / "logs" / log_name
    command = odoo.command("-d", database, "--stop-after-init", f"--http-port={free_port()}", *arguments)
    command[1:3] = ["-m", "devtools.runner"]
    code = run_quietly(label, command, log, cwd=CHECKOUT, env=provision.with_chromium(odoo.environment))
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


def _run_tags(odoo, tags):
    """Run tests of the addons, at install and after, in a new database with both addons and French.

    :param str tags: Odoo's test tags
    """
    name = re.sub(r"\W+", "_", tags).strip("_")[:40]
    install = ["-i", ",".join(addons_present()), f"--load-language={LANGUAGE}"]
    with _copy(odoo, odoo.base_template(), name) as database:
        label = f"Running the tests of {tags}"
        return _run_odoo_tests(odoo, label, f"tests-{name}.log", database, *install, "--test-tags", tags)


def _run_part(odoo, part):
    """Run a part of the addons' tests, where these are installed.

    :param int part: 0 is all that is in no other part, so that nothing is in none
    """
    parts = _share_out(PARTS)
    tags = [f"/{name}" for name in addons_present()] if part == 0 else []
    others = [f"-{file}" for files in parts[1:] for file in files] if part == 0 else parts[part]
    with _copy(odoo, odoo.plain_template(), f"part{part}") as database:
        label = f"Running part {part + 1} of the addons' tests"
        return _run_odoo_tests(
            odoo, label, f"tests-part{part}.log", database, "--test-tags", ",".join([*tags, *others])
        )


def _share_out(count):
    """Return the addons' files of tests in parts that take about as long: the longest file goes to the lightest part.

    :return: lists of Odoo's tags, ``/module/tests/test_file.py``
    """
    parts = [[] for _part in range(count)]
    weights = [0] * count
    files = [file for name in addons_present() for file in (CHECKOUT / name / "tests").glob("test_*.py")]
    for file in sorted(files, key=lambda file: (-file.stat().st_size, file)):
        lightest = weights.index(min(weights))
        parts[lightest].append(f"/{file.relative_to(CHECKOUT)}")
        weights[lightest] += file.stat().st_size
    return parts


@contextmanager
def _copy(odoo, template, name):
    """Give a copy of a template to run tests in."""
    database = odoo.copy(template, f"test_{name}_{os.getpid()}")
    try:
        yield database
    finally:
        odoo.drop(database)


def _run_test_lint(odoo):
    """Run Odoo's checks of addons: views, translations, queries, access rights."""
    with _copy(odoo, odoo.plain_template(), "lint") as database:
        arguments = (database, "-i", "test_lint", "--test-tags", TEST_LINT)
        return _run_odoo_tests(odoo, "Running Odoo's test_lint", "test_lint.log", *arguments)


def _run_pytest(odoo, label, log_name, *arguments, **variables):
    """Run pytest and count by its JUnit report.

    :param variables: of the environment, besides
    """
    provision.add_test_packages()
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


def _run_black_box(odoo, files=None):
    """Run the product as users meet it: real servers, HTTP, browser and mail; long things at their smallest size."""
    run_tests = partial(_run_pytest, odoo, "Running the black-box tests", "blackbox.log", "-p", "no:odoo")
    if files:
        return run_tests(*files)
    # Three: one works while another waits for a page, a process or PostgreSQL; each takes its next test alone.
    at_once = ["--numprocesses=3", "--dist=loadscope", "--no-loadscope-reorder", "--durations=12"]
    with ThreadPoolExecutor() as pool:
        demo = pool.submit(odoo.demo_template)  # while the tests run that need none
        outcome = run_tests(*at_once, "tests", SMALLEST="1")
        demo.result()
    return outcome


def _run_named(odoo, name):
    """Run what takes long, whole; print the figures that it leaves."""
    figures = cache() / "logs" / f"{name}.txt"
    figures.unlink(missing_ok=True)
    variables = {"FIGURES": str(figures)}
    if name == "load":
        variables["LOCUST"] = str(provision.locust())
    if name == "cluster":  # so that what is missing is said first
        provision.haproxy(), provision.pgbouncer()
    tests = ["-m", "other_screen or side_way", "tests"] if name == "screens" else [f"tests/{name}"]
    outcome = _run_pytest(odoo, NAMED[name], f"{name}.log", "-p", "no:odoo", *tests, **variables)
    if figures.exists():
        say(figures.read_text())
    return outcome


def _run_pytest_odoo(odoo, files):
    """Run single tests of an addon, in a database where it is installed."""
    with _copy(odoo, odoo.plain_template(), "pytest") as database:
        arguments = [f"--odoo-database={database}", "--odoo-http", *files]
        return _run_pytest(odoo, "Running tests with pytest-odoo", "pytest-odoo.log", *arguments)


# What is run, by its name: functions of an Odoo, each giving numbers of tests that passed and that failed.
JOBS = {
    "lint": [_run_lint],
    "addons": [partial(_run_part, part=part) for part in range(PARTS)],
    "test_lint": [_run_test_lint],
    "blackbox": [_run_black_box],
    **{name: [partial(_run_named, name=name)] for name in NAMED},
}
