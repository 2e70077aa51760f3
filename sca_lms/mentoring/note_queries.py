"""Read notes; a private note's text goes to its writer alone, others can only learn that there is one."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.mentoring.models import Appointment, NoteDraft, NoteTemplate, PrivateNote


def private_note(appointment: Appointment, enrolment_id: int) -> PrivateNote | None:
    """Return somebody's own note on an appointment."""
    return db.session.scalar(
        sa.select(PrivateNote).where(
            PrivateNote.appointment_id == appointment.id, PrivateNote.enrolment_id == enrolment_id
        )
    )


def keepers_of_private_notes(appointment_id: int, *, but: int | None) -> Sequence[Enrolment]:
    """Return who else has a private note on an appointment; never what it says."""
    return db.session.scalars(
        sa.select(Enrolment)
        .join(PrivateNote, PrivateNote.enrolment_id == Enrolment.id)
        .where(PrivateNote.appointment_id == appointment_id, Enrolment.id != (but or 0))
        .options(joinedload(Enrolment.person))
        .order_by(Enrolment.id)
    ).all()


def draft_of(appointment: Appointment, enrolment_id: int) -> NoteDraft | None:
    """Return what somebody has typed into the shared note and not saved."""
    return db.session.scalar(
        sa.select(NoteDraft).where(
            NoteDraft.appointment_id == appointment.id, NoteDraft.enrolment_id == enrolment_id
        )
    )


def templates(course_id: int) -> Sequence[NoteTemplate]:
    """Return all templates of a course with their stage and topic."""
    return db.session.scalars(
        sa.select(NoteTemplate)
        .where(NoteTemplate.course_id == course_id)
        .options(joinedload(NoteTemplate.planned_meeting), joinedload(NoteTemplate.topic))
        .order_by(NoteTemplate.id)
    ).all()


def find_template(actor: Actor, template_id: int) -> NoteTemplate | None:
    """Return a template of the actor's course."""
    return db.session.scalar(
        sa.select(NoteTemplate).where(
            NoteTemplate.id == template_id, NoteTemplate.course_id == actor.course_id
        )
    )


def fitting_templates(appointment: Appointment) -> list[NoteTemplate]:
    """Return the templates for an appointment: of its stage first, then of its topic, then for anything."""
    ranked: list[tuple[int, NoteTemplate]] = []
    for each in templates(appointment.course_id):
        if each.planned_meeting_id is not None:
            if each.planned_meeting_id == appointment.planned_meeting_id:
                ranked.append((0, each))
        elif each.topic_id is None:
            ranked.append((2, each))
        elif each.topic_id == appointment.topic_id:
            ranked.append((1, each))
    return [each for _rank, each in sorted(ranked, key=lambda pair: (pair[0], pair[1].id))]
