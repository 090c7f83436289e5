from odoo import api, fields, models

from ...texts import fold
from .relationship_import_word import WORD_MODELS


class RelationshipImportSynonym(models.Model):
    """What was decided of a word, for the next list; without a record or a value, it is left out."""

    _name = "relationship.import.synonym"
    _description = "Word Known in Lists"
    _rec_name = "word"
    _order = "target, word"

    target = fields.Selection(
        lambda self: self.env["relationship.import.column"]._fields["target"].selection, "What it is", required=True
    )
    word = fields.Char(required=True)
    record_ref = fields.Reference(WORD_MODELS, "Stands for")
    value = fields.Char("Stands for the choice", help="The key of the choice, as national.")

    _one_each = models.UniqueIndex("(target, word)", "This word is known already: change its line.")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._fold_word(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._fold_word(vals))

    @api.model
    def _fold_word(self, vals):
        """Return values with the word as it is compared."""
        return {**vals, "word": fold(vals["word"])} if "word" in vals else vals
