"""Every public page, in each of its states, as one reads it who sees little, or nothing, or types on keys alone."""

import re
from collections import Counter

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import PHONE, WIDE
from playwright.sync_api import expect
from public_pages import PREPARE

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
LANGUAGES = {"fr": "fr-FR", "en": "en-US"}
# A form of the page's own is sent as its button would: nothing is asked of its fields, which are to be refused.
SEND = """([path, form]) => {
    const sent = Object.assign(document.createElement("form"), { method: "post", action: path, noValidate: true });
    for (const [name, value] of Object.entries(form)) {
        const field = Object.assign(document.createElement("textarea"), { name, value });
        sent.append(field);
    }
    document.body.append(sent);
    sent.submit();
}"""
# What is cut, or wider than the screen, once letters are twice as large and set apart as WCAG 1.4.12 asks.
LARGER = """() => {
    const sheet = document.styleSheets[document.styleSheets.length - 1];
    for (const rule of ["html { font-size: 200%; }", "* { letter-spacing: .12em; word-spacing: .16em; }"])
        sheet.insertRule(rule, sheet.cssRules.length);
}"""
NARROW = {"width": 320, "height": 640}  # a screen of 1,280 pixels, at 400 %
CUT = """() => [...document.querySelectorAll("body *")].filter((each) => {
    const { left, right, width } = each.getBoundingClientRect();
    if (!width || each.closest(".unseen") || each.matches("input, textarea, select, option")) return false;
    const hides = getComputedStyle(each).overflowX !== "visible" && each.scrollWidth > each.clientWidth + 1;
    return left < -1 || right > innerWidth + 1 || hides;
}).map((each) => `cut: ${each.outerHTML.slice(0, 200)}`)"""
# Where the keys are, and how it shows: what stands for a hidden button is what is looked at.
FOCUS = """() => {
    const focused = document.activeElement;
    const shown = focused.matches(".choice input") ? focused.nextElementSibling : focused;
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(shown);
    const { left, top, width, height } = shown.getBoundingClientRect();
    const on_top = [0.1, 0.5, 0.9].some((part) => {
        const found = document.elementFromPoint(left + width / 2, top + height * part);
        return found && (shown.contains(found) || found.contains(shown));
    });
    return {
        name: focused.id || focused.value || focused.textContent.trim(),
        is_page: focused === document.body,
        outline: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && outlineColor,
        is_seen: on_top && top < innerHeight && top + height > 0,
    };
}"""
ZOOMED = {"viewport": {"width": 640, "height": 400}}  # a screen of 1,280 by 800 pixels, at 200 %
BACKGROUNDS = ("rgb(255, 255, 255)", "rgb(244, 245, 247)")


def go(page, address, shown):
    """Open a page as it is, or as it is after its form was sent."""
    if shown["form"] is None:
        answer = page.goto(address + shown["path"])
    else:
        page.goto(f"{address}/partner-event/{'x' * 32}")
        with page.expect_navigation() as sent:
            page.evaluate(SEND, [shown["path"], shown["form"]])
        answer = sent.value
    assert answer.status == shown["status"], (shown["name"], answer.status)
    assert page.evaluate("document.documentElement.lang") == shown["lang"], shown["name"]


def find_flaws(page):
    """Return what axe finds on a page: rule, place and reason; all of it is unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    found = Axe().run(page, options=AXE).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]}: {' '.join(node['failureSummary'].split())[:300]}"
        for rule in found
        for node in rule["nodes"]
    ]


def find_cut(page):
    """Return what does not fit where somebody reads large letters on a small screen, or on a large one zoomed in."""
    page.set_viewport_size(NARROW)
    page.evaluate(LARGER)
    return page.evaluate(CUT)


def get_contrast(*colours):
    """Return the contrast of two colours, as WCAG reckons it.

    >>> round(get_contrast("rgb(0, 0, 0)", "rgb(255, 255, 255)"))
    21
    """
    lights = []
    for colour in colours:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def press_to(page, name):
    """Go on by the keys until something is reached that bears a name; all on the way is seen, and in its order.

    :return: what was passed, in order
    """
    passed = []
    while not passed or passed[-1] != name:
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert not focus["is_page"], f"{name} is not reached: {passed}"
        if passed[-1:] == [focus["name"]]:
            continue  # parts of a day or an hour, which the browser draws
        assert focus["outline"], f"{focus['name']}: nothing shows that the keys are there"
        assert all(get_contrast(focus["outline"], colour) >= 3 for colour in BACKGROUNDS), focus
        assert focus["is_seen"], f"{focus['name']} lies under something, or out of sight"
        passed.append(focus["name"])
    return passed


def expect_refused(page):
    """Expect that what was refused is read first: by the page's title, and by where the keys are."""
    expect(page).to_have_title(re.compile(r"^Erreur\s: "))
    expect(page.get_by_role("alert")).to_be_focused()


