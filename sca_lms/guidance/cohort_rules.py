"""What is drawn of a whole cohort: how far each activity is, and hours against the plan; pure."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Activity(StrEnum):
    """The five activities of the programme in their order."""

    PRE = "pre"
    BOOTCAMP = "bootcamp"
    MENTORING = "mentoring"
    UPDATES = "updates"
    PITCHING = "pitching"


@dataclass(frozen=True, slots=True)
class Step:
    """How many learners have begun an activity, and how many have completed it."""

    activity: Activity
    of: int
    began: int
    completed: int

    @property
    def on_the_way(self) -> int:
        """Return how many have begun and not completed it."""
        return self.began - self.completed

    @property
    def not_begun(self) -> int:
        """Return how many have not begun."""
        return self.of - self.began


@dataclass(frozen=True, slots=True)
class Day:
    """The sums of the whole cohort up to the end of a day, in minutes."""

    day: dt.date
    planned: int
    credited: int | None
    """None for days to come."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Credited hours against the plan, in minutes for the average learner."""

    days: tuple[Day, ...]
    required: int
    passing: int
    reachable: int
    """What can still be reached at the end."""

    @property
    def now(self) -> Day | None:
        """Return the latest day of which is known what was credited."""
        return next((each for each in reversed(self.days) if each.credited is not None), None)

    def by_week(self) -> "Trend":
        """Return the same with one point a week: its last day with a session."""
        now = self.now
        kept: dict[dt.date, Day] = {}
        for each in self.days[1:]:
            if each.credited is not None or now is None or _monday(each.day) != _monday(now.day):
                kept[_monday(each.day)] = each
        # The beginning stands alone, also when the first week holds it.
        points = (*self.days[:1], *kept.values())
        return Trend(points, self.required, self.passing, self.reachable)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Everything that is drawn of a cohort."""

    steps: tuple[Step, ...]
    trend: Trend | None


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def average_of(
    planned: Mapping[dt.date, int],
    credited: Mapping[dt.date, int],
    *,
    learners: int,
    today: dt.date,
) -> tuple[Day, ...]:
    """Add the minutes of each day up and share them among the learners, rounded down.

    `planned` holds what every session is worth to everybody it expects, `credited` what was paid. The running
    line of what was paid ends on the last day that lies behind and has a payment. All begins with nothing on
    the day before.
    """
    if learners <= 0:
        return ()
    days = sorted({*planned, *credited})
    last_paid = max((day for day in credited if day <= today), default=None)
    found = [Day(days[0] - dt.timedelta(days=1), 0, 0 if last_paid else None)] if days else []
    should, have = 0, 0
    for day in days:
        should += planned.get(day, 0)
        have += credited.get(day, 0)
        is_known = last_paid is not None and day <= last_paid
        found.append(Day(day, should // learners, have // learners if is_known else None))
    return tuple(found)


def packed(pictures: Pictures) -> dict[str, object]:
    """Return pictures as JSON keeps them."""
    trend = pictures.trend
    return {
        "steps": [[each.activity.value, each.of, each.began, each.completed] for each in pictures.steps],
        "trend": None
        if trend is None
        else {
            "days": [[each.day.isoformat(), each.planned, each.credited] for each in trend.days],
            "required": trend.required,
            "passing": trend.passing,
            "reachable": trend.reachable,
        },
    }


def unpacked(kept: Mapping[str, object]) -> Pictures:
    """Return pictures as they were before `packed`."""
    trend = kept.get("trend")
    return Pictures(
        tuple(
            Step(Activity(str(row[0])), *(int(each or 0) for each in row[1:4]))
            for row in _rows(kept.get("steps"))
            if row[0] in set(Activity)
        ),
        _trend(trend) if isinstance(trend, Mapping) else None,
    )


def _trend(kept: Mapping[str, object]) -> Trend:
    days = tuple(
        Day(dt.date.fromisoformat(str(row[0])), int(row[1] or 0), None if row[2] is None else int(row[2]))
        for row in _rows(kept.get("days"))
    )
    return Trend(days, _whole(kept, "required"), _whole(kept, "passing"), _whole(kept, "reachable"))


def _rows(kept: object) -> Iterable[Sequence[str | int | None]]:
    return [row for row in kept if isinstance(row, list)] if isinstance(kept, list) else []


def _whole(kept: Mapping[str, object], name: str) -> int:
    value = kept.get(name)
    return value if isinstance(value, int) else 0


@dataclass(frozen=True, slots=True)
class AreaWeeks:
    """What was planned and done in one area, in minutes by Monday, and how many learners it has."""

    area: str
    learners: int
    weeks: Mapping[dt.date, tuple[int, int]]

    @property
    def sums(self) -> tuple[int, int]:
        """Return what was planned and done altogether."""
        return sum(each[0] for each in self.weeks.values()), sum(each[1] for each in self.weeks.values())


def areas_packed(areas: Iterable[AreaWeeks]) -> dict[str, object]:
    """Return areas as JSON keeps them."""
    return {
        each.area: {
            "learners": each.learners,
            "weeks": {week.isoformat(): list(sums) for week, sums in each.weeks.items()},
        }
        for each in areas
    }


def areas_unpacked(kept: Mapping[str, object]) -> list[AreaWeeks]:
    """Return areas as they were before `areas_packed`, the one with the smallest share first."""
    found = [
        AreaWeeks(area, _whole(of, "learners"), _weeks(of.get("weeks")))
        for area, of in kept.items()
        if isinstance(of, Mapping)
    ]
    return sorted(found, key=lambda each: (_share(each.sums), each.area))


def _weeks(kept: object) -> Mapping[dt.date, tuple[int, int]]:
    if not isinstance(kept, Mapping):
        return {}
    return {
        dt.date.fromisoformat(str(week)): (int(sums[0]), int(sums[1]))
        for week, sums in kept.items()
        if isinstance(sums, list)
    }


def _share(sums: tuple[int, int]) -> int:
    planned, done = sums
    return done * 10_000 // planned if planned else 10_001
