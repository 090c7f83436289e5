"""A contact member's main path, in French, on a wide screen and on a phone (S1, S2, U2)."""

import re

import pytest
from conftest import CARD, PHONE, WIDE, on_each_screen
from playwright.sync_api import expect


@pytest.mark.parametrize(("name", "screen"), [("wide", WIDE), ("phone", PHONE)])
def test_from_the_portfolio_to_the_next_date_in_five_clicks(demo_database, serve, visitor, name, screen):
    someone = visitor(serve(demo_database), screen)
    page = someone.page
    someone.fill_in_login_page("helene", "demo")
    someone.open("/odoo/portfolio")
    expect(page.get_by_text("En retard").first).to_be_visible()
    someone.picture(f"portfolio-{name}")
    card = page.locator(CARD).first
    expect(card, "the most urgent organisation comes first").to_contain_text("depuis le")
    organisation = card.locator("span").first.inner_text()

    someone.click(CARD)
    expect(page.locator(".o_relationship_sentence")).to_contain_text("Référent : vous")
    someone.picture(f"organisation-{name}")
    if name == "wide":
        someone.click(".o-mail-Activity-markDone")
    else:
        someone.click("button[name=action_relationship_write_synthesis]:visible")
    partner = page.locator("[name=partner_id] input, [name=partner_id] a").first
    expect(partner).to_have_value(re.compile(re.escape(organisation)))
    someone.clicks += 1
    page.locator("[name=summary] .odoo-editor-editable").click()
    page.keyboard.type("Ils veulent nous revoir à l'automne.")
    someone.picture(f"synthesis-{name}")
    someone.press("action_validate")
    sentence = re.compile(r"Prochain contact\s: (en personne|par téléphone), vers le \d+(er)? \w+")
    expect(page.locator("[name=next_contact_sentence]")).to_contain_text(sentence)

    assert someone.clicks <= 5, f"{someone.clicks} clicks"
    assert not someone.errors, someone.errors


@pytest.mark.side_way
def test_done_opens_the_synthesis_from_every_list_of_activities(come):
    someone = come("helene", WIDE)
    page = someone.page
    page.goto(f"{someone.address}/odoo/portfolio?view_type=activity")
    page.locator(".o_activity_summary_cell.overdue").first.click()
    page.locator(".o-mail-ActivityListPopoverItem-markAsDone").first.click()
    expect(page.locator("[name=summary] .odoo-editor-editable")).to_be_visible()

    page.goto(f"{someone.address}/odoo/organisations?view_type=kanban")
    expect(page.locator(".o_kanban_record").first).to_be_visible()
    page.locator(".o-mail-DiscussSystray-class .fa-clock-o, .o-mail-ActivityMenu-counter").first.click()
    page.get_by_role("link", name="Voir toutes les activités").or_(
        page.get_by_text("Voir toutes les activités")
    ).click()
    page.locator(".o_view_controller button[name=action_write_synthesis]").first.click()
    expect(page.locator("[name=summary] .odoo-editor-editable")).to_be_visible()


def test_nobody_answered_is_one_tap_on_a_phone(come):
    someone = come("helene", PHONE)
    page = someone.page
    someone.open("/odoo/portfolio")
    page.locator(CARD).first.click()
    expect(page.locator(".o_relationship_sentence")).to_be_visible()
    someone.click("button[name=action_relationship_no_answer]")
    expect(page.get_by_text("Essais sans réponse : 1")).to_be_visible()
    assert someone.clicks == 1


@on_each_screen(first=PHONE)
def test_each_number_of_the_portfolio_shows_what_it_counts(come, screen):
    someone = come("helene", screen)
    page = someone.page
    someone.open("/odoo/portfolio")
    cards = page.locator(CARD)
    everything = cards.count()
    for label in ("En retard", "À faire sous 30 jours", "Jamais vues"):
        number = page.locator(".o_relationship_figure", has_text=label)
        expect(number).to_contain_text(re.compile("[1-9]"))
        count = int(re.search(r"\d+", number.inner_text())[0])
        number.click()
        expect(page.locator(".o_relationship_figure.active", has_text=label)).to_be_visible()
        expect(cards).to_have_count(count)
        number.click()
        expect(cards, f"{label}: fewer than all").not_to_have_count(count)
        expect(cards).to_have_count(everything)
    page.locator(".o_relationship_figure", has_text="Synthèses à finir").click()
    page.wait_for_url("**/syntheses*")


