"""Every screen of the demo, opened by each role on a wide screen and on a phone: nothing may fail, or be in English.

Nor may a name be cut. The demo holds what is hard to show. Who adds a menu, a view or a button has nothing to add here.
Every run looks at what the menus of each role of the team open, and with the pilot's eyes at a record in each form.
"""

import itertools
import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import PHONE, SMALLEST, WIDE, end, start_server
from playwright.sync_api import Error, expect

from devtools import odoo as devtools_odoo
from devtools.places import cache

RELATIONS, CONTACTS, CALENDAR = (
    "shifters_relations.relationship_menu",
    "contacts.menu_contacts",
    "calendar.mail_menu_calendar",
)
# Who comes with which password, and the apps that she opens: ours through all its menus, others through their first.
# Who sees most comes first: it takes longest.
ROLES = {
    "pilote": ("demo", (RELATIONS,)),
    "nadia": ("demo", (RELATIONS,)),
    "helene": ("demo", (RELATIONS, CALENDAR)),
    "admin": ("admin", (RELATIONS, CONTACTS)),
    "neighbour": ("demo", (CONTACTS, CALENDAR)),
}
SCREENS = {"wide": WIDE, "phone": PHONE}
# Who looks at each screen for what is cut, and the views that are looked at: where none is offered, the one that opens.
WHOLE = {("pilote", "wide"): {"list", "kanban"}, ("helene", "phone"): {"kanban"}}
# On which screen each looks in every run.
IN_EVERY_RUN = {*WHOLE, ("nadia", "phone"), ("neighbour", "phone")}
RECORDS = 3  # of a kind in a menu: the fullest, the hardest to show, the poorest
MORE_RECORDS = 5  # for who sees most
SLOW = 20_000  # milliseconds
TYPED = "l'Été d'À côté 100 %"
ENGLISH = {
    "the",
    "and",
    "with",
    "Owner",
    "Stage",
    "Sector",
    "Overdue",
    "Next",
    "Due",
    "Target",
    "Members",
    "Synthesis",
    "Never",
    "Portfolio",
}

# What to look at.
SURVEY = r"""
import json, re
from odoo.tests.common import new_test_user

who = {"name": "Une voisine", "password": "demo", "lang": "fr_FR", "tz": "Europe/Paris", "odoobot_state": "disabled"}
new_test_user(env, "neighbour", "base.group_user", {"no_reset_password": True}, **who)
directory = env.ref("shifters_relations_events.directory")
directory.is_open = True
env.cr.commit()

actions = env["ir.actions.act_window"].search([])
ours = actions.filtered(lambda action: (action.xml_id or "").startswith("shifters_relations"))
models = {action.res_model for action in ours if "form" in action.view_mode}


def count_filled(record):
    return sum(bool(record[name]) for name, field in record._fields.items() if field.store and not field.inherited)


def is_awkward(name):
    return len(name) > 50 or bool(re.search(r"[^\x00-\u00ff’« »…–—]", name))


ranked = {}
for model in sorted(models):
    records = env[model].with_context(active_test=False).search([], limit=400)
    if records._transient or not records:
        continue
    fullest = sorted(records, key=count_filled, reverse=True)
    awkward = [record for record in fullest if is_awkward(record.display_name or "")]
    order = [fullest[0], *awkward[:1], fullest[-1], *fullest[1:2], *awkward[1:], *fullest[2:]]
    ranked[model] = list(dict.fromkeys(record.id for record in order))

personal = ("event.invitation", "relationship.network.answer", "relationship.directory.card")
personal += ("relationship.survey.answer",)
pages = [f"{each._page}/{each.access_token}" for model in personal for each in env[model].search([])]
pages.append(f"/who-does-what/{directory.access_token}")
print("RESULT " + json.dumps({"ranked": ranked, "pages": pages}))
"""

