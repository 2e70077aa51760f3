"""Where a host tells what has changed, only that is asked for; everybody is read from time to time."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import db
from sca_lms.demo.faults import Fault
from sca_lms.demo.further_personalities import GENERIC
from sca_lms.lti import roster, roster_sync
from sca_lms.lti.roster_models import RosterMember
from sca_lms.lti.roster_rules import Change, Presence
from tests.lti.roster_world import RosterWorld, roster_of

DAY = dt.timedelta(days=1, minutes=1)


@pytest.fixture
def world(app: Flask) -> Iterator[RosterWorld]:
    """A host that offers differences, whose roster has been read once."""
    with roster_of(app, GENERIC) as found:
        for number in range(40, 130):
            found.lists(str(number), "คน", str(number))
        assert found.refresh() == 1
        assert found.sync().finished_count == 94
        found.wire.requests.clear()
        yield found


def asked(world: RosterWorld) -> list[str]:
    """Return for each request to the roster what it asked for: everybody, a page, or changes."""
    queries = [each.query for each in world.wire.requests if each.service == "memberships"]
    return [query.partition("=")[0] for query in queries]


def test_a_day_later_only_changes_are_asked_for(world: RosterWorld) -> None:
    assert world.refresh(after=DAY) == 1
    assert asked(world) == ["since"]
    assert world.absent() == {}
    assert world.sync().finished_count == 94


def test_who_came_left_or_has_another_name_is_told(world: RosterWorld) -> None:
    world.lists("200", "มาใหม่", "สอง")
    world.lists("41", "ชื่อใหม่", "41")
    world.drops("42")
    assert world.refresh(after=DAY) == 1
    assert asked(world) == ["since"]
    assert world.enrolment("200").person.full_name == "มาใหม่ สอง"
    assert world.enrolment("41").person.full_name == "ชื่อใหม่ 41"
    assert world.absent() == {"42": Presence.GONE}
    assert world.sync().finished_count == 94
    kinds = [kind for kind, _before, _after in world.changes()]
    assert set(kinds[-2:]) == {Change.RENAMED, Change.JOINED}


def test_changes_are_told_from_the_last_reading_on(world: RosterWorld) -> None:
    world.drops("42")
    world.refresh(after=DAY)
    world.lists("201", "มาใหม่", "สาม")
    world.refresh(after=2 * DAY)
    assert asked(world) == ["since", "since"]
    queries = [each.query for each in world.wire.requests if each.service == "memberships"]
    assert queries[0] != queries[1]
    assert world.absent() == {"42": Presence.GONE}
    assert world.enrolment("201").state is EnrolmentState.ACTIVE


def test_a_leaver_who_is_told_to_be_there_again_is_back(world: RosterWorld) -> None:
    world.drops("42")
    world.refresh(after=DAY)
    with world.changing():
        shown_at = clock.now() + 2 * DAY
        roster.confirm_leaving(world.context_course(), person_id=None, at=shown_at, shown_at=shown_at)
    assert world.enrolment("42").state is EnrolmentState.WITHDRAWN
    world.lists("42", "คน", "42")
    world.refresh(after=3 * DAY)
    assert world.enrolment("42").state is EnrolmentState.ACTIVE
    assert world.changes()[-1][0] is Change.RETURNED


def test_when_the_host_has_forgotten_everybody_is_read_at_once(world: RosterWorld) -> None:
    world.lms.rosters.forget()
    world.drops("42")
    assert world.refresh(after=DAY) == 1
    assert asked(world) == ["since", "limit", "page"]
    assert world.absent() == {"42": Presence.GONE}
    sync = world.sync()
    assert (sync.trouble, sync.failures, sync.only_changes) == (None, 0, False)


def test_changes_that_break_off_are_asked_for_again_and_then_everybody(world: RosterWorld) -> None:
    world.drops("42")
    world.lms.faults.plan("memberships", Fault(503), times=roster_sync.MOST_RESUMES)
    for number in range(roster_sync.MOST_RESUMES):
        assert world.refresh(after=DAY + number * roster_sync.LONGEST_WAIT) == 0
    assert world.absent() == {}
    assert world.refresh(after=DAY + roster_sync.MOST_RESUMES * roster_sync.LONGEST_WAIT) == 1
    assert asked(world) == ["since"] * roster_sync.MOST_RESUMES + ["limit", "page"]
    assert world.absent() == {"42": Presence.GONE}


def test_every_week_everybody_is_read(world: RosterWorld) -> None:
    world.refresh(after=DAY)
    world.refresh(after=roster_sync.WHOLE_EVERY + DAY)
    assert asked(world) == ["since", "limit", "page"]


def test_whoever_asks_for_the_list_gets_the_whole_list(world: RosterWorld) -> None:
    world.wants()
    assert world.refresh() == 1
    assert asked(world) == ["limit", "page"]


def test_somebody_listed_but_never_taken_over_is_forgotten_when_struck_out(world: RosterWorld) -> None:
    world.drops("42")
    with world.changing():
        db.session.execute(
            sa.update(RosterMember).where(RosterMember.subject == "42").values(enrolment_id=None)
        )
    world.refresh(after=DAY)
    with world.app.app_context():
        assert not db.session.scalar(sa.select(RosterMember.id).where(RosterMember.subject == "42"))
