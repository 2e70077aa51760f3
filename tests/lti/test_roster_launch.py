"""A signed launch is the host's own word: whoever left by the roster is back at once."""

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import db, transaction
from sca_lms.lti import roster
from sca_lms.lti.models import LtiContext, LtiUser
from sca_lms.lti.roster_models import RosterChange, RosterMember
from sca_lms.lti.roster_rules import Change, Presence
from tests.lti.platform_double import LEARNER, MEMBERSHIP, Browser, Host, accepted

SUBJECT = "learner-7"


def arrive(visitor: Browser, host: Host, *roles: str) -> str:
    """Launch, and return the page that it leads to."""
    return accepted(visitor.launch(host, sub=SUBJECT, roles=list(roles or (LEARNER,))))


def the_enrolment() -> Enrolment:
    return db.session.scalars(
        sa.select(Enrolment)
        .join(LtiUser, LtiUser.person_id == Enrolment.person_id)
        .where(LtiUser.subject == SUBJECT)
    ).one()


def leave_by_the_roster(app: Flask) -> None:
    """Let the host no longer list the learner, and an instructor confirm that they have left."""
    at = clock.now() + dt.timedelta(minutes=1)
    with app.app_context(), transaction():
        enrolment = the_enrolment()
        db.session.add(
            RosterMember(
                context_id=db.session.scalars(sa.select(LtiContext.id)).one(),
                subject=SUBJECT,
                enrolment_id=enrolment.id,
                roles=enrolment.roles,
                seen_in=1,
                is_pending=False,
                taken={},
                presence=Presence.GONE,
                gone_at=at,
            )
        )
        db.session.flush()
        course = db.session.get_one(Course, enrolment.course_id)
        roster.confirm_leaving(course, person_id=None, at=at, shown_at=at)


def state_of(app: Flask) -> EnrolmentState:
    with app.app_context():
        return the_enrolment().state


def test_who_left_by_the_roster_gets_in_with_the_next_launch(
    app: Flask, visitor: Browser, host: Host
) -> None:
    path = arrive(visitor, host)
    assert visitor.get(path).status_code == 200
    leave_by_the_roster(app)
    assert state_of(app) is EnrolmentState.WITHDRAWN
    assert visitor.get(path).status_code == 403
    back = Browser(app)
    assert back.get(arrive(back, host)).status_code == 200
    assert state_of(app) is EnrolmentState.ACTIVE
    with app.app_context():
        member = db.session.scalars(sa.select(RosterMember)).one()
        assert (member.presence, member.left_at, member.left_batch) == (Presence.LISTED, None, None)
        assert db.session.scalars(sa.select(RosterChange.kind)).all() == [Change.RETURNED]


def test_who_was_removed_by_hand_stays_outside(app: Flask, visitor: Browser, host: Host) -> None:
    path = arrive(visitor, host)
    with app.app_context(), transaction():
        the_enrolment().state = EnrolmentState.WITHDRAWN
    assert arrive(visitor, host) == path
    assert visitor.get(path).status_code == 403
    assert state_of(app) is EnrolmentState.WITHDRAWN


@pytest.mark.parametrize("role", ["", MEMBERSHIP + "Invented"])
def test_a_launch_that_names_no_role_brings_nobody_back(
    app: Flask, visitor: Browser, host: Host, role: str
) -> None:
    arrive(visitor, host)
    leave_by_the_roster(app)
    arrive(visitor, host, role)
    assert state_of(app) is EnrolmentState.WITHDRAWN
