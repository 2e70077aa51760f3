"""What travels between the database and the host: a score on its way, and what became of it."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from sca_lms.grades.rules import Reason, State
from sca_lms.lti.models import Platform


@dataclass(frozen=True, slots=True)
class Parcel:
    """One score on its way, with everything that is needed to send it."""

    score_id: int
    lease_token: str
    lease_until: dt.datetime
    revision: int
    value: Decimal | None
    """None where the host is to show no score any more."""
    comment: str
    column_id: int
    host_column_id: int
    line_item_url: str | None
    made_by_tool: bool
    """False also while it is not known where the column is."""
    score_maximum: Decimal
    platform: Platform
    offered: frozenset[str]
    subject: str
    failures: int
    detail: str
    """What was noted of the latest failure."""
    timestamp: dt.datetime | None
    """The time it carries, if that is on record already; otherwise `begin` has to be called."""
    attempted_revision: int | None
    attempted_value: Decimal | None
    earlier_values: tuple[Decimal, ...]
    delivered_value: Decimal | None

    @property
    def has_current_attempt(self) -> bool:
        """Tell whether all that is wanted now was sent before, and may have arrived."""
        return self.attempted_revision == self.revision

    @property
    def other_values(self) -> list[Decimal]:
        """Return what the host may show besides what is wanted now, and that is nobody else's change."""
        attempted = None if self.has_current_attempt else self.attempted_value
        known = (attempted, self.delivered_value, *self.earlier_values)
        return [value for value in known if value is not None]

    @property
    def is_first(self) -> bool:
        """Tell whether the host can have nothing of ours for this person."""
        return self.attempted_value is None and not self.other_values


@dataclass(frozen=True, slots=True)
class Destination:
    """A column of the host, and whether this tool has made it."""

    url: str
    made_by_tool: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a parcel that was tried."""

    state: State
    reason: Reason | None = None
    detail: str = ""
    next_try_at: dt.datetime | None = None
    in_doubt: bool = False
    """True when this attempt may have arrived all the same, so that the record of it has to stay.

    What was in doubt before it stays so in any case, until it is known what the host has.
    """
    again: bool = False
    """True when what the host may show of an attempt does not mean that it took it."""
    host_value: Decimal | None = None
    confirmed: bool = False
    """True when the host was seen to show it."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """Nothing was tried; with a reason it waits, without one it is only due."""

    until: dt.datetime
    reason: Reason | None = None


Fate = Ending | PutBack


@dataclass(frozen=True, slots=True)
class Finished:
    """A parcel that is no longer under way."""

    parcel: Parcel
    fate: Fate
    timestamp: dt.datetime | None = None
    """The time it carried, if it was sent."""
