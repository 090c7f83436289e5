"""The levelled plan (C1): when to contact each of a member's organisations, so that no month is crowded or empty.

Dates, limits and closed days in; dated contacts with their reasons out. Nothing here knows Odoo, the database or the
clock, and the same targets give the same plan in whatever order they come.

The rules, the first one winning:

1. A pinned date never moves (C3). It counts in its month.
2. A month has at most ``monthly_max`` contacts, those already made this month included, and no more than a week takes
   (a fourth of that, rounded up) for each week with an open day. What is left of the current month has at most its part
   of the maximum, by open days, rounded up. Pinned dates alone may exceed this: then nobody else goes there. No day has
   two contacts, unless they are visits in person in the same city (T6) or both pinned.
3. The days between dates and ideal dates are as few as possible in total. Between plans equal in this, never-contacted
   targets stay nearest to their ideal dates (C4), then those of priority 3, of 2, of 1; then no single target waits
   long where several may wait a little; then the later of two equally near days is taken.
4. Each month from the next one to that of the latest ideal date has at least ``monthly_min`` contacts, as far as
   bringing targets forward can do it, with as few days as possible. None gets later than by rules 1 to 3, unless nearer
   to its ideal date.
5. Where all this leaves a choice, contacts in the same city share a month (T6).
6. Inside its month a contact takes a free day in a week that has the fewest, of these the nearest to its ideal date.
   Two visits in the same city share a day where that brings the second no farther from its own (T6).

7. Who has an event of its own near its ideal date is met there (N5): the day of the event counts as its ideal date, and
   the contact is in person, where the other rules then put it on that very day; else there is no event.

Rules 3 to 5 choose months: they count, for each target, the nearest day that a month has for it. Contacts are on open
days: Monday to Friday, not closed, not before today nor before the target's ``earliest``.

Inside, a day is an ordinal (``date.toordinal``), a month is counted from the year 0, and the months are a flow of least
cost. Targets enter one by one; each follows the cheapest chain of moves (I take March, you leave March for April) that
ends in a month with room, which keeps the whole at its least cost. Rule 4 goes on from there, with chains that start in
months which can spare a contact and end in months which lack one. Then each month gives its days; a target that finds
none free there is barred from that month, and the months are dealt anew.

Seeds are due on 1 April and Trees on 15 April, and a month takes one contact:

>>> today = date(2026, 3, 2)
>>> seeds = Target("Seeds", ideal=date(2026, 4, 1), earliest=today)
>>> trees = Target("Trees", ideal=date(2026, 4, 15), earliest=today)
>>> limits = {"monthly_max": 1, "today": today}

Placed one after the other, Seeds take April, and Trees are contacted 19 days before their day:

>>> print(place(trees, busy={seeds.ideal: 1}, latest=date(2026, 12, 31), **limits))
2026-03-27

The plan sees that Seeds lose one day by leaving April to Trees, which then lose none:

>>> for line in plan([seeds, trees], monthly_min=0, **limits):
...     print(line.key, line.date, line.reason)
Seeds 2026-03-31 full
Trees 2026-04-15 ideal

A day that somebody chose stays, whatever it costs the others:

>>> chosen = Target("Seeds", ideal=date(2026, 4, 1), earliest=today, pinned=date(2026, 4, 8))
>>> for line in plan([chosen, trees], monthly_min=0, **limits):
...     print(line.key, line.date, line.reason)
Trees 2026-03-31 full
Seeds 2026-04-08 pinned

Trees have their congress on 22 April, where they are met, unless April is taken:

>>> congress = replace(trees, event=date(2026, 4, 22))
>>> for line in plan([congress], monthly_min=0, **limits) + plan([chosen, congress], monthly_min=0, **limits):
...     print(line.key, line.date, line.channel, line.reason)
Trees 2026-04-22 in_person event
Trees 2026-03-31 phone full
Seeds 2026-04-08 phone pinned
"""

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from math import floor, fsum

REASONS = ("pinned", "ideal", "closed", "spread", "city", "full", "filled", "event")

WEEKS = 4  # that every month has at least
PATIENCE = 120  # months in a row without an open day, after which every working day counts as open

# A cost is one integer that compares like the list of rule 3's criteria. A digit is wide enough for any sum of squares.
DIGIT = 1 << 64
TOTAL, NEVER, UNEVEN = DIGIT**6, DIGIT**5, DIGIT
BY_PRIORITY = (0, DIGIT**2, DIGIT**3, DIGIT**4)


