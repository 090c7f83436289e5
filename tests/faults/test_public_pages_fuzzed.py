"""All our addresses at once, as somebody tries them who has some of the links and sends whatever can be sent."""

import contextlib
import http.client
import re
import socket
import urllib.parse

import pytest
from conftest import SMALLEST, size
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from public_pages import PREPARE, SURNAME

from devtools.places import cache

# What is there for who has no account, as the server itself knows it: who adds an address has nothing to add here.
ROUTES = """
rules = [rule for rule in env["ir.http"].routing_map().iter_rules() if rule.endpoint.func.__module__.startswith(
    ("odoo.addons.shifters_relations.", "odoo.addons.shifters_relations_events."))]
named = env["res.users"].search([]).mapped("email") + Partner.search([("is_company", "=", True)]).mapped("email")
named += env["relationship.directory.card"].search([]).mapped("public_email")
print("RESULT " + json.dumps({"pages": pages, "calendar": member.calendar_token, "told": [*filter(None, named)],
    "routes": sorted({rule.rule for rule in rules})}))
"""
MARKUP = "<b id=fuzz>\"'><i fuzz>"
ADDRESS = "fuzz@fuzz.example"
UNESCAPED = re.compile(rb"<b id=fuzz|<i fuzz", re.IGNORECASE)
PERSON = re.compile(rf"{SURNAME}\d+", re.IGNORECASE)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
ENCODED = (
    *("%", "%0", "%zz", "%00", "%ff%fe", "%c3%28", "%ed%a0%80", "%f4%90%80%80", "%0d%0aX-Attacked:%201", "..%2f..%2f"),
    *(
        "%e2%80%ae%e2%80%8b",
        "%u0041",
        "+",
        "%2500",
        "a" * 5000,
        "%3cb%20id%3dfuzz%3e",
        ";drop",
        "%7b%7b7*7%7d%7d",
    ),
)
WORDS = (
    *("", "yes", "no", "maybe", "1", "0", "-1", "9" * 400, "1e9", "NaN", "٣", "correct", "confirm", "refuse", "back"),
    *("show", "forget", "stop", "begin", "saved", "willing", "2030-02-30", "25:61", "javascript:alert(1)", ADDRESS),
    *(MARKUP, MARKUP * 200, "\u202e\u200b\ufeff", "\0", "a\r\nX-Attacked: 1", "%(x)s {0} ${7*7} {{7*7}}", "x" * 70_000),
)
NAMES = (
    *("answer", "guests", "word", "undo", "again", "do", "code", "need", "time", "help_line", "wish", "sent", "asked"),
    *("name", "acronym", "does", "offers", "seeks", "website", "sector", "place", "email", "type", "words", "page"),
    *("embed", "weekly", "homepage", "url", "audience", "organisation", "start_day", "start_hour", "stop_day"),
    *(
        "stop_hour",
        "know_1",
        "mention_1",
        "self",
        "token",
        "csrf_token",
        "redirect",
        "debug",
        "db",
        MARKUP,
        "\0",
        "a[b][c]",
    ),
)
# What answers in our own words, and not in Odoo's or the server's.
OURS = re.compile(rb"^/(?:partner-event|network-call|partners-agenda|who-does-what|relations-survey)/[^/]")
METHODS = (
    "GET",
    "GET",
    "GET",
    "POST",
    "POST",
    "POST",
    "POST",
    "HEAD",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "FOO",
)
TYPES = (
    *("application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-16", "multipart/form-data"),
    *(
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x",
        "application/json",
        "text/xml",
        "text/plain",
    ),
    *("application/x-www-form-urlencoded, text/html", "é/ü", "", "/", "x" * 3000),
)
HEADERS = {
    "Accept-Language": (
        "",
        "fr",
        "en-US,en;q=0.5",
        "fr;q=é",
        "*;q=-1",
        ",;=,",
        "x" * 4000,
        "ar",
        "../../fr",
        "q=1;q=1",
    ),
    "Cookie": ("", "session_id=x", "session_id=../../etc", "=;=;", "frontend_lang=zz_ZZ", "é=ü", "a=" + "b" * 6000),
    "Range": ("bytes=0-1", "bytes=5-1", "bytes=-", "lines=0-", "bytes=0-0,2-3"),
    "Host": ("fuzz.example", "", "a b", "fuzz.example/@x", "é", "x" * 3000),
    "X-Forwarded-For": ("1.2.3.4", "é", "x" * 2000, "::1, ::2"),
    "X-Forwarded-Host": ("fuzz.example",),
    "X-HTTP-Method-Override": ("DELETE",),
    "If-None-Match": ("*", '"', 'W/"x"', "é"),
    "If-Modified-Since": ("never", "Thu, 99 Jan 2026 00:00:00 GMT"),
    "Referer": ("https://fuzz.example/" + "x" * 2000, "é"),
    "Accept": ("application/json", "*/*;q=x", ""),
    "Accept-Encoding": ("gzip;q=x", "identity;q=0, *;q=0"),
}
LARGE = b"word=" + b"x" * 2**21
DEEP = b"[" * 100_000
NESTED = (
    b'--x\r\nContent-Disposition: form-data; name="word"; filename="../../x<b id=fuzz>"\r\n\r\n<b id=fuzz>\r\n--x--'
)
NO_END = b'--x\r\nContent-Disposition: form-data; name="word"\r\n\r\nx'


