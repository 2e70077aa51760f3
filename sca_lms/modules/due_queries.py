"""Find who has not completed modules that fall due; some learners at a time, and only in these modules."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sca_lms.assessments import queries as assessments
from sca_lms.assessments.rules import Standing as QuizStanding
from sca_lms.assignments import queries as assignments
from sca_lms.courses.queries import counted_learners
from sca_lms.database import db
from sca_lms.modules.circumstances import extensions_of
from sca_lms.modules.plan import ModulePlan
from sca_lms.modules.queries import evidence_of
from sca_lms.modules.rules import units_left, with_own_time

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Open:
    """A module that a learner has not completed, with their own due date, and how many units are left."""

    enrolment_id: int
    module: ModulePlan
    left: int


def open_modules(course_id: int, modules: Sequence[ModulePlan]) -> Iterator[Open]:
    """Give what learners who count have not completed of these modules; memory does not grow with them.

    The statements are five for every 500 learners.
    """
    ids = db.session.scalars(counted_learners(course_id)).all()
    for start in range(0, len(ids), AT_ONCE):
        yield from _open(course_id, modules, ids[start : start + AT_ONCE])


def _open(course_id: int, modules: Sequence[ModulePlan], ids: Sequence[int]) -> Iterator[Open]:
    units = [unit for module in modules for unit in module.units]
    evidence = evidence_of(course_id, ids, unit_ids=[unit.id for unit in units])
    quiz_ids = [unit.quiz_id for unit in units if unit.quiz_id is not None]
    quizzes: dict[int, dict[int, QuizStanding]] = defaultdict(dict)
    for (enrolment_id, quiz_id), result in assessments.standings(
        course_id, enrolment_ids=ids, quiz_ids=quiz_ids
    ).items():
        quizzes[enrolment_id][quiz_id] = result
    handed_in: dict[int, dict[int, dt.datetime]] = defaultdict(dict)
    for (enrolment_id, assignment_id), work in assignments.standing(course_id, ids).items():
        handed_in[enrolment_id][assignment_id] = work.handed_in_at
    extended = extensions_of(course_id, ids)
    for enrolment_id in ids:
        left = units_left(
            modules,
            evidence=evidence.get(enrolment_id, ()),
            quizzes=quizzes.get(enrolment_id, {}),
            handed_in=handed_in.get(enrolment_id, {}),
        )
        own = extended.get(enrolment_id, {})
        for module in modules:
            if left[module.id]:
                yield Open(enrolment_id, with_own_time(module, own.get(module.id)), left[module.id])
