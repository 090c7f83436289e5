"""Odoo's shell without the wait: a process with Odoo loaded, of which each program gets a copy.

To load Odoo and the registry of a database takes longer than most programs that tests run. ``python -m devtools.shell``
reads a request from each line of its input, and answers each with what its program printed; both are JSON.
"""

import gc
import json
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


def serve():
    """Answer until the input ends."""
    from odoo.service import server
    from odoo.tools import config

    config.parse_config(["--no-http", "--log-level=error"], setup_logging=True)
    server.start(preload=[], stop=True)
    registries = {}
    for line in sys.stdin:
        print(json.dumps(_answer(registries, **json.loads(line))), flush=True)


def _answer(registries, database, program):
    """Run a program in a copy of this process, and return all that it printed."""
    registry = _get_registry(registries, database)
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            for descriptor in (1, 2):
                os.dup2(output.fileno(), descriptor)
            _live(registry, database, program)
        os.waitpid(child, 0)
        output.seek(0)
        return output.read().decode(errors="replace")


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


def _live(registry, database, program):
    """Run a program in this process, as Odoo's shell does, and end."""
    from odoo import sql_db
    from odoo.cli.shell import Shell
    from odoo.orm.registry import Registry

    try:
        sys.stdin = open(os.devnull)  # noqa: SIM115
        if registry:
            registry.db_name, registry._db = database, sql_db.db_connect(database)
            registry.cache_sequences.update(dict.fromkeys(registry.cache_sequences, -1))  # all is read anew
            Registry.registries[database] = registry
            registry.check_signaling()
        shell = Shell()
        shell.console = lambda names: exec(program, {**names, "__name__": "__main__"})
        shell.shell(database)
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    serve()
