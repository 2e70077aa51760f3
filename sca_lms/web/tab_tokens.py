"""Carry a session in the address of one tab, for browsers in which no cookie of ours survives."""

import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

TAB_PATH = re.compile(r"/-/(?P<token>[A-Za-z0-9_-]{40,64})(?=/|$)")
TAB_TOKEN = "sca_lms.tab_token"  # noqa: S105 - The name of a WSGI environment key.


def tab_prefix(token: str) -> str:
    """Return what stands before every path of a tab that carries its session itself."""
    return f"/-/{token}"


class TabTokens:
    """WSGI middleware: move `/-/<token>` from the path into SCRIPT_NAME.

    Flask then puts it before every address it builds, so no view or template has to know of it.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        found = TAB_PATH.match(path)
        if found:
            environ[TAB_TOKEN] = found["token"]
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + found.group(0)
            environ["PATH_INFO"] = path[found.end() :] or "/"
        return self.application(environ, start_response)
