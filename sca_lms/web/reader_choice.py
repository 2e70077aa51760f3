"""Keep the language and theme of a reader who has no session, in cookies that say nothing else."""

from flask import request
from werkzeug.wrappers import Response

LOCALES = ("th", "en")
THEMES = ("light", "dark", "auto")
CHOICES = {"locale": LOCALES, "theme": THEMES}
LIFETIME_SECONDS = 365 * 24 * 60 * 60


def cookie_name(kind: str) -> str:
    """Return the cookie's name; browsers refuse the `__Host-` prefix on plain http."""
    return f"__Host-sca_{kind}" if request.is_secure else f"sca_{kind}"


def kept_choice(kind: str) -> str | None:
    """Return what this browser chose without a session, None when it chose nothing that exists."""
    value = request.cookies.get(cookie_name(kind))
    return value if value in CHOICES[kind] else None


def keep_choice(response: Response, kind: str, value: str) -> None:
    """Hand a choice to the browser, also inside the page of a host."""
    response.set_cookie(
        cookie_name(kind),
        value,
        max_age=LIFETIME_SECONDS,
        path="/",
        secure=request.is_secure,
        httponly=True,
        samesite="None" if request.is_secure else "Lax",
        partitioned=request.is_secure,
    )
