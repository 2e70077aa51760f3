"""The words for who somebody is in a course, and what follows from them."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may be in a course; one person can be several."""

    LEARNER = "learner"
    MENTOR = "mentor"
    INSTRUCTOR = "instructor"
    JUDGE = "judge"
    CHAIR = "chair"
    MANAGER = "manager"
    AUTHOR = "author"
    GUEST = "guest"


STAFF = frozenset({Role.INSTRUCTOR, Role.MANAGER})
"""Those who may see every learner of the course."""


class EnrolmentState(StrEnum):
    """Where a person's time in a course stands."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking, in which course, as what; a guest has neither person nor enrolment."""

    course_id: int
    person_id: int | None
    enrolment_id: int | None
    roles: frozenset[Role]
    is_test: bool
    locale: str | None

    def has(self, *roles: Role) -> bool:
        """Tell whether the person is at least one of these."""
        return not self.roles.isdisjoint(roles)


# Longest first: นาง is also the beginning of นางสาว.
PREFIXES = (
    "ว่าที่ร้อยตรี",
    "นางสาว",
    "นาง",
    "นาย",
    "ดร.",
    "ผศ.",
    "รศ.",
    "ศ.",
    "Mr.",
    "Mrs.",
    "Ms.",
    "Mr ",
    "Mrs ",
    "Ms ",
    "Dr.",
)


def without_prefix(name: str) -> str:
    """Return a name without a glued or written title, for sorting and for greeting, never for storing.

    A title is only dropped when a name is left behind it (นายิกา stays whole when nothing else is there).
    """
    stripped = name.strip()
    for prefix in PREFIXES:
        rest = stripped.removeprefix(prefix).strip()
        if rest != stripped and len(rest) > 1 and not re.match(r"[\u0e30-\u0e3a\u0e47-\u0e4e]", rest):
            return rest
    return stripped
