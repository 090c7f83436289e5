import re
import secrets
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.addons.shifters_relations.emails import split_emails
from odoo.addons.shifters_relations.groups import ORGANISERS, PILOTS
from odoo.addons.shifters_relations.names import Name
from odoo.addons.shifters_relations.places import read_wanted_places
from odoo.addons.shifters_relations.texts import one_line, words_of
from odoo.addons.shifters_relations.tools import address_of
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import formataddr

from ..pages.relationship_page_request import DAY, HOUR

CONFIRMED_WITHIN = timedelta(days=2)
READERS = {"destination_id", "partner_id", "email"}
# What the page and the jobs note: whoever writes that an address has confirmed, writes to who did not ask for it.
NOTED = {"confirmed_on", "asked_on", "mailed_on", "origin_id", "lang", "post_count", "post_since"}
OPENED = {"is_open", "takes_proposals", "embed_hosts"}  # what the pilot alone opens to the public
PATTERNS = {"place": "place_pattern", "words": "words_pattern", "unwanted_words": "unwanted_pattern"}
MOST_RETURNED = 3  # weekly mails in a row that came back: no more are written to that address
LONGEST = 250  # characters of what is typed on a page
HOST = re.compile(r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9](?::\d{1,5})?")
# Subscriptions within an hour and a day: from one internet address, where a whole office may sit; for one mail address.
MOST_FROM, MOST_FOR = [(20, HOUR), (60, DAY)], [(3, HOUR), (5, DAY)]


