"""Note what staff did about learners and when to look again, and close it with what came of it."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db, lock
from sca_lms.errors import Refused
from sca_lms.guidance.models import Intervention, InterventionKind, LearnerSnapshot
from sca_lms.inbox import operations as inbox

AT_ONCE = 500


class NobodyChosen(Refused):
    """There is nobody whom it could be about."""

    code = "nobody-chosen"


class DoneAlready(Refused):
    """The same form was sent twice; the first time did it."""

    code = "done-already"


class AlreadyClosed(Refused):
    """Somebody has closed it meanwhile."""

    code = "already-closed"


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done, and when to look again; without a day there is nothing left to do."""

    kind: InterventionKind
    text: str
    follow_up_on: dt.date | None = None


def record(
    course: Course,
    people: Sequence[Enrolment],
    deed: Deed,
    *,
    token: str,
    person_id: int | None,
    at: dt.datetime,
) -> int:
    """Note a deed for each of these learners; returns for how many.

    `token` is that of the form: sent a second time it raises `DoneAlready`.
    """
    take_turn(course, people, "intervention", token, f"{deed.kind}|{deed.text}|{deed.follow_up_on}", at=at)
    put(course, people, deed, person_id=person_id, at=at)
    courses.record_audit(
        course, person_id, "mark-intervention", deed.kind.value, at=at,
        after={
            "learners": [each.id for each in people],
            "follow_up_on": deed.follow_up_on.isoformat() if deed.follow_up_on else "",
        },
    )  # fmt: skip
    return len(people)


def take_turn(
    course: Course, people: Sequence[Enrolment], what: str, token: str, content: str, *, at: dt.datetime
) -> str:
    """Let a form with this content act once for these people; returns the key of the turn.

    Raise `NobodyChosen` without people and `DoneAlready` the second time.
    """
    if not people:
        raise NobodyChosen(_l("Nobody is chosen whom it could be for."))
    whole = f"{token}|{content}|{sorted(each.id for each in people)}"
    key = f"{what}:{hashlib.sha256(whole.encode()).hexdigest()[:32]}"
    if not inbox.take_turn(course.id, key, at=at):
        raise DoneAlready(_l("This was saved already; it was not done a second time."))
    return key


def put(
    course: Course, people: Sequence[Enrolment], deed: Deed, *, person_id: int | None, at: dt.datetime
) -> None:
    """Store a deed for each of these learners, with why they were noticed at that moment."""
    ids = [each.id for each in people]
    reasons = _reasons(ids)
    rows = [
        {
            "course_id": course.id, "enrolment_id": each, "kind": deed.kind, "text": deed.text,
            "reasons": reasons.get(each, []), "by_id": person_id, "at": at,
            "follow_up_on": deed.follow_up_on,
            "closed_at": None if deed.follow_up_on else at,
            "closed_by_id": None if deed.follow_up_on else person_id,
            "outcome": "",
        }
        for each in ids
    ]  # fmt: skip
    db.session.execute(sa.insert(Intervention), rows)


def close(
    course: Course, intervention: Intervention, outcome: str, *, person_id: int | None, at: dt.datetime
) -> None:
    """Close a follow-up with what came of it; raise `AlreadyClosed` when somebody was faster."""
    lock(intervention)
    if intervention.closed_at is not None:
        raise AlreadyClosed(_l("Somebody has closed this meanwhile. What they wrote stays."))
    intervention.closed_at, intervention.closed_by_id = at, person_id
    intervention.outcome = outcome
    courses.record_audit(
        course, person_id, "close-intervention", intervention.kind.value, at=at,
        after={"learners": [intervention.enrolment_id], "intervention": intervention.id},
    )  # fmt: skip
    db.session.flush()


def _reasons(ids: Sequence[int]) -> dict[int, list[object]]:
    found: dict[int, list[object]] = {}
    for start in range(0, len(ids), AT_ONCE):
        rows = db.session.execute(
            sa.select(LearnerSnapshot.enrolment_id, LearnerSnapshot.reasons).where(
                LearnerSnapshot.enrolment_id.in_(ids[start : start + AT_ONCE])
            )
        )
        found |= {row[0]: row[1] for row in rows}
    return found
