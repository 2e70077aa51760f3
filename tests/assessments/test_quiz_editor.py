"""Quizzes made in the course: settings, places, draws, publishing; and what an attempt then asks."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import sqlalchemy as sa

from sca_lms.assessments import authoring, bank_operations, bank_queries, operations
from sca_lms.assessments.models import Attempt, Question, Quiz, QuizSlot
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests.assessments.builders import LAW, NINE, SPEC, YEARS
from tests.assessments.desks import Desk
from tests.assessments.places import text_of

SETTINGS = {
    "title_th": "แบบทดสอบ", "title_en": "Own quiz", "attempts_allowed": "2", "grading": "highest",
    "review": "when-settled", "time_limit_minutes": "30",
}  # fmt: skip


def _made(desk: Desk) -> str:
    answer = desk.post(f"/courses/{desk.place.course_id}/quizzes/new", **SETTINGS)
    assert answer.status_code == 302, text_of(answer)
    return answer.location.rsplit("/", 1)[0]


def _quiz(desk: Desk, address: str) -> Quiz:
    with desk.place.app.app_context():
        return db.session.get_one(Quiz, int(address.rsplit("/", 1)[1]))


def _slots(desk: Desk, address: str) -> list[QuizSlot]:
    with desk.place.app.app_context():
        return list(bank_queries.slots_of(_quiz(desk, address)))


def test_an_author_makes_a_quiz_chooses_questions_and_publishes_it(desk: Desk) -> None:
    first, second = desk.add("N1"), desk.add("N2")
    quiz = _made(desk)
    assert _quiz(desk, quiz).published is False
    desk.post(f"{quiz}/publish", published="1")
    assert _quiz(desk, quiz).published is False, "an empty quiz is not published"

    assert "N1" in desk.get(f"{quiz}/pick?q=law")
    desk.post(f"{quiz}/pick", question=[first, second])
    desk.post(f"{quiz}/pick", question=[first])
    slots = _slots(desk, quiz)
    assert [slot.question_id for slot in slots] == [first, second]
    desk.post(
        f"{quiz}/places",
        **{f"points-{slots[0].id}": "2.5", f"points-{slots[1].id}": "", "do": f"up-{slots[1].id}"},
    )
    slots = _slots(desk, quiz)
    assert [(slot.question_id, slot.points) for slot in slots] == [(second, None), (first, Decimal("2.5"))]
    assert "3.5" in desk.get(f"{quiz}/edit")
    desk.post(f"{quiz}/places", order=f"{slots[1].id},{slots[0].id}")
    assert [slot.question_id for slot in _slots(desk, quiz)] == [first, second]
    desk.post(f"{quiz}/publish", published="1")
    assert _quiz(desk, quiz).published is True


def test_a_draw_says_how_many_match_and_too_few_stand_in_the_way(desk: Desk) -> None:
    desk.add("N1", "Data/Law")
    desk.add("N2", "Data")
    quiz = _made(desk)
    counted = desk.post(f"{quiz}/draws", shelf="Data", tags="", count="3", points="1", do="count")
    assert "2" in text_of(counted)
    assert _slots(desk, quiz) == []
    desk.post(f"{quiz}/draws", shelf="Data", tags="", count="3", points="1", do="add")
    desk.post(f"{quiz}/publish", published="1")
    assert _quiz(desk, quiz).published is False
    slot = _slots(desk, quiz)[0]
    desk.post(f"{quiz}/places", **{f"count-{slot.id}": "2", "do": "points"})
    desk.post(f"{quiz}/publish", published="1")
    assert _quiz(desk, quiz).published is True


def test_an_attempt_asks_what_its_seed_draws_with_the_points_of_the_place(desk: Desk) -> None:
    for number in range(6):
        desk.add(f"N{number}")
    quiz = _made(desk)
    desk.post(f"{quiz}/draws", shelf="Data", tags="", count="3", points="2", do="add")
    found = _quiz(desk, quiz)
    with desk.place.app.app_context():
        drawn = [bank_queries.draw(found, seed) for seed in ("a", "a", "b")]
        assert [version.id for version, _p in drawn[0]] == [version.id for version, _p in drawn[1]]
        assert len({version.id for version, _p in drawn[2]}) == 3
        assert {points for _v, points in drawn[0]} == {Decimal(2)}


def test_a_quiz_of_the_programme_is_shown_and_not_changed(desk: Desk) -> None:
    address = desk.place.quiz
    page = desk.get(f"{address}/edit")
    assert 'name="title_en"' not in page
    desk.post(f"{address}/edit", **SETTINGS)
    desk.post(f"{address}/publish", published="0")
    slots = _slots(desk, address)
    desk.post(f"{address}/places", do=f"remove-{slots[0].id}")
    assert len(_slots(desk, address)) == len(slots)
    assert _quiz(desk, address).published is True


def test_a_quiz_that_somebody_began_is_not_deleted_one_that_nobody_began_is(desk: Desk) -> None:
    question = desk.add()
    quiz = _made(desk)
    desk.post(f"{quiz}/pick", question=[question])
    desk.post(f"{quiz}/publish", published="1")
    copy = desk.post(f"{quiz}/duplicate").location.rsplit("/", 1)[0]
    assert desk.place.post(f"{quiz}/attempts").status_code == 302

    desk.post(f"{quiz}/delete")
    desk.post(f"{copy}/delete")

    with desk.place.app.app_context():
        assert db.session.get(Quiz, int(quiz.rsplit("/", 1)[1])) is not None
        assert db.session.get(Quiz, int(copy.rsplit("/", 1)[1])) is None


def test_a_shorter_limit_takes_no_time_from_who_has_begun_a_longer_one_gives_it(desk: Desk) -> None:
    question = desk.add()
    quiz = _made(desk)
    desk.post(f"{quiz}/pick", question=[question])
    desk.post(f"{quiz}/publish", published="1")
    desk.place.post(f"{quiz}/attempts")
    for minutes, left in (("5", 30), ("45", 45), ("10", 45)):
        desk.post(f"{quiz}/edit", **{**SETTINGS, "time_limit_minutes": minutes})
        assert desk.place.newest_attempt().deadline_at == NINE + dt.timedelta(minutes=left)


def test_wrong_settings_are_sent_back_as_typed(desk: Desk) -> None:
    answer = desk.post(
        f"/courses/{desk.place.course_id}/quizzes/new",
        **{
            **SETTINGS,
            "title_th": "",
            "title_en": "",
            "pass_percent": "400",
            "opens_at": "2022-09-02T09:00",
            "closes_at": "2022-09-01T09:00",
        },
    )
    page = text_of(answer)
    assert page.count('class="field-error"') == 3
    assert 'value="400"' in page


def test_a_programme_takes_over_the_code_of_a_quiz_made_by_hand_which_keeps_all_else(desk: Desk) -> None:
    quiz = _made(desk)
    with desk.place.app.app_context(), transaction():
        course = db.session.get_one(Course, desk.place.course_id)
        mine = _quiz(desk, quiz)
        theirs = authoring.put_quiz(course, replace(SPEC, code=mine.code), at=NINE)
        assert theirs.id != mine.id
    assert _quiz(desk, quiz).code == "C-2"


def test_a_question_that_was_moved_to_another_shelf_stays_that_of_its_programme(desk: Desk) -> None:
    with desk.place.app.app_context(), transaction():
        course = db.session.get_one(Course, desk.place.course_id)
        quiz = db.session.get_one(Quiz, desk.place.quiz_id)
        questions = db.session.scalars(sa.select(Question).order_by(Question.id)).all()
        for question in questions:
            bank_queries.newest_version(question)
        shelf = bank_operations.shelf_of(course.id, "Elsewhere", at=NINE)
        bank_operations.move(course, questions, shelf, by=None, at=NINE)
        authoring.put_quiz(
            course, replace(SPEC, code=quiz.code, questions=(("Q1", LAW), ("Q2", YEARS))), at=NINE
        )
        assert db.session.scalar(sa.select(sa.func.count(Question.id))) == 2


def test_statistics_count_finished_first_attempts_and_download_as_a_table(desk: Desk) -> None:
    teacher = desk.place.somebody(Role.INSTRUCTOR)
    statistics = f"{desk.place.quiz}/statistics"
    assert teacher.get(statistics).status_code == 200
    desk.place.begin()
    attempt = desk.place.newest_attempt()
    with desk.place.app.app_context(), transaction():
        found = db.session.get_one(Attempt, attempt.id)
        operations.save_answers(found, {0: "4", 1: "wrong"}, at=NINE)
        operations.submit(found, at=NINE)
    page = teacher.get(statistics).get_data(as_text=True)
    assert "50" in page
    assert "wrong" in page
    for kind in ("csv", "xlsx"):
        assert teacher.get(f"{statistics}/{kind}").status_code == 200
    assert teacher.get(f"{statistics}/pdf").status_code == 404
    assert desk.author.get(statistics).status_code == 403
