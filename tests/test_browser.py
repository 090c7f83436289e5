"""A contact member's main path, in French, on a wide screen and on a phone (S1, S2, U2)."""

import re

import pytest
from conftest import PHONE, WIDE

ENGLISH = {
    "the",
    "and",
    "with",
    "Owner",
    "Stage",
    "Sector",
    "Overdue",
    "Next",
    "Due",
    "Target",
    "Members",
    "Synthesis",
    "Never",
    "Portfolio",
}


@pytest.mark.parametrize(("name", "screen"), [("wide", WIDE), ("phone", PHONE)])
def test_from_the_portfolio_to_the_next_date_in_five_clicks(demo_database, serve, visitor, name, screen):
    someone = visitor(serve(demo_database), screen)
    page = someone.page
    someone.log_in("helene", "demo")
    someone.open("/odoo/portfolio")
    page.get_by_text("En retard").first.wait_for()
    someone.picture(f"portfolio-{name}")
    card = page.locator(".o_kanban_record:not(.o_kanban_ghost)").first
    assert "depuis le" in card.inner_text(), "the most urgent organisation comes first"
    organisation = card.locator("span").first.inner_text()

    someone.click(".o_kanban_record:not(.o_kanban_ghost)")
    page.locator(".o_relationship_sentence").wait_for()
    assert "Référent : vous" in page.locator(".o_relationship_sentence").inner_text()
    someone.picture(f"organisation-{name}")
    if name == "wide":
        someone.click(".o-mail-Activity-markDone")
    else:
        someone.click("button[name=action_relationship_write_synthesis]:visible")
    editor = page.locator("[name=summary] .odoo-editor-editable")
    editor.wait_for()
    assert organisation in page.locator("[name=partner_id] input, [name=partner_id] a").first.input_value()
    someone.clicks += 1
    editor.click()
    page.keyboard.type("Ils veulent nous revoir à l'automne.")
    if name == "phone" and not page.locator("button[name=action_validate]").is_visible():
        someone.click(".o_statusbar_buttons .dropdown-toggle")
    someone.click("button[name=action_validate]")
    page.get_by_text("Prochain contact").wait_for()
    sentence = page.locator("[name=next_contact_sentence]").inner_text()
    assert re.search(r"Prochain contact : (en personne|par téléphone), vers le \d+ \w+", sentence), sentence

    assert someone.clicks <= 5, f"{someone.clicks} clicks"
    assert not someone.errors, someone.errors


def test_done_opens_the_synthesis_from_every_list_of_activities(demo_database, serve, visitor):
    someone = visitor(serve(demo_database), WIDE)
    page = someone.page
    someone.log_in("helene", "demo")
    page.goto(f"{someone.address}/odoo/portfolio?view_type=activity")
    page.locator(".o_activity_summary_cell.overdue").first.click()
    page.locator(".o-mail-ActivityListPopoverItem-markAsDone").first.click()
    page.locator("[name=summary] .odoo-editor-editable").wait_for()

    page.goto(f"{someone.address}/odoo/organisations?view_type=kanban")
    page.locator(".o_kanban_record").first.wait_for()
    page.locator(".o-mail-DiscussSystray-class .fa-clock-o, .o-mail-ActivityMenu-counter").first.click()
    page.get_by_role("link", name="Voir toutes les activités").or_(
        page.get_by_text("Voir toutes les activités")
    ).click()
    page.locator(".o_view_controller button[name=action_write_synthesis]").first.click()
    page.locator("[name=summary] .odoo-editor-editable").wait_for()
    assert not someone.errors, someone.errors


def test_nobody_answered_is_one_tap_on_a_phone(demo_database, serve, visitor):
    someone = visitor(serve(demo_database), PHONE)
    page = someone.page
    someone.log_in("helene", "demo")
    someone.open("/odoo/portfolio")
    page.locator(".o_kanban_record:not(.o_kanban_ghost)").first.click()
    page.locator(".o_relationship_sentence").wait_for()
    someone.click("button[name=action_relationship_no_answer]")
    page.get_by_text("Essais sans réponse : 1").wait_for()
    assert someone.clicks == 1
    assert not someone.errors, someone.errors


@pytest.mark.parametrize("login", ["helene", "nadia", "pilote", "admin"])
def test_no_english_is_left_on_the_screens_of_each_role(demo_database, serve, visitor, login):
    someone = visitor(serve(demo_database), WIDE)
    page = someone.page
    someone.log_in(login, "admin" if login == "admin" else "demo")
    paths = ["relations-team"]
    if login != "admin":
        paths += ["portfolio", "organisations", "candidates", "syntheses", "syntheses/new", "renewals"]
    for path in paths:
        someone.open(f"/odoo/{path}")
        page.wait_for_timeout(300)
        words = set(re.findall(r"[A-Za-z]+", page.locator("body").inner_text()))
        assert not words & ENGLISH, (path, words & ENGLISH)
    assert not someone.errors, someone.errors


def test_the_plan_is_levelled_and_a_portfolio_handed_over(demo_database, serve, visitor):
    address = serve(demo_database)
    someone = visitor(address, WIDE)
    page = someone.page
    someone.log_in("nadia", "demo")
    someone.open("/odoo/relations-team")
    page.get_by_text("Équipiers contact : 4 sur 4").wait_for()
    page.get_by_role("cell", name="Julien Moreau").click()
    page.get_by_role("button", name="Lisser le plan").click()
    page.locator(".o_relationship_chart").wait_for()
    page.get_by_role("button", name="Appliquer").click()
    page.locator(".o_calendar_view").wait_for()

    someone.open("/odoo/relations-team")
    page.get_by_role("cell", name="Inès Lefèvre").click()
    page.get_by_role("button", name="Transmettre le portefeuille").click()
    page.locator("[name=to_member_id] input").first.fill("Marc")
    page.get_by_role("option", name="Marc Petit").click()
    page.get_by_role("button", name="Transmettre", exact=True).first.click()
    page.get_by_text("C'est transmis.").wait_for()
    page.get_by_role("button", name="Rendre").click()
    page.get_by_role("button", name="Transmettre", exact=True).first.click()
    page.get_by_text("C'est transmis.").wait_for()
    assert not someone.errors, someone.errors


def test_a_member_pauses_her_reminders_on_a_phone(demo_database, serve, visitor):
    someone = visitor(serve(demo_database), PHONE)
    page = someone.page
    someone.log_in("marc", "demo")
    someone.open("/odoo/my-reminders")
    page.get_by_text("Une fois par semaine").click()
    page.get_by_role("button", name="Enregistrer").last.click()
    page.get_by_text("En retard").first.wait_for()
    someone.open("/odoo/my-reminders")
    assert page.get_by_label("Une fois par semaine").is_checked()
    manifest = page.request.get(f"{someone.address}/web/manifest.webmanifest").json()
    assert [shortcut["url"] for shortcut in manifest["shortcuts"]][:2] == ["/odoo/portfolio", "/odoo/syntheses/new"]
    assert not someone.errors, someone.errors
