"""What an organisation's calendar tells, whatever wrote it, without Odoo.

A calendar is read event by event: what is wrong with one is said, and costs none of the others. Of each only what an
agenda shows is taken (when, what, where, and the link); who organises or attends it, and what is written of it, is
never looked at. Dates are understood here; what repeats is unfolded by libraries, ``icalendar`` and
``recurring_ical_events``, which are optional.
"""

import base64
import hashlib
import quopri
import re
import time as clock
from collections import defaultdict
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, available_timezones

MAX_EVENTS = 20_000  # of a file
MAX_ENTRIES = 5_000  # of a calendar, within the window
MAX_SERIES = 1_000  # of what repeats
MAX_SKIPPED = 200  # lines that say what was left out
MAX_SECONDS = 20
MAX_TEXT, MAX_ADDRESS = 250, 2_000  # characters
MAX_MARKUP = 5_000  # characters of a text that are looked at, with its markup
MAX_A_DAY = 12  # times that one event may repeat
FIRST_YEAR, LAST_YEAR = 1900, 2200
MONTHS_BEFORE, MONTHS_AHEAD = 1, 18
NOON = time(12)
DEFAULT_ZONE = "Europe/Paris"
DATES = {"DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE"}
TEXTS = {"SUMMARY", "LOCATION", "URL", "UID", "STATUS", "CLASS"}
TAKEN = DATES | TEXTS | {"DURATION", "RRULE", "EXRULE", "SEQUENCE", "LAST-MODIFIED", "DTSTAMP"}
PROPERTY = re.compile(r'([A-Za-z0-9-]+)\s*((?:;(?:[^":;]|"[^"]*")*)*)\s*:(.*)', re.DOTALL)
# Names of time zones hold colons that their authors do not quote.
DATED = re.compile(r"([A-Za-z-]+)(.*?):\s*((?:[+-]?\d{3,}|P)[^\s]*(?: \d\d:\S*)?)\s*")
MOMENT = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?", re.IGNORECASE
)
LABEL = re.compile(r"[A-Za-z0-9-]+\s*[;:]")
FOLDED = 70  # bytes of a line, from which a program has cut it
TZID = re.compile(r';TZID=("[^"]*"|.*?(?=;[A-Z-]+=|$))', re.IGNORECASE)
LASTING = re.compile(r"\+?P(?=[\dT])(\d{1,4}W)?(\d{1,4}D)?(T(\d{1,5}H)?(\d{1,6}M)?(\d{1,7}S)?)?", re.IGNORECASE)
RULE_PART = re.compile(r"[A-Z]+=[^;=]+")
OFFSET = re.compile(r"(?:GMT|UTC)\s*([+-])(\d\d?)[.:]?(\d\d)?", re.IGNORECASE)
ABBREVIATED = {"z": "UTC", "cest": "Europe/Paris", "mez": "Europe/Berlin", "mesz": "Europe/Berlin"}
BY_OFFSET = {0: "Europe/London", 1: "Europe/Paris", 2: "Europe/Athens", 3: "Europe/Moscow"}
TAG = re.compile(r"<(?:!--.*?--|/?[a-zA-Z][^<>]*)>", re.DOTALL)
MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);")
BEGIN = re.compile(rb"(?:^|[\r\n])[ \t]*begin:vcalendar\s", re.IGNORECASE)
FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff]+")
MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
ALTERNATE = re.compile(rb"<link\b[^>]*\btype=[\"']?text/calendar[^>]*>", re.IGNORECASE)
HREF = re.compile(rb"\bhref=[\"']?([^\"'\s>]+)", re.IGNORECASE)
POSTCODE = re.compile(r"\b(?:F-)?\d{5}\s+([^\W\d_][^,;()/0-9]*)")
COUNTRIES = {"france", "fr", "fra", "belgique", "belgium", "be", "suisse", "switzerland", "ch", "luxembourg", "lu"}
TOWN = re.compile(r"[^\W\d_][^\W\d_'’ .-]*(?:[ '’.-]+[^\W\d_]+)*")


class Unreadable(Exception):
    """Why nothing of a calendar is read.

    :param reason: a key: ``empty``, ``page``, ``news``, ``json``, ``not_calendar``, ``needs_packages``
    """

    def __init__(self, reason, value=""):
        super().__init__(reason)
        self.reason = reason
        self.value = value


class TooLong(BaseException):
    """A series takes too long to unfold; no library that tolerates errors may hold it back."""


@dataclass
class Entry:
    """One event at one time.

    :param start: in UTC, without zone; a day where it lasts all day
    :param stop: the same, the last day included
    """

    uid: str
    recurrence_id: str
    start: datetime | date
    stop: datetime | date
    all_day: bool
    name: str
    place: str
    url: str


