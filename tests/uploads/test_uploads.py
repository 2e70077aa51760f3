"""Files are taken in by what they contain, stored under random names, and handed out as attachments."""

import io
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.database import db, transaction
from sca_lms.uploads import answers, operations
from sca_lms.uploads.content import DOCUMENTS, Allowed, is_what_it_says, shown_name
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.operations import FileRefused, Scanner
from sca_lms.uploads.storage import FileStore, store
from tests import builders

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06"
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SMALL = Allowed(DOCUMENTS, largest=1024 * 1024)


def take(name: str, content: bytes, *, scanners: tuple[Scanner, ...] = ()) -> StoredFile:
    return operations.take(
        builders.a_course(), name, io.BytesIO(content), allowed=SMALL, place=store(), scanners=scanners,
        person_id=None, at=clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "fits"),
    [
        ("report.pdf", PDF, True),
        ("photo.PNG", PNG, True),
        ("photo.png", PDF, False),
        ("report.pdf", HTML, False),
        ("notes.txt", "บันทึกภาคสนาม".encode(), True),
        ("notes.txt", ("บันทึก" * 2000).encode()[:8191], True),
        ("notes.csv", b"a,b\r\n1,2\r\n", True),
        ("notes.txt", HTML, False),
        ("notes.txt", b"MZ\x90\x00\x03", False),
        ("plan.docx", b"PK\x03\x04\x14\x00\x06\x00", True),
        ("plan.docx", b"MZ\x90\x00\x03", False),
        ("no-ending", PDF, False),
    ],
)
def test_a_file_must_be_what_its_name_says(name: str, content: bytes, fits: bool) -> None:
    assert is_what_it_says(name, content) is fits


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\รายงาน.pdf", "รายงาน.pdf"),
        ("exe\u202efdp.pdf", "exefdp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        (".pdf", "pdf"),
        ("ก" * 300 + ".pdf", "ก" * 146 + ".pdf"),
        ("", "file"),
    ],
)
def test_names_lose_their_tricks_and_keep_their_letters(given: str, shown: str) -> None:
    assert shown_name(given) == shown


def test_a_stored_file_comes_back_as_an_attachment_that_runs_nothing(app: Flask) -> None:
    with app.app_context():
        with transaction():
            stored = take("รายงาน ภาคสนาม.pdf", PDF)
        with app.test_request_context():
            answer = answers.attachment(stored)
            assert b"".join(answer.iter_encoded()) == PDF
        assert answer.headers["Content-Disposition"].startswith("attachment; ")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "รายงาน" not in stored.key


@pytest.mark.parametrize(
    ("name", "content"),
    [("virus.exe", b"MZ"), ("empty.pdf", b""), ("page.pdf", HTML), ("big.pdf", PDF + b" " * 1024 * 1024)],
)
def test_what_is_refused_leaves_nothing_behind(app: Flask, name: str, content: bytes) -> None:
    with app.app_context():
        with pytest.raises(FileRefused), transaction():
            take(name, content)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(StoredFile)) == 0
        directory = Path(app.extensions["sca_settings"].data_dir) / "files"
        assert [path for path in directory.rglob("*") if path.is_file()] == []


def test_a_scanner_may_refuse_with_its_reason(app: Flask) -> None:
    with app.app_context(), pytest.raises(FileRefused, match="Eicar"), transaction():
        take("report.pdf", PDF, scanners=(lambda _file: "Eicar test signature",))


def test_a_place_that_lost_a_file_says_so(tmp_path: Path) -> None:
    place = FileStore(tmp_path.as_uri())
    place.put("ab12", io.BytesIO(b"hello"))
    opened = place.open("ab12")
    assert opened is not None
    with opened:
        assert opened.read() == b"hello"
    place.forget("ab12")
    place.forget("ab12")
    assert place.open("ab12") is None
