"""The first day of a team that begins with the first addon alone."""

from conftest import WIDE
from playwright.sync_api import expect


def test_the_first_addon_alone_begins_with_the_administrator_naming_the_pilot(odoo, lean_database, serve, visitor):
    installed = odoo.sql("SELECT name FROM ir_module_module WHERE state = 'installed'", lean_database)
    others = ("crm", "sale", "website", "survey", "event", "mass_mailing")
    assert not [name for (name,) in installed if name.startswith(others)], "it needs none of them"
    someone = visitor(serve(lean_database), WIDE)
    page = someone.page
    someone.log_in("admin", "admin")
    someone.open("/odoo/relations-team")
    expect(page.get_by_text("Nommez d'abord le pilote")).to_be_visible()
    page.get_by_role("button", name="Nouveau").click()
    page.locator("[name=user_id] input").fill("Admin")
    page.get_by_role("option", name="Administrator").click()
    page.get_by_label("Pilote").check()
    page.locator(".o_form_button_save").click()
    expect(page.locator(".o_form_saved, .o_form_status_indicator_buttons.invisible").first).to_be_attached()
    page.reload()
    expect(page.get_by_role("button", name="Mon portefeuille")).to_be_visible()
    someone.open("/odoo/portfolio")
    expect(page.get_by_text("Votre portefeuille est vide")).to_be_visible()
    someone.open("/odoo/organisations")
    expect(page.get_by_text("Aucune organisation pour l'instant")).to_be_visible()
    assert not someone.errors, someone.errors
