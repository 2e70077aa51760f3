"""The notice of what was done travels in a signed cookie; answers without one do not mention it."""

from flask import Flask, flash, get_flashed_messages

from sca_lms.web.access import public

NAME = "__Host-sca_notice"


def test_a_notice_is_shown_once_on_the_next_page(app: Flask) -> None:
    @app.get("/leave")
    @public
    def leave() -> str:
        flash("Saved.")
        return ""

    @app.get("/read")
    @public
    def read() -> str:
        return " ".join(map(str, get_flashed_messages()))

    client = app.test_client()
    untouched = client.get("/healthz")
    assert "Set-Cookie" not in untouched.headers
    assert "Vary" not in untouched.headers
    given = client.get("/leave", base_url="https://tool.example.org").headers["Set-Cookie"]
    assert given.startswith(f"{NAME}=")
    for attribute in ("Secure", "HttpOnly", "SameSite=None", "Partitioned"):
        assert attribute in given
    assert client.get("/read", base_url="https://tool.example.org").text == "Saved."
    assert client.get("/read", base_url="https://tool.example.org").text == ""


def test_a_notice_that_we_did_not_sign_is_not_shown(app: Flask) -> None:
    @app.get("/read")
    @public
    def read() -> str:
        return " ".join(map(str, get_flashed_messages()))

    client = app.test_client()
    client.set_cookie(NAME, "eyJfZmxhc2hlcyI6W119.aaaa.bbbb", domain="localhost")
    assert client.get("/read").text == ""
