"""Two servers on one data folder, haproxy before them; behind them PostgreSQL, pgbouncer between, and its copy.

What they are told is what lies in ``deployment``; nothing is filled in but addresses, and names of files.
"""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import psutil
import pytest
import requests
from aiosmtpd.controller import Controller
from balancer import SERVERS, Balancer, wait_until
from conftest import CHECKOUT, MAIL_SERVER, Postbox, end
from replay import learn, with_own_ids
from scene import Client
from test_load import IDS, PASSWORD, PREPARE

from devtools import provision
from devtools.odoo import free_port
from devtools.places import cache
from devtools.postgres import OwnCluster, as_its_user

DEPLOYMENT = CHECKOUT / "deployment"
PEOPLE = 8


def filled(name, changes):
    """Return a file of the deployment, with the addresses that it has here.

    :param dict changes: what stands there, and what stands here
    """
    text = (DEPLOYMENT / name).read_text()
    for former, now in changes.items():
        assert text.count(former) == 1, f"{name}: {former}"
        text = text.replace(former, now)
    return text


class Cluster:
    """All of it, on a copy of the demo where further members have portfolios.

    :param odoo: whose PostgreSQL has the demo
    :param Path folder: for what is written down
    """

    def __init__(self, odoo, folder):
        self.here, self.folder, self.stack = odoo, folder, contextlib.ExitStack()
        self.addons, self.servers, self.server_logs = folder / "addons", {}, []
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"

    def __enter__(self):
        with self.stack:
            self._start()
            self.stack = self.stack.pop_all()
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def _start(self):
        self.addons.mkdir()
        self.database = self.here.copy(self.here.demo_template(), f"cluster_{os.getpid()}")
        self.stack.callback(self.here.drop, self.database)
        settings = filled("postgresql.conf", {"listen_addresses = '*'": "listen_addresses = ''"})
        self.primary = self.stack.enter_context(OwnCluster(f"primary-{os.getpid()}", settings))
        self.primary.take_over(self.here.environment, self.database)
        self.odoo = self._reach(self.primary)
        self.postbox = self._receive_mails()
        program = MAIL_SERVER.replace("PORT", str(self.postbox.port)).replace('print("RESULT 1")', "")
        self.seats = self.odoo.run_in_shell(
            self.database, f"PEOPLE, PASSWORD = {PEOPLE}, {PASSWORD!r}\n{program}{PREPARE}"
        )
        self.replica = self.stack.enter_context(OwnCluster(f"replica-{os.getpid()}", primary=self.primary))
        self.copy = self._reach(self.replica)
        self.pooler = self._start_pgbouncer()
        self.ports = {name: (free_port(), free_port()) for name in SERVERS}
        for name in SERVERS:
            self.start(name)
        self.stack.callback(self.stop)
        self._start_haproxy()

    def _reach(self, cluster):
        """Return Odoo on one of the two clusters."""
        odoo = self.here.elsewhere(cluster.environment)
        odoo.addons_path += f",{self.addons}"
        self.stack.callback(odoo.close)
        return odoo

    def _receive_mails(self):
        box = Postbox()
        controller = Controller(box, hostname="127.0.0.1", port=free_port())
        controller.start()
        self.stack.callback(controller.stop)
        box.port = controller.port
        return box

    def _run(self, name, command, **popen):
        """Run a program until the end, its log beside the others."""
        log = cache() / "logs" / f"cluster-{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **popen)
        self.stack.callback(end, process)
        process.log = log
        return process

    def _start_pgbouncer(self):
        """Start what shares connections to the primary out, and return its port."""
        port = free_port()
        self.pgbouncer_file = self.replica.folder / "pgbouncer.ini"  # where PostgreSQL's own user may read
        self.pgbouncer_file.with_name("userlist.txt").write_text(f'"odoo" "{PASSWORD}"\n')
        self._lead_pgbouncer(port, self.primary)
        self.pgbouncer = self._run("pgbouncer", [provision.pgbouncer(), self.pgbouncer_file], **as_its_user())
        wait_until(lambda: _listens(port) or self.pgbouncer.poll() is not None)
        assert self.pgbouncer.poll() is None, self.pgbouncer.log.read_text()
        return port

    def _lead_pgbouncer(self, port, cluster):
        """Write its file, so that it leads to a cluster."""
        options = {
            "relations = host=db port=5432": f"{self.database} = host={cluster.sockets} port=5432",
            "postgres = host=db port=5432": f"postgres = host={cluster.sockets} port=5432",
            "listen_addr = *": "listen_addr = 127.0.0.1",
            "listen_port = 6432": f"listen_port = {port}",
            "/etc/pgbouncer/userlist.txt": str(self.pgbouncer_file.with_name("userlist.txt")),
        }
        self.pgbouncer_file.write_text(filled("pgbouncer.ini", options))

    def _start_haproxy(self):
        addresses = {"MEMBERS": f"127.0.0.1:{self.port}"}
        for name, (port, websockets) in self.ports.items():
            addresses[f"SERVER_{name.upper()}"] = f"127.0.0.1:{port}"
            addresses[f"WEBSOCKETS_{name.upper()}"] = f"127.0.0.1:{websockets}"
        self.haproxy = self.stack.enter_context(Balancer(self.folder, **addresses))
        wait_until(lambda: self.haproxy.has_begun() and self.haproxy.is_whole())

    # Servers

    def start(self, name):
        """Start a server, and wait until it answers."""
        port, websockets = self.ports[name]
        log = cache() / "logs" / f"cluster-server-{name}-{len(self.server_logs)}.log"
        self.server_logs.append(log)
        self.servers[name] = self.odoo.start(
            port,
            *("-c", DEPLOYMENT / "odoo.conf", "-d", self.database, f"--db-filter=^{self.database}$"),
            *(f"--addons-path={self.odoo.addons_path}", f"--data-dir={self.odoo.data}"),
            *(f"--gevent-port={websockets}", "--db_user=odoo", f"--db_password={PASSWORD}"),
            *("--db_host=127.0.0.1", f"--db_port={self.pooler}"),
            # Directly: with pgbouncer between, Odoo would never notice that the copy has gone.
            *(f"--db_replica_host={self.replica.sockets}", "--db_replica_port=5432"),
            log=log,
        )

    def kill(self, name):
        """Kill a server with all its processes, and wait until the last is gone: while one dies, it takes connections.

        haproxy gives to the other server what is refused, and what writes never again once it was taken.
        """
        os.killpg(self.servers[name].pid, signal.SIGKILL)
        self.servers[name].wait()
        wait_until(lambda: not any(map(_listens, self.ports[name])))

    def stop(self):
        """End both servers."""
        for process in self.servers.values():
            process.terminate()
        for process in self.servers.values():
            end(process)

    def restart(self, name):
        """Restart a server while the other one serves."""
        self.take_out(name)
        self.servers[name].terminate()
        self.servers[name].wait(60)
        self.bring_back()

    def measure_logs(self):
        """Return how long each log is, for :meth:`read_log`: several servers write at the same time."""
        return {log: log.stat().st_size for log in self.server_logs}

    def read_log(self, since=None):
        """Return what the servers have logged, each from where its log ended then, up to now."""
        sizes = since or {}
        return "".join(log.read_bytes()[sizes.get(log, 0) :].decode(errors="replace") for log in self.server_logs)

    # haproxy

    def take_out(self, name):
        """Let a server get no more requests, and wait until those that it has are answered."""
        self.haproxy.tell(f"set server servers/{name} state drain")
        self.haproxy.tell(f"set server websockets/{name} state maint")
        wait_until(lambda: self.haproxy.read_state("servers", name)["scur"] == "0")

    def bring_back(self):
        """Let both servers get requests again, each started where it has died."""
        for name in SERVERS:
            if self.servers[name].poll() is not None:
                self.start(name)
            for backend in ("servers", "websockets"):
                self.haproxy.tell(f"set server {backend}/{name} state ready")
        wait_until(self.haproxy.is_whole)

    # PostgreSQL

    def set(self, odoo, name, value):
        """Change a setting of one of the two clusters, which heeds it at once."""
        odoo.sql(f"ALTER SYSTEM SET {name} = '{value}'")
        odoo.sql("SELECT pg_reload_conf()")
        wait_until(lambda: odoo.sql(f"SHOW {name}") == [[value]])

    def wait_for_copy(self):
        """Wait until the copy has all that the primary has."""
        [[position]] = self.odoo.sql("SELECT pg_current_wal_lsn()::text")
        is_there = f"SELECT coalesce(pg_last_wal_replay_lsn() >= '{position}'::pg_lsn, FALSE)"
        wait_until(lambda: self.copy.sql(is_there) == [[True]])

    def promote(self):
        """Lose the primary, and let the copy take its place."""
        self.primary.control("stop", "-m", "immediate")
        self.copy.sql("SELECT pg_promote()")
        self.primary, self.replica = self.replica, self.primary
        self.odoo, self.copy = self.copy, self.odoo
        self._lead_pgbouncer(self.pooler, self.primary)
        self.pgbouncer.send_signal(signal.SIGHUP)

    def begin_copy(self):
        """Begin a copy of the primary on the machine of the former one."""
        self.replica.begin_copy(self.primary)
        self.replica.control("start")
        self.wait_for_copy()

    def free_commits(self):
        """Run what lets commits wait for the copy while it follows, and only then."""
        path = f"{self.primary.binaries}{os.pathsep}{os.environ['PATH']}"
        environment = {**self.odoo.environment, "PATH": path}
        subprocess.run([DEPLOYMENT / "free-commits.sh"], env=environment, check=True)

    def update(self, *arguments):
        """Install or update modules beside the servers, and return the exit code."""
        options = (f"--addons-path={self.odoo.addons_path}", "--stop-after-init", "--no-http", "--max-cron-threads=0")
        with (cache() / "logs" / "cluster-update.log").open("ab") as log:
            return self.odoo.run("-d", self.database, *arguments, *options, stdout=log, stderr=subprocess.STDOUT)

    # What it takes

    def read_clocks(self):
        """Return the seconds of processor that each part has taken so far."""
        roots = {
            "Odoo": [server.pid for server in self.servers.values()],
            "primary": [_postmaster(self.primary)],
            "replica": [_postmaster(self.replica)],
            "haproxy": [self.haproxy.process.pid],
        }
        return {name: sum(map(_get_seconds, pids)) for name, pids in roots.items()}


