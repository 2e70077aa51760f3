"""Release marks together, take that back within ten minutes, and settle what is due."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload

from sca_lms.assessments import operations as assessments
from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assessments.rules import OVER
from sca_lms.assignments.models import Assignment, AssignmentTeamMember, Submission, Work
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.queries import counted_learners
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.inbox import operations as inbox
from sca_lms.marking.models import Mark, Release
from sca_lms.marking.notice_kinds import RELEASED
from sca_lms.marking.queries import counting_in_sql, is_current, is_of_what_was_handed_in
from sca_lms.marking.rules import UNDO_TIME, counting_part

SETTLED_AT_ONCE = 20


class NothingToRelease(Refused):
    """None of the chosen marks can be released."""

    code = "nothing-to-release"


class AlreadyReleased(NothingToRelease):
    """The chosen marks were released before, by a first click of the same person perhaps."""

    code = "already-released"


class TooLate(Refused):
    """Learners have seen the marks."""

    code = "too-late"


@dataclass(frozen=True, slots=True)
class About:
    """What a release is about: an assignment, or the hand-marked answers of a quiz."""

    course: Course
    assignment: Assignment | None = None
    quiz: Quiz | None = None

    @property
    def maximum(self) -> Decimal | None:
        """Return the largest mark of an assignment; attempts have their own."""
        return self.assignment.max_score if self.assignment else None

    def ready(self) -> sa.Select[Mark]:
        """Return the marks that are whole, count, are of the last version, and were not released."""
        wanted = sa.select(Mark).where(Mark.points.is_not(None), Mark.release_id.is_(None))
        if self.assignment is not None:
            return (
                wanted.join(Mark.work)
                .join(Mark.submission)
                .where(
                    Work.assignment_id == self.assignment.id,
                    Submission.number == Work.versions,
                    Mark.part == counting_part(two=self.assignment.two_markers),
                )
            )  # fmt: skip
        quiz_id = self.quiz.id if self.quiz else 0
        return wanted.join(Mark.attempt).where(
            Attempt.quiz_id == quiz_id, Attempt.state.in_(OVER), is_current()
        )


@dataclass(frozen=True, slots=True)
class Missing:
    """Who would not get a mark with a release."""

    waiting: int
    """Works that were handed in and are not marked to the end."""
    not_handed_in: int


def ready_marks(about: About) -> Sequence[Mark]:
    """Return what could be released now, with whose it is."""
    people = joinedload(Mark.work).options(
        joinedload(Work.enrolment).joinedload(Enrolment.person), joinedload(Work.team)
    )
    attempt = joinedload(Mark.attempt).joinedload(Attempt.enrolment).joinedload(Enrolment.person)
    return db.session.scalars(
        about.ready().options(people, attempt, joinedload(Mark.submission)).order_by(Mark.id)
    ).unique().all()  # fmt: skip


def missing(about: About, *, waiting: int) -> Missing:
    """Return who gets nothing; `waiting` is what the queue says."""
    learners = counted_learners(about.course.id)
    if about.assignment is None:
        return Missing(waiting, 0)
    alone = sa.select(Work.enrolment_id).where(
        Work.assignment_id == about.assignment.id, Work.versions > 0, Work.enrolment_id.is_not(None)
    )
    together = (
        sa.select(AssignmentTeamMember.enrolment_id)
        .join(Work, Work.team_id == AssignmentTeamMember.team_id)
        .where(Work.assignment_id == about.assignment.id, Work.versions > 0)
    )
    absent = sa.select(sa.func.count()).where(
        Enrolment.id.in_(learners), Enrolment.id.not_in(alone), Enrolment.id.not_in(together)
    )
    return Missing(waiting, db.session.scalar(absent) or 0)


def release(about: About, *, mark_ids: Collection[int] | None, by: int | None, at: dt.datetime) -> Release:
    """Release chosen marks, or with None all that are whole; learners see them after the undo time.

    Raise `NothingToRelease`. Marks that somebody else released meanwhile are left to that release.
    """
    made = Release(
        course_id=about.course.id,
        assignment_id=about.assignment.id if about.assignment else None,
        quiz_id=about.quiz.id if about.quiz else None,
        released_at=at, released_by_id=by, takes_effect_at=at + UNDO_TIME,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    wanted = about.ready().with_only_columns(Mark.id)
    if mark_ids is not None:
        wanted = wanted.where(Mark.id.in_(mark_ids))
    taken = db.session.scalars(
        sa.update(Mark)
        .where(Mark.id.in_(wanted), Mark.release_id.is_(None))
        .values(release_id=made.id)
        .returning(Mark.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not taken:
        if _any_released(about, mark_ids):
            raise AlreadyReleased(_l("These marks are released already."))
        raise NothingToRelease(_l("There is no finished mark to release."))
    courses.record_audit(
        about.course, by, "release-marks", str(made.id), at=at, after={"marks": len(taken)},
    )  # fmt: skip
    return made


def _any_released(about: About, mark_ids: Collection[int] | None) -> bool:
    if about.assignment is not None:
        place = Release.assignment_id == about.assignment.id
    else:
        place = Release.quiz_id == (about.quiz.id if about.quiz else None)
    found = sa.select(Mark.id).join(Mark.release).where(Release.undone_at.is_(None), place)
    if mark_ids is not None:
        found = found.where(Mark.id.in_(mark_ids))
    return db.session.scalars(found.limit(1)).first() is not None


def undo(found: Release, course: Course, *, by: int | None, at: dt.datetime) -> None:
    """Take a release back as if it had never been; again is fine. Raise `TooLate` once learners see it."""
    undone = db.session.scalar(
        sa.update(Release)
        .where(
            Release.id == found.id,
            Release.undone_at.is_(None),
            Release.settled_at.is_(None),
            Release.takes_effect_at > at,
        )
        .values(undone_at=at, undone_by_id=by)
        .returning(Release.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(found)
    if undone is None:
        if found.undone_at is not None:
            return
        raise TooLate(_l("Ten minutes have passed, so learners see these marks. Change each with a reason."))
    db.session.execute(
        sa.update(Mark)
        .where(Mark.release_id == found.id)
        .values(release_id=None)
        .execution_options(synchronize_session=False)
    )
    courses.record_audit(course, by, "undo-release", str(found.id), at=at)


def due(*, at: dt.datetime) -> Sequence[int]:
    """Return the releases whose undo time is over and of which scores do not know yet."""
    return db.session.scalars(
        sa.select(Release.id)
        .where(Release.takes_effect_at <= at, Release.settled_at.is_(None), Release.undone_at.is_(None))
        .order_by(Release.takes_effect_at, Release.id)
        .limit(SETTLED_AT_ONCE)
    ).all()


def settle(release_id: int, *, at: dt.datetime) -> bool:
    """Let scores follow a due release; False when another worker did."""
    claimed = db.session.scalar(
        sa.update(Release)
        .where(
            Release.id == release_id,
            Release.takes_effect_at <= at,
            Release.settled_at.is_(None),
            Release.undone_at.is_(None),
        )
        .values(settled_at=at)
        .returning(Release.id)
        .execution_options(synchronize_session=False)
    )
    if claimed is None:
        return False
    marks = db.session.scalars(
        sa.select(Mark)
        .where(Mark.release_id == release_id)
        .options(
            joinedload(Mark.work),
            joinedload(Mark.attempt).options(
                joinedload(Attempt.quiz), joinedload(Attempt.enrolment).joinedload(Enrolment.person)
            ),
        )
    ).all()
    for mark in marks:
        attempt = mark.attempt
        if attempt is not None and attempt.state in OVER and is_of_what_was_handed_in(mark, attempt):
            # One that was voided or opened again meanwhile has no score to move; it waits in the queue again.
            assessments.mark_by_hand(attempt, points_of_answers(mark), at=at)
    _touch_all(marks)
    _tell_all(release_id, marks, at=at)
    return True


def points_of_answers(mark: Mark) -> Mapping[int, Decimal]:
    """Return the points of an attempt's answers by their places."""
    return {int(place): Decimal(str(points)) for place, points in mark.answer_points.items()}


