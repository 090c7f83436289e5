"""The levelled plan, rule by rule; on small cases it is held against every assignment there is."""

import doctest
import importlib.util
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, permutations
from math import ceil
from pathlib import Path

import pytest
from conftest import size
from hypothesis import example, given, settings
from hypothesis import strategies as st

MODULE = Path(__file__).resolve().parent.parent / "shifters_relations" / "levelled_plan.py"
SPECIFICATION = importlib.util.spec_from_file_location("levelled_plan", MODULE)
levelled_plan = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(levelled_plan)

Target, plan, place, capacity = levelled_plan.Target, levelled_plan.plan, levelled_plan.place, levelled_plan.capacity

TODAY = date(2026, 3, 10)  # a Tuesday
TUESDAY, WEDNESDAY, THURSDAY, MONDAY_AFTER = (date(2026, 4, day) for day in (14, 15, 16, 20))
CITIES = ("", "Lyon", "Paris")

moderate = settings(max_examples=size(80, 20), deadline=None, database=None)


def test_its_examples_are_true():
    failed, tried = doctest.testmod(levelled_plan)
    assert tried >= 8
    assert not failed


# What the rules say, written a second time, as plainly as can be


def month_of(day):
    return day.year, day.month


def week_of(day):
    return day.isocalendar()[:2]


