"""Turn the rows that learners' pages read into a draft, and a draft into these rows."""

from collections.abc import Sequence

import sqlalchemy as sa

from sca_lms.database import db
from sca_lms.modules.drafts import ModuleDraft, UnitDraft
from sca_lms.modules.models import Module, Unit
from sca_lms.modules.prerequisites import document_of, read_prerequisites


def as_published(module: Module, units: Sequence[Unit]) -> ModuleDraft:
    """Return what learners see of a module."""
    return ModuleDraft(
        title=module.title,
        minutes=module.minutes,
        opens_at=module.opens_at,
        due_at=module.due_at,
        prerequisites=read_prerequisites(module.prerequisites),
        quiz_pass_percent=module.quiz_pass_percent,
        units=tuple(_unit_as_published(unit) for unit in units),
    )


def put(module: Module, draft: ModuleDraft) -> None:
    """Make the rows that learners' pages read equal to a draft."""
    module.title, module.minutes = draft.title, draft.minutes
    module.opens_at, module.due_at = draft.opens_at, draft.due_at
    module.prerequisites = document_of(draft.prerequisites)
    module.quiz_pass_percent = draft.quiz_pass_percent
    known = {
        unit.code: unit for unit in db.session.scalars(sa.select(Unit).where(Unit.module_id == module.id))
    }
    for position, wanted in enumerate(draft.units):
        unit = known.pop(wanted.code, None)
        if unit is None:
            unit = Unit(course_id=module.course_id, module_id=module.id, code=wanted.code, type=wanted.type)
            db.session.add(unit)
        put_unit(unit, wanted, position)
    for unit in known.values():
        unit.published = False


def put_unit(unit: Unit, wanted: UnitDraft, position: int) -> None:
    """Make one row equal to a unit of a draft."""
    # What the player measured of the same video meanwhile is known better than the draft does.
    measured = unit.video_seconds if unit.video_url == wanted.video_url else None
    captions = {"th": wanted.captions_th, "en": wanted.captions_en}
    values: dict[str, object] = {
        "position": position,
        "published": True,
        "type": wanted.type,
        "title": wanted.title,
        "minutes": wanted.minutes,
        "required": wanted.required,
        "opens_at": wanted.opens_at,
        "starts_at": wanted.starts_at,
        "body": wanted.body,
        "video_url": wanted.video_url,
        "video_seconds": wanted.video_seconds or measured,
        "transcript": wanted.transcript,
        "captions": {language: name for language, name in captions.items() if name},
        "join_url": wanted.join_url,
        "room": wanted.room,
        "quiz_id": wanted.quiz_id,
        "assignment_id": wanted.assignment_id,
        "files": list(wanted.files),
        "least_posts": wanted.least_posts,
        "least_characters": wanted.least_characters,
        "least_replies": wanted.least_replies,
    }
    for name, value in values.items():
        setattr(unit, name, value)


def _unit_as_published(unit: Unit) -> UnitDraft:
    return UnitDraft(
        code=unit.code,
        type=unit.type,
        title=unit.title,
        minutes=unit.minutes,
        required=unit.required,
        opens_at=unit.opens_at,
        starts_at=unit.starts_at,
        body=unit.body,
        video_url=unit.video_url,
        video_seconds=unit.video_seconds,
        transcript=unit.transcript,
        captions_th=str(unit.captions.get("th", "")),
        captions_en=str(unit.captions.get("en", "")),
        join_url=unit.join_url,
        room=unit.room,
        quiz_id=unit.quiz_id,
        assignment_id=unit.assignment_id,
        files=tuple(unit.files),
        least_posts=unit.least_posts,
        least_characters=unit.least_characters,
        least_replies=unit.least_replies,
    )
