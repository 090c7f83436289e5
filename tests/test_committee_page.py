"""A committee on a phone: its agenda is changed by hand, its minutes become drafts for those who were there (V1)."""

import email
import email.policy

from conftest import PHONE
from playwright.sync_api import expect

# All that becomes of a committee's meeting in the calendar: planned, with a colleague, moved, repeated, deleted.
HOLD = """
import json
from datetime import timedelta
from odoo.tools.misc import clean_context
env["ir.mail_server"].create({"name": "test", "smtp_host": "127.0.0.1", "smtp_port": PORT, "smtp_encryption": "none"})
committee = env["relationship.committee"].search([], limit=1)
partners = committee.cooperation_id.role_ids.partner_id
for number, each in enumerate(partners | partners.child_ids):
    each.email = f"partner{number}@partners.example"
helene, nadia, marc = (env["res.users"].search([("login", "=", login)]) for login in ("helene", "nadia", "marc"))
for each, lang in ((nadia, "en_US"), (marc, "fr_FR"), (helene, "fr_FR")):
    each.write({"email": f"{each.login}@team.example", "lang": lang})
committee.next_meeting_id.unlink()
env.cr.commit()
proposed = committee.with_user(helene).action_plan_next()["context"]
events = env["calendar.event"].with_user(helene).with_context(lang="fr_FR", **proposed)
meeting = events.create({"partner_ids": (nadia | marc | helene).partner_id.ids})
meeting = meeting.with_context(clean_context(env.context))
met = meeting.met_partner_ids
env.cr.commit()
env["mail.mail"].process_email_queue()
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
    odoo.sql(
        "UPDATE calendar_event SET active = false WHERE relationship_committee_id > 0 AND start > now()", demo_database
    )
    someone = come("helene", PHONE)
    page = someone.page
    someone.open(f"/odoo/committees/{committee}")
    someone.press("action_plan_next")
    dialog = page.locator(".modal")
    expect(dialog.get_by_text("Rien n'est encore prévu, et personne n'est invité.")).to_be_visible()
    dialog.locator("[name=location] input").fill("Salle 4")
    someone.settle()
    assert not odoo.sql("SELECT 1 FROM calendar_event WHERE location = 'Salle 4'", demo_database)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".modal button[name=action_relationship_open_committee]").click()
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
    someone.press("action_relationship_ask_minutes")
    expect(dialog.get_by_text("Brouillons à préparer")).to_be_visible()
    someone.settle()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    dialog.get_by_text("Pas maintenant").click()
    expect(dialog).to_have_count(0)
    drafts = "SELECT s.id FROM relationship_synthesis AS s JOIN calendar_event AS e ON e.id = s.calendar_event_id"
    drafts += " WHERE e.relationship_committee_id IS NOT NULL"
    assert not odoo.sql(drafts, demo_database)
    someone.press("action_relationship_ask_minutes")
    page.locator(".modal button[name=action_relationship_write_minutes]").click()
    notice = page.locator(".o_notification")
    expect(notice.get_by_text("Synthèses préparées pour")).to_be_in_viewport()
    expect(dialog).to_have_count(0)
    address = notice.get_by_text("Les voir").get_attribute("href")
    expect(page.locator(".alert-success").get_by_text("Synthèses préparées pour")).to_be_visible()
    expect(page.locator("[name=relationship_synthesis_ids]").get_by_text("Brouillon").first).to_be_visible()
    expect(page.locator("[name=relationship_agenda].o_readonly_modifier")).to_be_visible()
    someone.settle()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_text("Voir les synthèses").click()
    expect(page.locator(".o_kanban_view").get_by_text("Brouillon").first).to_be_visible()
    someone.open(address)
    expect(page.locator(".o_kanban_view").get_by_text("Brouillon").first).to_be_visible()


def test_a_mail_server_hears_of_a_committees_meeting_for_the_team_alone(odoo, demo_database, postbox):
    met, partners = odoo.run_in_shell(demo_database, HOLD.replace("PORT", str(postbox.port)))
    assert met
    assert {*met} <= {*partners}, "who is met is a partner"
    said = {}
    for text in postbox.texts:
        mail = email.message_from_string(text, policy=email.policy.default)
        said.setdefault(mail["To"].addresses[0].addr_spec, mail["Subject"])
    invited = {address for address in said if address.endswith("@team.example")}
    assert invited == {"nadia@team.example", "marc@team.example"}, "the colleagues are invited for real"
    assert said["nadia@team.example"].startswith("Invitation to ")
    assert said["marc@team.example"].startswith("Invitation à "), "each reads her own language, whoever invites"
    assert not [address for address in postbox.received if address.endswith("@partners.example")]
    assert not [text for text in postbox.texts if "@partners.example" in text], "nor are partners named as attendees"
