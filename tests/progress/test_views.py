"""The learner's home, the grades with receipts, and the instructor's table."""

import csv
import io

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from sca_lms import clock
from sca_lms.assessments import operations as assessments
from sca_lms.assessments import queries as quizzes
from sca_lms.assessments.answers import key_of
from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assessments.question_types import parse_question
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.grades import operations as grades
from sca_lms.modules import operations as modules
from sca_lms.modules.models import Unit
from sca_lms.modules.plan import EvidenceKind
from tests.builders import a_person, an_enrolment, csrf_of, signed_in
from tests.statements import counted


def enrolled(app: Flask, course_id: int, *roles: Role, name: str = "ปวีณา", is_test: bool = False) -> int:
    with app.app_context(), transaction():
        course = db.session.get_one(Course, course_id)
        return an_enrolment(course, a_person(name, is_test=is_test), roles=set(roles)).id


def read(app: Flask, enrolment_id: int, unit_code: str) -> None:
    with app.app_context(), transaction():
        learner = db.session.get_one(Enrolment, enrolment_id)
        unit = db.session.scalars(
            sa.select(Unit).where(Unit.code == unit_code, Unit.course_id == learner.course_id)
        ).one()
        modules.record_evidence(unit, learner, EvidenceKind.READ, key="read", at=clock.now())


def pass_quiz(app: Flask, enrolment_id: int, code: str) -> None:
    with app.app_context(), transaction():
        learner = db.session.get_one(Enrolment, enrolment_id)
        quiz = db.session.scalars(
            sa.select(Quiz).where(Quiz.code == code, Quiz.course_id == learner.course_id)
        ).one()
        attempt = assessments.start_attempt(quiz, learner, at=clock.now())
        answers = {
            response.position: key_of(parse_question(response.question_version.document))
            for response in quizzes.responses_of(attempt)
        }
        assessments.save_answers(attempt, answers, at=clock.now())
        assessments.submit(attempt, at=clock.now())


def work_out_scores(app: Flask) -> None:
    with app.app_context(), transaction():
        grades.recompute_moved(app.extensions["sca_score_sources"], at=clock.now())


