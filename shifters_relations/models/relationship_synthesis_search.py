from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, html2plaintext

from .res_partner_import import fold

TEXTS = ("needs", "interests", "synergies", "misunderstandings", "common_ground", "told", "learned", "promised")
LONGEST = 200_000  # letters; PostgreSQL refuses to index a text of more than a megabyte


class RelationshipSynthesis(models.Model):
    """Full text over the shared part, accents and case ignored, the best first (S4).

    The words typed must all be there, each as the beginning of a word: "federation" finds
    "Fédérations". The stored text is folded in Python, so that no extension of PostgreSQL is
    needed, and its vector has a GIN index.
    """

    _inherit = "relationship.synthesis"  # pylint: disable=consider-merging-classes-inherited

    folded_text = fields.Text(compute="_compute_folded_text", store=True, exportable=False, copy=False)
    text = fields.Char(
        "Text", compute="_compute_text", search="_search_text", exportable=False, help="Words of the shared part."
    )

    _full_text = models.Index("USING gin (to_tsvector('simple', folded_text))")

    @api.depends("summary", *TEXTS)
    def _compute_folded_text(self):
        for synthesis in self:
            words = [html2plaintext(synthesis.summary or "", include_references=False)]
            words += [synthesis[name] for name in TEXTS if synthesis[name]]
            synthesis.folded_text = fold(" ".join(words).replace("\0", ""))[:LONGEST]

    def _compute_text(self):
        self.text = False

    @api.model
    def _get_text_query(self, typed):
        """What people typed as PostgreSQL reads it: each word, as the beginning of one; False if there is no word."""
        letters = "".join(char if char.isalnum() else " " for char in fold(typed))
        return " & ".join(f"{word}:*" for word in letters.split()) or False

    def _search_text(self, operator, value):
        if operator not in ("ilike", "=", "in") or not value:
            return NotImplemented
        wanted = [value] if isinstance(value, str) else list(value)
        queries = [query for typed in wanted if (query := self._get_text_query(typed))]

        def to_sql(model, alias, query):
            text = model._field_to_sql(alias, "folded_text", query)
            terms = [SQL("to_tsvector('simple', %s) @@ to_tsquery('simple', %s)", text, each) for each in queries]
            return SQL("(%s)", SQL(" OR ").join(terms))

        return Domain.custom(to_sql=to_sql) if queries else Domain.TRUE

    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        """Without another order, what is searched in the text comes with the best first."""
        query = super()._search(domain, offset=offset, limit=limit, order=order, **kwargs)
        if order and order != self._order:
            return query
        typed = [
            condition.value
            for condition in Domain(domain).iter_conditions()
            if condition.field_expr == "text" and isinstance(condition.value, str)
        ]
        words = " & ".join(filter(None, map(self._get_text_query, typed)))
        if words and query.order:
            text = SQL.identifier(query.table, "folded_text")
            rank = SQL("ts_rank(to_tsvector('simple', %s), to_tsquery('simple', %s)) DESC", text, words)
            query.order = SQL("%s, %s", rank, query.order)
        return query
