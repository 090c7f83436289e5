"""PostgreSQL restarted while a team validates its syntheses: everybody goes on, each contact is there once.

Odoo's own limits, with any addon or none: a threaded server's scheduler that finds no PostgreSQL at that moment
never looks again, and a master of worker processes that has one to replace then ends. So jobs are for whoever
supervises the server to bring back; what is tested here is what people meet.
"""

import os
import threading
import time

import pytest
from conftest import start_server
from scene import Client, broken, number, prepare

from devtools.odoo import free_port
from devtools.postgres import OwnCluster

PEOPLE = ("helene", "marc", "lea", "organiser", "second", "pilot")
EACH = 25
# An immediate stop is a crash: nothing is flushed, the write-ahead log is replayed.
RESTARTS = ("immediate", "fast", "immediate")
PATIENCE = 60  # seconds


@pytest.fixture
def elsewhere(odoo, plain_database):
    """Odoo on a cluster of its own that holds a copy of the database."""
    with OwnCluster(f"restarted-{os.getpid()}") as cluster:
        cluster.take_over(odoo.environment, plain_database)
        there = odoo.elsewhere(cluster.environment)
        there.cluster = cluster
        yield there
        there.close()


class Writer(threading.Thread):
    """A member who writes contacts one after the other, and begins again where the server does not answer."""

    def __init__(self, address, database, login, targets):
        super().__init__()
        self.seat = (address, database, login)
        self.client = Client(*self.seat)
        self.login, self.targets = login, targets
        self.refused, self.lost = [], []

    def run(self):
        for rank in range(EACH):
            deadline = time.monotonic() + PATIENCE
            while not self._write(rank):
                if time.monotonic() > deadline:
                    self.lost.append(rank)
                    break
                time.sleep(0.1)

    def _write(self, rank):
        """Look whether the synthesis is there, as a person would, write it if not, and validate it.

        :return: whether it is validated
        """
        text = f"{self.login} {rank}"
        try:
            found = self.client.call(
                "relationship.synthesis", "search_read", [["summary", "ilike", f"{text}<"]], ["state"]
            )
            if not found:
                values = {"partner_id": self.targets[rank % len(self.targets)], "summary": f"<p>{text}</p>"}
                self.client.call("relationship.synthesis", "create", [values])
                return False
            if found[0]["state"] != "done":
                self.client.call("relationship.synthesis", "action_validate", [found[0]["id"]])
                return False
        except (OSError, RuntimeError, KeyError) as error:
            self.refused.append(error)
            return False
        return True


def test_restarted_under_load_the_server_answers_again_and_nothing_is_lost(elsewhere, plain_database):
    targets = prepare(elsewhere, plain_database, "", "targets.ids", targets=30)
    port = free_port()
    server = start_server(elsewhere, port, plain_database)
    try:
        address = f"http://localhost:{port}"
        writers = [Writer(address, plain_database, login, targets[rank * 5 :][:5]) for rank, login in enumerate(PEOPLE)]
        for writer in writers:
            writer.start()
        for mode in RESTARTS:
            time.sleep(2)
            assert any(writer.is_alive() for writer in writers), "under load"
            elsewhere.cluster.control("restart", "-m", mode)
        for writer in writers:
            writer.join()
        assert server.poll() is None, "the same server answers"
        assert sum(len(writer.refused) for writer in writers), "the restarts were felt"
        assert not [writer.lost for writer in writers if writer.lost]
        contacts = "SELECT count(*) FROM relationship_synthesis WHERE state = 'done'"
        assert number(elsewhere, plain_database, contacts) == len(PEOPLE) * EACH
        texts = "SELECT count(DISTINCT summary) FROM relationship_synthesis"
        assert number(elsewhere, plain_database, texts) == len(PEOPLE) * EACH, "each once"
        assert broken(elsewhere, plain_database) == []
    finally:
        server.kill()
        server.wait()
