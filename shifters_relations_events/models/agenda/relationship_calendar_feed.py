import re
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.addons.shifters_relations.groups import ORGANISERS
from odoo.addons.shifters_relations.texts import fold
from odoo.addons.shifters_relations.tools import format_day, notify
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...apart import read_apart
from ...calendars import DEFAULT_ZONE

READ_EVERY = timedelta(hours=20)  # a daily job, at whatever hour it comes
FAILS_FOR = timedelta(days=7)
ASKED_AGAIN_AFTER = timedelta(days=7)  # in whole: the window moves on, also over what does not change
SWITCH = "relationship.calendar_reading"  # a system parameter: “off” stops all calls
ALLOWED = "relationship.calendar_hosts"  # a system parameter: names of servers inside that may be read
MAX_FILE = 10 << 20  # bytes
CUT = {"cut", "too_many", "too_long"}  # why a calendar was not read to its end
NAMED = 3  # calendars, in one sentence
COMMAND = "pip install icalendar recurring-ical-events"


class RelationshipCalendarFeed(models.Model):
    """An organisation's own calendar (N1): an address that an organiser has typed in, or a file.

    It is read once a day, in a process of its own that may be killed. What its events are is its organisation's to
    say: they come, move and go as they do there. Nobody edits them here; an organiser hides one, or all that have a
    word. What a calendar is read from is for organisers alone: an address may be a secret one.
    """

    _name = "relationship.calendar.feed"
    _description = "Partner's Calendar"
    _inherit = ["relationship.naming.mixin"]
    _order = "partner_id, id"

    partner_id = fields.Many2one(
        "res.partner", "Organisation", required=True, index=True, ondelete="cascade", domain=[("is_company", "=", True)]
    )
    active = fields.Boolean(default=True, help="An archived calendar is read no more, and its events are not shown.")
    url = fields.Char("Address", groups=ORGANISERS, help="Of a calendar (ics), or of the page that shows it.")
    file = fields.Binary(groups=ORGANISERS, attachment=True)
    file_name = fields.Char()
    host = fields.Char("Where it is", compute="_compute_host", compute_sudo=True)
    hidden_words = fields.Char("Words to hide", help="Events with one of these words are hidden. Commas between them.")
    last_read = fields.Datetime("Last read on", readonly=True, copy=False)
    tried_on = fields.Datetime("Last tried on", readonly=True, copy=False)
    failing_since = fields.Datetime("Not readable since", readonly=True, copy=False)
    failure = fields.Json(readonly=True, copy=False, groups=fields.NO_ACCESS)
    last_error = fields.Char("What is wrong", compute="_compute_last_error", compute_sudo=True)
    skipped_lines = fields.Json(readonly=True, copy=False, groups=fields.NO_ACCESS)
    skipped = fields.Text("Not understood, or left out", compute="_compute_skipped", compute_sudo=True)
    validators = fields.Json(readonly=True, copy=False, groups=fields.NO_ACCESS)
    activity_id = fields.Many2one(  # closed as superuser: nobody chooses which
        "mail.activity",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
    )
    entry_ids = fields.One2many("relationship.calendar.entry", "feed_id", "Events", readonly=True)
    entry_count = fields.Integer("Number of events", compute="_compute_entry_count")

    @api.depends("url", "file_name")
    @api.depends_context("lang")
    def _compute_host(self):
        for feed in self:
            feed.host = _get_host(feed.url) or feed.file_name or self.env._("a file")

    @api.depends("partner_id", "host")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        hidden = self._say_hidden_in("partner_id")
        for feed in self:
            feed.display_name = f"{hidden.get(feed.partner_id.id, feed.partner_id.name or '')} · {feed.host}"

    @api.depends("failure")
    @api.depends_context("lang")
    def _compute_last_error(self):
        for feed in self:
            feed.last_error = feed.failure and self._say_failure(feed.failure)

    @api.depends("skipped_lines")
    @api.depends_context("lang")
    def _compute_skipped(self):
        for feed in self:
            feed.skipped = self._say_skipped(feed.skipped_lines)

    def _compute_entry_count(self):
        counts = self.env["relationship.calendar.entry"]._read_group(
            [("feed_id", "in", self.ids)], ["feed_id"], ["__count"]
        )
        counts = {feed.id: count for feed, count in counts}
        for feed in self:
            feed.entry_count = counts.get(feed.id, 0)

    @api.constrains("url", "file", "partner_id")
    def _check_source(self):
        for feed in self.sudo():
            if bool(feed.url) == bool(feed.file):
                raise ValidationError(
                    self.env._("A calendar is read from an address or from a file: give one of them.")
                )
            if not feed.partner_id.is_company:
                raise ValidationError(self.env._("A calendar is an organisation's, not a person's."))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._clean_values(vals) for vals in vals_list])

    def write(self, vals):
        """Extend: another source is asked in whole; other words hide at once."""
        vals = self._clean_values(vals)
        result = super().write(vals)
        if {"url", "file"} & vals.keys():
            super(RelationshipCalendarFeed, self.sudo()).write({"validators": False, "tried_on": False})
        if "hidden_words" in vals:
            self.sudo()._hide_by_words()
        if {"active", "hidden_words"} & vals.keys():
            self.sudo().with_context(active_test=False).entry_ids._find_same()
        return result

    @api.model
    def _clean_values(self, vals):
        return {**vals, "url": vals["url"].strip()} if vals.get("url") else vals

    # Actions

    def action_read(self):
        """Read the calendar now.

        :raise AccessError: the user is no organiser
        :raise UserError: it is being read already
        """
        self.check_access("write")
        for feed in self.sudo():
            if not feed.try_lock_for_update(allow_referencing=True):
                raise UserError(self.env._("This calendar is being read: look again in a minute."))
            feed._read()
        failed = self.filtered("last_error")
        message = failed[:1].last_error or self.env._("Read: %(count)s events.", count=sum(self.mapped("entry_count")))
        return notify(message, "warning" if failed else "success")

    def action_open(self):
        """Open the calendar: its source, what was left out, its words."""
        self.ensure_one()
        return {"type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "views": [(False, "form")]}

    def action_view_entries(self):
        """Open the events of this calendar, hidden ones too."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "shifters_relations_events.relationship_calendar_entry_action"
        )
        return {**action, "domain": [("feed_id", "=", self.id)], "context": {"search_default_coming": 1}}

    @api.model
    def _get_failing_notices(self):
        """Return what stands above the agenda of calendars that could not be read: none where all are."""
        failing = self.search([("failing_since", "!=", False), ("partner_id.active", "=", True)], order="failing_since")
        if not failing:
            return []
        names = ", ".join(failing[:NAMED].mapped("partner_id.name")) + "…" * (len(failing) > NAMED)
        named = {"count": len(failing), "names": names, "day": format_day(self.env, failing[0].failing_since)}
        sentence = (
            self.env._("The calendar of %(names)s could not be read since %(day)s.", **named)
            if len(failing) == 1
            else self.env._("%(count)s calendars could not be read since %(day)s: %(names)s.", **named)
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "shifters_relations_events.relationship_calendar_feed_action"
        )
        action["context"] = {"search_default_failing": 1}
        return [{"sentence": sentence, "action": action, "button": self.env._("See")}]

    # Reading

    @api.model
    def _cron_read(self):
        """Read each calendar once a day, a transaction each; what another server reads is left to it."""
        since = fields.Datetime.now() - READ_EVERY
        due = Domain("tried_on", "=", False) | Domain("tried_on", "<", since)
        due &= Domain("partner_id.active", "=", True)
        if not self._may_call():
            due &= Domain("url", "=", False)
        feeds = self.search(due, order="tried_on nulls first, id")
        self.env["ir.cron"]._relationship_for_each(feeds, lambda feed: feed._read_in_job(since))

    def _read_in_job(self, since):
        """Read the calendar unless somebody does, or just did.

        :return: False where somebody does
        """
        if not self.try_lock_for_update(allow_referencing=True):
            return False
        self.invalidate_recordset(["tried_on"])
        if not self.tried_on or self.tried_on < since:
            self._read()
        return True

    @api.model
    def _may_call(self):
        """Return whether an administrator lets this server call the addresses that were typed in (U6)."""
        switch = self.env["ir.config_parameter"].sudo().get_param(SWITCH, "on")
        return switch.strip().lower() not in ("off", "false", "0", "no", "non")

    def _read(self):
        """Read the calendar, and keep what came of it: its events, or why there are none."""
        self.ensure_one()
        now = fields.Datetime.now()
        known = self.validators or {}
        if fields.Datetime.to_datetime(known.get("on", "2000-01-01")) < now - ASKED_AGAIN_AFTER or self.failure:
            known = {}
        self._keep(self._ask(self.url, self.with_context(bin_size=False).file, known))

    def _keep(self, read):
        """Keep what came of reading.

        :param dict read: as :func:`read_apart` returns it
        """
        now = fields.Datetime.now()
        values = {"tried_on": now}
        if read.get("failure"):
            values |= {"failure": read["failure"], "failing_since": self.failing_since or now}
        else:
            values |= {"failure": False, "failing_since": False, "last_read": now}
        if "entries" in read:
            cut = [line for line in read["skipped"] if line["reason"] in CUT]
            self._take(read["entries"], is_whole=not cut)
            on = {"on": fields.Datetime.to_string(now)}
            values |= {"skipped_lines": read["skipped"], "validators": {**read["validators"], **on}}
        self.write(values)
        self._notify_owner()

    @api.model
    def _ask(self, url, file, known=None):
        """Return what :func:`read_apart` does of an address or a file, and notes nothing.

        :param file: base64
        """
        if url and not self._may_call():
            return {"failure": {"reason": "off"}}
        if file and len(file) > MAX_FILE * 4 / 3:
            return {"failure": {"reason": "too_large"}}
        parameters = self.env["ir.config_parameter"].sudo()
        return read_apart(
            {
                "url": url or "",
                "file": file.decode() if isinstance(file, bytes) else file or "",
                "validators": {key: value for key, value in (known or {}).items() if key != "on"},
                "allowed": re.split(r"[\s,;]+", parameters.get_param(ALLOWED, "").strip()),
                "today": fields.Date.to_string(fields.Date.context_today(self)),
                "zone": self.env.company.partner_id.tz or DEFAULT_ZONE,
            }
        )

    def _take(self, entries, is_whole=True):
        """Make the events here what they are at their origin.

        One is the same by its calendar's name for it, else by title, day and place: some calendars name theirs anew
        each time. Those that are told no more go, unless they have taken place; hidden ones come back hidden.

        :param is_whole: False where the calendar was not read to its end, so that nothing is known to be gone
        """
        Entry = self.env["relationship.calendar.entry"].sudo()
        there = Entry.with_context(active_test=False).search([("feed_id", "=", self.id)])
        before = {*there.mapped("uid")}, {*there.mapped("same_key")}
        told = [Entry._prepare_values(entry) for entry in entries]
        told = [*{(values["uid"], values["recurrence_id"]): values for values in reversed(told)}.values()][::-1]
        by_name = {(entry.uid, entry.recurrence_id or ""): entry for entry in there}
        found = [by_name.pop((values["uid"], values["recurrence_id"] or ""), None) for values in told]
        by_key = {(entry.same_key, entry.start): entry for entry in by_name.values()}
        by_day = {entry.same_key: entry for entry in by_name.values()}
        taken, new = set(), []
        for values, known in zip(told, found, strict=True):
            key = Entry._make_key(values["name"], values["place"], values["start"])
            entry = known or by_key.get((key, values["start"])) or by_day.get(key)
            if entry is None or entry.id in taken:
                new.append({**values, "feed_id": self.id})
                continue
            taken.add(entry.id)
            changed = {name: value for name, value in values.items() if entry[name] != value}
            if not entry.active:
                changed["active"] = True
            if changed:
                entry.write(changed)
        gone = there.filtered(lambda entry: is_whole and entry.id not in taken)
        hidden = gone.filtered(lambda entry: entry.state == "hidden" and not entry._is_past())
        hidden.active = False
        (gone - hidden)._forget()
        Entry.create(new)
        self._hide_by_words()
        self.with_context(active_test=False).entry_ids._find_same(*before)

    def _hide_by_words(self):
        """Hide what has one of the words, and show again what was hidden for a word that is none any more.

        What somebody shows in spite of a word stays shown.
        """
        for feed in self:
            for entry in feed.entry_ids:
                word = entry._get_hiding_word()
                if word and entry.hidden_word != word and entry.state == "shown":
                    entry.write({"state": "hidden", "hidden_word": word})
                elif entry.hidden_word and not word:
                    entry.write({"state": "shown", "hidden_word": False})

    def _get_words(self):
        """Return the words to hide, as they are compared."""
        return [word for part in (self.hidden_words or "").split(",") if (word := fold(part).strip())]

    # Failures

    def _notify_owner(self):
        """Ask the owner, once, to look at a calendar that fails for a week; that is done when it works again."""
        if not self.failure:
            self.activity_id.filtered("active").action_feedback(feedback=self.env._("The calendar is read again."))
            self.activity_id = False
        elif self.url and not self.activity_id and self.failing_since <= fields.Datetime.now() - FAILS_FOR:
            owner = self.partner_id.relationship_owner_id._relationship_filter_current()
            user = owner or self.env["ir.cron"]._relationship_get_reader()
            me = self.with_context(lang=user.partner_id._relationship_get_lang(), tz=user.tz)
            self.activity_id = self.partner_id.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=me.env._("Its calendar cannot be read"),
                note=me.env._(
                    "Since %(day)s: %(reason)s",
                    day=format_day(me.env, me.failing_since),
                    reason=me.last_error,
                ),
            )

    @api.model
    def _say_failure(self, failure):
        """Return, in the reader's language, why a calendar is not read."""
        value = failure.get("value") or ""
        reasons = {
            "off": self.env._("An administrator has switched the reading of calendars off."),
            "needs_packages": self.env._(
                "This server reads no calendars yet: have its administrator run “%(command)s”.", command=COMMAND
            ),
            "address": self.env._("This is no address of a web page: it begins with https://, http:// or webcal://."),
            "password": self.env._("The address holds a name or a password: give one that needs none."),
            "port": self.env._("No calendar is read from the port %(port)s.", port=value),
            "inside": self.env._("“%(host)s” lies inside our own network, which is not read.", host=value),
            "unknown": self.env._("No server is known by the name “%(host)s”.", host=value),
            "unreachable": self.env._("The server does not answer."),
            "certificate": self.env._("The server's certificate is not valid."),
            "slow": self.env._("The server, or its calendar, takes too long."),
            "too_large": self.env._("The calendar is too large: 10 MB are read at most."),
            "redirects": self.env._("The address leads from page to page without end."),
            "status": self.env._("The server refuses (%(code)s).", code=value),
            "empty": self.env._("There is nothing at this place: the file is empty."),
            "page": self.env._(
                "This is a page, not a calendar. Look there for “iCal”, “ics” or “subscribe”, and give that address."
            ),
            "news": self.env._("This is a news feed (RSS), not a calendar: look for “iCal” or “ics” on the site."),
            "json": self.env._("These are data of another kind (JSON), not a calendar: look for “iCal” or “ics”."),
            "not_calendar": self.env._("This is no calendar: such a file begins with BEGIN:VCALENDAR."),
        }
        if failure["reason"] == "status" and value in ("401", "403"):
            return self.env._("The server refuses (%(code)s): the calendar is not public.", code=value)
        if failure["reason"] == "status" and value in ("404", "410"):
            return self.env._("There is nothing at this address any more (%(code)s).", code=value)
        return reasons.get(failure["reason"]) or self.env._("The calendar could not be understood.")

    @api.model
    def _say_skipped(self, lines):
        """Return, in the reader's language, what was left out or not understood: a line each."""
        return "\n".join(self._say_line(line) for line in lines or []) or False

    @api.model
    def _say_line(self, line):
        value = line.get("value") or ""
        reasons = {
            "no_start": self.env._("left out: it has no date."),
            "bad_start": self.env._("left out: its date is not understood (%(value)s).", value=value),
            "private": self.env._("left out: its calendar says that it is private."),
            "cancelled": self.env._("left out: it is cancelled."),
            "broken": self.env._("left out: it is not understood."),
            "cut": self.env._("left out: the file ends in the midst of it."),
            "bad_end": self.env._("its end is not understood (%(value)s): only its beginning is shown.", value=value),
            "end_first": self.env._("its end is before its beginning: only its beginning is shown."),
            "bad_rule": self.env._("its repetition is not understood: it is shown once."),
            "except_rule": self.env._(
                "the rule by which it does not take place is not understood (%(value)s): it may be shown too often.",
                value=value,
            ),
            "too_often": self.env._("it repeats too often: not all of it is shown."),
            "unknown_zone": self.env._("its time zone “%(value)s” is not known: ours is taken.", value=value),
            "too_many": self.env._(
                "There are too many events: %(value)s are read, the others are left out.", value=value
            ),
            "too_long": self.env._("Reading takes too long: the last events are left out."),
        }
        said = reasons.get(line["reason"], line["reason"])
        if line["reason"] in ("too_many", "too_long"):
            return said
        name = line.get("name")
        event = self.env._("“%(name)s”", name=name) if name else self.env._("An event")
        if not line.get("when"):
            return self.env._("%(event)s: %(reason)s", event=event, reason=said)
        try:
            day = format_day(self.env, line["when"], with_year=True)
        except (ValueError, OverflowError):
            day = line["when"]
        return self.env._("%(event)s, %(day)s: %(reason)s", event=event, day=day, reason=said)


def _get_host(url):
    try:
        return urlsplit(url if "://" in (url or "") else f"//{url or ''}").hostname
    except ValueError:
        return ""
