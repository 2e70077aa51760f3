"""People are found by what outsiders call them, within their course."""

import sqlalchemy as sa
from flask import Flask

from sca_lms.courses.models import Enrolment
from sca_lms.database import db, transaction
from sca_lms.lti.people import find_person
from tests.builders import a_course, a_person, an_enrolment


def test_people_are_found_by_id_and_address_within_their_course(app: Flask) -> None:
    with app.app_context(), transaction():
        course, other = a_course(), a_course()
        enrolment = an_enrolment(course, a_person(email="Learner@Example.org"))
        an_enrolment(other, a_person(email="other@example.org"))
        found = find_person(course.id, "learner@example.org")
        assert found is not None
        assert found.id == enrolment.id
        assert find_person(course.id, str(enrolment.person_id)) is found
        assert find_person(course.id, "other@example.org") is None
        assert find_person(course.id, "9" * 30) is None


def test_several_people_with_one_address_are_nobody(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_course()
        for _ in range(2):
            an_enrolment(course, a_person(email="shared@example.org"))
        assert find_person(course.id, "shared@example.org") is None
        assert isinstance(db.session.scalars(sa.select(Enrolment)).first(), Enrolment)
