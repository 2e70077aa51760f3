"""Where there is no score yet, staff and the learner read for what it waits."""

from decimal import Decimal

from flask import Flask

from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db, transaction
from sca_lms.grades.awaiting import waits_of
from sca_lms.grades.rules import State
from sca_lms.grades.words import NO_SCORE, WAITS_FOR_MARKING, WAITS_FOR_RELEASE, explain, tell_learner
from sca_lms.marking import jobs
from sca_lms.marking.rules import Judgement
from tests.marking.builders import an_attempt, subject_of, whole
from tests.marking.room import AT, TEN, a_room, release, save


def test_what_was_handed_in_waits_to_be_marked_then_for_its_release_and_then_for_nothing(app: Flask) -> None:
    room = a_room(app)
    with app.app_context():
        course_id = room.people()[0].course_id
        assert waits_of(course_id, room.learner_id) == {"ASSIGNMENT:A1": WAITS_FOR_MARKING}
        save(room.subject(), room.people()[0], whole())
        assert waits_of(course_id, room.learner_id) == {"ASSIGNMENT:A1": WAITS_FOR_RELEASE}
        release(room)
        jobs.settle_releases(AT + TEN)
        assert waits_of(course_id, room.learner_id) == {}
        assert waits_of(course_id, room.one_id) == {}


def test_an_essay_in_a_quiz_waits_in_the_same_way(app: Flask) -> None:
    room = a_room(app)
    with app.app_context():
        course_id = room.people()[0].course_id
        with transaction():
            learner = db.session.get_one(Enrolment, room.learner_id)
            attempt = an_attempt(db.session.get_one(Course, course_id), learner)
        assert waits_of(course_id, room.learner_id)["QUIZ:Q1"] == WAITS_FOR_MARKING
        subject = subject_of(room.people()[0], attempt)
        (hand,) = subject.hands
        save(subject, room.people()[0], Judgement(answer_points={hand.position: Decimal("7.5")}))
        assert waits_of(course_id, room.learner_id)["QUIZ:Q1"] == WAITS_FOR_RELEASE


def test_no_score_is_said_to_be_no_score_and_not_to_be_on_its_way() -> None:
    assert explain(State.NOTHING, None) == NO_SCORE
    assert "no score" in str(tell_learner(State.NOTHING))
