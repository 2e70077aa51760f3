"""Let a quiz that has a column of its own be placed in the host's course, and opened from there."""

from flask import url_for

from sca_lms.assessments import queries as assessments
from sca_lms.grades import overview
from sca_lms.grades.decisions import QUIZ_ACTIVITY
from sca_lms.grades.linkables import present
from sca_lms.lti.linkables import Column, Linkable


def quiz_linkables(course_id: int) -> list[Linkable]:
    """Return the quizzes that were given a column; all others are found in their modules."""
    there = present(course_id)
    return [
        Linkable(
            QUIZ_ACTIVITY + each.quiz.code,
            each.quiz.title,
            kind="quiz",
            column=Column(
                each.column.code,
                each.column.title,
                each.column.score_maximum,
                frozenset(there.get(each.column.id, ())),
            ),
            available_from=each.quiz.opens_at,
            available_until=each.quiz.closes_at,
        )
        for each in overview.quiz_columns(course_id)
        if each.column is not None
    ]


def quiz_path(course_id: int, code: str) -> str:
    """Return the path that the activity `quiz:CODE` of a host leads to; an unknown code leads to the home."""
    quiz = assessments.find_quiz_by_code(course_id, code)
    if quiz is None or not quiz.published:
        return f"/courses/{course_id}/"
    return url_for("assessments.quiz", course_id=course_id, quiz_id=quiz.id)
