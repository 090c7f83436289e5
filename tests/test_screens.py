"""What people see is whole, and what they touch on a phone is large enough: measured in the browser."""

import re

import pytest
from conftest import CARD, PHONE, WIDE
from playwright.sync_api import expect
from test_crawler import MENUS, PREPARE, RELATIONS

THUMB = 44  # pixels
KEYBOARD = 300  # what it leaves of a phone's height
PHONES = [{**PHONE, "viewport": {**PHONE["viewport"], "width": width}} for width in (320, 375, 414)]

# Headers and names that are cut: what is wider than the box that hides the rest of it.
CUT = """() => [...document.querySelectorAll(`
    .o_action_manager .o_list_table thead th *, .o_action_manager .o_list_table thead th,
    .o_action_manager .o_data_row .o_data_cell:not(.o_list_button, .o_many2one_avatar_cell),
    .o_action_manager .o_kanban_record .fw-bold, .o_action_manager .o_kanban_header_title *,
    .o_action_manager .oe_title *
`)].filter((shown) => {
    const { overflowX, visibility } = getComputedStyle(shown);
    const hides = ["hidden", "clip"].includes(overflowX) && shown.offsetParent && visibility !== "hidden";
    return hides && shown.innerText?.trim() && shown.scrollWidth > shown.clientWidth + 1;
}).map((shown) => shown.innerText.trim())"""

# Lists whose last columns one must scroll to.
WIDER = """() => [...document.querySelectorAll(".o_action_manager .o_list_renderer")]
    .filter((list) => list.scrollWidth > list.clientWidth + 1).map((list) => `wider: ${list.scrollWidth}`)"""

# What one touches and a thumb would miss.
SMALL = """(thumb) => [...document.querySelectorAll(`
    .o_action_manager :is(button, a.btn, a[href^="tel:"], a[href^="mailto:"], summary, .nav-link, .o_radio_item),
    .modal :is(button, a.btn)
`)].filter((touched) => !touched.closest(".o-mail-Message")).filter((touched) => {
    const { width, height } = touched.getBoundingClientRect();
    return touched.offsetParent && width && height && (height < thumb - 0.5 || width < thumb - 0.5);
}).map(({ className, innerText, offsetWidth, offsetHeight }) =>
    `${className} "${innerText.trim()}" ${offsetWidth}×${offsetHeight}`)"""


@pytest.mark.parametrize(("login", "screen"), [("pilote", WIDE), ("helene", PHONE)], ids=["wide", "phone"])
def test_no_name_and_no_header_is_cut(demo_database, serve, visitor, login, screen):
    someone = visitor(serve(demo_database), screen)
    page = someone.page
    someone.log_in(login, "demo")
    someone.open("/odoo")
    page.evaluate(PREPARE)
    cut = {}
    menus = page.evaluate(MENUS, [RELATIONS])
    assert len(menus) > 10
    for menu in menus:
        page.evaluate(
            "id => crawler.until(crawler.env.services.menu.selectMenu(crawler.env.services.menu.getMenu(id)))",
            menu["id"],
        )
        views = set(page.evaluate("crawler.current().views")) & {"list", "kanban"}
        for view in sorted(views if screen is WIDE else views & {"kanban"}) or [None]:
            if view:
                page.evaluate("(view) => crawler.until(crawler.env.services.action.switchView(view))", view)
            someone.settle()
            if found := [*page.evaluate(CUT), *page.evaluate(WIDER)]:
                cut[menu["name"], view] = found[:5]
    assert not cut, cut
    assert not someone.errors, someone.errors


@pytest.mark.parametrize("screen", PHONES, ids=lambda screen: str(screen["viewport"]["width"]))
def test_all_that_is_touched_on_the_main_path_is_large_enough(come, screen):
    someone = come("helene", screen)
    page = someone.page
    small = {}

    def look(where):
        someone.settle()
        wider = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if found := [*page.evaluate(SMALL, THUMB), *(["wider than the screen"] if wider else [])]:
            small[where] = found

    someone.open("/odoo/portfolio")
    look("portfolio")
    expect(page.locator(f"{CARD} a[href^='tel:']").first).to_be_visible()
    page.locator(CARD).first.click()
    expect(page.locator(".o_relationship_sentence")).to_be_visible()
    look("organisation")
    page.locator("button[name=action_relationship_write_synthesis]:visible").first.click()
    expect(page.locator("[name=summary] .odoo-editor-editable")).to_be_visible()
    look("synthesis")
    page.set_viewport_size({"width": screen["viewport"]["width"], "height": KEYBOARD})
    page.locator("[name=summary] .odoo-editor-editable").click()
    for line in range(8):
        page.keyboard.type(f"Ligne {line}")
        page.keyboard.press("Enter")
    someone.settle()
    for touched in [page.locator("button[name=action_validate]"), *page.locator("[name=channel] .o_radio_item").all()]:
        box = touched.bounding_box()
        assert box["height"] >= THUMB - 0.5, box
        expect(touched).to_be_in_viewport(ratio=0.99)
        on_top = touched.evaluate(
            """(touched) => {
                const { left, top, width, height } = touched.getBoundingClientRect();
                return touched.contains(document.elementFromPoint(left + width / 2, top + height / 2));
            }"""
        )
        assert on_top, "something lies over it"
    page.locator("[name=channel] .o_radio_item", has_text="En personne").click()
    expect(page.locator("[name=channel] input[data-value=in_person]")).to_be_checked()
    page.set_viewport_size(screen["viewport"])
    someone.press("action_validate")
    expect(page.get_by_text("Prochain contact").first).to_be_visible()
    someone.open("/odoo/my-reminders")
    look("reminders")
    someone.open("/odoo/renewals")
    look("renewals")
    assert not small, small


@pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["wide", "phone"])
def test_who_was_met_is_noted_in_four_fields(odoo, demo_database, come, screen):
    someone = come("helene", screen)
    page = someone.page
    someone.open("/odoo/portfolio")
    page.locator("button[name=action_relationship_write_synthesis]:visible").first.click()
    page.locator("[name=participant_ids] input").click()
    if screen is WIDE:
        page.locator("[name=participant_ids] input").fill("Zoé Lenoir")
        page.get_by_text(re.compile("Créer et modifier")).first.click()
    else:
        page.locator(".modal .o_create_button").click()
    form = page.locator(".modal .o_form_view")
    form.locator("[name=name] input").fill("Zoé Lenoir")
    for asked in ("function", "email", "phone"):
        expect(form.locator(f"[name={asked}] input")).to_be_visible()
    for left in ("street", "vat", "zip", "website", "category_id"):
        expect(form.locator(f"[name={left}]")).to_have_count(0)
    form.locator("[name=function] input").fill("Déléguée")
    form.locator("[name=phone] input").fill("06 00 00 00 01")
    page.locator(".modal .o_form_button_save").last.click()
    expect(page.locator(".modal")).to_have_count(0)
    expect(page.locator("[name=participant_ids]").get_by_text("Zoé Lenoir")).to_be_visible()
    [[function, organisation, is_company]] = odoo.sql(
        "SELECT function, parent_id IS NOT NULL, is_company FROM res_partner WHERE name = 'Zoé Lenoir'", demo_database
    )
    assert (function, organisation, bool(is_company)) == ("Déléguée", True, False)


def test_a_renewal_leads_to_its_organisation_and_its_synthesis_and_is_red_when_late(come):
    someone = come("helene", WIDE)
    page = someone.page
    someone.open("/odoo/portfolio")
    late = page.locator(CARD, has_text="depuis le")
    expect(late.first).to_be_visible()
    someone.open("/odoo/renewals")
    for _month in range(12):
        if page.evaluate("document.querySelector('.o_event.o_relationship_late') !== null"):
            break
        page.locator(".o_calendar_button_prev").click()
        someone.settle()
    entry = page.locator(".o_event.o_relationship_late").first
    red, green, blue = map(int, re.findall(r"\d+", entry.evaluate("e => getComputedStyle(e).backgroundColor"))[:3])
    assert red > 150 and max(green, blue) < 100, (red, green, blue)
    entry.click()
    page.locator(".o_cw_popover").get_by_role("button", name="Organisation").click()
    expect(page.locator(".o_relationship_sentence")).to_be_visible()
    someone.open("/odoo/renewals")
    page.locator(".o_event").last.click()
    page.locator(".o_cw_popover").get_by_role("button", name="Synthèse").click()
    expect(page.locator("[name=summary] .odoo-editor-editable")).to_be_visible()


def test_on_a_phone_the_renewals_are_cards_and_the_late_ones_come_first(come):
    someone = come("helene", PHONE)
    page = someone.page
    someone.open("/odoo/renewals")
    cards = page.locator(CARD)
    expect(cards.first).to_contain_text("En retard")
    expect(cards.last).not_to_contain_text("En retard")
    late = cards.evaluate_all("cards => cards.map(card => card.innerText.includes('En retard'))")
    assert late == sorted(late, reverse=True), late
    red, green, blue = map(
        int,
        re.findall(r"\d+", cards.first.locator(".text-danger").evaluate("e => getComputedStyle(e).color"))[:3],
    )
    assert red > 150 and max(green, blue) < 100, (red, green, blue)
    cards.first.get_by_role("button", name="Fixer la date").click()
    expect(page.locator(".modal [name=date_deadline]")).to_be_visible()
    page.locator(".modal [special=cancel], .modal .o_form_button_cancel").last.click()
    expect(page.locator(".modal")).to_have_count(0)
    page.evaluate("() => odoo.__WOWL_DEBUG__.root.env.services.action.switchView('calendar')")
    entry = page.locator(".o_event").first
    expect(entry).to_be_visible()
    assert entry.evaluate("entry => entry.getBoundingClientRect().height") >= THUMB - 0.5
    someone.open("/odoo/renewals")
    cards.first.click()
    expect(page.locator(".o_relationship_sentence")).to_be_visible()
