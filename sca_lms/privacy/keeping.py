"""Remove what has been kept for its time: in batches, each its own transaction, and noted in a log."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import Base, db, transaction
from sca_lms.privacy import erasing, parting
from sca_lms.privacy.models import KeepingPeriod, PersonExport, Removal
from sca_lms.privacy.paths import COURSE, any_of
from sca_lms.privacy.periods import PEOPLE, PERIODS, Part, Period
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import FileStore

BATCH = 500
MOST_BATCHES = 20
"""So many batches of one kind are removed in one turn; the rest waits for the next one."""
PEOPLE_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Expired:
    """What of one kind is older than its period."""

    code: str
    period: Period
    days: int | None
    is_own: bool
    """Whether the course has decided it itself."""
    number: int = 0


def days_of(course_id: int | None) -> Mapping[str, tuple[int | None, bool]]:
    """Return for every kind how many days hold in a course, and whether that was decided there."""
    rows = db.session.execute(
        sa.select(KeepingPeriod.course_id, KeepingPeriod.kind, KeepingPeriod.days).where(
            sa.or_(KeepingPeriod.course_id.is_(None), KeepingPeriod.course_id == course_id)
        )
    ).all()
    everywhere = {row.kind: row.days for row in rows if row.course_id is None}
    here = {row.kind: row.days for row in rows if row.course_id is not None}
    mine = here if course_id is not None else everywhere
    return {
        code: (here.get(code, everywhere.get(code, period.usual)), code in mine)
        for code, period in PERIODS.items()
    }


def set_period(
    course: Course | None, code: str, days: int | None, *, by: int | None, at: dt.datetime
) -> bool:
    """Decide how long a kind is kept, in a course or where courses decide nothing; tell whether it is new."""
    course_id = course.id if course else None
    before, is_own = days_of(course_id)[code]
    if before == days and (is_own or course is None):
        return False
    where = KeepingPeriod.course_id.is_(None) if course is None else KeepingPeriod.course_id == course.id
    row = db.session.scalar(
        sa.select(KeepingPeriod).where(where, KeepingPeriod.kind == code).with_for_update()
    )
    if row is None:
        row = KeepingPeriod(course_id=course_id, kind=code)
        db.session.add(row)
    row.days, row.set_by_id, row.set_at = days, by, at
    courses.record_audit(
        course, by, "set-keeping-period", code, at=at, before={"days": before}, after={"days": days}
    )
    db.session.flush()
    return True


def preview(course_id: int | None, *, at: dt.datetime) -> list[Expired]:
    """Count what would go now, kind by kind, in one statement."""
    days = days_of(course_id)
    counted = {code: sa.literal(0).label(code) for code in PERIODS}
    for code, period in _periods_of(course_id).items():
        kept = days[code][0]
        if kept is None:
            continue
        older = at - dt.timedelta(days=kept)
        counts = [
            sa.select(sa.func.count())
            .select_from(_table(part))
            .where(_ended(part, course_id, older))
            .scalar_subquery()
            for part in _parts(period)
        ]
        if code == PEOPLE:
            counts = [
                sa.select(sa.func.count()).select_from(_gone(course_id, older).subquery()).scalar_subquery()
            ]
        counted[code] = sum(counts[1:], start=counts[0]).label(code)
    row = db.session.execute(sa.select(*counted.values())).one()
    numbers = row._mapping
    return [
        Expired(code, period, *days[code], number=numbers[code])
        for code, period in _periods_of(course_id).items()
    ]


def remove_expired(place: FileStore, *, at: dt.datetime) -> int:
    """Remove what is over everywhere, as far as one turn goes; returns how many rows went or were emptied.

    Call it outside of a transaction: every batch is one of its own, so that nobody waits for long.
    """
    scopes: list[int | None] = [None, *db.session.scalars(sa.select(Course.id).order_by(Course.id))]
    return sum(_remove_in(scope, place, at=at) for scope in scopes)


def removals(course_id: int | None, *, most: int) -> Sequence[Removal]:
    """Return what went last, the newest first."""
    where = Removal.course_id.is_(None) if course_id is None else Removal.course_id == course_id
    return db.session.scalars(
        sa.select(Removal).where(where).order_by(Removal.at.desc(), Removal.id.desc()).limit(most)
    ).all()


def _remove_in(course_id: int | None, place: FileStore, *, at: dt.datetime) -> int:
    days, total = days_of(course_id), 0
    for code, period in _periods_of(course_id).items():
        kept = days[code][0]
        if kept is None:
            continue
        older = at - dt.timedelta(days=kept)
        gone = sum(_remove_part(part, course_id, older) for part in _parts(period))
        if code == PEOPLE:
            gone = _forget_people(course_id, older, place, at=at)
        if gone:
            with transaction():
                db.session.add(Removal(course_id=course_id, kind=code, older_than=older, number=gone, at=at))
        total += gone
    return total


def _remove_part(part: Part, course_id: int | None, older: dt.datetime) -> int:
    table, gone = _table(part), 0
    wanted = sa.select(table.c.id).where(_ended(part, course_id, older)).limit(BATCH)
    for _ in range(MOST_BATCHES):
        with transaction(rows_survive=False):
            ids = db.session.scalars(wanted).all()
            if ids:
                _remove(part, ids)
        gone += len(ids)
        if len(ids) < BATCH:
            break
    return gone


def _remove(part: Part, ids: Sequence[int]) -> None:
    """Delete or empty some rows; bytes of files that lose their row are cleared from the store later."""
    table = _table(part)
    mine = table.c.id.in_(ids)
    if part.empties:
        db.session.execute(sa.update(table).values(dict(part.empties)).where(mine))
        return
    files = db.session.scalars(sa.select(table.c[part.file]).where(mine)).all() if part.file else []
    db.session.execute(sa.delete(table).where(mine))
    wanted = [each for each in files if each is not None]
    if wanted:
        db.session.execute(
            sa.delete(StoredFile)
            .where(StoredFile.id.in_(wanted))
            .execution_options(synchronize_session=False)
        )


def _forget_people(course_id: int | None, older: dt.datetime, place: FileStore, *, at: dt.datetime) -> int:
    """Make people anonymous whose time is over in every course of theirs, each in a transaction."""
    found = db.session.scalars(_gone(course_id, older).limit(PEOPLE_AT_ONCE)).all()
    for person_id in found:
        parting.part_from(person_id, at=at)
        with transaction():
            person = db.session.get_one(Person, person_id)
            done = erasing.erase(person, at=at)
            course = db.session.get(Course, course_id) if course_id is not None else None
            courses.record_audit(
                course, None, "erase-person", f"person {person_id}", at=at, after={"rows": done.rows}
            )
        for key in done.keys:
            place.forget(key)
    return len(found)


def _gone(course_id: int | None, older: dt.datetime) -> sa.Select[int]:
    """Return people of a course who left or completed, were seen nowhere since, and still have a name."""
    theirs = sa.select(Enrolment.person_id).where(Enrolment.course_id == course_id)
    seen = sa.func.coalesce(Enrolment.last_seen_at, Enrolment.joined_at)
    still_there = sa.select(Enrolment.person_id).where(
        sa.or_(Enrolment.state == EnrolmentState.ACTIVE, seen > older)
    )
    named = sa.or_(Person.name != "", Person.given_name != "", Person.family_name != "", Person.email != "")
    return (
        sa.select(Person.id)
        .where(Person.id.in_(theirs), Person.id.not_in(still_there), named)
        .order_by(Person.id)
    )


def _periods_of(course_id: int | None) -> Mapping[str, Period]:
    """Return the kinds that are removed for a course, or for the installation beyond all courses."""
    if course_id is None:
        return {code: period for code, period in PERIODS.items() if period.of_installation or code == "audit"}
    return {code: period for code, period in PERIODS.items() if not period.of_installation}


def _parts(period: Period) -> Sequence[Part]:
    """Return the parts whose package is part of the application."""
    return [part for part in period.parts if part.table in Base.metadata.tables]


def _table(part: Part) -> sa.Table:
    return Base.metadata.tables[part.table]


def _ended(part: Part, course_id: int | None, older: dt.datetime) -> sa.ColumnElement[bool]:
    table = _table(part)
    conditions = [table.c[part.moment] <= older]
    if part.states:
        conditions.append(table.c.state.in_(part.states))
    conditions += [table.c[name] != value for name, value in part.empties.items()]
    if part.to_course and course_id is not None:
        conditions.append(any_of(table, part.to_course, course_id, to=COURSE))
    elif part.to_course:
        conditions.append(table.c.course_id.is_(None))
    if part.table == "privacy_request":
        conditions.append(
            table.c.id.not_in(sa.select(PersonExport.request_id).where(PersonExport.request_id.is_not(None)))
        )
    return sa.and_(*conditions)