def _touch_all(marks: Sequence[Mark]) -> None:
    """Say of everybody whose mark it is that their scores move, in one statement."""
    db.session.execute(
        sa.update(Enrolment)
        .where(_whose(marks))
        .values(evidence_revision=Enrolment.evidence_revision + 1)
        .execution_options(synchronize_session=False)
    )


def _whose(marks: Sequence[Mark]) -> sa.ColumnElement[bool]:
    """Return the condition on an enrolment that one of the marks is theirs, alone or in a team."""
    works = [mark.work_id for mark in marks if mark.work_id is not None]
    alone = sa.select(Work.enrolment_id).where(Work.id.in_(works), Work.enrolment_id.is_not(None))
    together = (
        sa.select(AssignmentTeamMember.enrolment_id)
        .join(Work, Work.team_id == AssignmentTeamMember.team_id)
        .where(Work.id.in_(works))
    )
    attempts = [mark.attempt.enrolment_id for mark in marks if mark.attempt is not None]
    return sa.or_(Enrolment.id.in_(alone), Enrolment.id.in_(together), Enrolment.id.in_(attempts))


def _tell_all(release_id: int, marks: Sequence[Mark], *, at: dt.datetime) -> None:
    """Tell everybody whose mark it is; the words name what was marked."""
    released = db.session.scalars(
        _whole().where(Release.id == release_id).execution_options(populate_existing=True)
    ).one()
    about = released.assignment or released.quiz
    if about is None:
        return
    inbox.tell(
        db.session.scalars(sa.select(Enrolment.id).where(_whose(marks))).all(),
        RELEASED.name,
        key=f"release:{release_id}",
        facts={"title": about.title},
        path=f"/courses/{released.course_id}/grades/mine",
        at=at,
    )


