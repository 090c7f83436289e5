"""The morning's mail through a real mail server: never two for a day, whatever happens (C5)."""

import random
import subprocess
import threading
import time
from collections import Counter

import pytest
from aiosmtpd.controller import Controller

from devtools.odoo import free_port

MEMBERS = 24
TEAM = """
import json
from datetime import date
from odoo.tests.common import new_test_user
for number in range(MEMBERS):
    user = new_test_user(env, f"member{number}", groups="base.group_user", name=f"Member {number}", lang="fr_FR",
                         email=f"member{number}@example.org", tz="Europe/Paris")
    env["relationship.member"].create({"user_id": user.id, "role": "contact"})
    partner = env["res.partner"].create({"name": f"Organisation {number}", "is_company": True,
                                         "relationship_stage": "target", "relationship_owner_id": user.id})
    partner.relationship_renewal_ids.write({"date_deadline": "2026-03-11"})
env.cr.commit()  # Odoo's own invitations leave before there is a mail server
env["ir.mail_server"].create({"name": "test", "smtp_host": "127.0.0.1", "smtp_port": PORT, "smtp_encryption": "none"})
env.cr.commit()
print("RESULT 1")
"""
REMIND = """
from datetime import datetime
env["relationship.member"]._cron_remind(datetime(2026, 3, DAY, 9, 0))
print("RESULT 1")
"""


class Postbox:
    """A mail server that takes its time and remembers whom it has received something for."""

    def __init__(self, delay=0.0):
        self.delay = delay
        self.received = Counter()
        self.texts = []
        self.something_came = threading.Event()

    async def handle_DATA(self, _server, _session, envelope):
        self.received.update(envelope.rcpt_tos)
        self.texts.append(envelope.content.decode())
        self.something_came.set()
        time.sleep(self.delay)
        return "250 OK"


@pytest.fixture
def postbox():
    box = Postbox(delay=0.05)
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()


@pytest.fixture
def team(odoo, plain_database, postbox):
    odoo.run_in_shell(plain_database, TEAM.replace("PORT", str(postbox.port)).replace("MEMBERS", str(MEMBERS)))
    return plain_database


def start_job(odoo, database, day):
    """The reminders' job in a process of its own."""
    process = subprocess.Popen(
        odoo.command("shell", "-d", database, "--no-http", "--log-level=error"),
        env=odoo.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    process.stdin.write(REMIND.replace("DAY", str(day)))
    process.stdin.close()
    return process


def everybody():
    return {f"member{number}@example.org" for number in range(MEMBERS)}


def test_two_servers_at_once_send_one_mail_each(odoo, team, postbox):
    jobs = [start_job(odoo, team, 11) for _server in range(2)]
    for job in jobs:
        output = job.stdout.read()
        assert job.wait() == 0 and "RESULT" in output, output
    assert set(postbox.received) == everybody()
    assert set(postbox.received.values()) == {1}
    text = postbox.texts[0]
    assert "multipart/alternative" in text and "text/plain" in text, "the plain part is complete"
    odoo.run_in_shell(team, REMIND.replace("DAY", "11"))
    assert set(postbox.received.values()) == {1}, "run again, it says nothing"
    odoo.run_in_shell(team, REMIND.replace("DAY", "12"))
    assert set(postbox.received.values()) == {2}, "the next day's says the same"


def test_killed_at_any_point_and_run_again_nobody_gets_two(odoo, team, postbox):
    dice = random.Random(11)
    kills = 0
    for _attempt in range(6):
        postbox.something_came.clear()
        job = start_job(odoo, team, 11)
        while not postbox.something_came.wait(0.05) and job.poll() is None:
            pass
        if job.poll() is not None:
            break
        time.sleep(dice.uniform(0, 0.25))
        job.kill()
        job.wait()
        kills += 1
    odoo.run_in_shell(team, REMIND.replace("DAY", "11"))
    assert kills >= 3
    assert not [address for address, count in postbox.received.items() if count > 1]
    lost = everybody() - set(postbox.received)
    assert len(lost) <= kills, f"{kills} kills lost {lost}"
    odoo.run_in_shell(team, REMIND.replace("DAY", "12"))
    assert everybody() <= set(postbox.received), "the next day's reaches those too"
