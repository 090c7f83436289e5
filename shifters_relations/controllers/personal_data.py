import io

import xlsxwriter
from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request
from odoo.tools import format_date

LONGEST_CELL, LONGEST_TITLE = 32_000, 31
SHEET_NAME_TABLE = str.maketrans("[]:*?/\\", "       ")


class PersonalData(http.Controller):
    """What is held on a person, as a workbook: she can open it, and a machine can read it (GDPR articles 15, 20).

    Made as it is asked for: no copy of it stays in the database.
    """

    @http.route("/relations/personal-data/<int:person_id>", type="http", auth="user", readonly=True)
    def download(self, person_id):
        """Return the workbook of one person, for the pilot."""
        person = request.env["res.partner"].browse(person_id)
        person._relationship_check_pilot()
        if not person.exists():
            raise request.not_found()
        person.check_access("read")
        try:
            person._relationship_check_outsiders()
        except UserError:
            raise request.not_found() from None
        today = format_date(request.env, fields.Date.context_today(person), date_format="yyyy-MM-dd")
        name = request.env._("What we hold on %(name)s, %(date)s", name=person.name, date=today)
        return request.make_response(
            self._write(person._relationship_get_personal_data()),
            headers=[
                ("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                ("Content-Disposition", content_disposition(f"{name}.xlsx")),
                ("Cache-Control", "no-store, private"),
            ],
        )

    def _write(self, sections):
        """Write a sheet for each section; texts stay texts, whatever they begin with."""
        output = io.BytesIO()
        with xlsxwriter.Workbook(output, {"in_memory": True}) as workbook:
            bold = workbook.add_format({"bold": True, "valign": "top"})
            wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
            for title, columns, rows in sections:
                sheet = workbook.add_worksheet(title.translate(SHEET_NAME_TABLE)[:LONGEST_TITLE])
                sheet.set_column(0, max(1, len(columns)) - 1, 30)
                for column, label in enumerate(columns):
                    sheet.write_string(0, column, label, bold)
                for line, row in enumerate(rows, start=1):
                    for column, text in enumerate(self._split(row)):
                        sheet.write_string(line, column, text, wrapped)
        return output.getvalue()

    def _split(self, row):
        """Return the cells of a row; a text longer than a cell may be goes on in the next one."""
        texts = [str(value or "") for value in row]
        return [text[at : at + LONGEST_CELL] for text in texts for at in range(0, len(text) or 1, LONGEST_CELL)]
