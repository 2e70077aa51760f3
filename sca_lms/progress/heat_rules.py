"""Arrange weeks for the heat map: which are shown, in which phase each is, how dark a share is; pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

WEEK = dt.timedelta(days=7)
SHOWN, SHOWN_ON_PHONES = 12, 6
LEVELS = (20, 50, 75, 95)
"""From so many percent on, a cell is one level calmer; the first level is the one that needs a person."""
NOTHING = "lvx"


class Phase(StrEnum):
    """What people do in a week, as the programme file says."""

    BEFORE = "before"
    CAMP = "camp"
    PLACE = "place"
    """At work in the area."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PhaseDays:
    """A phase and its first and last day."""

    phase: Phase
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class WeekColumn:
    """One week of the heat map."""

    monday: dt.date
    number: int
    """Counted from the first week of the programme, which is 1."""
    phase: Phase
    on_phones: bool

    @property
    def sunday(self) -> dt.date:
        """Return its last day."""
        return self.monday + WEEK - dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PhaseColumns:
    """Weeks of one phase that stand side by side."""

    phase: Phase
    weeks: int
    on_phones: int
    """How many of these weeks a phone shows."""


@dataclass(frozen=True, slots=True)
class Weeks:
    """The weeks that are shown, and how to get to others."""

    columns: tuple[WeekColumn, ...]
    phases: tuple[PhaseColumns, ...]
    first: dt.date
    last: dt.date

    @property
    def total(self) -> int:
        """Return how many weeks there are altogether."""
        return (self.last - self.first).days // WEEK.days + 1

    def earlier(self, step: int) -> dt.date | None:
        """Return the last week of what is shown a step before, None at the beginning."""
        until = self.columns[-1].monday
        size = SHOWN_ON_PHONES if step == SHOWN_ON_PHONES else SHOWN
        if until - size * WEEK < self.first:
            return None
        return max(until - step * WEEK, min(self.first + (step - 1) * WEEK, self.last))

    def later(self, step: int) -> dt.date | None:
        """Return the last week of what is shown a step after, None at the end."""
        until = self.columns[-1].monday
        return None if until >= self.last else min(until + step * WEEK, self.last)


def weeks_shown(first: dt.date, last: dt.date, until: dt.date | None, phases: Sequence[PhaseDays]) -> Weeks:
    """Return the weeks up to and with `until` (the last one without it), as many as fit."""
    first, last = monday(first), max(monday(last), monday(first))
    end = last if until is None else min(max(monday(until), first), last)
    begin = max(first, end - (SHOWN - 1) * WEEK)
    number = (end - begin).days // WEEK.days + 1
    columns = tuple(
        WeekColumn(
            begin + place * WEEK,
            (begin + place * WEEK - first).days // WEEK.days + 1,
            phase_of(begin + place * WEEK, phases),
            place >= number - SHOWN_ON_PHONES,
        )
        for place in range(number)
    )
    return Weeks(columns, tuple(_grouped(columns)), first, last)


def every_week(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return every Monday from the week of one day to the week of another one."""
    begin, end = monday(first), monday(last)
    return [begin + place * WEEK for place in range((end - begin).days // WEEK.days + 1)]


def monday(day: dt.date) -> dt.date:
    """Return the Monday with which the week of a day begins."""
    return day - dt.timedelta(days=day.weekday())


def level_of(percent: int | None) -> str:
    """Return the class of a cell: `lv0`, which needs a person, to `lv4`; `lvx` when nothing was planned."""
    if percent is None:
        return NOTHING
    return f"lv{sum(percent >= level for level in LEVELS)}"


def phase_of(week: dt.date, phases: Sequence[PhaseDays]) -> Phase:
    """Return the phase in which most days of a week lie; the earlier one when two have as many."""
    last = week + WEEK - dt.timedelta(days=1)
    days = [((min(each.last, last) - max(each.first, week)).days + 1, each.phase) for each in phases]
    number, phase = max(days, key=lambda each: each[0], default=(0, Phase.OTHER))
    return phase if number > 0 else Phase.OTHER


def phases_of(document: Mapping[str, object]) -> list[PhaseDays]:
    """Return the phases that a checked programme file names, in their order."""
    programme = document.get("programme")
    before = document.get("pre_bootcamp")
    found = [
        (Phase.BEFORE, before.get("window") if isinstance(before, Mapping) else None),
        (Phase.CAMP, document.get("bootcamp")),
        (Phase.PLACE, programme.get("placement") if isinstance(programme, Mapping) else None),
    ]
    return [
        PhaseDays(phase, first, last)
        for phase, period in found
        if isinstance(period, Mapping)
        and (first := _day(period.get("start"))) is not None
        and (last := _day(period.get("end"))) is not None
    ]


def _grouped(columns: Sequence[WeekColumn]) -> list[PhaseColumns]:
    found: list[PhaseColumns] = []
    for each in columns:
        if found and found[-1].phase is each.phase:
            last = found.pop()
            found.append(PhaseColumns(each.phase, last.weeks + 1, last.on_phones + each.on_phones))
        else:
            found.append(PhaseColumns(each.phase, 1, int(each.on_phones)))
    return found


def _day(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.datetime.fromisoformat(str(value)).date()
    except ValueError:
        return None