@dataclass(frozen=True, slots=True)
class Target:
    """An organisation to be contacted once."""

    key: Hashable  # tells targets apart; its repr settles the last ties
    ideal: date  # the day on which the contact is due when nothing else is said
    earliest: date  # no day before this one, unless pinned
    pinned: date | None = None  # set by somebody: never moves (C3)
    never: bool = False  # never contacted (C4)
    priority: int = 0  # 0 to 3, the highest
    city: str = ""  # empty: shares no visit (T6)
    last_channel: str | None = None  # in_person, phone, video or event; None: no contact yet
    alternate: bool = True  # the next contact is of the other kind (C2)
    channel: str | None = None  # in_person or phone, where that is settled; None: as ``next_channel`` suggests
    event: date | None = None  # the day of an event of its own, near its ideal date: it is met there (N5)


@dataclass(frozen=True, slots=True)
class Line:
    """The planned contact with one target.

    The reason explains the date (C3), and is true of the plan as it is: ``pinned`` by somebody; the ``ideal`` day; the
    open day nearest to it, that one being ``closed``, past or too early; another day of the same month, so that
    contacts are ``spread`` over its weeks or for a visit in a ``city`` where another one is; a day in another month,
    every nearer one being ``full``, or that month being ``filled`` to its minimum with it; the day of its ``event``.
    """

    key: Hashable
    ideal: date
    date: date
    channel: str  # in_person or phone
    reason: str  # one of REASONS


@dataclass(frozen=True, slots=True)
class Capacity:
    """How the load of a portfolio compares with its limits (C1, T4)."""

    per_month: float  # contacts a month
    missing: float  # contacts a month under the minimum, or 0
    too_many: float  # contacts a month over the maximum, or 0
    targets_that_fit: int  # targets that stay within the maximum at the present average rhythm
    interval_that_fits: float  # months between contacts at which the present targets stay within the maximum


def plan(targets, *, monthly_min, monthly_max, today, done_this_month=0, is_closed=lambda day: False):
    """Date every target by the rules above (C1, C2, C4, N5, T6).

    :param targets: :class:`Target` objects, in any order
    :param int monthly_min: contacts that each whole month should have
    :param int monthly_max: contacts that a month may have
    :param date today: the first day that may get a contact
    :param int done_this_month: contacts already made in today's month
    :param is_closed: tells whether a date is a day without contacts; weekends are known
    :return: one :class:`Line` per target, by date, then by the repr of its key
    :raise ValueError: limits that no month can meet
    """
    limits = {"monthly_min": monthly_min, "monthly_max": monthly_max, "done_this_month": done_this_month}
    _check_limits(monthly_min, monthly_max)
    usual = {target.key: target for target in targets}
    there = {key for key, target in usual.items() if target.event and not target.pinned}
    while True:
        asked = [_at_event(target) if key in there else target for key, target in usual.items()]
        lines = _plan(asked, today=today, is_closed=is_closed, **limits)
        met = {line.key for line in lines if line.key in there and line.date == usual[line.key].event}
        if met == there:
            break
        there = met
    return [replace(each, ideal=usual[each.key].ideal, reason="event") if each.key in met else each for each in lines]


def _at_event(target):
    return replace(target, ideal=target.event, channel="in_person")


def _plan(targets, *, monthly_min, monthly_max, today, done_this_month, is_closed):
    """Date every target by rules 1 to 6."""
    targets = sorted(targets, key=repr)
    pinned = [target for target in targets if target.pinned]
    free = [target for target in targets if not target.pinned]
    load = Counter(_month(target.pinned) for target in pinned)
    load[_month(today)] += done_this_month

    calendar = _Calendar(today, is_closed)
    taken = Counter(target.pinned.toordinal() for target in pinned)
    rooms = _rooms(free, load, taken, monthly_max, calendar)
    last_ideal = max((_month(target.ideal) for target in targets), default=0)
    needs = {month: monthly_min - load[month] for month in rooms if _month(today) < month <= last_ideal}
    wishes = [_Wish(target, rooms, calendar) for target in free]
    crowded = True
    while crowded:
        months = _Months(rooms, needs)
        months.level(wishes)
        months.fill(wishes)
        _gather_in_months(wishes, pinned, months)
        days = _Days(pinned, calendar)
        crowded = days.spread(wishes)
        for wish in crowded:
            del wish.costs[wish.month]

    lines = [_line(target, target.pinned, "pinned") for target in pinned]
    lines += [_line(wish.target, date.fromordinal(wish.day), wish.reason(months, days)) for wish in wishes]
    return sorted(lines, key=lambda line: (line.date, repr(line.key)))


