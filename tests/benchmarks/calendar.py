"""A member's calendar: the file of so many targets, and the polls of one who has it already, by real HTTP."""

import http.client
import statistics
import time

from devtools.odoo import free_port, ready

from .federation import create_member
from .measure import best

POLLS = 1_000
SIZES = {"smallest": (2,), "usual": (25, 500), "large": (25, 500)}


def run(env, sizes):
    from odoo.addons.shifters_relations.calendar_file import get_tag, write_calendar

    rows, addresses = [], {}
    members = env(user=None, su=True)["relationship.member"]
    for size in sizes:
        keeper = create_member(env, f"keeper{size}", "contact")
        env["res.partner"].create(
            [
                {
                    "name": f"Organisation {size} {number}",
                    "city": "Lyon",
                    "is_company": True,
                    "relationship_stage": "target",
                    "relationship_owner_id": keeper.id,
                }
                for number in range(size)
            ]
        )
        member = env["relationship.member"].search([("user_id", "=", keeper.id)])
        member.action_renew_calendar()
        token = member.sudo().calendar_token
        addresses[size] = f"/relations/calendar/{token}.ics"

        def show(token=token):
            calendar = members._read_calendar(token)
            get_tag(*calendar)
            write_calendar(*calendar)

        def look(token=token):
            get_tag(*members._read_calendar(token))

        for what, act in (("write the file", show), ("see that it is the same", look)):
            rows.append({"what": what, "size": size, "ours": best(env, act)})
    env.cr.commit()
    polls = 20 if len(sizes) == 1 else POLLS
    with ready() as odoo:
        port = free_port()
        server = odoo.start(port, "-d", env.cr.dbname, "--max-cron-threads=0", "--log-level=warn")
        try:
            for size, path in addresses.items():
                rows.append({"what": f"{polls} polls by HTTP", "size": size, "ours": _poll(port, path, polls)})
        finally:
            server.terminate()
            server.wait(30)
    return rows


def _poll(port, path, polls):
    """Ask so many times whether it has changed, which it has not."""
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(**headers):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer

    tag = ask().headers["ETag"]
    times = []
    for _time in range(polls):
        started = time.perf_counter()
        status = ask(**{"If-None-Match": tag}).status
        times.append(time.perf_counter() - started)
        if status != 304:
            raise AssertionError(status)
    seconds = sum(times)
    return {
        "seconds": round(seconds, 2),
        "rate": round(polls / seconds, 1),
        "p95_ms": round(statistics.quantiles(times, n=20)[-1] * 1000),
    }
