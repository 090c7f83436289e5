import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytz
from markupsafe import Markup, escape
from odoo import Command, api, fields, models
from odoo.fields import Domain
from odoo.models import BaseModel
from odoo.tools import SQL

from ...emails import base_of, domain_of, split_emails
from ...mail_reading import Letter, find_addresses, get_key, read_html, read_message, tidy_subject
from ...texts import fold, one_line, words_of
from ...tools import address_of, format_day
from ...websites import site_of

ANSWER_EVERY = timedelta(hours=1)
OLDEST = timedelta(days=3650)  # before this, the date of a mail is a mistake
ASKED_PERIOD = timedelta(days=7)  # what the morning's mail looks ahead
MAX_CANDIDATES = 10
MAX_A_DAY = 100  # mails of one member: more is a machine's, or a loop
MAX_NAME = 200  # letters of a file's name, and of a subject
REMINDER_MARK = "relationship-reminder"  # in the Message-Id of the morning's mail


@dataclass
class Understood:
    """What a mail is about.

    :param letter: the one of the letters within the mail that was exchanged with somebody outside
    :param organisations: all that are meant, maybe
    :param persons: whom the addresses are known of
    :param unknown: addresses that say nothing
    :param count: how many mails were given on together
    """

    letter: Letter
    organisations: BaseModel
    persons: BaseModel
    correspondents: list = field(default_factory=list)
    unknown: list = field(default_factory=list)
    count: int = 1


