"""Five hundred invitations through a real mail server, the sending process killed again and again (E2)."""

import random
import time

import pytest
from conftest import size

PEOPLE, KILLS = size(500, 20), size(20, 1)
PREPARE = """
import json
from datetime import timedelta
env.company.email = "team@example.org"
env["ir.mail_server"].create({"name": "test", "smtp_host": "127.0.0.1", "smtp_port": PORT, "smtp_encryption": "none"})
begin = env["event.event"]._fields["date_begin"].now() + timedelta(days=30)
event = env["event.event"].create({
    "name": "Evening", "is_partner_event": True, "date_begin": begin, "date_end": begin + timedelta(hours=3),
})
people = env["res.partner"].create([{"name": f"P{n}", "email": f"p{n}@example.org"} for n in range(PEOPLE)])
env["event.invitation"].create([{"event_id": event.id, "partner_id": person.id} for person in people])
mailing = env["mailing.mailing"].browse(event.action_relationship_prepare_mailing()["res_id"])
mailing.action_put_in_queue()
env.cr.commit()
print("RESULT 1")
"""
SEND = """
from odoo.addons.base.models import ir_mail_server
ir_mail_server.SMTP_TIMEOUT = 3  # seconds
env["mailing.mailing"]._process_mass_mailing_queue()
env["mail.mail"].process_email_queue(batch_size=1000)
print("RESULT 1")
"""


@pytest.fixture
def invitations(odoo, plain_database, postbox):
    odoo.run_in_shell(plain_database, PREPARE.replace("PORT", str(postbox.port)).replace("PEOPLE", str(PEOPLE)))
    return plain_database


def everybody():
    return {f"p{number}@example.org" for number in range(PEOPLE)}


def addresses(odoo, database, state):
    rows = odoo.sql(
        "SELECT partner.email FROM event_invitation AS invitation JOIN res_partner AS partner"
        f" ON partner.id = invitation.partner_id WHERE invitation.state = '{state}'",
        database,
    )
    return {email for (email,) in rows}


@pytest.mark.smallest
def test_killed_twenty_times_everybody_is_invited_and_no_state_lies(odoo, invitations, postbox):
    postbox.delay = size(postbox.delay, 0.05)
    dice = random.Random(5)
    kills = 0
    while kills < KILLS:
        postbox.something_came.clear()
        job = odoo.start_in_shell(invitations, SEND)
        if (kills + 1) % 4:  # otherwise anywhere, also while the mails are made
            while not postbox.something_came.wait(0.02) and job.poll() is None:
                pass
            time.sleep(dice.uniform(0, 0.12))
        else:
            time.sleep(dice.uniform(1.5, 3.5))
        if job.poll() is not None:
            break
        job.kill()
        job.wait()
        kills += 1
        lying = addresses(odoo, invitations, "sent") - set(postbox.received)
        assert not lying, f"said to be sent after {kills} kills: {lying}"
    for _run in range(2):
        odoo.run_in_shell(invitations, SEND)
    assert kills == KILLS
    assert set(postbox.received) == everybody(), "none is lost"
    twice = {address: count for address, count in postbox.received.items() if count > 1}
    assert sum(count - 1 for count in twice.values()) <= kills, (kills, twice)
    assert addresses(odoo, invitations, "sent") == everybody()
    print(f"{kills} kills, {len(twice)} duplicates")


def test_a_server_that_refuses_or_hangs_for_some_says_so_on_their_invitations_alone(odoo, invitations, postbox):
    postbox.refusals = {
        "p3@example.org": "550 no such user",
        "p5@example.org": "450 try again later",
        "p7@example.org": "554 refused",
    }
    postbox.delays = {"p9@example.org": 6, "p11@example.org": 1}  # longer than Odoo waits, and not
    for _run in range(2):  # a connection that hangs ends a run of Odoo's queue; the next goes on
        odoo.run_in_shell(invitations, SEND)
    refused = set(postbox.refusals)
    assert set(postbox.received) == everybody() - refused, "nobody else is lost"
    assert {address for address, count in postbox.received.items() if count > 1} <= {"p9@example.org"}
    assert addresses(odoo, invitations, "sent") == everybody() - refused
    assert addresses(odoo, invitations, "draft") == refused
    failed = odoo.run_in_shell(
        invitations,
        """
import json
failed = env["event.invitation"].search([("delivery", "in", ["failed", "bounced", "bad_address"])])
print("RESULT " + json.dumps(sorted(failed.partner_id.mapped("email"))))
""",
    )
    assert failed == sorted(refused)
