"""Note whom a page of a roster lists, with few statements: most members are as they were the last time."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from sca_lms.database import db
from sca_lms.lti.nrps import Member
from sca_lms.lti.roster_models import RosterMember
from sca_lms.lti.roster_rules import NAMES, Presence

SEEN_BY_NONE = 0

_KNOWN = (
    RosterMember.id,
    RosterMember.subject,
    RosterMember.enrolment_id,
    RosterMember.is_pending,
    RosterMember.presence,
    RosterMember.roles,
    RosterMember.is_test,
    *(getattr(RosterMember, name) for name in NAMES),
)


def stage(context_id: int, members: Sequence[Member], *, number: int) -> None:
    """Note who is listed; only those who are new or described in another way have to be taken over."""
    by_subject = {member.subject: member for member in members}
    known = {
        row.subject: row
        for row in db.session.execute(
            sa.select(*_KNOWN).where(
                RosterMember.context_id == context_id, RosterMember.subject.in_(by_subject)
            )
        )
    }
    unchanged: list[int] = []
    changed: list[dict[str, object]] = []
    new: list[dict[str, object]] = []
    for subject, member in by_subject.items():
        row = known.get(subject)
        described = _described(member)
        if row is None:
            new.append({"context_id": context_id, "subject": subject, "seen_in": number, **described})
        elif _is_as_before(row, described):
            unchanged.append(row.id)
        else:
            changed.append({"id": row.id, "is_pending": True, "seen_in": number, **described})
    if unchanged:
        _see(RosterMember.id.in_(unchanged), number)
    if changed:
        db.session.execute(sa.update(RosterMember), changed)
    if new:
        # Past the session, which would keep account of every row.
        db.session.connection().execute(sa.insert(RosterMember), new)


def strike_out(context_id: int, subjects: Sequence[str]) -> None:
    """Note who is no longer listed, where a host tells only what has changed."""
    if subjects:
        _see(sa.and_(RosterMember.context_id == context_id, RosterMember.subject.in_(subjects)), SEEN_BY_NONE)


def _see(which: sa.ColumnElement[bool], number: int) -> None:
    db.session.execute(
        sa.update(RosterMember)
        .where(which)
        .values(seen_in=number)
        .execution_options(synchronize_session=False)
    )


def _described(member: Member) -> dict[str, object]:
    names: dict[str, object] = {name: getattr(member.names, name) for name in NAMES}
    return {**names, "roles": member.roles, "is_test": member.is_test}


def _is_as_before(row: sa.Row[tuple[object, ...]], described: Mapping[str, object]) -> bool:
    return (
        not row.is_pending
        and row.enrolment_id is not None
        and row.presence is Presence.LISTED
        and all(getattr(row, name) == value for name, value in described.items())
    )