class RelationshipSynthesis(models.Model):
    """What a member logs by mail becomes her draft (P2).

    Nobody is created, nothing is validated, no renewal moves, and nobody outside is ever written to. Where it is
    not sure which organisation it is about, the mail waits for her to choose, and only she sees it.
    """

    _inherit = "relationship.synthesis"  # pylint: disable=consider-merging-classes-inherited

    mail_key = fields.Char(
        readonly=True, copy=False, exportable=False, help="What the mail it comes from is known by when it comes again."
    )

    _mail_key_unique = models.UniqueIndex(
        "(author_id, mail_key) WHERE mail_key IS NOT NULL", "This mail is a draft already."
    )

    @api.model
    @api.private
    def message_new(self, msg_dict, custom_values=None):
        """Make a draft of a mail of a current member, or let it wait for her to choose the organisation.

        :return: the draft, or the mail that waits (``relationship.logged.mail``); nothing for anybody else's
        """
        message = msg_dict.get("relationship_message")
        member = self.env["relationship.member"]._find_by_email(msg_dict.get("email_from"))
        if not member:
            return self.browse()
        user = member.user_id
        me = self.with_user(user).with_context(
            lang=user.partner_id._relationship_get_lang(), tz=user.tz or "Europe/Paris", allowed_company_ids=None
        )
        letter = read_message(message) if message else _read_dictionary(msg_dict)
        key = (get_key(message) if message else msg_dict.get("message_id") or "")[:1000]
        if known := me._find_logged(key):
            return known
        letter.words = _take_off_name(letter.words, user.name)
        references = f"{msg_dict.get('in_reply_to') or ''} {msg_dict.get('references') or ''}"
        is_about_reminder = REMINDER_MARK in references
        understood = me._understand_reminder(letter) if is_about_reminder else me._understand_mail(letter)
        understood.count = max(each.count for each in letter.unfold())
        made = me._log_mail(letter, understood, key, "" if is_about_reminder else tidy_subject(letter.subject))
        member._answer_logged(made, understood, key)
        return made

    @api.model
    def _find_logged(self, key):
        """Return what was made of a mail that comes again, if it is still there."""
        if not key:
            return None
        mine = [("mail_key", "=", key)]
        return (
            self.sudo().search([*mine, ("author_id", "=", self.env.uid)], limit=1).with_env(self.env)
            or self.env["relationship.logged.mail"].sudo().search([*mine, ("user_id", "=", self.env.uid)], limit=1)
            or None
        )

    # What it is about

    @api.model
    def _understand_mail(self, letter):
        """Return what a mail is about: the outermost letter in it that names somebody outside.

        What was forwarded among members leads further in; what an outsider forwards is what she said.

        :rtype: Understood
        """
        letters = letter.unfold()
        named = [split_emails(", ".join((*each.senders, *each.recipients))) for each in letters]
        everybody = {email for emails in named for email in emails}
        house = self.env["res.users"]._relationship_get_house({*everybody, *map(base_of, everybody)})
        bearers = self.env["res.partner"].sudo().with_context(active_test=False)._relationship_search_emails(everybody)
        bearers = bearers.filtered(lambda partner: not partner._relationship_is_of_house())
        known = {email for partner in bearers for email in split_emails(partner.email)} - house["emails"]

        def is_outside(email):
            own = house["emails"] | house["aliases"]
            return email in known or not (
                email in own or base_of(email) in own or email.rpartition("@")[2] in house["domains"]
            )

        outside = [[email for email in emails if is_outside(email)] for emails in named]
        place = next((number for number, emails in enumerate(outside) if emails), 0)
        return self._understand_addresses(letters[place], outside[place], bearers)

    @api.model
    def _understand_addresses(self, letter, emails, bearers):
        """Return what the addresses of those with whom a letter was exchanged say.

        :param list emails: addresses outside
        :param bearers: the contacts that have them, and maybe others
        """
        partners = self.env["res.partner"].sudo()
        found, persons, nameless = partners, partners, []
        of_house = self.env["res.company"].sudo().search(Domain.TRUE).partner_id
        by_email = {}
        for partner in bearers:
            for email in split_emails(partner.email):
                by_email[email] = by_email.get(email, partners) | partner
        for email in emails:
            theirs = by_email.get(email, partners)
            theirs = theirs.filtered("active") or theirs
            organisations = theirs.mapped(lambda partner: partner._relationship_get_organisation()) - of_house
            if organisations:
                found |= organisations
                persons |= theirs.mapped(lambda partner: partner._relationship_get_person())
            else:
                nameless.append(email)
        by_domain = partners._relationship_search_domains({domain_of(email) for email in nameless} - {""})
        unknown = []
        for email in nameless:
            organisations = by_domain.get(domain_of(email), partners) - of_house
            found |= organisations
            if not organisations:
                unknown.append(email)
        return Understood(letter, found, persons, emails, unknown)

    @api.model
    def _understand_reminder(self, letter):
        """Return what the answer to the morning's mail is about: the one that it names, else the one that was due."""
        mine = self.env["res.partner"].sudo()
        mine = mine.search([("relationship_owner_id", "=", self.env.uid), ("relationship_stage", "=", "target")])
        said = f" {' '.join(words_of(letter.words))} "
        names = {
            partner: [
                f" {' '.join(words)} "
                for name in (partner.name, partner.relationship_acronym)
                if (words := words_of(name or ""))
            ]
            for partner in mine
        }
        named = {partner: [name for name in own if name in said] for partner, own in names.items()}
        named = {partner: max(own, key=len) for partner, own in named.items() if own}
        meant = mine.browse(
            partner.id
            for partner, name in named.items()
            if not any(name != longer and name in longer for longer in named.values())
        )
        until = self.env.user._relationship_get_day() + ASKED_PERIOD
        due = mine.filtered(
            lambda partner: partner.relationship_next_contact_date and partner.relationship_next_contact_date <= until
        )
        return Understood(Letter(words=letter.words, day=letter.day), meant or due, mine.browse())

    # What is made of it

    @api.model
    def _log_mail(self, letter, understood, key, subject):
        """Return the draft, or the mail that waits, made of a letter for the user.

        :param Understood understood: what it is about
        :param str key: what the mail is known by when it comes again
        :param str subject: its first line
        """
        organisations = understood.organisations.with_env(self.env)._filtered_access("read")
        organisation = organisations.sudo() if len(understood.organisations) == 1 else organisations.browse()
        persons = understood.persons.with_env(self.env)._filtered_access("read")
        values = {
            "participant_ids": [Command.set(persons.ids)],
            "date": self._get_mail_day(understood.letter.day or letter.day),
            "summary": _write_summary(subject, _join_words(letter, understood.letter)),
            "mail_key": key,
        }
        if organisation and organisation._relationship_is_logged():
            made = self.create({**values, "partner_id": organisation.id, "channel": False})
        else:
            mails = self.env["relationship.logged.mail"].sudo()
            made = mails.create(
                {
                    **values,
                    "name": subject[:MAX_NAME] or self.env._("Mail without subject"),
                    "user_id": self.env.uid,
                    "correspondents": ", ".join(understood.correspondents)[:1000],
                    "candidate_ids": [Command.set(organisations.ids[:MAX_CANDIDATES])],
                }
            )
        self.env["ir.attachment"].with_env(made.env).create(
            [
                {"name": _clean_name(name), "raw": content, "res_model": made._name, "res_id": made.id}
                for name, content, _kind in letter.files
            ]
        )
        return made.with_env(self.env)

    @api.model
    def _get_mail_day(self, day):
        """Return the day of a mail where the member lives; today where it is none, to come, or absurd."""
        today = fields.Date.context_today(self)
        if isinstance(day, datetime):
            with suppress(OverflowError):  # at either end of the calendar
                day = day.astimezone(pytz.timezone(self.env.context["tz"]))
            day = day.date()
        return day if isinstance(day, date) and today - OLDEST <= day <= today else today


