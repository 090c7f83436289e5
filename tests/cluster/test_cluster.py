"""The product on two servers behind haproxy, with pgbouncer and a replica: what each loss, and a release, do to people.

Each step leaves all of it whole for the next one. The steps and the files are those of ``docs/deployment.md``.
"""

import re
import threading
import time

import pytest
from balancer import SERVERS, wait_until
from conftest import WIDE, Visitor
from playwright.sync_api import expect
from scene import Client, at_once, broken, number
from servers import ask, at_work, cluster, write_down  # noqa: F401
from test_load import PASSWORD, record_ours
from test_partner_event import PEOPLE, PREPARE, SEATS, Invitee, wait_until_seated
from test_two_servers import DAMAGE

SECONDS = 20  # of work, where it is measured
WORKERS = 2 * len(SERVERS)  # as odoo.conf has them
NOTED = re.compile(r'class="note[ "]')


def sit(cluster, rank=1):  # noqa: F811
    """Seat a member in front of both servers.

    :return: her client, and ids of her targets
    """
    seat = cluster.seats[rank]
    return Client(cluster.address, cluster.database, seat["login"], PASSWORD), [own for own, _ in seat["records"]]


def begin_synthesis(client, target, words):
    """Write a draft, and return its id."""
    values = {"partner_id": target, "summary": f"<p>{words}</p>", "channel": "phone"}
    [synthesis] = client.call("relationship.synthesis", "create", [values])
    return synthesis


def count_contacts(cluster, target, words):  # noqa: F811
    """How many contacts of these words took place, and how many renewals are open."""
    done = "SELECT count(*) FROM relationship_synthesis WHERE state = 'done'"
    done = number(cluster.odoo, cluster.database, f"{done} AND partner_id = {target} AND summary LIKE '%{words}%'")
    renewals = f"SELECT count(*) FROM mail_activity WHERE relationship_partner_id = {target} AND active"
    return done, number(cluster.odoo, cluster.database, renewals)


@pytest.fixture(autouse=True)
def whole(cluster):  # noqa: F811
    """Whatever a step has done, the next one finds both servers at work."""
    yield
    cluster.bring_back()


@pytest.fixture
def someone(cluster, chromium):  # noqa: F811
    """The first member, logged in through haproxy in a browser."""
    visitor = Visitor(chromium, cluster.address, WIDE)
    visitor.fill_in_login_page(cluster.seats[0]["login"], PASSWORD)
    yield visitor
    visitor.leave()


@pytest.fixture(scope="module")
def morning(cluster, chromium):  # noqa: F811
    """What a browser sends while a member logs in, looks at her portfolio, writes and validates."""
    first = cluster.seats[0]
    visitor = Visitor(chromium, cluster.address, WIDE)
    visitor.fill_in_login_page(first["login"], PASSWORD)
    target, _contact = first["records"][0]
    pages = record_ours(visitor, target)
    visitor.leave()
    assert not visitor.errors, visitor.errors
    return {"pages": pages, "recorded": [first["user"], first["partner"], target]}


def test_a_member_works_through_haproxy_and_hears_of_news(cluster, morning):  # noqa: F811
    assert sum(len(page["requests"]) for page in morning["pages"]) > 10
    wait_until(lambda: re.search(r'"GET /websocket\S* HTTP/1.1" 101 ', cluster.read_log()))