@st.composite
def requests(draw, world):
    """Draw a request: its bytes, and who may be named in its answer."""
    shown = draw(st.sampled_from(world["pages"]))
    links = {re.search(r"[\w-]{32}", each["path"]) for each in world["pages"]}
    tokens = sorted({link[0] for link in links if link} | {world["calendar"]})
    if draw(st.integers(0, 2)):
        path, whose = shown["path"].encode(), shown["whose"]
    else:
        parts = re.split(r"<[^>]+>", draw(st.sampled_from(world["routes"])))
        path = parts[0].encode()
        for part in parts[1:]:
            filled = draw(st.sampled_from(tokens) | st.sampled_from(ENCODED) | st.text(max_size=60).map(quote))
            path += filled.encode() + part.encode()
        found = [each for each in world["pages"] if each["path"].partition("?")[0].encode() in path]
        whose = found[0]["whose"] if found else None
    pairs = draw(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(WORDS) | st.text(max_size=80)), max_size=8))
    form = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs).encode()
    if draw(st.booleans()):
        path += (b"&" if b"?" in path else b"?") + form[:6000] + draw(st.sampled_from(ENCODED)).encode()[:3000]
    method = draw(st.sampled_from(METHODS))
    headers = {"Host": "localhost"}
    for name in draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=3)):
        headers[name] = draw(st.sampled_from(HEADERS[name]))
    body = b""
    if method not in ("GET", "HEAD", "OPTIONS", "TRACE") or not draw(st.integers(0, 9)):
        odd = st.sampled_from([LARGE, DEEP, NESTED, NO_END, b"word=%ff%fe%00", b"a=b&" * 5000, b"%", b"\xff\x00"])
        body = draw(st.just(form) | st.just(form) | odd | st.binary(max_size=200))
        usual = st.just(TYPES[0])
        headers["Content-Type"] = draw(usual | usual | st.sampled_from(TYPES))
        headers["Content-Length"] = str(len(body))
    lines = [f"{method} ".encode() + path + b" HTTP/1.1", b"Connection: close"]
    lines += [f"{name}: {value}".encode() for name, value in headers.items()]
    return b"\r\n".join([*lines, b"", body]), whose


def quote(text):
    """Write any text for an address or a form, whole characters or not."""
    return urllib.parse.quote(text.encode("utf-8", "surrogatepass"), safe="")


def send(address, request):
    """Send bytes, and return the answer with its whole content in ``content``."""
    place = urllib.parse.urlsplit(address)
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before it has all been read
            connection.sendall(request)
        answer = http.client.HTTPResponse(connection, method=request.split(b" ", 1)[0].decode())
        try:
            answer.begin()
            answer.content = answer.read()
        except (ConnectionResetError, http.client.BadStatusLine):
            return None
        return answer


def check(answer, request, whose, allowed):
    """Check an answer: it is one, in words, and tells nothing of anybody but whose link it is."""
    content = answer.content
    told = content.decode(errors="replace") + "".join(f"\n{name}: {value}" for name, value in answer.getheaders())
    assert answer.status < 500, content
    assert not UNESCAPED.search(content)
    assert not answer.headers.get("X-Attacked")
    # Odoo itself leads from two slashes to one, at whatever name it was called by.
    leads_to = urllib.parse.urlsplit(answer.headers.get("Location") or "").netloc
    assert answer.status == 308 or "fuzz.example" not in leads_to
    assert "Traceback" not in told and "psycopg" not in told
    named = {found.lower() for found in PERSON.findall(told)}
    assert named <= {(whose or "").lower()}, named
    written = set(EMAIL.findall(told)) - allowed
    assert {each.partition("@")[0].lower() for each in written} <= named, written
    if (
        content
        and answer.status != 308
        and OURS.search(request.split(b" ", 2)[1])
        and b"\r\nHost: localhost\r\n" in request
    ):
        assert "charset=" in answer.headers["Content-Type"].lower(), answer.headers["Content-Type"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.smallest
def test_whatever_is_sent_is_answered_and_tells_nothing_of_another(odoo, demo_database, serve):
    world = odoo.run_in_shell(demo_database, PREPARE.rpartition("print(")[0] + ROUTES)
    address = serve(demo_database)
    log = cache() / "logs" / f"server-{urllib.parse.urlsplit(address).port}.log"
    begun = log.stat().st_size
    allowed = {*world["told"], "bonjour@example.org", ADDRESS}
    assert len(world["routes"]) > 20
    refused = []

    @settings(
        max_examples=size(1000, 80),
        deadline=None,
        database=None,
        derandomize=SMALLEST,  # what is asked of all who change something is the same each time
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(world))
    def try_all(drawn):
        request, whose = drawn
        if answer := send(address, request):
            check(answer, request, whose, allowed)
        else:
            refused.append(request)

    try_all()
    assert all(len(request) > 5_000 for request in refused), "only what is too large is cut off"
    for shown in world["pages"]:
        request = f"GET {shown['path']} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        check(send(address, request), request, shown["whose"], allowed)
    text = log.read_text(errors="replace")[begun:]
    assert "HTTP/1.1" in text, "the log is this server's"
    assert "Traceback" not in text and " ERROR " not in text, text[text.find("Traceback") - 2000 :][:4000]
