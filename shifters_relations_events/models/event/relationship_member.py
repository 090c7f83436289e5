from odoo import api, models
from odoo.fields import Domain


class RelationshipMember(models.Model):
    _inherit = "relationship.member"

    @api.model
    def _get_tasks_domain(self):
        """Extend: what is to be done for partner events is the team's work too."""
        events = Domain("res_model", "=", "event.event") & Domain("relationship_partner_id", "=", False)
        return super()._get_tasks_domain() | events