def test_work_is_shared_out_and_measured(cluster, morning):  # noqa: F811
    with at_work(cluster, morning):
        time.sleep(SECONDS / 2)  # each worker has read what it keeps in memory
    before, began = cluster.read_clocks(), time.time()
    with at_work(cluster, morning) as members:
        time.sleep(SECONDS)
    lasted, after = time.time() - began, cluster.read_clocks()
    errors = [error for member in members for error in member.errors]
    assert not errors, errors[:5]
    seconds = sorted(each for member in members for each in member.seconds)
    served = [int(cluster.haproxy.read_state("servers", name)["stot"]) for name in SERVERS]
    assert min(served) > sum(served) / 4, f"both serve: {served}"
    count, mornings = len(seconds), sum(member.mornings for member in members)
    each = {name: 1000 * (after[name] - before[name]) / count for name in after}
    requests = sum(len(page["requests"]) for page in morning["pages"])
    whole = sum(each.values()) / 1000
    write_down(
        f"{len(members)} members without pause: {count / lasted:.0f} requests a second, median "
        f"{1000 * seconds[count // 2]:.0f} ms, p95 {1000 * seconds[int(count * 0.95)]:.0f} ms, {mornings} mornings of "
        f"{len(morning['pages'])} pages and {requests} requests"
    )
    write_down("processor, ms a request: " + ", ".join(f"{name} {value:.1f}" for name, value in each.items()))
    # A page every thirty seconds, of a core kept busy at 60 %.
    pace = requests / len(morning["pages"]) / 30
    write_down(f"members at work at once that a core carries: {0.6 / (whole * pace):.0f}")


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_dies_with_words_typed_and_validate_works_at_the_first_press(cluster, someone, name):  # noqa: F811
    target, _contact = cluster.seats[0]["records"][1 + SERVERS.index(name)]
    words, page = f"Mots tapés avant que {name} ne meure", someone.page
    someone.open(f"/odoo/organisations/{target}")
    page.locator("button[name=action_relationship_write_synthesis]:visible").first.click()
    page.locator("[name=summary] .odoo-editor-editable").click()
    page.keyboard.type(words)
    cluster.kill(name)
    someone.press("action_validate")
    expect(page.get_by_text("Prochain contact")).to_be_visible()
    expect(page.locator(".o_main_navbar")).to_be_visible()
    assert count_contacts(cluster, target, words) == (1, 1)


