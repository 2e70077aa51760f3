"""Hand cookies to browsers that show our pages inside the page of a host."""

import re

from werkzeug.wrappers import Response

# The characters that our names and random values are made of; none of them can end a cookie.
_PLAIN = re.compile(r"[A-Za-z0-9._-]*")


def written(name: str, value: str, *, seconds: int, partitioned: bool = True) -> str:
    """Return the header that hands a cookie over for so long, in a partition of its own for each host.

    A frame that was given access to the cookies of its site needs one without a partition. Raises
    `ValueError` for odd characters: Werkzeug's own way takes every value, at ten times the cost.
    """
    if not (_PLAIN.fullmatch(name) and _PLAIN.fullmatch(value)):
        raise ValueError("a cookie of ours is made of letters, digits, dots, dashes and underscores")
    plain = f"{name}={value}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=None"
    return f"{plain}; Partitioned" if partitioned else plain


def give(response: Response, name: str, value: str, *, seconds: int) -> None:
    """Hand a cookie over with an answer."""
    response.headers.add("Set-Cookie", written(name, value, seconds=seconds))


def take_back(response: Response, name: str, *, partitioned: bool = True) -> None:
    """Let the browser forget a cookie."""
    response.headers.add("Set-Cookie", written(name, "", seconds=0, partitioned=partitioned))
