"""Count what mentoring is worth: quotas of topics, what goes beyond them, and the score; pure.

A topic has so many minutes and so many meetings. Credited minutes fill its minutes up, the oldest credit
first, so that a meeting which counted goes on counting whatever is credited later; what no longer fits is
surplus: it is shown and does not count. Meetings are counted apart, up to their number: whose meetings
were a few minutes shorter than planned makes that good by one meeting more.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Quota:
    """What counts of one topic at the most."""

    topic_id: int
    sessions: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Credit:
    """One meeting for which both sides, or the staff, agreed on minutes."""

    place_id: int
    topic_id: int
    minutes: int
    credited_at: dt.datetime
    starts_at: dt.datetime


@dataclass(frozen=True, slots=True)
class TopicSum:
    """What somebody has of one topic: credited altogether, and how much of it counts."""

    quota: Quota
    credited: int = 0
    met: int = 0
    """Meetings with credit."""

    @property
    def counted(self) -> int:
        """Return the minutes that count."""
        return min(self.credited, self.quota.minutes)

    @property
    def surplus(self) -> int:
        """Return the minutes beyond the quota; they are shown and do not count."""
        return self.credited - self.counted

    @property
    def sessions(self) -> int:
        """Return the meetings that count."""
        return min(self.met, self.quota.sessions)

    @property
    def missing(self) -> int:
        """Return how many minutes are missing to the quota."""
        return self.quota.minutes - self.counted

    @property
    def is_full(self) -> bool:
        """Tell whether the topic's minutes and its meetings are reached."""
        return self.missing == 0 and self.sessions == self.quota.sessions


def in_order(found: Iterable[Credit]) -> list[Credit]:
    """Return credits as they fill quotas: the oldest credit first, then the earliest meeting."""
    return sorted(found, key=lambda each: (each.credited_at, each.starts_at, each.place_id))


def counted_minutes(found: Iterable[Credit], quotas: Iterable[Quota]) -> dict[int, int]:
    """Return for each place how many of its minutes count; 0 is a meeting beyond its quota."""
    left = {quota.topic_id: quota.minutes for quota in quotas}
    counted: dict[int, int] = {}
    for credit in in_order(found):
        counted[credit.place_id] = min(credit.minutes, left.get(credit.topic_id, 0))
        left[credit.topic_id] = left.get(credit.topic_id, 0) - counted[credit.place_id]
    return counted


def sums(
    quotas: Sequence[Quota], credited: Mapping[int, int], met: Mapping[int, int]
) -> tuple[TopicSum, ...]:
    """Return the sum of every topic from credited minutes and meetings by topic."""
    return tuple(
        TopicSum(quota, credited.get(quota.topic_id, 0), met.get(quota.topic_id, 0)) for quota in quotas
    )


def score(counted: int, *, required_minutes: int, maximum: Decimal) -> Decimal:
    """Return the score for counted minutes on a column's scale, rounded half up to two decimals.

    The score is full as soon as the required minutes are reached.
    """
    if required_minutes <= 0:
        return maximum
    share = Decimal(min(counted, required_minutes)) / Decimal(required_minutes)
    return (share * maximum).quantize(PLACES, ROUND_HALF_UP)
