"""Two servers run every job of ours at the same moment: each thing is done, once."""

import time

import pytest
from scene import broken, number, prepare

ROUNDS = 4
TARGETS, LOST = 700, 300
JOBS = {
    "cron_repair": 'env["relationship.check"]._mend()',
    "cron_remind": 'env["relationship.member"]._cron_remind(datetime(2026, 3, DAY, 9, 0))',
    "cron_apply_plan": 'env["relationship.plan"]._cron_apply()',
    "cron_ask_outcome": 'env["relationship.cooperation"]._cron_ask_outcome()',
    "cron_seat": 'env["event.event"]._cron_seat()',
    "cron_prepare_syntheses": 'env["event.event"]._cron_prepare_syntheses()',
    "cron_read_calendars": 'env["relationship.calendar.feed"]._cron_read()',
    "cron_mail_agenda": 'env["relationship.calendar.subscription"]._cron_mail()',
}
OF_EVENTS = {"cron_seat", "cron_prepare_syntheses", "cron_read_calendars", "cron_mail_agenda"}
SUBSCRIBERS = 5
BEGIN = """
from datetime import timedelta
env["ir.mail_server"].create({"name": "test", "smtp_host": "127.0.0.1", "smtp_port": PORT, "smtp_encryption": "none"})
env.company.email = "team@example.org"
referent = env["res.partner"].create({"name": "Referent", "email": "referent@example.org"})
"""
# What every job finds to do.
WORK = """
import base64
from datetime import timedelta
now = env["event.event"]._fields["date_begin"].now()
users = {user.login: user for user in env["res.users"].search([])}
targets = env["res.partner"].search([("relationship_stage", "=", "target")])
Event, Invitation = env["event.event"], env["event.invitation"]
past, coming = Event.create([
    {"name": name, "is_partner_event": True, "organizer_id": env.company.partner_id.id, "guest_max": 2,
     "seats_limited": True, "seats_max": 20, "date_begin": now + days, "date_end": now + days + timedelta(hours=3)}
    for name, days in (("Past", timedelta(days=-2)), ("Coming", timedelta(days=20)))])
for target in targets[:10]:
    there = Invitation.create({"event_id": past.id, "partner_id": target.id, "state": "accepted"})
    env["event.registration"].create({"event_id": past.id, "invitation_id": there.id, "state": "done"})
for rank, target in enumerate(targets[:15]):
    invitation = Invitation.create({"event_id": coming.id, "partner_id": target.id, "state": "sent"})
    # As if the server had been killed before it gave seats.
    invitation.write({"answer": "yes", "answer_number": rank + 1, "guest_count": 1, "answered_on": now})
env["relationship.cooperation"].create([
    {"name": f"Handed {number}", "kind_id": env["relationship.cooperation.kind"].search([], limit=1).id,
     "user_id": users["helene"].id, "stage": "introduced", "date_introduced": now.date() - timedelta(days=40),
     "told_referent_id": env["res.partner"].search([("name", "=", "Referent")]).id,
     "referent_id": env["res.partner"].search([("name", "=", "Referent")]).id,
     "destination_id": env["relationship.destination"].search([], limit=1).id,
     "role_ids": [(0, 0, {"partner_id": target.id})]} for number, target in enumerate(targets[:6])])
env.flush_all()
lost = tuple(targets[-LOST:].ids)
env.cr.execute("DELETE FROM mail_activity WHERE relationship_partner_id IN %s", [lost])
env.cr.execute("UPDATE res_partner SET relationship_next_contact_date = NULL WHERE id IN %s", [lost])
env.cr.execute("UPDATE mail_activity SET date_deadline = '2026-03-09' WHERE relationship_partner_id > 0 AND active")
env.cr.execute("UPDATE res_partner p SET relationship_next_contact_date = '2026-03-09' FROM mail_activity a "
               "WHERE a.relationship_partner_id = p.id AND a.active")
env.invalidate_all(flush=False)
told = (f"BEGIN:VCALENDAR\\nBEGIN:VEVENT\\nUID:1\\nDTSTART:{now + timedelta(hours=20):%Y%m%dT%H%M%SZ}\\n"
        "SUMMARY:Congress\\nEND:VEVENT\\n")
env["relationship.calendar.feed"].create(
    {"partner_id": targets[0].id, "file": base64.b64encode(f"{told}END:VCALENDAR\\n".encode()), "file_name": "a.ics"})
for rank, target in enumerate(targets[:SUBSCRIBERS]):
    target.email = f"week{rank}@example.org"
    env["relationship.calendar.subscription"].create(
        {"name": "Weekly", "partner_id": target.id, "is_weekly": True, "words": "congress"})
plan = env["relationship.plan"].with_user(users["organiser"]).create(
    {"member_ids": users["helene"].relationship_member_ids.ids})
plan.action_preview()
plan.sudo().is_applying = True
env.cr.commit()
print("RESULT 1")
"""
# One of the two: they wait for each other before each job.
SERVER = """
import time
from datetime import datetime
from pathlib import Path
from odoo.exceptions import UserError
from psycopg2.errors import SerializationFailure

def wait_for_the_other(job):
    (Path(FOLDER) / f"{job}.{ME}").touch()
    while not (Path(FOLDER) / f"{job}.{1 - ME}").exists():
        time.sleep(0.001)

def run_as_the_scheduler_does(job):
    cron = env.ref(job)
    while True:
        try:
            return cron.method_direct_trigger()
        except (UserError, SerializationFailure):  # the other server is at it
            env.cr.rollback()
            time.sleep(0.05)

env.cr.rollback()
for job, code in JOBS.items():
    wait_for_the_other(job)
    exec(code.replace("DAY", str(DAY)))
    env.cr.commit()
for job in [*JOBS, "cron_propose_report"]:
    if job != "cron_remind":  # it would look at the clock
        wait_for_the_other(f"again_{job}")
        addon = "shifters_relations_events" if job in OF_EVENTS else "shifters_relations"
        run_as_the_scheduler_does(f"{addon}.{job}")
        env.cr.commit()
print("RESULT 1")
"""


