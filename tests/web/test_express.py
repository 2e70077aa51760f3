"""A counter answers as Flask would, and Flask never notices that somebody looked at a request first."""

import json
from collections.abc import Mapping

import pytest
from flask import Flask, request
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from sca_lms.web import metrics
from sca_lms.web.access import public
from sca_lms.web.application import Application
from sca_lms.web.express import COUNTERS, LARGEST_FORM, Counter, Onward, Visit
from sca_lms.web.logs import configure
from sca_lms.web.tab_tokens import tab_prefix

SEEN = "seen_by_the_counter"


@pytest.fixture
def crowded(app: Flask) -> Flask:
    """Add an address at which a counter leads on whoever says `go`."""
    seen: list[Visit] = app.extensions.setdefault(SEEN, [])

    def lead_on(visit: Visit) -> Onward | None:
        seen.append(visit)
        if visit.fields.get("say") == "fail":
            raise OperationalError("SELECT 1", None, RuntimeError("gone"))
        cookie = "sca_probe=1; Path=/"
        return Onward(f"{visit.script_root}/there", [cookie]) if visit.fields.get("say") == "go" else None

    @app.post("/crowd")
    @public
    def crowd() -> str:
        return "flask " + " ".join(f"{name}={value}" for name, value in request.form.items())

    app.extensions[COUNTERS]["/crowd"] = Counter("crowd", lead_on)
    return app


def post(app: Flask, fields: Mapping[str, str] | bytes, content_type: str | None = None) -> TestResponse:
    return app.test_client().post("/crowd", data=fields, content_type=content_type)


def test_the_tool_is_made_with_counters(app: Flask) -> None:
    assert isinstance(app, Application)
    assert set(app.extensions[COUNTERS]) == {"/lti/login", "/lti/launch"}
    adapter = app.url_map.bind("tool.example.org")
    for path, counter in app.extensions[COUNTERS].items():
        assert adapter.match(path, method="POST")[0] == counter.endpoint


def test_an_answer_of_a_counter_has_all_that_an_answer_of_flask_has(crowded: Flask) -> None:
    client = crowded.test_client()
    for secure in ("http://localhost", "https://tool.example.org"):
        quick = client.post("/crowd", data={"say": "go"}, base_url=secure)
        usual = client.post("/crowd", data={"say": "wait"}, base_url=secure)
        assert (quick.status_code, quick.location) == (303, "/there")
        assert quick.headers.getlist("Set-Cookie") == ["sca_probe=1; Path=/"]
        assert usual.text == "flask say=wait"
        mine, flasks = set(quick.headers.keys()), set(usual.headers.keys())
        assert mine - flasks == {"Location", "Set-Cookie"}
        assert flasks <= mine
        named_alike = mine - {"Location", "Set-Cookie", "X-Request-ID", "Content-Length"}
        for name in named_alike:
            assert quick.headers[name] == usual.headers[name], name
        assert quick.headers["X-Request-ID"] != usual.headers["X-Request-ID"]


def test_a_counter_counts_and_logs_like_flask(crowded: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    configure("info")
    try:
        numbers = [post(crowded, {"say": say}).headers["X-Request-ID"] for say in ("go", "wait")]
    finally:
        configure("error")
    quick, usual = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert quick.keys() == usual.keys()
    assert (quick["endpoint"], quick["method"], quick["status"]) == ("crowd", "POST", 303)
    assert [quick["request_id"], usual["request_id"]] == numbers
    token = metrics.bearer_token(crowded.extensions["sca_settings"].secret_key)
    figures = crowded.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"}).text
    assert 'sca_lms_requests_total{endpoint="crowd",method="POST",status="303"} 1.0' in figures


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/crowd?say=go", None),
        ("/crowd", "multipart/form-data"),
        ("/crowd", "text/plain"),
        (tab_prefix("t" * 43) + "/crowd", None),
    ],
)
def test_what_is_no_plain_form_goes_to_flask_unseen(
    crowded: Flask, path: str, content_type: str | None
) -> None:
    answer = crowded.test_client().post(path, data={"say": "go"}, content_type=content_type)
    assert answer.status_code == 200
    assert crowded.extensions[SEEN] == []


@pytest.mark.parametrize(
    "body",
    [
        b"say=go&say=go",
        b"say=go&name=%ff",
        "say=go&name=ก".encode("tis-620"),
        b"say=go&x=" + b"x" * LARGEST_FORM,
    ],
)
def test_an_ambiguous_unreadable_or_large_form_goes_to_flask_unseen(crowded: Flask, body: bytes) -> None:
    answer = post(crowded, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code != 303
    assert crowded.extensions[SEEN] == []


def test_flask_reads_the_form_again_when_the_counter_says_nothing(crowded: Flask) -> None:
    answer = post(crowded, {"say": "nothing", "name": "ปวีณา"})
    assert answer.text == "flask say=nothing name=ปวีณา"
    assert [visit.fields["name"] for visit in crowded.extensions[SEEN]] == ["ปวีณา"]


def test_a_database_that_does_not_answer_is_left_to_flask(crowded: Flask) -> None:
    answer = post(crowded, {"say": "fail"})
    assert answer.text == "flask say=fail"
