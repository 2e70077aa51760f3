"""Shapes for days, local times, months and the breaks and presences between them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sca_lms.programmes import periods
from sca_lms.programmes.faults import shown
from sca_lms.programmes.shapes import INVALID, Shape, Spot, given, must_be_a
from sca_lms.texts import reason_of, worded

_MID_MONTH = dt.timedelta(days=14)


@dataclass(frozen=True)
class Temporal(Shape):
    """A text that stands for a point in time; `read` raises ValueError with what is wrong."""

    called: str
    read: Callable[[str], object]
    canonical: Callable[[str], str]
    shifted: Callable[[str, int], str]

    def check(self, value: object, at: Spot) -> object:
        """Refuse what `read` cannot read, among it years of the Buddhist Era."""
        if not isinstance(value, str):
            return at.refuse(must_be_a(self.label, value))
        try:
            self.read(value)
        except ValueError as error:
            return at.refuse(given(reason_of(error), value))
        return self.canonical(value)

    def shift(self, value: object, days: int) -> object:
        """Move it by whole days; the time of day stays."""
        return self.shifted(value, days) if isinstance(value, str) else value


def _canonical_moment(text: str) -> str:
    return periods.write_moment(periods.read_moment(text), like=text)


def _later_day(text: str, days: int) -> str:
    return (periods.read_day(text) + dt.timedelta(days=days)).isoformat()


def _later_moment(text: str, days: int) -> str:
    return periods.write_moment(periods.read_moment(text) + dt.timedelta(days=days), like=text)


def _later_month(text: str, days: int) -> str:
    # The middle of a month decides, so that a shift by about a year lands in the same month.
    return (periods.read_month(text) + _MID_MONTH + dt.timedelta(days=days)).isoformat()[:7]


def _read_break_edge(text: str) -> object:
    return periods.read_break_edge(text, after=dt.datetime(2000, 1, 1))  # noqa: DTZ001 - wall time has no zone.


def _canonical_break_edge(text: str) -> str:
    return _canonical_moment(text) if "-" in text else text


def _later_break_edge(text: str, days: int) -> str:
    return _later_moment(text, days) if "-" in text else text


DAY = Temporal(worded("day (2022-08-24)"), periods.read_day, str, _later_day)
MOMENT = Temporal(
    worded("local date and time (2022-09-05T08:30)"), periods.read_moment, _canonical_moment, _later_moment
)
MONTH = Temporal(worded('month ("2022-10")'), periods.read_month, str, _later_month)
BREAK_EDGE = Temporal(
    worded('time of day ("10:30") or local date and time'),
    _read_break_edge,
    _canonical_break_edge,
    _later_break_edge,
)


@dataclass(frozen=True)
class Opening(Shape):
    """A pair [from, until] of local times; the end may be empty (null) where `may_be_open`."""

    may_be_open: bool = False

    @property
    def label(self) -> str:
        """Describe the pair."""
        return worded("pair [in, out or null]") if self.may_be_open else worded("pair [start, end]")

    def check(self, value: object, at: Spot) -> object:
        """Refuse anything but two local times in order."""
        if not isinstance(value, list) or len(value) != 2:
            return at.refuse(
                worded(
                    "must be a %(label)s of local times, not %(value)s", label=self.label, value=shown(value)
                )
            )
        start = MOMENT.check(value[0], at.under(0))
        end = None if value[1] is None and self.may_be_open else MOMENT.check(value[1], at.under(1))
        if start is INVALID or end is INVALID:
            return INVALID
        if end is not None and periods.read_moment(str(end)) < periods.read_moment(str(start)):
            return at.refuse(
                worded("must not end (%(end)s) before it starts (%(start)s)", end=end, start=start)
            )
        return [start, end]

    def shift(self, value: object, days: int) -> object:
        """Move both ends."""
        return [MOMENT.shift(edge, days) for edge in value] if isinstance(value, list) else value
