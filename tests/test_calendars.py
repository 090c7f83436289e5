"""Calendars are read as a folder each says, whatever wrote them: a new one is one more folder."""

import doctest
import importlib.util
import json
import sys
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devtools.places import CHECKOUT

ADDON = CHECKOUT / "shifters_relations_events"
FOLDERS = sorted((ADDON / "tests" / "calendars").iterdir())
TODAY = date(2026, 3, 10)


def load(name):
    """A module of the addon that needs no Odoo."""
    specification = importlib.util.spec_from_file_location(name, ADDON / f"{name}.py")
    sys.modules[name] = module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


calendars = load("calendars")
EVENT = (ADDON / "tests" / "calendars" / "plain" / "feed.ics").read_bytes()


def read(content, **options):
    return calendars.read_calendar(content, TODAY, **options)


def test_the_examples_are_true():
    failed, tried = doctest.testmod(calendars)
    assert tried and not failed


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_calendar_is_read_as_its_folder_says(folder):
    content, expected = (folder / "feed.ics").read_bytes(), json.loads((folder / "expected.json").read_text("utf-8"))
    if "unreadable" in expected:
        with pytest.raises(calendars.Unreadable) as refused:
            read(content)
        assert refused.value.reason == expected["unreadable"]
        return
    found = read(content)
    entries = [
        {**vars(entry), "start": entry.start.isoformat(), "stop": entry.stop.isoformat()} for entry in found.entries
    ]
    told = [{key: entry[key] for key in said} for entry, said in zip(entries, expected["entries"], strict=False)]
    assert (told, len(entries)) == (expected["entries"], len(expected["entries"])), found.skipped
    assert [line.reason for line in found.skipped] == expected["skipped"]
    names = [(entry["uid"], entry["recurrence_id"]) for entry in entries]
    assert len({*names}) == len(names), "each is found again by its name"


def test_nobody_is_named_of_whom_a_calendar_tells():
    told = str(read(EVENT))
    assert "Congrès" in told
    assert not any(word in told for word in ("Ada", "bob", "06 12"))


def test_a_private_event_is_not_named():
    private = next(folder for folder in FOLDERS if folder.name == "states")
    assert "Secret" not in str(read((private / "feed.ics").read_bytes()))


def test_without_the_packages_it_is_said_which(monkeypatch):
    for name in ("icalendar", "recurring_ical_events"):
        with monkeypatch.context() as missing, pytest.raises(calendars.Unreadable) as refused:
            missing.setitem(sys.modules, name, None)
            read(EVENT)
        assert refused.value.reason == "needs_packages"


def test_a_calendar_has_limits():
    for number, reason, most in ((calendars.MAX_EVENTS + 1, "too_many", 0), (300, "", 300)):
        event = "BEGIN:VEVENT\nUID:{0}\nDTSTART:{1}0512T{2:02}0000Z\nSUMMARY:{0}\nEND:VEVENT\n"
        year = "2020" if reason else "2026"
        told = "".join(event.format(n, year, n % 24) for n in range(number))
        found = read(f"BEGIN:VCALENDAR\n{told}END:VCALENDAR\n".encode())
        assert len(found.entries) == most
        assert [line.reason for line in found.skipped] == [reason] * bool(reason)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_damaged_event_loses_no_other(data):
    lines = EVENT.split(b"\r\n")
    start, stop = lines.index(b"BEGIN:VEVENT"), lines.index(b"END:VEVENT")
    place = data.draw(st.integers(start + 1, stop - 1))
    noise = data.draw(st.binary(max_size=30)).replace(b"\n", b"").replace(b"\r", b"")
    damaged = [*lines[:place], lines[place][: data.draw(st.integers(0, 30))] + noise, *lines[place + 1 :]]
    other = EVENT.replace("Congrès".encode(), b"Other").replace(b"a@x", b"other@x")
    found = read(b"\r\n".join(damaged) + other)
    assert "Other" in [entry.name for entry in found.entries]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_a_file_is_it_is_read_or_refused(content):
    with suppress(calendars.Unreadable):
        read(content)
    begun = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:"
    assert len(read(begun + content).entries) <= 1
