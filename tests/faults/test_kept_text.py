"""No network loses no word (P3): what was typed is there again, on that device, and never the confidential part."""

import re
import signal
import time

import pytest
from conftest import PHONE, WIDE, Visitor, on_each_screen, start_server
from playwright.sync_api import expect

from devtools import odoo as devtools_odoo

TYPED = "Ils cherchent un local à Montreuil."
NEED = "Une salle, le soir"
SECRET = "Xyzzyconfidentiel"

# All that a page can leave in its browser, as one text.
EVERYTHING_KEPT = """async () => {
    const kept = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie];
    for (const { name } of await indexedDB.databases()) {
        const database = await new Promise((resolve) => {
            const request = indexedDB.open(name);
            request.onsuccess = () => resolve(request.result);
        });
        for (const store of database.objectStoreNames) {
            const rows = await new Promise((resolve) => {
                const request = database.transaction(store).objectStore(store).getAll();
                request.onsuccess = () => resolve(request.result);
            });
            kept.push(JSON.stringify(rows));
        }
        database.close();
    }
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            kept.push(request.url, await (await cache.match(request)).text());
        }
    }
    return kept.join("\\n");
}"""
OURS = "Object.entries(localStorage).filter(([key]) => key.startsWith('shifters_relations.kept_text/'))"


