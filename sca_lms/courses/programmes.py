"""Store programme files and put one to work in a course."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.courses import operations, queries
from sca_lms.courses.models import Course, Programme
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.texts import Bilingual

Applier = Callable[[Course, Mapping[str, object], dt.datetime], None]
"""What a package does with its sections of a programme when a course takes it over."""


class ProgrammeBusy(Refused):
    """Two imports of one programme met."""

    code = "programme-busy"


def store_programme(document: Mapping[str, object], *, at: dt.datetime) -> Programme:
    """Keep a checked document as the newest revision of its programme; an unchanged one adds nothing."""
    about = document["programme"]
    if not isinstance(about, Mapping):
        raise TypeError("only checked documents are stored")
    code = str(about["code"])
    newest = queries.newest_programme(code)
    if newest is not None and newest.document == document:
        return newest
    programme = Programme(
        code=code,
        revision=newest.revision + 1 if newest else 1,
        title=Bilingual.of(about.get("title")),
        document=dict(document),
        created_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(programme)
    except IntegrityError as error:
        raise ProgrammeBusy(
            _l("Somebody imported this programme at the same moment. Import it again.")
        ) from error
    return programme


def use_programme(
    course: Course,
    programme: Programme,
    appliers: Sequence[Applier],
    *,
    person_id: int | None,
    at: dt.datetime,
) -> None:
    """Let a course follow a stored programme: every package takes over its sections, all or nothing."""
    about = programme.document["programme"]
    if not isinstance(about, Mapping):
        raise TypeError("only checked documents are stored")
    before: dict[str, object] = {"programme_id": course.programme_id}
    course.programme = programme
    course.programme_id = programme.id
    course.timezone = str(about.get("timezone", course.timezone))
    course.default_locale = str(about.get("default_locale", course.default_locale))
    db.session.flush()
    for apply in appliers:
        apply(course, programme.document, at)
    operations.touch_everybody(course)
    operations.record_audit(
        course,
        person_id,
        "use-programme",
        f"{programme.code} r{programme.revision}",
        at=at,
        before=before,
        after={"programme_id": programme.id},
    )
