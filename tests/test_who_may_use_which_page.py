"""Every address of the tool is used by those whom `tests/page_table.py` names; one without a line fails."""

from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, Rule

from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.web.incoming import IdConverter
from tests.builders import a_course, a_person, an_enrolment, signed_in
from tests.page_table import TABLE
from tests.page_users import (
    OPERATOR,
    PUBLIC,
)


@dataclass(frozen=True)
class Visit:
    """One address, one way to use it."""

    rule: Rule
    method: str

    def path(self, course_id: int) -> str:
        """Return the address with the course of the visitor and with rows that need not exist."""
        values = {name: self._value(name, course_id) for name in self.rule.arguments}
        built = self.rule.build(values, append_unknown=False)
        assert built is not None
        return built[1]

    def _value(self, name: str, course_id: int) -> object:
        if name == "course_id":
            return course_id
        converter = self.rule._converters[name]
        if isinstance(converter, AnyConverter):
            return min(converter.items)
        return 1 if isinstance(converter, IdConverter) else "x"


def visits(app: Flask, wanted: frozenset[Role] | str | None = None) -> list[Visit]:
    """Return every way to use every address, or those that the table opens to `wanted`."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        opened = TABLE[rule.endpoint]
        if (isinstance(opened, frozenset) and wanted is None) or opened == wanted:
            found += [Visit(rule, method) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def test_every_address_stands_in_the_table(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()} - {"static"}
    assert endpoints == set(TABLE)


@pytest.mark.parametrize("role", sorted(Role))
def test_a_role_is_let_in_exactly_where_the_table_says(app: Flask, role: Role) -> None:
    with app.app_context(), transaction():
        course = a_course()
        enrolment_id = None if role is Role.GUEST else an_enrolment(course, roles={role}).id
        course_id = course.id
    browser = signed_in(app, enrolment_id, course_id=course_id)
    faults = []
    for visit in visits(app):
        answer = browser.open(visit.path(course_id), method=visit.method)
        opened = TABLE[visit.rule.endpoint]
        let_in = answer.status_code not in {401, 403}
        if let_in is not (role in opened):
            faults.append(f"{visit.method} {visit.rule.rule}: {answer.status_code}")
        if visit.method == "POST" and let_in and answer.headers.get("X-Error-Code") != "form-expired":
            faults.append(f"{visit.rule.rule} takes a form without its token")
        assert answer.status_code < 500, visit
    assert faults == []


def test_nobody_gets_into_a_course_without_a_session(app: Flask) -> None:
    with app.app_context(), transaction():
        course_id = a_course().id
    browser = app.test_client()
    for visit in visits(app):
        assert browser.open(visit.path(course_id), method=visit.method).status_code == 401, visit


def test_every_role_of_another_course_finds_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        course_id = a_course().id
        elsewhere_id = an_enrolment(a_course(), a_person(), roles=set(Role) - {Role.GUEST}).id
    browser = signed_in(app, elsewhere_id)
    for visit in visits(app):
        assert browser.open(visit.path(course_id), method=visit.method).status_code == 404, visit


def test_the_operator_s_pages_exist_for_operators_alone(app: Flask) -> None:
    with app.app_context(), transaction():
        enrolment_id = an_enrolment(roles=set(Role) - {Role.GUEST}).id
    others, operator = signed_in(app, enrolment_id), signed_in(app, None, operator=True)
    for visit in visits(app, OPERATOR):
        path = visit.path(1)
        assert app.test_client().open(path, method=visit.method).status_code == 401, visit
        assert others.open(path, method=visit.method).status_code == 404, visit
        answer = operator.open(path, method=visit.method)
        assert answer.status_code < 500, visit
        assert answer.status_code not in {401, 403}, visit
        if visit.method == "POST":
            assert answer.headers.get("X-Error-Code") == "form-expired", visit


def test_public_addresses_answer_anybody_without_a_defect(app: Flask) -> None:
    for visit in visits(app, PUBLIC):
        # Not ready (503) is an answer: the tables of this database were not made by migrations.
        answer = app.test_client().open(visit.path(1), method=visit.method)
        assert answer.status_code in {*range(200, 500), 503}, visit
