"""A backup that comes to life on another machine, under another user: nothing is lost, and who was forgotten stays so.

The same association twice: its database and files saved with Odoo's own tools, and with PostgreSQL's. After that
some persons are anonymised there. What is restored elsewhere, with the list that is kept outside the database, forgets
them again on its first day.
"""

import ast
import lzma
import os
import re
import shutil
import subprocess
import sys
import time
import unicodedata
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from conftest import end, start_server

from devtools.odoo import ACCENTS, SETTINGS, free_port
from devtools.places import CHECKOUT, addons_present
from devtools.postgres import OwnCluster

sys.path.insert(0, str(CHECKOUT / "tests" / "lifecycle"))
from test_update import DUMPS, restore

USER = "association"  # of PostgreSQL, no superuser
VERSION = ast.literal_eval((CHECKOUT / "shifters_relations" / "__manifest__.py").read_text())["version"]
LIST = "relationship_anonymised.jsonl"
# People who are named in many places, and a file.
SCENE = """
import json, os
pilot = env["relationship.member"].search([("role", "=", "pilot"), ("is_current", "=", True)], limit=1).user_id
target = env["res.partner"].search([("relationship_stage", "=", "target")], limit=1)
zephirine = env["res.partner"].create({"name": "Zéphirine Quasimodot", "email": "zq.marker@example.net",
    "phone": "+33 6 98 76 54 32", "parent_id": target.id, "comment": "<p>Mme ZEPHIRINE QUASIMODOT</p>"})
event = env["event.event"].search([("is_partner_event", "=", True)], order="date_begin desc", limit=1)
env["event.invitation"].create({"event_id": event.id, "partner_id": zephirine.id, "comment": "QUASIMODOT Zephirine"})
target.message_post(body="Vu Zéphirine Quasimodot (zq.marker@example.net)", partner_ids=zephirine.ids)
env["relationship.synthesis"].create({"partner_id": target.id, "participant_ids": zephirine.ids, "state": "done",
    "summary": "<p>Avec <b>Zéphirine</b> Quasimodot</p>", "needs": "quasimodot zephirine cherche une salle"})
env["ir.attachment"].create({"name": "statuts.pdf", "raw": os.urandom(300_000), "res_model": "res.partner",
    "res_id": target.id})
zephirine.message_post(body="CV", attachments=[("cv.txt", "Zéphirine Quasimodot".encode())])
invited = env["event.invitation"].search([]).partner_id.filtered(
    lambda person: person.email and person.parent_id and not person.user_ids and len(person.name.split()) > 1)
names = env["res.partner"].with_context(active_test=False).search([]).mapped("name")
persons = zephirine | invited.filtered(lambda person: names.count(person.name) == 1)[:2]
env.ref("shifters_relations.cron_repair").method_direct_trigger()  # a night at least, before a backup
env.cr.commit()
"""
FACTS = """
import json
facts = {
    "persons": [[person.id, person.name, person.email] for person in persons],
    "theirs": env["event.invitation"].search([("partner_id", "in", persons.ids)]).mapped("access_token"),
    "links": env["event.invitation"].search([("partner_id", "not in", persons.ids)]).mapped("access_token"),
    "broken": [invariant.sentence for invariant, ids in env["relationship.check"]._find() if ids],
    "syntheses": env["relationship.synthesis"].search_count([]),
    "checksums": {str(each.id): each.checksum for each in env["ir.attachment"].search(
        [("store_fname", "!=", False), ("res_field", "in", [False, "image_1920", "file"])])
        if each.res_id not in persons.ids or each.res_model != "res.partner"},
}
print("RESULT " + json.dumps(facts))
"""
FORGET = """
import json
pilot = env["relationship.member"].search([("role", "=", "pilot"), ("is_current", "=", True)], limit=1).user_id
for ids, never_again in (IDS[:1], True), (IDS[1:], False):
    env["relationship.anonymise"].with_user(pilot).create(
        {"person_ids": [(6, 0, ids)], "is_sure": True, "never_again": never_again}).action_apply()
env.cr.commit()
env.ref("base.autovacuum_job").method_direct_trigger()  # files that nothing needs any more go at night
print("RESULT 1")
"""
CHECK = """
import json
broken = {invariant.sentence: ids for invariant, ids in env["relationship.check"]._find() if ids}
files = {str(each.id): each.raw for each in env["ir.attachment"].search(
    [("store_fname", "!=", False), ("res_field", "in", [False, "image_1920", "file"])])}
import hashlib
print("RESULT " + json.dumps({
    "broken": broken,
    "checksums": {key: hashlib.sha1(content).hexdigest() for key, content in files.items()},
    "syntheses": env["relationship.synthesis"].search_count([]),
    "refused": sorted(env["relationship.objection"]._get_objecting(["zq.marker@example.net"])),
}))
"""
# What the first night does.
FIRST_DAY = """
for job in ("shifters_relations.cron_repair", "base.autovacuum_job"):
    env.ref(job).method_direct_trigger()
env.cr.commit()
print("RESULT 1")
"""
COLUMNS = """
SELECT table_name, string_agg(quote_ident(column_name) || '::text', ', ')
  FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
 WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
   AND data_type IN ('text', 'character varying', 'character', 'jsonb', 'json', 'tsvector', 'xml')
 GROUP BY table_name
"""
FIGURES = []


