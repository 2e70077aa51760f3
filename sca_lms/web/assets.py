"""Give static files addresses that change with their content, so that browsers may keep them for a year."""

import hashlib
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from werkzeug.security import safe_join

STATIC_ENDPOINT = "static"
KEEP = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, max-age=300"
# The address of a vendored file holds its version already.
VENDORED = "vendor/"


def init_app(app: Flask) -> None:
    """Offer `asset('look.css')` to templates and let browsers keep what it names."""
    app.extensions["sca_assets"] = {}
    app.jinja_env.globals["asset"] = asset
    app.after_request(_set_lifetime)


def asset(filename: str) -> str:
    """Return the address of a static file; raise `FileNotFoundError` when there is none."""
    return url_for(STATIC_ENDPOINT, filename=filename, v=fingerprint(filename))


def fingerprint(filename: str) -> str:
    """Return a short hash of a static file's content, read once in the life of the process."""
    known: dict[str, str] = current_app.extensions["sca_assets"]
    if filename not in known or current_app.debug:
        path = safe_join(current_app.static_folder or "", filename)
        if path is None:
            raise FileNotFoundError(filename)
        known[filename] = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
    return known[filename]


def _set_lifetime(response: Response) -> Response:
    """Let a file be kept for a year when its address names this very content."""
    if request.endpoint != STATIC_ENDPOINT or response.status_code not in {200, 206, 304}:
        return response
    filename = (request.view_args or {}).get("filename", "")
    exact = filename.startswith(VENDORED) or request.args.get("v") == fingerprint(filename)
    response.headers["Cache-Control"] = KEEP if exact else ASK_AGAIN
    return response
