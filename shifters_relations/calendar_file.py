"""Calendar files that phones subscribe to (RFC 5545), whatever Outlook, Google and Apple make of the finer points."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import vobject
from dateutil.tz import UTC

from .texts import one_line

LINE_OCTETS = 75
REFRESH = "PT4H"
PRODUCT = "-//Relations//Next contacts//EN"


@dataclass(frozen=True)
class Entry:
    """One entry of a calendar; times are in UTC without time zone, days are dates.

    ``stop`` is the first moment, or day, after it, which may be none. ``changed`` is since when it is so, and
    ``sequence`` grows with each change. A public one, of others, takes nobody's time.
    """

    uid: str
    start: date
    stop: date | None
    summary: str
    changed: datetime
    place: str = ""
    text: str = ""
    url: str = ""
    sequence: int = 0
    is_cancelled: bool = False
    is_public: bool = False


def write_calendar(name, entries):
    """Return a calendar file, as bytes, the same for the same entries.

    No METHOD: with one, Outlook takes it for an invitation. Moments are in UTC, which each phone shows as it is where
    it is, so that no description of time zones can be misread.

    >>> entry = Entry("1@x", date(2026, 3, 11), None, "A, B;\\\\ C", datetime(2026, 3, 1, 8))
    >>> print("\\n".join(write_calendar("Contacts", [entry]).decode().split("\\r\\n")[8:-2]))
    BEGIN:VEVENT
    UID:1@x
    DTSTART;VALUE=DATE:20260311
    DTEND;VALUE=DATE:20260312
    CLASS:PRIVATE
    DTSTAMP:20260301T080000Z
    LAST-MODIFIED:20260301T080000Z
    SEQUENCE:0
    STATUS:CONFIRMED
    SUMMARY:A\\, B\\;\\\\ C
    TRANSP:TRANSPARENT
    END:VEVENT
    """
    calendar = vobject.iCalendar()
    _put(calendar, "prodid", PRODUCT)
    _put(calendar, "calscale", "GREGORIAN")
    _put(calendar, "name", one_line(name))
    _put(calendar, "x-wr-calname", one_line(name))
    _put(calendar, "refresh-interval", REFRESH).params["VALUE"] = ["DURATION"]
    _put(calendar, "x-published-ttl", REFRESH)
    for entry in entries:
        _add_entry(calendar, entry)
    # Its own folding counts letters for octets.
    text = calendar.serialize(lineLength=10**9)
    return b"".join(map(_fold, text.removesuffix("\r\n").split("\r\n")))


def get_tag(name, entries):
    """Return what tells a calendar from what it was before (HTTP's ETag)."""
    return hashlib.sha256(repr((name, entries)).encode()).hexdigest()[:32]


def _add_entry(calendar, entry):
    event = calendar.add("vevent")
    whole_day = not isinstance(entry.start, datetime)
    stop = entry.stop
    if whole_day and not (stop and stop > entry.start) and entry.start < date.max:
        stop = entry.start + timedelta(days=1)
    _put(event, "uid", entry.uid)
    _put(event, "dtstart", _localize(entry.start))
    if stop and stop > entry.start:
        _put(event, "dtend", _localize(stop))
    _put(event, "dtstamp", _localize(entry.changed))
    _put(event, "last-modified", _localize(entry.changed))
    _put(event, "sequence", str(entry.sequence))
    _put(event, "status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    _put(event, "class", "PUBLIC" if entry.is_public else "PRIVATE")
    _put(event, "transp", "TRANSPARENT" if whole_day or entry.is_cancelled or entry.is_public else "OPAQUE")
    _put(event, "summary", one_line(entry.summary))
    if entry.place:
        _put(event, "location", one_line(entry.place))
    if entry.text:
        _put(event, "description", "\n".join(map(one_line, entry.text.splitlines())))
    if entry.url:
        _put(event, "url", entry.url)


def _put(component, name, value):
    line = component.add(name)
    line.value = value
    return line


def _localize(moment):
    """Return a moment of UTC as one that says so; a day stays a day."""
    if isinstance(moment, datetime):
        return moment.replace(microsecond=0, tzinfo=UTC)  # vobject's own: another one it would compare for milliseconds
    return date(moment.year, moment.month, moment.day)  # vobject looks at the very type


def _fold(line):
    """Return a line in lines of 75 octets at most, no letter cut in two.

    >>> [len(part) for part in _fold("é" * 100).split(b"\\r\\n")]
    [74, 75, 53, 0]
    """
    if len(line.encode()) <= LINE_OCTETS:
        return line.encode() + b"\r\n"
    folded, length = [], 0
    for letter in line:
        octets = letter.encode()
        if length + len(octets) > LINE_OCTETS:
            folded.append(b"\r\n ")
            length = 1
        folded.append(octets)
        length += len(octets)
    return b"".join(folded) + b"\r\n"
