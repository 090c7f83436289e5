"""Who writes what somebody believes or suffers from reads what the law says while she types, on a phone too (G1)."""

import pytest
from conftest import PHONE, WIDE
from playwright.sync_api import expect

PERSON_MET_BY_HELENE = """
    SELECT organisation.id, person.name
      FROM res_partner person
      JOIN res_partner organisation ON organisation.id = person.commercial_partner_id
      JOIN res_users owner ON owner.id = organisation.relationship_owner_id AND owner.login = 'helene'
     WHERE organisation.relationship_stage = 'target' AND organisation.active AND person.active
       AND NOT person.is_company AND person.name LIKE '% %'
  ORDER BY person.id LIMIT 1
"""


def test_the_line_shows_while_one_types_and_stops_nothing(odoo, demo_database, come):
    [[organisation, name]] = odoo.sql(PERSON_MET_BY_HELENE, demo_database)
    someone = come("helene", PHONE)
    page = someone.page
    someone.open(f"/odoo/organisations/{organisation}/write/new")
    line = page.locator("[name=relationship_sensitive_sentence] .alert")
    summary = page.locator("[name=summary] .odoo-editor-editable")
    summary.click()
    page.keyboard.type(f"{name} nous a reçus. ")
    expect(line).to_be_hidden()
    page.keyboard.type(f"{name} est malade.")
    expect(line).to_contain_text("RGPD, article 9")
    expect(line).to_contain_text(f"« {name}… malade »")
    expect(line).to_be_in_viewport(ratio=1)
    line.locator("summary").click()
    expect(line.get_by_text("partie confidentielle d'une synthèse")).to_be_visible()
    someone.settle()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    someone.press("action_validate")
    expect(page.get_by_text("Merci, ce contact est dans la mémoire de l'équipe.")).to_be_visible()
    expect(line).to_be_visible()
    assert odoo.sql("SELECT count(*) FROM mail_message WHERE body LIKE '%article 9%'", demo_database) == [[0]]


@pytest.mark.side_way
def test_the_line_shows_also_beside_a_message_an_activity_and_a_meeting(odoo, demo_database, come):
    [[organisation, name]] = odoo.sql(PERSON_MET_BY_HELENE, demo_database)
    someone = come("helene", WIDE)
    page = someone.page
    said = f"{name} est malade."
    told = f"« {name}… malade »"

    someone.open(f"/odoo/organisations/{organisation}")
    page.locator(".o-mail-Chatter-logNote").click()
    page.locator(".o-mail-Composer-input").fill("Vu hier.")
    line = page.locator(".o-mail-Composer .o_relationship_sensitive")
    someone.settle()
    expect(line).to_have_count(0)
    page.locator(".o-mail-Composer-input").fill(f"Vu hier.\n{said}")
    expect(line).to_contain_text(told)
    expect(line).to_be_in_viewport(ratio=1)
    page.locator(".o-mail-Composer-send").click()
    expect(page.locator(".o-mail-Message-body").filter(has_text=said)).to_be_visible()
    expect(line).to_have_count(0)

    page.locator(".o-mail-Chatter-activity").click()
    page.locator(".modal [name=note] .odoo-editor-editable").click()
    page.keyboard.type(said)
    line = page.locator(".modal .o_relationship_sensitive")
    expect(line).to_contain_text(told)
    expect(line).to_be_in_viewport(ratio=1)
    page.locator(".modal [name=action_schedule_activities]").click()
    expect(page.locator(".modal")).to_have_count(0)
    page.locator(".o-mail-Activity").filter(has_text=said).locator(".o-mail-Activity-edit").click()
    expect(line).to_contain_text(told)
    page.locator(".modal [special=cancel], .modal .btn-close").first.click()
    page.locator(".o-mail-Activity").filter(has_text=said).locator(".o-mail-Activity-markDone").click()
    page.locator(".o-mail-ActivityMarkAsDone textarea").fill(said)
    expect(page.locator(".o-mail-ActivityMarkAsDone .o_relationship_sensitive")).to_contain_text(told)
    page.keyboard.press("Escape")

    [[meeting]] = odoo.sql(
        f"""
        WITH made AS (
            INSERT INTO calendar_event (name, start, stop, active, user_id, privacy, show_as)
            SELECT 'Un café', now(), now() + interval '1 hour', true, id, 'public', 'busy' FROM res_users
             WHERE login = 'helene'
         RETURNING id
        )
        INSERT INTO relationship_meeting_partner_rel (event_id, partner_id) SELECT id, {organisation} FROM made
        RETURNING event_id
        """,
        demo_database,
    )
    someone.open(f"/odoo/calendar.event/{meeting}")
    page.locator("[name=notes] .odoo-editor-editable").click()
    page.keyboard.type(said)
    line = page.locator(".o_form_view .o_relationship_sensitive")
    expect(line).to_contain_text(told)
    expect(line).to_be_in_viewport(ratio=1)


@pytest.mark.side_way
def test_beside_whom_nobody_follows_nothing_is_asked(odoo, demo_database, come):
    someone = come("helene", WIDE)
    page = someone.page
    [[stranger]] = odoo.sql(
        "INSERT INTO res_partner (name, active, type) VALUES ('Rose Juste', true, 'contact') RETURNING id",
        demo_database,
    )
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    someone.open(f"/odoo/contacts/{stranger}")
    page.locator(".o-mail-Chatter-logNote").click()
    page.locator(".o-mail-Composer-input").fill("Rose Juste est malade.")
    page.locator(".o-mail-Composer-send").click()
    expect(page.locator(".o-mail-Message-body").filter(has_text="Rose Juste est malade.")).to_be_visible()
    expect(page.locator(".o_relationship_sensitive")).to_have_count(0)
    assert not [url for url in asked if "relationship_say_law" in url]
