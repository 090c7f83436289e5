"""An organiser adds a partner's calendar from its page, on a phone; anybody proposes an event (N1, N2, N3)."""

from datetime import date, timedelta

from conftest import MAIL_SERVER, PHONE, WIDE
from playwright.sync_api import expect
from test_partner_event import wait_for_link

DAY = date.today() + timedelta(days=3)
LATER = DAY + timedelta(days=72)
CALENDAR = f"""BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:{LATER:%Y%m%d}
SUMMARY:Congrès inventé
LOCATION:Palais, 69003 Lyon
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:Sans date
END:VEVENT
END:VCALENDAR
""".encode()
ORGANISATION = """
print("RESULT %s" % env["res.partner"].search([("name", "=", "Ruche")]).id)
"""


def test_a_calendar_is_looked_at_kept_shown_and_hidden(odoo, demo_database, come):
    organisation = odoo.run_in_shell(demo_database, ORGANISATION)
    nadia = come("nadia", PHONE)
    page = nadia.page
    nadia.open(f"/odoo/organisations/{organisation}")
    page.get_by_role("button", name="Ajouter son agenda").click()
    dialog = page.locator(".modal")
    dialog.locator("[name=url] input").fill("http://localhost/agenda.ics")
    dialog.get_by_role("button", name="Regarder").click()
    expect(dialog.locator(".alert-warning")).to_contain_text("notre propre réseau")
    expect(dialog.locator("[name=url] input"), "what was typed is still there").to_have_value(
        "http://localhost/agenda.ics"
    )
    agenda = {"name": "agenda.ics", "mimeType": "text/calendar", "buffer": CALENDAR}
    dialog.locator("input[type=file]").set_input_files(agenda)
    expect(dialog.locator("[name=url] input"), "one source or the other").to_have_value("")
    dialog.get_by_role("button", name="Regarder").click()
    expect(dialog.locator("[name=next_events]")).to_contain_text("Congrès inventé · Palais, 69003 Lyon")
    expect(dialog.locator("[name=skipped]")).to_contain_text("« Sans date » : laissé de côté")
    dialog.get_by_role("button", name="Garder cet agenda").click()
    card = page.locator(".o_kanban_record", has_text="Congrès inventé")
    expect(card).to_contain_text("Ruche")

    helene = come("helene", WIDE)
    helene.open("/odoo/partners-agenda")
    row = helene.page.locator(".o_data_row", has_text="Congrès inventé")
    expect(row).to_contain_text("Ruche")
    expect(row.get_by_role("button", name="Masquer"), "members look, organisers hide").to_have_count(0)
    helene.page.locator(".o_searchview_input").fill("Congrès inventé")
    helene.page.locator(".o_searchview_input").press("Enter")
    expect(helene.page.locator(".o_data_row")).to_have_count(1)
    helene.page.locator(".o_switch_view.o_calendar").click()
    month = helene.page.locator(".o_calendar_view .o_event")
    expect(month, "the month of the next event is shown first").to_contain_text("Congrès inventé")
    helene.settle()

    card.get_by_role("button", name="Masquer").click()
    expect(card.get_by_role("button", name="Montrer")).to_be_visible()
    helene.open("/odoo/partners-agenda")
    expect(row).to_have_count(0)


SUBSCRIPTION = """
import json
subscription = env.ref("shifters_relations_events.subscription_all")
feed = env["relationship.calendar.feed"].search([], limit=1)
feed.write({"failing_since": "2026-01-05 08:00:00", "failure": {"reason": "slow"}})
env.cr.commit()
print("RESULT " + json.dumps(subscription.page_url.partition("/partners-agenda")[2]))
"""


def test_a_phone_without_script_reads_chooses_and_subscribes(odoo, demo_database, come, serve, chromium):
    path = odoo.run_in_shell(demo_database, SUBSCRIPTION)
    nadia = come("nadia", WIDE)
    nadia.open("/odoo/partners-agenda")
    page = nadia.page
    above = page.get_by_role("status").filter(has_text="n'a pas pu être lu depuis le 5 janvier")
    expect(above).to_be_visible()
    above.get_by_role("button", name="Voir").click()
    expect(page.locator(".o_data_row")).to_have_count(1)
    nadia.open("/odoo/partners-agenda")
    page.get_by_role("button", name="Abonnements").click()
    page.locator(".o_data_row", has_text="L'agenda de nos partenaires").locator("[name=name]").click()
    expect(page.get_by_text("Le pilote seul change ceci.")).to_be_visible()
    nadia.settle()

    phone = chromium.new_context(java_script_enabled=False, locale="fr-FR", **PHONE).new_page()
    phone.goto(f"{serve(demo_database)}/partners-agenda{path}")
    lines = phone.locator(".line")
    expect(lines.first).to_contain_text("D'après")
    expect(lines.filter(has_text="Réunion du bureau"), "a word not to have").to_have_count(0)
    phone.locator("summary", has_text="Affiner").tap()
    form = phone.locator("form.filter").first
    form.get_by_label("Où").fill("rhone")
    form.get_by_role("button", name="Montrer").tap()
    expect(phone.get_by_role("link", name="Tout montrer à nouveau")).to_be_visible()
    for line in lines.all():
        expect(line).to_contain_text("Lyon")
    expect(lines.first).to_be_visible()
    mine = phone.locator("form.filter").last
    expect(mine.get_by_label("Où"), "what was chosen is what is received").to_have_value("rhone")
    mine.get_by_label("Mon adresse e-mail").fill("ada@example.org")
    mine.get_by_role("button", name="Recevoir mon agenda").tap()
    expect(phone.get_by_role("status")).to_contain_text("Regardez vos e-mails")


