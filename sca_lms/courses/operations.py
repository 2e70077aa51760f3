"""Open courses, enrol people, and say when something a score hangs on has changed."""

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa

from sca_lms.courses.models import AuditEvent, Course, Enrolment, Person
from sca_lms.courses.rules import EnrolmentState, Role, without_prefix
from sca_lms.database import db
from sca_lms.web.collation import fold, sort_key


def create_course(*, title: str, label: str, at: dt.datetime, timezone: str = "Asia/Bangkok") -> Course:
    """Open an empty course; a programme is chosen or imported into it later."""
    course = Course(title=title, label=label, timezone=timezone, created_at=at)
    db.session.add(course)
    db.session.flush()
    return course


def name_person(
    person: Person, *, name: str = "", given_name: str = "", family_name: str = "", email: str = ""
) -> None:
    """Take over the names a host sends; what it leaves out keeps its last known value."""
    person.name = name or person.name
    person.given_name = given_name or person.given_name
    person.family_name = family_name or person.family_name
    person.email = email or person.email
    person.sort_key, person.search_key = name_keys(
        person.full_name, person.given_name, person.family_name, person.nickname
    )


def name_keys(full_name: str, given_name: str, family_name: str, nickname: str = "") -> tuple[str, str]:
    """Return by what somebody with these names is sorted, and by what they are found."""
    return (
        sort_key(without_prefix(given_name or full_name) + " " + family_name),
        fold(f"{full_name} {given_name} {family_name} {nickname}"),
    )


def create_person(
    *,
    at: dt.datetime,
    name: str = "",
    given_name: str = "",
    family_name: str = "",
    email: str = "",
    locale: str | None = None,
    is_test: bool = False,
) -> Person:
    """Remember somebody new; every name may be empty."""
    person = Person(
        name="", given_name="", family_name="", nickname="", prefix="", email="",
        locale=locale, is_test=is_test, created_at=at,
    )  # fmt: skip
    name_person(person, name=name, given_name=given_name, family_name=family_name, email=email)
    db.session.add(person)
    db.session.flush()
    return person


def enrol(course: Course, person: Person, roles: frozenset[Role], *, at: dt.datetime) -> Enrolment:
    """Put a person into a course; raises `IntegrityError` when somebody else did so at the same time."""
    enrolment = Enrolment(
        course=course, person=person, roles=roles, group="", area="",
        state=EnrolmentState.ACTIVE, evidence_revision=0, joined_at=at, last_seen_at=at,
    )  # fmt: skip
    db.session.add(enrolment)
    db.session.flush()
    return enrolment


def touch(enrolment: Enrolment) -> None:
    """Say that evidence of this person changed, in the transaction that changes it.

    The grade worker compares this counter with the one it last worked from, so nothing can be forgotten.
    """
    db.session.execute(
        sa.update(Enrolment)
        .where(Enrolment.id == enrolment.id)
        .values(evidence_revision=Enrolment.evidence_revision + 1)
        .execution_options(synchronize_session=False)
    )


def touch_all(enrolment_ids: Collection[int]) -> None:
    """Say that evidence of these people changed."""
    db.session.execute(
        sa.update(Enrolment)
        .where(Enrolment.id.in_(enrolment_ids))
        .values(evidence_revision=Enrolment.evidence_revision + 1)
        .execution_options(synchronize_session=False)
    )


def touch_everybody(course: Course) -> None:
    """Say that a rule of the course changed, so that everybody's scores are worked out again."""
    db.session.execute(
        sa.update(Enrolment)
        .where(Enrolment.course_id == course.id)
        .values(evidence_revision=Enrolment.evidence_revision + 1)
        .execution_options(synchronize_session=False)
    )


def record_audit(
    course: Course | None,
    person_id: int | None,
    verb: str,
    subject: str,
    *,
    at: dt.datetime,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    """Leave an audit line beside the change it describes, in the same transaction."""
    db.session.add(
        AuditEvent(
            course_id=course.id if course else None,
            person_id=person_id, verb=verb, subject=subject, before=before, after=after, at=at,
        )
    )  # fmt: skip
