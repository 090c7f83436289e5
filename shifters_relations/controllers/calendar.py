import math
import re
import threading
import time
from http import HTTPStatus

from odoo import http
from odoo.http import request

from ..calendar_file import get_tag, write_calendar

FILE = re.compile(r"([A-Za-z0-9_-]{16,64})\.ics")
# Proxies keep nothing; who subscribes asks whether it has changed.
HEADERS = {
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
CALENDAR = {
    "type": "http",
    "auth": "none",
    "methods": ["GET"],
    "readonly": True,
    "save_session": False,
    "sitemap": False,
}
FILES_AN_HOUR = 120
HOUR = 3600  # seconds


class Limit:
    """How often something may be asked for within an hour, by key; counted by each server process for itself.

    An hour begins with the first who asks after the last one. Nothing is written in the database: a replica could not.
    """

    def __init__(self, most, keys=10_000):
        self.most, self.keys = most, keys
        self.counts, self.since = {}, -math.inf
        self.lock = threading.Lock()

    def is_reached(self, key):
        """Count once more, and return whether that is once too often."""
        with self.lock:
            now = time.monotonic()
            if now - self.since > HOUR or len(self.counts) > self.keys:
                self.counts, self.since = {}, now
            self.counts[key] = self.counts.get(key, 0) + 1
            return self.counts[key] > self.most


class CalendarFile:
    """What calendar files behind a secret address have in common: whatever is wrong, the answer is the same.

    No controller itself: Odoo would make one class of all that inherit from it.
    """

    argument = "token"  # of the address, and all that an answer is given

    def _tell(self, reader, calendar, file_name):
        """Return a calendar file, or that it has not changed.

        :param str reader: whose answers are counted
        :param calendar: its name and its entries; None where there is none
        """
        if not calendar:
            return self._respond(HTTPStatus.NOT_FOUND)
        tag = get_tag(*calendar)
        if request.httprequest.if_none_match.contains_weak(tag):
            return self._respond(HTTPStatus.NOT_MODIFIED, ETag=f'"{tag}"')
        # Who asks whether it has changed is never too many.
        if self.limit.is_reached(reader):
            return self._respond(HTTPStatus.TOO_MANY_REQUESTS, **{"Retry-After": str(HOUR)})
        response = self._respond(HTTPStatus.OK, write_calendar(*calendar), ETag=f'"{tag}"')
        response.headers["Content-Type"] = "text/calendar; charset=utf-8"
        response.headers["Content-Disposition"] = f"inline; filename={file_name}"
        return response

    def _respond(self, status, content=None, **headers):
        """Return an answer; without content, the words of HTTP itself, for programs read it."""
        content = status.phrase if content is None and status >= HTTPStatus.BAD_REQUEST else content or ""
        response = request.make_response(content, list({**HEADERS, **headers}.items()), status=status)
        response.headers["Content-Type"] = "text/plain; charset=utf-8"
        return response


class MemberCalendar(CalendarFile, http.Controller):
    """A member's calendar, for her own phone, behind a secret address (P1): reading it changes nothing."""

    limit = Limit(FILES_AN_HOUR)
    argument = "file"

    @http.route("/relations/calendar/<path:file>", **CALENDAR)
    def show(self, file):
        """Return the calendar file; whatever is wrong with an address, the answer is the same."""
        token = (found := FILE.fullmatch(file)) and found[1]
        calendar = token and request.env["relationship.member"].sudo()._read_calendar(token)
        return self._tell(token, calendar, "contacts.ics")
