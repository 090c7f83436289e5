"""The morning's mail through a real mail server: never two for a day, whatever happens (C5)."""

import random
import time

import pytest

MEMBERS, KILLS = 24, 6
TEAM = """
import json
from datetime import date
for number in range(MEMBERS):
    user = env["res.users"].create({"login": f"member{number}", "name": f"Member {number}", "lang": "fr_FR",
                                    "email": f"member{number}@example.org", "tz": "Europe/Paris"})
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


@pytest.fixture
def team(odoo, plain_database, postbox):
    odoo.run_in_shell(plain_database, TEAM.replace("PORT", str(postbox.port)).replace("MEMBERS", str(MEMBERS)))
    return plain_database


def everybody():
    return {f"member{number}@example.org" for number in range(MEMBERS)}


def test_two_servers_at_once_send_one_mail_each(odoo, team, postbox):
    postbox.delay = 0.05
    jobs = [odoo.start_in_shell(team, REMIND.replace("DAY", "11")) for _server in range(2)]
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


def received(postbox):
    return set(postbox.received), set(postbox.received.values())


def test_with_the_server_down_at_eight_it_goes_the_same_morning_once(odoo, team, postbox):
    odoo.sql("UPDATE relationship_member SET reminder_rhythm = 'weekly'", team)
    odoo.sql("UPDATE ir_mail_server SET smtp_port = 9", team)  # nobody listens there
    for _quarter in range(2):
        odoo.run_in_shell(team, REMIND.replace("DAY", "11"))
    assert not postbox.received
    odoo.sql(f"UPDATE ir_mail_server SET smtp_port = {postbox.port}", team)
    postbox.refusals = {"member3@example.org": "450 try again later", "member5@example.org": "550 no such user"}
    postbox.delay = 0.05
    jobs = [odoo.start_in_shell(team, REMIND.replace("DAY", "11")) for _server in range(2)]
    for job in jobs:
        output = job.stdout.read()
        assert job.wait() == 0 and "RESULT" in output, output
    assert received(postbox) == (everybody() - set(postbox.refusals), {1})
    postbox.refusals = {}
    for _quarter in range(2):
        odoo.run_in_shell(team, REMIND.replace("DAY", "11"))
    assert received(postbox) == (everybody() - {"member5@example.org"}, {1}), "who said later was asked again"
    odoo.run_in_shell(team, REMIND.replace("DAY", "12"))
    assert received(postbox) == (everybody(), {1}), "who was not told on Wednesday is on Thursday, and nobody twice"


def test_killed_at_any_point_and_run_again_nobody_gets_two(odoo, team, postbox):
    postbox.delay = 0.05
    dice = random.Random(11)
    kills = 0
    for _attempt in range(KILLS):
        postbox.something_came.clear()
        job = odoo.start_in_shell(team, REMIND.replace("DAY", "11"))
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
