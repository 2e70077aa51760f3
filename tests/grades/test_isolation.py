"""A defect that one score, one course or one host brings to light stops nothing else."""

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.demo.faults import Fault
from sca_lms.demo.personalities import CANVAS, MOODLE
from sca_lms.grades import decisions, duties, operations, outbox, overview, reconcile, worker
from sca_lms.grades.delivery import Courier
from sca_lms.grades.models import Delivery, HostColumn, Score
from sca_lms.grades.parcels import Ending, Finished
from sca_lms.grades.rules import Reason, State
from sca_lms.grades.sources import EXTENSION
from sca_lms.lti.models import LtiContext
from sca_lms.lti.profiles import profile_named
from tests.builders import a_course, a_person, an_enrolment
from tests.grades.world import DOCUMENT, HOST_COURSE, World, later, running


def test_a_score_that_cannot_be_written_as_a_message_waits_and_the_others_go(moodle: World) -> None:
    """No rule of ours makes a score below zero; should one get there, it is a defect of one score."""
    moodle.mark("31", "-1")
    moodle.mark("32", "50")
    assert moodle.work() == 3
    assert moodle.shown("32") == 50
    assert moodle.state("31") == (State.WAITING, Reason.DEFECT)
    first = moodle.delivery("31")
    assert len(first.detail) == len("7F3K-2Q9D")
    with later(60):
        assert moodle.work() == 3
    assert moodle.delivery("31").failures == first.failures + 1
    assert moodle.delivery("31").detail != first.detail
    moodle.mark("31", "40")
    with later(300):
        assert moodle.work() == 0
    assert moodle.shown("31") == 40


def test_a_course_whose_scores_cannot_be_worked_out_rests_and_the_others_go_on(moodle: World) -> None:
    other: list[int] = []

    def source(course_id: int, enrolment_ids: Sequence[int]) -> Mapping[int, Decimal | None]:
        if course_id in other:
            raise ZeroDivisionError
        return {each: Decimal(40) for each in enrolment_ids}

    with moodle.changing():
        course = a_course()
        other.append(course.id)
        an_enrolment(course, a_person(), roles={Role.LEARNER})
        operations.put_columns(course, DOCUMENT, codes={"PRE"}, at=clock.now())
    moodle.app.extensions[EXTENSION] = {"PRE": source}
    assert moodle.work() == 3
    assert moodle.shown("31") == 40
    other.clear()
    assert moodle.work() == 0


def test_a_job_that_fails_stops_neither_scores_nor_the_other_jobs(moodle: World) -> None:
    done: list[str] = []

    def broken(_at: object) -> None:
        raise LookupError

    moodle.app.extensions[duties.JOBS] = [broken, lambda _at: done.append("job")]
    moodle.mark("31", "40")
    assert moodle.work() == 3
    assert moodle.shown("31") == 40
    assert done == ["job"]


@pytest.fixture
def two_hosts(moodle: World, app: Flask) -> World:
    """The same course in a second place of the same host, whose columns cannot be compared."""
    moodle.mark("31", "40")
    assert moodle.work() == 0
    with moodle.changing():
        known = moodle.context()
        elsewhere = LtiContext(
            platform_id=known.platform_id, tenant="", context_id="unreadable", course_id=known.course_id,
            deployment_id="1",
            lineitems_url=known.lineitems_url, ags_scopes=list(known.ags_scopes), history=[],
            updated_at=known.updated_at.replace(year=2020),
        )  # fmt: skip
        db.session.add(elsewhere)
        db.session.flush()
        db.session.add(
            HostColumn(
                column_id=moodle.our_column().id, context_id=elsewhere.id, line_item_url="http://[broken",
                made_by_tool=False, next_comparison_at=clock.now(), comparison_failures=0,
            )
        )  # fmt: skip
    return moodle


def test_a_column_whose_comparison_meets_a_defect_says_so_and_the_others_are_compared(
    two_hosts: World,
) -> None:
    with later(25 * 3600):
        assert two_hosts.work() == 0
        with two_hosts.app.app_context():
            (column,) = overview.console(two_hosts.course_id)
    good, broken = column.places
    assert good.compared_at is not None
    assert good.comparison_reason is None
    assert broken.compared_at is None
    assert broken.comparison_reason is Reason.DEFECT
    assert broken.comparison_failures == 1
    assert broken.next_comparison_at is not None
    assert "error of its own" in str(broken.comparison_words)


