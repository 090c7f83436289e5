"""haproxy on the file of ``deployment``, with the addresses that a test gives it."""

import contextlib
import os
import socket
import subprocess
import time

from conftest import CHECKOUT, end

from devtools import provision
from devtools.places import cache

SERVERS = ("a", "b")


def wait_until(is_so, seconds=60):
    """Wait until something is so.

    :raise AssertionError: it is not in time
    """
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, is_so
        time.sleep(0.1)


class Balancer:
    """haproxy at work, until the end of a ``with`` block.

    :param Path folder: for its socket
    :param addresses: what its file takes from the environment
    """

    def __init__(self, folder, **addresses):
        self.socket = folder / "haproxy.sock"
        self.environment = {**os.environ, **addresses, "HAPROXY_ADMIN": str(self.socket)}
        self.log = cache() / "logs" / f"haproxy-{os.getpid()}.log"

    def __enter__(self):
        command = [provision.haproxy(), "-f", CHECKOUT / "deployment" / "haproxy.cfg"]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(command, env=self.environment, stdout=output, stderr=subprocess.STDOUT)
        return self

    def __exit__(self, *_error):
        end(self.process)

    def has_begun(self):
        """Return whether it can be told something.

        :raise AssertionError: it has ended
        """
        assert self.process.poll() is None, self.log.read_text()
        with contextlib.suppress(OSError):
            return bool(self.tell("show info"))
        return False

    def tell(self, command):
        """Tell it something, and return its answer."""
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(str(self.socket))
            channel.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: channel.recv(65536), b"")).decode()

    def read_state(self, backend, name):
        """Return what it knows of a server, by the names of its statistics."""
        header, *rows = self.tell("show stat").removeprefix("# ").splitlines()
        rows = (dict(zip(header.split(","), row.split(","), strict=False)) for row in rows)
        return next(row for row in rows if (row["pxname"], row["svname"]) == (backend, name))

    def is_whole(self):
        """Return whether it gives requests to both servers."""
        states = [self.read_state(backend, name) for backend in ("servers", "websockets") for name in SERVERS]
        return all(state["status"] == "UP" for state in states)
