"""Find people by what outsiders call them: our id, the host's `sub`, or their e-mail address."""

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from sca_lms.courses.models import Enrolment, Person
from sca_lms.database import db
from sca_lms.lti.models import LtiUser


def find_person(course_id: int, who: str) -> Enrolment | None:
    """Return the one person of a course with this id, `sub` or e-mail address; None also for several."""
    by_subject = sa.select(LtiUser.person_id).where(LtiUser.subject == who)
    matches: list[sa.ColumnElement[bool]] = [
        Person.id.in_(by_subject), sa.func.lower(Person.email) == who.lower()
    ]  # fmt: skip
    if who.isascii() and who.isdigit() and len(who) < 10:
        # Moodle's subjects are numbers as well; they come first.
        matches.append(Person.id == int(who))
    for match in matches:
        found = db.session.scalars(
            sa.select(Enrolment)
            .join(Enrolment.person)
            .where(Enrolment.course_id == course_id, match)
            .options(contains_eager(Enrolment.person))
            .limit(2)
        ).all()
        if found:
            return found[0] if len(found) == 1 else None
    return None