@dataclass
class Skipped:
    """What was not understood of an event, or why it is left out.

    :param reason: a key. The event is left out: ``no_start``, ``bad_start``, ``private``, ``cancelled``, ``broken``,
        ``cut``. It is there: ``bad_end``, ``end_first``, ``bad_rule``, ``too_often``, ``except_rule``,
        ``unknown_zone``. All that follows is left out: ``too_many``, ``too_long``
    """

    name: str
    when: str
    reason: str
    value: str = ""


@dataclass
class Reading:
    """What was read of a calendar."""

    entries: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    event_count: int = 0  # in the file, whenever they take place

    def skip(self, event, reason, value=""):
        """Note what was not understood of an event; a private one is not named."""
        if len(self.skipped) < MAX_SKIPPED:
            name, when = ("", "") if reason == "private" or not event else (event.name, event.when)
            self.skipped.append(Skipped(name, when, reason, value[:MAX_TEXT]))


@dataclass
class _Event:
    """The properties of one VEVENT that we take, as lines, and what they say of themselves."""

    lines: list
    values: dict
    zones: "_Zones"
    name: str = ""
    when: str = ""
    order: tuple = ()


def feed_address(url):
    """Return the address of the calendar that a page's address stands for, where that is known.

    >>> feed_address("https://calendar.google.com/calendar/embed?src=a%40group.calendar.google.com&ctz=Europe%2FParis")
    'https://calendar.google.com/calendar/ical/a%40group.calendar.google.com/public/basic.ics'
    >>> feed_address("https://calendar.google.com/calendar/u/0?cid=YUBncm91cC5jYWxlbmRhci5nb29nbGUuY29t")
    'https://calendar.google.com/calendar/ical/a%40group.calendar.google.com/public/basic.ics'
    >>> feed_address("https://mobilizon.fr/@collectif_climat/events?x=1")
    'https://mobilizon.fr/@collectif_climat/feed/ics'
    >>> feed_address("https://openagenda.com/agendas/123456")
    'https://openagenda.com/agendas/123456/events.v2.ics'
    >>> feed_address(" https://example.org/agenda.ics "), feed_address("www.example.org/agenda.ics")
    ('https://example.org/agenda.ics', 'https://www.example.org/agenda.ics')
    """
    url = url.strip()
    if re.match(r"[\w-]+(?:\.[\w-]+)*\.[^\W\d]{2,}(?:[/?]|$)", url):
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        host, asked = (parts.hostname or "").lower(), parse_qs(parts.query)
    except ValueError:
        return url
    if host in ("calendar.google.com", "www.google.com") and "/ical/" not in parts.path:
        name = next(iter(asked.get("src", [])), "")
        if coded := next(iter(asked.get("cid", [])), ""):
            try:
                name = base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_").decode()
            except ValueError:
                name = coded
        if "@" in name:
            return f"https://calendar.google.com/calendar/ical/{quote(name, safe='')}/public/basic.ics"
    if group := re.fullmatch(r"(/@[\w.@-]+)(?:/events)?/?", parts.path):
        return urlunsplit((parts.scheme, parts.netloc, group[1] + "/feed/ics", "", ""))
    if host == "openagenda.com" and (agenda := re.fullmatch(r"(?:/\w\w)?(/agendas/\d+)/?", parts.path)):
        return f"https://openagenda.com{agenda[1]}/events.v2.ics"
    return url


def find_calendar_link(content):
    """Return the address of the calendar that a page names in its head, as it stands there, or nothing.

    >>> find_calendar_link(b'<html><link rel="alternate" type="text/calendar" href="/agenda.ics?a=1&amp;b=2">')
    '/agenda.ics?a=1&b=2'
    """
    found = ALTERNATE.search(content[:200_000])
    address = found and HREF.search(found[0])
    return unescape(address[1].decode("utf-8", "replace")) if address else ""


def read_town(place):
    """Return the town that a place names, as far as one can tell from French addresses.

    >>> read_town("Salle B, 12 rue Garibaldi, 69003 Lyon, France")
    'Lyon'
    >>> read_town("Maison des associations, Saint-Étienne")
    'Saint-Étienne'
    >>> [read_town(text) for text in ("75011 PARIS CEDEX 11", "Brest", "https://example.org/room", "En ligne", "")]
    ['Paris', 'Brest', '', 'En ligne', '']
    >>> read_town("Salle 12, bâtiment 4")
    ''
    >>> read_town("2 rue de l'Église, Angers, 49000, France"), read_town("5 rue Pasteur, 33000, Bordeaux, FRA")
    ('Angers', 'Bordeaux')
    """
    parts = [part.strip() for part in re.split(r"[,;\n]| - ", place)]
    parts = [part for part in parts if part and part.lower() not in COUNTRIES]
    alone = next((rank for rank, part in enumerate(parts) if re.fullmatch(r"\d{5}", part)), None)
    if found := POSTCODE.search(place):
        town = re.sub(r"\s+cedex\b.*", "", found[1].split(" - ")[0], flags=re.IGNORECASE)
    elif alone is not None:  # behind its town, or before it
        near = [*parts[alone + 1 : alone + 2], *parts[:alone][-1:]]
        town = next((part for part in near if TOWN.fullmatch(part)), "")
    else:
        town = parts[-1] if parts and TOWN.fullmatch(parts[-1]) else ""
    town = town.strip(" .-")
    return town.title() if town.isupper() else town


