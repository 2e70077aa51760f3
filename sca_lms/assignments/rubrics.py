"""Keep rubrics in versions: one that somebody has marked with is never changed, a change makes the next."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased, joinedload

from sca_lms.assignments import queries
from sca_lms.assignments.models import Assignment, Work
from sca_lms.assignments.rubric_models import Rubric, RubricVersion
from sca_lms.courses.models import Course, Programme
from sca_lms.courses.operations import record_audit, touch
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.texts import Bilingual
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset


class RubricCodeTaken(Refused):
    """Another rubric of the course has this code."""

    code = "rubric-code-taken"


class RubricMoved(Refused):
    """Somebody saved the rubric after the page was opened."""

    code = "rubric-moved"


@dataclass(frozen=True, slots=True)
class RubricRow:
    """A rubric in the list, with its newest version and how many assignments use any of its versions."""

    rubric: Rubric
    newest: RubricVersion
    assignments: int


def _newest() -> sa.ColumnElement[bool]:
    newest = (
        sa.select(sa.func.max(RubricVersion.number))
        .where(RubricVersion.rubric_id == Rubric.id)
        .correlate(Rubric)
        .scalar_subquery()
    )
    return RubricVersion.number == newest


def rubrics_page(
    course_id: int, *, search: str = "", archived: bool = False, number: int = 1
) -> Page[RubricRow]:
    """Return one page of the rubrics of a course, found by code or title."""
    is_archived = Rubric.archived_at.is_not(None)
    uses = (
        sa.select(sa.func.count(Assignment.id))
        .join(Assignment.rubric_version.of_type(_any_version := aliased(RubricVersion)))
        .where(_any_version.rubric_id == Rubric.id)
        .correlate(Rubric)
        .scalar_subquery()
    )
    wanted = (
        sa.select(Rubric, RubricVersion, uses)
        .join(RubricVersion, RubricVersion.rubric_id == Rubric.id)
        .where(Rubric.course_id == course_id, _newest(), is_archived if archived else ~is_archived)
    )
    if search:
        title = sa.type_coerce(Rubric.title, sa.Text)
        wanted = wanted.where(
            sa.or_(Rubric.code.icontains(search, autoescape=True), title.icontains(search, autoescape=True))
        )
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    shown = fitting(number, size=PAGE_SIZE, total=total)
    found = db.session.execute(
        wanted.order_by(Rubric.code).offset(offset(shown, size=PAGE_SIZE)).limit(PAGE_SIZE)
    )
    rows = [RubricRow(rubric, version, count) for rubric, version, count in found]
    return Page(items=rows, number=shown, size=PAGE_SIZE, total=total)


def find_rubric(actor: Actor, rubric_id: int) -> Rubric | None:
    """Return a rubric of the actor's course."""
    return db.session.scalar(
        sa.select(Rubric).where(Rubric.id == rubric_id, Rubric.course_id == actor.course_id)
    )


def versions_of(rubric: Rubric) -> Sequence[RubricVersion]:
    """Return every version of a rubric, the newest first."""
    return db.session.scalars(
        sa.select(RubricVersion)
        .where(RubricVersion.rubric_id == rubric.id)
        .order_by(RubricVersion.number.desc())
        .options(joinedload(RubricVersion.created_by), joinedload(RubricVersion.rubric))
    ).all()


def newest_version(rubric: Rubric) -> RubricVersion:
    """Return the version in which a rubric now stands."""
    return db.session.scalars(
        sa.select(RubricVersion)
        .where(RubricVersion.rubric_id == rubric.id)
        .order_by(RubricVersion.number.desc())
        .limit(1)
        .options(joinedload(RubricVersion.rubric))
    ).one()


def find_version(actor: Actor, version_id: int) -> RubricVersion | None:
    """Return a version of a rubric of the actor's course."""
    return db.session.scalar(
        sa.select(RubricVersion)
        .join(RubricVersion.rubric)
        .where(RubricVersion.id == version_id, Rubric.course_id == actor.course_id)
        .options(joinedload(RubricVersion.rubric))
    )


def choices(course_id: int) -> Sequence[RubricVersion]:
    """Return the newest version of every rubric that is not archived, by code."""
    return db.session.scalars(
        sa.select(RubricVersion)
        .join(RubricVersion.rubric)
        .where(Rubric.course_id == course_id, Rubric.archived_at.is_(None), _newest())
        .order_by(Rubric.code)
        .options(joinedload(RubricVersion.rubric))
    ).all()


def programme_of(course: Course) -> Programme | None:
    """Return the programme that a course follows, whose pitching has a rubric."""
    return None if course.programme_id is None else db.session.get(Programme, course.programme_id)


def has_code(course_id: int, code: str) -> bool:
    """Tell whether a rubric of the course bears this code, archived or not."""
    return bool(
        db.session.scalar(sa.select(sa.exists().where(Rubric.course_id == course_id, Rubric.code == code)))
    )


