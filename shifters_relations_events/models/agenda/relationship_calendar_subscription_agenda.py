import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import pytz
from odoo import api, fields, models
from odoo.addons.shifters_relations.calendar_file import Entry
from odoo.fields import Domain
from odoo.tools import SQL, consteq

from ...calendars import DEFAULT_ZONE
from .relationship_calendar_subscription import make_place_pattern, make_words_pattern

TOLD_PERIOD = timedelta(days=31)  # how long a calendar file tells what is over
WEEK = timedelta(days=7)
SAFE_LINK = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One event as a subscription tells it; times are in UTC, a whole day is noon.

    :param link: address of its own page, maybe empty
    :param origins: who tells it: pairs of a name and of an address, of the event's page there or of a site, maybe empty
    """

    id: int
    name: str
    place: str
    start: datetime
    stop: datetime
    all_day: bool
    changed: datetime
    sequence: int
    link: str
    origins: tuple


class RelationshipCalendarSubscription(models.Model):
    """What a subscription holds (N2): chosen by the database in one query, however many events there are."""

    _inherit = "relationship.calendar.subscription"  # pylint: disable=consider-merging-classes-inherited

    event_count = fields.Integer("Events to come", compute="_compute_event_count", compute_sudo=True)

    def _compute_event_count(self):
        found = self._query(SQL("subscription.id = ANY(%s)", self.ids), self._get_midnight())
        counts = {row["id"]: len(row["lines"] or ()) for row in found}
        for subscription in self:
            subscription.event_count = counts.get(subscription.id, 0)

    @api.model
    def _get_zone(self):
        return pytz.timezone(self.env.company.sudo().partner_id.tz or DEFAULT_ZONE)

    @api.model
    def _get_today(self):
        """Return the day where the association is, whoever asks: a job has no time zone."""
        return fields.Date.context_today(self.with_context(tz=self._get_zone().zone))

    @api.model
    def _get_midnight(self, days=0):
        """Return when today begins where the association is, or a day some days from it, in UTC."""
        zone, day = self._get_zone(), self._get_today() + timedelta(days=days)
        return zone.localize(datetime.combine(day, time())).astimezone(pytz.utc).replace(tzinfo=None)

    # Chosen

    @api.model
    def _read_page(self, token, narrowed=None):
        """Return the subscription of a page and its lines to come, in one query; nothing and none for a wrong token.

        :param dict narrowed: what the reader chooses further: ``sectors``, ``types`` (ids), ``place``, ``words``
        """
        found = self._query(SQL("subscription.token = %s", token), self._get_midnight(), narrowed=narrowed)
        if not found or not consteq(found[0]["token"], token):
            return self.browse(), []
        return self.browse(found[0]["id"]), self._make_lines(found[0])

    @api.model
    def _read_calendar(self, token):
        """Return what the calendar file of a page tells: its name and its entries; None for a wrong token."""
        found = self._query(
            SQL("subscription.token = %s", token), datetime.combine(fields.Date.today() - TOLD_PERIOD, time())
        )
        if not found or not consteq(found[0]["token"], token):
            return None
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return found[0]["name"], [self._make_entry(line, uuid) for line in self._make_lines(found[0])]

    def _get_week(self):
        """Return the lines of the next seven days."""
        self.ensure_one()
        begin, end = self._get_midnight(), self._get_midnight(days=WEEK.days)
        found = self._query(SQL("subscription.id = %s", self.id), begin, until=end)
        return self._make_lines(found[0]) if found else []

    def _say_when(self, lines):
        """Return when these lines are, in words of the reader's language, by id."""
        entries = self.env["relationship.calendar.entry"].sudo().browse([line.id for line in lines])
        return {entry.id: entry.when for entry in entries.with_context(tz=self._get_zone().zone)}

    @api.model
    def _query(self, condition, since, until=None, narrowed=None):
        """Return the subscriptions of a condition with what they hold, in one query.

        :param SQL condition: on ``subscription``
        :param datetime since: what was over before is left out, in UTC
        :param datetime until: what begins then or after is left out, in UTC
        """
        entries = self.env["relationship.calendar.entry"].sudo()
        domain = entries._get_shown_domain() & Domain("stop", ">=", since)
        if until:
            domain &= Domain("start", "<", until)
        query = entries._search(domain, order="start, id")
        entry = SQL.identifier(query.table)
        query.add_where(self._match(entry, **_choose_of(SQL("subscription"))))
        query.add_where(self._match(entry, **_choose_of(SQL("origin"))))
        if narrowed:
            query.add_where(self._match(entry, **_choose(narrowed)))
        lines = query.select(
            SQL("%s.id, %s.name, %s.place, %s.start, %s.stop, %s.all_day", *[entry] * 6),
            SQL("%s.create_date AS created, %s.write_date AS changed", entry, entry),
            SQL("(%s) AS origins", self._select_origins(entry)),
        )
        self.env.flush_all()
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT subscription.id, subscription.name, subscription.token,
                       (SELECT json_agg(row_to_json(line)) FROM (%s) AS line) AS lines
                  FROM relationship_calendar_subscription AS subscription
             LEFT JOIN relationship_calendar_subscription AS origin ON origin.id = subscription.origin_id
                 WHERE %s
                   AND subscription.active
                   AND origin.active IS NOT FALSE
                   AND (subscription.email IS NULL OR subscription.confirmed_on IS NOT NULL)
                """,
                lines,
                condition,
            )
        )

    @api.model
    def _match(self, entry, sectors, types, place, words, unwanted):
        """Return the condition of what is chosen: by who tells it, and by what it says.

        :param SQL entry: the event
        :param SQL sectors: query of ids, and below them all are meant; none chooses all, as for the others
        :param SQL types: query of ids
        :param SQL place: expression of places, as :func:`make_place_pattern` writes it, or NULL
        :param SQL words: expression of words to have, as :func:`make_words_pattern` writes it, or NULL
        :param SQL unwanted: expression of words not to have, or NULL
        """
        return SQL(
            """(
                NOT EXISTS (%(sectors)s) AND NOT EXISTS (%(types)s)
                OR %(entry)s.id IN (
                    SELECT unnest(ARRAY[told.id, told.same_id])
                      FROM relationship_calendar_entry AS told
                      JOIN res_partner AS organisation ON organisation.id = told.partner_id AND organisation.active
                 LEFT JOIN relationship_calendar_feed AS feed ON feed.id = told.feed_id
                     WHERE told.active AND told.state = 'shown' AND feed.active IS NOT FALSE
                       AND (NOT EXISTS (%(types)s) OR organisation.relationship_type_id IN (%(types)s))
                       AND (NOT EXISTS (%(sectors)s) OR organisation.relationship_sector_id IN (
                            SELECT own.id
                              FROM relationship_sector AS own
                              JOIN relationship_sector AS chosen ON starts_with(own.parent_path, chosen.parent_path)
                             WHERE chosen.id IN (%(sectors)s)
                       ))
                )
            )
            AND (%(place)s IS NULL OR %(entry)s.places ~ %(place)s)
            AND (%(words)s IS NULL OR %(entry)s.words ~ %(words)s)
            AND (%(unwanted)s IS NULL OR %(entry)s.words !~ %(unwanted)s)""",
            entry=entry,
            sectors=sectors,
            types=types,
            place=place,
            words=words,
            unwanted=unwanted,
        )

    @api.model
    def _select_origins(self, entry):
        """Return the query of who tells an event, with the link of each."""
        return SQL(
            """
            SELECT json_agg(json_build_array(
                       COALESCE(organisation.name, proposal.organisation), told.url, organisation.website
                   ) ORDER BY told.id)
              FROM relationship_calendar_entry AS told
         LEFT JOIN relationship_calendar_feed AS feed ON feed.id = told.feed_id
         LEFT JOIN relationship_calendar_proposal AS proposal ON proposal.id = told.proposal_id
         LEFT JOIN res_partner AS organisation ON organisation.id = told.partner_id
             WHERE (told.id = %(entry)s.id OR told.same_id = %(entry)s.id)
               AND told.active AND told.state = 'shown'
               AND feed.active IS NOT FALSE AND organisation.active IS NOT FALSE
            """,
            entry=entry,
        )

    # Told

    @api.model
    def _make_lines(self, found):
        """Return the lines of a row of :meth:`_query`."""
        return [self._make_line(row) for row in found["lines"] or ()]

    @api.model
    def _make_line(self, row):
        origins, links = {}, []
        for name, *written in row["origins"] or ():
            url, site = (link if SAFE_LINK.match(link or "") else "" for link in written)
            origins[name] = origins.get(name) or url or site
            links.append(url)
        created, changed = (datetime.fromisoformat(row[name]).replace(microsecond=0) for name in ("created", "changed"))
        return Line(
            id=row["id"],
            name=row["name"],
            place=row["place"] or "",
            start=datetime.fromisoformat(row["start"]),
            stop=datetime.fromisoformat(row["stop"]),
            all_day=bool(row["all_day"]),
            changed=changed,
            sequence=int((changed - created).total_seconds()),
            link=next(filter(None, links), ""),
            origins=tuple((name or "", link) for name, link in origins.items()),
        )

    @api.model
    def _make_entry(self, line, uuid):
        """Return the entry of a calendar file that tells a line: from whom, with the link of each."""
        start, stop = line.start, line.stop
        if line.all_day:
            start, stop = start.date(), stop.date() + timedelta(days=1)
        told = "\n".join(": ".join(filter(None, origin)) for origin in line.origins)
        return Entry(
            uid=f"agenda-{line.id}@{uuid}",
            start=start,
            stop=stop,
            summary=line.name,
            changed=line.changed,
            place=line.place,
            text=told,
            url=line.link,
            sequence=line.sequence,
            is_public=True,
        )


def _choose_of(table):
    """Return what a subscription chooses, as its columns say it.

    :param SQL table: alias of the table
    """
    return {
        "sectors": SQL(
            "SELECT sector_id FROM relationship_calendar_subscription_sector_rel WHERE subscription_id = %s.id", table
        ),
        "types": SQL(
            "SELECT type_id FROM relationship_calendar_subscription_type_rel WHERE subscription_id = %s.id", table
        ),
        "place": SQL("%s.place_pattern", table),
        "words": SQL("%s.words_pattern", table),
        "unwanted": SQL("%s.unwanted_pattern", table),
    }


def _choose(narrowed):
    """Return what a reader chooses, as constants."""
    return {
        "sectors": SQL("SELECT unnest(%s::int[])", [*narrowed["sectors"]]),
        "types": SQL("SELECT unnest(%s::int[])", [*narrowed["types"]]),
        "place": SQL("%s::varchar", make_place_pattern(narrowed["place"]) or None),
        "words": SQL("%s::varchar", make_words_pattern(narrowed["words"]) or None),
        "unwanted": SQL("NULL::varchar"),
    }
