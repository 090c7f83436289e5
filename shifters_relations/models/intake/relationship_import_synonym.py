from odoo import api, fields, models

from ...texts import fold
from .relationship_import_word import WORD_MODELS
from .vocabulary import LEFT_OUT, OF_MEMBERS, RECORDS


class RelationshipImportSynonym(models.Model):
    """What was decided of a word, for the next list; without a record or a value, it is left out."""

    _name = "relationship.import.synonym"
    _description = "Word Known in Lists"
    _rec_name = "word"
    _order = "target, word"

    target = fields.Selection(
        lambda self: self.env["relationship.import.column"]._fields["target"]._description_selection(self.env),
        "What it is",
        required=True,
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

    @api.model
    def _get_decided(self):
        """Return what is known of words: values by (target, folded word), as :class:`Vocabulary` takes them."""
        decided = {}
        members = self.env["res.partner"]._relationship_get_current_members()
        for synonym in self.search([("id", "!=", False)]):
            record = synonym.record_ref and synonym.record_ref.exists()
            if synonym.target in RECORDS:
                if synonym.record_ref and not (record and record._name == RECORDS[synonym.target]):
                    continue
                if record and ("active" in record._fields and not record.active):
                    continue
                if synonym.target in OF_MEMBERS and record and record not in members:
                    continue
            value = record.id if record else synonym.value
            decided[synonym.target, synonym.word] = value or LEFT_OUT
        return decided

    @api.model
    def _remember(self, words):
        """Remember what was decided of words, the newer decision instead of the older."""
        known = {(each.target, each.word): each for each in self.sudo().search([("id", "!=", False)])}
        new = []
        for word in words.filtered("decision"):
            values = {"record_ref": False, "value": False}
            if word.decision != "leave" and word.record_ref:
                values["record_ref"] = f"{word.record_ref._name},{word.record_ref.id}"
            elif word.decision != "leave":
                values["value"] = word.value
            if synonym := known.get((word.target, fold(word.word))):
                synonym.write(values)
            else:
                new.append({"target": word.target, "word": word.word, **values})
        self.sudo().create(new)
