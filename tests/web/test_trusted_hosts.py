"""The tool answers under its own name only, whatever a request calls it."""

import pytest
from flask.testing import FlaskClient

OURS = [
    "tool.example.org",
    "TOOL.example.org:443",
    "tool.example.org.",
    "localhost:8000",
    "127.0.0.1",
    "[::1]:8000",
]
FOREIGN = [
    "evil.example",
    "tool.example.org.evil.example",
    "evil.tool.example.org",
    "evil.example:443",
    "tool.example.org@evil.example",
    "127.0.0.1.evil.example",
    "[::2]",
    "[",
    "a b",
    "",
]


@pytest.mark.parametrize("host", OURS)
def test_the_public_name_and_the_machine_itself_are_served(visitor: FlaskClient, host: str) -> None:
    assert visitor.get("/message", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("path", ["/message", "/nowhere", "/static/look.css", "/preferences"])
def test_another_name_is_refused_with_a_code_and_appears_nowhere(
    visitor: FlaskClient, host: str, path: str
) -> None:
    answer = visitor.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert answer.headers["X-Error-Code"] == "wrong-host"
    assert 'data-error-code="wrong-host"' in answer.text
    assert "evil" not in answer.text + str(answer.headers)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_who_asks_for_health_may_use_the_address_of_the_machine(visitor: FlaskClient) -> None:
    assert visitor.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
    assert visitor.get("/readyz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
