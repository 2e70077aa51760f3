"""Learners ask with evidence, staff answer in words, and each sees only what is theirs."""

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.attendance import queries
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from tests import builders
from tests.attendance.camp import MINUTE, a_camp, attend, close_all, session_of
from tests.statements import counted
from tests.uploads.test_uploads import HTML, PDF

AFTER = dt.datetime(2022, 9, 7, 3, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Case:
    """A learner who missed an hour of D01B, another learner, and an instructor, each in a browser."""

    course_id: int
    learner_id: int
    learner: FlaskClient
    other: FlaskClient
    staff: FlaskClient

    def address(self, rest: str) -> str:
        return f"/courses/{self.course_id}/requests{rest}"

    def hand_in(
        self, *, minutes: str = "60", name: str = "report.pdf", content: bytes = PDF
    ) -> tuple[int, str]:
        form = builders.csrf_of(self.learner.get(self.address("/make-up/D01B")).text)
        sent = {
            "csrf_token": form, "minutes": minutes, "text": "ทำรายงานภาคสนาม",
            "file": (io.BytesIO(content), name),
        }  # fmt: skip
        answer = self.learner.post(
            self.address("/make-up/D01B"), data=sent, content_type="multipart/form-data"
        )
        return answer.status_code, answer.text

    def decide(self, request_id: int, **fields: str) -> int:
        form = builders.csrf_of(self.staff.get(self.address(f"/{request_id}")).text)
        return self.staff.post(
            self.address(f"/{request_id}"), data={"csrf_token": form, "answer": "รายงานครบถ้วน"} | fields
        ).status_code


@pytest.fixture
def case(app: Flask) -> Iterator[Case]:
    with app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course, builders.a_person("กานต์", "ใจดี"))
        other = builders.an_enrolment(course)
        staff = builders.an_enrolment(course, roles={Role.INSTRUCTOR})
        session = session_of(course, "D01B")
        attend(session, learner, (session.starts_at + 60 * MINUTE, session.ends_at))
        close_all([session])
        ids = course.id, learner.id, other.id, staff.id
    with time_machine.travel(AFTER, tick=False):
        yield Case(ids[0], ids[1], *(builders.signed_in(app, each) for each in ids[1:]))


def minutes_of(app: Flask, learner_id: int) -> list[tuple[str, int]]:
    with app.app_context():
        return [(entry.kind.value, entry.minutes) for entry in queries.ledger(learner_id)]


def test_a_make_up_goes_from_request_to_ledger(app: Flask, case: Case) -> None:
    assert case.hand_in()[0] == 302
    assert "กานต์" in case.staff.get(case.address("")).text
    assert case.decide(1, decision="grant", minutes="45") == 302
    assert minutes_of(app, case.learner_id) == [("attendance", 60), ("make-up", 45)]
    mine = case.learner.get(case.address("/mine")).text
    assert "รายงานครบถ้วน" in mine
    assert "45 นาที" in mine
    assert "กานต์" in case.staff.get(case.address("?state=granted")).text
    assert "กานต์" not in case.staff.get(case.address("")).text


def test_what_is_wrong_is_told_and_nothing_is_stored(app: Flask, case: Case) -> None:
    assert case.hand_in(minutes="61")[0] == 409
    assert case.hand_in(minutes="")[0] == 400
    status, page = case.hand_in(content=HTML)
    assert (status, "ไม่ตรงกับนามสกุล" in page, "ทำรายงานภาคสนาม" in page) == (409, True, True)
    assert case.hand_in(name="virus.exe", content=b"MZ")[0] == 409
    assert "กานต์" not in case.staff.get(case.address("")).text


def test_evidence_is_an_attachment_for_staff_and_its_owner_only(case: Case) -> None:
    case.hand_in()
    for browser in (case.staff, case.learner):
        answer = browser.get(case.address("/1/evidence"))
        assert (answer.status_code, answer.get_data()) == (200, PDF)
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert case.other.get(case.address("/1/evidence")).status_code == 404


def test_a_request_is_decided_once_and_can_be_taken_back_before(case: Case) -> None:
    case.hand_in()
    form = builders.csrf_of(case.learner.get(case.address("/mine")).text)
    stranger = case.other.post(case.address("/1/withdraw"), data={"csrf_token": form})
    assert stranger.status_code in {400, 403, 404}
    assert case.learner.post(case.address("/1/withdraw"), data={"csrf_token": form}).status_code == 302
    again = case.learner.post(case.address("/1/withdraw"), data={"csrf_token": form}, follow_redirects=True)
    assert "มีผู้ตัดสินคำขอนี้แล้ว" in again.text


def test_a_second_look_is_answered_in_words(app: Flask, case: Case) -> None:
    form = builders.csrf_of(case.learner.get(case.address("/second-look/D01B")).text)
    sent = {"csrf_token": form, "text": "เช็กอินไม่ติดเพราะเน็ตล่ม"}
    assert case.learner.post(case.address("/second-look/D01B"), data=sent).status_code == 302
    assert case.learner.post(case.address("/second-look/D01B"), data=sent).status_code == 409
    assert case.decide(1, decision="refuse") == 302
    assert minutes_of(app, case.learner_id) == [("attendance", 60)]


def test_the_queue_needs_the_same_statements_for_many(app: Flask, case: Case) -> None:
    case.hand_in()
    with counted(app) as one:
        case.staff.get(case.address(""))
    form = builders.csrf_of(case.learner.get(case.address("/second-look/D01B")).text)
    case.learner.post(case.address("/second-look/D01B"), data={"csrf_token": form, "text": "x"})
    with counted(app) as two:
        case.staff.get(case.address(""))
    assert len(one) == len(two)
