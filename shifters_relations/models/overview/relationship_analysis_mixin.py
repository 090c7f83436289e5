from odoo import fields, models
from odoo.tools import SQL

PARTNER_COLUMNS = SQL(
    "partner.relationship_owner_id AS owner_id, partner.relationship_sector_id AS sector_id,"
    " partner.relationship_type_id AS type_id"
)


class RelationshipAnalysisMixin(models.AbstractModel):
    """What the analyses say of an organisation, and whose organisations they count.

    The rows come from a query made for the reader: it joins the organisations that the reader's
    own record rules let through, so that no path to a row leads around them.
    """

    _name = "relationship.analysis.mixin"
    _description = "Organisation in an Analysis"

    partner_id = fields.Many2one("res.partner", "Organisation", readonly=True)
    owner_id = fields.Many2one("res.users", "Contact owner", readonly=True)
    sector_id = fields.Many2one("relationship.sector", readonly=True)
    type_id = fields.Many2one("relationship.organisation.type", "Organisation type", readonly=True)

    def _get_partners(self, domain=()):
        """Return the organisations that the reader may read, archived ones too, as a subquery."""
        columns = (
            "id",
            "relationship_owner_id",
            "relationship_sector_id",
            "relationship_type_id",
            "relationship_cadence_id",
        )
        query = self.env["res.partner"].with_context(active_test=False)._search(list(domain))
        return query.select(*(SQL.identifier(query.table, column) for column in columns))

    def action_open_organisation(self):
        """Open the organisation of a row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(self.env.ref("shifters_relations.res_partner_view_form").id, "form")],
        }