# The buttons that are pressed, by their model: each is harmless, for pressed on some records by the pilot it opens a
# screen and writes nothing but rows of a wizard.
HARMLESS = r"""
import json, re
from lxml import etree
from odoo.exceptions import RedirectWarning, UserError

ours = env["ir.actions.act_window"].search([]).filtered(
    lambda action: (action.xml_id or "").startswith("shifters_relations")
)
pilot = env["res.users"].search([("login", "=", "pilote")])
harmless, written = {}, []
execute = env.cr.execute


def watch(query, *args, **kwargs):
    text = getattr(query, "code", query)
    text = text if isinstance(text, str) else text.decode()
    if found := re.match(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', text):
        written.append(found[1])
    return execute(query, *args, **kwargs)


env.cr.execute, env.cr.commit = watch, lambda: None
transient = [Model for Model in env.values() if Model._transient]
wizards = {Model._table for Model in transient}
for Model in transient:
    wizards |= {field.relation for field in Model._fields.values() if field.type == "many2many" and field.store}
for model, ids in RANKED.items():
    shown = ours.filtered(lambda action: action.res_model == model)
    views = {view_id for action in shown for view_id, kind in action.views if kind == "form"}
    buttons = set()
    for view in views or {False}:
        arch = etree.fromstring(env[model].with_user(pilot).get_view(view, "form")["arch"])
        buttons |= {button.get("name") for button in arch.xpath("//button[@type='object'][not(ancestor::field)]")}
    for button in buttons:
        opens, writes = False, False
        for record_id in ids[:4]:
            written.clear()
            try:
                result = getattr(env[model].with_user(pilot).browse(record_id), button)()
                env.flush_all()
            except (RedirectWarning, UserError):
                result = None
            writes = writes or bool(set(written) - wizards)
            opens = opens or (isinstance(result, dict) and result.get("type") == "ir.actions.act_window")
            env.cr.rollback()
            env.invalidate_all()
            if writes:
                break
        if opens and not writes:
            harmless.setdefault(model, []).append(button)
print("RESULT " + json.dumps(harmless))
"""

# What screens must be looked at with: each finds some row of the demo.
CASES = {
    "a company that partners can read the name of": "res_company WHERE name !~ 'My Company|YourCompany'",
    "several persons": "res_partner WHERE active AND parent_id IS NOT NULL GROUP BY parent_id HAVING count(*) > 2",
    "who decides": "res_partner WHERE relationship_is_decider AND phone LIKE '+33 6 39 98 %' AND street IS NOT NULL",
    "an address": "res_partner WHERE relationship_stage = 'target' AND street IS NOT NULL AND phone IS NOT NULL",
    "an appointment": "mail_activity WHERE relationship_partner_id IS NOT NULL AND calendar_event_id IS NOT NULL",
    "attempts": "mail_activity WHERE relationship_attempt_count > 1",
    "promises": "mail_activity WHERE active AND relationship_synthesis_id IS NOT NULL",
    "each role": "relationship_cooperation_role HAVING count(DISTINCT role) = 4",
    "a committee": "calendar_event WHERE relationship_committee_id > 0 AND start > now()",
    "an outcome": "relationship_cooperation WHERE stage = 'done' AND destination_id > 0 AND outcome != ''",
    "changes of level": "relationship_level_change GROUP BY partner_id HAVING count(DISTINCT date) > 2",
    "an organisation that objects": "res_partner WHERE is_company AND relationship_no_contact",
    "a person who objects": "res_partner WHERE NOT is_company AND relationship_no_contact",
    "archived": "res_partner WHERE NOT active AND relationship_stage = 'target'",
    "a draft": "relationship_synthesis WHERE state = 'draft'",
    "a confidential part": "relationship_synthesis_confidential",
    "an absence": "relationship_closure WHERE user_id IS NOT NULL AND date_to > now()",
    "a member who leaves": "relationship_member WHERE date_end BETWEEN now() AND now() + interval '30 days'",
    "a member who left": "relationship_member WHERE date_end < now() - interval '1 day'",
    "each state of an invitation": "event_invitation HAVING count(DISTINCT state) = 7",
    "guests": "event_invitation WHERE guest_count > 1 AND comment IS NOT NULL",
    "mails that came back": "mailing_trace WHERE trace_status IN ('bounce', 'error')",
    "a call that is closed": "relationship_network_call WHERE state = 'closed'",
    "a final report": "relationship_report WHERE state = 'done'",
    "a long name": "res_partner WHERE is_company AND length(name) > 150",
    "quotes": "res_partner WHERE is_company AND name LIKE '%\"%' AND name LIKE '%''%' AND name LIKE '%&%'",
    "Cyrillic": "res_partner WHERE name ~ '[а-я]'",
    "Arabic": "res_partner WHERE name ~ '[ا-ي]'",
    "Chinese": "res_partner WHERE name ~ '[一-龥]'",
    "emoji": "res_partner WHERE name ~ '🌱'",
    "a single word": "res_partner WHERE parent_id IS NOT NULL AND name !~ ' '",
}

