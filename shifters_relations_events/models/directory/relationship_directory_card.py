from datetime import timedelta
from urllib.parse import urlsplit

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.addons.shifters_relations.groups import ORGANISERS
from odoo.addons.shifters_relations.texts import one_line
from odoo.addons.shifters_relations.tools import format_day, notify, today_of
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import email_normalize

from ..event.event_invitation import count_as_browser

STAGES = ("candidate", "target", "paused")  # of the organisations that the directory lists
ASKED_EVERY = relativedelta(years=1)
DELAY = timedelta(days=14)  # to refuse, before silence is taken for consent; the mail says so
STATES = [
    ("draft", "To ask"),
    ("asked", "Asked"),
    ("bounced", "The mail came back"),
    ("confirmed", "Confirmed"),
    ("kept", "Correction not taken over"),
    ("corrected", "Correction to read"),
    ("refused", "Does not appear"),
]
# What a card says, by its name in the form: label, field of the organisation (the e-mail is the card's own), longest.
# A sector is chosen, and given by its number.
CARD_FIELDS = {
    "name": ("Name", "name", 150),
    "acronym": ("Acronym", "relationship_acronym", 30),
    "does": ("What they do", "relationship_does", 200),
    "offers": ("What they offer", "relationship_offers", 200),
    "seeks": ("What they look for", "relationship_seeks", 200),
    "website": ("Website", "website", 300),
    "sector": ("Sector", "relationship_sector_id", 10),
    "place": ("Place", "city", 100),
    "email": ("E-mail to show", "public_email", 254),
}


