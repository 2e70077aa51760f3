"""A lecture hall opens the tool in the same second, and impatient people press twice."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.assessments import operations, queries
from sca_lms.assessments.answers import key_of
from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assessments.question_types import parse_question
from sca_lms.assessments.rules import AttemptState
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.rules import Role
from sca_lms.courses.sessions import SessionGrant, WebSession
from sca_lms.database import db, transaction
from sca_lms.lti.models import HostRoles, LtiContext, LtiUser, ResourceLink
from tests.assessments.builders import a_quiz
from tests.builders import a_course, an_enrolment, csrf_of, signed_in
from tests.lti.platform_double import Browser, Host, accepted, connected

LEARNERS = 150
RACES = 8
"""How often two requests race; a fault of order shows itself in few of many."""


@pytest.fixture
def host(app: Flask) -> Host:
    return Host(app, connected(app)).register()


@pytest.fixture
def hall() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=LEARNERS) as threads:
        yield threads


def at_once(hall: ThreadPoolExecutor, calls: Sequence[Callable[[], TestResponse]]) -> list[TestResponse]:
    """Make all calls in the same instant and return their answers in order."""
    start = threading.Barrier(len(calls))

    def wait_and(call: Callable[[], TestResponse]) -> TestResponse:
        start.wait(timeout=60)
        return call()

    return [future.result() for future in [hall.submit(wait_and, call) for call in calls]]


def count(app: Flask, model: type[object]) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def launches_of(app: Flask, host: Host, subjects: Sequence[str]) -> list[Callable[[], TestResponse]]:
    """Begin a login for each and return the launches, signed and ready to be posted."""
    prepared: list[Callable[[], TestResponse]] = []
    for subject in subjects:
        browser = Browser(app)
        login = browser.log_in(host, login_hint=subject)
        claims = host.claims(login.nonce, sub=subject, given_name=f"คนที่ {subject}", email=f"{subject}@x.org")
        prepared.append(partial(browser.answer, login, host.sign(claims)))
    return prepared


def test_a_hundred_and_fifty_learners_open_a_new_course_in_the_same_second(
    app: Flask, host: Host, hall: ThreadPoolExecutor
) -> None:
    launches = launches_of(app, host, [f"learner-{number}" for number in range(LEARNERS)])
    answers = at_once(hall, launches)
    assert len({accepted(answer) for answer in answers}) == 1, "all are led to the same course"
    once = (Course, LtiContext, ResourceLink)
    each = (Person, LtiUser, Enrolment, HostRoles, WebSession, SessionGrant)
    assert {model.__name__: count(app, model) for model in once} == {model.__name__: 1 for model in once}
    assert {model.__name__: count(app, model) for model in each} == {
        model.__name__: LEARNERS for model in each
    }
    with app.app_context():
        roles = set(db.session.scalars(sa.select(Enrolment.roles)))
    assert roles == {frozenset({Role.LEARNER})}


def test_one_person_who_opens_everything_at_once_is_one_person(
    app: Flask, host: Host, hall: ThreadPoolExecutor
) -> None:
    launches = launches_of(app, host, ["learner-5"] * 20)
    for answer in at_once(hall, launches):
        accepted(answer)
    for model in (Course, Person, LtiUser, Enrolment, ResourceLink):
        assert count(app, model) == 1, model.__name__


def test_one_launch_posted_twenty_times_at_once_is_let_in_once(
    app: Flask, host: Host, hall: ThreadPoolExecutor
) -> None:
    (launch,) = launches_of(app, host, ["learner-5"])
    statuses = Counter(answer.status_code for answer in at_once(hall, [launch] * 20))
    assert statuses[303] == 1, statuses
    assert set(statuses) <= {303, 400, 401, 403}
    assert count(app, WebSession) == 1


def a_quiz_and_its_learner(app: Flask) -> tuple[int, int, int]:
    with app.app_context(), transaction():
        course = a_course()
        quiz = a_quiz(course, attempts_allowed=RACES + 1, at=clock.now())
        return course.id, quiz.id, an_enrolment(course).id


def browsers_of(app: Flask, enrolment_id: int, number: int) -> list[FlaskClient]:
    """Return windows of one browser: they share its session, and each may wait for its own answer."""
    first = signed_in(app, enrolment_id)
    cookie = first.get_cookie("__Host-sca_lms")
    assert cookie is not None
    others = [app.test_client() for _number in range(number - 1)]
    for each in others:
        each.set_cookie("__Host-sca_lms", cookie.value, domain="localhost")
    return [first, *others]


def test_two_simultaneous_starts_open_one_attempt(app: Flask, hall: ThreadPoolExecutor) -> None:
    course_id, quiz_id, learner_id = a_quiz_and_its_learner(app)
    place = f"/courses/{course_id}/quizzes/{quiz_id}"
    windows = browsers_of(app, learner_id, 2)
    token = csrf_of(windows[0].get(place).text)
    for race in range(1, RACES + 1):
        starts = [partial(each.post, f"{place}/attempts", data={"csrf_token": token}) for each in windows]
        answers = at_once(hall, starts)
        assert [answer.status_code for answer in answers] == [302, 302]
        assert len({answer.location for answer in answers}) == 1, "both windows go to the same attempt"
        assert count(app, Attempt) == race
        submit_whatever_runs(app)


def submit_whatever_runs(app: Flask) -> None:
    with app.app_context(), transaction():
        for attempt in db.session.scalars(
            sa.select(Attempt).where(Attempt.state == AttemptState.IN_PROGRESS)
        ):
            found = queries.attempts_of(db.session.get_one(Quiz, attempt.quiz_id), attempt.enrolment_id)
            operations.submit(next(each for each in found if each.id == attempt.id), at=clock.now())


def test_an_attempt_submitted_twice_at_once_is_handed_in_once_with_all_its_answers(
    app: Flask, hall: ThreadPoolExecutor
) -> None:
    course_id, quiz_id, learner_id = a_quiz_and_its_learner(app)
    windows = browsers_of(app, learner_id, 2)
    for _race in range(RACES):
        with app.app_context(), transaction():
            learner = db.session.get_one(Enrolment, learner_id)
            attempt_id = operations.start_attempt(
                db.session.get_one(Quiz, quiz_id), learner, at=clock.now()
            ).id
        path = f"/courses/{course_id}/quizzes/{quiz_id}/attempts/{attempt_id}"
        fields = {**right_answers(app, attempt_id), "csrf_token": csrf_of(windows[0].get(path).text)}
        submits = [partial(each.post, path, data={**fields, "action": "submit"}) for each in windows]
        answers = at_once(hall, submits)
        assert {(answer.status_code, answer.location) for answer in answers} == {(302, f"{path}/review")}
        with app.app_context():
            attempt = db.session.get_one(Attempt, attempt_id)
            assert attempt.state is AttemptState.SUBMITTED
            assert attempt.score == attempt.max_score


def right_answers(app: Flask, attempt_id: int) -> dict[str, str]:
    """Return what the fields of typed questions hold when all is right."""
    with app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        return {
            f"a{response.position}": str(key_of(parse_question(response.question_version.document)))
            for response in queries.responses_of(attempt)
        }


def test_of_many_answers_saved_while_the_attempt_is_handed_in_none_changes_it_afterwards(
    app: Flask, hall: ThreadPoolExecutor
) -> None:
    course_id, quiz_id, learner_id = a_quiz_and_its_learner(app)
    with app.app_context(), transaction():
        learner = db.session.get_one(Enrolment, learner_id)
        attempt_id = operations.start_attempt(db.session.get_one(Quiz, quiz_id), learner, at=clock.now()).id
    path = f"/courses/{course_id}/quizzes/{quiz_id}/attempts/{attempt_id}"
    windows = browsers_of(app, learner_id, 9)
    right = right_answers(app, attempt_id)
    token = {"csrf_token": csrf_of(windows[0].get(path).text)}
    calls: list[Callable[[], TestResponse]] = [
        partial(windows[0].post, path, data={**right, **token, "action": "submit"})
    ]
    calls += [partial(each.post, f"{path}/answers/0", data={"a0": "0", **token}) for each in windows[1:]]
    statuses = [answer.status_code for answer in at_once(hall, calls)]
    assert statuses[0] == 302
    assert set(statuses[1:]) <= {200, 409}
    with app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        assert attempt.state is AttemptState.SUBMITTED
        assert attempt.score == attempt.max_score, "what was handed in stands"
