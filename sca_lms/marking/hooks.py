"""Tell assignments, which do not know of marking, what is marked, and recompute marks with another rubric."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import aliased, joinedload

from sca_lms import clock
from sca_lms.assessments.models import Attempt
from sca_lms.assessments.rules import MarkersWords
from sca_lms.assignments import queries as assignments
from sca_lms.assignments import rules as assignment_rules
from sca_lms.assignments.hooks import ReleasedMark
from sca_lms.assignments.models import Assignment, AssignmentTeamMember, Submission, Work
from sca_lms.assignments.rubric_models import RubricVersion
from sca_lms.assignments.rubric_rules import read_rubric
from sca_lms.assignments.rules import Changed
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.marking import queue
from sca_lms.marking.models import Mark, MarkRevision, Release
from sca_lms.marking.queries import counting_in_sql, is_effective, is_of_what_was_handed_in
from sca_lms.marking.subjects import SubjectKind, judgement_of, rubric_points


class Recompute:
    """Works marks out again with another version of a rubric."""

    def preview(self, assignment: Assignment, new_version: RubricVersion) -> Sequence[Changed]:
        """Return what would become of each mark that changes; names stay hidden where they are."""
        changed = [
            (mark, after)
            for mark in _marks_of(assignment)
            if (after := self._after(mark, assignment, new_version)) != mark.points
            and not (after is None and mark.release_id is not None)
        ]
        works = {mark.work.id: mark.work for mark, _after in changed if mark.work is not None}
        names = _names(assignment, list(works.values()))
        return [Changed(names[mark.work_id or 0], mark.points, after) for mark, after in changed]

    def apply(
        self, assignment: Assignment, new_version: RubricVersion, *, by: int | None, at: dt.datetime
    ) -> None:
        """Write the new points; a released mark keeps its score where a new criterion has no level yet."""
        reason = _("The rubric was changed.")
        for mark in _marks_of(assignment):
            after = self._after(mark, assignment, new_version)
            if after is None and mark.release_id is not None:
                continue
            mark.rubric_version_id = new_version.id
            if after == mark.points:
                continue
            mark.points, mark.row_version = after, mark.row_version + 1
            seen = mark.release is not None and mark.release.takes_effect_at <= at
            db.session.add(
                MarkRevision(
                    mark_id=mark.id, number=mark.row_version, document=judgement_of(mark).document(),
                    points=after, saved_at=at, saved_by_id=by, reason=reason if seen else "",
                )
            )  # fmt: skip
        db.session.flush()
        _touch(assignment)

    @staticmethod
    def _after(mark: Mark, assignment: Assignment, version: RubricVersion) -> Decimal | None:
        levels = {str(code): str(value) for code, value in mark.levels.items()}
        return rubric_points(read_rubric(version.document), levels, maximum=assignment.max_score)


class Marks:
    """Says what is marked and what waits."""

    def released_to(
        self, course_id: int, enrolment_id: int, *, at: dt.datetime
    ) -> Mapping[int, ReleasedMark]:
        """Return one learner's released marks by assignment, after what was lost for being late."""
        teams = sa.select(AssignmentTeamMember.team_id).where(
            AssignmentTeamMember.enrolment_id == enrolment_id
        )
        rows = db.session.execute(
            sa.select(Assignment, Work, Mark.points, Submission.submitted_at)
            .join(Work.assignment)
            .join(Mark, Mark.work_id == Work.id)
            .join(Mark.submission)
            .join(Mark.release)
            .where(
                Assignment.course_id == course_id,
                sa.or_(Work.enrolment_id == enrolment_id, Work.team_id.in_(teams)),
                Mark.part == counting_in_sql(),
                Release.undone_at.is_(None),
                Release.takes_effect_at <= at,
            )
        ).all()
        extended = assignments.extended_to([row[1] for row in rows])
        found = {}
        for assignment, work, points, submitted_at in rows:
            terms = assignments.terms_of(assignment)
            due_at = assignment_rules.own_times(terms, extended.get(work.id)).due_at
            percent = assignment_rules.late_penalty_percent(submitted_at, due_at, terms)
            if points is None:
                continue
            left = assignment_rules.points_after_penalty(
                points, max_score=assignment.max_score, penalty_percent=percent
            )
            url = url_for(
                "marking_results.page",
                course_id=course_id,
                subject=SubjectKind.WORKS.value,
                subject_id=work.id,
            )
            found[assignment.id] = ReleasedMark(left, assignment.max_score, url)
        return found

    def waiting(self, course_id: int) -> Mapping[int, int]:
        """Return by assignment how many works wait for a mark."""
        return queue.waiting_works(course_id)

    def queue_url(self, course_id: int, assignment_id: int) -> str:
        """Return where staff go on marking an assignment."""
        return url_for("marking.index", course_id=course_id, assignment=assignment_id)


def words_about(attempt: Attempt) -> MarkersWords | None:
    """Return what was said about an attempt and released, and where its learner reads all of it."""
    mark = db.session.scalar(
        sa.select(Mark).where(Mark.attempt_id == attempt.id).options(joinedload(Mark.release))
    )
    if mark is None or not is_of_what_was_handed_in(mark, attempt):
        return None
    if not is_effective(mark.release, at=clock.now()):
        return None
    address = url_for(
        "marking_results.page", course_id=mark.course_id, subject=SubjectKind.ATTEMPTS.value,
        subject_id=attempt.id,
    )  # fmt: skip
    return MarkersWords({int(place): [str(text)] for place, text in mark.remarks.items()}, address)


def _marks_of(assignment: Assignment) -> Sequence[Mark]:
    return db.session.scalars(
        sa.select(Mark)
        .join(Mark.work)
        .where(Work.assignment_id == assignment.id)
        .options(joinedload(Mark.release), joinedload(Mark.work).joinedload(Work.team))
        .order_by(Mark.id)
        .with_for_update(of=Mark)
        .execution_options(populate_existing=True)
    ).all()


def _names(assignment: Assignment, works: Sequence[Work]) -> dict[int, str]:
    if assignment.anonymous:
        numbers = queue.aliases([work.id for work in works])
        return {work_id: _("Work %(number)s", number=number) for work_id, number in numbers.items()}
    members = assignments.members_of(works)
    return {
        work.id: work.team.name
        if work.team
        else ", ".join(each.person.full_name for each in members[work.id])
        for work in works
    }


def _touch(assignment: Assignment) -> None:
    member = aliased(AssignmentTeamMember)
    whose = (
        sa.select(sa.func.coalesce(Work.enrolment_id, member.enrolment_id))
        .outerjoin(member, member.team_id == Work.team_id)
        .where(Work.assignment_id == assignment.id, Work.versions > 0)
    )
    db.session.execute(
        sa.update(Enrolment)
        .where(Enrolment.id.in_(whose))
        .values(evidence_revision=Enrolment.evidence_revision + 1)
        .execution_options(synchronize_session=False)
    )
