"""Partner events on real processes: everybody answers at once, two servers (E4)."""

import email
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from conftest import MAIL_SERVER, PHONE, WIDE, take_picture
from playwright.sync_api import expect

PEOPLE, SEATS = 100, 30

PREPARE = """
import json
from datetime import timedelta
begin = env["event.event"]._fields["date_begin"].now() + timedelta(days=30)
event = env["event.event"].create({{
    "name": "Evening", "is_partner_event": True, "date_begin": begin, "date_end": begin + timedelta(hours=3),
    "seats_limited": True, "seats_max": {seats}, "guest_max": 1,
}})
people = env["res.partner"].create([{{"name": f"P{{n}}", "email": f"p{{n}}@example.org"}} for n in range({people})])
invitations = env["event.invitation"].create(
    [{{"event_id": event.id, "partner_id": person.id, "state": "sent"}} for person in people]
)
env.cr.commit()
print("RESULT " + json.dumps([event.id, invitations.mapped("access_token")]))
"""


class Invitee:
    """Somebody with a phone that refuses cookies: one form."""

    def __init__(self, address, token):
        self.url = f"{address}/partner-event/{token}"
        urllib.request.urlopen(self.url, timeout=60).close()

    def answer(self, **values):
        """Send the form and return the status of the page that comes after it; keep that page."""
        try:
            with urllib.request.urlopen(self.url, urllib.parse.urlencode(values).encode(), timeout=120) as page:
                self.page = page.read().decode()
                return page.status
        except urllib.error.HTTPError as error:
            return error.code


def wait_until_seated(odoo, database, seconds=60):
    """Wait until no answer is left without a seat or a place in the queue."""
    started = time.monotonic()
    while True:
        [[left]] = odoo.sql(
            "SELECT count(*) FROM event_invitation WHERE answer = 'yes' AND state NOT IN ('accepted', 'waiting')",
            database,
        )
        if not left or time.monotonic() - started > seconds:
            return left
        time.sleep(0.5)


def test_a_hundred_answer_at_once_for_thirty_seats(odoo, plain_database, serve):
    event_id, tokens = odoo.run_in_shell(plain_database, PREPARE.format(seats=SEATS, people=PEOPLE))
    servers = [serve(plain_database, "--max-cron-threads=1"), serve(plain_database, "--max-cron-threads=0")]
    invitees = [Invitee(servers[number % 2], token) for number, token in enumerate(tokens)]
    codes, gate = [], threading.Barrier(PEOPLE)

    def answer(invitee):
        gate.wait()
        codes.append(invitee.answer(answer="yes", guests="0"))

    threads = [threading.Thread(target=answer, args=(invitee,)) for invitee in invitees]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [200] * PEOPLE, sorted(set(codes))
    assert wait_until_seated(odoo, plain_database) == 0

    rows = odoo.sql(
        f"SELECT state FROM event_invitation WHERE event_id = {event_id} ORDER BY answer_number", plain_database
    )
    states = [state for (state,) in rows]
    assert states == ["accepted"] * SEATS + ["waiting"] * (PEOPLE - SEATS), "in order of arrival"
    [[taken]] = odoo.sql("SELECT count(*) FROM event_registration WHERE state IN ('open', 'done')", plain_database)
    assert taken == SEATS

    # Ten of those seated withdraw at once: the ten next in the queue are seated.
    seated = odoo.sql("SELECT access_token FROM event_invitation WHERE state = 'accepted' LIMIT 10", plain_database)
    leaving = [Invitee(servers[0], token) for (token,) in seated]
    threads = [threading.Thread(target=invitee.answer, kwargs={"answer": "no"}) for invitee in leaving]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    started = time.monotonic()
    while time.monotonic() - started < 60:
        [[accepted]] = odoo.sql("SELECT count(*) FROM event_invitation WHERE state = 'accepted'", plain_database)
        if accepted == SEATS:
            break
        time.sleep(0.5)
    rows = odoo.sql(
        f"SELECT state FROM event_invitation WHERE event_id = {event_id} AND answer = 'yes' ORDER BY answer_number",
        plain_database,
    )
    states = [state for (state,) in rows]
    assert states == ["accepted"] * SEATS + ["waiting"] * (PEOPLE - SEATS - 10)
    [[taken]] = odoo.sql("SELECT count(*) FROM event_registration WHERE state IN ('open', 'done')", plain_database)
    assert taken == SEATS


DECLINING = """
import threading, time
ada = event.invitation_ids[0]
ada._answer("yes")
env.cr.commit()
env.cr.execute("UPDATE event_invitation SET guest_count = 1 WHERE id = %s", [ada.id])  # asked for, not given yet
env.cr.commit()
env.invalidate_all()
ada._answer("no")
env.flush_all()
seating = threading.Thread(target=event._relationship_seat_with_patience, args=(env.cr.dbname, event.id))
seating.start()
time.sleep(1)
env.cr.commit()
seating.join()
env.invalidate_all()
print("RESULT " + json.dumps([ada.state, ada.registration_ids.mapped("state")]))
"""


def test_who_declines_while_her_guest_gets_a_seat_keeps_none(odoo, plain_database):
    prepare = PREPARE.format(seats=SEATS, people=2).rpartition("print(")[0]
    state, seats = odoo.run_in_shell(plain_database, prepare + DECLINING)
    assert state == "declined"
    assert set(seats) == {"cancel"}, "a seat of nobody keeps somebody out"


