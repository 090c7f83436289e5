import json

from odoo import http
from odoo.addons.web.controllers.json import WebJsonController
from odoo.addons.web.controllers.pivot import TableExporter
from odoo.http import request


class TeamTable(TableExporter):
    @http.route(readonly=False)
    def export_xlsx(self, data, **kw):
        """Extend core: a table in a file is an export, logged, and refused to contact members."""
        text = data.read() if hasattr(data, "read") else data
        table = json.loads(text)
        if table and table.get("model") in request.env:
            request.env["relationship.export"]._note_view(table["model"], len(table["rows"]))
        return super().export_xlsx(text, **kw)


class TeamJson(WebJsonController):
    @http.route(readonly=False)
    def web_json_1(self, subpath, **kwargs):
        """Extend core: what a list answers as JSON is an export, logged, and refused to contact members."""
        response = super().web_json_1(subpath, **kwargs)
        if response.mimetype == "application/json":
            found = response.json
            rows = found.get("records", found.get("groups", [found]))
            request.env["relationship.export"]._note_view(self._get_action(subpath)[0].res_model, len(rows))
        return response
