from odoo import models


class RelationshipReport(models.Model):
    """What partners and the team said in the surveys of the period, in the activity report (R1, Y3)."""

    _inherit = "relationship.report"  # pylint: disable=consider-merging-classes-inherited

    def _get_surveys(self, first, last):
        closed = [("state", "=", "closed"), ("closed_on", ">=", first), ("closed_on", "<=", last)]
        surveys = self.env["relationship.survey"].search(closed, order="closed_on, id")
        # The report leaves the team: what partners said stands there without who said it.
        return [
            {**results, **{key: sorted(text for _name, text in results[key]) for key in ("lines", "words")}}
            for results in (survey._get_results() for survey in surveys)
        ]
