"""What is held on persons, declared once for each kind (G5).

The export, the preview, Odoo's own search for a person, forgetting, and the test that no model which
holds a person is missing: all of them read these declarations, and none finds anything by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from odoo.api import Environment
from odoo.fields import Domain
from odoo.models import BaseModel
from odoo.tools import format_date, format_datetime, html2plaintext

from ...emails import split_emails

UNLINK = "unlink"


@dataclass
class Kind:
    """The records of one model that are held on some persons, found when they are first asked for.

    :param emails: the addresses of these persons, as they are compared
    :param where: a domain, or a function that returns one, or the records
    :param forget: what forgetting does: UNLINK, values that are written, a function of the records; or why they stay
    :param columns: what is exported: paths of fields under the label of the first; or such a path, or a function of
        a record, with another label
    :param title: the sheet on which the kind is exported; those of one title share it, with the columns of the first
    :param addressed: a field with addresses, maybe several: records that name one of theirs are held too
    :param is_whole: the sheet has all their texts, which are no mentions besides
    :param is_sought: Odoo's own search for a person misses them
    """

    env: Environment
    emails: list
    model: str
    where: Domain | list | Callable
    forget: str | dict | Callable
    columns: tuple = ()
    title: str = ""
    addressed: str = ""
    is_whole: bool = False
    is_sought: bool = False

    @cached_property
    def records(self):
        """Return what is held, archived records too."""
        where = self.where() if callable(self.where) else self.where
        if isinstance(where, BaseModel):
            return where
        model = self.env[self.model].with_context(active_test=False)
        records = model.search(where)
        if self.addressed:
            naming = model.search(Domain.OR([[(self.addressed, "ilike", email)] for email in self.emails]))
            records |= naming.filtered(lambda each: {*self.emails} & {*split_emails(each[self.addressed])})
        return records.with_env(self.env)

    @property
    def stays(self):
        """Return whether nothing is done to these records, but for the texts that name their person."""
        return isinstance(self.forget, str) and self.forget != UNLINK

    def apply(self):
        """Do to these records what forgetting their person does; those that went with others are gone already."""
        rows = self.records.exists()
        if callable(self.forget):
            self.forget(rows)
        elif isinstance(self.forget, dict):
            rows.write(self.forget)
        elif not self.stays:
            rows.unlink()

    def get_labels(self):
        """Return the labels of the columns."""
        fields = self.env[self.model]._fields
        return [
            fields[column.partition(".")[0]]._description_string(self.env) if isinstance(column, str) else column[1]
            for column in self.columns
        ]

    def get_rows(self):
        """Return a list of cells for each record."""
        exported = [column if isinstance(column, str) else column[0] for column in self.columns]
        return [[say(record, what) for what in exported] for record in self.records]


def say(record, what):
    """Return a value in words.

    :param what: the path of a field, with dots, or a function of the record
    """
    if callable(what):
        return what(record)
    *way, name = what.split(".")
    for step in way:
        record = record[step]
    env, described, value = record.env, record._fields[name], record[name]
    if not value:
        return ""
    match described.type:
        case "many2one" | "many2many":
            return ", ".join(value.mapped("display_name"))
        case "boolean":
            return env._("yes")
        case "image" | "binary":
            return env._("a picture or file")
        case "selection":
            return dict(described._description_selection(env)).get(value, value)
        case "html":
            return html2plaintext(value, include_references=False)
        case "datetime":
            return format_datetime(env, value)
        case "date":
            return format_date(env, value)
    return str(value)


def written_on(*kinds):
    """Return the domain of what is written on records: messages, mails, traces."""
    return Domain.OR(Domain("model", "=", kind.model) & Domain("res_id", "in", kind.records.ids) for kind in kinds)


def get_sections(held):
    """Return what is exported: a list of (title, labels, rows)."""
    sections = {}
    for kind in held:
        if kind.title:
            sections.setdefault(kind.title, (kind.get_labels(), []))[1].extend(kind.get_rows())
    return [(title, labels, rows) for title, (labels, rows) in sections.items()]


def get_records(held):
    """Return the records of some kinds by model."""
    records = {}
    for kind in held:
        records[kind.model] = records.get(kind.model, kind.records.browse()) | kind.records
    return records


def get_gone(held):
    """Return the records that are deleted with their person, by model."""
    return get_records([kind for kind in held if kind.forget == UNLINK])


def get_emptied(held):
    """Return the records that stay without one of their texts, by (model, field)."""
    return {(kind.model, name): kind.records for kind in held if isinstance(kind.forget, dict) for name in kind.forget}
