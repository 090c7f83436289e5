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
DEFAULT_PORT = 8069
LOGINS = """\
    {address}

    who                     login       password
    Camille, pilot          pilote      demo
    Nadia, organiser        nadia       demo
    Hélène, contact member  helene      demo
    administrator           admin       admin

The mails it would send stay in the outbox: no mail server is set up.
"""


def _database_name(port):
    """A demo on a port of its own has a database of its own."""
    return DATABASE if port == DEFAULT_PORT else f"{DATABASE}_{port}"


def _state(port):
    """What is known of a demo that was started: a dictionary, empty when it runs no more."""
    file = cache() / f"{_database_name(port)}.json"
    try:
        state = json.loads(file.read_text())
        command = Path(f"/proc/{state['pid']}/cmdline").read_bytes().decode(errors="replace")
    except (OSError, ValueError, KeyError):
        return {}
    return state if _database_name(port) in command.split("\0") else {}


def _database(odoo, name):
    """Make the demo database, or bring it up to date with the code."""
    state = addons_fingerprint()
    mark = cache() / f"{name}.code"
    modules = ",".join(addons_present())
    if name not in odoo.databases():
        odoo.copy(odoo.demo_template(), name)
    elif not mark.exists() or mark.read_text() != state:
        odoo.must_run(
            "Updating the demo database to this code",
            "demo-update.log",
            *("-d", name, "-i", modules, "-u", modules, "--stop-after-init", "--no-http"),
        )
    mark.write_text(state)


def start(port, detach):
    """Serve the demo on a port; with ``detach``, return once the login page answers."""
    if running := _state(port):
        if answers(port):
            say("The demo runs already (./dev demo --stop ends it):\n")
            say(LOGINS.format(address=f"http://localhost:{port}"))
            return 0
        _end(running["pid"], port)
    need_port(port)
    name = _database_name(port)
    with ready() as odoo:
        _database(odoo, name)
        say("==> Starting the server …")
        process = odoo.start(port, "-d", name, f"--db-filter=^{name}$", "--no-database-list")
        (cache() / f"{name}.json").write_text(json.dumps({"pid": process.pid}))
        say("\nRelations is ready:\n")
        say(LOGINS.format(address=f"http://localhost:{port}"))
        if detach:
            say(f"./dev demo --stop{'' if port == DEFAULT_PORT else f' --port {port}'} ends it.")
            return 0
        say("Ctrl+C ends it.")
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            return 0


def stop(port):
    """End the demo's server, and PostgreSQL if nobody else uses it."""
    state = _state(port)
    if not state:
        say("No demo is running.")
        return 0
    _end(state["pid"], port)
    postgres.stop_if_unused()
    say("The demo has ended.")
    return 0


def _end(pid, port):
    """End a server and wait until it has."""
    os.kill(pid, signal.SIGTERM)
    for _attempt in range(150):
        if not _state(port):
            (cache() / f"{_database_name(port)}.json").unlink(missing_ok=True)
            return
        time.sleep(0.2)
    raise Failure(f"The server (process {pid}) does not end: end it yourself.")
