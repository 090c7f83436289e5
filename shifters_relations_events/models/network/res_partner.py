from odoo import fields, models
from odoo.addons.shifters_relations.groups import MEMBERS


class ResPartner(models.Model):
    """Who knows somebody at an organisation, from the network calls (R3)."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_acquaintance_ids = fields.One2many(
        "relationship.network.answer.line",
        "organisation_id",
        "Who knows someone there",
        domain=[("acquaintance", "!=", "no")],
        groups=MEMBERS,
        readonly=True,
        copy=False,
    )
