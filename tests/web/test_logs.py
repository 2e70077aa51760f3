"""The log tells what happened, never to whom."""

import json
from collections.abc import Iterator

import pytest
import structlog
from flask.testing import FlaskClient

from sca_lms.web.logs import configure, redact


@pytest.fixture(autouse=True)
def quiet_afterwards() -> Iterator[None]:
    yield
    configure("error")


def lines(captured: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in captured.splitlines()]


def test_a_request_is_one_line_without_its_query(
    visitor: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = visitor.get("/message?email=somchai@example.org")
    (line,) = lines(capsys.readouterr().err)
    assert line["event"] == "request"
    assert (line["method"], line["endpoint"], line["status"]) == ("GET", "gallery.message", 200)
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert isinstance(line["duration_ms"], float)
    assert "somchai" not in json.dumps(line)


def test_a_defect_tells_where_and_not_what_was_typed(
    visitor: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = visitor.get("/defect?next=/calendar/secret-token.ics")
    written = capsys.readouterr().err
    defect, _request = lines(written)
    assert defect["event"] == "defect"
    assert defect["exception"] == ["builtins.KeyError"]
    assert "gallery.py" in str(defect["traceback"])
    assert defect["request_id"] == answer.headers["X-Request-ID"]
    assert "somchai" not in written
    assert "secret-token" not in written


def test_names_addresses_and_tokens_are_taken_out() -> None:
    event = {
        "event": "mail to somchai@example.org failed",
        "given_name": "สมชาย",
        "id_token": "x",
        "email": "",
        "detail": {
            "email": "a@b.example",
            "count": 3,
            "where": ["/a?code=7", "/-/" + "t" * 43 + "/courses/1"],
        },
        "header": "Bearer abcdef.ghijkl",
        "jwt": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "status": 200,
    }
    assert redact(None, "info", event) == {
        "event": "mail to [e-mail] failed",
        "given_name": "[redacted]",
        "id_token": "[redacted]",
        "email": "",
        "detail": {"email": "[redacted]", "count": 3, "where": ["/a?[query]", "/-/[token]/courses/1"]},
        "header": "Bearer [redacted]",
        "jwt": "[token]",
        "status": 200,
    }


def test_our_own_lines_are_json_and_keep_the_message_of_a_harmless_defect(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("info")
    log = structlog.get_logger("sca_lms.test")
    log.debug("too quiet to be heard")
    try:
        "".nothing  # type: ignore[attr-defined]  # noqa: B018 - The defect that is logged.
    except AttributeError:
        log.exception("failed", thing=object())
    (line,) = lines(capsys.readouterr().err)
    assert line["exception"] == ["builtins.AttributeError: 'str' object has no attribute 'nothing'"]
    assert line["thing"] == "<object>"
