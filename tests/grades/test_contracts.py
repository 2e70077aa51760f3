"""What every kind of host and the tool may expect of each other, one kind after the other.

Nothing here asks which host it is: what differs stands in the pretend host's personality and in the tool's
profile of the same name.
"""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.demo.faults import Fault
from sca_lms.demo.manners import Personality
from sca_lms.demo.personalities import PERSONALITIES
from sca_lms.demo.site import Activity, SiteRole, User
from sca_lms.grades import duties, reconcile
from sca_lms.grades.models import Score
from sca_lms.grades.rules import Reason, State
from sca_lms.lti import roster_sync
from sca_lms.lti.models import LtiContext, LtiUser
from sca_lms.lti.profiles import PROFILES, profile_named
from tests.grades.contract_world import DEPLOYMENT, Contract, contract_with
from tests.grades.world import HOST_COURSE, LEARNERS, TEACHER

KINDS = [PERSONALITIES[name] for name in PROFILES]


@pytest.fixture(params=KINDS, ids=lambda kind: str(kind.name))
def host(request: pytest.FixtureRequest, app: Flask) -> Iterator[Contract]:
    with contract_with(app, request.param) as found:
        yield found


@pytest.fixture
def home(host: Contract) -> Activity:
    """The programme's home as deep linking makes it, opened by every learner."""
    made = host.pick()[0]
    host.meet(made)
    return made


def kind_of(host: Contract) -> Personality:
    return host.lms.personality


def test_every_profile_has_its_personality() -> None:
    assert {kind.profile for kind in KINDS} == set(PROFILES)


def test_people_and_course_are_known_after_a_launch(host: Contract, home: Activity) -> None:
    tenant = profile_named(kind_of(host).profile).tenant(DEPLOYMENT)
    with host.app.app_context():
        users = db.session.execute(sa.select(LtiUser.subject, LtiUser.tenant)).all()
        assert {(subject, found) for subject, found in users} == {
            (subject, tenant) for subject in (*LEARNERS, TEACHER)
        }
        context = db.session.scalars(sa.select(LtiContext)).one()
        assert (context.context_id, context.tenant) == (HOST_COURSE, tenant)
        roles = db.session.scalars(
            sa.select(Enrolment.roles).where(Enrolment.id == host.enrolments[LEARNERS[0]])
        ).one()
    assert roles == {Role.LEARNER}


def test_the_whole_programme_is_placed_and_one_column_made(host: Contract) -> None:
    made = host.pick()
    assert [activity.custom["activity"] for activity in made] == ["home", "module:PB1"]
    columns = [(column.resource_id, column.tag, column.maximum) for column in host.columns()]
    assert columns == (
        [("sca-lms:PRE", "PRE", Decimal(100))] if kind_of(host).deep_link.makes_columns else []
    )


def test_scores_arrive_in_one_column_and_are_read_back(host: Contract, home: Activity) -> None:
    for subject, value in zip(LEARNERS, ("100", "66.67", "0"), strict=True):
        host.mark(subject, value)
    assert host.work() == duties.NOTHING_LEFT
    (column,) = host.columns()
    assert (column.resource_id, column.tag) == ("sca-lms:PRE", "PRE")
    assert [host.shown(subject) for subject in LEARNERS] == [Decimal(100), Decimal("66.67"), Decimal(0)]
    with host.app.app_context():
        (compared,) = reconcile.reconcile(host.course_id, now=clock.now)
    assert compared.counts == {State.DELIVERED: 3}
    # One token for each service, however many scores there are.
    assert host.wire.count("token") <= 4


def test_where_columns_are_not_asked_for_the_tool_makes_its_own(host: Contract) -> None:
    home = host.pick(columns=())[0]
    host.meet(home)
    host.mark("31", "50")
    assert host.work() == duties.NOTHING_LEFT
    (column,) = host.columns()
    assert (column.resource_id, column.tag, column.maximum) == ("sca-lms:PRE", "PRE", Decimal(100))
    assert host.shown("31") == 50


def test_each_later_score_replaces_the_one_before(host: Contract, home: Activity) -> None:
    for value in ("40", "55", "90"):
        host.mark("31", value)
        assert host.work() == duties.NOTHING_LEFT
    assert host.shown("31") == 90
    stamps = [stamp for _score, stamp in host.arrived("31")]
    assert all(later - earlier >= dt.timedelta(seconds=1) for earlier, later in itertools.pairwise(stamps))
    assert stamps[-1] <= clock.now()


