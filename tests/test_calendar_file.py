"""Calendar files are read alike by three libraries, whatever stands in a name (P1)."""

import doctest
from datetime import date, datetime

import icalendar
import ics
import pytest
import vobject
from pure import load

calendar_file = load("calendar_file")


def test_its_examples_run():
    failed, tried = doctest.testmod(calendar_file)
    assert tried >= 3
    assert not failed


@pytest.mark.parametrize(
    "name",
    [
        "",
        "A, B; C:D \\ \\, \\; \"E\" 'F' = (G)",
        "é" * 37 + "x" + "é" * 40,
        "👩‍👩‍👧 " * 30,
        "前" * 25 + "a" * 3 + "前" * 25,
        "x\r\nEND:VEVENT\r\nBEGIN:VALARM",
        "\ufeffa\u2028b\u2029c\x85d\x0be\x00f\x1b",
        "BEGIN:VEVENT",
        "ends with a backslash \\",
        " " * 80 + "space" + " " * 80,
    ],
)
def test_a_name_stays_one_line_and_itself(name):
    clean = calendar_file.one_line(name)
    entries = [
        calendar_file.Entry("1@x", date(2026, 3, 29), None, name, datetime(2026, 3, 1), name, f"{name}\nhttps://x/1"),
        calendar_file.Entry("2@x", datetime(2026, 3, 29, 0, 30), datetime(2026, 3, 29, 2), name, datetime(2026, 3, 1)),
    ]
    content = calendar_file.write_calendar("Contacts", entries)
    assert content == calendar_file.write_calendar("Contacts", entries)
    lines = content.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, lines)) <= 75
    for line in lines:
        assert not {b"\r"[0], b"\n"[0], 0} & set(line)
        line.decode()  # no letter is cut in two
    calendar = icalendar.Calendar.from_ical(content)
    read = calendar.walk("VEVENT")
    others = next(vobject.readComponents(content.decode())).vevent_list
    thirds = {event.uid: event for event in ics.Calendar(content.decode()).events}
    assert [str(event["UID"]) for event in read] == ["1@x", "2@x"] == sorted(thirds)
    for event, other in zip(read, others, strict=True):
        assert not event.errors
        third = thirds[str(event["UID"])]
        assert str(event["SUMMARY"]).strip() == other.summary.value.strip() == (third.name or "").strip() == clean
        assert event["DTSTART"].dt == other.dtstart.value