def get_window(today):
    """Return the days between which events are read: the past month, and eighteen months ahead.

    >>> get_window(date(2026, 1, 31))
    (datetime.date(2025, 12, 31), datetime.date(2027, 7, 31))
    >>> get_window(date(2026, 8, 31))
    (datetime.date(2026, 7, 31), datetime.date(2028, 2, 29))
    """

    def shift(months):
        year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
        last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
        return date(year, month + 1, min(today.day, last))

    return shift(-MONTHS_BEFORE), shift(MONTHS_AHEAD)


def read_calendar(content, today, zone=DEFAULT_ZONE, charset="", guard=nullcontext):
    """Return what a file or an answer tells as a :class:`Reading`.

    :param bytes content: the file, as it is
    :param date today: the window lies around it
    :param str zone: where times without zone are, unless the calendar says so
    :param str charset: the encoding that came with the answer, believed where it is not UTF-8
    :param guard: a context in which one series is unfolded, that may raise :class:`TooLong`
    :raise Unreadable: it is no calendar
    """
    try:
        import icalendar  # noqa: F401
        import recurring_ical_events  # noqa: F401
    except ImportError as missing:
        raise Unreadable("needs_packages") from missing
    lines = _split_lines(content, charset)
    reading = Reading()
    blocks, zones, own_zones = _split_blocks(lines, reading)
    window, end = get_window(today), clock.monotonic() + MAX_SECONDS
    series, names = defaultdict(list), {}
    for number, block in blocks:
        own = own_zones.get(number) or zone
        if own not in names:
            names[own] = _Zones(own, zones)
        if event := _read_event(block, reading, names[own]):
            series[event.values["UID"]].append(event)
    seen = {}
    for group in _tell_apart(series):
        if clock.monotonic() > end:
            reading.skip(None, "too_long")
            break
        for entry in _unfold(group, window, reading, guard):
            said = (" ".join(entry.name.casefold().split()), entry.start, entry.stop, entry.place.casefold())
            seen.setdefault(said, entry)
        if len(seen) > MAX_ENTRIES:
            reading.skip(None, "too_many", str(MAX_ENTRIES))
            break
    found = sorted(seen.values(), key=lambda entry: (_as_moment(entry.start), entry.name))
    reading.entries = found[:MAX_ENTRIES]
    return reading


# The file


def _split_lines(content, charset):
    """Return the unfolded lines of a file, in whatever encoding; Unreadable if it is something else."""
    mark = next((name for start, name in MARKS if content.startswith(start)), "")
    if mark == "utf-16" or content[1:2] == b"\0":
        content = content.decode(mark or "utf-16-le", "replace").encode("utf-8")
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip()
    if not content:
        raise Unreadable("empty")
    head = content[:500].lower()
    if not BEGIN.search(content):
        if b"<html" in head or b"<!doctype" in head:
            raise Unreadable("page")
        if head.startswith((b"<?xml", b"<rss", b"<feed")):
            raise Unreadable("news")
        raise Unreadable("json" if head[:1] in b"{[" else "not_calendar")
    lines = re.split(rb"\r\n|\n|\r", FOLD.sub(b"", content))
    charset = "cp1252" if charset.lower() in ("", "utf-8", "utf8", "us-ascii") else charset
    return [_decode(line, charset) for line in lines]