NOT_YET = """
import json
subscription = env.ref("shifters_relations_events.subscription_all")
subscription.takes_proposals = False
env["relationship.calendar.proposal"].search([]).unlink()
env.cr.commit()
print("RESULT " + json.dumps([subscription.id, subscription.page_url.partition("/partners-agenda")[2]]))
"""


def test_somebody_unknown_proposes_an_event_on_a_phone(odoo, demo_database, serve, visitor, chromium, postbox):
    odoo.run_in_shell(demo_database, MAIL_SERVER.replace("PORT", str(postbox.port)))
    subscription, path = odoo.run_in_shell(demo_database, NOT_YET)
    address = serve(demo_database, "--max-cron-threads=1")
    agenda, propose = f"{address}/partners-agenda{path}", f"{address}/partners-agenda/propose"
    phone = chromium.new_context(java_script_enabled=False, locale="fr-FR", **PHONE)
    ada, passer = phone.new_page(), phone.new_page()
    assert ada.goto(propose).status == 404, "nobody has opened it"

    pilot = visitor(address, WIDE)
    pilot.log_in("pilote", "demo")
    pilot.open(f"/odoo/agenda-subscriptions/{subscription}")
    pilot.page.locator("[name=takes_proposals] input").check()
    pilot.page.locator(".o_form_button_save").click()
    pilot.settle()

    ada.goto(agenda)
    ada.get_by_role("link", name="Proposer un événement").first.tap()
    ada.get_by_label("Comment s'appelle-t-il ?").fill("Bal des possibles")
    ada.get_by_label("Quel jour ?").fill(DAY.isoformat())
    ada.get_by_label("À partir de quelle heure").fill("20:30")
    ada.get_by_label("Jusqu'à quelle heure").fill("19:00")
    ada.get_by_label("Où ?").fill("12 quai du Lac, 74000 Annecy")
    ada.get_by_label("Quelle organisation l'organise").fill("Les Amis inventés")
    ada.get_by_label("Votre adresse e-mail").fill("ada@example.org")
    ada.get_by_role("button", name="Proposer").tap()
    expect(ada.get_by_role("alert")).to_be_visible()
    expect(ada.locator("#wrong_stop_hour")).to_have_text("Il finirait avant de commencer.")
    expect(ada.get_by_label("Où ?"), "nothing typed is lost").to_have_value("12 quai du Lac, 74000 Annecy")
    assert ada.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing is wider than the phone"
    ada.get_by_label("Jusqu'à quelle heure").fill("23:00")
    ada.get_by_role("button", name="Proposer").tap()
    expect(ada.get_by_role("status")).to_contain_text("deux jours")
    link = address + wait_for_link(postbox, "ada@example.org", "/partners-agenda/confirm")
    ada.goto(link)
    ada.get_by_role("button", name="Confirmer ma proposition").tap()
    expect(ada.get_by_role("status")).to_contain_text("c'est noté")

    nadia = visitor(address, WIDE)
    nadia.log_in("nadia", "demo")
    page = nadia.page

    def accept():
        nadia.open("/odoo/partners-agenda")
        notice = page.get_by_role("status").filter(has_text="1 événement proposé attend votre réponse")
        notice.get_by_role("button", name="Répondre").click()
        row = page.locator(".o_data_row", has_text="Bal des possibles")
        expect(row).to_contain_text("Les Amis inventés")
        row.get_by_role("button", name="Répondre").click()
        page.locator(".modal").get_by_role("button", name="Accepter").click()
        expect(page.locator(".o_notification")).to_contain_text("il est dans l'agenda", ignore_case=True)
        expect(row).to_have_count(0)
        expect(page.get_by_text("attend votre réponse")).to_have_count(0)

    passer.goto(agenda)
    line = passer.locator(".line", has_text="Bal des possibles")
    expect(line, "nobody has looked at it yet").to_have_count(0)
    accept()
    passer.goto(agenda)
    expect(line).to_contain_text("Les Amis inventés")

    ada.goto(link)
    expect(ada.get_by_text("Il est dans l'agenda")).to_be_visible()
    ada.get_by_role("link", name="Le modifier").tap()
    ada.get_by_label("Où ?").fill("En ligne")
    ada.get_by_role("button", name="Envoyer le changement").tap()
    expect(ada.get_by_role("status")).to_contain_text("changement")
    passer.goto(agenda)
    expect(line, "somebody looks at the change first").to_have_count(0)
    accept()
    passer.goto(agenda)
    expect(line).to_contain_text("En ligne")

    ada.goto(link)
    ada.locator("summary", has_text="Le retirer").tap()
    ada.get_by_role("button", name="Le retirer").tap()
    expect(ada.get_by_role("status")).to_contain_text("supprimée")
    passer.goto(agenda)
    expect(passer.locator(".line").first).to_be_visible()
    expect(line).to_have_count(0)
    assert ada.goto(link).status == 404, "nothing of it is kept"
    phone.close()
    assert not nadia.errors + pilot.errors
