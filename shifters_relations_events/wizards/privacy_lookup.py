from odoo import models


class PrivacyLookupWizard(models.TransientModel):
    """An answer is found by us, whose address is no part of a longer one (G5)."""

    _inherit = "privacy.lookup.wizard"

    def _get_query_models_blacklist(self):
        return [*super()._get_query_models_blacklist(), "relationship.network.answer"]


class PrivacyLookupWizardLine(models.TransientModel):
    _inherit = "privacy.lookup.wizard.line"

    def _relationship_is_kept(self):
        return self.res_model in ("event.invitation", "relationship.survey.answer") or super()._relationship_is_kept()
