"""Arrange somebody's account of hours: each session and award with its ledger entries, by day, in pages."""

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from sca_lms.attendance.models import (
    AttendanceSession,
    Category,
    EntryKind,
    HoursPolicyVersion,
    LedgerEntry,
    SessionState,
)
from sca_lms.attendance.rules import HoursPolicy, Presence
from sca_lms.bootcamp.queries import Camp, Hours
from sca_lms.bootcamp.strips import Cause, Strip, strip_of
from sca_lms.courses.models import Enrolment
from sca_lms.programmes.periods import Period
from sca_lms.web.paging import Page, fitting, offset

DAYS_A_PAGE = 7


class LineState(enum.StrEnum):
    """What became of a session, or that it is an award."""

    WHOLE = "whole"
    PART = "part"
    MISSED = "missed"
    PENDING = "pending"
    RUNNING = "running"
    UNCLOSED = "unclosed"
    CANCELLED = "cancelled"
    AWARD = "award"


class Show(enum.StrEnum):
    """What of an account is shown."""

    ALL = "all"
    PART = "part"
    MISSED = "missed"
    PENDING = "pending"
    CORRECTED = "corrected"
    OPEN = "open"
    EXTRA = "extra"


SHOWN_STATES: Mapping[Show, frozenset[LineState]] = {
    Show.PART: frozenset({LineState.PART}),
    Show.MISSED: frozenset({LineState.MISSED}),
    Show.PENDING: frozenset({LineState.PENDING}),
    Show.OPEN: frozenset({LineState.RUNNING, LineState.UNCLOSED}),
}