def _decode(line, charset):
    """Return a line as text: calendars put together of several have several encodings."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return line.decode(charset)
        except (LookupError, UnicodeDecodeError):
            return line.decode("cp1252", "replace")


def _split_blocks(lines, reading):
    """Return what a file holds: the events, the zones, and the calendars' own zones.

    :return: for each event the number of its calendar within the file, and its lines; the lines of each described zone
        by its name; the own zone of calendars by number
    """
    blocks, zones, own_zones, number, open_, lines_of, method = [], {}, {}, 0, [], [], ""
    for line in lines:
        head = line.strip().upper()
        if head.startswith("BEGIN:"):
            kind = head[6:].strip()
            if kind in ("VEVENT", "VCALENDAR"):
                if "VEVENT" in open_:  # its end is missing
                    blocks.append((number, lines_of))
                number += kind == "VCALENDAR"
                open_ = [*(["VCALENDAR"] if kind == "VEVENT" else []), kind]
                lines_of, method = ([f"METHOD:{method}"], method) if kind == "VEVENT" else ([], "")
            else:
                open_.append(kind)
                lines_of = [] if kind == "VTIMEZONE" else lines_of
            if kind == "VEVENT" and len(blocks) >= MAX_EVENTS:
                reading.skip(None, "too_many", str(MAX_EVENTS))
                return blocks, zones, own_zones
        elif head.startswith("END:") and open_:
            kind = head[4:].strip()
            if kind in open_:
                del open_[open_.index(kind) :]
            if kind == "VEVENT":
                blocks.append((number, lines_of))
            elif kind == "VTIMEZONE":
                named = next((each[5:].strip() for each in lines_of if each.upper().startswith("TZID:")), "")
                zones[named] = lines_of
        elif open_ and (open_[-1] == "VEVENT" or "VTIMEZONE" in open_):
            lines_of.append(line)
        elif head.startswith("X-WR-TIMEZONE") and ":" in line:
            own_zones.setdefault(number, line.split(":", 1)[1].strip())
        elif head.startswith("METHOD:"):
            method = head[7:].strip()
        if head.startswith(("BEGIN:STANDARD", "BEGIN:DAYLIGHT", "END:STANDARD", "END:DAYLIGHT")):
            lines_of.append(head)
    if "VEVENT" in open_:
        reading.skip(None, "cut")
    reading.event_count = len(blocks)
    return blocks, zones, own_zones


@cache
def _get_public_zones():
    """Return the public names of zones, by how they are compared."""
    return {name.casefold(): name for name in available_timezones()}


class _Zones:
    """Names of time zones, as they are written, and what they stand for."""

    def __init__(self, default, described):
        from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

        self.windows = {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}
        self.described = described
        self.default = DEFAULT_ZONE
        self.default = self.find(default) or DEFAULT_ZONE
        self.info = ZoneInfo(self.default)
        self.known = {}

    def find(self, name):
        """Return the public name of a zone, or nothing.

        A calendar program's own names, those of Windows, and paths before a name are understood.
        """
        name = name.strip().strip('"').strip()
        name = ABBREVIATED.get(name.casefold(), name)
        if re.fullmatch(r"[+-]\d\d:?\d\d", name):
            name = f"UTC{name}"
        parts = name.split("/")
        for start in range(len(parts)):
            if zone := _get_public_zones().get("/".join(parts[start:]).casefold()):
                return zone
        if zone := self.windows.get(name.casefold()):
            return zone
        for line in self.described.get(name, ()):
            if line.upper().startswith("X-LIC-LOCATION:"):
                return self.find(line.split(":", 1)[1])
        if name not in self.described and (offset := OFFSET.search(name)):
            hours = int(offset[1] + offset[2])
            names_towns = offset[0] != name
            if names_towns and offset[3] in (None, "00") and hours in BY_OFFSET:
                return BY_OFFSET[hours]
            return f"Etc/GMT{-hours:+}" if -12 <= hours <= 14 else ""
        return ""

    def get(self, name):
        """Return how a zone is written for the library: its public name, its own where it is described, or nothing."""
        if name not in self.known:
            bare = name.strip('"').strip()
            self.known[name] = self.find(name) or (bare if self._is_sound(bare) else "")
        return self.known[name]

    def _is_sound(self, name):
        """Return whether a zone of a file's own can be made of its description."""
        import icalendar

        lines = self.describe([f'TZID="{name}"'])
        try:
            return bool(lines) and bool(icalendar.Timezone.from_ical("\r\n".join([*lines, ""])).to_tz())
        except Exception:
            return False

    def describe(self, lines):
        """Return the descriptions of zones of their own that some lines use."""
        text = "\n".join(lines)
        used = [name for name in self.described if name and f'TZID="{name}"' in text]
        return [
            line for name in used for line in ("BEGIN:VTIMEZONE", f"TZID:{name}", *self._clean(name), "END:VTIMEZONE")
        ]

    def _clean(self, name):
        wanted = ("BEGIN:", "END:", "DTSTART", "TZOFFSETFROM:", "TZOFFSETTO:", "RRULE:", "RDATE")
        return [line for line in self.described[name] if line.upper().startswith(wanted)]


# One event


