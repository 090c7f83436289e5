"""Odoo with our addons: how it is started, and databases made in a second from a template."""

import contextlib
import copy
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec

from . import postgres, provision
from .console import Failure, must_run, say, tail
from .places import CHECKOUT, addons_fingerprint, addons_present, assets_fingerprint, cache, fingerprint

LANGUAGE = "fr_FR"
BASE = ["contacts", "calendar"]
KEPT = 3  # templates of a kind
SETTINGS = "unaccent = True\n"  # Odoo's own searches ignore accents on every database that it makes
ACCENTS = "CREATE EXTENSION IF NOT EXISTS unaccent; ALTER FUNCTION unaccent(text) IMMUTABLE"
# Worker processes need a file to start the one of the websockets from: there is none in ``-m odoo``.
PROGRAM = """from odoo.cli import main
main()
"""
# The pages' scripts and styles, made once, so that no copy of a template makes them again.
BOTH = "web.assets_web", "web.assets_backend_lazy", "web.assets_emoji", "web.chartjs_lib", "web.fullcalendar_lib"
SCRIPTS = *BOTH, "web.assets_frontend_lazy", "web.assets_frontend_minimal", "bus.websocket_worker_assets"
STYLES = *BOTH, "web.assets_web_print", "web.assets_frontend", "web.report_assets_common"
ASSETS = """
for name in {names}:
    bundle = env["ir.qweb"]._get_asset_bundle(name, js={kind!r} == "js", css={kind!r} == "css")
    if bundle.javascripts or bundle.stylesheets:
        bundle.{kind}()
env.cr.commit()
print("RESULT 1", flush=True)
"""
# A copy is another database, as it is for Odoo: the list of who was anonymised in the one says nothing of the other.
RENEW = "UPDATE ir_config_parameter SET value = gen_random_uuid() WHERE key = 'database.uuid'"
# Odoo's own bot opens a conversation over the first page: not what anybody came for.
SILENCE = "UPDATE res_users SET odoobot_state = 'disabled'"


@dataclass(frozen=True)
class Template:
    """A database that others are copies of.

    :param modules: names of the modules that are installed in it
    :param label: what it is, for people
    :param demo: with demo data
    :param on_top_of: the template that it begins from
    :param key: what it depends on besides the names
    :param language: besides English; none for Odoo's own tests, which expect English alone
    """

    modules: tuple
    label: str
    demo: bool = False
    on_top_of: str = ""
    key: str = ""
    language: str = LANGUAGE

    @property
    def kind(self):
        """Return what its name begins with, whatever the state of the code."""
        return f"template_{'demo' if self.demo else 'plain'}_{'_'.join(self.modules)[:20]}_{len(self.modules)}"

    @property
    def name(self):
        """Return the database's name, another one for each state of what it is made of."""
        made_of = (
            *self.modules,
            self.demo,
            self.key,
            self.on_top_of,
            self.language,
            SETTINGS,
            ASSETS,
            SCRIPTS,
            STYLES,
            SILENCE,
        )
        return f"{self.kind}_{fingerprint(*made_of)}"


