"""The pages that anybody may reach, as somebody who means harm would try them (OWASP's list)."""

import http.client
import re
import urllib.parse

from conftest import PHONE, WIDE
from playwright.sync_api import expect
from test_partner_event import Invitee

from devtools.places import cache

ATTACK = (
    """<img src=x onerror="window.attacked=1">"'><script>window.attacked=1</script>"""
    "{{7*191919}}${7*191919}%0d%0aX-Attacked:1"
)
PREPARE = f"""
import json
from datetime import timedelta
attack = {ATTACK!r}
begin = env["event.event"]._fields["date_begin"].now() + timedelta(days=30)
event = env["event.event"].create({{
    "name": "Soirée " + attack, "is_partner_event": True, "date_begin": begin, "date_end": begin + timedelta(hours=3),
    "seats_limited": True, "seats_max": 9, "guest_max": 1,
}})
organisation = env["res.partner"].create({{"name": "Organisation " + attack, "is_company": True}})
ada, bob = env["res.partner"].create([
    {{"name": name + attack, "email": f"{{name}}@example.org", "parent_id": organisation.id, "lang": "fr_FR"}}
    for name in ("Ada", "Bob")
])
invitations = env["event.invitation"].create(
    [{{"event_id": event.id, "partner_id": person.id, "state": "sent"}} for person in ada | bob]
)
call = env["relationship.network.call"].create({{"organisation_ids": organisation.ids, "message": attack}})
answer = env["relationship.network.answer"].create({{"call_id": call.id, "name": attack, "email": "x@example.org"}})
organisation.write({{"relationship_stage": "candidate", "relationship_does": attack, "website": attack}})
long_ago = {{"asked_on": "2020-01-01", "shown_from": "2020-01-15"}}
card = {{"organisation_id": organisation.id, "partner_id": ada.id, **long_ago}}
card = env["relationship.directory.card"].create(card)
directory = env.ref("shifters_relations_events.directory")
directory.is_open = True
survey = env["relationship.survey"].create({{"year": 2031, "question_word": attack}})
survey._ask(ada)
survey.state = "open"
env.cr.commit()
tokens = [card.access_token, directory.access_token, survey.answer_ids.access_token]
print("RESULT " + json.dumps([event.id, *invitations.mapped("access_token"), call.id, answer.access_token, *tokens]))
"""
# What each answer of a personal page says to browsers and to what lies between.
PROTECTING = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}


