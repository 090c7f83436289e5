"""Fetch what lies at an address that somebody typed, and nothing inside one's own network, without Odoo.

The address that was checked is the one that is connected to, so that no answer of a name server can change between;
names, certificates and the ``Host`` header stay those of the address. Each redirect is checked again. There is no
proxy, no cookie, no password, no referrer.
"""

import http.client
import ipaddress
import socket
import ssl
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

MEGABYTE = 1 << 20
MAX_BYTES = 10 * MEGABYTE  # unpacked
MAX_REDIRECTS = 5
MAX_SECONDS = 20  # for all of it
PATIENCE = 8  # seconds for one answer of the network
AGENT = "Relations-calendar-reader/1.0 (Odoo)"
WEB_PORTS = (80, 443)
FIRST_FREE_PORT = 1024
SCHEMES = {"http": ("http",), "https": ("https",), "webcal": ("https", "http"), "webcals": ("https",)}
MOVED = {301, 302, 303, 307, 308}
NAT64 = ipaddress.ip_network("64:ff9b::/96")
UNICAST = ipaddress.ip_network("2000::/3")
NOT_PUBLIC = [ipaddress.ip_network(name) for name in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
MAX_ADDRESS = 2_000


class Refused(Exception):
    """Why nothing was fetched.

    :param reason: a key: ``address`` (of no web page), ``password`` (in the address), ``port``, ``inside`` (one's own
        network), ``unknown`` (no such name), ``unreachable``, ``certificate``, ``slow``, ``too_large``, ``redirects``,
        ``status`` (the server says no), ``broken`` (no answer of a web server)
    """

    def __init__(self, reason, value=""):
        super().__init__(reason, value)
        self.reason = reason
        self.value = str(value)


@dataclass
class Answer:
    """What lies at an address; ``content`` is None where it is what it was.

    :param url: where it was found, after redirects
    :param validators: what to ask with next time, whether it has changed
    """

    url: str
    content: bytes | None
    charset: str
    validators: dict


def is_public(address):
    """Return whether an address is one of the internet, rather than of a network of one's own.

    >>> [is_public(each) for each in ("93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822")]
    [True, True, True]
    >>> inside = "127.0.0.1 10.1.2.3 169.254.169.254 100.64.0.1 192.0.2.1 224.0.0.1 0.0.0.0 255.255.255.255"
    >>> any(map(is_public, inside.split()))
    False
    >>> inside = "::1 :: fe80::1%eth0 fc00::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 2002:7f00:1:: 64:ff9b::7f00:1"
    >>> any(map(is_public, inside.split()))
    False
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if found in NAT64:
        found = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    if found.version == 6:
        return found in UNICAST and not any(found in each for each in NOT_PUBLIC)
    return found.is_global and not found.is_multicast


def check_address(url):
    """Return the parts of an address after a look at what may be asked for.

    :raise Refused: it is no address of a web page, or holds a password, or a port of another kind of server
    """
    if len(url) > MAX_ADDRESS or any(ord(char) < 33 or ord(char) == 127 for char in url):
        raise Refused("address")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as wrong:
        raise Refused("address") from wrong
    if parts.scheme.lower() not in SCHEMES or not host or "\\" in url.partition("?")[0]:
        raise Refused("address")
    if "@" in parts.netloc:
        raise Refused("password")
    if port is not None and port not in WEB_PORTS and port < FIRST_FREE_PORT:
        raise Refused("port", port)
    return parts


def fetch(url, allowed=(), validators=None, resolve=socket.getaddrinfo):
    """Return what lies at an address as an :class:`Answer`.

    :param allowed: names of hosts that may lie inside, as they stand in the address
    :param dict validators: ``etag`` and ``modified`` of the last answer
    :param resolve: what looks names up
    :raise Refused: what lies there is not reached, or is none of ours to read
    """
    end = time.monotonic() + MAX_SECONDS
    for _redirect in range(MAX_REDIRECTS + 1):
        parts = check_address(url)
        response, content, url = _try_schemes(parts, allowed, validators, resolve, end)
        if response.status in MOVED and (target := response.headers.get("Location")):
            url = urljoin(url, quote(target.encode("latin-1"), safe="%/:=&?~#+!$,;'@()*[]"))
            continue
        if response.status == http.client.NOT_MODIFIED and validators:
            return Answer(url, None, "", validators)
        if response.status != http.client.OK:
            raise Refused("status", response.status)
        kept = {"etag": response.headers.get("ETag"), "modified": response.headers.get("Last-Modified")}
        charset = response.headers.get_content_charset() or ""
        return Answer(url, content, charset, {key: value for key, value in kept.items() if value})
    raise Refused("redirects")


def _try_schemes(parts, allowed, validators, resolve, end):
    """Return the first answer, its content, and its address: calendars' own scheme is first tried in private."""
    first, *others = SCHEMES[parts.scheme.lower()]
    try:
        return *_ask(parts, first, allowed, validators, resolve, end), parts._replace(scheme=first).geturl()
    except Refused as refused:
        if not others or refused.reason not in ("unreachable", "certificate", "broken"):
            raise
    return *_ask(parts, others[0], allowed, validators, resolve, end), parts._replace(scheme=others[0]).geturl()


def _ask(parts, scheme, allowed, validators, resolve, end):
    """Return a server's answer and its content."""
    host = _encode(parts.hostname)
    port = parts.port or (443 if scheme == "https" else 80)
    sock = _connect(host, port, allowed, resolve, end)
    connection = http.client.HTTPConnection(host, port)
    try:
        if scheme == "https":
            sock = _get_context().wrap_socket(sock, server_hostname=host)
        connection.sock = sock
        shown = f"[{host}]" if ":" in host else host
        headers = {
            "Host": shown if not parts.port else f"{shown}:{port}",
            "User-Agent": AGENT,
            "Accept": "text/calendar, */*;q=0.5",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
        }
        for name, key in (("If-None-Match", "etag"), ("If-Modified-Since", "modified")):
            if value := (validators or {}).get(key):
                headers[name] = value
        path = quote(parts.path or "/", safe="%/:=&~+!$,;'@()*") + (
            f"?{_quote_query(parts.query)}" if parts.query else ""
        )
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        content = _read(response, sock, end) if response.status == http.client.OK else b""
    except ssl.SSLCertVerificationError as wrong:
        raise Refused("certificate") from wrong
    except TimeoutError as late:
        raise Refused("slow") from late
    except (http.client.HTTPException, UnicodeError, ValueError, zlib.error, ssl.SSLError) as wrong:
        raise Refused("broken") from wrong
    except OSError as wrong:
        raise Refused("unreachable") from wrong
    finally:
        connection.close()
    return response, content


def _quote_query(query):
    return quote(query, safe="%/:=&?~+!$,;'@()*[]")


def _encode(host):
    """Return a host's name as name servers know it.

    >>> _encode("Évènements.example."), _encode("exa_mple.org")
    ('xn--vnements-10ai.example', 'exa_mple.org')
    """
    host = host.rstrip(".")
    try:
        return host.lower() if host.isascii() else host.encode("idna").decode()
    except UnicodeError as wrong:
        raise Refused("address") from wrong


def _connect(host, port, allowed, resolve, end):
    """Return a connection to an address of a host, after a look at each of its addresses."""
    try:
        found = resolve(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as unknown:
        raise Refused("unknown", host) from unknown
    addresses = [(family, target) for family, _type, _protocol, _name, target in found]
    if host not in {_encode(each) for each in allowed} and not all(
        is_public(target[0]) for _family, target in addresses
    ):
        raise Refused("inside", host)
    for family, target in addresses:
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(min(PATIENCE, max(0.1, end - time.monotonic())))
        try:
            sock.connect(target)
        except OSError:
            sock.close()
            continue
        return sock
    raise Refused("slow" if time.monotonic() > end else "unreachable", host)


def _get_context():
    """Return how certificates are verified: by the system's authorities, and those that come with Odoo's packages."""
    context = ssl.create_default_context()
    with suppress(ImportError, OSError, ssl.SSLError):
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _read(response, sock, end):
    """Return a body, unpacked, of limited size and within the time that is left."""
    coding = (response.headers.get("Content-Encoding") or "").strip().lower()
    unpack = None
    if coding in ("gzip", "x-gzip", "deflate"):
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)  # either head
    elif coding not in ("", "identity"):
        raise Refused("broken")
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MAX_BYTES:
        raise Refused("too_large")
    content = bytearray()
    while True:
        left = end - time.monotonic()
        if left <= 0:
            raise Refused("slow")
        sock.settimeout(min(PATIENCE, left))
        piece = response.read1(1 << 16)
        if not piece:
            break
        content += unpack.decompress(piece, MAX_BYTES + 1 - len(content)) if unpack else piece
        if len(content) > MAX_BYTES:
            raise Refused("too_large")
    if response.length or (unpack and content and not unpack.eof):  # cut short: events would seem to be no more
        raise Refused("broken")
    return bytes(content)
