"""Bring together what takes place for a learner: sessions, updates, meetings and live classes."""

import datetime as dt
from collections.abc import Iterator, Sequence

from flask import current_app, url_for

from sca_lms.calendar.entries import ENTRIES, CalendarEntry, Source
from sca_lms.calendar.models import OccasionKind
from sca_lms.courses.models import Enrolment
from sca_lms.guidance.gathering import Known
from sca_lms.modules.live_classes import DOORS_OPEN_BEFORE
from sca_lms.modules.plan import UnitType
from sca_lms.modules.standing import ModuleState
from sca_lms.progress.today_rules import Event, EventKind, in_order
from sca_lms.updates.rules import JOIN_BEFORE

AHEAD = dt.timedelta(days=400)
"""So far ahead is looked: the length of a programme."""
KINDS = {
    OccasionKind.CLASS: EventKind.CLASS,
    OccasionKind.UPDATE: EventKind.UPDATE,
    OccasionKind.MENTORING: EventKind.MENTORING,
    OccasionKind.JUDGING: EventKind.JUDGING,
}


def events_ahead(enrolment: Enrolment, known: Known, *, at: dt.datetime) -> list[Event]:
    """Return what a learner has ahead in this course, from all calendars, the earliest first."""
    sources: Sequence[Source] = current_app.extensions[ENTRIES]
    entries = [
        _event(each, at)
        for source in sources
        for each in source(enrolment.person_id, at, at + AHEAD)
        if each.course_id == enrolment.course_id and not each.cancelled
    ]
    return in_order([*entries, *_live_classes(known, at)], at)


def _event(entry: CalendarEntry, at: dt.datetime) -> Event:
    return Event(
        entry.uid,
        KINDS[entry.kind],
        entry.title,
        entry.starts_at,
        entry.ends_at,
        entry.place,
        entry.about if entry.kind is OccasionKind.CLASS else "",
        entry.url,
        entry.join_url if entry.starts_at - JOIN_BEFORE <= at else "",
        entry.tentative,
    )


def _live_classes(known: Known, at: dt.datetime) -> Iterator[Event]:
    """Yield the live classes of modules that are open for the learner and not done."""
    for module in known.modules.modules:
        if module.state is ModuleState.LOCKED:
            continue
        for unit in module.units:
            plan = unit.plan
            if plan.type is not UnitType.LIVE or plan.starts_at is None or unit.done:
                continue
            address = url_for(
                "modules.unit", course_id=known.enrolment.course_id, code=module.code, unit_code=plan.code
            )
            doors = plan.starts_at - DOORS_OPEN_BEFORE <= at
            yield Event(
                f"unit-{plan.id}",
                EventKind.LIVE,
                plan.title,
                plan.starts_at,
                plan.starts_at + dt.timedelta(minutes=plan.minutes),
                about=module.title,
                url=address,
                # Whoever enters through our page is on record.
                join_url=address if doors else "",
            )
