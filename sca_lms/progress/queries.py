"""Bring together where learners stand; the learner and the instructor see figures of the same query."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sca_lms.courses import queries as courses
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor
from sca_lms.errors import Text
from sca_lms.grades import queries as grades
from sca_lms.grades.words import STATES, tell_learner
from sca_lms.modules import queries as modules
from sca_lms.modules.standing import CourseStanding
from sca_lms.texts import Bilingual
from sca_lms.web.paging import Page

EXPORT_BATCH = 500


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One score of one learner: its column, the figure, and whether the host has it."""

    code: str
    title: Bilingual
    delivery: grades.DeliveryState

    @property
    def state_words(self) -> Text:
        """A short name of where the score stands with the host."""
        return STATES[self.delivery.state]

    @property
    def learner_words(self) -> Text:
        """One sentence for the person whose score it is."""
        return tell_learner(self.delivery.state, withdraws=self.delivery.withdraws)


@dataclass(frozen=True, slots=True)
class LearnerRow:
    """One learner: who, where they stand, and what has become of each score."""

    enrolment: Enrolment
    standing: CourseStanding
    scores: tuple[ScoreLine, ...]

    @property
    def has_grade(self) -> bool:
        """Tell whether anything has been graded yet."""
        return any(line.delivery.value is not None for line in self.scores)


def learner_row(enrolment: Enrolment, *, at: dt.datetime) -> LearnerRow:
    """Return where one learner stands."""
    return _rows(enrolment.course_id, [enrolment], at=at)[0]


def learners(actor: Actor, *, search: str, number: int, at: dt.datetime) -> Page[LearnerRow]:
    """Return one page of learners; the number of statements does not depend on how many there are."""
    people = courses.learners(actor, search=search, number=number)
    rows = _rows(actor.course_id, people.items, at=at)
    return Page(rows, people.number, people.size, people.total)


def all_learners(actor: Actor, *, search: str, at: dt.datetime) -> Iterator[LearnerRow]:
    """Give every learner that the search finds, in batches that bound the memory."""
    number = 1
    while True:
        people = courses.learners(actor, search=search, number=number, size=EXPORT_BATCH)
        yield from _rows(actor.course_id, people.items, at=at)
        if not people.has_next:
            return
        number += 1


def _rows(course_id: int, people: Collection[Enrolment], *, at: dt.datetime) -> list[LearnerRow]:
    ids = [enrolment.id for enrolment in people]
    standings = modules.standings(course_id, ids, at=at)
    titles = {column.code: column.title for column in grades.columns_of(course_id)}
    scores = grades.delivery_states(course_id, ids)
    return [
        LearnerRow(
            enrolment,
            standings[enrolment.id],
            tuple(ScoreLine(code, titles[code], found) for code, found in scores[enrolment.id].items()),
        )
        for enrolment in people
    ]
