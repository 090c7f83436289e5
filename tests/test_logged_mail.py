"""A mail comes in through Odoo's own gateway script, waits, and becomes the draft of what its member chooses (P2)."""

import subprocess
import sys
from pathlib import Path
from xmlrpc.client import ServerProxy

from conftest import PHONE, WIDE
from playwright.sync_api import expect

ORGANISATIONS = ("Fédération des maisons de la transition", "Les Joyeux Colibris 🐦🌱")


def test_a_mail_through_the_gateway_waits_and_becomes_the_draft_that_is_chosen(odoo, demo_database, come):
    helene = come("helene", WIDE)
    address = helene.address
    admin = ServerProxy(f"{address}/xmlrpc/2/common").authenticate(demo_database, "admin", "admin", {})
    server = ServerProxy(f"{address}/xmlrpc/2/object", allow_none=True)

    def call(model, method, *arguments):
        return server.execute_kw(demo_database, admin, "admin", model, method, arguments)

    domain = call("mail.alias.domain", "create", {"name": "equipe.example"})
    aliases = call("mail.alias", "search", [("alias_model_id.model", "=", "relationship.synthesis")])
    call("mail.alias", "write", aliases, {"alias_name": "syntheses", "alias_domain_id": domain})
    partners = call("res.partner", "search_read", [("name", "in", ORGANISATIONS)], ["email"])
    gate = Path(odoo.environment["PYTHONPATH"]) / "odoo/addons/mail/static/scripts/odoo-mailgate.py"
    for screen, number in ((WIDE, 1), (PHONE, 2)):
        mail = (
            f"From: helene@example.org\nTo: {', '.join(partner['email'] for partner in partners)}\n"
            f"Cc: syntheses@equipe.example\nSubject: Rencontre {number}\nMessage-ID: <{number}@walk>\n\nOn se revoit."
        )
        port = address.rpartition(":")[2]
        options = ["-d", demo_database, "-u", str(admin), "-p", "admin", "--port", port]
        subprocess.run([sys.executable, gate, *options], input=mail, text=True, check=True)
        someone = helene if screen is WIDE else come("helene", screen)
        page = someone.page
        someone.open("/odoo/portfolio")
        page.get_by_role("button", name="Mail : quelle organisation ?").click()
        page.get_by_text(f"Rencontre {number}").first.click()
        expect(page.get_by_text("On se revoit.")).to_be_visible()
        page.locator(".o_relationship_found").get_by_text(ORGANISATIONS[0]).click()
        page.get_by_role("button", name="Créer le brouillon").click()
        expect(page.get_by_text("D'après un mail")).to_be_visible()
    drafts = odoo.sql("SELECT state FROM relationship_synthesis WHERE mail_key LIKE '<%@walk>'", demo_database)
    assert drafts == [["draft"], ["draft"]]
