"""Cut lists into pages and write the `Link` header to the next one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

from sca_lms.demo.manners import LinkStyle
from sca_lms.demo.service_errors import ServiceRefusal

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Part(Generic[Item]):
    """One page of a list and where the next one starts (None: this is the last)."""

    items: list[Item]
    limit: int
    next_from: int | None


def part_of(
    items: Sequence[Item], query: Mapping[str, str], *, page_size: int | None, largest: int = 1000
) -> Part[Item]:
    """Return the page that `limit` and `from` name; without a page size and a limit, everything."""
    start = _count(query, "from", 0)
    limit = min(_count(query, "limit", page_size or 0), largest)
    if not limit:
        return Part(list(items[start:]), 0, None)
    end = start + limit
    return Part(list(items[start:end]), limit, end if end < len(items) else None)


def link_header(address: str, query: Mapping[str, str], part: Part[Item], style: LinkStyle) -> str:
    """Return the value of the `Link` header, or nothing on the last page."""
    if part.next_from is None or style is LinkStyle.NONE:
        return ""
    following = with_query(address, {**query, "limit": str(part.limit), "from": str(part.next_from)})
    if style is LinkStyle.TYPOGRAPHIC:
        # Moodle writes the header as if it were HTML. A header has no characters beyond Latin-1, so the
        # quotes travel as the bytes of UTF-8.
        return f"<{following.replace('&', '&amp;')}>; rel=“next”".encode().decode("latin-1")
    first = with_query(address, {**query, "limit": str(part.limit), "from": "0"})
    return f'<{first}>; rel="first", <{following}>; rel="next"'


def with_query(address: str, query: Mapping[str, str]) -> str:
    """Return an address with another query."""
    return urlunsplit(urlsplit(address)._replace(query=urlencode(query)))


def _count(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name)
    if value is None:
        return default
    if not value.isdecimal() or len(value) > 9:
        raise ServiceRefusal(400, f"{name} is not a number")
    return int(value)
