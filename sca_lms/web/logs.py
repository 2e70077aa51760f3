"""Write one JSON line for each event to stderr, without names, e-mail addresses, tokens or query strings."""

import datetime as dt
import logging
import re
import secrets
import sys
import time
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import TextIO

import structlog
from flask import Flask, Response, g, has_request_context, request
from structlog.typing import EventDict, ExcInfo, WrappedLogger

from sca_lms.config import Settings

REDACTED = "[redacted]"
REQUEST_ID_HEADER = "X-Request-ID"
# Letters and digits that cannot be mistaken for each other on the telephone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = bytes(ord(_ALPHABET[byte % len(_ALPHABET)]) for byte in range(256))
_FRAMES = 40
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUESTS = logging.getLogger("sca_lms.requests")
# Every request writes this line. Nothing in it comes from outside, so it needs neither redaction nor quoting
# and goes out as it is: on its way through the processors it cost more than the check of a signature.
_REQUEST_LINE = (
    '{"method": "%s", "endpoint": "%s", "status": %d, "duration_ms": %.1f, "event": "request", '
    '"request_id": "%s", "level": "info", "logger": "sca_lms.requests", "timestamp": "%s"}\n'
)

_PERSONAL_KEYS = frozenset(
    {
        *("name", "given_name", "family_name", "nickname", "full_name", "prefix", "email", "e_mail", "phone"),
        *("sub", "login_hint", "lti_message_hint", "nonce", "query", "query_string", "url"),
        *("token", "id_token", "access_token", "refresh_token", "csrf_token", "client_assertion"),
        *("secret", "secret_key", "client_secret", "password", "authorization", "cookie", "set_cookie"),
        *("comment", "answer", "text", "body"),
    }
)
_EMAIL = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:]+")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
_QUERY = re.compile(r"\?[^\s\"'<>]*=[^\s\"'<>]*")
_TAB = re.compile(r"/-/[A-Za-z0-9_-]{20,}")
_SECRET = re.compile(r"(?i)\b(bearer|token|secret|password)([=: ]+)[^\s\"',;]+")

# Their messages name attributes and types, never what a person typed.
_HARMLESS = (
    AttributeError,
    AssertionError,
    ImportError,
    NameError,
    NotImplementedError,
    RecursionError,
    TypeError,
)


def init_app(app: Flask) -> None:
    """Log every request of this application, at the level its settings name."""
    settings = app.extensions.get("sca_settings")
    configure(settings.log_level if isinstance(settings, Settings) else "info")
    app.logger.addFilter(_without_path)
    app.before_request(_begin)
    app.after_request(_end)


def configure(level: str) -> None:
    """Send our own and every library's log lines to stderr as redacted JSON."""
    shared: list[structlog.typing.Processor] = [
        _name_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _StderrHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                describe_exception,
                redact,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=_type_name),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [kept for kept in root.handlers if not isinstance(kept, _StderrHandler)] + [handler]
    root.setLevel(level.upper())
    # Their lines repeat ours, with addresses and query strings.
    for chatty in ("alembic", "werkzeug", "urllib3", "gunicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def reference() -> str:
    """Return the number of this request, which a person can read to support: `7F3K-2Q9D`."""
    number: str | None = g.get("request_id")
    if number is None:
        letters = secrets.token_bytes(8).translate(_LETTERS).decode("ascii")
        number = g.request_id = f"{letters[:4]}-{letters[4:]}"
    return number


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Take out of a log line what tells who somebody is, or lets somebody in."""
    return {key: _clean(key, value) for key, value in event.items()}


def describe_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and where it happened; its message may quote what a person typed."""
    given: ExcInfo | BaseException | bool | None = event.pop("exc_info", None)
    error = _exception(given)
    if error is not None:
        event["exception"] = _chain(error)
        event["traceback"] = _frames(error.__traceback__)
    return event


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to what stderr is now, so that a replaced stderr is respected."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def _name_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Say with each line which request it belongs to."""
    if has_request_context():
        event["request_id"] = reference()
    return event


def _begin() -> None:
    g.request_started = time.perf_counter()


def _end(response: Response) -> Response:
    number = reference()
    response.headers.setdefault(REQUEST_ID_HEADER, number)
    endpoint = request.endpoint or "unmatched"
    if endpoint != "static":
        began = g.get("request_started", 0.0)
        took = time.perf_counter() - began if began else 0.0
        write_request(request.method, endpoint, response.status_code, took, number)
    return response


def write_request(method: str, endpoint: str, status: int, seconds: float, number: str) -> None:
    """Write the line of a request that was answered under one of our endpoints."""
    if not _REQUESTS.isEnabledFor(logging.INFO):
        return
    method = method if method in _METHODS else "other"
    at = dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")
    sys.stderr.write(_REQUEST_LINE % (method, endpoint, status, seconds * 1000, number, at))
    sys.stderr.flush()


def _without_path(record: logging.LogRecord) -> bool:
    """Rewrite Flask's own line about a defect: the path may hold a calendar's or a tab's token."""
    if record.exc_info and isinstance(record.msg, str) and record.msg.startswith("Exception on "):
        record.msg, record.args = "defect", ()
    return True


def _clean(key: str, value: object) -> object:
    if key.lower() in _PERSONAL_KEYS and value not in {None, ""}:
        return REDACTED
    if isinstance(value, str):
        for pattern, instead in (
            (_EMAIL, "[e-mail]"),
            (_JWT, "[token]"),
            (_TAB, "/-/[token]"),
            (_QUERY, "?[query]"),
            (_SECRET, r"\1\2[redacted]"),
        ):
            value = pattern.sub(instead, value)
        return value
    if isinstance(value, Mapping):
        return {str(inner): _clean(str(inner), each) for inner, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", each) for each in value]
    return value


def _exception(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        found = given[1]
        return found if isinstance(found, BaseException) else None
    return sys.exc_info()[1] if given else None


def _chain(error: BaseException) -> list[str]:
    """Name the exception and what caused it."""
    names: list[str] = []
    current: BaseException | None = error
    while current is not None and len(names) < 5:
        name = f"{type(current).__module__}.{type(current).__qualname__}"
        names.append(f"{name}: {current}" if isinstance(current, _HARMLESS) else name)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return names


def _frames(start: TracebackType | None) -> list[str]:
    return [
        f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
        for frame in traceback.extract_tb(start)[-_FRAMES:]
    ]


def _type_name(value: object) -> str:
    """Say only the type of a value that is no plain data: its text could be anything."""
    return f"<{type(value).__name__}>"
