"""Decide who is noticed and why, and what a week held; pure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo


class RiskKind(StrEnum):
    """What a rule looks at; the threshold's unit is said here."""

    CANNOT_REACH = "cannot-reach"
    """The hours that can still be reached are below the pass mark; no threshold."""
    HOURS_BEHIND = "hours-behind"
    """Minutes that are missing from the hours that were possible so far."""
    SILENT_DAYS = "silent-days"
    """Days without a sign of any kind."""
    MODULES_LATE = "modules-late"
    """Modules past their due date and not complete."""
    WORK_LATE = "work-late"
    """Assignments past their due date without a submission."""
    NO_MENTORING = "no-mentoring"
    """Days since the pair last met, or since mentoring began."""
    UPDATES_MISSED = "updates-missed"
    """Updates that were held and do not count."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How one rule is set."""

    kind: RiskKind
    threshold: int
    weight: int
    enabled: bool = True


DEFAULTS: tuple[Setting, ...] = (
    Setting(RiskKind.CANNOT_REACH, 0, 5),
    Setting(RiskKind.HOURS_BEHIND, 8 * 60, 3),
    Setting(RiskKind.SILENT_DAYS, 14, 3),
    Setting(RiskKind.MODULES_LATE, 1, 2),
    Setting(RiskKind.WORK_LATE, 1, 2),
    Setting(RiskKind.NO_MENTORING, 35, 2),
    Setting(RiskKind.UPDATES_MISSED, 2, 1),
)
"""What a course begins with; every figure can be changed."""
WITHOUT_THRESHOLD = frozenset({RiskKind.CANNOT_REACH})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is compared with the rules, of one learner; None: the course does not have this activity yet."""

    can_reach: bool | None = None
    hours_behind: int | None = None
    silent_days: int | None = None
    modules_late: int | None = None
    work_late: int | None = None
    days_without_mentoring: int | None = None
    updates_missed: int | None = None

    def value(self, kind: RiskKind) -> int | None:
        """Return the number that a rule compares; for reachability 1 when the mark is out of reach."""
        match kind:
            case RiskKind.CANNOT_REACH:
                return None if self.can_reach is None else int(not self.can_reach)
            case RiskKind.HOURS_BEHIND:
                return self.hours_behind
            case RiskKind.SILENT_DAYS:
                return self.silent_days
            case RiskKind.MODULES_LATE:
                return self.modules_late
            case RiskKind.WORK_LATE:
                return self.work_late
            case RiskKind.NO_MENTORING:
                return self.days_without_mentoring
            case RiskKind.UPDATES_MISSED:
                return self.updates_missed


@dataclass(frozen=True, slots=True)
class Applied:
    """One rule that applies to a learner, with the number that was compared."""

    kind: RiskKind
    value: int
    threshold: int
    weight: int


def applied(facts: Facts, settings: Iterable[Setting]) -> tuple[Applied, ...]:
    """Return the rules that apply, the weightiest first; a threshold of 0 is read as 1."""
    found = [
        Applied(each.kind, value, each.threshold, each.weight)
        for each in settings
        if each.enabled
        and (value := facts.value(each.kind)) is not None
        and value >= (1 if each.kind in WITHOUT_THRESHOLD else max(each.threshold, 1))
    ]
    return tuple(sorted(found, key=lambda each: (-each.weight, list(RiskKind).index(each.kind))))


def risk_of(found: Iterable[Applied]) -> int:
    """Return the sum of the weights; 0 when nothing applies."""
    return sum(each.weight for each in found)


def packed(found: Iterable[Applied]) -> list[object]:
    """Return rules that apply as JSON keeps them."""
    return [
        {"kind": each.kind.value, "value": each.value, "threshold": each.threshold, "weight": each.weight}
        for each in found
    ]


def unpacked(kept: Iterable[object]) -> tuple[Applied, ...]:
    """Return rules as they were before `packed`; a kind that does not exist any more is left out."""
    return tuple(
        Applied(RiskKind(row["kind"]), int(row["value"]), int(row["threshold"]), int(row["weight"]))
        for row in kept
        if isinstance(row, dict) and row.get("kind") in set(RiskKind)
    )


@dataclass(frozen=True, slots=True)
class Part:
    """Something that was planned for a moment: how many minutes of it, and how many of these were done."""

    at: dt.datetime
    planned: int
    done: int


def monday_of(at: dt.datetime, zone: ZoneInfo) -> dt.date:
    """Return the Monday with which the week of a moment begins on the wall calendar."""
    day = at.astimezone(zone).date()
    return day - dt.timedelta(days=day.weekday())


def weeks_of(parts: Iterable[Part], *, zone: ZoneInfo, at: dt.datetime) -> Mapping[dt.date, tuple[int, int]]:
    """Add up planned and done minutes by week, up to the week of `at`; more than planned is not counted.

    What is planned for later this week waits for its moment: only what lies before `at` is expected.
    """
    sums: dict[dt.date, list[int]] = defaultdict(lambda: [0, 0])
    for part in parts:
        if part.planned > 0 and part.at <= at:
            week = sums[monday_of(part.at, zone)]
            week[0] += part.planned
            week[1] += min(max(part.done, 0), part.planned)
    return {week: (planned, done) for week, (planned, done) in sorted(sums.items())}


def percent_of(planned: int, done: int) -> int | None:
    """Return how much of what was planned was done, rounded down; None when nothing was planned."""
    return None if planned <= 0 else done * 100 // planned


def days_since(then: dt.datetime | None, at: dt.datetime, zone: ZoneInfo) -> int | None:
    """Return how many midnights have passed since a moment; None without one."""
    if then is None:
        return None
    return max(0, (at.astimezone(zone).date() - then.astimezone(zone).date()).days)


def latest(moments: Sequence[dt.datetime | None]) -> dt.datetime | None:
    """Return the latest of some moments that may be missing."""
    return max((each for each in moments if each is not None), default=None)
