"""The list of who was anonymised, kept outside the database: a restored backup forgets them again.

A text file with a line of JSON for each person, only ever added to. It names nobody: a person is told by
her number and by the moment at which her row was made, which a backup keeps; a number that is given again
after a restore was made at another moment. Lines of several databases may stand in it, in any order, and
files may be joined: each line names its database.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime


@dataclass(frozen=True)
class Person:
    """Somebody as the list tells her.

    :param int id: of her row
    :param str created: when it was made, in UTC as ISO 8601 with its fractions; empty where nobody knows
    """

    id: int
    created: str


@dataclass(frozen=True)
class Entry:
    """One line: that somebody was anonymised, or was merged into somebody else, who is she from then on.

    :param str database: which one, as it calls itself
    :param str on: when, in UTC as ISO 8601
    :param Person person: who
    :param Person into: whom she was merged into, where this is no anonymisation
    :param bool is_refused: her addresses are not to be written to again
    :param bool in_texts: texts were freed of her name too
    """

    database: str
    on: str
    person: Person
    into: Person | None = None
    is_refused: bool = False
    in_texts: bool = True


def write_line(entry):
    r"""Return the line of an entry.

    >>> line = write_line(Entry("db", "2026-03-02T10:00:00", Person(7, "2026-03-01T10:00:00.500000")))
    >>> read_lines(line.encode())[0][0].person
    Person(id=7, created='2026-03-01T10:00:00.500000')
    """
    return json.dumps({key: value for key, value in asdict(entry).items() if value is not None}) + "\n"


def read_lines(content):
    r"""Return the entries of a file, and the numbers of the lines that are none: half written, or changed by hand.

    Lines may end as some editors end them, a blank one is nothing.

    >>> line = write_line(Entry("db", "2026-03-02T10:00:00", Person(7, ""), is_refused=True)).encode()
    >>> entries, bad = read_lines(b"\xef\xbb\xbf" + line.replace(b"\n", b"\r\n") + b"\r\n" + line[:-9])
    >>> entries[0].is_refused, len(entries), bad
    (True, 1, [3])
    >>> [read_lines(line.replace(b"7", number)) for number in (b'"7"', b"77777777777", b"true", b"-7")]
    [([], [1]), ([], [1]), ([], [1]), ([], [1])]
    """
    entries, bad = [], []
    for number, line in enumerate(content.decode("utf-8-sig", errors="replace").splitlines(), 1):
        if not line.strip("\0 \t"):
            continue
        try:
            entries.append(_read(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError):
            bad.append(number)
    return entries, bad


def _read(values):
    """Return the entry of what a line holds.

    :raise Exception: it holds none
    """
    person, into = (_read_person(values[key]) if values.get(key) else None for key in ("person", "into"))
    entry = Entry(**{**values, "person": person, "into": into})
    datetime.fromisoformat(entry.on)
    if not (person and isinstance(entry.database, str)):
        raise ValueError(values)
    return entry


def _read_person(values):
    person = Person(**values)
    if type(person.id) is not int or not 0 < person.id < 2**31:
        raise ValueError(values)
    return Person(person.id, person.created and datetime.fromisoformat(person.created).isoformat())


def get_forgotten(entries, databases):
    """Return whom a database has to forget: the entries of anonymisations by :class:`Person`.

    Whoever was merged into one of them before is she.

    :param databases: how this database has called itself so far

    >>> ada, ada_again, bob = Person(1, ""), Person(2, ""), Person(3, "")
    >>> entries = [
    ...     Entry("db", "2026-03-02T10:00:00", ada_again),
    ...     Entry("db", "2026-03-01T10:00:00", ada, into=ada_again),
    ...     Entry("db", "2026-03-03T10:00:00", bob, into=ada_again),
    ...     Entry("a copy", "2026-03-04T10:00:00", bob),
    ... ]
    >>> sorted(person.id for person in get_forgotten(entries, {"db"}))
    [1, 2]
    """
    own = sorted((entry for entry in entries if entry.database in databases), key=lambda entry: entry.on)
    forgotten = {entry.person: entry for entry in own if not entry.into}
    for entry in reversed(own):
        final = forgotten.get(entry.into)
        if final and entry.on <= final.on:
            forgotten.setdefault(entry.person, final)
    return forgotten


def read(path):
    """Return the entries of the list, and the numbers of the lines that cannot be read; none where there is no file.

    :raise OSError: it cannot be read
    """
    try:
        with open(path, "rb") as file:
            return read_lines(_read_all(file))
    except FileNotFoundError:
        return [], []


def add(path, entries, databases):
    """Add to the list those of the entries that it does not hold, each whole, and see them on the disk.

    What two servers add at once, and what follows a line that a crash has cut, stands on lines of its own.

    :param databases: how this database has called itself so far
    :raise OSError: it cannot be written
    """
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "a+b") as file:
        _lock(file)
        content = _read_all(file)
        known = {(entry.person, entry.into) for entry in read_lines(content)[0] if entry.database in databases}
        new = {(entry.person, entry.into): entry for entry in entries if (entry.person, entry.into) not in known}
        if new:
            text = "".join(map(write_line, new.values())).encode()
            file.write(text if content.endswith(b"\n") or not content else b"\n" + text)
            file.flush()
            os.fsync(file.fileno())


def _read_all(file):
    file.seek(0)
    return file.read(os.fstat(file.fileno()).st_size)  # of what is no regular file, nothing


def _lock(file):
    """Let no other server write until the file is closed, where the system can."""
    with suppress(ImportError):
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
