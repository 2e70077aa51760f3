"""Let the sample pairs meet: credited meetings, one dispute, reports that are missing, and what comes next.

The programme's mentoring begins after the bootcamp; these pairs could not wait. All of it is invented.
"""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sca_lms.calendar import queries as calendar
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.demo.cohort import Cohort
from sca_lms.demo.sample_notes import ACTIONS, PRIVATE, SHARED, TEMPLATES
from sca_lms.mentoring import actions, availability, booking, notes, reports, terms_queries
from sca_lms.mentoring.availability import Habit
from sca_lms.mentoring.availability_rules import Span, Spot
from sca_lms.mentoring.booking import Wish
from sca_lms.mentoring.booking_rules import Party
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentPlace,
    MentoringTerms,
    MentoringTopic,
    Side,
)
from sca_lms.mentoring.reports import Meeting, Words
from sca_lms.projects import queries as projects
from sca_lms.projects.models import Pair

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
EVENINGS = (dt.time(19, 0), dt.time(19, 30), dt.time(17, 45), dt.time(20, 15))
"""Tried in this order, until one is free for both."""
MINUTES = 90
MOST_DAYS = 15
"""Who finds no free evening within so many days has nothing planned."""
LIBRARY = Spot("ห้องสมุดประชาชนจังหวัด (สมมติ)")
HOURS = {weekday: [Span(17 * 60 + 30, 21 * 60)] for weekday in range(5)} | {
    5: [Span(9 * 60, 12 * 60, LIBRARY)]
}
ROOM = "ห้องประชุมเล็ก สำนักงานเทศบาล (สมมติ)"
ONLINE = "https://meet.example.org/sca-mentoring"


class _Desk:
    """What every step needs of one pair."""

    def __init__(self, cohort: Cohort, terms: MentoringTerms, pair: Pair, captain: Enrolment) -> None:
        self.cohort, self.terms, self.pair, self.captain = cohort, terms, pair, captain
        # Held here, because what is read again under a lock forgets whom it belongs to.
        self.people = {each.id: each.person for each in (captain, pair.ambassador)}

    @property
    def ambassador(self) -> Enrolment:
        """Return the pair's ambassador."""
        return self.pair.ambassador

    def party(self, side: Side) -> Party:
        """Return one side as the one who acts."""
        who = self.captain if side is Side.CAPTAIN else self.ambassador
        return Party(side, who.person_id, who.id, self.people[who.id].full_name)

    def meet(
        self, days: int, topic: MentoringTopic, *, at: dt.datetime, asked_by: Side = Side.CAPTAIN
    ) -> Appointment | None:
        """Book a free evening so many days from now (before, when negative); None when there is none."""
        starts_at = self._free(days, at=at)
        if starts_at is None:
            return None
        asked_at = min(at, starts_at - 3 * DAY)
        wish = Wish(starts_at, MINUTES, topic, place=ROOM, join_url=ONLINE)
        return booking.ask(self.pair, self.captain, self.terms, wish, self.party(asked_by), at=asked_at)

    def agree(self, appointment: Appointment, *, by: Side, at: dt.datetime) -> None:
        """Let the other side confirm."""
        booking.confirm(
            appointment, self.terms, self.party(by), seen=appointment.row_version,
            at=min(at, appointment.starts_at - 2 * DAY),
        )  # fmt: skip

    def held(self, days: int, topic: MentoringTopic, *, at: dt.datetime) -> Meeting | None:
        """Return a confirmed meeting so many days ago."""
        appointment = self.meet(-days, topic, at=at)
        if appointment is None:
            return None
        self.agree(appointment, by=Side.AMBASSADOR, at=at)
        place = db.session.scalars(
            sa.select(AppointmentPlace).where(AppointmentPlace.appointment_id == appointment.id)
        ).one()
        place.appointment, place.enrolment = appointment, self.ambassador
        return Meeting(appointment, place, self.terms, self.cohort.course)

    def say(self, meeting: Meeting, side: Side, minutes: int) -> None:
        """Let one side report a little after the end."""
        starts_at, ends_at = meeting.planned
        by = self.captain if side is Side.CAPTAIN else self.ambassador
        later = 20 if side is Side.CAPTAIN else 45
        reports.report(
            meeting, side, by, Words(starts_at, starts_at + minutes * MINUTE), at=ends_at + later * MINUTE
        )

    def _free(self, days: int, *, at: dt.datetime) -> dt.datetime | None:
        zone = ZoneInfo(self.cohort.course.timezone)
        day = (at.astimezone(zone) + days * DAY).date()
        people = [self.captain.person_id, self.ambassador.person_id]
        for evening in EVENINGS:
            begins = dt.datetime.combine(day, evening, tzinfo=zone).astimezone(dt.UTC)
            if not calendar.busy(people, begins, begins + (MINUTES + self.terms.buffer_minutes) * MINUTE):
                return begins
        return None


