"""Say which page an activity of the host, or a quiz, belongs to."""

from flask import url_for

from sca_lms.assessments.models import Quiz
from sca_lms.modules import queries


def module_path(course_id: int, code: str) -> str:
    """Return the path that the activity `module:CODE` of a host leads to.

    Without a code it is the list of modules; a module that is not there leads to the course's first page.
    """
    if not code:
        return f"/courses/{course_id}/modules"
    known = queries.has_module(course_id, code)
    return f"/courses/{course_id}/modules/{code}" if known else f"/courses/{course_id}/"


def quiz_home(quiz: Quiz) -> str | None:
    """Return the page of the unit in which a quiz is taken; None when no unit shows it."""
    unit = queries.find_unit_of_quiz(quiz)
    if unit is None:
        return None
    return url_for("modules.unit", course_id=quiz.course_id, code=unit.module.code, unit_code=unit.code)
