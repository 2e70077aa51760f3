"""Preferences, health and readiness."""

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError


def test_a_visitor_without_a_session_keeps_the_language_in_a_cookie(visitor: FlaskClient) -> None:
    answer = visitor.post("/preferences", data={"locale": "en", "next": "/nowhere?page=2"})
    assert (answer.status_code, answer.location) == (303, "/nowhere?page=2")
    assert (
        'lang="en"'
        in visitor.get("/nowhere").text.partition(">")[2].partition(">")[0] + visitor.get("/nowhere").text
    )
    assert visitor.get("/nowhere").text.index("This page does not exist") < visitor.get(
        "/nowhere"
    ).text.index("ไม่พบหน้านี้")


def test_the_cookie_of_a_choice_survives_in_a_frame_over_https(visitor: FlaskClient) -> None:
    answer = visitor.post("/preferences", data={"theme": "dark"}, base_url="https://tool.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-sca_theme=dark;")
    for flag in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
        assert flag in cookie


def test_a_session_remembers_the_choice_itself(house: Flask) -> None:
    kept: list[tuple[str, str]] = []
    house.extensions["sca_preferences"] = lambda kind, value: kept.append((kind, value))

    @house.before_request
    def session() -> None:
        g.form_secret = b"a session"

    answer = house.test_client().post(
        "/preferences", data={"locale": "th", "theme": "auto", "next": "/gallery"}
    )
    assert kept == [("locale", "th"), ("theme", "auto")]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("value", ["fr", "", "en\r\nX: y"])
def test_a_language_we_do_not_speak_is_a_bad_request(visitor: FlaskClient, value: str) -> None:
    assert visitor.post("/preferences", data={"locale": value}).status_code == 400


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\evil",
        "/\t/evil.example",
        "javascript:x",
        "",
        "x",
        "/" + "a" * 3000,
    ],
)
def test_nobody_is_sent_to_another_site(visitor: FlaskClient, elsewhere: str) -> None:
    assert visitor.post("/preferences", data={"theme": "dark", "next": elsewhere}).location == "/"


def test_another_site_cannot_change_the_language(visitor: FlaskClient) -> None:
    assert (
        visitor.post(
            "/preferences", data={"locale": "en"}, headers={"Sec-Fetch-Site": "cross-site"}
        ).status_code
        == 403
    )


def test_the_process_is_alive(visitor: FlaskClient) -> None:
    answer = visitor.get("/healthz")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "ok\n", "text/plain")


def test_ready_means_that_every_check_finds_nothing(house: Flask) -> None:
    client = house.test_client()
    house.extensions["sca_readiness"] = {"schema": lambda: None}
    assert client.get("/readyz").get_json() == {"ready": True, "checks": {"schema": "ok"}}
    house.extensions["sca_readiness"]["keys"] = lambda: "no signing key yet"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {"schema": "ok", "keys": "no signing key yet"}


def test_a_check_that_cannot_be_made_is_a_no_without_details(house: Flask) -> None:
    def broken() -> str | None:
        raise OperationalError("SELECT 1", {}, OSError("postgresql://user:secret@db"))

    house.extensions["sca_readiness"] = {"database": broken}
    answer = house.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {"database": "cannot be checked (OperationalError)"}
