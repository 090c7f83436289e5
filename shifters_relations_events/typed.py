"""When something takes place, as people type it in a form: days and hours in any usual way, and what is wrong of them.

A browser that knows dates sends ``2026-05-12`` and ``14:30``; in others people type what they like.
"""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo.addons.shifters_relations.columns import MONTHS
from odoo.addons.shifters_relations.texts import fold

ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
NUMBERS = re.compile(r"(\d{1,2})\s?[-/.\s]\s?(\d{1,2})(?:\s?[-/.\s]\s?(\d{4}|\d{2}))?")
WORDS = re.compile(
    r"(?:(\d{1,2})(?:er|st|nd|rd|th)?[ -](?:of )?([a-z]{3,9})\.?|([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?)"
    r"(?:,?[ -](\d{4}|\d{2}))?"
)
WEEKDAYS = re.compile(
    r"(?:le |on )?(?:(?:lun|mar|mer|jeu|ven|sam|dim)(?:\.|(?:di|credi|dredi|edi|anche)\b)?|dimanche"
    r"|(?:mon|tue|wed|thu|fri|sat|sun)(?:\.|(?:s|nes|rs|ur)?day\b)?)?,? *(?=\S)"
)
HOUR = re.compile(
    r"(?:a |at |vers )?(\d{1,2})(?:\s?(?:heures?|hrs?|h|:|\.)\s?(\d{2})?(?::\d{2})?)?\s?(am|pm|a\.m\.|p\.m\.)?"
)
TOGETHER = re.compile(r"(\d{2})(\d{2})")
NAMED_HOURS = {"midi": time(12), "noon": time(12), "minuit": time(0), "midnight": time(0)}
NIGHT_ENDS = time(6)  # an end before it may be of the next day
LONGEST = timedelta(days=366)
NOON = time(12)  # a whole day is stored at noon, which is that day everywhere


class Mistyped(ValueError):
    """What is wrong of a period that was typed.

    :param field: of ``start_day``, ``start_hour``, ``stop_day``, ``stop_hour``
    :param reason: a key: ``missing``, ``unreadable``, ``past``, ``far``, ``end_first``, ``long``, ``skipped``
    """

    def __init__(self, field, reason):
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def read_day(text, today):
    """Return the day that a text is; None if it is none. One without a year is the next one.

    >>> today = date(2026, 3, 10)
    >>> def read(*texts):
    ...     return " ".join(str(read_day(text, today)) for text in texts)
    >>> read("2026-05-12", "12/05/2026", "12.5.26", "12 05 2026", "12-5-2026")
    '2026-05-12 2026-05-12 2026-05-12 2026-05-12 2026-05-12'
    >>> read("mardi 12 mai 2026", "Mar. 12 mai", "le 1er mars", "12 févr. 26", "Tuesday, May 12th, 2026", "12 May")
    '2026-05-12 2026-05-12 2027-03-01 2026-02-12 2026-05-12 2026-05-12'
    >>> read("5/13/2026", "12/3", "31/12/1900", "1/1/2200", "dimanche 3 mai", "sam 2 mai", "mercredi 13 mai 2026")
    '2026-05-13 2026-03-12 1900-12-31 2200-01-01 2026-05-03 2026-05-02 2026-05-13'
    >>> read("", "31/02/2026", "mai 2026", "2026", "bientôt", "12 brumaire", "99999999999", "٣", "12/05/2026 et 13/05")
    'None None None None None None None None None'
    """
    text = WEEKDAYS.sub("", fold(text), count=1)
    if found := ISO.fullmatch(text):
        return _make_day(*found.groups())
    if found := NUMBERS.fullmatch(text):
        day, month, year = found.groups()
        if int(month) > 12 >= int(day):
            day, month = month, day
    elif found := WORDS.fullmatch(text):
        day, month = found[1] or found[4], MONTHS.get(found[2] or found[3])
        year = found[5]
    else:
        return None
    if not month:
        return None
    if year:
        return _make_day(year if len(year) == 4 else f"20{year}", month, day)
    this_year = _make_day(today.year, month, day)
    return this_year if this_year and this_year >= today else _make_day(today.year + 1, month, day)


def read_hour(text):
    """Return the hour that a text is; None if it is none.

    >>> [str(read_hour(text)) for text in ("14:30", "14h30", "14 h", "9H", "14 heures", "1430", "14.30", "14:30:00")]
    ['14:30:00', '14:30:00', '14:00:00', '09:00:00', '14:00:00', '14:30:00', '14:30:00', '14:30:00']
    >>> [str(read_hour(text)) for text in ("2 pm", "12am", "2:30 p.m.", "à 20h", "midi", "9", "24:00", "0h")]
    ['14:00:00', '00:00:00', '14:30:00', '20:00:00', '12:00:00', '09:00:00', '00:00:00', '00:00:00']
    >>> [read_hour(text) for text in ("", "25:00", "14:75", "le soir", "14h-16h", "13 pm", "9999")]
    [None, None, None, None, None, None, None]
    """
    text = fold(text)
    if text in NAMED_HOURS:
        return NAMED_HOURS[text]
    found = TOGETHER.fullmatch(text) or HOUR.fullmatch(text)
    if not found:
        return None
    hour, minute, *half = found.groups()
    hour = int(hour)
    if half and half[0]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half[0][0] == "p")
    if hour == 24 and not int(minute or 0):
        hour = 0
    return time(hour, int(minute or 0)) if hour < 24 and int(minute or 0) < 60 else None