class Writer:
    """Hélène, or another, who writes a synthesis for one organisation and comes back to it."""

    def __init__(self, someone, database, odoo, login="helene"):
        self.someone, self.database, self.odoo = someone, database, odoo
        someone.log_in(login, "demo")
        [[self.partner]] = odoo.sql(
            "SELECT min(p.id) FROM res_partner p JOIN res_users u ON u.id = p.relationship_owner_id "
            "WHERE u.login = 'helene' AND p.relationship_stage = 'target' AND p.active "
            "AND NOT EXISTS (SELECT FROM relationship_synthesis s WHERE s.partner_id = p.id AND s.state = 'draft')",
            database,
        )

        [[self.last]] = odoo.sql("SELECT max(id) FROM relationship_synthesis", database)

    @property
    def page(self):
        return self.someone.page

    @property
    def summary(self):
        return self.page.locator("[name=summary] .odoo-editor-editable")

    @property
    def offer(self):
        return self.page.locator(".o_form_view .o_relationship_kept_text")

    def begin(self, path=None):
        self.someone.open(path or f"/odoo/organisations/{self.partner}/write/new")
        self.summary.wait_for()

    def type(self, text=TYPED):
        self.summary.click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text)

    def unfold(self, name):
        self.page.locator("details", has=self.page.locator(f"[name={name}]")).locator("summary").first.click()

    def go_away(self, away=True):
        self.someone.context.set_offline(away)

    def wait_until_kept(self, text=TYPED):
        """Within ten seconds."""
        self.page.wait_for_function(f"text => JSON.stringify({OURS}).includes(text)", arg=text, timeout=10_000)

    def wait_until_nothing_is_kept(self):
        self.page.wait_for_function(f"() => !{OURS}.length", timeout=10_000)

    def leave(self, page=None):
        """A tab goes in silence: what a closing page sends passes a network that is only pretended to be away."""
        page = page or self.page
        page.evaluate("() => { XMLHttpRequest.prototype.send = () => {}; navigator.sendBeacon = () => true; }")
        page.close()

    def come_back(self, path=None):
        """Another tab is opened when the network is back."""
        if not self.page.is_closed():
            self.leave()
        self.go_away(False)
        self.someone.open_tab()
        self.begin(path)

    def saved(self):
        return self.odoo.sql(
            f"SELECT id, state, coalesce(summary, '') FROM relationship_synthesis "
            f"WHERE partner_id = {self.partner} AND id > {self.last} ORDER BY id",
            self.database,
        )

    def wait_until_saved(self, text=TYPED):
        """Within ten seconds, on the server."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            rows = [row for row in self.saved() if text in row[2]]
            if rows:
                return rows
            self.page.wait_for_function("() => new Promise(requestAnimationFrame)")  # it works on meanwhile
        raise AssertionError(f"not saved within ten seconds: {self.saved()}")


@pytest.fixture
def writer(odoo, demo_database, serve, visitor):
    """A function that seats a writer in front of a screen."""
    address = serve(demo_database)
    return lambda screen=WIDE, login="helene": Writer(visitor(address, screen), demo_database, odoo, login)


@pytest.mark.smallest
@on_each_screen(first=PHONE)
def test_what_was_typed_in_a_tunnel_is_offered_again_after_the_tab_is_gone(writer, screen):
    helene = writer(screen)
    page = helene.page
    helene.begin()
    helene.go_away()
    helene.type()
    helene.unfold("needs")
    page.locator("[name=needs] textarea").fill(NEED)  # and not left
    helene.wait_until_kept(NEED)
    helene.unfold("confidential_note")
    page.locator("[name=confidential_note] textarea").fill(SECRET)
    expect(page.locator(".o_relationship_not_saved")).to_contain_text("partie confidentielle")
    page.locator("[name=needs] textarea").press_sequentially(".")
    helene.wait_until_kept(f"{NEED}.")
    assert SECRET not in page.evaluate(EVERYTHING_KEPT)

    helene.come_back()
    page = helene.page
    assert not helene.saved()
    assert SECRET not in page.evaluate(EVERYTHING_KEPT)
    expect(helene.offer).to_contain_text(re.compile(r"Un texte du \d+ \w+, \d+:\d+, n'avait pas pu être enregistré"))
    helene.offer.get_by_role("button", name="Reprendre").click()
    expect(helene.summary).to_contain_text(TYPED)
    expect(page.locator("[name=needs] textarea")).to_have_value(f"{NEED}.")
    expect(page.locator("[name=needs] textarea")).to_be_visible()
    expect(helene.offer).to_be_hidden()
    page.locator(".o_form_button_save").click()
    expect(page.locator(".o_form_button_save")).to_be_hidden()
    helene.wait_until_nothing_is_kept()
    assert len(helene.saved()) == 1 and TYPED in helene.saved()[0][2]
    helene.come_back()
    expect(helene.offer).to_be_hidden()


@pytest.mark.smallest
def test_what_is_typed_is_a_draft_on_the_server_within_ten_seconds(writer):
    helene = writer()
    helene.begin()
    helene.unfold("confidential_note")
    helene.page.locator("[name=confidential_note] textarea").fill(SECRET)
    helene.type()
    [[draft, _state, _text]] = helene.wait_until_saved()
    [[note]] = helene.odoo.sql(
        f"SELECT note FROM relationship_synthesis_confidential WHERE synthesis_id = {draft}", helene.database
    )
    assert note == SECRET
    expect(helene.summary).to_be_focused()  # nothing moved under the fingers
    helene.page.keyboard.type(" Puis autre chose.")
    helene.wait_until_saved("Puis autre chose.")
    helene.wait_until_nothing_is_kept()
    assert SECRET not in helene.page.evaluate(EVERYTHING_KEPT)
    helene.page.locator("button[name=action_validate]").click()
    helene.page.get_by_text("Prochain contact").wait_for()
    assert [(row[0], row[1]) for row in helene.saved()] == [(draft, "done")], "it is the same one"


def test_a_draft_that_was_saved_in_silence_goes_with_what_is_given_up(writer):
    helene = writer()
    helene.begin()
    helene.type()
    helene.wait_until_saved()
    helene.page.locator(".o_form_button_cancel").click()
    expect(helene.page.locator("[name=summary]")).to_be_hidden()
    assert not helene.saved()
    helene.begin()
    helene.type()
    helene.wait_until_saved()
    helene.page.locator(".o_form_button_save").click()
    expect(helene.page.locator(".o_form_button_save")).to_be_hidden()
    helene.type(" Ceci est de trop.")
    helene.wait_until_saved("de trop")
    helene.page.locator(".o_form_button_cancel").click()
    expect(helene.summary).not_to_contain_text("de trop")
    assert len(helene.saved()) == 1 and "de trop" not in helene.saved()[0][2]


def test_after_the_tunnel_all_is_saved_by_itself(writer):
    helene = writer(PHONE)
    helene.begin()
    helene.go_away()
    helene.type()
    helene.wait_until_kept()
    expect(helene.page.locator(".o_relationship_not_saved")).to_be_visible()
    helene.go_away(False)
    helene.wait_until_saved()
    expect(helene.page.locator(".o_relationship_not_saved")).to_be_hidden()
    helene.wait_until_nothing_is_kept()


def test_a_server_that_died_loses_no_word(odoo, demo_database, chromium):
    port = devtools_odoo.free_port()
    server = start_server(odoo, port, demo_database)
    someone = Visitor(chromium, f"http://localhost:{port}", WIDE)
    try:
        helene = Writer(someone, demo_database, odoo)
        helene.begin()
        server.send_signal(signal.SIGKILL)
        server.wait(30)
        helene.type()
        helene.wait_until_kept()
        expect(helene.page.locator(".o_relationship_not_saved")).to_be_visible()
        helene.leave()  # what it says as it closes would save them, if the next server were there by then
        server = start_server(odoo, port, demo_database)
        someone.page = someone.context.new_page()
        helene.begin()
        helene.offer.get_by_role("button", name="Reprendre").click()
        expect(helene.summary).to_contain_text(TYPED)
        helene.wait_until_saved()
    finally:
        someone.context.close()
        server.terminate()
        server.wait(30)


def test_a_session_that_ended_loses_no_word(writer):
    helene = writer()
    helene.begin()
    helene.someone.context.clear_cookies()
    helene.type()
    helene.wait_until_kept()
    expect(helene.page.locator(".o_relationship_not_saved")).to_contain_text("Pas encore enregistré")
    helene.page.close()
    helene.someone.page = helene.someone.context.new_page()
    helene.someone.log_in("helene", "demo")
    helene.begin()
    helene.offer.get_by_role("button", name="Reprendre").click()
    expect(helene.summary).to_contain_text(TYPED)


def test_what_was_validated_or_deleted_meanwhile_is_offered_as_a_copy(writer):
    helene = writer()
    helene.begin()
    helene.type("Premier mot.")
    [[draft, _state, _text]] = helene.wait_until_saved("Premier mot.")
    path = f"/odoo/syntheses/{draft}"
    helene.begin(path)
    helene.go_away()
    helene.type()
    helene.wait_until_kept()
    helene.leave()
    helene.odoo.sql(
        f"UPDATE relationship_synthesis SET state = 'done', summary = '<p>Validé</p>' WHERE id = {draft}",
        helene.database,
    )
    helene.come_back(path)
    expect(helene.offer).to_contain_text("cette page a été validée depuis")
    helene.offer.get_by_role("button", name="Lire et copier").click()
    expect(helene.page.locator(".modal")).to_contain_text(TYPED)
    expect(helene.summary).not_to_contain_text(TYPED)

    helene.odoo.sql(f"DELETE FROM relationship_synthesis WHERE id = {draft}", helene.database)
    helene.come_back()
    expect(helene.offer).to_contain_text("supprimé depuis")
    helene.offer.get_by_role("button", name="Lire et copier").click()
    expect(helene.page.locator(".modal")).to_contain_text(TYPED)
    helene.someone.open("/odoo/portfolio")
    expect(helene.page.locator(".o_relationship_kept_text")).to_contain_text("n'avait pas pu être enregistré")
    helene.page.locator(".o_relationship_kept_text").get_by_role("button", name="Oublier").click()
    expect(helene.page.locator(".o_relationship_kept_text")).to_be_hidden()
    helene.wait_until_nothing_is_kept()


def test_what_was_saved_after_all_is_not_offered(writer):
    helene = writer()
    helene.begin()
    helene.go_away()
    helene.type()
    helene.wait_until_kept()
    helene.odoo.sql(
        "INSERT INTO relationship_synthesis (partner_id, author_id, create_uid, create_date, date, channel, state, "
        f"summary) SELECT {helene.partner}, id, id, now() AT TIME ZONE 'UTC', now(), 'phone', 'draft', "
        f"'<p>{TYPED}</p>' FROM res_users WHERE login = 'helene'",
        helene.database,
    )
    helene.come_back()
    helene.wait_until_nothing_is_kept()
    expect(helene.offer).to_be_hidden()


@on_each_screen(first=PHONE)
def test_who_logs_out_leaves_nothing_on_the_device(writer, screen):
    helene = writer(screen)
    helene.begin()
    helene.go_away()
    helene.type()
    helene.wait_until_kept()
    helene.come_back("/odoo/syntheses/new")
    if screen is PHONE:
        helene.page.locator(".o_mobile_menu_toggle").click()
        helene.page.locator(".o_burger_menu .o_user_menu_mobile, .o_user_menu_mobile").wait_for()
    else:
        helene.page.locator(".o_user_menu button").click()
    helene.page.get_by_text("Se déconnecter").click()
    helene.page.locator("#password").wait_for()
    assert TYPED not in helene.page.evaluate(EVERYTHING_KEPT)


@pytest.mark.smallest
def test_another_person_on_the_same_device_sees_nothing(writer):
    helene = writer()
    helene.begin()
    helene.go_away()
    helene.type()
    helene.wait_until_kept()
    helene.leave()
    helene.go_away(False)
    helene.someone.context.clear_cookies()
    helene.someone.page = helene.someone.context.new_page()
    helene.someone.log_in("nadia", "demo")
    helene.begin()
    expect(helene.offer).to_be_hidden()
    assert TYPED not in helene.page.evaluate(EVERYTHING_KEPT)


@pytest.mark.parametrize("trouble", ["full", "forbidden"])
def test_a_browser_that_keeps_nothing_says_so(writer, trouble):
    helene = writer(PHONE)
    if trouble == "forbidden":
        helene.someone.context.add_init_script(
            "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }"
        )
    helene.begin()
    if trouble == "full":
        helene.page.evaluate(
            """() => {
                localStorage.setItem("room", "x".repeat(300)); // for what Odoo itself keeps
                for (let size = 4_000_000; size >= 1; size = Math.floor(size / 2)) {
                    try {
                        for (let index = 0; index < 100; index++) {
                            localStorage.setItem(`filler_${size}_${index}`, "x".repeat(size));
                        }
                    } catch {
                        continue;
                    }
                }
                localStorage.removeItem("room");
            }"""
        )
    helene.go_away()
    helene.type()
    expect(helene.page.locator(".o_relationship_not_saved")).to_contain_text("laissez cette page ouverte")
    helene.go_away(False)
    helene.wait_until_saved()
    expect(helene.page.locator(".o_relationship_not_saved")).to_be_hidden()


def test_a_text_that_is_being_typed_is_not_offered_in_another_tab(writer):
    helene = writer()
    helene.begin()
    helene.go_away()
    helene.type()
    helene.wait_until_kept()
    first = helene.page
    first.route("**/web/dataset/**", lambda route: route.abort())  # this tab alone stays in its tunnel
    helene.go_away(False)
    helene.someone.page = helene.someone.context.new_page()
    helene.begin()
    expect(helene.offer).to_be_hidden()
    helene.leave(first)
    helene.page.reload()
    expect(helene.offer.get_by_role("button", name="Reprendre")).to_be_visible()


def test_two_tabs_on_one_draft_lose_no_word(writer):
    helene = writer()
    helene.begin()
    helene.type("Du premier onglet.")
    [[draft, *_rest]] = helene.wait_until_saved("Du premier onglet.")
    first = helene.page
    helene.someone.open_tab()
    helene.begin(f"/odoo/syntheses/{draft}")
    helene.type(" Du second.")
    helene.wait_until_saved("Du second.")
    helene.someone.page = first
    first.bring_to_front()
    helene.type(" Encore du premier.")
    expect(first.locator(".o_relationship_not_saved")).to_contain_text("a changé ailleurs")
    first.locator(".o_form_button_save").click()
    expect(first.locator(".o_form_button_save")).to_be_hidden()
    for words in ("Encore du premier.", "Du second."):
        expect(helene.summary).to_contain_text(words)
    [[_draft, _state, text]] = helene.saved()
    assert "Encore du premier." in text and "Du second." in text


def lines_of(helene):
    return helene.page.locator("[name=cooperation_ids]")


def test_the_lines_of_a_synthesis_come_back_with_it(writer):
    helene = writer()
    helene.begin()
    helene.unfold("promised")
    lines = lines_of(helene)
    lines.locator(".o_field_x2many_list_row_add a").click()
    lines.locator(".o_selected_row [name=name] input").wait_for()
    helene.go_away()
    helene.page.locator("[name=promised] textarea").fill("Envoyer la plaquette")
    lines.locator("[name=name] input, td[name=name]").last.click()
    lines.locator(".o_selected_row [name=name] input").fill("Une fresque ensemble")
    helene.wait_until_kept("Une fresque ensemble")
    helene.come_back()
    helene.offer.get_by_role("button", name="Reprendre").click()
    expect(helene.page.locator("[name=promised] textarea")).to_have_value("Envoyer la plaquette")
    expect(lines_of(helene).locator("[name=name] input")).to_have_value("Une fresque ensemble")


@pytest.mark.parametrize(
    ("login", "path", "selector"),
    [
        ("nadia", "/odoo/relations-news/new", "[name=text] .odoo-editor-editable"),
        ("nadia", "/odoo/cooperations/{cooperation}", "[name=description] textarea"),
        ("nadia", "/odoo/relations-reports/new", "[name=highlights] .odoo-editor-editable"),
    ],
)
def test_other_long_texts_are_kept_too(writer, login, path, selector):
    nadia = writer(PHONE, login)
    [[cooperation]] = nadia.odoo.sql("SELECT min(id) FROM relationship_cooperation", nadia.database)
    path = path.format(cooperation=cooperation)
    nadia.someone.open(path)
    nadia.page.locator(selector).click()
    nadia.go_away()
    nadia.page.keyboard.type(TYPED)
    nadia.wait_until_kept()
    nadia.leave()
    nadia.go_away(False)
    nadia.someone.page = nadia.someone.context.new_page()
    nadia.someone.open(path)
    nadia.offer.get_by_role("button", name="Reprendre").click()
    nadia.page.wait_for_function(
        "([selector, text]) => (({ value, innerText }) => (value ?? innerText).includes(text))"
        "(document.querySelector(selector))",
        arg=[selector, TYPED],
    )
