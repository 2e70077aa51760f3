"""Each role sees its own pages of a quiz, and those who teach see all attempts."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.assessments import operations
from sca_lms.assessments.models import Quiz
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests.assessments.builders import NINE, a_quiz
from tests.assessments.places import Place, open_place, text_of
from tests.builders import an_enrolment

# ---------------------------------------------------------------- who is let in


def addresses(place: Place) -> list[str]:
    attempt = place.begin()
    number = attempt.rpartition("/")[2]
    return [
        place.quiz, attempt, f"{attempt}/review", f"/courses/{place.course_id}/quizzes/",
        f"{place.quiz}/preview", f"{place.quiz}/results", f"{place.quiz}/results/{number}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("roles", "allowed"),
    [
        ({Role.LEARNER}, [200, 404, 404, 403, 403, 403, 403]),
        ({Role.INSTRUCTOR}, [302, 403, 403, 200, 200, 200, 200]),
        ({Role.MANAGER}, [302, 403, 403, 200, 200, 200, 200]),
        ({Role.MENTOR}, [403] * 7),
        ({Role.JUDGE}, [403] * 7),
        ({Role.GUEST}, [403] * 7),
    ],
)
def test_each_role_sees_its_own_pages_and_nobody_another_learners_attempt(
    place: Place, roles: set[Role], allowed: list[int]
) -> None:
    visitor = place.somebody(*roles)
    assert [visitor.get(address).status_code for address in addresses(place)] == allowed


def test_a_quiz_of_another_course_is_not_found(place: Place, app: Flask) -> None:
    elsewhere = open_place(app)
    teacher = elsewhere.somebody(Role.INSTRUCTOR)
    foreign = f"/courses/{elsewhere.course_id}/quizzes/{place.quiz_id}"
    assert elsewhere.learner.get(foreign).status_code == 404
    assert teacher.get(f"{foreign}/results").status_code == 404
    assert teacher.get(place.quiz).status_code == 404


def test_the_attempt_of_one_quiz_is_not_found_under_another(place: Place) -> None:
    attempt = place.begin()
    with place.app.app_context(), transaction():
        other = a_quiz(db.session.get_one(Course, place.course_id), code="PB2.4").id
    number = attempt.rpartition("/")[2]
    assert (
        place.learner.get(f"/courses/{place.course_id}/quizzes/{other}/attempts/{number}").status_code == 404
    )


# ---------------------------------------------------------------- those who teach


def test_a_teacher_sees_the_questions_with_their_answers(place: Place) -> None:
    page = text_of(place.somebody(Role.INSTRUCTOR).get(f"{place.quiz}/preview"))
    assert "PDPA" in page
    assert "<input" not in page.split("<main", 1)[1]


def test_a_teacher_finds_attempts_by_name_and_looks_at_one(place: Place) -> None:
    place.post(place.begin(), a0="4", a1="law", action="submit")
    teacher = place.somebody(Role.INSTRUCTOR)
    found = text_of(teacher.get(f"{place.quiz}/results?q=ปวีณา"))
    assert "50%" in found
    assert "แก้วมณี" in found
    assert "50%" not in text_of(teacher.get(f"{place.quiz}/results?q=nobody")).split("</h2>", 1)[1]
    one = text_of(teacher.get(f"{place.quiz}/results/{place.newest_attempt().id}"))
    assert "law" in one
    assert "PDPA" in one


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=99999999999999", "q=%25_\\", "q=" + "x" * 500]
)
def test_any_search_and_page_is_answered(place: Place, query: str) -> None:
    assert place.somebody(Role.MANAGER).get(f"{place.quiz}/results?{query}").status_code == 200


def test_pages_take_the_same_number_of_statements_for_one_learner_and_for_twenty(place: Place) -> None:
    teacher = place.somebody(Role.INSTRUCTOR)
    pages = [f"{place.quiz}/results", f"/courses/{place.course_id}/quizzes/", place.quiz]

    def statements(client: FlaskClient, address: str) -> int:
        seen: list[object] = []
        with place.app.app_context():
            engine = db.engine
        note = lambda *arguments: seen.append(arguments)  # noqa: E731 - A listener that only counts.
        sa.event.listen(engine, "before_cursor_execute", note)
        client.get(address)
        sa.event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    def fill(count: int) -> None:
        with place.app.app_context(), transaction():
            quiz = db.session.get_one(Quiz, place.quiz_id)
            course = db.session.get_one(Course, place.course_id)
            for _ in range(count):
                operations.submit(operations.start_attempt(quiz, an_enrolment(course), at=NINE), at=NINE)

    fill(1)
    few = [statements(teacher, address) for address in pages[:2]] + [statements(place.learner, pages[2])]
    fill(20)
    many = [statements(teacher, address) for address in pages[:2]] + [statements(place.learner, pages[2])]
    assert few == many


def test_the_scripts_of_the_pages_are_served_and_nothing_beside_them(client: FlaskClient) -> None:
    with (
        client.get("/static/assessments/attempt.js") as script,
        client.get("/static/assessments/quiz.css") as style,
    ):
        assert (script.mimetype, style.mimetype) == ("text/javascript", "text/css")
    assert client.get("/static/assessments/../views.py").status_code == 404


def test_a_person_who_left_the_course_is_not_let_in(place: Place) -> None:
    with place.app.app_context(), transaction():
        db.session.execute(
            sa.update(Enrolment).where(Enrolment.id == place.learner_id).values(state="withdrawn")
        )
    assert place.learner.get(place.quiz).status_code == 403
