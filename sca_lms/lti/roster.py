"""What people decide about a roster: to read it now, that somebody has left, and who has which role here."""

import datetime as dt
import secrets
from typing import ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.lti.models import LtiContext
from sca_lms.lti.roster_models import RosterMember
from sca_lms.lti.roster_rules import GIVABLE, Presence, Standing, with_role


class NobodyGone(Refused):
    """There is nobody whose leaving could be confirmed or undone."""

    code: ClassVar[str] = "nobody-gone"


class OwnManager(Refused):
    """Somebody would lock themselves out."""

    code: ClassVar[str] = "own-manager"


class RoleUnknown(Refused):
    """A role that cannot be given or taken."""

    code: ClassVar[str] = "role-unknown"


def confirm_leaving(
    course: Course,
    *,
    person_id: int | None,
    at: dt.datetime,
    shown_at: dt.datetime,
    member: RosterMember | None = None,
) -> str:
    """Withdraw one member who is gone, or all who were gone when the page was shown; returns the batch.

    Their records stay. Whoever has opened the course since is not withdrawn. Raises `NobodyGone`.
    """
    batch = secrets.token_hex(16)
    gone = (
        sa.select(RosterMember.id)
        .join(RosterMember.context)
        .join(RosterMember.enrolment)
        .where(
            LtiContext.course_id == course.id,
            RosterMember.presence == Presence.GONE,
            RosterMember.gone_at <= shown_at,
            Enrolment.state == EnrolmentState.ACTIVE,
            sa.or_(Enrolment.last_seen_at.is_(None), Enrolment.last_seen_at <= RosterMember.gone_at),
        )
    )
    if member is not None:
        gone = gone.where(RosterMember.id == member.id)
    taken = db.session.scalars(
        sa.update(RosterMember)
        .where(RosterMember.id.in_(gone), RosterMember.presence == Presence.GONE)
        .values(presence=Presence.LEFT, left_at=at, left_batch=batch)
        .returning(RosterMember.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not taken:
        raise NobodyGone(_l("Nobody has left: they are listed again, or somebody was quicker."))
    _set_state(RosterMember.left_batch == batch, EnrolmentState.ACTIVE, EnrolmentState.WITHDRAWN)
    courses.record_audit(
        course, person_id, "confirm-leaving", f"roster {batch}", at=at, after={"people": len(taken)}
    )
    return batch


def undo_leaving(
    course: Course,
    *,
    person_id: int | None,
    at: dt.datetime,
    batch: str = "",
    member: RosterMember | None = None,
) -> int:
    """Let one member, or all of a batch, be in the course again; returns how many.

    They wait for a word again. Raises `NobodyGone`.
    """
    which = RosterMember.id == member.id if member is not None else RosterMember.left_batch == batch
    mine = sa.select(LtiContext.id).where(LtiContext.course_id == course.id)
    ours = sa.and_(which, RosterMember.presence == Presence.LEFT, RosterMember.context_id.in_(mine))
    _set_state(ours, EnrolmentState.WITHDRAWN, EnrolmentState.ACTIVE)
    undone = db.session.scalars(
        sa.update(RosterMember)
        .where(ours)
        .values(presence=Presence.GONE, left_at=None, left_batch=None)
        .returning(RosterMember.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not undone:
        raise NobodyGone(_l("There is nothing to undo any more."))
    subject = f"roster {batch}" if member is None else f"roster member {member.id}"
    courses.record_audit(course, person_id, "undo-leaving", subject, at=at, after={"people": len(undone)})
    return len(undone)


def change_role(
    course: Course, enrolment: Enrolment, role: Role, *, given: bool, by_enrolment_id: int | None,
    person_id: int | None, at: dt.datetime,
) -> None:  # fmt: skip
    """Give somebody a role in this course, or take it; the host's next word about them does not change that.

    Raises `RoleUnknown`, and `OwnManager` for managers who would lock themselves out.
    """
    if role not in GIVABLE:
        raise RoleUnknown(_l("This role cannot be given or taken."))
    if enrolment.id == by_enrolment_id and role is Role.MANAGER and not given:
        raise OwnManager(_l("You cannot take the manager role from yourself. Another manager can."))
    db.session.flush()
    db.session.refresh(enrolment, ["roles"], with_for_update={"key_share": True})
    before = enrolment.roles
    after = with_role(Standing(before, frozenset()), role, given=given)
    if after == before:
        return
    enrolment.roles = after
    courses.touch(enrolment)
    courses.record_audit(
        course,
        person_id,
        "give-role" if given else "take-role",
        f"enrolment {enrolment.id}",
        at=at,
        before={"roles": sorted(before)},
        after={"roles": sorted(after)},
    )


def _set_state(which: sa.ColumnElement[bool], before: EnrolmentState, after: EnrolmentState) -> None:
    """Change the state of members' enrolments, and say that what is derived from it has to be worked out."""
    people = sa.select(RosterMember.enrolment_id).where(which)
    db.session.execute(
        sa.update(Enrolment)
        .where(Enrolment.id.in_(people), Enrolment.state == before)
        .values(state=after, evidence_revision=Enrolment.evidence_revision + 1)
        .execution_options(synchronize_session=False)
    )
