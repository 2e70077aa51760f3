"""A launch finds its person, course and link again, makes them the first time, and survives a crowd."""

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy import event

from sca_lms import clock
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.rules import Role
from sca_lms.courses.sessions import SessionGrant
from sca_lms.database import db, transaction
from sca_lms.lti.launch import origin_of
from sca_lms.lti.models import DeploymentState, LtiContext, LtiUser, ResourceLink
from tests.lti.platform_double import INSTRUCTOR, LEARNER, MEMBERSHIP, Browser, Host, Network, accepted


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect every statement that is sent to the database."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_second_launch_finds_everything_again(app: Flask, visitor: Browser, host: Host) -> None:
    for _ in range(3):
        assert accepted(visitor.launch(host)) == "/courses/1/"
    for model in (Person, Course, Enrolment, LtiUser, LtiContext, ResourceLink, SessionGrant):
        assert count(app, model) == 1


def test_a_launch_like_the_last_one_needs_few_statements(app: Flask, visitor: Browser, host: Host) -> None:
    visitor.launch(host)
    login = visitor.log_in(host)
    token = host.sign(host.claims(login.nonce))
    with statements(app) as sent:
        accepted(visitor.answer(login, token))
    real = [line for line in sent if not line.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))]
    assert len(real) <= 10, "\n".join(real)


def test_the_course_and_the_person_are_called_what_the_host_calls_them(
    app: Flask, visitor: Browser, host: Host
) -> None:
    visitor.launch(host)
    with app.app_context():
        course, person = db.session.get_one(Course, 1), db.session.scalars(sa.select(Person)).one()
        assert (course.title, course.label) == ("SCA รุ่นที่ 2", "SCA2")
        assert (person.full_name, person.email) == ("ปวีณา แก้วมณี", "paweena@example.org")


def test_names_that_a_host_leaves_out_keep_their_last_value(app: Flask, visitor: Browser, host: Host) -> None:
    visitor.launch(host)
    visitor.launch(host, name=None, given_name=None, family_name=None, email=None)
    visitor.launch(host, name="ปวีณา ใจดี", family_name="ใจดี", given_name=None, email=None)
    with app.app_context():
        person = db.session.scalars(sa.select(Person)).one()
        assert (person.name, person.given_name, person.family_name) == ("ปวีณา ใจดี", "ปวีณา", "ใจดี")
        assert person.email == "paweena@example.org"


def test_a_course_follows_the_hosts_title_until_it_is_renamed_here(
    app: Flask, visitor: Browser, host: Host
) -> None:
    visitor.launch(host, context={"id": "c"})
    visitor.launch(host, context={"id": "c", "title": "One"})
    visitor.launch(host, context={"id": "c", "title": "Two"})
    with app.app_context(), transaction():
        course = db.session.scalars(sa.select(Course)).one()
        assert course.title == "Two"
        course.title = "Ours"
    visitor.launch(host, context={"id": "c", "title": "Three"})
    with app.app_context():
        assert db.session.scalars(sa.select(Course)).one().title == "Ours"
        assert db.session.scalars(sa.select(LtiContext)).one().title == "Three"


def test_where_a_host_names_no_course_its_link_is_the_course(
    app: Flask, visitor: Browser, host: Host
) -> None:
    first = accepted(visitor.launch(host, context=None))
    assert accepted(visitor.launch(host, context=None)) == first
    assert accepted(visitor.launch(host, context=None, resource_link={"id": "link-2"})) != first
    assert accepted(visitor.launch(host, context={"id": "link-1"})) != first


def test_two_hosts_with_the_same_ids_never_mix(
    app: Flask, visitor: Browser, host: Host, network: Network
) -> None:
    other = Host(app, network, issuer="https://other.example.edu").register()
    assert accepted(visitor.launch(host)) != accepted(visitor.launch(other))
    assert count(app, Person) == 2


def test_institutions_that_share_a_client_are_kept_apart_by_their_deployment(
    app: Flask, visitor: Browser, host: Host, network: Network
) -> None:
    shared = Host(app, network, issuer="https://blackboard.com", profile="blackboard").register()
    shared.deploy("2")
    first = accepted(visitor.launch(shared, deployment_id="1"))
    assert accepted(visitor.launch(shared, deployment_id="2")) != first
    assert count(app, Person) == 2
    with app.app_context():
        tenants = db.session.scalars(sa.select(LtiUser.tenant).order_by(LtiUser.tenant)).all()
        assert tenants == ["1", "2"]


def test_on_other_hosts_a_person_is_the_same_in_every_deployment(
    app: Flask, visitor: Browser, host: Host
) -> None:
    host.deploy("2", DeploymentState.ACTIVE)
    assert accepted(visitor.launch(host)) == accepted(visitor.launch(host, deployment_id="2"))
    assert count(app, Person) == 1


