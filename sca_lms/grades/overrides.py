"""Set scores by hand beside what is worked out, take them back, and let them win when scores are worked out.

A score that is set wins over every other source of its column until it is removed; the delivery to hosts
follows by itself, because setting and removing count as new evidence about the person.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import aliased, joinedload

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.grades.override_models import GradeImport, GradeOverride, GradeOverrideEntry

IDS_AT_ONCE = 1_000
LONGEST_REASON = 2_000

Cell = tuple[int, str]
"""Enrolment and code of the column."""


class OutOfRange(Refused):
    """No score of this column."""

    code = "score-out-of-range"


class SetMeanwhile(Refused):
    """Somebody else has set or removed the score since the page was shown."""

    code = "set-meanwhile"


class NothingSet(Refused):
    """There is no score of an instructor to remove."""

    code = "nothing-set"


class OwnScore(Refused):
    """Nobody sets a score of their own."""

    code = "own-score"


@dataclass(frozen=True, slots=True)
class Wish:
    """One score to be set."""

    enrolment: Enrolment
    code: str
    value: Decimal
    maximum: Decimal
    seen: int
    """The entry that was newest when it was decided, 0 for none."""


@dataclass(frozen=True, slots=True)
class Note:
    """Why scores are set, by whom, and whether the learner may read the reason."""

    reason: str
    visible: bool
    by: int | None


def set_scores(
    course: Course,
    wishes: Sequence[Wish],
    note: Note,
    *,
    taken_from: GradeImport | None = None,
    computed: Mapping[Cell, Decimal | None],
    at: dt.datetime,
) -> int:
    """Set scores, all or none; returns how many changed. `computed` is what stands beside each.

    Raises `OutOfRange`, `OwnScore` and `SetMeanwhile`; what is set so already is left alone.
    """
    _lock(course)
    known = overrides_of({wish.enrolment.id for wish in wishes})
    changes = []
    for wish in wishes:
        _check(wish, note)
        cell = (wish.enrolment.id, wish.code)
        row = known.get(cell)
        if row is not None and (row.value, row.reason, row.visible) == (
            wish.value,
            note.reason,
            note.visible,
        ):
            continue
        if wish.seen != (row.entry if row is not None else 0):
            raise SetMeanwhile(
                _l(
                    "Somebody has set or removed this score while the page was open. It is shown here now; "
                    "nothing of yours was stored."
                )
            )
        if row is None:
            row = GradeOverride(course_id=course.id, enrolment_id=wish.enrolment.id, code=wish.code, entry=0)
            db.session.add(row)
        if cell in computed:
            row.computed = computed[cell]
        changes.append(_Change(row, row.value, wish.value, note))
    _carry_out(course, changes, by=note.by, taken_from=taken_from, at=at)
    return len(changes)


def remove_score(
    course: Course, enrolment: Enrolment, code: str, note: Note, *, seen: int, at: dt.datetime
) -> None:
    """Take back a score that was set, so that what is worked out counts.

    Raises `NothingSet` and `SetMeanwhile`.
    """
    _lock(course)
    row = overrides_of([enrolment.id]).get((enrolment.id, code))
    if row is None or row.value is None:
        raise NothingSet(_l("No score of an instructor stands here."))
    _refuse_own(enrolment, note)
    if row.entry != seen:
        raise SetMeanwhile(_l("Somebody has changed this score while the page was open. Look at it again."))
    _carry_out(course, [_Change(row, row.value, None, note)], by=note.by, at=at)


def undo_import(course: Course, taken: GradeImport, *, by: int | None, at: dt.datetime) -> tuple[int, int]:
    """Put back what stood before an import; returns how many were put back and how many others have changed.

    What somebody has set or removed since stays as it is.
    """
    _lock(course)
    db.session.refresh(taken)
    if taken.undone_at is not None or taken.taken_at is None:
        return 0, 0
    rows = db.session.scalars(
        sa.select(GradeOverride)
        .join(GradeOverrideEntry, GradeOverrideEntry.override_id == GradeOverride.id)
        .where(GradeOverrideEntry.import_id == taken.id)
        .execution_options(populate_existing=True)
    ).all()
    current = [row for row in rows if row.import_id == taken.id]
    before = _entries_before(taken)
    changes = []
    for row in current:
        earlier = before.get(row.id)
        note = Note(earlier.reason, earlier.visible, by) if earlier else Note(taken.reason, False, by)
        changes.append(_Change(row, row.value, earlier.value if earlier else None, note))
    _carry_out(course, changes, by=by, told=False, at=at)
    taken.undone_at = at
    courses.record_audit(
        course, by, "undo-score-import", str(taken.id), at=at, after={"scores": len(current)}
    )
    return len(current), len(rows) - len(current)


def with_overrides(
    computed: Mapping[str, Mapping[int, Decimal | None]], enrolment_ids: Collection[int]
) -> dict[str, dict[int, Decimal | None]]:
    """Return the scores that count: what an instructor has set, else what was worked out.

    What was worked out is kept beside what is set, for the columns that `computed` has.
    """
    found = {code: dict(values) for code, values in computed.items()}
    for (enrolment_id, code), row in overrides_of(enrolment_ids).items():
        beside = computed[code].get(enrolment_id) if code in computed else None
        if code in computed and row.computed != beside:
            row.computed = beside
        found.setdefault(code, {})[enrolment_id] = row.value if row.value is not None else beside
    return found


def overrides_of(enrolment_ids: Collection[int]) -> dict[Cell, GradeOverride]:
    """Return everything that was ever set for these people, as it stands now; with who set it."""
    found: dict[Cell, GradeOverride] = {}
    wanted = sorted(set(enrolment_ids))
    for start in range(0, len(wanted), IDS_AT_ONCE):
        ids = wanted[start : start + IDS_AT_ONCE]
        rows = db.session.scalars(
            sa.select(GradeOverride)
            .where(GradeOverride.enrolment_id.in_(ids))
            .options(joinedload(GradeOverride.set_by))
            .execution_options(populate_existing=True)
        )
        found |= {(row.enrolment_id, row.code): row for row in rows}
    return found


def values_set(course_id: int, codes: Collection[str]) -> dict[Cell, Decimal]:
    """Return every score that stands by an instructor's word in these columns, in one statement."""
    rows = db.session.execute(
        sa.select(GradeOverride.enrolment_id, GradeOverride.code, GradeOverride.value).where(
            GradeOverride.course_id == course_id,
            GradeOverride.code.in_(codes),
            GradeOverride.value.is_not(None),
        )
    )
    return {(enrolment_id, code): value for enrolment_id, code, value in rows if value is not None}


