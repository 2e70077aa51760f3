"""People are found by any part of what they are called, and by their e-mail address."""

import pytest
from flask import Flask

from sca_lms.courses import operations, queries
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import transaction
from tests.builders import a_course, a_person, an_enrolment

PEOPLE = (
    ("ปวีณา", "แก้วมณี", "ฝน", "paweena.k@example.org"),
    ("Somchai", "Jaidee", "Chai", "Somchai@Example.ac.th"),
    ("ธนกร", "ศรีสุข", "", "tanakorn_s@example.org"),
)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["Somchai", "ธนกร", "ปวีณา"]),
        ("ปวีณา", ["ปวีณา"]),
        ("แก้วมณี ปวีณา", ["ปวีณา"]),
        ("แกวมณี", ["ปวีณา"]),
        ("ฝน", ["ปวีณา"]),
        ("chai", ["Somchai"]),
        ("JAIDEE som", ["Somchai"]),
        ("paweena.k", ["ปวีณา"]),
        ("somchai@example.ac", ["Somchai"]),
        ("tanakorn_s", ["ธนกร"]),
        ("tanakornXs", []),
        ("example.org", ["ธนกร", "ปวีณา"]),
        ("%", []),
        ("ปวีณา ศรีสุข", []),
        ("ก " * 5000, ["ธนกร", "ปวีณา"]),
    ],
)
def test_every_word_of_a_search_is_looked_for_in_names_nicknames_and_addresses(
    app: Flask, search: str, found: list[str]
) -> None:
    with app.app_context(), transaction():
        course = a_course()
        for given, family, nickname, email in PEOPLE:
            person = a_person(given, family, email=email)
            person.nickname = nickname
            operations.name_person(person)
            an_enrolment(course, person)
        asking = Actor(course.id, None, None, frozenset({Role.INSTRUCTOR}), is_test=False, locale=None)
        page = queries.learners(asking, search=search)
        assert [enrolment.person.given_name for enrolment in page.items] == found