@pytest.fixture
def team(odoo, plain_database, postbox):
    prepare(odoo, plain_database, BEGIN.replace("PORT", str(postbox.port)), targets=TARGETS)
    return plain_database


def test_every_job_at_once_on_two_servers(odoo, team, postbox, tmp_path):
    postbox.delay = 0.02
    for turn in range(1, ROUNDS + 1):
        odoo.run_in_shell(team, f"LOST, SUBSCRIBERS = {LOST}, {SUBSCRIBERS}\n{WORK}")
        folder = tmp_path / str(turn)
        folder.mkdir()
        constants = f"JOBS, OF_EVENTS, FOLDER, DAY = {JOBS!r}, {OF_EVENTS!r}, {str(folder)!r}, {8 + turn}\n"
        servers = [odoo.start_in_shell(team, f"{constants}ME = {me}\n{SERVER}") for me in range(2)]
        for server in servers:
            output = server.stdout.read()
            assert server.wait() == 0 and "RESULT" in output, output
        assert broken(odoo, team) == []
        assert number(odoo, team, "SELECT count(*) FROM relationship_plan_line") == 0
        asked = "SELECT count(*) FROM mail_message WHERE subject LIKE 'What came of%' OR subject LIKE 'Qu%est-il%'"
        assert number(odoo, team, asked) == 6 * turn, "each outcome is asked for once"
        assert number(odoo, team, "SELECT count(*) FROM relationship_synthesis") == 10 * turn
        seated = "SELECT count(*) FROM event_registration WHERE state = 'open'"
        assert number(odoo, team, seated) == 20 * turn, "ten with a guest each"
        assert number(odoo, team, "SELECT count(*) FROM relationship_report") == 1
        assert postbox.received["helene@example.org"] == turn, "one reminder a day"
        assert number(odoo, team, "SELECT count(*) FROM relationship_calendar_entry") == turn, "each is read once"
        waiting = number(
            odoo,
            team,
            "SELECT count(*) FROM mail_mail AS mail JOIN mail_message AS message ON message.id = mail.mail_message_id"
            " WHERE message.model = 'relationship.calendar.subscription'",
        )
        gone = sum(postbox.received[f"week{rank}@example.org"] for rank in range(SUBSCRIBERS))
        assert waiting + gone == SUBSCRIBERS * turn, "each gets the week's mail once"


DAMAGE = """
env.cr.execute("DELETE FROM mail_activity WHERE relationship_partner_id IS NOT NULL")
env.cr.execute("UPDATE ir_cron SET nextcall = '2020-01-01', active = (id IN %s)", [tuple(OURS)])
for cron in env["ir.cron"].browse(OURS):
    cron._trigger()
env.cr.commit()
print("RESULT 1")
"""


def test_the_schedulers_of_two_servers_share_the_jobs(odoo, team, serve):
    rows = odoo.sql(
        "SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND module LIKE 'shifters_relations%'", team
    )
    ours = [row[0] for row in rows]
    assert len(ours) >= 7
    for _server in range(2):
        serve(team, "--max-cron-threads=2")
    for _round in range(3):
        odoo.run_in_shell(team, f"OURS = {ours}\n{DAMAGE}")
        waiting = f"SELECT count(*) FROM ir_cron WHERE id IN ({','.join(map(str, ours))}) AND nextcall < now()"
        deadline = time.monotonic() + 120
        while number(odoo, team, waiting) and time.monotonic() < deadline:
            time.sleep(1)
        assert number(odoo, team, waiting) == 0
        assert broken(odoo, team) == []
        assert number(odoo, team, "SELECT count(*) FROM ir_cron WHERE failure_count > 0") == 0
