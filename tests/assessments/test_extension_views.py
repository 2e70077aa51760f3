"""Staff give more time after a look at the changes; learners see theirs and never the reason."""

import io

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from openpyxl import load_workbook

from sca_lms.assessments.models import Accommodation, QuizExtension
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests.assessments.places import Place, text_of


@pytest.fixture
def teacher(place: Place) -> FlaskClient:
    return place.somebody(Role.INSTRUCTOR)


def send(place: Place, teacher: FlaskClient, path: str, **fields: object) -> tuple[int, str]:
    page = teacher.get(f"{place.quiz}/results").get_data(as_text=True)
    token = page.partition('"X-CSRF-Token": "')[2].partition('"')[0]
    answer = teacher.post(path, data=fields, headers={"X-CSRF-Token": token})
    return answer.status_code, text_of(answer)


def every_course(place: Place) -> str:
    return f"/courses/{place.course_id}/accommodations"


def test_nothing_changes_before_somebody_has_seen_what_will(place: Place, teacher: FlaskClient) -> None:
    fields = {"person": place.learner_id, "factor": "1.5", "reason": "a secret"}
    status, page = send(place, teacher, every_course(place), **fields)
    assert (status, "× 1.5" in page) == (200, True)
    with place.app.app_context():
        assert db.session.scalars(sa.select(Accommodation)).all() == []
    assert send(place, teacher, every_course(place), **fields, confirmed="1")[0] == 302
    assert "a secret" in text_of(teacher.get(every_course(place)))


def test_a_learner_reads_the_own_time_and_no_reason(place: Place, teacher: FlaskClient) -> None:
    send(
        place,
        teacher,
        every_course(place),
        person=place.learner_id,
        factor="2",
        reason="a secret",
        confirmed="1",
    )
    page = text_of(place.learner.get(place.quiz))
    assert "15 นาที + เพิ่มให้คุณ 15 นาที" in page
    attempt = text_of(place.learner.get(place.begin()))
    assert "15 นาที + เพิ่มให้คุณ 15 นาที" in attempt
    assert 'data-seconds-left="1800"' in attempt
    assert "a secret" not in page + attempt


def test_a_running_attempt_hears_of_more_time_when_it_asks(place: Place, teacher: FlaskClient) -> None:
    attempt = place.begin()
    assert place.learner.get(f"{attempt}/time").get_json() == {"seconds_left": 900}
    send(place, teacher, every_course(place), person=place.learner_id, factor="2", confirmed="1")
    assert place.learner.get(f"{attempt}/time").get_json() == {"seconds_left": 1800}


def test_the_pages_word_that_time_is_up_does_not_end_what_was_made_longer(
    place: Place, teacher: FlaskClient, clock: time_machine.Traveller
) -> None:
    attempt = place.begin()
    send(place, teacher, every_course(place), person=place.learner_id, factor="2", confirmed="1")
    clock.shift(901)
    answer = place.post(attempt, action="time-up", a0="4")
    assert answer.location.endswith(attempt)
    assert place.answers()[0] == "4"


def test_a_pasted_table_with_a_fault_saves_nothing_and_names_the_line(
    place: Place, teacher: FlaskClient
) -> None:
    table = "nobody@example.org;60\nอารี ก;x"
    status, page = send(place, teacher, f"{place.quiz}/extensions", table=table, confirmed="1")
    assert status == 200
    assert "ไม่มีผู้ใดในรายวิชานี้ใช้อีเมลหรือชื่อนี้" in page
    with place.app.app_context():
        assert db.session.scalars(sa.select(QuizExtension)).all() == []


def test_a_whole_group_gets_a_later_close(place: Place, teacher: FlaskClient) -> None:
    with place.app.app_context(), transaction():
        db.session.get_one(Enrolment, place.learner_id).group = "A"
    fields = {"group": "A", "minutes": "60", "extra_attempts": "1"}
    assert send(place, teacher, f"{place.quiz}/extensions", **fields, confirmed="1")[0] == 302
    assert "ทำได้เพิ่มอีก 1 ครั้ง" in text_of(place.learner.get(place.quiz))


@pytest.mark.parametrize("fields", [
    {"factor": "7", "person": "1"}, {"factor": "1.5"}, {"person": "x", "factor": "1.5"},
    {"person": "99999999999999999999", "factor": "1.5"}, {"group": "nobody", "factor": "2"},
])  # fmt: skip
def test_what_makes_no_sense_is_sent_back(place: Place, teacher: FlaskClient, fields: dict[str, str]) -> None:
    assert send(place, teacher, every_course(place), **fields)[0] == 422


def test_staff_void_an_attempt_with_a_reason_and_the_learner_sees_that_it_does_not_count(
    place: Place, teacher: FlaskClient
) -> None:
    attempt = place.begin()
    number = attempt.rpartition("/")[2]
    path = f"{place.quiz}/results/{number}"
    assert send(place, teacher, f"{path}/void")[0] == 422
    assert send(place, teacher, f"{path}/void", reason="wrong room")[0] == 302
    assert send(place, teacher, f"{path}/void", reason="wrong room")[0] == 409
    assert "ไม่นับการทำครั้งนี้" in text_of(place.learner.get(f"{attempt}/review"))
    assert "wrong room" in text_of(teacher.get(path))
    assert "เริ่มทำครั้งที่ 2" in text_of(place.learner.get(place.quiz))


def test_staff_open_an_attempt_again_and_hand_it_in(place: Place, teacher: FlaskClient) -> None:
    attempt = place.begin()
    path = f"{place.quiz}/results/{attempt.rpartition('/')[2]}"
    assert send(place, teacher, f"{path}/submit", reason="left")[0] == 302
    assert send(place, teacher, f"{path}/reopen", reason="came back", minutes="0")[0] == 422
    assert send(place, teacher, f"{path}/reopen", reason="came back", minutes="5")[0] == 302
    assert place.learner.get(f"{attempt}/time").get_json() == {"seconds_left": 300}


def test_the_answers_of_everybody_are_a_table(place: Place, teacher: FlaskClient) -> None:
    attempt = place.begin()
    place.post(attempt, a0="4", a1="=PDPA", action="submit")
    lines = text_of(teacher.get(f"{place.quiz}/results/answers.csv")).splitlines()
    assert len(lines) == 3
    assert "'=PDPA" in lines[2]
    book = load_workbook(io.BytesIO(teacher.get(f"{place.quiz}/results/answers.xlsx").data))
    assert [row[11] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)] == ["4", "=PDPA"]
    assert len(text_of(teacher.get(f"{place.quiz}/results/answers.csv?state=voided")).splitlines()) == 1
    assert teacher.get(f"{place.quiz}/results?state=what").status_code == 404


def test_two_windows_do_not_undo_each_other(place: Place) -> None:
    attempt = place.begin()
    drawn = text_of(place.learner.get(attempt))
    was = {
        name: drawn.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("a0-was", "a1-was")
    }
    place.post(attempt, a0="4", a1="", action="save", **was)
    place.post(attempt, a0="", a1="PDPA", action="save", **was)
    assert place.answers() == ["4", "PDPA"]


def test_a_question_is_flagged_with_and_without_the_script(place: Place) -> None:
    attempt = place.begin()
    assert place.post(f"{attempt}/flags/1", on="1").status_code == 200
    assert 'data-jump="2" data-flagged' in text_of(place.learner.get(attempt))
    assert place.post(attempt, action="flag-1").location.endswith("#q2")
    assert "data-flagged" not in text_of(place.learner.get(attempt))
    assert place.post(f"{attempt}/flags/9", on="1").status_code == 404
