from odoo import models
from odoo.http import request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from ...controllers.personal_page import PAGES, PersonalPage


class IrHttp(models.AbstractModel):
    """What goes wrong on a personal page is said in words, and in the reader's language."""

    _inherit = "ir.http"

    @classmethod
    def _match(cls, path_info):
        try:
            return super()._match(path_info)
        except MethodNotAllowed as refused:
            if PAGES.match(path_info):
                refused.response = cls._relationship_say_error(refused)
            raise

    @classmethod
    def _dispatch(cls, endpoint):
        """Extend core: a personal page is given its token alone, and does nothing for the OPTIONS that Odoo adds.

        The name of a field of a form is anybody's: "self" would be an argument twice.
        """
        if isinstance(endpoint.func.__self__, PersonalPage):
            if request.httprequest.method == "OPTIONS":
                raise MethodNotAllowed(endpoint.routing["methods"])
            request.params = {name: request.params[name] for name in ("token",) if name in request.params}
        return super()._dispatch(endpoint)

    @classmethod
    def _handle_error(cls, exception):
        if not PAGES.match(request.httprequest.path) or getattr(exception, "response", None):
            return super()._handle_error(exception)
        return cls._relationship_say_error(exception)

    @classmethod
    def _relationship_say_error(cls, exception):
        """Return the page that says what went wrong."""
        if not request.env.uid:
            cls._auth_method_public()
        request.env.cr.rollback()
        status = exception.code if isinstance(exception, HTTPException) else 500
        return PersonalPage()._respond_in_words(status)
