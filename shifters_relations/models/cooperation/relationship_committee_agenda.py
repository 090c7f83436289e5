from itertools import chain

from markupsafe import Markup
from odoo import fields, models
from odoo.fields import Domain

from ...tools import format_day, in_some_language

MAX_LINES = 12  # of one kind of facts
SECTIONS = {
    "coordination": (("stages", "roles"), ("funders",), ("contacts", "events", "promises")),
    "follow_up": (("stages", "roles", "contacts", "events"), ("promises",)),
}


class RelationshipCommittee(models.Model):
    """The agenda of a meeting, drafted from what is noted since the one before (V1).

    It is read at a table where partners sit: it has facts and names of organisations and colleagues, never a word of
    a synthesis but the promises, and nothing of an organisation that somebody of the team may not read, or that asked
    for silence.
    """

    _inherit = "relationship.committee"  # pylint: disable=consider-merging-classes-inherited

    def _in_its_language(self):
        """Return this committee in the language of who follows it."""
        return in_some_language(self.with_context(lang=self.user_id.lang))

    def _draft_agenda(self, meeting):
        """Return the agenda of a meeting as facts have it now, or had it when the meeting began.

        :rtype: Markup
        """
        me = self.sudo()
        last = me._get_meeting_before(meeting)
        partners = me._get_told_partners()
        facts = me._get_facts(meeting.sudo(), last, partners)
        decisions = me._shorten(me._get_decisions(partners))
        parts = [(heading, [*chain(*map(facts.get, names))]) for names, heading in me._get_sections()]
        body = Markup("")
        if not any(facts[name] for name in ("stages", "roles", "contacts", "events", "promises")):
            body = Markup("<p>%s</p>") % me._say_nothing_new(last)
        for heading, lines in [*parts, (self.env._("To decide, and to watch"), decisions)]:
            if lines:
                items = Markup("").join(Markup("<li>%s</li>") % line for line in lines)
                body += Markup("<h3>%s</h3><ul>%s</ul>") % (heading, items)
        return body

    def _get_sections(self):
        """Return the facts that stand together in the agenda, and the heading above them."""
        if self.kind == "coordination":
            headings = [self.env._("Governance"), self.env._("Money"), self.env._("People")]
        else:
            headings = [self.env._("Progress"), self.env._("Tensions: what is promised and not done")]
        return zip(SECTIONS[self.kind], headings, strict=True)

    def _say_nothing_new(self, last):
        if not last:
            return self.env._("Nothing has been noted yet about this cooperation.")
        day = format_day(self.env, last._relationship_get_held_day())
        return self.env._("Nothing new has been noted since the meeting of %(date)s.", date=day)

    def _get_meeting_before(self, meeting):
        """Return the meeting of this committee that took place before another one, if any."""
        before = self.meeting_ids.filtered(
            lambda each: each.active and each.start < meeting.start and each._relationship_has_begun()
        )
        return (before - meeting).sorted("start")[-1:]

    def _get_told_partners(self):
        """Return the organisations that an agenda names: those that everybody of the team may read."""
        partners = self.cooperation_id.role_ids.partner_id
        return partners._relationship_filter_readable_by_all(partners._relationship_get_current_members()).sudo()

    def _get_facts(self, meeting, last, partners):
        """Return what is noted between two meetings, in words: lists of texts by kind.

        :param last: the meeting before, empty where there is none: then what counts is noted since the project began
        :param partners: the organisations that are named
        """
        partners = partners._relationship_filter_willing()
        until = min(fields.Datetime.now(), meeting.start)
        began = self.cooperation_id._get_beginning()
        since = last._relationship_get_held_day() if last else began

        def is_new(day, record):
            return day > since or (day == since and (not last or record.create_date > last.start))

        facts = {
            "stages": self._get_stages(last.start, until),
            "roles": self._get_roles(partners, is_new),
            "funders": self._get_funders(partners, meeting),
            "contacts": self._get_contacts(partners, last, since, until.date(), is_new),
            "events": self._get_events(partners, last.start or until, self._get_horizon(meeting)),
            "promises": self._get_promises(partners, meeting, began, is_new),
        }
        return {name: self._shorten(lines) for name, lines in facts.items()}

    def _get_horizon(self, meeting):
        """Return until when what comes is told: until the meeting that should follow this one."""
        return meeting.start + self.rhythm._get_delta()

    def _shorten(self, lines):
        """Return the first of some lines, and how many others there are."""
        if (more := len(lines) - MAX_LINES) > 0:
            return [*lines[:MAX_LINES], self.env._("And %(count)s more.", count=more)]
        return lines

    def _get_events(self, partners, since, until):
        """Return what the partners do between two moments, in words: whoever knows adds it.

        :param partners: the organisations that are named
        """
        return []

    def _get_stages(self, since, until):
        """Return the changes of the cooperation's stage, which its chatter has, whoever's language noted them."""
        tracked = Domain("field_id.name", "=", "stage") & Domain("field_id.model", "=", "relationship.cooperation")
        tracked &= Domain("mail_message_id.model", "=", "relationship.cooperation")
        tracked &= Domain("mail_message_id.res_id", "=", self.cooperation_id.id)
        tracked &= Domain("mail_message_id.date", "<=", until)
        if since:
            tracked &= Domain("mail_message_id.date", ">", since)
        field = self.env["relationship.cooperation"]._fields["stage"]
        keys = {}
        for code, _name in self.env["res.lang"].get_installed():
            keys |= {label: key for key, label in field._description_selection(self.with_context(lang=code).env)}
        labels = dict(field._description_selection(self.env))
        return [
            self.env._(
                "Stage: %(before)s → %(after)s, on %(date)s.",
                before=labels.get(keys.get(value.old_value_char), value.old_value_char),
                after=labels.get(keys.get(value.new_value_char), value.new_value_char),
                date=format_day(self.env, value.mail_message_id.date),
            )
            for value in self.env["mail.tracking.value"].search(tracked, order="id")
        ]

    def _get_roles(self, partners, is_new):
        """Return who has joined, and in which roles."""
        labels = dict(self.env["relationship.cooperation.role"]._fields["role"]._description_selection(self.env))
        lines = self.cooperation_id.role_ids.filtered(lambda line: line.partner_id in partners)
        new = lines.filtered(lambda line: is_new(line.since or line.create_date.date(), line))
        return [
            self.env._(
                "%(name)s takes part: %(roles)s.",
                name=partner.name,
                roles=", ".join(labels[line.role].lower() for line in joined),
            )
            for partner, joined in new.grouped("partner_id").items()
        ]

    def _get_funders(self, partners, meeting):
        """Return when each funder is met next (V2): after this meeting, which everybody at the table knows of."""
        funders = self.cooperation_id.role_ids.filtered(lambda line: line.role == "funder").partner_id & partners
        renewals = funders._relationship_search_renewals().filtered(lambda each: each.calendar_event_id != meeting)
        return [
            self.env._(
                "%(name)s, funder: next contact around %(date)s.",
                name=renewal.relationship_partner_id.name,
                date=format_day(self.env, renewal.date_deadline),
            )
            for renewal in renewals.sorted(lambda each: funders.ids.index(each.relationship_partner_id.id))
        ]

    def _get_contacts(self, partners, last, since, until, is_new):
        """Return the validated contacts with the partners, without what was said; the last committee is known."""
        Synthesis = self.env["relationship.synthesis"]
        made = Domain("state", "=", "done") & Domain("partner_id", "in", partners.ids) & Domain("date", "<=", until)
        if since:
            made &= Domain("date", ">=", since)
        found = Synthesis.search(made, order="date desc, id desc")
        found = found.filtered(lambda each: (not last or each.calendar_event_id != last) and is_new(each.date, each))
        channels = dict(Synthesis._fields["channel"]._description_selection(self.env))
        return [
            self.env._(
                "Contact with %(name)s on %(date)s, %(channel)s (%(author)s).",
                name=each.partner_id.name,
                date=format_day(self.env, each.date),
                channel=channels[each.channel].lower(),
                author=each.author_partner_id.name or "",
            )
            for each in found
        ]

    def _get_promises(self, partners, meeting, began, is_new):
        """Return what was promised to the partners since, or is due by now, and is not done.

        :param began: the day on which the project began: what was promised before is none of this table's business
        """
        promises = self.env["mail.activity"]._relationship_search_promises([("res_id", "in", partners.ids)])
        names = {partner.id: partner.name for partner in partners}
        day = meeting._relationship_get_held_day()
        lines = []
        for promise in promises:
            made = promise.relationship_synthesis_id.date or promise.create_date.date()
            if made >= began and (promise.date_deadline <= day or is_new(made, promise)):
                lines.append(
                    self.env._(
                        "Promised to %(name)s: %(what)s (%(who)s, before %(date)s).",
                        name=names[promise.res_id],
                        what=promise.summary or "",
                        who=promise.user_id.name or "",
                        date=format_day(self.env, promise.date_deadline),
                    )
                )
        return lines

    def _get_decisions(self, partners):
        """Return what the table of the partnership leaves to decide, and who has to be found.

        :param partners: the organisations that are named
        """
        words = self.cooperation_id._say_watched(partners, partners._relationship_filter_willing())
        if self.cooperation_id.is_outcome_due:
            words.append(self.env._("Introduced more than a month ago: what came of it?"))
        keeper, members = self.user_id, self.env["res.partner"]._relationship_get_current_members()
        if keeper and keeper not in members:
            words.append(self.env._("%(name)s, who follows it, is not in the team any more.", name=keeper.name))
        return words
