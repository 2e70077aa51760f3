"""A host that answers what a test tells it to, over a real socket of loopback."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True, slots=True)
class Said:
    """One answer to be given."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, document: object, *, status: int = 200, **headers: str) -> "Said":
        return cls(status, json.dumps(document).encode(), {"Content-Type": "application/json", **headers})


class HostServer:
    """Answers by path; everything else is 404."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.places: dict[str, Callable[[Asked], Said]] = {}
        self.asked: list[Asked] = []

    def serve(self, path: str, said: Said | Callable[[Asked], Said]) -> None:
        self.places[path] = said if callable(said) else lambda _asked: said

    def requests(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path.partition("?")[0] == path]

    def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        place = self.places.get(asked.path.partition("?")[0])
        return place(asked) if place else Said(404, b"no such page")


@contextmanager
def running_host() -> Iterator[HostServer]:
    """Run a host until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.host = HostServer(server.server_address[1])  # type: ignore[attr-defined]  # The handler finds it there.
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.host  # type: ignore[attr-defined]  # As above.
        finally:
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """Return a port on which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    assert isinstance(port, int)
    return port


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        named = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, named, self.rfile.read(length))
        said = self.server.host.answer(asked)  # type: ignore[attr-defined]  # Put there by `running_host`.
        self.send_response(said.status)
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said.body)

    do_POST = do_HEAD = do_GET  # noqa: N815 - The library looks for these names.

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - The library's own signature.
        """Write nothing."""
