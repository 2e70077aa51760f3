"""Find the next page, and the list of differences, in a `Link` header (RFC 8288) as hosts really write it."""

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from flask_babel import lazy_gettext as _l

from sca_lms.lti.outbound import Unreachable, is_ambiguous

# Moodle writes typographic quotes, because its header goes through a text filter.
_OPENING = {'"': '"', "'": "'", "“": "”", "”": "”", "„": "“", "‘": "’"}


def next_page(header: str, *, of: str) -> str | None:
    """Return the address of the page after `of`, None after the last.

    Another host must not see our access token, so a page there is refused (`Unreachable`).
    """
    try:
        following = _related(header, "next", of=of)
    except ValueError as error:
        raise Unreachable(_l("its answer names no real address for the next page")) from error
    if following is not None and not same_origin(following, of):
        raise Unreachable(_l("its list goes on at another host"))
    return following


def differences(header: str, *, of: str) -> str | None:
    """Return where a host will tell what has changed since this answer; None when it does not offer that."""
    try:
        found = _related(header, "differences", of=of)
    except ValueError:
        return None
    return found if found is not None and same_origin(found, of) else None


def same_origin(one: str, other: str) -> bool:
    """Tell whether two addresses have scheme, host and port in common."""
    first = _origin(one)
    return first is not None and first == _origin(other)


def _related(header: str, relation: str, *, of: str) -> str | None:
    """Return the first address with a relation; raises `ValueError` for one that is none."""
    for target, parameters in _links(_as_written(header)):
        if relation in parameters.get("rel", "").lower().split():
            return urljoin(of, target.replace("&amp;", "&"))
    return None


def _origin(address: str) -> tuple[str, str, int | None] | None:
    try:
        if is_ambiguous(address):
            return None
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None


def _as_written(header: str) -> str:
    """Undo the reading of UTF-8 as Latin-1 that every HTTP library does to headers."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


def _links(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each target with its parameters, names in lower case; what is no link ends the reading."""
    place = 0
    while (start := header.find("<", place)) >= 0 and (end := header.find(">", start)) >= 0:
        parameters, place = _parameters(header, end + 1)
        yield header[start + 1 : end].strip(), parameters


def _parameters(header: str, place: int) -> tuple[dict[str, str], int]:
    """Return the parameters from `place` on, and where the next link begins."""
    found: dict[str, str] = {}
    while True:
        place = _skip(header, place, " \t")
        if place >= len(header) or header[place] != ";":
            return found, place
        place = _skip(header, place + 1, " \t;")
        name_end = _until(header, place, "=;,")
        name = header[place:name_end].strip().lower()
        place = name_end
        value = ""
        if place < len(header) and header[place] == "=":
            value, place = _value(header, _skip(header, place + 1, " \t"))
        if name:
            # Of parameters that are given twice the first counts.
            found.setdefault(name, value)


def _value(header: str, place: int) -> tuple[str, int]:
    closing = _OPENING.get(header[place]) if place < len(header) else None
    if closing is None:
        end = _until(header, place, ";,")
        return header[place:end].strip(), end
    written = []
    place += 1
    while place < len(header) and header[place] != closing:
        if header[place] == "\\" and place + 1 < len(header):
            place += 1
        written.append(header[place])
        place += 1
    return "".join(written), place + 1


def _skip(text: str, place: int, characters: str) -> int:
    while place < len(text) and text[place] in characters:
        place += 1
    return place


def _until(text: str, place: int, characters: str) -> int:
    while place < len(text) and text[place] not in characters:
        place += 1
    return place