def _read_dictionary(msg_dict):
    """Read a mail as Odoo hands it on where it is not there as it came."""
    files = [
        (name, content.encode() if isinstance(content, str) else content, "")
        for name, content, *_rest in msg_dict.get("attachments") or ()
        if isinstance(content, str | bytes)
    ]
    moment = fields.Datetime.to_datetime(msg_dict.get("date") or False)
    return read_html(
        msg_dict.get("body"),
        msg_dict.get("subject") or "",
        senders=find_addresses(msg_dict.get("email_from")),
        recipients=find_addresses(", ".join(filter(None, (msg_dict.get("to"), msg_dict.get("cc"))))),
        day=moment and pytz.utc.localize(moment),
        files=files,
    )


def _join_words(whole, letter):
    """Return what a mail says down to a letter in it, and what that one gives on to be read."""
    letters = whole.unfold()
    place = next((number for number, each in enumerate(letters) if each is letter), 0)
    kept = letters[: place + 1]
    for each in letters[place + 1 :]:
        if not each.is_forward:
            break
        kept.append(each)
    texts = []
    for number, each in enumerate(kept):
        if number and each.words and each.sender:
            texts.append(f"— {each.sender}")
        texts.append(each.words)
    return "\n\n".join(filter(None, texts))


def _take_off_name(words, name):
    """Return what a member wrote without her name, or her first name, that stands alone below it."""
    above, _break, last = words.rpartition("\n")
    signed = fold(last).strip(" ,.-")
    return above.strip() if above.strip() and signed in (fold(name), fold(name).split(" ")[0]) else words


def _write_summary(subject, text):
    """Return the beginning of a synthesis: the subject on a line, what was said in paragraphs, nothing but words."""
    shown = "".join(char for char in text if char == "\n" or unicodedata.category(char) != "Cc")
    paragraphs = [Markup("<br>").join(each.split("\n")) for each in re.split(r"\n{2,}", shown) if each.strip()]
    head = Markup("<p><strong>%s</strong></p>") % one_line(subject) if subject else Markup()
    return head + Markup().join(Markup("<p>%s</p>") % escape(each) for each in paragraphs)


def _clean_name(name):
    """Return the name of a file without folders, and without what shows it otherwise than it is."""
    shown = "".join(char for char in re.split(r"[/\\]", name)[-1] if unicodedata.category(char)[0] != "C")
    shown = shown.strip(" .")
    stem, dot, extension = shown.rpartition(".")
    return f"{stem[: MAX_NAME - 20]}{dot}{extension[:20]}" if stem else shown[:MAX_NAME] or "file"


class ResUsers(models.Model):
    _inherit = "res.users"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _relationship_get_house(self, emails):
        """Return which addresses are the association's own, among others: a constant number of queries.

        :param emails: addresses that are asked about
        :return: dictionary of sets: ``emails`` of all internal users, ``aliases``, ``domains``
        """
        users = self.sudo().with_context(active_test=False).search([("share", "=", False)])
        companies = self.env["res.company"].sudo().search(Domain.TRUE)
        own = {email for company in companies for email in split_emails(company.email)}
        aliases = self.env["mail.alias.domain"].sudo().search(Domain.TRUE)
        return {
            "emails": users.partner_id._relationship_get_all_emails() | own,
            "aliases": set(aliases._find_aliases(sorted(emails))),
            "domains": {*aliases.mapped("name"), *(domain_of(email) for email in own)} - {"", False},
        }


