"""Read what mentoring has brought: credited and counted minutes by topic, of one learner or of thousands."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from sca_lms.database import db
from sca_lms.mentoring import credit_rules, terms_queries
from sca_lms.mentoring.credit_rules import Credit, Quota, TopicSum
from sca_lms.mentoring.models import (
    ActionItem,
    Appointment,
    AppointmentPlace,
    AppointmentState,
    MeetingReport,
    MentoringTopic,
    PlaceState,
)
from sca_lms.projects.models import Pair

TO_COME = (AppointmentState.CONFIRMED, AppointmentState.OPEN)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one ambassador stands in mentoring."""

    topics: tuple[TopicSum, ...]
    last_met_at: dt.datetime | None = None
    """When the last meeting ended of which at least one side says that it took place."""
    next_at: dt.datetime | None = None
    """When the next confirmed meeting begins."""
    open_actions: int = 0

    @property
    def credited(self) -> int:
        """Return all credited minutes."""
        return sum(each.credited for each in self.topics)

    @property
    def counted(self) -> int:
        """Return the minutes that count, each topic up to its quota."""
        return sum(each.counted for each in self.topics)

    @property
    def surplus(self) -> int:
        """Return the minutes beyond the quotas."""
        return self.credited - self.counted

    @property
    def sessions(self) -> int:
        """Return the meetings that count, each topic up to its quota."""
        return sum(each.sessions for each in self.topics)


@dataclass(slots=True)
class _Sums:
    credited: dict[int, int] = field(default_factory=dict)
    met: dict[int, int] = field(default_factory=dict)


def quotas(found: Sequence[MentoringTopic]) -> list[Quota]:
    """Return the quotas of topics."""
    return [Quota(topic.id, topic.sessions, topic.minutes) for topic in found]


def standings(course_id: int, enrolment_ids: Sequence[int], *, at: dt.datetime) -> dict[int, Standing]:
    """Return where each of these ambassadors stands; four statements, however many they are."""
    known = quotas(terms_queries.topics(course_id))
    sums = _sums(course_id, enrolment_ids)
    last = _last_met(enrolment_ids)
    coming = _next(enrolment_ids, at=at)
    actions = _open_actions(enrolment_ids)
    nothing = _Sums()
    return {
        each: Standing(
            credit_rules.sums(known, sums.get(each, nothing).credited, sums.get(each, nothing).met),
            last.get(each),
            coming.get(each),
            actions.get(each, 0),
        )
        for each in enrolment_ids
    }


def counted(course_id: int, enrolment_ids: Sequence[int]) -> Mapping[int, int]:
    """Return the minutes that count of each ambassador who was ever credited something.

    Who is left out has nothing to be told of; whose only meeting is disputed has 0.
    """
    known = quotas(terms_queries.topics(course_id))
    return {
        enrolment_id: sum(each.counted for each in credit_rules.sums(known, found.credited, found.met))
        for enrolment_id, found in _sums(course_id, enrolment_ids).items()
    }


def required_minutes(course_id: int) -> int:
    """Return how many minutes of mentoring the course asks for, 0 without terms."""
    terms = terms_queries.terms_of(course_id)
    return terms.required_minutes if terms else 0


def counted_of_places(course_id: int, enrolment_id: int) -> dict[int, int]:
    """Return for each credited place of one ambassador how many of its minutes count."""
    rows = db.session.execute(
        sa.select(
            AppointmentPlace.id,
            Appointment.topic_id,
            AppointmentPlace.credited_minutes,
            AppointmentPlace.credited_at,
            Appointment.starts_at,
        )
        .join(AppointmentPlace.appointment)
        .where(
            AppointmentPlace.enrolment_id == enrolment_id,
            Appointment.course_id == course_id,
            AppointmentPlace.credited_minutes > 0,
        )
    )
    found = [Credit(row[0], row[1], row[2] or 0, row[3] or row[4], row[4]) for row in rows]
    return credit_rules.counted_minutes(found, quotas(terms_queries.topics(course_id)))


def has_met() -> sa.ColumnElement[bool]:
    """Return the condition on a place that the two have met: credited, or so far one side says so."""
    said = (
        sa.select(MeetingReport.id)
        .where(MeetingReport.place_id == AppointmentPlace.id, MeetingReport.began_at.is_not(None))
        .exists()
    )
    open_ones = AppointmentPlace.outcome.in_((AppointmentState.REPORTED, AppointmentState.DISPUTED))
    return sa.or_(AppointmentPlace.credited_minutes > 0, sa.and_(open_ones, said))


def _sums(course_id: int, enrolment_ids: Sequence[int]) -> dict[int, _Sums]:
    """Return credited minutes and meetings by ambassador and topic, of all who ever had a settled meeting."""
    minutes = AppointmentPlace.credited_minutes
    rows = db.session.execute(
        sa.select(
            AppointmentPlace.enrolment_id,
            Appointment.topic_id,
            sa.func.coalesce(sa.func.sum(minutes), 0),
            sa.func.sum(sa.case((minutes > 0, 1), else_=0)),
        )
        .join(AppointmentPlace.appointment)
        .where(
            AppointmentPlace.enrolment_id.in_(enrolment_ids),
            Appointment.course_id == course_id,
            # Kept while a credit is disputed: the score then falls, and does not vanish.
            AppointmentPlace.credited_at.is_not(None),
        )
        .group_by(AppointmentPlace.enrolment_id, Appointment.topic_id)
    )
    found: dict[int, _Sums] = defaultdict(_Sums)
    for enrolment_id, topic_id, credited, met in rows:
        found[enrolment_id].credited[topic_id] = int(credited)
        found[enrolment_id].met[topic_id] = int(met)
    return dict(found)


def _last_met(enrolment_ids: Sequence[int]) -> dict[int, dt.datetime]:
    rows = db.session.execute(
        sa.select(AppointmentPlace.enrolment_id, sa.func.max(Appointment.ends_at))
        .join(AppointmentPlace.appointment)
        .where(AppointmentPlace.enrolment_id.in_(enrolment_ids), has_met())
        .group_by(AppointmentPlace.enrolment_id)
    )
    return {row[0]: row[1] for row in rows}


def _next(enrolment_ids: Sequence[int], *, at: dt.datetime) -> dict[int, dt.datetime]:
    rows = db.session.execute(
        sa.select(AppointmentPlace.enrolment_id, sa.func.min(Appointment.starts_at))
        .join(AppointmentPlace.appointment)
        .where(
            AppointmentPlace.enrolment_id.in_(enrolment_ids),
            AppointmentPlace.state == PlaceState.IN,
            Appointment.state.in_(TO_COME),
            Appointment.ends_at > at,
        )
        .group_by(AppointmentPlace.enrolment_id)
    )
    return {row[0]: row[1] for row in rows}


def _open_actions(enrolment_ids: Sequence[int]) -> dict[int, int]:
    rows = db.session.execute(
        sa.select(Pair.ambassador_id, sa.func.count(ActionItem.id))
        .join(Pair, Pair.id == ActionItem.pair_id)
        .where(Pair.ambassador_id.in_(enrolment_ids), ActionItem.done_at.is_(None))
        .group_by(Pair.ambassador_id)
    )
    return {row[0]: row[1] for row in rows}
