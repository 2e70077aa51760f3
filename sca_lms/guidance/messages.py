"""Write to learners: one notice for each, and a line for staff of what was sent to whom."""

import datetime as dt
from collections.abc import Sequence

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.guidance.interventions import Deed, put, take_turn
from sca_lms.guidance.models import InterventionKind
from sca_lms.guidance.notice_kinds import MESSAGE
from sca_lms.inbox import operations as inbox
from sca_lms.texts import Bilingual


def send(
    course: Course,
    people: Sequence[Enrolment],
    text: Bilingual,
    *,
    who: str,
    token: str,
    person_id: int | None,
    at: dt.datetime,
    follow_up_on: dt.date | None = None,
) -> int:
    """Send a message to each of these learners; returns how many were told.

    `who` is the sender's name as the learners read it. The `token` of the form lets it be sent once: raise
    `interventions.DoneAlready` the second time.
    """
    whole = "\n\n".join(filter(None, (text.th, text.en)))
    key = take_turn(course, people, "message", token, whole, at=at)
    told = inbox.tell(
        [each.id for each in people],
        MESSAGE.name,
        key=key,
        facts={"who": who, "text": text},
        at=at,
    )
    put(course, people, Deed(InterventionKind.MESSAGE, whole, follow_up_on), person_id=person_id, at=at)
    courses.record_audit(
        course, person_id, "send-message", InterventionKind.MESSAGE.value, at=at,
        after={
            "learners": [each.id for each in people],
            "follow_up_on": follow_up_on.isoformat() if follow_up_on else "",
        },
    )  # fmt: skip
    return told
