"""A mail comes in by Odoo's gateway script or its mailbox, and becomes the draft of what its member chooses (P2)."""

import re
import socketserver
import subprocess
import sys
import threading
from pathlib import Path
from xmlrpc.client import ServerProxy

import pytest
from conftest import PHONE, WIDE
from playwright.sync_api import expect

ORGANISATIONS = ("Fédération des maisons de la transition", "Les Joyeux Colibris 🐦🌱")


class Mailbox(socketserver.StreamRequestHandler):
    """What Odoo's incoming mail server asks of a mailbox (RFC 3501): the mails of its server, once each."""

    def handle(self):
        self.say("* OK ready")
        mails, seen = self.server.mails, self.server.seen
        for line in self.rfile:
            tag, name, *rest = line.decode().split()
            match name.upper():
                case "CAPABILITY":
                    self.say("* CAPABILITY IMAP4rev1")
                case "SELECT":
                    self.say(f"* {len(mails)} EXISTS")
                case "SEARCH":
                    self.say(" ".join(["* SEARCH", *(str(at) for at in range(1, len(mails) + 1) if at not in seen)]))
                case "FETCH":
                    mail = mails[int(rest[0]) - 1]
                    self.say(f"* {rest[0]} FETCH (RFC822 {{{len(mail)}}}")
                    self.wfile.write(mail + b")\r\n")
                case "STORE" if rest[1] == "+FLAGS":
                    seen.add(int(rest[0]))
            self.say(f"{tag} OK done")

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())


@pytest.fixture
def mailbox():
    """A mailbox on this machine, with ``mails`` and the numbers of those that were ``seen``."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.daemon_threads = True
        server.mails, server.seen = [], set()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_mail_waits_and_becomes_the_draft_that_is_chosen(odoo, demo_database, come, mailbox):
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
    where = {"server": "127.0.0.1", "port": mailbox.server_address[1], "user": "syntheses", "password": "secret"}
    fetching = [call("fetchmail.server", "create", {"name": "Mails", "server_type": "imap", **where})]
    [job] = call("ir.model.data", "search_read", [("name", "=", "ir_cron_mail_gateway_action")], ["res_id"])
    for screen, number in ((WIDE, 1), (PHONE, 2)):
        mail = (
            f"From: helene@example.org\nTo: {', '.join(partner['email'] for partner in partners)}\n"
            f"Cc: syntheses@equipe.example\nSubject: Rencontre {number}\nMessage-ID: <{number}@walk>\n\nOn se revoit."
        )
        if screen is WIDE:  # through the script, then from the mailbox
            options = ["-d", demo_database, "-u", str(admin), "-p", "admin", "--port", address.rpartition(":")[2]]
            subprocess.run([sys.executable, gate, *options], input=mail, text=True, check=True)
        else:
            mailbox.mails += [b"No mail at all", mail.encode()]
            call("fetchmail.server", "button_confirm_login", fetching)
            call("ir.cron", "method_direct_trigger", [job["res_id"]])
            assert mailbox.seen == {1, 2}
        someone = helene if screen is WIDE else come("helene", screen)
        page = someone.page
        someone.open("/odoo/portfolio")
        page.get_by_role("button", name="Mail à rattacher").click()
        page.get_by_text(f"Rencontre {number}").first.click()
        expect(page.get_by_text("On se revoit.")).to_be_visible()
        page.locator(".o_relationship_found").get_by_text(ORGANISATIONS[0]).click()
        page.get_by_role("button", name="Créer le brouillon").click()
        expect(page.get_by_text("D'après un mail")).to_be_visible()
        page.get_by_role("button", name="Valider").click()
        expect(page.get_by_text("Choisissez le mode du contact avec")).to_be_visible()
    someone.open("/odoo/portfolio")
    page.get_by_role("button", name="Synthèses à finir").click()
    card = page.locator(".o_kanban_record", has_text="Marie-Antoinette")
    expect(card.locator(".o_avatar")).to_be_in_viewport(ratio=1)
    card.click()
    person = page.locator(".o_form_view .o_tag", has_text="Marie-Antoinette")
    expect(person).to_have_text(re.compile("^Marie-Antoinette"))
    drafts = odoo.sql("SELECT state FROM relationship_synthesis WHERE mail_key LIKE '<%@walk>'", demo_database)
    assert drafts == [["draft"], ["draft"]]
