"""A committee on a phone: its agenda is changed by hand, its minutes become drafts for those who were there (V1)."""

from conftest import PHONE
from playwright.sync_api import expect


def test_a_committee_is_prepared_and_written_up_on_a_phone(odoo, demo_database, come):
    [[committee]] = odoo.sql("SELECT id FROM relationship_committee", demo_database)
    someone = come("helene", PHONE)
    page = someone.page
    someone.open(f"/odoo/committees/{committee}")
    someone.press("action_plan_next")
    agenda = page.locator("[name=relationship_agenda] .odoo-editor-editable")
    expect(agenda.get_by_text("Avancement")).to_be_visible()
    expect(page.get_by_text("Cet ordre du jour suit ce qui est noté")).to_be_visible()
    someone.settle()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    agenda.locator("li").first.click()
    page.keyboard.type("Le zèbre. ")
    page.locator(".o_form_button_save").click()
    expect(page.get_by_text("Cet ordre du jour a été écrit à la main")).to_be_visible()
    page.reload()
    expect(agenda.get_by_text("Le zèbre.")).to_be_visible()

    someone.open(f"/odoo/committees/{committee}")
    someone.press("action_write_minutes")
    expect(page.get_by_text("Synthèses préparées pour")).to_be_visible()
    expect(page.locator("[name=relationship_synthesis_ids]").get_by_text("Brouillon").first).to_be_visible()
    expect(page.locator("[name=relationship_agenda].o_readonly_modifier")).to_be_visible()
    someone.settle()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
