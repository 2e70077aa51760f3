"""Store programme files, offer them to courses, and put one to work in a course."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.courses import operations, queries
from sca_lms.courses.models import Course, Programme
from sca_lms.database import db
from sca_lms.errors import Refused, Text
from sca_lms.texts import Bilingual

Applier = Callable[[Course, Mapping[str, object], dt.datetime], Sequence[Text]]
"""What a package does with its sections when a course takes a programme over; returns notes for people."""


class ProgrammeBusy(Refused):
    """Two imports of one programme met."""

    code = "programme-busy"


def store_programme(document: Mapping[str, object], *, at: dt.datetime, template: bool = True) -> Programme:
    """Keep a checked document as the newest revision of its programme; an unchanged one adds nothing.

    The first revision is a template for every host, or, without `template`, for none; a later one is offered
    to whom the one before it was. A template again becomes one that was stored for a single course before.
    """
    about = document["programme"]
    if not isinstance(about, Mapping):
        raise TypeError("only checked documents are stored")
    code = str(about["code"])
    newest = queries.newest_programme(code)
    if newest is not None and newest.document == document:
        if template and newest.offered_to == []:
            offer(newest, None, at=at)
        return newest
    programme = Programme(
        code=code,
        revision=newest.revision + 1 if newest else 1,
        title=Bilingual.of(about.get("title")),
        document=dict(document),
        offered_to=_audience(newest, template=template),
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


def offer(programme: Programme, platform_ids: Collection[int] | None, *, at: dt.datetime) -> None:
    """Let the courses of these hosts choose a programme, those of every host for None."""
    wanted = None if platform_ids is None else sorted(set(platform_ids))
    if programme.offered_to == wanted:
        return
    before: dict[str, object] = {"platforms": programme.offered_to}
    programme.offered_to = wanted
    operations.record_audit(
        None, None, "offer-programme", programme.code, at=at, before=before, after={"platforms": wanted}
    )


def is_offered(programme: Programme, platform_ids: Collection[int]) -> bool:
    """Tell whether a course that these hosts open may choose a programme."""
    return programme.offered_to is None or not set(programme.offered_to).isdisjoint(platform_ids)


def _audience(newest: Programme | None, *, template: bool) -> list[int] | None:
    before = newest.offered_to if newest is not None else []
    return None if template and before == [] else before


def use_programme(
    course: Course,
    programme: Programme,
    appliers: Sequence[Applier],
    *,
    person_id: int | None,
    at: dt.datetime,
) -> list[Text]:
    """Let a course follow a stored programme: every package takes over its sections, all or nothing.

    Return what people are to know about it, such as what was left alone.
    """
    about = programme.document["programme"]
    if not isinstance(about, Mapping):
        raise TypeError("only checked documents are stored")
    before: dict[str, object] = {"programme_id": course.programme_id}
    course.programme = programme
    course.programme_id = programme.id
    course.timezone = str(about.get("timezone", course.timezone))
    course.default_locale = str(about.get("default_locale", course.default_locale))
    db.session.flush()
    notes = [note for apply in appliers for note in apply(course, programme.document, at)]
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
    return notes
