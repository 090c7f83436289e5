"""A fresh database, an uninstalled one, and what the addon costs those who do not use it."""

from datetime import date

from conftest import CHECKOUT

from devtools.places import addons_present

STOCK = """
import json, sys
sys.path.insert(0, {checkout!r})
from tests.stock_operations import run
print("RESULT " + json.dumps(run(env, {port})))
"""


REFERENCES = "SELECT count(*) FROM pg_constraint WHERE confrelid = 'res_partner'::regclass AND contype = 'f'"
MERGING = 14


def test_stock_operations_cost_not_one_query_more(odoo, plain_database, postbox, capsys):
    program = STOCK.format(checkout=str(CHECKOUT), port=postbox.port)
    base = odoo.copy(odoo.base_template(), f"{plain_database}_stock")
    try:
        without = odoo.run_in_shell(base, program)
        references = odoo.sql(REFERENCES, plain_database)[0][0] - odoo.sql(REFERENCES, base)[0][0]
    finally:
        odoo.drop(base)
    with_addons = odoo.run_in_shell(plain_database, program)
    with capsys.disabled():
        print(f"\n{'operation':<44}{'without':>9}{'with':>9}")
        for name, queries in without.items():
            print(f"{name:<44}{queries:>9,}{with_addons[name]:>9,}")
    assert len(postbox.texts) >= 2 * 2 * 20, "the mailings left for real"
    assert set(without) == set(with_addons)
    # Core looks into every column that refers to contacts, in two queries; the addons merge invitations, answers, cards
    # and places in other organisations, compare what registers know them by, and look for events that took place there.
    known = {"merge three contacts": 2 * references + MERGING}
    more = {name: with_addons[name] - queries - known.get(name, 0) for name, queries in without.items()}
    assert not {name: number for name, number in more.items() if number > 0}, more


def test_the_demo_has_a_team_and_relations_in_every_state(odoo, demo_database):
    counts = odoo.run_in_shell(
        demo_database,
        """
import json
Partner = env["res.partner"]
followed = [("relationship_stage", "!=", False)]
groups = Partner._read_group(followed, ["relationship_stage", "relationship_due_state"], ["__count"])
targets = Partner.search([("relationship_stage", "=", "target"), ("relationship_no_contact", "=", False)])
print("RESULT " + json.dumps({
    "organisations": Partner.search_count([("relationship_stage", "!=", False)]),
    "due": {state: count for stage, state, count in groups if stage == "target"},
    "roles": dict(env["relationship.member"]._read_group([("is_current", "=", True)], ["role"], ["__count"])),
    "addresses": [email.split("@")[1] for email in env["relationship.member"].search([]).user_id.mapped("email")],
    "languages": list(set(env["relationship.member"].search([]).user_id.mapped("lang"))),
    "renewals": env["mail.activity"].search_count([("relationship_partner_id", "in", targets.ids)]) - len(targets),
    "portfolios": env["relationship.member"].search(
        [("role", "=", "contact"), ("is_current", "=", True)]
    ).mapped("target_count"),
}))
""",
    )
    assert counts["organisations"] == 128
    assert counts["roles"] == {"pilot": 1, "organiser": 2, "contact": 4}
    assert set(counts["addresses"]) == {"example.org"}
    assert counts["languages"] == ["fr_FR"]
    assert counts["renewals"] == 0, "one open renewal for each target"
    assert all(10 <= portfolio <= 26 for portfolio in counts["portfolios"]), "one has too many"
    # When August is near, little falls due within thirty days: it is closed.
    closed_soon = date.today().month in (7, 8)
    for state in ("overdue", "never", "planned", *(() if closed_soon else ("due",))):
        assert counts["due"].get(state, 0) >= 5, counts["due"]


FOLLOWED = """
import json
user = env.ref("base.user_admin")
env["relationship.member"].create({"user_id": user.id, "role": "pilot"})
partners = env["res.partner"].create([
    {"name": f"Organisation {n}", "is_company": True, "relationship_stage": "target", "relationship_owner_id": user.id}
    for n in range(20)
])
env["relationship.synthesis"].create(
    [{"partner_id": partner.id, "summary": "<p>Said</p>", "state": "done"} for partner in partners]
)
env.cr.commit()
env["ir.module.module"].search([("name", "in", MODULES)]).button_immediate_uninstall()
env.cr.commit()
print("RESULT 1")
"""
AFTER = """
import json
Partner = env["res.partner"]
partner = Partner.create({"name": "After", "is_company": True})
partner.activity_schedule("mail.mail_activity_data_todo").action_feedback(feedback="Done")
activities = env["mail.activity"].with_context(active_test=False).search([("res_id", "!=", partner.id)])
Partner.get_views([(False, "form"), (False, "list"), (False, "kanban")])
user = env["res.users"].create({"name": "New", "login": "new"})
user.action_archive()

def count(what, column):
    env.cr.execute(f"SELECT count(*) FROM information_schema.{what} WHERE {column} LIKE 'relationship%%'")
    return env.cr.fetchone()[0]

print("RESULT " + json.dumps({
    "organisations": Partner.search_count([("name", "like", "Organisation")]),
    "fields": [name for name in Partner._fields if name.startswith("relationship")],
    "open": len(activities.filtered("active")),
    "done": len(activities.filtered(lambda activity: not activity.active)),
    "ours": env["mail.activity.type"].search_count([("name", "like", "Contact")]),
    "columns": count("columns", "column_name"),
    "tables": count("tables", "table_name"),
    "data": env["ir.model.data"].search_count([("module", "=", "shifters_relations")]),
}))
"""


def test_uninstalling_gives_the_database_back(odoo, plain_database):
    odoo.run_in_shell(plain_database, f"MODULES = {addons_present()!r}\n" + FOLLOWED)
    left = odoo.run_in_shell(plain_database, AFTER)
    assert left["organisations"] == 20
    assert left["done"] == 20, "the contacts that took place stay, as activities that were done"
    assert left["open"] == 20
    assert not left["fields"]
    assert left["columns"] == left["tables"] == left["data"] == left["ours"] == 0, left


def test_the_reports_of_the_demo_are_in_their_language(odoo, demo_database):
    figures = [str(figures) for [figures] in odoo.sql("SELECT figures FROM relationship_report", demo_database)]
    assert len(figures) > 1
    assert all("Par téléphone" in each and "By phone" not in each for each in figures)
