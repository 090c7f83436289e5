"""What haproxy does, by the file of ``deployment``, with what servers refuse, take or cannot answer any more."""

import contextlib
import json
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from balancer import Balancer, wait_until

from devtools.odoo import free_port


class Mirror(BaseHTTPRequestHandler):
    """A server that answers with what it was told."""

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = json.dumps({"server": self.server.server_port, "headers": self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_POST(self):
        self.do_GET()

    def log_message(self, *_arguments):
        """Say nothing."""


@contextlib.contextmanager
def mirror():
    """Serve on a port of its own, and give it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    server.handle_error = lambda *_arguments: None  # a check of haproxy's that was too slow has gone
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def balancer(folder, first, **more):
    """Let haproxy stand before a first server and a second one that works.

    :param first: its port
    :return: haproxy, its address, and the port of the second server
    """
    port = free_port()
    with mirror() as second:
        servers = {"SERVER_A": first, "WEBSOCKETS_A": second, "SERVER_B": second, "WEBSOCKETS_B": second}
        addresses = {name: f"127.0.0.1:{each}" for name, each in servers.items()}
        with Balancer(folder, **{"MEMBERS": f"127.0.0.1:{port}", **addresses, **more}) as haproxy:
            wait_until(haproxy.has_begun)
            yield haproxy, port, second


def test_what_a_dead_server_refuses_the_other_one_gets_before_anybody_has_noticed(tmp_path):
    first = contextlib.ExitStack()
    with balancer(tmp_path, first.enter_context(mirror())) as (haproxy, port, second):
        wait_until(lambda: haproxy.read_state("servers", "a")["check_status"] == "L7OK")
        first.close()
        answers = [requests.post(f"http://127.0.0.1:{port}/", data={"a": each}, timeout=20) for each in range(6)]
        assert [answer.json()["server"] for answer in answers] == [second] * 6
        assert haproxy.read_state("servers", "a")["wredis"] != "0", "it was asked first"


@pytest.mark.parametrize(("method", "sent", "answered"), [("GET", None, 200), ("POST", "a", 502)])
def test_what_a_server_took_before_it_died_is_asked_again_if_it_writes_nothing(tmp_path, method, sent, answered):
    dying = socket.create_server(("127.0.0.1", 0))
    with balancer(tmp_path, dying.getsockname()[1]) as (haproxy, port, _second), ThreadPoolExecutor() as pool:
        haproxy.tell("set server servers/b state maint")
        asked = pool.submit(requests.request, method, f"http://127.0.0.1:{port}/", data=sent, timeout=20)
        wait_until(lambda: haproxy.read_state("servers", "a")["scur"] == "1")
        haproxy.tell("set server servers/b state ready")
        wait_until(lambda: haproxy.read_state("servers", "b")["status"] == "UP")
        dying.close()
        assert asked.result().status_code == answered


def test_a_certificate_makes_it_speak_https_alone(tmp_path):
    certificate, port = tmp_path / "relations.pem", free_port()
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", certificate, "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    with certificate.open("a") as file:
        file.write((tmp_path / "cert.pem").read_text())
    words = f"127.0.0.1:{port} ssl crt {certificate} alpn h2,http/1.1"
    with mirror() as first, balancer(tmp_path, first, MEMBERS=words):
        answer = requests.get(f"https://127.0.0.1:{port}/", verify=False, timeout=20)
        assert "max-age" in answer.headers["Strict-Transport-Security"]
        assert ["x-forwarded-proto", "https"] in answer.json()["headers"]
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}/", timeout=20)


@pytest.mark.parametrize(("before", "last"), [("127.0.0.1", "203.0.113.9"), ("192.0.2.1", "127.0.0.1")])
def test_who_asks_is_told_by_the_proxy_before_it_alone(tmp_path, before, last):
    told = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "evil.example"}
    with mirror() as first, balancer(tmp_path, first, PROXY_BEFORE=before) as (_haproxy, port, _second):
        headers = requests.get(f"http://127.0.0.1:{port}", headers=told, timeout=20).json()["headers"]
    assert [value for name, value in headers if name == "x-forwarded-for"][-1] == last
    assert ["x-forwarded-proto", "http"] in headers and ["x-forwarded-host", f"127.0.0.1:{port}"] in headers
