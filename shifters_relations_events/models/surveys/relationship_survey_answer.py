from odoo import api, fields, models
from odoo.addons.shifters_relations.groups import MEMBERS
from odoo.addons.shifters_relations.texts import one_line
from odoo.addons.shifters_relations.tools import notify, today_of
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..event.event_invitation import COMMENT_MAX_LENGTH, count_as_browser
from .relationship_survey import SAID, TIMES, draw_code, is_code

LINE_MAX_LENGTH = 200  # as browsers count
CHOICES = ("need", "time")
DAYS = ("asked_on", "reminded_on", "objected_on")


class RelationshipSurveyAnswer(models.Model):
    """One person whom a survey asks, and what she answered; of a member, only that she did (Y1, Y2).

    She answers from a link of her own, and changes it until the survey is closed.
    """

    _name = "relationship.survey.answer"
    _description = "Answer to a Survey"
    _inherit = [
        "relationship.naming.mixin",
        "relationship.personal.link.mixin",
        "relationship.about.mixin",
        "mail.thread",
    ]
    _page = "/relations-survey"
    _order = "survey_id, organisation_id, partner_id, id"
    _rec_name = "partner_id"
    _mailing_enabled = True

    survey_id = fields.Many2one("relationship.survey", required=True, readonly=True, index=True, ondelete="cascade")
    audience = fields.Selection(related="survey_id.audience")
    year = fields.Integer(related="survey_id.year", aggregator=None)
    partner_id = fields.Many2one("res.partner", "Person", required=True, readonly=True, index=True, ondelete="cascade")
    organisation_id = fields.Many2one(
        "res.partner",
        compute="_compute_organisation_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    owner_id = fields.Many2one(related="organisation_id.relationship_owner_id", string="Contact owner")
    asked_on = fields.Date("Asked by mail on", readonly=True, copy=False)
    reminded_on = fields.Date("Reminded on", readonly=True, copy=False)
    is_answered = fields.Boolean("Answered", default=False, readonly=True, copy=False)
    answered_on = fields.Date("Answered on", readonly=True, copy=False, help="Of partners alone.")
    objected_on = fields.Date("Objected on", readonly=True, copy=False)
    need = fields.Selection(lambda self: self._get_needs(), "What would help", readonly=True, copy=False)
    help_line = fields.Char("What would help, in a line", readonly=True, copy=False)
    time = fields.Selection(TIMES, "Time saved or spent", readonly=True, copy=False)
    word = fields.Text("A word", readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "To be asked"),
            ("asked", "Was asked"),
            ("bounced", "The mail came back"),
            ("duplicate", "Same address as somebody else"),
            ("no_address", "No address to write to"),
            ("failed", "The mail could not leave"),
            ("answered", "Has answered"),
            ("objected", "Wants to be asked no more"),
        ],
        compute="_compute_state",
    )
    may_take = fields.Boolean("The need may be taken over", compute="_compute_may_take", groups=MEMBERS)

    _one_each = models.UniqueIndex("(survey_id, partner_id)", "This person is asked already.")

    @api.model
    def _get_needs(self):
        """Return the need situations of an organisation (Q5), in the words of who says them: one wording everywhere."""
        said = {
            "none": self.env._("Nothing is planned together"),
            "willing": self.env._("We are willing, and do not know how"),
            "started": self.env._("We have begun, and look for some distance"),
        }
        return [(key, said.get(key, label)) for key, label in self._get_noted_needs()]

    @api.model
    def _get_noted_needs(self):
        """Return the same in the words in which the team notes them."""
        return self.env["res.partner"].sudo()._fields["relationship_need"]._description_selection(self.env)

    @api.depends("partner_id")  # the organisation at the time of the survey
    def _compute_organisation_id(self):
        for answer in self:
            is_partner = answer.survey_id.audience == "partners"
            answer.organisation_id = is_partner and answer.partner_id.commercial_partner_id

    @api.depends("asked_on", "is_answered", "objected_on", "partner_id.email_normalized")
    def _compute_state(self):
        bounced = self._filter_bounced() if any(self.mapped("asked_on")) else self.browse()
        waiting = self.filtered(lambda each: not (each.asked_on or each.is_answered))
        failed = waiting._filter_failed()
        alike = waiting.sudo().search(Domain("id", "in", waiting.ids) & Domain("id", "in", self._get_alike()))
        for answer in self:
            if answer.is_answered:
                answer.state = "answered"
            elif answer.objected_on:
                answer.state = "objected"
            elif answer in bounced:
                answer.state = "bounced"
            elif answer._origin in alike:
                answer.state = "duplicate"
            elif not (answer.asked_on or answer.sudo().partner_id.email_normalized):
                answer.state = "no_address"
            elif answer._origin in failed:
                answer.state = "failed"
            else:
                answer.state = "asked" if answer.asked_on else "draft"

    @api.depends("need", "year", "organisation_id.relationship_need")
    def _compute_may_take(self):
        """Compute whether it is the organisation's last word, and tells another need than is noted."""
        answered = [("organisation_id", "in", self.organisation_id.ids), ("is_answered", "=", True)]
        groups = self._read_group(answered, ["organisation_id", "survey_id"])
        years = {}
        for organisation, survey in groups:
            years[organisation] = max(survey.year, years.get(organisation, survey.year))
        for answer in self:
            organisation = answer.organisation_id
            is_last = answer.year == years.get(organisation)
            answer.may_take = bool(answer.need) and is_last and answer.need != organisation.relationship_need

    @api.model_create_multi
    def create(self, vals_list):
        """Extend: who is asked is chosen on the survey, and nobody answers for another.

        :raise AccessError: somebody makes one otherwise
        """
        if not self.env.su:
            raise AccessError(self.env._("Whom to ask is chosen on the survey, and answers are their own to give."))
        return super().create(vals_list)

    def write(self, vals):
        """Extend: an answer is hers who gave it.

        :raise AccessError: somebody else writes it
        """
        if not self.env.su:
            raise AccessError(self.env._("Whom to ask is chosen on the survey, and answers are their own to give."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_if_not_answered(self):
        if not self.env.su and any(self.mapped("is_answered")):
            raise UserError(self.env._("An answer that was given stays."))

    def action_leave_out(self):
        """Leave people out whom nobody has asked yet.

        :raise AccessError: the user may not
        :raise UserError: a mail has left, or an answer or an objection came, which stays
        """
        self.check_access("unlink")
        if any(answer.asked_on or answer.is_answered or answer.objected_on for answer in self):
            raise UserError(self.env._("People were asked: the survey and its answers stay."))
        self.unlink()
        return True

    def action_take_need(self):
        """Note on the organisation the need situation that it told, as her who decides it, and say so.

        :raise AccessError: the user may not change the organisation
        """
        needs, said = dict(self._get_noted_needs()), []
        for answer in self:
            answer.check_access("read")
            if not answer.may_take:
                continue
            organisation = answer.organisation_id
            former = needs.get(organisation.relationship_need, self.env._("nothing"))
            organisation.relationship_need = answer.need
            organisation._message_log(
                body=self.env._(
                    "Need situation taken over from the survey of %(year)s: %(former)s → %(need)s",
                    year=answer.year,
                    former=former,
                    need=needs[answer.need],
                )
            )
            noted = {"name": organisation.name, "need": needs[answer.need]}
            said.append(self.env._("%(name)s: the need noted is now “%(need)s”.", **noted))
        return notify("\n".join(said)) if said else True

    # Who may be written to

    @api.model
    def _get_members(self):
        """Return the people of the team today, those left out who want no survey."""
        members = self.env["relationship.member"].sudo().search([("is_current", "=", True)])
        objecting = self.sudo().search([("objected_on", "!=", False), ("audience", "=", "team")]).partner_id
        return members.user_id.partner_id.filtered(lambda each: not each.relationship_no_contact) - objecting

    @api.model
    def _get_askable_domain(self):
        """Return the domain of whom a mail may leave for now, whoever wrote it: asked once, reminded once (G4)."""
        partners = self.env["res.partner"].sudo()
        writable = partners._search(partners._relationship_get_writable_domain())
        of_partners = Domain("audience", "=", "partners") & Domain("partner_id", "in", writable)
        of_partners &= Domain("organisation_id", "in", writable)
        of_team = Domain("audience", "=", "team") & Domain("partner_id", "in", self._get_members().ids)
        reachable = Domain("partner_id.email_normalized", "!=", False)
        silent = reachable & Domain("is_answered", "!=", True) & Domain("objected_on", "=", False)
        due = Domain("asked_on", "=", False) | Domain("reminded_on", "=", False)
        due |= Domain("id", "in", self._get_bounced())
        due &= Domain("id", "not in", self._get_alike())
        return Domain("survey_id.state", "=", "open") & silent & due & (of_partners | of_team)

    @api.model
    def _get_alike(self):
        """Return the query of who has the address of somebody whom the same survey asked: one mail an address."""
        self.flush_model()
        self.env["res.partner"].flush_model(["email_normalized"])
        return SQL(
            """(
            SELECT answer.id
              FROM relationship_survey_answer AS answer
              JOIN res_partner AS person ON person.id = answer.partner_id
              JOIN relationship_survey_answer AS asked
                ON asked.survey_id = answer.survey_id AND asked.id != answer.id AND asked.asked_on IS NOT NULL
              JOIN res_partner AS other
                ON other.id = asked.partner_id AND other.email_normalized = person.email_normalized
             WHERE answer.asked_on IS NULL
            )"""
        )

    def _filter_failed(self):
        """Return those whose mail could not leave, as their trace says: the mail server did not take it."""
        if not self.ids:
            return self
        traces = [("model", "=", self._name), ("res_id", "in", self.ids), ("trace_status", "=", "error")]
        return self.browse(self.env["mailing.trace"].sudo().search(traces).mapped("res_id"))

    def _filter_one_each(self):
        """Return the first for each address: mails in two languages go to one address as well."""
        firsts = {each.partner_id.email_normalized or each.id: each.id for each in self.sorted("id", reverse=True)}
        return self.filtered(lambda each: each.id in firsts.values())

    @api.model
    def _get_mailed_domain(self):
        """Return the domain of whom a mailing reaches now: nobody for whom one is on its way."""
        return self._get_askable_domain() & Domain("id", "not in", self._get_mailed().ids)

    def _filter_writable(self):
        """Return those for whom a mail may leave now, and whose address nobody asked to leave alone."""
        answers = self.sudo().search(Domain("id", "in", self.ids) & self._get_askable_domain())
        of_partners = answers.filtered(lambda each: each.audience == "partners")
        people = of_partners.partner_id._relationship_filter_writable()
        gone = of_partners.filtered(lambda each: each.partner_id not in people)
        return self.filtered(lambda each: each.id in (answers - gone)._ids)

    def _mailing_get_default_domain(self, mailing):
        return [("asked_on", "=", False)]

    def _mark_mailed(self):
        """Note that a mail has left: the first one asks, the next one reminds."""
        again = self._filter_bounced()
        for answer in self:
            name = "reminded_on" if answer.asked_on and answer not in again else "asked_on"
            answer[name] = today_of(self)

    def _get_language(self):
        """Return the language of who is asked, else the company's, in mails and on the page alike."""
        return self.partner_id._relationship_get_lang()

    @api.model
    def _get_language_of(self, answer):
        return answer._get_language()

    # Answering

    def _count_post(self):
        """Extend: nothing is counted on a member's row, where it would tell when she answered."""
        return self.audience == "team" or super()._count_post()

    def _get_closed_reason(self):
        """Return why nothing can be answered, in a sentence; False while it can."""
        self.ensure_one()
        if self.survey_id.state != "closed":
            return False
        if self.is_answered:
            return self.env._("This survey is closed: your answer is noted, and stays as it is.")
        return self.env._("This survey is closed: thank you all the same.")

    def _tidy(self, typed):
        """Return what was typed as it is kept.

        :param dict typed: texts by the names of :data:`~.relationship_survey.SAID`
        """
        self.ensure_one()
        choices = {"need": dict(self._get_needs()) if self.audience == "partners" else {}, "time": dict(TIMES)}
        values = {name: typed[name] if typed[name] in known else False for name, known in choices.items()}
        values["help_line"] = one_line(typed["help_line"])
        # A form sends two characters for the end of a line, which its field counts as one.
        values["word"] = typed["word"].replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()
        return {name: values[name] or False for name in SAID}

    def _check_said(self, values):
        """Check that what is said can be taken.

        :raise UserError: nothing was said, a text is too long, or the survey is closed
        """
        if closed := self._get_closed_reason():
            raise UserError(closed)
        for name, longest in (("help_line", LINE_MAX_LENGTH), ("word", COMMENT_MAX_LENGTH)):
            if (length := count_as_browser(values[name] or "")) > longest:
                raise UserError(
                    self.env._(
                        "%(length)s characters are too many: please shorten your text to %(longest)s.",
                        length=length,
                        longest=longest,
                    )
                )
        if not any(values.values()):
            raise UserError(self.env._("Please answer one question at least."))

    def _get_noted(self):
        """Return what a partner has answered, by the names of :data:`SAID`; None before she has."""
        self.ensure_one()
        return {name: self[name] or False for name in SAID} if self.is_answered else None

    def _get_said(self, typed, is_shown):
        """Return what a partner's answer becomes with what she sends.

        :param bool is_shown: her form showed what is noted: one of another window, opened before she answered, adds
            to it and takes nothing away
        """
        values, noted = self._tidy(typed), self._get_noted() or {}
        return values if is_shown else {name: values[name] or noted.get(name, False) for name in SAID}

    def _answer(self, typed, is_shown=True):
        """Store what a partner answers; what is noted already is noted, however often it is sent.

        :param bool is_shown: as of :meth:`_get_said`
        :raise UserError: it cannot be taken
        """
        values = self._get_said(typed, is_shown)
        if values == self._get_noted():
            return
        self._check_said(values)
        self.write({**values, "is_answered": True, "answered_on": today_of(self)})

    def _answer_unnamed(self, typed, code=""):
        """Store what a member answers, or what she changes with her code.

        Sent twice, as on a slow network, it is one answer: its form holds a code of its own from the beginning, which
        nothing keeps before it is sent.

        :return: the code
        :raise UserError: it cannot be taken
        """
        values, code = self._tidy(typed), code or draw_code()
        noted = self.survey_id._get_noted(code)
        if noted == values:
            return code
        self._check_said(values)
        if noted:
            self.survey_id._change_said(code, values)
        elif not is_code(code):
            raise UserError(self._say_unknown_code())
        elif self.is_answered:
            raise UserError(self.env._("You have answered already: your code changes your answer."))
        else:
            self.survey_id._add_said(self, values, code)
        return code

    def _say_unknown_code(self):
        return self.env._("No answer has this code: please look at its letters again.")

    def _become_one(self):
        """Keep one of each survey where its people become one: the texts of all, and of the choices the last.

        What was chosen otherwise is noted on the organisation: nothing that somebody answered goes unsaid.
        """
        for same in self.grouped("survey_id").values():
            kept, *others = same.sorted(
                lambda each: (each.is_answered, str(each.answered_on or ""), bool(each.asked_on), -each.id),
                reverse=True,
            )
            if not others:
                continue
            texts = {
                name: joint.join(dict.fromkeys(filter(None, same.sorted("id").mapped(name)))) or False
                for name, joint in (("help_line", " · "), ("word", "\n\n"))
            }
            days = {name: min(filter(None, same.mapped(name)), default=False) for name in DAYS}
            chosen = {name: next(filter(None, (each[name] for each in (kept, *others))), False) for name in CHOICES}
            kept._log_merged(others, chosen)
            values = {**texts, **days, **chosen}
            kept.write({name: value for name, value in values.items() if value != kept[name]})
            (same - kept).unlink()

    def _log_merged(self, others, chosen):
        """Note on the organisation that several answers are one now, and what was chosen otherwise."""
        answered = [each for each in others if each.is_answered and each.organisation_id]
        if not answered:
            return
        told = [
            self.env._(
                "Two who answered the survey of %(year)s are one now: their words stand together.", year=self.year
            )
        ]
        for name in CHOICES:
            field = self._fields[name]
            labels = dict(field._description_selection(self.env))
            told += [
                self.env._(
                    "%(question)s: “%(kept)s” is kept, “%(other)s” was said too.",
                    question=field._description_string(self.env),
                    kept=labels[chosen[name]],
                    other=labels[value],
                )
                for value in dict.fromkeys(each[name] for each in answered)
                if value and value != chosen[name]
            ]
        self.organisation_id._message_log(body=" ".join(told))

    # Objections

    def _object(self):
        """Extend: a member wants no survey any more, and stays a colleague."""
        if self.audience != "team":
            return super()._object()
        self.objected_on = self.objected_on or today_of(self)
        return None

    def _is_objecting(self):
        """Extend: of a member nothing else is noted."""
        return bool(self.objected_on) if self.audience == "team" else super()._is_objecting()

    def _take_objection_back(self):
        """Extend: of a member nothing else is noted."""
        if self.audience != "team":
            return super()._take_objection_back()
        is_objecting = self._is_objecting()
        self.objected_on = False
        return is_objecting
