"""What went wrong is said in both languages, with a code, and without a word about anybody."""

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from flask_babel import lazy_gettext as _l


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad-request"), (401, "no-session"), (403, "not-allowed"), (404, "not-found"),
        (405, "wrong-method"), (409, "conflict"), (410, "not-found"), (413, "too-large"),
        (415, "wrong-type"), (418, "bad-request"), (429, "too-many"), (500, "defect"),
        (501, "defect"), (503, "unavailable"),
    ],
)  # fmt: skip
def test_every_error_has_its_words(visitor: FlaskClient, status: int, code: str) -> None:
    answer = visitor.get(f"/wrong/{status}")
    assert answer.status_code == status
    assert answer.headers["X-Error-Code"] == code
    assert f'data-error-code="{code}"' in answer.text
    assert 'lang="th"' in answer.text
    assert 'lang="en"' in answer.text
    assert ("code-tag" in answer.text) == (status >= 500)


def test_the_readers_language_comes_first(house: Flask) -> None:
    thai, english = "ไม่พบหน้านี้", "This page does not exist"
    for locale, first in (("th", thai), ("en", english)):
        page = house.test_client().get("/nowhere", headers={"Accept-Language": locale}).text
        assert f'<h1 id="what">{first}</h1>' in page
        assert thai in page
        assert english in page


def test_a_refusal_nobody_caught_is_a_409_with_its_own_words(visitor: FlaskClient) -> None:
    answer = visitor.get("/refused", headers={"Accept-Language": "en"})
    assert answer.status_code == 409
    assert answer.headers["X-Error-Code"] == "too-late"
    assert "ยังทำรายการนี้ไม่ได้" in answer.text


def test_a_defect_shows_a_reference_and_nothing_of_what_was_typed(visitor: FlaskClient) -> None:
    answer = visitor.get("/defect")
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.text
    assert "somchai" not in answer.text


def test_a_program_gets_json(visitor: FlaskClient) -> None:
    answer = visitor.get("/defect", headers={"Accept": "application/json", "Accept-Language": "en"})
    assert answer.get_json() == {
        "error": "defect",
        "title": "Something went wrong on our side",
        "message": "What you saved before is safe. Try again; if it happens again, send the reference below "
        "to your support.",
        "reference": answer.headers["X-Request-ID"],
    }
    assert visitor.get("/nowhere", headers={"Accept": "*/*"}).mimetype == "text/html"


def test_the_error_page_does_not_depend_on_what_failed(house: Flask) -> None:
    @house.context_processor
    def broken() -> dict[str, object]:
        raise ConnectionError("the database is away")

    answer = house.test_client().get("/message")
    assert answer.status_code == 500
    assert answer.headers["X-Error-Code"] == "defect"


def test_a_view_may_give_its_own_advice_or_name_a_known_case(house: Flask) -> None:
    @house.get("/expired")
    def expired() -> str:
        abort(400, description="csrf")

    @house.get("/closed")
    def closed() -> str:
        abort(403, description=_l("Fill in this field."))

    @house.get("/technical")
    def technical() -> str:
        abort(400, description="KeyError: 'somchai@example.org'")

    client = house.test_client()
    assert client.get("/expired").headers["X-Error-Code"] == "form-expired"
    assert "กรอกช่องนี้" in client.get("/closed").text
    assert "somchai" not in client.get("/technical").text


def test_the_headers_of_an_error_survive(house: Flask) -> None:
    assert "GET" in house.test_client().post("/gallery").headers["Allow"]


def test_an_address_with_nul_is_a_bad_request(visitor: FlaskClient) -> None:
    assert visitor.get("/gallery?q=%00").status_code == 400
    assert visitor.get("/gall%00ery").status_code == 400
    assert visitor.get("/gallery?q=%ff%fe&%80").status_code == 200


def test_an_id_that_no_table_can_hold_is_not_found(visitor: FlaskClient) -> None:
    assert visitor.get(f"/wrong/{2**31}").status_code == 404
    assert visitor.get("/wrong/" + "9" * 400).status_code == 404
