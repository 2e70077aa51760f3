"""Say which page an activity of the host, or a quiz, belongs to."""

from flask import url_for

from sca_lms.assessments.models import Quiz
from sca_lms.modules import queries

KIND = "module"


def activity_url(course_id: int, reference: str) -> str | None:
    """Return the page of an activity such as `module:PB1`; None when it is not ours or does not exist."""
    kind, _colon, code = reference.partition(":")
    if kind != KIND or not queries.has_module(course_id, code):
        return None
    return url_for("modules.module", course_id=course_id, code=code)


def quiz_home(quiz: Quiz) -> str | None:
    """Return the page of the unit in which a quiz is taken; None when no unit shows it."""
    unit = queries.find_unit_of_quiz(quiz)
    if unit is None:
        return None
    return url_for("modules.unit", course_id=quiz.course_id, code=unit.module.code, unit_code=unit.code)