# Counts what the web client waits for, and tells when two frames in a row have asked for nothing more.
PREPARE = """() => {
    const { rpcBus } = odoo.loader.modules.get("@web/core/network/rpc");
    const asked = new Set();
    let tell = () => {};
    rpcBus.addEventListener("RPC:REQUEST", ({ detail }) => asked.add(detail.data.id));
    rpcBus.addEventListener("RPC:RESPONSE", ({ detail }) => asked.delete(detail.data.id) && tell());
    window.crawler = {
        env: odoo.__WOWL_DEBUG__.root.env,
        frame: () => new Promise((done) => requestAnimationFrame(() => setTimeout(done))),
        async settle() {
            const end = Date.now() + 20000;
            for (let quiet = 0; quiet < 2 && Date.now() < end; ) {
                if (asked.size) {  // nothing is drawn meanwhile
                    await new Promise((done) => setTimeout((tell = done), end - Date.now()));
                }
                await this.frame();
                quiet = asked.size ? 0 : quiet + 1;
            }
            return Date.now() < end;
        },
        // An action that fails while it is drawn never resolves: the error is told by the page.
        async until(promise) {
            let stop;
            const failed = new Promise((done) => {
                stop = new AbortController();
                for (const name of ["error", "unhandledrejection"]) {
                    window.addEventListener(name, () => done(), { signal: stop.signal });
                }
                setTimeout(done, 20000);
            });
            await Promise.race([promise.catch((error) => Promise.reject(error)), failed]);
            stop.abort();
            return this.settle();
        },
        current() {
            const controller = this.env.services.action.currentController;
            const views = (controller.views || []).map((view) => view.type);
            const [form] = (controller.action.views || []).find(([, type]) => type === "form") || [];
            return { id: controller.jsId, model: controller.props.resModel, type: controller.props.type, views, form };
        },
    };
}"""
MENUS = """(apps) => {
    const menus = crawler.env.services.menu.getAll();
    const roots = menus.filter((menu) => apps.includes(menu.xmlid));
    return menus
        .filter((menu) => menu.actionID && roots.some((root) => root.id === menu.appID))
        .filter((menu) => menu.xmlid.startsWith("shifters_relations") || menu.id === menu.appID)
        .filter((menu, index, all) => all.findIndex((other) => other.actionID === menu.actionID) === index)
        .map(({ id, name, xmlid }) => ({ id, name, xmlid }));
}"""
SHOWN = """async ([model, ids]) => {
    const { domain, context } = crawler.env.services.action.currentController.props;
    const found = new Set(await crawler.env.services.orm.search(model, domain || [], { limit: 2000, context }));
    return ids.filter((id) => found.has(id));
}"""
# Headers and names that are cut: what is wider than the box that hides the rest of it.
CUT = """() => [...document.querySelectorAll(`
    .o_action_manager .o_list_table thead th *, .o_action_manager .o_list_table thead th,
    .o_action_manager .o_data_row .o_data_cell:not(.o_list_button, .o_many2one_avatar_cell),
    .o_action_manager .o_kanban_record .fw-bold, .o_action_manager .o_kanban_header_title *,
    .o_action_manager .oe_title *
`)].filter((shown) => {
    const { overflowX, visibility } = getComputedStyle(shown);
    const hides = ["hidden", "clip"].includes(overflowX) && shown.offsetParent && visibility !== "hidden";
    return hides && shown.innerText?.trim() && shown.scrollWidth > shown.clientWidth + 1;
}).map((shown) => shown.innerText.trim())"""

