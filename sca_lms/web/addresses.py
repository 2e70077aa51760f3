"""Work out where a reader comes back to: only ever a page of our own."""

from urllib.parse import quote, unquote, urlsplit

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

_LONGEST = 2000


def local_path(candidate: str | None, fallback: str = "/") -> str:
    """Return an address of this site, or the fallback when it leads anywhere else.

    Browsers read `//host` and `/\\host` as another site, and skip tabs and line ends before they look.
    """
    if not candidate or len(candidate) > _LONGEST or not candidate.startswith("/"):
        return fallback
    if (
        candidate[1:2] in {"/", "\\"}
        or "\\" in candidate
        or any(ord(character) < 0x21 for character in candidate)
    ):
        return fallback
    try:
        parts = urlsplit(candidate)
    except ValueError:
        return fallback
    return candidate if not parts.scheme and not parts.netloc else fallback


def lead_to(address: str, *, status: int = 303) -> Response:
    """Return the answer that leads a browser on, for a place where every answer counts: it has no body.

    Elsewhere Flask's `redirect` is as good.
    """
    return Response(status=status, headers={"Location": address})


def here() -> str:
    """Return the address to come back to after a side step: this page, or where its form stood."""
    path = quote(request.script_root + request.path)
    if request.method in {"GET", "HEAD"}:
        query = request.query_string.decode("ascii", "ignore")
        return local_path(f"{path}?{query}" if query else path)
    if _can_be_opened(request.path):
        return local_path(path)
    return _referrer() or "/"


def _can_be_opened(path: str) -> bool:
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return False
    try:
        adapter.match(path, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


def _referrer() -> str | None:
    try:
        parts = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    if parts.netloc != request.host:
        return None
    path = quote(unquote(parts.path)) + (f"?{parts.query}" if parts.query else "")
    return local_path(path, "") or None
