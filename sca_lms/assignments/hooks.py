"""What the package that marks tells assignments, without being imported: the application wires it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from flask import current_app

from sca_lms.assignments.models import Assignment
from sca_lms.assignments.rubric_models import RubricVersion
from sca_lms.assignments.rules import Changed

RECOMPUTE = "sca_rubric_recompute"
MARKS = "sca_assignment_marks"


@dataclass(frozen=True, slots=True)
class ReleasedMark:
    """A mark as its learner sees it, after what was lost for being late."""

    points: Decimal
    max_score: Decimal
    url: str


class RubricRecompute(Protocol):
    """Work marks out again with another version of a rubric."""

    def preview(self, assignment: Assignment, new_version: RubricVersion) -> Sequence[Changed]: ...

    def apply(
        self, assignment: Assignment, new_version: RubricVersion, *, by: int | None, at: dt.datetime
    ) -> None: ...


class AssignmentMarks(Protocol):
    """Say what is marked and what waits."""

    def released_to(
        self, course_id: int, enrolment_id: int, *, at: dt.datetime
    ) -> Mapping[int, ReleasedMark]: ...

    def waiting(self, course_id: int) -> Mapping[int, int]: ...

    def queue_url(self, course_id: int, assignment_id: int) -> str: ...


def recompute() -> RubricRecompute | None:
    """Return who works marks out again, None where nothing can be marked."""
    found: RubricRecompute | None = current_app.extensions.get(RECOMPUTE)
    return found


def marks() -> AssignmentMarks | None:
    """Return who knows the marks, None where nothing can be marked."""
    found: AssignmentMarks | None = current_app.extensions.get(MARKS)
    return found
