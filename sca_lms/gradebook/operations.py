"""Decide weights and what a person sees, set scores in cells, and take files of scores in."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from sca_lms.assignments import people
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.gradebook import facts, queries
from sca_lms.gradebook.columns import Column, document_of, weights_decided
from sca_lms.gradebook.mark_files import Fault, FaultKind, Row, read_marks
from sca_lms.gradebook.models import ColumnWeight, HiddenColumns
from sca_lms.gradebook.rules import Kind, plain
from sca_lms.grades import operations as grades
from sca_lms.grades import overrides
from sca_lms.grades.override_models import LONGEST_FILE_NAME, GradeImport
from sca_lms.grades.overrides import Note, Wish

IDS_AT_ONCE = 500
MOST_CHANGES = 50_000
PROPOSALS_LAST = dt.timedelta(days=1)


class NoChange(Refused):
    """A file that says nothing new."""

    code = "nothing-new"


class TooManyChanges(Refused):
    """A file that changes more than is shown and stored at once."""

    code = "too-many-changes"


class ScoresMoved(Refused):
    """Scores have changed since the difference was shown."""

    code = "scores-moved"


@dataclass(frozen=True, slots=True)
class CellChange:
    """One score that a file would change."""

    enrolment_id: int
    code: str
    before: Decimal | None
    after: Decimal
    seen: int
    """The entry that was newest when the difference was made, 0 for none."""

    def stored(self) -> list[object]:
        """Return it as it is kept in the database."""
        before = None if self.before is None else plain(self.before)
        return [self.enrolment_id, self.code, before, plain(self.after), self.seen]

    @classmethod
    def of(cls, stored: object) -> "CellChange":
        """Read what `stored` has written."""
        if not isinstance(stored, list):
            raise TypeError("a change is kept as a list")
        enrolment_id, code, before, after, seen = stored
        return cls(enrolment_id, code, None if before is None else Decimal(before), Decimal(after), seen)


def set_weights(
    course: Course,
    all_columns: Sequence[Column],
    weights: Mapping[str, Decimal],
    *,
    by: int | None,
    at: dt.datetime,
) -> bool:
    """Decide what columns weigh; what equals the programme's weight is not kept. Tell whether it is new."""
    decided = weights_decided(course.id)
    wanted = {
        column.code: weights[column.code]
        for column in all_columns
        if column.code in weights and weights[column.code] != column.programme_weight
    }
    before = {column.code: plain(column.weight) for column in all_columns if column.code in weights}
    kept = {code: weight for code, weight in decided.items() if code not in weights}
    if wanted | kept == decided:
        return False
    db.session.execute(
        sa.delete(ColumnWeight).where(
            ColumnWeight.course_id == course.id, ColumnWeight.code.in_(list(weights))
        )
    )
    db.session.add_all(
        ColumnWeight(course_id=course.id, code=code, weight=weight) for code, weight in wanted.items()
    )
    courses.record_audit(
        course, by, "set-weights", "", at=at, before=dict(before),
        after={code: plain(weight) for code, weight in weights.items()},
    )  # fmt: skip
    db.session.flush()
    return True


def hide_columns(course: Course, codes: Collection[str], *, person_id: int, at: dt.datetime) -> None:
    """Remember which columns a person does not want to see."""
    known = sa.select(HiddenColumns).where(
        HiddenColumns.course_id == course.id, HiddenColumns.person_id == person_id
    )
    db.session.execute(sa.select(Course.id).where(Course.id == course.id).with_for_update(key_share=True))
    row = db.session.scalar(known.execution_options(populate_existing=True))
    if row is None:
        row = HiddenColumns(course_id=course.id, person_id=person_id)
        db.session.add(row)
    row.codes, row.chosen_at = sorted(codes), at
    db.session.flush()


def set_score(
    course: Course,
    enrolment: Enrolment,
    column: Column,
    value: Decimal,
    note: Note,
    *,
    seen: int,
    sources: Collection[str],
    at: dt.datetime,
) -> bool:
    """Set one score by hand; `sources` are the columns for which scores are worked out.

    Raises what `overrides.set_scores` raises. Tell whether anything changed.
    """
    cell = facts.read(course.id, [column], [enrolment.id]).cell(enrolment.id, column)
    changed = overrides.set_scores(
        course,
        [Wish(enrolment, column.code, value, column.maximum, seen)],
        note,
        computed={(enrolment.id, column.code): cell.computed},
        at=at,
    )
    _put_column(course, [column], sources, at=at)
    return changed > 0


def propose(
    course: Course,
    all_columns: Sequence[Column],
    content: bytes,
    *,
    file_name: str,
    note: Note,
    at: dt.datetime,
) -> GradeImport | list[Fault]:
    """Work out what a file would change and keep that for whoever looks at it, or return all its faults.

    Raises `NoChange` and `TooManyChanges`.
    """
    by_code = {column.code: column for column in all_columns}
    read = read_marks(content, {column.code: column.maximum for column in all_columns})
    learners, faults = _whom(course, read.rows, by=note.by)
    if read.faults or faults:
        return sorted([*read.faults, *faults], key=lambda fault: fault.line)
    used = [by_code[code] for code in sorted({code for row in read.rows for code in row.values})]
    changes, unchanged = _changes(course, used, [(learners[row.line], row) for row in read.rows])
    if not changes:
        raise NoChange(_l("Nothing in this file differs from what is here."))
    if len(changes) > MOST_CHANGES:
        raise TooManyChanges(_l("This file changes more than 50,000 scores. Bring it in several parts."))
    db.session.execute(
        sa.delete(GradeImport).where(
            GradeImport.course_id == course.id,
            GradeImport.taken_at.is_(None),
            GradeImport.proposed_at < at - PROPOSALS_LAST,
        )
    )
    proposal = GradeImport(
        course_id=course.id, file_name=file_name[:LONGEST_FILE_NAME], reason=note.reason,
        visible=note.visible, changes=[change.stored() for change in changes], unchanged=unchanged,
        proposed_by_id=note.by, proposed_at=at,
    )  # fmt: skip
    db.session.add(proposal)
    db.session.flush()
    return proposal


