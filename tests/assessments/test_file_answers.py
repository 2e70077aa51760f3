"""A file as an answer: handed in, replaced, read back by those who may, marked, and never lost."""

import datetime as dt
import io
from decimal import Decimal

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms.assessments.models import Attempt, Response
from sca_lms.assessments.rules import AttemptState
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.marking import jobs
from sca_lms.uploads.models import StoredFile
from tests.assessments.builders import NINE, YEARS
from tests.assessments.places import Place, open_place, text_of
from tests.assessments.samples import FILE
from tests.builders import csrf_of
from tests.uploads.test_uploads import PDF

SECOND = PDF.replace(b"1 0 obj", b"7 0 obj")
DOCX = b"PK\x03\x04\x14\x00\x06\x00"
PROGRAM = b"MZ\x90\x00\x03" + b"\x00" * 60


@pytest.fixture
def place(app: Flask, clock: time_machine.Traveller) -> Place:
    return open_place(app, questions=(("F", FILE), ("Q", YEARS)))


@pytest.fixture
def teacher(place: Place) -> FlaskClient:
    return place.somebody(Role.INSTRUCTOR)


@pytest.fixture
def attempt(place: Place) -> str:
    return place.begin()


def send(place: Place, address: str, name: str, content: bytes, **fields: str) -> TestResponse:
    return place.post(address, a0=(io.BytesIO(content), name), **fields)


def stored(place: Place) -> list[str]:
    with place.app.app_context():
        return list(db.session.scalars(sa.select(StoredFile.name).order_by(StoredFile.id)))


def test_a_file_is_handed_in_replaced_read_back_and_marked(
    place: Place, teacher: FlaskClient, attempt: str
) -> None:
    saved = send(place, f"{attempt}/answers/0", "first.pdf", PDF)
    assert (saved.status_code, saved.get_json()["answered"]) == (200, 1)
    assert send(place, attempt, "second.pdf", SECOND, a1="4", action="save").status_code == 302
    assert stored(place) == ["second.pdf"], "what was replaced is forgotten"

    address = f"{attempt}/files/0"
    for reader in (place.learner, teacher):
        found = reader.get(address)
        assert found.data == SECOND
        assert found.headers["Content-Disposition"].startswith("attachment")
    assert place.post(attempt, a1="4", action="submit").location.endswith("/review")
    assert place.newest_attempt().awaits_marking is True

    grader = f"/courses/{place.course_id}/marking/attempts/{place.newest_attempt().id}"
    page = text_of(teacher.get(grader))
    file_in_grader = page.partition(f'href="{grader}/files/')[2].partition('"')[0]
    assert teacher.get(f"{grader}/files/{file_in_grader}").data == SECOND
    assert teach(place, teacher, grader, **{"answer-0": "4.5", "row_version": "0"}).status_code == 302
    assert "4.5" not in text_of(place.learner.get(f"{attempt}/review")), "nothing is released yet"
    releases = f"/courses/{place.course_id}/marking/releases/new?quiz={place.quiz_id}"
    assert teach(place, teacher, releases, which="all").status_code == 302
    with time_machine.travel(NINE + dt.timedelta(minutes=10), tick=False):
        with place.app.app_context():
            jobs.settle_releases(NINE + dt.timedelta(minutes=10))
        assert place.newest_attempt().score == Decimal("5.5")
        result = f"/courses/{place.course_id}/marking/results/attempts/{place.newest_attempt().id}"
        assert "4.5" in text_of(place.learner.get(result))
        assert place.learner.get(f"{result}/files/{file_in_grader}").data == SECOND


def teach(place: Place, teacher: FlaskClient, address: str, **fields: str) -> TestResponse:
    token = csrf_of(text_of(teacher.get(f"/courses/{place.course_id}/marking/comments")))
    return teacher.post(address, data=fields, headers={"X-CSRF-Token": token})


def test_a_file_is_of_its_learner_and_of_those_who_teach_alone(
    place: Place, teacher: FlaskClient, attempt: str
) -> None:
    send(place, f"{attempt}/answers/0", "plan.pdf", PDF)
    address = f"{attempt}/files/0"
    classmate = place.somebody(Role.LEARNER)
    assert classmate.get(address).status_code == 404
    assert send_as(place, classmate, f"{attempt}/answers/0").status_code == 404
    for role in (Role.AUTHOR, Role.MENTOR, Role.JUDGE):
        assert place.somebody(role).get(address).status_code == 403
    assert place.learner.get(f"{attempt}/files/1").status_code == 404
    assert teacher.get(f"{attempt}/files/9").status_code == 404
    elsewhere = address.replace(f"/quizzes/{place.quiz_id}/", f"/quizzes/{place.quiz_id + 1}/")
    assert teacher.get(elsewhere).status_code == 404


