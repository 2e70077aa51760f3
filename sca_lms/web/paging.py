"""Cut long lists into pages whose number lives in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

from flask import request
from werkzeug.datastructures import MultiDict

T = TypeVar("T")

PAGE_SIZE = 25
# Far beyond any list, and small enough that no offset leaves the databases' integers.
LARGEST_PAGE = 100_000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: what to show, and where it stands in the whole."""

    items: Sequence[T]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """Return the position of the first item shown, 0 when there is none."""
        return (self.number - 1) * self.size + 1 if self.items else 0

    @property
    def last(self) -> int:
        """Return the position of the last item shown."""
        return self.first + len(self.items) - 1 if self.items else 0

    @property
    def has_previous(self) -> bool:
        """Tell whether there is a page before this one."""
        return self.number > 1

    @property
    def has_next(self) -> bool:
        """Tell whether there is a page after this one."""
        return self.number < self.pages


def page_number(arguments: Mapping[str, str], name: str = "page") -> int:
    """Read the page asked for; whatever is not a sensible number means the first page."""
    text = arguments.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_PAGE))):
        return 1
    return min(max(int(text), 1), LARGEST_PAGE)


def fitting(number: int, *, size: int, total: int) -> int:
    """Return the page asked for, or the last one when the list has become shorter."""
    return min(number, max(1, -(-total // size)))


def offset(number: int, *, size: int) -> int:
    """Return how many items stand before a page."""
    return (number - 1) * size


def page_address(number: int, name: str = "page") -> str:
    """Return the address of another page of the list now shown, with its filters."""
    arguments = MultiDict(request.args)
    arguments.setlist(name, [str(number)])
    return quote(request.script_root + request.path) + "?" + urlencode(list(arguments.items(multi=True)))
