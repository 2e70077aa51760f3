"""Turn away addresses that no page can have, before a view or the database stumbles over them."""

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

# The largest id either database can hold; a larger number in an address is a page that is not there.
LARGEST_ID = 2**31 - 1


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


def init_app(app: Flask) -> None:
    """Limit ids in addresses (call this before views are registered) and refuse unreadable addresses."""
    app.url_map.converters["int"] = IdConverter
    app.before_request(_refuse_unreadable)


def _refuse_unreadable() -> None:
    """Answer 400 to NUL in an address: PostgreSQL refuses it in every text."""
    query = request.query_string
    if "\0" in request.path or b"%00" in query or b"\0" in query:
        abort(400)
