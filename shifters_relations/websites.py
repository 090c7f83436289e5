"""Whose page a website's address is, without Odoo."""

import re
import unicodedata
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

# Where many have a page each: the first one is nobody's own.
PLATFORMS = {
    "assoconnect.com",
    "bandcamp.com",
    "blogspot.com",
    "bsky.app",
    "canalblog.com",
    "change.org",
    "discord.gg",
    "docs.google.com",
    "e-monsite.com",
    "eventbrite.fr",
    "facebook.com",
    "fb.com",
    "framasite.org",
    "frama.site",
    "github.com",
    "github.io",
    "gofundme.com",
    "gogocarto.fr",
    "helloasso.com",
    "instagram.com",
    "jimdo.com",
    "jimdofree.com",
    "linkedin.com",
    "linktr.ee",
    "mastodon.social",
    "medium.com",
    "meetup.com",
    "mobilizon.fr",
    "notion.site",
    "over-blog.com",
    "piaille.fr",
    "sites.google.com",
    "substack.com",
    "t.me",
    "threads.net",
    "tiktok.com",
    "twitter.com",
    "webnode.fr",
    "weebly.com",
    "wixsite.com",
    "wordpress.com",
    "x.com",
    "youtube.com",
}
EDITION = re.compile(r"(?:m|mobile|web|[a-z]{2}(?:-[a-z]{2})?)\.(.+)")
# What a site calls its first page, the languages it has it in, and the pages that every site has.
FRONT = re.compile(
    r"(?:index|default|home|accueil|bienvenue|welcome)(?:\.\w+)?|(?:de|en|es|fr|it|nl|pt)(?:[-_][a-z]{2})?"
    r"|contacts?|a-propos|apropos|about(?:-us)?|qui-sommes-nous|presentation|mentions-legales"
)
TRACKING = re.compile(r"utm_\w+|mtm_\w+|pk_\w+|fbclid|gclid|igshid|igsh|si|ref|lang|locale|hl")


def site_of(website):
    """Return what two ways to write somebody's website have in common; nothing if it is nobody's own.

    The host alone says nothing of whose page it is: many give each of their own a path below it.

    >>> site_of("https://www.fnbois.com/accueil"), site_of("http://FNBois.com"), site_of("fnbois.com/fr/?utm_source=x")
    ('fnbois.com', 'fnbois.com', 'fnbois.com')
    >>> site_of("https://www.helloasso.com/associations/un"), site_of("https://cfdt.fr/lyon/"), site_of("t.me/un")
    ('helloasso.com/associations/un', 'cfdt.fr/lyon', 't.me/un')
    >>> site_of("https://fr-fr.facebook.com/profile.php?id=2&fbclid=3"), site_of("facebook.com"), site_of("a@b.org")
    ('facebook.com/profile.php?id=2', '', '')
    """
    written = "".join(str(website or "").split())
    try:
        parts = urlsplit(written if "//" in written else f"//{written}")
        host = _read_host(parts.hostname or "")
    except ValueError:
        return ""
    if "." not in host or "@" in parts.netloc:
        return ""
    edition = EDITION.fullmatch(host)
    if edition and edition[1] in PLATFORMS:
        host = edition[1]
    segments = [_fold(unquote(segment)) for segment in parts.path.split("/") if segment]
    while segments and host not in PLATFORMS and FRONT.fullmatch(segments[-1]):
        segments.pop()
    page = "/".join([host, *segments])
    asked = sorted((key, value) for key, value in parse_qsl(parts.query) if not TRACKING.fullmatch(key.lower()))
    if asked:
        page += f"?{urlencode(asked)}"
    if parts.fragment.startswith(("/", "!")):
        page += f"#{parts.fragment}"
    return "" if page in PLATFORMS else page


def _read_host(host):
    host = host.rstrip(".")
    if "xn--" in host:
        host = host.encode().decode("idna")
    return _fold(host).removeprefix("www.")


def _fold(text):
    return unicodedata.normalize("NFC", text).casefold()
