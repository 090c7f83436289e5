"""Two people do the same thing at the very same moment, on two servers: once it is done, once."""

import pytest
import requests
from conftest import size
from scene import Client, at_once, broken, number, prepare
from test_partner_event import Invitee, wait_until_seated

ROUNDS = size(15, 2)
DRAFTS = """
syntheses = env["relationship.synthesis"].create([
    {"partner_id": partner.id, "author_id": users["helene"].id, "summary": "<p>Said</p>", "promised": "To send it"}
    for partner in targets
])
"""


@pytest.fixture
def sit(plain_database, serve):
    """A function that seats somebody of the team in front of one of two servers."""
    servers = []

    def take_a_seat(login, server=0):
        while len(servers) <= server:
            servers.append(serve(plain_database, "--max-cron-threads=0"))
        return Client(servers[server], plain_database, login)

    return take_a_seat


@pytest.mark.smallest
def test_two_validate_the_same_synthesis(odoo, plain_database, sit):
    drafts = prepare(odoo, plain_database, DRAFTS, "syntheses.ids", targets=ROUNDS)
    people = [sit("helene"), sit("organiser", 1), sit("helene", 1)]
    for draft in drafts:
        answers = at_once(
            *(
                lambda person=person, draft=draft: person.call("relationship.synthesis", "action_validate", [draft])
                for person in people
            )
        )
        assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    assert broken(odoo, plain_database) == []
    closed = "SELECT count(*) FROM mail_activity WHERE relationship_partner_id IS NOT NULL AND NOT active"
    assert number(odoo, plain_database, closed) == ROUNDS
    promises = "SELECT count(*) FROM mail_activity WHERE relationship_synthesis_id IS NOT NULL"
    assert number(odoo, plain_database, promises) == ROUNDS, "what was promised is promised once"
    contacts = "SELECT sum(relationship_synthesis_count)::int FROM res_partner"
    assert number(odoo, plain_database, contacts) == ROUNDS


def test_two_validate_two_syntheses_of_one_organisation(odoo, plain_database, sit):
    twice = DRAFTS + "others = syntheses.copy({'summary': '<p>Said too</p>', 'state': 'draft'})\n"
    drafts = prepare(odoo, plain_database, twice, "list(zip(syntheses.ids, others.ids))", targets=ROUNDS)
    people = [sit("organiser"), sit("second", 1)]
    for pair in drafts:
        answers = at_once(
            *(
                lambda person=person, draft=draft: person.call("relationship.synthesis", "action_validate", [draft])
                for person, draft in zip(people, pair, strict=True)
            )
        )
        assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    assert broken(odoo, plain_database) == []
    assert (
        number(odoo, plain_database, "SELECT count(*) FROM relationship_synthesis WHERE state = 'done'") == 2 * ROUNDS
    )
    contacts = "SELECT sum(relationship_synthesis_count)::int FROM res_partner"
    assert number(odoo, plain_database, contacts) == 2 * ROUNDS


