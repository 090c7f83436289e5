import csv
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import file_open, ormcache

from ...names import Name
from ...sensitive import HAS, IS, Words


class RelationshipSensitiveWord(models.Model):
    """A word of opinion, belief or health, about which whoever writes it of a person is told what the law says (G1).

    The list is the pilot's, French and English together; without a word, nobody is told anything.
    """

    _name = "relationship.sensitive.word"
    _inherit = ["relationship.cached.mixin"]
    _description = "Sensitive Word"
    _rec_name = "word"
    _order = "kind, word, id"
    _kept = ("word", "kind")

    word = Name(
        "Word or words",
        required=True,
        help="In the singular, and masculine where it has a gender: its other forms are found too.",
    )
    kind = fields.Selection(
        [(IS, "is: “she is …”"), (HAS, "has: “she has …”")],
        "How it is said",
        required=True,
        default=IS,
    )

    _one_each = models.UniqueIndex("(word)", "This word is in the list already.")

    @api.constrains("word")
    def _check_word(self):
        for each in self:
            if not Words([(each.word, each.kind)]):
                raise ValidationError(self.env._("“%(word)s” has no letter: write a word.", word=each.word))
        known = Counter(word.casefold() for word in self.search([("word", "!=", False)]).mapped("word"))
        if twice := self.filtered(lambda each: known[each.word.casefold()] > 1):
            raise ValidationError(self.env._("“%(word)s” is in the list already.", word=twice[0].word))

    @api.model
    @ormcache()
    def _get_words(self):
        """Return the list, ready to be looked for, whoever asks; it costs no query but the first one.

        :rtype: Words
        """
        rows = self.sudo().search_fetch([("word", "!=", False)], ["word", "kind"])
        return Words([(each.word, each.kind) for each in rows])

    @api.model
    def _add_first_words(self):
        """Add the words to begin with, but those that are there."""
        known = {*self.search_fetch([("word", "!=", False)], ["word"]).mapped("word")}
        with file_open("shifters_relations/data/sensitive_words.csv") as file:
            self.create([row for row in csv.DictReader(file) if row["word"] not in known])
