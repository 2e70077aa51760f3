"""Tell other programs which courses and people there are."""

import json
from collections.abc import Iterator

import click
import sqlalchemy as sa
from flask.cli import with_appcontext

from sca_lms.courses import queries
from sca_lms.courses.models import Course, Enrolment, Person, Programme
from sca_lms.database import db
from sca_lms.lti.models import LtiContext, LtiUser, Platform
from sca_lms.lti.people import find_person

AT_ONCE = 500


def named_course(course_id: int) -> Course:
    """Return the course that a command names; raise `click.ClickException` when there is none."""
    found = queries.find_course(course_id)
    if found is None:
        raise click.ClickException(
            f"There is no course {course_id}; `sca-lms courses list` shows those there are."
        )
    return found


def named_person(course_id: int, who: str) -> Enrolment:
    """Return the one whom a command names by id, `sub` or e-mail address; raise `click.ClickException`."""
    named_course(course_id)
    found = find_person(course_id, who)
    if found is None:
        raise click.ClickException(
            f"Nobody in course {course_id} is {who!r}; `sca-lms people list` shows everybody."
        )
    return found


@click.group("courses")
def courses_group() -> None:
    """The courses that hosts have opened."""


@courses_group.command("list")
@with_appcontext
def list_courses() -> None:
    """Print every course as JSON, one a line; a course that several contexts open has a line for each."""
    rows = db.session.execute(
        sa.select(Course.id, Course.title, Platform.id, Platform.name, LtiContext.context_id, Programme.code)
        .outerjoin(LtiContext, LtiContext.course_id == Course.id)
        .outerjoin(Platform, Platform.id == LtiContext.platform_id)
        .outerjoin(Programme, Programme.id == Course.programme_id)
        .order_by(Course.id, LtiContext.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for course_id, title, platform_id, platform_name, context_id, code in rows:
        _print(
            {
                "id": course_id,
                "title": title,
                "platform": platform_id,
                "platform_name": platform_name,
                "context_id": context_id,
                "programme_code": code,
            }
        )


@click.group("people")
def people_group() -> None:
    """The people of a course."""


@people_group.command("list")
@click.argument("course_id", metavar="COURSE", type=int)
@with_appcontext
def list_people(course_id: int) -> None:
    """Print everybody in a course as JSON, one a line; `sub` is what the course's host calls them."""
    named_course(course_id)
    for described in _people(course_id):
        _print(described)


def _people(course_id: int) -> Iterator[dict[str, object]]:
    """Stream the people of a course, so that a roster of any size fits into memory."""
    hosts = sa.select(LtiContext.platform_id).where(LtiContext.course_id == course_id)
    subject = (
        sa.select(sa.func.min(LtiUser.subject))
        .where(LtiUser.person_id == Person.id, LtiUser.platform_id.in_(hosts))
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(Person, Enrolment, subject)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.course_id == course_id)
        .order_by(Person.sort_key, Person.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for person, enrolment, sub in rows:
        yield {
            "id": person.id,
            "sub": sub,
            "name": person.full_name,
            "roles": sorted(enrolment.roles),
            "state": enrolment.state.value,
            "is_test": person.is_test,
        }


def _print(described: dict[str, object]) -> None:
    click.echo(json.dumps(described, ensure_ascii=False))
