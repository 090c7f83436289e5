"""`./dev demo`: the product on real organisations, in one command."""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

from . import postgres
from .console import Failure, say
from .odoo import answers, free_port, need_port, ready
from .places import CHECKOUT, addons_fingerprint, addons_present, cache

DATABASE = "shifters_demo"
DEFAULT_PORT = 8069
LOGINS = """\
    {address}

    who                     login       password
    Camille, pilot          pilote      demo
    Nadia, organiser        nadia       demo
    Hélène, contact member  helene      demo
    Marc, contact member    marc        demo
    administrator           admin       admin

Its mails go nowhere: they are kept in {mails}
"""


def _database_name(port):
    """Return the name of the database: a demo on a port of its own has one of its own."""
    return DATABASE if port == DEFAULT_PORT else f"{DATABASE}_{port}"


def _state(port):
    """Return what is known of a demo that was started: a dictionary, empty when it runs no more."""
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
        odoo.ignore_accents(name)
        odoo.must_run(
            "Updating the demo database to this code",
            "demo-update.log",
            *("-d", name, "-i", modules, "-u", modules, "--stop-after-init", "--no-http"),
        )
    mark.write_text(state)


def _mails(port):
    """Return the folder that keeps what the demo sends, a mail a file."""
    return cache() / f"{_database_name(port)}-mails"


def _start_mail_server(odoo, port):
    """Receive what the demo sends, so that people see it leave.

    :return: its process, and the port that it listens to
    """
    mail_port = free_port()
    command = [odoo.python, "-m", "aiosmtpd", "--nosetuid", "--listen", f"127.0.0.1:{mail_port}"]
    command += ["--class", "aiosmtpd.handlers.Mailbox", str(_mails(port))]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, start_new_session=True, **quiet), mail_port


def _serve_calendars(odoo, name):
    """Serve the calendars of the demo's invented partners at addresses, as theirs would, and have them read there.

    :return: the process of their server
    """
    folder = CHECKOUT / "shifters_relations_events" / "demo" / "calendars"
    port = free_port()
    command = [odoo.python, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, start_new_session=True, **quiet)
    _set_parameter(odoo, name, "relationship.calendar_hosts", "localhost")
    names = ", ".join(repr(file.name) for file in sorted(folder.glob("*.ics")))
    odoo.sql(
        "WITH feed AS ("
        f"    UPDATE relationship_calendar_feed SET tried_on = NULL, url = 'http://localhost:{port}/' || file_name"
        f"     WHERE file_name IN ({names}) RETURNING id"
        ") DELETE FROM ir_attachment USING feed"
        " WHERE res_model = 'relationship.calendar.feed' AND res_field = 'file' AND res_id = feed.id",
        name,
    )
    odoo.sql(
        "UPDATE ir_cron SET nextcall = timezone('utc', now()) FROM ir_model_data AS named"
        " WHERE named.name = 'cron_read_calendars' AND named.model = 'ir.cron' AND named.res_id = ir_cron.id",
        name,
    )
    return process


def _set_parameter(odoo, name, key, value):
    odoo.sql(
        f"INSERT INTO ir_config_parameter (key, value) VALUES ('{key}', '{value}')"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        name,
    )


def _tell_address(odoo, name, address):
    """Set the address of this server as that of the links in mails."""
    for key, value in (("web.base.url", address), ("web.base.url.freeze", "True")):
        _set_parameter(odoo, name, key, value)


def start(port, detach):
    """Serve the demo on a port; with ``detach``, return once the login page answers."""
    if running := _state(port):
        if answers(port):
            say("The demo runs already (./dev demo --stop ends it):\n")
            say(LOGINS.format(address=f"http://localhost:{port}", mails=_mails(port)))
            return 0
        _end(running, port)
    need_port(port)
    name = _database_name(port)
    with ready() as odoo:
        _database(odoo, name)
        address = f"http://localhost:{port}"
        _tell_address(odoo, name, address)
        say("==> Starting the server …")
        mail_server, mail_port = _start_mail_server(odoo, port)
        helpers = [mail_server, _serve_calendars(odoo, name)]
        mail = ("--smtp=127.0.0.1", f"--smtp-port={mail_port}")
        try:
            process = odoo.start(port, "-d", name, f"--db-filter=^{name}$", "--no-database-list", *mail)
        except BaseException:
            for helper in helpers:
                helper.terminate()
            raise
        pids = {"pid": process.pid, "helpers": [helper.pid for helper in helpers]}
        (cache() / f"{name}.json").write_text(json.dumps(pids))
        say("\nRelations is ready:\n")
        say(LOGINS.format(address=address, mails=_mails(port)))
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
        finally:
            for helper in helpers:
                helper.terminate()


def stop(port):
    """End the demo's server, and PostgreSQL if nobody else uses it."""
    state = _state(port)
    if not state:
        say("No demo is running.")
        return 0
    _end(state, port)
    postgres.stop_if_unused()
    say("The demo has ended.")
    return 0


def _end(state, port):
    """End a demo's servers and wait until they have."""
    os.kill(state["pid"], signal.SIGTERM)
    for helper in state.get("helpers", ()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(helper, signal.SIGTERM)
    for _attempt in range(150):
        if not _state(port):
            (cache() / f"{_database_name(port)}.json").unlink(missing_ok=True)
            return
        time.sleep(0.2)
    raise Failure(f"The server (process {state['pid']}) does not end: end it yourself.")