def place(target, *, busy, monthly_max, today, latest, is_closed=lambda day: False):
    """Date one target among others that do not move (C1, C3).

    :param busy: {date: contacts that the day has without this target}
    :param int monthly_max: contacts that a month may have
    :param date today: the first day that may get a contact
    :param date latest: the last day that may get it, unless no day is open until then: the next open one does
    :param is_closed: tells whether a date is a day without contacts; weekends are known
    :return: the date: the pinned one; else a day by rule 6, in the month of the nearest day that is free in a month
        with room, the later of two; else, no month having room, in the month of the nearest open day
    :raise ValueError: a limit that no month can meet
    """
    _check_limits(0, monthly_max)
    if target.pinned:
        return target.pinned
    calendar = _Calendar(today, is_closed)
    ideal, first, last = target.ideal.toordinal(), max(today, target.earliest).toordinal(), latest.toordinal()
    load, taken = Counter(), Counter()
    for day, count in busy.items():
        load[_month(day)] += count
        taken[day.toordinal()] += count
    nearest = None
    for day in filter(calendar.is_open, _outwards(ideal, first, last)):
        month = _month(date.fromordinal(day))
        nearest = nearest or month
        if not taken[day] and _room(month, load, taken, monthly_max, calendar) > 0:
            nearest = month
            break
    if not nearest:
        return date.fromordinal(calendar.first_open(first))
    days = [day for day in calendar.open_days(nearest) if first <= day <= last]
    return date.fromordinal(_quietest(days, ideal, taken))


def next_channel(last_channel, alternate=True):
    """Return the channel to suggest for the next contact (C2).

    >>> next_channel(None), next_channel("phone"), next_channel("event"), next_channel("phone", alternate=False)
    ('phone', 'in_person', 'phone', 'phone')

    :param last_channel: ``in_person``, ``phone``, ``video`` or ``event``; empty when there was no contact
    :param alternate: whether to suggest the other kind than last time, instead of the same
    :return: ``in_person`` or ``phone``
    """
    if not last_channel:
        return "phone"
    was_remote = last_channel in ("phone", "video")
    return "in_person" if was_remote == bool(alternate) else "phone"


def capacity(intervals, *, monthly_min, monthly_max):
    """Compare a portfolio's load with its limits (C1, T4).

    Of 31 targets at two contacts a year, 24 fit into four contacts a month:

    >>> load = capacity([6] * 31, monthly_min=2, monthly_max=4)
    >>> round(load.per_month, 2), load.targets_that_fit, load.interval_that_fits
    (5.17, 24, 7.75)

    :param intervals: months between contacts, one number per target
    :param int monthly_min: contacts that a month should have
    :param int monthly_max: contacts that a month may have
    :rtype: Capacity
    :raise ValueError: limits that no month can meet, or an interval that is not positive
    """
    _check_limits(monthly_min, monthly_max)
    intervals = list(intervals)
    if any(interval <= 0 for interval in intervals):
        raise ValueError("The interval between two contacts must be positive.")
    per_month = fsum(1 / interval for interval in intervals)
    missing = max(0.0, _exact(monthly_min - per_month))
    too_many = max(0.0, _exact(per_month - monthly_max))
    return Capacity(
        per_month=_exact(per_month),
        missing=missing,
        too_many=too_many,
        targets_that_fit=floor(_exact(monthly_max * len(intervals) / per_month)) if intervals else 0,
        interval_that_fits=len(intervals) / monthly_max,
    )