def test_a_comparison_that_fails_again_and_again_is_tried_less_and_less_often(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.work()
    waits = []
    for _ in range(3):
        moodle.lms.faults.plan("results", Fault(503))
        with later(25 * 3600), moodle.app.app_context():
            list(reconcile.reconcile(moodle.course_id, now=clock.now))
            place = db.session.scalars(sa.select(HostColumn)).one()
            assert place.next_comparison_at is not None
            waits.append((place.next_comparison_at - clock.now()).total_seconds())
            assert place.comparison_reason is Reason.HOST_ERROR
    assert waits[0] < waits[1] < waits[2]


def test_of_two_workers_each_compares_other_columns(two_hosts: World) -> None:
    with two_hosts.changing():
        db.session.execute(sa.update(HostColumn).values(next_comparison_at=clock.now()))
    with two_hosts.app.app_context():
        first = reconcile._next_due(at=clock.now())
        second = reconcile._next_due(at=clock.now())
        assert first is not None
        assert second is not None
        assert first.id != second.id
        assert reconcile._next_due(at=clock.now()) is None


def test_what_cannot_be_packed_is_put_aside_alone(moodle: World) -> None:
    """A time at the end of the calendar cannot be followed by a later one."""
    for subject in ("31", "32", "33"):
        moodle.mark(subject, "40")
    moodle.recompute()
    broken = moodle.delivery("32").score_id
    latest = sa.update(Delivery).where(Delivery.score_id == broken)
    with moodle.changing():
        db.session.execute(latest.values(last_timestamp=dt.datetime.max.replace(tzinfo=dt.UTC)))
    assert moodle.work() == 3
    assert [moodle.shown(subject) for subject in ("31", "33")] == [40, 40]
    assert moodle.state("32") == (State.WAITING, Reason.DEFECT)
    with moodle.changing():
        db.session.execute(latest.values(last_timestamp=None))
    with later(60):
        assert moodle.work() == 0
    assert moodle.shown("32") == 40


def test_what_cannot_be_written_down_does_not_take_the_others_with_it(moodle: World) -> None:
    """No table holds a score of so many digits."""
    for subject in ("31", "32", "33"):
        moodle.mark(subject, "40")
    moodle.recompute()
    broken = moodle.delivery("32").score_id
    with moodle.changing():
        _taken, parcels = outbox.claim(limit=10, at=clock.now())
    endless = Ending(State.CHANGED, Reason.CHANGED, host_value=Decimal("1E+30"))
    finished = [
        Finished(parcel, endless if parcel.score_id == broken else Ending(State.DELIVERED))
        for parcel in parcels
    ]
    with Courier(moodle.app, now=clock.now) as courier, moodle.app.app_context():
        courier._write_down(finished)
    assert [moodle.state(subject)[0] for subject in ("31", "33")] == [State.DELIVERED] * 2
    assert moodle.state("32") == (State.WAITING, Reason.DEFECT)
    with later(60):
        assert moodle.work() == 0
    assert moodle.shown("32") == 40


def test_a_host_that_is_slow_holds_up_its_own_scores_only(app: Flask) -> None:
    """One host lets every score wait until the other one has all of its own."""
    learners = [str(number) for number in range(101, 141)]
    with running(CANVAS, learners) as slow, running(MOODLE, learners) as quick:
        first, second = World(app, slow, learners), World(app, quick, learners)
        marks = {**first.marks}
        app.extensions[EXTENSION] = {"PRE": lambda _course, ids: {each: Decimal(40) for each in ids}}
        gate = threading.Event()
        arrived = []

        def wait_at_the_slow_one(method: str, path: str) -> None:
            if path.endswith("/scores"):
                gate.wait(30)

        def count_at_the_quick_one(method: str, path: str) -> None:
            if path.endswith("/scores"):
                arrived.append(gate.is_set())
                if len(arrived) == len(learners):
                    gate.set()

        first.wire.before = wait_at_the_slow_one
        second.wire.after = count_at_the_quick_one
        with app.app_context(), transaction():
            for enrolment in db.session.scalars(sa.select(Enrolment)):
                courses.touch(enrolment)
        assert worker.run(app, threading.Event(), drain=True) == 0
        assert arrived == [False] * len(learners)
        assert marks == {}
        assert {first.shown(each) for each in learners} == {40}
        assert {second.shown(each) for each in learners} == {40}


def test_a_platform_gets_no_more_requests_at_once_than_its_profile_says(app: Flask) -> None:
    learners = [str(number) for number in range(101, 141)]
    with running(CANVAS, learners) as host:
        world = World(app, host, learners)
        for subject in learners:
            world.mark(subject, "40")
        lock, inside, most = threading.Lock(), [0], [0]

        def enter(_method: str, _path: str) -> None:
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])

        def leave(_method: str, _path: str) -> None:
            with lock:
                inside[0] -= 1

        world.wire.before, world.wire.after = enter, leave
        assert world.work() == 0
        assert most[0] <= profile_named("canvas").at_once
        assert len(world.lms.gradebook(HOST_COURSE).columns) == 1


def test_a_decision_about_a_score_with_a_defect_sends_it_at_once(moodle: World) -> None:
    moodle.mark("31", "-1")
    moodle.work()
    with moodle.changing():
        db.session.execute(sa.update(Score).values(value=Decimal(7)))
    assert moodle.decide("31", decisions.send_again)
    assert moodle.work() == 0
    assert moodle.shown("31") == 7
