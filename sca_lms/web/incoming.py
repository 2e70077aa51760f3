"""Turn away addresses that no page can have, and read what scripts send, before a view stumbles over it."""

import re
from collections.abc import Callable, Iterable
from typing import ParamSpec, TypeVar

from flask import Flask, Request, abort, current_app, request
from werkzeug.routing import IntegerConverter, Map

# The largest id either database can hold; a larger number in an address is a page that is not there.
LARGEST_ID = 2**31 - 1
KEY = r"[A-Za-z0-9_-]{8,64}"
"""What a page makes up once for each act, so that sending it twice is the same as sending it once."""

FORM_AROUND_FILES = 1024 * 1024
_LARGEST_BODY = "sca_largest_body"

P = ParamSpec("P")
R = TypeVar("R")

_ID = re.compile(r"[0-9]{1,10}", re.ASCII)


class IdConverter(IntegerConverter):
    """`<int:…>` in an address, limited to what a column can hold."""

    def __init__(
        self,
        map: Map,  # noqa: A002 - werkzeug passes it by this name.
        fixed_digits: int = 0,
        min: int | None = None,  # noqa: A002 - As above.
        max: int | None = LARGEST_ID,  # noqa: A002 - As above.
        signed: bool = False,
    ) -> None:
        super().__init__(map, fixed_digits, min, max, signed)


class NamedRequest(Request):
    """A request whose form fields all have names; forms and views rely on that."""

    def _load_form_data(self) -> None:
        super()._load_form_data()
        # A part without a name in its header; no browser sends that.
        if None in self.form or None in self.files:
            abort(400)


def init_app(app: Flask) -> None:
    """Limit ids in addresses (call this before views are registered) and refuse unreadable requests."""
    app.request_class = NamedRequest
    app.url_map.converters["int"] = IdConverter
    app.before_request(_refuse_unreadable)
    app.before_request(_let_files_in)


def takes_files(largest: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let requests to the view carry so many bytes of files, and a form around them.

    Declared and not done inside the view: the guard reads the form for its token before any view is called.
    """

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        setattr(view, _LARGEST_BODY, largest + FORM_AROUND_FILES)
        return view

    return declare


def _let_files_in() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    largest: int | None = getattr(view, _LARGEST_BODY, None)
    if largest is not None:
        request.max_content_length = largest


def _refuse_unreadable() -> None:
    """Answer 400 to NUL in an address: PostgreSQL refuses it in every text."""
    query = request.query_string
    if "\0" in request.path or b"%00" in query or b"\0" in query:
        abort(400)


def json_sent(largest: int) -> object:
    """Return the JSON of a request of at most `largest` bytes, None for what is no JSON."""
    request.max_content_length = largest
    try:
        sent: object = request.get_json(silent=True)
    except RecursionError:
        # Brackets within brackets within brackets: no page sends that.
        return None
    return sent


def is_key(value: object) -> bool:
    """Tell whether a value can be the key of an act."""
    return isinstance(value, str) and re.fullmatch(KEY, value) is not None


def read_ids(values: Iterable[str]) -> set[int]:
    """Return the ids among the values; what no page of ours sends is left out."""
    numbers = {int(value) for value in values if _ID.fullmatch(value)}
    return {number for number in numbers if 0 < number <= LARGEST_ID}
