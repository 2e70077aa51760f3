"""Put what happened to a learner into one order; pure."""

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass

from sca_lms.bootcamp.account import LineState
from sca_lms.mentoring.models import AppointmentState
from sca_lms.texts import Bilingual


class What(enum.StrEnum):
    """What happened."""

    JOINED = "joined"
    MODULE = "module"
    WORK = "work"
    MEETING = "meeting"
    UPDATE = "update"
    UPDATE_MISSED = "update-missed"
    SESSION_MISSED = "session-missed"
    DEED = "deed"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened, and when."""

    at: dt.datetime
    what: What
    subject: Bilingual | str = ""
    late: bool = False
    outcome: AppointmentState | None = None
    """What became of a meeting."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One session in the strip of somebody's attendance, in minutes."""

    state: LineState
    title: Bilingual
    starts_at: dt.datetime
    paid: int
    worth: int

    @property
    def height(self) -> int:
        """Return how much of it was credited, in percent."""
        return 0 if self.worth <= 0 else min(100, self.paid * 100 // self.worth)


def latest_first(happened: Iterable[Happening], at: dt.datetime) -> list[Happening]:
    """Return what lies behind, the newest first."""
    return sorted((each for each in happened if each.at <= at), key=lambda each: each.at, reverse=True)
