"""Bring together where learners stand; the learner and the instructor see figures of the same query."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sca_lms.courses.models import Enrolment
from sca_lms.errors import Text
from sca_lms.grades import queries as grades
from sca_lms.grades.words import STATES, tell_learner
from sca_lms.guidance.gathering import Known
from sca_lms.modules.standing import CourseStanding
from sca_lms.texts import Bilingual


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
    scores: Sequence[ScoreLine]

    @property
    def has_grade(self) -> bool:
        """Tell whether anything has been graded yet."""
        return any(line.delivery.value is not None for line in self.scores)


def learner_row(known: Known) -> LearnerRow:
    """Return one learner with the state of every score."""
    enrolment = known.enrolment
    scores = scores_of(enrolment.course_id, [enrolment.id])
    return LearnerRow(enrolment, known.modules, scores[enrolment.id])


def scores_of(course_id: int, enrolment_ids: Collection[int]) -> Mapping[int, Sequence[ScoreLine]]:
    """Return what has become of every score of people, in the order of the columns."""
    titles = {column.code: column.title for column in grades.columns_of(course_id)}
    found = grades.delivery_states(course_id, enrolment_ids)
    return {
        enrolment_id: [ScoreLine(code, titles[code], state) for code, state in states.items()]
        for enrolment_id, states in found.items()
    }
