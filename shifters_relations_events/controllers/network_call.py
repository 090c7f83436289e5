from odoo import http
from odoo.http import request

from .personal_page import FORM, PAGE, PersonalPage

ANSWER_FIELDS = [
    *("call_id", "partner_id", "name", "answered_on", "objected_on", "access_token"),
    *("post_count", "post_since"),
]


class NetworkCall(PersonalPage, http.Controller):
    """The page of somebody whom a network call asks (R3): looking changes nothing, answering takes a form."""

    def _find(self, token):
        """Return the answer of a token, in the language of who is asked."""
        answer = self._look_up("relationship.network.answer", token, ANSWER_FIELDS)
        language = answer._get_language()
        request.update_context(lang=language)
        return answer.with_context(lang=language, prefetch_fields=True)

    def _render(self, answer, error=False, status=200, typed=None, again=False):
        call = answer.call_id
        asker, answered = call._get_asker(), answer._get_given()
        values = {
            "answer": answer,
            "call": call,
            "organisations": call._get_asked_organisations(),
            "asker": asker,
            "face": self._get_face(asker),
            "company": request.env.company.sudo(),
            "answered": answered,
            "given": answered | (typed or {}),
            "closed": answer._get_closed_reason(),
            "choices": answer._get_choices(),
            "error": error,
            "again": again and not answer.objected_on,
            "token": answer.access_token,
        }
        return self._respond("shifters_relations_events.network_call_page", values, status)

    @http.route("/network-call/<string:token>", **PAGE)
    def show(self, token):
        """Show what is asked and the answer given; nothing else."""
        return self._render(self._find(token), again=request.httprequest.args.get("again"))

    @http.route("/network-call/<string:token>", **FORM)
    def answer(self, token):
        """Store the answer, then show the page again."""
        answer = self._find(token)
        given = answer._read_form(request.httprequest.form)
        return self._receive(answer, f"/network-call/{token}", lambda: answer._answer(given), given)

    @http.route("/network-call/<string:token>/object", **FORM)
    def object(self, token):
        """Receive that who is asked wants to be asked no more, or did not mean that."""
        return self._receive_objection(self._find(token), f"/network-call/{token}")
