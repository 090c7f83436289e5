from odoo import api, models


class PreparationReport(models.AbstractModel):
    """What the organisation answered last to a survey, on the sheet before a contact (S5, Y1)."""

    _inherit = "report.shifters_relations.preparation_page"

    @api.model
    def _get_sheets(self, partners):
        sheets = super()._get_sheets(partners)
        answers = self.env["relationship.survey.answer"].search(
            [("organisation_id", "in", partners.ids), ("is_answered", "=", True)], order="id"
        )
        last = {answer.organisation_id: answer for answer in answers.sorted("year")}
        for partner, sheet in sheets.items():
            sheet["answer"] = last.get(partner)
        return sheets
