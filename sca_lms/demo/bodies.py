"""Read the JSON bodies that tools post, and write numbers as JSON has them."""

import datetime as dt
import json
import re
from collections.abc import Mapping
from decimal import Decimal

from sca_lms.demo.service_errors import ServiceRefusal

Body = Mapping[str, object]

# Powers of ten between which a score makes sense; beyond them arithmetic would fail or lie.
SMALLEST, LARGEST = -12, 9

_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([.,]\d+)?(Z|[+-]\d{2}:?\d{2})", re.ASCII | re.IGNORECASE
)


def read_body(raw: bytes) -> Body:
    """Read a JSON object with exact numbers; raises ServiceRefusal (400)."""
    try:
        body = json.loads(raw, parse_float=Decimal, parse_constant=_no_constant)
    except ValueError as error:
        raise ServiceRefusal(400, "The body is not JSON") from error
    if not isinstance(body, dict):
        raise ServiceRefusal(400, "The body is not a JSON object")
    return body


def text(body: Body, name: str, *, required: bool = False, status: int = 400) -> str:
    """Return a text member; raises ServiceRefusal when it is missing or not text."""
    value = body.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value.strip()):
        raise ServiceRefusal(status, f"{name} is missing or not text")
    return value


def number(body: Body, name: str, *, status: int = 400) -> Decimal | None:
    """Return a numeric member or None; raises ServiceRefusal for text, booleans and the like."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ServiceRefusal(status, f"{name} is not a number")
    exact = Decimal(value)
    if exact and not SMALLEST <= exact.adjusted() <= LARGEST:
        raise ServiceRefusal(status, f"{name} is no number that a gradebook could hold")
    return exact


def moment(body: Body, name: str) -> dt.datetime:
    """Return an ISO 8601 moment with its zone; raises ServiceRefusal."""
    value = text(body, name, required=True)
    if not _MOMENT.fullmatch(value):
        raise ServiceRefusal(400, f"{name} is not an ISO 8601 date-time with a zone")
    try:
        return dt.datetime.fromisoformat(value.upper().replace(",", ".")).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise ServiceRefusal(400, f"{name} is no date that exists") from error


def parameters(body: Body, name: str) -> dict[str, str]:
    """Return a member that holds custom parameters; whatever is not one is left out."""
    value = body.get(name)
    return {str(key): str(each) for key, each in value.items()} if isinstance(value, Mapping) else {}


def as_json(value: Decimal) -> int | float:
    """Return an exact number as JSON writes it."""
    return int(value) if value == value.to_integral_value() else float(value)


def _no_constant(name: str) -> Decimal:
    raise ValueError(f"{name} is not JSON")
