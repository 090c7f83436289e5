"""The list of who was anonymised: its examples, several writers at once, a line that a crash has cut."""

import doctest
import subprocess
import sys

import pure

from devtools.places import CHECKOUT

forgotten = pure.load("forgotten")

WRITE = """
import sys
sys.path.insert(0, sys.argv[1])
import pure
forgotten = pure.load("forgotten")
for number in range(100):
    person = forgotten.Person(int(sys.argv[3]) * 1000 + number, "2026-03-01T10:00:00")
    forgotten.add(sys.argv[2], [forgotten.Entry("db", "2026-03-02T10:00:00", person)] * 2, {"db"})
"""


def test_its_examples():
    failures, tried = doctest.testmod(forgotten)
    assert not failures
    assert tried > 5


def test_what_is_written_at_once_after_a_crash_is_whole_and_once(tmp_path):
    path = tmp_path / "folder" / "list.jsonl"
    path.parent.mkdir()
    path.write_text('{"database": "db", "on": "2026-03-02T10:00:00", "person": {"id": 51')
    command = [sys.executable, "-c", WRITE, str(CHECKOUT / "tests"), str(path)]
    writers = [
        subprocess.Popen([*command, str(number)], env={"PYTHONPATH": str(CHECKOUT)}, cwd=CHECKOUT)
        for number in (1, 2, 3)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    entries, bad = forgotten.read(path)
    assert bad == [1], "the cut line alone"
    expected = [writer * 1000 + number for writer in (1, 2, 3) for number in range(100)]
    assert sorted(entry.person.id for entry in entries) == expected
