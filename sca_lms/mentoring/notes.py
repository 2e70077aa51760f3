"""Write what a meeting was about: one note that both sides write, and each person's own.

Nothing typed is lost: what is not saved yet is kept apart for its writer, and who saves over somebody else's
version sees both.
"""

import datetime as dt

from flask_babel import lazy_gettext as _l

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.mentoring import booking, booking_history, note_queries
from sca_lms.mentoring.models import (
    Appointment,
    MentoringTopic,
    NoteDraft,
    NoteTemplate,
    PlannedMeeting,
    PrivateNote,
)
from sca_lms.texts import Bilingual


class NoteChanged(Refused):
    """Somebody has saved another version since the page was shown."""

    code = "note-changed"


def save_shared(appointment: Appointment, by: Enrolment, text: str, *, based_on: int, at: dt.datetime) -> int:
    """Save the shared note and return its new version; raise `NoteChanged` when it is not the one seen.

    What is refused stays as the writer's draft for the page that shows both, see `keep_draft`.
    """
    db.session.refresh(appointment, attribute_names=booking.COLUMNS, with_for_update=True)
    if text == appointment.shared_note:
        _forget_draft(appointment, by)
        return appointment.note_version
    if appointment.note_version != based_on:
        raise NoteChanged(_l("Somebody else has saved this note meanwhile. Both versions are below."))
    appointment.shared_note = text
    appointment.note_version += 1
    _forget_draft(appointment, by)
    # What the note says is not kept twice; the history tells who wrote when.
    booking_history.note(
        appointment,
        "note-saved",
        person_id=by.person_id,
        at=at,
        after={"version": appointment.note_version},
    )
    db.session.flush()
    return appointment.note_version


def keep_draft(appointment: Appointment, by: Enrolment, text: str, *, based_on: int, at: dt.datetime) -> None:
    """Keep what somebody has typed into the shared note and not saved; only they see it."""
    db.session.refresh(appointment, attribute_names=booking.COLUMNS, with_for_update=True)
    if text == appointment.shared_note:
        _forget_draft(appointment, by)
        return
    draft = note_queries.draft_of(appointment, by.id)
    if draft is None:
        draft = NoteDraft(appointment_id=appointment.id, enrolment_id=by.id)
        db.session.add(draft)
    draft.text, draft.based_on, draft.saved_at = text, based_on, at
    db.session.flush()


def forget_draft(appointment: Appointment, by: Enrolment) -> None:
    """Throw away what somebody has typed and not saved, because they want the saved note."""
    _forget_draft(appointment, by)
    db.session.flush()


def save_private(
    appointment: Appointment, by: Enrolment, text: str, *, based_on: int, at: dt.datetime
) -> int:
    """Save somebody's own note and return its version, 0 when it is empty and gone.

    Raise `NoteChanged` when the same person has saved another text elsewhere.
    """
    db.session.refresh(appointment, attribute_names=booking.COLUMNS, with_for_update=True)
    note = note_queries.private_note(appointment, by.id)
    version = note.row_version if note else 0
    if note is not None and text == note.text:
        return version
    if version != based_on:
        raise NoteChanged(_l("You have saved this note in another window. Both versions are below."))
    if not text:
        if note is not None:
            db.session.delete(note)
            db.session.flush()
        return 0
    if note is None:
        note = PrivateNote(appointment_id=appointment.id, enrolment_id=by.id, row_version=0)
        db.session.add(note)
    note.text, note.saved_at = text, at
    note.row_version += 1
    db.session.flush()
    return note.row_version


def put_template(
    course: Course,
    template: NoteTemplate | None,
    *,
    title: Bilingual,
    body: Bilingual,
    planned_meeting: PlannedMeeting | None,
    topic: MentoringTopic | None,
    person_id: int | None,
    at: dt.datetime,
) -> NoteTemplate:
    """Make or change a template of notes."""
    before: dict[str, object] | None = None
    if template is None:
        template = NoteTemplate(course_id=course.id)
        db.session.add(template)
    else:
        before = {"th": template.title.th, "en": template.title.en}
    template.title, template.body = title, body
    template.planned_meeting_id = planned_meeting.id if planned_meeting else None
    template.topic_id = topic.id if topic else None
    db.session.flush()
    courses.record_audit(
        course, person_id, "put-note-template", f"template {template.id}", at=at,
        before=before, after={"th": title.th, "en": title.en},
    )  # fmt: skip
    return template


def remove_template(
    course: Course, template: NoteTemplate, *, person_id: int | None, at: dt.datetime
) -> None:
    """Take a template away; notes that began with it stay as they are."""
    before: dict[str, object] = {"th": template.title.th, "en": template.title.en}
    courses.record_audit(
        course, person_id, "remove-note-template", f"template {template.id}", at=at, before=before
    )
    db.session.delete(template)
    db.session.flush()


def _forget_draft(appointment: Appointment, by: Enrolment) -> None:
    draft = note_queries.draft_of(appointment, by.id)
    if draft is not None:
        db.session.delete(draft)
