"""A pair with its captain, staff, and meetings between them; build these inside a transaction."""

import datetime as dt
from dataclasses import dataclass, field

from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import db
from sca_lms.mentoring import reports
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentPlace,
    AppointmentState,
    MentoringTerms,
    MentoringTopic,
    PlaceState,
    Side,
)
from sca_lms.mentoring.reports import Meeting, Words
from sca_lms.projects.models import Captaincy, Pair
from sca_lms.texts import Bilingual
from tests import builders

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
BEGAN = dt.datetime(2022, 10, 3, 6, 0, tzinfo=dt.UTC)
"""One o'clock in the afternoon in Bangkok."""
TOPICS = {"WG": (4, 360), "DT": (2, 180), "PD": (3, 270), "PR": (3, 270)}


@dataclass
class Case:
    """A course with the sample's topics, one pair and somebody of the staff."""

    course: Course = field(default_factory=builders.a_course)

    def __post_init__(self) -> None:
        self.captain = builders.an_enrolment(
            self.course, builders.a_person("สมหมาย", "พี่เลี้ยง"), roles={Role.MENTOR}
        )
        self.ambassador = builders.an_enrolment(self.course, builders.a_person("ดาริน", "ใจดี"))
        self.staff = builders.an_enrolment(
            self.course, builders.a_person("อารี", "ผู้สอน"), roles={Role.INSTRUCTOR, Role.MANAGER}
        )
        self.terms = MentoringTerms(
            course_id=self.course.id, slot_minutes=90, buffer_minutes=15, notice_hours=24,
            move_until_hours=12, most_open_bookings=2, report_within_days=7, tolerance_minutes=10,
            required_sessions=12, required_minutes=1080,
        )  # fmt: skip
        db.session.add(self.terms)
        self.topics = {
            code: MentoringTopic(
                course_id=self.course.id, code=code, position=place, title=Bilingual(f"หัวข้อ {code}", code),
                sessions=sessions, minutes=minutes,
            )
            for place, (code, (sessions, minutes)) in enumerate(TOPICS.items())
        }  # fmt: skip
        db.session.add_all(self.topics.values())
        db.session.flush()
        self.pair = self.a_pair(self.ambassador, self.captain, "SP01")

    def a_pair(self, ambassador: Enrolment, captain: Enrolment | None, code: str) -> Pair:
        pair = Pair(
            course_id=self.course.id, code=code, ambassador_id=ambassador.id, began_at=BEGAN - 3 * DAY
        )
        db.session.add(pair)
        db.session.flush()
        if captain is not None:
            db.session.add(Captaincy(pair_id=pair.id, captain_id=captain.id, began_at=BEGAN - 3 * DAY))
            db.session.flush()
        return pair

    def a_meeting(
        self,
        *people: Enrolment,
        topic: str = "WG",
        starts_at: dt.datetime = BEGAN,
        minutes: int = 90,
        state: AppointmentState | None = None,
        awaits: Side | None = None,
    ) -> list[Meeting]:
        """Return the meeting of each person who has a place; without people, of the pair's ambassador."""
        group = len(people) > 1
        appointment = Appointment(
            course_id=self.course.id, captain_id=self.captain.id,
            pair_id=None if group else self.pair.id, topic_id=self.topics[topic].id,
            starts_at=starts_at, ends_at=starts_at + minutes * MINUTE,
            state=state or (AppointmentState.OPEN if group else AppointmentState.CONFIRMED),
            awaits=awaits, capacity=max(1, len(people)),
            created_at=starts_at - DAY, changed_at=starts_at - DAY,
        )  # fmt: skip
        appointment.course, appointment.topic, appointment.captain = (
            self.course, self.topics[topic], self.captain,
        )  # fmt: skip
        db.session.add(appointment)
        db.session.flush()
        found = []
        for person in people or (self.ambassador,):
            place = AppointmentPlace(
                appointment_id=appointment.id, enrolment_id=person.id, state=PlaceState.IN,
                asked_at=starts_at - DAY,
            )  # fmt: skip
            place.appointment, place.enrolment = appointment, person
            db.session.add(place)
            db.session.flush()
            found.append(Meeting(appointment, place, self.terms, self.course))
        return found

    def met(self, topic: str, minutes: int, *, starts_at: dt.datetime = BEGAN) -> Meeting:
        """Return a meeting that both sides have reported alike."""
        (meeting,) = self.a_meeting(topic=topic, minutes=minutes, starts_at=starts_at)
        at = meeting.appointment.ends_at + MINUTE
        for side in Side:
            self.says(meeting, side, 0, minutes, at=at)
        return meeting

    def says(
        self,
        meeting: Meeting,
        side: Side,
        begins: int | None = 0,
        ends: int = 90,
        *,
        at: dt.datetime | None = None,
    ) -> AppointmentState:
        """Let one side report, in minutes after the planned beginning; None: nobody came."""
        start = meeting.appointment.starts_at
        words = Words() if begins is None else Words(start + begins * MINUTE, start + ends * MINUTE)
        by = self.captain if side is Side.CAPTAIN else meeting.place.enrolment
        return reports.report(meeting, side, by, words, at=at or meeting.appointment.ends_at + MINUTE)


def acting(enrolment: Enrolment) -> Actor:
    """Return somebody as the one who asks."""
    return Actor(
        enrolment.course_id, enrolment.person_id, enrolment.id, enrolment.roles, is_test=False, locale=None
    )
