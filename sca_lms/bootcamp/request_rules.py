"""Decide how much of a session may be made up, and until when something may be asked; pure."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MakeUpRule:
    """What a programme allows, from the section `hours_policy.makeup`; without the section nothing."""

    cap_minutes: int = 0
    window: dt.timedelta = dt.timedelta()
    needs_evidence: bool = False

    @classmethod
    def of(cls, policy: Mapping[str, object]) -> "MakeUpRule":
        """Read it from a version of the hours policy."""
        section = policy.get("makeup")
        if not isinstance(section, Mapping):
            return cls()
        return cls(
            int(str(section.get("cap_minutes", 0))),
            dt.timedelta(days=int(str(section.get("window_days", 0)))),
            bool(section.get("evidence_required", False)),
        )


def dispute_window(policy: Mapping[str, object]) -> dt.timedelta:
    """Return how long after a session its minutes may be disputed."""
    return dt.timedelta(days=int(str(policy.get("dispute_window_days", 0))))


def makeable_minutes(*, worth: int, credited: int, made_up_here: int, made_up: int, rule: MakeUpRule) -> int:
    """Return how many minutes of a session may still be made up.

    Never more than was missed of it, and all make-up of a person together never more than the cap.
    """
    missed = worth - credited - made_up_here
    return max(0, min(missed, rule.cap_minutes - made_up))
