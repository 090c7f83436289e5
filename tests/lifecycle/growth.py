"""The data of a dump many times over, made by the database itself, and an update of it whose steps are measured."""

import json
import subprocess

from devtools.places import CHECKOUT, addons_present

TEAM = "id IN (SELECT user_id FROM relationship_member)"
# What is copied, and which of its rows. What the team has once, as its sectors or its days, stays as it is.
COPIED = {
    "res_users": TEAM,
    "res_partner": f"""
        id NOT IN (SELECT partner_id FROM res_users WHERE NOT {TEAM}) AND id NOT IN (SELECT partner_id FROM res_company)
    """,
    **dict.fromkeys(
        (
            "relationship_member",
            "calendar_event",
            "calendar_attendee",
            "mail_activity",
            "relationship_synthesis",
            "relationship_synthesis_confidential",
            "relationship_cooperation",
            "relationship_cooperation_role",
            "relationship_level_change",
            "relationship_network_call",
            "relationship_network_answer",
            "relationship_network_answer_line",
            "event_event",
            "event_invitation",
            "event_registration",
            "mailing_mailing",
            "mailing_trace",
            "mail_message",
            "mail_tracking_value",
            "mail_followers",
        ),
        "TRUE",
    ),
    "res_users_settings": "user_id IN (SELECT user_id FROM relationship_member)",
}
LINKS = (
    "res_groups_users_rel",
    "res_company_users_rel",
    "calendar_event_res_partner_rel",
    "relationship_synthesis_participant_rel",
    "relationship_synthesis_relationship_topic_rel",
    "relationship_network_call_asked_rel",
    "relationship_network_call_res_partner_rel",
    "mail_followers_mail_message_subtype_rel",
    "event_event_res_users_rel",
    "event_event_event_question_rel",
)
MODELS = {table: table.replace("_", ".") for table in COPIED}
# What differs from one copy to the next, as SQL of the column and of the number of the copy.
OWN = {
    ("res_users", "login"): "{} || n",
    ("res_partner", "name"): "{} || ' ' || n",
    ("res_partner", "complete_name"): "{} || ' ' || n",
    ("res_partner", "commercial_company_name"): "{} || ' ' || n",
    ("res_partner", "email"): "replace({}, '@', n || '@')",
    ("res_partner", "email_normalized"): "replace({}, '@', n || '@')",
    ("event_invitation", "access_token"): "{} || n",
    ("relationship_network_answer", "access_token"): "{} || n",
    ("event_registration", "barcode"): "{} || n",
    ("calendar_event", "access_token"): "{} || n",
}
COLUMNS = """
SELECT column_name FROM information_schema.columns
 WHERE table_schema = 'public' AND table_name = '{}' AND is_generated = 'NEVER'
"""
REFERENCES = """
SELECT key.conrelid::regclass::text, attribute.attname, key.confrelid::regclass::text
  FROM pg_constraint AS key
  JOIN pg_attribute AS attribute ON attribute.attrelid = key.conrelid AND attribute.attnum = key.conkey[1]
 WHERE key.contype = 'f'
"""
# Next contacts of the dump that are appointments; of the last one, the meeting is archived.
MEETINGS = """
INSERT INTO calendar_event (id, name, show_as, privacy, active, user_id, start, stop, duration, relationship_is_renewal)
     SELECT 1000 + row_number() OVER (ORDER BY id), 'Rendez-vous', 'busy', 'public',
            row_number() OVER (ORDER BY id) < 10, user_id,
            date_deadline + time '10:00', date_deadline + time '11:00', 1, TRUE
       FROM mail_activity
      WHERE relationship_partner_id IS NOT NULL AND active AND date_deadline > CURRENT_DATE + 7
   ORDER BY id
      LIMIT 10;
INSERT INTO calendar_event_res_partner_rel (calendar_event_id, res_partner_id)
     SELECT event.id, users.partner_id FROM calendar_event AS event JOIN res_users AS users ON users.id = event.user_id;
UPDATE mail_activity AS renewal
   SET calendar_event_id = event.id, relationship_pinned = TRUE
  FROM calendar_event AS event, (
       SELECT id, row_number() OVER (ORDER BY id) AS number
         FROM mail_activity
        WHERE relationship_partner_id IS NOT NULL AND active AND date_deadline > CURRENT_DATE + 7
       ) AS open
 WHERE open.id = renewal.id AND event.id = 1000 + open.number;
"""
# Odoo's own start, in which each script of an update tells its seconds, and what it takes of memory and rows at most.
UPDATE = """
import json, re, sys, time
from pathlib import Path
from odoo import sql_db
from odoo.modules import migration
from odoo.service import server
from odoo.tools import config

def read_memory(name):
    return int(re.search(name + r":\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024

most, highest, steps = [0], [0], []
run, ask = migration.exec_script, sql_db.Cursor.execute

def count(self, *args, **kwargs):
    answer = ask(self, *args, **kwargs)
    most[0] = max(most[0], self._obj.rowcount)
    return answer

def measure(cr, installed, pyfile, addon, stage, version=None):
    started, queries, most[0] = time.monotonic(), cr.sql_log_count, 0
    highest[0] = max(highest[0], read_memory("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5")  # the most begins anew
    before = read_memory("VmRSS")
    run(cr, installed, pyfile, addon, stage, version)
    steps.append([Path(pyfile).parent.name + " " + addon + " " + Path(pyfile).stem, time.monotonic() - started,
                  cr.sql_log_count - queries, most[0], read_memory("VmHWM") - before])

sql_db.Cursor.execute, migration.exec_script = count, measure
started = time.monotonic()
config.parse_config([*sys.argv[1:], "--stop-after-init", "--no-http", "--log-level=warn"], setup_logging=True)
code = server.start(preload=[config["db_name"][0]], stop=True)
whole = ["all of it", time.monotonic() - started, 0, 0, max(highest[0], read_memory("VmHWM"))]
print("RESULT " + json.dumps([*steps, whole]), flush=True)
sys.exit(code)
"""


