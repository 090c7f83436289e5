import re

from odoo import models
from odoo.http import request
from werkzeug.exceptions import MethodNotAllowed

from ...controllers.calendar import CalendarFile

BREAK = re.compile(r"[\r\n]")


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _match(cls, path_info):
        """Extend core, which fails on an address with a line break in it: a sign like any other, no page has it."""
        return super()._match(BREAK.sub("\N{REPLACEMENT CHARACTER}", path_info))

    @classmethod
    def _dispatch(cls, endpoint):
        """Extend core: a calendar is given its secret alone, and does nothing for the OPTIONS that Odoo adds.

        The name of a parameter is anybody's: "self" would be an argument twice.
        """
        calendar = endpoint.func.__self__
        if isinstance(calendar, CalendarFile):
            if request.httprequest.method == "OPTIONS":
                raise MethodNotAllowed(endpoint.routing["methods"])
            request.params = {calendar.argument: request.params[calendar.argument]}
        return super()._dispatch(endpoint)
