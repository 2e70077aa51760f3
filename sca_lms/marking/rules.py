"""Decide what a mark is worth, who may mark what, and in which order works are read; pure."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum

UNDO_TIME = dt.timedelta(minutes=10)
"""So long nobody but staff knows of a release, and one click takes it back."""
REGRADE_WINDOW = dt.timedelta(days=14)
"""So long after a release a learner may ask to have the mark looked at again."""
BARS = 10


class MarkPart(StrEnum):
    """Whose judgement a mark is."""

    FIRST = "first"
    SECOND = "second"
    """A second marker's, where two mark; nobody gives both the first and the second."""
    AGREED = "agreed"
    """What counts where two have marked."""


class RegradeState(StrEnum):
    """Where a request to mark again stands."""

    OPEN = "open"
    CHANGED = "changed"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one person thinks of one work, whole or half done; the same in drafts, marks and revisions."""

    levels: Mapping[str, str] = field(default_factory=dict)
    """By criterion the value of the level chosen, as `rubric_rules.number_of` writes it."""
    points: Decimal | None = None
    """As typed, where there is no rubric."""
    answer_points: Mapping[int, Decimal] = field(default_factory=dict)
    """By the place of an answer in an attempt."""
    remarks: Mapping[int, str] = field(default_factory=dict)
    """What is said about single answers of an attempt."""
    comment: str = ""

    @classmethod
    def of(cls, document: Mapping[str, object]) -> "Judgement":
        """Read what `document` wrote; what cannot be read is left out."""
        levels, answers = document.get("levels"), document.get("answer_points")
        remarks = document.get("remarks")
        return cls(
            {str(code): str(level) for code, level in _pairs(levels)},
            as_points(document.get("points")),
            {
                int(str(place)): worth
                for place, text in _pairs(answers)
                if (worth := as_points(text)) is not None
            },
            {int(str(place)): str(text) for place, text in _pairs(remarks)},
            str(document.get("comment") or ""),
        )

    def document(self) -> dict[str, object]:
        """Write the judgement so that JSON keeps it exactly."""
        return {
            "levels": dict(self.levels),
            "points": None if self.points is None else str(self.points),
            "answer_points": {str(place): str(points) for place, points in self.answer_points.items()},
            "remarks": {str(place): text for place, text in self.remarks.items()},
            "comment": self.comment,
        }

    def __bool__(self) -> bool:
        return bool(
            self.levels or self.points is not None or self.answer_points or self.remarks or self.comment
        )


def _pairs(found: object) -> Iterable[tuple[object, object]]:
    return found.items() if isinstance(found, Mapping) else ()


def as_points(text: object) -> Decimal | None:
    """Read points that were written as text; None for nothing and for what is no number."""
    if text is None or text == "":
        return None
    try:
        points = Decimal(str(text))
    except InvalidOperation:
        return None
    return points if points.is_finite() else None


def sum_of_answers(answer_points: Mapping[int, Decimal], wanted: Collection[int]) -> Decimal | None:
    """Return what the hand-marked answers of an attempt are worth; None while one is not marked."""
    if any(place not in answer_points for place in wanted):
        return None
    return sum((answer_points[place] for place in wanted), start=Decimal(0))


def reading_order(subject_ids: Iterable[int], *, about: str, marker_id: int) -> list[int]:
    """Return works in an order of each marker's own, which is always the same and follows nothing.

    Whoever comes last in an alphabet is then not always read by a tired eye.
    """

    def place(subject_id: int) -> bytes:
        return hashlib.sha256(f"{about}|{marker_id}|{subject_id}".encode()).digest()

    return sorted(subject_ids, key=place)


def next_after(current: int, ordered: Sequence[int], wanted: Collection[int]) -> int | None:
    """Return the next of those wanted behind the current one, from the beginning again at the end."""
    start = ordered.index(current) + 1 if current in ordered else 0
    turned = [*ordered[start:], *ordered[:start]]
    return next((each for each in turned if each in wanted and each != current), None)


def part_of(markers: Mapping[MarkPart, int | None], *, two: bool, person_id: int) -> MarkPart | None:
    """Return whose judgement this person gives; None when both places are taken by others.

    `markers` holds, by the parts that were marked, who did; somebody who is gone is None.
    """
    if not two or MarkPart.FIRST not in markers or markers[MarkPart.FIRST] == person_id:
        return MarkPart.FIRST
    if MarkPart.SECOND not in markers or markers[MarkPart.SECOND] == person_id:
        return MarkPart.SECOND
    return None


def counting_part(*, two: bool) -> MarkPart:
    """Return which mark counts: the agreed one where two mark, else the first."""
    return MarkPart.AGREED if two else MarkPart.FIRST


def distribution(points: Iterable[Decimal], *, maximum: Decimal) -> list[int]:
    """Return how many marks lie in each tenth of the maximum; the full mark lies in the last."""
    bars = [0] * BARS
    for each in points:
        bars[max(0, min(BARS - 1, int(each * BARS / maximum)))] += 1
    return bars


def may_ask_again(effective_at: dt.datetime, *, at: dt.datetime) -> bool:
    """Tell whether the time to ask for another look is still running."""
    return effective_at <= at < effective_at + REGRADE_WINDOW
