"""The invitee's page beside stock's calendar invitation page: same server, same run, eight people at a time."""

import http.client
import itertools
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from odoo import fields

from devtools.odoo import free_port, ready

from .measure import measure

PEOPLE = 8
MEETING = 10  # attendees: a meeting's page lists them
SIZES = {"smallest": (10,), "usual": (400,), "large": (2_000,)}


def run(env, sizes):
    """Look at so many pages and answer on each of them once."""
    [count] = sizes
    begin = fields.Datetime.now() + timedelta(days=30)
    end = begin + timedelta(hours=2)
    everybody = range(count + MEETING)
    partners = env["res.partner"].create([{"name": f"P{n}", "email": f"p{n}@example.org"} for n in everybody])
    event = env["event.event"].create(
        {"name": "Evening", "is_partner_event": True, "date_begin": begin, "date_end": end}
        | {"seats_limited": True, "seats_max": len(everybody)}
    )
    invitations = env["event.invitation"].create(
        [{"event_id": event.id, "partner_id": partner.id, "state": "sent"} for partner in partners]
    )
    ours = [f"/partner-event/{invitation.access_token}" for invitation in invitations.sudo()[:count]]
    meetings = (
        env["calendar.event"]
        .with_context(no_mail_to_attendees=True, mail_create_nolog=True)
        .create(
            [
                {"name": "Meeting", "start": begin, "stop": end, "partner_ids": [(6, 0, partners[n : n + MEETING].ids)]}
                for n in everybody[::MEETING]
            ]
        )
    )
    apart = _measure_apart(env, invitations[count:], meetings.attendee_ids[count:])
    attendees = meetings.attendee_ids[:count]
    query = "?token={0.access_token}&id={0.event_id.id}"
    looks = [f"/calendar/meeting/view{query.format(attendee)}" for attendee in attendees]
    accepts = [f"/calendar/meeting/accept{query.format(attendee)}" for attendee in attendees]
    env.cr.commit()
    with ready() as odoo:
        port = free_port()
        server = odoo.start(port, "-d", env.cr.dbname, "--max-cron-threads=0", "--log-level=warn")
        try:
            for path in (ours[0], looks[0]):
                _get(http.client.HTTPConnection("127.0.0.1", port), path)  # the first makes what all share
            pairs = (
                ("look at the page", (_get, ours), (_get, looks)),
                ("answer", (_answer, ours), (_get, accepts)),
            )
            return [apart] + [
                {"what": what, "size": count, "ours": _measure(port, *mine), "stock": _measure(port, *stock)}
                for what, mine, stock in pairs
            ]
        finally:
            server.terminate()
            server.wait(30)


def _measure_apart(env, invitations, attendees):
    """Count what an answer asks of the database, its seat included, without the server; the first fills the caches."""
    for invitation, attendee in zip(invitations[:2], attendees[:2], strict=True):
        act = invitation.event_id._relationship_try_seat
        ours = measure(env, lambda invitation=invitation, act=act: (invitation._answer("yes"), act()))
        stock = measure(env, attendee.do_accept)
    return {"what": "an answer and its seat, apart from the page", "size": 1, "ours": ours, "stock": stock}


def _measure(port, act, paths):
    """Requests a second, and the milliseconds that 95 in 100 stay under."""

    def one_after_the_other(own):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        times = []
        for path in own:
            started = time.perf_counter()
            act(connection, path)
            times.append(time.perf_counter() - started)
        return times

    started = time.perf_counter()
    with ThreadPoolExecutor(PEOPLE) as pool:
        each = pool.map(one_after_the_other, [paths[n::PEOPLE] for n in range(PEOPLE)])
        times = list(itertools.chain.from_iterable(each))
    seconds = time.perf_counter() - started
    return {
        "seconds": round(seconds, 2),
        "rate": round(len(paths) / seconds, 1),
        "p95_ms": round(statistics.quantiles(times, n=20)[-1] * 1000),
    }


def _request(connection, method, path, body=None, headers=None):
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status not in (200, 303):
        raise AssertionError(f"{method} {path}: {answer.status}")
    return answer, text


def _get(connection, path):
    return _request(connection, "GET", path)


def _answer(connection, path):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    _request(connection, "POST", path, "answer=yes&guests=0", headers)
