import re
import unicodedata

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, html2plaintext
from odoo.tools.sql import column_exists

from ...texts import words_of
from ...tools import get_day_domain
from .relationship_synthesis import TEXT_FIELDS

WORD = re.compile(r"[^\W_]+")
MAX_RANKED = 2_000  # of what is found, the newest: ranking a million takes seconds
MAX_TEXT_LENGTH = 200_000  # letters; PostgreSQL refuses a vector of more than a megabyte


class RelationshipSynthesis(models.Model):
    """Full text over the shared part, accents and case ignored, the best first (S4).

    The words typed must all be there, each as the beginning of a word: "federation" finds
    "Fédérations". The stored text is folded in Python, so that no extension of PostgreSQL is
    needed; the database keeps its vector beside it, under a GIN index.
    """

    _inherit = "relationship.synthesis"  # pylint: disable=consider-merging-classes-inherited

    folded_text = fields.Text(compute="_compute_folded_text", store=True, exportable=False, copy=False)
    text = fields.Char(
        compute="_compute_text", search="_search_text", exportable=False, help="Words of the shared part."
    )

    def init(self):
        """Create a column that the database derives by itself: ranking reads it instead of parsing each text again."""
        if not column_exists(self.env.cr, self._table, "folded_vector"):
            self.env.cr.execute(
                """
                ALTER TABLE relationship_synthesis ADD COLUMN folded_vector tsvector
                            GENERATED ALWAYS AS (to_tsvector('simple', folded_text)) STORED;
                CREATE INDEX relationship_synthesis_full_text ON relationship_synthesis USING gin (folded_vector)
                       WITH (fastupdate = off);
                """
            )

    @api.depends("summary", *TEXT_FIELDS)
    def _compute_folded_text(self):
        for synthesis in self:
            words = [html2plaintext(synthesis.summary or "", include_references=False)]
            words += [synthesis[name] for name in TEXT_FIELDS if synthesis[name]]
            synthesis.folded_text = " ".join(words_of(" ".join(words)))[:MAX_TEXT_LENGTH]

    def _compute_text(self):
        self.text = False

    @api.model
    def _get_text_query(self, typed):
        """Return what people typed as a PostgreSQL query: each word as the beginning of one; False without a word."""
        return " & ".join(f"{word}:*" for word in words_of(typed)) or False

    def _search_text(self, operator, value):
        if operator not in ("ilike", "=", "in") or not value:
            return NotImplemented
        wanted = [value] if isinstance(value, str) else list(value)
        queries = [query for typed in wanted if (query := self._get_text_query(typed))]

        def to_sql(model, alias, query):
            vector = SQL.identifier(alias, "folded_vector")
            model.flush_model(["folded_text"])
            terms = [SQL("%s @@ to_tsquery('simple', %s)", vector, each) for each in queries]
            return SQL("(%s)", SQL(" OR ").join(terms))

        return Domain.custom(to_sql=to_sql) if queries else Domain.FALSE

    def _search_display_name(self, operator, value):
        """Find a synthesis by what its name shows, the organisation and the day, and by words of the shared part.

        Each word typed must be of one of these.
        """
        if operator == "in":
            named = self.search(Domain.OR(self._search_display_name("ilike", name) for name in value if name))
            return Domain("id", "in", named.filtered(lambda synthesis: synthesis.display_name in value).ids)
        if operator not in ("ilike", "like"):
            return NotImplemented
        whole = Domain("partner_id", "ilike", value)
        words = WORD.findall(unicodedata.normalize("NFC", value or ""))
        found = (
            Domain("partner_id", "ilike", word) | Domain("text", "ilike", word) | get_day_domain(self.env, "date", word)
            for word in words
        )
        return whole | Domain.AND(found) if words else whole

    def _find_best_first(self, search, domain, offset=0, limit=None, order=None, **kwargs):
        """Search; unless another order is asked for, what is searched in the text comes with the best first.

        On a page, the best of the newest found: then the older ones, the newest first.

        :param search: Odoo's own :meth:`_search`
        """
        typed = [
            condition.value
            for condition in Domain(domain).iter_conditions()
            if condition.field_expr == "text" and isinstance(condition.value, str)
        ]
        words = " & ".join(filter(None, map(self._get_text_query, typed)))
        if not words or (order and order != self._order) or (limit and offset >= MAX_RANKED):
            return search(domain, offset=offset, limit=limit, order=order, **kwargs)
        if limit and offset + limit <= MAX_RANKED:
            domain = [("id", "in", search(domain, limit=MAX_RANKED, order=self._order, **kwargs))]
            kwargs["bypass_access"] = True  # what is found is what may be read
        query = search(domain, offset=offset, limit=limit, order=order, **kwargs)
        if query.order:
            vector = SQL.identifier(query.table, "folded_vector")
            rank = SQL("ts_rank(%s, to_tsquery('simple', %s)) DESC", vector, words)
            query.order = SQL("%s, %s", rank, query.order)
        return query
