"""Ask a host something over the network without trusting where its addresses lead.

An address of a host comes from outside, so a request must not reach the machines behind our own firewall.
The check is made on the very address that is connected to, after the name was looked up: a name that
resolves to something else the second time (DNS rebinding) gains nothing. Every request has a deadline of
its own, because a timeout of the library only bounds the wait for the next byte.
"""

import contextvars
import functools
import ipaddress
import os
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self
from urllib.parse import urljoin, urlsplit

from certifi import where as known_authorities
from flask import current_app
from flask_babel import lazy_gettext as _l
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, SSLError
from urllib3.exceptions import TimeoutError as TookTooLong
from urllib3.util.ssl_ import create_urllib3_context

from sca_lms import __version__
from sca_lms.config import settings
from sca_lms.errors import Refused, Text
from sca_lms.lti.deadlines import watch_over

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
BUDGET_SECONDS = 10.5
"""How long one request may take altogether, name lookup excluded."""
MOST_REDIRECTS = 3
CHUNK = 16 * 1024
DEFAULT_LIMIT = 4 * 1024 * 1024
MOST_HOSTS, MOST_AT_ONCE = 64, 32
"""So many connections are kept open between requests: this many hosts, this many to each."""
USER_AGENT = f"SCA-LMS/{__version__}"
EXTENSION = "sca_lti_outbound"

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Beyond this block no address of IPv6 is routed on the internet. It keeps out 64:ff9b:1::/48 (local NAT64),
# ::a.b.c.d, ::ffff:0:a.b.c.d, fec0::/10, 5f00::/16 (SRv6) and 100::/63; Python 3.11 calls most global.
_ROUTED = ipaddress.ip_network("2000::/3")
# Inside of what Python 3.11 calls global, but reserved: https://www.iana.org/assignments/iana-ipv4-special-registry
# and iana-ipv6-special-registry.
_RESERVED = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "100.64.0.0/10", "2001::/23", "2001:db8::/32", "3fff::/20"),
    )
)
# The last 64 bits of an address that a tunnel (ISATAP) makes of one of IPv4.
_TUNNELLED = frozenset({0x0000_5EFE, 0x0200_5EFE})


class Unreachable(Refused):
    """A host gave no usable answer; the message says why in words."""

    code: ClassVar[str] = "unreachable"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered, whole."""

    status: int
    headers: Mapping[str, str]
    """Looked up without regard to case."""
    content: bytes
    url: str
    """Where the answer came from, after redirects within the host."""


class _Call:
    """One request under way: it knows its sockets and ends them when its time is over."""

    def __init__(self, budget: float, *, allow_private: bool) -> None:
        self.allow_private = allow_private
        self.deadline = time.monotonic() + budget
        self.expired = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self.is_over = False

    def __enter__(self) -> Self:
        watch_over(self)
        return self

    def __exit__(self, *_exception: object) -> None:
        self.is_over = True
        with self._lock:
            for watched in self._sockets:
                watched.close()
            self._sockets.clear()

    def remaining(self) -> float:
        """Return how many seconds are left."""
        return self.deadline - time.monotonic()

    def watch(self, connection: socket.socket) -> None:
        """Remember a second handle of a connection, which outlives its being wrapped for TLS."""
        with self._lock:
            self._sockets.append(socket.socket(fileno=os.dup(connection.fileno())))
            if self.expired:
                # Its time was over while it was being made: nobody comes back to end it.
                connection.shutdown(socket.SHUT_RDWR)

    def expire(self) -> None:
        """End what is under way: whoever reads or writes finds the connection closed."""
        with self._lock:
            if self.is_over:
                return
            self.expired = True
            for watched in self._sockets:
                try:
                    watched.shutdown(socket.SHUT_RDWR)
                except OSError:
                    # The other side was quicker.
                    continue


_current: contextvars.ContextVar[_Call] = contextvars.ContextVar("sca_lms_outbound_call")


def is_public(address: str) -> bool:
    """Tell whether an address belongs to the public internet, also when it hides inside another one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        hidden = _hidden(found)
        if hidden is not None:
            return is_public(str(hidden))
        if found not in _ROUTED:
            return False
    reserved = any(found in network for network in _RESERVED if network.version == found.version)
    return found.is_global and not found.is_multicast and not reserved


def _hidden(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the address of IPv4 to which a packet to this one is handed on."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    tunnelled = int(address) >> 32 & 0xFFFF_FFFF in _TUNNELLED
    return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 or tunnelled else None


def _connect(host: str, port: int | None) -> socket.socket:
    """Connect to the first address of a name that may be used and answers."""
    call = _current.get()
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(_l("the name %(host)s is not known", host=host)) from error
    reason: Text = _l("%(host)s has no address", host=host)
    for family, kind, protocol, _, address in found:
        if not call.allow_private and not is_public(str(address[0])):
            reason = _l("%(host)s is not an address of the public internet", host=host)
            continue
        if call.remaining() <= 0:
            break
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(min(CONNECT_SECONDS, call.remaining()))
            connection.connect(address)
            # A small request must not wait for a larger one to fill its packet.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connection.close()
            reason = _why(host, error)
            continue
        call.watch(connection)
        return connection
    raise Unreachable(reason)


def _why(host: str, error: BaseException) -> Text:
    if isinstance(error, TimeoutError):
        return _l("%(host)s does not answer", host=host)
    return _l("%(host)s refuses the connection", host=host)


class _GuardedConnection(HTTPConnection):
    """A plain connection that goes only where it may; used for hosts on loopback."""

    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port)

    def request(self, *arguments: object, **options: object) -> None:
        if self.sock is not None:
            _current.get().watch(self.sock)
        super().request(*arguments, **options)  # type: ignore[arg-type]  # Passed on as they came.


