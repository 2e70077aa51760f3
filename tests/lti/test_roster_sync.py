"""The worker reads rosters: people exist before they launch, and nobody is lost when something breaks."""

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms import clock
from sca_lms.config import Settings
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import counted_learners
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db, transaction
from sca_lms.demo.faults import Fault
from sca_lms.demo.manners import Personality
from sca_lms.demo.personalities import CANVAS, MOODLE, OPENEDX
from sca_lms.demo.site import SiteRole
from sca_lms.lti import nrps, roster, roster_sync
from sca_lms.lti.models import HostRoles, Platform, PlatformState
from sca_lms.lti.outbound import outbound
from sca_lms.lti.roster_models import RosterSync
from sca_lms.lti.roster_rules import Change, Presence, Trouble
from tests.lti.roster_world import RosterWorld, roster_of

KINDS = [MOODLE, CANVAS, OPENEDX]
DAY = dt.timedelta(days=1, minutes=1)
PATIENCE = 60


@pytest.fixture
def moodle(app: Flask) -> Iterator[RosterWorld]:
    with roster_of(app, MOODLE) as world:
        yield world


@pytest.fixture
def canvas(app: Flask) -> Iterator[RosterWorld]:
    with roster_of(app, CANVAS) as world:
        yield world


def counted(world: RosterWorld) -> int:
    """Return how many learners count in lists and grades."""
    with world.app.app_context():
        return len(db.session.scalars(counted_learners(world.course_id)).all())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_people_exist_before_their_first_launch(app: Flask, kind: Personality) -> None:
    with roster_of(app, kind) as world:
        for number in range(40, 55):
            world.lists(str(number), "สมชาย", str(number))
        assert world.refresh() == 1
        newcomer = world.enrolment("44")
        assert newcomer.roles == {Role.LEARNER}
        assert newcomer.last_seen_at is None
        assert newcomer.person.full_name == "สมชาย 44"
        assert Role.INSTRUCTOR in world.roles("8")
        assert counted(world) == 18
        sync = world.sync()
        assert (sync.finished_count, sync.trouble, sync.wanted_at) == (19, None, None)
        assert len([kind for kind, _, _ in world.changes() if kind is Change.JOINED]) == 16


def test_an_unchanged_roster_changes_nothing(moodle: RosterWorld) -> None:
    moodle.refresh()
    before = moodle.changes()
    moodle.wants()
    assert moodle.refresh() == 1
    assert moodle.changes() == before
    assert moodle.absent() == {}


def test_a_course_in_use_is_read_daily_and_one_that_nobody_opens_is_not(moodle: RosterWorld) -> None:
    assert moodle.refresh() == 1
    assert moodle.refresh(after=dt.timedelta(hours=23)) == 0
    assert moodle.refresh(after=DAY) == 1
    assert moodle.refresh(after=dt.timedelta(days=32)) == 0


def test_a_host_that_is_switched_off_is_left_alone(moodle: RosterWorld) -> None:
    moodle.wants()
    with moodle.changing():
        db.session.get_one(Platform, 1).state = PlatformState.DISABLED
    assert moodle.refresh() == 0
    assert moodle.wire.requests == []


def test_whoever_is_no_longer_listed_stays_until_somebody_says_they_left(moodle: RosterWorld) -> None:
    moodle.refresh()
    moodle.drops("31")
    moodle.wants()
    moodle.refresh()
    assert moodle.absent() == {"31": Presence.GONE}
    assert moodle.enrolment("31").state is EnrolmentState.ACTIVE
    assert counted(moodle) == 3


def leave(world: RosterWorld, subject: str) -> None:
    """Let somebody be gone from the host and let an instructor confirm it."""
    world.drops(subject)
    world.wants()
    world.refresh()
    with world.changing():
        roster.confirm_leaving(world.context_course(), person_id=None, at=clock.now(), shown_at=clock.now())


def test_a_leaver_keeps_the_records_and_comes_back_as_who_they_were(moodle: RosterWorld) -> None:
    moodle.refresh()
    before = moodle.enrolment("31")
    leave(moodle, "31")
    assert moodle.enrolment("31").state is EnrolmentState.WITHDRAWN
    assert moodle.enrolment("31").evidence_revision > before.evidence_revision
    assert counted(moodle) == 2
    moodle.lists("31", "ผู้เรียน", "31")
    moodle.wants()
    moodle.refresh()
    after = moodle.enrolment("31")
    assert (after.id, after.state) == (before.id, EnrolmentState.ACTIVE)
    assert moodle.absent() == {}
    assert moodle.changes()[-1][0] is Change.RETURNED


def test_a_leaver_who_opens_the_course_is_back_without_a_roster(moodle: RosterWorld) -> None:
    moodle.refresh()
    leave(moodle, "31")
    with moodle.changing():
        moodle.row("31").last_seen_at = clock.now() + dt.timedelta(minutes=1)
    moodle.refresh(after=dt.timedelta(minutes=2))
    assert moodle.enrolment("31").state is EnrolmentState.ACTIVE


