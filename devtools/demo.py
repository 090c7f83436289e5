"""`./dev demo`: the product on real organisations, in one command."""

import json
import os
import signal
import time
from pathlib import Path

from . import postgres
from .console import Failure, say
from .odoo import answers, need_port, ready
from .places import addons_fingerprint, addons_present, cache

DATABASE = "shifters_demo"
LOGINS = """\
    {address}

    who                     login       password
    Camille, pilot          pilote      demo
    Nadia, organiser        nadia       demo
    Hélène, contact member  helene      demo
    administrator           admin       admin

The mails it would send stay in the outbox: no mail server is set up.
"""


def _state():
    """What is known of a demo that was started: a dictionary, empty when it runs no more."""
    file = cache() / "demo.json"
    try:
        state = json.loads(file.read_text())
        command = Path(f"/proc/{state['pid']}/cmdline").read_bytes().decode(errors="replace")
    except (OSError, ValueError, KeyError):
        return {}
    return state if DATABASE in command.split("\0") else {}


def _database(odoo):
    """Make the demo database, or bring it up to date with the code."""
    state = addons_fingerprint()
    mark = cache() / "demo-code"
    modules = ",".join(addons_present())
    if DATABASE not in odoo.databases():
        odoo.copy(odoo.demo_template(), DATABASE)
    elif not mark.exists() or mark.read_text() != state:
        odoo.must_run(
            "Updating the demo database to this code",
            "demo-update.log",
            *("-d", DATABASE, "-i", modules, "-u", modules, "--stop-after-init", "--no-http"),
        )
    mark.write_text(state)


def start(port, detach):
    """Serve the demo on a port; with ``detach``, return once the login page answers."""
    if running := _state():
        if answers(running["port"]):
            say("The demo runs already (./dev demo --stop ends it):\n")
            say(LOGINS.format(address=f"http://localhost:{running['port']}"))
            return 0
        stop()
    need_port(port)
    with ready() as odoo:
        _database(odoo)
        say("==> Starting the server …")
        process = odoo.start(port, "-d", DATABASE, f"--db-filter=^{DATABASE}$", "--no-database-list")
        (cache() / "demo.json").write_text(json.dumps({"pid": process.pid, "port": port}))
        say("\nRelations is ready:\n")
        say(LOGINS.format(address=f"http://localhost:{port}"))
        if detach:
            say("./dev demo --stop ends it.")
            return 0
        say("Ctrl+C ends it.")
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            return 0


def stop():
    """End the demo's server, and PostgreSQL if nobody else uses it."""
    state = _state()
    if not state:
        say("No demo is running.")
        return 0
    os.kill(state["pid"], signal.SIGTERM)
    for _attempt in range(150):
        if not _state():
            break
        time.sleep(0.2)
    else:
        raise Failure(f"The server (process {state['pid']}) does not end: end it yourself.")
    (cache() / "demo.json").unlink(missing_ok=True)
    postgres.stop_if_unused()
    say("The demo has ended.")
    return 0
