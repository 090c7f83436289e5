"""`./dev test --core`: Odoo's own test suites with our addons and without them, and what differs."""

import os
import re
from concurrent.futures import ThreadPoolExecutor

from . import provision
from .console import Failure, run_quietly, say
from .odoo import free_port, ready
from .places import addons_fingerprint, addons_present, cache, need_room
from .testing import OUTCOME

SUITES = (
    "mail",
    "contacts",
    "calendar",
    "event",
    "mass_mailing",
    "mass_mailing_event",
    "test_mail",
    "test_mass_mailing",
    "test_event_full",
)
# Some tests in databases that are there already, none of a page: for those Odoo makes all scripts and styles first.
SMALLEST = ("phone_validation",)
# Odoo runs a test that says `at_install` before the modules that come after are loaded, ours among them:
# here every test runs in the whole product.
PROGRAM = """
from itertools import chain
from odoo.cli.command import main
from odoo.tests import loader
from odoo.tests.suite import OdooSuite
make_suite = loader.make_suite
def make_whole_suite(names, position="at_install"):
    suites = [make_suite(names, each) for each in ("at_install", "post_install")] if position == "post_install" else []
    return OdooSuite(sorted(chain(*suites), key=lambda test: getattr(test, "test_sequence", 0)))
loader.make_suite = make_whole_suite
main()
"""
FAILED = re.compile(r"(?m)^\S+ \S+ \d+ ERROR \S+ odoo\.addons\.(\w+)\.tests\S*: (?:FAIL|ERROR): (.+)$")


def run(suites=(), smallest=False):
    """Run the suites in two databases that differ in our addons alone, side by side.

    What fails with our addons only is run once more in both: a browser test may fail by chance.

    :param suites: names of Odoo's modules, by default all that our addons come near
    :param bool smallest: one suite, with French loaded as in our own tests: only to see that it runs, and ends
    :return: 0 when nothing fails with the addons that does not fail without them
    :raise Failure: one of the names is no module's
    """
    home, folders = provision.odoo_path()
    known = [home / "odoo" / "addons", *folders]
    if unknown := [name for name in suites if not any((folder / name).is_dir() for folder in known)]:
        raise Failure(f"Odoo has no module {', '.join(unknown)}: name some of its modules, or none.")
    suites = suites or (SMALLEST if smallest else SUITES)
    tags = ",".join(f"/{name}" for name in suites)
    need_room(cache(), 4)
    with ready() as odoo:
        if smallest:
            bare, full = odoo.base_template(), odoo.plain_template()
        else:
            modules = list(dict.fromkeys([*odoo.get_needs(), *suites]))
            bare = odoo.template(modules, "Odoo's modules that are tested (some minutes)", language="")
            full = odoo.template(
                addons_present(), "our addons beside them", on_top_of=bare, key=addons_fingerprint(), language=""
            )
        templates = {"without": bare, "with": full}
        totals, failed = _run_both(odoo, templates, tags)
        for kind in templates:
            say(f"\n{kind} our addons: {totals[kind]} tests, {len(failed[kind])} that do not pass")
            for test in sorted(failed[kind]):
                say(f"    {test}")
        ours = failed["with"] - failed["without"]
        if ours:
            say(f"\n{len(ours)} fail with our addons only; once more, by themselves:")
            _totals, again = _run_both(odoo, templates, ",".join(sorted(ours)))
            ours &= again["with"] - again["without"]
    say(f"\nNot passing because of our addons: {', '.join(sorted(ours)) or 'none'}")
    ran = all(totals.values()) and totals["with"] == totals["without"]
    if not ran:
        say("The two runs did not run the same tests: read the logs.")
    return 0 if ran and not ours else 1


def _run_both(odoo, templates, tags):
    """Run the same tests in a copy of each template, side by side.

    :return: numbers of tests, and sets of test tags that do not pass, each by the template's name
    """
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda kind: _run_suites(odoo, kind, templates[kind], tags), templates))
    return (
        {kind: total for kind, (total, _failed) in zip(templates, results, strict=True)},
        {kind: failed for kind, (_total, failed) in zip(templates, results, strict=True)},
    )


def _run_suites(odoo, kind, template, tags):
    """Run tests in a copy of a template.

    :return: how many ran, and the tags (``/module:Class.method``) of those that do not pass
    """
    provision.add_test_packages()
    database = odoo.copy(template, f"core_{kind}_{os.getpid()}")
    log = cache() / "logs" / f"core-{kind}.log"
    _python, _m, _odoo, *arguments = odoo.command(
        *("-d", database, "--stop-after-init", f"--http-port={free_port()}", "--test-tags", tags)
    )
    try:
        command = [odoo.python, "-c", PROGRAM, *arguments]
        run_quietly(f"Odoo's tests {kind} our addons", command, log, env=provision.with_chromium(odoo.environment))
    finally:
        odoo.drop(database)
    text = log.read_text(errors="replace")
    outcome = OUTCOME.findall(text)
    return int(outcome[-1][2]) if outcome else 0, {_tag(*found) for found in FAILED.findall(text)}


def _tag(module, words):
    """Return the tag that runs a test alone, from the words of the line that says that it fails."""
    if found := re.match(r"(\w+)\.(test\w+)", words):
        return f"/{module}:{found[1]}.{found[2]}"
    found = re.search(r"\.(\w+)\)", words)  # setUpClass (odoo.addons.mail.tests.test_x.TestX)
    return f"/{module}:{found[1]}" if found else f"/{module}"
