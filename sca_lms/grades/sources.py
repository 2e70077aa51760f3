"""Where scores come from: for each column a function that works out what people have reached.

A column of the programme has a source under its code. A column of one thing among many, such as a quiz, is
called `KIND:code`; its kind has one source for all of them, so that their number costs no statements.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa

from sca_lms.assessments import queries as assessments
from sca_lms.bootcamp import queries as bootcamp
from sca_lms.bootcamp.rules import hours
from sca_lms.database import db
from sca_lms.grades.models import GradeColumn
from sca_lms.grades.rules import percent_score, pre_bootcamp_score
from sca_lms.marking import queries as marking
from sca_lms.mentoring import credit, credit_rules
from sca_lms.modules import queries as modules
from sca_lms.updates import queries as updates
from sca_lms.updates import rules as update_rules

EXTENSION = "sca_score_sources"
"""`app.extensions[EXTENSION]` maps the code of a column to its source."""

Source = Callable[[int, Sequence[int]], Mapping[int, Decimal | None]]
"""Returns the scores of enrolments of a course; who is left out or None has nothing to be told of."""

Family = Callable[[int, Collection[str], Sequence[int]], Mapping[str, Mapping[int, Decimal | None]]]
"""Returns the same for all columns of a kind at once: by code behind the colon, then by enrolment."""

PRE = "PRE"
QUIZ = "QUIZ"
ASSIGNMENT = "ASSIGNMENT"
QUIZ_MAXIMUM = Decimal(100)
HRS = "HRS"
MEN = "MEN"
UPD = "UPD"


def pre_bootcamp(course_id: int, enrolment_ids: Sequence[int]) -> Mapping[int, Decimal | None]:
    """Return the mean of all module quizzes for each learner, as `rules.pre_bootcamp_score` defines it."""
    quiz_ids = {
        unit.quiz_id
        for module in modules.outline(course_id)
        for unit in module.units
        if unit.quiz_id is not None
    }
    percents: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for (enrolment_id, quiz_id), percent in assessments.quiz_grades(course_id, enrolment_ids).items():
        percents[enrolment_id][quiz_id] = percent
    return {
        enrolment_id: pre_bootcamp_score(quiz_ids, percents[enrolment_id]) for enrolment_id in enrolment_ids
    }


def bootcamp_hours(course_id: int, enrolment_ids: Sequence[int]) -> Mapping[int, Decimal | None]:
    """Return the hours that count for each learner, with one decimal; None before the first ledger entry."""
    told = bootcamp.with_entries(enrolment_ids)
    return {
        enrolment_id: hours(standing.total) if enrolment_id in told else None
        for enrolment_id, standing in bootcamp.standings(course_id, enrolment_ids).items()
    }


def mentoring(course_id: int, enrolment_ids: Sequence[int]) -> Mapping[int, Decimal | None]:
    """Return the share of the required minutes of mentoring that count, on the column's scale.

    Whoever was never credited a meeting has nothing to be told of.
    """
    maximum = _maximum(course_id, MEN)
    if maximum is None:
        return {}
    required = credit.required_minutes(course_id)
    return {
        enrolment_id: credit_rules.score(minutes, required_minutes=required, maximum=maximum)
        for enrolment_id, minutes in credit.counted(course_id, enrolment_ids).items()
    }


def monthly_updates(course_id: int, enrolment_ids: Sequence[int]) -> Mapping[int, Decimal | None]:
    """Return the share of the year's updates that count, on the column's scale.

    Whoever was at none and handed no reflection in has nothing to be told of.
    """
    maximum = _maximum(course_id, UPD)
    if maximum is None:
        return {}
    return {
        enrolment_id: update_rules.score(found[0], updates=found[1], maximum=maximum) if found else None
        for enrolment_id, found in updates.counted(course_id, enrolment_ids).items()
    }


def _maximum(course_id: int, code: str) -> Decimal | None:
    return db.session.scalar(
        sa.select(GradeColumn.score_maximum).where(
            GradeColumn.course_id == course_id, GradeColumn.code == code
        )
    )


SOURCES: Mapping[str, Source] = {
    PRE: pre_bootcamp,
    HRS: bootcamp_hours,
    MEN: mentoring,
    UPD: monthly_updates,
}
"""The sources that this package brings itself."""


def quizzes(
    course_id: int, codes: Collection[str], enrolment_ids: Sequence[int]
) -> Mapping[str, Mapping[int, Decimal | None]]:
    """Return the grade that counts in each of these quizzes; who has submitted nothing is left out."""
    code_of = {quiz.id: quiz.code for quiz in assessments.quizzes_of(course_id) if quiz.code in codes}
    scores: dict[str, dict[int, Decimal | None]] = {code: {} for code in codes}
    for (enrolment_id, quiz_id), percent in assessments.quiz_grades(course_id, enrolment_ids).items():
        if quiz_id in code_of:
            scores[code_of[quiz_id]][enrolment_id] = percent_score(percent, QUIZ_MAXIMUM)
    return scores


FAMILIES: Mapping[str, Family] = {QUIZ: quizzes, ASSIGNMENT: marking.scores}


def family_code(kind: str, code: str) -> str:
    """Return the code of the column of one thing of a kind."""
    return f"{kind}:{code}"


def family_of(code: str) -> tuple[str, str] | None:
    """Return kind and code of the thing that a column belongs to, None for a column of the programme."""
    kind, colon, thing = code.partition(":")
    return (kind, thing) if colon and kind in FAMILIES else None


def all_scores(
    course_id: int, codes: Collection[str], enrolment_ids: Sequence[int], sources: Mapping[str, Source]
) -> Mapping[str, Mapping[int, Decimal | None]]:
    """Return the scores of columns by code and enrolment; a column without a source has none."""
    found = {code: sources[code](course_id, enrolment_ids) for code in codes if code in sources}
    wanted: dict[str, list[str]] = defaultdict(list)
    for family in filter(None, map(family_of, codes)):
        wanted[family[0]].append(family[1])
    for kind, things in wanted.items():
        scores = FAMILIES[kind](course_id, things, enrolment_ids)
        found |= {family_code(kind, thing): scores.get(thing, {}) for thing in things}
    return found
