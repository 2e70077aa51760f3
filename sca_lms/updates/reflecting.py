"""Write reflections without losing a word, hand them in, and accept them or send them back."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.updates.models import KnowledgeUpdate, Reflection
from sca_lms.updates.queries import timing_of
from sca_lms.updates.reminders import tell_decided
from sca_lms.updates.rules import ReflectionState, may_hand_in, may_write

LONGEST_TEXT = 20_000
WRITABLE = frozenset({ReflectionState.DRAFT, ReflectionState.RETURNED})


class NotNow(Refused):
    """The reflection cannot be written or handed in at this moment."""

    code = "not-now"


class TextMoved(Refused):
    """Another text was saved since this one was read."""

    code = "text-moved"


class AlreadyDecided(Refused):
    """Somebody else has decided, or the learner has written on."""

    code = "already-decided"


class NoText(Refused):
    """There is nothing to hand in, or no answer to send back with."""

    code = "no-text"


def save_draft(
    update: KnowledgeUpdate, learner: Enrolment, text: str, *, row_version: int, at: dt.datetime
) -> Reflection:
    """Keep what somebody has written so far; `row_version` is the one they read, 0 for the first words.

    Raises `NotNow` and `TextMoved`.
    """
    if not may_write(timing_of(update.session), at):
        raise NotNow(_l("It can be written from the beginning of the update on."))
    if len(text) > LONGEST_TEXT:
        raise NotNow(_l("The text is longer than 20,000 letters."))
    found = _owned(update, learner)
    if found is None:
        return _begin(update, learner, text, at=at)
    if found.state not in WRITABLE:
        raise NotNow(_l("It is handed in, and cannot be changed now."))
    if found.row_version != row_version:
        raise TextMoved(_l("Another text was saved meanwhile, in another tab or on another device."))
    if found.text != text:
        found.text, found.saved_at = text, at
        found.row_version += 1
    return found


def hand_in(
    update: KnowledgeUpdate, learner: Enrolment, text: str, *, row_version: int, at: dt.datetime
) -> Reflection:
    """Hand a reflection in for somebody to read. Raises `NotNow`, `TextMoved` and `NoText`."""
    found = save_draft(update, learner, text, row_version=row_version, at=at)
    if not may_hand_in(timing_of(update.session), found.state, update.reflection_due_at, at):
        raise NotNow(_l("It can be handed in after the end of the update and until it is due."))
    if not text.strip():
        raise NoText(_l("Write something before you hand it in."))
    found.state, found.submitted_at = ReflectionState.SUBMITTED, at
    found.row_version += 1
    courses.touch(learner)
    return found


def take_back(
    update: KnowledgeUpdate, learner: Enrolment, *, row_version: int, at: dt.datetime
) -> Reflection:
    """Let somebody write on after handing in, while nobody has decided. Raises `NotNow` and `TextMoved`."""
    found = _owned(update, learner)
    if found is None or found.state is not ReflectionState.SUBMITTED:
        raise NotNow(_l("It has been decided already, or was never handed in."))
    if found.row_version != row_version:
        raise TextMoved(_l("Something has changed meanwhile. Look again."))
    if update.reflection_due_at is not None and at > update.reflection_due_at:
        raise NotNow(_l("It is due: it could not be handed in again."))
    found.state, found.submitted_at = ReflectionState.DRAFT, None
    found.row_version += 1
    courses.touch(learner)
    return found


def decide(
    course: Course,
    reflection: Reflection,
    *,
    accepts: bool,
    answer: str,
    row_version: int,
    person_id: int | None,
    at: dt.datetime,
) -> None:
    """Accept a reflection, or send it back with an answer; an accepted one can still be sent back.

    Raises `AlreadyDecided` and `NoText`.
    """
    db.session.refresh(reflection, ["state", "row_version", "answer"], with_for_update=True)
    decidable = {ReflectionState.SUBMITTED, ReflectionState.ACCEPTED}
    if reflection.row_version != row_version or reflection.state not in decidable:
        raise AlreadyDecided(_l("Somebody has decided, or the learner has changed it. Look at it again."))
    if not accepts and not answer.strip():
        raise NoText(_l("Write what is missing, so that the learner can go on."))
    before = reflection.state
    reflection.state = ReflectionState.ACCEPTED if accepts else ReflectionState.RETURNED
    reflection.answer, reflection.decided_at, reflection.decided_by_id = answer, at, person_id
    reflection.row_version += 1
    courses.record_audit(
        course, person_id, "accept-reflection" if accepts else "return-reflection",
        f"reflection {reflection.id}", at=at, before={"state": before.value},
        after={"state": reflection.state.value},
    )  # fmt: skip
    courses.touch_all([reflection.enrolment_id])
    tell_decided([reflection], at=at)


def accept_all(
    course: Course, seen: Sequence[tuple[int, int]], *, person_id: int | None, at: dt.datetime
) -> int:
    """Accept those of the reflections (id and version, as they were seen) that still wait; returns how many.

    Who wrote on in the meantime is left for somebody to read.
    """
    versions = dict(seen)
    rows = db.session.scalars(
        sa.select(Reflection)
        .join(Reflection.update)
        .where(
            Reflection.id.in_(versions),
            KnowledgeUpdate.course_id == course.id,
            Reflection.state == ReflectionState.SUBMITTED,
        )
        .order_by(Reflection.id)
        .with_for_update(of=Reflection)
        .execution_options(populate_existing=True)
    ).all()
    taken = [each for each in rows if versions[each.id] == each.row_version]
    for each in taken:
        each.state, each.answer, each.decided_at = ReflectionState.ACCEPTED, "", at
        each.decided_by_id = person_id
        each.row_version += 1
    if taken:
        courses.record_audit(
            course, person_id, "accept-reflections", "reflections", at=at,
            after={"reflections": [each.id for each in taken]},
        )  # fmt: skip
        courses.touch_all([each.enrolment_id for each in taken])
        tell_decided(taken, at=at)
    return len(taken)


def _owned(update: KnowledgeUpdate, learner: Enrolment) -> Reflection | None:
    return db.session.scalar(
        sa.select(Reflection)
        .where(Reflection.update_id == update.id, Reflection.enrolment_id == learner.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _begin(update: KnowledgeUpdate, learner: Enrolment, text: str, *, at: dt.datetime) -> Reflection:
    made = Reflection(
        update_id=update.id, enrolment_id=learner.id, text=text, state=ReflectionState.DRAFT, saved_at=at,
        submitted_at=None, decided_at=None, row_version=1,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError as error:
        raise TextMoved(
            _l("Another text was saved meanwhile, in another tab or on another device.")
        ) from error
    return made
