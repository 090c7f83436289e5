"""Names, and what the head of a mail holds: one line each."""

import base64
import binascii
import re

from odoo import fields

from .texts import one_line

ENCODED = re.compile(r"=\?utf-8\?b\?([^?]*)\?=", re.IGNORECASE)


class Name(fields.Char):
    """A name is one line wherever it comes from: a form, an import, a program, a mail, or what was kept before.

    One that shows nothing is none, and Odoo says which name is missing.
    """

    def convert_to_cache(self, value, record, validate=True):
        text = super().convert_to_cache(value, record, validate)
        return text and (one_line(text) or None)

    def convert_to_record(self, value, record):
        text = super().convert_to_record(value, record)
        return text and one_line(text)


def fold_header(value):
    """Return a header of a mail, or a list of addresses, in one line, whatever the names in it were.

    :param value: text, list of texts, or nothing
    """
    if not value or not isinstance(value, str):
        return [fold_header(each) for each in value] if isinstance(value, (list, tuple)) else value
    return one_line(ENCODED.sub(_fold_encoded, value))


def _fold_encoded(word):
    """Return a name as :func:`odoo.tools.formataddr` encodes it, without the line break that it may contain."""
    try:
        name = base64.b64decode(word[1]).decode()
    except (binascii.Error, UnicodeDecodeError):
        return word[0]
    return f"=?utf-8?b?{base64.b64encode(one_line(name).encode()).decode()}?="
