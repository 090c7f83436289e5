import re
from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.addons.shifters_relations.emails import split_emails
from odoo.addons.shifters_relations.names import Name
from odoo.addons.shifters_relations.sameness import ASK, SAME, Index, Likeness
from odoo.addons.shifters_relations.texts import one_line
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...calendars import DEFAULT_ZONE, clean_address, get_window
from ...typed import Mistyped, read_period
from ..pages.relationship_page_request import DAY, HOUR
from .relationship_calendar_subscription import read_email

CONFIRMED_WITHIN = timedelta(days=2)
LONGEST = {"name": 200, "place": 200, "audience": 200, "organisation": 200, "url": 1000, "email": 254}
DATES = ("start_day", "start_hour", "stop_day", "stop_hour")
BARE = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?:[/?#]|$)", re.IGNORECASE)  # an address without its scheme
TYPED = ("name", *DATES, "place", "audience", "url", "organisation", "email")  # as they stand on the form
TOLD = ("name", "place", "audience", "url", "start", "stop", "all_day")  # what of a proposal its event says
# Proposals within an hour and a day: from one internet address, where a whole office may sit; for one mail address.
MOST_FROM, MOST_FOR = [(20, HOUR), (60, DAY)], [(10, HOUR), (20, DAY)]


class RelationshipCalendarProposal(models.Model):
    """Who proposes an event on the public page (N3), and the link by which she follows it.

    What she types becomes an event, still to be accepted, once she has confirmed by mail; what is not confirmed
    within two days is forgotten. Her address is kept until the event is over, for organisers alone: it is what
    their answer goes to.
    """

    _name = "relationship.calendar.proposal"
    _description = "Proposal of an Event"
    _inherit = ["relationship.personal.link.mixin"]
    _page = "/partners-agenda/confirm"
    _order = "id desc"
    _rec_name = "organisation"

    email = fields.Char("E-mail", readonly=True)
    lang = fields.Char(readonly=True)
    organisation = Name("Organisation, in its words", required=True, readonly=True)
    typed = fields.Json(readonly=True, groups=fields.NO_ACCESS)  # until it is confirmed: values of an event
    confirmed_on = fields.Datetime("Confirmed on", readonly=True)
    answer = fields.Text("What was answered", readonly=True, help="What should be changed, or why it is refused.")
    entry_ids = fields.One2many("relationship.calendar.entry", "proposal_id", "Event", readonly=True)

    # Proposed

    @api.model
    def _is_open(self):
        """Return whether anybody may propose: the pilot has opened a subscription that takes proposals."""
        return self.env["relationship.calendar.subscription"]._is_proposing_open()

    @api.model
    def _read_form(self, form):
        """Return what was typed, a line of text each, as it was typed."""
        return {name: form.get(name, "") for name in TYPED}

    @api.model
    def _read_typed(self, typed, is_known=False):
        """Return the values of what was typed, and what is wrong of it: sentences by field, in the form's order.

        :param bool is_known: the address is known, and not asked for
        """
        values = {name: one_line(typed[name]) or False for name in ("name", "place", "audience", "organisation")}
        wrong = {
            name: self.env._("At most %(count)s characters.", count=most)
            for name, most in LONGEST.items()
            if len(typed[name].strip()) > most
        }
        if not values["name"]:
            wrong["name"] = self.env._("Give it a name.")
        if not values["organisation"]:
            wrong["organisation"] = self.env._("Who organises it?")
        link = typed["url"].strip()
        values["url"] = clean_address(f"https://{link}" if BARE.match(link) else link) or False
        if link and not values["url"]:
            wrong.setdefault("url", self.env._("This is no address of a web page: it begins with https://."))
        if not is_known:
            values["email"] = read_email(typed["email"])
            if not values["email"]:
                wrong.setdefault("email", self.env._("Give one e-mail address: we write to it to confirm."))
        today = fields.Date.context_today(self.with_context(tz=self._get_zone()))
        try:
            period = read_period(typed, today, get_window(today)[1], self._get_zone())
        except Mistyped as mistyped:
            wrong[mistyped.field] = self._say_mistyped(mistyped.reason)
        else:
            values |= dict(zip(("start", "stop", "all_day"), period, strict=True))
        return values, {name: wrong[name] for name in TYPED if name in wrong}

    @api.model
    def _say_mistyped(self, reason):
        return {
            "missing": self.env._("When does it begin?"),
            "unreadable": self.env._("This is not understood: write 12/05/2026 for a day, 14:30 for an hour."),
            "past": self.env._("This day is over."),
            "far": self.env._("This is more than eighteen months ahead: propose it later."),
            "end_first": self.env._("It would end before it begins."),
            "long": self.env._("It would last more than a year."),
            "skipped": self.env._("The clocks are changed that night: this hour does not exist."),
        }[reason]

    @api.model
    def _get_zone(self):
        return self.env.company.partner_id.tz or DEFAULT_ZONE

    @api.model
    def _propose(self, values, lang, ip):
        """Keep what is proposed until it is confirmed, and write to who proposes it; what she proposes twice is one.

        :param dict values: of :meth:`_read_typed`, nothing being wrong
        :raise UserError: too much is proposed from there, or with this address
        """
        if not self.env["relationship.page.request"]._count("propose", {ip: MOST_FROM, values["email"]: MOST_FOR}):
            raise UserError(self.env._("Too many proposals in a short time: please try again in an hour."))
        key = self._make_key(values)
        hers = self.sudo().search([("email", "=", values["email"])])
        hers = hers.filtered(lambda each: not each._is_expired())
        proposal = hers.filtered(lambda each: each._get_key() == key)[:1]
        if not proposal:
            proposal = self.sudo().create({"email": values["email"], "organisation": values["organisation"]})
        if not proposal.confirmed_on:
            proposal.write({"lang": lang, **proposal._prepare_typed(values)})
        proposal._send("confirm")

    @api.model
    def _make_key(self, values):
        return self.env["relationship.calendar.entry"]._make_key(values["name"], values["place"], values["start"])

    def _get_key(self):
        """Return what tells whether it is proposed twice."""
        self.ensure_one()
        return self.entry_ids.same_key or (self.typed or {}).get("key")

    @api.model
    def _prepare_typed(self, values):
        """Return what is kept of a proposal until it is confirmed."""
        told = {name: values[name] for name in TOLD}
        told |= {name: fields.Datetime.to_string(told[name]) for name in ("start", "stop")}
        return {"organisation": values["organisation"], "typed": {**told, "key": self._make_key(values)}}

    def _confirm(self):
        """Make an event of what was proposed, for an organiser to accept; once."""
        self.ensure_one()
        if self.confirmed_on:
            return
        told = {name: self.typed[name] for name in TOLD}
        named = {"proposal_id": self.id, "uid": f"proposal-{self.id}", "state": "proposed"}
        self.env["relationship.calendar.entry"].sudo().create({**told, **named})._find_same()
        self.write({"confirmed_on": fields.Datetime.now(), "typed": False})

    def _change(self, values):
        """Take what its proposer changes: an organiser accepts it again.

        :param dict values: of :meth:`_read_typed`, nothing being wrong
        """
        self.ensure_one()
        if not self.confirmed_on:
            self.write(self._prepare_typed(values))
            return
        entry, is_renamed = self.entry_ids, self.organisation != values["organisation"]
        changed = {name: values[name] for name in TOLD if entry[name] != values[name]}
        if not changed and not is_renamed:
            return
        if is_renamed or not entry.partner_id.active:
            changed["partner_id"] = False
        self.write({"organisation": values["organisation"], "answer": False})
        entry._settle({**changed, "state": "proposed"})

    def unlink(self):
        """Extend: its event goes with it, and what was written to its proposer."""
        entries = self.sudo().entry_ids
        before = entries.mapped("uid"), entries.mapped("same_key")
        entries.unlink()
        self.env["relationship.calendar.entry"]._find_same(*before)
        self._get_mails().unlink()
        return super().unlink()

    # Where it stands

    def _is_expired(self):
        """Return whether it was not confirmed in time, or its event has gone with whose it was."""
        self.ensure_one()
        if self.confirmed_on:
            return not self.entry_ids
        return self.create_date < fields.Datetime.now() - CONFIRMED_WITHIN

    def _get_standing(self):
        """Return where it stands: ``unconfirmed``, ``waiting``, ``asked``, ``accepted``, ``changed``, ``refused``."""
        self.ensure_one()
        entry = self.entry_ids
        if not self.confirmed_on:
            return "unconfirmed"
        if entry.state == "refused":
            return "refused"
        if entry.state != "proposed":
            return "accepted"
        if self.answer:
            return "asked"
        return "changed" if entry.partner_id else "waiting"

    def _get_told(self):
        """Return the event as it stands, also before it is confirmed."""
        self.ensure_one()
        if self.entry_ids:
            return self.entry_ids
        told = {name: self.typed[name] for name in TOLD}
        return self.env["relationship.calendar.entry"].new(told)

    def _get_typed(self):
        """Return what is proposed as it would be typed."""
        told = self._get_told()
        typed = {name: told[name] or "" for name in ("name", "place", "audience", "url")}
        first, last = told.with_context(tz=self._get_zone())._get_local()
        typed |= {"organisation": self.organisation, "email": "", "start_day": first.date().isoformat()}
        typed |= {"stop_day": "", "start_hour": "", "stop_hour": ""}
        if not told.all_day:
            typed["start_hour"] = f"{first:%H:%M}"
            if first != last:
                is_midnight = last.hour == last.minute == 0 and last.date() > first.date()
                typed["stop_hour"] = "" if is_midnight and last - first > DAY else f"{last:%H:%M}"
                last -= timedelta(days=is_midnight and not typed["stop_hour"])
        if last.date() > first.date():
            typed["stop_day"] = last.date().isoformat()
        return typed

    # Whose it is

    def _find_organisation(self):
        """Return the organisation that is meant, by its words: the only one it can be, and all that it may be."""
        self.ensure_one()
        partners = self.env["res.partner"].sudo()
        likeness = Likeness(name=self.organisation)
        found = partners._relationship_find_alike(likeness)
        found -= found._relationship_filter_own()
        index = Index(partner._relationship_get_likeness() for partner in found)
        verdict, ids = index.find(likeness)
        alike = partners.browse(ids if verdict in (SAME, ASK) else ()).with_env(self.env)
        return (alike if verdict == SAME else alike.browse()), alike

    def _find_archived(self):
        """Return the archived organisations of the name that it gives: a second one is not made unasked."""
        self.ensure_one()
        key = Likeness(name=self.organisation).name_key
        archived = Domain("active", "=", False) & Domain("is_company", "=", True)
        named = archived & Domain("relationship_name_key", "=", key)
        return self.env["res.partner"].sudo().search(named).with_env(self.env) if key else self.env["res.partner"]

    def _names_same(self, other):
        """Return whether two proposals name the same organisation, however it is written."""
        return Likeness(name=self.organisation).name_key == Likeness(name=other.organisation).name_key

    # Mails

    def _send(self, kind):
        """Write to who proposed, in her language; the link is put in as the mail leaves.

        :param str kind: ``confirm``, ``accepted``, ``asked``, ``refused``
        """
        template = self.env.ref(f"shifters_relations_events.mail_template_proposal_{kind}").sudo()
        written_to = self.sudo().filtered("email")._filter_writable()
        company = self.env.company.sudo()
        written = template._relationship_write(written_to, company) if written_to else {}
        self.env["mail.mail"].sudo().create(
            [
                {
                    **written[proposal.id],
                    "email_from": company.email_formatted,
                    "reply_to": company.email_formatted,
                    "email_to": proposal.email,
                    "model": self._name,
                    "res_id": proposal.id,
                    "message_type": "email_outgoing",
                    "auto_delete": True,
                }
                for proposal in written_to
            ]
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _get_mails(self):
        """Return what was written to these proposers and has not left."""
        return self.env["mail.mail"].sudo().search([("model", "=", self._name), ("res_id", "in", self.ids)])

    def _filter_writable(self):
        """Return those whose address nobody asked to leave alone (G4)."""
        emails = {proposal: set(split_emails(proposal.email)) for proposal in self.sudo()}
        objecting = self.env["relationship.objection"].sudo()._get_objecting(set().union(*emails.values()))
        return self.filtered(lambda each: objecting.isdisjoint(emails[each.sudo()]))

    def _say_when(self):
        """Return when the event is, in words."""
        return self._get_told().with_context(tz=self._get_zone()).when

    def _get_paragraphs(self):
        """Return the lines of what was answered, as markup."""
        return Markup("<br/>").join((self.answer or "").splitlines())

    def _get_language(self):
        return self.env["res.lang"]._relationship_choose(self.lang)

    # Forgotten

    @api.model
    def _cron_forget(self):
        """Forget what was not confirmed in time, and who proposed what is over; then, with its month, the event."""
        now = fields.Datetime.now()
        late = Domain("confirmed_on", "=", False) & Domain("create_date", "<", now - CONFIRMED_WITHIN)
        gone = Domain("confirmed_on", "!=", False) & Domain("entry_ids", "=", False)  # with whose it was
        self.search(late | gone).unlink()
        today = fields.Date.context_today(self)
        over = self.search([("email", "!=", False), ("entry_ids.stop", "<", fields.Datetime.to_datetime(today))])
        over._forget_proposer()
        since = fields.Datetime.to_datetime(get_window(today)[0])
        self.search([("entry_ids.stop", "<", since)]).unlink()

    def _forget_proposer(self):
        """Forget who proposed: the event stays where it was accepted, and nobody can follow it any more."""
        kept = self.filtered(lambda each: each.entry_ids.filtered(lambda entry: entry.state in ("shown", "hidden")))
        (self - kept).unlink()
        kept.write({"email": False})
        kept.action_renew_link()
        kept._get_mails().unlink()
