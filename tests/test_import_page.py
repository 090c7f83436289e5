"""A list that a team really has comes in, through the page, and goes again (B1, B2, B4)."""

import pytest
from conftest import WIDE, on_each_screen
from playwright.sync_api import expect

# As an old spreadsheet saves it: title lines above the headers, Windows' letters, words of its own, a name that two
# organisations bear, an acronym alone, the same person on two rows.
MESSY = """Suivi des contacts de l'équipe;;;;;;
Mis à jour par Élise;;;;;;
;;;;;;
Structure;Ville;Secteur;Interlocuteur;Courriel;Vu le;Remarques perso
Fédération inventée de l'été;Nîmes;Alchimie;Zoé Lebrun;zoe@ete.example;12/05/2026;Très intéressée
FEDERATION INVENTEE DE L’ETE ;Nîmes;Alchimie;Zoé Lebrun;zoe@ete.example;;
Comité des fêtes;;;;;;
CFTD;;;;;;
Réseau inventé du soir;Brest;Énergie;Noé Ker et Max Roux;noe@soir.example;03/02/2026;Rappeler
""".encode("cp1252")
NAMESAKES = """
vals = {"name": "Comité des fêtes", "is_company": True, "relationship_stage": "candidate"}
env["res.partner"].create([{**vals, "city": "Lyon"}, {**vals, "city": "Lille"}])
vals["name"] = "Confédération factice des transports doux"
env["res.partner"].create([{**vals, "relationship_acronym": "CFTD"}])
env.cr.commit()
print("RESULT 1")
"""
REGISTER = """\
representants_id;denomination;sigle_HATVP;identifiant_national;type_identifiant_national;dateCessation;\
label_categorie_organisation;ville;code_postal;site_web;adresse;nom_usage_HATVP;pays
1;CANAUX;;W691000099;RNA;;Association;LYON;69003;;;Association inventée des canaux;FRANCE
2;ECLUSES;;W751000098;RNA;;Association;PARIS;75011;;;Association inventée des écluses;FRANCE
3;SYNDICAT DES QUAIS;;W691000097;RNA;;Syndicat;LYON;69001;;;Syndicat inventé des quais;FRANCE
""".encode()
BASE = """
SELECT name, city, relationship_sector_id, relationship_owner_id, relationship_last_contact_date, email, phone
FROM res_partner ORDER BY id
"""


def go_to(page, step):
    """Go to a step of the page, which a phone shows in a menu."""
    if page.viewport_size["width"] > 767:
        page.locator(f".o_statusbar_status button[data-value={step}]:visible").click()
    else:
        page.locator(".o_statusbar_status .dropdown-toggle:visible").last.click()
        label = {"columns": "Colonnes", "words": "Mots", "preview": "Aperçu"}[step]
        page.locator(".o-dropdown-item", has_text=label).click()


def look_at(page, label):
    """Look at one kind of the lines of the preview."""
    page.locator(".o_notebook [role=tab]", has_text=label).click()


