"""Serve one of the hosts on loopback until the standard input is closed: serve SETTINGS DIRECTORY.

The first line of the output is a JSON object with the address.
"""

# mypy: disable-error-code="import-not-found"
# Django is in the hosts' own environment only.

import json
import os
import socketserver
import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

HOST = "127.0.0.1"


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """One thread for each request, as the tool calls back while it is being called."""

    daemon_threads = True


class Handler(WSGIRequestHandler):
    """Does not write down who asks."""

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - The library's own signature.
        """Write nothing."""


def main() -> None:
    """Bind first, because a host has to know its own address before it is set up."""
    settings, directory = sys.argv[1:]
    with Server((HOST, 0), Handler) as server:
        url = f"http://{HOST}:{server.server_port}"
        os.environ.update(DJANGO_SETTINGS_MODULE=settings, HOST_URL=url, HOST_DIRECTORY=directory)
        server.set_app(get_wsgi_application())
        call_command("migrate", verbosity=0)
        threading.Thread(target=_stop_with_parent, args=[server], daemon=True).start()
        sys.stdout.write(json.dumps({"url": url}) + "\n")
        sys.stdout.flush()
        server.serve_forever(poll_interval=0.05)


def _stop_with_parent(server: Server) -> None:
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