@pytest.fixture(scope="module", autouse=True)
def told(tmp_path_factory):
    """In the end, what each step took."""
    yield
    path = os.environ.get("FIGURES", tmp_path_factory.mktemp("figures") / "restore.txt")
    Path(path).write_text("\n".join(FIGURES) + "\n")


class Timed:
    """Notes how long something took, and what it made."""

    def __init__(self, what):
        self.what = what

    def __enter__(self):
        self.began = time.monotonic()

    def __exit__(self, *_error):
        FIGURES.append(f"{self.what:<60}{time.monotonic() - self.began:>8.1f} s")


def settle(odoo, data, environment):
    """Odoo on a machine with a data folder of its own; to be closed."""
    data.mkdir(parents=True)
    settings = data.parent / "odoo.conf"
    settings.write_text(f"[options]\naddons_path = {odoo.addons_path}\ndata_dir = {data}\n{SETTINGS}")
    there = odoo.elsewhere({**environment, "ODOO_RC": str(settings)})
    there.data = data
    return there


def must(machine, *command):
    """Run a program of PostgreSQL's, or of Odoo's."""
    done = subprocess.run(command, env=machine.environment, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr[-3000:]


@pytest.fixture(scope="module")
def elsewhere(odoo, tmp_path_factory):
    """Another machine: another PostgreSQL, another user of it, another data folder."""
    with OwnCluster(f"restored-{os.getpid()}") as cluster:
        superuser = odoo.elsewhere(cluster.environment)
        superuser.sql(f"CREATE ROLE {USER} LOGIN CREATEDB")
        there = settle(odoo, tmp_path_factory.mktemp("elsewhere") / "data", {**cluster.environment, "PGUSER": USER})
        there.superuser, there.programs = superuser, cluster.binaries
        yield there
        there.close()


@pytest.fixture(scope="module")
def association(odoo, tmp_path_factory):
    """The association at work, its backups, and those who were anonymised after them."""
    here = settle(odoo, tmp_path_factory.mktemp("here") / "data", {})
    here.name = odoo.copy(odoo.demo_template(), f"association_{os.getpid()}")
    shutil.move(odoo.data / "filestore" / here.name, here.data / "filestore" / here.name)
    here.facts = here.run_in_shell(here.name, SCENE + FACTS)
    here.zip, here.dump = here.data.parent / "backup.zip", here.data.parent / "backup.dump"
    with Timed("save with Odoo"):
        must(here, *here.command("db", "dump", here.name, here.zip))
    with Timed("save with PostgreSQL, and the folder of files"):
        must(here, pg_program("pg_dump"), "-Fc", "-f", str(here.dump), here.name)
        shutil.copytree(here.data / "filestore" / here.name, here.data.parent / "files")
    FIGURES.append(
        f"{'size of the two, MB':<60}{here.zip.stat().st_size / 1e6:>8.1f} {here.dump.stat().st_size / 1e6:.1f}"
    )
    ids = [person_id for person_id, *_rest in here.facts["persons"]]
    here.run_in_shell(here.name, f"IDS = {ids}\n{FORGET}")
    yield here
    here.close()
    odoo.drop(here.name)


def pg_program(name):
    """A program of the newest PostgreSQL that is installed."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    return str(installed[-1]) if installed else shutil.which(name)


def load_with_odoo(association, elsewhere, name):
    must(elsewhere, *elsewhere.command("db", "load", name, association.zip))


def load_with_postgresql(association, elsewhere, name):
    make(elsewhere, name)
    must(elsewhere, pg_program("pg_restore"), "--no-owner", "--no-comments", "-d", name, str(association.dump))
    shutil.copytree(association.data.parent / "files", elsewhere.data / "filestore" / name)


def make(elsewhere, name):
    """An empty database of the user's; searches that ignore accents are the superuser's to allow."""
    elsewhere.superuser.sql(f'CREATE DATABASE "{name}" OWNER {USER}')
    elsewhere.superuser.sql(ACCENTS, name)


def fold(text):
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each)).lower()


def find_traces(machine, database, persons):
    """Where a name or an address of theirs is left: in any text of the database, or any file."""
    words = {fold(each) for _id, name, email in persons for each in (name, " ".join(reversed(name.split())), email)}
    pattern = re.compile("|".join(sorted(re.escape(word) for word in words | {"quasimodot", "zq.marker"})))
    found = [
        table
        for table, columns in machine.sql(COLUMNS, database)
        if any(
            pattern.search(fold(text))
            for [text] in machine.sql(f"SELECT concat_ws(' · ', {columns}) FROM {table}", database)
        )
    ]
    files = [path for path in (machine.data / "filestore" / database).rglob("*") if path.is_file()]
    return found + [
        str(path) for path in files if pattern.search(fold(path.read_bytes().decode("utf-8", errors="replace")))
    ]


def get(address):
    try:
        with urllib.request.urlopen(address, timeout=60) as page:
            return page.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("load", [load_with_odoo, load_with_postgresql])
def test_what_is_restored_elsewhere_is_whole_and_forgets_again(association, elsewhere, load):
    facts, name = association.facts, load.__name__
    assert not find_traces(association, association.name, facts["persons"])
    shutil.copy(association.data / LIST, elsewhere.data / LIST)
    with Timed(f"{name}"):
        load(association, elsewhere, name)
    with Timed(f"{name}: the addons of this checkout on top"):
        modules = ",".join(addons_present())
        must(elsewhere, *elsewhere.command("-d", name, "-u", modules, "--stop-after-init", "--no-http"))
    restored = elsewhere.run_in_shell(name, CHECK)
    assert restored["syntheses"] == facts["syntheses"]
    assert facts["checksums"].items() <= restored["checksums"].items(), "each file, byte by byte"
    assert not restored["refused"]
    back = {tuple(ids) for sentence, ids in restored["broken"].items() if sentence not in facts["broken"]}
    assert {each for ids in back for each in ids} == {person_id for person_id, *_rest in facts["persons"]}
    assert find_traces(elsewhere, name, facts["persons"])

    with Timed(f"{name}: the first night forgets {len(facts['persons'])} persons again"):
        elsewhere.run_in_shell(name, FIRST_DAY)
    assert not find_traces(elsewhere, name, facts["persons"])
    after = elsewhere.run_in_shell(name, CHECK)
    assert [sentence for sentence in after["broken"] if sentence not in facts["broken"]] == []
    assert after["refused"] == ["zq.marker@example.net"]
    assert (elsewhere.data / LIST).read_text() == (association.data / LIST).read_text(), "each is there once"

    port = free_port()
    server = start_server(elsewhere, port, name)
    try:
        address = f"http://127.0.0.1:{port}/partner-event"
        assert {get(f"{address}/{link}") for link in facts["links"]} == {200}
        assert {get(f"{address}/{link}") for link in facts["theirs"]} == {404}
    finally:
        end(server)


def test_a_backup_of_the_first_version_under_today_s_addons_forgets_whom_todays_forgot(odoo, elsewhere, tmp_path):
    """The same database under the same name: what it was called then is on no list yet."""
    oldest = min(DUMPS.glob("*.sql.xz"))
    name = f"oldest_{os.getpid()}"
    here = settle(odoo, tmp_path / "data", {})
    modules = ",".join(addons_present())
    pick = """
import json
persons = env["res.partner"].search([("parent_id", "!=", False), ("is_company", "=", False), ("email", "!=", False)])
names = env["res.partner"].with_context(active_test=False).search([]).mapped("name")
persons = persons.filtered(
    lambda each: not each.user_ids and len(each.name.split()) > 1 and names.count(each.name) == 1)
print("RESULT " + json.dumps([[each.id, each.name, each.email] for each in persons[:2]]))
"""
    try:
        restore(here, oldest, name)
        must(here, *here.command("-d", name, "-u", modules, "--stop-after-init", "--no-http"))
        persons = here.run_in_shell(name, pick)
        assert len(persons) == 2
        here.run_in_shell(name, f"IDS = {[each[0] for each in persons]}\n{FORGET}")
        shutil.copy(here.data / LIST, elsewhere.data / LIST)
    finally:
        here.close()
        odoo.drop(name)
    make(elsewhere, name)
    with lzma.open(oldest, "rt") as statements:
        dump = tmp_path / "oldest.sql"
        dump.write_text(re.sub(r"(?m)^COMMENT ON EXTENSION.*$", "", statements.read()))
    must(elsewhere, pg_program("psql"), "-q", "-d", name, "-f", str(dump))
    with Timed("19.0.1.0.0 comes to today's addons elsewhere"):
        must(elsewhere, *elsewhere.command("-d", name, "-u", modules, "--stop-after-init", "--no-http"))
    assert find_traces(elsewhere, name, persons)
    elsewhere.run_in_shell(name, FIRST_DAY)
    assert not find_traces(elsewhere, name, persons)
