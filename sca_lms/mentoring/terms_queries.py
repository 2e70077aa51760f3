"""Read the terms, the topics and the planned meetings of a course."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.database import db
from sca_lms.mentoring.models import MentoringTerms, MentoringTopic, PlannedMeeting


def terms_of(course_id: int) -> MentoringTerms | None:
    """Return the rules of mentoring in a course; None where its programme has no mentoring."""
    return db.session.scalar(sa.select(MentoringTerms).where(MentoringTerms.course_id == course_id))


def topics(course_id: int, *, every: bool = False) -> Sequence[MentoringTopic]:
    """Return the topics in the programme's order; those it has dropped only on request."""
    wanted = sa.select(MentoringTopic).where(MentoringTopic.course_id == course_id)
    if not every:
        wanted = wanted.where(MentoringTopic.published)
    return db.session.scalars(wanted.order_by(MentoringTopic.position, MentoringTopic.id)).all()


def planned_meetings(course_id: int, *, every: bool = False) -> Sequence[PlannedMeeting]:
    """Return the planned meetings with their topics, in their order; dropped ones only on request."""
    wanted = (
        sa.select(PlannedMeeting)
        .where(PlannedMeeting.course_id == course_id)
        .options(joinedload(PlannedMeeting.topic, innerjoin=True))
    )
    if not every:
        wanted = wanted.where(PlannedMeeting.published)
    return db.session.scalars(wanted.order_by(PlannedMeeting.number)).all()
