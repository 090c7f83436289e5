import re

from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import consteq
from odoo.tools.image import image_data_uri
from werkzeug.exceptions import HTTPException, NotFound

# A page without script, which calls nobody (U6): what somebody wrote could not run, load, nor send the form elsewhere.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
}
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
PAGES = re.compile(
    r"/(?:partner-event|network-call|partners-agenda(?:/mail|/confirm)?|who-does-what(?:/card)?|relations-survey)/[^/]*"
)
# What a form of these pages is. No CSRF token: it guards what rides on a session, and nothing does here; who
# knows the personal address, which nobody can guess, may answer, also where cookies are refused.
FORM = {
    "type": "http",
    "auth": "public",
    "methods": ["POST"],
    "csrf": False,
    "save_session": False,
    "sitemap": False,
    "max_content_length": 2**20,  # bytes
}
# Looking at it changes nothing; but where a copy of the database answers what only reads, a copy that is late would
# show an empty form to who has just answered.
PAGE = {
    "type": "http",
    "auth": "public",
    "methods": ["GET"],
    "readonly": False,
    "save_session": False,
    "sitemap": False,
}
# A page on which nobody sees anything of what she sent.
PUBLIC_PAGE = {**PAGE, "readonly": True}


class PersonalPage:
    """What pages behind a personal link have in common: found by the token alone, in the person's language.

    No controller itself: Odoo would make one class of all that inherit from it. A page is given its token and
    nothing else: a form is read from the body alone, so that no link followed is an answer.
    """

    def _look_up(self, model, token, fnames, domain=()):
        """Return the record of a token, with some of its fields and nothing else read.

        :param domain: what a record must be for its page to be there
        :raise NotFound: a wrong token, a revoked one and an unknown one get the same page
        """
        # What the page shows is read at once and nothing else: people look on a phone, all in the same minute.
        record = request.env[model].sudo().with_context(prefetch_fields=False)
        if TOKEN.fullmatch(token):
            record = record.search_fetch([("access_token", "=", token), *domain], fnames, limit=1, order="id")
        if not record or not consteq(record.access_token, token):
            self._refuse()
        return record

    def _refuse(self):
        """Refuse an address, as any other that leads nowhere.

        :raise NotFound: always
        """
        request.update_context(lang=self._get_browser_language())
        values = {"word": self._get_word()}
        raise NotFound(response=self._respond("shifters_relations_events.personal_page_unknown", values, 404))

    def _get_browser_language(self):
        """Return the browser's language where nobody is known, else the company's."""
        installed = dict(request.env["res.lang"].sudo().get_installed())
        wanted = request.httprequest.accept_languages.best_match([code.replace("_", "-") for code in installed])
        browser = (wanted or "").replace("-", "_")
        return request.env["res.lang"].sudo()._relationship_choose(browser)

    def _get_word(self):
        """Return what somebody wrote in a form, to give it back where it could not be taken."""
        form = request.httprequest.form
        return "\n".join(filter(None, (form.get("help_line"), form.get("word"))))

    def _get_face(self, user):
        """Return the picture of somebody, as a part of the page; the initial that Odoo draws is none."""
        face = user.image_128 and image_data_uri(user.image_128)
        return face and not face.startswith("data:image/svg") and face

    def _receive(self, record, path, store, typed):
        """Store what was answered, then show the page again; what is wrong is said, and nothing typed is lost.

        :param record: what :meth:`_find` gave
        :param str path: address of the page
        :param store: function without arguments; its UserError is shown
        :param dict typed: the form as it was filled
        """
        if not record._count_post():
            error = record.env._("Too many answers in a short time: please try again in an hour.")
            return self._render(record, error, 429, typed)
        return self._try(store, lambda error, status: self._render(record, error, status, typed), path)

    def _try(self, store, render, path):
        """Store what was sent, then go to a page; what is wrong is said.

        :param store: function without arguments; its UserError is shown
        :param render: function of a sentence and of a status of HTTP, that shows the form again
        :param str path: address of the page
        """
        try:
            # No savepoint: the row is written once, else the database would check what it refers to as well.
            store()
        except UserError as refused:
            return render(str(refused), 422)
        return request.redirect(path, code=303)

    def _receive_objection(self, record, path):
        """Receive that the reader wants no such message any more, or takes that back: it is never refused."""
        undo = request.httprequest.form.get("undo")
        if undo:
            record._take_objection_back()
        else:
            record._object()
        return request.redirect(f"{path}?again=1" if undo else path, code=303)

    def _respond_in_words(self, status):
        """Return a page that says what went wrong, in the place of a server's own page.

        :param int status: of HTTP
        """
        request.update_context(lang=self._get_browser_language())
        try:
            word = self._get_word()
        except HTTPException:  # it cannot even be read
            word = ""
        page = PAGES.match(request.httprequest.path)[0]
        values = {"status": status, "word": word, "page": page}
        return self._respond("shifters_relations_events.personal_page_error", values, status)

    def _respond(self, template, values, status):
        """Return a page of ours, kept by nobody."""
        response = request.render(template, values)
        response.status_code = status
        response.headers.extend(HEADERS)
        response.flatten()
        return response
