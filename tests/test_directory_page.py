"""An organisation is asked, corrects its card on a phone; an organiser reads it; the pilot opens the page (N4)."""

from conftest import MAIL_SERVER, PHONE, WIDE
from playwright.sync_api import expect
from test_partner_event import wait_for_link

ORGANISATION = """
organisation = env["res.partner"].create({"name": "Aab Atelier inventé", "is_company": True, "lang": "fr_FR",
    "relationship_stage": "candidate", "relationship_sector_id": env.ref("shifters_relations.sector_environment").id})
env["res.partner"].create({"name": "Aude Lenoir", "email": "aude@example.org", "lang": "fr_FR",
    "parent_id": organisation.id})
env.cr.commit()
print("RESULT %s" % organisation.id)
"""


def test_from_the_question_to_the_public_page(odoo, demo_database, serve, visitor, chromium, postbox):
    odoo.run_in_shell(demo_database, MAIL_SERVER.replace("PORT", str(postbox.port)))
    odoo.run_in_shell(demo_database, ORGANISATION)
    address = serve(demo_database, "--max-cron-threads=1")
    nadia = visitor(address, WIDE)
    page = nadia.page
    nadia.log_in("nadia", "demo")
    nadia.open("/odoo/directory")
    row = page.locator(".o_data_row", has_text="Aab Atelier inventé")
    row.locator(".o_list_record_selector input").click()
    page.get_by_role("button", name="Leur demander de relire leur fiche").click()
    expect(page.frame_locator("iframe").get_by_text("Voir la fiche de mon organisation")).to_be_visible()
    page.get_by_role("button", name="Envoyer", exact=True).click()
    page.locator(".modal button.btn-primary").click()
    assert postbox.something_came.wait(90), "the mailing leaves"
    link = wait_for_link(postbox, "aude@example.org", "/who-does-what/card")

    phone = chromium.new_context(java_script_enabled=False, locale="fr-FR", **PHONE)
    aude = phone.new_page()
    aude.goto(address + link)
    expect(aude.get_by_role("button", name="C'est juste")).to_be_visible()
    aude.get_by_label("Ce que nous faisons, en une ligne").fill("Réparer plutôt que jeter")
    aude.get_by_label("Site").fill("atelier.example.org")
    aude.get_by_role("button", name="Envoyer la correction").tap()
    expect(aude.get_by_role("status")).to_contain_text("votre correction est bien reçue")
    assert aude.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing is wider than the phone"

    nadia.open("/odoo/directory")
    page.locator(".o_searchview_input").fill("Aab Atelier")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("Correction à relire")
    row.get_by_role("button", name="La lire").click()
    expect(page.locator(".o_data_row", has_text="Réparer plutôt que jeter")).to_be_visible()
    page.get_by_role("button", name="Tout accepter").click()
    expect(page.locator(".o_data_row", has_text="Acceptée")).to_have_count(2)

    pilot = visitor(address, WIDE)
    pilot.log_in("pilote", "demo")
    pilot.open("/odoo/directory")
    pilot.page.get_by_role("button", name="Page publique").click()
    form = pilot.page.locator(".o_form_view")
    expect(form).to_contain_text("Organisations qu'elle montrerait")
    form.locator("[name=is_open] input").check()
    pilot.page.locator(".o_form_button_save").click()
    expect(form.locator("[name=url]")).to_contain_text("/who-does-what/")
    pilot.page.set_viewport_size(PHONE["viewport"])
    pilot.open("/odoo/directory")
    expect(pilot.page.locator(".o_kanban_view")).to_be_visible()
    expect(pilot.page.get_by_role("button", name="Télécharger (.csv)")).to_be_visible()
    [[token]] = odoo.sql("SELECT access_token FROM relationship_directory", demo_database)
    aude.goto(f"{address}/who-does-what/{token}")
    shown = aude.locator("article", has_text="Aab Atelier inventé")
    expect(shown).to_contain_text("Réparer plutôt que jeter")
    expect(shown.get_by_role("link")).to_have_attribute("href", "https://atelier.example.org")
    expect(aude.get_by_text("Aude Lenoir")).to_have_count(0)
    assert aude.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    phone.close()
    assert not nadia.errors + pilot.errors
