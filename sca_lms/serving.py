"""Serve the application with gunicorn in the foreground, and stop gracefully on SIGTERM."""

import errno
import gc
import socket
from collections.abc import Callable
from typing import ClassVar

from flask import Flask
from gunicorn.app.base import BaseApplication

from sca_lms.errors import Refused

THREADS = 8
GRACE_SECONDS = 30
LONGEST_REQUEST_SECONDS = 60


class AddressNotUsable(Refused):
    """The server cannot listen where it was told to."""

    code: ClassVar[str] = "address-not-usable"


def check_address(host: str, port: int) -> None:
    """Raise `AddressNotUsable` when nobody can listen there; gunicorn would try for a while, then shout."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As gunicorn does: an address that a server has just left can be used again.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        raise AddressNotUsable(_why(host, port, error)) from error


def _why(host: str, port: int, error: OSError | UnicodeError) -> str:
    place = place_of(host, port)
    match error.errno if isinstance(error, OSError) else None:
        case errno.EADDRINUSE:
            return f"{place} is in use by another program; choose another --port, or stop that program."
        case errno.EACCES:
            return f"{place} may not be used by this account; choose a --port from 1024 on."
        case errno.EADDRNOTAVAIL:
            return f"{host} is not an address of this machine; --host 0.0.0.0 listens on all of them."
        case _:
            return f"{host} cannot be listened on; --host takes an address or a name of this machine."


def place_of(host: str, port: int) -> str:
    """Return host and port as they stand in an address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed.
    """gunicorn, told by arguments instead of a configuration file."""

    def __init__(self, load_app: Callable[[], Flask], *, host: str, port: int, workers: int) -> None:
        self.load_app = load_app
        self.chosen = {
            "bind": place_of(host, port),
            "workers": workers,
            # Threads, because a slow host or a slow telephone must not hold up a whole process.
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": LONGEST_REQUEST_SECONDS,
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": 5,
            "worker_tmp_dir": None,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            # Only our own proxy handling decides whom to believe.
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand the chosen values to gunicorn."""
        for name, value in self.chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build the application inside each worker process."""
        app = self.load_app()
        # What is there now stays until the process ends. Left to the garbage collector, a look through it
        # took a tenth of a second from time to time, in the middle of somebody's request.
        gc.collect()
        gc.freeze()
        return app
