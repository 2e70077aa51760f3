"""A pair whose captain has hours, and what both do with appointments; build these inside a transaction."""

import datetime as dt
from dataclasses import dataclass

from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.mentoring import availability, booking, booking_groups, terms_queries
from sca_lms.mentoring.availability import Habit
from sca_lms.mentoring.availability_rules import Span
from sca_lms.mentoring.booking import Wish
from sca_lms.mentoring.booking_groups import Circle
from sca_lms.mentoring.booking_rules import Act, Party
from sca_lms.mentoring.models import Appointment, Audience, MentoringTopic, PlaceState, Side
from sca_lms.projects import queries as projects
from tests import builders
from tests.mentoring.meetings import BEGAN, MINUTE, Case

HOUR = 60 * MINUTE
NOW = BEGAN - dt.timedelta(days=2)
"""Saturday one o'clock in the afternoon in Bangkok; the week's hours begin on Monday at nine."""
MONDAY_NINE = dt.datetime(2022, 10, 3, 2, 0, tzinfo=dt.UTC)
WEEKDAYS = {day: [Span(9 * 60, 17 * 60)] for day in range(5)}


@dataclass
class Booking(Case):
    """The pair of `Case`, with a captain who can be booked on weekdays from nine to five."""

    def __post_init__(self) -> None:
        super().__post_init__()
        habit = Habit(WEEKDAYS, "Asia/Bangkok", "ห้อง 1", "https://meet.example.org/x")
        availability.set_habit(self.course, self.captain, habit, at=NOW)

    def party(self, who: Enrolment) -> Party:
        side = None
        if Role.MENTOR in who.roles:
            side = Side.CAPTAIN
        elif Role.LEARNER in who.roles:
            side = Side.AMBASSADOR
        return Party(side, who.person_id, who.id, who.person.full_name)

    def ask(
        self,
        who: Enrolment | None = None,
        start: dt.datetime = MONDAY_NINE,
        *,
        at: dt.datetime = NOW,
        minutes: int = 90,
    ) -> Appointment:
        # Read anew, so that a test can go on in another transaction.
        pair, terms = projects.pair_of(self.ambassador.id, at), terms_queries.terms_of(self.course.id)
        captaincy = projects.captain_at(pair, at) if pair else None
        assert pair is not None
        assert terms is not None
        assert captaincy is not None
        topic = db.session.get_one(MentoringTopic, self.topics["WG"].id)
        wish = Wish(start, minutes, topic, agenda="คุยเรื่องแผน")
        return booking.ask(pair, captaincy.captain, terms, wish, self.party(who or self.ambassador), at=at)

    def confirm(self, appointment: Appointment, who: Enrolment, *, at: dt.datetime = NOW) -> None:
        seen = appointment.row_version
        booking.confirm(appointment, self.terms, self.party(who), seen=seen, at=at)

    def cancel(self, appointment: Appointment, who: Enrolment, *, at: dt.datetime = NOW) -> None:
        seen = appointment.row_version
        booking.call_off(appointment, self.terms, self.party(who), Act.CANCEL, "ติดงาน", seen=seen, at=at)

    def change(
        self, appointment: Appointment, who: Enrolment, start: dt.datetime, *, at: dt.datetime = NOW
    ) -> None:
        seen = appointment.row_version
        booking.change_time(appointment, self.terms, self.party(who), start, seen=seen, at=at)

    def a_group(
        self,
        capacity: int = 1,
        start: dt.datetime = MONDAY_NINE,
        *,
        audience: Audience = Audience.COURSE,
        group: str = "",
    ) -> Appointment:
        return booking_groups.open_slot(
            self.course.id, self.captain, self.terms, Wish(start, 90, self.topics["WG"]),
            Circle("คลินิกข้อเสนอ", capacity, audience, group), self.party(self.captain), at=NOW,
        )  # fmt: skip

    def join(self, group: Appointment, who: Enrolment, *, at: dt.datetime = NOW) -> PlaceState:
        return booking_groups.join(group, self.terms, who, at=at)

    def leave(self, group: Appointment, who: Enrolment, *, at: dt.datetime = NOW) -> list[int]:
        return [each.enrolment_id for each in booking_groups.leave(group, self.terms, who, at=at)]

    def others(self, count: int) -> list[Enrolment]:
        return [
            builders.an_enrolment(self.course, builders.a_person(f"คนที่ {number}", "ทดสอบ"))
            for number in range(count)
        ]


def reread(appointment_id: int) -> Appointment:
    """Return an appointment as the database has it."""
    found = db.session.get_one(Appointment, appointment_id)
    db.session.refresh(found)
    return found
