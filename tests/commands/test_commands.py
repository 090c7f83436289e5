"""Commands of `./dev` that take long, as people give them."""

import re
import zipfile

from conftest import CHECKOUT, WIDE
from test_dev import dev


def test_every_subcommand_of_odoo_finds_the_addons_and_the_files(plain_database, tmp_path):
    known = CHECKOUT / "shifters_relations" / "i18n" / "shifters_relations.pot"
    exported = tmp_path / "exported.pot"
    arguments = ("-d", plain_database, "-l", "pot", "-o", str(exported), "shifters_relations")
    answer = dev("odoo", "i18n", "export", *arguments)
    assert answer.returncode == 0, answer.stderr
    sources = re.compile(r"^#: (?:code|model)\S+", re.MULTILINE)
    missing = set(sources.findall(known.read_text())) - set(sources.findall(exported.read_text()))
    assert not missing, "what is in code files too"
    dump = tmp_path / "dump.zip"
    answer = dev("odoo", "db", "dump", plain_database, str(dump))
    assert answer.returncode == 0, answer.stderr
    with zipfile.ZipFile(dump) as archive:
        assert [name for name in archive.namelist() if name.startswith("filestore/")]


def test_odoo_s_own_suites_run_at_the_smallest_size_and_end(odoo):
    answer = dev("test", "--core", "--smallest")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    ran = re.findall(r"(?m)^(with|without) our addons: (\d+) tests, 0 that do not pass$", answer.stdout)
    assert dict(ran).keys() == {"with", "without"} and len({tests for _kind, tests in ran} - {"0"}) == 1
    assert answer.stdout.endswith("Not passing because of our addons: none\n")


def test_one_test_of_an_addon_runs_by_its_file(odoo):
    answer = dev("test", "shifters_relations/tests/test_sector.py")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert re.search(r"ok +pytest-odoo: [1-9]\d* passed, 0 failed", answer.stdout)


def test_a_session_is_left_to_who_logs_in_next_unless_it_ended(demo_database, serve, visitor):
    people = [visitor(serve(demo_database), WIDE) for _one in range(3)]
    sessions = []
    for someone in people:
        someone.log_in("helene", "demo")
        someone.open("/odoo/portfolio")
        sessions.append(someone.session)
        if len(sessions) == 2:
            someone.context.request.get(f"{someone.address}/web/session/logout")
        someone.leave()
    assert sessions[0] == sessions[1] != sessions[2]
