"""Read the whole story of one learner for staff, and the mentoring part of it for their captain."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sca_lms.assignments import queries as assignments
from sca_lms.assignments.models import Assignment
from sca_lms.assignments.queries import WorkStanding
from sca_lms.bootcamp.account import AccountLine, LineState
from sca_lms.bootcamp.account_queries import account_of
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Actor
from sca_lms.gradebook.rules import Total
from sca_lms.grades import queries as grades
from sca_lms.guidance import intervention_queries
from sca_lms.guidance.gathering import Known, gather
from sca_lms.guidance.models import Intervention, InterventionKind
from sca_lms.mentoring import action_queries, credit, story_queries, terms_queries
from sca_lms.mentoring.credit import Standing
from sca_lms.mentoring.models import ActionItem, AppointmentPlace, MentoringTopic
from sca_lms.progress import cohort_queries
from sca_lms.progress.cohort_queries import CohortRow
from sca_lms.progress.story_rules import Happening, Tick, What, latest_first
from sca_lms.progress.story_scores import Because, explanations
from sca_lms.projects import queries as projects
from sca_lms.projects.models import Captaincy, Pair
from sca_lms.updates import queries as updates
from sca_lms.updates.models import KnowledgeUpdate
from sca_lms.updates.queries import Part
from sca_lms.updates.rules import Standing as UpdateStanding

SHOWN_HAPPENINGS = 40
NOT_DRAWN = (LineState.CANCELLED, LineState.RUNNING, LineState.UNCLOSED)
"""What somebody has of these sessions is not known yet, or never will be."""


@dataclass(frozen=True, slots=True)
class Mentored:
    """The mentoring part of somebody's story."""

    pair: Pair | None
    captaincy: Captaincy | None
    standing: Standing
    topics: Sequence[MentoringTopic]
    places: Sequence[AppointmentPlace]
    """The meetings, the newest first."""
    items: Sequence[ActionItem]


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that staff see of one learner on one page."""

    row: CohortRow
    mentored: Mentored
    updates: Sequence[tuple[KnowledgeUpdate, Part]]
    ticks: Sequence[Tick]
    """The sessions of the camp up to now, the earliest first."""
    works: Sequence[tuple[Assignment, WorkStanding | None]]
    because: Mapping[str, Because]
    deeds: Sequence[Intervention]
    happenings: Sequence[Happening]

    @property
    def total(self) -> Total:
        """Return the total as the gradebook has it."""
        return self.row.total


def led_pair(actor: Actor, enrolment_id: int, *, at: dt.datetime) -> Pair | None:
    """Return the pair of an ambassador whom the actor leads as captain now; None for everybody else."""
    if actor.enrolment_id is None:
        return None
    pairs = projects.pairs_of_captain(actor.enrolment_id, at)
    return next(
        (each for each in pairs if each.ambassador_id == enrolment_id and each.course_id == actor.course_id),
        None,
    )


def mentored(course: Course, enrolment: Enrolment, pair: Pair | None, *, at: dt.datetime) -> Mentored:
    """Return the mentoring part of somebody's story; a constant number of statements."""
    return Mentored(
        pair,
        projects.captain_at(pair, at) if pair else None,
        credit.standings(course.id, [enrolment.id], at=at)[enrolment.id],
        terms_queries.topics(course.id),
        story_queries.places_of(course.id, enrolment.id),
        action_queries.open_items([pair.id]) if pair else (),
    )


def story_of(course: Course, enrolment: Enrolment, *, at: dt.datetime) -> Story:
    """Return the whole story of a learner who counts; a constant number of statements."""
    row = cohort_queries.rows_of(course, [enrolment.id], at=at)[0]
    known = row.known
    part = mentored(course, enrolment, projects.pair_of(enrolment.id, at), at=at)
    account = account_of(course, enrolment, at=at)
    lines = account.lines if account else ()
    handed_in = assignments.standing(course.id, [enrolment.id])
    works = [
        (each, handed_in.get((enrolment.id, each.id)))
        for each in assignments.assignments_of(course.id, published_only=True)
    ]
    series = [
        (each, known.updates.parts[each.id])
        for each in updates.updates_of(course.id)
        if each.id in known.updates.parts
    ]
    deeds = intervention_queries.of_learner(enrolment.id)
    happened = [
        Happening(enrolment.joined_at, What.JOINED),
        *_modules(row),
        *_works(works),
        *_meetings(part.places),
        *_updates(series),
        *_missed(lines),
        *_deeds(deeds),
    ]
    return Story(
        row,
        part,
        series,
        _ticks(lines),
        works,
        because_of(course, known),
        deeds,
        latest_first(happened, at)[:SHOWN_HAPPENINGS],
    )


def known_of(course: Course, enrolment: Enrolment, *, at: dt.datetime) -> Known:
    """Return everything that is known of one learner."""
    return gather(course, [enrolment], at=at)[enrolment.id]


def because_of(course: Course, known: Known) -> Mapping[str, Because]:
    """Return why each score of a learner is what it is, by code of column."""
    return explanations(course, known, maxima_of(course.id))


def maxima_of(course_id: int) -> dict[str, Decimal]:
    """Return the largest score of every column by its code."""
    return {each.code: each.score_maximum for each in grades.columns_of(course_id)}


def _ticks(lines: Sequence[AccountLine]) -> list[Tick]:
    return [
        Tick(line.state, line.session.title, line.session.starts_at, max(line.paid, 0), line.worth)
        for line in reversed(lines)
        if line.session is not None and line.state not in NOT_DRAWN
    ]


def _modules(row: CohortRow) -> Iterator[Happening]:
    for module in row.known.modules.modules:
        if module.satisfied_at is not None:
            yield Happening(module.satisfied_at, What.MODULE, module.title, late=module.late)


def _works(works: Sequence[tuple[Assignment, WorkStanding | None]]) -> Iterator[Happening]:
    for assignment, standing in works:
        if standing is not None:
            yield Happening(standing.last_handed_in_at, What.WORK, assignment.title, late=standing.late)


def _meetings(places: Sequence[AppointmentPlace]) -> Iterator[Happening]:
    for place in places:
        if place.outcome is not None:
            meeting = place.appointment
            yield Happening(meeting.ends_at, What.MEETING, meeting.topic.title, outcome=place.outcome)


def _updates(series: Sequence[tuple[KnowledgeUpdate, Part]]) -> Iterator[Happening]:
    for update, part in series:
        if part.standing is UpdateStanding.COUNTED:
            yield Happening(update.session.ends_at, What.UPDATE, update.session.title)
        elif part.standing is UpdateStanding.MISSED:
            yield Happening(update.session.ends_at, What.UPDATE_MISSED, update.session.title)


def _missed(lines: Sequence[AccountLine]) -> Iterator[Happening]:
    for line in lines:
        if line.state is LineState.MISSED and line.session is not None:
            yield Happening(line.session.ends_at, What.SESSION_MISSED, line.session.title)


def _deeds(deeds: Sequence[Intervention]) -> Iterator[Happening]:
    for each in deeds:
        what = What.MESSAGE if each.kind is InterventionKind.MESSAGE else What.DEED
        yield Happening(each.at, what, each.text)
