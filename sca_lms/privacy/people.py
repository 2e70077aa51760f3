"""Find people over all courses for the operator, and note what was handed out of them."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Person
from sca_lms.database import db
from sca_lms.lti.models import LtiUser

MOST = 10
ID = "id:"


def find(who: str) -> Sequence[Person]:
    """Return the people with this id, `sub` or e-mail address; `id:7` means the id alone.

    Moodle's subjects are numbers as ids are, so a bare number may mean two people: the caller asks again.
    """
    text = who.strip()
    number = text.removeprefix(ID)
    by_id = (
        Person.id == int(number) if number.isascii() and number.isdigit() and len(number) < 10 else sa.false()
    )
    matches = [by_id]
    if text and not text.startswith(ID):
        by_subject = sa.select(LtiUser.person_id).where(LtiUser.subject == text)
        matches += [Person.id.in_(by_subject), sa.func.lower(Person.email) == text.lower()]
    return db.session.scalars(sa.select(Person).where(sa.or_(*matches)).order_by(Person.id).limit(MOST)).all()


def note_export(person: Person, *, at: dt.datetime) -> None:
    """Leave an audit line that the operator took a person's data along."""
    courses.record_audit(None, None, "privacy-export", f"person {person.id}", at=at)