@pytest.mark.parametrize("after", [0, 20, 40, 60])  # milliseconds
def test_a_server_dies_while_it_validates_and_pressing_again_ends_it_once(cluster, after):  # noqa: F811
    member, targets = sit(cluster)
    words = f"Validé quand a meurt après {after} ms"
    synthesis = begin_synthesis(member, targets[after // 20], words)
    cluster.take_out("b")
    press = threading.Thread(target=_press, args=(member, synthesis))
    press.start()
    time.sleep(after / 1000)
    cluster.kill("a")
    press.join()
    cluster.haproxy.tell("set server servers/b state ready")
    member.call("relationship.synthesis", "action_validate", [synthesis])
    assert count_contacts(cluster, targets[after // 20], words) == (1, 1)
    assert broken(cluster.odoo, cluster.database) == []


def _press(member, synthesis):
    """Validate; what serves may go away meanwhile.

    :return: whether it was done
    """
    try:
        member.call("relationship.synthesis", "action_validate", [synthesis])
    except (OSError, RuntimeError):
        return False
    return True


def test_a_hundred_answer_at_once_for_thirty_seats(cluster):  # noqa: F811
    event, tokens = cluster.odoo.run_in_shell(cluster.database, PREPARE.format(seats=SEATS, people=PEOPLE))
    cluster.wait_for_copy()
    invitees = [Invitee(cluster.address, token) for token in tokens]
    began = time.time()
    codes = at_once(*(lambda one=one: one.answer(answer="yes", guests="0") for one in invitees))
    lasted = time.time() - began
    assert codes == [200] * PEOPLE, codes
    assert wait_until_seated(cluster.odoo, cluster.database) == 0
    rows = f"SELECT state FROM event_invitation WHERE event_id = {event} ORDER BY answer_number"
    states = [state for (state,) in cluster.odoo.sql(rows, cluster.database)]
    assert states == ["accepted"] * SEATS + ["waiting"] * (PEOPLE - SEATS), "in order of arrival"
    assert all(NOTED.search(invitee.page) for invitee in invitees), "each page says what was noted"
    told = sum("/ics" in invitee.page or "note wait" in invitee.page for invitee in invitees)
    write_down(f"{PEOPLE} answers for {SEATS} seats: {lasted:.1f} s; {told} pages said at once who has a seat")


def test_all_jobs_due_on_both_schedulers_are_done_once(cluster):  # noqa: F811
    modules = "SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND module LIKE 'shifters_relations%'"
    ours = [job for (job,) in cluster.odoo.sql(modules, cluster.database)]
    assert len(ours) >= 7
    cluster.odoo.run_in_shell(cluster.database, f"OURS = {ours}\n{DAMAGE}")
    lost = "SELECT count(*) FROM res_partner WHERE relationship_stage = 'target'"
    waiting = f"SELECT count(*) FROM ir_cron WHERE id IN ({','.join(map(str, ours))}) AND nextcall < now()"
    wait_until(lambda: number(cluster.odoo, cluster.database, waiting) == 0, 120)
    assert broken(cluster.odoo, cluster.database) == []
    assert number(cluster.odoo, cluster.database, lost) > 100
    assert number(cluster.odoo, cluster.database, "SELECT count(*) FROM ir_cron WHERE failure_count > 0") == 0
    twice = (
        "SELECT count(*) FROM (SELECT FROM mail_activity WHERE relationship_partner_id > 0 AND active"
        " GROUP BY relationship_partner_id HAVING count(*) > 1) AS doubled"
    )
    assert number(cluster.odoo, cluster.database, twice) == 0


READ_ONLY = """
import json
marked = set()
for name, Model in env.registry.items():
    for attribute in dir(Model):
        function = getattr(Model, attribute, None)
        if getattr(function, "_readonly", False) and function.__module__.startswith("odoo.addons.shifters_relations"):
            marked.add(f"{name}/{attribute}")
print("RESULT " + json.dumps(sorted(marked)))
"""
REQUEST = re.compile(r'"(?:GET|POST) (?!/web/health)([^\s#]+)\S* HTTP/1\.[01]" \d+ .* (ro|rw|ro->rw)$', re.MULTILINE)


def test_no_menu_writes_where_it_says_that_it_reads(cluster, chromium):  # noqa: F811
    marked = cluster.odoo.run_in_shell(cluster.database, READ_ONLY)
    before = cluster.measure_logs()
    pilot = Visitor(chromium, cluster.address, WIDE)
    pilot.log_in("pilote", "demo")
    menus = pilot.context.request.get(f"{cluster.address}/web/webclient/load_menus").json()
    app = next(menu for menu in menus.values() if menu.get("xmlid") == "shifters_relations.relationship_menu")
    actions, left = [], [app["id"]]
    while left:
        menu = menus[str(left.pop())]
        left += menu["children"]
        actions += [menu["actionID"]] * bool(menu["actionID"])
    for action in dict.fromkeys(actions):
        pilot.page.goto(f"{cluster.address}/odoo/action-{action}")
        expect(pilot.page.locator(".o_action_manager > *, .modal-content").first).to_be_visible()
        pilot.settle()
    pilot.leave()
    assert not pilot.errors, pilot.errors
    asked = REQUEST.findall(cluster.read_log(before))
    modes = {mode: [path for path, each in asked if each == mode] for mode in ("ro", "rw", "ro->rw")}
    write_down(f"{len(set(actions))} menus: " + ", ".join(f"{len(paths)} {mode}" for mode, paths in modes.items()))
    assert not modes["ro->rw"], modes["ro->rw"]
    assert len(modes["ro"]) > 2 * len(modes["rw"]), "most of it is read from the copy"
    assert [path for path in modes["ro"] if path.endswith(tuple(marked))], "ours among it"
    assert not [path for path in modes["rw"] if path.endswith(tuple(f"/{each}" for each in marked))]


PAGES = """
import json
from datetime import datetime, time, timedelta
begin = env["event.event"]._fields["date_begin"].now() + timedelta(days=30)
event = env["event.event"].create({
    "name": "Late", "is_partner_event": True, "date_begin": begin, "date_end": begin + timedelta(hours=3)})
people = env["res.partner"].create([{"name": f"L{n}", "email": f"l{n}@example.org"} for n in range(20)])
invitations = env["event.invitation"].create(
    [{"event_id": event.id, "partner_id": person.id, "state": "sent"} for person in people])
organisation = env["res.partner"].create({"name": "Asked", "is_company": True, "relationship_stage": "candidate"})
ada = env["res.partner"].create({"name": "Ada", "email": "ada@example.org", "parent_id": organisation.id})
call = env["relationship.network.call"].create({"organisation_ids": organisation.ids, "message": "Who?"})
answer = env["relationship.network.answer"].create({"call_id": call.id, "name": "Zoé", "email": "zoe@example.org"})
card = env["relationship.directory.card"].create({"organisation_id": organisation.id, "partner_id": ada.id})
survey = env["relationship.survey"].create({"audience": "partners", "year": 2001})
survey._ask(ada)
survey.state = "open"
agenda = env["relationship.calendar.subscription"].create({"name": "All", "is_open": True, "takes_proposals": True})
proposals = env["relationship.calendar.proposal"]
noon = datetime.combine(begin.date(), time(12))
proposal = proposals.create({"email": "p@example.org", **proposals._prepare_typed({
    "name": "Fair", "place": "Lyon", "audience": False, "url": False, "organisation": "Small",
    "start": noon, "stop": noon, "all_day": True})})
env.cr.commit()
pages = [[f"/partner-event/{token}", {"answer": "yes"}] for token in invitations.mapped("access_token")]
pages += [
    [f"/network-call/{answer.access_token}", {f"know_{organisation.id}": "well"}],
    [f"/who-does-what/card/{card.access_token}", {"do": "refuse"}],
    [f"/relations-survey/{survey.answer_ids.access_token}", {"need": "willing"}],
    [f"/partners-agenda/confirm/{proposal.access_token}", {}],
]
print("RESULT " + json.dumps([pages, agenda.token, agenda.id]))
"""


@pytest.fixture(scope="module")
def pages(cluster):  # noqa: F811
    """Pages that nobody has answered yet, each with a form that answers it; the token of a page of the agenda."""
    return cluster.odoo.run_in_shell(cluster.database, PAGES)


def test_who_has_just_answered_sees_it_though_the_copy_is_late(cluster, pages):  # noqa: F811
    cluster.wait_for_copy()
    cluster.set(cluster.copy, "recovery_min_apply_delay", "5s")
    try:
        member, targets = sit(cluster, 2)
        synthesis = begin_synthesis(member, targets[0], "Validé devant une copie en retard")
        for path, form in pages[0]:
            _status, before = ask(cluster.address + path)
            status, after = ask(cluster.address + path, form)
            assert status == 200 and NOTED.search(after) and after != before, path
            assert after == ask(cluster.address + path)[1], "and whoever looks again"
        # What a screen has not heard of yet, done again, is done once.
        for _press_again in range(2):
            member.call("relationship.synthesis", "action_validate", [synthesis])
        seen = member.call("relationship.synthesis", "web_read", [synthesis], {"state": {}})
        write_down(f"a copy 5 s late: who has validated reads {'her synthesis' if seen else 'that it is gone'}")
        again = begin_synthesis(member, targets[0], "Validé encore")
        member.call("relationship.synthesis", "action_validate", [again])
    finally:
        cluster.set(cluster.copy, "recovery_min_apply_delay", "0")
    cluster.wait_for_copy()
    assert count_contacts(cluster, targets[0], "Validé devant une copie") == (1, 1)
    assert broken(cluster.odoo, cluster.database) == []


def test_a_copy_that_commits_wait_for_shows_each_what_she_has_saved(cluster):  # noqa: F811
    member, targets = sit(cluster, 3)
    usual = _save_and_read(member, targets, 50)[1]
    cluster.set(cluster.odoo, "synchronous_commit", "remote_apply")
    try:
        cluster.free_commits()
        missing, seconds = _save_and_read(member, targets, 200)
        write_down(f"remote_apply: a save takes {1000 * seconds:.0f} ms, without {1000 * usual:.0f} ms")
        cluster.replica.control("stop", "-m", "fast")
        saving = threading.Thread(target=begin_synthesis, args=(member, targets[0], "Écrit sans la copie"))
        saving.start()
        saving.join(3)
        assert saving.is_alive(), "it waits for a copy that is gone"
        cluster.free_commits()
        saving.join(10)
        assert not saving.is_alive(), "it goes on"
        cluster.replica.control("start")
        cluster.wait_for_copy()
        cluster.free_commits()
        assert cluster.odoo.sql("SHOW synchronous_standby_names") == [["walreceiver"]], "it is waited for again"
    finally:
        cluster.set(cluster.odoo, "synchronous_commit", "on")
        cluster.set(cluster.odoo, "synchronous_standby_names", "")
    assert missing == 0


def _save_and_read(member, targets, times):
    """Save a synthesis again and again, and look at it as its form does.

    :return: how many were not found, and the seconds of a save
    """
    missing, seconds = 0, 0.0
    for rank in range(times):
        began = time.time()
        synthesis = begin_synthesis(member, targets[rank % len(targets)], "Écrit et relu")
        seconds += time.time() - began
        missing += not member.call("relationship.synthesis", "web_read", [synthesis], {"summary": {}})
    return missing, seconds / times


def test_the_copy_stops_and_people_go_on(cluster, morning):  # noqa: F811
    for mode in ("fast", "immediate"):
        with at_work(cluster, morning) as members:
            time.sleep(3)
            stopped = time.time()
            cluster.replica.control("stop", "-m", mode)
            time.sleep(6)
        errors = [error for member in members for error in member.errors]
        asked = sum(len(member.seconds) for member in members)
        slowest = max(each for member in members for each in member.seconds)
        write_down(f"copy stopped ({mode}): {len(errors)} of {asked} requests fail, the slowest took {slowest:.1f} s")
        cluster.replica.control("start")
        cluster.wait_for_copy()
        for name in SERVERS:  # else they leave the copy alone for twenty minutes
            cluster.restart(name)
        assert len(errors) <= WORKERS, f"each loses what it was at: {errors}"
        assert not [error for when, error in errors if when > stopped + 2], errors
        assert not [error for _when, error in errors if "Session" in error], "nobody is logged out"


def test_one_server_after_the_other_is_restarted_and_nobody_notices(cluster, morning):  # noqa: F811
    with at_work(cluster, morning) as members:
        time.sleep(2)
        began = time.time()
        for name in SERVERS:
            cluster.restart(name)
        lasted = time.time() - began
        time.sleep(1)
    errors = [error for member in members for error in member.errors]
    asked = sum(len(member.seconds) for member in members)
    write_down(f"both servers restarted in turn: {len(errors)} of {asked} requests fail, in {lasted:.0f} s")
    assert not errors, errors[:3]


LIMITS = {"subscribe_for": 3, "subscribe_from": 20, "post": 20, "file": 120}


def test_the_limits_of_public_pages_hold_over_both_servers(cluster, pages):  # noqa: F811
    cluster.wait_for_copy()
    _pages, agenda, agenda_id = pages
    (path, _form), *_rest = pages[0]
    # Through one link twenty answers an hour: exactly, however many come at once.
    forget = f"UPDATE event_invitation SET post_count = 0 WHERE access_token = '{path.rpartition('/')[2]}'"
    cluster.odoo.sql(forget, cluster.database)
    codes = at_once(*(lambda: ask(cluster.address + path, {"answer": "no"})[0] for _each in range(40)))
    counted = {code: codes.count(code) for code in set(codes)}
    assert counted == {200: LIMITS["post"], 429: 20}, counted

    def subscribe(email):
        return ask(f"{cluster.address}/partners-agenda/{agenda}/subscribe", {"email": email, "weekly": "1"})[0]

    made = f"SELECT count(*) FROM relationship_calendar_subscription WHERE origin_id = {agenda_id}"
    # For one address three mails an hour, from one place twenty requests.
    cluster.odoo.sql("DELETE FROM relationship_page_request", cluster.database)
    assert [subscribe("flood@example.org") for _each in range(8)] == [200] * 8, "it looks the same"
    assert number(cluster.odoo, cluster.database, made) == LIMITS["subscribe_for"]
    codes = [subscribe(f"flood{rank}@example.org") for rank in range(20)]
    assert codes == [200] * (LIMITS["subscribe_from"] - 8) + [422] * 8
    # Of those that come at the very same moment one more may pass for each further worker, which looks at what the
    # others have not written yet.
    cluster.odoo.sql("DELETE FROM relationship_page_request", cluster.database)
    codes = at_once(*(lambda rank=rank: subscribe(f"swarm{rank}@example.org") for rank in range(40)))
    assert 0 <= codes.count(200) - LIMITS["subscribe_from"] < WORKERS, codes
    write_down(f"40 subscriptions from one place at once: {codes.count(200)} pass of {LIMITS['subscribe_from']}")
    # A calendar's files are counted by each process.
    file = f"{cluster.address}/partners-agenda/{agenda}.ics"
    codes = [ask(file)[0] for _each in range(WORKERS * LIMITS["file"] + 20)]
    assert set(codes) == {200, 429}
    assert LIMITS["file"] <= codes.count(200) <= WORKERS * LIMITS["file"]


# An addon whose next version keeps something more of each synthesis, by the rule of releases.
NEWER = {
    "__init__.py": "from . import models\n",
    "models.py": """
from odoo import api, fields, models
class RelationshipSynthesis(models.Model):
    _inherit = "relationship.synthesis"
    length = fields.Integer(compute="_compute_length", store=True)
    @api.depends("summary")
    def _compute_length(self):
        for synthesis in self:
            synthesis.length = len(synthesis.summary or "")
""",
    "migrations/19.0.1.1.0/pre-fill-length.py": """
def migrate(cr, version):
    cr.execute("ALTER TABLE relationship_synthesis ADD COLUMN length integer")
    cr.execute("UPDATE relationship_synthesis SET length = length(summary)")
""",
}
EMPTY = "SELECT count(*) FROM relationship_synthesis WHERE length IS NULL AND summary IS NOT NULL"


def test_a_release_comes_while_eight_members_write(cluster, morning):  # noqa: F811
    addon = cluster.addons / "relations_newer"
    _write(addon, "19.0.1.0.0", {"__init__.py": ""})
    assert cluster.update("-i", "relations_newer") == 0
    for name in SERVERS:
        cluster.restart(name)
    _write(addon, "19.0.1.1.0", NEWER)
    with at_work(cluster, morning) as members:
        time.sleep(2)
        began, tries = time.time(), 1
        while cluster.update("-u", "shifters_relations"):
            tries += 1
            assert tries <= 3
        updated = time.time() - began
        for name in SERVERS:
            cluster.restart(name)
        time.sleep(1)
    errors = [error for member in members for error in member.errors]
    asked = sum(len(member.seconds) for member in members)
    slowest = max(each for member in members for each in member.seconds)
    empty = number(cluster.odoo, cluster.database, EMPTY)
    write_down(
        f"-u beside eight members: passes at try {tries}, {updated:.0f} s; {len(errors)} of {asked} requests fail, "
        f"the slowest took {slowest:.1f} s; {empty} rows written by servers of the former version lack the new column"
    )
    assert not errors, errors[:3]
    filled = "SELECT count(*) FROM relationship_synthesis WHERE length > 0"
    assert number(cluster.odoo, cluster.database, filled) > 100
    member, targets = sit(cluster)
    begin_synthesis(member, targets[0], "Écrit par la nouvelle version")
    assert number(cluster.odoo, cluster.database, EMPTY) == empty, "the servers have the new version"


def _write(addon, version, files):
    """Write an addon's files."""
    manifest = {"name": "Newer", "version": version, "depends": ["shifters_relations"], "license": "LGPL-3"}
    for path, text in {**files, "__manifest__.py": repr({**manifest, "author": "Somebody"})}.items():
        (addon / path).parent.mkdir(parents=True, exist_ok=True)
        (addon / path).write_text(text)


def test_the_primary_is_lost_and_its_copy_takes_its_place(cluster):  # noqa: F811
    """The last of the steps: what was the primary is the copy from then on."""
    member, targets = sit(cluster, 4)
    words = "Validé quand le primaire a disparu"
    synthesis = begin_synthesis(member, targets[0], words)
    cluster.wait_for_copy()
    began = time.time()
    cluster.promote()
    wait_until(lambda: _press(member, synthesis))
    write_down(f"the copy takes the primary's place: what writes works again after {time.time() - began:.0f} s")
    cluster.begin_copy()
    assert count_contacts(cluster, targets[0], words) == (1, 1)
    assert cluster.copy.sql("SELECT pg_is_in_recovery()") == [[True]]
    for name in SERVERS:
        cluster.restart(name)
    assert member.call("relationship.synthesis", "web_read", [synthesis], {"state": {}})[0]["state"] == "done"
    again = begin_synthesis(member, targets[1], "Écrit après")
    member.call("relationship.synthesis", "action_validate", [again])
    assert broken(cluster.odoo, cluster.database) == []
