"""A message with a follow-up, for those who attack every address."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.guidance import messages
from sca_lms.guidance.models import Intervention
from sca_lms.inbox.models import InboxNotice
from sca_lms.texts import Bilingual


def deeds(
    course: Course, learner: Enrolment, visitor: Enrolment, *, at: dt.datetime
) -> dict[str, Sequence[object]]:
    """Write to a learner and to who attacks, and leave the first open."""
    day = at.date() + dt.timedelta(days=1)
    messages.send(
        course,
        [learner, visitor],
        Bilingual("ก", "a"),
        who="x",
        token="x",
        person_id=None,
        at=at,
        follow_up_on=day,
    )
    found = db.session.scalars(
        sa.select(Intervention.id).where(Intervention.enrolment_id == learner.id)
    ).all()
    told = db.session.scalars(sa.select(InboxNotice.id).where(InboxNotice.enrolment_id == visitor.id)).all()
    return {"intervention_id": list(found), "notice_id": list(told)}
