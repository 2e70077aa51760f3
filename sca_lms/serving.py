"""Serve the application with gunicorn in the foreground, and stop gracefully on SIGTERM."""

from collections.abc import Callable

from flask import Flask
from gunicorn.app.base import BaseApplication

THREADS = 8
GRACE_SECONDS = 30
LONGEST_REQUEST_SECONDS = 60


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed.
    """gunicorn, told by arguments instead of a configuration file."""

    def __init__(self, load_app: Callable[[], Flask], *, host: str, port: int, workers: int) -> None:
        self.load_app = load_app
        self.chosen = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
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
        return self.load_app()
