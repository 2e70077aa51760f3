"""Read scores, what stands behind them and what became of them, for few people or for a whole course."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from sca_lms.assessments import queries as assessments
from sca_lms.assessments.rules import Standing
from sca_lms.assignments import queries as assignments
from sca_lms.assignments.queries import WorkStanding
from sca_lms.database import db
from sca_lms.gradebook.columns import Column
from sca_lms.gradebook.rules import Kind, Part, Total, is_below, total
from sca_lms.grades import overrides
from sca_lms.grades.models import Delivery, Score
from sca_lms.grades.override_models import GradeOverride
from sca_lms.grades.queries import DeliveryState, state_of
from sca_lms.grades.rules import State, percent_score
from sca_lms.grades.sources import QUIZ_MAXIMUM
from sca_lms.marking import queries as marking

Values = Mapping[str, Mapping[int, Decimal]]
"""Scores that count, by code of column and enrolment; who has none is left out."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one person has in one column, and everything that has to be said about it."""

    column: Column
    value: Decimal | None
    """The score that counts: what an instructor has set, else what was worked out."""
    computed: Decimal | None
    """What was worked out."""
    override: GradeOverride | None
    """What an instructor has set and not removed."""
    delivery: DeliveryState | None
    """None for a column that the host does not have."""
    late: bool = False
    awaits_marking: bool = False

    @property
    def is_below(self) -> bool:
        """Tell whether the score is below the pass mark."""
        return is_below(self.value, self.column.maximum, self.column.pass_percent)

    @property
    def is_confirmed(self) -> bool:
        """Tell whether the host was seen to show what it was sent."""
        return (
            self.delivery is not None
            and self.delivery.state is State.DELIVERED
            and self.delivery.confirmed_at is not None
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was read about some people."""

    kept: Mapping[overrides.Cell, DeliveryState]
    quizzes: Mapping[tuple[int, int], Standing]
    works: Mapping[tuple[int, int], WorkStanding]
    marks: Mapping[str, Mapping[int, Decimal | None]]
    set_by_hand: Mapping[overrides.Cell, GradeOverride]

    def cell(self, enrolment_id: int, column: Column) -> Cell:
        """Return one cell."""
        place = (enrolment_id, column.code)
        row = self.set_by_hand.get(place)
        override = row if row is not None and row.value is not None else None
        kept = self.kept.get(place)
        if column.grade_column is not None and kept is None:
            kept = DeliveryState(None, column.maximum, State.NOTHING)
        computed = self._computed(enrolment_id, column, kept, row)
        subject = (enrolment_id, column.subject_id or 0)
        quiz = self.quizzes.get(subject) if column.kind is Kind.QUIZ else None
        work = self.works.get(subject) if column.kind is Kind.ASSIGNMENT else None
        return Cell(
            column=column,
            value=override.value if override is not None else computed,
            computed=computed,
            override=override,
            delivery=kept,
            late=work is not None and work.late,
            awaits_marking=(quiz is not None and quiz.waiting) or (work is not None and computed is None),
        )

    def _computed(
        self, enrolment_id: int, column: Column, kept: DeliveryState | None, row: GradeOverride | None
    ) -> Decimal | None:
        if column.kind is Kind.QUIZ:
            standing = self.quizzes.get((enrolment_id, column.subject_id or 0))
            percent = standing.percent if standing else None
            return None if percent is None else percent_score(percent, QUIZ_MAXIMUM)
        if column.kind is Kind.ASSIGNMENT:
            return self.marks.get(column.code, {}).get(enrolment_id)
        if row is not None and row.value is not None:
            return row.computed
        return kept.value if kept is not None else None


def read(course_id: int, columns: Sequence[Column], enrolment_ids: Sequence[int]) -> Facts:
    """Return everything about some people in these columns, in a constant number of statements."""
    by_id = {column.grade_column.id: column for column in columns if column.grade_column is not None}
    kept: dict[overrides.Cell, DeliveryState] = {}
    rows = db.session.execute(
        sa.select(Score, Delivery)
        .join(Delivery, Delivery.score_id == Score.id)
        .where(Score.column_id.in_(by_id), Score.enrolment_id.in_(enrolment_ids))
        .execution_options(populate_existing=True)
    )
    for score, delivery in rows:
        column = by_id[score.column_id]
        if column.grade_column is not None:
            kept[score.enrolment_id, column.code] = state_of(column.grade_column, score, delivery)
    quiz_ids = _subjects(columns, Kind.QUIZ)
    works = [column for column in columns if column.kind is Kind.ASSIGNMENT]
    return Facts(
        kept=kept,
        quizzes=assessments.standings(course_id, enrolment_ids=enrolment_ids, quiz_ids=quiz_ids),
        works=assignments.standing(course_id, enrolment_ids) if works else {},
        marks=_marks(course_id, works, enrolment_ids),
        set_by_hand=overrides.overrides_of(enrolment_ids),
    )


def values(course_id: int, columns: Sequence[Column], enrolment_ids: Sequence[int]) -> Values:
    """Return only the scores that count in some columns, for as many people as there may be."""
    found: dict[str, dict[int, Decimal]] = defaultdict(dict)
    by_id = {
        column.grade_column.id: column.code
        for column in columns
        if column.grade_column is not None and column.kind is Kind.PROGRAMME
    }
    if by_id:
        rows = db.session.execute(
            sa.select(Score.column_id, Score.enrolment_id, Score.value).where(
                Score.column_id.in_(by_id), Score.value.is_not(None)
            )
        )
        for column_id, enrolment_id, value in rows:
            if value is not None:
                found[by_id[column_id]][enrolment_id] = value
    codes = {column.subject_id: column.code for column in columns if column.kind is Kind.QUIZ}
    if codes:
        quiz_ids = _subjects(columns, Kind.QUIZ)
        for (enrolment_id, quiz_id), standing in assessments.standings(course_id, quiz_ids=quiz_ids).items():
            if standing.percent is not None:
                found[codes[quiz_id]][enrolment_id] = percent_score(standing.percent, QUIZ_MAXIMUM)
    works = [column for column in columns if column.kind is Kind.ASSIGNMENT]
    for code, marks in _marks(course_id, works, enrolment_ids).items():
        found[code] = {enrolment_id: value for enrolment_id, value in marks.items() if value is not None}
    for (enrolment_id, code), value in overrides.values_set(
        course_id, [each.code for each in columns]
    ).items():
        found[code][enrolment_id] = value
    return found


def total_of(columns: Sequence[Column], cells: Mapping[str, Decimal | None]) -> Total:
    """Return somebody's weighted total from their scores by code of column."""
    return total(
        Part(column.code, column.weight, column.maximum, cells.get(column.code)) for column in columns
    )


def total_from(columns: Sequence[Column], found: Values, enrolment_id: int) -> Total:
    """Return somebody's weighted total from what `values` has read."""
    counting = [column for column in columns if column.weight > 0]
    return total_of(counting, {each.code: found.get(each.code, {}).get(enrolment_id) for each in counting})


def _marks(
    course_id: int, works: Sequence[Column], enrolment_ids: Sequence[int]
) -> dict[str, Mapping[int, Decimal | None]]:
    """Return the released marks of assignments by the code of the column."""
    if not works:
        return {}
    code_of = {column.code.partition(":")[2]: column.code for column in works}
    found = marking.scores(course_id, list(code_of), enrolment_ids)
    return {code_of[code]: marks for code, marks in found.items()}


def _subjects(columns: Sequence[Column], kind: Kind) -> list[int]:
    return [each.subject_id for each in columns if each.kind is kind and each.subject_id is not None]