class _Calendar:
    """The open days from today on, each day asked for once."""

    def __init__(self, today, is_closed):
        self.today = today.toordinal()
        self.this_month = _month(today)
        self._is_closed = is_closed
        self._open_days = {}

    def open_days(self, month):
        """Return the open days of a month, in order."""
        if month not in self._open_days:
            days = range(max(self.today, _first_day(month)), _first_day(month + 1))
            # the ordinal 1 is a Monday
            self._open_days[month] = [
                day for day in days if day % 7 not in (6, 0) and not self._is_closed(date.fromordinal(day))
            ]
        return self._open_days[month]

    def is_open(self, day):
        return day in self.open_days(_month(date.fromordinal(day)))

    def part_left(self, maximum):
        """Return how many of the current month's contacts go into its open days from today on, rounded up."""
        month = self.this_month
        whole = _Calendar(date.fromordinal(_first_day(month)), self._is_closed).open_days(month)
        return -(-maximum * len(self.open_days(month)) // max(1, len(whole)))

    def nearest(self, month, ideal, first):
        """Return the open day of a month nearest to ``ideal``, not before ``first``; the later of two, or None."""
        days = self.open_days(month)
        start = bisect_left(days, first)
        after = bisect_left(days, ideal, start)
        return min(days[max(start, after - 1) : after + 1], key=lambda day: (abs(day - ideal), -day), default=None)

    def open_months(self, month):
        """Yield the months with an open day, from the given one on, without end.

        After ten years without one, no closure counts any more: one member's mistake stops nobody.
        """
        closed = 0
        while True:
            if self.open_days(month):
                closed = 0
                yield month
            else:
                closed += 1
            month += 1
            if closed == PATIENCE:
                self._is_closed = lambda day: False
                self._open_days.clear()
                month -= closed
                closed = 0

    def first_open(self, first):
        """Return the first open day not before ``first``."""
        months = self.open_months(_month(date.fromordinal(first)))
        return next(day for month in months for day in self.open_days(month) if day >= first)


class _Wish:
    """An unpinned target among the months: the day it would have in each, at what cost, and where it stands."""

    def __init__(self, target, rooms, calendar):
        self.target = target
        self.city = target.city
        self.ideal = target.ideal.toordinal()
        self.first = target.earliest.toordinal()
        self.days = {month: day for month in rooms if (day := calendar.nearest(month, self.ideal, self.first))}
        self.weight = TOTAL + NEVER * bool(target.never) + BY_PRIORITY[target.priority]
        self.costs = {month: self._cost(day) for month, day in self.days.items() if rooms[month]}
        self.month = None
        self.latest = None  # no later month than this one
        self.day = None
        self.is_shared = False

    def _cost(self, day):
        """Return what a day costs by rule 3, in a number that adds up and compares as the rule's criteria do."""
        distance = abs(day - self.ideal)
        return self.weight * distance + UNEVEN * distance**2 - (day - self.ideal)

    def nearer_months(self, month):
        """Return the months that have a nearer day for the target than a given one has."""
        distance = abs(self.days[month] - self.ideal)
        return [other for other, day in self.days.items() if abs(day - self.ideal) < distance]

    def reason(self, months, days):
        """Return why the target gets its day, as :class:`Line` says it."""
        distance, nearer = abs(self.day - self.ideal), self.nearer_months(self.month)
        if not distance:
            return "ideal"
        if distance == min(abs(day - self.ideal) for day in self.days.values()):
            return "closed"
        if not nearer:
            return "city" if self.is_shared else "spread"
        if months.can_spare(self.month):
            return "full"
        has_place = any(months.has_room(month) and days.has_free_day(self, month) for month in nearer)
        return "filled" if has_place or self.day < self.ideal else "full"


class _Months:
    """Who stands in which month, and the cheapest chains of moves between months.

    :param rooms: {month: unpinned targets that it may have}
    :param needs: {month: unpinned targets that it should have}
    """

    def __init__(self, rooms, needs):
        self.rooms = rooms
        self.needs = needs
        self.wishes = {month: [] for month in rooms}
        self._cheapest = {}

    def has_room(self, month):
        return len(self.wishes[month]) < self.rooms[month]

    def can_spare(self, month):
        return len(self.wishes[month]) > self.needs.get(month, 0)

    def level(self, wishes):
        """Give every target its month by rules 2 and 3."""
        for wish in wishes:
            wish.month, wish.latest = None, max(wish.costs)
            month = min(wish.costs, key=wish.costs.get)
            if not self.has_room(month):
                month = self._shift(wish.costs, filter(self.has_room, self.rooms))
            self.move(wish, month)

    def fill(self, wishes):
        """Bring targets forward by rule 4."""
        self._cheapest.clear()
        for wish in wishes:
            wish.latest = max(wish.month, *(set(wish.nearer_months(wish.month)) & set(wish.costs)), 0)
        while lacking := [month for month, need in self.needs.items() if len(self.wishes[month]) < need]:
            if self._shift(dict.fromkeys(filter(self.can_spare, self.rooms), 0), lacking) is None:
                break

    def move(self, wish, month):
        """Put a target into a month, out of the one where it was."""
        if wish.month is not None:
            self.wishes[wish.month].remove(wish)
            self._cheapest.pop(wish.month, None)
        self.wishes[month].append(wish)
        self._cheapest.pop(month, None)
        wish.month = month

    def _shift(self, starts, ends):
        """Follow the cheapest chain of moves from a month to another (Bellman-Ford: moves may cost less than nothing).

        :param starts: {month: cost of starting there}
        :param ends: months where the chain may end
        :return: the month where it started, which now has one target less; None when no chain reaches an end
        """
        costs, came_by, queue = dict(starts), {}, deque(starts)
        while queue:
            here = queue.popleft()
            for there, (cost, wish) in self._moves(here).items():
                if there not in costs or costs[here] + cost < costs[there]:
                    costs[there], came_by[there] = costs[here] + cost, wish
                    if there not in queue:
                        queue.append(there)
        month = min((end for end in ends if end in costs), key=costs.get, default=None)
        while month in came_by:
            wish, end = came_by[month], month
            month = wish.month
            self.move(wish, end)
        return month

    def _moves(self, here):
        """Return the cheapest move from a month to each other one: {month: (cost, who moves)}."""
        if here not in self._cheapest:
            self._cheapest[here] = cheapest = {}
            for wish in self.wishes[here]:
                for there, cost in wish.costs.items():
                    change = cost - wish.costs[here]
                    if here != there <= wish.latest and (there not in cheapest or change < cheapest[there][0]):
                        cheapest[there] = change, wish
        return self._cheapest[here]


def _rooms(free, load, taken, monthly_max, calendar):
    """Return the months to plan, each with the number of unpinned targets that it takes: {month: number}.

    They end when everybody could stand after the last ideal and earliest dates: no least cost is farther away.
    """
    last = max((_month(max(target.ideal, target.earliest)) for target in free), default=0)
    rooms, waiting = {}, len(free)
    months = calendar.open_months(calendar.this_month)
    while waiting > 0:
        month = next(months)
        rooms[month] = max(0, _room(month, load, taken, monthly_max, calendar))
        if month > last:
            waiting -= rooms[month]
    return rooms


def _room(month, load, taken, monthly_max, calendar):
    """Return how many contacts more a month takes by rule 2; not above 0 when it takes none.

    :param load: {month: contacts that it has}
    :param taken: {day: contacts that it has}
    """
    days = calendar.open_days(month)
    coming = sum(taken[day] for day in range(max(calendar.today, _first_day(month)), _first_day(month + 1)))
    most = -(-monthly_max // WEEKS) * len(set(map(_week, days)))
    if month == calendar.this_month:
        most = min(most, calendar.part_left(monthly_max))
    return min(monthly_max - load[month], sum(not taken[day] for day in days), most - coming)


def _gather_in_months(wishes, pinned, months):
    """Swap interchangeable targets, whose costs are the same, so that cities share months (T6)."""
    visits = Counter((_month(target.pinned), target.city) for target in pinned)
    visits.update((wish.month, wish.city) for wish in wishes)
    alike = defaultdict(list)
    for wish in wishes:
        alike[tuple(wish.costs.items())].append(wish)
    for group in alike.values():
        if len({wish.city for wish in group}) > 1 and len({wish.month for wish in group}) > 1:
            _deal_months(group, visits, months)


def _deal_months(group, visits, months):
    """Deal the months of interchangeable targets anew: each step brings to one month all that it takes of the city that
    saves most trips by going there, the city that fills it most exactly if there are several.

    :param visits: {(month, city): contacts}, kept up to date
    """
    places, waiting = defaultdict(list), defaultdict(list)
    for wish in group:
        places[wish.month].append(wish.latest)
        waiting[wish.city].append(wish)
        visits[wish.month, wish.city] -= 1

    def merit(step):
        month, city = step
        there, coming = len(places[month]), len(waiting[city])
        visited = visits[month, city] > 0
        trips_saved = min(there, coming) - (not visited) if city else -1
        return trips_saved, visited, -abs(there - coming)

    while waiting:
        month, city = max(product(sorted(places), sorted(waiting)), key=merit)
        for _place in range(min(len(places[month]), len(waiting[city]))):
            wish, latest = waiting[city].pop(), places[month].pop()
            months.move(wish, month)
            wish.latest = latest
            visits[month, city] += 1
        places, waiting = _without_empty(places), _without_empty(waiting)


class _Days:
    """How many contacts each day has, and who gets which."""

    def __init__(self, pinned, calendar):
        self.calendar = calendar
        self.taken = Counter(target.pinned.toordinal() for target in pinned)
        self.visits = Counter((target.pinned.toordinal(), target.city) for target in pinned if _is_visit(target))

    def open_days(self, wish, month):
        return [day for day in self.calendar.open_days(month) if day >= wish.first]

    def has_free_day(self, wish, month):
        return not all(self.taken[day] for day in self.open_days(wish, month))

    def spread(self, wishes):
        """Give every target its day by rule 6. Who has the fewest days to choose from chooses first.

        :return: those whose month has no day for them
        """

        def turn(wish):
            target = wish.target
            latest_first = -max(wish.first, _first_day(wish.month))
            return wish.month, latest_first, not target.never, -target.priority, wish.ideal, repr(target.key)

        return [wish for wish in sorted(wishes, key=turn) if not self._take(wish)]

    def _take(self, wish):
        """Give a target its day.

        :return: whether there is one
        """
        open_days = self.open_days(wish, wish.month)
        wish.day, wish.is_shared = _quietest(open_days, wish.ideal, self.taken), False
        if _is_visit(wish.target):
            shared = [day for day in open_days if self.taken[day] == self.visits[day, wish.city] == 1]
            day = min(shared, key=lambda day: (abs(day - wish.ideal), -day), default=None)
            if day and (self.taken[wish.day] or abs(day - wish.ideal) <= abs(wish.day - wish.ideal)):
                wish.day, wish.is_shared = day, True
        if self.taken[wish.day] and not wish.is_shared:
            return False
        self.taken[wish.day] += 1
        self.visits[wish.day, wish.city] += _is_visit(wish.target)
        return True


def _channel(target):
    return target.channel or next_channel(target.last_channel, target.alternate)


def _is_visit(target):
    """Return whether the next contact with a target leads to a city."""
    return bool(target.city) and _channel(target) == "in_person"


def _quietest(days, ideal, taken):
    """Return the least taken day, in a week with the fewest contacts, nearest to the ideal, the later of two.

    :param taken: {day: contacts}
    """
    weeks = Counter()
    for day, count in taken.items():
        weeks[_week(day)] += count
    return min(days, key=lambda day: (taken[day], weeks[_week(day)], abs(day - ideal), -day))


def _outwards(ideal, first, last):
    """Yield the days from ``first`` to ``last``, the nearest to ``ideal`` first, of two the later one first."""
    for distance in range(max(0, first - ideal, ideal - last), max(ideal - first, last - ideal) + 1):
        yield from (day for day in dict.fromkeys((ideal + distance, ideal - distance)) if first <= day <= last)


def _without_empty(lists):
    return {key: values for key, values in lists.items() if values}


def _line(target, day, reason):
    return Line(target.key, target.ideal, day, _channel(target), reason)


def _week(day):
    """Return the number of weeks, from Monday to Sunday, up to that of an ordinal."""
    return (day - 1) // 7


def _month(day):
    """Return the number of months from the year 0 to that of a date."""
    return day.year * 12 + day.month - 1


def _first_day(month):
    return date(month // 12, month % 12 + 1, 1).toordinal()


def _exact(number):
    """Return a number without the dust of floating point arithmetic: 24 times a sixth is 4."""
    return round(number, 9)


def _check_limits(monthly_min, monthly_max):
    """Refuse limits that no month can meet.

    :raise ValueError: with the reason
    """
    if monthly_max < 1:
        raise ValueError("The monthly maximum of contacts must be at least one.")
    if monthly_min < 0:
        raise ValueError("The monthly minimum of contacts cannot be negative.")
    if monthly_min > monthly_max:
        raise ValueError("The monthly minimum of contacts cannot be above the maximum.")