class Odoo:
    """Odoo as provisioned, with a running PostgreSQL.

    :param dict environment: what Odoo's processes are started with
    :param lock: file whose lock keeps PostgreSQL running
    """

    def __init__(self, python, home, addons, environment, lock):
        self.python = python
        self.addons_path = ",".join(str(path) for path in [*addons, CHECKOUT])
        self.data = cache() / "data"
        self.lock = lock
        self.environment = {
            **os.environ,
            **environment,
            "PYTHONPATH": str(home),
            # Debian's package holds no compiled code, and compiling it is half of a start; the checkout stays clean.
            "PYTHONPYCACHEPREFIX": str(cache() / "compiled"),
            "PYTHONDONTWRITEBYTECODE": "",
        }
        self.environment["ODOO_RC"] = str(self._write_settings())
        self._shell, self._asking = None, threading.Lock()

    def _write_settings(self):
        """Write the file that each of Odoo's subcommands reads, whatever options it takes.

        :return: its path, another one for each checkout and each copy of Odoo
        """
        settings = f"[options]\naddons_path = {self.addons_path}\ndata_dir = {self.data}\n{SETTINGS}"
        file = cache() / f"odoo-{fingerprint(settings)}.conf"
        if not file.exists():
            draft = file.with_suffix(f".{os.getpid()}")
            draft.write_text(settings)
            draft.rename(file)  # whole for whoever reads it at the same time
        return file

    def command(self, *arguments):
        """Return the command line of Odoo; a subcommand may come first, as with ``odoo-bin``."""
        return [str(part) for part in [self.python, "-m", "odoo", *arguments]]

    def run(self, *arguments, **popen):
        """Run Odoo in the foreground and return its exit code."""
        return subprocess.run(self.command(*arguments), env=self.environment, check=False, **popen).returncode

    def must_run(self, label, log, *arguments):
        """Run Odoo for a long job, or fail with a sentence."""
        must_run(label, self.command(*arguments), cache() / "logs" / log, "read the log", env=self.environment)

    def run_in_shell(self, database, program, update=False):
        """Run Python in Odoo's shell on a database.

        :param str program: it prints its answer as JSON on a line that begins with ``RESULT``
        :param update: whether to update our addons before, as ``-u`` does
        :return: that answer
        :raise Failure: it printed none
        """
        answer = self._ask_shell(database=database, program=program, update=update)
        for line in answer.splitlines():
            if line.startswith("RESULT "):
                return json.loads(line[7:])
        raise Failure(f"The program gave no answer on {database}: {answer[-3000:]}")

    def _ask_shell(self, **request):
        """Return the answer of the one process that has Odoo loaded, which answers one request after the other."""
        with self._asking:
            if not self._shell or self._shell.poll() is not None:
                self._shell = subprocess.Popen(
                    [self.python, "-m", "devtools.shell"],
                    cwd=CHECKOUT,
                    env=self.environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            print(json.dumps(request), file=self._shell.stdin, flush=True)
            return json.loads(self._shell.stdout.readline() or '"It has ended."')

    def elsewhere(self, environment):
        """Return the same Odoo on another PostgreSQL, to be closed; it keeps none running."""
        there = copy.copy(self)
        there.environment = {**self.environment, **environment}
        there.lock = there._shell = None
        there._asking = threading.Lock()
        return there

    def close(self):
        """End the process that programs are run by."""
        if self._shell:
            self._shell.communicate()

    def start_in_shell(self, database, program):
        """Begin to run Python in Odoo's shell, in a process of its own that may be killed.

        :rtype: Copy
        """
        with tempfile.TemporaryDirectory() as folder:
            pipe = os.path.join(folder, "pipe")
            os.mkfifo(pipe)
            output = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
            process = Copy(self._ask_shell, database=database, program=program, to=pipe)
            os.set_blocking(output, True)
            process.stdout = os.fdopen(output)
        return process

    def start_copy(self, port, database, *arguments):
        """Start a server as :meth:`start` does, without the wait for Odoo to be loaded.

        :rtype: Copy
        """
        need_port(port)
        log = cache() / "logs" / f"server-{port}.log"
        options = ["-d", database, "--http-interface=127.0.0.1", f"--http-port={port}", *arguments]
        process = Copy(self._ask_shell, database=database, arguments=options, to=str(log))
        return self._once_it_answers(process, port, log)

    def sql(self, statement, database="postgres"):
        """Run one SQL statement, outside a transaction, and return its rows."""
        if find_spec("psycopg2"):
            from . import sql

            try:
                return sql.run(database, statement, self.environment)
            except sql.psycopg2.Error as error:
                raise Failure(f"PostgreSQL says: {str(error).strip().splitlines()[-1]}") from error
        command = [self.python, "-m", "devtools.sql", database, statement]
        done = subprocess.run(command, cwd=CHECKOUT, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failure(f"PostgreSQL says: {done.stderr.strip().splitlines()[-1]}")
        return json.loads(done.stdout)

    def databases(self):
        """Return the names of all databases, the oldest first."""
        return [row[0] for row in self.sql("SELECT datname FROM pg_database ORDER BY oid")]

    def ignore_accents(self, name):
        """Let Odoo's own searches ignore accents on a database that was made without, where PostgreSQL can."""
        if self.sql("SELECT FROM pg_available_extensions WHERE name = 'unaccent'"):
            self.sql(ACCENTS, name)

    def drop(self, name):
        """Remove a database and its files."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(self.data / "filestore" / name, ignore_errors=True)

    def copy(self, source, name):
        """Make a database, with its files, from another one."""
        self.drop(name)
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        self.sql(RENEW, name)
        files = self.data / "filestore" / source
        if files.exists():
            shutil.copytree(files, self.data / "filestore" / name)
        return name

    def template(self, modules, label, **more):
        """Make a database with modules installed and French, once for each state of the code.

        :param more: as a :class:`Template` has it
        :return: the template's name; copy it, never work in it
        """
        template = Template(tuple(modules), label, **more)
        with provision.one_at_a_time(f"the database {template.kind}"):
            if template.name not in (existing := self.databases()):
                self._make(template, existing)
        return template.name

    def _make(self, template, existing):
        if template.key:  # some are kept: another clone may be at work on other code
            for outdated in [former for former in existing if former.startswith(f"{template.kind}_")][: 1 - KEPT]:
                self.drop(outdated)
        draft = f"{template.name}_draft"
        if template.on_top_of:
            self.copy(template.on_top_of, draft)
        else:
            self.drop(draft)
        if template.demo and template.on_top_of:
            # Our demo data alone: Odoo takes a module's only where its dependencies have theirs.
            self.sql("UPDATE ir_module_module SET demo = TRUE", draft)
        self.must_run(
            f"Installing {template.label}",
            f"{template.kind}.log",
            *("-d", draft, "-i", ",".join(template.modules), "--stop-after-init", "--no-http"),
            # What comes on top gets the languages that are there.
            *([f"--load-language={template.language}"] if template.language and not template.on_top_of else []),
            *(["--with-demo"] if template.demo else []),
        )
        if template.demo:
            self._make_assets(draft)
            self.sql(SILENCE, draft)
        self.sql(f'ALTER DATABASE "{draft}" RENAME TO "{template.name}"')
        with contextlib.suppress(FileNotFoundError):
            (self.data / "filestore" / draft).rename(self.data / "filestore" / template.name)

    def _make_assets(self, database):
        """Make scripts and styles, side by side."""
        scripts = self.start_in_shell(database, ASSETS.format(names=SCRIPTS, kind="js"))
        self.run_in_shell(database, ASSETS.format(names=STYLES, kind="css"))
        if "RESULT" not in (answer := scripts.stdout.read()):
            raise Failure(f"Scripts of pages cannot be made on {database}: {answer[-3000:]}")
        scripts.wait()

    def get_needs(self, addons=None):
        """Return the modules of Odoo's that these addons of ours depend on, by default all of this checkout."""
        events = "shifters_relations_events" in (addons or addons_present())
        return [*BASE, *(["mass_mailing_event"] if events else [])]

    def base_template(self, addons=None):
        """Make a database of Odoo with what these addons of ours depend on, by default all of this checkout."""
        first = self.template(BASE, f"Odoo's {', '.join(BASE)} (a minute, the first time)")
        needs = self.get_needs(addons)
        return first if needs == BASE else self.template(needs, f"Odoo's {', '.join(needs)}", on_top_of=first)

    def plain_template(self, addons=None):
        """Make a database of addons of ours without demo data, by default all of this checkout."""
        addons = addons or addons_present()
        return self.template(addons, ", ".join(addons), on_top_of=self.base_template(addons), key=addons_fingerprint())

    def demo_template(self):
        """Make a database of the addons of this checkout with their demo data."""
        return self.template(
            addons_present(),
            "Relations with its demo data",
            demo=True,
            on_top_of=self.base_template(),
            key=fingerprint(addons_fingerprint(), assets_fingerprint()),
        )

    def start(self, port, *arguments, log=None):
        """Start a server in the background and return its process, once it answers.

        :raise Failure: it ended, or does not answer within two minutes
        """
        need_port(port)
        program = cache() / "odoo-bin"
        if not program.exists():
            program.write_text(PROGRAM)
        python, _module, _odoo, *rest = self.command("--http-interface=127.0.0.1", f"--http-port={port}", *arguments)
        log = log or cache() / "logs" / f"server-{port}.log"
        with log.open("wb") as output, postgres.share(self.lock) as descriptors:
            process = subprocess.Popen(
                [python, str(program), *rest],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=descriptors,
            )
        return self._once_it_answers(process, port, log)

    @staticmethod
    def _once_it_answers(process, port, log):
        try:
            wait_for_login_page(port, process, log)
        except BaseException:
            process.terminate()
            raise
        return process


class Copy:
    """A process that was begun as a copy of the one that has Odoo loaded: what ``subprocess.Popen`` is for others.

    :param ask: gives the answer to a request, see :mod:`devtools.shell`
    :param request: what to begin
    """

    def __init__(self, ask, **request):
        self._ask = ask
        self.pid = ask(**request)
        self.returncode = None
        self.stdout = None

    def poll(self):
        """Return the exit code, nothing while it is at work."""
        if self.returncode is None:
            self.returncode = self._ask(process=self.pid)
        return self.returncode

    def wait(self, timeout=None):
        """Return the exit code, once it has ended.

        :param timeout: seconds
        :raise subprocess.TimeoutExpired: it has not ended by then
        """
        started = time.monotonic()
        while self.poll() is None:
            if timeout is not None and time.monotonic() - started > timeout:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.02)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)


