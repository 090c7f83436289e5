"""E-mail addresses as they are compared."""

import unicodedata
from contextlib import suppress

from odoo.tools import email_split

# Where everybody may have an address: nothing follows from two at the same of these.
EVERYBODYS = {
    *("gmail.com", "googlemail.com", "hotmail.com", "hotmail.fr", "hotmail.be", "hotmail.co.uk", "outlook.com"),
    *("outlook.fr", "outlook.be", "live.com", "live.fr", "live.be", "msn.com", "windowslive.com", "yahoo.com"),
    *(
        "yahoo.fr",
        "yahoo.co.uk",
        "yahoo.de",
        "ymail.com",
        "rocketmail.com",
        "aol.com",
        "aol.fr",
        "icloud.com",
        "me.com",
    ),
    *("mac.com", "orange.fr", "orange.com", "wanadoo.fr", "laposte.net", "free.fr", "aliceadsl.fr", "libertysurf.fr"),
    *("sfr.fr", "neuf.fr", "cegetel.net", "club-internet.fr", "numericable.fr", "noos.fr", "bbox.fr", "dartybox.com"),
    *("voila.fr", "gmx.fr", "gmx.com", "gmx.net", "gmx.de", "web.de", "t-online.de", "protonmail.com", "protonmail.ch"),
    *("proton.me", "pm.me", "tutanota.com", "tutanota.de", "tuta.io", "tuta.com", "tutamail.com", "mailo.com"),
    *("net-c.com", "netc.fr", "netcourrier.com", "mailo.fr", "posteo.net", "posteo.de", "riseup.net", "disroot.org"),
    *("mailbox.org", "fastmail.com", "fastmail.fm", "zoho.com", "mail.com", "mail.ru", "yandex.com", "yandex.ru"),
    *("zaclys.net", "vivaldi.net", "hey.com", "skynet.be", "telenet.be", "proximus.be", "bluewin.ch", "libero.it"),
    *("ik.me", "etik.com", "infini.fr", "ouvaton.org", "no-log.org", "lilo.org", "caramail.fr", "yopmail.com"),
}
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


def base_of(email):
    """Return an address without what its owner writes behind a "+" to sort her mails.

    >>> base_of("ada+asso@club.example"), base_of("+ada@club.example")
    ('ada@club.example', '+ada@club.example')
    """
    local, _at, domain = email.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def domain_of(email):
    """Return the domain of an address where it may say whose it is; nothing where everybody has one."""
    domain = email.rpartition("@")[2]
    return "" if domain in EVERYBODYS else domain