def month_after(month):
    return (month[0] + month[1] // 12, month[1] % 12 + 1)


def days_of(month):
    day = date(*month, 1)
    while month_of(day) == month:
        yield day
        day += timedelta(1)


def may_be_on(target, day, is_closed):
    return day.weekday() < 5 and not is_closed(day) and day >= max(TODAY, target.earliest)


def nearest_days(target, days, is_closed):
    """The admissible days nearest to the ideal one: none, one or two."""
    days = [day for day in days if may_be_on(target, day, is_closed)]
    least = min((abs(day - target.ideal) for day in days), default=None)
    return [day for day in days if abs(day - target.ideal) == least]


def distance(target, day):
    return abs((day - target.ideal).days)


def cost(targets, dates):
    """The criteria of the least displacement, in their order."""
    away = [
        (target, distance(target, day), (day - target.ideal).days) for target, day in zip(targets, dates, strict=True)
    ]
    return (
        sum(days for _target, days, _shift in away),
        sum(days for target, days, _shift in away if target.never),
        *(sum(days for target, days, _shift in away if target.priority == priority) for priority in (3, 2, 1)),
        sum(days * days for _target, days, _shift in away),
        -sum(shift for _target, _days, shift in away),
    )


def load_without_free(targets, done=0):
    """{month: contacts that nobody can move}."""
    load = Counter(month_of(target.pinned) for target in targets if target.pinned)
    load[month_of(TODAY)] += done
    return load


def room_of(targets, monthly_max, done=0, is_closed=lambda day: False):
    """A function that tells how many contacts a month takes besides the fixed ones: rule 2."""
    fixed = load_without_free(targets, done)
    pinned = [target.pinned for target in targets if target.pinned]

    def room(month):
        open_days = [day for day in days_of(month) if day.weekday() < 5 and not is_closed(day)]
        left = [day for day in open_days if day >= TODAY]
        coming = sum(day >= TODAY and month_of(day) == month for day in pinned)
        most = min(monthly_max - fixed[month], sum(day not in pinned for day in left))
        most = min(most, ceil(monthly_max / 4) * len(set(map(week_of, left))) - coming)
        if month == month_of(TODAY) and open_days:
            most = min(most, ceil(monthly_max * len(left) / len(open_days)) - coming)
        return max(0, most)

    return room


def nearest_in_months(targets, found, is_closed):
    """For each target the nearest day of the month that it has got, by which months are chosen."""
    return [nearest_days(target, days_of(month_of(found[target.key])), is_closed)[-1] for target in targets]


def assignments(choices, room):
    """Every way to choose a day per target, from ``choices`` {month: day} of each, that leaves no month too full."""
    if not choices:
        yield ()
        return
    for month, day in choices[0].items():
        if room[month]:
            room[month] -= 1
            for others in assignments(choices[1:], room):
                yield (day, *others)
            room[month] += 1


def all_choices(free, room_of, is_closed):
    """For each target {month: its latest nearest day}, over months enough that all could go after everything else."""
    last = max(month_of(max(target.ideal, target.earliest, TODAY)) for target in free)
    months, month, spare = [], month_of(TODAY), 0
    while spare <= len(free):
        months.append(month)
        if month > last and nearest_days(replace(free[0], earliest=TODAY), days_of(month), is_closed):
            spare += room_of(month)
        month = month_after(month)
    choices = [{month: nearest_days(target, days_of(month), is_closed)[-1:] for month in months} for target in free]
    return months, [{month: days[0] for month, days in choice.items() if days} for choice in choices]


def missing(targets, days, monthly_min):
    """Contacts that whole months lack, from the next one to that of the latest ideal date."""
    load = Counter(map(month_of, days))
    last, month, total = max(month_of(target.ideal) for target in targets), month_after(month_of(TODAY)), 0
    while month <= last:
        total += max(0, monthly_min - load[month])
        month = month_after(month)
    return total


# What is drawn


def near(first, last):
    """Dates, in days from today."""
    return st.integers(first, last).map(lambda days: TODAY + timedelta(days))


@st.composite
def closures(draw, last=150):
    """A function that closes single days, and sometimes a whole month."""
    days = draw(st.frozensets(near(-5, last), max_size=25))
    months = draw(st.frozensets(st.sampled_from([(2026, 3), (2026, 4), (2026, 5), (2026, 8)]), max_size=1))
    return lambda day: day in days or month_of(day) in months


@st.composite
def portfolios(draw, min_size=0, max_size=14, last=150, cities=CITIES, pinned=True):
    """Targets, as they may come; several may be due on the same day."""
    count = draw(st.integers(min_size, max_size))
    ideals = near(-60, last) | st.sampled_from(draw(st.lists(near(-60, last), min_size=1, max_size=2)))
    return [
        Target(
            key=key,
            ideal=draw(ideals),
            earliest=draw(st.just(TODAY) | near(-60, last)),
            pinned=draw(st.none() | st.none() | near(-20, last)) if pinned else None,
            never=draw(st.booleans()),
            priority=draw(st.integers(0, 3)),
            city=draw(st.sampled_from(cities)),
            last_channel=draw(st.sampled_from([None, "in_person", "phone", "video", "event"])),
            alternate=draw(st.booleans()),
        )
        for key in range(count)
    ]


limits = st.tuples(st.integers(0, 3), st.integers(1, 4)).map(lambda pair: (min(pair), pair[1]))
some_done = st.integers(0, 5)


def planned(targets, limits=(0, 4), done=0, is_closed=lambda day: False):
    monthly_min, monthly_max = limits
    return plan(
        targets,
        monthly_min=monthly_min,
        monthly_max=monthly_max,
        today=TODAY,
        done_this_month=done,
        is_closed=is_closed,
    )


def dates(lines):
    return {line.key: line.date for line in lines}


def reasons(lines):
    return {line.key: line.reason for line in lines}


def alike(count, ideal, **values):
    return [Target(key, ideal, TODAY, **values) for key in range(count)]


# Rules that hold for every plan


@moderate
@given(portfolios(), limits, some_done, closures())
def test_every_target_has_one_line_in_the_order_of_dates(targets, limits, done, is_closed):
    lines = planned(targets, limits, done, is_closed)
    assert Counter(line.key for line in lines) == Counter(target.key for target in targets)
    assert lines == sorted(lines, key=lambda line: (line.date, repr(line.key)))


@moderate
@given(portfolios(), limits, some_done, closures())
def test_pinned_dates_never_move(targets, limits, done, is_closed):
    lines = {line.key: line for line in planned(targets, limits, done, is_closed)}
    for target in targets:
        assert (lines[target.key].reason == "pinned") == (target.pinned is not None)
        assert target.pinned in (None, lines[target.key].date)


@moderate
@given(portfolios(), limits, some_done, closures())
def test_no_month_is_over_its_maximum_unless_pinned_dates_and_contacts_made_are(targets, limits, done, is_closed):
    room = room_of(targets, limits[1], done, is_closed)
    lines = planned(targets, limits, done, is_closed)
    for month, count in Counter(month_of(line.date) for line in lines if line.reason != "pinned").items():
        assert count <= room(month)


@moderate
@given(portfolios(), limits, some_done, closures())
def test_contacts_are_on_open_days_from_today_and_from_their_earliest_day(targets, limits, done, is_closed):
    found = dates(planned(targets, limits, done, is_closed))
    for target in targets:
        assert target.pinned or may_be_on(target, found[target.key], is_closed)


def share_a_visit(one, other):
    """Whether two targets may be seen on one day: in person, in the same city."""
    channels = {
        target.channel or levelled_plan.next_channel(target.last_channel, target.alternate) for target in (one, other)
    }
    return bool(one.city) and one.city == other.city and channels == {"in_person"}


@moderate
@given(portfolios() | portfolios(last=40, cities=["", "Lyon"]), limits, some_done, closures() | closures(last=60))
@example([Target(key, TODAY, date(2026, 3, 31)) for key in range(3)], (0, 4), 0, lambda day: False)
def test_no_day_has_two_contacts_but_visits_in_one_city(targets, limits, done, is_closed):
    found = dates(planned(targets, limits, done, is_closed))
    for one, other in combinations(targets, 2):
        if found[one.key] == found[other.key] and not (one.pinned and other.pinned):
            assert share_a_visit(one, other)


@moderate
@given(portfolios(), limits, some_done, closures())
def test_a_day_has_at_most_two_visits(targets, limits, done, is_closed):
    lines = planned(targets, limits, done, is_closed)
    for day, count in Counter(line.date for line in lines).items():
        assert count <= 2 or all(line.reason == "pinned" for line in lines if line.date == day)


@moderate
@given(st.integers(1, 8), near(25, 150), st.sampled_from(["", "Lyon"]), st.booleans())
def test_contacts_of_a_month_are_spread_over_its_weeks(count, ideal, city, in_person):
    """About one a week: weeks differ by a contact at most, or two where two visits share a day."""
    last_channel = "phone" if in_person else "in_person"
    targets = alike(count, ideal, city=city, last_channel=last_channel)
    found = list(dates(planned(targets, (0, 4))).values())
    for month in set(map(month_of, found)):
        weeks = Counter(day.isocalendar()[:2] for day in found if month_of(day) == month)
        assert max(weeks.values()) <= (2 if city and in_person else 1)


@moderate
@given(portfolios(pinned=False, cities=[""]), st.integers(1, 4), st.frozensets(near(0, 150), max_size=25))
def test_no_week_has_more_than_two_contacts_where_nothing_binds_them(targets, monthly_max, closed):
    targets = [replace(target, earliest=TODAY) for target in targets]
    found = dates(planned(targets, (0, monthly_max), 0, closed.__contains__))
    assert max(Counter(map(week_of, found.values())).values(), default=0) <= 2


def test_a_month_in_which_a_member_is_away_is_not_crowded_into_what_is_left_of_it():
    targets = alike(4, date(2026, 6, 3))
    found = dates(planned(targets, is_closed=lambda day: date(2026, 6, 11) <= day <= date(2026, 6, 30)))
    assert Counter(map(month_of, found.values())) == {(2026, 5): 2, (2026, 6): 2}
    assert len(set(map(week_of, found.values()))) == 4


def test_four_contacts_due_on_one_day_are_one_a_week():
    lines = planned(alike(4, date(2026, 5, 11)), (0, 4))
    assert [line.date for line in lines] == [date(2026, 5, day) for day in (1, 8, 11, 18)]
    assert Counter(reasons(lines).values()) == {"ideal": 1, "spread": 3}


def test_visits_in_a_city_share_a_day_two_by_two():
    targets = alike(4, date(2026, 5, 11), city="Lyon", last_channel="phone")
    assert [line.date for line in planned(targets)] == [date(2026, 5, day) for day in (8, 8, 11, 11)]
    targets = alike(4, date(2026, 5, 11), city="Lyon", last_channel="event")
    assert len(set(dates(planned(targets)).values())) == 4, "calls share nothing"


def test_what_is_left_of_the_month_takes_its_part_of_the_maximum():
    late = alike(6, date(2026, 3, 2))
    for today, count in ((date(2026, 3, 2), 4), (date(2026, 3, 17), 2), (date(2026, 3, 31), 1)):
        lines = plan(late, monthly_min=2, monthly_max=4, today=today)
        assert sum(month_of(line.date) == (2026, 3) for line in lines) == count


def test_who_has_the_fewest_days_chooses_first():
    last = date(2026, 4, 30)
    targets = [Target("any", last, TODAY, priority=3), Target("late", last, last)]
    assert dates(planned(targets)) == {"late": last, "any": date(2026, 4, 24)}


@moderate
@given(portfolios().flatmap(lambda targets: st.tuples(st.just(targets), st.permutations(targets))), limits, closures())
@example((alike(3, TODAY), alike(3, TODAY)[::-1]), (0, 1), lambda day: False)
def test_the_order_of_targets_changes_nothing(orders, limits, is_closed):
    targets, others = orders
    assert planned(targets, limits, 0, is_closed) == planned(others, limits, 0, is_closed)


@moderate
@given(portfolios(), limits, some_done, closures())
def test_planning_again_changes_nothing_nor_does_pinning_what_was_planned(targets, limits, done, is_closed):
    lines = planned(targets, limits, done, is_closed)
    assert planned(targets, limits, done, is_closed) == lines
    found = dates(lines)
    kept = planned([replace(target, pinned=found[target.key]) for target in targets], limits, done, is_closed)
    assert [(line.key, line.date) for line in kept] == [(line.key, line.date) for line in lines]


@moderate
@given(portfolios(), limits, some_done, closures())
def test_reasons_are_true(targets, limits, done, is_closed):
    lines = planned(targets, limits, done, is_closed)
    found, fixed, room = dates(lines), load_without_free(targets, done), room_of(targets, limits[1], done, is_closed)
    load = Counter(month_of(line.date) for line in lines if line.reason != "pinned")
    for target in targets:
        if target.pinned:
            continue
        day, reason = found[target.key], reasons(lines)[target.key]
        here = month_of(day)
        others = {key: other for key, other in found.items() if key != target.key}

        def away(month, target=target):
            return min((distance(target, day) for day in nearest_days(target, days_of(month), is_closed)), default=999)

        def has_place(month, target=target, others=others):
            free = [day for day in days_of(month) if may_be_on(target, day, is_closed) and day not in others.values()]
            return load[month] < room(month) and free

        months = {month_of(TODAY + timedelta(days)) for days in range(600)}
        nearer = [month for month in months if away(month) < away(here)]
        nearest = nearest_days(target, (TODAY + timedelta(days) for days in range(400)), is_closed)
        assert (reason == "ideal") == (day == target.ideal)
        assert (reason in ("ideal", "closed")) == (day in nearest)
        assert (reason in ("ideal", "closed", "spread", "city")) == (not nearer)
        if reason == "spread":
            weeks = set(map(week_of, nearest_days(target, days_of(here), is_closed)))
            assert any(week_of(other) in weeks for other in others.values())
        if reason == "city":
            assert any(share_a_visit(target, other) and found[other.key] == day for other in targets if other != target)
        if reason == "full":
            assert not any(map(has_place, nearer))
        if reason == "filled":
            assert load[here] + fixed[here] <= limits[0]
            assert month_of(TODAY) < here <= max(month_of(target.ideal) for target in targets)


@moderate
@given(portfolios())
def test_lines_suggest_the_next_channel(targets):
    channels = {line.key: line.channel for line in planned(targets)}
    for target in targets:
        assert channels[target.key] == levelled_plan.next_channel(target.last_channel, target.alternate)


# The least displacement, and the minimum


@moderate
@given(
    portfolios(min_size=1, max_size=5, last=45, cities=[""]),
    st.integers(1, 2),
    st.integers(0, 2),
    closures(last=60),
)
def test_displacement_is_the_least_of_all_assignments(targets, monthly_max, done, is_closed):
    free = [target for target in targets if not target.pinned]
    found = dates(planned(targets, (0, monthly_max), done, is_closed))
    if free:
        room = room_of(targets, monthly_max, done, is_closed)
        months, choices = all_choices(free, room, is_closed)
        least = min(cost(free, days) for days in assignments(choices, {month: room(month) for month in months}))
        assert cost(free, nearest_in_months(free, found, is_closed)) == least


@moderate
@given(
    portfolios(min_size=1, max_size=5, last=100, cities=[""]),
    st.sampled_from([(1, 1), (1, 2), (2, 2)]),
    closures(last=110),
)
@example(alike(4, date(2026, 6, 15)), (1, 2), lambda day: False)
def test_what_months_lack_is_the_least_of_all_ways_to_bring_forward(targets, limits, is_closed):
    monthly_min, monthly_max = limits
    free = [target for target in targets if not target.pinned]
    unfilled = dates(planned(targets, (0, monthly_max), 0, is_closed))
    found = dates(planned(targets, limits, 0, is_closed))
    if free:
        room = room_of(targets, monthly_max, 0, is_closed)
        months, choices = all_choices(free, room, is_closed)
        for target, choice in zip(free, choices, strict=True):
            for month in [month for month in choice if month > month_of(unfilled[target.key])]:
                del choice[month]
        rooms = {month: room(month) for month in months}
        pinned = [target.pinned for target in targets if target.pinned]

        def lacking(days):
            return missing(targets, [*pinned, *days], monthly_min), sum(map(distance, free, days))

        assert lacking(nearest_in_months(free, found, is_closed)) == min(map(lacking, assignments(choices, rooms)))


@moderate
@given(portfolios(cities=[""]), limits, some_done, closures())
def test_filling_brings_forward_only(targets, limits, done, is_closed):
    before = dates(planned(targets, (0, limits[1]), done, is_closed))
    after = dates(planned(targets, limits, done, is_closed))
    assert all(month_of(after[key]) <= month_of(before[key]) for key in before)
    if targets:
        assert missing(targets, after.values(), limits[0]) <= missing(targets, before.values(), limits[0])


def test_who_has_an_event_near_is_met_there_where_the_limits_allow():
    """The day of an event is taken, in person; where it is not free, all is as though there were none (N5)."""
    first, second = Target("A", THURSDAY, TODAY, event=TUESDAY), Target("B", WEDNESDAY, TODAY)
    lines = {line.key: line for line in plan([first, second], monthly_min=0, monthly_max=4, today=TODAY)}
    assert (lines["A"].date, lines["A"].channel, lines["A"].reason) == (TUESDAY, "in_person", "event")
    assert lines["A"].ideal == THURSDAY
    for taken in (Target("C", TUESDAY, TODAY, pinned=TUESDAY), Target("C", TUESDAY, TODAY, event=TUESDAY)):
        there = plan([first, second, taken], monthly_min=0, monthly_max=4, today=TODAY)
        assert sum(line.date == TUESDAY for line in there) == 1
    without = [replace(first, event=None), second]
    closed = plan([first, second], monthly_min=0, monthly_max=4, today=TODAY, is_closed=lambda day: day == TUESDAY)
    assert closed == plan(without, monthly_min=0, monthly_max=4, today=TODAY, is_closed=lambda day: day == TUESDAY)


@moderate
@given(portfolios(), limits, closures(), st.lists(near(1, 60), max_size=5))
def test_events_break_no_rule_and_the_plan_stays_the_same(targets, limits, is_closed, days):
    targets = [replace(each, event=day) for each, day in zip(targets, days, strict=False)] + targets[len(days) :]
    low, high = limits
    lines = plan(targets, monthly_min=low, monthly_max=high, today=TODAY, is_closed=is_closed)
    assert lines == plan(targets[::-1], monthly_min=low, monthly_max=high, today=TODAY, is_closed=is_closed)
    by_key = {target.key: target for target in targets}
    for line in lines:
        target = by_key[line.key]
        assert (line.reason == "event") <= (line.date == target.event)
        assert target.pinned == line.date if target.pinned else may_be_on(target, line.date, is_closed)


def test_a_plan_that_fits_keeps_every_ideal_day():
    targets = [Target(month, date(2026, month, 15), TODAY) for month in (4, 5, 6, 7)]
    assert set(reasons(planned(targets, (1, 4))).values()) == {"ideal"}


def test_short_months_are_filled_from_later_ones():
    lines = planned(alike(8, date(2026, 6, 15)), (2, 4))
    assert Counter(month_of(line.date) for line in lines) == {(2026, 4): 2, (2026, 5): 2, (2026, 6): 4}
    assert Counter(line.reason for line in lines) == {"filled": 4, "ideal": 1, "spread": 3}


def test_the_current_month_and_months_after_the_latest_ideal_date_are_not_filled():
    lines = planned(alike(4, date(2026, 4, 15)), (2, 2))
    assert Counter(month_of(line.date) for line in lines) == {(2026, 3): 2, (2026, 4): 2}
    assert {month_of(line.date) for line in planned(alike(4, date(2026, 4, 15)), (2, 4))} == {(2026, 4)}


def test_nobody_is_brought_forward_before_the_earliest_day():
    targets = [replace(target, earliest=date(2026, 5, 4)) for target in alike(4, date(2026, 6, 15))]
    found = Counter(month_of(line.date) for line in planned(targets, (2, 4)))
    assert found == {(2026, 5): 2, (2026, 6): 2}


def test_filling_leaves_never_contacted_and_urgent_targets_where_they_are():
    ideal = date(2026, 5, 20)
    targets = [
        Target("never", ideal, TODAY, never=True),
        Target("urgent", ideal, TODAY, priority=3),
        Target("other", ideal, TODAY),
        Target("minor", ideal, TODAY, priority=1),
    ]
    found = reasons(planned(targets, (2, 4)))
    assert found == {"never": "ideal", "urgent": "spread", "other": "filled", "minor": "filled"}


def test_a_day_after_the_ideal_one_is_not_brought_forward_even_if_it_was_later_before():
    targets = [
        Target("here", date(2026, 5, 20), date(2026, 5, 4)),
        Target("may", date(2026, 5, 4), TODAY, pinned=date(2026, 5, 4)),
        Target("june", date(2026, 6, 1), TODAY, never=True),
    ]
    assert dates(planned(targets, (0, 1)))["here"] == date(2026, 7, 1)
    found = planned(targets, (1, 1))
    assert dates(found) == {"june": date(2026, 4, 30), "may": date(2026, 5, 4), "here": date(2026, 6, 1)}
    assert reasons(found) == {"june": "filled", "may": "pinned", "here": "full"}


# Ties


@moderate
@given(portfolios(min_size=2, pinned=False), st.integers(1, 4), some_done, closures(), near(-40, 60), near(0, 40))
def test_never_contacted_then_urgent_targets_stay_nearest_to_the_same_ideal_day(
    targets, monthly_max, done, is_closed, ideal, earliest
):
    same = {target.key for target in targets[::2]}
    targets = [replace(target, ideal=ideal, earliest=earliest) if target.key in same else target for target in targets]
    found = dates(planned(targets, (0, monthly_max), done, is_closed))
    rivals = [target for target in targets if target.key in same]
    for one, other in permutations(rivals, 2):
        if (one.never, one.priority) > (other.never, other.priority):
            [mine, theirs] = nearest_in_months([one, other], found, is_closed)
            assert distance(one, mine) <= distance(other, theirs)


def test_a_never_contacted_target_wins_over_priority():
    ideal = date(2026, 4, 15)
    targets = [Target("a", ideal, TODAY, priority=3), Target("b", ideal, TODAY, never=True), Target("c", ideal, TODAY)]
    found = dates(planned(targets, (0, 1)))
    assert found == {"b": ideal, "a": date(2026, 3, 31), "c": date(2026, 5, 1)}


def test_who_is_late_for_longest_comes_first():
    late = [Target(key, TODAY - timedelta(days), TODAY) for key, days in enumerate((5, 90, 30, 60))]
    found = dates(planned(late, (0, 2)))
    assert {key for key, day in found.items() if month_of(day) == month_of(TODAY)} == {1, 3}


@moderate
@given(
    st.lists(st.sampled_from(["", "Lille", "Lyon", "Paris"]), min_size=2, max_size=7), st.integers(1, 4), near(0, 60)
)
@example(["", "", "Paris", "Paris"], 3, date(2026, 4, 29))
@example(["Lille", "Lille", "Lyon", "Lyon", "Paris", "Paris", "Paris"], 4, date(2026, 4, 27))
def test_interchangeable_targets_of_a_city_share_months(cities, monthly_max, ideal):
    targets = [Target(key, ideal, TODAY, city=city) for key, city in enumerate(cities)]
    months = [month_of(line.date) for line in sorted(planned(targets, (0, monthly_max)), key=lambda line: line.key)]

    def visits(months):
        return len({(month, city) for month, city in zip(months, cities, strict=True) if city})

    assert visits(months) == min(map(visits, set(permutations(months))))


@pytest.mark.parametrize(("city", "other"), [("Lyon", "Paris"), ("Paris", "Lyon")])
def test_interchangeable_targets_go_to_the_month_where_their_city_is_visited(city, other):
    targets = [Target(name, date(2026, 4, 29), TODAY, city=name) for name in ("Lyon", "Paris")]
    visit = Target("visit", TODAY, TODAY, pinned=date(2026, 4, 7), city=city)
    found = dates(planned([*targets, visit], (0, 2)))
    assert (month_of(found[city]), month_of(found[other])) == ((2026, 4), (2026, 5))


def test_a_city_that_is_visited_anyway_is_served_before_one_that_is_not():
    targets = [replace(target, city="Lyon" if target.key < 2 else "Paris") for target in alike(4, date(2026, 4, 29))]
    visit = Target("visit", TODAY, TODAY, pinned=date(2026, 5, 5), city="Lyon")
    found = dates(planned([*targets, visit], (0, 2)))
    assert len({(month_of(found[target.key]), target.city) for target in [*targets, visit]}) == 3


@moderate
@given(st.lists(st.sampled_from(CITIES), min_size=2, max_size=10), limits, near(0, 120))
def test_cities_change_no_reason(cities, limits, ideal):
    targets = [Target(key, ideal, TODAY, city=city) for key, city in enumerate(cities)]
    without = [replace(target, city="") for target in targets]
    assert Counter(reasons(planned(targets, limits)).values()) == Counter(reasons(planned(without, limits)).values())


def test_of_two_equally_near_days_the_later_wins():
    [line] = planned(alike(1, WEDNESDAY), is_closed=lambda day: day == WEDNESDAY)
    assert (line.date, line.reason) == (THURSDAY, "closed")
    [target] = alike(1, WEDNESDAY)
    is_closed = WEDNESDAY.__eq__
    assert place(target, busy={}, monthly_max=1, today=TODAY, latest=date(2026, 5, 1), is_closed=is_closed) == THURSDAY


def day_of(last_channel, earliest, *visits):
    """The day of a target in Paris, due on a Wednesday that is closed, with visits pinned to (day, city)."""
    target = Target("here", WEDNESDAY, earliest, city="Paris", last_channel=last_channel)
    pinned = [Target(f"visit {day}", day, TODAY, pinned=day, city=city, last_channel="phone") for day, city in visits]
    return dates(planned([target, *pinned], is_closed=lambda day: day == WEDNESDAY))["here"]


@pytest.mark.parametrize(
    ("last_channel", "earliest", "visits", "expected"),
    [
        ("phone", TODAY, [(TUESDAY, "Paris")], TUESDAY),
        ("in_person", TODAY, [(TUESDAY, "Paris")], MONDAY_AFTER),
        ("phone", TODAY, [(TUESDAY, "Lyon")], MONDAY_AFTER),
        ("phone", WEDNESDAY, [(TUESDAY, "Paris")], MONDAY_AFTER),
        ("phone", TODAY, [(TUESDAY, "Paris"), (TUESDAY, "Lyon")], MONDAY_AFTER),
    ],
)
def test_a_visit_goes_where_its_city_is_visited_in_person_that_week(last_channel, earliest, visits, expected):
    assert day_of(last_channel, earliest, *visits) == expected


# Whole years


def test_nobody_is_planned_in_august_when_it_is_closed():
    lines = planned(alike(10, date(2026, 8, 10)), (0, 4), is_closed=lambda day: day.month == 8)
    assert Counter(month_of(line.date) for line in lines) == {(2026, 7): 4, (2026, 9): 4, (2026, 6): 2}
    assert Counter(line.reason for line in lines) == {"closed": 1, "spread": 3, "full": 6}


def test_twenty_targets_at_two_contacts_a_year_are_two_to_four_a_month():
    due = {4: 1, 5: 0, 6: 6, 7: 3, 8: 1, 9: 9}
    ideals = [date(2026, month, 1 + 3 * number) for month, count in due.items() for number in range(count)]
    targets = [Target(key, ideal, TODAY, city=CITIES[key % 3]) for key, ideal in enumerate(ideals)]
    load = Counter(month_of(line.date) for line in planned(targets, (2, 4)))
    assert all(2 <= load[2026, month] <= 4 for month in due)
    assert max(load.values()) == 4


def test_twenty_five_overdue_targets_are_spread_over_the_next_months():
    targets = [Target(key, TODAY - timedelta(key), TODAY, never=key < 5) for key in range(25)]
    load = Counter(month_of(line.date) for line in planned(targets, (2, 4), done=1))
    assert load == {(2026, 3): 3, (2026, 4): 4, (2026, 5): 4, (2026, 6): 4, (2026, 7): 4, (2026, 8): 4, (2026, 9): 2}


def test_no_target_gives_no_line():
    assert planned([], (2, 4), is_closed=lambda day: True) == []


def test_pinned_dates_need_no_open_day():
    targets = [replace(target, pinned=TODAY) for target in alike(9, TODAY)]
    assert len(planned(targets, (2, 4), is_closed=lambda day: True)) == 9


# One renewal among the others


@moderate
@given(
    portfolios(min_size=1, max_size=1),
    st.dictionaries(near(0, 200), st.integers(1, 5), max_size=12),
    st.integers(1, 4),
    near(0, 150),
    closures(),
)
def test_placing_takes_a_quiet_day_in_the_nearest_month_with_room_and_leaves_the_others(
    targets, busy, monthly_max, latest, is_closed
):
    [target] = targets
    as_it_was = dict(busy)
    found = place(target, busy=busy, monthly_max=monthly_max, today=TODAY, latest=latest, is_closed=is_closed)
    assert busy == as_it_was
    days = [TODAY + timedelta(days) for days in range(600)]
    until_latest = [day for day in days if day <= latest and may_be_on(target, day, is_closed)]
    others = [Target((day, n), day, TODAY, pinned=day) for day, count in busy.items() for n in range(count)]
    room = room_of(others, monthly_max, 0, is_closed)
    with_room = [day for day in until_latest if day not in busy and room(month_of(day))]
    if target.pinned:
        assert found == target.pinned
    elif until_latest:
        month = month_of(nearest_days(target, with_room or until_latest, is_closed)[-1])
        weeks = Counter()
        for day, count in busy.items():
            weeks[week_of(day)] += count
        assert found == min(
            (day for day in until_latest if month_of(day) == month),
            key=lambda day: (
                busy.get(day, 0),
                weeks[week_of(day)],
                distance(target, day),
                -day.toordinal(),
            ),
        )
    else:
        assert found == next(day for day in days if day > latest and may_be_on(target, day, is_closed))


def test_a_renewal_is_placed_in_the_nearest_month_with_room():
    target = Target("here", date(2026, 5, 12), TODAY)
    april, may, june = ({date(2026, month, 20): 4} for month in (4, 5, 6))
    busy = april | may
    values = {"monthly_max": 4, "today": TODAY, "latest": date(2026, 12, 31)}
    assert place(target, busy=busy, **values) == date(2026, 6, 1)
    assert place(target, busy=may, **values) == date(2026, 4, 30)
    assert place(target, busy=april | june, **values) == date(2026, 5, 12)
    assert place(target, busy=busy, **values | {"latest": date(2026, 5, 31)}) == date(2026, 3, 31)
    first_of_june = {"today": date(2026, 5, 12), "latest": date(2026, 6, 1)}
    assert place(target, busy=busy, **values | first_of_june) == date(2026, 6, 1)


def test_a_renewal_is_placed_in_a_week_of_its_own():
    target = Target("here", date(2026, 5, 12), TODAY)
    values = {"monthly_max": 4, "today": TODAY, "latest": date(2026, 12, 31)}
    assert place(target, busy={date(2026, 5, 12): 1}, **values) == date(2026, 5, 8)
    assert place(target, busy={date(2026, 5, 12): 1, date(2026, 5, 6): 1}, **values) == date(2026, 5, 18)


# Channels and capacity


@pytest.mark.parametrize(
    ("last", "other", "same"),
    [
        (None, "phone", "phone"),
        ("phone", "in_person", "phone"),
        ("video", "in_person", "phone"),
        ("in_person", "phone", "in_person"),
        ("event", "phone", "in_person"),
    ],
)
def test_channels_alternate_unless_they_should_not(last, other, same):
    assert levelled_plan.next_channel(last) == other
    assert levelled_plan.next_channel(last, alternate=False) == same


def test_thirty_one_targets_twice_a_year_are_too_many():
    found = capacity([6] * 31, monthly_min=2, monthly_max=4)
    assert (round(found.per_month, 2), found.missing, found.targets_that_fit) == (5.17, 0, 24)
    assert (found.missing, round(found.too_many, 2), found.interval_that_fits) == (0, 1.17, 7.75)


def test_eleven_targets_twice_a_year_are_too_few():
    found = capacity([6] * 11, monthly_min=2, monthly_max=4)
    assert (round(found.missing, 2), found.too_many) == (0.17, 0)


@pytest.mark.parametrize(("count", "fits"), [(11, False), (12, True), (24, True), (25, False)])
def test_twelve_to_twenty_four_targets_twice_a_year_fit(count, fits):
    found = capacity([6] * count, monthly_min=2, monthly_max=4)
    assert (found.missing == found.too_many == 0) is fits


@pytest.mark.parametrize("interval", range(1, 25))
def test_four_contacts_a_month_are_four_targets_per_month_of_interval(interval):
    assert capacity([interval] * 6, monthly_min=2, monthly_max=4).targets_that_fit == 4 * interval


def test_an_empty_portfolio_lacks_the_minimum():
    assert capacity([], monthly_min=2, monthly_max=4).missing == 2


@moderate
@given(st.lists(st.integers(1, 24), min_size=1, max_size=40), limits)
@example([6] * 11, (0, 3))
@example([6] * 17, (0, 3))
def test_capacity_says_how_many_and_how_often(intervals, limits):
    monthly_min, monthly_max = limits
    found = capacity(intervals, monthly_min=monthly_min, monthly_max=monthly_max)
    assert not (found.missing and found.too_many)
    assert (found.targets_that_fit >= len(intervals)) == (not found.too_many)
    exactly = {"monthly_min": monthly_max, "monthly_max": monthly_max}
    exact = capacity([found.interval_that_fits] * len(intervals), **exactly)
    assert exact.missing == exact.too_many == 0
    assert capacity([found.interval_that_fits * 0.99] * len(intervals), **exactly).too_many


# Errors


@pytest.mark.parametrize(("monthly_min", "monthly_max"), [(0, 0), (3, 2), (-1, 4), (-2, -1)])
def test_limits_that_no_month_can_meet_are_refused(monthly_min, monthly_max):
    with pytest.raises(ValueError, match="monthly"):
        planned([], (monthly_min, monthly_max))
    with pytest.raises(ValueError, match="monthly"):
        capacity([6], monthly_min=monthly_min, monthly_max=monthly_max)


def test_placing_refuses_a_maximum_of_nothing():
    with pytest.raises(ValueError, match="maximum"):
        place(*alike(1, TODAY), busy={}, monthly_max=0, today=TODAY, latest=TODAY)


def test_intervals_are_positive():
    with pytest.raises(ValueError, match="interval"):
        capacity([6, 0], monthly_min=2, monthly_max=4)


def test_after_ten_years_without_an_open_day_every_working_day_is_open():
    closed = {"is_closed": lambda day: day > TODAY}
    [line] = planned(alike(1, TODAY + timedelta(days=40)), **closed)
    assert line.date.weekday() < 5
    assert planned(alike(9, TODAY), **closed)
    saturday = TODAY + timedelta(days=(5 - TODAY.weekday()) % 7)
    found = place(
        *alike(1, saturday), busy={}, monthly_max=1, today=saturday, latest=saturday, is_closed=lambda day: True
    )
    assert found == saturday + timedelta(days=2)
