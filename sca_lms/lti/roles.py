"""Decide what somebody may be in a course from the roles that a host claims for them.

Context roles decide. Institution and system roles say who somebody is elsewhere and never give a right to
grade here; the one thing they add is that an administrator who also teaches the course manages it.
Sub-roles count as their parent, and what is not known gives nothing.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sca_lms.courses.rules import Role
from sca_lms.lti.vocabulary import CONTEXT_ROLE, INSTITUTION_ROLE, SYSTEM_ROLE

# The vocabulary is `…/membership#Instructor`, `…/membership/Instructor#Grader`, `…/institution/person#Staff`.
_LIS = re.compile(
    r"https?://purl\.imsglobal\.org/vocab/lis/v2/"
    r"(?:(?P<place>membership)(?:/(?P<parent>[A-Za-z]+))?|(?P<elsewhere>institution|system)/person)"
    r"#(?P<name>[A-Za-z]+)"
)
_TEST_USER = re.compile(r"https?://purl\.imsglobal\.org/vocab/lti/system/person#TestUser")
_SHORT = re.compile(r"[A-Za-z]+")

_IN_CONTEXT = {
    "Learner": Role.LEARNER,
    "Instructor": Role.INSTRUCTOR,
    # Not in the vocabulary at this level, yet sent by several hosts.
    "TeachingAssistant": Role.INSTRUCTOR,
    "ContentDeveloper": Role.AUTHOR,
    "Mentor": Role.MENTOR,
    "Administrator": Role.MANAGER,
    "Manager": Role.MANAGER,
}
_ADMINISTRATORS = frozenset({"Administrator", "SysAdmin"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a launch makes of somebody: never empty, at the least a guest who may read."""

    roles: frozenset[Role]
    is_test: bool


def resolve(claimed: Iterable[str]) -> Standing:
    """Return the rights that these role names give, by least privilege."""
    return _resolve(tuple(claimed))


# A host has a handful of combinations for everybody it sends.
@functools.lru_cache(maxsize=256)
def _resolve(claimed: tuple[str, ...]) -> Standing:
    found: set[Role] = set()
    administers, is_test = False, False
    for uri in claimed:
        place, name = _parse(uri)
        if place == CONTEXT_ROLE and name in _IN_CONTEXT:
            found.add(_IN_CONTEXT[name])
        elif place in {INSTITUTION_ROLE, SYSTEM_ROLE} and name in _ADMINISTRATORS:
            administers = True
        is_test = is_test or _TEST_USER.fullmatch(uri) is not None
    if administers and Role.INSTRUCTOR in found:
        found.add(Role.MANAGER)
    return Standing(roles=frozenset(found or {Role.GUEST}), is_test=is_test)


def _parse(uri: str) -> tuple[str, str]:
    """Return where a role holds and its name (the parent's, for a sub-role); both empty when unknown."""
    found = _LIS.fullmatch(uri)
    if found is None:
        return (CONTEXT_ROLE, uri) if _SHORT.fullmatch(uri) else ("", "")
    if found["elsewhere"]:
        return found["elsewhere"], found["name"]
    return CONTEXT_ROLE, found["parent"] or found["name"]
