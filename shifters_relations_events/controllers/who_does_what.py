from odoo import fields, http
from odoo.addons.shifters_relations.groups import MEMBERS
from odoo.addons.shifters_relations.tools import format_day
from odoo.addons.web.controllers.export import CSVExport
from odoo.http import content_disposition, request
from odoo.tools import format_date

from ..models.directory.relationship_directory_card import CARD_FIELDS, STAGES
from .personal_page import FORM, PAGE, PUBLIC_PAGE, PersonalPage

CARD_PAGE_FIELDS = [
    *("organisation_id", "partner_id", "asked_on", "shown_from", "confirmed_on", "corrected_on", "refused_on"),
    *("objected_on", "public_email", "access_token", "post_count", "post_since"),
]
# Whose card may be seen by who has its link: an organisation that is still one of the directory's.
IN_DIRECTORY = [
    ("organisation_id.active", "=", True),
    ("organisation_id.is_company", "=", True),
    ("organisation_id.relationship_stage", "in", STAGES),
]
FILE_COLUMNS = [
    *("name", "relationship_acronym", "relationship_type_id", "relationship_sector_id"),
    *("relationship_does", "relationship_offers", "relationship_seeks", "website", "city"),
    *("relationship_known_by_ids", "relationship_card_state", "relationship_card_confirmed_on"),
]
# What a spreadsheet may take for a formula, beside what Odoo's own export looks at.
FORMULA = ("@", "\t", "\r")


class WhoDoesWhat(PersonalPage, http.Controller):
    """Who does what (N4): the public page, where the pilot has opened it, and the card of one organisation.

    Looking changes nothing, answering takes a form, no account, no script.
    """

    @http.route("/who-does-what/<string:token>", **PUBLIC_PAGE)
    def show_directory(self, token):
        """Show the organisations that were asked and did not refuse, by sector."""
        directory = self._look_up("relationship.directory", token, ["message", "is_open", "access_token"])
        language = self._get_browser_language()
        request.update_context(lang=language)
        directory = directory.with_context(lang=language, prefetch_fields=True)
        sections = directory._get_sections()
        values = {
            "company": request.env.company.sudo(),
            "message": directory.message,
            "sections": sections,
            "linked_data": directory._get_linked_data(sections),
        }
        return self._respond("shifters_relations_events.directory_page", values, 200)

    def _find(self, token):
        """Return the card of a token, in the language of who is asked.

        :raise NotFound: a wrong token, a revoked one, and one of an organisation that is followed no more
        """
        card = self._look_up("relationship.directory.card", token, CARD_PAGE_FIELDS, IN_DIRECTORY)
        language = card._get_language()
        request.update_context(lang=language)
        return card.with_context(lang=language, prefetch_fields=True)

    def _get_word(self):
        """Extend: all that was typed into the card's form."""
        form = request.httprequest.form
        written = (form.get(key, "") for key in CARD_FIELDS if key != "sector")
        return "\n".join(filter(None, written)) or super()._get_word()

    def _render(self, card, error=False, status=200, typed=None, again=False):
        is_corrected = bool(typed and typed["do"] == "correct")
        written = card._get_written()
        is_empty = not (written["does"] or written["offers"] or written["seeks"])
        values = {
            "card": card,
            "sector": card.organisation_id.relationship_sector_id.complete_name,
            "sectors": card._get_sectors(),
            "written": written,
            "is_empty": is_empty,
            "given": typed if is_corrected else card._get_proposed(),
            "is_unfolded": is_corrected or is_empty or bool(card.corrected_on),
            "longest": {key: longest for key, (_label, _field, longest) in CARD_FIELDS.items()},
            "company": request.env.company.sudo(),
            "format_day": lambda day: format_day(card.env, day),
            "error": error,
            "objected": card._is_objecting(),
            "again": again and not card._is_objecting(),
            "token": card.access_token,
        }
        return self._respond("shifters_relations_events.directory_card_page", values, status)

    @http.route("/who-does-what/card/<string:token>", **PAGE)
    def show(self, token):
        """Show the card as it stands, and what was answered; nothing else."""
        return self._render(self._find(token), again=request.httprequest.args.get("again"))

    @http.route("/who-does-what/card/<string:token>", **FORM)
    def answer(self, token):
        """Store what the organisation answers, then show the page again."""
        card = self._find(token)
        typed = {name: request.httprequest.form.get(name, "") for name in ("do", *CARD_FIELDS)}
        return self._receive(card, f"/who-does-what/card/{token}", lambda: card._answer(typed), typed)

    @http.route("/who-does-what/card/<string:token>/object", **FORM)
    def object(self, token):
        """Receive that who is asked wants no contact any more, or did not mean that."""
        return self._receive_objection(self._find(token), f"/who-does-what/card/{token}")


class DirectoryFile(http.Controller):
    @http.route("/relations/directory.csv", type="http", auth="user", methods=["GET"])
    def download(self):
        """Return the directory as Odoo writes such a file, to any member; it is noted as an export."""
        if not request.env.user.has_group(MEMBERS):
            raise request.not_found()
        partners = request.env["res.partner"]
        partners = partners.search(partners._relationship_get_directory_domain(), order="complete_name, id")
        labels = [partners._fields[name]._description_string(request.env) for name in FILE_COLUMNS]
        states = dict(partners._fields["relationship_card_state"]._description_selection(request.env))
        rows = [[self._say(partner, name, states) for name in FILE_COLUMNS] for partner in partners]
        request.env["relationship.export"].sudo().create(
            {
                "model_id": request.env["ir.model"]._get_id("res.partner"),
                "row_count": len(rows),
                "columns": ", ".join(labels),
            }
        )
        today = format_date(request.env, fields.Date.context_today(partners), date_format="yyyy-MM-dd")
        name = request.env._("Who does what, %(date)s", date=today)
        headers = [
            ("Content-Type", "text/csv; charset=utf-8"),
            ("Content-Disposition", content_disposition(f"{name}.csv")),
            ("Cache-Control", "no-store, private"),
        ]
        return request.make_response(CSVExport().from_data([], labels, rows), headers=headers)

    def _say(self, partner, name, states):
        """Return a cell: a text that no program takes for a formula."""
        value = partner[name]
        if name == "relationship_card_state":
            value = states.get(value)
        elif name == "relationship_sector_id":
            value = value.complete_name
        elif name == "relationship_known_by_ids":
            value = ", ".join(value.sudo().mapped("name"))
        elif partner._fields[name].type == "many2one":
            value = value.sudo().display_name
        text = str(value or "")
        return f"'{text}" if text.startswith(FORMULA) else text
