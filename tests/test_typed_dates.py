"""A date that is typed is the date that is shown, however long the server takes to say what follows from it."""

import pytest
from conftest import PHONE, WIDE, on_each_screen
from playwright.sync_api import expect

# Where a date with consequences is typed: who, which form, which field.
DATES = [
    ("helene", "/odoo/syntheses/new", "date"),
    ("pilote", "/odoo/cooperations/{cooperation}", "date_introduced"),
    ("pilote", "/odoo/relations-team/new", "date_end"),
    ("nadia", "/odoo/relations-reports/new", "date_from"),
    ("nadia", "/odoo/relations-news/new", "date"),
    ("nadia", "/odoo/partner-events/new", "date_begin"),
]
QUICK, SLOW = 0, 1500  # milliseconds that the network takes


def be_slow(someone, latency):
    """Make the network of a visitor's page slow, without stopping the test as a delayed route would."""
    someone.network = someone.context.new_cdp_session(someone.page)
    someone.network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def type_date(page, name, typed, key):
    """Type a date as people do: into the field, then the key that leaves it."""
    field = page.locator(f".o_field_widget[name={name}]")
    field.locator("button, input").first.click()
    field.locator("input").first.fill(typed)
    page.keyboard.press(key)
    return field


def assert_stays(page, field, typed, shown):
    """The field never shows another date than the typed one, then shows it in words, and goes on doing so."""
    seen = field.evaluate(
        """async (field, [typed, shown]) => {
            const others = [];
            const end = performance.now() + 4000;
            let inWords = 0;  // moments in a row
            while (inWords < 40 && performance.now() < end) {
                const inputs = [...field.querySelectorAll("input")].map((input) => input.value);
                const text = [field.innerText, ...inputs].join(" ");
                inWords = text.includes(shown) ? inWords + 1 : 0;
                if (!text.includes(shown) && !text.includes(typed)) {
                    others.push(text);
                }
                await new Promise(requestAnimationFrame);
            }
            return others;
        }""",
        [typed, shown],
    )
    assert not seen, f"the field showed {set(seen)}"
    expect(field).to_contain_text(shown)


@pytest.mark.parametrize(
    ("screen", "latency", "key"),
    [pytest.param(WIDE, QUICK, "Tab", marks=pytest.mark.other_screen), (PHONE, SLOW, "Enter")],
)
def test_every_typed_date_is_shown_at_once_and_stays(odoo, demo_database, serve, visitor, screen, latency, key):
    introduced = "SELECT min(id) FROM relationship_cooperation WHERE date_introduced IS NOT NULL"
    [[cooperation]] = odoo.sql(introduced, demo_database)
    address = serve(demo_database)
    for login in dict.fromkeys(login for login, _path, _name in DATES):
        someone = visitor(address, screen)
        someone.log_in(login, "demo")
        for _login, path, name in filter(lambda each: each[0] == login, DATES):
            someone.open(path.format(cooperation=cooperation))
            be_slow(someone, latency)
            field = type_date(someone.page, name, "14/03/2019", key)
            assert_stays(someone.page, field, "14/03/2019", "14 mars 2019")
            someone.network.detach()
        assert not someone.errors, someone.errors


@pytest.mark.side_way
@on_each_screen(first=PHONE)
@pytest.mark.parametrize("key", ["Tab", "Enter"])
def test_a_typed_date_is_saved_as_it_is_shown(odoo, demo_database, serve, visitor, screen, key):
    someone = visitor(serve(demo_database), screen)
    page = someone.page
    someone.log_in("helene", "demo")
    someone.open("/odoo/portfolio")
    page.locator("button[name=action_relationship_write_synthesis]:visible").first.click()
    be_slow(someone, SLOW)
    field = type_date(page, "date", "14/03/2019", key)
    assert_stays(page, field, "14/03/2019", "14 mars 2019")
    page.locator(".o_form_button_save").click()
    expect(page.locator(".o_form_button_save")).to_be_hidden()
    expect(field).to_contain_text("14 mars 2019")
    [[count]] = odoo.sql("SELECT count(*) FROM relationship_synthesis WHERE date = '2019-03-14'", demo_database)
    assert count == 1


@pytest.mark.side_way
def test_the_date_of_the_next_contact_is_typed_in_its_dialog(odoo, demo_database, serve, visitor):
    someone = visitor(serve(demo_database), PHONE)
    page = someone.page
    someone.log_in("helene", "demo")
    [[partner, renewal]] = odoo.sql(
        "SELECT relationship_partner_id, min(a.id) FROM mail_activity a JOIN res_users u ON u.id = a.user_id "
        "WHERE a.active AND u.login = 'helene' AND relationship_partner_id IS NOT NULL "
        "GROUP BY 1 ORDER BY 1 LIMIT 1",
        demo_database,
    )
    someone.open(f"/odoo/organisations/{partner}")
    page.locator("button[name=action_relationship_set_date]:visible").first.click()
    page.locator(".modal .o_field_widget[name=date_deadline]").wait_for()
    be_slow(someone, SLOW)
    field = type_date(page, "date_deadline", "14/03/2031", "Tab")
    assert_stays(page, field, "14/03/2031", "14 mars 2031")
    page.locator(".modal .o_form_button_save, .modal button[special=save]").first.click()
    expect(page.locator(".modal")).to_be_hidden()
    [[deadline]] = odoo.sql(f"SELECT date_deadline FROM mail_activity WHERE id = {renewal}", demo_database)
    assert deadline == "2031-03-14"
