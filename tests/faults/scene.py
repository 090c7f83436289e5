"""A team at work on real processes: its people over HTTP, jobs that can be killed, and what must be true after."""

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests

PASSWORD = "a long enough word"
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
TEAM = """
import json
from odoo.tests.common import new_test_user
roles = {"pilot": "pilot", "organiser": "organiser", "second": "organiser", "helene": "contact", "marc": "contact",
         "lea": "contact"}
members = {}
for login, role in roles.items():
    user = new_test_user(env, login, groups="base.group_user", name=login.title(), password=PASSWORD, lang="fr_FR",
                         email=f"{login}@example.org", tz="Europe/Paris", notification_type="inbox")
    members[login] = env["relationship.member"].create({"user_id": user.id, "role": role, "monthly_max": 1000})
env.company.email = "team@example.org"
users = {login: member.user_id for login, member in members.items()}
sector = env["relationship.sector"].create({"name": "Climate", "member_id": members["helene"].id})
targets = env["res.partner"].create([
    {"name": f"Organisation {number}", "is_company": True, "relationship_sector_id": sector.id,
     "relationship_stage": "target", "relationship_owner_id": users["helene"].id}
    for number in range(TARGETS)
])
"""
CHECK = """
import json
broken = [[invariant.sentence, ids] for invariant, ids in env["relationship.check"]._find() if ids]
print("RESULT " + json.dumps(broken))
"""
RESULT = '\nenv.cr.commit()\nprint("RESULT " + json.dumps(%s), flush=True)\n'


def prepare(odoo, database, program, result="1", targets=20):
    """Make the team with its targets, then run a program that finds ``members``, ``users``, ``targets``.

    :return: the value of the expression ``result``
    """
    constants = f"PASSWORD, TARGETS = {PASSWORD!r}, {targets}\n"
    return odoo.run_in_shell(database, constants + TEAM + program + RESULT % result)


def broken(odoo, database):
    """What is not true of the data, as the product's own check says it."""
    return odoo.run_in_shell(database, CHECK)


def number(odoo, database, statement):
    """The one number that a statement counts."""
    [[count]] = odoo.sql(statement, database)
    return count


class Client:
    """Somebody with a session in a browser, who calls what the buttons call."""

    def __init__(self, address, database, login, password=PASSWORD):
        self.address = address
        self.session = requests.Session()
        self.post("/web/session/authenticate", {"db": database, "login": login, "password": password})

    def post(self, path, params):
        """Send a request of the web client.

        :raise RuntimeError: the server refuses, in its own words
        """
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = self.session.post(self.address + path, json=body, timeout=120)
        answer.raise_for_status()
        content = answer.json()
        if "error" in content:
            raise RuntimeError(content["error"]["data"]["message"])
        return content["result"]

    def call(self, model, method, *args, **kwargs):
        """Call a method of a model."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.post(f"/web/dataset/call_kw/{model}/{method}", params)


def at_once(*acts):
    """Run functions at the very same moment.

    :return: for each, what it returned or the exception that it raised
    """
    gate = threading.Barrier(len(acts))

    def run(act):
        gate.wait()
        try:
            return act()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


class Victim:
    """A program in Odoo's shell that is killed at moments of its work drawn by lot.

    :param str program: what it does once it has loaded
    :param dice: draws the moments
    """

    def __init__(self, odoo, database, program, dice):
        self.odoo, self.database, self.dice = odoo, database, dice
        self.program = 'print("BEGIN", flush=True)\n' + program + '\nprint("RESULT 1", flush=True)\n'
        self.seconds = None

    def _begin(self):
        process = self.odoo.start_in_shell(self.database, self.program)
        output = list(itertools.takewhile(lambda line: "BEGIN" not in line, process.stdout))
        assert process.poll() is None, "".join(output)
        return process

    def run(self):
        """Let it live, and learn how long it takes."""
        process = self._begin()
        started = time.monotonic()
        output = process.stdout.read()
        self.seconds = time.monotonic() - started
        assert process.wait() == 0 and "RESULT" in output, output

    def kill(self):
        """Kill it somewhere.

        :return: whether it was still at work
        """
        process = self._begin()
        time.sleep(self.dice.uniform(0, self.seconds))
        alive = process.poll() is None
        process.kill()
        process.wait()
        while number(self.odoo, self.database, OTHERS):  # PostgreSQL notices that nobody is there any more
            time.sleep(0.05)
        return alive