def test_an_invitee_answers_on_a_phone_without_script(odoo, plain_database, serve, chromium):
    _event, tokens = odoo.run_in_shell(plain_database, PREPARE.format(seats=2, people=2))
    odoo.sql("UPDATE res_partner SET lang = 'fr_FR' WHERE name = 'P0'", plain_database)
    address = serve(plain_database, "--max-cron-threads=1")
    phone = chromium.new_context(java_script_enabled=False, **PHONE)
    page = phone.new_page()
    page.goto(f"{address}/partner-event/{tokens[0]}")
    page.get_by_text("Je viens").tap()
    page.get_by_label("Qui m'accompagne").select_option("1")
    page.get_by_label("Un mot (facultatif)").fill("Avec joie")
    page.get_by_role("button", name="Envoyer ma réponse").tap()
    expect(page.get_by_text("C'est noté : vous venez").or_(page.get_by_text("Votre réponse est reçue"))).to_be_visible()
    assert wait_until_seated(odoo, plain_database) == 0
    page.reload()
    expect(page.get_by_text("C'est noté : vous venez, avec 1 accompagnant.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_text("Ajouter à mon agenda").tap()
    assert "BEGIN:VEVENT" in download.value.path().read_text()
    expect(page.get_by_label("Un mot (facultatif)")).to_have_value("Avec joie")
    phone.close()


# The guests are welcomed on the day.
TODAY = """
UPDATE event_event
   SET date_begin = now() AT TIME ZONE 'UTC' + interval '20 minutes',
       date_end = now() AT TIME ZONE 'UTC' + interval '3 hours'
 WHERE id = (SELECT max(id) FROM event_event)
"""

# It has begun, also where this test runs at midnight; nobody has to be told of another hour.
BEGUN = "WITH told AS (UPDATE event_invitation SET known_facts = NULL)" + TODAY.replace(
    "+ interval '20 minutes'", "- interval '1 minute'"
)


def test_from_the_audience_to_the_desk(odoo, demo_database, serve, visitor, chromium, postbox):
    """An organiser makes an edition, chooses, sends; an invitee answers; she is welcomed; the synthesis is begun."""
    odoo.run_in_shell(demo_database, MAIL_SERVER.replace("PORT", str(postbox.port)))
    address = serve(demo_database, "--max-cron-threads=1")
    someone = visitor(address, WIDE)
    page = someone.page
    someone.log_in("nadia", "demo")
    someone.open("/odoo/partner-events")
    expect(page.get_by_text("Étape suivante").first).to_be_visible()
    page.locator(".o_data_row").first.click()
    expect(page.get_by_text("ont répondu")).to_be_visible()
    someone.picture("edition-wide")
    someone.open("/odoo/partner-events")
    page.get_by_role("button", name="Nouveau").click()
    page.locator("[name=name] textarea, [name=name] input").first.fill("Soirée des partenaires")
    page.get_by_role("button", name="Choisir le public").click()
    page.get_by_text("Qui décide").click()
    page.get_by_role("button", name="Voir les personnes").click()
    expect(page.get_by_text("À inviter :")).to_be_visible()
    someone.picture("audience-wide")
    page.get_by_role("button", name="Créer les invitations").click()
    expect(page.locator(".modal")).to_be_hidden()
    odoo.sql(TODAY, demo_database)
    page.reload()
    page.get_by_role("button", name="Préparer l'invitation").click()
    expect(page.frame_locator("iframe").get_by_text("Répondre à l'invitation")).to_be_visible()
    someone.picture("invitation-wide")
    page.get_by_role("button", name="Envoyer", exact=True).click()
    page.locator(".modal button.btn-primary").click()
    edition = page.locator(".o_breadcrumb").get_by_text("Soirée des partenaires", exact=True)
    assert postbox.something_came.wait(90), "the mailing leaves"
    link = wait_for_link(postbox, "antoine.lambert@example.org")

    phone = chromium.new_context(java_script_enabled=False, locale="fr-FR", **PHONE)
    invitee = phone.new_page()
    invitee.goto(address + link)
    expect(invitee.get_by_text("Soirée des partenaires").first).to_be_visible()
    invitee.get_by_text("Je viens").tap()
    take_picture(invitee, "answer-phone")
    invitee.get_by_role("button", name="Envoyer ma réponse").tap()
    expect(invitee.get_by_text("C'est noté").or_(invitee.get_by_text("Votre réponse est reçue")).first).to_be_visible()
    phone.close()
    assert wait_until_seated(odoo, demo_database) == 0

    odoo.sql(BEGUN, demo_database)
    edition.click()
    page.get_by_role("button", name="Accueillir les invités").click()
    page.get_by_text("Antoine Lambert").first.click()
    expect(page.locator(".modal").get_by_text("Antoine Lambert").first).to_be_visible()
    page.locator(".modal").get_by_role("button", name="Continuer").click()
    edition.click()
    expect(page.locator("[name=present_count]").get_by_text("1")).to_be_visible()
    assert not someone.errors, someone.errors


def wait_for_link(postbox, address, page="/partner-event", seconds=90):
    """The path of the personal link in the mail that came for an address."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        for text in list(postbox.texts):
            mail = email.message_from_string(text)
            if address in mail["To"]:
                html = next(part for part in mail.walk() if part.get_content_type() == "text/html")
                return re.search(rf'href="[^"]+({page}/[\w-]+)"', html.get_payload(decode=True).decode())[1]
        time.sleep(0.5)
    raise AssertionError(f"no mail came for {address}")