def find_release(course_id: int, release_id: int) -> Release | None:
    """Return a release of a course with what it is about."""
    return db.session.scalar(
        _whole().where(Release.id == release_id, Release.course_id == course_id)
    )  # fmt: skip


def releases_of(course_id: int, *, at_most: int = 50) -> Sequence[tuple[Release, int]]:
    """Return the newest releases of a course with how many marks each holds."""
    count = (
        sa.select(sa.func.count()).where(Mark.release_id == Release.id).correlate(Release).scalar_subquery()
    )
    rows = db.session.execute(
        _whole().add_columns(count).where(Release.course_id == course_id)
        .order_by(Release.released_at.desc(), Release.id.desc()).limit(at_most)
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


def _whole() -> sa.Select[Release]:
    return sa.select(Release).options(
        joinedload(Release.assignment), joinedload(Release.quiz), joinedload(Release.released_by),
        joinedload(Release.undone_by), joinedload(Release.course),
    )  # fmt: skip


def ready_counts(course_id: int) -> Mapping[tuple[str, int], int]:
    """Return how many marks could be released now, by assignment and by quiz."""
    works = (
        sa.select(sa.literal("assignment"), Work.assignment_id, sa.func.count())
        .select_from(Mark)
        .join(Mark.work)
        .join(Work.assignment)
        .join(Mark.submission)
        .where(
            Assignment.course_id == course_id, Mark.part == counting_in_sql(),
            Submission.number == Work.versions,
            Mark.points.is_not(None), Mark.release_id.is_(None),
        )
        .group_by(Work.assignment_id)
    )  # fmt: skip
    attempts = (
        sa.select(sa.literal("quiz"), Attempt.quiz_id, sa.func.count())
        .select_from(Mark)
        .join(Mark.attempt)
        .where(
            Mark.course_id == course_id,
            Mark.points.is_not(None),
            Mark.release_id.is_(None),
            Attempt.state.in_(OVER),
            is_current(),
        )
        .group_by(Attempt.quiz_id)
    )
    return {(row[0], row[1]): row[2] for row in db.session.execute(sa.union_all(works, attempts))}
