from odoo import models
from odoo.addons.shifters_relations.texts import Naming
from odoo.tools import SQL


class PrivacyLookupWizard(models.TransientModel):
    """Invitations and answers go with their person in the database, which core's search leaves out (G5)."""

    _inherit = "privacy.lookup.wizard"

    def _get_query_models_blacklist(self):
        return [*super()._get_query_models_blacklist(), "relationship.network.answer"]

    def _relationship_get_places(self):
        hers = SQL("partner_id IN (SELECT id FROM indirect_references)")
        answer = ("relationship.network.answer", "email")
        found = self.env["res.partner"].sudo()._relationship_find_texts(Naming(emails=[self.email]), {answer[0]})
        written = SQL("id = ANY(%s)", found.get(answer, []))
        invitations = SQL("SELECT id FROM event_invitation WHERE %s", hers)
        answers = SQL("SELECT id FROM relationship_network_answer WHERE %s OR %s", hers, written)
        return {
            **super()._relationship_get_places(),
            "event.invitation": hers,
            "relationship.network.answer": SQL("%s OR %s", hers, written),
            "relationship.network.answer.line": SQL("answer_id IN (%s)", answers),
            "event.registration": SQL("invitation_id IN (%s)", invitations),
        }


class PrivacyLookupWizardLine(models.TransientModel):
    _inherit = "privacy.lookup.wizard.line"

    def _relationship_is_kept(self):
        return self.res_model == "event.invitation" or super()._relationship_is_kept()
