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

    def _render(self, answer, error=False, status=200, typed=None, again=False, code="", is_sent=False):
        """Show the page.

        :param dict typed: the form as it was filled, where it could not be taken
        :param str code: a member's, that her form was sent with
        :param bool is_sent: her answer was just sent, and is noted
        """
        survey = answer.survey_id
        is_team = survey.audience == "team"
        closed = answer._get_closed_reason()
        if is_team:
            noted = survey._get_noted(code)
        else:
            noted = {name: answer[name] or False for name in SAID} if answer.is_answered else None
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
            "is_sent": is_sent,
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
        return self._render(self._find(token), again=request.httprequest.args.get("again"))

    @http.route("/relations-survey/<string:token>", **FORM)
    def answer(self, token):
        """Store the answer, then show the page again; a member gets her code on it, and nowhere else."""
        answer = self._find(token)
        form = request.httprequest.form
        typed = {name: form.get(name, "") for name in SAID}
        if answer.audience == "partners":
            return self._receive(
                answer, f"/relations-survey/{token}", lambda: answer._answer(typed, "shown" in form), typed
            )
        code = form.get("code", "")[:40]
        if form.get("do") == "show":
            if answer.survey_id._get_noted(code):
                return self._render(answer, code=code)
            return self._render(answer, answer._say_unknown_code(), 422)
        try:
            code = answer._answer_unnamed(typed, code)
        except UserError as refused:
            return self._render(answer, str(refused), 422, typed, code=code)
        return self._render(answer, code=code, is_sent=True)

    @http.route("/relations-survey/<string:token>/object", **FORM)
    def object(self, token):
        """Receive that who is asked wants to be asked no more, or did not mean that."""
        return self._receive_objection(self._find(token), f"/relations-survey/{token}")
