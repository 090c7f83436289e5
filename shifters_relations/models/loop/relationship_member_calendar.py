import hashlib
import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL, consteq

from ...calendar_file import Entry
from ...tools import address_of

TOLD_PERIOD = timedelta(days=31)  # how long what is over, or is no more, is told
YEARLY_HORIZON = 2  # years in which a yearly absence is told, this one first


class RelationshipCalendarTold(models.Model):
    """What a member's calendar was last told of one entry, so that phones hear of what has changed since, or is gone.

    The entries themselves are derived each time that a phone asks. No text is kept here.
    """

    _name = "relationship.calendar.told"
    _description = "What a Calendar Was Told"

    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    uid = fields.Char(required=True)
    start = fields.Char(required=True, help="A day, or a moment of UTC, as an ISO text.")
    stop = fields.Char(help="The first day, or moment, after it.")
    digest = fields.Char(required=True)
    sequence = fields.Integer(required=True)
    changed_on = fields.Datetime(required=True)
    gone_on = fields.Date()

    _one_row = models.UniqueIndex("(user_id, uid)")


class RelationshipMember(models.Model):
    """What a member's calendar holds (P1): her next contacts, absences, and the end of her engagement.

    No person, no word of a synthesis, no intention; the names of organisations only where she wants them. What it
    shows is read in one query, whatever the number of targets, and nothing is written as it is read.
    """

    _inherit = "relationship.member"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _read_calendar(self, token):
        """Return the calendar behind a secret: its name and its entries; None where there is none, or no more.

        :param str token: of letters that Odoo's own tokens have
        """
        found = self._query_calendars(SQL("member.calendar_token = %s", token))
        if not found or not consteq(found[0]["token"], token):
            return None
        member = self._in_language(found[0]["lang"])
        entries = member._get_told_entries(found[0])
        return member.env._("Relations: my next contacts"), sorted(entries, key=lambda entry: entry.uid)

    @api.model
    def _in_language(self, code):
        return self.with_context(lang=self.env["res.lang"]._relationship_choose(code))

    # What there is

    @api.model
    def _query_calendars(self, condition):
        """Return what the calendars of current members are made of, in one query.

        :param SQL condition: which members
        :return: list of dictionaries
        """
        self.env.flush_all()
        sources = self._get_calendar_sources(fields.Date.today() - TOLD_PERIOD)
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT member.id, member.user_id, member.calendar_token AS token, member.calendar_names AS names,
                       member.date_end, member.write_date AS changed, person.lang, person.tz, %s
                  FROM relationship_member AS member
                  JOIN res_users AS account ON account.id = member.user_id AND account.active
                  JOIN res_partner AS person ON person.id = account.partner_id
                 WHERE member.active
                   AND member.calendar_token IS NOT NULL
                   AND (member.date_end IS NULL OR member.date_end >= %s)
                   AND %s
                """,
                SQL(", ").join(
                    SQL("(SELECT json_agg(row_to_json(told)) FROM (%s) AS told) AS %s", query, SQL.identifier(name))
                    for name, query in sources.items()
                ),
                fields.Date.today(),
                condition,
            )
        )

    @api.model
    def _get_calendar_sources(self, since):
        """Return the queries of what a calendar shows, by name: a hook.

        Each may use ``member``, and gives rows to the method ``_make_<name>_entries``.

        :param date since: what was over before is not told any more
        """
        return {
            "told": SQL(
                "SELECT uid, start, stop, digest, sequence, changed_on, gone_on"
                "  FROM relationship_calendar_told WHERE user_id = member.user_id"
            ),
            # One that took place stays for a while, on the day of its synthesis; where that is undone, nothing did.
            "renewals": SQL(
                """
                SELECT renewal.id, renewal.active,
                       CASE WHEN renewal.active THEN renewal.date_deadline ELSE made.day END AS day,
                       partner.id AS partner_id, partner.name, partner.city,
                       kind.relationship_channel AS channel, appointment.id AS appointment_id,
                       appointment.allday, appointment.start, appointment.stop,
                       appointment.start_date, appointment.stop_date,
                       appointment.videocall_location != '' AND COALESCE(appointment.location, '') = '' AS is_video,
                       GREATEST(renewal.write_date, partner.write_date, appointment.write_date) AS changed
                  FROM mail_activity AS renewal
                  JOIN res_partner AS partner ON partner.id = renewal.relationship_partner_id
            CROSS JOIN LATERAL (
                           SELECT max(date) AS day
                             FROM relationship_synthesis
                            WHERE activity_id = renewal.id AND state = 'done'
                       ) AS made
             LEFT JOIN mail_activity_type AS kind ON kind.id = renewal.activity_type_id
             LEFT JOIN calendar_event AS appointment
                    ON appointment.id = renewal.calendar_event_id
                   AND appointment.active
                   AND renewal.relationship_before_meeting IS NOT NULL
                 WHERE renewal.user_id = member.user_id
                   AND (renewal.active OR renewal.date_done >= %(since)s AND made.day >= %(since)s)
                """,
                since=since,
            ),
            "absences": SQL(
                """
                SELECT id, date_from, date_to, yearly, follows_easter, easter_offset, write_date AS changed
                  FROM relationship_closure
                 WHERE user_id = member.user_id
                   AND active
                   AND (yearly OR follows_easter OR date_to >= %s)
                """,
                since,
            ),
        }

    def _get_entries(self, found):
        """Return what a calendar shows today.

        :param dict found: one row of :meth:`_query_calendars`
        """
        since = fields.Date.today() - TOLD_PERIOD
        found["today"] = fields.Date.context_today(self.with_context(tz=found["tz"] or "Europe/Paris"))
        entries = self._make_end_entries(found)
        for name in self._get_calendar_sources(since):
            if name != "told":
                for row in found[name] or ():
                    entries += getattr(self, f"_make_{name}_entries")(found, row)
        return entries

    def _make_renewals_entries(self, found, row):
        """Return the entry of one next contact: its day, or the hours of its appointment."""
        modes = {
            "in_person": self.env._("in person"),
            "phone": self.env._("by phone"),
            "video": self.env._("by video"),
        }
        mode = modes.get("video" if row["is_video"] else row["channel"] or "in_person")
        start, stop = date.fromisoformat(row["day"]), None
        if row["appointment_id"] and row["allday"]:
            start, last = (date.fromisoformat(row[name]) for name in ("start_date", "stop_date"))
            stop = last + timedelta(days=1) if last < date.max else None
        elif row["appointment_id"]:
            start, stop = (datetime.fromisoformat(row[name]) for name in ("start", "stop"))
        name = found["names"] and row["name"]
        if not row["active"]:
            what = self.env._("%(name)s: contact made", name=name) if name else self.env._("Contact made")
        else:
            what = name or self.env._("Contact planned")
            if row["day"] < found["today"].isoformat():
                what = self.env._("Late: %(what)s", what=what)
        return self._make_entry(
            ("renewal", row["id"]),
            start,
            stop,
            self.env._("%(what)s (%(mode)s)", what=what, mode=mode),
            row["changed"],
            place=row["city"] or "",
            url=f"organisations/{row['partner_id']}",
        )

    def _make_absences_entries(self, found, row):
        """Return the entries of an absence, each year's own where it comes back; its name may be anything: not told."""
        today = found["today"]
        first, last = (row[name] and date.fromisoformat(row[name]) for name in ("date_from", "date_to"))
        years = range(today.year - 1, today.year + YEARLY_HORIZON)
        if row["follows_easter"]:
            days = {year: easter(year) + timedelta(days=row["easter_offset"] or 0) for year in years}
            periods = {year: (day, day) for year, day in days.items()}
        elif row["yearly"]:
            periods = {
                year: (first + relativedelta(year=year), last + relativedelta(year=year + last.year - first.year))
                for year in years
            }
        else:
            periods = {0: (first, last)}
        entries = []
        for year, (begin, end) in periods.items():
            if end >= today - TOLD_PERIOD:
                key = ("absence", row["id"], *([year] if year else []))
                stop = end + timedelta(days=1)
                entries += self._make_entry(key, begin, stop, self.env._("Absence"), row["changed"], url="portfolio")
        return entries

    def _make_end_entries(self, found):
        """Return the entry of the last day of the engagement, where one is agreed (T5)."""
        if not found["date_end"]:
            return []
        words = self.env._("End of my engagement")
        changed = found["changed"].isoformat()
        return self._make_entry(("engagement", found["id"]), found["date_end"], None, words, changed, url="portfolio")

    def _make_entry(self, key, start, stop, summary, changed, place="", url=""):
        """Return one entry, in a list.

        :param tuple key: what it is of; always the same, so that a phone moves its own
        :param str changed: since when, at the latest, it is so
        :param str url: path in Odoo
        """
        parameters = self.env["ir.config_parameter"].sudo()
        address = address_of(self, f"odoo/{url}")
        return [
            Entry(
                uid=f"{'-'.join(map(str, key))}@{parameters.get_param('database.uuid')}",
                start=start,
                stop=stop,
                summary=summary,
                changed=datetime.fromisoformat(changed).replace(microsecond=0),
                place=place,
                # Google shows no address but in the text.
                text="\n".join(filter(None, (place, address))),
                url=address,
            )
        ]

    # What was told

    def _get_told_entries(self, found):
        """Return what a calendar shows, numbered by what it was told before, and what is no more.

        :param dict found: one row of :meth:`_query_calendars`
        """
        told = {row["uid"]: row for row in found["told"] or ()}
        entries = [self._number(entry, told.pop(entry.uid, None)) for entry in self._get_entries(found)]
        return entries + [self._make_cancelled(row) for row in told.values() if self._is_to_be_cancelled(row)]

    def _number(self, entry, row):
        """Return an entry with its number, one more where it is not as it was told."""
        if not row:
            return entry
        told_on = datetime.fromisoformat(row["changed_on"])
        if row["digest"] == get_digest(entry) and not row["gone_on"]:
            return replace(entry, sequence=row["sequence"], changed=told_on)
        return replace(entry, sequence=row["sequence"] + 1, changed=max(entry.changed, told_on))

    def _is_to_be_cancelled(self, row):
        """Return whether phones are to hear that an entry is no more; one that is long over goes by itself."""
        since = fields.Date.today() - TOLD_PERIOD
        gone_on = row["gone_on"] and date.fromisoformat(row["gone_on"])
        return (not gone_on or gone_on >= since) and datetime.fromisoformat(
            row["stop"] or row["start"]
        ) > datetime.combine(since, time())

    def _make_cancelled(self, row):
        return Entry(
            uid=row["uid"],
            start=read_moment(row["start"]),
            stop=row["stop"] and read_moment(row["stop"]),
            summary=self.env._("Cancelled"),
            changed=datetime.fromisoformat(row["changed_on"]),
            sequence=row["sequence"] + (not row["gone_on"]),
            is_cancelled=True,
        )

    @api.model
    def _note_calendars(self, users=None):
        """Note what the calendars of these users are told now: each change has its number, what is gone is known.

        Where a change is not noted at once, it counts for one, until the daily clean-up notes it.

        :param users: users, by default all; those without a calendar cost nothing
        """
        if users is not None and not users:
            return
        ids = self._get_calendar_user_ids()
        ids = ids if users is None else ids & set(users.ids)
        if not ids:
            return
        now = fields.Datetime.now()
        rows = []
        for found in self._query_calendars(SQL("member.user_id IN %s", tuple(ids))):
            told = {row["uid"]: row for row in found["told"] or ()}
            for entry in self._in_language(found["lang"])._get_told_entries(found):
                row = told.get(entry.uid)
                if row and row["sequence"] == entry.sequence:
                    continue
                start, stop = entry.start.isoformat(), entry.stop and entry.stop.isoformat()
                digest = row["digest"] if entry.is_cancelled else get_digest(entry)
                gone_on = now.date() if entry.is_cancelled else None
                changed_on = max(entry.changed, now)
                rows.append((found["user_id"], entry.uid, start, stop, digest, entry.sequence, changed_on, gone_on))
        if rows:
            self.env.cr.execute_values(
                """
                INSERT INTO relationship_calendar_told
                            (user_id, uid, start, stop, digest, sequence, changed_on, gone_on)
                     VALUES %s
                ON CONFLICT (user_id, uid) DO UPDATE
                        SET start = EXCLUDED.start, stop = EXCLUDED.stop, digest = EXCLUDED.digest,
                            sequence = EXCLUDED.sequence, changed_on = EXCLUDED.changed_on, gone_on = EXCLUDED.gone_on
                """,
                rows,
            )
            self.env["relationship.calendar.told"].invalidate_model()

    @api.autovacuum
    def _gc_calendars(self):
        """Note, once a day, what has changed elsewhere, and forget what is no more told."""
        self._note_calendars()
        since = fields.Date.today() - TOLD_PERIOD
        self.env["relationship.calendar.told"].sudo().search([("gone_on", "<", since)]).unlink()


def get_digest(entry):
    """Return what tells whether an entry is as it was told."""
    shown = (entry.start, entry.stop, entry.summary, entry.place, entry.text, entry.url)
    return hashlib.sha256(json.dumps(shown, default=str).encode()).hexdigest()[:32]


def read_moment(text):
    """Return a day, or a moment where the text has an hour."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
