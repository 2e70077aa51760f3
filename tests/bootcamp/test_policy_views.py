"""A policy is tried before it holds: the preview tells what happens, worked cases stand, nothing is lost."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.attendance import queries
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests import builders
from tests.attendance.camp import MINUTE, a_camp, attend, close_all, session_of

AFTER_CAMP = dt.datetime(2022, 10, 3, 3, 0, tzinfo=dt.UTC)


@pytest.fixture
def camp(app: Flask) -> Iterator[tuple[int, int, FlaskClient]]:
    """A course with a learner who was eight minutes late once, and a manager's browser."""
    with app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course, builders.a_person("กานต์", "ใจดี"))
        manager = builders.an_enrolment(course, roles={Role.MANAGER, Role.INSTRUCTOR})
        session = session_of(course, "D01B")
        attend(session, learner, (session.starts_at + 8 * MINUTE, session.ends_at))
        close_all([session])
        ids = course.id, learner.id, manager.id
    with time_machine.travel(AFTER_CAMP, tick=False):
        yield ids[0], ids[1], builders.signed_in(app, ids[2])


def fields(browser: FlaskClient, course_id: int, **changed: str) -> dict[str, str]:
    """Return the fields of the form as a browser would send them, some of them changed."""
    page = browser.get(f"/courses/{course_id}/hours-policy/new").text
    return {
        "csrf_token": builders.csrf_of(page),
        "effective_from": "2022-09-01T00:00",
        "counting_mode": "net_contact",
        "required_minutes": "10080",
        "pass_percent": "80",
        "category_floor_percent": "60",
        "grace_in_minutes": "10",
        "grace_out_minutes": "10",
        "quantum_minutes": "1",
        "min_session_percent": "0",
        "makeup_cap_minutes": "1008",
        "makeup_window_days": "30",
        "makeup_evidence": "y",
        "dispute_window_days": "14",
    } | changed


def digest_of(page: str) -> str:
    marker = 'name="digest" type="hidden" value="'
    start = page.index(marker) + len(marker)
    return page[start : page.index('"', start)]


def test_nothing_changes_before_the_effect_was_seen(app: Flask, camp: tuple[int, int, FlaskClient]) -> None:
    course_id, learner_id, manager = camp
    sent = fields(manager, course_id, pass_percent="70")
    shown = manager.post(f"/courses/{course_id}/hours-policy/new", data=sent)
    assert shown.status_code == 200
    with app.app_context():
        assert len(queries.policy_versions(course_id)) == 1
    done = manager.post(
        f"/courses/{course_id}/hours-policy/new", data=sent | {"digest": digest_of(shown.text)}
    )
    assert done.status_code == 302
    with app.app_context():
        newest = queries.policy_versions(course_id)[-1]
        assert (newest.number, newest.document["pass_percent"]) == (2, 70)
        assert [entry.minutes for entry in queries.ledger(learner_id)] == [120]


def test_a_policy_that_breaks_its_own_worked_case_is_refused_naming_it(
    camp: tuple[int, int, FlaskClient],
) -> None:
    course_id, _learner_id, manager = camp
    sent = fields(manager, course_id, grace_in_minutes="5")
    answer = manager.post(f"/courses/{course_id}/hours-policy/new", data=sent)
    assert answer.status_code == 400
    assert "กรณีที่ 2: นโยบายให้" in answer.text
    assert "case 2" not in answer.text
    assert 'value="5"' in answer.text


def test_minutes_that_change_are_shown_person_by_person_and_then_written(
    app: Flask, camp: tuple[int, int, FlaskClient]
) -> None:
    course_id, learner_id, manager = camp
    with app.app_context(), transaction():
        version = queries.policy_versions(course_id)[0]
        version.document = {**version.document, "examples": []}
    sent = fields(manager, course_id, grace_in_minutes="5")
    shown = manager.post(f"/courses/{course_id}/hours-policy/new", data=sent)
    assert "กานต์" in shown.text
    assert "−8 นาที" in shown.text
    manager.post(f"/courses/{course_id}/hours-policy/new", data=sent | {"digest": digest_of(shown.text)})
    with app.app_context():
        assert [entry.minutes for entry in queries.ledger(learner_id)] == [120, -120, 112]


def test_an_effect_that_changed_meanwhile_is_shown_again(
    app: Flask, camp: tuple[int, int, FlaskClient]
) -> None:
    course_id, _learner_id, manager = camp
    with app.app_context(), transaction():
        version = queries.policy_versions(course_id)[0]
        version.document = {**version.document, "examples": []}
    sent = fields(manager, course_id, grace_in_minutes="5")
    shown = manager.post(f"/courses/{course_id}/hours-policy/new", data=sent)
    with app.app_context(), transaction():
        course = db.session.get_one(Course, course_id)
        other = builders.an_enrolment(course)
        session = session_of(course, "D01B")
        attend(session, other, (session.starts_at + 7 * MINUTE, session.ends_at))
    again = manager.post(
        f"/courses/{course_id}/hours-policy/new", data=sent | {"digest": digest_of(shown.text)}
    )
    assert again.status_code == 200
    assert digest_of(again.text) != digest_of(shown.text)
    with app.app_context():
        assert len(queries.policy_versions(course_id)) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pass_percent", "101"),
        ("required_minutes", ""),
        ("effective_from", "2565-09-01T00:00"),
        ("grace_in_minutes", "-1"),
    ],
)
def test_a_bad_value_is_told_beside_its_field(
    camp: tuple[int, int, FlaskClient], name: str, value: str
) -> None:
    course_id, _learner_id, manager = camp
    answer = manager.post(
        f"/courses/{course_id}/hours-policy/new", data=fields(manager, course_id, **{name: value})
    )
    assert answer.status_code == 400
    assert f'id="{name}-error"' in answer.text
