"""Read the updates of a course and where people stand with them; one rule for every page and score."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.attendance.models import AttendanceSession, LedgerEntry, SessionCredit, SessionState
from sca_lms.courses.models import Course
from sca_lms.database import db
from sca_lms.updates.models import KnowledgeUpdate, Reflection, UpdateFile, UpdateSpeaker
from sca_lms.updates.rules import Attendance, ReflectionState, Standing, Timing, standing


@dataclass(frozen=True, slots=True)
class Part:
    """Where one learner stands with one update."""

    standing: Standing
    attendance: Attendance
    reflection: ReflectionState | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one learner stands with all updates of a year."""

    parts: Mapping[int, Part]
    """By the update's id; published ones alone."""
    has_begun: bool
    """Something of theirs is on record: minutes, or a reflection handed in."""

    @property
    def counted(self) -> int:
        """Return how many updates count."""
        return sum(part.standing is Standing.COUNTED for part in self.parts.values())

    @property
    def total(self) -> int:
        """Return how many updates there are, those that were cancelled left out."""
        return sum(part.standing is not Standing.CANCELLED for part in self.parts.values())

    def number(self, *wanted: Standing) -> int:
        """Return how many updates stand so."""
        return sum(part.standing in wanted for part in self.parts.values())


def updates_of(course_id: int, *, drafts: bool = False) -> Sequence[KnowledgeUpdate]:
    """Return the updates of a course by number, with their sessions; drafts only when asked for."""
    wanted = _updates().where(KnowledgeUpdate.course_id == course_id)
    if not drafts:
        wanted = wanted.where(KnowledgeUpdate.published)
    return db.session.scalars(wanted).all()


def find_update(course_id: int, number: int, *, drafts: bool = False) -> KnowledgeUpdate | None:
    """Return an update of a course by its number, with its session."""
    wanted = _updates().where(KnowledgeUpdate.course_id == course_id, KnowledgeUpdate.number == number)
    if not drafts:
        wanted = wanted.where(KnowledgeUpdate.published)
    return db.session.scalar(wanted.execution_options(populate_existing=True))


def speakers_of(update_ids: Collection[int]) -> dict[int, list[UpdateSpeaker]]:
    """Return who speaks at updates, by update id and in their order."""
    found: dict[int, list[UpdateSpeaker]] = defaultdict(list)
    rows = db.session.scalars(
        sa.select(UpdateSpeaker)
        .where(UpdateSpeaker.update_id.in_(update_ids))
        .order_by(UpdateSpeaker.position, UpdateSpeaker.id)
    )
    for each in rows:
        found[each.update_id].append(each)
    return dict(found)


def files_of(update_id: int) -> Sequence[UpdateFile]:
    """Return the slides and handouts of an update."""
    return db.session.scalars(
        sa.select(UpdateFile)
        .where(UpdateFile.update_id == update_id)
        .order_by(UpdateFile.position, UpdateFile.id)
        .options(joinedload(UpdateFile.file, innerjoin=True))
    ).all()


def find_file(update: KnowledgeUpdate, file_id: int) -> UpdateFile | None:
    """Return a file of an update, with what is stored."""
    return db.session.scalar(
        sa.select(UpdateFile)
        .where(UpdateFile.id == file_id, UpdateFile.update_id == update.id)
        .options(joinedload(UpdateFile.file, innerjoin=True))
    )


def own_reflection(update: KnowledgeUpdate, enrolment_id: int) -> Reflection | None:
    """Return what somebody wrote about an update."""
    return db.session.scalar(
        sa.select(Reflection)
        .where(Reflection.update_id == update.id, Reflection.enrolment_id == enrolment_id)
        .options(joinedload(Reflection.decided_by))
        .execution_options(populate_existing=True)
    )


def timing_of(session: AttendanceSession) -> Timing:
    """Return when an update takes place and how far it is, as the rules want it."""
    return Timing(
        session.starts_at,
        session.ends_at,
        closed=session.state is SessionState.CLOSED,
        cancelled=session.state is SessionState.CANCELLED,
    )


