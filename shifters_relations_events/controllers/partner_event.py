from urllib.parse import urlencode

from odoo import http
from odoo.http import request

from ..models.event.event_invitation import COMMENT_MAX_LENGTH
from .personal_page import FORM, HEADERS, PAGE, PersonalPage

MAP = "https://www.openstreetmap.org/search"
INVITATION_FIELDS = [
    *("event_id", "partner_id", "organisation_id", "state", "answer", "guest_count", "comment", "access_token"),
    *("post_count", "post_since", "present_count", "objected_on"),
]
EVENT_FIELDS = [
    *(
        "name",
        "date_begin",
        "date_end",
        "date_tz",
        "address_id",
        "event_url",
        "answer_until",
        "guest_max",
        "kanban_state",
    ),
    *("active", "company_id", "is_partner_event", "write_date", "facts_sequence"),
]
PARTNER_FIELDS = [
    *("name", "lang", "is_company", "parent_id", "email", "commercial_company_name", "relationship_owner_id"),
    "relationship_no_contact",
    *("street", "street2", "zip", "city", "state_id", "country_id"),
]


class PartnerEvent(PersonalPage, http.Controller):
    """The invitee's own page (E3): looking changes nothing, answering takes a form, no account, no script."""

    def _find(self, token):
        """Return the invitation of a token.

        :raise NotFound: a wrong token, a revoked one and an unknown one get the same page
        """
        invitation = self._look_up("event.invitation", token, INVITATION_FIELDS)
        event = invitation.event_id
        event.fetch(EVENT_FIELDS)
        (invitation.partner_id | invitation.organisation_id | event.address_id).fetch(PARTNER_FIELDS)
        language = invitation._get_language()
        request.update_context(lang=language, tz=invitation.event_id.date_tz)
        return invitation.with_context(lang=language, tz=invitation.event_id.date_tz)

    def _render(self, invitation, error=False, status=200, typed=None, again=False):
        event = invitation.event_id
        values = {
            "invitation": invitation,
            "event": event,
            "owner": invitation._get_inviter(),
            "face": self._get_face(invitation._get_inviter()),
            "closed": event._relationship_get_closed_reason(),
            "over": event._relationship_get_over_reason(),
            "choices": invitation._get_choices(),
            "error": error,
            "objected": invitation._is_objecting(),
            "again": again and not invitation.objected_on,
            "longest": invitation.env._("At most %(count)s characters.", count=COMMENT_MAX_LENGTH),
            "typed": typed or {},
            "token": invitation.access_token,
            "map_url": f"{MAP}?{urlencode({'query': event.address_inline or ''})}",
        }
        return self._respond("shifters_relations_events.partner_event_page", values, status)

    @http.route("/partner-event/<string:token>", **PAGE)
    def show(self, token):
        """Show the invitation and the answer given; nothing else."""
        return self._render(self._find(token), again=request.httprequest.args.get("again"))

    @http.route("/partner-event/<string:token>", **FORM)
    def answer(self, token):
        """Store the answer, then show the page again."""
        invitation = self._find(token)
        typed = {name: request.httprequest.form.get(name, "") for name in ("answer", "guests", "word")}
        answer, guests, word = typed.values()
        # What is no number of guests is refused as too many are; a page that does not ask for it sends none.
        count = int(guests or 0) if (guests or "0").isdecimal() and len(guests) < 4 else -1
        return self._receive(
            invitation, f"/partner-event/{token}", lambda: invitation._answer(answer, count, word), typed
        )

    @http.route("/partner-event/<string:token>/object", **FORM)
    def object(self, token):
        """Receive that the invitee wants no contact any more, or did not mean that."""
        return self._receive_objection(self._find(token), f"/partner-event/{token}")

    @http.route("/partner-event/<string:token>/ics", **PAGE)
    def calendar(self, token):
        """Return the event for the invitee's calendar."""
        invitation = self._find(token)
        content = invitation.event_id._relationship_get_partner_ics(invitation)
        headers = {
            **HEADERS,
            "Content-Type": "text/calendar; charset=utf-8",
            "Content-Disposition": "attachment; filename=event.ics",
        }
        return request.make_response(content, list(headers.items()))
