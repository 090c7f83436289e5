from functools import partial

from odoo import api, models

from ..models.cooperation.relationship_cooperation import CLOSED_STAGES
from ..tools import format_day

SYNTHESIS_COUNT = 3
NEWS_COUNT = 5


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
            "sheet_of": self._get_sheets(partners),
            "format_day": partial(format_day, self.env),
        }

    @api.model
    def _get_sheets(self, partners):
        """Return the parts of each organisation's page, in a number of queries that does not depend on them."""
        syntheses = self.env["relationship.synthesis"]._get_last(partners, SYNTHESIS_COUNT)._filtered_access("read")
        syntheses = syntheses.grouped("partner_id")
        promises = partners._relationship_get_promises().grouped("res_id")
        cooperations = self.env["relationship.cooperation"].search(
            [("partner_ids", "in", partners.ids), ("stage", "not in", CLOSED_STAGES)]
        )
        news = self.env["relationship.news"].search([])  # pylint: disable=no-search-all
        sheets = {}
        for partner in partners:
            since, last = partner.relationship_last_contact_date, syntheses.get(partner, [])
            sheets[partner] = {
                "people": partner.relationship_person_ids.sorted(lambda person: not person.relationship_is_decider),
                "syntheses": last,
                "promises": promises.get(partner.id, []),
                "cooperations": cooperations.filtered(lambda each, partner=partner: partner in each.partner_ids),
                "common_ground": next((each.common_ground for each in last if each.common_ground), False),
                "news": news.filtered(lambda each, since=since: not since or each.date > since)[:NEWS_COUNT],
            }
        return sheets
