"""Send the security headers of every answer; a page names what it needs beyond them on `g`.

`g.frame_ancestors`, `g.form_action_origins` and `g.frame_sources` are lists of origins (`https://host[:port]`):
who may frame the page, where its forms may go, and from where it may show videos.
"""

import re
import secrets
from collections.abc import Iterable

from flask import Flask, Response, g, request

_ORIGIN = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.IGNORECASE
)

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    # Video hosts refuse to play without a referrer; paths and people never leave.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(self), display-capture=(), fullscreen=(self), geolocation=(), "
        "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
    ),
}
_HSTS = "max-age=31536000"


def init_app(app: Flask) -> None:
    """Add the headers to every answer and offer `csp_nonce()` to templates."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.after_request(_secure)


def csp_nonce() -> str:
    """Return the nonce of this answer, for a script element that must stand in the page itself."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def is_origin(value: object) -> bool:
    """Tell whether a text is an origin and nothing else, so that it can stand in a header."""
    return isinstance(value, str) and _ORIGIN.fullmatch(value) is not None


def content_security_policy() -> str:
    """Return the policy of this answer: only our own files, and what the page named on `g`."""
    script = f"'self' 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else "'self'"
    videos = _origins("frame_sources")
    rules = {
        "default-src": "'none'",
        "script-src": script,
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "media-src": _joined(["'self'", *videos]),
        "frame-src": _joined(["'self'", *videos]),
        "form-action": _joined(["'self'", *_origins("form_action_origins")]),
        "frame-ancestors": _joined(_origins("frame_ancestors")) or "'none'",
        "base-uri": "'none'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _origins(name: str) -> list[str]:
    """Read a list of origins from `g`; anything else in it could change the meaning of the header."""
    given: Iterable[object] = g.get(name) or ()
    return list(dict.fromkeys(str(value) for value in given if is_origin(value)))


def _joined(sources: Iterable[str]) -> str:
    return " ".join(sources)


def _secure(response: Response) -> Response:
    for name, value in _FIXED.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", content_security_policy())
    if not _origins("frame_ancestors"):
        response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", _HSTS)
    return response
