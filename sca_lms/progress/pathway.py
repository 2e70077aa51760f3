"""Say where somebody stands on the way through the programme's five stages; pure."""

import datetime as dt
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sca_lms.texts import Bilingual

FULL = 100
DAYS_IN_FEBRUARY = 28


class StageKey(enum.StrEnum):
    """The stages of the programme in their order."""

    PRE = "pre"
    BOOTCAMP = "bootcamp"
    MENTORING = "mentoring"
    UPDATES = "updates"
    PITCHING = "pitching"


class StageState(enum.StrEnum):
    """Where somebody stands with a stage."""

    DONE = "done"
    NOW = "now"
    AHEAD = "ahead"
    LOCKED = "locked"
    """Its time has come and something is in the way."""
    SHORT = "short"
    """Its time is over and not everything was reached."""


@dataclass(frozen=True, slots=True)
class Round:
    """A round of the pitching as the programme announces it."""

    title: Bilingual
    days: tuple[dt.date, ...]
    teams_in: int
    teams_out: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its time, the share that is done, and how that came about."""

    key: StageKey
    state: StageState
    begins: dt.date | None
    ends: dt.date | None
    """The last day."""
    done: int = 0
    of: int = 0
    """What `done` is counted in: units, minutes, minutes, updates; 0 where nothing is counted here."""
    rounds: tuple[Round, ...] = field(default=())

    @property
    def percent(self) -> int | None:
        """Return how much is done, rounded down; None where nothing is counted here."""
        return None if self.of <= 0 else min(FULL, self.done * FULL // self.of)


def state_of(
    today: dt.date,
    begins: dt.date | None,
    ends: dt.date | None,
    *,
    is_done: bool,
    is_locked: bool = False,
) -> StageState:
    """Return where somebody stands with a stage on a day; what is done stays done."""
    if is_done:
        return StageState.DONE
    if begins is not None and today < begins:
        return StageState.AHEAD
    if is_locked:
        return StageState.LOCKED
    if ends is not None and today > ends:
        return StageState.SHORT
    return StageState.NOW


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage as a bar over the months, in percent of the whole width."""

    stage: Stage
    left: float
    width: float
    done_width: float


@dataclass(frozen=True, slots=True)
class Span:
    """The months of the programme, the bars in them, and where today is."""

    months: tuple[dt.date, ...]
    bars: tuple[Bar, ...]
    today: float | None
    """In percent of the width; None before the first month and after the last."""


def span_of(stages: Sequence[Stage], today: dt.date) -> Span | None:
    """Arrange stages over whole months; None when no stage has a time."""
    dated = [each for each in stages if each.begins is not None and each.ends is not None]
    if not dated:
        return None
    first = min(each.begins for each in dated if each.begins).replace(day=1)
    after = _next_month(max(each.ends for each in dated if each.ends).replace(day=1))
    days = (after - first).days
    bars = tuple(_bar(each, first, days) for each in dated)
    is_within = first <= today < after
    return Span(
        tuple(_months(first, after)),
        bars,
        _share((today - first).days, days) if is_within else None,
    )


def limits(stages: Iterable[Stage]) -> tuple[dt.date | None, dt.date | None]:
    """Return the first and the last day of all stages."""
    listed = list(stages)
    begins = min((each.begins for each in listed if each.begins), default=None)
    ends = max((each.ends for each in listed if each.ends), default=None)
    return begins, ends


def last_of_month(month: dt.date) -> dt.date:
    """Return the last day of the month in which a day lies."""
    return _next_month(month.replace(day=1)) - dt.timedelta(days=1)


def _bar(stage: Stage, first: dt.date, days: int) -> Bar:
    begins, ends = stage.begins or first, stage.ends or first
    width = _share((ends - begins).days + 1, days)
    return Bar(
        stage,
        _share((begins - first).days, days),
        width,
        round(width * (stage.percent or 0) / FULL, 2),
    )


def _share(part: int, whole: int) -> float:
    return round(part * FULL / whole, 2)


def _months(first: dt.date, after: dt.date) -> Iterable[dt.date]:
    month = first
    while month < after:
        yield month
        month = _next_month(month)


def _next_month(month: dt.date) -> dt.date:
    return (month.replace(day=DAYS_IN_FEBRUARY) + dt.timedelta(days=4)).replace(day=1)