def ask(address, method, path, body=None, **headers):
    """One request without cookies, not followed; its answer with the text in ``text``."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=60)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.text = answer.read().decode()
    connection.close()
    return answer


def test_what_an_invitee_writes_runs_nowhere(odoo, demo_database, serve, visitor, chromium):
    event, ada, _bob, call, answer, card, directory, survey = odoo.run_in_shell(demo_database, PREPARE)
    address = serve(demo_database)
    invitee = chromium.new_context(locale="fr-FR").new_page()
    invitee.on("dialog", lambda dialog: dialog.dismiss())
    shown = (f"/who-does-what/card/{card}", f"/who-does-what/{directory}", f"/relations-survey/{survey}")
    for path in (f"/partner-event/{ada}", f"/network-call/{answer}", *shown):
        invitee.goto(address + path)
        assert invitee.evaluate("window.attacked") is None, path
        assert "1343433" not in ask(address, "GET", path).text, "no template is made of what somebody wrote"
    invitee.goto(f"{address}/partner-event/{ada}")
    invitee.get_by_text("Je viens").click()
    invitee.get_by_label("Un mot (facultatif)").fill(ATTACK)
    invitee.get_by_role("button", name="Envoyer ma réponse").click()
    expect(invitee.get_by_text("C'est noté").or_(invitee.get_by_text("Votre réponse est reçue")).first).to_be_visible()
    expect(invitee.get_by_label("Un mot (facultatif)")).to_have_value(ATTACK)
    assert invitee.evaluate("window.attacked") is None

    someone = visitor(address, WIDE)
    someone.log_in("nadia", "demo")
    invitation = odoo.sql(f"SELECT id FROM event_invitation WHERE event_id = {event} ORDER BY id", demo_database)[0][0]
    for path in (
        f"/odoo/event.event/{event}",
        f"/odoo/event.invitation/{invitation}",
        f"/odoo/event.event/{event}/event.invitation",
        f"/odoo/relationship.network.call/{call}",
        "/odoo/partner-events",
    ):
        someone.open(path)
        expect(someone.page.get_by_text("onerror=").first).to_be_visible()  # it is there, as text
        someone.settle()
        assert someone.page.evaluate("window.attacked") is None, path


def test_a_personal_page_gives_nothing_to_whoever_has_no_link(odoo, demo_database, serve):
    event, ada, bob, _call, answer, card, directory, survey = odoo.run_in_shell(demo_database, PREPARE)
    address = serve(demo_database)
    pages = (f"/partner-event/{ada}", f"/partner-event/{ada}/ics", f"/network-call/{answer}")
    pages += (f"/who-does-what/card/{card}", f"/who-does-what/{directory}", f"/relations-survey/{survey}")
    unknown = ("/partner-event/" + "x" * 32, f"/partner-event/{event}", f"/network-call/{ada}", f"/network-call/{bob}")
    unknown += (f"/who-does-what/{card}", f"/who-does-what/card/{directory}", f"/who-does-what/card/{ada}")
    unknown += (f"/relations-survey/{ada}", f"/relations-survey/{event}", f"/partner-event/{survey}")
    for path, status in [*((path, 200) for path in pages), *((path, 404) for path in unknown)]:
        found = ask(address, "GET", path)
        assert found.status == status, path
        for header, value in PROTECTING.items():
            assert value in (found.headers.get(header) or ""), f"{path}: {header}"
        assert "Bob" not in found.text, "one invitee never reads of another"
        assert "session_id" not in found.text
        # What somebody wrote becomes no header.
        assert not found.headers.get("X-Attacked")
    texts = {re.sub(r"/\S+", "", ask(address, "GET", path).text) for path in unknown}
    assert len(texts) == 1, "what does not exist and what is not yours look alike"


def test_nothing_is_changed_from_elsewhere(odoo, demo_database, serve):
    event, ada, _bob, _call, answer, _card, _directory, survey = odoo.run_in_shell(demo_database, PREPARE)
    address = serve(demo_database)
    form = urllib.parse.urlencode({"answer": "yes", "know_1": "well", "undo": ""})
    urlencoded = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in (
        f"/partner-event/{ada}",
        f"/partner-event/{ada}/object",
        f"/network-call/{answer}",
        f"/network-call/{answer}/object",
        f"/relations-survey/{survey}",
        f"/relations-survey/{survey}/object",
    ):
        # Another site's form may know the page, the event, and the name of every field: not the personal address.
        known = next(token for token in (ada, answer, survey) if token in path)
        for guess in (path.replace(known, "x" * 32), path.replace(ada, str(event))):
            if guess != path:
                found = ask(address, "POST", guess, form, **urlencoded)
                assert found.status == 404, guess
                assert not found.headers.get("Set-Cookie")
        for method in ("PUT", "DELETE", "PATCH"):
            assert ask(address, method, path, form, **urlencoded).status in (404, 405), method
    for path in (
        f"/partner-event/{ada}/object",
        f"/network-call/{answer}/object",
        f"/relations-survey/{survey}/object",
    ):
        assert ask(address, "GET", path).status in (404, 405), "opening a link changes nothing"
    changed = odoo.sql(
        f"SELECT (SELECT count(*) FROM event_invitation WHERE access_token = '{ada}'"
        "          AND (answer IS NOT NULL OR state != 'sent')),"
        f"       (SELECT count(*) FROM relationship_network_answer WHERE access_token = '{answer}'"
        "          AND (answered_on IS NOT NULL OR objected_on IS NOT NULL)),"
        f"       (SELECT count(*) FROM relationship_survey_answer WHERE access_token = '{survey}' AND is_answered),"
        "       (SELECT count(*) FROM res_partner WHERE name LIKE 'Ada%' AND relationship_no_contact)",
        demo_database,
    )
    assert changed == [[0, 0, 0, 0]]


def test_who_refuses_cookies_answers_objects_and_takes_it_back(odoo, demo_database, serve, chromium):
    _event, ada, _bob, _call, answer, *_directory = odoo.run_in_shell(demo_database, PREPARE)
    address = serve(demo_database)
    phone = chromium.new_context(java_script_enabled=False, locale="fr-FR", **PHONE)
    page = phone.new_page()
    page.goto(f"{address}/partner-event/{ada}")
    page.get_by_text("Je viens").tap()
    send = page.get_by_role("button", name="Envoyer ma réponse")
    expect(page.get_by_text("Votre réponse n'est pas encore envoyée")).to_be_in_viewport()
    expect(send).to_be_in_viewport(ratio=1)
    word = "Avec plaisir\n" * 90  # 1,170 characters
    page.get_by_label("Un mot (facultatif)").fill(word)
    send.tap()
    expect(page.get_by_role("alert")).to_contain_text("merci de le raccourcir")
    expect(page.get_by_label("Un mot (facultatif)")).to_have_value(word)
    fits = "Avec plaisir\n" * 76 + "👍" * 6  # 1,000 as a browser counts
    page.get_by_label("Un mot (facultatif)").fill(fits)
    send.tap()
    expect(page.get_by_text("C'est noté").or_(page.get_by_text("Votre réponse est reçue")).first).to_be_in_viewport()
    expect(page.get_by_label("Un mot (facultatif)")).to_have_value(fits)
    page.get_by_text("Pourquoi vous recevez ceci").tap()
    page.get_by_role("button", name="Ne plus me contacter").tap()
    expect(page.get_by_text("nous ne vous contactons plus")).to_be_in_viewport()
    page.get_by_role("button", name="C'était une erreur").tap()
    expect(page.get_by_text("nous pouvons à nouveau vous écrire")).to_be_in_viewport()
    expect(page.get_by_text("Je viens")).to_be_visible()

    page.goto(f"{address}/network-call/{answer}")
    page.get_by_text("Bien", exact=True).tap()
    expect(send).to_be_in_viewport(ratio=1)
    send.tap()
    expect(page.get_by_text("votre réponse est notée")).to_be_in_viewport()
    page.get_by_text("Pourquoi vous recevez ceci").tap()
    page.get_by_role("button", name="Ne plus me solliciter").tap()
    page.get_by_role("button", name="C'était une erreur").tap()
    expect(page.get_by_text("nous pouvons à nouveau vous solliciter")).to_be_in_viewport()
    assert phone.cookies() == []
    phone.close()


def test_an_answer_leads_back_to_its_page_alone_and_is_written_in_no_log(odoo, demo_database, serve):
    _event, ada, _bob, _call, _answer, *_directory = odoo.run_in_shell(demo_database, PREPARE)
    address = serve(demo_database)
    log = cache() / "logs" / f"server-{urllib.parse.urlsplit(address).port}.log"
    begun = log.stat().st_size
    invitee = Invitee(address, ada)
    for extra in ("", "?redirect=//elsewhere.example", "?next=https://elsewhere.example"):
        invitee.url = f"{address}/partner-event/{ada}{extra}"
        assert invitee.answer(answer="maybe", word="Marguerite", redirect="//elsewhere.example") == 200
    astray = ask(address, "GET", f"/partner-event/{ada}//elsewhere.example")
    assert not (astray.headers.get("Location") or "").startswith(("//", "http"))
    text = log.read_text(errors="replace")[begun:]
    assert f"POST /partner-event/{ada}" in text, "the log is this server's"
    assert "Marguerite" not in text
    assert "Ada@example.org" not in text