def page(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return answer.text


def test_a_learner_sees_what_is_next_and_what_is_missing_and_why(app: Flask, course_id: int) -> None:
    learner_id = enrolled(app, course_id, Role.LEARNER)
    home = page(signed_in(app, learner_id), f"/courses/{course_id}/")
    assert "Scope of work, rights and code of conduct" in home
    assert "0 of 4 units" in home
    assert "and mark it as read." in home
    assert "Complete the module" in home


def test_what_was_done_is_counted_at_once(app: Flask, course_id: int) -> None:
    learner_id = enrolled(app, course_id, Role.LEARNER)
    read(app, learner_id, "PB1.2")
    home = page(signed_in(app, learner_id), f"/courses/{course_id}/")
    assert "1 of 4 units" in home
    assert "/modules/PB1/PB1.3" in home


def test_a_grade_has_a_receipt_that_says_where_it_is(app: Flask, course_id: int) -> None:
    learner_id = enrolled(app, course_id, Role.LEARNER)
    browser = signed_in(app, learner_id)
    assert "No grade yet" in page(browser, f"/courses/{course_id}/grades/mine")
    pass_quiz(app, learner_id, "PB1.4")
    work_out_scores(app)
    shown = page(browser, f"/courses/{course_id}/grades/mine")
    assert "12.5" in shown
    assert "Being sent" in shown or "no account" in shown


def test_staff_see_the_same_figures_as_the_learner(app: Flask, course_id: int) -> None:
    learner_id = enrolled(app, course_id, Role.LEARNER)
    staff = signed_in(app, enrolled(app, course_id, Role.INSTRUCTOR, name="วิทยากร"))
    read(app, learner_id, "PB1.2")
    pass_quiz(app, learner_id, "PB1.4")
    work_out_scores(app)
    story = page(staff, f"/courses/{course_id}/learners/{learner_id}")
    assert "2 / 4" in story
    assert "12.5" in story
    exported = page(staff, f"/courses/{course_id}/learners.csv")
    assert ",2,6," in exported
    assert "12.5" in exported


def test_the_table_is_searched_by_name_without_tone_marks(app: Flask, course_id: int) -> None:
    for name in ("แก้วตา", "กานต์ธิดา"):
        enrolled(app, course_id, Role.LEARNER, name=name)
    staff = signed_in(app, enrolled(app, course_id, Role.INSTRUCTOR, name="วิทยากร"))
    found = page(staff, f"/courses/{course_id}/learners?q=แกวตา")
    assert "แก้วตา" in found
    assert "กานต์ธิดา" not in found
    assert "Nobody is called that" in page(staff, f"/courses/{course_id}/learners?q=zzz")


def test_names_stand_in_thai_order(app: Flask, course_id: int) -> None:
    for name in ("ไก่", "ขวัญ", "เกศ", "กบ", "โกวิท", "กานต์", "แก้ว"):
        enrolled(app, course_id, Role.LEARNER, name=name)
    staff = signed_in(app, enrolled(app, course_id, Role.INSTRUCTOR, name="วิทยากร"))
    table = page(staff, f"/courses/{course_id}/learners")
    places = [table.index(f">{name} ") for name in ("กบ", "กานต์", "เกศ", "แก้ว", "โกวิท", "ไก่", "ขวัญ")]
    assert places == sorted(places)


def test_a_test_learner_never_stands_in_the_table(app: Flask, course_id: int) -> None:
    tester_id = enrolled(app, course_id, Role.LEARNER, name="ทดสอบ", is_test=True)
    staff = signed_in(app, enrolled(app, course_id, Role.INSTRUCTOR, name="วิทยากร"))
    assert "No learners yet" in page(staff, f"/courses/{course_id}/learners")
    assert "as a test learner" in page(signed_in(app, tester_id), f"/courses/{course_id}/grades/mine")


def test_a_learner_reaches_nobody_else_s_page(app: Flask, course_id: int) -> None:
    learner_id = enrolled(app, course_id, Role.LEARNER)
    other_id = enrolled(app, course_id, Role.LEARNER, name="อื่น")
    browser = signed_in(app, learner_id)
    assert browser.get(f"/courses/{course_id}/learners/{other_id}").status_code == 404
    assert browser.get(f"/courses/{course_id}/learners/{learner_id}").status_code == 302


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_table_is_exported_whole(app: Flask, course_id: int, kind: str) -> None:
    for number in range(30):
        enrolled(app, course_id, Role.LEARNER, name=f"ผู้เรียน{number:02}")
    staff = signed_in(app, enrolled(app, course_id, Role.INSTRUCTOR, name="วิทยากร"))
    answer = staff.get(f"/courses/{course_id}/learners.{kind}", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert f".{kind}" in answer.headers["Content-Disposition"]
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
        assert len(rows) == 31
        assert rows[0][:3] == ["Name", "Group", "Area"]
        assert {len(row) for row in rows} == {len(rows[0])}


def test_staff_without_a_programme_are_led_to_choose_one(app: Flask) -> None:
    with app.app_context(), transaction():
        staff_id = an_enrolment(roles={Role.INSTRUCTOR}).id
        course_id = db.session.get_one(Enrolment, staff_id).course_id
    answer = signed_in(app, staff_id).get(f"/courses/{course_id}/")
    assert answer.headers["Location"].endswith(f"/courses/{course_id}/programme")


@pytest.mark.parametrize("path", ["learners", "learners.csv"])
def test_the_number_of_statements_does_not_depend_on_the_number_of_learners(
    app: Flask, course_id: int, path: str
) -> None:
    staff = signed_in(app, enrolled(app, course_id, Role.INSTRUCTOR, name="วิทยากร"))
    counts = []
    for _ in range(2):
        for _ in range(10):
            learner_id = enrolled(app, course_id, Role.LEARNER)
            read(app, learner_id, "PB1.2")
            pass_quiz(app, learner_id, "PB1.4")
        work_out_scores(app)
        with counted(app) as statements:
            staff.get(f"/courses/{course_id}/{path}")
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 70


def test_a_quiz_behind_a_locked_module_cannot_be_begun_by_its_address(app: Flask, course_id: int) -> None:
    learner_id = enrolled(app, course_id, Role.LEARNER)
    with app.app_context():
        locked = db.session.scalars(sa.select(Quiz).where(Quiz.code == "PB2.4")).one().id
        open_one = db.session.scalars(sa.select(Quiz).where(Quiz.code == "PB1.4")).one().id
    browser = signed_in(app, learner_id)
    token = csrf_of(browser.get(f"/courses/{course_id}/quizzes/{open_one}").text)
    for quiz_id in (locked, open_one):
        browser.post(f"/courses/{course_id}/quizzes/{quiz_id}/attempts", data={"csrf_token": token})
    with app.app_context():
        assert [attempt.quiz_id for attempt in db.session.scalars(sa.select(Attempt))] == [open_one]
