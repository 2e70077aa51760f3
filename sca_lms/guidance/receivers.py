"""Find those whom something is meant for, and say who is left out and why."""

import enum
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager
from werkzeug.datastructures import MultiDict

from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import Actor, EnrolmentState, Role
from sca_lms.database import db

COHORT = "sca_chosen_learners"
"""`app.extensions[COHORT]` is a `Chooser`: it knows the filters of the list of learners."""
Chooser = Callable[[Actor, MultiDict[str, str]], Sequence[int]]
"""Returns the enrolments that an address of the list of learners has chosen."""
MOST = 20_000
"""Beyond so many nobody is looked for; no course is as large."""
LARGEST_ID = 2**31 - 1
_LIST = re.compile(r"[0-9]{1,10}(?:,[0-9]{1,10})*", re.ASCII)
AT_ONCE = 500


class LeftOut(enum.StrEnum):
    """Why somebody who was chosen is left out."""

    TEST = "test"
    WITHDRAWN = "withdrawn"
    NO_LEARNER = "no-learner"


@dataclass(frozen=True, slots=True)
class Receivers:
    """Whom something is meant for, by name, and who was chosen in vain."""

    people: Sequence[Enrolment]
    left_out: Mapping[LeftOut, Sequence[Enrolment]]

    @property
    def ids(self) -> list[int]:
        """Return the enrolments of those whom it is meant for."""
        return [each.id for each in self.people]


def parsed(text: str) -> list[int]:
    """Return the ids of a list such as `3,17`; a text that is none names nobody."""
    if not _LIST.fullmatch(text):
        return []
    ids = {int(each) for each in text.split(",", MOST)[:MOST]}
    return sorted(each for each in ids if each <= LARGEST_ID)


def written(ids: Collection[int]) -> str:
    """Return ids as `parsed` reads them."""
    return ",".join(str(each) for each in sorted(ids))


def receivers(course_id: int, enrolment_ids: Sequence[int]) -> Receivers:
    """Return who of these people of a course can be addressed; ids of others are passed over."""
    found: list[Enrolment] = []
    for start in range(0, len(enrolment_ids), AT_ONCE):
        found += db.session.scalars(
            sa.select(Enrolment)
            .join(Enrolment.person)
            .where(Enrolment.course_id == course_id, Enrolment.id.in_(enrolment_ids[start : start + AT_ONCE]))
            .options(contains_eager(Enrolment.person))
            .order_by(Person.sort_key, Enrolment.id)
        )
    found.sort(key=lambda each: (each.person.sort_key, each.id))
    whys = {each.id: why_not(each) for each in found}
    return Receivers(
        [each for each in found if whys[each.id] is None],
        {why: listed for why in LeftOut if (listed := [each for each in found if whys[each.id] is why])},
    )


def why_not(enrolment: Enrolment) -> LeftOut | None:
    """Return why somebody is left out, None when nothing is in the way; the person is loaded."""
    if Role.LEARNER not in enrolment.roles:
        return LeftOut.NO_LEARNER
    if enrolment.person.is_test:
        return LeftOut.TEST
    if enrolment.state is EnrolmentState.WITHDRAWN:
        return LeftOut.WITHDRAWN
    return None
