"""What people see is whole, and what they touch on a phone is large enough: measured in the browser."""

import re

import pytest
from conftest import CARD, PHONE, WIDE, on_each_screen
from playwright.sync_api import expect

THUMB = 44  # pixels
KEYBOARD = 300  # what it leaves of a phone's height
WIDTHS = (320, 414, PHONE["viewport"]["width"])

# What one touches and a thumb would miss.
SMALL = """(thumb) => [...document.querySelectorAll(`
    .o_action_manager :is(button, a.btn, a[href^="tel:"], a[href^="mailto:"], summary, .nav-link, .o_radio_item),
    .modal :is(button, a.btn)
`)].filter((touched) => !touched.closest(".o-mail-Message")).filter((touched) => {
    const { width, height } = touched.getBoundingClientRect();
    return touched.offsetParent && width && height && (height < thumb - 0.5 || width < thumb - 0.5);
}).map(({ className, innerText, offsetWidth, offsetHeight }) =>
    `${className} "${innerText.trim()}" ${offsetWidth}×${offsetHeight}`)"""


def test_all_that_is_touched_on_the_main_path_is_large_enough(come):
    someone = come("helene", PHONE)
    page = someone.page
    small = {}

    def on_each_phone(height=PHONE["viewport"]["height"]):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": height})
            someone.settle()
            yield width

    def look(where):
        for width in on_each_phone():
            wider = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            if found := [*page.evaluate(SMALL, THUMB), *(["wider than the screen"] if wider else [])]:
                small[where, width] = found

    someone.open("/odoo/portfolio")
    look("portfolio")
    expect(page.locator(f"{CARD} a[href^='tel:']").first).to_be_visible()
    page.locator(CARD).first.click()
    expect(page.locator(".o_relationship_sentence")).to_be_visible()
    look("organisation")
    page.locator("button[name=action_relationship_write_synthesis]:visible").first.click()
    expect(page.locator("[name=summary] .odoo-editor-editable")).to_be_visible()
    look("synthesis")
    page.set_viewport_size({**PHONE["viewport"], "height": KEYBOARD})
    page.locator("[name=summary] .odoo-editor-editable").click()
    for line in range(8):
        page.keyboard.type(f"Ligne {line}")
        page.keyboard.press("Enter")
    for width in on_each_phone(KEYBOARD):
        channels = page.locator("[name=channel] .o_radio_item").all()
        for touched in [page.locator("button[name=action_validate]"), *channels]:
            box = touched.bounding_box()
            assert box["height"] >= THUMB - 0.5, (width, box)
            expect(touched).to_be_in_viewport(ratio=0.99)
            on_top = touched.evaluate(
                """(touched) => {
                    const { left, top, width, height } = touched.getBoundingClientRect();
                    return touched.contains(document.elementFromPoint(left + width / 2, top + height / 2));
                }"""
            )
            assert on_top, f"something lies over it at {width}"
    page.locator("[name=channel] .o_radio_item", has_text="En personne").click()
    expect(page.locator("[name=channel] input[data-value=in_person]")).to_be_checked()
    page.set_viewport_size(PHONE["viewport"])
    someone.press("action_validate")
    expect(page.get_by_text("Prochain contact").first).to_be_visible()
    someone.open("/odoo/my-reminders")
    look("reminders")
    someone.open("/odoo/renewals")
    look("renewals")
    assert not small, small


@on_each_screen(first=PHONE)
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


@pytest.mark.side_way
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


@pytest.mark.side_way
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
