"""A member's next contacts in the calendar of her own phone, from the page that gives the address to the file (P1)."""

import re
import urllib.parse

import icalendar
import pytest
from conftest import PHONE, WIDE, on_each_screen
from playwright.sync_api import expect
from test_personal_pages import ask

TOUCHED = ".o_relationship_calendar_page :is(a.btn, button, .o_relationship_calendar_names, input.o_relationship_touch)"

TARGETS = """
SELECT p.name FROM res_partner p JOIN res_users u ON u.id = p.relationship_owner_id
 WHERE u.login = 'helene' AND p.active AND p.relationship_stage = 'target' AND p.relationship_no_contact IS NOT TRUE
"""


def subscribe(someone, **headers):
    """Ask for the file at the address that the page shows, as a calendar does: no cookie, and what it had before."""
    address = someone.page.get_by_label("Ou copiez l'adresse").input_value()
    return ask(someone.address, "GET", urllib.parse.urlsplit(address).path, **headers)


@pytest.mark.side_way
@on_each_screen(first=PHONE)
def test_a_calendar_subscribes_and_follows_until_it_is_stopped(odoo, demo_database, come, screen):
    someone = come("helene", screen)
    page = someone.page
    someone.open("/odoo/my-calendar")
    expect(page.get_by_text("Les événements partenaires y sont aussi.")).to_be_visible()
    page.get_by_role("button", name="Créer mon adresse").click()
    tap = page.get_by_role("link", name="Ajouter à mon agenda")
    expect(tap).to_have_attribute("href", re.compile(r"^webcal://localhost:\d+/relations/calendar/[\w-]{32}\.ics$"))
    code = page.get_by_alt_text("Code QR de l'adresse")
    if screen is WIDE:
        expect(code).to_be_in_viewport(ratio=1)
        assert code.evaluate("image => image.naturalWidth") == 270
    else:
        expect(code).to_be_hidden()
        someone.settle()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for touched in page.locator(TOUCHED).all():
            assert touched.bounding_box()["height"] >= 43.5, touched.inner_text()
    first = subscribe(someone)
    assert first.status == 200
    assert not first.headers.get("Set-Cookie")
    same = subscribe(someone, **{"If-None-Match": first.headers["ETag"]})
    assert (same.status, same.text) == (304, "")
    if screen is WIDE:
        someone.picture("agenda-wide")

    names = page.get_by_label("Écrire le nom des organisations")
    expect(names).not_to_be_checked()
    with page.expect_response(lambda answer: "get_my_calendar" in answer.url):
        names.check()
    named = subscribe(someone, **{"If-None-Match": first.headers["ETag"]})
    assert named.status == 200
    targets = odoo.sql(TARGETS, demo_database)
    summaries = [str(event["SUMMARY"]) for event in icalendar.Calendar.from_ical(named.text).walk("VEVENT")]
    assert targets
    assert "Contact prévu" in first.text
    for [name] in targets:
        assert any(name in summary for summary in summaries), name
        assert name not in first.text
    someone.open("/odoo/my-calendar")
    expect(names, "a reload loses nothing").to_be_checked()

    someone.settle()
    former = urllib.parse.urlsplit(tap.get_attribute("href")).path
    page.get_by_role("button", name="Renouveler l'adresse").click()
    page.locator(".modal .btn-primary").click()
    expect(tap).not_to_have_attribute("href", re.compile(re.escape(former)))
    assert ask(someone.address, "GET", former).status == 404, "the former one dies at once"
    someone.settle()
    assert subscribe(someone).status == 200
    last = urllib.parse.urlsplit(tap.get_attribute("href")).path
    page.get_by_role("button", name="Arrêter").click()
    page.locator(".modal .btn-primary").click()
    expect(page.get_by_role("button", name="Créer mon adresse")).to_be_visible()
    assert ask(someone.address, "GET", last).status == 404
