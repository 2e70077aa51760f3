"""What a kind of notices is, and how its facts become words; pure."""

import datetime as dt
import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sca_lms.courses.rules import Role
from sca_lms.errors import Text
from sca_lms.texts import Bilingual

LONGEST_FACT = 2_000


class Urgency(enum.StrEnum):
    """How notices of a kind come by e-mail."""

    AT_ONCE = "at-once"
    DIGEST = "digest"
    NEVER = "never"


class Subject(enum.StrEnum):
    """What a kind of notices is about: where it stands among somebody's choices."""

    HOURS = "hours"
    MENTORING = "mentoring"
    WORK = "work"
    UPDATES = "updates"
    RUNNING = "running"
    PRIVACY = "privacy"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notices: what people call it in their choices, and the words of one notice.

    `title` and `body` are translatable templates with `%(name)s` for each fact. A fact's name says how it is
    written: `…_at` a moment, `…_on` a day, `…_minutes` a duration; other facts are texts, numbers or
    bilingual texts.
    """

    name: str
    label: Text
    title: Text
    body: Text
    urgency: Urgency = Urgency.DIGEST
    subject: Subject = Subject.RUNNING
    concerns: frozenset[Role] = frozenset()
    """Whom it can be told; nobody named: everybody."""

    def may_reach(self, roles: Collection[Role]) -> bool:
        """Tell whether somebody with these roles can be told of it."""
        return not self.concerns or not self.concerns.isdisjoint(roles)


Fact = str | int | Bilingual | dt.datetime | dt.date


def packed(facts: Mapping[str, Fact]) -> dict[str, object]:
    """Return facts as JSON keeps them; raise ValueError for a naive moment."""
    return {name: _packed(value) for name, value in facts.items()}


def unpacked(facts: Mapping[str, object]) -> dict[str, Fact]:
    """Return facts as they were before `packed`."""
    return {name: _unpacked(name, value) for name, value in facts.items()}


def _packed(value: Fact) -> object:
    if isinstance(value, Bilingual):
        return {"th": value.th[:LONGEST_FACT], "en": value.en[:LONGEST_FACT]}
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError("a fact's moment needs its zone")
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if isinstance(value, int) else value[:LONGEST_FACT]


def _unpacked(name: str, value: object) -> Fact:
    if isinstance(value, dict):
        return Bilingual.of(value)
    if isinstance(value, int):
        return value
    text = str(value)
    if name.endswith("_at") and text:
        return dt.datetime.fromisoformat(text)
    if name.endswith("_on") and text:
        return dt.date.fromisoformat(text)
    return text