def codes_set(course_id: int) -> set[str]:
    """Return the columns in which anything was ever set: they stay, even where nothing is worked out."""
    return set(
        db.session.scalars(
            sa.select(GradeOverride.code).where(GradeOverride.course_id == course_id).distinct()
        )
    )


def story_of(row: GradeOverride) -> Sequence[GradeOverrideEntry]:
    """Return every change of a score that was set, the newest first."""
    return db.session.scalars(
        sa.select(GradeOverrideEntry)
        .where(GradeOverrideEntry.override_id == row.id)
        .options(joinedload(GradeOverrideEntry.by), joinedload(GradeOverrideEntry.taken_from))
        .order_by(GradeOverrideEntry.number.desc())
    ).all()


def _lock(course: Course) -> None:
    # Scores of one course are set one after the other; references to the course stay possible meanwhile.
    db.session.execute(sa.select(Course.id).where(Course.id == course.id).with_for_update(key_share=True))


@dataclass(frozen=True, slots=True)
class _Change:
    row: GradeOverride
    before: Decimal | None
    value: Decimal | None
    note: Note


def _check(wish: Wish, note: Note) -> None:
    if not 0 <= wish.value <= wish.maximum:
        raise OutOfRange(_l("Write a score from 0 to %(maximum)s.", maximum=f"{wish.maximum.normalize():f}"))
    _refuse_own(wish.enrolment, note)


def _refuse_own(enrolment: Enrolment, note: Note) -> None:
    if note.by is not None and enrolment.person_id == note.by:
        raise OwnScore(_l("Nobody sets a score of their own. Ask somebody else of the course's staff."))


def _carry_out(
    course: Course,
    changes: Sequence[_Change],
    *,
    by: int | None,
    taken_from: GradeImport | None = None,
    told: bool = True,
    at: dt.datetime,
) -> None:
    """Write changes down, with a line of the story for each; a file leaves one line in the audit."""
    for change in changes:
        row, note = change.row, change.note
        row.value, row.reason, row.visible = change.value, note.reason, note.visible
        row.set_by_id, row.set_at, row.entry = by, at, row.entry + 1
        row.import_id = taken_from.id if taken_from is not None else None
    db.session.flush()
    for change in changes:
        row = change.row
        db.session.add(
            GradeOverrideEntry(
                override_id=row.id, number=row.entry, value=row.value, reason=row.reason,
                visible=row.visible, computed=row.computed, by_id=by, at=at, import_id=row.import_id,
            )
        )  # fmt: skip
        if taken_from is None and told:
            courses.record_audit(
                course,
                by,
                "set-score" if row.value is not None else "remove-set-score",
                f"{row.code} {row.enrolment_id}",
                at=at,
                before={"score": _plain(change.before)},
                after={"score": _plain(row.value), "reason": row.reason},
            )
    if taken_from is not None and changes:
        courses.record_audit(
            course, by, "take-score-import", str(taken_from.id), at=at, after={"scores": len(changes)}
        )
    _touch({change.row.enrolment_id for change in changes})


def _touch(enrolment_ids: Collection[int]) -> None:
    wanted = sorted(enrolment_ids)
    for start in range(0, len(wanted), IDS_AT_ONCE):
        courses.touch_all(wanted[start : start + IDS_AT_ONCE])


def _entries_before(taken: GradeImport) -> dict[int, GradeOverrideEntry]:
    """Return by score that was set the line of its story that stood before an import."""
    after = aliased(GradeOverrideEntry)
    found = db.session.scalars(
        sa.select(GradeOverrideEntry)
        .join(
            after,
            sa.and_(
                after.override_id == GradeOverrideEntry.override_id,
                after.number == GradeOverrideEntry.number + 1,
            ),
        )
        .where(after.import_id == taken.id)
    )
    return {entry.override_id: entry for entry in found}


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"