def test_roles_follow_the_host_and_what_was_given_here_stays(
    app: Flask, visitor: Browser, host: Host
) -> None:
    def roles() -> frozenset[Role]:
        with app.app_context():
            return db.session.scalars(sa.select(Enrolment)).one().roles

    visitor.launch(host, roles=[LEARNER])
    with app.app_context(), transaction():
        db.session.scalars(sa.select(Enrolment)).one().roles = frozenset({Role.LEARNER, Role.JUDGE})
    visitor.launch(host, roles=[LEARNER])
    assert roles() == {Role.LEARNER, Role.JUDGE}
    visitor.launch(host, roles=[INSTRUCTOR])
    assert roles() == {Role.INSTRUCTOR, Role.JUDGE}
    visitor.launch(host, roles=[MEMBERSHIP + "Mentor"])
    assert roles() == {Role.MENTOR, Role.JUDGE}
    visitor.launch(host, roles=[])
    assert roles() == {Role.JUDGE}
    visitor.launch(host, roles=[LEARNER])
    assert roles() == {Role.LEARNER, Role.JUDGE}


def test_somebody_without_any_role_is_a_guest_until_they_have_one(
    app: Flask, visitor: Browser, host: Host
) -> None:
    for claimed, expected in (([], Role.GUEST), ([LEARNER], Role.LEARNER), ([], Role.GUEST)):
        visitor.launch(host, roles=claimed)
        with app.app_context():
            assert db.session.scalars(sa.select(Enrolment)).one().roles == {expected}


def test_the_hosts_test_student_is_marked_for_ever(app: Flask, visitor: Browser, host: Host) -> None:
    visitor.launch(host, roles=[LEARNER, "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"])
    visitor.launch(host, roles=[LEARNER])
    with app.app_context():
        assert db.session.scalars(sa.select(Person)).one().is_test


def test_services_and_columns_are_remembered_as_the_host_last_named_them(
    app: Flask, visitor: Browser, host: Host
) -> None:
    base = "https://lms.example.edu/services"
    scopes = ["https://purl.imsglobal.org/spec/lti-ags/scope/score"]
    visitor.launch(
        host,
        ags={
            "scope": scopes,
            "lineitems": f"{base}/items?type_id=1",
            "lineitem": f"{base}/items/2?type_id=1",
        },
        nrps={"context_memberships_url": f"{base}/members"},
        custom={"activity": "module:PB1", "context_history": "7,3"},
    )
    visitor.launch(host)
    with app.app_context():
        context = db.session.scalars(sa.select(LtiContext)).one()
        link = db.session.scalars(sa.select(ResourceLink)).one()
        assert (context.lineitems_url, context.memberships_url) == (
            f"{base}/items?type_id=1",
            f"{base}/members",
        )
        assert (context.ags_scopes, context.history, context.deployment_id) == (scopes, ["7", "3"], "1")
        assert (link.activity, link.line_item_url) == ("module:PB1", f"{base}/items/2?type_id=1")
    visitor.launch(host, ags={"scope": scopes, "lineitems": f"{base}/items?type_id=1"})
    with app.app_context():
        assert db.session.scalars(sa.select(ResourceLink)).one().line_item_url is None


def test_the_last_visit_is_noted(app: Flask, visitor: Browser, host: Host) -> None:
    visitor.launch(host)
    later = clock.now() + dt.timedelta(days=1)
    with time_machine.travel(later, tick=False):
        visitor.launch(host)
    with app.app_context():
        assert db.session.scalars(sa.select(Enrolment)).one().last_seen_at == later


def test_a_hundred_and_fifty_learners_open_a_new_course_in_the_same_minute(
    app: Flask, visitor: Browser, host: Host
) -> None:
    """Whoever is late finds what the first one made; nobody is turned away and nothing is made twice."""

    def arrive(number: int) -> str:
        learner = Browser(app)
        return accepted(learner.launch(host, sub=f"learner-{number}", name=f"Learner {number}"))

    with ThreadPoolExecutor(12) as pool:
        places = set(pool.map(arrive, range(150)))
    assert len(places) == 1
    assert (count(app, Course), count(app, LtiContext), count(app, ResourceLink)) == (1, 1, 1)
    assert (count(app, Person), count(app, Enrolment), count(app, LtiUser)) == (150, 150, 150)


def test_one_person_who_opens_several_links_at_once_is_one_person(
    app: Flask, visitor: Browser, host: Host
) -> None:
    def arrive(number: int) -> str:
        return accepted(Browser(app).launch(host, resource_link={"id": f"link-{number % 3}"}))

    with ThreadPoolExecutor(9) as pool:
        assert len(set(pool.map(arrive, range(18)))) == 1
    assert (count(app, Person), count(app, Enrolment), count(app, ResourceLink)) == (1, 1, 3)


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://lms.example.edu/a?b#c", "https://lms.example.edu"),
        ("https://lms.example.edu:8443/", "https://lms.example.edu:8443"),
        ("https://LMS.example.edu", "https://lms.example.edu"),
        ("http://[::1]:8000/x", "http://[::1]:8000"),
        ("javascript:alert(1)", None),
        ("/path", None),
        ("https://", None),
        ("https://a:b/", None),
        ("", None),
        (None, None),
    ],
)
def test_the_origin_of_an_address(address: str | None, origin: str | None) -> None:
    assert origin_of(address) == origin
