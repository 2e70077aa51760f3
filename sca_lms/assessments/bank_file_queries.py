"""Find the pictures of questions and the files that were taken into the bank."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.assessments.models import (
    Attempt,
    Question,
    QuestionAttachment,
    QuestionImport,
    QuestionVersion,
    Response,
)
from sca_lms.courses.rules import Actor
from sca_lms.database import db

MOST_AT_ONCE = 500
"""So many numbers stand in one statement at most; databases have limits."""


def attachments_of(version: QuestionVersion) -> Sequence[QuestionAttachment]:
    """Return the pictures of a version in the order of their names."""
    return db.session.scalars(
        sa.select(QuestionAttachment)
        .where(QuestionAttachment.question_version_id == version.id)
        .options(joinedload(QuestionAttachment.file, innerjoin=True))
        .order_by(QuestionAttachment.name)
    ).all()


def attachments_of_all(version_ids: Sequence[int]) -> dict[int, list[QuestionAttachment]]:
    """Return the pictures of several versions by version, in the order of their names."""
    found: dict[int, list[QuestionAttachment]] = {}
    for start in range(0, len(version_ids), MOST_AT_ONCE):
        some = version_ids[start : start + MOST_AT_ONCE]
        rows = db.session.scalars(
            sa.select(QuestionAttachment)
            .where(QuestionAttachment.question_version_id.in_(some))
            .options(joinedload(QuestionAttachment.file, innerjoin=True))
            .order_by(QuestionAttachment.question_version_id, QuestionAttachment.name)
        )
        for row in rows:
            found.setdefault(row.question_version_id, []).append(row)
    return found


def find_picture(actor: Actor, version_id: int, name: str, *, as_learner: bool) -> QuestionAttachment | None:
    """Return a picture of a version; a learner finds only those of questions in an own attempt."""
    wanted = (
        sa.select(QuestionAttachment)
        .join(QuestionAttachment.question_version)
        .join(QuestionVersion.question)
        .where(
            QuestionAttachment.question_version_id == version_id,
            QuestionAttachment.name == name,
            Question.course_id == actor.course_id,
        )
        .options(joinedload(QuestionAttachment.file, innerjoin=True))
    )
    if as_learner:
        asked = (
            sa.select(Response.id)
            .join(Response.attempt)
            .where(Response.question_version_id == version_id, Attempt.enrolment_id == actor.enrolment_id)
        )
        wanted = wanted.where(asked.exists())
    return db.session.scalar(wanted)


def find_import(actor: Actor, import_id: int) -> QuestionImport | None:
    """Return an import of the actor's course, with its file."""
    return db.session.scalar(
        sa.select(QuestionImport)
        .where(QuestionImport.id == import_id, QuestionImport.course_id == actor.course_id)
        .options(joinedload(QuestionImport.file, innerjoin=True), joinedload(QuestionImport.person))
    )


def imports_of(course_id: int, *, at_most: int = 10) -> Sequence[QuestionImport]:
    """Return the last imports of a course that were stored, newest first."""
    return db.session.scalars(
        sa.select(QuestionImport)
        .where(QuestionImport.course_id == course_id, QuestionImport.stored_at.is_not(None))
        .options(joinedload(QuestionImport.file, innerjoin=True), joinedload(QuestionImport.person))
        .order_by(QuestionImport.id.desc())
        .limit(at_most)
    ).all()