def test_a_learner_who_came_by_a_launch_and_was_never_listed_is_shown_as_gone(moodle: RosterWorld) -> None:
    moodle.drops("33")
    moodle.refresh()
    assert moodle.absent() == {"33": Presence.GONE}


def test_whoever_launches_while_the_list_is_read_is_not_gone(moodle: RosterWorld) -> None:
    moodle.drops("33")
    moodle.has_launched("33", Role.LEARNER, at=clock.now() + dt.timedelta(minutes=5))
    moodle.refresh()
    assert moodle.absent() == {}


def test_an_administrator_who_only_looks_in_is_not_gone(moodle: RosterWorld) -> None:
    moodle.drops("33")
    moodle.has_launched("33", Role.MANAGER, at=clock.now() - dt.timedelta(days=1))
    moodle.refresh()
    assert moodle.absent() == {}


def test_moodles_non_editing_teacher_stays_an_instructor(moodle: RosterWorld) -> None:
    moodle.lists("31", "ผู้ช่วย", role=SiteRole.TUTOR)
    moodle.has_launched("31", Role.INSTRUCTOR, at=clock.now())
    moodle.refresh()
    assert moodle.roles("31") == {Role.INSTRUCTOR}
    assert counted(moodle) == 2


def test_the_test_user_is_never_counted(canvas: RosterWorld) -> None:
    canvas.lists("77", "Test", "Student", role=SiteRole.TEST_USER)
    canvas.refresh()
    assert canvas.enrolment("77").person.is_test
    assert counted(canvas) == 3
    canvas.drops("77")
    canvas.wants()
    canvas.refresh()
    assert canvas.absent() == {}


def test_a_new_name_is_taken_over_and_an_empty_one_is_not(moodle: RosterWorld) -> None:
    moodle.lists("44", "ปวีณา", "แก้วมณี")
    moodle.refresh()
    moodle.lists("44", "ปวีณา", "ใจดี")
    moodle.wants()
    moodle.refresh()
    assert moodle.enrolment("44").person.full_name == "ปวีณา ใจดี"
    assert moodle.changes()[-1] == (Change.RENAMED, ["ปวีณา แก้วมณี"], ["ปวีณา ใจดี"])
    with moodle.lms.changing() as site:
        next(iter(site.tools.values())).sends_name = False
    moodle.wants()
    moodle.refresh()
    assert moodle.enrolment("44").person.full_name == "ปวีณา ใจดี"


def test_a_role_given_or_taken_here_survives_the_next_roster(moodle: RosterWorld) -> None:
    moodle.refresh()
    with moodle.changing():
        for role, given in ((Role.JUDGE, True), (Role.LEARNER, False)):
            roster.change_role(
                moodle.context_course(), moodle.row("32"), role, given=given,
                by_enrolment_id=None, person_id=None, at=clock.now(),
            )  # fmt: skip
    moodle.lists("32", "อีก", "ชื่อ")
    moodle.wants()
    moodle.refresh()
    assert moodle.roles("32") == {Role.JUDGE}
    assert moodle.enrolment("32").person.full_name == "อีก ชื่อ"


def test_the_first_launch_decides_what_the_roster_only_supposed(moodle: RosterWorld) -> None:
    moodle.lists("44", "ผู้ช่วย", role=SiteRole.TUTOR)
    moodle.refresh()
    assert moodle.roles("44") == {Role.LEARNER}
    with moodle.app.app_context():
        claimed = db.session.scalar(
            sa.select(HostRoles.roles).where(HostRoles.enrolment_id == moodle.enrolment("44").id)
        )
    assert claimed == frozenset({Role.LEARNER})


@pytest.mark.parametrize(
    ("service", "fault", "trouble", "waits"),
    [
        ("memberships", Fault(403), Trouble.REFUSED, dt.timedelta(hours=23)),
        ("memberships", Fault(500), Trouble.BUSY, dt.timedelta(minutes=4)),
        ("memberships", Fault(429, headers={"Retry-After": "3600"}), Trouble.BUSY, dt.timedelta(minutes=59)),
        ("memberships", Fault(200, body="<html>"), Trouble.UNREACHABLE, dt.timedelta(minutes=4)),
        ("token", Fault(400, body='{"error": "invalid_scope"}'), Trouble.TOKEN, dt.timedelta(hours=23)),
        ("token", Fault(503), Trouble.BUSY, dt.timedelta(minutes=4)),
    ],
)
def test_a_host_that_fails_is_explained_and_asked_again_later(
    moodle: RosterWorld, service: str, fault: Fault, trouble: Trouble, waits: dt.timedelta
) -> None:
    moodle.lms.faults.plan(service, fault)
    assert moodle.refresh() == 0
    sync = moodle.sync()
    assert sync.trouble is trouble
    assert sync.wanted_at is not None
    assert sync.wanted_at >= clock.now() + waits
    assert sync.lease_token is None
    assert moodle.absent() == {}
    assert moodle.refresh(after=DAY + dt.timedelta(minutes=10)) == 1
    assert moodle.sync().trouble is None


