"""What no page or browser sends is turned away before a view stumbles over it."""

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from sca_lms.uploads.content import MEBIBYTE
from sca_lms.web.access import public
from sca_lms.web.incoming import takes_files

FORM = "multipart/form-data; boundary=x"


def part(header: str, content: str = "y") -> bytes:
    return f"--x\r\nContent-Disposition: {header}\r\n\r\n{content}\r\n--x--\r\n".encode()


@pytest.mark.parametrize("address", ["/message?q=%00", "/mess%00age", "/message?%00=1"])
def test_nul_in_an_address_is_a_bad_request(visitor: FlaskClient, address: str) -> None:
    assert visitor.get(address).status_code == 400


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ('form-data; name="theme"', 303),
        ("nonsense", 400),
        ("form-data", 400),
        ('form-data; filename="x"', 400),
    ],
)
def test_a_part_of_a_form_without_a_name_is_a_bad_request(
    visitor: FlaskClient, header: str, status: int
) -> None:
    answer = visitor.post("/preferences", data=part(header, "dark"), content_type=FORM)
    assert answer.status_code == status


def test_a_form_with_names_is_read_as_it_is(house: Flask) -> None:
    body = part('form-data; name="a"') + part('form-data; name="b"; filename="c.txt"', "z")
    whole = body.replace(b"--x--\r\n", b"", 1)
    with house.test_request_context("/preferences", method="POST", data=whole, content_type=FORM):
        assert request.form.to_dict() == {"a": "y"}
        assert request.files["b"].read() == b"z"


def test_only_a_view_that_says_so_takes_more_than_a_small_form(app: Flask) -> None:
    @app.post("/small")
    @public
    def small() -> str:
        return request.form["name"]

    @app.post("/large")
    @public
    @takes_files(4 * MEBIBYTE)
    def large() -> str:
        with request.files["file"].stream as stream:
            return str(len(stream.read()))

    client = app.test_client()
    for address, status in (("/small", 413), ("/large", 200)):
        sent = part('form-data; name="file"; filename="plan.pdf"', "x" * 3 * MEBIBYTE)
        assert client.post(address, data=sent, content_type=FORM).status_code == status
    assert large.__name__ == "large"
    assert small.__name__ == "small"
