"""Partners' calendars of a hundred events: read, shown, filtered, given back; beside plain loops of the library."""

import base64
from datetime import date, timedelta

from .federation import create_member
from .measure import measure

EVENTS = 100  # of each calendar
FIELDS = {"when": {}, "name": {}, "place": {}, "origin_ids": {"fields": {"display_name": {}}}}
TOWNS = [f"Ville{letter}" for letter in "abcdefghijklmnopqrst"]  # by letters: a number says nothing of a place
SIZES = {"smallest": (2,), "usual": (20,), "large": (200,)}


def run(env, sizes):
    organiser = create_member(env, "nadia", "organiser")
    feeds, rows = env(user=organiser)["relationship.calendar.feed"], []
    entries = env(user=organiser)["relationship.calendar.entry"]
    for size in sizes:
        files = [make_calendar(number) for number in range(size)]
        partners = env["res.partner"].create([{"name": f"Partner {n}", "is_company": True} for n in range(size)])
        kept = feeds.create(
            [
                {"partner_id": partner.id, "file": base64.b64encode(file), "file_name": "agenda.ics"}
                for partner, file in zip(partners, files, strict=True)
            ]
        )
        lines = [("same_id", "=", False), ("state", "=", "shown"), ("feed_id", "in", kept.ids)]
        steps = {
            f"read calendars of {EVENTS} events": (kept.action_read, lambda files=files: _read_plainly(files)),
            "read them again, unchanged": (kept.action_read, None),
            "80 of their events": (lambda lines=lines: entries.web_search_read(lines, FIELDS, limit=80), None),
            "those near my contacts": (
                lambda lines=lines: entries.web_search_read([*lines, ("is_near_contact", "=", True)], FIELDS, limit=80),
                None,
            ),
            "by place": (lambda lines=lines: entries.formatted_read_group(lines, ["town"], ["__count"]), None),
        }
        for what, (act, plain) in steps.items():
            row = {"what": what, "size": size, "ours": measure(env, act)}
            rows.append({**row, "stock": measure(env, plain)} if plain else row)
        assert len(kept.entry_ids) == size * EVENTS
        rows += _give_back(env, size) + _say_who_does_what(env, organiser, size * 10)
    return rows


def _say_who_does_what(env, organiser, size):
    """Measure the directory: the public page, where all have confirmed their cards, and the members' list."""
    sectors = env["relationship.sector"].create([{"name": f"Sector {size} {number}"} for number in range(10)])
    organisations = env["res.partner"].create(
        [
            {
                "name": f"Organisation {size} {number}",
                "is_company": True,
                "relationship_stage": "candidate",
                "relationship_sector_id": sectors[number % 10].id,
                "relationship_does": "Acts",
            }
            for number in range(size)
        ]
    )
    cards = env["relationship.directory.card"].create([{"organisation_id": each.id} for each in organisations])
    cards.write({"asked_on": date.today(), "confirmed_on": date.today()})
    directory = env.ref("shifters_relations_events.directory").sudo()
    partners = env(user=organiser)["res.partner"]
    fields = {"name": {}, "relationship_card_state": {}, "relationship_known_by_ids": {"fields": {"display_name": {}}}}
    listed = [("id", "in", organisations.ids)]
    steps = {
        "the public page of who does what": lambda: directory._get_linked_data(directory._get_sections()),
        "80 of the directory": lambda: partners.web_search_read(listed, fields, limit=80),
    }
    return [{"what": what, "size": size, "ours": measure(env, act)} for what, act in steps.items()]


def _give_back(env, size):
    """Measure a subscription: of the largest size as many events as of the usual one, two thousand in one file."""
    from odoo.addons.shifters_relations.calendar_file import get_tag, write_calendar

    towns = ", ".join(TOWNS if size < 200 else TOWNS[:2])
    token = env["relationship.calendar.subscription"].create({"name": f"All {size}", "place": towns}).token
    subscriptions = env(user=None, su=True)["relationship.calendar.subscription"]
    _name, told = subscriptions._read_calendar(token)

    def write():
        calendar = subscriptions._read_calendar(token)
        get_tag(*calendar)
        write_calendar(*calendar)

    steps = {
        "a page of a subscription": (lambda: subscriptions._read_page(token), None),
        f"its file of {len(told)} events": (write, lambda: _write_plainly(told)),
        "see that the file is the same": (lambda: get_tag(*subscriptions._read_calendar(token)), None),
    }
    rows = []
    for what, (act, plain) in steps.items():
        row = {"what": what, "size": size, "ours": measure(env, act)}
        rows.append({**row, "stock": measure(env, plain)} if plain else row)
    return rows


def _read_plainly(files):
    import icalendar

    for file in files:
        assert len(icalendar.Calendar.from_ical(file).walk("VEVENT")) == EVENTS


def _write_plainly(entries):
    import icalendar

    calendar = icalendar.Calendar()
    for entry in entries:
        event = icalendar.Event()
        for name, value in (("UID", entry.uid), ("SUMMARY", entry.summary), ("DTSTART", entry.start)):
            event.add(name, value)
        event.add("DTEND", entry.stop)
        event.add("LOCATION", entry.place)
        calendar.add_component(event)
    calendar.to_ical()


def make_calendar(number):
    """Return a calendar of a hundred events from today on; every tenth is told by the next calendar too."""
    lines = ["BEGIN:VCALENDAR"]
    for rank in range(EVENTS):
        day = date.today() + timedelta(days=rank * 5)
        uid = f"{rank}-{(number + rank // 10 % 2) // 2 if rank % 10 == 0 else number}@example.org"
        told = (f"UID:{uid}", f"DTSTART:{day:%Y%m%d}T{8 + number % 10:02}0000Z", "DURATION:PT2H")
        lines += [
            "BEGIN:VEVENT",
            *told,
            f"SUMMARY:Event {uid}",
            f"LOCATION:{69000 + rank} {TOWNS[rank % 20]}",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()
