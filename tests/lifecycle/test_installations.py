"""Each addon installed, updated, uninstalled and installed again: alone and together, with demo data and without."""

import itertools
import os
import re
import subprocess

import pytest

from devtools.odoo import LANGUAGE

FIRST = ["shifters_relations"]
BOTH = ["shifters_relations", "shifters_relations_events"]
OTHER_APPS = ["crm", "website_event", "survey", "hr"]
# What a database is made of; the names of what Odoo makes for relations of ours tell that they are ours.
SCHEMA = """
SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint ' || conname FROM pg_constraint JOIN pg_namespace n ON n.oid = connamespace
 WHERE n.nspname = 'public' AND contype != 'n'
"""
# Odoo's own modules add fields to our models, and we to the threads that theirs are: Odoo writes those down under one
# name or another.
OURS = """
SELECT module || '.' || name FROM ir_model_data
 WHERE module LIKE 'shifters_relations%' AND model NOT LIKE 'ir.model.fields%'
   AND (model != 'ir.model.inherit' OR name ~ '^model_inherit__(relationship|event_(invitation|change|audience))_')
"""
LEFT_BEHIND = """
SELECT 'parameter ' || key FROM ir_config_parameter WHERE key LIKE '%relation%'
UNION ALL SELECT 'job ' || cron_name FROM ir_cron WHERE cron_name LIKE 'Relations%'
UNION ALL SELECT 'attachment ' || name FROM ir_attachment
 WHERE res_model LIKE 'relationship.%' OR res_field LIKE 'relationship%'
UNION ALL SELECT 'message on ' || model FROM mail_message
 WHERE model LIKE 'relationship.%' OR model = 'event.invitation'
UNION ALL SELECT 'follower of ' || res_model FROM mail_followers
 WHERE res_model LIKE 'relationship.%' OR res_model = 'event.invitation'
UNION ALL SELECT 'activity on ' || res_model FROM mail_activity
 WHERE res_model LIKE 'relationship.%' OR res_model = 'event.invitation'
UNION ALL SELECT 'view ' || name FROM ir_ui_view WHERE arch_db::text LIKE '%relationship_%'
"""
UNINSTALL = """
env["ir.module.module"].search([("name", "in", MODULES)]).button_immediate_uninstall()
env.cr.commit()
print("RESULT 1")
"""
# Everything that a page would open; nothing of it may fail.
OPEN_EVERYTHING = """
import json
opened = 0
for action in env["ir.actions.act_window"].search([]):
    name = action.get_external_id()[action.id]
    if name.startswith("shifters_relations") and action.res_model in env:
        env[action.res_model].get_views(action.views or [(False, "list"), (False, "form")])
        opened += 1
for model in env["ir.model"].search([("model", "=like", "relationship.%")]):
    records = env[model.model]
    if not records._abstract:
        records.search_read([], limit=5)
        opened += 1
Partner = env["res.partner"]
partner = Partner.create({"name": "Somebody"})
partner.activity_schedule("mail.mail_activity_data_todo").action_feedback(feedback="Done")
env["calendar.event"].create({"name": "M", "start": "2030-01-01 10:00:00", "stop": "2030-01-01 11:00:00"}).unlink()
Partner.get_views([(False, "form"), (False, "list"), (False, "kanban")])
print("RESULT " + json.dumps(opened))
"""


class Life:
    """A database that modules come into and leave.

    :param odoo: Odoo as provisioned
    :param str name: the database
    """

    def __init__(self, odoo, name):
        self.odoo = odoo
        self.name = name

    def run(self, *arguments):
        """Run Odoo's command line and demand that it says nothing that somebody would have to look at."""
        done = subprocess.run(
            self.odoo.command("-d", self.name, "--stop-after-init", "--no-http", *arguments),
            env=self.odoo.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        serious = re.compile(r"\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) (?!.*py\.warnings)")
        said = [line for line in done.stderr.splitlines() if serious.match(line)]
        assert not done.returncode and not said, "\n".join(said) or done.stderr[-3000:]

    def shell(self, program):
        """Run a program in Odoo's shell; its answer."""
        return self.odoo.run_in_shell(self.name, program)

    def rows(self, statement):
        """The first column of what a statement finds, as a set."""
        return {row[0] for row in self.odoo.sql(statement, self.name)}

    def uninstall(self, modules):
        """Uninstall as the page of applications does."""
        self.shell(f"MODULES = {modules!r}\n{UNINSTALL}")


@pytest.fixture
def live(odoo):
    """A function that gives a copy of a database with what addons of ours need and other apps, to live in."""
    lives = []

    def begin(ours, others, demo):
        template = odoo.base_template(ours)
        if others:
            label = f"Odoo's {', '.join(others)}"
            template = odoo.template([*odoo.get_needs(ours), *others], label, on_top_of=template)
        life = Life(odoo, odoo.copy(template, f"life_{os.getpid()}_{len(lives)}"))
        if demo:
            # Our demo data alone: Odoo takes a module's only where its dependencies have theirs.
            odoo.sql("UPDATE ir_module_module SET demo = TRUE", life.name)
        lives.append(life)
        return life

    yield begin
    for life in lives:
        odoo.drop(life.name)


LIVES = [
    pytest.param(
        *(modules, others, demo),
        id=f"{' and '.join(modules)}{' beside other apps' if others else ''}{' with demo data' if demo else ''}",
    )
    for modules, others, demo in itertools.product((FIRST, BOTH), ([], OTHER_APPS), (False, True))
]


@pytest.mark.parametrize(("modules", "others", "demo"), LIVES)
def test_installed_updated_uninstalled_and_installed_again(live, modules, others, demo):
    life = live(modules, others, demo)
    options = ["--with-demo"] if demo else []
    before, texts = life.rows(SCHEMA), life.rows(LEFT_BEHIND)

    life.run("-i", ",".join(modules), f"--load-language={LANGUAGE}", *options)
    installed, records = life.rows(SCHEMA), life.rows(OURS)
    assert life.shell(OPEN_EVERYTHING) > 20
    assert installed > before, sorted(before - installed)

    life.run("-u", ",".join(modules))
    assert life.rows(SCHEMA) == installed, "an update of the same version changes nothing"
    assert life.rows(OURS) == records

    life.uninstall(modules)
    assert life.shell(OPEN_EVERYTHING) == 0
    assert life.rows(LEFT_BEHIND) == texts
    assert not life.rows(OURS)
    assert life.rows(SCHEMA) == before, sorted(life.rows(SCHEMA) ^ before)

    life.run("-i", ",".join(modules), *options)
    assert life.rows(SCHEMA) == installed
    assert life.shell(OPEN_EVERYTHING) > 20


@pytest.mark.parametrize("demo", [False, True], ids=["without demo data", "with demo data"])
def test_the_second_addon_goes_and_the_first_stays(live, demo):
    life = live(BOTH, [], demo)
    options = ["--with-demo"] if demo else []
    life.run("-i", "shifters_relations", f"--load-language={LANGUAGE}", *options)
    alone = life.rows(SCHEMA)
    life.run("-i", "shifters_relations_events", *options)
    life.uninstall(["shifters_relations_events"])
    assert life.rows(SCHEMA) == alone, sorted(life.rows(SCHEMA) ^ alone)
    assert life.shell(OPEN_EVERYTHING) > 20
    life.run("-u", "shifters_relations")
    life.run("-i", "shifters_relations_events", *options)
    assert life.shell(OPEN_EVERYTHING) > 30
