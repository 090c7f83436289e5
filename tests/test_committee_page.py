"""A committee on a phone: its agenda is changed by hand, its minutes become drafts for those who were there (V1)."""

from conftest import PHONE
from playwright.sync_api import expect

# All that becomes of a committee's meeting in the calendar: planned, with a colleague, moved, repeated, deleted.
HOLD = """
import json
from datetime import timedelta
env["ir.mail_server"].create({"name": "test", "smtp_host": "127.0.0.1", "smtp_port": PORT, "smtp_encryption": "none"})
committee = env["relationship.committee"].search([], limit=1)
partners = committee.cooperation_id.role_ids.partner_id
for number, each in enumerate(partners | partners.child_ids):
    each.email = f"partner{number}@partners.example"
helene, nadia = (env["res.users"].search([("login", "=", login)]) for login in ("helene", "nadia"))
nadia.email = "nadia@team.example"
committee.next_meeting_id.unlink()
env.cr.commit()
meeting = env["calendar.event"].with_user(helene).browse(committee.with_user(helene).action_plan_next()["res_id"])
met = meeting.met_partner_ids
meeting.partner_ids = nadia.partner_id | helene.partner_id
meeting.start += timedelta(days=1)
meeting.write({"recurrency": True, "rrule_type": "weekly", "mon": True, "count": 3})
env.cr.commit()
env["mail.mail"].process_email_queue()
meeting.recurrence_id.calendar_event_ids.unlink()
env.cr.commit()
env["mail.mail"].process_email_queue()
env.cr.commit()
print("RESULT " + json.dumps([met.ids, partners.ids]))
"""


def test_a_committee_is_prepared_and_written_up_on_a_phone(odoo, demo_database, come):
    [[committee]] = odoo.sql("SELECT id FROM relationship_committee", demo_database)
    someone = come("helene", PHONE)
    page = someone.page
    someone.open(f"/odoo/committees/{committee}")
    someone.press("action_plan_next")
    agenda = page.locator("[name=relationship_agenda] .odoo-editor-editable")
    expect(agenda.get_by_text("Avancement")).to_be_visible()
    expect(page.get_by_text("Cet ordre du jour suit ce qui est noté")).to_be_visible()
    someone.settle()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    agenda.locator("li").first.click()
    page.keyboard.type("Le zèbre. ")
    page.locator(".o_form_button_save").click()
    expect(page.get_by_text("Cet ordre du jour a été écrit à la main")).to_be_visible()
    page.reload()
    expect(agenda.get_by_text("Le zèbre.")).to_be_visible()

    someone.open(f"/odoo/committees/{committee}")
    someone.press("action_write_minutes")
    expect(page.get_by_text("Synthèses préparées pour")).to_be_visible()
    expect(page.locator("[name=relationship_synthesis_ids]").get_by_text("Brouillon").first).to_be_visible()
    expect(page.locator("[name=relationship_agenda].o_readonly_modifier")).to_be_visible()
    someone.settle()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_mail_server_hears_of_a_committees_meeting_for_the_team_alone(odoo, demo_database, postbox):
    met, partners = odoo.run_in_shell(demo_database, HOLD.replace("PORT", str(postbox.port)))
    assert met
    assert {*met} <= {*partners}, "who is met is a partner"
    assert postbox.received["nadia@team.example"], "the colleague is invited for real"
    assert not [address for address in postbox.received if address.endswith("@partners.example")]
    assert not [text for text in postbox.texts if "@partners.example" in text], "nor are partners named as attendees"
