import hashlib
import re
from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz
from odoo import api, fields, models
from odoo.addons.shifters_relations.names import Name
from odoo.addons.shifters_relations.places import read_place
from odoo.addons.shifters_relations.texts import fold, words_of
from odoo.addons.shifters_relations.tools import format_day
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...calendars import DEFAULT_ZONE, get_window, read_town

NEAR = timedelta(days=21)  # of a next contact
STATES = [("shown", "Shown"), ("hidden", "Hidden"), ("proposed", "Proposed"), ("refused", "Refused")]
NIGHT = timedelta(hours=12)  # what ends later than this on the next day lasts two days


class RelationshipCalendarEntry(models.Model):
    """What a partner does at one time (N1), as its calendar tells it. Nobody is an attendee, and nobody edits it.

    Two calendars that tell the same are one line, with two origins: the same name of the calendars' own and the same
    title or day; or the same title, day and place. The oldest that is shown is the line, the others point to it.
    """

    _name = "relationship.calendar.entry"
    _description = "Partner's Event"
    _order = "start, id"

    feed_id = fields.Many2one("relationship.calendar.feed", "Calendar", index=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner",
        "Organisation",
        compute="_compute_partner_id",
        store=True,
        precompute=True,
        readonly=False,
        index=True,
        ondelete="cascade",
    )
    active = fields.Boolean(default=True)
    uid = fields.Char(required=True, index=True)
    recurrence_id = fields.Char(help="Which one of a series.")
    start = fields.Datetime("Begins", required=True, index=True)
    stop = fields.Datetime("Ends", required=True)
    all_day = fields.Boolean()
    when = fields.Char(compute="_compute_when")
    name = Name("Event", required=True)
    place = Name("Where")
    town = fields.Char("Place", compute="_compute_town", store=True, precompute=True, index="btree_not_null")
    words = fields.Char("Its words", compute="_compute_words", store=True, precompute=True)
    places = fields.Char("Its places", compute="_compute_places", store=True, precompute=True)
    url = fields.Char("Link")
    link = fields.Char("Origin", compute="_compute_link")
    state = fields.Selection(STATES, required=True, default="shown")
    is_line = fields.Boolean("Is a line of the agenda", compute="_compute_is_line", search="_search_is_line")
    hidden_word = fields.Char("Hidden for the word", readonly=True)
    same_key = fields.Char(compute="_compute_same_key", store=True, precompute=True, index=True)
    same_id = fields.Many2one(
        "relationship.calendar.entry", "Told already by", readonly=True, index="btree_not_null", ondelete="set null"
    )
    twin_ids = fields.One2many("relationship.calendar.entry", "same_id", "Told by others too", readonly=True)
    origin_ids = fields.Many2many("res.partner", string="Told by", compute="_compute_origin_ids")
    is_near_contact = fields.Boolean(
        "Next to my contacts", compute="_compute_is_near_contact", search="_search_is_near_contact"
    )

    _one_each = models.UniqueIndex("(feed_id, uid, COALESCE(recurrence_id, ''))")

    @api.depends("feed_id.partner_id")
    def _compute_partner_id(self):
        """Compute whose it is: its calendar's organisation; of a proposal, whom an organiser has tied it to."""
        for entry in self:
            entry.partner_id = entry.feed_id.partner_id or entry.partner_id

    @api.depends("start", "stop", "all_day")
    @api.depends_context("lang", "tz")
    def _compute_when(self):
        """Compute when it is, in words: "Tue 12 May, 14:00–16:00"; "12 to 14 May"."""
        for entry in self:
            first, last = entry._get_local()
            day = f"{format_date(self.env, first, date_format='EEE')} {format_day(self.env, first)}"
            if first.date() < last.date() and (entry.all_day or last - first > NIGHT):
                last -= timedelta(microseconds=1)  # until midnight is not until the next day
                entry.when = self.env._("%(first)s to %(last)s", first=day, last=format_day(self.env, last))
            elif entry.all_day:
                entry.when = day
            elif first == last:
                entry.when = f"{day}, {first:%H:%M}"
            else:
                entry.when = f"{day}, {first:%H:%M}–{last:%H:%M}"

    @api.depends("place")
    def _compute_town(self):
        for entry in self:
            entry.town = read_town(entry.place or "") or False

    @api.depends("name", "place")
    def _compute_words(self):
        """Compute the words of title and place, between blanks, by which subscriptions choose."""
        for entry in self:
            entry.words = f" {' '.join([*words_of(entry.name), *words_of(entry.place)])} "

    @api.depends("place")
    def _compute_places(self):
        """Compute where it is, between bars, by which subscriptions choose."""
        for entry in self:
            entry.places = f"|{'|'.join(read_place(entry.place))}|"

    @api.depends("name", "place", "start")
    def _compute_same_key(self):
        for entry in self:
            entry.same_key = self._make_key(entry.name, entry.place, entry.start)

    @api.depends("url", "partner_id")
    def _compute_link(self):
        for entry in self:
            site = entry.partner_id.website or ""
            entry.link = entry.url or (site.startswith(("http://", "https://")) and site)

    @api.depends("partner_id", "twin_ids.partner_id")
    def _compute_origin_ids(self):
        for entry in self:
            entry.origin_ids = entry.partner_id | entry.twin_ids.partner_id

    def _compute_is_line(self):
        lines = self.filtered_domain(self._get_line_domain())
        for entry in self:
            entry.is_line = entry in lines

    @api.model
    def _search_is_line(self, operator, value):
        return self._get_line_domain() if operator == "in" else NotImplemented

    def _compute_is_near_contact(self):
        near = self.search([("id", "in", self.ids), ("is_near_contact", "=", True)])
        for entry in self:
            entry.is_near_contact = entry in near

    @api.model
    def _search_is_near_contact(self, operator, value):
        """Search what targets of mine do within three weeks of their next contact."""
        if operator != "in":
            return NotImplemented
        self.flush_model(["partner_id", "start", "state", "same_id"])
        self.env["res.partner"].flush_model(
            ["relationship_owner_id", "relationship_stage", "relationship_next_contact_date"]
        )
        near = SQL(
            """(
            SELECT COALESCE(entry.same_id, entry.id)
              FROM relationship_calendar_entry AS entry
              JOIN res_partner AS partner ON partner.id = entry.partner_id
             WHERE partner.relationship_owner_id = %(user)s
               AND partner.relationship_stage = 'target'
               AND entry.state = 'shown'
               AND entry.start >= partner.relationship_next_contact_date - %(near)s
               AND entry.start < partner.relationship_next_contact_date + %(near)s + INTERVAL '1 day'
            )""",
            user=self.env.uid,
            near=NEAR,
        )
        return Domain("id", "in", near)

    def write(self, vals):
        """Extend: an event is hidden or shown, and nothing else of it is anybody's to write here.

        It is the line that is hidden, whichever calendars tell it.

        :raise AccessError: something else is written
        """
        if not self.env.su and vals.keys() - {"state"}:
            raise AccessError(self.env._("An event is what its calendar says: it can be hidden, not edited."))
        if "state" not in vals or "hidden_word" in vals:
            return super().write(vals)
        self.check_access("write")
        whole = self | self.same_id
        whole |= whole.twin_ids
        result = super(RelationshipCalendarEntry, whole).write(vals)
        for entry in whole.sudo():
            entry.hidden_word = vals["state"] == "shown" and entry._get_hiding_word()
        return result

    # Actions

    def action_hide(self):
        """Hide the event, until somebody shows it again.

        :raise AccessError: the user is no organiser
        """
        return self.write({"state": "hidden"})

    def action_show(self):
        """Show the event again.

        :raise AccessError: the user is no organiser
        """
        return self.write({"state": "shown"})

    def action_hide_like(self):
        """Open its calendar, where words are given that hide.

        :raise AccessError: the user is no organiser
        """
        self.check_access("write")
        return self.feed_id.action_open()

    # Who sees what

    @api.model
    def _get_line_domain(self):
        """Return the domain of the lines of the agenda: each event once, of what is told still, whatever its state."""
        told = Domain("feed_id", "=", False) | Domain("feed_id.active", "=", True)
        whose = Domain("partner_id", "=", False) | Domain("partner_id.active", "=", True)
        first = Domain("same_id", "=", False) | Domain("same_id.partner_id.active", "=", False)
        return told & whose & first

    @api.model
    def _get_shown_domain(self):
        """Return the domain of what anybody may see, on whatever page, in whatever feed and mail."""
        return Domain("state", "=", "shown") & self._get_line_domain()

    # What a calendar tells

    @api.model
    def _prepare_values(self, entry):
        """Return the values of what was read; a whole day is stored at noon, which is that day everywhere.

        :param dict entry: of :func:`read_apart`
        """
        start, stop = (datetime.fromisoformat(entry[name]) for name in ("start", "stop"))
        if entry["all_day"]:
            start, stop = (datetime.combine(each.date(), time(12)) for each in (start, stop))
        name = entry["name"] or self.env._("Untitled")
        return {
            "uid": entry["uid"],
            "recurrence_id": entry["recurrence_id"] or False,
            "start": start,
            "stop": stop,
            "all_day": entry["all_day"],
            "name": name,
            "place": entry["place"] or False,
            "url": entry["url"] or False,
        }

    @api.model
    def _make_key(self, name, place, start):
        """Return what title, day and place are compared by."""
        zone = pytz.timezone(self.env.company.partner_id.tz or DEFAULT_ZONE)
        day = pytz.utc.localize(start).astimezone(zone).date()
        said = "|".join((str(day), " ".join(fold(name).split()), " ".join(fold(place or "").split())))
        return f"{day} {hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest()}"

    def _find_same(self, uids=(), keys=()):
        """Find which of these entries are told by several calendars, and which were.

        A calendar that tells something twice a day means two things: the first of one is the first of another.

        :param uids: names that entries had before
        :param keys: titles, days and places that they had before
        """
        uids, keys = {*uids, *self.mapped("uid")}, {*keys, *self.mapped("same_key")}
        near = Domain("uid", "in", list(uids)) | Domain("same_key", "in", list(keys))
        entries = self.sudo().search(near & Domain("feed_id.active", "=", True), order="id")
        first = {entry: entry for entry in entries}

        def find(entry):
            while first[entry] != entry:
                first[entry] = entry = first[first[entry]]
            return entry

        groups, ranks = defaultdict(list), defaultdict(int)
        for entry in entries.sorted("start"):
            ranks[entry.same_key, entry.feed_id] += 1
            groups[entry.same_key, ranks[entry.same_key, entry.feed_id]].append(entry)
            for what in (entry.same_key[:10], fold(entry.name)):
                groups[entry.uid, entry.recurrence_id, what].append(entry)
        for same in groups.values():
            for entry in same[1:]:
                one, other = sorted((find(same[0]), find(entry)), key=lambda each: (each.state == "hidden", each.id))
                first[other] = one
        for entry in entries:
            line = find(entry)
            told = line if line != entry else self.browse()
            if entry.same_id != told:
                entry.same_id = told
        for line in entries.filtered(lambda entry: not entry.same_id):
            whole = line | line.twin_ids
            if len({*whole.mapped("state")}) > 1 and any(e.state == "hidden" and not e.hidden_word for e in whole):
                line.action_hide()  # somebody has hidden it, whoever tells it besides

    def _forget(self):
        """Delete what is told no more, but what has taken place and is still of the window."""
        today = fields.Date.context_today(self)
        since = get_window(today)[0]
        self.filtered(lambda entry: not entry._is_past() or entry.stop.date() < since).unlink()

    def _is_past(self):
        self.ensure_one()
        return self._get_local()[1].date() < fields.Date.context_today(self)

    def _get_local(self):
        """Return beginning and end where the reader is; of whole days, the days."""
        if self.all_day:
            return self.start, self.stop
        tz = self.env.context.get("tz") or self.env.user.tz or self.env.company.partner_id.tz or DEFAULT_ZONE
        reader = self.with_context(tz=tz)
        return tuple(fields.Datetime.context_timestamp(reader, each) for each in (self.start, self.stop))

    def _get_hiding_word(self):
        """Return which of its calendar's words hides this event, or False."""
        words = self.feed_id._get_words()
        said = words and fold(f"{self.name} {self.place or ''}")
        return next((word for word in words if re.search(rf"(?<!\w){re.escape(word)}", said)), False)
