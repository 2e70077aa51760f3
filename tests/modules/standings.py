"""Where somebody stands in two modules, by the evidence there is."""

import datetime as dt
from collections.abc import Sequence

from sca_lms.assessments.rules import Standing as QuizStanding
from sca_lms.modules import rules
from sca_lms.modules.plan import Evidence, ModulePlan
from sca_lms.modules.prerequisites import all_modules, stuck_modules
from sca_lms.modules.standing import CourseStanding
from tests.modules.samples import (
    FIRST,
    IN_TIME,
    SECOND,
)

OUTLINE = (FIRST, SECOND)


def stand(
    *evidence: Evidence,
    outline: Sequence[ModulePlan] = OUTLINE,
    quizzes: dict[int, QuizStanding] | None = None,
    at: dt.datetime = IN_TIME,
) -> CourseStanding:
    return rules.course_standing(outline, evidence=evidence, quizzes=quizzes or {}, at=at)


def stuck(wants: dict[str, list[str]]) -> frozenset[str]:
    """Return the modules that nobody can ever reach, by which wants which."""
    return stuck_modules({code: all_modules(wanted) for code, wanted in wants.items()})
