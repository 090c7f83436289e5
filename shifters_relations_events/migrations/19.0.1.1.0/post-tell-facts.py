"""Facts as they are read now, instead of moments in UTC and the id of a place.

States of the database: invitations that know nothing (left so); that know facts in the former form,
"2026-05-10 16:00:00 2026-05-10 19:00:00 12[ cancelled]", the place's id empty where there is none;
mailings that were written with them; changes that were prepared, which said nowhere what they tell.
Calendars have seen the moment of the last write as the number of the event: it grows from there.
"""

import json
import re

from odoo import SUPERUSER_ID, api, fields

FORMER = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? (\d*)( cancelled)?"
)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    cr.execute(
        """
        UPDATE event_event
           SET date_begin = date_trunc('minute', date_begin),
               date_end = date_trunc('minute', date_end),
               answer_until = date_trunc('minute', answer_until),
               facts_sequence = extract(epoch FROM write_date)::int
         WHERE is_partner_event
        """
    )
    for table, column, event in (
        ("event_invitation", "known_facts", "event_id"),
        ("mailing_mailing", "partner_event_facts", "partner_event_id"),
    ):
        cr.execute(f"SELECT DISTINCT {event}, {column} FROM {table} WHERE {column} IS NOT NULL AND {event} IS NOT NULL")
        for event_id, former in cr.fetchall():
            if facts := get_facts(env["event.event"].browse(event_id), former):
                cr.execute(
                    f"UPDATE {table} SET {column} = %s WHERE {event} = %s AND {column} = %s", (facts, event_id, former)
                )
    cr.execute(
        """
        UPDATE mailing_mailing AS mailing
           SET mailing_domain = '[]',
               partner_event_news = CASE WHEN mailing.partner_event_facts LIKE '%"cancelled"%'
                                         THEN 'cancelled' ELSE 'moved' END
         WHERE partner_event_kind = 'change'
        """
    )


def get_facts(event, former):
    """Return former facts in the form of now; None where they are in no form that we know."""
    if not (match := FORMER.fullmatch(former)):
        return None
    begin, end, place, cancelled = match.groups()
    moments = {"date_begin": fields.Datetime.to_datetime(begin), "date_end": fields.Datetime.to_datetime(end)}
    place = event.env["res.partner"].browse(int(place) if place else []).exists()
    told = event.new({**moments, "date_tz": event.date_tz, "address_id": place.id})
    facts = json.loads(told._relationship_get_facts())
    facts.pop("cancelled", None)
    return json.dumps({**facts, **({"cancelled": True} if cancelled else {})}, ensure_ascii=False, sort_keys=True)
