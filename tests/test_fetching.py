"""Addresses that somebody has typed, and the servers behind them, meant badly or not: none harms ours."""

import base64
import contextlib
import doctest
import gzip
import importlib.util
import socket
import ssl
import sys
import threading
import time
import zlib
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from devtools.places import CHECKOUT

ADDON = CHECKOUT / "shifters_relations_events"
CALENDAR = (ADDON / "tests" / "calendars" / "plain" / "feed.ics").read_bytes()
HOST = "127.0.0.1"
ALLOWED = (HOST,)
# A day that never comes is looked for until the year 9999; the other comes at each second.
BOMB = b"BEGIN:VEVENT\r\nUID:%d\r\nDTSTART:19900101T000000Z\r\nSUMMARY:Bomb %d\r\nRRULE:%s\r\nEND:VEVENT\r\n"
MILLIONS = (
    b"BEGIN:VCALENDAR\r\n"
    + BOMB % (1, 1, b"FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2")
    + BOMB % (2, 2, b"FREQ=SECONDLY")
    + CALENDAR.removeprefix(b"BEGIN:VCALENDAR\r\n")
)


def load(name):
    """A module of the addon that needs no Odoo."""
    specification = importlib.util.spec_from_file_location(name, ADDON / f"{name}.py")
    sys.modules[name] = module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


fetching, apart = load("fetching"), load("apart")


class Hostile(BaseHTTPRequestHandler):
    """Answers at each path in another way."""

    asked = None  # the headers of each question, by path

    def do_GET(self):
        path = self.path.strip("/").partition("?")[0]
        self.asked.setdefault(path, []).append(self.headers)
        with contextlib.suppress(OSError):
            getattr(self, f"say_{path}", self.say_nothing)()

    def answer(self, content=b"", status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def say_nothing(self):
        self.answer(status=404)

    def say_calendar(self):
        if self.headers.get("If-None-Match") == '"1"':
            return self.answer(status=304)
        return self.answer(CALENDAR, ETag='"1"', Set_Cookie="a=b", Content_Type="text/calendar; charset=utf-8")

    def say_gzip(self):
        self.answer(gzip.compress(CALENDAR), Content_Encoding="gzip")

    def say_deflate(self):
        self.answer(zlib.compress(CALENDAR), Content_Encoding="deflate")

    def say_bomb(self):
        self.answer(gzip.compress(b"\0" * (fetching.MAX_BYTES * 3)), Content_Encoding="gzip")

    def say_promised(self):
        self.answer(Content_Length=str(500 << 20))

    def say_endless(self):
        self.answer()
        while True:
            self.wfile.write(b"\0" * (1 << 20))

    def say_drops(self):
        self.answer()
        while True:
            self.wfile.write(b"\0")
            time.sleep(0.05)

    def say_slow_head(self):
        while True:
            self.wfile.write(b"H")
            time.sleep(0.05)

    def say_around(self):
        self.answer(status=302, Location="/around")

    def say_once_moved(self):
        self.answer(status=301, Location="calendar", Set_Cookie="a=b")

    def say_to_a_file(self):
        self.answer(status=302, Location="file:///etc/passwd")

    def say_to_another_name(self):
        self.answer(status=302, Location=f"http://localhost:{self.server.server_port}/calendar")

    def say_to_metadata(self):
        self.answer(status=307, Location="http://169.254.169.254/latest/meta-data/")

    def say_to_mapped(self):
        self.answer(status=308, Location=f"http://[::ffff:10.0.0.1]:{self.server.server_port}/calendar")

    def say_to_this_machine_mapped(self):
        self.answer(status=302, Location=f"//[::ffff:7f00:1]:{self.server.server_port}/calendar")

    def say_with_a_password(self):
        self.answer(status=302, Location=f"http://a:b@{HOST}/calendar")

    def say_cut_short(self):
        self.answer(CALENDAR[:150], Content_Length=str(len(CALENDAR)))

    def say_cut_gzip(self):
        self.answer(gzip.compress(CALENDAR)[:-20], Content_Encoding="gzip")

    def say_old_page(self):
        if self.headers.get("If-Modified-Since"):
            return self.answer(status=304)
        return self.say_page()

    def say_forbidden(self):
        self.answer(status=403)

    def say_noise(self):
        self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")

    def say_page(self):
        self.answer(
            b'<html><head><link rel="alternate" type="text/calendar" href="calendar?a=1&amp;b=2"></head></html>'
        )

    def say_millions(self):
        self.answer(MILLIONS)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def server():
    """A server of this machine; and what it was asked."""
    Hostile.asked = {}
    with ThreadingHTTPServer((HOST, 0), Hostile) as httpd:
        httpd.daemon_threads = True
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{httpd.server_port}/"
        httpd.shutdown()


def refuse(url, **options):
    with pytest.raises(fetching.Refused) as refused:
        fetching.fetch(url, **options)
    return refused.value.reason


def test_the_examples_are_true():
    failed, tried = doctest.testmod(fetching)
    assert tried and not failed


@pytest.mark.parametrize("path", ["calendar", "gzip", "deflate", "once_moved"])
def test_a_calendar_is_fetched(server, path, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    Hostile.asked.clear()
    assert fetching.fetch(server + path, ALLOWED).content == CALENDAR
    headers = Hostile.asked[path][0]
    assert headers["Host"] == server.strip("/").removeprefix("http://")
    sent = {name for asked in Hostile.asked.values() for each in asked for name in each}
    assert sent == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}, "no cookie, no referrer"


def test_calendars_own_scheme_is_understood(server):
    assert fetching.fetch(server.replace("http://", "webcal://") + "calendar", ALLOWED).content == CALENDAR


def test_what_has_not_changed_is_not_sent(server):
    first = fetching.fetch(server + "calendar", ALLOWED)
    assert first.validators == {"etag": '"1"'}
    again = fetching.fetch(server + "calendar", ALLOWED, first.validators)
    assert (again.content, again.validators) == (None, first.validators)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("bomb", "too_large"),
        ("promised", "too_large"),
        ("endless", "too_large"),
        ("around", "redirects"),
        ("to_a_file", "address"),
        ("to_another_name", "inside"),
        ("to_metadata", "inside"),
        ("to_mapped", "inside"),
        ("to_this_machine_mapped", "inside"),
        ("with_a_password", "password"),
        ("forbidden", "status"),
        ("missing", "status"),
        ("noise", "broken"),
        ("cut_short", "broken"),
        ("cut_gzip", "broken"),
    ],
)
def test_a_hostile_server_is_left(server, path, reason):
    assert refuse(server + path, allowed=ALLOWED) == reason


