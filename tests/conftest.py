"""The product from outside: a real server on a copy of the demo, a real browser."""

import asyncio
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import expect, sync_playwright
from xdist.scheduler import LoadScopeScheduling

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT))

from devtools import odoo as devtools_odoo  # noqa: E402
from devtools.testing import NAMED  # noqa: E402

WIDE = {"viewport": {"width": 1400, "height": 900}}
PHONE = {"viewport": {"width": 375, "height": 740}, "is_mobile": True, "has_touch": True}
SMALLEST = "SMALLEST" in os.environ  # as `./dev test` runs what takes long and is not named
# What takes longest, by its file.
LONGEST = ("test_crawl.py", "test_update.py", "test_walk.py", "test_lifecycle.py")
TOGETHER = re.compile(r"(tests/crawl/).*\b(wide|phone)\]")  # what needs the same server
PICTURES = CHECKOUT / "docs" / "pictures"
PATIENCE = 60  # seconds that a page may take for what is expected of it, on a machine that has other work too
CARD = ".o_kanban_record:not(.o_kanban_ghost)"
# Two frames drawn.
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"

expect.set_options(timeout=PATIENCE * 1000)


def on_each_screen(first):
    """Let a test take its way on each screen: every run does on the first, ``./dev test screens`` on the other one."""
    names = {"phone": PHONE, "wide": WIDE}
    rest = [pytest.mark.other_screen]
    cases = [pytest.param(screen, id=name, marks=[] if screen is first else rest) for name, screen in names.items()]
    return pytest.mark.parametrize("screen", cases)


def size(usual, smallest):
    """How much of something a test takes that takes long, or the least that shows that it still runs, and ends."""
    return smallest if SMALLEST else usual


def pytest_collection_modifyitems(config, items):
    """Leave out, where nobody has named it, the other screen, side ways, and of what takes long the most.

    Of that stays what is ``smallest``.

    Those that need no database begin, which is made meanwhile. Then come those that take as long as ten others: in the
    end no process waits for another.
    """
    items.sort(key=lambda item: ("odoo" in item.fixturenames, item.path.name not in LONGEST))
    if SMALLEST:
        long = [CHECKOUT / "tests" / name for name in NAMED]
        out = [item for item in items if item.path.parent in long and not item.get_closest_marker("smallest")]
        out += [item for item in items if any(map(item.get_closest_marker, ("other_screen", "side_way")))]
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


class Shared(LoadScopeScheduling):
    """Gives a process its next test alone, but for those that go together."""

    def _split_scope(self, nodeid):
        found = TOGETHER.search(nodeid)
        return "".join(found.groups()) if found else nodeid


def pytest_xdist_make_scheduler(config, log):
    return Shared(config, log)


@pytest.fixture(scope="session")
def odoo():
    """Odoo as provisioned, its PostgreSQL running."""
    with devtools_odoo.ready() as ready:
        yield ready


@pytest.fixture
def plain_database(odoo):
    """A copy of a database with the addons and without demo data."""
    name = odoo.copy(odoo.plain_template(), f"blackbox_plain_{os.getpid()}")
    yield name
    odoo.drop(name)


@pytest.fixture
def lean_database(odoo):
    """A database with the first addon alone, which needs neither events nor mailings (U4)."""
    name = odoo.copy(odoo.plain_template(["shifters_relations"]), f"blackbox_lean_{os.getpid()}")
    yield name
    odoo.drop(name)


# What a server keeps in memory of a database's rows is read anew: each mark is later than all that it has seen. What it
# has made of views and assets is right for the next copy too, unless a change of them was told of.
FORGET = """
INSERT INTO orm_signaling_stable (id) SELECT setval('orm_signaling_stable_id_seq', {mark})
"""
SESSIONS = {}  # nobody's just now, by the server's address and the login: to check a password takes long


@pytest.fixture(scope="session")
def demo_server(odoo):
    """The one server of all copies of the demo that are worked in one after the other: `database`, and `address`.

    It is started when first asked for, and again where a test ended it.
    """
    server = DemoServer(odoo)
    yield server
    server.stop()
    odoo.drop(server.database)