def _read_event(block, reading, zones):
    """Return an event of the properties that count, or None where it is left out, which is noted."""
    values, dates, notes, rules = {}, defaultdict(list), [], []
    last, length = "", 0
    for line in block:
        named = re.match(r"[A-Za-z0-9-]+", line)
        name = named[0].upper() if named else ""
        if last and not LABEL.match(line) and name not in TAKEN:  # cut without the blank that says so
            values[last] += f"{'' if length >= FOLDED else ' '}{line.strip()}"
            length = len(line.encode())
            continue
        last, length = name if name in ("SUMMARY", "LOCATION") and name not in values else "", len(line.encode())
        if name in DATES:
            found = DATED.fullmatch(line)
            dates[name].append((found[2], found[3]) if found else ("", line.partition(":")[2]))
        elif (name in TAKEN or name == "METHOD") and (found := PROPERTY.fullmatch(line)):
            text = found[3].strip()
            if "QUOTED-PRINTABLE" in found[2].upper():
                text = quopri.decodestring(text.encode()).decode("utf-8", "replace")
            if name == "RRULE":
                rules.append(text)
            elif name == "EXRULE":
                notes.append(("except_rule", text))
            values.setdefault(name, text)
    for name in ("SUMMARY", "LOCATION"):
        if name in values:
            values[name] = _clean(values[name])
    event = _Event([], values, zones, values.get("SUMMARY", "")[:MAX_TEXT])
    is_private = values.get("CLASS", "").upper() in ("PRIVATE", "CONFIDENTIAL")
    if is_private:
        reading.skip(event, "private")
        if not dates["RECURRENCE-ID"]:
            return None
        values["STATUS"] = "CANCELLED"  # of a series, it is not shown as it would have been either
    if not any(text.strip() for _params, text in dates["DTSTART"]):
        return reading.skip(event, "no_start")
    for name in DATES:
        for params, text in dates[name][: 1 if name not in ("RDATE", "EXDATE") else None]:
            zone = TZID.search(params)
            known = zones.get(zone[1]) if zone else ""
            if zone and not known:
                notes.append(("unknown_zone", zone[1].strip('"')))
            for part in text.split(","):
                moment = _read_moment(part.split("/")[0])
                if moment is None and name == "DTSTART":
                    return reading.skip(event, "bad_start", part)
                if moment is None:
                    if name != "EXDATE":
                        notes.append(("bad_end" if name == "DTEND" else "bad_rule", part))
                    continue
                if name == "DTSTART":
                    event.when = moment.isoformat()[:10]
                kind = name + ";RANGE=THISANDFUTURE" * ("THISANDFUTURE" in params.upper())
                event.values.setdefault(name + " read", []).append((known, moment, kind))
    if values.get("STATUS", "").upper() == "CANCELLED" or values.get("METHOD", "").upper() == "CANCEL":
        if "RECURRENCE-ID read" not in values and not is_private:
            reading.skip(event, "cancelled")
        values["STATUS"] = "CANCELLED"
    _write_lines(event, rules, notes, zones)
    for reason, value in dict(notes).items():
        reading.skip(event, reason, value)
    return event


def _write_lines(event, rules, notes, zones):
    """Write the lines of an event anew, as the library wants them: dates of one kind, an end after the beginning.

    :param rules: how it repeats: the days of all of them together
    :param notes: list to which what is not understood is added
    """
    values = event.values
    zone, start, _kind = values["DTSTART read"][0]
    is_day = not isinstance(start, datetime)
    stops = values.get("DTEND read")
    stop = stops[0][1] if stops else None
    if stop and stop.year >= LAST_YEAR:
        notes.append(("bad_end", str(stop)))
        stop = None
    if stop and not is_day and isinstance(stop, datetime) and not (zone or stops[0][0]):
        stop = _take_zone_of(start, stop, zones)
    if stop and is_day and isinstance(stop, datetime):
        stop = stop.date() + timedelta(days=stop.time() > time(0))
    elif stop and not is_day and not isinstance(stop, datetime):
        stop = datetime.combine(stop, time(0), start.tzinfo)
    lasting = values.get("DURATION", "")
    is_lasting = (
        LASTING.fullmatch(lasting) and lasting[-1:].upper() in "WDHMS" and not (is_day and "T" in lasting.upper())
    )
    if not stop and lasting and not is_lasting:
        notes.append(("bad_end", lasting))
        lasting = ""
    if stop and is_day and stop == start:  # one day, says who takes the end for the last day
        stop = None
    if stop:
        first, last = (_localise(start, zone, zones), _localise(stop, stops[0][0] or zone, zones))
        if last < first:
            notes.append(("end_first", ""))
            stop = None if is_day else start
            stops = [(zone, stop, "")]
    lines = [_write_date("DTSTART", zone, start)]
    if stop:
        lines.append(_write_date("DTEND", stops[0][0] or zone, stop))
    elif lasting:
        lines.append(f"DURATION:{lasting.upper().lstrip('+')}")
    for name in ("RECURRENCE-ID", "RDATE", "EXDATE"):
        for its_zone, moment, kind in values.get(name + " read", ()):
            is_whole = name == "EXDATE" and _names_the_day(moment, its_zone or zone, start, zone, zones)
            meant = _make_alike(moment.date() if is_whole else moment, start)
            lines.append(_write_date(kind, its_zone or zone, meant))
    values.pop("RRULE", None)
    for rule in filter(None, dict.fromkeys(rules)):
        if reason := _judge_rule(rule):
            notes.append((reason, rule))
            continue
        values["RRULE"] = rule
        written = "".join(rule.upper().split()).strip(";")
        if not is_day:  # a last day is meant until its end
            written = re.sub(r"(UNTIL=\d{8})(?!\d|T)", r"\1T235959", written)
        lines.append(f"RRULE:{written}")
    values["UID"] = _name_event(event, values.get("UID", ""), start)
    event.order = (int(values.get("SEQUENCE", "")) if values.get("SEQUENCE", "").isdecimal() else 0,)
    event.order += (values.get("LAST-MODIFIED") or values.get("DTSTAMP") or "",)
    event.lines = lines


