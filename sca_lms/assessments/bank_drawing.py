"""Deal questions to the drawn places of a quiz: by a seed alone, none twice, and as many as can be had."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """A place that wants `count` of the questions in its pool."""

    key: str
    count: int
    pool: frozenset[int]


def deal(places: Sequence[Wanted], *, seed: str, taken: Collection[int] = ()) -> list[list[int]]:
    """Return for each place the questions it gets, in an order that hangs on the seed alone.

    A place gets fewer than it wants only when no other distribution would give all places more: where the
    pools of two places overlap, one gives way to the other.
    """
    kept_out = frozenset(taken)
    orders = [_in_order(place, seed=seed, kept_out=kept_out) for place in places]
    owner: dict[int, int] = {}
    # Narrow pools first: then hardly anybody has to give way.
    for index in sorted(range(len(places)), key=lambda index: (len(orders[index]), index)):
        for _unit in range(places[index].count):
            # Once one unit finds nothing, no further one of the same place can.
            if not _find(index, orders, owner, set()):
                break
    return [[question for question in order if owner.get(question) == i] for i, order in enumerate(orders)]


def _in_order(place: Wanted, *, seed: str, kept_out: frozenset[int]) -> list[int]:
    def drawn(question: int) -> bytes:
        return hashlib.sha256(f"{seed}|{place.key}|{question}".encode()).digest()

    return sorted(place.pool - kept_out, key=drawn)


def _find(index: int, orders: Sequence[Sequence[int]], owner: dict[int, int], seen: set[int]) -> bool:
    """Give one more question to a place; whoever had it looks for another (Kuhn's augmenting paths)."""
    for question in orders[index]:
        if question not in owner:
            owner[question] = index
            return True
    for question in orders[index]:
        if question in seen or owner[question] == index:
            continue
        seen.add(question)
        if _find(owner[question], orders, owner, seen):
            owner[question] = index
            return True
    return False