def standings(course_id: int, enrolment_ids: Sequence[int], at: dt.datetime) -> dict[int, Progress]:
    """Return where people stand with the updates of a course, in four statements for however many."""
    return progress_in(updates_of(course_id), enrolment_ids, at)


def progress_in(
    updates: Sequence[KnowledgeUpdate], enrolment_ids: Sequence[int], at: dt.datetime
) -> dict[int, Progress]:
    """Return where people stand with these updates, whose sessions are loaded."""
    minutes = dict(_minutes(updates, enrolment_ids))
    pending = set(_pending(updates, enrolment_ids))
    written = {
        (row.enrolment_id, row.update_id): row.state
        for row in db.session.execute(
            sa.select(Reflection.enrolment_id, Reflection.update_id, Reflection.state).where(
                Reflection.update_id.in_([each.id for each in updates]),
                Reflection.enrolment_id.in_(enrolment_ids),
            )
        )
    }
    found: dict[int, Progress] = {}
    for enrolment_id in enrolment_ids:
        parts: dict[int, Part] = {}
        for update in updates:
            session, key = update.session, (enrolment_id, update.session_id)
            attendance = Attendance(minutes.get(key, 0), session.credit_minutes, key in pending)
            state = written.get((enrolment_id, update.id))
            parts[update.id] = Part(standing(timing_of(session), attendance, state, at), attendance, state)
        begun = any(
            part.attendance.minutes > 0 or part.reflection not in {None, ReflectionState.DRAFT}
            for part in parts.values()
        )
        found[enrolment_id] = Progress(parts, begun)
    return found


def counted(course_id: int, enrolment_ids: Sequence[int]) -> Mapping[int, tuple[int, int] | None]:
    """Return how many updates count for people, of how many; None for who has nothing on record yet."""
    updates = updates_of(course_id)
    # What counts does not hang on the hour: only a session that was closed is looked at.
    moment = max((each.session.ends_at for each in updates), default=None)
    if moment is None:
        return {}
    return {
        enrolment_id: (progress.counted, progress.total) if progress.has_begun else None
        for enrolment_id, progress in progress_in(updates, enrolment_ids, moment).items()
    }


def _minutes(
    updates: Sequence[KnowledgeUpdate], enrolment_ids: Sequence[int]
) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield what the ledger has for each person and session, corrections included."""
    rows = db.session.execute(
        sa.select(LedgerEntry.enrolment_id, LedgerEntry.session_id, sa.func.sum(LedgerEntry.minutes))
        .where(
            LedgerEntry.session_id.in_([each.session_id for each in updates]),
            LedgerEntry.enrolment_id.in_(enrolment_ids),
        )
        .group_by(LedgerEntry.enrolment_id, LedgerEntry.session_id)
    )
    for enrolment_id, session_id, total in rows:
        if session_id is not None:
            yield (enrolment_id, session_id), int(total)


def _pending(updates: Sequence[KnowledgeUpdate], enrolment_ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    rows = db.session.execute(
        sa.select(SessionCredit.enrolment_id, SessionCredit.session_id).where(
            SessionCredit.session_id.in_([each.session_id for each in updates]),
            SessionCredit.enrolment_id.in_(enrolment_ids),
            SessionCredit.pending,
        )
    )
    yield from ((row.enrolment_id, row.session_id) for row in rows)


def _updates() -> sa.Select[KnowledgeUpdate]:
    return (
        sa.select(KnowledgeUpdate)
        .join(KnowledgeUpdate.session)
        .options(
            contains_eager(KnowledgeUpdate.session).selectinload(AttendanceSession.breaks),
            contains_eager(KnowledgeUpdate.session).joinedload(AttendanceSession.category),
        )
        .order_by(KnowledgeUpdate.number)
    )


def next_number(course: Course) -> int:
    """Return the number that a new update gets."""
    return (
        db.session.scalar(
            sa.select(sa.func.max(KnowledgeUpdate.number)).where(KnowledgeUpdate.course_id == course.id)
        )
        or 0
    ) + 1