def _take_zone_of(start, stop, zones):
    """Return the end as the beginning is told: one of them in the calendar's own time, the other in UTC."""
    if stop.tzinfo and not start.tzinfo:
        return stop.astimezone(zones.info).replace(tzinfo=None)
    return stop if stop.tzinfo or not start.tzinfo else stop.replace(tzinfo=zones.info).astimezone(timezone.utc)


def _names_the_day(moment, its_zone, start, zone, zones):
    """Return whether the midnight of a day stands for all of it: the event takes place at another hour."""
    if not (isinstance(moment, datetime) and isinstance(start, datetime)) or moment.time() != time(0):
        return False
    local = _localise(moment, its_zone, zones).astimezone(_localise(start, zone, zones).tzinfo)
    return start.time() not in (time(0), local.time())


def _make_alike(moment, start):
    """Return a day where the event takes days, a moment of that day at its hour where it takes hours."""
    if isinstance(start, datetime) and not isinstance(moment, datetime):
        return datetime.combine(moment, start.time(), start.tzinfo)
    return moment.date() if isinstance(moment, datetime) and not isinstance(start, datetime) else moment


def _read_moment(text):
    """Return a date or a moment, in whatever way it is written, or None.

    >>> _read_moment("20260512"), _read_moment("20260512T240000")
    (datetime.date(2026, 5, 12), datetime.datetime(2026, 5, 13, 0, 0))
    >>> _read_moment("2026-05-12T10:00:00+02:00").isoformat(), _read_moment("20260231")
    ('2026-05-12T08:00:00+00:00', None)
    """
    found = MOMENT.fullmatch(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second, offset = found.groups()
    try:
        on = date(int(year), int(month), int(day))
        if hour is None:
            return on
        at_end = hour == "24" and int(minute) == 0
        moment = datetime.combine(on, time(0 if at_end else int(hour), int(minute), min(int(second or 0), 59)))
        moment += timedelta(days=at_end)
        if not offset:
            return moment
        if offset.upper() == "Z":
            return moment.replace(tzinfo=timezone.utc)
        shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
        return (moment - shift if offset[0] == "+" else moment + shift).replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError):
        return None


def _write_date(name, zone, moment):
    """Return the line of a date.

    >>> _write_date("DTSTART", "Europe/Paris", datetime(2026, 5, 12, 10))
    'DTSTART;TZID="Europe/Paris":20260512T100000'
    >>> _write_date("DTEND", "", date(2026, 5, 12))
    'DTEND;VALUE=DATE:20260512'
    """
    if not isinstance(moment, datetime):
        return f"{name};VALUE=DATE:{moment:%Y%m%d}" if moment.year > 999 else f"{name};VALUE=DATE:10000101"
    if moment.tzinfo:
        return f"{name}:{moment.year:04}{moment:%m%dT%H%M%S}Z"
    zone = f';TZID="{zone}"' if zone else ""
    return f"{name}{zone}:{moment.year:04}{moment:%m%dT%H%M%S}"


