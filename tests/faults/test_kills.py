"""A job, a plan, a list and a handover, killed at any moment of their work: nothing lost, nothing doubled."""

import random
import signal
import threading
import time

from conftest import start_server
from scene import Client, Victim, broken, number, prepare

from devtools.odoo import free_port

KILLS = 6
TARGETS = 300
OPEN_RENEWALS = "SELECT count(*) FROM mail_activity WHERE relationship_partner_id IS NOT NULL AND active"


def test_the_daily_job_killed_again_and_again_gives_each_target_one_renewal(odoo, plain_database):
    targets = 1600
    prepare(odoo, plain_database, "", targets=targets)
    job = Victim(odoo, plain_database, 'env["relationship.check"]._mend()', random.Random(1))
    found = []
    for _round in range(KILLS + 1):
        odoo.sql("DELETE FROM mail_activity WHERE relationship_partner_id IS NOT NULL", plain_database)
        odoo.sql("UPDATE res_partner SET relationship_next_contact_date = '2020-01-01'", plain_database)
        if job.seconds:
            job.kill()
            found.append(number(odoo, plain_database, OPEN_RENEWALS))
        job.run()
        assert broken(odoo, plain_database) == []
        assert number(odoo, plain_database, OPEN_RENEWALS) == targets
    assert any(0 < count < targets for count in found), f"killed between two batches: {found}"


PLAN = """
env.flush_all()
env.cr.execute("UPDATE mail_activity SET date_deadline = CURRENT_DATE + 40 WHERE relationship_partner_id IS NOT NULL")
env.cr.execute("UPDATE res_partner SET relationship_next_contact_date = CURRENT_DATE + 40 "
               "WHERE relationship_stage = 'target'")
env.invalidate_all()
members["helene"].monthly_max = 90
plan = env["relationship.plan"].with_user(users["organiser"]).create({"member_ids": members["helene"].ids})
plan.action_preview()
planned = {line.activity_id.id: str(line.date_planned) for line in plan.line_ids}
"""
APPLY = """
plan = env["relationship.plan"].browse(PLAN)
if not plan.is_applying:
    plan.with_user(plan.create_uid).action_apply()
    env.cr.commit()
env["relationship.plan"]._cron_apply()
"""


def test_a_plan_killed_while_it_applies_moves_each_renewal_once(odoo, plain_database):
    plan_id, planned = prepare(odoo, plain_database, PLAN, "[plan.id, planned]", targets=1600)
    assert len(planned) > 1100, "several batches"
    assert broken(odoo, plain_database) == []

    def moved():
        rows = odoo.sql("SELECT id, date_deadline FROM mail_activity WHERE relationship_partner_id > 0", plain_database)
        return sum(planned.get(str(activity)) == day for activity, day in rows)

    def left():
        return number(odoo, plain_database, "SELECT count(*) FROM relationship_plan_line")

    job = Victim(odoo, plain_database, APPLY.replace("PLAN", str(plan_id)), random.Random(2))
    job.seconds = 0.5
    kills = 0
    for _attempt in range(KILLS):
        kills += job.kill()
        assert moved() + left() == len(planned), "what is left to move is what was not moved"
    job.run()
    assert kills >= 2
    assert (moved(), left()) == (len(planned), 0)
    pinned = number(odoo, plain_database, "SELECT count(*) FROM mail_activity WHERE relationship_pinned")
    assert pinned == 0, "the plan's dates were set by nobody"
    assert broken(odoo, plain_database) == []


LIST = """
import base64
rows = ["Nom;Ville;Étape;Référent;Nom du contact;E-mail du contact;Dernier contact;Note"]
rows += [f"Ligue {n};Lyon;Cible;Helene;Ada Byron {n};ada{n}@example.org;12/01/2026;Vus {n}" for n in range(ROWS)]
brought = env["relationship.import"].with_user(users["organiser"]).create(
    {"file": base64.b64encode("\\n".join(rows).encode()), "file_name": "ligues.csv"})
brought.action_read()
brought._preview()
brought.action_apply()
"""
BROUGHT = "SELECT count(*) FROM res_partner WHERE name LIKE 'Ligue %' AND is_company"
WRITTEN = "SELECT count(*) FROM relationship_import_line WHERE progress = 'applied' AND kind = 'organisation'"