class RelationshipCalendarSubscription(models.Model):
    """What somebody gets of the partners' agenda (N2): of some sectors and types, some places, with or without words.

    It is a page and a calendar file, at an address that nobody can guess, and a mail a week for who asks for it. An
    organiser makes it, for a group inside, an organisation, or an outside person who confirms it by mail; where the
    pilot has opened one to anyone, people make theirs from its page, within what it shows. What the page tells of
    is never more than anybody may see. Who knows its address reads it; what stops it is another address, hers alone.
    """

    _name = "relationship.calendar.subscription"
    _description = "Subscription to the Partners' Agenda"
    _inherit = ["relationship.personal.link.mixin"]
    _page = "/partners-agenda/mail"
    _order = "name, id"

    name = Name(required=True)
    active = fields.Boolean(default=True, help="An archived subscription is shown to nobody, and sends nothing.")
    sector_ids = fields.Many2many(
        "relationship.sector",
        "relationship_calendar_subscription_sector_rel",
        "subscription_id",
        "sector_id",
        ondelete="restrict",  # without it, a subscription to one alone would become one to everything
        string="Sectors",
        help="Of the organisations, those below included. Empty: all.",
    )
    type_ids = fields.Many2many(
        "relationship.organisation.type",
        "relationship_calendar_subscription_type_rel",
        "subscription_id",
        "type_id",
        ondelete="restrict",  # without it, a subscription to one alone would become one to everything
        string="Types",
        help="Of the organisations. Empty: all.",
    )
    place = fields.Char(
        "Where",
        help="Towns, postcodes, or departments by number or name, with commas between. An event without postcode or"
        " department is known to be in one where its town is among the larger ones.",
    )
    words = fields.Char("Words to have", help="In the event's title or place: one of them, with commas between.")
    unwanted_words = fields.Char("Words not to have", help="In the event's title or place, with commas between.")
    place_pattern = fields.Char(compute="_compute_patterns", store=True, precompute=True)
    words_pattern = fields.Char(compute="_compute_patterns", store=True, precompute=True)
    unwanted_pattern = fields.Char(compute="_compute_patterns", store=True, precompute=True)
    token = fields.Char(
        default=lambda self: secrets.token_urlsafe(24), copy=False, readonly=True, groups=fields.NO_ACCESS
    )
    page_url = fields.Char("Its page", compute="_compute_urls", compute_sudo=True)
    file_url = fields.Char("Its calendar file", compute="_compute_urls", compute_sudo=True)
    summary = fields.Char("What it holds", compute="_compute_summary", compute_sudo=True)
    origin_id = fields.Many2one(
        "relationship.calendar.subscription",
        "Made from",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
        help="The subscription open to anyone within which this one was chosen.",
    )

    destination_id = fields.Many2one("relationship.destination", "For a group", index=True, ondelete="set null")
    partner_id = fields.Many2one(
        "res.partner",
        "For an organisation",
        index="btree_not_null",
        ondelete="cascade",
        domain=[("is_company", "=", True)],
    )
    email = fields.Char("For somebody outside", copy=False, groups=ORGANISERS, help="Once this address has confirmed.")
    lang = fields.Char(readonly=True, copy=False)
    asked_on = fields.Datetime("Asked to confirm on", readonly=True, copy=False)
    confirmed_on = fields.Datetime("Confirmed on", readonly=True, copy=False)
    for_whom = fields.Char(compute="_compute_for_whom", compute_sudo=True)
    is_weekly = fields.Boolean("A mail a week", copy=False)
    mail_note = fields.Char("Its mail", compute="_compute_mail_note", compute_sudo=True)
    mailed_on = fields.Date("Last week looked at", readonly=True, copy=False)

    is_open = fields.Boolean("Opened to anyone", copy=False, help="On its page, anybody may make her own by mail.")
    takes_proposals = fields.Boolean(copy=False, help="On its page, anybody may propose an event.")
    embed_hosts = fields.Char(
        "Sites that may show it", copy=False, help="Names of the sites whose pages hold it, with commas between."
    )

    _one_page = models.UniqueIndex("(token)")

    @api.depends("place", "words", "unwanted_words")
    def _compute_patterns(self):
        """Compute the regular expressions with which events are chosen."""
        for subscription in self:
            subscription.place_pattern = make_place_pattern(subscription.place)
            subscription.words_pattern = make_words_pattern(subscription.words)
            subscription.unwanted_pattern = make_words_pattern(subscription.unwanted_words)

    @api.depends("token")
    def _compute_urls(self):
        for subscription in self:
            page = address_of(subscription, f"partners-agenda/{subscription.token}")
            subscription.page_url, subscription.file_url = page, f"{page}.ics"

    @api.depends("sector_ids", "type_ids", "place", "words", "unwanted_words", "origin_id")
    @api.depends_context("lang")
    def _compute_summary(self):
        for subscription in self:
            parts = subscription.origin_id._get_parts() + subscription._get_parts()
            subscription.summary = " · ".join(dict.fromkeys(parts)) or self.env._("Everything")

    def _get_parts(self):
        """Return in words what is chosen, a filter each."""
        if not self:
            return []
        without = self.unwanted_words and self.env._("without: %(words)s", words=self.unwanted_words)
        return [
            part
            for part in (
                ", ".join(self.sector_ids.mapped("name")),
                ", ".join(self.type_ids.mapped("name")),
                self.place,
                self.words and self.env._("with: %(words)s", words=self.words),
                without,
            )
            if part
        ]

    @api.depends("destination_id", "partner_id", "email", "confirmed_on")
    @api.depends_context("lang", "uid")
    def _compute_for_whom(self):
        """Compute for whom it is; an outside person's address is the organisers' to read."""
        reads_addresses = self.env.user.has_group(ORGANISERS)
        for subscription in self:
            whom = subscription.destination_id.name or subscription.partner_id.name
            if subscription.email:
                whom = subscription.email if reads_addresses else self.env._("somebody outside")
                if not subscription.confirmed_on:
                    whom = self.env._("%(address)s, still to confirm", address=whom)
            subscription.for_whom = whom

    @api.depends("destination_id.referent_id.email", "partner_id.email", "email", "asked_on", "confirmed_on")
    @api.depends("partner_id.relationship_no_contact", "destination_id.referent_id.relationship_no_contact")
    @api.depends_context("lang", "uid")
    def _compute_mail_note(self):
        """Compute when the weekly mail goes and to whom, or why it does not."""
        returned = self._filter_returned()
        for subscription in self:
            person, _email = subscription._get_reader()
            whom = subscription.for_whom
            if subscription.email and not subscription.confirmed_on:
                note = self.env._("Nothing goes to this address before it has confirmed.")
            elif subscription.email or (person.email and subscription._filter_writable()):
                to = f"{person.name} ({', '.join(split_emails(person.email))})" if person else whom
                note = self.env._("On Mondays, when the week holds something, to %(whom)s.", whom=to)
                if subscription in returned:
                    note = self.env._(
                        "Mails to %(whom)s came back several times: none goes before the address is another one.",
                        whom=to,
                    )
                elif person.message_bounce:
                    came_back = self.env._("Mails to this address came back: %(count)s.", count=person.message_bounce)
                    note = f"{note} {came_back}"
            elif person.email:
                note = self.env._("%(whom)s wants no mail: none goes.", whom=person.name)
            elif subscription.destination_id and not person:
                note = self.env._("This group has no referent: choose one, and the mail goes there.")
            else:
                note = whom and self.env._("No address is noted of %(whom)s: no mail goes.", whom=person.name or whom)
            subscription.mail_note = note

    # Checks

    @api.constrains("place", "words", "unwanted_words")
    def _check_words(self):
        for subscription in self.sudo():
            for name, pattern in PATTERNS.items():
                if subscription[name] and not subscription[pattern]:
                    raise ValidationError(self._say_wordless(name, subscription[name]))

    @api.model
    def _say_wordless(self, name, text):
        label = self._fields[name]._description_string(self.env)
        return self.env._("%(field)s: “%(text)s” has no word.", field=label, text=text)

    @api.constrains("destination_id", "partner_id", "email", "is_weekly", "is_open")
    def _check_whom(self):
        for subscription in self.sudo():
            whom = [bool(subscription[name]) for name in ("destination_id", "partner_id", "email")]
            if sum(whom) > 1:
                raise ValidationError(
                    self.env._("A subscription is for one: a group, an organisation, or somebody outside.")
                )
            if subscription.is_weekly and not any(whom):
                raise ValidationError(self.env._("Say for whom it is: the weekly mail goes there."))
            if subscription.partner_id and not subscription.partner_id.is_company:
                raise ValidationError(self.env._("Choose an organisation; a person gives her own address."))
            if subscription.is_open and subscription.email:
                raise ValidationError(self.env._("What is open to anyone is nobody's own: leave the address empty."))

    @api.constrains("embed_hosts")
    def _check_hosts(self):
        for subscription in self:
            for host in subscription._get_hosts():
                if not HOST.fullmatch(host):
                    raise ValidationError(
                        self.env._("“%(name)s” is no name of a site: write www.example.org.", name=host)
                    )

    def _get_hosts(self):
        """Return the names of the sites that may show the page, as a policy takes them."""
        hosts = []
        for written in re.split(r"[\s,;]+", self.embed_hosts or ""):
            host = re.sub(r"^https?://|/.*$", "", written.strip().lower())
            try:
                hosts.append(host if host.isascii() else host.encode("idna").decode())
            except UnicodeError:
                hosts.append(host)
        return [*dict.fromkeys(filter(None, hosts))]

    @api.model_create_multi
    def create(self, vals_list):
        """Extend: what is opened to the public is the pilot's to open, and an outside person confirms."""
        subscriptions = super().create([self._clean_values(vals) for vals in vals_list])
        if any(subscription[name] for subscription in subscriptions.sudo() for name in OPENED):
            self._check_may_open()
        subscriptions.sudo().filtered("email")._ask_to_confirm()
        return subscriptions

    def write(self, vals):
        """Extend: what is opened to the public is the pilot's to open; another address confirms for itself.

        Who got it before neither reads nor stops the mail of who gets it now.
        """
        if OPENED & vals.keys():
            self._check_may_open()
        vals = self._clean_values(vals)
        asked = self.sudo().filtered(lambda each: vals.get("email") and each.email != vals["email"])
        readers = {each: [each[name] for name in READERS] for each in self.sudo() if READERS & vals.keys()}
        result = super().write(vals)
        for each, before in readers.items():
            if any(after := [each[name] for name in READERS]) and after != before:
                each._change_reader()
        if "email" in vals:
            self.sudo().filtered(lambda each: not each.email).write({"asked_on": False})
            asked._ask_to_confirm()
        return result

    def _change_reader(self):
        """Give somebody else a link of her own; what was written to who got it before leaves no more."""
        self._get_mails().unlink()
        self._get_traces().unlink()
        for subscription in self:
            subscription.access_token = secrets.token_urlsafe(24)

    def _check_may_open(self):
        if not self.env.su and not self.env.user.has_group(PILOTS):
            raise AccessError(self.env._("What is opened to the public is the pilot's to open."))

    @api.model
    def _clean_values(self, vals):
        """Return values with the address as it is compared.

        :raise AccessError: something is written that the page and the jobs note
        :raise ValidationError: it is no single address
        """
        if not self.env.su and NOTED & vals.keys():
            raise AccessError(self.env._("An address confirms for itself, on its own page."))
        if not vals.get("email"):
            return vals
        email = read_email(vals["email"])
        if not email:
            raise ValidationError(self.env._("“%(text)s” is no e-mail address.", text=vals["email"]))
        return {**vals, "email": email}

    # Actions

    def action_open_page(self):
        """Open the page."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.page_url, "target": "new"}

    def action_renew_link(self):
        """Give the page and its file other addresses; the former ones answer nothing any more.

        :raise AccessError: the user may not change this subscription
        """
        result = super().action_renew_link()
        for subscription in self.sudo():
            subscription.token = secrets.token_urlsafe(24)
        return result

    # Made on the page

    @api.model
    def _is_proposing_open(self):
        """Return whether anybody may propose an event: the pilot has opened a page that takes proposals."""
        return bool(self.sudo().search_count([("is_open", "=", True), ("takes_proposals", "=", True)], limit=1))

    def _get_choices(self):
        """Return what may be chosen on the page: sectors with their parents' names, and types; of these alone."""
        self.ensure_one()
        sectors, types = self.env["relationship.sector"].sudo(), self.env["relationship.organisation.type"].sudo()
        within = Domain("id", "child_of", self.sector_ids.ids) if self.sector_ids else Domain.TRUE
        of_types = Domain("id", "in", self.type_ids.ids) if self.type_ids else Domain.TRUE
        return sectors.search(within).sorted("complete_name"), types.search(of_types)

    def _prepare_choice(self, chosen):
        """Return the values of what was chosen on the page; what may not be chosen is left out.

        :param dict chosen: ``sectors``, ``types`` (ids), ``place``, ``words``
        :raise UserError: nothing would be left of something chosen, and she would get everything
        """
        sectors, types = self._get_choices()
        sectors = sectors.filtered(lambda each: each.id in chosen["sectors"])
        types = types.filtered(lambda each: each.id in chosen["types"])
        if (chosen["sectors"] and not sectors) or (chosen["types"] and not types):
            raise UserError(self.env._("What you chose is not offered here: please choose again."))
        for name, make_pattern in (("place", make_place_pattern), ("words", make_words_pattern)):
            if chosen[name] and not make_pattern(chosen[name]):
                raise UserError(self._say_wordless(name, chosen[name]))
        return {
            "sector_ids": [Command.set(sectors.ids)],
            "type_ids": [Command.set(types.ids)],
            "place": chosen["place"],
            "words": chosen["words"],
        }

    def _subscribe(self, chosen, email, is_weekly, lang, ip):
        """Keep what somebody has chosen on this page until she confirms, and write to her.

        Whether her address is known, or wants no mail, is nobody's to learn here: it looks the same.

        :param dict chosen: values of the filter
        :param str email: as it was typed
        :param str lang: code of the language of the page
        :param str ip: from where
        :raise UserError: there is no such address, or too much is asked for
        """
        self.ensure_one()
        address = read_email(email)
        if not address:
            raise UserError(self.env._("Give one e-mail address: we write to it to confirm."))
        if not self.env["relationship.page.request"]._count("subscribe", {ip: MOST_FROM}):
            raise UserError(self.env._("Too many requests in a short time: please try again in an hour."))
        if not self.env["relationship.page.request"]._count("subscribe", {address: MOST_FOR}):
            return
        values = {**chosen, "name": self.name, "email": address, "is_weekly": is_weekly, "lang": lang}
        self.sudo().create({**values, "origin_id": self.id})

    def _ask_to_confirm(self):
        """Write to outside people: nothing more goes to an address that has not confirmed."""
        if not self:
            return
        self.write({"asked_on": fields.Datetime.now(), "confirmed_on": False, "mailed_on": False})
        self._send("confirm")

    def _confirm(self):
        """Note that an address has confirmed; its first weekly mail comes with the next week.

        Who had asked for the same before gets one mail a week, not two.
        """
        self.ensure_one()
        if self.email and not self.confirmed_on:
            self.write({"confirmed_on": fields.Datetime.now(), "mailed_on": self._get_today()})
            if self.is_weekly:
                hers = [("email", "=", self.email), ("confirmed_on", "!=", False), ("is_weekly", "=", True)]
                self.search([*hers, ("id", "!=", self.id)]).filtered(self._is_same).is_weekly = False

    def _is_same(self, other):
        """Return whether another subscription chooses what this one does."""
        choice = ("origin_id", "sector_ids", "type_ids", *PATTERNS.values())
        return all(self[name] == other[name] for name in choice)

    def _stop_mail(self):
        """Stop the weekly mail, and forget an outside person's address: her page and her file tell nobody's name.

        What she has not confirmed goes with it.
        """
        self.ensure_one()
        if self.email and not self.confirmed_on:
            self.unlink()
            return
        self._get_mails().unlink()
        self._get_traces().unlink()
        self.write({"is_weekly": False, "email": False})

    @api.autovacuum
    def _gc_unconfirmed(self):
        """Forget what was not confirmed in time."""
        limit = fields.Datetime.now() - CONFIRMED_WITHIN
        late = Domain("email", "!=", False) & Domain("confirmed_on", "=", False) & Domain("asked_on", "<", limit)
        self.with_context(active_test=False).search(late).unlink()

    def _is_expired(self):
        """Return whether it was not confirmed in time."""
        self.ensure_one()
        return bool(self.email and not self.confirmed_on and self.asked_on < fields.Datetime.now() - CONFIRMED_WITHIN)

    def unlink(self):
        """Extend: what was written to them goes too."""
        self._get_mails().unlink()
        self._get_traces().unlink()
        return super().unlink()

    # Mails

    def _get_mails(self):
        """Return what was written for these subscriptions and has not left."""
        return self.env["mail.mail"].sudo().search([("model", "=", self._name), ("res_id", "in", self.ids)])

    def _get_traces(self, *domain):
        """Return what became of the weekly mails since the last one that arrived."""
        own = [("model", "=", self._name), ("res_id", "in", self.ids), *domain]
        return self.env["mailing.trace"].sudo().search(own, order="id")

    def _filter_returned(self):
        """Return those whose last weekly mails came all back from where they would go now."""
        returned = self._get_traces(("trace_status", "=", "bounce")).grouped("res_id")
        counts = {
            each: [trace.email or "" for trace in returned.get(each._origin.id, ())].count(each._get_traced_address())
            for each in self
        }
        return self.filtered(lambda each: counts[each] >= MOST_RETURNED)

    def _get_traced_address(self):
        """Return the address that is noted with what became of a mail: an outside person's is none."""
        person, email = self._get_reader()
        return next(iter(() if email else split_emails(person.email)), "")

    def _get_reader(self):
        """Return who gets the mails: a person or an organisation, and an address that is nobody's here."""
        self.ensure_one()
        return self.partner_id or self.destination_id.referent_id, self.email

    def _say_why(self):
        """Return why somebody gets the mails: she asked for it, or who of the team has subscribed whom."""
        self.ensure_one()
        if self.email:
            return self.env._("You receive this because you asked for it: %(what)s.", what=self.summary)
        who = (self.create_uid._relationship_filter_current() or self.env.company).name
        return self.env._(
            "%(who)s has subscribed “%(whom)s” to it: %(what)s.", who=who, whom=self.for_whom, what=self.summary
        )

    def _get_language(self):
        """Return the language of who gets the mails."""
        person, _email = self._get_reader()
        return self.env["res.lang"]._relationship_choose(person.lang or self.lang)

    def _filter_writable(self):
        """Return those that may be written to now: nobody has objected, or was archived (G4).

        Who is on Odoo's blacklist wants no mail that she has not asked for herself.
        """
        subscriptions = self.sudo().filtered("active")
        emails = {}
        for each in subscriptions:
            person, email = each._get_reader()
            emails[each] = {*split_emails(email), *(split_emails(person.email) if person.active else ())}
        addresses = set().union(*emails.values())
        objecting = self.env["relationship.objection"].sudo()._get_objecting(addresses)
        blacklist = self.env["mail.blacklist"].sudo().search_fetch([("email", "in", [*addresses])], ["email"])
        unasked = objecting.union(blacklist.mapped("email"))
        kept = subscriptions.filtered(
            lambda each: (
                emails[each]
                and emails[each].isdisjoint(objecting if each.email else unasked)
                and not each.partner_id.relationship_no_contact
            )
        )
        return self.filtered(lambda each: each.id in kept._ids)

    def _send(self, kind):
        """Write to who gets these; the links are put in as the mails leave.

        :param str kind: ``confirm``, ``week``
        """
        template = self.env.ref(f"shifters_relations_events.mail_template_subscription_{kind}").sudo()
        written_to = self.sudo()._filter_writable()
        company = self.env.company.sudo()
        written = template._relationship_write(written_to, company) if written_to else {}
        values = []
        for subscription in written_to:
            person, email = subscription._get_reader()
            stop = f"{subscription.get_base_url()}{subscription._placeholder}/stop"
            one_click = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
            values.append(
                {
                    **written[subscription.id],
                    "email_from": company.email_formatted,
                    "reply_to": company.email_formatted,
                    "email_to": email or formataddr((person.name, split_emails(person.email)[0])),
                    "model": self._name,
                    "res_id": subscription.id,
                    "message_type": "email_outgoing",
                    "auto_delete": True,
                    "headers": repr(one_click if kind == "week" else {}),
                }
            )
        mails = self.env["mail.mail"].sudo().create(values)
        if kind == "week":
            written_to._trace(mails)
        if values:
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _trace(self, mails):
        """Have what becomes of these mails noted, by Odoo: only those that came back in a row are kept."""
        for traces in self._get_traces().grouped("res_id").values():
            if traces[-1].trace_status != "bounce":
                traces.unlink()
        self.env["mailing.trace"].sudo().create(
            [
                {
                    "model": self._name,
                    "res_id": subscription.id,
                    "mail_mail_id": mail.id,
                    "message_id": mail.message_id,
                    "email": subscription._get_traced_address(),
                }
                for subscription, mail in zip(self, mails, strict=True)
            ]
        )

    @api.model
    def _cron_mail(self):
        """Send the week's events to who asked for it, once a week, a transaction each; nothing where there is none."""
        today = self._get_today()
        monday = today - timedelta(days=today.weekday())
        due = Domain("is_weekly", "=", True) & (Domain("mailed_on", "=", False) | Domain("mailed_on", "<", monday))
        due &= Domain("email", "=", False) | Domain("confirmed_on", "!=", False)
        due &= Domain("origin_id", "=", False) | Domain("origin_id.active", "=", True)
        self.env["ir.cron"]._relationship_for_each(self.search(due), lambda each: each._mail_in_job(monday))

    def _mail_in_job(self, monday):
        """Write this week's mail, unless somebody does, or just did.

        :return: False where somebody does
        """
        if not self.try_lock_for_update(allow_referencing=True):
            return False
        self.invalidate_recordset(["mailed_on", "is_weekly"])
        if self.is_weekly and (not self.mailed_on or self.mailed_on < monday):
            self.mailed_on = self._get_today()
            if self._get_week() and not self._filter_returned():
                self._send("week")
        return True


def read_email(text):
    """Return the one address that a text is, or False: several, or one with more around it, are none."""
    text = one_line(text or "")
    found = split_emails(text)
    local, at, domain = text.rpartition("@")
    is_one = len(found) == 1 and at and local and "." in domain and not re.search(r"[\s,;<>\"()]", text)
    return is_one and len(text) < LONGEST and found[0]


def make_words_pattern(text):
    """Return the expression that finds one of the words, whole, in words between blanks; False where there is none.

    >>> make_words_pattern("Vélo, l'Été ; …")
    ' (?:velo|l ete) '
    """
    found = [" ".join(words) for part in re.split(r"[,;\n]", text or "") if (words := words_of(part))]
    return bool(found) and f" (?:{'|'.join(dict.fromkeys(found))}) "


def make_place_pattern(text):
    """Return the expression that finds one of the places in places between bars; False where there is none."""
    found = read_wanted_places(text)
    return bool(found) and rf"\|(?:{'|'.join(found)})\|"