def meet(cohort: Cohort, pairs: Sequence[Pair], *, at: dt.datetime) -> None:
    """Give captains their hours, and let pairs have met, report, disagree and plan."""
    course = cohort.course
    terms = terms_queries.terms_of(course.id)
    topics = {each.code: each for each in terms_queries.topics(course.id)}
    if terms is None or not {"WG", "PD", "DT"} <= topics.keys():
        return
    ids = [pair.id for pair in pairs]
    pairs = projects.living_pairs(course.id, at)
    pairs = sorted((pair for pair in pairs if pair.id in ids), key=lambda pair: pair.id)
    captaincies = projects.current_captaincies(ids)
    desks = [
        _Desk(cohort, terms, pair, captaincies[pair.id].captain) for pair in pairs if pair.id in captaincies
    ]
    for desk in desks:
        habit = Habit(HOURS, course.timezone, ROOM, ONLINE)
        availability.set_habit(course, desk.captain, habit, at=desk.pair.began_at)
    for title, body in TEMPLATES:
        notes.put_template(
            course, None, title=title, body=body, planned_meeting=None, topic=None,
            person_id=cohort.instructor.person_id, at=at - 20 * DAY,
        )  # fmt: skip
    for number, desk in enumerate(desks):
        _live(desk, number, topics, at=at)


def _live(desk: _Desk, number: int, topics: dict[str, MentoringTopic], *, at: dt.datetime) -> None:
    """Let one pair do what its place in the list stands for."""
    first = desk.held(12 - number % 3, topics["WG"], at=at) if number < 9 else None
    if first is not None and number != 8:
        desk.say(first, Side.CAPTAIN, MINUTES)
        desk.say(first, Side.AMBASSADOR, MINUTES - 5 * (number % 2))
        notes.save_shared(first.appointment, desk.captain, SHARED, based_on=1, at=first.planned[1])
    elif first is not None:
        # Nobody reported it, so time has settled it.
        reports.lapse(first, at=first.planned[1] + desk.terms.report_within_days * DAY)
    if number < 2:
        _agree_on_work(desk, first, at=at)
    if number == 0 and first is not None:
        notes.save_private(first.appointment, desk.captain, PRIVATE, based_on=0, at=first.planned[1])
    if number < 4:
        _meet_lately(desk, number, topics, at=at)
    if number in {0, 2, 5, 7}:
        tries = (desk.meet(days, topics["DT"], at=at) for days in range(3 + number % 3, MOST_DAYS))
        ahead = next((each for each in tries if each is not None), None)
        # One of them waits for the ambassador's answer.
        if ahead is not None and number != 7:
            desk.agree(ahead, by=Side.AMBASSADOR, at=at)


def _meet_lately(desk: _Desk, number: int, topics: dict[str, MentoringTopic], *, at: dt.datetime) -> None:
    """Let the first pairs have met in the last days: credited, waiting for a report, or disputed."""
    lately = desk.held(1 + number, topics["PD"], at=at)
    if lately is None:
        return
    desk.say(lately, Side.CAPTAIN, MINUTES)
    if number == 2:
        desk.say(lately, Side.AMBASSADOR, MINUTES // 2)
    elif number == 3:
        desk.say(lately, Side.AMBASSADOR, MINUTES)


def _agree_on_work(desk: _Desk, first: Meeting | None, *, at: dt.datetime) -> None:
    today = at.astimezone(ZoneInfo(desk.cohort.course.timezone)).date()
    for place, (text, by_captain, days) in enumerate(ACTIONS):
        owner = desk.captain if by_captain else desk.ambassador
        item = actions.add(
            desk.pair, text, owner, due_on=today + days * DAY, open_now=place,
            appointment=first.appointment if first else None, at=at - 10 * DAY,
        )  # fmt: skip
        if place == 0:
            actions.tick_off(item, owner, at=at - 5 * DAY)
