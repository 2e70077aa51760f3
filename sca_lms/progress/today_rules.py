"""Decide what is now and next, and in which order things need somebody; pure."""

import datetime as dt
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sca_lms.errors import Text
from sca_lms.texts import Bilingual

SOON = dt.timedelta(hours=12)
"""What begins within so long is the first thing to know."""
NEAR = dt.timedelta(days=7)
"""What is due within so long needs somebody; what is due later can wait."""
SHOWN_AHEAD = 6


class EventKind(enum.StrEnum):
    """What takes place."""

    CLASS = "class"
    LIVE = "live"
    UPDATE = "update"
    MENTORING = "mentoring"
    JUDGING = "judging"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that takes place at a time."""

    key: str
    kind: EventKind
    title: Bilingual
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: Bilingual | str = ""
    about: Bilingual | str = ""
    url: str = ""
    join_url: str = ""
    """Where it can be joined now; empty before the doors open."""
    tentative: bool = False

    def is_on(self, at: dt.datetime) -> bool:
        """Tell whether it is going on."""
        return self.starts_at <= at < self.ends_at

    def is_soon(self, at: dt.datetime) -> bool:
        """Tell whether it is so close that it comes before everything else."""
        return self.starts_at - SOON <= at

    def minutes_to_start(self, at: dt.datetime) -> int:
        """Return the minutes to its beginning, rounded up; 0 when it has begun."""
        return max(0, -((at - self.starts_at) // dt.timedelta(minutes=1)))


def in_order(events: Iterable[Event], at: dt.datetime) -> list[Event]:
    """Return what is not over, the earliest first; of two at a time what is agreed on comes first."""
    ahead = [each for each in events if each.ends_at > at]
    return sorted(ahead, key=lambda each: (each.starts_at, each.tentative, each.ends_at, each.key))


class Urgency(enum.IntEnum):
    """How much something presses, the most pressing first."""

    LOST_TIME = 0
    """Minutes wait for a word of the learner."""
    OVERDUE = 1
    ANSWER = 2
    """Somebody else waits for it."""
    DUE = 3
    TO_KNOW = 4


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that needs the learner: a sentence, what it is about, and the one way on."""

    urgency: Urgency
    state: str
    """The look, as for chips: behind, wait or silent."""
    icon: str
    title: Text
    url: str
    action: Text
    subject: Bilingual | str = ""
    detail: Text = ""
    due_at: dt.datetime | None = None


def by_urgency(needs: Sequence[Need]) -> list[Need]:
    """Return what needs somebody in the order in which to do it."""
    far = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(needs, key=lambda each: (each.urgency, each.due_at or far))
