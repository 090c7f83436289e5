from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.surveys.relationship_survey import SAID, draw_code, group_code
from .personal_page import FORM, PAGE, PersonalPage

ANSWER_FIELDS = [
    *("survey_id", "partner_id", "organisation_id", "is_answered", "objected_on", *SAID),
    *("access_token", "post_count", "post_since"),
]


class RelationsSurvey(PersonalPage, http.Controller):
    """The page of somebody whom a survey asks (Y1, Y2): looking changes nothing, answering takes a form.

    A member's code is typed in a form and shown on the page, never part of an address: servers log addresses.
    """

    def _find(self, token):
        """Return the answer of a token, in the language of who is asked, once the survey is open."""
        answer = self._look_up("relationship.survey.answer", token, ANSWER_FIELDS, [("survey_id.state", "!=", "draft")])
        language = answer._get_language()
        request.update_context(lang=language)
        return answer.with_context(lang=language, prefetch_fields=True)

    def _render(self, answer, error=False, status=200, typed=None, again=False, code="", sent=""):
        """Show the page.

        :param dict typed: the form as it was filled, where it could not be taken
        :param str code: a member's, that her form was sent with
        :param str sent: what was just sent, and is noted: ``first``, or ``change`` of an answer
        """
        survey = answer.survey_id
        is_team = survey.audience == "team"
        closed = answer._get_closed_reason()
        noted = survey._get_noted(code) if is_team else answer._get_noted()
        values = {
            "answer": answer,
            "survey": survey,
            "is_team": is_team,
            "owner": answer._get_inviter(),
            "company": request.env.company.sudo(),
            "closed": closed,
            "objected": answer._is_objecting(),
            "again": again and not answer.objected_on,
            "error": error,
            "noted": noted,
            "given": typed or noted or dict.fromkeys(SAID, ""),
            # Drawn before anything is sent, and told to nobody else: sent twice, a form is one answer.
            "code": group_code(code) if noted else draw_code(),
            "sent": sent,
            # Who has answered, and may not say so twice, shows her code first.
            "asking": not closed and not (is_team and answer.is_answered and not noted),
            "needs": answer._get_needs(),
            "times": survey._get_times(),
            "token": answer.access_token,
        }
        return self._respond("shifters_relations_events.survey_page", values, status)

    @http.route("/relations-survey/<string:token>", **PAGE)
    def show(self, token):
        """Show the questions and a partner's answer; nothing else."""
        asked = request.httprequest.args
        return self._render(self._find(token), again=asked.get("again"), sent=asked.get("sent", ""))

    @http.route("/relations-survey/<string:token>", **FORM)
    def answer(self, token):
        """Store the answer, then show the page again; a member gets her code on it, and nowhere else."""
        answer = self._find(token)
        form = request.httprequest.form
        typed = {name: form.get(name, "") for name in SAID}
        if answer.audience == "partners":
            # Sent twice, as on a slow network, a first answer is no change.
            is_shown = "shown" in form
            is_change = answer._get_noted() not in (None, answer._get_said(typed, is_shown))
            path = f"/relations-survey/{token}?sent={'change' if is_change else 'first'}"
            return self._receive(answer, path, lambda: answer._answer(typed, is_shown), typed)
        code = form.get("code", "")[:40]
        if form.get("do") == "show":
            if answer.survey_id._get_noted(code):
                return self._render(answer, code=code)
            return self._render(answer, answer._say_unknown_code(), 422)
        noted = answer.survey_id._get_noted(code)
        try:
            code = answer._answer_unnamed(typed, code)
        except UserError as refused:
            return self._render(answer, str(refused), 422, typed, code=code)
        is_change = noted and noted != answer.survey_id._get_noted(code)
        return self._render(answer, code=code, sent="change" if is_change else "first")

    @http.route("/relations-survey/<string:token>/object", **FORM)
    def object(self, token):
        """Receive that who is asked wants to be asked no more, or did not mean that."""
        return self._receive_objection(self._find(token), f"/relations-survey/{token}")