def send_as(place: Place, browser: FlaskClient, address: str) -> TestResponse:
    return place.post_as(browser, address, {"a0": (io.BytesIO(SECOND), "mine.pdf")})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.pdf", PROGRAM),
        ("report.pdf", b""),
        ("plan.docx", PROGRAM),
        ("plan.exe", PROGRAM),
        ("plan", PDF),
        ("photo.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
        ("zipped.pdf", DOCX),
    ],
)
def test_a_wrong_file_is_told_beside_its_question_and_takes_nothing_else_with_it(
    place: Place, attempt: str, name: str, content: bytes
) -> None:
    send(place, f"{attempt}/answers/0", "good.pdf", PDF)
    by_script = send(place, f"{attempt}/answers/0", name, content)
    assert (by_script.status_code, bool(by_script.get_json()["message"])) == (422, True)
    page = send(place, attempt, name, content, a1="4", action="submit")
    assert page.status_code == 200
    assert by_script.get_json()["message"] in text_of(page)
    assert stored(place) == ["good.pdf"]
    assert place.answers()[1] == "4"
    assert place.newest_attempt().state is AttemptState.IN_PROGRESS


def test_a_file_that_is_taken_away_is_forgotten_and_the_question_is_open_again(
    place: Place, attempt: str
) -> None:
    send(place, f"{attempt}/answers/0", "plan.pdf", PDF)
    taken = place.post(f"{attempt}/answers/0", **{"a0-remove": "1"})
    assert taken.get_json()["answered"] == 0
    assert stored(place) == []
    assert place.learner.get(f"{attempt}/files/0").status_code == 404


def test_after_the_hand_in_no_file_comes_in_and_none_goes(place: Place, attempt: str) -> None:
    send(place, f"{attempt}/answers/0", "plan.pdf", PDF)
    for _click in range(2):
        handed_in = place.post(attempt, a1="4", action="submit-anyway")
        assert handed_in.location.endswith("/review")
    assert send(place, attempt, "late.pdf", SECOND, action="save").location.endswith("/review")
    assert send(place, f"{attempt}/answers/0", "late.pdf", SECOND).status_code == 409
    assert place.post(f"{attempt}/answers/0", **{"a0-remove": "1"}).status_code == 409
    assert stored(place) == ["plan.pdf"]
    assert place.learner.get(f"{attempt}/files/0").data == PDF


def test_a_file_that_comes_after_the_deadline_is_not_kept(place: Place, attempt: str) -> None:
    with time_machine.travel(NINE + dt.timedelta(hours=1), tick=False):
        assert send(place, f"{attempt}/answers/0", "late.pdf", PDF).status_code == 409
    assert stored(place) == []
    with place.app.app_context():
        answers = db.session.scalars(sa.select(Response.answer).join(Attempt)).all()
    assert set(answers) == {None}


def test_a_number_that_is_sent_instead_of_a_file_is_no_answer(place: Place, attempt: str) -> None:
    """Nobody reaches a file of somebody else by naming it."""
    classmate = place.somebody(Role.LEARNER)
    theirs = place.post_as(classmate, f"{place.quiz}/attempts", {}).location
    assert send_as(place, classmate, f"{theirs}/answers/0").status_code == 200
    with place.app.app_context():
        number = db.session.scalars(sa.select(StoredFile.id)).one()
    place.post(f"{attempt}/answers/0", a0=str(number))
    place.post(attempt, a0=str(number), action="save")
    assert place.learner.get(f"{attempt}/files/0").status_code == 404


def test_a_form_that_lacks_a_question_leaves_its_answer_as_it_is(place: Place, attempt: str) -> None:
    send(place, attempt, "plan.pdf", PDF, a1="4", action="save")
    place.post(attempt, action="save")
    assert place.answers()[1] == "4"
    place.post(attempt, a1="", action="save")
    assert place.answers()[1] is None
    assert stored(place) == ["plan.pdf"]
