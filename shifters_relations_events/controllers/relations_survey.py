from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.surveys.relationship_survey import SAID
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

    def _render(self, answer, error=False, status=200, typed=None, again=False, code="", is_noted=False):
        survey = answer.survey_id
        is_team = survey.audience == "team"
        closed = answer._get_closed_reason()
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
            "given": typed or {name: answer[name] or "" for name in SAID},
            "code": code,
            "is_noted": is_noted,
            # Who has answered, and may not say so twice, shows her code first.
            "asking": not closed and not (is_team and answer.is_answered and not code),
            "times": survey._get_times(),
            "token": answer.access_token,
        }
        return self._respond("shifters_relations_events.survey_page", values, status)

    @http.route("/relations-survey/<string:token>", **PAGE)
    def show(self, token):
        """Show the questions and a partner's answer; nothing else."""
        return self._render(self._find(token), again=request.httprequest.args.get("again"))

    @http.route("/relations-survey/<string:token>", **FORM)
    def answer(self, token):
        """Store the answer, then show the page again; a member gets her code on it, and nowhere else."""
        answer = self._find(token)
        form = request.httprequest.form
        typed = {name: form.get(name, "") for name in SAID}
        if answer.audience == "partners":
            return self._receive(answer, f"/relations-survey/{token}", lambda: answer._answer(typed), typed)
        code = form.get("code", "")[:40]
        try:
            if form.get("do") == "show":
                return self._render(answer, typed=answer.survey_id._read_said(code), code=code)
            code = answer._answer_unnamed(typed, code)
        except UserError as refused:
            shown = "" if form.get("do") == "show" else code
            return self._render(answer, str(refused), 422, typed, code=shown)
        return self._render(answer, typed=answer.survey_id._read_said(code), code=code, is_noted=True)

    @http.route("/relations-survey/<string:token>/object", **FORM)
    def object(self, token):
        """Receive that who is asked wants to be asked no more, or did not mean that."""
        return self._receive_objection(self._find(token), f"/relations-survey/{token}")
