import re

from odoo import api, models
from odoo.tools import SQL, email_normalize_all, html2plaintext

from ..emails import split_emails
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
            "email": self._relationship_get_email_pattern(together),
            "phone": phone_pattern(self.phone),
        }
        patterns = {kind: pattern for kind, pattern in patterns.items() if pattern}
        whole = {"name": f"^[[:space:]]*(?:{patterns.get('name')})[[:space:]]*$", "phone": patterns.get("phone")}
        whole = {kind: pattern for kind, pattern in whole.items() if kind in patterns}
        if not whole:
            return patterns
        columns = [SQL("bool_or(%s ~ %s)", SQL.identifier(kind), pattern) for kind, pattern in whole.items()]
        [shared] = self.env.execute_query(
            SQL("SELECT %s FROM res_partner WHERE id != ALL(%s)", SQL(", ").join(columns), together.ids)
        )
        also = dict(zip(whole, shared, strict=True))
        return {kind: pattern for kind, pattern in patterns.items() if not also.get(kind)}

    def _relationship_get_email_pattern(self, together):
        """How texts write the addresses of this person that no other contact has.

        :param together: persons who do not count as others
        """
        own = self._relationship_get_own_emails(together)
        return "|".join(map(email_pattern, own))

    def _relationship_get_own_emails(self, together=None):
        """The addresses of these persons that no other contact has, as they are compared and as Odoo keeps them.

        :param together: persons who do not count as others, by default these
        """
        emails = {email for person in self for email in split_emails(person.email)}
        others = self.sudo()._relationship_search_emails(emails) - (together or self).sudo()
        emails.difference_update(*(split_emails(other.email) for other in others))
        kept = {email for person in self for email in email_normalize_all(person.email)}
        return sorted(emails | {email for email in kept if emails.issuperset(split_emails(email))})

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
