import re
from urllib.parse import urlencode

from odoo import http
from odoo.addons.shifters_relations.controllers.calendar import CALENDAR, CalendarFile, Limit
from odoo.http import request
from odoo.tools import format_date

from ..models.agenda.relationship_calendar_subscription import LONGEST
from .personal_page import FORM, PAGE, PUBLIC_PAGE, TOKEN, PersonalPage

LINES = 60  # of a page
FEW = 12  # lines that are read without looking for a month
FILES_AN_HOUR = 120
SUBSCRIBED = ("email", "weekly")
MAIL_FIELDS = [
    *("name", "active", "token", "access_token", "email", "lang", "asked_on", "confirmed_on", "is_weekly"),
    *("destination_id", "partner_id", "origin_id", "place", "words", "unwanted_words", "post_count", "post_since"),
]


class PartnersAgenda(PersonalPage, http.Controller):
    """The page of a subscription (N2): what partners do, from whom, and how to get it; no account, no script."""

    def _find(self, token):
        """Return the subscription of a page and its lines, of what the reader chooses further.

        :raise NotFound: a wrong token, a former one and an unknown one get the same page
        """
        language = self._get_browser_language()
        request.update_context(lang=language)
        subscription, lines = request.env["relationship.calendar.subscription"].sudo(), []
        if TOKEN.fullmatch(token):
            subscription, lines = subscription._read_page(token, self._read_filter())
        if not subscription:
            self._refuse()
        return subscription, lines

    def _read_filter(self):
        """Return what the reader chooses: of a form that was sent, else of the address."""
        form = request.httprequest
        typed = form.form if form.method == "POST" else form.args

        def read_ids(name):
            return [int(value) for value in typed.getlist(name) if re.fullmatch(r"[0-9]{1,9}", value)]

        texts = {name: " ".join(typed.get(name, "").replace("\0", "").split())[:LONGEST] for name in ("place", "words")}
        return {"sectors": read_ids("sector"), "types": read_ids("type"), **texts}

    def _render(self, subscription, lines, error=False, status=200, typed=None):
        chosen, args = self._read_filter(), request.httprequest.args
        is_embedded = bool(args.get("embed"))
        pages = max(1, -(-len(lines) // LINES))
        page = min(max(1, int(args["page"]) if re.fullmatch(r"[0-9]{1,5}", args.get("page", "")) else 1), pages)
        shown = lines[(page - 1) * LINES : page * LINES]
        months = self._group(shown)
        asked = [("sector", each) for each in chosen["sectors"]] + [("type", each) for each in chosen["types"]]
        asked += [(name, chosen[name]) for name in ("place", "words") if chosen[name]]
        asked += [("embed", "1")] * is_embedded

        def get_address(number):
            return f"/partners-agenda/{subscription.token}?{urlencode([*asked, ('page', number)])}"

        values = {
            "subscription": subscription,
            "months": months,
            "is_long": len(months) > 1 and len(shown) > FEW,
            "when": subscription._say_when(shown),
            "count": len(lines),
            "chosen": chosen,
            "is_narrowed": any(chosen.values()),
            "choices": subscription._get_choices(),
            "is_embedded": is_embedded,
            "previous": page > 1 and get_address(page - 1),
            "following": page < pages and get_address(page + 1),
            "asked": bool(args.get("asked")),
            "takes_proposals": subscription.is_open and subscription.takes_proposals,
            "company": request.env.company.sudo(),
            "error": error,
            "typed": typed or {},
            "token": subscription.token,
            "tap": re.sub(r"^https?:", "webcal:", subscription.file_url),
        }
        response = self._respond("shifters_relations_events.partners_agenda_page", values, status)
        if hosts := subscription._get_hosts():
            policy = response.headers["Content-Security-Policy"]
            allowed = " ".join(f"https://{host}" for host in hosts)
            response.headers["Content-Security-Policy"] = policy.replace("ancestors 'none'", f"ancestors {allowed}")
            response.headers.remove("X-Frame-Options")
        return response

    def _group(self, lines):
        """Return the lines of each month, under its name."""
        months = {}
        for line in lines:
            month = format_date(request.env, line.start, date_format="LLLL y")
            months.setdefault(month[:1].upper() + month[1:], []).append(line)
        return months

    @http.route("/partners-agenda/<string:token>", **PUBLIC_PAGE)
    def show(self, token):
        """Show what the subscription holds, and what the reader chooses of it; nothing else."""
        return self._render(*self._find(token))

    @http.route("/partners-agenda/<string:token>/subscribe", **FORM)
    def subscribe(self, token):
        """Keep what the reader has chosen, until she confirms by mail; it looks the same whatever her address is."""
        subscription, lines = self._find(token)
        if not subscription.is_open:
            self._refuse()
        form = request.httprequest.form
        typed = {name: form.get(name, "") for name in SUBSCRIBED}
        path = f"/partners-agenda/{token}"
        if form.get("website"):  # nobody sees this field: a machine has filled it
            return request.redirect(f"{path}?asked=1", code=303)
        language, ip = request.env.context["lang"], request.httprequest.remote_addr

        def keep():
            chosen = subscription._prepare_choice(self._read_filter())
            subscription._subscribe(chosen, typed["email"], bool(typed["weekly"]), language, ip)

        return self._try(
            keep,
            lambda error, status: self._render(subscription, lines, error, status, typed),
            f"{path}?asked=1",
        )


class PartnersAgendaMail(PersonalPage, http.Controller):
    """The page of who gets the weekly mail (N2): her address confirms it, stops it, and forgets her."""

    def _find(self, token):
        """Return the subscription of a personal link.

        :raise NotFound: a wrong token, a former one and one that was not confirmed in time get the same page
        """
        subscription = self._look_up("relationship.calendar.subscription", token, MAIL_FIELDS)
        if not subscription.active or subscription._is_expired():
            self._refuse()
        language = request.env["res.lang"]._relationship_choose(subscription.lang or subscription._get_language())
        request.update_context(lang=language)
        return subscription.with_context(lang=language, prefetch_fields=True)

    def _render(self, subscription, done=False, error=False, status=200):
        values = {
            "subscription": subscription,
            "done": done,
            "error": error,
            "is_confirmed": not subscription.email or subscription.confirmed_on,
            "company": request.env.company.sudo(),
            "token": subscription.access_token,
            "tap": re.sub(r"^https?:", "webcal:", subscription.file_url),
        }
        return self._respond("shifters_relations_events.partners_agenda_mail_page", values, status)

    @http.route("/partners-agenda/mail/<string:token>", **PAGE)
    def show(self, token):
        """Show what she gets; nothing else: a machine that opens links confirms nothing."""
        return self._render(self._find(token))

    @http.route("/partners-agenda/mail/<string:token>", **FORM)
    def change(self, token):
        """Confirm, begin, stop, or forget, as the button says."""
        subscription = self._find(token)
        wish = request.httprequest.form.get("wish", "")
        if not subscription._count_post():
            error = subscription.env._("Too many answers in a short time: please try again in an hour.")
            return self._render(subscription, error=error, status=429)
        if wish == "forget" and subscription.email:
            subscription.unlink()
        if wish == "confirm":
            subscription._confirm()
        elif wish == "begin" and (subscription.email and subscription.confirmed_on):
            subscription.write({"is_weekly": True, "mailed_on": subscription._get_today()})
        elif wish == "stop":
            subscription._stop_mail()
        if not subscription.exists():
            return self._say_forgotten()
        return request.redirect(f"/partners-agenda/mail/{token}", code=303)

    @http.route("/partners-agenda/mail/<string:token>/stop", **PAGE)
    def ask_to_stop(self, token):
        """Show the page on which the mail is stopped: opening a link stops nothing."""
        return request.redirect(f"/partners-agenda/mail/{self._find(token).access_token}", code=303)

    @http.route("/partners-agenda/mail/<string:token>/stop", **FORM)
    def stop(self, token):
        """Stop the weekly mail, as a mail program does in one click (RFC 8058)."""
        subscription = self._find(token)
        subscription._stop_mail()
        return self._render(subscription, done=True) if subscription.exists() else self._say_forgotten()

    def _say_forgotten(self):
        return self._respond("shifters_relations_events.partners_agenda_forgotten_page", {}, 200)


class PartnersAgendaFile(CalendarFile, http.Controller):
    """The calendar file of a subscription (N2): reading it changes nothing."""

    limit = Limit(FILES_AN_HOUR)

    @http.route("/partners-agenda/<string:token>.ics", **CALENDAR)
    def show(self, token):
        """Return the calendar file; whatever is wrong with an address, the answer is the same."""
        subscriptions = request.env["relationship.calendar.subscription"].sudo()
        calendar = subscriptions._read_calendar(token) if TOKEN.fullmatch(token) else None
        # One address is read by all who share it: each of them is counted.
        return self._tell(f"{token} {request.httprequest.remote_addr}", calendar, "agenda.ics")