def create(
    course: Course,
    code: str,
    title: Bilingual,
    document: Mapping[str, object],
    *,
    person_id: int | None,
    at: dt.datetime,
) -> Rubric:
    """Add a rubric with its first version; raise `RubricCodeTaken`."""
    rubric = Rubric(course_id=course.id, code=code, title=title, created_at=at)
    try:
        with db.session.begin_nested():
            db.session.add(rubric)
    except IntegrityError as error:
        raise RubricCodeTaken(_l("Another rubric has this code.")) from error
    _add_version(rubric, 1, document, person_id=person_id, at=at)
    record_audit(course, person_id, "rubric.create", code, at=at)
    return rubric


def save(
    rubric: Rubric,
    course: Course,
    title: Bilingual,
    document: Mapping[str, object],
    *,
    based_on: str,
    person_id: int | None,
    at: dt.datetime,
) -> RubricVersion:
    """Change a rubric: in place while nobody has marked with it, else as its next version.

    `based_on` is the `mark_of` the version that was on the page; raise `RubricMoved` when another one stands
    there now.
    """
    # Whoever marks for the first time freezes the version; both ask for the same row.
    db.session.refresh(rubric, ["code", "title"], with_for_update=True)
    newest = newest_version(rubric)
    db.session.refresh(newest, ["document", "frozen_at"], with_for_update=True)
    if newest.document == document and rubric.title == title:
        return newest
    if mark_of(newest) != based_on:
        raise RubricMoved(
            _l("Somebody saved this rubric meanwhile. Look at theirs, then save again to replace it.")
        )
    rubric.title = title
    if newest.document == document:
        return newest
    if newest.frozen_at is None:
        newest.document = dict(document)
        newest.created_at, newest.created_by_id = at, person_id
        version = newest
    else:
        version = _add_version(rubric, newest.number + 1, document, person_id=person_id, at=at)
    db.session.flush()
    record_audit(course, person_id, "rubric.save", rubric.code, after={"version": version.number}, at=at)
    return version


def mark_of(version: RubricVersion) -> str:
    """Return a short text that differs whenever a version says something else."""
    written = json.dumps(
        [version.number, version.document, version.rubric.title.th, version.rubric.title.en], sort_keys=True
    )
    return hashlib.sha256(written.encode()).hexdigest()[:24]


def freeze(version: RubricVersion, *, at: dt.datetime) -> None:
    """Say that somebody has marked with a version, so that it is never changed; a repeat changes nothing."""
    db.session.execute(
        sa.update(RubricVersion)
        .where(RubricVersion.id == version.id, RubricVersion.frozen_at.is_(None))
        .values(frozen_at=at)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(version, ["frozen_at", "document"])


def archive(
    rubric: Rubric, course: Course, *, archived: bool, person_id: int | None, at: dt.datetime
) -> None:
    """Take a rubric out of the choices, or bring it back; assignments that use it keep it."""
    if (rubric.archived_at is not None) == archived:
        return
    rubric.archived_at = at if archived else None
    verb = "rubric.archive" if archived else "rubric.bring-back"
    record_audit(course, person_id, verb, rubric.code, at=at)


def free_code(course: Course, wanted: str) -> str:
    """Return a code that no rubric of the course has: the one wanted, or the same with a number."""
    taken = set(db.session.scalars(sa.select(Rubric.code).where(Rubric.course_id == course.id)))
    code, number = wanted, 2
    while code in taken:
        code = f"{wanted[:58]}-{number}"
        number += 1
    return code


def use_version(
    assignment: Assignment,
    course: Course,
    version: RubricVersion | None,
    *,
    person_id: int | None,
    at: dt.datetime,
) -> None:
    """Let an assignment be marked with a version from now on; everybody who handed in is worked out again."""
    before, after = assignment.rubric_version_id, version.id if version else None
    if before == after:
        return
    assignment.rubric_version_id, assignment.rubric_version = after, version
    assignment.row_version += 1
    db.session.flush()
    record_audit(
        course, person_id, "assignment.rubric", assignment.code,
        before={"rubric_version_id": before} if before else None,
        after={"rubric_version_id": after} if after else None,
        at=at,
    )  # fmt: skip
    works = db.session.scalars(
        sa.select(Work).where(Work.assignment_id == assignment.id, Work.versions > 0)
    ).all()
    for members in queries.members_of(works).values():
        for member in members:
            touch(member)


def _add_version(
    rubric: Rubric, number: int, document: Mapping[str, object], *, person_id: int | None, at: dt.datetime
) -> RubricVersion:
    version = RubricVersion(
        rubric_id=rubric.id, number=number, document=dict(document), created_at=at, created_by_id=person_id
    )
    version.rubric = rubric
    db.session.add(version)
    db.session.flush()
    return version
