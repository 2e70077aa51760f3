"""The way out reaches public hosts over https, in bounded time and size, and nothing else."""

import datetime as dt
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sca_lms.lti.outbound import Outbound, Unreachable, is_public

Script = Callable[[socket.socket], None]


@contextmanager
def serving(script: Script, *, reads: bool = True) -> Iterator[tuple[str, list[bytes]]]:
    """Run a server on loopback that does with each connection what the script says."""
    listener = socket.create_server(("127.0.0.1", 0))
    received: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    def talk(connection: socket.socket) -> None:
        with connection:
            try:
                if reads:
                    received.append(whole_request(connection))
                script(connection)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", received
    finally:
        # Closing alone would not wake the thread that waits for a connection.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def whole_request(connection: socket.socket) -> bytes:
    request = connection.recv(65536)
    announced = re.search(rb"Content-Length: (\d+)", request)
    while announced and len(request.partition(b"\r\n\r\n")[2]) < int(announced[1]):
        request += connection.recv(65536)
    return request


def answering(body: bytes, *, status: str = "200 OK", headers: str = "") -> Script:
    def script(connection: socket.socket) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
        connection.sendall(head.encode() + body)

    return script


def silent(_connection: socket.socket) -> None:
    threading.Event().wait(5)


def refusal(way_out: Outbound, url: str, **options: object) -> str:
    with pytest.raises(Unreachable) as caught:
        way_out.request("GET", url, **options)  # type: ignore[arg-type]  # Passed on.
    return type(caught.value).__name__


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.5.5", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - Nothing is bound here.
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("64:ff9b:1::5db8:d822", False),
        ("64:ff9b:1:fffe::a00:1", False),
        ("::10.0.0.1", False),
        ("::93.184.216.34", False),
        ("::ffff:0:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("2002:a00:1::", False),
        ("2002:5db8:d822::", True),
        ("2001:0:5db8:d822:0:0:f5ff:fffe", False),
        ("2606:2800:220:1:0:5efe:10.0.0.1", False),
        ("2606:2800:220:1:200:5efe:192.168.1.1", False),
        ("fec0::1", False),
        ("5f00::1", False),
        ("3fff::1", False),
        ("100:0:0:1::1", False),
        ("2001:db8::1", False),
        ("2001:2::1", False),
        ("2a00:1450:4001:80b::200e", True),
        ("192.0.0.8", False),
        ("192.0.0.9", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("240.0.0.1", False),
        ("ff02::1", False),
        ("ff0e::1", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_host_inside_our_own_network_is_never_connected_to() -> None:
    with serving(answering(b"{}")) as (url, received):
        assert refusal(Outbound(allow_private=False), url.replace("http", "https"))
        assert received == []


def test_plain_http_is_refused_unless_private_hosts_are_allowed() -> None:
    with serving(answering(b"{}")) as (url, received):
        assert refusal(Outbound(allow_private=False), url)
        assert received == []
        assert Outbound(allow_private=True).request("GET", url).content == b"{}"


def test_a_name_that_changes_its_address_between_look_ups_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int, **_options: object) -> list[object]:
        asked.append(host)
        address = "93.184.216.34" if len(asked) > 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert refusal(Outbound(allow_private=False), "https://rebind.example/jwks")
    assert asked == ["rebind.example"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.example/",
        "file:///etc/passwd",
        "https:///nothing",
        "gopher://x",
        "https://[",
        "x",
        "http://x.example:99999/",
    ],
)
def test_what_is_not_a_web_address_is_refused(url: str) -> None:
    assert refusal(Outbound(allow_private=True), url)


def test_a_name_that_nobody_knows_is_unreachable() -> None:
    assert refusal(Outbound(allow_private=True), "https://does-not-exist.invalid/jwks")


def test_a_closed_port_is_unreachable() -> None:
    with serving(answering(b"")) as (url, _):
        pass
    assert refusal(Outbound(allow_private=True), url)


def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    began = time.monotonic()
    with serving(silent) as (url, _):
        assert refusal(Outbound(allow_private=True, budget=0.4), url)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "drip", [b"H", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_a_server_that_sends_byte_by_byte_is_given_up_in_time(drip: bytes) -> None:
    pause = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.sendall(drip)
        for _ in range(200):
            connection.sendall(b"x")
            pause.wait(0.02)

    began = time.monotonic()
    with serving(script) as (url, _):
        assert refusal(Outbound(allow_private=True, budget=0.4), url)
    assert time.monotonic() - began < 2


def test_an_answer_larger_than_allowed_is_not_read_to_its_end() -> None:
    def script(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with serving(script) as (url, _):
        assert refusal(Outbound(allow_private=True), url, limit=100_000)


def test_a_compressed_answer_is_refused_because_its_size_is_not_known() -> None:
    with serving(answering(b"x" * 10, headers="Content-Encoding: gzip\r\n")) as (url, received):
        assert refusal(Outbound(allow_private=True), url)
        assert b"Accept-Encoding: identity" in received[0]


def test_a_redirect_within_the_host_is_followed_and_one_to_another_host_is_not() -> None:
    with serving(answering(b"gold")) as (other, untouched):

        def script(connection: socket.socket) -> None:
            path = seen[-1].split()[1]
            target = {b"/here": "/there", b"/away": f"{other}/gold"}.get(path)
            if target:
                answering(b"", status="302 Found", headers=f"Location: {target}\r\n")(connection)
            else:
                answering(b"found")(connection)

        with serving(script) as (url, seen):
            way_out = Outbound(allow_private=True)
            assert way_out.request("GET", f"{url}/here").content == b"found"
            assert refusal(way_out, f"{url}/away")
            assert untouched == []


def test_redirects_that_go_in_a_circle_end() -> None:
    with serving(answering(b"", status="302 Found", headers="Location: /again\r\n")) as (url, seen):
        assert refusal(Outbound(allow_private=True), url)
        assert len(seen) == 4


def test_proxies_and_passwords_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answering(b"proxy")) as (proxy, through_proxy), serving(answering(b"host")) as (url, _):
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("HTTP_PROXY", proxy)
        assert Outbound(allow_private=True).request("GET", url).content == b"host"
        assert through_proxy == []


def test_cookies_of_one_host_are_not_kept() -> None:
    with serving(answering(b"", headers="Set-Cookie: a=b; Path=/\r\n")) as (url, seen):
        way_out = Outbound(allow_private=True)
        way_out.request("GET", url)
        way_out.request("GET", url)
        assert not any(b"Cookie" in request for request in seen)


def test_the_tool_says_who_it_is_and_sends_what_it_is_given() -> None:
    with serving(answering(b"ok", status="404 Not Found")) as (url, seen):
        answer = Outbound(allow_private=True).request("POST", url, headers={"X-A": "b"}, body=b"body")
        assert answer.status == 404
        assert b"User-Agent: SCA-LMS/" in seen[0]
        assert b"X-A: b" in seen[0]
        assert seen[0].endswith(b"body")


def test_a_connection_is_used_again_and_a_spoiled_one_is_not() -> None:
    connections: list[int] = []

    def script(connection: socket.socket) -> None:
        connections.append(connection.fileno())
        while True:
            body = b"x" * 200_000 if b"/large" in seen[-1].split(b"\r\n")[0] else b"small"
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            following = whole_request(connection)
            if not following:
                return
            seen.append(following)

    with serving(script) as (url, seen):
        way_out = Outbound(allow_private=True)
        assert way_out.request("GET", f"{url}/one").content == b"small"
        assert way_out.request("GET", f"{url}/two").content == b"small"
        assert len(connections) == 1
        assert refusal(way_out, f"{url}/large", limit=1_000)
        assert way_out.request("GET", f"{url}/three").content == b"small"
        assert len(connections) == 2


def test_an_address_is_looked_at_again_for_every_new_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def noted(host: str, port: int, **options: int) -> object:
        asked.append(host)
        return look_up(host, port, **options)

    with serving(answering(b"ok")) as (url, _):
        way_out = Outbound(allow_private=True)
        monkeypatch.setattr(socket, "getaddrinfo", noted)
        # The server closes each connection, so each request needs a new one.
        way_out.request("GET", url)
        way_out.request("GET", url)
        assert asked == ["127.0.0.1", "127.0.0.1"]


def test_a_certificate_that_nobody_has_signed_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path))
    received: list[bytes] = []

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as inside:
            received.append(inside.recv(65536))

    # A client speaks first in TLS as well, but nothing may be read before the handshake.
    with serving(script, reads=False) as (url, _), pytest.raises(Unreachable) as caught:
        Outbound(allow_private=True).request("GET", url.replace("http://", "https://"))
    assert "certificate" in str(caught.value)
    assert received == []


def own_certificate(directory: Path) -> Path:
    """Make a key and a certificate for loopback that is signed by itself; return the file of both."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = directory / "own.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(key.private_bytes(pem, *plain) + certificate.public_bytes(pem))
    return file