@pytest.mark.side_way
def test_the_numbers_that_do_not_fit_on_a_phone_fade_at_the_edge_and_none_is_red_for_nothing(come):
    someone = come("pilote", PHONE)
    page = someone.page
    someone.open("/odoo/portfolio")
    expect(page.locator(".o_relationship_figure", has_text="En retard").locator("strong")).to_have_text("0")
    expect(page.locator(".o_relationship_figure .text-danger")).to_have_count(0)
    figures = page.locator(".o_relationship_figures")
    expect(figures).to_have_css("mask-image", re.compile("linear-gradient"))
    month = page.locator(".o_relationship_figure", has_text="Ce mois")
    expect(month).not_to_be_in_viewport(ratio=1)
    figures.evaluate("strip => strip.scrollTo(strip.scrollWidth, 0)")
    expect(month).to_be_in_viewport(ratio=1)
    nothing_is_faded = "number => window.innerWidth - number.getBoundingClientRect().right >= 48"
    page.wait_for_function(nothing_is_faded, arg=month.element_handle())


@pytest.mark.side_way
def test_the_team_is_seen_at_a_glance_and_told_of(come):
    someone = come("nadia", WIDE)
    page = someone.page
    page.goto(f"{someone.address}/odoo/coverage")
    expect(page.locator(".o_relationship_map td button").first).to_be_visible()
    someone.picture("coverage-wide")
    page.locator(".o_relationship_map tfoot td button").last.click()
    expect(page.locator(".o_data_row, .o_kanban_record:not(.o_kanban_ghost)").first).to_be_visible()
    page.goto(f"{someone.address}/odoo/relations-dashboard")
    expect(page.locator(".o_relationship_dashboard canvas")).to_have_count(5)
    someone.settle()
    colours = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".o_relationship_dashboard canvas")]
            .flatMap((canvas) => Chart.getChart(canvas).data.datasets)
            .map((dataset) => [dataset.label, dataset.borderColor || dataset.backgroundColor]))"""
    )
    late = colours.pop("En retard")
    assert late == "#EA6175"
    assert late not in colours.values(), colours
    someone.picture("dashboard-wide")
    someone.open("/odoo/relations-reports/new")
    expect(
        page.get_by_label("Un semestre").or_(page.locator("[name=period] select, [name=period] input")).first
    ).to_be_visible()
    page.locator("[name=highlights] .odoo-editor-editable").click()
    page.keyboard.type("Deux fédérations demandent une intervention.")
    page.locator(".o_form_button_save").click()
    expect(page.locator("[name=body]").get_by_text("Contacts par secteur")).to_be_visible()
    page.get_by_role("button", name="Valider").click()
    page.locator(".modal .btn-primary").click()
    expect(page.get_by_role("button", name="Envoyer", exact=True)).to_be_visible()
    someone.picture("report-wide")


def test_the_plan_is_levelled_and_a_portfolio_handed_over(come):
    someone = come("nadia", WIDE)
    page = someone.page
    someone.open("/odoo/relations-team")
    expect(page.get_by_text("Équipiers contact : 4 sur 4")).to_be_visible()
    someone.picture("team-wide")
    page.get_by_role("cell", name="Julien Moreau").click()
    page.get_by_role("button", name="Lisser le plan").click()
    expect(page.locator(".o_relationship_chart")).to_be_visible()
    page.get_by_role("button", name="Appliquer").click()
    expect(page.locator(".o_calendar_view")).to_be_visible()

    someone.open("/odoo/relations-team")
    page.get_by_role("cell", name="Inès Lefèvre").click()
    page.get_by_role("button", name="Transmettre le portefeuille").click()
    page.locator("[name=to_member_id] input").first.fill("Marc")
    page.get_by_role("option", name="Marc Petit").click()
    page.get_by_role("button", name="Transmettre", exact=True).first.click()
    expect(page.get_by_text("C'est transmis.")).to_be_visible()
    page.get_by_role("button", name="Rendre").click()
    page.get_by_role("button", name="Transmettre", exact=True).first.click()
    expect(page.get_by_text("C'est transmis.")).to_be_visible()


@pytest.mark.side_way
def test_a_handover_gives_what_its_screen_says_without_saving_first(odoo, demo_database, serve, visitor):
    someone = visitor(serve(demo_database), WIDE)
    page = someone.page
    someone.log_in("nadia", "demo")
    someone.open("/odoo/relations-team")
    page.get_by_role("cell", name="Inès Lefèvre").click()
    page.get_by_role("button", name="Transmettre le portefeuille").click()
    said = page.locator("[name=load]")
    page.locator("[name=to_member_id] input").first.fill("Marc")
    page.get_by_role("option", name="Marc Petit").click()
    expect(said).to_contain_text("Marc Petit")
    rows = page.locator("[name=sector_line_ids] .o_data_row")
    rows.first.locator("[name=to_member_id]").click()
    rows.first.locator("[name=to_member_id] input").fill("Julien")
    page.get_by_role("option", name="Julien Moreau").click()
    page.get_by_role("tab", name="Ligne par ligne").click()
    expect(said).to_contain_text("Julien Moreau")
    told = said.evaluate("shown => shown.innerText").replace("\xa0", " ").replace("\u202f", " ")
    promised = {name.strip(): int(count) for name, count in re.findall(r"([^·:]+?)\s: (\d+)", told)}
    page.get_by_role("button", name="Transmettre", exact=True).first.click()
    expect(page.get_by_text("C'est transmis.")).to_be_visible()
    kept = odoo.sql(
        "SELECT person.name, count(*) FROM res_partner target"
        " JOIN res_users ON res_users.id = target.relationship_owner_id"
        " JOIN res_partner person ON person.id = res_users.partner_id"
        " WHERE target.relationship_stage = 'target' AND target.active GROUP BY person.name",
        demo_database,
    )
    assert len(promised) == 2, promised
    assert promised.items() <= dict(kept).items(), (promised, kept)
    assert not someone.errors, someone.errors


# Keeps each choice that the page shows, were it for a moment.
WATCH_THE_RHYTHM = """
window.shown = new Set();
new MutationObserver(() => {
    const choice = document.querySelector("[name=reminder_rhythm] input:checked");
    if (choice) shown.add(choice.dataset.value);
}).observe(document, { subtree: true, childList: true, attributes: true });
"""


@pytest.mark.side_way
def test_a_member_pauses_her_reminders_on_a_phone(come):
    someone = come("marc", PHONE)
    page = someone.page
    someone.open("/odoo/my-reminders")
    page.get_by_text("Une fois par semaine").click()
    page.get_by_role("button", name="Enregistrer").last.click()
    expect(page.get_by_text("En retard").first).to_be_visible()
    page.add_init_script(WATCH_THE_RHYTHM)
    someone.open("/odoo/my-reminders")
    expect(page.get_by_label("Une fois par semaine")).to_be_checked()
    assert page.evaluate("[...shown]") == ["weekly"], "a former choice that is shown may be saved again"
    manifest = page.request.get(f"{someone.address}/web/manifest.webmanifest").json()
    assert [shortcut["url"] for shortcut in manifest["shortcuts"]][:2] == ["/odoo/portfolio", "/odoo/syntheses/new"]


def begin_a_synthesis(someone):
    """Open the synthesis of the most urgent organisation, and tap where one writes."""
    someone.open("/odoo/portfolio")
    someone.page.locator("button[name=action_relationship_write_synthesis]:visible").first.click()
    editor = someone.page.locator("[name=summary] .odoo-editor-editable")
    editor.click()
    return editor


@pytest.mark.side_way
def test_a_closed_tab_keeps_the_draft_once(odoo, demo_database, serve, visitor):
    [[before]] = odoo.sql("SELECT count(*) FROM relationship_synthesis", demo_database)
    someone = visitor(serve(demo_database), WIDE)
    someone.log_in("helene", "demo")
    begin_a_synthesis(someone)
    someone.page.keyboard.type("À reprendre ce soir.")
    someone.page.close(run_before_unload=True)
    someone.open_tab()
    expect(begin_a_synthesis(someone)).to_contain_text("À reprendre ce soir.")
    someone.page.goto(f"{someone.address}/odoo/syntheses/new")  # nothing is typed there
    expect(someone.page.locator("[name=summary] .odoo-editor-editable")).to_be_visible()
    someone.page.close(run_before_unload=True)
    [[after]] = odoo.sql("SELECT count(*) FROM relationship_synthesis", demo_database)
    assert after == before + 1


@pytest.mark.side_way
def test_the_keyboard_of_a_phone_hides_no_line_that_is_written(demo_database, serve, visitor):
    someone = visitor(serve(demo_database), PHONE)
    someone.log_in("helene", "demo")
    begin_a_synthesis(someone)
    someone.page.set_viewport_size({"width": 375, "height": 380})  # what a keyboard leaves
    for line in range(12):
        someone.page.keyboard.type(f"Ligne {line}")
        someone.page.keyboard.press("Enter")
    someone.page.keyboard.type("Fin")
    # The caret itself, not its paragraph: the line's spacing may lie under the editor's bar, what is written may not.
    someone.page.wait_for_function(
        """() => {
            const caret = getSelection().getRangeAt(0).getBoundingClientRect();
            const middle = caret.top + caret.height / 2;
            const seen = document.elementFromPoint(caret.left, middle);
            return caret.height && caret.top >= 0 && caret.bottom <= innerHeight + 1
                && seen?.closest(".odoo-editor-editable");
        }"""
    )


@on_each_screen(first=PHONE)
def test_what_comes_out_of_a_contact_is_kept_and_found(come, screen):
    someone = come("helene", screen)
    page = someone.page
    someone.open("/odoo/portfolio")
    page.locator(CARD).first.click()
    write = page.locator(".o_form_view button[name=action_relationship_write_synthesis]")
    expect(write).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\d+$"))
    organisation = page.url
    write.click()
    page.locator("[name=summary] .odoo-editor-editable").click()
    page.keyboard.type("Une fédération très intéressée par nos travaux sur le zèbre.")
    page.get_by_text("Ce qu'on a promis, actions communes").click()
    page.locator("[name=promised] textarea").fill("Envoyer le guide du zèbre")
    if screen is WIDE:
        page.get_by_text("Ajouter une ligne").first.click()
        page.locator("[name=kind_id] input").fill("Projet")
        page.get_by_role("option", name="Projet commun").click()
        page.locator(".o_selected_row [name=name] input").fill("Guide commun")
    page.get_by_text("Partie confidentielle", exact=True).click()
    page.locator("[name=confidential_note] textarea").fill("Leur directrice part en mai.")
    expect(page.locator("[name=confidential_readers]")).to_contain_text("Lisible seulement par")
    someone.press("action_validate")
    expect(page.get_by_text("Prochain contact").first).to_be_visible()

    someone.open("/odoo/syntheses")
    someone.search("federation zebre")
    page.locator(".o_data_row, .o_kanban_record:not(.o_kanban_ghost)").first.click()
    expect(page.locator("[name=summary] .odoo-editor-editable").get_by_text("zèbre")).to_be_visible()

    page.goto(organisation)
    promises = page.locator("[name=relationship_promise_ids]")
    expect(promises.get_by_text("Envoyer le guide du zèbre")).to_be_visible()
    page.locator("button[name=action_relationship_prepare]").click()
    sheet = page.frame_locator("iframe")
    for words in ("Envoyer le guide du zèbre", "Une fédération très intéressée"):
        expect(sheet.get_by_text(words).first).to_be_visible()
    expect(sheet.locator("body")).not_to_contain_text("directrice part")
    page.goto(organisation)
    promises.get_by_role("button", name="Fait").click()
    expect(promises).to_be_hidden()
    if screen is WIDE:
        someone.open("/odoo/cooperations")
        expect(page.get_by_text("Guide commun")).to_be_visible()


@pytest.mark.side_way
@on_each_screen(first=PHONE)
def test_nothing_is_closed_before_somebody_says_what_came_of_it(come, screen):
    someone = come("helene", screen)
    page = someone.page
    someone.open("/odoo/cooperations/new")
    page.locator("[name=name] textarea, [name=name] input").fill("Un guide à deux")
    page.locator("[name=kind_id] input").click()  # a list on a wide screen, a page on a phone
    page.get_by_text("Projet commun").last.click()
    page.locator(".o_form_button_save").click()
    page.wait_for_url(re.compile(r"/cooperations/\d+"))
    if screen is PHONE:
        page.locator(".o_statusbar_status .dropdown-toggle:visible").first.click()
    page.get_by_text("Terminée", exact=True).locator("visible=true").first.click()
    expect(page.locator("[name=outcome].o_field_invalid")).to_be_visible()
    page.locator("[name=outcome] textarea").fill("Le guide est paru.")
    page.locator(".o_form_button_save").click()
    expect(page.locator(".o_form_saved, .o_form_status_indicator_buttons.invisible").first).to_be_attached()
    page.reload()
    expect(page.locator("[name=outcome] textarea")).to_have_value("Le guide est paru.")


@pytest.mark.side_way
def test_the_pilot_anonymises_a_person_after_a_tick(odoo, demo_database, come):
    [[person, name]] = odoo.sql(
        "SELECT id, name FROM res_partner person WHERE NOT is_company AND EXISTS (SELECT FROM"
        " relationship_synthesis_participant_rel WHERE partner_id = person.id) ORDER BY id LIMIT 1",
        demo_database,
    )
    someone = come("pilote", WIDE)
    page = someone.page
    someone.open(f"/odoo/relations-people/{person}")
    page.locator(".o_cp_action_menus .dropdown-toggle, .o_cp_action_menus button").first.click()
    page.get_by_role("menuitem", name="Anonymiser").click()
    dialog = page.locator(".modal")
    expect(dialog.get_by_text(name).first).to_be_visible()
    expect(dialog.get_by_role("button", name="Anonymiser", exact=True)).to_be_hidden()
    dialog.get_by_label("Je sais que").check()
    dialog.get_by_role("button", name="Anonymiser", exact=True).click()
    expect(page.locator(".modal")).to_have_count(0)
    [[after]] = odoo.sql(f"SELECT name FROM res_partner WHERE id = {person}", demo_database)
    assert after == "Personne anonymisée"


@pytest.mark.side_way
def test_an_administrator_sees_what_is_not_as_it_must_be(odoo, demo_database, come):
    [[damaged]] = odoo.sql(
        "UPDATE res_partner SET relationship_next_contact_date = '2020-01-01'"
        " WHERE id = (SELECT min(relationship_partner_id) FROM mail_activity WHERE active) RETURNING id",
        demo_database,
    )
    someone = come("admin", WIDE)
    page = someone.page
    someone.open("/odoo/relations-team")
    page.locator(".o_menu_sections [data-menu-xmlid='shifters_relations.relationship_team_menu']").click()
    page.locator("[data-menu-xmlid='shifters_relations.relationship_check_menu']").click()
    rows = page.locator(".o_data_row")
    broken = page.locator(".o_data_row:has(.text-danger), .o_data_row.text-danger")
    expect(broken).to_have_count(1)
    expect(broken).to_contain_text(str(damaged))
    expect(rows, "most of it is as it must be").not_to_have_count(1)
    broken.locator("button[name=action_open]").click()
    expect(broken).to_have_count(0)
    expect(rows, "the organisation itself").to_have_count(1)
