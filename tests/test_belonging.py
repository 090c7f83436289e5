"""Who belongs to whom is noted from either side, and the map counts who is reached through it (B6)."""

import re

import pytest
from conftest import PHONE, WIDE, on_each_screen
from playwright.sync_api import expect

MEMBER, HEAD = "Emmaüs France", "Réseau Action Climat"
PAIR = """
SELECT count(*) FROM relationship_affiliation AS affiliation
  JOIN res_partner AS member ON member.id = organisation_id JOIN res_partner AS umbrella ON umbrella.id = umbrella_id
 WHERE (member.name, umbrella.name, kind) = ('Emmaüs France', 'Réseau Action Climat', 'network')
"""


@on_each_screen(first=PHONE)
@pytest.mark.parametrize(
    ("side", "opened", "add", "chosen"),
    [
        pytest.param(
            *("relationship_affiliation_ids", MEMBER, "Ajouter ce dont elle est membre", HEAD),
            id="from below",
            marks=pytest.mark.side_way,
        ),
        pytest.param("relationship_affiliated_ids", HEAD, "Ajouter un membre", MEMBER, id="from above"),
    ],
)
def test_who_belongs_to_whom_is_noted_from_either_side(odoo, demo_database, come, screen, side, opened, add, chosen):
    [[partner_id]] = odoo.sql(f"SELECT id FROM res_partner WHERE name = '{opened}'", demo_database)
    someone = come("helene", screen)
    page = someone.page
    someone.open(f"/odoo/organisations/{partner_id}")
    page.locator(f"[name={side}]").get_by_text(add).click()
    other = "umbrella_id" if side == "relationship_affiliation_ids" else "organisation_id"
    if screen is WIDE:
        page.locator(f"[name={side}] [name={other}] input").fill(chosen)
        page.locator(".o-autocomplete--dropdown-item", has_text=chosen).first.click()
    else:
        page.locator(f".modal [name={other}] input").click()
        page.locator(".modal button:has(.fa-search)").last.click()
        page.locator(".modal .o_searchview_input").last.fill(chosen)
        expect(page.locator(".o_searchview_autocomplete").get_by_text(chosen).first).to_be_visible()
        page.keyboard.press("Enter")
        page.locator(".modal .o_kanban_record", has_text=chosen).last.click()
        page.locator(".modal .o_form_button_save").first.click()
        expect(page.locator(f"[name={side}]")).to_contain_text(chosen)
    page.locator(".o_form_button_save:visible").first.click()
    expect(page.locator(f"[name={side}]")).to_contain_text(chosen)
    someone.settle()
    assert odoo.sql(PAIR, demo_database) == [[1]]
    someone.open(f"/odoo/organisations/{partner_id}")
    expect(page.locator(f"[name={side}]")).to_contain_text(chosen)
    if opened == MEMBER and screen is WIDE:
        expect(page.locator(".o_relationship_sentence")).to_contain_text(re.compile(r"Son réseau RAC\s: (vu|jamais)"))


def test_the_map_tells_who_is_reached_apart_from_who_is_met(come):
    someone = come("nadia", WIDE)
    page = someone.page
    someone.open("/odoo/action-shifters_relations.relationship_coverage_action")
    legend = page.locator(".o_relationship_legend").get_by_role("button", name="Touchées par leur réseau")
    expect(legend).to_contain_text(re.compile("[1-9]"))
    count = int(re.search(r"\d+", legend.inner_text())[0])
    expect(page.locator(".o_relationship_map .fa-sitemap").first).to_be_visible()
    legend.click()
    expect(page.locator(".o_data_row")).to_have_count(count)
