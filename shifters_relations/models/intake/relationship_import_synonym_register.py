import csv

from odoo import api, models
from odoo.tools import file_open

from ...texts import fold


class RelationshipImportSynonym(models.Model):
    """What the categories and sectors of public registers stand for, to begin with (B5).

    Registers have many, and spell them in several ways; ours are few, and the team's own. Who knows another one
    adds it to ``data/register_words.csv``, or in the configuration.
    """

    _inherit = "relationship.import.synonym"

    @api.model
    def _add_register_words(self):
        """Add the words of registers that nobody has decided of; what the team has dropped is not brought back."""
        known = {(each.target, each.word) for each in self.search_fetch([("id", "!=", False)], ["target", "word"])}
        values = []
        with file_open("shifters_relations/data/register_words.csv") as file:
            for row in csv.DictReader(file):
                stands_for = row["stands_for"] and self.env.ref(
                    f"shifters_relations.{row['stands_for']}", raise_if_not_found=False
                )
                key = row["target"], fold(row["word"])
                if key not in known and (stands_for or not row["stands_for"]):
                    known.add(key)
                    reference = stands_for and f"{stands_for._name},{stands_for.id}"
                    values.append({"target": key[0], "word": key[1], "record_ref": reference or False})
        self.create(values)
