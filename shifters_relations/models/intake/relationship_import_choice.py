from odoo import fields, models


class RelationshipImportChoice(models.Model):
    """A word of a register by which its organisations are chosen: a category, a level, a sector (B5)."""

    _name = "relationship.import.choice"
    _description = "Word to Choose by in a Register"
    _order = "import_id, kind, row_count desc, name"

    import_id = fields.Many2one("relationship.import", "List", required=True, index=True, ondelete="cascade")
    kind = fields.Selection(
        [("category", "Category"), ("level", "Level"), ("sector", "Sector")], required=True, readonly=True
    )
    name = fields.Char(readonly=True)
    row_count = fields.Integer("Organisations", readonly=True)
    chosen = fields.Boolean()
