"""Give people's time away and take it back; the primary key of the cells lets nobody be in two places.

Nothing here commits. Whoever takes time twice in one transaction calls `owners.lock_people` before, with
everybody concerned, so that two transactions cannot wait for each other.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.calendar import classes, queries
from sca_lms.calendar.models import CalendarOccasion, OccasionKind, OccupancyCell, TimeOff
from sca_lms.calendar.owners import lock_people, refuse_closed
from sca_lms.calendar.queries import APPOINTMENTS, Busy
from sca_lms.calendar.rules import CELL, cells_of
from sca_lms.database import db
from sca_lms.errors import Refused

NO_BUFFER: Mapping[int, int] = {}
Cells = Mapping[int, Sequence[dt.datetime]]
"""Which quarters of an hour are wanted, by person id."""


class Clash(Refused):
    """Somebody is not free; `busy` says who and why. The message names the people and not what they do."""

    code = "clash"

    def __init__(self, busy: Sequence[Busy]) -> None:
        names = list(dict.fromkeys(each.name or f"#{each.person_id}" for each in busy))
        super().__init__(_l("Not free at that time: %(names)s.", names=", ".join(names)))
        self.busy = tuple(busy)


class TimeOffOverlaps(Refused):
    """There is a time off already in this period."""

    code = "time-off-overlaps"


@dataclass(frozen=True, slots=True)
class OccasionSpec:
    """What is to take people's time."""

    course_id: int
    kind: OccasionKind
    key: str
    """Unique, such as `appointment:45`."""
    starts_at: dt.datetime
    ends_at: dt.datetime


def occupy(
    spec: OccasionSpec, people: Collection[int], *, buffer_minutes_of: Mapping[int, int] = NO_BUFFER
) -> CalendarOccasion:
    """Take the time of these people (ids), and of some so many minutes more behind the end; raise `Clash`.

    Here and below, `CalendarClosed` is raised for somebody who has left for good.
    A time off refuses only what people agree on with each other, never a class.
    """
    wanted = _cells(people, spec.starts_at, spec.ends_at, buffer_minutes_of)
    lock_people(people)
    refuse_closed(people)
    occasion = CalendarOccasion(
        course_id=spec.course_id, kind=spec.kind, key=spec.key,
        starts_at=spec.starts_at, ends_at=spec.ends_at, groups=None, filled_at=None,
    )  # fmt: skip
    _make_sure(wanted)
    with _whole_or_clash(wanted):
        db.session.add(occasion)
        _take(occasion, wanted)
    return occasion


def add_people(
    occasion: CalendarOccasion, people: Collection[int], *, buffer_minutes_of: Mapping[int, int] = NO_BUFFER
) -> None:
    """Let an occasion take the time of further people; raise `Clash`."""
    wanted = _cells(people, occasion.starts_at, occasion.ends_at, buffer_minutes_of)
    lock_people(people)
    refuse_closed(people)
    _make_sure(wanted)
    with _whole_or_clash(wanted):
        _take(occasion, wanted)


def remove_people(occasion: CalendarOccasion, people: Collection[int]) -> None:
    """Give the time that an occasion took of these people back to them."""
    lock_people(people)
    _give_back(occasion, people)


def move(
    occasion: CalendarOccasion,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    *,
    people: Collection[int] | None = None,
    buffer_minutes_of: Mapping[int, int] = NO_BUFFER,
) -> None:
    """Take the time of these people (None: of the same as now) at another time instead.

    Raise `Clash`, and everything stays as it was.
    """
    before = queries.holders(occasion)
    after = before if people is None else people
    wanted = _cells(after, starts_at, ends_at, buffer_minutes_of)
    lock_people({*before, *after})
    refuse_closed(after)
    _make_sure(wanted)
    with _whole_or_clash(wanted):
        _give_back(occasion, before)
        occasion.starts_at, occasion.ends_at = starts_at, ends_at
        _take(occasion, wanted)


def release(occasion: CalendarOccasion) -> None:
    """Give all the time of an occasion back, and forget the occasion."""
    people = queries.holders(occasion)
    lock_people(people)
    _give_back(occasion, people)
    db.session.delete(occasion)
    db.session.flush()


def _cells(
    people: Collection[int], start: dt.datetime, end: dt.datetime, buffer_minutes_of: Mapping[int, int]
) -> dict[int, Sequence[dt.datetime]]:
    return {each: cells_of(start, end, buffer_minutes_of.get(each, 0)) for each in sorted(set(people))}


@contextmanager
def _whole_or_clash(wanted: Cells) -> Iterator[None]:
    """Do something whole or not at all; what the primary key forbids becomes a `Clash`."""
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as error:
        busy = queries.takers(wanted)
        if not busy:
            # It was no quarter of an hour that was taken twice.
            raise
        raise Clash(busy) from error


def _make_sure(wanted: Cells) -> None:
    """Let the classes of these people hold their cells before anybody asks whether these are free."""
    if wanted:
        classes.make_sure(list(wanted), *_span(wanted))


def _span(wanted: Cells) -> tuple[dt.datetime, dt.datetime]:
    return (
        min(cells[0] for cells in wanted.values()),
        max(cells[-1] for cells in wanted.values()) + CELL,
    )


def _take(occasion: CalendarOccasion, wanted: Cells) -> None:
    """Write the cells of an occasion."""
    db.session.flush()
    if not wanted:
        return
    if occasion.kind in APPOINTMENTS:
        off = [each for each in queries.busy_off(list(wanted), *_span(wanted)) if _meets(each, wanted)]
        if off:
            raise Clash(off)
    rows = [
        {"person_id": person_id, "starts_at": cell, "occasion_id": occasion.id}
        for person_id, cells in wanted.items()
        for cell in cells
    ]
    db.session.execute(sa.insert(OccupancyCell), rows)


def _meets(each: Busy, wanted: Cells) -> bool:
    return any(cell < each.ends_at and cell + CELL > each.starts_at for cell in wanted[each.person_id])


def _give_back(occasion: CalendarOccasion, people: Collection[int]) -> None:
    """Delete an occasion's cells of these people; classes that they kept away take their place."""
    mine = sa.and_(OccupancyCell.occasion_id == occasion.id, OccupancyCell.person_id.in_(people))
    held = db.session.scalars(sa.select(OccupancyCell.starts_at).where(mine)).all()
    if not held:
        return
    db.session.execute(sa.delete(OccupancyCell).where(mine).execution_options(synchronize_session=False))
    classes.make_sure(people, min(held), max(held) + CELL)


# ---------------------------------------------------------------- time off


def add_time_off(person_id: int, starts_at: dt.datetime, ends_at: dt.datetime, note: str = "") -> TimeOff:
    """Let nobody book a person in a period.

    Raise `TimeOffOverlaps` when there is a time off already, `Clash` when there are appointments.
    """
    lock_people([person_id])
    refuse_closed([person_id])
    if queries.times_off([person_id], starts_at, ends_at):
        raise TimeOffOverlaps(_l("There is a time off already in this period."))
    held = queries.takers({person_id: cells_of(starts_at, ends_at)})
    appointments = [each for each in held if each.kind in APPOINTMENTS]
    if appointments:
        raise Clash(appointments)
    row = TimeOff(person_id=person_id, starts_at=starts_at, ends_at=ends_at, note=note)
    db.session.add(row)
    db.session.flush()
    return row


def remove_time_off(row: TimeOff) -> None:
    """Let a person be booked again in the period of a time off."""
    lock_people([row.person_id])
    db.session.delete(row)
    db.session.flush()
