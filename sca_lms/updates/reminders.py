"""Tell learners what became of their reflections, and remind those who were there and have handed in none."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.attendance.models import AttendanceSession, PresenceRecord, SessionState
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import counted_learners
from sca_lms.database import db, transaction
from sca_lms.inbox import operations as inbox
from sca_lms.inbox.rules import Kind
from sca_lms.updates.models import KnowledgeUpdate, Reflection
from sca_lms.updates.notice_kinds import ACCEPTED, DUE_SOON, RETURNED
from sca_lms.updates.rules import ReflectionState

AHEAD = dt.timedelta(days=2)
HANDED_IN = (ReflectionState.SUBMITTED, ReflectionState.ACCEPTED)


def tell_decided(reflections: Sequence[Reflection], *, at: dt.datetime) -> None:
    """Tell the authors of reflections that were just decided; what was answered stands on their page."""
    found: dict[tuple[int, ReflectionState], list[int]] = defaultdict(list)
    for each in reflections:
        found[each.update_id, each.state].append(each.enrolment_id)
    updates = {
        each.id: each
        for each in db.session.scalars(
            sa.select(KnowledgeUpdate)
            .where(KnowledgeUpdate.id.in_({update_id for update_id, _state in found}))
            .options(joinedload(KnowledgeUpdate.session))
        )
    }
    for (update_id, state), people in found.items():
        kind = ACCEPTED if state is ReflectionState.ACCEPTED else RETURNED
        _tell(updates[update_id], kind, people, key=f"{state}:{at.isoformat()}", at=at)


def remind_of_due_reflections(at: dt.datetime) -> None:
    """Look once an hour in every course which reflections fall due within two days."""
    hour = at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H")
    soon = (
        sa.select(KnowledgeUpdate)
        .join(KnowledgeUpdate.session)
        .where(
            KnowledgeUpdate.published,
            KnowledgeUpdate.reflection_due_at > at,
            KnowledgeUpdate.reflection_due_at <= at + AHEAD,
            AttendanceSession.state == SessionState.CLOSED,
        )
        .options(joinedload(KnowledgeUpdate.session))
        .order_by(KnowledgeUpdate.id)
    )
    for update in db.session.scalars(soon).all():
        with transaction():
            if inbox.take_turn(update.course_id, f"due-reflections:{update.id}:{hour}", at=at):
                due_at = update.reflection_due_at
                _tell(update, DUE_SOON, _still_to_write(update), key=f"due:{due_at}", at=at)
    db.session.expunge_all()


def _still_to_write(update: KnowledgeUpdate) -> Sequence[int]:
    """Return who was at an update and has handed in no reflection, or got theirs back."""
    there = sa.select(PresenceRecord.enrolment_id).where(
        PresenceRecord.session_id == update.session_id, PresenceRecord.voided_at.is_(None)
    )
    done = sa.select(Reflection.enrolment_id).where(
        Reflection.update_id == update.id, Reflection.state.in_(HANDED_IN)
    )
    learners = counted_learners(update.course_id)
    return db.session.scalars(
        learners.where(Enrolment.id.in_(there), Enrolment.id.not_in(done)).order_by(Enrolment.id)
    ).all()


def _tell(update: KnowledgeUpdate, kind: Kind, people: Sequence[int], *, key: str, at: dt.datetime) -> None:
    inbox.tell(
        people,
        kind.name,
        key=f"update:{update.id}:{key}",
        facts={"title": update.session.title, "due_at": update.reflection_due_at or at},
        path=f"/courses/{update.course_id}/updates/{update.number}",
        at=at,
    )
