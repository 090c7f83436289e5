"""`./dev` as people meet it, above all when something is missing."""

import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import conftest
import pytest
import requests
from conftest import CHECKOUT, WIDE

from devtools import core, waits
from devtools.console import Failure
from devtools.odoo import free_port
from devtools.places import cache


def dev(*arguments, folder=CHECKOUT, **environment):
    """Run ``./dev`` in its own process, as from a terminal."""
    env = {
        name: value for name, value in os.environ.items() if name not in ("PGHOST", "PGPORT", "PGUSER", "PYTHONPATH")
    }
    return subprocess.run(
        [str(CHECKOUT / "dev"), *arguments],
        cwd=folder,
        env={**env, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_demo_detached_answers_from_any_folder_and_stops(odoo, tmp_path):
    port = str(free_port())
    try:
        begun = dev("demo", "--detach", "--port", port, folder=tmp_path)
        assert begun.returncode == 0, begun.stdout + begun.stderr
        assert f"http://localhost:{port}" in begun.stdout
        assert "helene" in begun.stdout
        with urllib.request.urlopen(f"http://localhost:{port}/web/login") as page:
            assert b'name="login"' in page.read()
        again = dev("demo", "--detach", "--port", port, folder=tmp_path)
        assert "runs already" in again.stdout
        assert "http://localhost" in write_a_mail(f"http://localhost:{port}", f"shifters_demo_{port}", begun.stdout)
    finally:
        ended = dev("demo", "--stop", "--port", port, folder=tmp_path)
        odoo.drop(f"shifters_demo_{port}")
        shutil.rmtree(cache() / f"shifters_demo_{port}-mails", ignore_errors=True)
    assert ended.returncode == 0
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://localhost:{port}/web/login")
    assert "No demo is running" in dev("demo", "--stop", "--port", port).stdout


def write_a_mail(address, database, told):
    """Send a mail as somebody of the demo does.

    :return: what arrived in the folder that ``./dev demo`` tells, once it is there
    """
    session = requests.Session()

    def call(path, **params):
        answer = session.post(address + path, json={"jsonrpc": "2.0", "params": params}, timeout=60).json()
        assert "error" not in answer, answer
        return answer.get("result")

    call("/web/session/authenticate", db=database, login="admin", password="admin")
    values = {"subject": "Hello", "body_html": f"<a href='{address}'>Come</a>", "email_to": "somebody@example.org"}
    values["email_from"] = "team@example.org"
    create = {"model": "mail.mail", "method": "create", "args": [values], "kwargs": {}}
    mail = call("/web/dataset/call_kw/mail.mail/create", **create)
    send = {"model": "mail.mail", "method": "send", "args": [[mail]], "kwargs": {}}
    call("/web/dataset/call_kw/mail.mail/send", **send)
    folder = Path(re.search(r"they are kept in (\S+)", told)[1])
    received = [path.read_text() for path in (folder / "new").iterdir()]  # jobs of the demo write mails, too
    [written] = [text for text in received if "Subject: Hello" in text]
    return written


def test_a_taken_port_gets_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = dev("demo", "--port", str(port))
    assert answer.returncode == 1
    assert f"Port {port} cannot be used" in answer.stderr
    assert "--port" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "Port 99999 cannot be used" in dev("demo", "--port", "99999").stderr


def test_a_wrong_odoo_home_gets_a_sentence(tmp_path):
    answer = dev("demo", "--port", str(free_port()), ODOO_HOME=str(tmp_path))
    assert answer.returncode == 1
    assert answer.stderr.strip().endswith(f"There is no Odoo 19.0 in {tmp_path}: correct ODOO_HOME.")


def test_a_cache_that_cannot_be_written_gets_a_sentence():
    answer = dev("demo", SHIFTERS_CACHE="/proc/nowhere")
    assert answer.returncode == 1
    assert "name another folder in SHIFTERS_CACHE" in answer.stderr


@pytest.fixture
def tiny_disk(tmp_path):
    """A disk of one megabyte, where the machine lets us make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False).returncode:
        yield None
        return
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_gets_a_sentence(tiny_disk, monkeypatch):
    if tiny_disk:
        answer = dev("demo", "--port", str(free_port()), SHIFTERS_CACHE=str(tiny_disk)).stderr
    else:  # not allowed to mount: the same check, asked for more than any disk has
        from devtools.places import need_room

        with pytest.raises(Failure) as refused:
            need_room(CHECKOUT, 10**9)
        answer = str(refused.value)
    assert "GB are needed: free some, or name a folder on a larger disk in SHIFTERS_CACHE." in answer


def path_without(folder, *missing):
    """A PATH with everything of this one but some programs."""
    for directory in os.environ["PATH"].split(os.pathsep):
        if os.path.isdir(directory):
            for program in os.listdir(directory):
                link = folder / program
                if program not in missing and not link.exists() and os.path.isfile(os.path.join(directory, program)):
                    link.symlink_to(os.path.join(directory, program))
    return str(folder)


def with_python_environment(cache):
    """Give an empty cache the Python environment that is there already: it is not what the test is about."""
    from devtools.places import cache as own_cache

    for environment in own_cache().glob("python3.*"):
        (cache / environment.name).symlink_to(environment)


def test_a_system_without_debian_s_packages_gets_a_sentence(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "cache").mkdir()
    with_python_environment(tmp_path / "cache")
    answer = dev(
        *("demo", "--port", str(free_port())),
        SHIFTERS_CACHE=str(tmp_path / "cache"),
        PATH=path_without(tmp_path / "bin", "apt-get", "dpkg"),
    )
    assert answer.returncode == 1
    assert "set ODOO_HOME=/path/to/odoo" in answer.stderr
    assert "docker compose up" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.skipif(not shutil.which("apt-get"), reason="needs Debian's apt-get to fail")
def test_no_network_gets_a_sentence(tmp_path):
    with_python_environment(tmp_path)
    nowhere = "http://127.0.0.1:9"
    answer = dev(
        *("demo", "--port", str(free_port())),
        SHIFTERS_CACHE=str(tmp_path),
        http_proxy=nowhere,
        https_proxy=nowhere,
    )
    assert answer.returncode == 1, answer.stdout
    assert "is the network there? Try again once it is" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_unknown_parts_of_the_tests_get_a_sentence():
    answer = dev("test", "nonsense")
    assert answer.returncode == 1
    assert "There is no nonsense: name a stage (lint, addons, test_lint, blackbox" in answer.stderr


def test_an_unknown_benchmark_gets_a_sentence():
    answer = dev("bench", "nonsense")
    assert answer.returncode == 1
    assert "No such benchmark: nonsense. There are " in answer.stderr


@pytest.mark.parametrize(
    ("test", "refused"),
    [
        ("page.wait_for_timeout(500)", "waits for a time"),
        ("page.wait_for_load_state('networkidle')", "waits for a time"),
        ("assert page.locator('p').count() == 1", "looks once at a page"),
        ("assert not page.get_by_label('p').is_checked()", "looks once at a page"),
        ("text = page.locator('p').inner_text()\n    assert 'a' in text", "looks once at a page"),
        ("if page.locator('p').is_visible():\n        page.click('p')", "looks once at a page"),
        ("time.sleep(1)", "sleeps in a test of a page"),
        ("assert ['a'].count('a') == 1 and 'a'.upper() == 'A'", None),
        ("expect(page.locator('p')).to_have_count(1)", None),
        ("name = page.locator('p').inner_text()\n    expect(page.locator('a')).to_have_text(name)", None),
    ],
)
def test_a_test_of_a_page_that_does_not_wait_is_refused_with_a_sentence(test, refused):
    found = waits.find(f"def test(visitor, page):\n    {test}\n")
    if refused:
        assert refused in found[0][1]
    else:
        assert not found


def test_odoo_s_own_command_line_is_there():
    answer = dev("odoo", "--version")
    assert answer.returncode == 0, answer.stderr
    assert "19.0" in answer.stdout


def test_an_unknown_suite_of_odoo_gets_a_sentence():
    answer = dev("test", "--core", "contacts", "nonsense")
    assert answer.returncode == 1
    assert "Odoo has no module nonsense: name some of its modules" in answer.stderr


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("mail.tests.test_x: FAIL: TestX.test_one", "/mail:TestX.test_one"),
        ("mail.tests.test_x: ERROR: TestX.test_two (<subtest> case='a')", "/mail:TestX.test_two"),
        ("event.tests.test_y: ERROR: setUpClass (odoo.addons.event.tests.test_y.TestY)", "/event:TestY"),
    ],
)
def test_what_fails_in_odoo_s_own_suites_is_known_by_its_tag(words, tag):
    line = f"2026-03-11 08:00:00,000 12 ERROR core odoo.addons.{words}"
    assert [core._tag(*found) for found in core.FAILED.findall(line)] == [tag]


FIND = """
import json
known = env["ir.config_parameter"].get_param("kept")
print("RESULT " + json.dumps([env.cr.dbname, known, "x_more" in env["res.partner"]._fields]))
"""
ADD = """
model = env["ir.model"]._get("res.partner").id
env["ir.model.fields"].create({"name": "x_more", "model_id": model, "ttype": "char", "state": "manual"})
env.cr.commit()
print("RESULT 1")
"""


def test_a_program_finds_a_database_as_others_left_it(odoo, plain_database):
    assert odoo.run_in_shell(plain_database, FIND) == [plain_database, False, False]
    odoo.sql("INSERT INTO ir_config_parameter (key, value) VALUES ('kept', 'Left')", plain_database)
    odoo.run_in_shell(plain_database, ADD)
    assert odoo.run_in_shell(plain_database, FIND) == [plain_database, "Left", True]
    another = odoo.copy(odoo.plain_template(), f"{plain_database}_another")
    try:
        assert odoo.run_in_shell(another, FIND) == [another, False, False]
    finally:
        odoo.drop(another)
    with pytest.raises(Failure, match="ZeroDivisionError"):
        odoo.run_in_shell(plain_database, "1 / 0")


def test_pages_of_the_demo_find_their_scripts_and_styles_made(odoo, demo_database, serve, visitor):
    made = "SELECT url FROM ir_attachment WHERE url LIKE '/web/assets/%' ORDER BY url"
    before = odoo.sql(made, demo_database)
    someone = visitor(serve(demo_database), WIDE)
    someone.log_in("pilote", "demo")
    someone.open("/odoo/portfolio")
    requests.get(f"{someone.address}/web/login", timeout=60)
    assert odoo.sql(made, demo_database) == before


def test_lists_of_packages_name_each_once_and_all_that_they_need():
    tests = read_list(CHECKOUT / "requirements" / "tests.txt")
    for file in (CHECKOUT / "requirements").glob("python3.*.txt"):
        assert not read_list(file) & tests, file
    checked = subprocess.run([sys.executable, "-I", "-m", "pip", "check"], capture_output=True, text=True, check=False)
    # It needs it for a program of its own alone, and there is no wheel.
    missing = {line for line in checked.stdout.splitlines() if "docopt" not in line}
    assert missing <= {"No broken requirements found."}, missing


def read_list(file):
    """Return the names of the packages that a list pins."""
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    assert all("==" in line for line in lines), file
    names = [re.sub("[-_.]+", "-", line.partition("==")[0]).lower() for line in lines]
    assert len(names) == len(set(names)), file
    return set(names)


def test_the_server_that_tests_share_forgets_what_the_test_before_left(odoo, demo_server):
    def read_name():
        return requests.get(f"{demo_server.start()}/web/manifest.webmanifest", timeout=60).json()["name"]

    demo_server.restore()
    odoo.sql("INSERT INTO ir_config_parameter (key, value) VALUES ('web.web_app_name', 'Left')", demo_server.database)
    assert read_name() == "Left", "which a server keeps in memory"
    demo_server.restore()
    assert read_name() == "Odoo"


def test_a_picture_is_renewed_once_nothing_moves(chromium, tmp_path, monkeypatch):
    monkeypatch.setattr(conftest, "PICTURES", tmp_path)
    monkeypatch.setenv("TAKE_PICTURES", "1")
    renewed = tmp_path / "moving.png"
    renewed.touch()
    page = chromium.new_page()
    page.set_content(
        "<style>@keyframes go { from { margin-left: 0 } to { margin-left: 300px } }"
        "p { width: 9px; background: red; animation: go 0.6s forwards }</style><p>.</p>"
    )
    conftest.take_picture(page, "moving")
    assert page.screenshot() == renewed.read_bytes(), "what is shown in the end"
    conftest.take_picture(page, "new")
    assert not (tmp_path / "new.png").exists(), "what no document shows"
    page.close()


def test_every_picture_of_the_documents_is_there():
    for document in (CHECKOUT / "README.md", CHECKOUT / "docs" / "guide.fr.md"):
        pictures = re.findall(r'src="([^"]+\.png)"', document.read_text())
        assert pictures, document
        for picture in pictures:
            assert (document.parent / picture).read_bytes().startswith(b"\x89PNG"), picture