@contextlib.contextmanager
def ready():
    """Provision what is missing and give a :class:`Odoo` whose database server runs."""
    with contextlib.ExitStack() as stack:
        with provision.one_at_a_time(), ThreadPoolExecutor() as pool:  # side by side, whatever is missing
            packages = pool.submit(lambda: (provision.python(), *stack.enter_context(postgres.running())))
            printer = pool.submit(_path_with_printer)
            home, addons = provision.odoo_path()
            python, environment, lock = packages.result()
        odoo = Odoo(python, home, addons, {**environment, "PATH": printer.result()}, lock)
        stack.callback(odoo.close)
        yield odoo


def _path_with_printer():
    """Return the search path with what makes PDF files; without it Odoo runs, and prints nothing."""
    try:
        return f"{provision.wkhtmltopdf().parent}{os.pathsep}{os.environ['PATH']}"
    except Failure as failure:
        say(f"    No printed pages: {failure}")
        return os.environ["PATH"]


def need_port(port):
    """Refuse a port that something else listens on.

    :raise Failure: the port is taken, or is no port
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise Failure(f"Port {port} cannot be used ({error}): choose another one with --port.") from error


def free_port():
    """Return a port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    """Return whether an Odoo login page answers on the port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/web/login", timeout=60) as page:
            return b'name="login"' in page.read()
    except (OSError, urllib.error.URLError):
        return False


def wait_for_login_page(port, process, log, seconds=120):
    """Wait until the server answers.

    :raise Failure: the process ended, or nothing answers in time
    """
    started = time.monotonic()
    while not answers(port):
        if process.poll() is not None:
            for line in tail(log, 8):
                print(f"    | {line}", file=sys.stderr)
            raise Failure(f"Odoo ended while it started: read {log}.")
        if time.monotonic() - started > seconds:
            raise Failure(f"Odoo does not answer on port {port} after {seconds} s: read {log}.")
        time.sleep(0.1)
    say(f"    answers after {time.monotonic() - started:.0f} s")
