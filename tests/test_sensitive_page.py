"""Who writes what somebody believes or suffers from reads what the law says while she types, on a phone too (G1)."""

from conftest import PHONE
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