# Lists whose last columns one must scroll to.
WIDER = """() => [...document.querySelectorAll(".o_action_manager .o_list_renderer")]
    .filter((list) => list.scrollWidth > list.clientWidth + 1).map((list) => `wider: ${list.scrollWidth}`)"""
# Every tab and every folded part is drawn.
UNFOLD = """async () => {
    for (const folded of document.querySelectorAll(".o_form_view details:not([open])")) {
        folded.open = true;
    }
    for (const tab of document.querySelectorAll(".o_form_view .o_notebook_headers .nav-link")) {
        tab.click();
        await crawler.settle();
    }
}"""


@pytest.fixture(scope="module")
def demo(odoo):
    """The demo that is looked at and not worked in, its server, and what there is to see."""
    name = odoo.copy(odoo.demo_template(), f"crawled_{devtools_odoo.free_port()}")
    process = None
    try:
        survey = odoo.run_in_shell(name, SURVEY)
        if not SMALLEST:  # where no button is pressed
            survey["harmless"] = odoo.run_in_shell(name, f"RANKED = {survey['ranked']}\n{HARMLESS}")
        port = devtools_odoo.free_port()
        log = cache() / "logs" / f"server-{port}.log"
        process = start_server(odoo, port, name)
        yield {**survey, "database": name, "address": f"http://localhost:{port}", "log": log}
    finally:
        if process:
            end(process)
        odoo.drop(name)