# Every run looks at a page of each kind; all their states, the other screen and language where it is asked for.
@pytest.mark.parametrize(
    ("lang", "screen", "states"),
    [
        pytest.param("fr", PHONE, 1, id="fr-phone-one"),
        pytest.param("fr", PHONE, 100, id="fr-phone", marks=pytest.mark.other_screen),
        pytest.param("en", WIDE, 100, id="en-wide", marks=pytest.mark.other_screen),
        pytest.param("fr", WIDE, 100, id="fr-wide", marks=pytest.mark.other_screen),
    ],
)
def test_no_public_page_has_a_flaw_that_axe_knows_or_is_cut(odoo, demo_database, serve, chromium, lang, screen, states):
    world = odoo.run_in_shell(demo_database, PREPARE)
    address = serve(demo_database)
    context = chromium.new_context(locale=LANGUAGES[lang], **screen)
    page = context.new_page()
    flaws, looked_at = {}, Counter()
    for shown in world["pages"]:
        kind = shown["name"].partition(",")[0]
        if shown["lang"] == lang and looked_at[kind] < states:
            page.set_viewport_size(screen["viewport"])
            go(page, address, shown)
            expect(page.locator("h1")).to_have_count(1)
            if found := find_flaws(page) + find_cut(page):
                flaws[shown["name"]] = found
            looked_at[kind] += 1
    context.close()
    assert not flaws, "\n".join(f"{where}: {flaw}" for where, found in flaws.items() for flaw in found)
    assert len(looked_at) == 12, looked_at


