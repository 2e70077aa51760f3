"""The part of edx-platform that the LTI consumer calls: blocks, people, permissions and the gradebook.

The consumer reaches it only through its module `plugin.compat`, which exists for exactly this purpose.
"""

# mypy: disable-error-code="import-not-found"
# The consumer is in the hosts' own environment only.

from dataclasses import dataclass, field
from types import SimpleNamespace

from lti_consumer.exceptions import LtiError
from lti_consumer.plugin import compat

COURSE = "course-v1:SCA+PB+2026"


@dataclass
class Published:
    """A grade as it arrived in the gradebook of the LMS, from 0 to 1."""

    user: str
    share: float
    comment: str | None


@dataclass
class Block:
    """One LTI component in a course."""

    location: object
    display_name: str = "SCA LMS"
    weight: float = 100
    has_score: bool = True
    accept_grades_past_due: bool = True
    published: list[Published] = field(default_factory=list)

    @property
    def scope_ids(self) -> SimpleNamespace:
        """Return what the consumer writes into its log."""
        return SimpleNamespace(usage_id=self.location)

    def is_past_due(self) -> bool:
        """Tell that grades are still taken."""
        return False

    def max_score(self) -> float:
        """Return what a full score is worth."""
        return self.weight

    def set_user_module_score(self, user: str, score: float, _most: float, comment: str | None) -> None:
        """Write a grade into the gradebook."""
        self.published.append(Published(user, score, comment))


blocks: dict[str, Block] = {}
people: dict[str, str] = {}
"""The people by the id that tools know them by."""


def block_at(location: object) -> Block:
    """Return the component at a place, which is there as soon as somebody asks for it."""
    return blocks.setdefault(str(location), Block(location))


def user_of(external_id: str) -> str:
    """Return the person whom a tool means; raises what edx-platform raises."""
    try:
        return people[external_id]
    except KeyError as error:
        raise LtiError("Invalid User") from error


def may_write(user: SimpleNamespace, _course: object) -> bool:
    """Tell whether somebody may change the course; in Studio everybody here is its author."""
    return user is not None


def install() -> None:
    """Stand behind the consumer's door to the platform."""
    compat.load_enough_xblock = compat.load_block_as_user = block_at
    compat.get_user_from_external_user_id = user_of
    compat.user_has_studio_write_access = may_write
