"""What the door leaves in a browser to know it again: one cookie for each login, and two probes.

Every login has a cookie of its own, so that two activities on one page, or two tabs, cannot take each
other's away. On plain http, which exists on loopback only, browsers refuse the `__Host-` prefix.
"""

import secrets
from collections.abc import Mapping

from flask import request
from werkzeug.wrappers import Response

from sca_lms.config import settings
from sca_lms.lti.attempts import LIFETIME, hashed
from sca_lms.web import cookies

MOST_LOGINS = 12
"""How many unfinished logins one browser may carry before the cookies would make its requests too large."""
PROBE_SECONDS = 300


def _prefix() -> str:
    return "__Host-" if settings().is_https else ""


def login_cookie(state: str) -> str:
    """Return the name of the cookie that belongs to a login; the name gives nothing away."""
    return f"{_prefix()}sca_login_{hashed(state)[:16]}"


def probe_cookie() -> str:
    """Return the name of the cookie by which a later request shows that cookies survive."""
    return f"{_prefix()}sca_probe"


def access_cookie() -> str:
    """Return the name of the cookie that our page writes once the browser lets it use those of our site.

    It has no partition, so it only comes back where the access is real.
    """
    return f"{_prefix()}sca_access"


def browser_secret(state: str) -> str | None:
    """Return what this browser was given at the login, if it still has it."""
    return request.cookies.get(login_cookie(state))


def cookies_survive() -> bool:
    """Tell whether the browser sent back a probe."""
    return probe_cookie() in request.cookies or has_access()


def has_access() -> bool:
    """Tell whether the browser lets the frame use the cookies of our site, as a person allowed it to."""
    return access_cookie() in request.cookies


def cookie_of_login(state: str, secret: str) -> str:
    """Return the header that gives the browser the secret of its login."""
    return cookies.written(login_cookie(state), secret, seconds=int(LIFETIME.total_seconds()))


def remember_login(response: Response, state: str, secret: str) -> None:
    """Give the browser the secret of its login, and clear away logins that were never finished."""
    response.headers.add("Set-Cookie", cookie_of_login(state, secret))
    if has_too_many(request.cookies):
        for name in _unfinished(request.cookies):
            cookies.take_back(response, name)


def has_too_many(given: Mapping[str, str]) -> bool:
    """Tell whether a browser carries so many unfinished logins that they have to be cleared away."""
    return len(_unfinished(given)) > MOST_LOGINS


def _unfinished(given: Mapping[str, str]) -> list[str]:
    beginning = f"{_prefix()}sca_login_"
    return [name for name in given if name.startswith(beginning)]


def forget_login(response: Response, state: str) -> None:
    """Take the secret back once it has served."""
    name = login_cookie(state)
    if name in request.cookies:
        cookies.take_back(response, name)


def send_probe(response: Response) -> None:
    """Ask the browser to show, with its next request, whether cookies survive here."""
    cookies.give(response, probe_cookie(), secrets.token_hex(4), seconds=PROBE_SECONDS)


def is_same_origin() -> bool:
    """Tell whether a page of ours sent this request; other pages cannot make a browser say so."""
    if request.method != "POST":
        # Anything on our own pages may hold a link.
        return False
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin", "").lower() in {own_origin(), request.host_url.rstrip("/")}


def own_origin() -> str:
    """Return the origin of the tool as people reach it."""
    scheme, _, rest = settings().public_url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}".lower()