def multiply(odoo, database, copies):
    """Copy a database's data so many times, each copy a team of its own with its organisations.

    :return: numbers of rows of the tables of ``COPIED`` before
    """
    odoo.sql(MEETINGS, database)
    tables = {table for (table,) in odoo.sql("SELECT relname FROM pg_class WHERE relkind = 'r'", database)}
    copied = [table for table in COPIED if table in tables]
    references = {(table, column): other for table, column, other in odoo.sql(REFERENCES, database)}
    program = ["SET session_replication_role = replica"]  # what is copied points to what is copied later
    for table in copied:
        program += [
            f"CREATE TEMP TABLE kept_{table} AS SELECT id FROM {table} WHERE {COPIED[table]}",
            f"CREATE TEMP TABLE step_{table} AS SELECT max(id) AS step FROM {table}",
        ]
    for table in [*copied, *LINKS]:
        columns = [column for (column,) in odoo.sql(COLUMNS.format(table), database)]
        moved = {column: references.get((table, column)) for column in columns}
        values = [_get_value(table, column, moved[column], copied, columns) for column in columns]
        own = [f"({column} IN (SELECT id FROM kept_{ref}))" for column, ref in moved.items() if ref in copied]
        condition = f"id IN (SELECT id FROM kept_{table})" if table in copied else " OR ".join(own)
        program.append(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
            f" FROM {table}, generate_series(1, {copies}) AS n WHERE {condition}"
        )
        if table in copied:
            program.append(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    counts = ", ".join(f"(SELECT count(*) FROM kept_{table})" for table in copied)
    [row] = odoo.sql(";\n".join([*program, "ANALYZE", f"SELECT {counts}"]), database)
    return dict(zip(copied, row, strict=True))


def _get_value(table, column, referred, copied, columns):
    """Return the SQL of a column of a copy."""
    if column == "id":
        return f"id + n * (SELECT step FROM step_{table})"
    if referred in copied:
        return _shift(column, referred)
    if column == "res_id" and (kind := next((name for name in ("res_model", "model") if name in columns), None)):
        cases = " ".join(f"WHEN '{MODELS[other]}' THEN {_shift(column, other)}" for other in copied)
        return f"CASE {kind} {cases} ELSE res_id END"
    return OWN.get((table, column), "{}").format(f'"{column}"')


def _shift(column, table):
    """Return the SQL of the id, in a copy, of a row that is copied; of any other, the one it has."""
    return (
        f"{column} + CASE WHEN {column} IN (SELECT id FROM kept_{table})"
        f" THEN n * (SELECT step FROM step_{table}) ELSE 0 END"
    )


def update(odoo, database):
    """Update our addons as ``-u`` does, each script measured.

    :return: for each script and for all: its name, seconds, statements, the rows of the largest, megabytes at most
    :raise AssertionError: it does not end well
    """
    command = [odoo.python, "-c", UPDATE, "-d", database, "-u", ",".join(addons_present())]
    done = subprocess.run(
        list(map(str, command)), env=odoo.environment, cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr[-6000:]
    [line] = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    return json.loads(line[7:])
