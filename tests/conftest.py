"""The product from outside: a real server on a copy of the demo, a real browser."""

import asyncio
import os
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT))

from devtools import odoo as devtools_odoo  # noqa: E402
from devtools.places import addons_present  # noqa: E402

WIDE = {"viewport": {"width": 1400, "height": 900}}
PHONE = {"viewport": {"width": 375, "height": 740}, "is_mobile": True, "has_touch": True}
PICTURES = CHECKOUT / "docs" / "pictures"


@pytest.fixture(scope="session")
def odoo():
    """Odoo as provisioned, its PostgreSQL running."""
    with devtools_odoo.ready() as ready:
        yield ready


@pytest.fixture
def plain_database(odoo):
    """A copy of a database with the addons and without demo data."""
    template = odoo.template(
        addons_present(), "the addons", on_top_of=odoo.base_template(), key=devtools_odoo.addons_fingerprint()
    )
    name = odoo.copy(template, f"blackbox_plain_{os.getpid()}")
    yield name
    odoo.drop(name)


@pytest.fixture
def lean_database(odoo):
    """A database with the first addon alone, which needs neither events nor mailings (U4)."""
    alone = ["shifters_relations"]
    template = odoo.template(
        alone, "the first addon alone", on_top_of=odoo.base_template(alone), key=devtools_odoo.addons_fingerprint()
    )
    name = odoo.copy(template, f"blackbox_lean_{os.getpid()}")
    yield name
    odoo.drop(name)


@pytest.fixture
def demo_database(odoo):
    """A copy of the demo, to be worked in."""
    name = odoo.copy(odoo.demo_template(), f"blackbox_demo_{os.getpid()}")
    # Odoo's own bot opens a conversation over the first page: not what is tested here.
    odoo.sql("UPDATE res_users SET odoobot_state = 'disabled'", name)
    yield name
    odoo.drop(name)


@pytest.fixture
def serve(odoo):
    """A function that serves a database and returns its address."""
    processes = []

    def start(database, *arguments):
        port = devtools_odoo.free_port()
        processes.append(odoo.start(port, "-d", database, f"--db-filter=^{database}$", *arguments))
        return f"http://localhost:{port}"

    yield start
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(30)


class Postbox:
    """A mail server that remembers what it received for whom, and may refuse, or take its time."""

    def __init__(self):
        self.received = Counter()
        self.texts = []
        self.refusals = {}
        self.delays = {}  # seconds, the first time that an address is written to
        self.delay = 0.005
        self.something_came = threading.Event()

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        self.received.update(envelope.rcpt_tos)
        self.texts.append(envelope.content.decode())
        self.something_came.set()
        await asyncio.sleep(max([self.delay, *(self.delays.pop(address, 0) for address in envelope.rcpt_tos)]))
        return "250 OK"


@pytest.fixture
def postbox():
    """A real mail server."""
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=devtools_odoo.free_port())
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()


@pytest.fixture(scope="session")
def chromium():
    """A running Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"])
        yield browser
        browser.close()


def take_picture(page, name):
    """Renew a picture of the README or the guide, if new ones are asked for."""
    picture = PICTURES / f"{name}.png"
    if os.environ.get("TAKE_PICTURES") and picture.exists():
        page.wait_for_timeout(500)
        page.screenshot(path=picture)


class Visitor:
    """Somebody in front of a screen, who counts clicks and notices errors."""

    def __init__(self, browser, address, screen):
        self.context = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", **screen)
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.address = address
        self.clicks = 0
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self.notice)

    def notice(self, message):
        """Remember an error, unless it is a missing picture.

        Where two of Odoo's threads optimise the same rule's domain at once, the first requests of a server,
        one may fail with "Trying to skip optimization level"; it is for faces that a page asks several at once.
        """
        if message.type == "error" and "/web/image/" not in message.location["url"]:
            self.errors.append(message.text)

    def log_in(self, login, password):
        self.page.goto(f"{self.address}/web/login")
        self.page.fill("#login", login)
        self.page.fill("#password", password)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".o_main_navbar")

    def open(self, path):
        self.page.goto(f"{self.address}{path}")
        self.page.wait_for_selector(".o_view_controller")

    def click(self, selector):
        self.clicks += 1
        self.page.locator(selector).first.click()

    def picture(self, name):
        """Renew the picture, if the README or the guide shows it and new ones are asked for."""
        take_picture(self.page, name)


@pytest.fixture
def visitor(chromium):
    """A function that seats somebody in front of a screen."""
    visitors = []

    def seat(address, screen):
        visitors.append(Visitor(chromium, address, screen))
        return visitors[-1]

    yield seat
    for each in visitors:
        each.context.close()
