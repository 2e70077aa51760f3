"""Give static files addresses that change with their content, so that browsers may keep them for a year."""

import gzip
import hashlib
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from werkzeug.security import safe_join

STATIC_ENDPOINT = "static"
KEEP = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, max-age=300"
# The address of a vendored file holds its version already.
VENDORED = "vendor/"
# Only files are packed, never pages: the length of a packed page that holds a token and what somebody typed
# would tell about the token.
PACKED = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})


def init_app(app: Flask) -> None:
    """Offer `asset('look.css')` to templates and let browsers keep what it names."""
    app.extensions["sca_assets"] = {}
    app.extensions["sca_packed_assets"] = {}
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
    if response.mimetype in PACKED:
        response.vary.add("Accept-Encoding")
        if response.status_code == 200 and request.accept_encodings["gzip"] > 0:
            _pack(response, filename)
    return response


def _pack(response: Response, filename: str) -> None:
    """Send a file packed, which takes a slow network a fifth of the time; each is packed once."""
    known: dict[tuple[str, str], bytes] = current_app.extensions["sca_packed_assets"]
    key = filename, fingerprint(filename)
    response.direct_passthrough = False
    if key not in known:
        known[key] = gzip.compress(response.get_data(), mtime=0)
    # The file was opened to be sent and is closed with the answer.
    if (close := getattr(response.response, "close", None)) is not None:
        response.call_on_close(close)
    response.set_data(known[key])
    response.content_encoding = "gzip"
    tag, _is_weak = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)
