"""Tell what an imported timetable changes about the one that is there; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from sca_lms.bootcamp.timetable_rules import PlannedSession

COMPARED = ("title", "category", "times", "groups", "mode", "venue", "room", "join_url", "capacity")
FIXED_ONCE_PUBLISHED = ("category", "groups")
"""What is written in ledgers or decides who was expected; a published session keeps it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A session that is in both timetables, and the names of what differs."""

    before: PlannedSession
    after: PlannedSession
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What would be new, changed and gone, each in the order of its timetable."""

    new: tuple[PlannedSession, ...]
    changed: tuple[Difference, ...]
    gone: tuple[PlannedSession, ...]
    same: int

    @property
    def is_empty(self) -> bool:
        """Tell whether both timetables are the same."""
        return not (self.new or self.changed or self.gone)


def compare(present: Sequence[PlannedSession], wanted: Sequence[PlannedSession]) -> Comparison:
    """Compare two timetables session by session, by their codes."""
    known = {session.code: session for session in present}
    wanted_codes = {session.code for session in wanted}
    both = [Difference(known[each.code], each, ()) for each in wanted if each.code in known]
    changed = [
        Difference(each.before, each.after, differing(each.before, each.after))
        for each in both
        if each.before != each.after
    ]
    return Comparison(
        new=tuple(each for each in wanted if each.code not in known),
        changed=tuple(changed),
        gone=tuple(each for each in present if each.code not in wanted_codes),
        same=len(both) - len(changed),
    )


def differing(before: PlannedSession, after: PlannedSession) -> tuple[str, ...]:
    """Return the names of what differs between two versions of a session."""
    return tuple(name for name in COMPARED if getattr(before, name) != getattr(after, name))


def wrongly_changed(difference: Difference) -> tuple[str, ...]:
    """Return what a published session may not change about itself, but does here."""
    if not difference.before.published:
        return ()
    return tuple(name for name in FIXED_ONCE_PUBLISHED if name in difference.fields)
