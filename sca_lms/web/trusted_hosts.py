"""Answer only under the name that people reach the tool by; a forged Host header gets a refusal.

What is built from the header (addresses in pages, redirects) would lead elsewhere otherwise, and a cache in
front of the tool could hand such a page to others.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from flask import Flask, abort, request

from sca_lms.config import LOOPBACK_HOSTS, Settings

WRONG_HOST = "wrong-host"
# Those who ask whether the process is well know it by the address of its machine.
_ASKED_BY_ADDRESS = frozenset({"web.healthz", "web.readyz", "web.show_metrics"})


def init_app(app: Flask) -> None:
    """Look at the name of every request: the public one, and those of the machine itself, are ours."""
    settings = app.extensions["sca_settings"]
    if not isinstance(settings, Settings):
        raise TypeError("create_app() must store the settings first")
    ours = {urlsplit(settings.public_url).hostname or "", *LOOPBACK_HOSTS}

    def refuse_other_names() -> None:
        if not is_named(request.host, ours) and request.endpoint not in _ASKED_BY_ADDRESS:
            abort(400, description=WRONG_HOST)

    app.before_request(refuse_other_names)


def is_named(host: str, names: Collection[str]) -> bool:
    """Tell whether a Host header has one of these names.

    The port does not matter: what stands before the tool may listen on another one.
    """
    if host.partition(":")[0] in names:
        return True
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name is not None and name.removesuffix(".") in names
