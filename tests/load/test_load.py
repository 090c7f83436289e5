"""The team's morning by ten people at once on two worker processes, beside the same on stock contacts.

A browser does each morning once; its requests are then sent again by ten people, of either side in turn, for two
minutes each: what else the machine does meets both. No limit of time is asserted: the figures are printed, and any
error fails.
"""

import json
import os
import statistics
import subprocess
from pathlib import Path

from conftest import CARD, WIDE
from playwright.sync_api import expect

from devtools.odoo import free_port

PEOPLE = 10
SECONDS = int(os.environ.get("LOAD_SECONDS", "120"))  # of each side
ROUNDS = min(3, SECONDS // 40) or 1  # a morning takes half a minute where much is to do
WORDS = {
    "list": "portfolio | contacts",
    "one": "organisation | contact",
    "work": "synthesis | activity done",
    "activities": "activity view | activity view",
}
PASSWORD = "a long enough word"
IDS = (900_000, 1_000_000)  # unlike any other number that a request holds
PREPARE = """
import json
from datetime import timedelta
from odoo.tests.common import new_test_user
tables = ("res_users", "res_partner", "mail_activity", "relationship_synthesis", "mail_activity_schedule")
for rank, table in enumerate(tables):
    env.cr.execute(f"ALTER SEQUENCE {table}_id_seq RESTART WITH {900000 + 10000 * rank}")
today = env["relationship.synthesis"]._fields["date"].today()
seats = []
for number in range(PEOPLE + 1):
    user = new_test_user(env, f"member{number}", groups="base.group_user", name=f"Member {number}", lang="fr_FR",
                         password=PASSWORD, email=f"member{number}@example.org", tz="Europe/Paris")
    user.odoobot_state = "disabled"
    env["relationship.member"].create({"user_id": user.id, "role": "contact"})
    targets = env["res.partner"].create([
        {"name": f"Organisation {number}-{rank}", "is_company": True, "relationship_stage": "target",
         "relationship_owner_id": user.id, "city": "Paris"} for rank in range(25)])
    env["relationship.synthesis"].create([
        {"partner_id": target.id, "author_id": user.id, "state": "done", "summary": "<p>What was said that day</p>",
         "date": today - timedelta(days=60 * back + target.id % 60)} for target in targets for back in (1, 2, 3)])
    contacts = env["res.partner"].create([
        {"name": f"Contact {number}-{rank}", "is_company": True, "user_id": user.id, "city": "Paris"}
        for rank in range(25)])
    seats.append({"login": user.login, "password": PASSWORD, "user": user.id, "partner": user.partner_id.id,
                  "records": list(zip(targets.ids, contacts.ids))})
env.cr.commit()
print("RESULT " + json.dumps(seats))
"""


class Recorder:
    """Notes what the web client asks for, page by page.

    :param someone: who looks at the pages
    """

    def __init__(self, someone):
        self.someone, self.pages, self.finished = someone, [], []
        someone.page.on("requestfinished", self._finish)

    def begin(self, name):
        """From here on it belongs to another page."""
        self.rest()
        self.pages.append({"name": name, "requests": []})

    def rest(self):
        """Let the page finish what it has begun, and note it."""
        self.someone.settle()
        while self.finished:
            self._note(self.finished.pop(0))

    def _finish(self, request):
        self.finished.append(request)

    def _note(self, request):
        is_json = "application/json" in request.headers.get("content-type", "")
        if not self.pages or request.method != "POST" or not is_json or "/websocket" in request.url:
            return
        content = request.response().json()
        assert "error" not in content, content
        path = "/" + request.url.split("/", 3)[3]
        params = request.post_data_json.get("params") or {}
        name = f"{params['model']}.{params['method']}" if "call_kw" in path else path.split("?")[0]
        self.pages[-1]["requests"].append(
            {"path": path, "name": name, "body": request.post_data_json, "result": content["result"]}
        )


def record_ours(someone, organisation):
    page, address = someone.page, someone.address
    recorder = Recorder(someone)
    recorder.begin("list")
    page.goto(f"{address}/odoo/portfolio")
    expect(page.locator(CARD).first).to_be_visible()
    recorder.begin("one")
    page.goto(f"{address}/odoo/organisations/{organisation}")
    expect(page.locator(".o_relationship_sentence")).to_be_visible()
    recorder.begin("work")
    page.locator("button[name=action_relationship_write_synthesis]:visible").first.click()
    page.locator("[name=summary] .odoo-editor-editable").click()
    page.keyboard.type("Ils veulent nous revoir à l'automne.")
    page.locator("button[name=action_validate]").click()
    expect(page.get_by_text("Prochain contact")).to_be_visible()
    recorder.begin("activities")
    page.goto(f"{address}/odoo/portfolio?view_type=activity")
    expect(page.locator(".o_activity_summary_cell").first).to_be_visible()
    recorder.rest()
    return recorder.pages


def record_stock(someone, contact):
    page, address = someone.page, someone.address
    recorder = Recorder(someone)
    recorder.begin("list")
    page.goto(f"{address}/odoo/contacts")
    expect(page.locator(".o_data_row").first).to_be_visible()
    recorder.begin("one")
    page.goto(f"{address}/odoo/contacts/{contact}")
    expect(page.locator(".o-mail-Chatter")).to_be_visible()
    recorder.begin("work")
    page.locator(".o-mail-Chatter-activity").click()
    page.locator(".modal button[name=action_schedule_activities]").click()
    page.locator(".o-mail-Activity-markDone").first.click()
    page.locator(".o-mail-ActivityMarkAsDone textarea").fill("Ils veulent nous revoir à l'automne.")
    page.locator(".o-mail-ActivityMarkAsDone button.btn-primary").last.click()
    expect(page.locator(".o-mail-Activity").first).to_have_count(0)
    recorder.begin("activities")
    page.goto(f"{address}/odoo/contacts?view_type=activity")
    expect(page.locator(".o_activity_view").first).to_be_visible()
    recorder.rest()
    return recorder.pages


def run_locust(folder, address, morning):
    """Let ten people do a morning for a while.

    :return: the figures, by kind (``page`` or ``POST``) and name
    """
    (folder / "morning.json").write_text(json.dumps(morning))
    environment = {**os.environ, "MORNING": str(folder / "morning.json"), "FIGURES": str(folder / "figures.json")}
    command = [
        os.environ["LOCUST"],
        "--locustfile",
        Path(__file__).parent / "morning.py",
        "--headless",
        "--only-summary",
    ]
    command += [
        "--users",
        str(PEOPLE),
        "--spawn-rate",
        str(PEOPLE),
        "--run-time",
        f"{SECONDS // ROUNDS}s",
        "--host",
        address,
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (folder / "figures.json").exists(), done.stdout + done.stderr
    answer = json.loads((folder / "figures.json").read_text())
    assert not answer["errors"], answer["errors"]
    assert done.returncode == 0, done.stdout + done.stderr
    return {(each["type"], each["name"]): each for each in answer["figures"]}


def tell(ours, stock):
    """The table: each page beside stock's, then each request."""
    lines = [f"{'ours | stock':34}{'times':>7}{'median':>8}{'p95':>8}  |{'times':>7}{'median':>8}{'p95':>8}   (ms)"]
    for name, label in WORDS.items():
        both = [side["page", name] for side in (ours, stock)]
        cells = "  |".join(f"{each['count']:>7}{each['median']:>8.0f}{each['p95']:>8.0f}" for each in both)
        lines.append(f"{label:34}{cells}")
    for title, side in (("ours", ours), ("stock", stock)):
        lines.append(f"\n{title + ', request by request':66}{'times':>7}{'median':>8}{'p95':>8}")
        lines += [
            f"{name.replace('|', ': '):66}{each['count']:>7}{each['median']:>8.0f}{each['p95']:>8.0f}"
            for (kind, name), each in sorted(side.items())
            if kind != "page"
        ]
    return "\n".join(lines) + "\n"


def compare(rounds):
    """The second table: what each page took, divided by what stock's did, in the middle one of the rounds."""
    lines = [f"{'ours / stock':34}{'median':>8}{'p95':>8}   (p95 of each round)"]
    for name, label in WORDS.items():
        ratios = {
            figure: [ours["page", name][figure] / stock["page", name][figure] for ours, stock in rounds]
            for figure in ("median", "p95")
        }
        median, p95 = (statistics.median(each) for each in ratios.values())
        lines.append(f"{label:34}{median:>8.2f}{p95:>8.2f}   ({', '.join(f'{each:.2f}' for each in ratios['p95'])})")
    return "\n".join(lines) + "\n"


def test_ten_people_do_their_morning_beside_the_same_on_stock(odoo, demo_database, serve, visitor, tmp_path):
    program = f"PEOPLE, PASSWORD = {PEOPLE}, {PASSWORD!r}\n{PREPARE}"
    first, *seats = odoo.run_in_shell(demo_database, program)
    address = serve(
        demo_database, "--workers=2", "--max-cron-threads=1", f"--gevent-port={free_port()}", "--limit-time-real=300"
    )
    mornings = []
    for side, record in enumerate((record_ours, record_stock)):
        someone = visitor(address, WIDE)
        someone.log_in(first["login"], PASSWORD)
        recorded = first["records"][0][side]
        mornings.append(
            {
                "pages": record(someone, recorded),
                "recorded": [first["user"], first["partner"], recorded],
                "users": [{**seat, "records": [[pair[side]] for pair in seat["records"]]} for seat in seats],
                "ids": IDS,
            }
        )
        someone.page.close()
    rounds = [[run_locust(tmp_path, address, morning) for morning in mornings] for _round in range(ROUNDS)]
    table = "\n".join([*(tell(*sides) for sides in rounds), compare(rounds)])
    print(table)
    Path(os.environ.get("FIGURES", tmp_path / "load.txt")).write_text(table)
    for sides in zip(*rounds, strict=True):
        assert sum(side["page", "activities"]["count"] for side in sides) >= PEOPLE
        for side in sides:
            assert not [each for each in side.values() if each["failures"]]