def test_a_comment_arrives_as_the_host_shows_it(host: Contract, home: Activity) -> None:
    host.mark("31", "40")
    host.recompute()
    with host.changing():
        score = db.session.scalars(sa.select(Score)).one()
        score.comment = "ดีมาก <ทีม>\nไปต่อ"
    host.work()
    cell = host.cell("31")
    assert cell
    html = profile_named(kind_of(host).profile).comments_are_html
    assert cell.comment == ("ดีมาก &lt;ทีม&gt;<br/>ไปต่อ" if html else "ดีมาก <ทีม>\nไปต่อ")


def test_what_a_teacher_wrote_is_found_and_not_overwritten(host: Contract, home: Activity) -> None:
    host.mark("31", "40")
    host.work()
    host.teacher_sets("31", "75")
    with host.app.app_context():
        list(reconcile.reconcile(host.course_id, now=clock.now))
    assert host.state("31") == (State.CHANGED, Reason.CHANGED)
    host.mark("31", "60")
    host.work()
    assert host.shown("31") == 75


def test_a_token_that_is_good_no_more_is_replaced(host: Contract, home: Activity) -> None:
    host.mark("31", "40")
    host.work()
    host.lms.tokens.revoke_all()
    host.mark("31", "60")
    assert host.work() == duties.NOTHING_LEFT
    assert host.shown("31") == 60


def test_a_busy_host_is_asked_again_later(host: Contract, home: Activity) -> None:
    said = kind_of(host).throttling
    host.lms.faults.plan("scores", Fault(said.status, headers=said.headers, body=said.body))
    host.mark("31", "40")
    assert host.work() == duties.SOMETHING_WAITS
    assert host.state("31") == (State.WAITING, Reason.BUSY)
    assert host.shown("31") is None


def leave(host: Contract) -> None:
    del host.lms.state.courses[HOST_COURSE].members["31"]


def be_nobody(host: Contract) -> None:
    leave(host)
    del host.lms.state.users["31"]


def become_a_teacher(host: Contract) -> None:
    host.lms.state.courses[HOST_COURSE].members["31"] = SiteRole.INSTRUCTOR


@pytest.mark.parametrize("happens", [leave, be_nobody, become_a_teacher])
def test_whoever_is_no_learner_there_is_said_to_be_none(
    host: Contract, home: Activity, happens: Callable[[Contract], None]
) -> None:
    host.mark("32", "40")
    host.work()
    with host.lms.changing():
        happens(host)
    host.mark("31", "40")
    assert host.work() == duties.NOTHING_LEFT
    assert host.state("31") == (State.REFUSED, Reason.NOT_ENROLLED)
    assert host.state("32") == (State.DELIVERED, None)


def test_a_course_that_is_over_is_said_to_be_over(host: Contract, home: Activity) -> None:
    with host.lms.changing() as site:
        site.courses[HOST_COURSE].concluded = True
    host.mark("31", "40")
    host.work()
    over = kind_of(host).scores.concluded is not None
    assert host.state("31") == ((State.REFUSED, Reason.CONCLUDED) if over else (State.DELIVERED, None))


def test_a_locked_grade_is_said_to_be_locked(host: Contract, home: Activity) -> None:
    host.mark("31", "40")
    host.work()
    host.teacher_sets("31", "40", locked=True, ahead=-120)
    host.mark("31", "60")
    host.work()
    locked = kind_of(host).scores.locked is not None
    assert host.state("31") == ((State.REFUSED, Reason.LOCKED) if locked else (State.DELIVERED, None))


def test_a_column_that_was_deleted_is_said_to_be_gone(host: Contract, home: Activity) -> None:
    host.mark("31", "40")
    host.work()
    with host.lms.changing() as site:
        site.line_items.clear()
    host.mark("31", "60")
    assert host.work() == duties.NOTHING_LEFT
    assert host.state("31") == (State.REFUSED, Reason.COLUMN_GONE)


def test_the_list_of_members_is_read(host: Contract, home: Activity) -> None:
    with host.lms.changing() as site:
        for number in range(400, 520):
            site.users[str(number)] = User(str(number), "มาใหม่", str(number))
            site.courses[HOST_COURSE].members[str(number)] = SiteRole.LEARNER
        del site.courses[HOST_COURSE].members["33"]
    with host.changing():
        roster_sync.want(host.context().id, at=clock.now())
    with host.app.app_context():
        assert roster_sync.refresh_due(clock.now()) == 1
        subjects = set(db.session.scalars(sa.select(LtiUser.subject)))
        assert subjects == {*LEARNERS, TEACHER, *map(str, range(400, 520))}
