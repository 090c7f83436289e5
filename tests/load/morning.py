"""Ten people who do the same morning again and again: what Locust runs, in an environment of its own.

The requests are those that a browser has just sent (see ``test_load.py``), each with the ids of who sends it now.
"""

import json
import os
import random
import re
import time
from pathlib import Path

from locust import HttpUser, between, events, task
from replay import learn, with_own_ids

MORNING = json.loads(Path(os.environ["MORNING"]).read_text())
SEATS = list(MORNING["users"])


class Member(HttpUser):
    """Somebody of the team, who thinks a second or two between two pages."""

    wait_time = between(1, 3)

    def on_start(self):
        self.seat = SEATS.pop()
        page = self.client.get("/web/login", name="log in: the page")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        form = {"csrf_token": token, "login": self.seat["login"], "password": self.seat["password"]}
        with self.client.post("/web/login", form, name="log in", catch_response=True) as answer:
            if "/odoo" not in answer.url:
                answer.failure("refused")

    @task
    def morning(self):
        chosen = random.choice(self.seat["records"])
        own = dict(zip(MORNING["recorded"], [self.seat["user"], self.seat["partner"], *chosen], strict=True))
        for page in MORNING["pages"]:
            self.open(page, own)
            time.sleep(self.wait_time())

    def open(self, page, own):
        """Send the requests of a page, and count them together as well."""
        started = time.perf_counter()
        for request in page["requests"]:
            body = with_own_ids(request["body"], own)
            name = f"{page['name']}|{request['name']}"
            with self.client.post(request["path"], json=body, name=name, catch_response=True) as answer:
                content = answer.json() if answer.ok else {}
                if "result" in content:
                    learn(request["result"], content["result"], own, MORNING["ids"])
                else:
                    answer.failure(str(content.get("error", {}).get("data", answer.status_code))[:500])
        events.request.fire(
            request_type="page",
            name=page["name"],
            response_time=(time.perf_counter() - started) * 1000,
            response_length=0,
            exception=None,
            context={},
        )


@events.quitting.add_listener
def write_figures(environment, **_kwargs):
    """What was measured, for the table."""
    figures = [
        {
            "name": entry.name,
            "type": entry.method,
            "count": entry.num_requests,
            "failures": entry.num_failures,
            "median": entry.get_response_time_percentile(0.5),
            "p95": entry.get_response_time_percentile(0.95),
        }
        for entry in environment.stats.entries.values()
    ]
    errors = [f"{error.name}: {error.error}" for error in environment.stats.errors.values()]
    Path(os.environ["FIGURES"]).write_text(json.dumps({"figures": figures, "errors": errors}))
