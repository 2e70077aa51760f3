"""Static files may be kept for a year, because their address changes with them."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.web import assets

STATIC = Path(assets.__file__).parent / "static"


def test_an_address_names_the_content(house: Flask) -> None:
    digest = hashlib.sha256((STATIC / "look.css").read_bytes()).hexdigest()[:12]
    with house.test_request_context("/"):
        assert assets.asset("look.css") == f"/static/look.css?v={digest}"


@pytest.mark.parametrize("name", ["missing.css", "../i18n.py"])
def test_a_file_that_is_not_there_is_a_defect(house: Flask, name: str) -> None:
    with house.test_request_context("/"), pytest.raises(FileNotFoundError):
        assets.asset(name)


def test_only_the_exact_version_is_kept_for_long(house: Flask, visitor: FlaskClient) -> None:
    with house.test_request_context("/"):
        exact = assets.asset("look.css")
    with visitor.get(exact) as answer:
        assert answer.headers["Cache-Control"] == assets.KEEP
    with visitor.get("/static/look.css?v=old") as answer:
        assert answer.headers["Cache-Control"] == assets.ASK_AGAIN
    with visitor.get("/static/vendor/sarabun-5.3.0/sarabun-thai-400-normal.woff2") as answer:
        assert answer.headers["Cache-Control"] == assets.KEEP
    assert visitor.get("/static/nothing.css").status_code == 404


def test_every_file_a_page_names_is_there(house: Flask, visitor: FlaskClient) -> None:
    named = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', visitor.get("/gallery").text))
    assert len(named) > 8
    for address in named:
        with visitor.get(address) as answer:
            assert answer.status_code == 200


def test_every_vendored_file_is_what_its_list_says() -> None:
    rows = re.findall(
        r"\| `([^`]+)` \| `([0-9a-f]{64})` \|", (STATIC / "vendor" / "README.md").read_text("utf-8")
    )
    assert {path for path, _ in rows} == {
        str(file.relative_to(STATIC / "vendor"))
        for file in (STATIC / "vendor").rglob("*")
        if file.is_file() and file.name not in {"LICENSE", "README.md", "sarabun.css"}
    }
    for path, digest in rows:
        assert hashlib.sha256((STATIC / "vendor" / path).read_bytes()).hexdigest() == digest
        assert (STATIC / "vendor" / path).parent.joinpath("LICENSE").is_file()


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text("utf-8")))
    packages = STATIC.parent.parent
    named = {
        name
        for template in packages.rglob("templates/**/*.html")
        for name in re.findall(r"""\bicon\('([a-z-]+)'""", template.read_text("utf-8"))
    }
    assert named <= sprite


def test_a_style_sheet_is_sent_packed_to_whoever_can_unpack_it(visitor: FlaskClient) -> None:
    plain = (STATIC / "look.css").read_bytes()
    for _time in range(2):
        with visitor.get("/static/look.css", headers={"Accept-Encoding": "br, gzip"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert len(answer.data) < len(plain) / 3
            assert gzip.decompress(answer.data) == plain
            tag = answer.headers["ETag"]
    with visitor.get("/static/look.css", headers={"Accept-Encoding": "gzip", "If-None-Match": tag}) as answer:
        assert answer.status_code == 304
    with visitor.get("/static/look.css", headers={"Accept-Encoding": "identity"}) as answer:
        assert "Content-Encoding" not in answer.headers
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.data == plain


def test_pictures_parts_and_pages_are_not_packed(visitor: FlaskClient) -> None:
    packing = {"Accept-Encoding": "gzip"}
    font = "vendor/sarabun-5.3.0/sarabun-thai-400-normal.woff2"
    with visitor.get(f"/static/{font}", headers=packing) as answer:
        assert "Content-Encoding" not in answer.headers
    with visitor.get("/static/look.css", headers={**packing, "Range": "bytes=0-9"}) as answer:
        assert answer.status_code == 206
        assert "Content-Encoding" not in answer.headers
    with visitor.get("/nowhere", headers=packing) as answer:
        assert "Content-Encoding" not in answer.headers
