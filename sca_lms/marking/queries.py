"""Find what is marked, its marks, drafts and annotations, and the scores that come of them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from sca_lms.assessments import queries as assessments
from sca_lms.assessments.known_questions import question_of
from sca_lms.assessments.models import Attempt, Quiz, Response
from sca_lms.assessments.rules import OVER
from sca_lms.assignments import queries as assignments
from sca_lms.assignments import rules as assignment_rules
from sca_lms.assignments.models import Assignment, AssignmentTeamMember, Submission, Work, WorkFile
from sca_lms.assignments.rubric_models import RubricVersion
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import STAFF, Actor
from sca_lms.database import db
from sca_lms.marking.models import Annotation, FeedbackFile, Mark, MarkDraft, MarkRevision, Release
from sca_lms.marking.rules import MarkPart, counting_part
from sca_lms.marking.subjects import Hand, Subject, SubjectKind
from sca_lms.uploads.models import StoredFile


def find_subject(actor: Actor, kind: str, subject_id: int) -> Subject | None:
    """Return what can be marked in the actor's course; for learners only what is their own.

    Works of which nothing was handed in, and attempts without an answer for a person to mark, are not found.
    """
    found = (
        _work(actor.course_id, subject_id)
        if kind == SubjectKind.WORKS
        else _attempt(actor.course_id, subject_id)
    )
    if found is None or actor.has(*STAFF):
        return found
    return found if actor.enrolment_id in {each.id for each in found.people} else None


def is_own(subject: Subject, person_id: int | None) -> bool:
    """Tell whether somebody would mark what is their own."""
    return any(each.person_id == person_id for each in subject.people)


def mark_of(subject: Subject, part: MarkPart) -> Mark | None:
    """Return one of the marks that were read with a subject."""
    return next((mark for mark in subject.marks if mark.part is part), None)


def counting_mark(subject: Subject) -> Mark | None:
    """Return the mark that counts: the agreed one where two people mark."""
    return mark_of(subject, counting_part(two=subject.two_markers))


def is_whole(subject: Subject, part: MarkPart) -> bool:
    """Tell whether a part is marked completely in the version handed in last."""
    mark = mark_of(subject, part)
    current = subject.submission.id if subject.submission else None
    return mark is not None and mark.points is not None and mark.submission_id == current


def is_effective(release: Release | None, *, at: dt.datetime) -> bool:
    """Tell whether learners see what was released."""
    return release is not None and release.undone_at is None and release.takes_effect_at <= at


def released_mark(subject: Subject, *, at: dt.datetime) -> Mark | None:
    """Return the mark that the learner sees now, None while there is none of what was handed in last."""
    mark = counting_mark(subject)
    if mark is None or (subject.attempt is not None and not is_of_what_was_handed_in(mark, subject.attempt)):
        return None
    return mark if is_effective(mark.release, at=at) else None


def is_of_what_was_handed_in(mark: Mark, attempt: Attempt) -> bool:
    """Tell whether a mark is of an attempt's answers as they are, not from before it was opened again."""
    return attempt.submitted_at is not None and mark.saved_at >= attempt.submitted_at


def is_current() -> sa.ColumnElement[bool]:
    """Return the same as a condition, beside a mark joined to its attempt."""
    return Mark.saved_at >= Attempt.submitted_at


def draft_of(subject: Subject, person_id: int) -> MarkDraft | None:
    """Return what somebody has typed and not saved as a mark."""
    return db.session.scalar(
        sa.select(MarkDraft)
        .where(MarkDraft.marker_id == person_id, subject.of(MarkDraft))
        .execution_options(populate_existing=True)
    )


def annotations_of(submission_id: int, author_id: int | None = None) -> Sequence[Annotation]:
    """Return the comments on a version in the order of their places, of one author or of all."""
    wanted = sa.select(Annotation).where(Annotation.submission_id == submission_id)
    if author_id is not None:
        wanted = wanted.where(Annotation.author_id == author_id)
    return db.session.scalars(
        wanted.options(joinedload(Annotation.author)).order_by(
            Annotation.file_id.is_not(None), Annotation.file_id, Annotation.page, Annotation.top,
            Annotation.starts, Annotation.id,
        )
    ).all()  # fmt: skip


def feedback_files(mark_ids: Collection[int]) -> Mapping[int, Sequence[StoredFile]]:
    """Return by mark the files that are given back with it."""
    found: dict[int, list[StoredFile]] = defaultdict(list)
    for row in db.session.scalars(
        sa.select(FeedbackFile)
        .where(FeedbackFile.mark_id.in_(mark_ids))
        .order_by(FeedbackFile.id)
        .options(joinedload(FeedbackFile.file))
    ):
        found[row.mark_id].append(row.file)
    return found


def revisions_of(mark: Mark) -> Sequence[MarkRevision]:
    """Return a mark as it was saved each time, the newest first."""
    return db.session.scalars(
        sa.select(MarkRevision)
        .where(MarkRevision.mark_id == mark.id)
        .order_by(MarkRevision.number.desc())
        .options(joinedload(MarkRevision.saved_by))
    ).all()


def change_after_release(mark: Mark) -> MarkRevision | None:
    """Return the newest change that was made with a reason, after learners had seen the mark."""
    return db.session.scalars(
        sa.select(MarkRevision)
        .where(MarkRevision.mark_id == mark.id, MarkRevision.reason != "")
        .order_by(MarkRevision.number.desc())
        .limit(1)
    ).first()


