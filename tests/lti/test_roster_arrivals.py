"""Thousands of newcomers are brought in with few statements, each as a launch would have done it."""

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.demo.personalities import CANVAS, MOODLE
from sca_lms.demo.site import SiteRole
from sca_lms.lti.models import HostRoles, LtiUser, Platform
from sca_lms.lti.roster_rules import Change
from tests.builders import a_course, a_person, an_enrolment
from tests.lti.roster_world import RosterWorld, roster_of
from tests.statements import counted

PATIENCE = 60


@pytest.fixture
def moodle(app: Flask) -> Iterator[RosterWorld]:
    with roster_of(app, MOODLE) as world:
        yield world


def newcomers(world: RosterWorld, first: int, last: int) -> None:
    for number in range(first, last):
        world.lists(str(number), f"คนที่ {number}", "มาใหม่")


def test_many_newcomers_cost_few_statements(app: Flask) -> None:
    with roster_of(app, MOODLE) as world:
        newcomers(world, 1000, 1400)
        with counted(app) as statements:
            assert world.refresh() == 1
        # Two pages of two hundred, and two lots of newcomers: not one statement for each of them.
        written = [each for each in statements if each.lstrip().upper().startswith(("INSERT", "UPDATE"))]
        one_by_one = [each for each in written if "INTO person" in each]
        assert len(written) - len(one_by_one) < 60
        with app.app_context():
            assert db.session.scalar(sa.select(sa.func.count(Enrolment.id))) == 404


def test_a_newcomer_is_written_down_as_a_launch_would_do_it(moodle: RosterWorld) -> None:
    moodle.lists("44", "นายสมชาย", "ใจดี")
    moodle.refresh()
    with moodle.changing():
        by_launch = courses.create_person(at=clock.now(), given_name="นายสมชาย", family_name="ใจดี")
        columns = [
            column.key for column in sa.inspect(Person).columns if column.key not in {"id", "created_at"}
        ]
        expected = {name: getattr(by_launch, name) for name in columns}
    found = moodle.enrolment("44").person
    assert {name: getattr(found, name) for name in columns} == {
        **expected,
        "name": "นายสมชาย ใจดี",
        "email": found.email,
        "search_key": found.search_key,
    }
    assert found.sort_key == expected["sort_key"] != ""
    enrolment = moodle.enrolment("44")
    assert (enrolment.group, enrolment.area, enrolment.evidence_revision) == ("", "", 0)
    with moodle.app.app_context():
        claimed = db.session.get_one(HostRoles, enrolment.id)
        assert claimed.roles == {Role.LEARNER}


def test_whoever_is_known_from_another_course_is_not_made_twice(moodle: RosterWorld) -> None:
    with moodle.changing():
        person = a_person("เก่า", "คนเดิม")
        platform = db.session.get_one(Platform, 1)
        db.session.add(LtiUser(platform=platform, tenant="", subject="44", person=person))
        known_id = person.id
        an_enrolment(a_course("Another"), person)
    moodle.lists("44", "เก่า", "ชื่อใหม่")
    moodle.refresh()
    with moodle.app.app_context():
        enrolments = db.session.scalars(sa.select(Enrolment).where(Enrolment.person_id == known_id)).all()
        assert len(enrolments) == 2
        assert db.session.get_one(Person, known_id).family_name == "ชื่อใหม่"
    assert (Change.JOINED, [], ["learner"]) in moodle.changes()


def test_of_the_test_user_no_line_is_left(app: Flask) -> None:
    with roster_of(app, CANVAS) as world:
        world.lists("77", "Test", "Student", role=SiteRole.TEST_USER)
        world.refresh()
        assert world.enrolment("77").person.is_test
        # The teacher alone has joined; the learners were there before.
        assert [kind for kind, _before, _after in world.changes()].count(Change.JOINED) == 1


def test_a_launch_in_the_same_moment_makes_nobody_twice(moodle: RosterWorld) -> None:
    newcomers(moodle, 40, 60)
    begun, listed = threading.Event(), threading.Event()

    def launch() -> None:
        with moodle.app.app_context(), transaction():
            person = a_person("คนที่ 44", "มาใหม่")
            platform = db.session.get_one(Platform, 1)
            db.session.add(LtiUser(platform=platform, tenant="", subject="44", person=person))
            courses.enrol(moodle.context_course(), person, frozenset({Role.LEARNER}), at=clock.now())
            db.session.flush()
            begun.set()
            assert listed.wait(PATIENCE)

    moodle.wire.after = lambda _method, path: listed.set() if path.endswith("/memberships") else None
    thread = threading.Thread(target=launch)
    moodle.wants()
    thread.start()
    assert begun.wait(PATIENCE)
    if moodle.app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        # An embedded database has one writer at a time: the reading waits before it asks the host.
        listed.set()
    assert moodle.refresh() == 1
    thread.join(PATIENCE)
    with moodle.app.app_context():
        people = db.session.scalars(sa.select(LtiUser).where(LtiUser.subject == "44")).all()
        assert len(people) == 1
        assert db.session.scalar(sa.select(sa.func.count(Enrolment.id))) == 24
        assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 24
