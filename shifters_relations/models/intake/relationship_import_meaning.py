from odoo import api, fields, models

from .vocabulary import CHOICES, CREATABLE, RECORDS, Vocabulary

WORD_MODELS = [
    ("relationship.organisation.type", "Organisation type"),
    ("relationship.sector", "Sector"),
    ("relationship.cadence", "Cadence"),
    ("relationship.job.family", "Job family"),
    ("res.users", "Member"),
    ("res.country", "Country"),
]


class RelationshipImportMeaning(models.AbstractModel):
    """What a word may stand for: a record (``record_ref``), or a choice of a list that nobody extends (``value``)."""

    _name = "relationship.import.meaning"
    _description = "What a Word Stands For"

    record_ref = fields.Reference(WORD_MODELS, "Stands for")
    value = fields.Char("Stands for the choice", help="The key of the choice, as national.")
    choices = fields.Json(compute="_compute_choices", help="What it may stand for: pairs of a key or id, and a label.")
    model = fields.Char(compute="_compute_choices", help="The model of the record, where it stands for one.")
    may_create = fields.Boolean(compute="_compute_choices", help="Whether a new record can be made of it.")

    @api.depends(lambda self: ["target"] if "target" in self._fields else [])
    @api.depends_context("lang")
    def _compute_choices(self):
        vocabulary = Vocabulary(self.env)
        for word in self:
            is_word = word.target in RECORDS or word.target in CHOICES
            word.choices = (
                [[key, label] for key, label in vocabulary.get_labels(word.target).items()] if is_word else []
            )
            word.model = RECORDS.get(word.target, False)
            word.may_create = word.target in CREATABLE
