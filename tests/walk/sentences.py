"""What the sentence of a date says, held against the facts: the rule, written a second time, as plainly as can be.

Nothing here is the product's: the facts are read from the tables, the days are counted again.
"""

import re
from datetime import timedelta

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta

FIRST_CONTACT_AFTER = timedelta(days=14)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CONTACTS = {"in_person": "meeting", "phone": "call", "video": "video call", "event": "event"}

COMING = "An appointment is in the calendar."
OVER = "An appointment was in the calendar: its synthesis is to be written."
BY_HAND = "This date was set by hand."
FORMER_MEETING = "An appointment was on this day."
AFTER_ABSENCE = "The day before was in an absence: this one is after it."
AFTER_CLOSURE = "Nobody works on the day before: this one is after it."
RULE = re.compile(
    r"(?:(?P<count>\d+) (?P<unit>week|month|year)s? after the (?P<contact>[a-z ]+) of (?P<of>.+?)"
    r"|(?P<first>First contact): (?P<within>\d+) days after (?:becoming a target|(?P<return>being followed again))"
    r"|(?P<again>Nobody answered): we try again a week later)"
    r"(?:, (?P<days>\d+) days? (?P<way>earlier|later)(?P<plan> by the plan)?"
    r"| \((?P<told>[^:]+?)(?: is a (?P<weekday>\w+)|(?P<absence> is in an absence)|: (?P<closure>.+))\))?\."
)
AWAY = re.compile(
    r"(?<=\.) (?:(?P<away>(?:You are|\w+ is) away that day)|(?P<day>\d+ [A-Z][a-z]+): (?P<closure>[^().]+))\.$"
)


def say_day(day, today):
    """A day as the product writes it: its year only where it is another one."""
    return f"{day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")


def add(day, cadence):
    """A cadence after a day."""
    count, unit = cadence
    return day + relativedelta(**{unit: count})


def is_in(closure, day):
    """Whether a day is one of a closure's."""
    if closure["follows_easter"]:
        return easter(day.year) + timedelta(days=closure["easter_offset"]) == day
    first, last = closure["date_from"], closure["date_to"]
    if not closure["yearly"]:
        return first <= day <= last
    years = last.year - first.year
    begins = (first + relativedelta(year=year) for year in (day.year - years, day.year))
    return any(begin <= day <= last + relativedelta(year=begin.year + years) for begin in begins)


def is_closed(facts, day):
    """Whether nobody contacts on that day, or its owner does not."""
    return day.weekday() > 4 or any(is_in(closure, day) for closure in facts["closures"])


def is_away(facts, day):
    """Whether the day is in an absence of who keeps the contact."""
    return any(closure["user_id"] and is_in(closure, day) for closure in facts["closures"])


def check(sentence, facts):
    """See that every word of a sentence is true.

    :param dict facts: ``today``; ``date`` of the renewal; ``followed`` (since which day); ``is_back`` (whether it
        had been before, and not all the time since); ``cadence`` (count, unit);
        ``last`` (date, channel) or None; ``closures`` of everybody and of who keeps the contact (dictionaries);
        ``meetings`` (days of those to come); ``by_hand`` (days that somebody chose for this renewal); ``is_by_hand``
        (whether that was the last that happened to it); ``attempts`` (days a week after each, and after the day that
        it was due); ``planned`` (whether a plan was applied)
    :raise AssertionError: it is not
    """
    today, date = facts["today"], facts["date"]
    closed = {each["name"] for each in facts["closures"] if is_in(each, date)}
    if found := AWAY.search(sentence):
        if found["away"]:
            assert is_away(facts, date), "nobody is away that day"
        else:
            assert found["day"] == f"{date.day} {date:%B}", "it is another day"
            assert found["closure"] in closed, f"that day is {closed or 'open'}"
            assert not is_away(facts, date), "who keeps the contact is away that day"
        sentence = sentence[: found.start()]
    else:
        assert date < today or not closed, f"that day is {closed}, and it is not said"
    if sentence == COMING:
        assert facts["meetings"] and date == min(facts["meetings"]), "there is no appointment on that day"
        return
    if sentence == OVER:
        assert date <= today, "the appointment is not over"
        return
    assert not facts["meetings"], f"there is an appointment on {min(facts['meetings'])}"
    if sentence == BY_HAND:
        assert date in facts["by_hand"], "nobody chose that day"
        return
    assert not facts["is_by_hand"], "somebody chose that day"
    if sentence in (FORMER_MEETING, AFTER_ABSENCE, AFTER_CLOSURE):
        return
    words = RULE.fullmatch(sentence)
    assert words, "it is no sentence of the rule"
    check_rule(words, facts)


def check_rule(words, facts):
    """See that the day that the rule names is the rule's, and that the date is as far from it as is said."""
    today, date = facts["today"], facts["date"]
    if words["again"]:
        assert facts["attempts"], "nobody has tried"
        day = min(facts["attempts"], key=lambda day: abs(date - day))
    elif words["first"]:
        assert not facts["last"], "they have been met"
        assert timedelta(days=int(words["within"])) == FIRST_CONTACT_AFTER, "another number of days"
        assert bool(words["return"]) == facts["is_back"], f"followed since {facts['followed']}"
        day = facts["followed"] + FIRST_CONTACT_AFTER
    else:
        assert facts["last"], "they have never been met"
        last, channel = facts["last"]
        count, unit = facts["cadence"]
        assert (int(words["count"]), f"{words['unit']}s") == (count, unit), f"the cadence is {count} {unit}"
        assert words["contact"] == CONTACTS[channel], f"the last contact was by {channel}"
        assert words["of"] == say_day(last, today), f"the last contact was on {last}"
        day = add(last, facts["cadence"])
    if words["days"]:
        late = (date - day).days
        assert late == int(words["days"]) * (1 if words["way"] == "later" else -1), f"the rule's day is {day}"
        # A first contact, and an attempt, are levelled by nobody but who applies the plan.
        assert not words["plan"] or words["count"] or facts["planned"], "no plan has moved it"
    elif words["told"]:
        assert words["told"] == f"{day.day} {day:%B}", f"the rule's day is {day}"
        between = [day + timedelta(days=number) for number in range(abs((date - day).days))]
        assert date != day and all(is_closed(facts, each) for each in between), f"{day} is open, or one after it"
        assert not is_closed(facts, date), f"{date} is closed too"
        if words["weekday"]:
            assert words["weekday"] == WEEKDAYS[day.weekday()], f"{day} is a {WEEKDAYS[day.weekday()]}"
        elif words["absence"]:
            assert is_away(facts, day), f"nobody is away on {day}"
        else:
            assert any(each["name"] == words["closure"] and is_in(each, day) for each in facts["closures"])
    else:
        assert date == day, f"the rule's day is {day}"