@pytest.mark.side_way
def test_keys_alone_are_enough_at_twice_the_size(odoo, demo_database, serve, chromium):
    world = odoo.run_in_shell(demo_database, PREPARE)
    address = serve(demo_database)
    pages = {shown["name"]: address + shown["path"] for shown in world["pages"] if shown["lang"] == "fr"}
    context = chromium.new_context(locale="fr-FR", **ZOOMED)
    page = context.new_page()

    page.goto(pages["invitation, sent"])
    press_to(page, "yes")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Je viens")).to_be_checked()
    page.emulate_media(forced_colors="active")
    thick, thin = page.locator(".choice span").evaluate_all(
        "spans => spans.slice(0, 2).map((span) => parseFloat(getComputedStyle(span).borderTopWidth))"
    )
    assert thick > thin, "what is chosen shows in the reader's own colours too"
    page.emulate_media(forced_colors="none")
    assert press_to(page, "word") == ["guests", "word"]
    page.keyboard.insert_text("x" * 1500)
    press_to(page, "Envoyer ma réponse")
    page.keyboard.press("Enter")
    expect_refused(page)
    press_to(page, "word")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("Avec plaisir")
    press_to(page, "Envoyer ma réponse")
    page.keyboard.press("Enter")
    expect(page.get_by_text("C'est noté").or_(page.get_by_text("Votre réponse est reçue")).first).to_be_visible()

    page.goto(pages["survey, asked"])
    press_to(page, "none")
    page.keyboard.press("ArrowDown")
    press_to(page, "help_line")
    page.keyboard.insert_text("Un exposé")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("votre réponse est notée")

    page.goto(pages["proposal"])
    press_to(page, "name")
    page.keyboard.press("Enter")
    expect_refused(page)
    wrong = page.locator("[aria-invalid]")
    expect(wrong).to_have_count(4)
    told = [page.locator(f"#{each.get_attribute('aria-describedby').split()[0]}") for each in wrong.all()]
    links = page.get_by_role("alert").get_by_role("link")
    for sentence, link in zip(told, links.all(), strict=True):
        expect(sentence).to_have_text(link.inner_text())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.insert_text("Bal des possibles")
    press_to(page, "start_day")
    page.locator("#start_day").fill(world["soon"])  # which Chromium lets nobody type at once
    passed = press_to(page, "organisation")
    typed = ("start_hour", "stop_day", "stop_hour", "place", "audience", "url", "organisation")
    assert [each for each in passed if each != "start_day"] == [*typed]
    page.keyboard.insert_text("Les Amis inventés")
    press_to(page, "email")
    page.keyboard.insert_text("ada@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("deux jours")
    context.close()


@pytest.mark.side_way
def test_keys_alone_are_enough_on_the_other_pages_too(odoo, demo_database, serve, chromium):
    world = odoo.run_in_shell(demo_database, PREPARE)
    address = serve(demo_database)
    pages = {shown["name"]: address + shown["path"] for shown in world["pages"] if shown["lang"] == "fr"}
    context = chromium.new_context(locale="fr-FR", **ZOOMED)
    page = context.new_page()
    told = page.get_by_role("status")

    def press(button):
        """Go to a button, a link or what unfolds something, by its words, and press it."""
        press_to(page, button)
        page.keyboard.press("Enter")

    page.goto(pages["network call, asked"])
    for choice in ("Un peu", "Non"):
        press_to(page, "no")
        page.keyboard.press("ArrowDown")
        if choice == "Non":
            page.keyboard.press("ArrowUp")
        expect(page.get_by_label(choice).nth(int(choice == "Non"))).to_be_checked()
        press_to(page, "1")
        page.keyboard.press("Space")
    press("Envoyer ma réponse")
    expect(page.get_by_text("Merci : votre réponse est notée.")).to_be_visible()
    press("Pourquoi vous recevez ceci, et comment vous y opposer")
    press_to(page, "Ne plus me solliciter, et effacer mes réponses")

    page.goto(pages["card, asked"])
    press("Corriger")
    press_to(page, "does")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("Réparer et transmettre")
    passed = press_to(page, "correct")
    assert [each for each in passed if each in ("offers", "seeks", "website", "place", "email")] == [
        *("offers", "seeks", "website", "place", "email")
    ]
    page.keyboard.press("Enter")
    expect(told).to_contain_text("votre correction est bien reçue")
    page.goto(pages["card, empty"])
    press("confirm")
    expect(told).to_be_visible()
    press("refuse")
    expect(told).to_contain_text("ne figure pas")

    page.goto(pages["directory"])
    passed = press_to(page, "bonjour@example.org")
    assert "https://atelier.example.org" in passed

    page.goto(pages["agenda"])
    passed = press_to(page, "email")
    assert "Affiner" in passed
    page.keyboard.insert_text("ada@example.org")
    press_to(page, "1")
    page.keyboard.press("Space")
    press("Recevoir mon agenda")
    expect(told).to_contain_text("deux jours")
    page.goto(pages["agenda's mail, unconfirmed"])
    press("confirm")
    expect(page.locator("[value=stop]")).to_be_visible()
    press("stop")
    expect(page.get_by_text("votre adresse n'est pas gardée")).to_be_visible()

    page.goto(pages["proposal, unconfirmed"])
    press("Confirmer ma proposition")
    expect(told).to_contain_text("c'est noté")
    press("Le modifier")
    expect(page.locator("#name")).to_be_visible()
    press_to(page, "organisation")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("Les Amis retrouvés")
    press("Envoyer le changement")
    expect(page.get_by_text("Les Amis retrouvés")).to_be_visible()
    press("Le retirer, et supprimer mon adresse")
    press("Le retirer")
    expect(told).to_contain_text("supprimées")
    context.close()
