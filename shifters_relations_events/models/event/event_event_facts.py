import json
from collections import defaultdict
from contextlib import contextmanager

import pytz
from odoo import api, fields, models, tools
from odoo.addons.shifters_relations.groups import MEMBERS
from odoo.addons.shifters_relations.tools import format_moment
from odoo.exceptions import UserError
from odoo.fields import Domain

# What makes the facts, here and on the place.
FACT_FIELDS = {"name", "date_begin", "date_end", "date_tz", "address_id", "event_url", "kanban_state", "active"}
PLACE_FIELDS = {"name", "parent_id", "street", "street2", "zip", "city", "state_id", "country_id"}
# Who knows of the event and reckons with it. Who said no, or was withdrawn, does not.
EXPECTING_DOMAIN = Domain("state", "in", ["sent", "accepted", "waiting", "maybe"]) | (
    Domain("state", "=", "draft") & Domain("answer", "!=", False)
)


class EventEvent(models.Model):
    """What people read of a partner event, who knows it, and who is to be told what has changed.

    The facts are when, where and whether it takes place. Each invitation keeps those that its
    invitee knows; what there is to announce to her follows from the two.
    """

    _inherit = "event.event"  # pylint: disable=consider-merging-classes-inherited

    facts_sequence = fields.Integer("Changes that calendars follow", readonly=True, copy=False)
    standing = fields.Char("As it stands", compute="_compute_standing", groups=MEMBERS)
    is_cancelled = fields.Boolean(compute="_compute_is_cancelled", groups=MEMBERS)
    is_over = fields.Boolean(compute="_compute_is_cancelled", groups=MEMBERS)

    @api.depends("kanban_state", "active", "date_end")
    def _compute_is_cancelled(self):
        now = fields.Datetime.now()
        for event in self:
            event.is_cancelled = event._relationship_is_cancelled()
            event.is_over = bool(event.date_end) and event.date_end <= now

    @api.depends_context("lang")
    def _compute_standing(self):
        """Compute whether it is cancelled, moved or takes place after all, and how many do not know it yet."""
        partner_events = self.filtered("is_partner_event")
        known = partner_events._relationship_get_known_groups()
        now = fields.Datetime.now()
        (self - partner_events).standing = False
        for event in partner_events:
            groups = known.get(event, {}) if event.date_end and event.date_end > now else {}
            unannounced = event._relationship_get_unannounced(groups)
            counts = {news: sum(groups[facts] for facts in outdated) for news, outdated in unannounced.items()}
            if event._relationship_is_cancelled():
                counts.setdefault("cancelled", 0)
            titles = event._relationship_get_news_titles(unannounced.get("moved", ()))
            event.standing = (
                " · ".join(event._relationship_say_standing(titles[news], counts[news]) for news in counts) or False
            )

    def _relationship_say_standing(self, title, count):
        """Return what stands, and how many people do not know it, in words."""
        if not count:
            return title
        if count == 1:
            return self.env._("%(what)s: one person does not know it yet", what=title)
        return self.env._("%(what)s: %(count)s people do not know it yet", what=title, count=count)

    # Facts

    def _relationship_say_when(self, moment, **options):
        """Return a moment of this event in the reader's language, at the hour of the place."""
        self.ensure_one()
        return format_moment(self.env, moment, self.date_tz, **options)

    def _relationship_say_period(self):
        """Return from when to when: "Tuesday 12 March 2025, 18:00 – 21:00"."""
        self.ensure_one()
        begin, end = self._relationship_get_local_period()
        until = f"{end:%H:%M}"
        if begin.date() != end.date():
            until = self._relationship_say_when(self.date_end, with_year=begin.year != end.year)
        return f"{self._relationship_say_when(self.date_begin)} – {until}"

    def _relationship_say_where(self):
        """Return the place, by name and address, on one line, else the link; empty where none is known."""
        self.ensure_one()
        place = self.sudo().address_id
        names = [place.commercial_company_name, place.name]
        address = (place._display_address(without_company=True) or "").splitlines() if place else []
        parts = (part.strip() for part in (*names, *address) if part)
        return ", ".join(dict.fromkeys(filter(None, parts))) or self.event_url or ""

    def _relationship_get_local_period(self):
        """Return the begin and the end, in the time zone of the place."""
        zone = pytz.timezone(self.date_tz or "UTC")
        return [pytz.utc.localize(moment).astimezone(zone) for moment in (self.date_begin, self.date_end)]

    def _relationship_get_facts(self):
        """Return when, where, and whether it takes place, as text: what is announced when it changes.

        The same for all languages: what the sentences that people read are made of.
        """
        self.ensure_one()
        begin, end = (moment.isoformat(timespec="minutes") for moment in self._relationship_get_local_period())
        facts = {"begin": begin, "end": end, "where": self.with_context(lang=None)._relationship_say_where()}
        if self._relationship_is_cancelled():
            facts["cancelled"] = True
        return json.dumps(facts, ensure_ascii=False, sort_keys=True)

    def _relationship_get_news(self, known):
        """Return what there is to announce to people who know some facts.

        :param str known: what :meth:`_relationship_get_facts` gave when it was announced to them
        :return: ``cancelled``, ``back`` (it takes place after all) or ``moved``; False: nothing
        """
        if not known or known == self._relationship_get_facts():
            return False
        knows_cancelled = read_facts(known).get("cancelled", False)
        if self._relationship_is_cancelled():
            return False if knows_cancelled else "cancelled"
        return "back" if knows_cancelled else "moved"

    def _relationship_get_known_groups(self):
        """Return what those who reckon with these events know.

        :return: dictionary by event of dictionaries from facts to how many people know them
        """
        domain = EXPECTING_DOMAIN & Domain("event_id", "in", self.ids) & Domain("known_facts", "!=", False)
        known = defaultdict(dict)
        for event, facts, count in (
            self.env["event.invitation"].sudo()._read_group(domain, ["event_id", "known_facts"], ["__count"])
        ):
            known[event.with_env(self.env)][facts] = count
        return known

    def _relationship_get_known_counts(self):
        """Count who of those who reckon with the event knows that it takes place, and that it is cancelled."""
        counts = {"takes_place": 0, "cancelled": 0}
        for facts, count in self._relationship_get_known_groups().get(self, {}).items():
            counts["cancelled" if read_facts(facts).get("cancelled") else "takes_place"] += count
        return counts

    def _relationship_get_unannounced(self, known=None):
        """Return what is to announce: from the kind of news to the facts that people know who are to hear it.

        :param known: what those who reckon with the event know, where it was read already
        """
        unannounced = defaultdict(list)
        for facts in self._relationship_get_known_groups().get(self, {}) if known is None else known:
            if news := self._relationship_get_news(facts):
                unannounced[news].append(facts)
        return dict(unannounced)

    def _relationship_get_unannounced_domain(self, news=None):
        """Return the domain of who reckons with the event and does not know what stands; each hears it once.

        :param str news: this news alone
        """
        unannounced = self._relationship_get_unannounced()
        values = (
            unannounced.get(news, []) if news else [facts for outdated in unannounced.values() for facts in outdated]
        )
        return EXPECTING_DOMAIN & Domain("event_id", "=", self.id) & Domain("known_facts", "in", values)

    def _relationship_get_news_titles(self, moved=()):
        """Return what there is to announce, in two or three words, by kind of news.

        :param moved: the facts known by those to whom the move is to be announced
        """
        now = read_facts(self._relationship_get_facts())
        outdated = [read_facts(facts) for facts in moved]
        is_date = any(facts.get(key) != now[key] for facts in outdated for key in ("begin", "end"))
        is_place = any(facts.get("where") != now["where"] for facts in outdated)
        return {
            "cancelled": self.env._("Cancelled event"),
            "back": self.env._("Takes place after all"),
            "moved": {
                (True, False): self.env._("New date"),
                (False, True): self.env._("New place"),
            }.get((is_date, is_place), self.env._("New date and place")),
        }

    # What calendars follow

    @contextmanager
    def _relationship_following_facts(self):
        """Count a change for each of these events whose facts are others at the end of the block.

        Calendars take a file for newer when its number has grown: it follows the facts alone.
        """
        before = {event: (event.name, event._relationship_get_facts()) for event in self}
        yield
        changed = [event for event, facts in before.items() if facts != (event.name, event._relationship_get_facts())]
        for event in changed:
            event.sudo().facts_sequence += 1
        if changed:
            self.env["relationship.member"]._note_calendars()

    @api.model
    @tools.ormcache(cache="stable")
    def _relationship_get_place_ids(self):
        """Return the ids of the places of partner events and their organisations: others cost no query."""
        events = self.sudo().with_context(active_test=False).search([("is_partner_event", "=", True)])
        return events._relationship_get_own_place_ids()

    def _relationship_get_own_place_ids(self):
        places = self.sudo().address_id
        return frozenset((places | places.commercial_partner_id).ids)

    def _relationship_remember_places(self):
        """Record the places of these events, so that changes of them are looked at."""
        events = self.filtered("is_partner_event")
        if events and not events._relationship_get_own_place_ids() <= self._relationship_get_place_ids():
            self.env.registry.clear_cache("stable")

    @api.model
    def _relationship_get_at(self, places):
        """Return the partner events at some places, or at those of some organisations."""
        ids = list(self._relationship_get_place_ids() & set(places.ids))
        if not ids:
            return self.browse()
        at = Domain("address_id", "in", ids) | Domain("address_id.commercial_partner_id", "in", ids)
        return self.sudo().with_context(active_test=False).search(Domain("is_partner_event", "=", True) & at)

    # Deleting

    @api.ondelete(at_uninstall=False)
    def _unlink_except_expected(self):
        """Refuse to delete an event that people expect: nobody could announce that it is gone."""
        now = fields.Datetime.now()
        for event in self.filtered(lambda each: each.is_partner_event and each.date_end > now):
            count = event._relationship_get_known_counts()["takes_place"]
            if count == 1:
                raise UserError(
                    self.env._(
                        "One person knows of “%(event)s”. Cancel it, and announce that, before you delete it.",
                        event=event.name,
                    )
                )
            if count:
                raise UserError(
                    self.env._(
                        "%(count)s people know of “%(event)s”. Cancel it, and announce that, before you delete it.",
                        count=count,
                        event=event.name,
                    )
                )


def read_facts(text):
    """Return the facts as a dictionary; empty where they cannot be read.

    :param str text: what :meth:`EventEvent._relationship_get_facts` gave
    """
    try:
        facts = json.loads(text)
    except (TypeError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}