class RelationshipMember(models.Model):
    _inherit = "relationship.member"  # pylint: disable=consider-merging-classes-inherited

    logged_mail_answered = fields.Datetime("Last answered about a mail", readonly=True, copy=False)
    logged_mail_held = fields.Boolean("Mails not answered yet", readonly=True, copy=False)

    @api.model
    def _find_by_email(self, email):
        """Return the member of today who has this address, or but for a "+tag" of it; nobody where several do."""
        emails = split_emails(email)
        if len(emails) != 1:
            return self.browse()
        members = self.sudo().search([("is_current", "=", True)])
        addresses = members.user_id.partner_id._relationship_get_emails()
        found = members.filtered(lambda member: emails[0] in addresses[member.user_id.partner_id])
        found = found or members.filtered(
            lambda member: base_of(emails[0]) in map(base_of, addresses[member.user_id.partner_id])
        )
        return found if len(found) == 1 else self.browse()

    @api.model
    def _get_logging_address(self):
        """Return the address to which mails are copied or forwarded, or nothing where the administrator set none."""
        alias = self.env.ref("shifters_relations.mail_alias_synthesis", raise_if_not_found=False)
        domain = [("alias_model_id.model", "=", "relationship.synthesis"), ("alias_domain_id", "!=", False)]
        found = self.env["mail.alias"].sudo().search([*domain, ("alias_name", "!=", False)], order="id")
        return (found & alias.sudo() if alias else found)[:1].alias_full_name or found[:1].alias_full_name

    def _answer_logged(self, made, understood, key):
        """Write to the member what was made of her mail, and what was not understood; once an hour at most.

        :param made: her draft, or the mail that waits
        :param Understood understood: what the mail is about
        :param str key: the mail's Message-Id
        """
        self.ensure_one()
        now = fields.Datetime.now()
        if self.logged_mail_answered and self.logged_mail_answered > now - ANSWER_EVERY:
            if not self.logged_mail_held:
                self.sudo().logged_mail_held = True
                job = self.env.ref("shifters_relations.cron_answer_logged").sudo()
                job._trigger(at=self.logged_mail_answered + ANSWER_EVERY)
            return
        env, is_draft = made.env, made._name == "relationship.synthesis"
        path = f"syntheses/{made.id}" if is_draft else f"mails-to-file/{made.id}"
        if is_draft:
            subject = env._("Draft to finish: %(name)s", name=made.partner_id.name)
            said = [
                env._(
                    "Your mail is a draft: %(name)s, %(date)s. It counts once you validate it.",
                    name=made.partner_id.name,
                    date=format_day(env, made.date),
                )
            ]
        else:
            subject, said = env._("Which organisation is your mail about?"), [made.sentence]
        if understood.unknown and (is_draft or made.sudo().candidate_ids):
            said.append(env._("Not known here: %(emails)s.", emails=", ".join(understood.unknown[:MAX_CANDIDATES])))
        if understood.count > 1:
            said.append(env._("It held several mails: they make one draft."))
        others = self._count_logged() - 1
        if others > 0:
            said.append(env._("Other mails that you logged and that are still to finish: %(count)s.", count=others))
        action = env._("Open the draft") if is_draft else env._("Choose the organisation")
        self._send_answer(env, subject, said, path, action, key)

    @api.model
    def _cron_answer_logged(self):
        """Tell each member once what became of the mails of an hour in which she was answered already."""
        silent = fields.Datetime.now() - ANSWER_EVERY
        members = self.search([("logged_mail_held", "=", True), ("logged_mail_answered", "<=", silent)])
        self.env["ir.cron"]._relationship_for_each(members, lambda member: member._answer_held())

    def _answer_held(self):
        """Tell a member how many of her mails are still to finish; nothing where all are."""
        user = self.user_id
        env = self.with_context(lang=user.partner_id._relationship_get_lang()).env
        count = self._count_logged()
        self.sudo().logged_mail_held = False
        if not (count and self.is_current):
            return
        said = [env._("Mails that you logged and that are still to finish: %(count)s.", count=count)]
        self._send_answer(env, env._("Your mails to finish"), said, "portfolio", env._("My portfolio"))

    def _send_answer(self, env, subject, said, path, action, key=""):
        """Write to the member herself, at her account's address.

        :param env: with her language
        :param list said: sentences
        :param str path: where the button leads
        :param str key: the Message-Id of the mail that is answered
        """
        user = self.user_id
        if not split_emails(user.email):
            return
        self.sudo().write({"logged_mail_answered": fields.Datetime.now(), "logged_mail_held": False})
        values = {
            "sentences": said,
            "url": address_of(self, f"odoo/{path}"),
            "action": action,
            "company": user.company_id,
        }
        body = env["ir.qweb"]._render("shifters_relations.logged_mail_answer", values, lang=env.lang)
        env["mail.mail"].sudo().create(
            {
                "subject": one_line(subject),
                "body_html": body,
                "email_to": user.email_formatted,
                "email_from": user.company_id.email_formatted or user.email_formatted,
                "reply_to": user.company_id.email_formatted or user.email_formatted,
                "references": key if key.startswith("<") and key.isascii() else False,
                "headers": repr({"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}),
                "auto_delete": True,
                "is_notification": False,
            }
        )
        env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _is_flooded(self):
        """Return whether what a member logs is more than somebody writes."""
        today = ("create_date", ">=", fields.Datetime.now() - timedelta(days=1))
        mine = [("author_id", "=", self.user_id.id), ("mail_key", "!=", False), today]
        drafts = self.env["relationship.synthesis"].sudo().search_count(mine, limit=MAX_A_DAY)
        waiting = self.env["relationship.logged.mail"].sudo()
        return drafts + waiting.search_count([("user_id", "=", self.user_id.id), today], limit=MAX_A_DAY) >= MAX_A_DAY

    def _count_logged(self):
        """Return how many of the member's mails are still to finish."""
        drafts = self.env["relationship.synthesis"].sudo()
        waiting = self.env["relationship.logged.mail"].sudo()
        return drafts.search_count(
            [("author_id", "=", self.user_id.id), ("mail_key", "!=", False), ("state", "=", "draft")]
        ) + waiting.search_count([("user_id", "=", self.user_id.id)])


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_is_of_house(self):
        """Return whether this is somebody of the association, or one of her further addresses."""
        users = self._relationship_get_person().user_ids or self.user_ids
        return any(not user.share for user in users)

    def _relationship_get_organisation(self):
        """Return the organisation that a contact belongs to, or that it is; nothing for a person alone."""
        organisation = self if self.is_company else self.commercial_partner_id
        return organisation if organisation.is_company else self.browse()

    def _relationship_get_person(self):
        """Return the person that a contact is, whichever of her addresses; nothing for an organisation's."""
        person = self
        while person.parent_id and not person.parent_id.is_company:
            person = person.parent_id
        return self.browse() if person.is_company or person.type != "contact" else person

    def _relationship_is_logged(self):
        """Return whether a mail about it is a draft without asking: it is followed, and not left alone."""
        return bool(self.active and self.relationship_stage and not self.relationship_no_contact)

    @api.model
    def _relationship_search_domains(self, domains):
        """Return the organisations that have addresses or a site of these domains, by domain: one query.

        :param domains: domains that are nobody else's, as :func:`domain_of` gives them
        """
        found = {}
        if not domains:
            return found
        self.flush_model(["active", "email", "website"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, email, website
                  FROM res_partner
                 WHERE active
                   AND (email IS NOT NULL OR website IS NOT NULL)
                   AND EXISTS (
                       SELECT FROM unnest(%s) AS wanted (domain)
                        WHERE position('@' || domain IN lower(email)) > 0 OR position(domain IN lower(website)) > 0
                       )
                """,
                sorted(domains),
            )
        )
        for partner_id, email, website in rows:
            theirs = {domain_of(each) for each in split_emails(email)} | {site_of(website)}
            organisation = self.browse(partner_id)._relationship_get_organisation()
            for domain in theirs & domains:
                found[domain] = found.get(domain, self.browse()) | organisation
        return found
