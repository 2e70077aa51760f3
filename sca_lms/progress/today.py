"""Put a learner's first page together: what is now and next, what needs them, and where they stand."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sca_lms.bootcamp import overview as bootcamp
from sca_lms.bootcamp.overview import Overview
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Actor
from sca_lms.guidance.gathering import Known, gather
from sca_lms.mentoring import terms_queries
from sca_lms.mentoring.models import MentoringTopic
from sca_lms.modules.standing import UnitStanding
from sca_lms.progress.pathway import Stage, limits
from sca_lms.progress.pathway_queries import stages_of
from sca_lms.progress.today_events import events_ahead
from sca_lms.progress.today_needs import needs_of
from sca_lms.progress.today_queries import Waiting, waiting_for
from sca_lms.progress.today_rules import SHOWN_AHEAD, Event, EventKind, Need
from sca_lms.projects import queries as projects
from sca_lms.projects.models import Pair


@dataclass(frozen=True, slots=True)
class Today:
    """What a learner's first page shows."""

    known: Known
    camp: Overview | None
    pair: Pair | None
    topics: Sequence[MentoringTopic]
    waiting: Waiting
    needs: Sequence[Need]
    events: Sequence[Event]
    """Everything ahead, the earliest first."""
    stages: Sequence[Stage]
    at: dt.datetime

    @property
    def next_unit(self) -> UnitStanding | None:
        """The unit to go on with."""
        return self.known.modules.next

    @property
    def first(self) -> Event | None:
        """What is going on or comes next."""
        return self.events[0] if self.events else None

    @property
    def event_leads(self) -> bool:
        """Whether something that takes place comes before going on to learn."""
        return self.first is not None and (self.first.is_soon(self.at) or self.next_unit is None)

    @property
    def session_leads(self) -> bool:
        """Whether the session of the camp that is now or next stands above all, with its check-in."""
        if self.camp is None or self.camp.now is None:
            return False
        if self.camp.here is not None:
            return True
        first = self.first
        return (
            self.event_leads
            and first is not None
            and first.kind is EventKind.CLASS
            and first.key == f"session-{self.camp.now.id}"
        )

    @property
    def later(self) -> Sequence[Event]:
        """What comes after the thing that stands above all."""
        leading = f"session-{self.camp.now.id}" if self.session_leads and self.camp and self.camp.now else ""
        if not leading and self.event_leads and self.first is not None:
            leading = self.first.key
        return [each for each in self.events if each.key != leading][:SHOWN_AHEAD]

    @property
    def begins_on(self) -> dt.date | None:
        """The first day of the programme."""
        return limits(self.stages)[0]

    @property
    def ends_on(self) -> dt.date | None:
        """The last day of the programme."""
        return limits(self.stages)[1]


def today_of(course: Course, actor: Actor, enrolment: Enrolment, *, at: dt.datetime) -> Today:
    """Return a learner's first page; the number of statements does not depend on what there is."""
    known = gather(course, [enrolment], at=at)[enrolment.id]
    pair = projects.pair_of(enrolment.id, at)
    waiting = waiting_for(actor, enrolment, pair, at=at)
    return Today(
        known,
        bootcamp.overview_of(course, enrolment, at=at),
        pair,
        terms_queries.topics(course.id),
        waiting,
        needs_of(course, known, waiting, at=at),
        events_ahead(enrolment, known, at=at),
        stages_of(course, known, pair, at=at),
        at,
    )
