"""Every answer carries its security headers."""

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms.web.headers import csp_nonce, is_origin


def policy(response: TestResponse) -> dict[str, str]:
    rules = response.headers["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (rule.partition(" ") for rule in rules)}


@pytest.mark.parametrize(
    "path", ["/gallery", "/message", "/wrong/404", "/wrong/500", "/defect", "/healthz", "/nowhere"]
)
def test_a_page_may_only_use_our_own_files_and_stand_in_no_frame(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)
    rules = policy(answer)
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Referrer-Policy" in answer.headers
    assert "Permissions-Policy" in answer.headers


def test_a_page_may_name_who_frames_it_where_it_posts_and_whose_video_it_shows(house: Flask) -> None:
    @house.get("/open")
    def opened() -> str:
        g.frame_ancestors = ["https://moodle.example.org", "https://moodle.example.org"]
        g.form_action_origins = ["https://canvas.example.org:8443"]
        g.frame_sources = ["https://video.example.org"]
        return csp_nonce() + csp_nonce()

    answer = house.test_client().get("/open")
    rules = policy(answer)
    nonce = answer.text[: len(answer.text) // 2]
    assert rules["frame-ancestors"] == "https://moodle.example.org"
    assert rules["form-action"] == "'self' https://canvas.example.org:8443"
    assert rules["frame-src"] == rules["media-src"] == "'self' https://video.example.org"
    assert rules["script-src"] == f"'self' 'nonce-{nonce}'"
    assert "X-Frame-Options" not in answer.headers
    assert house.test_client().get("/open").text != answer.text


@pytest.mark.parametrize(
    "value",
    [
        "https://a.example/path",
        "https://a.example; script-src *",
        "*",
        "javascript:x",
        "https://a example",
        "",
        None,
        "https://*.example.org",
        "https://a.example\n",
    ],
)
def test_what_is_no_origin_never_reaches_the_header(house: Flask, value: object) -> None:
    assert not is_origin(value)

    @house.get("/odd")
    def odd() -> str:
        g.frame_ancestors = [value]
        return ""

    assert policy(house.test_client().get("/odd"))["frame-ancestors"] == "'none'"


def test_https_is_remembered_only_over_https(visitor: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in visitor.get("/healthz").headers
    assert (
        "max-age"
        in visitor.get("/healthz", base_url="https://tool.example.org").headers["Strict-Transport-Security"]
    )


def test_a_view_may_set_its_own_lifetime(house: Flask) -> None:
    @house.get("/keys")
    def keys() -> tuple[str, dict[str, str]]:
        return "", {"Cache-Control": "public, max-age=300"}

    assert house.test_client().get("/keys").headers["Cache-Control"] == "public, max-age=300"
