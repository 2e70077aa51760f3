"""What becomes of a quiz that its programme drops, and who sees its right answers."""

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from sca_lms import clock
from sca_lms.assessments.models import Quiz
from sca_lms.courses import programmes
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db, transaction
from tests.assessments.places import Place
from tests.builders import a_course, an_enrolment, signed_in
from tests.modules.builders import a_document, first_module, with_modules


def page(browser: FlaskClient, address: str) -> str:
    return browser.get(address, headers={"Accept-Language": "en"}).get_data(as_text=True)


def begin(place: Place) -> str:
    """Try to begin an attempt, with a token of a page that is there, and return where that leads."""
    found = page(place.learner, f"/courses/{place.course_id}/modules")
    token = found.partition('"X-CSRF-Token": "')[2].partition('"')[0]
    location = place.learner.post(f"{place.quiz}/attempts", headers={"X-CSRF-Token": token}).location
    assert location is not None
    return location


def follow(app: Flask, course_id: int | None = None, document: dict[str, object] | None = None) -> int:
    """Let a course, or a new one, follow the small programme of the modules; return its id."""
    with app.app_context(), transaction():
        course = db.session.get_one(Course, course_id) if course_id else a_course()
        stored = programmes.store_programme(document or a_document(), at=clock.now())
        appliers = [app.extensions["sca_programme_appliers"][0]]
        programmes.use_programme(course, stored, appliers, person_id=None, at=clock.now())
        return course.id


def without_quiz() -> dict[str, object]:
    return with_modules(first_module(units=[], quiz=None, questions=[]))


def the_place(app: Flask) -> Place:
    course_id = follow(app)
    with app.app_context(), transaction():
        quiz = db.session.scalars(sa.select(Quiz).where(Quiz.course_id == course_id)).one()
        learner = an_enrolment(db.session.get_one(Course, course_id))
        quiz_id, learner_id = quiz.id, learner.id
    return Place(app, course_id, quiz_id, learner_id, signed_in(app, learner_id))


def test_a_quiz_that_the_programme_drops_has_no_page_and_cannot_be_begun(app: Flask) -> None:
    place = the_place(app)
    assert place.learner.get(place.quiz).status_code == 200
    follow(app, place.course_id, without_quiz())
    assert place.learner.get(place.quiz).status_code == 404
    assert begin(place).endswith(place.quiz)
    teacher = place.somebody(Role.INSTRUCTOR)
    assert "no longer in the programme" in page(teacher, f"/courses/{place.course_id}/quizzes/")
    follow(app, place.course_id)
    assert place.learner.get(place.quiz).status_code == 200
    assert begin(place).rpartition("/")[0].endswith("/attempts")


def test_what_was_begun_before_can_be_finished_and_looked_at(app: Flask) -> None:
    place = the_place(app)
    attempt = place.begin()
    follow(app, place.course_id, without_quiz())
    assert "Go on" in page(place.learner, place.quiz)
    place.post(attempt, action="submit-anyway")
    assert "Try again" not in page(place.learner, f"{attempt}/review")
    after = page(place.learner, place.quiz)
    assert "No longer part of the programme." in after
    assert "Begin attempt" not in after
    assert begin(place).endswith(place.quiz)


def test_a_learner_who_teaches_the_same_programme_elsewhere_sees_no_right_answers(app: Flask) -> None:
    place = the_place(app)
    attempt = place.begin()
    with app.app_context(), transaction():
        learner = db.session.get_one(Enrolment, place.learner_id)
        person_id, course = learner.person_id, a_course("A course of their own")
        own = Enrolment(
            course=course, person_id=person_id, roles=frozenset({Role.INSTRUCTOR}), group="", area="",
            state=EnrolmentState.ACTIVE, evidence_revision=0, joined_at=clock.now(), last_seen_at=None,
        )  # fmt: skip
        db.session.add(own)
        db.session.flush()
        own_id, own_course_id = own.id, course.id
    follow(app, own_course_id)
    with app.app_context():
        quiz_id = db.session.scalars(sa.select(Quiz.id).where(Quiz.course_id == own_course_id)).one()
    browser = signed_in(app, own_id)
    preview = f"/courses/{own_course_id}/quizzes/{quiz_id}/preview"
    refused = browser.get(preview, headers={"Accept-Language": "en"})
    assert refused.status_code == 403
    assert "You learn in this programme in another course" in refused.text
    assert "168" not in refused.text
    teacher = place.somebody(Role.INSTRUCTOR)
    assert "168" in page(teacher, f"{place.quiz}/preview")
    assert teacher.get(f"{place.quiz}/results/{attempt.rpartition('/')[2]}").status_code == 200
    with app.app_context(), transaction():
        db.session.get_one(Enrolment, place.learner_id).state = EnrolmentState.COMPLETED
    assert browser.get(preview).status_code == 200