class _GuardedTlsConnection(HTTPSConnection):
    """The same with TLS."""

    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port)

    def request(self, *arguments: object, **options: object) -> None:
        if self.sock is not None:
            _current.get().watch(self.sock)
        super().request(*arguments, **options)  # type: ignore[arg-type]  # Passed on as they came.


class _GuardedPool(HTTPConnectionPool):
    ConnectionCls = _GuardedConnection


class _GuardedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTlsConnection


class Outbound:
    """The one way out: https to public addresses, no proxies, no cookies, bounded in time and size."""

    def __init__(self, *, allow_private: bool, budget: float = BUDGET_SECONDS) -> None:
        self._allow_private = allow_private
        self._budget = budget

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Answer:
        """Send one request and return the whole answer, whatever its status; raises `Unreachable`.

        `limit` is the largest answer in bytes. Redirects are followed within one host and only for GET.
        """
        with _Call(self._budget, allow_private=self._allow_private) as call:
            token = _current.set(call)
            try:
                return self._follow(call, method, url, dict(headers or {}), body, limit)
            finally:
                _current.reset(token)

    def _follow(
        self, call: _Call, method: str, url: str, headers: dict[str, str], body: bytes | None, limit: int
    ) -> Answer:
        origin = self._origin(url)
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._once(call, method, url, headers, body, limit)
            location = answer.headers.get("location")
            if method != "GET" or answer.status not in {301, 302, 303, 307, 308} or not location:
                return answer
            url = urljoin(url, location)
            if self._origin(url) != origin:
                raise Unreachable(_l("it redirects to another host, %(host)s", host=urlsplit(url).netloc))
        raise Unreachable(_l("it redirects again and again"))

    def _origin(self, url: str) -> tuple[str, str, int | None]:
        try:
            parts = urlsplit(url)
            scheme, host, port = parts.scheme, parts.hostname or "", parts.port
            if is_ambiguous(url):
                host = ""
        except ValueError:
            scheme, host, port = "", "", None
        if scheme not in {"https", "http"} or not host:
            raise Unreachable(_l("%(url)s is not a web address", url=url))
        if scheme == "http" and not self._allow_private:
            raise Unreachable(_l("%(url)s does not use https", url=url))
        return scheme, host, port

    def _once(
        self, call: _Call, method: str, url: str, headers: dict[str, str], body: bytes | None, limit: int
    ) -> Answer:
        try:
            response = self._connections.urlopen(
                method, url, headers={**_HEADERS, **headers}, body=body, redirect=False, retries=False,
                preload_content=False, timeout=_TIMEOUT,
            )  # fmt: skip
            try:
                content = _read(response, limit)
            except BaseException:
                # What is left of the answer must not be taken for that of the next request.
                response.close()
                raise
            response.release_conn()
        except Unreachable:
            raise
        except (HTTPError, OSError, ValueError) as error:
            raise Unreachable(_reason(call, url, error)) from error
        if call.expired:
            raise Unreachable(_l("%(host)s does not answer in time", host=urlsplit(url).netloc))
        return Answer(response.status, response.headers, content, url)

    @functools.cached_property
    def _connections(self) -> PoolManager:
        """Return what keeps connections open between requests, for all threads."""
        authorities = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
        authorities.load_verify_locations(known_authorities())
        made = PoolManager(
            MOST_HOSTS, maxsize=MOST_AT_ONCE, ssl_context=authorities, cert_reqs=ssl.CERT_REQUIRED
        )
        made.pool_classes_by_scheme = {"http": _GuardedPool, "https": _GuardedTlsPool}
        return made


# Without compression an answer cannot be larger than what was counted.
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
_TIMEOUT = Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)


def _read(response: BaseHTTPResponse, limit: int) -> bytes:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Unreachable(_l("it answers compressed although it was asked not to"))
    found = bytearray()
    for part in response.stream(CHUNK, decode_content=False):
        found += part
        if len(found) > limit:
            raise Unreachable(_l("its answer is larger than %(size)s KiB", size=limit // 1024))
    return bytes(found)


def _reason(call: _Call, url: str, error: Exception) -> Text:
    host = urlsplit(url).netloc
    if call.expired or isinstance(error, TookTooLong):
        return _l("%(host)s does not answer in time", host=host)
    if isinstance(error, SSLError):
        return _l("the certificate of %(host)s is not valid", host=host)
    return _l("%(host)s broke off the connection", host=host)


def outbound() -> Outbound:
    """Return the application's way out."""
    found = current_app.extensions.get(EXTENSION)
    if isinstance(found, Outbound):
        return found
    made = Outbound(allow_private=settings().allow_private_platforms)
    current_app.extensions[EXTENSION] = made
    return made


def is_ambiguous(url: str) -> bool:
    """Tell whether two readers of an address may see different hosts in it; raises `ValueError` for none.

    Behind a backslash, a space or a user's name, one library finds another host than the next.
    """
    odd = any(character == "\\" or character <= " " or character == "\x7f" for character in url)
    return odd or "@" in urlsplit(url).netloc