def find_file(subject: Subject, file_id: int) -> StoredFile | None:
    """Return a file that was handed in with any version of a work, or as an answer of an attempt."""
    if subject.work is not None:
        return db.session.scalars(
            sa.select(StoredFile)
            .join(WorkFile, WorkFile.file_id == StoredFile.id)
            .join(WorkFile.submission)
            .where(StoredFile.id == file_id, Submission.work_id == subject.work.id)
            .limit(1)
        ).first()
    answers = {response.answer for response in subject.responses if isinstance(response.answer, int)}
    places = {hand.position for hand in subject.hands}
    handed_in = {
        response.answer
        for response in subject.responses
        if response.position in places and response.answer in answers
    }
    if file_id not in handed_in:
        return None
    return db.session.scalar(
        sa.select(StoredFile).where(
            StoredFile.id == file_id, StoredFile.course_id == subject.course_id,
        )
    )  # fmt: skip


def scores(
    course_id: int, codes: Collection[str], enrolment_ids: Collection[int]
) -> Mapping[str, Mapping[int, Decimal | None]]:
    """Return the released score of each assignment by code and enrolment, after what was lost for lateness.

    Who has no released mark is left out; a release counts from when it was settled. Constant statements.
    """
    member = aliased(AssignmentTeamMember)
    whose = sa.func.coalesce(Work.enrolment_id, member.enrolment_id)
    rows = db.session.execute(
        sa.select(whose, Assignment, Work, Mark.points, Submission.submitted_at)
        .join(Work.assignment)
        .outerjoin(member, member.team_id == Work.team_id)
        .join(Mark, Mark.work_id == Work.id)
        .join(Mark.submission)
        .join(Mark.release)
        .where(
            Assignment.course_id == course_id,
            Assignment.code.in_(codes),
            whose.in_(enrolment_ids),
            Mark.part == counting_in_sql(),
            Release.settled_at.is_not(None),
        )
    ).all()
    extended = assignments.extended_to([row[2] for row in rows])
    found: dict[str, dict[int, Decimal | None]] = {code: {} for code in codes}
    for enrolment_id, assignment, work, points, submitted_at in rows:
        terms = assignments.terms_of(assignment)
        due_at = assignment_rules.own_times(terms, extended.get(work.id)).due_at
        percent = assignment_rules.late_penalty_percent(submitted_at, due_at, terms)
        if points is None:
            continue
        found[assignment.code][enrolment_id] = assignment_rules.points_after_penalty(
            points, max_score=assignment.max_score, penalty_percent=percent
        )
    return found


def counting_in_sql() -> sa.Case[MarkPart]:
    """Return which part counts, beside a mark joined to its assignment."""
    return sa.case(
        (Assignment.two_markers, sa.literal(MarkPart.AGREED, Mark.part.type)),
        else_=sa.literal(MarkPart.FIRST, Mark.part.type),
    )


# ---------------------------------------------------------------- one subject


def _work(course_id: int, work_id: int) -> Subject | None:
    work = db.session.scalar(
        sa.select(Work)
        .join(Work.assignment)
        .where(Work.id == work_id, Assignment.course_id == course_id, Work.versions > 0)
        .options(
            joinedload(Work.assignment, innerjoin=True).joinedload(Assignment.rubric_version)
            .joinedload(RubricVersion.rubric),
            joinedload(Work.assignment, innerjoin=True).joinedload(Assignment.course),
            joinedload(Work.team),
        )
        .execution_options(populate_existing=True)
    )  # fmt: skip
    if work is None:
        return None
    submission = assignments.find_submission(work.id, work.versions)
    marks = _marks(Mark.work_id == work.id)
    place = sa.select(sa.func.count()).where(Work.assignment_id == work.assignment_id, Work.id <= work.id)
    part = counting_part(two=work.assignment.two_markers)
    return Subject(
        people=assignments.people_of(work),
        work=work,
        submission=submission,
        extended_to=assignments.extended_to([work]).get(work.id),
        alias=db.session.scalar(place) or 0,
        unveiled=any(
            mark.part is part and mark.release is not None and mark.release.settled_at is not None
            for mark in marks
        ),
        marks=marks,
    )


def _attempt(course_id: int, attempt_id: int) -> Subject | None:
    attempt = db.session.scalar(
        sa.select(Attempt)
        .join(Attempt.quiz)
        .where(
            Attempt.id == attempt_id,
            Quiz.course_id == course_id,
            Attempt.state.in_(OVER),
        )
        .options(
            joinedload(Attempt.quiz, innerjoin=True).joinedload(Quiz.course),
            joinedload(Attempt.enrolment, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),
        )
        .execution_options(populate_existing=True)
    )
    if attempt is None:
        return None
    responses = assessments.responses_of(attempt)
    hands = hands_of(responses)
    if not hands:
        return None
    return Subject(
        people=[attempt.enrolment],
        attempt=attempt,
        responses=responses,
        hands=hands,
        marks=_marks(Mark.attempt_id == attempt.id),
    )


def hands_of_attempt(attempt: Attempt) -> list[Hand]:
    """Return the answers of an attempt that only a person can mark, read from the database."""
    return hands_of(assessments.responses_of(attempt))


def hands_of(responses: Sequence[Response]) -> list[Hand]:
    """Return the answers of an attempt that only a person can mark."""
    return [
        Hand(response.position, response.max_points)
        for response in responses
        if response.answer is not None
        and question_of(response.question_version_id, response.question_version.document).needs_marking
    ]  # fmt: skip


def _marks(condition: sa.ColumnElement[bool]) -> Sequence[Mark]:
    return db.session.scalars(
        sa.select(Mark)
        .where(condition)
        .options(joinedload(Mark.marker), joinedload(Mark.release), joinedload(Mark.submission))
        .execution_options(populate_existing=True)
    ).all()