def test_a_list_killed_while_it_comes_in_comes_in_once(odoo, plain_database):
    rows = 1200
    prepare(odoo, plain_database, f"ROWS = {rows}\n{LIST}", targets=10)
    job = Victim(odoo, plain_database, 'env["relationship.import"]._cron_go_on()', random.Random(4))
    job.seconds = 12.0
    kills = 0
    for _attempt in range(KILLS):
        kills += job.kill()
        found = number(odoo, plain_database, BROUGHT)
        assert found == number(odoo, plain_database, WRITTEN), "what is written is noted with it"
    job.run()
    assert kills >= 2
    assert number(odoo, plain_database, BROUGHT) == rows
    assert number(odoo, plain_database, "SELECT count(*) FROM res_partner WHERE name LIKE 'Ada Byron %'") == rows
    assert number(odoo, plain_database, "SELECT count(*) FROM relationship_synthesis") == rows
    assert odoo.sql("SELECT state, job FROM relationship_import", plain_database) == [["applied", None]]
    assert broken(odoo, plain_database) == []


def test_a_list_that_two_servers_bring_in_comes_in_once(odoo, plain_database):
    rows = 1100
    prepare(odoo, plain_database, f"ROWS = {rows}\n{LIST}", targets=10)
    program = 'env["relationship.import"]._cron_go_on()\nenv.cr.commit()\nprint("RESULT 1")\n'
    servers = [odoo.start_in_shell(plain_database, program) for _each in range(2)]
    for server in servers:
        output = server.stdout.read()
        assert server.wait() == 0 and "RESULT" in output, output
    Victim(odoo, plain_database, 'env["relationship.import"]._cron_go_on()', random.Random(5)).run()
    assert number(odoo, plain_database, BROUGHT) == rows
    assert number(odoo, plain_database, "SELECT count(*) FROM relationship_synthesis") == rows
    assert number(odoo, plain_database, "SELECT count(*) FROM relationship_import WHERE message IS NOT NULL") == 0
    assert broken(odoo, plain_database) == []


WORK = """
env["relationship.cooperation"].create([
    {"name": f"Joint work {number}", "user_id": users["helene"].id,
     "kind_id": env["relationship.cooperation.kind"].search([], limit=1).id,
     "role_ids": [(0, 0, {"partner_id": partner.id})]}
    for number, partner in enumerate(targets[:30])
])
targets[:50].with_context(mail_activity_quick_update=True).activity_schedule(
    "mail.mail_activity_data_todo", user_id=users["helene"].id)
logins = {member.id: login for login, member in members.items()}
"""
KEEPERS = """
    SELECT DISTINCT relationship_owner_id FROM res_partner WHERE relationship_stage = 'target'
     UNION SELECT user_id FROM mail_activity WHERE res_model = 'res.partner' AND active
     UNION SELECT user_id FROM relationship_cooperation
     UNION SELECT user_id FROM relationship_member WHERE id IN (SELECT member_id FROM relationship_sector)
"""


def test_a_server_killed_while_a_handover_applies_leaves_all_or_nothing(odoo, plain_database):
    helene, marc = prepare(
        odoo,
        plain_database,
        WORK,
        '[[members[login].id, users[login].id] for login in ("helene", "marc")]',
        targets=TARGETS,
    )
    member_of = {user_id: member_id for member_id, user_id in (helene, marc)}
    dice, seconds, changes, kills = random.Random(3), None, 0, 0
    for _attempt in range(KILLS):
        port = free_port()
        server = start_server(odoo, port, plain_database)
        try:
            organiser = Client(f"http://localhost:{port}", plain_database, "organiser")
            [[giver]] = odoo.sql(KEEPERS, plain_database)
            [taker] = set(member_of) - {giver}
            [[wizard]] = [
                organiser.call(
                    "relationship.handover",
                    "create",
                    [{"from_member_id": member_of[giver], "to_member_id": member_of[taker]}],
                )
            ]
            started = time.monotonic()
            request = threading.Thread(target=_swallow, args=(organiser, wizard))
            request.start()
            if seconds:
                time.sleep(dice.uniform(0.1, 1) * seconds)
                kills += request.is_alive()
                server.send_signal(signal.SIGKILL)
            request.join()
            seconds = seconds or time.monotonic() - started
        finally:
            server.kill()
            server.wait()
        time.sleep(0.5)  # PostgreSQL notices that nobody is there any more
        keepers = [keeper for (keeper,) in odoo.sql(KEEPERS, plain_database)]
        assert len(keepers) == 1, "everything goes together"
        changes += keepers == [taker]
        told = number(
            odoo,
            plain_database,
            "SELECT count(*) FROM mail_message"
            f" WHERE message_type = 'user_notification' AND subject LIKE '%{TARGETS}%'",
        )
        assert told == changes, "each handover is told once"
        assert broken(odoo, plain_database) == []
    assert kills >= 3 and changes >= 1


def _swallow(client, wizard):
    """Apply a handover; the server may go away meanwhile."""
    try:
        client.call("relationship.handover", "action_apply", [wizard])
    except OSError:
        return
