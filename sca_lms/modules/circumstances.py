"""Find what decides about learners' prerequisites and due dates beside what they did in the units."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa
from flask import current_app

from sca_lms.assessments.models import Quiz
from sca_lms.assessments.rules import Standing as QuizStanding
from sca_lms.assignments.models import Assignment
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.modules.models import Module, ModuleExtension
from sca_lms.modules.plan import ModulePlan
from sca_lms.modules.prerequisites import Activity, Circumstances, ConditionKind

SCORES = "sca_assignment_scores"
"""`app.extensions[SCORES]` returns released scores of assignments by code and enrolment."""
Scores = Callable[[int, Collection[str], Collection[int]], Mapping[str, Mapping[int, Decimal | None]]]


def circumstances_of(
    course_id: int,
    outline: Sequence[ModulePlan],
    enrolment_ids: Collection[int],
    quizzes: Mapping[int, Mapping[int, QuizStanding]],
) -> Mapping[int, Circumstances]:
    """Return by enrolment what the modules' prerequisites ask about; nothing is read that none asks about."""
    wanted = {kind: _codes(outline, kind) for kind in ConditionKind}
    groups = _groups(enrolment_ids) if wanted[ConditionKind.GROUP] else {}
    asked = _quizzes(course_id, wanted[ConditionKind.QUIZ])
    tasks = _assignments(course_id, wanted[ConditionKind.ASSIGNMENT])
    if not groups and not asked and not tasks:
        return {}
    scores = _scores()(course_id, tasks, enrolment_ids) if tasks else {}
    found: dict[int, Circumstances] = {}
    for enrolment_id in enrolment_ids:
        own = quizzes.get(enrolment_id, {})
        activities: dict[tuple[ConditionKind, str], Activity] = {}
        for code, quiz in asked.items():
            standing = own.get(quiz.id)
            activities[ConditionKind.QUIZ, code] = Activity(
                quiz.id, quiz.title, standing.percent if standing else None
            )
        for code, task in tasks.items():
            points = scores.get(code, {}).get(enrolment_id)
            percent = None if points is None else points * 100 / task.max_score
            activities[ConditionKind.ASSIGNMENT, code] = Activity(task.id, task.title, percent)
        found[enrolment_id] = Circumstances(groups.get(enrolment_id, ""), activities)
    return found


def extensions_of(course_id: int, enrolment_ids: Collection[int]) -> Mapping[int, Mapping[int, dt.datetime]]:
    """Return by enrolment and module until when people have more time; one statement."""
    rows = db.session.execute(
        sa.select(ModuleExtension.enrolment_id, ModuleExtension.module_id, ModuleExtension.due_at)
        .join(ModuleExtension.module)
        .where(Module.course_id == course_id, ModuleExtension.enrolment_id.in_(enrolment_ids))
    )
    found: dict[int, dict[int, dt.datetime]] = defaultdict(dict)
    for enrolment_id, module_id, due_at in rows:
        found[enrolment_id][module_id] = due_at
    return found


def _codes(outline: Sequence[ModulePlan], kind: ConditionKind) -> set[str]:
    return {code for module in outline for code in module.prerequisites.codes(kind)}


def _groups(enrolment_ids: Collection[int]) -> Mapping[int, str]:
    rows = db.session.execute(sa.select(Enrolment.id, Enrolment.group).where(Enrolment.id.in_(enrolment_ids)))
    return {row[0]: row[1] for row in rows}


def _quizzes(course_id: int, codes: Collection[str]) -> Mapping[str, Quiz]:
    if not codes:
        return {}
    found = sa.select(Quiz).where(Quiz.course_id == course_id, Quiz.code.in_(codes), Quiz.published)
    return {quiz.code: quiz for quiz in db.session.scalars(found)}


def _assignments(course_id: int, codes: Collection[str]) -> Mapping[str, Assignment]:
    if not codes:
        return {}
    found = sa.select(Assignment).where(
        Assignment.course_id == course_id, Assignment.code.in_(codes), Assignment.published
    )
    return {assignment.code: assignment for assignment in db.session.scalars(found)}


def _scores() -> Scores:
    scores: Scores = current_app.extensions[SCORES]
    return scores
