"""What people type or tap in a search box: it finds what is there, and says so where there is nothing."""

import pytest
from conftest import CARD, PHONE, on_each_screen
from playwright.sync_api import expect

# Filters of an action that nothing can match, and those of the portfolio that find nothing in the demo.
IDLE = """
import json
from dateutil.relativedelta import relativedelta
from lxml import etree
from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools.safe_eval import datetime, safe_eval

users = env["relationship.member"].search([("is_current", "=", True)]).user_id
found, never = {}, set()
for action in env["ir.actions.act_window"].search([("res_model", "!=", False)]):
    if not (action.xml_id or "").startswith("shifters_"):
        continue
    for user in users:
        model = env(user=user.id, context={"lang": "fr_FR"})[action.res_model]
        if not model.has_access("read"):
            continue
        known = {"uid": user.id, "context_today": lambda: fields.Date.context_today(user), "datetime": datetime,
                 "relativedelta": relativedelta, "active_id": 0, "context": {}}
        begun = Domain(safe_eval(action.domain or "[]", known))
        try:
            model.search_count(begun, limit=1)
        except AccessError:
            continue  # an action for others
        arch = etree.fromstring(model.get_view(action.search_view_id.id, "search")["arch"])
        for node in arch.iter("filter"):
            if node.get("domain") or node.get("date"):
                if node.get("domain"):
                    domain = Domain(safe_eval(node.get("domain"), known))
                else:
                    domain = Domain(node.get("date"), "!=", False)
                key = f"{action.xml_id.split('.')[1]} {node.get('name')}"
                if (begun & domain).optimize_full(model).is_false():
                    never.add(key)
                found[key] = found.get(key, False) or bool(model.search_count(begun & domain, limit=1))
idle = [key for key, value in found.items() if not value and key.startswith("res_partner_portfolio_action")]
print("RESULT " + json.dumps([len(found), sorted(never), idle]))
"""

ACCENTED = """
import json
sector = env["relationship.sector"].create({"name": "Éco-épicerie"})
print("RESULT " + json.dumps(env["relationship.sector"].search([("name", "ilike", "eco-epicerie")]) == sector))
"""


def test_no_filter_is_one_that_nothing_can_match(odoo, demo_database):
    count, never, idle = odoo.run_in_shell(demo_database, IDLE)
    assert count > 100
    # Whether an invitation was delivered is read from its mailing: in the demo all were.
    assert set(never) <= {"event_invitation_action failed"}
    assert not idle


@pytest.mark.side_way
@on_each_screen(first=PHONE)
def test_an_empty_portfolio_is_told_from_a_search_that_finds_nothing(demo_database, serve, visitor, screen):
    address = serve(demo_database)
    someone = visitor(address, screen)
    page = someone.page
    someone.log_in("helene", "demo")
    someone.open("/odoo/portfolio")
    expect(page.locator(CARD).first).to_be_visible()
    someone.search("zzz introuvable")
    expect(page.get_by_text("Rien ne correspond à cette recherche")).to_be_visible()
    expect(page.get_by_text("Votre portefeuille est vide")).to_have_count(0)
    page.get_by_role("button", name="Tout afficher").click()
    expect(page.locator(CARD).first).to_be_visible()
    assert not someone.errors, someone.errors

    someone.open("/odoo/organisations?view_type=list")
    someone.search("zzz introuvable")
    expect(page.get_by_text("Rien ne correspond à cette recherche")).to_be_visible()

    someone.open("/odoo/relations-people")  # grouped
    someone.search("zzz introuvable")
    expect(page.get_by_text("Rien ne correspond à cette recherche")).to_be_visible()

    someone.open("/odoo/relations-team")
    someone.search("energie")  # whose sector that is
    expect(page.locator(f"{CARD}, .o_data_row")).to_have_count(1)
    expect(page.locator(f"{CARD}, .o_data_row")).to_contain_text("Hélène Martin")

    another = visitor(address, screen)
    another.log_in("nadia", "demo")
    another.open("/odoo/portfolio")
    expect(another.page.get_by_text("Votre portefeuille est vide")).to_be_visible()
    another.search("zzz introuvable")
    another.settle()
    expect(another.page.get_by_text("Votre portefeuille est vide")).to_be_visible()
    expect(another.page.get_by_text("Rien ne correspond à cette recherche")).to_have_count(0)
    assert not another.errors, another.errors


def test_odoo_s_own_searches_ignore_accents_on_every_database_of_ours(odoo, demo_database, plain_database):
    if not odoo.sql("SELECT name FROM pg_available_extensions WHERE name = 'unaccent'"):
        pytest.skip("this PostgreSQL has no unaccent")
    for database in (demo_database, plain_database, odoo.base_template()):
        assert odoo.sql("SELECT provolatile FROM pg_proc WHERE proname = 'unaccent' AND pronargs = 1", database) == [
            ["i"]
        ]
    assert odoo.run_in_shell(demo_database, ACCENTED) is True
