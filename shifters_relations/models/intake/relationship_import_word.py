from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .vocabulary import CREATABLE, LEFT_OUT, RECORDS, Vocabulary


class RelationshipImportWord(models.Model):
    """A word of a list that nobody knows, asked about once, with the number of its rows (B2).

    It stands for a record (``record_ref``) or for a choice of a list that nobody extends (``value``);
    or it makes a new record; or it is left out.
    """

    _name = "relationship.import.word"
    _inherit = "relationship.import.meaning"
    _description = "Word of a List"
    _rec_name = "word"
    _order = "import_id, column_id, row_count desc, id"

    import_id = fields.Many2one("relationship.import", "List", required=True, index=True, ondelete="cascade")
    column_id = fields.Many2one(
        "relationship.import.column", required=True, readonly=True, index=True, ondelete="cascade"
    )
    target = fields.Selection(related="column_id.target")
    word = fields.Char(readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    decision = fields.Selection([("use", "Use"), ("create", "Create"), ("leave", "Leave out")])
    reason = fields.Char("Remark", readonly=True, help="Why it is asked, where it is not simply unknown.")

    is_made = fields.Boolean(readonly=True, help="This list made the record that it stands for.")

    def write(self, vals):
        """Extend core: people decide, and the preview that was made before is no longer the one to apply."""
        if not self.env.su and (further := vals.keys() - {"decision", "record_ref", "value"}):
            raise AccessError(
                self.env._("Of a word, its decision alone can be changed, not %(names)s.", names=", ".join(further))
            )
        result = super().write(vals)
        if not self.env.su:
            self.import_id._check_before_apply()
            self.import_id._go_back_to_read()
        return result

    @api.constrains("decision", "record_ref", "value")
    def _check_decision(self):
        """Check that what is decided can be done.

        :raise UserError: a record of another kind, somebody who is not in the team, or nothing to be used
        """
        vocabulary = Vocabulary(self.env)
        for word in self:
            if word.decision == "create" and word.target not in CREATABLE:
                raise UserError(self.env._("“%(word)s”: choose one that exists, or leave it out.", word=word.word))
            value = word._get_value()
            if word.decision == "use" and value not in vocabulary.get_labels(word.target):
                raise UserError(self.env._("“%(word)s”: choose what it stands for.", word=word.word))

    def _get_value(self):
        """Return what the word stands for, as lines keep it; None if nothing was decided."""
        self.ensure_one()
        if self.decision == "leave":
            return LEFT_OUT
        if self.decision == "create" and not self.is_made:
            return {"word": self.id}
        if self.decision not in ("use", "create"):
            return None
        if self.target not in RECORDS:
            return self.value or None
        record = self.record_ref
        return record.id if record and record._name == RECORDS[self.target] else None