class Crawler:
    """Somebody who opens everything, and notes what goes wrong and where."""

    def __init__(self, someone, demo, login, screen):
        self.someone, self.page, self.demo = someone, someone.page, demo
        self.login, self.screen = login, screen
        self.speaks_of_us = False
        self.is_away = True  # from the menu that is being looked at
        self.problems = []
        self.pressed = set()
        self.opened = set()  # records, each with the form that shows it

    @contextmanager
    def at(self, *where):
        """Do something at one place; note there what went wrong meanwhile, and begin afresh after it.

        :param where: menu, view, record, button
        """
        try:
            yield
            self.look()
        except (AssertionError, Error) as error:
            self.someone.errors.append(str(error).splitlines()[0])
        if self.someone.errors:
            told = " · ".join(dict.fromkeys(self.someone.errors))[:600]
            self.problems.append(f"{self.login}, {self.screen}: {' › '.join(map(str, where))}: {told}")
            assert len(self.problems) < 20, self.say()
            self.begin()
        self.someone.errors.clear()

    def say(self):
        return "\n".join(self.problems)

    def begin(self):
        self.page.goto(f"{self.demo['address']}/odoo")
        self.page.locator(".o_main_navbar").wait_for()
        self.page.evaluate(PREPARE)
        self.is_away = True

    def settle(self):
        """Wait until the screen is at rest: from then on, looking once is enough."""
        assert self.page.evaluate("crawler.settle()"), "it does not come to an end"

    def look(self):
        """What the screen says by itself."""
        self.settle()
        told = self.page.locator(".o_error_dialog, .o_notification:has(.bg-danger)")
        assert not told.count(), told.first.inner_text()
        if self.speaks_of_us:
            words = set(re.findall(r"[A-Za-z]+", self.page.locator("body").inner_text()))
            assert not words & ENGLISH, f"English: {sorted(words & ENGLISH)}"

    def measure(self):
        """Look whether a name or a header of ours is cut, or a list wider than its screen."""
        current = self.page.evaluate("crawler.current()")
        views = WHOLE.get((self.login, self.screen), set())
        if views and self.speaks_of_us and (current["type"] in views or not views & set(current["views"])):
            self.someone.settle()
            cut = [*self.page.evaluate(CUT), *self.page.evaluate(WIDER)]
            assert not cut, f"cut: {cut[:5]}"

    def wait(self, expression, *arguments):
        """Start something in the web client, and wait until it is drawn."""
        done = self.page.evaluate(f"async (given) => crawler.until(Promise.resolve({expression}))", list(arguments))
        assert done, "it does not come to an end"

    def open_menu(self, menu):
        self.wait("crawler.env.services.menu.selectMenu(given[0])", menu["id"])
        self.is_away = False

    def come_back(self, menu):
        """Be at a menu, also after something failed."""
        if self.is_away:
            self.open_menu(menu)

    def crawl(self, apps):
        """Open every menu, and what is behind it: where time is short, a record in each form for who sees most."""
        self.begin()
        menus = self.page.evaluate(MENUS, list(apps))
        assert menus
        for menu in menus:
            self.speaks_of_us = menu["xmlid"].startswith("shifters_relations")
            with self.at(menu["name"]):
                self.open_menu(menu)
                self.settle()
                if self.page.locator(".modal").count():
                    self.look()
                    self.close_dialog()
                    continue
                self.measure()
            if self.is_away:
                continue
            if not SMALLEST:
                self.crawl_views(menu)
            elif self.login == "pilote":
                self.open_form(menu)

    def crawl_views(self, menu):
        current = self.page.evaluate("crawler.current()")
        lists = [view for view in current["views"] if view not in ("form", "search")]
        for view in lists:
            if view == current["type"]:
                continue  # it was looked at when the menu opened
            with self.at(menu["name"], view):
                self.come_back(menu)
                self.wait("crawler.env.services.action.switchView(given[0])", view)
                self.measure()
        if "form" in current["views"] and lists:
            self.crawl_records(menu, current["model"], current["form"])
        if lists:
            with self.at(menu["name"], "search box"):
                self.open_menu(menu)
                self.search()

    def crawl_records(self, menu, model, form):
        """A sample of the records that the menu shows, with every tab and each dialog that changes nothing.

        What was opened from another menu in the same form is not opened again, unless it is all there is.
        """
        records = []
        with self.at(menu["name"], "form"):
            self.come_back(menu)
            records = self.page.evaluate(SHOWN, [model, self.demo["ranked"].get(model, [])])
        sample = records[: MORE_RECORDS if self.login == "pilote" else RECORDS]
        new = [each for each in sample if (model, form, each) not in self.opened]
        for record in new or sample[:1]:
            self.opened.add((model, form, record))
            where = (menu["name"], "form", f"{model}({record})")
            with self.at(*where):
                self.come_back(menu)
                self.open_record(record)
                self.settle()
            for button in self.demo["harmless"].get(model, []):
                target = self.page.locator(f".o_form_view button[name={button}]:visible").first
                if self.is_away or (model, button) in self.pressed or not target.count():
                    continue
                self.pressed.add((model, button))
                with self.at(*where, button):
                    self.press(target)
                    self.look()
                    if self.page.locator(".modal").count():
                        self.close_dialog()
                    else:
                        self.open_menu(menu)
                        self.open_record(record)

    def open_form(self, menu):
        """Open the fullest record that the menu shows, unless a menu before has opened one in the same form."""
        current = self.page.evaluate("crawler.current()")
        kind = (current["model"], current["form"])
        if "form" not in current["views"] or current["type"] == "form" or kind in self.opened:
            return
        with self.at(menu["name"], "form"):
            ranked = self.demo["ranked"].get(current["model"], [])
            for record in self.page.evaluate(SHOWN, [current["model"], ranked])[:1]:
                self.opened.add(kind)
                self.open_record(record)

    def open_record(self, record):
        """Open a record, and all that its form folds away."""
        self.wait("crawler.env.services.action.switchView('form', { resId: given[0] })", record)
        self.page.locator(".o_form_view").first.wait_for()
        self.page.evaluate(UNFOLD)

    def press(self, target):
        """Press a button that opens something, and wait for what it opens."""
        before = self.page.evaluate("crawler.current().id")
        target.click()
        self.page.wait_for_function(
            "(before) => document.querySelector('.modal') || crawler.current().id !== before", arg=before
        )
        self.settle()

    def close_dialog(self):
        self.page.evaluate("crawler.env.services.dialog.closeAll()")
        self.page.locator(".modal").first.wait_for(state="detached")

    def search(self):
        """Type some words where one searches."""
        self.settle()
        box = self.page.locator(".o_searchview_input")
        if not box.count():
            toggle = self.page.locator(".o_control_panel .oi-search, .o_control_panel .fa-search")
            if not toggle.count():
                return
            toggle.first.click()
        box.first.fill(TYPED)
        expect(self.page.locator(".o_searchview_autocomplete").get_by_text(TYPED).first).to_be_visible(timeout=SLOW)
        box.first.press("Enter")
        expect(self.page.locator(".o_searchview_facet").filter(has_text=TYPED).first).to_be_visible(timeout=SLOW)
        self.settle()