def test_two_hand_the_same_portfolio_over_to_two_others(odoo, plain_database, sit):
    prepare(odoo, plain_database, "", targets=40)
    ids = dict(
        odoo.sql("SELECT u.login, m.id FROM relationship_member m JOIN res_users u ON u.id = user_id", plain_database)
    )
    logins = ("helene", "marc", "lea")
    people = [sit("organiser"), sit("second", 1)]
    owner_is = (
        "SELECT DISTINCT u.login FROM res_partner p JOIN res_users u ON u.id = p.relationship_owner_id"
        " WHERE p.relationship_stage = 'target' UNION SELECT u.login FROM relationship_sector s"
        " JOIN relationship_member m ON m.id = s.member_id JOIN res_users u ON u.id = m.user_id"
    )
    told = "SELECT count(*) FROM mail_message WHERE message_type = 'user_notification' AND subject LIKE '%40%'"
    for done in range(1, ROUNDS // 2 + 1):
        [[giver]] = odoo.sql(owner_is, plain_database)
        takers = [login for login in logins if login != giver]
        wizards = [
            person.call("relationship.handover", "create", [{"from_member_id": ids[giver], "to_member_id": ids[taker]}])
            for person, taker in zip(people, takers, strict=True)
        ]
        answers = at_once(
            *(
                lambda person=person, wizard=wizard: person.call("relationship.handover", "action_apply", wizard)
                for person, wizard in zip(people, wizards, strict=True)
            )
        )
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        assert len(refused) == 1, f"one hands it over, the other is told: {answers}"
        [[owner]] = odoo.sql(owner_is, plain_database)
        assert owner in takers, "all to one of the two, sectors included"
        assert number(odoo, plain_database, told) == done, "only who got them is told"
    assert broken(odoo, plain_database) == []


def test_two_take_the_same_candidates(odoo, plain_database, sit):
    free = "targets.write({'relationship_stage': 'candidate', 'relationship_owner_id': False})\n"
    candidates = prepare(odoo, plain_database, free, "targets.ids", targets=ROUNDS)
    people = [sit("marc"), sit("lea", 1)]
    for candidate in candidates:
        answers = at_once(
            *(
                lambda person=person, one=candidate: person.call("res.partner", "action_relationship_take", [one])
                for person in people
            )
        )
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        assert len(refused) == 1, f"one takes it, the other is told: {answers}"
    assert broken(odoo, plain_database) == []


EVENT = """
from datetime import timedelta
begin = env["event.event"]._fields["date_begin"].now() + timedelta(days=30)
event = env["event.event"].create({
    "name": "Evening", "is_partner_event": True, "date_begin": begin, "date_end": begin + timedelta(hours=3),
    "seats_limited": True, "seats_max": 12, "guest_max": 2,
})
people = env["res.partner"].create([{"name": f"P{n}", "email": f"p{n}@example.org"} for n in range(TARGETS)])
invitations = env["event.invitation"].create(
    [{"event_id": event.id, "partner_id": person.id, "state": "sent"} for person in people])
"""


def test_two_answer_the_same_invitation(odoo, plain_database, sit):
    tokens = prepare(odoo, plain_database, EVENT, "invitations.mapped('access_token')", targets=ROUNDS)
    servers = [sit("helene", server).address for server in range(2)]
    for turn, token in enumerate(tokens):
        phones = [Invitee(server, token) for server in servers]
        others = ({"answer": "yes", "guests": "0"}, {"answer": "no"}, {"answer": "maybe"})
        answers = ({"answer": "yes", "guests": "2"}, others[turn % 3])
        codes = at_once(
            *(
                lambda phone=phone, answer=answer: phone.answer(**answer)
                for phone, answer in zip(phones, answers, strict=True)
            )
        )
        assert codes == [200, 200]
    assert wait_until_seated(odoo, plain_database, 10) == 0
    assert broken(odoo, plain_database) == []
    held = "SELECT count(*) FROM event_registration WHERE state = 'open'"
    asked = "SELECT sum(guest_count + 1)::int FROM event_invitation WHERE state = 'accepted'"
    assert number(odoo, plain_database, held) == number(odoo, plain_database, asked) <= 12


ATTENDED = """
from datetime import timedelta
now = env["event.event"]._fields["date_begin"].now()
events = env["event.event"].create([
    {"name": f"Evening {number}", "is_partner_event": True, "organizer_id": env.company.partner_id.id,
     "date_begin": now - timedelta(days=2), "date_end": now - timedelta(days=1)} for number in range(ROUNDS)])
for event in events:
    for target in targets:
        invitation = env["event.invitation"].create(
            {"event_id": event.id, "partner_id": target.id, "state": "accepted"})
        env["event.registration"].create({"event_id": event.id, "invitation_id": invitation.id, "state": "done"})
"""


def test_two_prepare_the_syntheses_of_the_same_event(odoo, plain_database, sit):
    program = ATTENDED.replace("ROUNDS", str(ROUNDS))
    events = prepare(odoo, plain_database, program, "events.ids", targets=5)
    people = [sit("organiser"), sit("second", 1)]
    for event in events:
        at_once(
            *(
                lambda person=person, event=event: person.call(
                    "event.event", "action_relationship_prepare_syntheses", [event]
                )
                for person in people
            )
        )
    assert number(odoo, plain_database, "SELECT count(*) FROM relationship_synthesis") == 5 * ROUNDS
    assert broken(odoo, plain_database) == []


UNTOLD = """
env.company.email = "team@example.org"
env["ir.mail_server"].create({"name": "test", "smtp_host": "127.0.0.1", "smtp_port": PORT, "smtp_encryption": "none"})
person = env["res.partner"].create({"name": "Ada", "email": "ada@example.org", "parent_id": targets.id})
"""
WRITE_TO = """
targets = env["res.partner"].browse(TARGET)
targets.message_post(body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment", partner_ids=[PERSON])
env.cr.commit()
env["mail.mail"].process_email_queue()
print("RESULT 1", flush=True)
"""


def test_somebody_edits_the_person_while_her_first_mail_leaves(odoo, plain_database, sit, postbox):
    target, person = prepare(
        odoo, plain_database, UNTOLD.replace("PORT", str(postbox.port)), "[targets.id, person.id]", targets=1
    )
    helene = sit("helene")
    postbox.delays["ada@example.org"] = 5
    program = WRITE_TO.replace("TARGET", str(target)).replace("PERSON", str(person))
    job = odoo.start_in_shell(plain_database, program)
    assert postbox.something_came.wait(60)
    helene.call("res.partner", "write", [person], {"function": "Chair"})
    assert "RESULT" in job.stdout.read()
    assert job.wait() == 0
    odoo.run_in_shell(plain_database, 'import json\nenv["mail.mail"].process_email_queue()\nprint("RESULT 1")')
    assert postbox.received["ada@example.org"] == 1, "once"
    [[job_title, informed]] = odoo.sql(
        f"SELECT function, relationship_informed_on FROM res_partner WHERE id = {person}", plain_database
    )
    assert job_title == "Chair"
    assert informed


PROPOSED = """
from datetime import datetime, time, timedelta
env["relationship.calendar.subscription"].create({"name": "All", "is_open": True, "takes_proposals": True})
noon = datetime.combine(datetime.now() + timedelta(days=30), time(12))
proposals = env["relationship.calendar.proposal"]
proposals = proposals.concat(*(
    proposals.create({"email": f"p{number}@example.org", **proposals._prepare_typed({
        "name": f"Fair {number}", "place": "Lyon", "audience": False, "url": False, "organisation": f"Small {number}",
        "start": noon, "stop": noon, "all_day": True,
    })}) for number in range(TARGETS)
))
"""


def test_two_confirm_accept_and_withdraw_the_same_proposal(odoo, plain_database, sit):
    tokens = prepare(odoo, plain_database, PROPOSED, "proposals.mapped('access_token')", targets=ROUNDS)
    people = [sit("organiser"), sit("second", 1)]
    pages = [person.address + "/partners-agenda/confirm/" for person in people]
    for turn, token in enumerate(tokens):
        answers = at_once(*(lambda page=page, token=token: requests.post(page + token, timeout=60) for page in pages))
        assert [answer.status_code for answer in answers] == [200, 200]
        entry = number(
            odoo, plain_database, f"SELECT max(id) FROM relationship_calendar_entry WHERE name = 'Fair {turn}'"
        )
        acts = [
            lambda person=person, entry=entry: person.call("relationship.calendar.entry", "action_accept", [entry])
            for person in people
        ]
        if turn % 2:
            acts.append(lambda page=pages[0], token=token: requests.post(f"{page}{token}/withdraw", timeout=60))
        answers = at_once(*acts)
        refused = [answer for answer in answers[:2] if isinstance(answer, Exception)]
        assert len(refused) == 1 or (turn % 2 and len(refused) == 2), f"one accepts it, the other is told: {answers}"
    assert broken(odoo, plain_database) == []
    once = "SELECT max(count)::int FROM (SELECT count(*) FROM {} GROUP BY {}) AS counted"
    assert number(odoo, plain_database, once.format("relationship_calendar_entry", "name")) == 1, "an event each"
    assert number(odoo, plain_database, once.format("res_partner WHERE name LIKE 'Small %'", "name")) == 1
    told = (
        "SELECT count(*) FROM mail_mail AS mail JOIN mail_message AS message ON message.id = mail.mail_message_id"
        " WHERE message.model = 'relationship.calendar.proposal' AND mail.state = 'outgoing'"
    )
    kept = "SELECT count(*) FROM relationship_calendar_proposal"
    assert number(odoo, plain_database, told) == number(odoo, plain_database, kept), "each is told once, or withdrawn"