@dataclass(frozen=True, slots=True)
class Correction:
    """A reversed entry and what was booked instead, if anything."""

    reversal: LedgerEntry
    instead: LedgerEntry | None


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A session as somebody lived it, or an award, with its ledger entries in their order."""

    state: LineState
    on: dt.date
    category: Category
    entries: tuple[LedgerEntry, ...]
    session: AttendanceSession | None = None
    presences: tuple[Presence, ...] = ()
    policy: HoursPolicyVersion | None = None
    """The version that the session follows."""
    strip: Strip | None = None
    """Only on the page that is shown."""
    makeup_until: dt.datetime | None = None
    """Until when the minutes missed may be made up; None when there are none or it is too late."""
    dispute_until: dt.datetime | None = None

    @property
    def paid(self) -> int:
        """The minutes that the ledger has, everything counted."""
        return sum(entry.minutes for entry in self.entries)

    @property
    def worth(self) -> int:
        """The minutes that could be had."""
        return self.session.credit_minutes if self.session is not None else self.paid

    @property
    def attended(self) -> int:
        """The minutes paid for being there."""
        kinds = (EntryKind.ATTENDANCE, EntryKind.REVERSAL)
        return self.paid - sum(entry.minutes for entry in self.live if entry.kind not in kinds)

    @property
    def live(self) -> tuple[LedgerEntry, ...]:
        """The entries that stand."""
        reversed_ids = {entry.reverses_id for entry in self.entries}
        return tuple(
            entry
            for entry in self.entries
            if entry.kind is not EntryKind.REVERSAL and entry.id not in reversed_ids
        )

    @property
    def extras(self) -> tuple[LedgerEntry, ...]:
        """The make-ups, awards and adjustments that stand."""
        return tuple(entry for entry in self.live if entry.kind is not EntryKind.ATTENDANCE)

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """What was reversed, each with the next entry that followed before another reversal."""
        found = []
        for place, entry in enumerate(self.entries):
            if entry.kind is not EntryKind.REVERSAL:
                continue
            following = self.entries[place + 1 : place + 2]
            instead = following[0] if following and following[0].kind is not EntryKind.REVERSAL else None
            found.append(Correction(entry, instead))
        return tuple(found)

    @property
    def has_story(self) -> bool:
        """Whether there is more to say than that somebody was there, or was not."""
        if len(self.entries) > 1 or self.extras or self.state is LineState.CANCELLED:
            return True
        if self.strip is None or self.state is LineState.MISSED:
            return False
        return any(line.cause is not Cause.BREAK for line in self.strip.lines)

    @property
    def is_explained(self) -> bool:
        """Whether the strip ends at what the ledger has for being there."""
        return self.strip is not None and self.strip.minutes == self.attended


@dataclass(frozen=True, slots=True)
class Day:
    """One day of an account."""

    on: dt.date
    lines: tuple[AccountLine, ...]

    @property
    def paid(self) -> int:
        """The minutes that the ledger has for this day."""
        return sum(line.paid for line in self.lines)

    @property
    def worth(self) -> int:
        """The minutes of its sessions; those that were cancelled are worth nothing any more."""
        return sum(line.worth for line in self.lines if line.state is not LineState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Account:
    """Everything about somebody's hours, the newest line first."""

    enrolment: Enrolment
    camp: Camp
    hours: Hours
    lines: tuple[AccountLine, ...]
    coming: tuple[AttendanceSession, ...]
    """The sessions that have not begun and expect this person, by time."""
    elsewhere: Mapping[int, Sequence[Period]]
    """By session id: when another session pays."""
    roles: Mapping[int, str]
    """By person id: what those who made entries are in the course."""
    at: dt.datetime
    beside: tuple[LedgerEntry, ...] = ()
    """Entries of other series: links of the chain that give no hours."""

    @property
    def entries(self) -> list[LedgerEntry]:
        """The whole ledger by number, so that its chain can be checked."""
        listed = [entry for line in self.lines for entry in line.entries]
        return sorted([*listed, *self.beside], key=lambda entry: entry.number)

    def role(self, entry: LedgerEntry) -> str:
        """Return what the one who made an entry is: `rules`, `operator`, `own` or a role of the course."""
        return entry.by if entry.person_id is None else self.roles.get(entry.person_id, "")

    def matching(self, show: Show, category: str = "") -> list[AccountLine]:
        """Return the lines that a filter shows."""
        return [line for line in self.lines if fits(line, show) and category in {"", line.category.code}]

    def count(self, show: Show, category: str = "") -> int:
        """Return how many lines a filter shows."""
        return len(self.matching(show, category))

    def days(self, show: Show, category: str, number: int) -> Page[Day]:
        """Return one page of days, with the strips of their sessions."""
        days = [
            (on, tuple(lines)) for on, lines in groupby(self.matching(show, category), lambda line: line.on)
        ]
        shown = fitting(number, size=DAYS_A_PAGE, total=len(days))
        start = offset(shown, size=DAYS_A_PAGE)
        page = [
            Day(on, tuple(self.drawn(line) for line in lines))
            for on, lines in days[start : start + DAYS_A_PAGE]
        ]
        return Page(page, shown, DAYS_A_PAGE, len(days))

    def drawn(self, line: AccountLine) -> AccountLine:
        """Return a line with its strip; awards and cancelled sessions have none."""
        session = line.session
        if session is None or line.state is LineState.CANCELLED:
            return line
        strip = strip_of(
            line.presences,
            session=session.times,
            paid_elsewhere=self.elsewhere.get(session.id, ()),
            policy=HoursPolicy.of(line.policy.document) if line.policy is not None else HoursPolicy(),
            until=self.at.replace(second=0, microsecond=0) if session.state is SessionState.OPEN else None,
        )
        return AccountLine(
            line.state, line.on, line.category, line.entries, session, line.presences, line.policy, strip,
            line.makeup_until, line.dispute_until,
        )  # fmt: skip


def fits(line: AccountLine, show: Show) -> bool:
    """Tell whether a filter shows a line."""
    if show is Show.ALL:
        return True
    if show is Show.CORRECTED:
        return bool(line.corrections)
    if show is Show.EXTRA:
        return bool(line.extras)
    return line.state in SHOWN_STATES[show]


def state_of(
    session: AttendanceSession, *, paid: int, pending: bool, was_there: bool, at: dt.datetime
) -> LineState:
    """Return what became of a session for somebody."""
    if session.state is SessionState.CANCELLED:
        return LineState.CANCELLED
    if session.state is not SessionState.CLOSED:
        return LineState.RUNNING if at < session.ends_at else LineState.UNCLOSED
    if pending:
        return LineState.PENDING
    if paid >= session.credit_minutes:
        return LineState.WHOLE
    return LineState.PART if paid or was_there else LineState.MISSED


def awards(entries: Iterable[LedgerEntry], zone: ZoneInfo) -> list[AccountLine]:
    """Return the lines of entries that belong to no session, a reversal beside what it reverses."""
    families: dict[int, list[LedgerEntry]] = defaultdict(list)
    for entry in entries:
        families[entry.reverses_id or entry.id].append(entry)
    return [
        AccountLine(LineState.AWARD, family[0].at.astimezone(zone).date(), family[0].category, tuple(family))
        for family in families.values()
    ]