def read_errors(log, since):
    """What the server complained of."""
    lines = Path(log).read_text(errors="replace")[since:].splitlines()
    return [line for line in lines if re.search(r"\d+ (ERROR|CRITICAL) |^Traceback", line)]


@pytest.mark.smallest
@pytest.mark.parametrize("_screen", ["wide"])
def test_the_demo_has_what_is_hard_to_show(odoo, demo, _screen):
    missing = [case for case, rows in CASES.items() if not odoo.sql(f"SELECT 1 FROM {rows} LIMIT 1", demo["database"])]
    assert not missing


LOOKS = [
    pytest.param(login, screen, marks=[pytest.mark.smallest] if (login, screen) in IN_EVERY_RUN else [])
    for login, screen in itertools.product(ROLES, SCREENS)
]


@pytest.mark.parametrize(("login", "screen"), LOOKS)
def test_every_screen_opens(demo, visitor, login, screen):
    password, apps = ROLES[login]
    begun = demo["log"].stat().st_size
    someone = visitor(demo["address"], SCREENS[screen])
    someone.log_in(login, password)
    crawler = Crawler(someone, demo, login, screen)
    crawler.crawl(apps)
    assert not crawler.problems, crawler.say()
    assert not (errors := read_errors(demo["log"], begun)), f"{login}, {screen}: " + "\n".join(errors[:20])


@pytest.mark.parametrize("screen", ["wide", pytest.param("phone", marks=pytest.mark.smallest)])
def test_every_personal_page_opens(demo, visitor, screen):
    begun = demo["log"].stat().st_size
    someone = visitor(demo["address"], SCREENS[screen])
    assert demo["pages"]
    problems = []
    for path in demo["pages"]:
        answer = someone.page.goto(demo["address"] + path)
        someone.settle()
        words = set(re.findall(r"[A-Za-z]+", someone.page.locator("body").inner_text()))
        wider = someone.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if answer.status != 200 or words & ENGLISH or wider or someone.errors:
            problems.append(
                (screen, path, answer.status, words & ENGLISH, "wider than the screen" * wider, someone.errors)
            )
        someone.errors.clear()
    assert not problems, problems
    assert not (errors := read_errors(demo["log"], begun)), "\n".join(errors[:20])
