"""Build rows for tests; call these inside an application context and a transaction."""

import datetime as dt
import itertools

from flask import Flask
from flask.testing import FlaskClient

from sca_lms import clock
from sca_lms.courses import operations, sessions
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction

_serial = itertools.count(1)


def a_course(title: str = "SCA รุ่นที่ 2", *, at: dt.datetime | None = None) -> Course:
    return operations.create_course(title=title, label="SCA2", at=at or clock.now())


def a_person(
    given_name: str = "ปวีณา", family_name: str = "แก้วมณี", *, is_test: bool = False, email: str = ""
) -> Person:
    return operations.create_person(
        given_name=given_name,
        family_name=family_name,
        name=f"{given_name} {family_name}".strip(),
        email=email or f"person-{next(_serial)}@example.org",
        is_test=is_test,
        at=clock.now(),
    )


def an_enrolment(
    course: Course | None = None,
    person: Person | None = None,
    *,
    roles: set[Role] | None = None,
) -> Enrolment:
    return operations.enrol(
        course or a_course(), person or a_person(), frozenset(roles or {Role.LEARNER}), at=clock.now()
    )


def signed_in(
    app: Flask, enrolment_id: int | None, *, course_id: int | None = None, operator: bool = False
) -> FlaskClient:
    """Return a browser that has launched as this enrolment (None: a guest of `course_id`)."""
    client = app.test_client()
    at = clock.now()
    with app.app_context(), transaction():
        opened = sessions.open_session(None, at=at, operator=operator)
        enrolment = db.session.get(Enrolment, enrolment_id) if enrolment_id else None
        place = enrolment.course_id if enrolment else course_id
        if place is not None:
            sessions.grant(opened.session_id, place, enrolment, at=at)
    client.set_cookie("__Host-sca_lms", opened.token, domain="localhost")
    return client


def csrf_of(page: str) -> str:
    """Return the CSRF token that a page holds."""
    marker = 'name="csrf_token" value="'
    start = page.index(marker) + len(marker)
    return page[start : page.index('"', start)]