def test_a_slow_server_is_left(server, monkeypatch):
    monkeypatch.setattr(fetching, "MAX_SECONDS", 0.5)
    before = time.monotonic()
    assert refuse(server + "drops", allowed=ALLOWED) == "slow"
    assert time.monotonic() - before < 5, "it would go on for ever"


def test_this_machine_is_not_read_unless_it_is_named(server):
    port = server.rstrip("/").rpartition(":")[2]
    ways = (HOST, "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]")
    for host in (*ways, "localhost.", "LOCALHOST"):
        assert refuse(f"http://{host}:{port}/calendar") in ("inside", "unknown"), host
    assert refuse(f"http://localhost:{port}/calendar", allowed=ALLOWED) == "inside", "another name than the allowed one"


@pytest.mark.parametrize("address", ["10.0.0.5", "192.168.1.1", "169.254.169.254", "100.64.0.1", "::1", "fd00::1"])
def test_a_name_that_stands_for_an_inner_address_is_refused(address):
    def resolve(_host, port, **_options):
        public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [public, (family, socket.SOCK_STREAM, 6, "", (address, port))]

    assert refuse("http://rebind.example/", resolve=resolve) == "inside"


def test_the_address_that_was_checked_is_the_one_that_is_called(server, monkeypatch):
    """A name server may answer otherwise the second time: it is asked once, and never by the connection."""
    port = int(server.rstrip("/").rpartition(":")[2])
    asked = []

    def resolve(host, number, **_options):
        asked.append(host)
        target = (HOST, port) if len(asked) == 1 else ("10.0.0.1", number)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", target)]

    monkeypatch.setattr(fetching, "is_public", lambda address: address == HOST)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_named: pytest.fail("asked again"))
    assert fetching.fetch("http://rebind.example/calendar", resolve=resolve).content == CALENDAR
    assert asked == ["rebind.example"]
    assert Hostile.asked["calendar"][-1]["Host"] == "rebind.example"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "address"),
        ("ftp://example.org/a.ics", "address"),
        ("gopher://example.org", "address"),
        ("agenda.ics", "address"),
        ("http://", "address"),
        ("http://[", "address"),
        ("http://example.org\\@127.0.0.1/", "address"),
        ("http://example.org/\r\nHost: x", "address"),
        ("http://" + "a" * 3000, "address"),
        ("http://user:word@example.org/", "password"),
        ("http://example.org:25/", "port"),
        ("http://example.org:99999/", "address"),
        ("http://no-such-name.invalid/", "unknown"),
    ],
)
def test_what_is_no_address_of_a_calendar_is_refused(url, reason):
    assert refuse(url) == reason


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    pem = certificate.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "both.pem").write_bytes(secret + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    with ThreadingHTTPServer((HOST, 0), Hostile) as httpd:
        httpd.handle_error = lambda *_arguments: None
        httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        assert refuse(f"https://localhost:{httpd.server_port}/calendar", allowed=["localhost"]) == "certificate"
        httpd.shutdown()


# In a process of its own


def read_apart(url, seconds=apart.MAX_SECONDS, **values):
    asked = {"url": url, "allowed": [HOST], "today": "2026-03-10", "zone": "Europe/Paris", **values}
    return apart.read_apart(asked, seconds)


def test_a_page_leads_to_the_calendar_that_it_names(server):
    assert [entry["name"] for entry in read_apart(server + "page")["entries"]] == ["Congrès"]


def test_a_page_that_has_not_changed_says_nothing_of_its_calendar(server):
    known = read_apart(server + "old_page")["validators"]
    assert known["etag"] == '"1"'
    known["modified"] = "Tue, 10 Mar 2026 00:00:00 GMT"
    assert Hostile.asked["old_page"][-1]["If-Modified-Since"] is None
    assert read_apart(server + "old_page", validators=known)["unchanged"]
    assert Hostile.asked["old_page"][-1]["If-Modified-Since"] is None
    assert Hostile.asked["calendar"][-1]["If-None-Match"] == '"1"'


def test_a_bomb_of_repetitions_costs_the_other_events_nothing(server):
    before = time.monotonic()
    found = read_apart(server + "millions")
    assert [entry["name"] for entry in found["entries"]] == ["Congrès"]
    assert [line["reason"] for line in found["skipped"]] == ["too_often", "too_often"]
    assert time.monotonic() - before < 10


@pytest.mark.parametrize("path", ["slow_head", "drops"])
def test_who_takes_too_long_is_killed(server, path):
    before = time.monotonic()
    assert read_apart(server + path, seconds=2) == {"failure": {"reason": "slow", "value": ""}}
    assert time.monotonic() - before < 10


def test_a_process_that_dies_is_an_answer(monkeypatch):
    monkeypatch.setattr(apart, "START", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert read_apart("")["failure"]["reason"] == "killed"


def test_a_process_has_a_limit_of_memory(monkeypatch):
    start = "import sys; sys.path[:0] = [sys.argv[1]]; import apart; apart._limit(); b'x' * (1 << 30); print('{}')"
    monkeypatch.setattr(apart, "START", start)
    assert read_apart("")["failure"]["reason"] == "killed"


def test_a_file_is_read_without_any_call():
    found = apart.read_apart(
        {"file": base64.b64encode(CALENDAR).decode(), "today": "2026-03-10", "zone": "Europe/Paris"}
    )
    assert [entry["name"] for entry in found["entries"]] == ["Congrès"]
    assert apart.read_apart({"file": "", "today": "2026-03-10", "zone": "x"})["failure"]["reason"] == "empty"
