"""Whatever anybody sends to whatever address, the tool answers in its own words and never breaks.

Every address is visited as every role, with the right token for its forms, so that views are really reached.
Draws are random but always the same: a fault names the request that leads to it again.
"""

import json
from collections.abc import Iterator, Sequence

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.courses import programmes
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.modules.models import Module
from tests import hostile_values as hostile
from tests import hostile_world as rows
from tests.builders import a_course, a_person, an_enrolment, signed_in
from tests.guidance import hostile_deeds
from tests.hostile_attacker import NOBODY, Attacker, is_target
from tests.hostile_world import LEFT_OUT, World
from tests.lti.platform_double import connected
from tests.mentoring import hostile_pair
from tests.page_table import TABLE
from tests.page_users import OPERATOR
from tests.programmes.samples import sample_document
from tests.updates import hostile_year

FEW = 4
VISITORS = [NOBODY, OPERATOR, *sorted(Role)]
# What needs rows that this world does not hold: it is attacked all the same, and says that nothing is there.
WITHOUT_ROWS = (
    {"grades.recreate"}
    | frozenset(
        f"requests.{view}"
        for view in (
            "ask_dispute",
            "ask_make_up",
            "decide",
            "dispute",
            "evidence",
            "make_up",
            "one",
            "withdraw",
        )
    )
    | frozenset(
        # Two mark together, learners have released marks, and requests are about those: see `tests/marking`.
        f"marking_{view}"
        for view in (
            "grader.agree",
            "grader.save_agreed",
            "grader.file",
            "regrades.keep",
            "regrades.one",
            "results.ask",
            "results.file",
            "results.page",
            "releases.preview",
        )
    )
    | {
        # Files, published versions and posts come with people's work: see `tests/modules`.
        "module_files.file",
        "module_editor.version",
    }
    # A worker makes these files first: see `tests/privacy` and `tests/guidance`.
    | {"my_data.fetch", "privacy_desk.fetch", "reports.fetch"}
    # These stand on what only some draws bring about before: a file, an older version, a request.
    | {
        "attempts.file",
        "bank.picture",
        "mentoring_appointments.file",
        "module_editor.restore",
        "my_data.withdraw",
        "updates.file",
    }
    | frozenset(f"discussions.{view}" for view in ("begin", "edit", "hide", "reply", "show", "thread"))
)


def everywhere(app: Flask, who: str) -> World:
    """Make a course with a programme, people, an attempt, a host and all that belongs to it."""
    connected(app)
    at = clock.now()
    with app.app_context(), transaction():
        course = a_course()
        programme = programmes.store_programme(sample_document(), at=at)
        appliers = app.extensions["sca_programme_appliers"]
        programmes.use_programme(course, programme, appliers, person_id=None, at=at)
        roles = {Role(who)} if who in set(Role) - {Role.GUEST} else {Role.LEARNER}
        visitor, classmate = (an_enrolment(course, a_person(name), roles=roles) for name in ("ก", "ข"))
        learner = an_enrolment(course, a_person("ค"))
        attempts = rows.attempts(course, [visitor, learner], at=at)
        platform, ids = rows.host(course, visitor, at=at)
        known: dict[str, Sequence[object]] = {
            "course_id": [course.id],
            "programme_id": [programme.id],
            # What learners see first is their own.
            "enrolment_id": [visitor.id, learner.id, classmate.id]
            if who == Role.LEARNER
            else [learner.id, visitor.id, classmate.id],
            **rows.room(course, [learner, classmate], at=at),
            "quiz_id": [attempts[0].quiz_id],
            **rows.bank(course, at=at),
            **rows.assignment(course, [visitor, learner], at=at),
            **rows.marking(course, learner, at=at),
            **rows.gradebook(course, learner, at=at),
            **hostile_deeds.deeds(course, learner, visitor, at=at),
            **hostile_pair.mentoring(course, visitor, learner, classmate, at=at),
            **rows.calendar(visitor, at=at),
            **hostile_year.places_and_reflections(course, [learner, classmate], at=at),
            "attempt_id": [attempt.id for attempt in attempts],
            "position": [0, 1, 2],
            "score_id": rows.scores(course, [visitor, learner], at=at),
            "code": ["PB1", "PB2", "PRE"],
            "module_id": list(db.session.scalars(sa.select(Module.id).where(Module.course_id == course.id))),
            "action": ["copy", "discard", "archive", "bring-back", "follow"],
            "unit_code": [f"PB1.{number}" for number in (1, 2, 3, 4)],
            "post_id": [1],
            "kind": ["csv", "xlsx"],
            "export_id": [1],
            "schedule_id": [1],
            "run_id": [1],
            "filename": ["attempt.js", "review.js"],
            "platform_id": [platform.id],
            **ids,
        }
        rows.draft(course, at=at)
        is_in_course = who not in {NOBODY, OPERATOR, Role.GUEST}
        return World(app, course.id, visitor.id if is_in_course else None, known)


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """Let the application answer defects as it does in production."""
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    app.testing = True


# Werkzeug leaves the file of a body that breaks off to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("who", VISITORS)
def test_nothing_that_is_sent_to_any_address_breaks_it(app: Flask, who: str) -> None:
    world = everywhere(app, who)
    attacker = Attacker(world, who)
    attacker.look_around()
    # A guest only reads: no page of theirs holds a form.
    assert attacker.token or who in {NOBODY, Role.GUEST}
    for rule in world.rules():
        attacker.attack(rule)
    assert world.faults == []
    open_to_them = {endpoint for endpoint in TABLE if is_target(endpoint, who)}
    expected = open_to_them - LEFT_OUT - WITHOUT_ROWS
    if who == Role.GUEST:
        # No host let this guest in, so the door stays shut; `tests/lti/test_shut_doors.py` has a real one.
        expected -= {"calendar.index", "progress.home", "timetable.export", "timetable.index"}
    # What was sent before may have ended what a few addresses stand on, such as a place in a group.
    assert len(expected - world.reached) <= FEW, sorted(expected - world.reached)


def test_a_browser_that_sends_its_session_beside_broken_cookies_keeps_it(app: Flask) -> None:
    world = everywhere(app, Role.LEARNER)
    client = signed_in(app, world.enrolment_id)
    cookie = client.get_cookie(hostile.COOKIE)
    assert cookie is not None
    for broken in ("a=\xff", "=;;", 'b="\\', "c" * 3_000):
        header = {"HTTP_COOKIE": f"{broken}; {hostile.COOKIE}={cookie.value}"}
        answer = client.get(f"/courses/{world.course_id}/", environ_overrides=header)
        assert answer.status_code == 200, broken


def test_what_a_page_repeats_is_escaped(app: Flask) -> None:
    world = everywhere(app, Role.INSTRUCTOR)
    client = signed_in(app, world.enrolment_id)
    page = client.get(f"/courses/{world.course_id}/learners", query_string={"q": hostile.SCRIPT})
    assert page.status_code == 200
    assert hostile.SCRIPT not in page.text
    assert "&lt;script&gt;hostile()" in page.text


def test_deeply_nested_json_is_a_bad_request(app: Flask) -> None:
    world = everywhere(app, Role.LEARNER)
    attacker = Attacker(world, Role.LEARNER)
    attacker.look_around()
    path = f"/courses/{world.course_id}/modules/PB1/PB1.3/watched"
    for body in hostile.JSON_BODIES:
        answer = attacker.send(None, path, "POST", body=body, content_type="application/json")
        assert answer.status_code == 400, (body[:60], answer.text[:200])
        assert json.loads(answer.text) is not None
    assert world.faults == []
