from odoo import api, models
from odoo.tools import SQL, email_normalize_all, html2plaintext

from ...emails import split_emails
from ...texts import Naming, texts_in

TEXT_TYPES = ("char", "text", "html", "json", "properties")
# Columns that hold an address and nothing else: a name found there is part of somebody's address.
ADDRESSES = {"email", "email_normalized"}
QUOTE_MARGIN = 80  # characters quoted on each side of a name
ROWS_READ = 2_000  # at once, some with the text of a whole file
BETWEEN_TEXTS = "<>"  # ends a tag that one of them leaves open
# Texts of the machinery, where nobody writes of persons; the others of "ir" may hold a name.
MACHINERY, PERSONAL = ("ir.", "res.lang", "res.country", "res.currency"), ("ir.attachment", "ir.filters", "ir.logging")


class ResPartner(models.Model):
    """Where texts name a person, in any column of the database."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_get_naming(self):
        """Return how texts name these persons and nobody else, without what another contact bears too.

        :rtype: Naming
        """
        self.flush_model()
        persons = self.with_context(active_test=False)
        wanted = {
            "names": {name for name in persons.mapped("name") if Naming(names=[name])},
            "phones": {phone for phone in persons.mapped("phone") if Naming(phones=[phone])},
        }
        emails = self._relationship_get_own_emails()
        anything = Naming(**wanted)
        if not anything:
            return Naming(emails=emails)
        others = [
            (name or "", phone or "")
            for partner_id, name, phone in self._relationship_read_texts(self._name, ["name", "phone"])
            if partner_id not in self._ids and anything.may_be_in(f"{name or ''}\n{phone or ''}")
        ]
        theirs = {
            "names": {name for name, _phone in others if name},
            "phones": {phone for _name, phone in others if phone},
        }
        own = {
            kind: [each for each in known if not self._relationship_is_shared(kind, each, theirs[kind])]
            for kind, known in wanted.items()
        }
        named = Naming(names=own["names"])
        return Naming(**own, emails=emails, spared=[name for name in theirs["names"] if named.find(name)])

    @api.model
    def _relationship_is_shared(self, kind, known, others):
        """Return whether another contact bears this very name or number."""
        naming = Naming(**{kind: [known]})
        return any(naming.is_all_of(each) for each in others)

    def _relationship_get_own_emails(self, bearers=None):
        """Return the addresses that no other contact has, as they are compared and as Odoo keeps them.

        :param bearers: the contacts that have these addresses and maybe more, where they were found for many
        """
        emails = {email for person in self for email in split_emails(person.email)}
        others = (self.sudo()._relationship_search_emails(emails) if bearers is None else bearers) - self.sudo()
        emails.difference_update(*(split_emails(other.email) for other in others))
        kept = {email for person in self for email in email_normalize_all(person.email)}
        return sorted(emails | {email for email in kept if emails.issuperset(split_emails(email))})

    @api.model
    def _relationship_get_text_columns(self):
        """Return the columns of the database in which somebody may have written of a person.

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
    def _relationship_find_texts(self, naming, models=None):
        """Find where texts name somebody.

        :param Naming naming: as :meth:`_relationship_get_naming` gives it
        :param models: names of models, by default all
        :return: dictionary of ids by (model, field)
        """
        found = {}
        if not naming:
            return found
        self.env.flush_all()
        for model, names in self._relationship_get_text_columns().items():
            if models is not None and model not in models:
                continue
            for row_id, *values in self._relationship_read_texts(model, names):
                if not naming.may_be_in(BETWEEN_TEXTS.join(texts_in([value for value in values if value]))):
                    continue
                for name, value in zip(names, values, strict=True):
                    if any(naming.find(text, only_emails=name in ADDRESSES) for text in texts_in(value)):
                        found.setdefault((model, name), []).append(row_id)
        return found

    @api.model
    def _relationship_read_texts(self, model, names):
        """Yield rows of an id and the values of some columns, of a whole table; a query for so many rows."""
        last, table = 0, SQL.identifier(self.env[model]._table)
        columns = SQL(", ").join(map(SQL.identifier, names))
        while rows := self.env.execute_query(
            SQL("SELECT id, %s FROM %s WHERE id > %s ORDER BY id LIMIT %s", columns, table, last, ROWS_READ)
        ):
            yield from rows
            last = rows[-1][0]
            if len(rows) < ROWS_READ:
                break

    @api.model
    def _relationship_quote(self, text, naming):
        """Return the words around the first place where a text names somebody."""
        text = html2plaintext(str(text or ""), include_references=False)
        found = naming.find(text)
        if not found:
            return text[: 2 * QUOTE_MARGIN]
        [(start, end), *_others] = found
        return text[max(0, start - QUOTE_MARGIN) : end + QUOTE_MARGIN]
