"""What is marked: a work handed in for an assignment, or an attempt at a quiz, seen the same way."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa

from sca_lms.assessments.models import Attempt, Response
from sca_lms.assignments import queries, rubric_rules
from sca_lms.assignments import rules as assignments
from sca_lms.assignments.models import Assignment, Submission, Work
from sca_lms.assignments.rubric_rules import Rubric
from sca_lms.courses.models import Enrolment
from sca_lms.marking.models import Annotation, Mark, MarkDraft
from sca_lms.marking.rules import Judgement, sum_of_answers
from sca_lms.texts import Bilingual


class SubjectKind(StrEnum):
    """What is marked; the word stands in addresses."""

    WORKS = "works"
    ATTEMPTS = "attempts"


@dataclass(frozen=True, slots=True)
class Hand:
    """One answer of an attempt that a person marks."""

    position: int
    maximum: Decimal


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to mark with everything that decides what a mark of it is worth."""

    people: Sequence[Enrolment]
    """Whose it is, with their persons; a team's are several."""
    work: Work | None = None
    submission: Submission | None = None
    """The version handed in last."""
    attempt: Attempt | None = None
    responses: Sequence[Response] = ()
    hands: Sequence[Hand] = ()
    extended_to: dt.datetime | None = None
    alias: int = 0
    """The number by which the work is called while names are hidden."""
    unveiled: bool = False
    """Whether its mark was released, so that an anonymous work has a name again."""
    marks: Sequence[Mark] = field(default=())

    @property
    def kind(self) -> SubjectKind:
        """Return the word for it in addresses."""
        return SubjectKind.WORKS if self.work else SubjectKind.ATTEMPTS

    @property
    def id(self) -> int:
        """Return the number of the work or the attempt."""
        return self.work.id if self.work else self.the_attempt.id

    @property
    def the_attempt(self) -> Attempt:
        """Return the attempt of a subject that is no work."""
        if self.attempt is None:
            raise TypeError("a subject is a work or an attempt")
        return self.attempt

    @property
    def assignment(self) -> Assignment | None:
        """Return the assignment of a work."""
        return self.work.assignment if self.work else None

    @property
    def course_id(self) -> int:
        """Return the course that it belongs to."""
        return self.assignment.course_id if self.assignment else self.the_attempt.quiz.course_id

    @property
    def about(self) -> str:
        """Return what a marker's order of reading hangs on."""
        return f"assignment {self.assignment.id}" if self.assignment else f"quiz {self.the_attempt.quiz_id}"

    @property
    def title(self) -> Bilingual:
        """Return the title of the assignment or quiz."""
        return self.assignment.title if self.assignment else self.the_attempt.quiz.title

    @property
    def two_markers(self) -> bool:
        """Tell whether two people mark it."""
        return self.assignment is not None and self.assignment.two_markers

    @property
    def is_hidden(self) -> bool:
        """Tell whether those who mark may not know whose it is."""
        return self.assignment is not None and self.assignment.anonymous and not self.unveiled

    @property
    def rubric(self) -> Rubric | None:
        """Return by what a work is marked, None where points are given freely."""
        version = self.assignment.rubric_version if self.assignment else None
        return None if version is None else rubric_rules.read_rubric(version.document)

    @property
    def maximum(self) -> Decimal:
        """Return the largest mark: of the assignment, or of all answers that are marked by hand."""
        if self.assignment:
            return self.assignment.max_score
        return sum((hand.maximum for hand in self.hands), start=Decimal(0))

    @property
    def handed_in_at(self) -> dt.datetime | None:
        """Return when the last version was handed in."""
        return self.submission.submitted_at if self.submission else self.the_attempt.submitted_at

    @property
    def times(self) -> assignments.OwnTimes:
        """Return by when the work was due for these people."""
        return assignments.own_times(self._terms, self.extended_to)

    @property
    def late_percent(self) -> Decimal:
        """Return how many percent of the maximum are lost for being late; worked out, never stored."""
        if self.submission is None:
            return Decimal(0)
        return assignments.late_penalty_percent(self.submission.submitted_at, self.times.due_at, self._terms)

    @property
    def _terms(self) -> assignments.Terms:
        return assignments.Terms() if self.assignment is None else queries.terms_of(self.assignment)

    def after_penalty(self, points: Decimal, submission: Submission | None = None) -> Decimal:
        """Return what a mark is worth once the version that it is for pays for being late."""
        handed_in = submission or self.submission
        if handed_in is None:
            return points
        percent = assignments.late_penalty_percent(handed_in.submitted_at, self.times.due_at, self._terms)
        return assignments.points_after_penalty(points, max_score=self.maximum, penalty_percent=percent)

    def points_of(self, judgement: Judgement) -> Decimal | None:
        """Return what a judgement is worth before any penalty; None while something is missing."""
        if self.attempt is not None:
            return sum_of_answers(judgement.answer_points, [hand.position for hand in self.hands])
        if self.rubric is None:
            return judgement.points
        return rubric_points(self.rubric, judgement.levels, maximum=self.maximum)

    def missing(self, judgement: Judgement) -> int:
        """Return how many criteria, answers or points are still to be given."""
        if self.attempt is not None:
            return sum(hand.position not in judgement.answer_points for hand in self.hands)
        if self.rubric is None:
            return int(judgement.points is None)
        levels = rubric_rules.read_levels(self.rubric, judgement.levels)
        return len(rubric_rules.missing(self.rubric, levels))

    def of(self, table: type[Mark] | type[MarkDraft]) -> sa.ColumnElement[bool]:
        """Return the condition that a mark or a draft is about this."""
        return table.work_id == self.work.id if self.work else table.attempt_id == self.the_attempt.id

    def keys(self) -> dict[str, int]:
        """Return the column that names this in a mark or a draft."""
        return {"work_id": self.work.id} if self.work else {"attempt_id": self.the_attempt.id}


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation with the number under which it stands beside the work."""

    number: int
    annotation: Annotation
    mine: bool


def rubric_points(rubric: Rubric, levels: Mapping[str, str], *, maximum: Decimal) -> Decimal | None:
    """Return what chosen levels are worth of a maximum; None while a criterion has none."""
    percent = rubric_rules.score_percent(rubric, rubric_rules.read_levels(rubric, levels))
    return None if percent is None else (percent * maximum / 100).quantize(Decimal("0.0001"))


def judgement_of(mark: Mark) -> Judgement:
    """Return what a mark says."""
    return Judgement.of(
        {
            "levels": mark.levels,
            "points": None if mark.points is None else str(mark.points),
            "answer_points": mark.answer_points,
            "remarks": mark.remarks,
            "comment": mark.comment,
        }
    )