class DemoServer:
    """A server whose database is another one for each test, under the same name."""

    def __init__(self, odoo):
        self.odoo = odoo
        self.database = f"blackbox_demo_{os.getpid()}"
        self.process = None
        self.copies = 0

    def restore(self):
        """Make the database anew."""
        self.odoo.copy(self.odoo.demo_template(), self.database)
        self.copies += 1
        self.odoo.sql(FORGET.format(mark=self.copies * 10_000), self.database)

    def start(self):
        """Serve the database, and return the address."""
        if not self.process or self.process.poll() is not None:
            self.stop()
            self.port = devtools_odoo.free_port()
            self.process = start_server(self.odoo, self.port, self.database)
        return f"http://localhost:{self.port}"

    def stop(self):
        if self.process:
            end(self.process)


def start_server(odoo, port, database, *arguments):
    """Serve a database; jobs run where a test asks for their threads."""
    arguments = ("--max-cron-threads=0", f"--db-filter=^{database}$", *arguments)
    if any(argument.startswith("--workers") for argument in arguments):  # whose master starts them from a file
        return odoo.start(port, "-d", database, *arguments)
    return odoo.start_copy(port, database, *arguments)


@pytest.fixture
def demo_database(demo_server):
    """A copy of the demo, to be worked in."""
    demo_server.restore()
    return demo_server.database


def end(process):
    """End a server; one that still waits for a page which has gone is killed: how it ends is not what is tested."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(30)


@pytest.fixture
def serve(odoo, demo_server):
    """A function that serves a database and returns its address: a server of the test's own, unless the demo's does."""
    processes = []

    def start(database, *arguments):
        if database == demo_server.database and not arguments:
            return demo_server.start()
        port = devtools_odoo.free_port()
        processes.append(start_server(odoo, port, database, *arguments))
        return f"http://localhost:{port}"

    yield start
    for process in processes:
        process.terminate()
    for process in processes:
        end(process)


MAIL_SERVER = """
env.company.email = "bonjour@example.org"
env["ir.mail_server"].create({"name": "test", "smtp_host": "127.0.0.1", "smtp_port": PORT, "smtp_encryption": "none"})
env.cr.commit()
print("RESULT 1")
"""


class Postbox:
    """A mail server that remembers what it received for whom, and may refuse, or take its time."""

    def __init__(self):
        self.received = Counter()
        self.texts = []
        self.refusals = {}
        self.delays = {}  # seconds, the first time that an address is written to
        self.delay = 0.005
        self.something_came = threading.Event()
        self.port = devtools_odoo.free_port()
        self.controller = None

    def open(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def close(self):
        """Nobody answers there any more."""
        self.controller.stop()

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
    box.open()
    yield box
    box.close()


@pytest.fixture(scope="session")
def chromium():
    """A running Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"])
        yield browser
        browser.close()


def take_picture(page, name):
    """Renew a picture of the README or the guide, if new ones are asked for: once nothing moves any more."""
    picture = PICTURES / f"{name}.png"
    if os.environ.get("TAKE_PICTURES") and picture.exists():
        before = None
        for _look in range(40):
            now = page.screenshot()
            if now == before:
                break
            before = now
        picture.write_bytes(now)