def read_period(typed, today, last, zone):
    """Return when something takes place: beginning and end in UTC, and whether it lasts whole days.

    >>> def read(start_day, start_hour="", stop_day="", stop_hour=""):
    ...     typed = dict(start_day=start_day, start_hour=start_hour, stop_day=stop_day, stop_hour=stop_hour)
    ...     try:
    ...         start, stop, all_day = read_period(typed, date(2026, 3, 10), date(2027, 9, 10), "Europe/Paris")
    ...     except Mistyped as wrong:
    ...         return str(wrong)
    ...     return f"{start:%m-%d %H:%M} {stop:%m-%d %H:%M}{' all day' * all_day}"
    >>> read("12 mai 2026", "14h", "", "16h"), read("12/05/2026", "20h", "", "1h"), read("12/05/2026", "9h")
    ('05-12 12:00 05-12 14:00', '05-12 18:00 05-12 23:00', '05-12 07:00 05-12 07:00')
    >>> read("12/05/2026"), read("12/05/2026", "", "14/05/2026"), read("12/05/2026", "9h", "14/05/2026")
    ('05-12 12:00 05-12 12:00 all day', '05-12 12:00 05-14 12:00 all day', '05-12 07:00 05-14 22:00')
    >>> read(""), read("soon"), read("1/1/1900"), read("12/5/2200"), read("12/5/2026", "evening")
    ('start_day: missing', 'start_day: unreadable', 'start_day: past', 'start_day: far', 'start_hour: unreadable')
    >>> read("12/5/2026", "14h", "", "13h"), read("12/5/2026", "14h", "11/5/2026"), read("12/5/2026", "", "", "16h")
    ('stop_hour: end_first', 'stop_day: end_first', 'start_hour: missing')
    >>> read("12/5/2026", "", "20/5/2027"), read("29/03/2026", "2h30"), read("25/10/2026", "2h30", "", "4h")
    ('stop_day: long', 'start_hour: skipped', '10-25 00:30 10-25 03:00')

    :param dict typed: texts by name: ``start_day``, ``start_hour``, ``stop_day``, ``stop_hour``
    :param date today: the first day that may be meant
    :param date last: the last one
    :param str zone: name of the time zone in which it is typed
    :raise Mistyped: the first thing that is wrong
    """
    given = {name: (typed.get(name) or "").strip() for name in ("start_day", "start_hour", "stop_day", "stop_hour")}
    read = {}
    for name, text in given.items():
        read[name] = (read_day(text, today) if name.endswith("day") else read_hour(text)) if text else None
        if text and read[name] is None:
            raise Mistyped(name, "unreadable")
    day, hour, last_day, last_hour = read.values()
    if not day:
        raise Mistyped("start_day", "missing")
    if last_hour and not hour:
        raise Mistyped("start_hour", "missing")
    if day > last:
        raise Mistyped("start_day", "far")
    if last_day and last_day < day:
        raise Mistyped("stop_day", "end_first")
    if (last_day or day) < today:
        raise Mistyped("start_day", "past")
    if last_day and last_day - day > LONGEST:
        raise Mistyped("stop_day", "long")
    if hour is None:
        return datetime.combine(day, NOON), datetime.combine(last_day or day, NOON), True
    start = _in_utc(day, hour, zone, "start_hour")
    if last_hour is not None:
        if not last_day and last_hour < hour and last_hour < NIGHT_ENDS:
            last_day = day + timedelta(days=1)
        stop = _in_utc(last_day or day, last_hour, zone, "stop_hour")
    elif last_day and last_day > day:
        stop = _in_utc(last_day + timedelta(days=1), time(0), zone, "stop_hour")
    else:
        stop = start
    if stop < start:
        raise Mistyped("stop_hour", "end_first")
    return start, stop, False


def _make_day(year, month, day):
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _in_utc(day, hour, zone, name):
    """Return a moment in UTC; of an hour that comes twice the first.

    :raise Mistyped: the clocks go over that hour
    """
    local = datetime.combine(day, hour, ZoneInfo(zone))
    moment = local.astimezone(ZoneInfo("UTC"))
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Mistyped(name, "skipped")
    return moment.replace(tzinfo=None)
