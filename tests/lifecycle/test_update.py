"""A database of an earlier version, kept as a dump, comes to today's code with nothing lost."""

import ast
import json
import lzma
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from devtools.odoo import ACCENTS
from devtools.places import CHECKOUT, addons_present

DUMPS = CHECKOUT / "tests" / "data"
FIRST = DUMPS / "relations-19.0.1.0.0.sql.xz"
VERSION = ast.literal_eval((CHECKOUT / "shifters_relations" / "__manifest__.py").read_text())["version"]
KEPT_NOW = [DUMPS / f"relations-{VERSION}.sql.xz"] if os.environ.get("KEEP_DATA_SET") else []
# What an update must keep: how many records, and the facts that people would miss first.
FACTS = """
import json
facts = {}
for model in env["ir.model"].search([("model", "=like", "relationship.%")]).mapped("model"):
    records = env[model]
    if records._auto and not records._abstract and not records._transient:
        facts[model] = records.with_context(active_test=False).search_count([])
facts["invitations"] = env["event.invitation"].search_count([])
facts["seats"] = env["event.registration"].search_count([("invitation_id", "!=", False)])
facts["renewals"] = env["mail.activity"].search_count([("relationship_partner_id", "!=", False)])
Partner = env["res.partner"]
for field in ("stage", "position", "level", "no_contact", "informed_on", "priority", "source"):
    facts[field] = [
        [str(value), count]
        for value, count in Partner._read_group(
            [], [f"relationship_{field}" + (":month" if field == "informed_on" else "")], ["__count"]
        )
    ]
targets = Partner.search([("relationship_stage", "=", "target")], order="id")
facts["targets"] = [
    [target.name, target.relationship_owner_id.login, str(target.relationship_last_contact_date),
     str(target.relationship_next_contact_date), target.relationship_synthesis_count]
    for target in targets
]
facts["confidential"] = sorted(env["relationship.synthesis.confidential"].search([]).mapped("note"))
facts["answers"] = sorted(
    [each.partner_id.name, each.state, each.guest_count, each.access_token]
    for each in env["event.invitation"].search([]).sudo()
)
"""
TELL = '\nprint("RESULT " + json.dumps(%s))\n'

# What the demo holds none of.
MORE = """
nadia = env["res.users"].search([("login", "=", "nadia")])
synthesis = env["relationship.synthesis"].search([("state", "=", "done")], limit=1)
synthesis.topic_ids = env["relationship.topic"].create([{"name": "Énergie"}, {"name": "Logement"}])
env["relationship.synthesis.confidential"].with_user(synthesis.author_id).create(
    {"synthesis_id": synthesis.id, "note": "Entre nous"}
)
report = env["relationship.report"].with_user(nadia).create({"date_from": "2026-07-01", "date_to": "2026-09-30"})
report.action_compute()
report.action_validate()
call = env["relationship.network.call"].create({"organisation_ids": synthesis.partner_id.ids, "message": "Qui ?"})
answer = env["relationship.network.answer"].create({"call_id": call.id, "name": "Ada", "email": "ada@example.org"})
answer._answer({synthesis.partner_id.id: ("well", True)})
env.cr.commit()
print("RESULT 1")
"""

# Texts as the first version folded them, and what today's code must make of them.
FOLDED = """
UPDATE relationship_synthesis SET summary = '<p>Zażółć 王小明</p>', folded_text = 'zazołc 王小明'
 WHERE id = (SELECT min(id) FROM relationship_synthesis WHERE state = 'done');
UPDATE res_partner SET name = 'Łódź Energia 1-2', relationship_acronym = 'ŁE 3.4', website = 'https://le.example.org/fr'
 WHERE id = (SELECT min(id) FROM res_partner WHERE relationship_stage = 'target');
"""
FOUND = """
syntheses = env["relationship.synthesis"]
found = [len(syntheses.search([("text", "ilike", words)])) for words in ("zazolc", "小明")]
twin = env["res.partner"].new({"name": "LODZ - energia 1/2", "is_company": True})
stored = env["res.partner"].search([]).sudo()
kinds = ("name_key", "acronym_key", "rough_key", "site_key", "words")
keys = [f"relationship_{kind}" for kind in kinds]
kept = stored.read(keys)
for key in keys:
    env.add_to_compute(stored._fields[key], stored)
same = kept == stored.read(keys) and any(stored.mapped("relationship_site_key"))
found += [twin.relationship_duplicate_id.name, same]
"""

# What says something else since: its French is today's, and not that of the earlier text.
FRENCH = """
french = env(context={"lang": "fr_FR"})
reasons = dict(french["relationship.plan.line"].fields_get(["reason"])["reason"]["selection"])
states = [
    dict(french[model].fields_get([field])[field]["selection"])["due"]
    for model, field in (("res.partner", "relationship_due_state"), ("event.audience", "due_state"))
]
said = [reasons["full"], reasons["filled"], *states]
"""

# A job keeps the call that it was made with.
CALLS = """
jobs = env["ir.model.data"].search([("model", "=", "ir.cron"), ("module", "=like", "shifters_relations%")])
calls = [(job.model_name, job.code.strip()) for job in env["ir.cron"].browse(jobs.mapped("res_id"))]
gone = [call for call in calls if not hasattr(env[call[0]], call[1].removeprefix("model.").partition("(")[0])]
calls = [len(calls) > 5, gone]
"""

