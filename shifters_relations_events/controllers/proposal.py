from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .personal_page import FORM, PAGE, PersonalPage

PROPOSAL_FIELDS = [
    *("email", "lang", "organisation", "typed", "confirmed_on", "answer", "access_token", "create_date"),
    *("post_count", "post_since"),
]
TRAP = "homepage"  # a field that nobody sees: only a machine fills it in
PROPOSE, CONFIRM = "/partners-agenda/propose", "/partners-agenda/confirm"


class Proposal(PersonalPage, http.Controller):
    """The form by which anybody proposes an event, once the pilot has opened it, and the proposer's own page (N3).

    Looking changes nothing; what is wrong is said at its field, and nothing typed is lost. Whoever proposes gets the
    same answer: it does not tell whether an address is known.
    """

    # Proposing

    def _get_proposals(self):
        """Return the model, in the browser's language.

        :raise NotFound: nothing may be proposed
        """
        request.update_context(lang=self._get_browser_language())
        proposals = request.env["relationship.calendar.proposal"].sudo()
        if not proposals._is_open():
            self._refuse()
        return proposals

    def _render_form(self, typed=None, wrong=None, error=False, status=200, sent=False):
        values = {
            "company": request.env.company.sudo(),
            "typed": typed or {},
            "wrong": wrong or {},
            "error": error,
            "sent": sent,
            "page": PROPOSE,
            "trap": TRAP,
            "token": False,
        }
        return self._respond("shifters_relations_events.proposal_page", values, status)

    @http.route(PROPOSE, **PAGE)
    def show_form(self):
        """Show the form; nothing else."""
        self._get_proposals()
        return self._render_form(sent=request.httprequest.args.get("sent"))

    @http.route(PROPOSE, **FORM)
    def propose(self):
        """Keep what is proposed until it is confirmed by mail."""
        proposals, form = self._get_proposals(), request.httprequest.form
        typed = proposals._read_form(form)
        if not form.get(TRAP):
            values, wrong = proposals._read_typed(typed)
            if wrong:
                return self._render_form(typed, wrong, status=422)
            try:
                proposals._propose(values, request.env.context["lang"], request.httprequest.remote_addr)
            except UserError as refused:
                return self._render_form(typed, error=str(refused), status=429)
        return request.redirect(f"{PROPOSE}?sent=1", code=303)

    # Following it

    def _find(self, token):
        """Return the proposal of a token, in its proposer's language.

        :raise NotFound: a wrong token, and one of what is forgotten or is to be, get the same page
        """
        proposal = self._look_up("relationship.calendar.proposal", token, PROPOSAL_FIELDS)
        if proposal._is_expired():
            self._refuse()
        context = {"lang": proposal._get_language(), "tz": proposal._get_zone()}
        request.update_context(**context)
        return proposal.with_context(**context, prefetch_fields=True)

    def _render(self, proposal, error=False, status=200):
        values = {
            "proposal": proposal,
            "told": proposal._get_told(),
            "standing": proposal._get_standing(),
            "company": request.env.company.sudo(),
            "error": error,
            "token": proposal.access_token,
        }
        return self._respond("shifters_relations_events.proposal_followed_page", values, status)

    def _render_change(self, proposal, typed=None, wrong=None, error=False, status=200):
        values = {
            "company": request.env.company.sudo(),
            "typed": typed or proposal._get_typed(),
            "wrong": wrong or {},
            "error": error,
            "sent": False,
            "page": f"{CONFIRM}/{proposal.access_token}/change",
            "trap": False,
            "token": proposal.access_token,
        }
        return self._respond("shifters_relations_events.proposal_page", values, status)

    @http.route(f"{CONFIRM}/<string:token>", **PAGE)
    def show(self, token):
        """Show what is proposed and where it stands; nothing else, so that a scanner of mails confirms nothing."""
        return self._render(self._find(token))

    @http.route(f"{CONFIRM}/<string:token>", **FORM)
    def confirm(self, token):
        """Make an event of what is proposed, for an organiser to accept."""
        proposal = self._find(token)
        proposal._confirm()
        return request.redirect(f"{CONFIRM}/{token}", code=303)

    @http.route(f"{CONFIRM}/<string:token>/change", **PAGE)
    def show_change(self, token):
        """Show the form with what is proposed."""
        return self._render_change(self._find(token))

    @http.route(f"{CONFIRM}/<string:token>/change", **FORM)
    def change(self, token):
        """Store what its proposer changes: an organiser accepts it again."""
        proposal = self._find(token)
        typed = proposal._read_form(request.httprequest.form)
        if not proposal._count_post():
            error = proposal.env._("Too many changes in a short time: please try again in an hour.")
            return self._render_change(proposal, typed, error=error, status=429)
        values, wrong = proposal._read_typed(typed, is_known=True)
        if wrong:
            return self._render_change(proposal, typed, wrong, status=422)
        proposal._change(values)
        return request.redirect(f"{CONFIRM}/{token}", code=303)

    @http.route(f"{CONFIRM}/<string:token>/withdraw", **FORM)
    def withdraw(self, token):
        """Forget what is proposed, and who proposed it."""
        self._find(token).unlink()
        return self._respond("shifters_relations_events.proposal_withdrawn_page", {}, 200)
