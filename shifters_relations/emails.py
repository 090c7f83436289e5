"""E-mail addresses as they are compared."""

import unicodedata
from contextlib import suppress

from odoo.tools import email_split

AROUND_EMAILS = "'\"“”‘’«»()[]<>.,;: "


def split_emails(text):
    """Return all e-mail addresses in a text, each once, in their order, as they are compared.

    A field may hold several, with names or without, between semicolons, commas or blanks. Capitals,
    invisible characters, a dot at the end and the two ways to write an international domain make no
    other address.

    :return: tuple of addresses
    """
    visible = "".join(
        " " if unicodedata.category(char) == "Cc" else char
        for char in unicodedata.normalize("NFKC", text or "")
        if unicodedata.category(char) != "Cf"
    )
    found = []
    for written in email_split(visible):
        local, _at, domain = written.strip(AROUND_EMAILS).lower().rpartition("@")
        with suppress(UnicodeError):  # else it is compared as it is written
            domain = domain.encode("idna").decode("idna")
        if local and domain and "@" not in local:
            found.append(f"{local}@{domain}")
    return tuple(dict.fromkeys(found))
