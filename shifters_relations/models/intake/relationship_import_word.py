from odoo import fields, models

WORD_MODELS = [
    ("relationship.organisation.type", "Organisation type"),
    ("relationship.sector", "Sector"),
    ("relationship.cadence", "Cadence"),
    ("relationship.job.family", "Job family"),
    ("res.users", "Member"),
]


class RelationshipImportWord(models.Model):
    """A word of a list that nobody knows, asked about once, with the number of its rows (B2).

    It stands for a record (``record_ref``) or for a choice of a list that nobody extends (``value``);
    or it makes a new record; or it is left out.
    """

    _name = "relationship.import.word"
    _description = "Word of a List"
    _rec_name = "word"
    _order = "import_id, column_id, row_count desc, id"

    import_id = fields.Many2one("relationship.import", "List", required=True, index=True, ondelete="cascade")
    column_id = fields.Many2one(
        "relationship.import.column", "Column", required=True, readonly=True, index=True, ondelete="cascade"
    )
    target = fields.Selection(related="column_id.target")
    word = fields.Char(readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    decision = fields.Selection([("use", "Use"), ("create", "Create"), ("leave", "Leave out")])
    record_ref = fields.Reference(WORD_MODELS, "Stands for")
    value = fields.Char("Stands for the choice", help="The key of the choice, as national.")
    choices = fields.Json(compute="_compute_choices", help="What it may stand for: pairs of a key or id, and a label.")
    model = fields.Char(compute="_compute_choices", help="The model of the record, where it stands for one.")
    may_create = fields.Boolean(compute="_compute_choices", help="Whether a new record can be made of it.")
    reason = fields.Char("Remark", readonly=True, help="Why it is asked, where it is not simply unknown.")

    def _compute_choices(self):
        for word in self:
            word.choices = []
            word.model = False
            word.may_create = False