class Visitor:
    """Somebody in front of a screen, who counts clicks and notices errors.

    What a page shows is asserted with Playwright's ``expect``, which waits for it. Where nothing is to appear,
    or something must not, :meth:`settle` comes first.
    """

    def __init__(self, browser, address, screen):
        self.context = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", **screen)
        self.address = address
        self.session = None  # who logged in, and the cookie
        self.clicks = 0
        self.errors = []
        self.open_tab()

    def open_tab(self):
        """Look at an empty page from now on."""
        self.page = self.context.new_page()

    @property
    def page(self):
        """What she looks at."""
        return self._page

    @page.setter
    def page(self, page):
        self._page = page
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self.notice)
        asked = self.asked = set()  # what is not answered yet

        def ask(request):
            if "/bus/" not in request.url:  # where a worker waits for messages, for ever
                asked.add(request)

        def get(request):
            asked.discard(request)

        page.on("request", ask)
        page.on("requestfinished", get)
        page.on("requestfailed", get)

    def notice(self, message):
        """Remember an error, unless it is a missing picture.

        Where two of Odoo's threads optimise the same rule's domain at once, the first requests of a server,
        one may fail with "Trying to skip optimization level"; it is for faces that a page asks several at once.
        """
        if message.type == "error" and "/web/image/" not in message.location["url"]:
            self.errors.append(message.text)

    def log_in(self, login, password):
        """Log in without looking at the login page, nor at what follows; in a former session, if there is one."""
        key = self.address, login
        if cookie := SESSIONS.pop(key, None):
            self.context.add_cookies([cookie])
            answer = self.context.request.post(f"{self.address}/web/session/check", data={"params": {}})
            if "error" not in answer.json():
                self.session = key, cookie["value"]
                return
            self.context.clear_cookies()
        page = f"{self.address}/web/login"
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.context.request.get(page).text())[1]
        form = {"csrf_token": token, "login": login, "password": password}
        assert self.context.request.post(page, form=form, max_redirects=0).status == 303, f"{login} is not let in"
        [session] = (each["value"] for each in self.context.cookies() if each["name"] == "session_id")
        self.session = key, session

    def leave(self):
        """Close everything, and leave the session, if it is the same one, to the next with this login."""
        for cookie in self.context.cookies() if self.session else ():
            if (cookie["name"], cookie["value"]) == ("session_id", self.session[1]):
                SESSIONS[self.session[0]] = cookie
        self.session = None
        self.context.close()

    def fill_in_login_page(self, login, password):
        """Log in as people do."""
        self.page.goto(f"{self.address}/web/login")
        self.page.fill("#login", login)
        self.page.fill("#password", password)
        self.page.click("button[type=submit]")
        expect(self.page.locator(".o_main_navbar")).to_be_visible()

    def open(self, path):
        """Go to a page of Odoo's web client, and wait until it is there."""
        self.page.goto(f"{self.address}{path}")
        expect(self.page.locator(".o_action_manager > *").first).to_be_visible()
        self.settle()

    def settle(self):
        """Wait until the page has got all that it asked for, and shows it.

        :raise AssertionError: something of it does not come
        """
        deadline, calm = time.monotonic() + PATIENCE, 0
        while calm < 3:
            self.page.wait_for_function(DRAWN)
            calm = 0 if self.asked else calm + 1
            if time.monotonic() > deadline:
                raise AssertionError(f"The page waits for {sorted(request.url for request in self.asked)}")

    def search(self, words):
        """Type words in the search box, which a phone opens with a button, and take the first suggestion.

        Enter does nothing before Odoo has suggested where to look for them.
        """
        self.settle()
        box = self.page.locator(".o_searchview_input")
        if not box.count():
            self.page.locator(".o_control_panel .oi-search, .o_control_panel .fa-search").first.click()
        box.fill(words)
        expect(self.page.locator(".o_searchview_autocomplete").get_by_text(words).first).to_be_visible()
        box.press("Enter")

    def click(self, selector):
        self.clicks += 1
        self.page.locator(selector).first.click()

    def press(self, name):
        """Press a button of the bar above a form: a phone keeps all but the first in a menu."""
        self.settle()
        button = f".o_statusbar_buttons button[name={name}]"
        if not self.page.locator(button).is_visible():
            self.click(".o_statusbar_buttons .dropdown-toggle")
            button = f".o-dropdown--menu button[name={name}]"
        self.click(button)

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
        each.leave()


@pytest.fixture
def come(demo_database, serve, visitor):
    """A function that lets somebody of the demo in, in front of a screen; in the end no page may have told an error."""
    people = []

    def let_in(login, screen):
        someone = visitor(serve(demo_database), screen)
        someone.log_in(login, "admin" if login == "admin" else "demo")
        people.append(someone)
        return someone

    yield let_in
    errors = [error for someone in people for error in someone.errors]
    assert not errors, errors
