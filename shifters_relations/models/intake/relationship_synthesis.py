from odoo import fields, models


class RelationshipSynthesis(models.Model):
    _inherit = "relationship.synthesis"  # pylint: disable=consider-merging-classes-inherited

    import_id = fields.Many2one(
        "relationship.import",
        "From an import",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        copy=False,
        help="The list that brought this contact in: nobody wrote it here.",
    )
