"""Serve requests that come in crowds at a counter of their own, without the whole of Flask around each.

A counter sees the fields of a small form and the cookies. It answers, or it says nothing: then Flask gets the
request as if nobody had looked at it. Only answers that lead a browser on are given here; they carry every
header, number, count and log line that Flask's would.
"""

import io
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.sansio.http import parse_cookie

from sca_lms.web import headers, logs, metrics
from sca_lms.web.tab_tokens import TAB_TOKEN

COUNTERS = "sca_express_counters"
"""`app.extensions[COUNTERS]` has a counter for each such address; Flask must know the address as well."""
FORM = "application/x-www-form-urlencoded"
LARGEST_FORM = 64 * 1024
MOST_FIELDS = 50


@dataclass(frozen=True, slots=True)
class Visit:
    """What a counter sees of a request."""

    fields: Mapping[str, str]
    cookies: Mapping[str, str]
    script_root: str


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a browser is led on to, and the cookies it gets, written as in their headers."""

    address: str
    cookies: list[str]
    status: HTTPStatus = HTTPStatus.SEE_OTHER


@dataclass(frozen=True, slots=True)
class Counter:
    """Who answers at an address, and the endpoint under which Flask would."""

    endpoint: str
    answer: Callable[[Visit], Onward | None]


def serve(app: Flask, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes] | None:
    """Answer at a counter, or return None when there is none for this request or it has nothing to say."""
    counters: Mapping[str, Counter] = app.extensions.get(COUNTERS, {})
    counter = counters.get(environ["PATH_INFO"])
    if counter is None:
        return None
    began = time.perf_counter()
    visit = _visit(environ)
    if visit is None:
        return None
    with app.app_context():
        try:
            onward = counter.answer(visit)
        except SQLAlchemyError:
            # The view asks the database again, and knows how to say that it does not answer.
            return None
        if onward is None:
            return None
        number = logs.reference()
        given = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", "0"),
            ("Location", onward.address),
            *(("Set-Cookie", cookie) for cookie in onward.cookies),
            *headers.usual(is_secure=environ["wsgi.url_scheme"] == "https"),
            (logs.REQUEST_ID_HEADER, number),
        ]
        took = time.perf_counter() - began
        metrics.count(app, "POST", counter.endpoint, onward.status, took)
        logs.write_request("POST", counter.endpoint, onward.status, took, number)
    start_response(_STATUS_LINES[onward.status], given)
    return []


_STATUS_LINES = {status: f"{status.value} {status.phrase.upper()}" for status in HTTPStatus}


def _visit(environ: WSGIEnvironment) -> Visit | None:
    """Read a small, plain form; for Flask, whatever was read is put back."""
    length = environ.get("CONTENT_LENGTH", "")
    if (
        environ["REQUEST_METHOD"] != "POST"
        or environ.get("QUERY_STRING")
        or environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != FORM
        or not (length.isascii() and length.isdigit())
        or int(length) > LARGEST_FORM
        or TAB_TOKEN in environ
    ):
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        return None
    fields = dict(pairs)
    if len(body) != int(length) or len(fields) != len(pairs):
        return None
    cookies = parse_cookie(environ.get("HTTP_COOKIE"))
    return Visit(fields, cookies, environ.get("SCRIPT_NAME", ""))
