from odoo import api, fields, models

from ...texts import fold
from .vocabulary import CHOICES, LEFT_OUT, OF_MEMBERS, RECORDS


class RelationshipImportSynonym(models.Model):
    """What was decided of a word, for the next list; without a record or a value, it is left out."""

    _name = "relationship.import.synonym"
    _inherit = "relationship.import.meaning"
    _description = "Word Known in Lists"
    _rec_name = "word"
    _order = "target, word"

    target = fields.Selection(lambda self: self._get_targets(), "What it is", required=True)
    word = fields.Char(required=True)
    decision = fields.Selection(
        [("use", "Use"), ("leave", "Leave out")], compute="_compute_decision", inverse="_inverse_decision"
    )

    _one_each = models.UniqueIndex("(target, word)", "This word is known already: change its line.")

    @api.model
    def _get_targets(self):
        """Return what a word may be of, of all that a column may hold."""
        labels = self.env["relationship.import.column"]._fields["target"]._description_selection(self.env)
        return [(target, label) for target, label in labels if target in RECORDS or target in CHOICES]

    @api.depends("record_ref", "value")
    def _compute_decision(self):
        for synonym in self:
            synonym.decision = "use" if synonym.record_ref or synonym.value else "leave"

    def _inverse_decision(self):
        self.filtered(lambda synonym: synonym.decision == "leave").update({"record_ref": False, "value": False})

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._fold_word(vals) for vals in vals_list])

    def write(self, vals):
        """Extend core: the previews that were made of another answer are no longer those to apply."""
        result = super().write(self._fold_word(vals))
        if not self.env.su:
            self.env["relationship.import"].search([("synonym_ids", "in", self.ids)])._go_back_to_read()
        return result

    @api.model
    def _fold_word(self, vals):
        """Return values with the word as it is compared."""
        return {**vals, "word": fold(vals["word"])} if "word" in vals else vals

    @api.model
    def _get_decided(self):
        """Return what is known of words: values by (target, folded word), as :class:`Vocabulary` takes them."""
        synonyms = self.search([("id", "!=", False)])
        usable = synonyms._find_usable_records()
        decided = {}
        for synonym in synonyms:
            value = synonym.value or LEFT_OUT
            if synonym.target in RECORDS and synonym.record_ref:
                if synonym.record_ref not in usable[synonym.target]:
                    continue
                value = synonym.record_ref.id
            decided[synonym.target, synonym.word] = value
        return decided

    def _find_usable_records(self):
        """Return the records that words stand for and still may, by target: neither gone nor archived, members current.

        :rtype: dict[str, models.Model]
        """
        members = self.env["res.partner"]._relationship_get_current_members()
        usable = {}
        for target, model in RECORDS.items():
            known = self.filtered(lambda synonym, target=target: synonym.target == target and synonym.record_ref)
            records = (
                self.env[model]
                .browse({each.record_ref.id for each in known if each.record_ref._name == model})
                .exists()
            )
            records = records.filtered("active") if "active" in records._fields else records
            usable[target] = records & members if target in OF_MEMBERS else records
        return usable

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
