from odoo import api, models

RECENT = 3


class PreparationReport(models.AbstractModel):
    """What to know before a contact, on one page (S5); read with the reader's own rights."""

    _name = "report.shifters_relations.preparation_page"
    _description = "Preparation Sheet"

    @api.model
    def _get_report_values(self, docids, data=None):
        partners = self.env["res.partner"].browse(docids)
        return {
            "doc_ids": docids,
            "doc_model": "res.partner",
            "docs": partners,
            "sheet_of": {partner: self._get_sheet(partner) for partner in partners},
        }

    @api.model
    def _get_sheet(self, partner):
        """The parts of the page of one organisation."""
        syntheses = self.env["relationship.synthesis"].search(
            [("partner_id", "=", partner.id), ("state", "=", "done")], limit=RECENT
        )
        since = partner.relationship_last_contact_date
        return {
            "people": partner.relationship_person_ids.sorted(lambda person: not person.relationship_is_decider),
            "syntheses": syntheses,
            "promises": partner._relationship_get_promises(),
            "cooperations": self.env["relationship.cooperation"].search(
                [("partner_ids", "in", partner.ids), ("stage", "not in", ["done", "dropped"])]
            ),
            "common_ground": next(filter(None, syntheses.mapped("common_ground")), False),
            "news": self.env["relationship.news"].search([("date", ">", since)] if since else [], limit=5),
        }