# What each of our tables keeps that members write and that Odoo would fill by itself, row after row, beside them.
WRITTEN = """
from odoo.tests.common import new_test_user
member = new_test_user(env, "a_member", groups="shifters_relations.group_contact")
written = [
    [Model._table, name]
    for Model in env.values()
    if Model._auto and not Model._abstract and not Model._transient and Model.with_user(member).has_access("write")
    for name, field in Model._fields.items()
    if field.store and field.column_type and (field.compute or field.related)
    and any(module.startswith("shifters_relations") for module in field._modules)
]
env.cr.rollback()
"""
COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"


def restore(odoo, dump, name):
    """Make a database from a dump of SQL statements; its indexes need what no dump keeps and Odoo's restore sets."""
    odoo.drop(name)
    odoo.sql(f'CREATE DATABASE "{name}"')
    with lzma.open(dump, "rt") as statements:
        if "EXTENSION IF NOT EXISTS unaccent" in statements.read():
            odoo.sql(ACCENTS, name)
    program = (
        "import lzma, sys, psycopg2\n"
        "connection = psycopg2.connect(dbname=sys.argv[1])\n"
        "connection.cursor().execute(lzma.open(sys.argv[2], 'rt').read())\n"
        "connection.commit()\n"
    )
    subprocess.run([odoo.python, "-c", program, name, str(dump)], env=odoo.environment, check=True)
    return name


def keep(odoo, database, dump):
    """Write a database as SQL statements that any PostgreSQL from 15 on understands, and its facts beside it."""
    pg_dump = shutil.which("pg_dump") or str(next(Path("/usr/lib/postgresql").glob("*/bin/pg_dump")))
    options = ("--inserts", "--rows-per-insert=200", "--no-owner", "--no-privileges")
    done = subprocess.run([pg_dump, "-d", database, *options], env=odoo.environment, capture_output=True, check=True)
    lines = [line for line in done.stdout.decode().splitlines() if not line.startswith("\\")]
    dump.write_bytes(lzma.compress("\n".join(lines).encode(), preset=9))
    dump.with_suffix("").with_suffix(".json").write_text(
        json.dumps(odoo.run_in_shell(database, FACTS + TELL % "facts"), indent=1) + "\n"
    )


def get_pre_scripts(dump):
    """What runs before an update of a dump's version, of both addons."""

    def read_version(name):
        return [int(number) for number in re.findall(r"\d+", name)]

    before = read_version(dump.name.removesuffix(".sql.xz"))
    scripts = CHECKOUT.glob("shifters_relations*/migrations/*/pre-*.py")
    return [script for script in scripts if read_version(script.parent.name) > before]


KEPT = sorted({*DUMPS.glob("*.sql.xz"), *KEPT_NOW})


@pytest.mark.smallest
def test_each_version_is_kept_and_small():
    migrated = {path.name for addon in addons_present() for path in (CHECKOUT / addon / "migrations").iterdir()}
    kept = {dump.name.removeprefix("relations-").removesuffix(".sql.xz") for dump in KEPT}
    assert {"19.0.1.0.0", *migrated} - kept <= {VERSION}
    assert [dump.name for dump in DUMPS.glob("*.sql.xz") if dump.stat().st_size > 2_000_000] == []


@pytest.mark.parametrize(
    "dump",
    [
        pytest.param(dump, id=dump.name, marks=pytest.mark.smallest if dump == FIRST else ())  # by all migrations
        for dump in KEPT
    ],
)
def test_an_earlier_version_comes_to_todays_with_nothing_lost(odoo, request, dump):
    """``KEEP_DATA_SET=1`` writes the dump of the version in the manifest, or renews it until that is released."""
    if dump in KEPT_NOW:
        demo = request.getfixturevalue("demo_database")
        odoo.run_in_shell(demo, MORE)
        keep(odoo, demo, dump)
    before = json.loads(dump.with_suffix("").with_suffix(".json").read_text())
    assert len(before["targets"]) > 50
    before["relationship.cadence"] += dump.name < "relations-19.0.1.7.0"  # committees brought the monthly one
    database = restore(odoo, dump, f"update_{os.getpid()}")
    if dump == FIRST:
        odoo.sql(FOLDED, database)
        before["targets"][0][0] = "Łódź Energia 1-2"
    odoo.sql("UPDATE ir_module_module SET demo = FALSE", database)  # the demo of today is no data of yesterday
    columns = {tuple(column) for column in odoo.sql(COLUMNS, database)}
    try:
        program = FACTS + FRENCH + CALLS + FOUND + WRITTEN + TELL % "[facts, said, calls, found, written]"
        after, french, calls, found, written = odoo.run_in_shell(database, program, update=True)
    finally:
        odoo.drop(database)
    assert {name: after.get(name) for name in before} == before
    assert found == ([1, 1, "Łódź Energia 1-2", True] if dump == FIRST else [0, 0, False, True])
    assert calls == [True, []]
    if dump == KEPT[-1]:  # earlier releases did not know the rule
        assert len(written) > 15, "there is something to look at"
        tables = {table for table, _name in columns}
        new = {(table, name) for table, name in written if table in tables} - columns
        scripts = "".join(file.read_text() for file in get_pre_scripts(dump))
        unfilled = [f"{table}.{name}" for table, name in sorted(new) if name not in scripts]
        assert not unfilled, "filled beside members who write, an update fails: fill it by SQL in a pre- script"
    assert french == [
        "Aucun mois plus proche n'a de place",
        "Pour que le mois en ait assez",
        "À renouveler sous 30 jours",
        "À renouveler sous 30 jours",
    ]