def _listens(port):
    with socket.socket() as probe:
        return not probe.connect_ex(("127.0.0.1", port))


def _postmaster(cluster):
    return int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])


def _get_seconds(pid):
    """Return the seconds of processor of a process and of all that it has started."""
    process, total = psutil.Process(pid), 0.0
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            total += times.user + times.system
            if each is process:
                total += times.children_user + times.children_system
    return total


@pytest.fixture(scope="module")
def cluster(odoo, tmp_path_factory):
    """Two servers and what belongs to them, for all steps."""
    with Cluster(odoo, tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


class Member(threading.Thread):
    """A member who does her morning again and again without a pause, as a browser has sent it once.

    :param Cluster cluster: where
    :param dict seat: who, and with which records
    :param dict morning: what was recorded: ``pages``, ``recorded`` (ids)
    """

    def __init__(self, cluster, seat, morning):
        super().__init__()
        self.address, self.seat, self.morning = cluster.address, seat, morning
        self.session = Client(self.address, cluster.database, seat["login"], PASSWORD).session
        self.over = threading.Event()
        self.seconds, self.errors, self.mornings = [], [], 0

    def run(self):
        rank = 0
        while not self.over.is_set():
            target, _contact = self.seat["records"][rank % len(self.seat["records"])]
            rank += 1
            own = dict(zip(self.morning["recorded"], [self.seat["user"], self.seat["partner"], target], strict=True))
            self.mornings += all(
                self._send(request, own) for page in self.morning["pages"] for request in page["requests"]
            )

    def _send(self, request, own):
        """Send a request as hers; after one that fails she begins her morning again.

        :return: whether it was answered, and the morning goes on
        """
        if self.over.is_set():
            return False
        began = time.time()
        try:
            answer = self.session.post(
                self.address + request["path"], json=with_own_ids(request["body"], own), timeout=120
            )
            content = answer.json() if answer.ok else {"error": answer.status_code}
        except (OSError, ValueError) as error:
            content = {"error": repr(error)}
        self.seconds.append(time.time() - began)
        if "error" in content:
            self.errors.append((time.time(), f"{request['name']}: {str(content['error'])[:1500]}"))
            return False
        learn(request["result"], content["result"], own, IDS)
        return True


@contextlib.contextmanager
def at_work(cluster, morning):
    """Let eight members work inside the block; after it they have done what they were at.

    :return: the members
    """
    members = [Member(cluster, seat, morning) for seat in cluster.seats[1:]]
    for member in members:
        member.start()
    try:
        yield members
    finally:
        for member in members:
            member.over.set()
        for member in members:
            member.join()


def write_down(line):
    """Print a figure, and leave it for the last words of the run."""
    print(line)
    if file := os.environ.get("FIGURES"):
        with Path(file).open("a") as figures:
            figures.write(f"{line}\n")


def ask(address, values=None):
    """Send a form, or look at a page, and return its status and its text."""
    method = requests.get if values is None else requests.post
    answer = method(address, data=values, timeout=120)
    return answer.status_code, answer.text