def test_a_list_that_breaks_in_the_middle_makes_nobody_gone_and_goes_on_there(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nrps, "PAGE_SIZE", 2)
    with roster_of(app, MOODLE) as world:

        def break_off(_method: str, path: str) -> None:
            if path.endswith("/memberships") and world.wire.count("memberships") == 1:
                world.lms.faults.plan("memberships", Fault(503))

        world.wire.before = break_off
        assert world.refresh() == 0
        assert world.absent() == {}
        assert world.sync().next_page_url
        world.wire.before = lambda _method, _path: None
        assert world.refresh(after=dt.timedelta(minutes=6)) == 1
        queries = [each.query for each in world.wire.requests if each.service == "memberships"]
        assert queries == ["limit=2", "limit=2&from=2", "limit=2&from=2"]
        assert world.sync().finished_count == 4


def test_a_long_list_lets_the_scores_have_their_turn(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nrps, "PAGE_SIZE", 1)
    with roster_of(app, MOODLE) as world, app.app_context():
        roster_sync.refresh_due(clock.now() - dt.timedelta(days=40))
        with transaction():
            roster_sync.want(1, at=clock.now())
        turns = 0
        while db.session.scalar(sa.select(RosterSync.finished_at)) is None:
            with transaction():
                turn = roster_sync.claim(at=clock.now())
            assert turn is not None
            at = clock.now()
            done = roster_sync.read(
                turn, way_out=outbound(), now=clock.now, until=at if not turn.is_listed else at + DAY
            )
            turns += 1
        assert done
        assert turns >= 4
        assert world.wire.count("memberships") == 4
        assert world.sync().finished_count == 4


def test_of_two_workers_one_reads_the_roster(app: Flask) -> None:
    with roster_of(app, MOODLE) as world:
        world.wants()
        barrier = threading.Barrier(4)
        done: list[int] = []

        def work() -> None:
            barrier.wait(PATIENCE)
            done.append(world.refresh())

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert sorted(done) == [0, 0, 0, 1]
        assert world.wire.count("memberships") == 1
        assert len([kind for kind, _, _ in world.changes() if kind is Change.JOINED]) == 1
        with app.app_context():
            assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 4


def test_a_worker_whose_lease_is_over_writes_nothing_more(moodle: RosterWorld) -> None:
    moodle.wants()
    with moodle.changing():
        slow = roster_sync.claim(at=clock.now())
    assert slow is not None
    assert moodle.refresh(after=roster_sync.LEASE + dt.timedelta(seconds=1)) == 1
    finished = moodle.sync()
    with moodle.app.app_context():
        later = clock.now() + dt.timedelta(minutes=5)
        assert not roster_sync.read(slow, way_out=outbound(), now=clock.now, until=later)
    assert moodle.sync().finished_at == finished.finished_at
    assert moodle.sync().number == finished.number


def test_a_worker_killed_between_pages_loses_nobody(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with roster_of(app, CANVAS) as world:
        for number in range(100, 160):
            world.lists(str(number), "คน", str(number))
        world.wants()
        victims: list[subprocess.Popen[bytes]] = []
        ready = threading.Event()

        def strike(_method: str, path: str) -> None:
            if path.endswith("/memberships") and world.wire.count("memberships") == 1:
                assert ready.wait(PATIENCE)
                victims[0].send_signal(signal.SIGKILL)
                victims[0].wait(PATIENCE)

        world.wire.before = strike
        victims.append(start_worker(settings))
        ready.set()
        assert victims[0].wait(PATIENCE) == -signal.SIGKILL
        world.wire.before = lambda _method, _path: None
        sync = world.sync()
        assert sync.next_page_url
        assert sync.finished_at is None
        assert world.absent() == {}
        with time_machine.travel(clock.now() + roster_sync.LEASE + dt.timedelta(seconds=5), tick=True):
            assert world.refresh() == 1
        assert world.sync().finished_count == 64
        assert counted(world) == 63
        with app.app_context():
            assert db.session.scalar(sa.select(sa.func.count(Enrolment.id))) == 64


def start_worker(settings: Settings) -> "subprocess.Popen[bytes]":
    """Start a process that does the job once, on the same database."""
    environment = {
        "PATH": os.environ["PATH"],
        "SCA_LMS_DATABASE_URL": settings.database_url,
        "SCA_LMS_DATA_DIR": str(settings.data_dir),
        "SCA_LMS_PUBLIC_URL": settings.public_url,
        "SCA_LMS_SECRET_KEY": settings.secret_key,
        "SCA_LMS_ALLOW_PRIVATE_PLATFORMS": "on",
        "SCA_LMS_LOG_LEVEL": "error",
    }
    job = (
        "from sca_lms import clock\n"
        "from sca_lms.app import create_app\n"
        "from sca_lms.lti.roster_sync import refresh_due\n"
        "with create_app().app_context():\n"
        "    refresh_due(clock.now())\n"
    )
    return subprocess.Popen([sys.executable, "-c", job], env=environment)