@on_each_screen(first=WIDE)
def test_a_messy_list_comes_in_with_two_decisions_and_goes_again(odoo, demo_database, come, screen):
    odoo.run_in_shell(demo_database, NAMESAKES)
    before = odoo.sql(BASE, demo_database)
    someone = come("nadia", screen)
    page = someone.page
    someone.open("/odoo/organisations")
    page.locator(".o_cp_action_menus .dropdown-toggle, .o_control_panel .fa-cog").first.click()
    expect(page.locator(".o_import_menu"), "Odoo's own import stays Odoo's").to_have_count(0)
    page.locator(".o_relationship_import_menu").click()

    page.locator("input[type=file]").set_input_files({"name": "suivi.csv", "mimeType": "text/csv", "buffer": MESSY})
    expect(page.get_by_text("Que contient chaque colonne ?")).to_be_visible()
    expect(page.locator("[name=samples_html]"), "its letters are recognised").to_contain_text(
        "Fédération inventée de l'été"
    )
    expect(page.locator("[name=filled_column_ids]")).to_contain_text("Remarques perso")

    page.locator("[name=channel] .o_radio_item", has_text="Par téléphone").click()
    someone.press("action_continue")
    expect(page.get_by_text("Que veulent dire ces mots ?")).to_be_visible()
    words = page.locator("[name=word_ids] .o_data_row, [name=word_ids] .o_kanban_record:not(.o_kanban_ghost)")
    expect(words, "asked once").to_have_count(1)
    expect(words).to_contain_text("Alchimie")
    words.get_by_role("button", name="Laisser de côté").click()

    someone.press("action_continue")
    lines = page.locator("[name=ask_line_ids] .o_data_row, [name=ask_line_ids] .o_kanban_record:not(.o_kanban_ghost)")
    expect(lines).to_have_count(3)
    lines.filter(has_text="Noé Ker et Max Roux").get_by_role("button", name="Une par personne").click()
    expect(lines).to_have_count(2)
    someone.picture("import-wide" if screen is WIDE else "import-phone")
    lines.filter(has_text="Comité des fêtes").get_by_role("button", name="Comité des fêtes · Lyon").click()
    expect(lines).to_have_count(1)

    someone.settle()
    go_to(page, "columns")
    expect(page.get_by_text("Que contient chaque colonne ?")).to_be_visible()
    someone.settle()
    go_to(page, "preview")
    expect(lines, "going back has lost no decision").to_have_count(1)
    lines.get_by_role("button", name="Une nouvelle").click()
    look_at(page, "Nouvelles")
    expect(page.locator("[name=new_line_ids]")).to_contain_text("Zoé Lebrun")
    expect(page.locator("[name=new_line_ids]")).to_contain_text("Max Roux")
    someone.settle()
    assert odoo.sql(BASE, demo_database) == before, "nothing is written before it was seen"

    someone.press("action_apply")
    expect(page.get_by_text("C'est entré")).to_be_visible()
    came = odoo.sql(BASE, demo_database)
    names = [row[0] for row in came]
    assert names.count("Comité des fêtes") == 2
    assert names.count("CFTD") == 1
    assert names.count("Zoé Lebrun") == 1

    someone.press("action_undo")
    page.locator(".modal .btn-primary").click()
    expect(page.get_by_text("Cette liste est défaite")).to_be_visible()
    assert odoo.sql(BASE, demo_database) == before


@pytest.mark.side_way
def test_a_register_is_filtered_chosen_from_and_brought_in(odoo, demo_database, come):
    someone = come("nadia", WIDE)
    page = someone.page
    someone.open("/odoo/relations-imports/new")
    page.locator("input[type=file]").set_input_files({"name": "vue.csv", "mimeType": "text/csv", "buffer": REGISTER})
    expect(page.get_by_text("Qui cherchez-vous ?")).to_be_visible()
    expect(page.locator(".o_statusbar_status:visible")).to_contain_text("Recherche")
    someone.press("action_continue")
    expect(page.locator(".o_notification, .modal").last).to_contain_text("Dites qui vous cherchez")
    page.locator(".modal .btn-primary, .o_notification .btn-close").first.click()
    page.locator("[name=category_choice_ids] .o_data_row", has_text="Association").locator("[name=chosen]").click()
    page.locator("[name=places] input").fill("69")
    someone.press("action_continue")
    page.locator("button[name=action_view_waiting]").click()
    expect(page.locator(".o_data_row"), "that of Lyon alone").to_have_count(1)
    page.locator(".o_data_row .o_list_record_selector input").click()
    page.locator("button[name=action_take_in]").click()
    expect(page.locator(".o_notification").last).to_contain_text("Retenues : 1")
    page.locator("button[name=action_done_choosing]").click()
    expect(page.locator("[name=new_line_ids]")).to_contain_text("Association inventée des canaux")
    someone.press("action_apply")
    expect(page.get_by_text("C'est entré")).to_be_visible()
    who = "SELECT relationship_stage, relationship_rna FROM res_partner WHERE name = 'Association inventée des canaux'"
    assert odoo.sql(who, demo_database) == [["candidate", "W691000099"]]
    someone.errors.clear()  # the sentence that asked whom she looks for


def test_who_is_no_organiser_sees_no_door_and_is_refused(come):
    someone = come("helene", WIDE)
    page = someone.page
    someone.open("/odoo/organisations")
    page.locator(".o_menu_sections").get_by_text("Organisations").click()
    expect(page.get_by_role("menuitem", name="Carte de couverture")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Imports")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".o_control_panel .o_cp_action_menus .fa-cog"), "no gear, as nothing is in it").to_have_count(0)
    page.goto(f"{someone.address}/odoo/relations-imports/new")
    expect(page.locator(".modal").last).to_contain_text("équipiers organisation")
    expect(page.locator(".modal").last).not_to_contain_text("relationship.import")
    someone.errors.clear()
