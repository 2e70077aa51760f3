"""Say what each of the tool's keys is doing; pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sca_lms.lti.models import ToolKey


class KeyState(StrEnum):
    """What a key is doing."""

    WAITING = "waiting"
    SIGNING = "signing"
    PUBLISHED = "published"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key and what it is doing."""

    key: ToolKey
    state: KeyState


def key_lines(keys: Sequence[ToolKey], *, at: dt.datetime) -> list[KeyLine]:
    """Return the keys in their order: one signs, newer ones wait, older ones are still shown or gone."""
    usable = [key for key in keys if key.signs_from <= at and not _is_retired(key, at=at)]
    signing = max(usable, key=lambda key: (key.signs_from, key.id), default=None)
    return [KeyLine(key, _state(key, signing, at=at)) for key in keys]


def _state(key: ToolKey, signing: ToolKey | None, *, at: dt.datetime) -> KeyState:
    if key is signing:
        return KeyState.SIGNING
    if _is_retired(key, at=at):
        return KeyState.RETIRED
    return KeyState.WAITING if key.signs_from > at else KeyState.PUBLISHED


def _is_retired(key: ToolKey, *, at: dt.datetime) -> bool:
    return key.retires_at is not None and key.retires_at <= at