class RelationshipDirectoryCard(models.Model):
    """What an organisation is asked about its card in the directory, and what it answered (N4).

    The card's words are the organisation's own fields. It is asked by mail, once a year at most, and answers from a
    link of its own: it is right, it is corrected, or it is not to be shown. A correction waits for an organiser. Two
    weeks after it was first asked, an organisation that did not refuse is on the public page.
    """

    _name = "relationship.directory.card"
    _description = "Directory Card"
    _inherit = [
        "relationship.naming.mixin",
        "relationship.about.mixin",
        "relationship.personal.link.mixin",
        "mail.thread",
    ]
    _page = "/who-does-what/card"
    _order = "organisation_id, id"
    _rec_name = "organisation_id"
    _mailing_enabled = True

    organisation_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Who is asked", index="btree_not_null", ondelete="set null")
    owner_id = fields.Many2one(related="organisation_id.relationship_owner_id", string="Contact owner")
    asked_on = fields.Date("Asked on", readonly=True, copy=False)
    shown_from = fields.Date(
        "Shown from", readonly=True, copy=False, help="Without an answer, the public page shows it from this day."
    )
    confirmed_on = fields.Date("Confirmed on", readonly=True, copy=False)
    corrected_on = fields.Date("Corrected on", readonly=True, copy=False)
    refused_on = fields.Date("Refused on", readonly=True, copy=False)
    objected_on = fields.Datetime("Objected on", readonly=True, copy=False)
    public_email = fields.Char(
        "E-mail to show", readonly=True, copy=False, help="Given by the organisation to be shown."
    )
    line_ids = fields.One2many("relationship.directory.correction", "card_id", "Corrections", readonly=True)
    state = fields.Selection(STATES, compute="_compute_state")
    activity_id = fields.Many2one(  # closed as superuser: nobody chooses which
        "mail.activity",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
    )

    _one_each = models.UniqueIndex("(organisation_id)")

    @api.depends("asked_on", "confirmed_on", "corrected_on", "refused_on", "line_ids.state")
    def _compute_state(self):
        bounced = self._filter_bounced() if any(self.mapped("asked_on")) else self.browse()
        for card in self:
            if card.refused_on:
                card.state = "refused"
            elif card.corrected_on:
                card.state = "corrected"
            elif card.confirmed_on:
                card.state = "kept" if {*card.line_ids.mapped("state")} == {"refused"} else "confirmed"
            elif card in bounced:
                card.state = "bounced"
            else:
                card.state = "asked" if card.asked_on else "draft"

    def write(self, vals):
        """Extend: who is asked may be chosen, and gets a link of her own; the rest is the organisation's to say.

        :raise AccessError: something else is written
        """
        if not self.env.su and vals.keys() - {"partner_id"}:
            raise AccessError(self.env._("What an organisation answers about its card is its own to say."))
        replaced = self.filtered(lambda card: vals.get("partner_id", card.partner_id.id) != card.partner_id.id)
        result = super().write(vals)
        replaced.sudo().filtered("asked_on").action_renew_link()
        return result

    def _check_organiser(self):
        """Check that an organiser asks, or reads what was answered.

        :raise AccessError: the user is none
        """
        if not (self.env.su or self.env.user.has_group(ORGANISERS)):
            raise AccessError(self.env._("The directory is the organisers' work."))

    # Actions

    def action_accept_all(self):
        """Write all that the organisation corrected.

        :raise AccessError: the user is no organiser
        """
        return self.line_ids.action_accept()

    def action_refuse_all(self):
        """Leave the card as it is.

        :raise AccessError: the user is no organiser
        """
        return self.line_ids.action_refuse()

    def action_leave_out(self):
        """Note that the organisation told somebody that it does not want to appear: only it can take that back.

        :raise AccessError: the user is no organiser
        """
        self._check_organiser()
        self.check_access("read")
        for card in self.sudo():
            card._refuse()
        return True

    def action_ask(self):
        """Prepare the mail that asks this organisation.

        :raise AccessError: the user is no organiser
        """
        return self._ask(self.organisation_id)

    # Who is asked

    @api.model
    def _ask(self, organisations):
        """Choose whom to ask in each organisation, and prepare the mails, one for each language; nothing is sent.

        :return: an action that opens the mails, and says who is left out
        :raise AccessError: the user is no organiser
        :raise UserError: nobody can be asked
        """
        self._check_organiser()
        organisations.check_access("read")
        chosen, left_out = self._choose_people(organisations)
        if not chosen:
            raise UserError(
                self.env._("Nobody can be asked. %(reasons)s", reasons=self._say_left_out(left_out)).strip()
            )
        cards = self.sudo().search([("organisation_id", "in", organisations.ids)])
        known = {card.organisation_id: card for card in cards}
        new = [
            {"organisation_id": organisation.id, "partner_id": person.id}
            for organisation, person in chosen.items()
            if organisation not in known
        ]
        for organisation, card in known.items():
            if organisation in chosen and card.partner_id != chosen[organisation]:
                card.partner_id = chosen[organisation]
        cards = (
            cards.filtered(lambda card: card.organisation_id in chosen)
            | self.sudo().with_context(mail_create_nolog=True).create(new)
        ).with_env(self.env)
        mailings = self.env["mailing.mailing"].union(
            *(self._prepare_mailing(language, own) for language, own in cards.grouped(self._get_language_of).items())
        )
        action = {"type": "ir.actions.act_window", "res_model": "mailing.mailing", "name": self.env._("Mailings")}
        if len(mailings) == 1:
            action |= {"res_id": mailings.id, "views": [(False, "form")]}
        else:
            action |= {"domain": [("id", "in", mailings.ids)], "views": [(False, "list"), (False, "form")]}
        if not left_out:
            return action
        return notify(
            self.env._("To ask: %(count)s. %(reasons)s", count=len(chosen), reasons=self._say_left_out(left_out)),
            "warning",
            then=action,
            sticky=True,
        )

    @api.model
    def _choose_people(self, organisations):
        """Return who is asked in each organisation, as an event's audience is chosen; and who is left out, and why.

        :return: persons by organisation, and a list of (organisation, reason)
        """
        audience = self.env["event.audience"].new({"who": "usual"})
        people = audience._get_people(organisations)
        known = audience._get_known(organisations.union(*(first | others for first, others in people.values())))
        followed = organisations.filtered_domain(self.env["res.partner"]._relationship_get_directory_domain())
        cards = self.sudo().search([("organisation_id", "in", organisations.ids)])
        askable = cards.search(Domain("id", "in", cards.ids) & self._get_due_domain()) - self._get_mailed()
        known_cards = {card.organisation_id: card for card in cards}
        chosen, left_out = {}, []
        for organisation in organisations:
            card = known_cards.get(organisation, cards.browse())
            first, others = people[organisation]
            if organisation not in followed:
                left_out.append((organisation, "not_followed"))
            elif card.refused_on:
                left_out.append((organisation, "refused"))
            elif card - askable:
                left_out.append((organisation, "asked"))
            else:
                reasons = {
                    person: audience._get_reason(organisation, person, known)
                    for person in (first | others or [self.env["res.partner"]])
                }
                person = next((person for person, reason in reasons.items() if not reason), None)
                if person:
                    chosen[organisation] = person
                    known["duplicate"].update(known["emails"][person])
                else:
                    left_out.append((organisation, next(iter(reasons.values()))))
        return chosen, left_out

    @api.model
    def _say_left_out(self, left_out):
        """Return who is left out for each reason, in words."""
        reasons = self.env["event.audience.line"]._fields["reason"]._description_selection(self.env)
        labels = {
            **dict(reasons),
            "not_followed": self.env._("Not in the directory"),
            "refused": self.env._("They do not want to appear"),
            "asked": self.env._("Asked less than a year ago"),
        }
        parts = []
        for reason in dict.fromkeys(reason for _organisation, reason in left_out):
            names = [organisation.name for organisation, its in left_out if its == reason]
            more = f" (+{len(names) - 3})" if len(names) > 3 else ""
            parts.append(self.env._("%(reason)s: %(names)s.", reason=labels[reason], names=", ".join(names[:3]) + more))
        return " ".join(parts)

    def _get_language(self):
        """Return the language of who is asked, else the company's, in mails and on the page alike."""
        return self.partner_id._relationship_get_lang()

    @api.model
    def _get_language_of(self, card):
        return card._get_language()

    @api.model
    def _prepare_mailing(self, language, cards):
        """Return the mailing in one language that has not left yet, with these cards added; or a new one.

        :raise UserError: the company has no address to send from
        """
        mailings = self.env["mailing.mailing"].with_context(lang=language)
        model_id = self.env["ir.model"]._get_id(self._name)
        same = [("mailing_model_id", "=", model_id), ("state", "=", "draft"), ("partner_event_lang", "=", language)]
        if draft := mailings.search(same, limit=1):
            cards |= self.search(draft._parse_mailing_domain())
            draft.mailing_domain = self._get_named_domain(cards)
            return draft
        return mailings._relationship_prepare(
            language,
            self,
            self._get_named_domain(cards),
            mailings.env._("Who does what: is your organisation's card right?"),
            "shifters_relations_events.directory_card_body",
        )

    @api.model
    def _get_named_domain(self, cards):
        """Return the domain of these cards as the mailing shows it: by the names of the organisations."""
        return repr([("organisation_id", "in", cards.organisation_id.ids)])

    @api.model
    def _get_due_domain(self):
        """Return the domain of the cards that may be asked about: once a year, and never again who refused."""
        before = today_of(self) - ASKED_EVERY
        due = (
            Domain("asked_on", "=", False) | Domain("asked_on", "<=", before) | Domain("id", "in", self._get_bounced())
        )
        return due & Domain("refused_on", "=", False)

    @api.model
    def _get_askable_domain(self):
        """Return the domain of the cards that a mail may leave for now, whoever wrote it (G4)."""
        partners = self.env["res.partner"].sudo()
        writable = partners._relationship_get_writable_domain()
        followed = partners._search(writable & partners._relationship_get_directory_domain())
        asked = Domain("partner_id", "in", partners._search(writable)) & Domain("organisation_id", "in", followed)
        return asked & self._get_due_domain()

    @api.model
    def _get_mailed_domain(self):
        """Return the domain of whom a mailing reaches now: nobody for whom one is on its way."""
        return self._get_askable_domain() & Domain("id", "not in", self._get_mailed().ids)

    def _filter_writable(self):
        """Return those for whom a mail may leave now, and whose address nobody asked to leave alone."""
        cards = self.sudo().search(Domain("id", "in", self.ids) & self._get_askable_domain())
        people = cards.partner_id._relationship_filter_writable()
        cards = cards.filtered(lambda card: card.partner_id in people)
        return self.filtered(lambda card: card.id in cards._ids)

    def _mailing_get_default_domain(self, mailing):
        return [("asked_on", "=", False), ("refused_on", "=", False)]

    def _mark_mailed(self):
        """Note that the organisation is asked: a mail has left."""
        today = today_of(self)
        again = self._filter_bounced()
        for card in self:
            since = card.shown_from if card not in again else False
            card.write({"asked_on": today, "shown_from": since or today + DELAY})

    # What the organisation answers

    def _get_written(self):
        """Return what the card says now, by the names of :data:`CARD_FIELDS`; a link that is none is not said."""
        self.ensure_one()
        organisation = self.organisation_id
        written = {
            key: (self if field == "public_email" else organisation)[field] or ""
            for key, (_label, field, _longest) in CARD_FIELDS.items()
        }
        sector = str(organisation.relationship_sector_id.id or "")
        return {**written, "website": _read_website(written["website"]) or "", "sector": sector}

    def _get_proposed(self):
        """Return what the card says with the corrections that wait."""
        pending = self.line_ids.filtered(lambda line: line.state == "pending")
        return self._get_written() | {line.what: line._get_value() for line in pending}

    def _answer(self, typed):
        """Store what the organisation answers on its page.

        :param dict typed: what it does (``do``), and texts by the names of :data:`CARD_FIELDS`
        :raise UserError: it cannot be taken
        """
        match typed["do"]:
            case "confirm":
                self._confirm()
            case "correct":
                self._correct(typed)
            case "refuse":
                self._refuse()
            case "back":
                self._take_refusal_back()
            case _:
                raise UserError(self.env._("Choose one of the answers."))

    def _confirm(self):
        """Note that the card is right as it stands; a correction that waited is withdrawn."""
        self.ensure_one()
        self._withdraw_corrections()
        self.write({"confirmed_on": today_of(self), "refused_on": False})

    def _refuse(self):
        """Note that the organisation does not want to appear: it is gone from the public page at once."""
        self.ensure_one()
        self._withdraw_corrections()
        self.write({"refused_on": self.refused_on or today_of(self)})

    def _take_refusal_back(self):
        self.ensure_one()
        self.refused_on = False

    def _withdraw_corrections(self):
        self.line_ids.unlink()
        self.activity_id.unlink()
        self.corrected_on = False

    def _correct(self, typed):
        """Keep a correction until an organiser has read it; one that changes nothing says that all is right.

        :param dict typed: texts by the names of :data:`CARD_FIELDS`
        :raise UserError: something cannot be taken, or the organisation refused to appear
        """
        self.ensure_one()
        if self.refused_on:
            raise UserError(self.env._("You asked not to appear: take that back first."))
        values, written = self._read(typed), self._get_written()
        changed = {key: value for key, value in values.items() if value != written[key]}
        if not changed:
            self._confirm()
            return
        self.line_ids.unlink()
        self.env["relationship.directory.correction"].create(
            [
                {"card_id": self.id, "what": key, **({"sector_id": int(to)} if key == "sector" else {"value": to})}
                for key, to in changed.items()
            ]
        )
        self.corrected_on = today_of(self)
        if not self.activity_id.active:
            self._call_organiser()

    def _read(self, typed):
        """Return what was typed as it is kept: a line each.

        :raise UserError: a text is too long, the name is missing, or an address is none
        """
        values = {}
        for key, (_label, _field, longest) in CARD_FIELDS.items():
            values[key] = one_line(typed.get(key) or "")
            if (length := count_as_browser(values[key])) > longest:
                label = dict(self.line_ids._fields["what"]._description_selection(self.env))[key]
                raise UserError(
                    self.env._(
                        "%(what)s: %(length)s characters are too many, %(longest)s at most.",
                        what=label,
                        length=length,
                        longest=longest,
                    )
                )
        if not values["name"]:
            raise UserError(self.env._("Your organisation needs a name."))
        values["sector"] = values["sector"] or self._get_written()["sector"]
        if values["sector"] and values["sector"] not in map(str, self._get_sectors().ids):
            raise UserError(self.env._("What you chose is not offered here: please choose again."))
        if values["website"]:
            values["website"] = _read_website(values["website"])
            if not values["website"]:
                raise UserError(self.env._("This is no address of a website: it begins with https://"))
        if values["email"]:
            values["email"] = email_normalize(values["email"])
            if not values["email"]:
                raise UserError(self.env._("This is no e-mail address, or more than one."))
        return values

    def _get_sectors(self):
        """Return the sectors among which the organisation chooses its own, in the order of their full names."""
        own = Domain("id", "=", self.organisation_id.relationship_sector_id.id)
        sectors = self.env["relationship.sector"].with_context(active_test=False)
        return sectors.search(Domain("active", "=", True) | own).sorted("complete_name")

    def _call_organiser(self):
        """Ask the organiser of the owner's pair, else the pilot, to read the correction; no mail is sent.

        Of an organisation that nobody follows, an organiser is asked: the directory is their work.
        """
        owner = self.organisation_id.relationship_owner_id
        members = owner.relationship_member_ids.filtered("is_current").organiser_id
        if not owner:
            organisers = [("role", "=", "organiser"), ("is_current", "=", True), ("user_id.active", "=", True)]
            members = self.env["relationship.member"].sudo().search(organisers, order="id")
        organiser = members.user_id.filtered("active")[:1]
        user = organiser or self.env["ir.cron"]._relationship_get_reader()
        me = self.with_context(lang=user.partner_id._relationship_get_lang(), mail_activity_quick_update=True)
        self.activity_id = me.organisation_id.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=user.id,
            date_deadline=user._relationship_get_open_day(user._relationship_get_day()),
            summary=me.env._("It has corrected its card in the directory"),
        )

    # What an organiser makes of it

    def _take(self, values):
        """Write what the organisation says of itself, as the organiser who accepts it.

        :param dict values: texts by the names of :data:`CARD_FIELDS`
        """
        self.ensure_one()
        written = self._get_written()
        labels = dict(self.line_ids._fields["what"]._description_selection(self.env))
        read = self._say_value
        said = [
            f"{labels[key]}: {read(key, written[key]) or '-'} → {read(key, to) or '-'}" for key, to in values.items()
        ]
        own = {CARD_FIELDS[key][1]: int(to) if key == "sector" else to or False for key, to in values.items()}
        if "public_email" in own:
            self.sudo().public_email = own.pop("public_email")
        if own:
            self.organisation_id.write(own)
        body = self.env._("Directory card, corrected by the organisation: %(said)s", said="; ".join(said))
        self.organisation_id._message_log(body=body)

    @api.model
    def _say_value(self, key, value):
        """Return a value of the card as it is read: of a sector, its full name."""
        return self.env["relationship.sector"].browse(int(value)).complete_name if key == "sector" and value else value

    def _end_review(self):
        """Note that all was read: the organisation has answered, on the day it sent its correction."""
        for card in self.sudo():
            if not card.corrected_on or "pending" in card.line_ids.mapped("state"):
                continue
            answered_on = card.corrected_on if card.line_ids else card.confirmed_on
            card.write({"corrected_on": False, "confirmed_on": answered_on})
            card.activity_id.unlink()

    def _mend_review(self):
        """Have a correction read as long as there is something to read, and no longer."""
        for card in self.sudo().filtered(lambda each: not each.corrected_on):
            card.corrected_on = card.write_date
        self._end_review()

    def _become_one(self):
        """Keep one card of several whose organisations become one: a refusal counts for both, as does the last mail."""
        if len(self) > 1:
            ranked = self.sorted(
                lambda card: (bool(card.refused_on), bool(card.corrected_on), str(card.confirmed_on or ""), -card.id),
                reverse=True,
            )
            asked = [card.asked_on for card in self if card.asked_on]
            ranked[0].asked_on = max(asked, default=False)
            ranked[0].public_email = next((card.public_email for card in ranked if card.public_email), False)
            ranked[1:].activity_id.unlink()
            ranked[1:].unlink()

    # What is public

    @api.model
    def _get_public_domain(self):
        """Return the domain of what the public page shows: organisations that were asked and did not refuse.

        Who has not answered was given two weeks; whose mail came back was not asked.
        """
        partners = self.env["res.partner"].sudo()
        listed = partners._relationship_get_directory_domain() & partners._relationship_get_writable_domain()
        answered = Domain("confirmed_on", "!=", False)
        silent = Domain("shown_from", "<=", today_of(self))
        silent &= Domain("id", "not in", self._get_bounced())
        asked = Domain("asked_on", "!=", False) & Domain("refused_on", "=", False)
        return asked & (answered | silent) & Domain("organisation_id", "in", partners._search(listed))

    def _get_linked_data(self):
        """Return what the card says in the words of schema.org."""
        said = self._get_written()
        data = {
            "@type": "Organization",
            "name": said["name"],
            "alternateName": said["acronym"],
            "description": said["does"],
            "url": said["website"],
            "email": said["email"],
            "address": said["place"] and {"@type": "PostalAddress", "addressLocality": said["place"]},
            "makesOffer": said["offers"] and {"@type": "Offer", "description": said["offers"]},
            "seeks": said["seeks"] and {"@type": "Demand", "description": said["seeks"]},
        }
        return {key: value for key, value in data.items() if value}

    def _say_confirmed(self):
        """Return since when the organisation says so, in words; False while it has not, or says otherwise."""
        day = self.state == "confirmed" and self.confirmed_on
        return day and self.env._("Confirmed by the organisation on %(day)s", day=format_day(self.env, day, True))


def _read_website(text):
    """Return the address of a website that a browser may open, or False.

    >>> _read_website("www.example.org"), _read_website("javascript:alert(1)"), _read_website("https://a@example.org")
    ('https://www.example.org', False, False)
    >>> _read_website("HTTP://Example.org/é?x=1"), _read_website("https://x y.org"), _read_website("nowhere")
    ('HTTP://Example.org/é?x=1', False, False)
    """
    text = (text or "").strip()
    if "://" not in text and ":" not in text.split("/")[0]:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  a number, else it raises
    except ValueError:
        return False
    host = parts.hostname or ""
    is_plain = "@" not in parts.netloc and "." in host.strip(".") and not any(char.isspace() for char in text)
    return text if parts.scheme.lower() in ("http", "https") and is_plain and not set(text) & set("<>\"'`\\") else False
