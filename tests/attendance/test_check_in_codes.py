"""A learner's own code is short, signed and forgiving; a QR code says what it should and no more."""

import itertools

import pytest
import time_machine
from flask import Flask

from sca_lms.attendance import learner_codes, room_codes, room_pages
from sca_lms.attendance.learner_codes import Scanned, code_of, enrolment_of, qr_text, read_qr
from sca_lms.web.qr_pictures import draw
from tests.attendance.doors import BEGINS, open_doors

SECRET = "a-secret-for-tests"


@pytest.mark.parametrize("enrolment_id", [1, 31, 32, 150, 10_000, 2**31 - 1])
def test_a_code_leads_back_to_its_learner_however_it_is_typed(enrolment_id: int) -> None:
    code = code_of(SECRET, 7, enrolment_id)
    assert len(code) <= 14
    for typed in (code, code.lower(), code.replace("-", " "), code.replace("0", "o").replace("1", "l")):
        assert enrolment_of(typed, SECRET, 7) == enrolment_id


def test_a_code_is_good_for_one_course_and_one_secret_only() -> None:
    code = code_of(SECRET, 7, 150)
    assert enrolment_of(code, SECRET, 8) is None
    assert enrolment_of(code, "another-secret", 7) is None


def test_changing_one_letter_makes_it_nobodys() -> None:
    code = code_of(SECRET, 7, 150).replace("-", "")
    for place, letter in itertools.product(range(len(code)), learner_codes.ALPHABET):
        other = code[:place] + letter + code[place + 1 :]
        assert enrolment_of(other, SECRET, 7) == (150 if other == code else None)


@pytest.mark.parametrize("typed", ["", "-", "K7M3Q2", "นี่ไม่ใช่รหัส", "1" * 50, "\0", "3F-K7M3QU"])
def test_what_is_no_code_belongs_to_nobody(typed: str) -> None:
    assert enrolment_of(typed, SECRET, 7) is None


def test_a_qr_code_says_course_code_and_session_and_is_read_back() -> None:
    assert read_qr(qr_text(7, "3F-K7M3Q2")) == Scanned(7, "3F-K7M3Q2")
    assert read_qr(qr_text(7, "3F-K7M3Q2", "D01A")) == Scanned(7, "3F-K7M3Q2", "D01A")
    for other in ("https://example.org", "SCA1:x:3F-K7M3Q2", "SCA1:7", "SCA1:7:3F-K7M3Q2:a b", ""):
        assert read_qr(other) is None


def test_a_picture_is_a_square_with_the_three_corners_of_a_qr_code() -> None:
    picture = draw("SCA1:7:3F-K7M3Q2:D01A")
    assert picture.size == 25 + 8, "version 2 and four modules of white on each side"
    for corner in ("M4 4.5h7", "M22 4.5h7", "M4 22.5h7"):
        assert corner in picture.path


def test_the_address_in_a_rooms_qr_code_is_public_and_holds_no_token_of_a_browser(app: Flask) -> None:
    doors = open_doors(app)
    prefix = f"/-/{'t' * 43}"
    with (
        time_machine.travel(BEGINS),
        app.test_request_context("/", environ_overrides={"SCRIPT_NAME": prefix}),
    ):
        session = doors.session()
        token = room_codes.token(session.code_seed, session.id, 1)
        address = room_pages.check_in_address(session, token, is_leaving=True)
    start = f"https://tool.example.org/courses/{doors.course_id}/check-in?"
    assert address.startswith(start)
    assert dict(part.split("=") for part in address.removeprefix(start).split("&")) == {
        "session": "D01A", "code": token, "act": "out",
    }  # fmt: skip


def test_a_learners_page_shows_their_code_and_picture(app: Flask) -> None:
    doors = open_doors(app)
    page = doors.learner().page("/my-code")
    code = code_of(app.config["SECRET_KEY"], doors.course_id, doors.learner_ids[0])
    assert code in page
    assert draw(qr_text(doors.course_id, code)).path in page
    assert doors.staff().get("/my-code").status_code == 403
