"""An organiser adds a partner's calendar from its page, on a phone; members see what it tells (N1, N2)."""

from datetime import date, timedelta

from conftest import PHONE, WIDE
from playwright.sync_api import expect

DAY = date.today() + timedelta(days=3)
CALENDAR = f"""BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:{DAY:%Y%m%d}
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
    helene.page.locator(".o_switch_view.o_calendar").click()
    expect(helene.page.locator(".o_calendar_view")).to_be_visible()
    helene.settle()

    card.get_by_role("button", name="Masquer").click()
    expect(card.get_by_role("button", name="Montrer")).to_be_visible()
    helene.open("/odoo/partners-agenda")
    expect(row).to_have_count(0)
