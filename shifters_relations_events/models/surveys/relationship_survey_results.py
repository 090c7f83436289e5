from collections import Counter

from odoo import api, fields, models
from odoo.addons.shifters_relations.tools import format_day, today_of
from odoo.fields import Domain

from .relationship_survey import LEAST_ANSWERS, TIMES


class RelationshipSurvey(models.Model):
    """The results of a survey, beside those of the year before (Y3)."""

    _inherit = "relationship.survey"

    results = fields.Html(compute="_compute_results", sanitize=False)

    @api.depends("answer_ids.is_answered", "state")
    @api.depends_context("lang", "uid")
    def _compute_results(self):
        for survey in self:
            survey.results = survey._origin and self.env["ir.qweb"]._render(
                "shifters_relations_events.survey_results",
                {"o": survey, "results": survey._get_results()},
                lang=self.env.lang,
            )

    def _get_previous(self):
        """Return the survey of the same audience that came before."""
        self.ensure_one()
        earlier = Domain("audience", "=", self.audience) & Domain("state", "!=", "draft")
        return self.search(earlier & Domain("year", "<", self.year), order="year desc, id desc", limit=1)

    def _get_hidden_reason(self):
        """Return why the results are not shown, in a sentence; False where they are."""
        self.ensure_one()
        if self.audience != "team":
            return False
        if self.state != "closed":
            return self.env._("What the team said is shown once the survey is closed: before, it would tell who.")
        if len(self.sudo().said or []) < LEAST_ANSWERS:
            return self.env._("Fewer than four have answered: what they said is not shown, it would tell who.")
        return False

    def _get_said(self):
        """Return the answers that may be shown: dictionaries of what was said, and by which organisation.

        Of an organisation that the user may not read, what was chosen is counted, and no word is shown.
        """
        self.ensure_one()
        if self._get_hidden_reason():
            return []
        if self.audience == "team":
            return [{**each, "organisation": ""} for each in self.sudo().said or []]
        answers = self._get_answers().filtered("is_answered")
        readable = answers.organisation_id.with_env(self.env)._filtered_access("read")
        return [
            {
                "need": answer.need,
                "time": answer.time,
                **({"help_line": answer.help_line, "word": answer.word} if organisation in readable else {}),
                "organisation": organisation in readable and organisation.name,
            }
            for answer in answers
            for organisation in answer.organisation_id
        ]

    def _count_said(self):
        """Return how often each choice was made, by its name: of the need, and of the time."""
        said = self._get_said()
        return {name: Counter(each[name] for each in said if each.get(name)) for name in ("need", "time")}

    def _get_results(self):
        """Return what is shown: figures beside those of the survey before, and texts.

        :return: ``need`` and ``time``: lists of a label, a count, the count before; ``lines`` and ``words``: lists of
            an organisation and a text; ``asked`` and ``answered``: the count and the one before; ``before``: the year;
            ``beside``: the same, 0 where what was said then is not shown
        """
        self.ensure_one()
        former, said = self._get_previous(), self._get_said()
        is_beside = bool(former) and not former._get_hidden_reason()
        now, then = self._count_said(), former._count_said() if is_beside else {"need": {}, "time": {}}
        labels = {"need": self.env["relationship.survey.answer"]._get_needs(), "time": self._get_times()}
        results = {
            "name": self.display_name,
            "asked": [self.people_count, former.people_count],
            "answered": [self.answered_count, former.answered_count],
            "before": former.year,
            "beside": former.year if is_beside else 0,
            "hidden": self._get_hidden_reason(),
            "questions": [self.question_help or "", self.question_time or "", self.question_word or ""],
        }
        for name, choices in labels.items():
            lines = [[label, now[name].get(key, 0), then[name].get(key, 0)] for key, label in choices]
            results[name] = lines if any(line[1] or line[2] for line in lines) else []
        for key, name in (("lines", "help_line"), ("words", "word")):
            # Each sorted by itself: in one order, a line and a word of the team would tell that one person wrote both.
            results[key] = sorted([each["organisation"] or "", each[name]] for each in said if each.get(name))
        return results

    @api.model
    def _say_answered(self, results):
        """Return how many have answered, beside the survey before, in words.

        :param dict results: as :meth:`_get_results` counts them
        """
        (asked, asked_before), (answered, before) = results["asked"], results["answered"]
        said = self.env._("%(answered)s of %(asked)s have answered.", answered=answered, asked=asked)
        if not results["before"]:
            return said
        former = self.env._(
            "In %(year)s: %(answered)s of %(asked)s.", year=results["before"], answered=before, asked=asked_before
        )
        return f"{said} {former}"

    def _say_printed(self):
        """Return whose survey it is and of which day its results are, for the printed page."""
        self.ensure_one()
        if self.state == "closed" and self.closed_on:
            said = self.env._("closed on %(day)s", day=format_day(self.env, self.closed_on, with_year=True))
        else:
            said = self.env._("answers as of %(day)s", day=format_day(self.env, today_of(self), with_year=True))
        return f"{self.env.company.name} · {said}"

    @api.model
    def _get_times(self):
        answers = self.env["relationship.survey.answer"]
        return [(key, dict(answers._fields["time"]._description_selection(self.env))[key]) for key, _label in TIMES]
