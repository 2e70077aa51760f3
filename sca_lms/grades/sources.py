"""Where scores come from: for each column a function that works out what people have reached."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from sca_lms.assessments import queries as assessments
from sca_lms.bootcamp import queries as bootcamp
from sca_lms.bootcamp.rules import hours
from sca_lms.grades.rules import pre_bootcamp_score
from sca_lms.modules import queries as modules

EXTENSION = "sca_score_sources"
"""`app.extensions[EXTENSION]` maps the code of a column to its source."""

Source = Callable[[int, Sequence[int]], Mapping[int, Decimal | None]]
"""Returns the scores of enrolments of a course; who is left out or None has nothing to be told of."""

PRE = "PRE"
HRS = "HRS"


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


SOURCES: Mapping[str, Source] = {PRE: pre_bootcamp, HRS: bootcamp_hours}
"""The sources that this package brings itself."""
