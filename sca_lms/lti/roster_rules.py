"""Decide what a host's roster changes here: who is new, whose name or role is another, and who is gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sca_lms.courses.rules import Role

NAMES = ("name", "given_name", "family_name", "email")
GIVABLE = tuple(role for role in Role if role is not Role.GUEST)
"""The roles that can be given and taken inside a course, in the order in which they are shown."""


class Presence(StrEnum):
    """Where somebody of a roster stands."""

    LISTED = "listed"
    GONE = "gone"
    """No longer listed; somebody has to say that they have left."""
    LEFT = "left"
    """Somebody said so."""


class Change(StrEnum):
    """What a roster changed here."""

    JOINED = "joined"
    RETURNED = "returned"
    RENAMED = "renamed"
    ROLES = "roles"


class Trouble(StrEnum):
    """Why a roster could not be fetched."""

    UNREACHABLE = "unreachable"
    TOKEN = "token"  # noqa: S105 - A reason, not a secret.
    REFUSED = "refused"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Standing:
    """The roles that somebody has here, and those that the host is known to have claimed for them."""

    held: frozenset[Role]
    claimed: frozenset[Role]


def renewed(standing: Standing, listed: frozenset[Role], *, has_launched: bool) -> Standing:
    """Return what somebody is after the roster has been read; what was given or taken here stays so.

    Before the first launch the roster is all that is known, and it decides. A launch knows better: after one
    the roster takes no role away, and whoever teaches or mentors is not made a learner by it, because Moodle
    lists a non-editing teacher as a learner.
    """
    known = standing.claimed - {Role.GUEST}
    if has_launched:
        added = listed - {Role.GUEST} - known - standing.held
        if known - {Role.LEARNER}:
            added -= {Role.LEARNER}
        if not added:
            return standing
        return Standing(standing.held - {Role.GUEST} | added, known | added)
    given_here = standing.held - standing.claimed - {Role.GUEST}
    taken_here = known - standing.held
    held = given_here | (listed - taken_here - {Role.GUEST})
    return Standing(held or frozenset({Role.GUEST}), listed)


def names_to_take(
    listed: Mapping[str, str], *, taken: Mapping[str, object], known: Mapping[str, str]
) -> dict[str, str]:
    """Return the names that the roster changes: those it tells for the first time and those it tells anew.

    A name that only a launch writes differently is left as the launch wrote it, or the two would take turns.
    """
    return {
        field: listed[field]
        for field in NAMES
        if listed[field]
        and listed[field] != known[field]
        and (not known[field] or listed[field] != taken.get(field))
    }


def with_role(standing: Standing, role: Role, *, given: bool) -> frozenset[Role]:
    """Return the roles that somebody has after one was given or taken; nobody is without any."""
    held = standing.held - {Role.GUEST}
    return (held | {role} if given else held - {role}) or frozenset({Role.GUEST})
