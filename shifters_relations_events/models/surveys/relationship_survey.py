import hashlib
import json
import secrets
from collections import Counter

from odoo import api, fields, models
from odoo.addons.shifters_relations.groups import ORGANISERS
from odoo.addons.shifters_relations.tools import search_shown_name, today_of
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, consteq

TIMES = [
    ("saved_lot", "Saved a lot"),
    ("saved", "Saved some"),
    ("neither", "Neither saved nor cost"),
    ("cost", "Cost some"),
    ("cost_lot", "Cost a lot"),
    ("unknown", "Cannot say"),
]
QUESTIONS = ("question_help", "question_time", "question_word")
SAID = ("need", "help_line", "time", "word")  # what an answer may hold
FROZEN_FIELDS = ("audience", "year", *QUESTIONS)
OWN_FIELDS = {"change_count", "closed_on", "said", "state"}  # what only the actions write
CHANGES = 20  # by each member, all together: counted beside an answer, they would tell whose it is
CODE = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no letter that reads like another
CODE_LENGTH = 16
LEAST_ANSWERS = 4  # of the team: fewer would tell who said what


class RelationshipSurvey(models.Model):
    """Three questions, asked once a year of partners or of the team (Y1, Y2).

    What the team says is anonymous by construction. The row of a member says only that she answered; what was said is
    one document, sorted by what it says and written whole at each answer together with all rows, so that no
    identifier, order, time or transaction ties one to the other. She changes her answer with a code that only she has.
    """

    _name = "relationship.survey"
    _description = "Yearly Survey"
    _order = "year desc, audience, id desc"

    year = fields.Integer(required=True, default=lambda self: today_of(self).year, copy=False)
    audience = fields.Selection(
        [("partners", "Partners"), ("team", "The team")], "Asked of", required=True, default="partners"
    )
    state = fields.Selection(
        [("draft", "To prepare"), ("open", "Takes answers"), ("closed", "Has ended")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    closed_on = fields.Date("Closed on", readonly=True, copy=False)
    question_help = fields.Char("What would help", translate=True)
    question_time = fields.Char("Time saved or spent", translate=True)
    question_word = fields.Char("A word", translate=True)
    answer_ids = fields.One2many(
        "relationship.survey.answer", "survey_id", "People of the survey", readonly=True, copy=False
    )
    people_count = fields.Integer("People", compute="_compute_counts")
    asked_count = fields.Integer("Mails that left", compute="_compute_counts")
    answered_count = fields.Integer("Answered", compute="_compute_counts")
    is_fixed = fields.Boolean("Asked of somebody", compute="_compute_counts")
    may_send = fields.Boolean("Mails may be written", compute="_compute_may_write")
    may_remind = fields.Boolean("A reminder may be written", compute="_compute_may_write")
    warning = fields.Char(compute="_compute_warning")
    said = fields.Json("What the team said", readonly=True, copy=False, groups=fields.NO_ACCESS)
    change_count = fields.Integer("Answers changed", default=0, readonly=True, copy=False, groups=fields.NO_ACCESS)

    _one_a_year = models.UniqueIndex(
        "(year, audience)", "There is a survey of this year already, asked of the same: open that one."
    )
    _year_of_ours = models.Constraint(
        "CHECK (year BETWEEN 2000 AND 2100)", "Write the year of the survey with its four digits, as 2026."
    )

    @api.depends("year", "audience")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for survey in self:
            if survey.audience == "team":
                survey.display_name = self.env._("Survey of the team, %(year)s", year=survey.year)
            else:
                survey.display_name = self.env._("Survey of partners, %(year)s", year=survey.year)

    def _search_display_name(self, operator, value):
        return search_shown_name(self, operator, value)

    def _compute_counts(self):
        groups = (
            self.env["relationship.survey.answer"]
            .sudo()
            ._read_group([("survey_id", "in", self.ids)], ["survey_id", "is_answered"], ["__count", "asked_on:count"])
        )
        for survey in self:
            own = [(is_answered, *counts) for each, is_answered, *counts in groups if each.id == survey._origin.id]
            survey.people_count = sum(people for _answered, people, _asked in own)
            survey.asked_count = sum(asked for _answered, _people, asked in own)
            survey.answered_count = sum(people for is_answered, people, _asked in own if is_answered)
            survey.is_fixed = bool(survey.state == "closed" or survey.asked_count or survey.answered_count)

    @api.depends("state", "audience", "answer_ids.state")
    def _compute_may_write(self):
        """Compute whether a mail, or the reminder, still has somebody to go to."""
        for survey in self:
            own, is_open = survey._origin, survey.state == "open"
            if survey.state == "draft":
                # One that is not saved yet is, as its button is pressed.
                survey.may_send = survey.audience == "team" or bool(survey.people_count)
            else:
                survey.may_send = is_open and bool(own._get_new_members() or own._get_reached(is_reminder=False))
            survey.may_remind = is_open and bool(own._get_reached(is_reminder=True))

    @api.depends("state", "audience", "answer_ids.state")
    @api.depends_context("lang")
    def _compute_warning(self):
        """Compute what an organiser should know before she goes on: too few to be shown, or mails that stay here."""
        for survey in self:
            said = []
            people = len(survey._origin._get_answers().partner_id | survey._get_new_members())
            if survey.audience == "team" and survey.state != "closed" and people < LEAST_ANSWERS:
                said.append(
                    self.env._("The team has too few people for this survey: fewer than four answers are never shown.")
                )
            states = Counter(survey._origin._get_answers().mapped("state"))
            if survey.state == "open" and states["failed"]:
                said.append(
                    self.env._(
                        "Mails that could not leave: %(count)s. Ask who administers Odoo to look at its mail server.",
                        count=states["failed"],
                    )
                )
            survey.warning = " ".join(said) or False

    @api.model
    def _get_default_questions(self, audience):
        """Return the words to begin from, in the language of the environment, by the names of the fields."""
        if audience == "team":
            words = (
                self.env._("What would help you, with the tool or in the team?"),
                self.env._("Do the tool and the team save or cost you time?"),
                self.env._("One word, a fear, a wish about the tool or the team"),
            )
        else:
            words = (
                self.env._("Where do we stand together, and what would help you?"),
                self.env._("Did our exchanges save or cost you time?"),
                self.env._("One word, a fear, a wish"),
            )
        return dict(zip(QUESTIONS, words, strict=True))

    @api.onchange("audience")
    def _onchange_audience(self):
        """Propose the words of the audience, instead of those of the other one."""
        default, others = (self._get_default_questions(kind) for kind in self._get_audiences())
        for name, words in self._get_default_questions(self.audience).items():
            if not self[name] or self[name] in (default[name], others[name]):
                self[name] = words

    @api.model
    def _get_audiences(self):
        return [key for key, _label in self._fields["audience"].selection]

    @api.model_create_multi
    def create(self, vals_list):
        """Extend: each question has its words in every language; those that were typed are one of them."""
        surveys = super().create(vals_list)
        if not self.env.su and any(survey.state != "draft" or survey.closed_on for survey in surveys):
            raise AccessError(self.env._("A survey begins as a draft."))
        for survey, vals in zip(surveys, vals_list, strict=True):
            for code, _name in self.env["res.lang"].get_installed():
                own = survey.sudo().with_context(lang=code)
                is_typed = code == (self.env.lang or "en_US")
                words = own._get_default_questions(survey.audience)
                own.write({name: text for name, text in words.items() if not (is_typed and vals.get(name))})
        return surveys

    def write(self, vals):
        """Extend: the words stay once people are asked, and the actions alone open and close.

        :raise AccessError: a value is written that the actions write
        :raise UserError: people were asked already
        """
        self.check_access("write")
        if not self.env.su and OWN_FIELDS & vals.keys():
            raise AccessError(self.env._("A survey is opened and closed by its buttons."))
        is_chosen = "audience" in vals and bool(self._get_answers())
        is_asking = not self.env.su and (is_chosen or any(survey.is_fixed for survey in self))
        if is_asking and any(name in vals for name in FROZEN_FIELDS):
            raise UserError(self.env._("People are asked already: the questions stay as they are."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_if_nobody_was_asked(self):
        if not self.env.su and any(survey.is_fixed for survey in self):
            raise UserError(self.env._("People were asked: the survey and its answers stay."))

    # Actions

    def _check_organiser(self):
        """Check that an organiser asks.

        :raise AccessError: the user is none
        """
        if not (self.env.su or self.env.user.has_group(ORGANISERS)):
            raise AccessError(self.env._("Surveys are the organisers' work."))

    def action_choose_audience(self):
        """Choose whom to ask, as for an event."""
        self.ensure_one()
        self._check_organiser()
        return self.env["event.audience"].create({"survey_id": self.id})._get_action()

    def action_send(self):
        """Open the survey, and prepare the mails to who was not asked yet; nothing leaves by itself.

        :raise UserError: nobody is left to ask, or the survey is closed
        """
        return self._prepare_mailings(is_reminder=False)

    def action_remind(self):
        """Prepare the one reminder to who has not answered.

        :raise UserError: nobody is left to remind, or the survey is not open
        """
        return self._prepare_mailings(is_reminder=True)

    def action_close(self):
        """Take no more answers, for good: what one answer more changes would tell whose it is.

        :raise UserError: it is not open
        """
        self._check_organiser()
        self.check_access("write")
        for survey in self.sudo():
            if survey.state != "open":
                raise UserError(self.env._("This survey is not open."))
            survey.write({"state": "closed", "closed_on": today_of(self)})
        return True

    def action_print(self):
        """Return the action that prints the results."""
        return self.env.ref("shifters_relations_events.relationship_survey_pdf").report_action(self, config=False)

    # Asking

    def _get_answers(self):
        """Return, as superuser, who is asked: the field has those that its first reader may read."""
        return self.env["relationship.survey.answer"].sudo().search([("survey_id", "in", self.ids)])

    def _get_new_members(self):
        """Return who is in the team today, and whom its survey does not ask yet; nobody for another survey."""
        if self.audience != "team" or self.state == "closed":
            return self.env["res.partner"]
        return self.env["relationship.survey.answer"]._get_members() - self._get_answers().partner_id

    def _get_reached(self, is_reminder):
        """Return whom a mail, or the reminder, would reach now."""
        answers = self.env["relationship.survey.answer"]
        return answers.search(self._get_due(is_reminder) & answers._get_mailed_domain())._filter_writable()

    def _get_due(self, is_reminder):
        return Domain("survey_id", "in", self.ids) & Domain("asked_on", "!=" if is_reminder else "=", False)

    def _ask(self, people):
        """Note whom to ask, each once; nothing is sent.

        :raise UserError: the survey is closed
        """
        self.ensure_one()
        self._check_organiser()
        if self.state == "closed":
            raise UserError(self.env._("This survey is not open."))
        answers = self.env["relationship.survey.answer"].sudo().with_context(mail_create_nolog=True)
        if self.audience == "team":
            people &= answers._get_members()
        answers.create(
            [{"survey_id": self.id, "partner_id": person.id} for person in people - self._get_answers().partner_id]
        )

    def _prepare_mailings(self, is_reminder):
        """Return an action that opens the mails, one for each language."""
        self.ensure_one()
        self._check_organiser()
        self.check_access("write")
        if self.state == "closed" or (is_reminder and self.state != "open"):
            raise UserError(self.env._("This survey is not open."))
        answers = self.env["relationship.survey.answer"]
        if self.audience == "team" and not is_reminder:
            self._ask(self._get_new_members())
        self.sudo().state = "open"
        self.env.flush_all()
        mine = self._get_due(is_reminder)
        reached = self._get_reached(is_reminder)._filter_one_each()
        if not reached:
            raise UserError(
                self.env._("Nobody is left to remind: all have answered, or were reminded.")
                if is_reminder
                else self.env._("Nobody is left to ask: choose whom first, or see who has no address.")
            )
        mailings = self.env["mailing.mailing"].union(
            *(
                self._prepare_mailing(language, own, mine, is_reminder)
                for language, own in reached.grouped(answers._get_language_of).items()
            )
        )
        action = {"type": "ir.actions.act_window", "res_model": "mailing.mailing", "name": self.env._("Mailings")}
        if len(mailings) == 1:
            return action | {"res_id": mailings.id, "views": [(False, "form")]}
        return action | {"domain": [("id", "in", mailings.ids)], "views": [(False, "list"), (False, "form")]}

    def _prepare_mailing(self, language, answers, domain, is_reminder):
        """Return the mailing in one language that has not left yet, or a new one.

        :param domain: of who is asked, whatever the language
        """
        domain = repr([*domain, ("partner_id", "in", answers.partner_id.ids)])
        mailings = self.env["mailing.mailing"].with_context(lang=language)
        model_id = self.env["ir.model"]._get_id(answers._name)
        begins = domain.partition("('partner_id'")[0].replace("\\", "\\\\").replace("_", "\\_")
        same = [("mailing_model_id", "=", model_id), ("state", "=", "draft"), ("partner_event_lang", "=", language)]
        if draft := mailings.search([*same, ("mailing_domain", "=like", f"{begins}%")], limit=1):
            draft.mailing_domain = domain
            return draft
        subjects = (
            mailings.env._("Three questions, three minutes"),
            mailings.env._("Three questions: may we count on your answer?"),
        )
        return mailings._relationship_prepare(
            language,
            answers,
            domain,
            subjects[is_reminder],
            "shifters_relations_events.survey_body",
            {"survey": self, "is_reminder": is_reminder},
        )

    # What the team says

    def _lock_said(self):
        """Return what the team said, as nobody else can change it until this transaction ends.

        Taken before anything is written: what the database refuses is logged with its words.
        """
        self.ensure_one()
        self.env.cr.execute(
            SQL("SELECT said FROM relationship_survey WHERE id = %s FOR UPDATE", self.id), log_exceptions=False
        )
        return self.env.cr.fetchone()[0] or []

    def _find_said(self, said, code):
        """Return the answer of a code, or None."""
        key = hash_code(code)
        return next((each for each in said if consteq(each["key"], key)), None)

    def _get_noted(self, code):
        """Return what was answered under a code, by the names of :data:`SAID`; None where it has no answer."""
        found = self._find_said(self.sudo().said or [], code)
        return found and {name: found.get(name) or False for name in SAID}

    def _add_said(self, member, values, code):
        """Add what a member says, and note on her row that she answered.

        :param member: her row, whose survey this is
        :param dict values: by the names of :data:`SAID`
        :param str code: what changes it, which is kept nowhere
        """
        said = self._lock_said()
        self._store_said([*said, {**values, "key": hash_code(code)}], member)

    def _change_said(self, code, values):
        """Replace what was said under a code.

        :raise UserError: too much was changed
        """
        said = self._lock_said()
        found = self._find_said(said, code)
        if self.sudo().change_count >= CHANGES * self.people_count:
            raise UserError(self.env._("Too many answers were changed: they stay as they are."))
        kept = [each for each in said if each is not found]
        self._store_said([*kept, {**values, "key": found["key"]}])

    def _store_said(self, said, member=None):
        """Write the whole document and every row: neither tells which of them has changed, nor when or by whom.

        :param member: the row of who answers for the first time
        """
        said = [dict(sorted(each.items())) for each in said]
        said = json.dumps(sorted(said, key=lambda each: json.dumps({**each, "key": ""}) + each["key"]))
        member_id, changes = (member.id, 0) if member else (0, 1)
        queries = (
            SQL(
                "UPDATE relationship_survey SET said = %s, change_count = change_count + %s WHERE id = %s",
                *(said, changes, self.id),
            ),
            SQL(
                "UPDATE relationship_survey_answer SET is_answered = is_answered OR id = %s WHERE survey_id = %s",
                *(member_id, self.id),
            ),
        )
        self.env.flush_all()
        for query in queries:
            self.env.cr.execute(query, log_exceptions=False)
        self.env.invalidate_all()


def draw_code():
    """Return a new code, as people copy it: letters and digits by four."""
    return group_code("".join(secrets.choice(CODE) for _place in range(CODE_LENGTH)))


def group_code(code):
    """Return a code in groups of four, however it was typed.

    >>> group_code("abcd efghjk")
    'ABCD-EFGH-JK'
    """
    letters = "".join(char for char in code.upper() if char.isalnum())
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def is_code(code):
    """Return whether a code is one that was drawn here, so that nobody can guess it.

    >>> is_code(draw_code()), is_code("")
    (True, False)
    """
    letters = group_code(code).replace("-", "")
    return len(letters) == CODE_LENGTH and set(letters) <= set(CODE)


def hash_code(code):
    """Return what is kept of a code, however it was typed.

    >>> hash_code("abcd-efgh") == hash_code(" ABCD EFGH ")
    True
    """
    return hashlib.sha256(group_code(code).replace("-", "").encode()).hexdigest()
