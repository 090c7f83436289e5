import hashlib
import re
from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz
from odoo import api, fields, models
from odoo.addons.shifters_relations.groups import ORGANISERS
from odoo.addons.shifters_relations.names import Name
from odoo.addons.shifters_relations.places import read_place
from odoo.addons.shifters_relations.texts import fold, words_of
from odoo.addons.shifters_relations.tools import format_day, notify
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...calendars import DEFAULT_ZONE, get_window, read_town

NEAR = timedelta(days=21)  # of a next contact
STATES = [("shown", "Shown"), ("hidden", "Hidden"), ("proposed", "Proposed"), ("refused", "Refused")]
SEEN = {"shown", "hidden"}  # what was accepted, or comes from a calendar
NIGHT = timedelta(hours=12)  # what ends later than this on the next day lasts two days


class RelationshipCalendarEntry(models.Model):
    """What a partner does at one time (N1), as its calendar tells it. Nobody is an attendee, and nobody edits it.

    Two calendars that tell the same are one line, with two origins: the same name of the calendars' own and the same
    title or day; or the same title, day and place. The oldest that is shown is the line, the others point to it.
    """

    _name = "relationship.calendar.entry"
    _description = "Partner's Event"
    _inherit = ["relationship.naming.mixin"]
    _order = "start, id"

    feed_id = fields.Many2one("relationship.calendar.feed", "Calendar", index=True, ondelete="cascade")
    proposal_id = fields.Many2one(
        "relationship.calendar.proposal",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        groups=ORGANISERS,
    )
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
    uid = fields.Char(required=True, index=True, groups=fields.NO_ACCESS)
    recurrence_id = fields.Char(help="Which one of a series.", groups=fields.NO_ACCESS)
    start = fields.Datetime("Begins", required=True, index=True)
    stop = fields.Datetime("Ends", required=True)
    all_day = fields.Boolean()
    when = fields.Char(compute="_compute_when")
    name = Name("Event", required=True)
    place = Name("Where")
    town = fields.Char("Place", compute="_compute_town", store=True, precompute=True, index="btree_not_null")
    words = fields.Char("Its words", compute="_compute_words", store=True, precompute=True, groups=fields.NO_ACCESS)
    places = fields.Char("Its places", compute="_compute_places", store=True, precompute=True, groups=fields.NO_ACCESS)
    audience = Name("For whom")
    url = fields.Char("Link")
    link = fields.Char("Origin", compute="_compute_link")
    state = fields.Selection(STATES, required=True, default="shown")
    is_line = fields.Boolean("Is a line of the agenda", compute="_compute_is_line", search="_search_is_line")
    hidden_word = fields.Char("Hidden for the word", readonly=True)
    same_key = fields.Char(
        compute="_compute_same_key", store=True, precompute=True, index=True, groups=fields.NO_ACCESS
    )
    same_id = fields.Many2one(
        "relationship.calendar.entry", "Told already by", readonly=True, index="btree_not_null", ondelete="set null"
    )
    twin_ids = fields.One2many("relationship.calendar.entry", "same_id", "Told by others too", readonly=True)
    origin_ids = fields.Many2many("res.partner", string="Told by", compute="_compute_origin_ids")
    answer = fields.Text("What was answered", related="proposal_id.answer", groups=ORGANISERS)
    proposed_by = fields.Char(compute="_compute_proposed_by", compute_sudo=True, groups=ORGANISERS)
    meeting_partner_ids = fields.Many2many("res.partner", string="To meet here", compute="_compute_meeting")
    meeting_sentence = fields.Char("Whom to meet here", compute="_compute_meeting")
    is_near_contact = fields.Boolean(
        "Next to my contacts", compute="_compute_is_near_contact", search="_search_is_near_contact"
    )

    _one_origin = models.Constraint(
        "CHECK((feed_id IS NULL) <> (proposal_id IS NULL))", "An event comes from a calendar or from a proposal."
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

    @api.depends("proposal_id.organisation", "twin_ids.proposal_id.organisation")
    def _compute_proposed_by(self):
        """Compute who proposes it, in their own words, each once."""
        for entry in self:
            words = (entry | entry.twin_ids).proposal_id.sorted("id").mapped("organisation")
            entry.proposed_by = ", ".join(dict.fromkeys(words))

    @api.depends("start", "state", "partner_id", "twin_ids.partner_id", "twin_ids.state")
    @api.depends_context("uid", "lang", "tz")
    def _compute_meeting(self):
        """Compute which organisations the reader may meet here (N5): hers; to an organiser, one owner's."""
        near = self.origin_ids._relationship_get_near_entries()
        for entry in self:
            here = (entry | entry.twin_ids)._origin
            partners = entry.origin_ids.filtered(lambda each, here=here: near.get(each.id, here.browse()) & here)
            by_owner = partners.sudo().grouped("relationship_owner_id")
            hers = by_owner.get(self.env.user, partners.browse())
            if not hers and self.env.user.has_group(ORGANISERS):
                hers = next(iter(by_owner.values()), hers)
            entry.meeting_partner_ids = hers.with_env(self.env)
            entry.meeting_sentence = entry._say_meeting(hers.sudo()) if hers else False

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
        :raise UserError: a proposal is to be accepted first
        """
        if not self.env.su:
            self._check_written(vals)
        if "state" not in vals or "hidden_word" in vals:
            return super().write(vals)
        self.check_access("write")
        whole = self | self.same_id
        whole |= whole.twin_ids
        result = super(RelationshipCalendarEntry, whole).write(vals)
        for entry in whole.sudo():
            entry.hidden_word = vals["state"] == "shown" and entry._get_hiding_word()
        return result

    def _check_written(self, vals):
        if vals.keys() - {"state"}:
            raise AccessError(self.env._("An event is what its calendar says: it can be hidden, not edited."))
        if vals and not {vals["state"], *self.mapped("state")} <= SEEN:
            raise UserError(self.env._("What is proposed is accepted or refused, with an answer to who proposes it."))

    # Actions

    def action_hide(self):
        """Hide the event, until somebody shows it again.

        :return: an action that says so, with the way back
        :raise AccessError: the user is no organiser
        """
        self.write({"state": "hidden"})
        return notify(
            self.env._("Hidden: no page, calendar or mail tells it any more. %s"),
            "info",
            then={"type": "ir.actions.act_window_close"},
            links=[{"label": self.env._("Show it again"), "url": f"/odoo/partners-agenda/{self[:1].id}"}],
        )

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
    def _get_told_domain(self):
        """Return the domain of what is told still, whoever tells it besides."""
        told = Domain("feed_id", "=", False) | Domain("feed_id.active", "=", True)
        return told & (Domain("partner_id", "=", False) | Domain("partner_id.active", "=", True))

    @api.model
    def _get_line_domain(self):
        """Return the domain of the lines of the agenda: each event once, of what is told still, whatever its state."""
        return self._get_told_domain() & Domain("same_id", "=", False)

    @api.model
    def _get_shown_domain(self):
        """Return the domain of what anybody may see, on whatever page, in whatever feed and mail."""
        return Domain("state", "=", "shown") & self._get_line_domain()

    def _say_events(self, most):
        """Return the first of these, and whose they are: "“Congress” (Federation), “Fair” (Club), and 2 more"."""
        said = [
            self.env._(
                "“%(name)s” (%(organisations)s)",
                name=entry.name,
                organisations=", ".join(entry.origin_ids.mapped("name")),
            )
            for entry in self[:most]
        ]
        if len(self) > most:
            said.append(self.env._("and %(count)s more", count=len(self) - most))
        return ", ".join(said)

    # Met there

    def _say_invitation(self):
        """Return that somebody may be met there: "“Congress” is on 12 May in Lyon: meet them there?"."""
        self.ensure_one()
        values = {"name": self.name, "day": format_day(self.env, self._get_local()[0]), "town": self.town}
        if self.town:
            return self.env._("“%(name)s” is on %(day)s in %(town)s: meet them there?", **values)
        return self.env._("“%(name)s” is on %(day)s: meet them there?", **values)

    def _say_meeting(self, partners):
        """Ask whether organisations of one owner are met here, by the reader or by who keeps the contact."""
        owner, names = partners.relationship_owner_id, ", ".join(partners.mapped("name"))
        if owner == self.env.user:
            return self.env._("Meet %(names)s here, as the next contact?", names=names)
        return self.env._("Let %(owner)s meet %(names)s here, as the next contact?", owner=owner.name, names=names)

    def action_meet_there(self):
        """Make this the appointment of the next contact with those who may be met here.

        :raise UserError: nobody is to be met here any more
        """
        self.ensure_one()
        if not self.meeting_partner_ids:
            raise UserError(self.env._("No event of theirs is near the next contact any more."))
        return self.meeting_partner_ids._relationship_meet_at(self)

    def _prepare_meeting_values(self):
        """Return the values of a meeting that takes place when this does."""
        self.ensure_one()
        values = {"allday": self.all_day, "start": self.start, "stop": self.stop, "location": self.place}
        if self.all_day:
            values |= {"start_date": self.start.date(), "stop_date": self.stop.date()}
        return values

    # What is proposed

    @api.model
    @api.readonly
    def get_notices(self):
        """Return what stands above the agenda: what waits for the user's answer, calendars that could not be read.

        :return: list of dictionaries: ``sentence``, ``button``, and the ``action`` that it opens
        :raise AccessError: the user is no member
        """
        self.browse().check_access("read")
        return [*self._get_waiting_notices(), *self.env["relationship.calendar.feed"]._get_failing_notices()]

    @api.model
    def _get_waiting_notices(self):
        count = len(self._search_waiting())
        if not count or self.env.context.get("relationship_proposed"):  # they are what is shown below
            return []
        sentence = (
            self.env._("1 proposed event waits for your answer.")
            if count == 1
            else self.env._("%(count)s proposed events wait for your answer.", count=count)
        )
        return [{"sentence": sentence, "button": self.env._("Answer it"), "action": self.action_view_proposed()}]

    @api.model
    def _search_waiting(self):
        """Return what is proposed and waits for the user's answer, the next first: an organiser's or a pilot's."""
        waiting = self._get_line_domain() & Domain("state", "=", "proposed") & Domain("proposal_id.answer", "=", False)
        return self.search(waiting) if self.env.user.has_group(ORGANISERS) else self.browse()

    @api.model
    def action_view_proposed(self):
        """Open what is proposed and is not accepted yet."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "shifters_relations_events.relationship_calendar_proposed_action"
        )

    def action_answer(self):
        """Open what is proposed, to accept or refuse it, or to ask for a change.

        :raise UserError: it is answered already
        """
        self._check_answerable()
        answer = self.env["relationship.calendar.answer"].create({"entry_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("A proposed event"),
            "res_model": answer._name,
            "res_id": answer.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_accept(self):
        """Accept what is proposed, as the organisation's that it names; nobody knows it: as a new candidate's.

        :raise UserError: several organisations may be meant, or an archived one, or it is answered already
        """
        for entry in self:
            entry._check_answerable()
            partner, alike = entry.sudo().proposal_id.with_env(self.env)._find_organisation()
            partner = entry.partner_id or partner
            if alike and not partner:
                raise UserError(
                    self.env._(
                        "Several organisations may be meant by “%(words)s”: open the proposal, and choose one.",
                        words=entry.proposed_by,
                    )
                )
            archived = not partner and entry.sudo().proposal_id.with_env(self.env)._find_archived()
            if archived:
                raise UserError(
                    self.env._(
                        "%(name)s is archived: open the proposal, and say whether it is the same.",
                        name=archived[0].name,
                    )
                )
            entry._accept(partner)
        return True

    def _check_answerable(self):
        self.ensure_one()
        self.check_access("write")
        if self.state != "proposed":
            raise UserError(self.env._("This is answered already: nothing is proposed here any more."))

    def _find_shown_already(self):
        """Return what the agenda shows already, and is the same as what is proposed here."""
        self.ensure_one()
        me = self.sudo()
        same = Domain("same_key", "=", me.same_key) & Domain("id", "!=", self.id)
        return me.search(same & me._get_shown_domain(), limit=1, order="id").with_env(self.env)

    def _accept(self, partner):
        """Show what is proposed, and tell who has proposed it.

        Others who propose the same for the same organisation are told too; those who name another one that is known
        make it a line with several origins; the others wait, and so does
        who gives another link, which nobody has looked at.

        :param partner: whose it is; a new candidate is made where nobody is given
        :raise UserError: it is no organisation, or answered already
        """
        self._check_answerable()
        if partner and not partner.is_company:
            raise UserError(self.env._("Choose an organisation: the agenda names no person."))
        if partner and not partner.active:
            raise UserError(
                self.env._(
                    "%(name)s is archived: take it back first, if it is to be followed again.", name=partner.name
                )
            )
        proposal = self.sudo().proposal_id
        partner = partner or self.env["res.partner"].create(
            {
                "name": proposal.organisation,
                "is_company": True,
                "relationship_stage": "candidate",
                "relationship_source": "agenda",
            }
        )
        owners = {self.sudo(): partner}
        for twin in self.sudo().twin_ids.filtered(lambda each: each.url in (False, self.url)):
            named = twin.proposal_id
            owner = partner if named._names_same(proposal) else named._find_organisation()[0]
            if owner:
                owners[twin] = owner
        for entry, owner in owners.items():
            entry._settle({"state": "shown", "partner_id": owner.id})
        self._tell("accepted", self.union(*owners))

    def _ask(self, sentence):
        """Ask those who propose this for a change.

        :param str sentence: what should be changed
        """
        self._check_answerable()
        self._tell("asked", self | self.twin_ids, sentence)

    def _refuse(self, sentence):
        """Refuse what is proposed, and tell who has proposed it.

        :param str sentence: why
        """
        self._check_answerable()
        whole = self | self.twin_ids
        whole.sudo()._settle({"state": "refused", "same_id": False})
        self._tell("refused", whole, sentence)

    @api.model
    def _tell(self, kind, entries, sentence=False):
        proposals = entries.sudo().proposal_id
        proposals.write({"answer": sentence})
        proposals._send(kind)

    def _settle(self, vals):
        """Write what becomes of proposals, and find anew what is the same; of twins, each is its own."""
        before = self.mapped("uid"), self.mapped("same_key")
        self.write({**vals, "hidden_word": False})
        self._find_same(*before)

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
        What is proposed is one with other proposals; once it is accepted, with what calendars tell.

        :param uids: names that entries had before
        :param keys: titles, days and places that they had before
        """
        me = self.sudo()
        uids, keys = {*uids, *me.mapped("uid")}, {*keys, *me.mapped("same_key")}
        near = Domain("uid", "in", list(uids)) | Domain("same_key", "in", list(keys))
        told = self._get_told_domain() & (Domain("feed_id", "!=", False) | Domain("state", "!=", "refused"))
        entries = me.search(near & told, order="id")
        first = {entry: entry for entry in entries}

        def find(entry):
            while first[entry] != entry:
                first[entry] = entry = first[first[entry]]
            return entry

        groups, ranks = defaultdict(list), defaultdict(int)
        for entry in entries.sorted("start"):
            origin, is_seen = entry.feed_id or entry, entry.state in SEEN
            ranks[entry.same_key, origin] += 1
            groups[is_seen, entry.same_key, ranks[entry.same_key, origin]].append(entry)
            for what in (entry.same_key[:10], fold(entry.name)):
                groups[is_seen, entry.uid, entry.recurrence_id, what].append(entry)
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