def _localise(moment, zone, zones):
    """Return a moment that can be compared with others; zones of a file's own count as the calendar's."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(0))
    if moment.tzinfo:
        return moment
    public = _get_public_zones().get(zone.casefold())
    return moment.replace(tzinfo=ZoneInfo(public) if public else zones.info)


def _judge_rule(rule):
    """Return why a repetition is not unfolded, or nothing.

    >>> [_judge_rule(rule) for rule in ("FREQ=WEEKLY;BYDAY=MO,TU", "FREQ=SECONDLY", "FREQ=DAILY;INTERVAL=0")]
    ['', 'too_often', 'bad_rule']
    >>> _judge_rule("FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))))
    'too_often'
    """
    rule = "".join(rule.upper().split()).strip(";")
    parts = rule.split(";")
    if not all(RULE_PART.fullmatch(part) for part in parts):
        return "bad_rule"
    asked = dict(part.split("=", 1) for part in parts)
    frequency = asked.get("FREQ")
    if frequency in ("SECONDLY", "MINUTELY", "HOURLY"):
        return "too_often"
    if frequency not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        return "bad_rule"
    if any(
        asked.get(key, "1").strip("0") == "" or not asked.get(key, "1").isdecimal() for key in ("INTERVAL", "COUNT")
    ):
        return "bad_rule"
    times = 1
    for key in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        times *= asked.get(key, "").count(",") + 1
    return "too_often" if times > MAX_A_DAY else ""


def _name_event(event, uid, start):
    """Return what an event is known by: what its calendar says, shortened; else what it is."""
    uid = CONTROL.sub("", uid).strip()
    if len(uid) > MAX_TEXT or not uid:
        said = uid or f"{event.name}|{start}|{event.values.get('LOCATION', '')}"
        uid = f"{'long' if uid else 'without'}-uid-{hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest()}"
    return uid


def _clean(text):
    r"""Return a text on one line, without what stands for other characters, and without markup.

    >>> _clean(r"Journ&eacute;e\, <b>d'action</b>\net d'échange &amp; cie")
    "Journée, d'action et d'échange & cie"
    >>> _clean("3 < 5 et 7 > 2")
    '3 < 5 et 7 > 2'
    """
    text = re.sub(r"\\([\\;,nN])", lambda found: "\n" if found[1] in "nN" else found[1], text[:MAX_MARKUP])
    if MARKUP.search(text):
        text = unescape(TAG.sub(lambda tag: " " if tag[0][1:3].lower() in ("br", "p>", "/p", "di") else "", text))
    return " ".join(CONTROL.sub(" ", text).split())


# What repeats


def _tell_apart(series):
    """Yield the events that are told together: one, or a series with what was changed in it.

    One that was sent again counts as it was sent last; several at different times under one name are several.
    """
    for uid, events in series.items():
        changes = [event for event in events if "RECURRENCE-ID read" in event.values]
        masters = defaultdict(list)
        for event in events:
            if event not in changes:
                masters[event.order[0]].append(event)
        last = sorted(masters[max(masters)], key=lambda each: each.order[1]) if masters else []
        by_start = {}
        for event in last:
            key = (event.lines[0], event.zones.default)
            known = by_start.get(key)
            if known and known.order == event.order and known.name != event.name:  # no later state of the same
                key += (event.name,)
            by_start[key] = event
        first, *others = list(by_start.values()) or [None]
        others = [] if first and changes else others
        for event in changes if first else ():
            _place_change(event, first)
        latest = {}
        for event in sorted(changes, key=lambda each: each.order):
            latest[event.values["RECURRENCE-ID read"][0]] = event
        yield uid, [*([first] if first else []), *latest.values()]
        names = set()
        for other in others:
            name = f"{uid}#{other.lines[0].rpartition(':')[2]}"
            if name in names:
                said = f"{other.name}|{other.zones.default}"
                name += f"#{hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest()[:8]}"
            names.add(name)
            yield name, [other]


def _place_change(event, master):
    """Write at which hour of its day a change of a series was to be, where its calendar names the day alone."""
    _zone, start, _kind = master.values["DTSTART read"][0]
    _own, moment, kind = event.values["RECURRENCE-ID read"][0]
    if isinstance(start, datetime) and not isinstance(moment, datetime):
        lines = [line for line in event.lines if not line.startswith("RECURRENCE-ID")]
        event.lines = [*lines, _write_date(kind, _zone, _make_alike(moment, start))]


def _unfold(named, window, reading, guard):
    """Return the entries of one event or series within the window; what fails is noted."""
    uid, events = named
    master = events[0]
    zones = master.zones
    is_series = any({"RRULE", "RDATE read", "RECURRENCE-ID read"} & event.values.keys() for event in events)
    if master.values.get("STATUS") == "CANCELLED" and "RECURRENCE-ID read" not in master.values:
        return []
    if not is_series and not _may_be_within(master, window):
        return []
    try:
        with guard():
            found = _get_occurrences(events, zones, window)
    except TooLong:
        found = None
        reading.skip(master, "too_often", master.values.get("RRULE", ""))
    except Exception as error:
        found = None
        reading.skip(master, "bad_rule" if is_series else "broken", str(error))
    if found is None:
        if not is_series:
            return []
        try:  # once at least, as it says
            found = _get_occurrences([_without_rule(event) for event in events], zones, window)
        except Exception as error:
            reading.skip(master, "broken", str(error))
            return []
    if len(found) > MAX_SERIES:
        reading.skip(master, "too_often", master.values.get("RRULE", ""))
    entries, taken = [], set()
    for occurrence in found[:MAX_SERIES]:
        try:
            entry = _make_entry(uid, occurrence, is_series, zones)
        except (ValueError, OverflowError, AttributeError, KeyError) as error:
            reading.skip(master, "broken", str(error))
            continue
        if entry and entry.recurrence_id in taken:  # of those that one change has moved, each goes by its own time
            entry = replace(entry, recurrence_id=_write_key(occurrence.start, zones))
        if entry:
            taken.add(entry.recurrence_id)
            entries.append(entry)
    return entries


def _may_be_within(event, window):
    """Return whether an event that does not repeat may lie in the window; a day more, for the zones."""
    start, day = event.values["DTSTART read"][0][1], timedelta(days=1)
    on = start.date() if isinstance(start, datetime) else start
    return on.year < LAST_YEAR and on <= window[1] + day and (on >= window[0] - day or len(event.lines) > 1)


def _without_rule(event):
    return replace(event, lines=[line for line in event.lines if not line.startswith(("RRULE", "RDATE", "EXDATE"))])


def _get_occurrences(events, zones, window):
    """Return the library's occurrences of some events within the window."""
    import icalendar
    import recurring_ical_events

    written = [line for event in events for line in event.lines]
    lines = ["BEGIN:VCALENDAR", *zones.describe(written)]
    for number, event in enumerate(events):
        kept = (f"SUMMARY:{number}", "STATUS:CANCELLED" if event.values.get("STATUS") == "CANCELLED" else "")
        lines += ["BEGIN:VEVENT", "UID:0", *event.lines, *filter(None, kept), "END:VEVENT"]
    calendar = icalendar.Calendar.from_ical("\r\n".join([*lines, "END:VCALENDAR", ""]))
    found = recurring_ical_events.of(calendar).between(*window)
    occurrences = []
    for each in found:
        if each.get("STATUS") != "CANCELLED":
            each.told = events[int(each["SUMMARY"])]
            occurrences.append(each)
    return sorted(occurrences, key=lambda each: _as_moment(each.start).replace(tzinfo=None))


def _make_entry(uid, occurrence, is_series, zones):
    """Return the entry of an occurrence."""
    event, start, stop = occurrence.told, occurrence.start, occurrence.end
    texts = event.values
    is_day = not isinstance(start, datetime)
    if not is_day:  # from midnight to midnight, says who knows no whole days
        local, until = (_localise(each, "", zones).astimezone(zones.info) for each in (start, stop))
        if local.time() == until.time() == time(0) and until > local:
            start, stop, is_day = local.date(), until.date(), True
    if is_day:
        stop = max(start, stop - timedelta(days=1))
    else:
        start, stop = (_in_utc(each, zones) for each in (start, stop))
    recurrence = occurrence.get("RECURRENCE-ID")
    return Entry(
        uid=uid,
        recurrence_id=_write_key(recurrence.dt if recurrence else occurrence.start, zones) if is_series else "",
        start=start,
        stop=stop,
        all_day=is_day,
        name=texts.get("SUMMARY", "")[:MAX_TEXT],
        place=texts.get("LOCATION", "")[:MAX_TEXT],
        url=clean_address(_unquote(texts.get("URL", ""))),
    )


def _in_utc(moment, zones):
    return _localise(moment, "", zones).astimezone(timezone.utc).replace(tzinfo=None)


def _write_key(moment, zones):
    return f"{_in_utc(moment, zones):%Y%m%dT%H%M%SZ}" if isinstance(moment, datetime) else f"{moment:%Y%m%d}"


def _as_moment(moment):
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(0))


def _unquote(url):
    r"""Return an address as it was meant, where a program has quoted it as a text or as a page's.

    >>> _unquote(r"https://example.org/?a=1&amp;b=2\,3&copy=4")
    'https://example.org/?a=1&b=2,3&copy=4'
    """
    return re.sub(r"\\([\\;,])", r"\1", url).replace("&amp;", "&")


def clean_address(url):
    """Return a page's address, if that is what it is.

    >>> clean_address("www.example.org/a")
    'https://www.example.org/a'
    >>> clean_address("https://example.org/a b"), clean_address("javascript:alert(1)"), clean_address("https://[")
    ('', '', '')
    """
    url = url.strip()
    url = f"https://{url}" if url.lower().startswith("www.") else url
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_page = parts.scheme.lower() in ("http", "https") and parts.hostname and not parts.username
    return url if is_page and len(url) <= MAX_ADDRESS and not re.search(r"[\s<>\"\x00-\x1f]", url) else ""
