"""Send the security headers of every answer; a page names what it needs beyond them on `g`.

`g.frame_ancestors`, `g.form_action_origins` and `g.frame_sources` are lists of origins (`https://host[:port]`):
who may frame the page, where its forms may go, and from where it may show videos.
"""

import functools
import re
import secrets
from collections.abc import Iterable

from flask import Flask, Response, g, request

_ORIGIN = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.IGNORECASE
)

_FIXED = tuple(
    (name, name.lower(), value)
    for name, value in {
        "X-Content-Type-Options": "nosniff",
        # Video hosts refuse to play without a referrer; paths and people never leave.
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": (
            "accelerometer=(), camera=(self), display-capture=(), fullscreen=(self), geolocation=(), "
            "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
        ),
        "Cache-Control": "no-store",
    }.items()
)
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
    return _policy(
        g.get("csp_nonce", ""),
        _origins("frame_sources"),
        _origins("form_action_origins"),
        _origins("frame_ancestors"),
    )


def _origins(name: str) -> tuple[str, ...]:
    """Read a list of origins from `g`; anything else in it could change the meaning of the header."""
    given: Iterable[object] = g.get(name) or ()
    return tuple(dict.fromkeys(str(value) for value in given if is_origin(value)))


# Most answers of an installation have one of a few policies; those with a nonce are pushed out again.
@functools.lru_cache(maxsize=128)
def _policy(
    nonce: str, videos: tuple[str, ...], form_targets: tuple[str, ...], ancestors: tuple[str, ...]
) -> str:
    rules = {
        "default-src": "'none'",
        "script-src": f"'self' 'nonce-{nonce}'" if nonce else "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "media-src": " ".join(["'self'", *videos]),
        "frame-src": " ".join(["'self'", *videos]),
        "form-action": " ".join(["'self'", *form_targets]),
        "frame-ancestors": " ".join(ancestors) or "'none'",
        "base-uri": "'none'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def usual(*, is_secure: bool) -> list[tuple[str, str]]:
    """Return the headers of an answer that names nothing beyond them, such as who may frame it."""
    return _USUAL_SECURE if is_secure else _USUAL


def _secure(response: Response) -> Response:
    headers = response.headers
    # Looked through once: `setdefault` would do so for each of the headers, on every answer.
    set_by_view = {name.lower() for name, _ in headers}
    for name, lower, value in _FIXED:
        if lower not in set_by_view:
            headers.add(name, value)
    if "content-security-policy" not in set_by_view:
        headers.add("Content-Security-Policy", content_security_policy())
    if "x-frame-options" not in set_by_view and not _origins("frame_ancestors"):
        headers.add("X-Frame-Options", "DENY")
    if "strict-transport-security" not in set_by_view and request.is_secure:
        headers.add("Strict-Transport-Security", _HSTS)
    return response


_USUAL = [
    *((name, value) for name, _, value in _FIXED),
    ("Content-Security-Policy", _policy("", (), (), ())),
    ("X-Frame-Options", "DENY"),
]
_USUAL_SECURE = [*_USUAL, ("Strict-Transport-Security", _HSTS)]
