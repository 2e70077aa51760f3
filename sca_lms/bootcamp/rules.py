"""Decide what credited minutes count for, who has passed, and what can still be reached; pure.

Within a category minutes count up to its cap, and all together up to the minutes required. Somebody passes
with the required share of all minutes and, in every category, the required share of its minutes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

MINUTES_PER_HOUR = 60
ONE_DECIMAL = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """What is asked for in one category."""

    category_id: int
    minutes: int
    cap_minutes: int
    floor_percent: Decimal

    @property
    def floor_minutes(self) -> int:
        """The minutes without which nobody passes, rounded up to a whole one."""
        return percent_of(self.minutes, self.floor_percent)


@dataclass(frozen=True, slots=True)
class PassRule:
    """What is asked for altogether, from the hours policy."""

    required_minutes: int
    pass_percent: Decimal
    makeup_cap_minutes: int
    """At most so many minutes may be made up in all."""

    @classmethod
    def of(cls, section: Mapping[str, object]) -> "PassRule":
        """Read it from the section `hours_policy` of a checked programme document."""
        makeup = section.get("makeup")
        cap = makeup.get("cap_minutes", 0) if isinstance(makeup, Mapping) else 0
        return cls(
            int(str(section["required_minutes"])), Decimal(str(section["pass_percent"])), int(str(cap))
        )

    @property
    def pass_minutes(self) -> int:
        """The minutes with which somebody passes, rounded up to a whole one."""
        return percent_of(self.required_minutes, self.pass_percent)


@dataclass(frozen=True, slots=True)
class CategoryStanding:
    """Where somebody stands in one category, in minutes."""

    rule: CategoryRule
    credited: int

    @property
    def counted(self) -> int:
        """What of it counts."""
        return min(max(self.credited, 0), self.rule.cap_minutes)

    @property
    def has_floor(self) -> bool:
        """Whether enough of this category was attended to pass."""
        return self.counted >= self.rule.floor_minutes


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands, in minutes."""

    rule: PassRule
    categories: tuple[CategoryStanding, ...]

    @property
    def total(self) -> int:
        """The minutes that count, never more than are required."""
        return min(sum(each.counted for each in self.categories), self.rule.required_minutes)

    @property
    def has_passed(self) -> bool:
        """Whether both the total and every category suffice."""
        return self.total >= self.rule.pass_minutes and all(each.has_floor for each in self.categories)


@dataclass(frozen=True, slots=True)
class Ahead:
    """What somebody may still earn: minutes by category id."""

    to_come: Mapping[int, int]
    """In sessions that are not closed yet and expect this person, and in stays that are pending."""
    missed: Mapping[int, int]
    """In closed sessions, as far as a make-up could still be asked for."""
    made_up: int
    """What was made up already, or is asked for."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What can still become of somebody's hours."""

    reachable: int
    """The total with everything that is still to come and every make-up the rules allow."""
    can_pass: bool
    may_miss: int
    """How many of the minutes to come may be missed without falling below the pass mark; 0 or more."""
    makeup_left: int
    makeable: int
    """How many of the minutes missed may still be made up and would count."""


def standing(credited: Mapping[int, int], categories: Sequence[CategoryRule], rule: PassRule) -> Standing:
    """Return where somebody stands with these ledger sums by category id."""
    return Standing(
        rule, tuple(CategoryStanding(each, credited.get(each.category_id, 0)) for each in categories)
    )


def outlook(now: Standing, ahead: Ahead) -> Outlook:
    """Return what somebody can still reach, counting caps, floors and the make-up allowance."""
    makeup_left = max(0, now.rule.makeup_cap_minutes - ahead.made_up)
    without_makeup = 0
    room_for_makeup = 0
    needed_for_floors = 0
    floors_in_reach = True
    for each in now.categories:
        key, cap = each.rule.category_id, each.rule.cap_minutes
        with_sessions = min(each.counted + ahead.to_come.get(key, 0), cap)
        missed = min(ahead.missed.get(key, 0), cap - with_sessions)
        short = max(0, each.rule.floor_minutes - with_sessions)
        without_makeup += with_sessions
        room_for_makeup += missed
        needed_for_floors += short
        floors_in_reach = floors_in_reach and short <= missed
    required = now.rule.required_minutes
    makeable = min(room_for_makeup, makeup_left)
    reachable = min(without_makeup + makeable, required)
    can_pass = reachable >= now.rule.pass_minutes and floors_in_reach and needed_for_floors <= makeup_left
    spare = min(without_makeup, required) - now.rule.pass_minutes
    may_miss = max(0, min(spare, sum(ahead.to_come.values()))) if can_pass else 0
    return Outlook(reachable, can_pass, may_miss, makeup_left, makeable)


def hours(minutes: int) -> Decimal:
    """Return minutes as hours with one decimal, rounded down so that nobody is told more than was earned."""
    return (Decimal(minutes) / MINUTES_PER_HOUR).quantize(ONE_DECIMAL, rounding=ROUND_DOWN)


def percent_of(minutes: int, percent: Decimal) -> int:
    """Return a share of minutes, rounded up to a whole minute."""
    return int((minutes * percent / 100).to_integral_value(rounding=ROUND_CEILING))
