import re

from odoo import api, models
from odoo.tools import SQL, html2plaintext

from ..texts import email_pattern, name_pattern, phone_pattern, rough_pattern

TEXT_TYPES = ("char", "text", "html", "json", "properties")
# Columns that hold an address and nothing else: a name found there is part of somebody's address.
ADDRESSES = {"email", "email_normalized"}
AROUND = 80  # characters quoted on each side of a name
# Texts of the machinery, where nobody writes of persons; the others of "ir" may hold a name.
MACHINERY, PERSONAL = ("ir.", "res.lang", "res.country", "res.currency"), ("ir.attachment", "ir.filters", "ir.logging")


class ResPartner(models.Model):
    """Where texts name a person, in any column of the database."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_get_patterns(self):
        """How texts name these persons and nobody else: what another contact bears too is left out.

        :return: dictionary of regular expressions by what they stand for: name, email, phone
        """
        patterns = {}
        self.flush_recordset()
        for person in self:
            for kind, pattern in person._relationship_get_own_patterns(self).items():
                patterns.setdefault(kind, []).append(pattern)
        return {kind: "|".join(several) for kind, several in patterns.items()}

    def _relationship_get_own_patterns(self, together):
        """How texts name this person, without what other contacts bear too.

        :param together: persons who do not count as others
        """
        self.ensure_one()
        patterns = {
            "name": name_pattern(self.name),
            "email": email_pattern(self.email_normalized),
            "phone": phone_pattern(self.phone),
        }
        patterns = {kind: pattern for kind, pattern in patterns.items() if pattern}
        if not patterns:
            return patterns
        whole = {**patterns, "name": f"^[[:space:]]*(?:{patterns.get('name')})[[:space:]]*$"}
        columns = [SQL("bool_or(%s ~ %s)", SQL.identifier(kind), whole[kind]) for kind in patterns]
        [shared] = self.env.execute_query(
            SQL("SELECT %s FROM res_partner WHERE id != ALL(%s)", SQL(", ").join(columns), together.ids)
        )
        return {kind: each for (kind, each), also in zip(patterns.items(), shared, strict=True) if not also}

    def _relationship_get_own_emails(self):
        """The normalised addresses of these persons that no other contact has."""
        emails = set(self.mapped("email_normalized")) - {False}
        others = self.with_context(active_test=False).search(
            [("email_normalized", "in", list(emails)), ("id", "not in", self.ids)]
        )
        return list(emails - set(others.mapped("email_normalized")))

    @api.model
    def _relationship_get_text_columns(self):
        """The columns of the database in which somebody may have written of a person.

        :return: dictionary of field names by model
        """
        columns = {}
        for model in self.env.registry.values():
            technical = model._name.startswith(MACHINERY) and model._name not in PERSONAL
            if model._abstract or not model._auto or technical:
                continue
            names = [
                name
                for name, field in model._fields.items()
                if field.type in TEXT_TYPES and field.store and field.column_type and not field.inherited
            ]
            if names:
                columns[model._name] = names
        return columns

    @api.model
    def _relationship_find_texts(self, patterns, models=None):
        """Where texts name somebody, one query for each table.

        :param dict patterns: as :meth:`_relationship_get_patterns` gives them
        :param models: names of models, by default all
        :return: dictionary of ids by (model, field)
        """
        found, anything = {}, "|".join(patterns.values())
        if not anything:
            return found
        self.env.flush_all()
        for model, names in self._relationship_get_text_columns().items():
            if models is not None and model not in models:
                continue
            tests = [
                SQL(
                    "COALESCE(%s::text ~ %s, FALSE)",
                    SQL.identifier(name),
                    patterns.get("email") if name in ADDRESSES else anything,
                )
                for name in names
            ]
            rows = self.env.execute_query(
                SQL(
                    "SELECT id, %s FROM %s WHERE concat_ws(E'\\n', %s) ~ %s",
                    SQL(", ").join(tests),
                    SQL.identifier(self.env[model]._table),
                    SQL(", ").join(map(SQL.identifier, names)),
                    rough_pattern(anything),
                )
            )
            for row_id, *hits in rows:
                for name, hit in zip(names, hits, strict=True):
                    if hit:
                        found.setdefault((model, name), []).append(row_id)
        return found

    @api.model
    def _relationship_quote(self, text, patterns):
        """The words around the first place where a text names somebody.

        :param dict patterns: as :meth:`_relationship_get_patterns` gives them
        """
        text = html2plaintext(str(text or ""), include_references=False)
        found = re.search("|".join(patterns.values()), text)
        return text[max(0, found.start() - AROUND) : found.end() + AROUND] if found else text[: 2 * AROUND]
