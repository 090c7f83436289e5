"""What is said before an organisation leaves the loop, and before somebody writes where one should not (G4)."""

import re

import pytest
from conftest import CARD, MAIL_SERVER, PHONE, WIDE, on_each_screen
from playwright.sync_api import expect

SILENT = """
partner = env["res.partner"].search(
    [("relationship_stage", "=", "target"), ("relationship_owner_id.login", "=", "helene"),
     ("relationship_next_contact_date", "!=", False)], order="id", limit=1)
partner.relationship_no_contact = True
env.cr.commit()
print("RESULT", partner.id)
"""


@pytest.fixture
def silent(odoo, demo_database):
    """An organisation of Hélène's that wants no contact: its id."""
    return odoo.run_in_shell(demo_database, SILENT)


@on_each_screen(first=PHONE)
def test_who_wants_no_contact_is_seen_before_one_writes(silent, come, screen):
    someone = come("helene", screen)
    page = someone.page
    someone.open("/odoo/portfolio")
    expect(page.locator(CARD, has_text="Ne plus contacter").first).to_be_visible()
    banner = page.locator(".alert-danger", has_text="Ne plus contacter.")
    someone.open(f"/odoo/organisations/{silent}")
    expect(banner).to_contain_text("aucune invitation ne part")
    someone.open(f"/odoo/organisations/{silent}/write/new")
    expect(banner).to_be_visible()
    if screen == WIDE:
        someone.open("/odoo/portfolio?view_type=list")
        page.locator(".o_group_header", has_text="Non planifiées").click()
        expect(page.locator("td[name=relationship_due_state]", has_text="Ne plus contacter").first).to_be_visible()


@pytest.mark.side_way
def test_an_organiser_reads_what_goes_with_a_target_before_archiving_it(come):
    someone = come("nadia", WIDE)
    page = someone.page
    someone.open("/odoo/organisations?view_type=list")
    page.locator(".o_data_row .o_list_record_selector").first.click()
    page.locator(".o_cp_action_menus button:has(.fa-cog)").click()
    page.locator(".o-dropdown--menu .o_menu_item", has_text=re.compile(r"^\W*Archiver\W*$")).click()
    expect(page.locator(".modal")).to_contain_text(re.compile("cible.*prévu"))
    someone.open("/odoo/organisations?view_type=list")
    page.locator(".o_data_row td[name=name]").first.click()
    expect(page.locator(".o_relationship_sentence")).to_be_visible()
    page.locator(".o_cp_action_menus button:has(.fa-cog)").click()
    page.locator(".o-dropdown--menu .o_menu_item", has_text=re.compile(r"^\W*Archiver\W*$")).click()
    expect(page.locator(".modal")).to_contain_text(re.compile("cible.*prévu"))


@pytest.mark.side_way
def test_the_administrator_lets_the_pilot_invite(odoo, demo_database, serve, visitor, postbox):
    address = serve(demo_database)
    pilot, admin = visitor(address, WIDE), visitor(address, WIDE)
    pilot.log_in("pilote", "demo")
    pilot.open("/odoo/relations-team/new")
    expect(pilot.page.get_by_text("de vous laisser inviter")).to_be_visible()
    admin.log_in("admin", "admin")
    admin.open("/odoo/relations-team")
    admin.page.get_by_label("Le pilote peut inviter").check()
    admin.settle()
    pilot.open("/odoo/relations-team/new")
    pilot.page.get_by_text("Inviter par nom et adresse").click()
    pilot.page.locator("[name=name] input").fill("Ada Byron")
    pilot.page.locator("[name=email] input").fill("ada.byron@example.org")
    button = pilot.page.locator("button[name=action_invite]")
    expect(button).to_have_text("Inviter")
    button.click()
    expect(pilot.page.locator(".modal")).to_contain_text("n'a pas pu partir")
    pilot.page.locator(".modal-footer button").first.click()
    expect(pilot.page.locator("[name=email] input")).to_have_value("ada.byron@example.org")
    odoo.run_in_shell(demo_database, MAIL_SERVER.replace("PORT", str(postbox.port)))
    button.click()
    expect(pilot.page.locator(".o_notification")).to_contain_text("est partie pour ada.byron@example.org")
    expect(pilot.page.locator("[name=user_id]").first).to_contain_text("Ada Byron")
    assert "ada.byron@example.org" in postbox.texts[-1]
    assert not pilot.errors + admin.errors, pilot.errors + admin.errors