def take_in(
    course: Course,
    all_columns: Sequence[Column],
    proposal: GradeImport,
    *,
    by: int | None,
    sources: Collection[str],
    at: dt.datetime,
) -> int:
    """Store everything that was shown, or nothing; returns how many scores were set. A repeat does nothing.

    Raises `ScoresMoved` when a score is not what it was when the difference was shown.
    """
    # Of two who store the same difference the second waits here, and finds it stored.
    locked = sa.select(GradeImport.taken_at).where(GradeImport.id == proposal.id).with_for_update()
    if db.session.scalar(locked) is not None:
        return 0
    by_code = {column.code: column for column in all_columns}
    changes = [CellChange.of(stored) for stored in proposal.changes]
    used = [by_code[code] for code in sorted({change.code for change in changes}) if code in by_code]
    ids = sorted({change.enrolment_id for change in changes})
    learners = _people(course, ids)
    now = _cells(course, used, ids)
    wishes: list[Wish] = []
    for change in changes:
        cell = now.get((change.enrolment_id, change.code))
        if cell is None or change.enrolment_id not in learners or cell.value != change.before:
            raise ScoresMoved(
                _l("Scores have changed since you saw the difference. Bring the file again to see it anew.")
            )
        column = by_code[change.code]
        wishes.append(
            Wish(learners[change.enrolment_id], change.code, change.after, column.maximum, change.seen)
        )
    count = overrides.set_scores(
        course,
        wishes,
        Note(proposal.reason, proposal.visible, by),
        taken_from=proposal,
        computed={place: cell.computed for place, cell in now.items()},
        at=at,
    )
    proposal.taken_at = at
    _put_column(course, used, sources, at=at)
    return count


def _whom(course: Course, rows: Sequence[Row], *, by: int | None) -> tuple[dict[int, Enrolment], list[Fault]]:
    """Return by line whose scores they are, and which lines name nobody, several, or somebody twice."""
    known = _people(course, [row.enrolment_id for row in rows if row.enrolment_id is not None])
    names = [row.person for row in rows if row.enrolment_id is None]
    meant = people.matches(course.id, names) if names else {}
    found: dict[int, Enrolment] = {}
    faults: list[Fault] = []
    seen: set[int] = set()
    for row in rows:
        if row.enrolment_id is not None:
            one = known.get(row.enrolment_id)
            candidates: Sequence[Enrolment] = [one] if one is not None else []
        else:
            candidates = meant[row.person]
        given = row.person or str(row.enrolment_id)
        if len(candidates) != 1:
            kind = FaultKind.SEVERAL_PEOPLE if candidates else FaultKind.UNKNOWN_PERSON
            faults.append(Fault(row.line, kind, given))
            continue
        learner = candidates[0]
        if learner.id in seen:
            faults.append(Fault(row.line, FaultKind.PERSON_TWICE, given))
        if by is not None and learner.person_id == by and row.values:
            faults.append(Fault(row.line, FaultKind.OWN_SCORE, given))
        seen.add(learner.id)
        found[row.line] = learner
    return found, faults


def _changes(
    course: Course, used: Sequence[Column], rows: Sequence[tuple[Enrolment, Row]]
) -> tuple[list[CellChange], int]:
    now = _cells(course, used, [learner.id for learner, _row in rows])
    entries = {
        place: row.entry
        for place, row in overrides.overrides_of([learner.id for learner, _row in rows]).items()
    }
    changes: list[CellChange] = []
    unchanged = 0
    for learner, row in rows:
        for code, value in row.values.items():
            before = now[learner.id, code].value
            if before == value:
                unchanged += 1
            else:
                seen = entries.get((learner.id, code), 0)
                changes.append(CellChange(learner.id, code, before, value, seen))
    return changes, unchanged


def _cells(
    course: Course, used: Sequence[Column], enrolment_ids: Sequence[int]
) -> dict[overrides.Cell, facts.Cell]:
    found: dict[overrides.Cell, facts.Cell] = {}
    for start in range(0, len(enrolment_ids), IDS_AT_ONCE):
        ids = enrolment_ids[start : start + IDS_AT_ONCE]
        read = facts.read(course.id, used, ids)
        found |= {
            (enrolment_id, column.code): read.cell(enrolment_id, column)
            for enrolment_id in ids
            for column in used
        }
    return found


def _people(course: Course, enrolment_ids: Sequence[int]) -> dict[int, Enrolment]:
    found: dict[int, Enrolment] = {}
    for start in range(0, len(enrolment_ids), IDS_AT_ONCE):
        found |= queries.people_by_id(course.id, enrolment_ids[start : start + IDS_AT_ONCE])
    return found


def _put_column(course: Course, used: Sequence[Column], sources: Collection[str], *, at: dt.datetime) -> None:
    """Give the programme's columns a place in the host once a score in them is set by hand."""
    if any(column.kind is Kind.PROGRAMME and column.grade_column is None for column in used):
        grades.put_columns(course, document_of(course), codes=sources, at=at)
