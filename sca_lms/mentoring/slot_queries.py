"""Read what free slots are computed from: weekly hours, and the time that is taken."""

import datetime as dt
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from sca_lms.calendar import queries as calendar
from sca_lms.calendar.rules import cells_of
from sca_lms.database import db
from sca_lms.mentoring import slots
from sca_lms.mentoring.availability_rules import USUAL, Spot
from sca_lms.mentoring.models import Appointment, CaptainPlace, MentoringTerms, WeeklyHours
from sca_lms.mentoring.slots import Hours, Misfit, Slot, Taken, Terms


def weekly_hours(enrolment_id: int) -> Sequence[WeeklyHours]:
    """Return a captain's weekly hours from Monday on."""
    return db.session.scalars(
        sa.select(WeeklyHours)
        .where(WeeklyHours.enrolment_id == enrolment_id)
        .order_by(WeeklyHours.weekday, WeeklyHours.begins_minute)
    ).all()


def hours_of(enrolment_id: int) -> list[Hours]:
    """Return a captain's weekly hours as values."""
    return _values_of(weekly_hours(enrolment_id))


def _values_of(rows: Sequence[WeeklyHours]) -> list[Hours]:
    return [
        Hours(each.weekday, each.begins_minute, each.ends_minute, each.zone, each.place, each.join_url)
        for each in rows
    ]


def usual_spot(enrolment_id: int, hours: Sequence[WeeklyHours]) -> Spot:
    """Return where a captain usually meets people; who never said so has what the first hours say."""
    row = db.session.get(CaptainPlace, enrolment_id)
    if row is not None:
        return Spot(row.place, row.join_url)
    return Spot(hours[0].place, hours[0].join_url) if hours else USUAL


def spot_at(enrolment_id: int, start: dt.datetime | None) -> Spot:
    """Return where a captain meets people at a moment: by the hours that hold it, else the usual place."""
    hours = weekly_hours(enrolment_id)
    opened = slots.open_cells(_values_of(hours), start, start + slots.MINUTE) if start else {}
    there = next(iter(opened.values()), None)
    return Spot(there.place, there.join_url) if there else usual_spot(enrolment_id, hours)


def free_slots(
    captain_id: int,
    captain_person_id: int,
    other_person_ids: Collection[int],
    terms: MentoringTerms,
    *,
    first: dt.datetime,
    last: dt.datetime,
    at: dt.datetime,
) -> list[Slot]:
    """Return when a captain (enrolment and person id) can be booked between two moments by these people."""
    first, last = max(first, at), min(last, at + slots.HORIZON)
    hours = hours_of(captain_id)
    if last <= first or not hours:
        return []
    # One day before and behind, so that the stretches, and with them the slots, begin where they always do.
    day = dt.timedelta(days=1)
    opened = slots.open_cells(hours, first - day, last + day)
    taken = _taken(captain_person_id, other_person_ids, first - day, last + 2 * day)
    found = slots.slots(opened, taken, _values(terms), at=at)
    return [each for each in found if first <= each.starts_at < last]


def misfit(
    captain_id: int,
    captain_person_id: int,
    other_person_ids: Collection[int],
    terms: MentoringTerms,
    *,
    start: dt.datetime,
    minutes: int,
    but: Appointment | None,
    at: dt.datetime,
) -> Misfit | None:
    """Return why an ambassador cannot book a time; what the appointment `but` takes counts as free."""
    end = start + dt.timedelta(minutes=minutes)
    behind = end + dt.timedelta(minutes=terms.buffer_minutes)
    opened = slots.open_cells(hours_of(captain_id), start, end)
    taken = _taken(captain_person_id, other_person_ids, start, behind)
    if but is not None and but.occasion_id is not None:
        own = set(cells_of(but.starts_at, but.ends_at, terms.buffer_minutes))
        taken = Taken(set(taken.captain) - own, set(taken.others) - own)
    return slots.misfit(start, minutes, opened, taken, _values(terms), at=at)


def _taken(
    captain_person_id: int, other_person_ids: Collection[int], first: dt.datetime, last: dt.datetime
) -> Taken:
    found = calendar.busy_cells({captain_person_id, *other_person_ids}, first, last)
    others = {cell for each in other_person_ids for cell in found.get(each, ())}
    return Taken(found.get(captain_person_id, set()), others)


def _values(terms: MentoringTerms) -> Terms:
    return Terms(terms.slot_minutes, terms.buffer_minutes, terms.notice_hours)
