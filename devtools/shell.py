"""Odoo without the wait: a process with Odoo loaded, of which each program and each server gets a copy.

To load Odoo and the registry of a database takes longer than most that tests do with it. ``python -m devtools.shell``
reads a request from each line of its input, and answers each; both are JSON. It is asked for

- what a ``program`` prints in Odoo's shell on a ``database``, after an ``update`` of our addons if that is asked for;
- the same in a process that goes on by itself and prints ``to`` a named pipe: the answer is its number;
- a server of the database with ``arguments``, whose log goes ``to`` a file: the answer is its number;
- how such a ``process`` has ended: its exit code, nothing while it is at work.
"""

import gc
import json
import logging
import os
import sys
import tempfile
import threading
import traceback

KEPT = 3  # registries
# What a registry is made of: its modules, what people have added to its models, and the changes that were told of.
MADE_OF = """
SELECT (SELECT max(id) FROM orm_signaling_registry),
       (SELECT string_agg(name || latest_version, ',' ORDER BY name) FROM ir_module_module WHERE state = 'installed'),
       (SELECT string_agg(model || name, ',' ORDER BY id) FROM ir_model_fields WHERE state = 'manual')
"""
QUIET = ["--no-http", "--log-level=error"]


def serve():
    """Answer until the input ends."""
    from odoo.service import server
    from odoo.tools import config

    config.parse_config(list(QUIET), setup_logging=False)  # each copy sets up its own, once
    logging.getLogger().setLevel(logging.ERROR)
    server.start(preload=[], stop=True)
    gc.set_threshold(50_000, 20, 50)  # as in the tests of the addons: to look for what can be forgotten takes long
    registries = {}
    for line in sys.stdin:
        print(json.dumps(_answer(registries, **json.loads(line))), flush=True)


def _answer(registries, database=None, program=None, arguments=None, to=None, process=None, update=False):
    """Do what a request asks for, and return the answer to it."""
    if process:
        ended, status = os.waitpid(process, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if ended else None
    live = (_serve, None) if program is None else (_update_and_live if update else _live, program)
    registry = None if update else _get_registry(registries, database)
    if to:
        output = os.open(to, os.O_WRONLY | os.O_CREAT, 0o644)
        child = _fork(output, registry, database, arguments or QUIET, *live)
        os.close(output)
        return child
    with tempfile.TemporaryFile() as output:
        os.waitpid(_fork(output.fileno(), registry, database, QUIET, *live), 0)
        output.seek(0)
        return output.read().decode(errors="replace")


def _fork(output, registry, database, settings, live, program):
    """Begin a copy of this process, which prints to a descriptor; return its number.

    :param list settings: as on Odoo's command line
    """
    if child := os.fork():
        return child
    from odoo.tools import config

    try:
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        sys.stdin = open(os.devnull)  # noqa: SIM115
        os.dup2(sys.stdin.fileno(), 0)
        config.parse_config(list(settings), setup_logging=True)
        if registry:
            _take(registry, database)
        live(database, program)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _get_registry(registries, database):
    """Return the registry of a database, loaded when none of those kept is made of the same; none where it fails."""
    import psycopg2
    from odoo import sql_db
    from odoo.orm.registry import Registry

    try:
        with sql_db.db_connect(database).cursor() as cr:
            cr.execute(MADE_OF)
            [key] = cr.fetchall()
        if key not in registries:
            for oldest in list(registries)[: 1 - KEPT]:
                del registries[oldest]
            registries[key] = Registry.new(database)
            gc.freeze()  # no copy looks there for what can be forgotten
        return registries[key]
    except psycopg2.Error:
        return None  # the program's own process says why
    finally:
        sql_db.close_all()  # a connection belongs to one process


def _take(registry, database):
    """Make a registry that was loaded from another database this one's; all that it keeps in memory is read anew."""
    from odoo import sql_db
    from odoo.orm.registry import Registry

    registry.db_name, registry._db = database, sql_db.db_connect(database)
    registry.cache_sequences.update(dict.fromkeys(registry.cache_sequences, -1))
    Registry.registries[database] = registry
    registry.check_signaling()


def _live(database, program):
    """Run a program as Odoo's shell does."""
    from odoo.cli.shell import Shell

    shell = Shell()
    shell.console = lambda names: exec(program, {**names, "__name__": "__main__"})
    shell.shell(database)
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _update_and_live(database, program):
    """Update our addons, as ``-u`` does, and run a program with what is loaded then."""
    from odoo.orm.registry import Registry

    from .places import addons_present

    Registry.new(database, update_module=True, upgrade_modules=addons_present())
    _live(database, program)


def _serve(_database, _program):
    """Serve until a signal ends it."""
    from odoo.service import server

    os.setsid()
    server.start(preload=[], stop=False)


if __name__ == "__main__":
    serve()
