"""A camp whose doors can be used in tests: people, browsers, and the code that a room shows at a moment."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms.attendance import queries, room_codes
from sca_lms.attendance.models import AttendanceSession, PresenceRecord, SessionState
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests import builders
from tests.attendance.camp import a_camp

BEGINS = dt.datetime(2022, 9, 5, 1, 30, tzinfo=dt.UTC)
"""08:30 in Bangkok: the first session, D01A, begins; it ends at 12:15."""
MINUTE = dt.timedelta(minutes=1)
ENDS = BEGINS + 225 * MINUTE
TOKEN = re.compile(r"""hx-headers='\{"X-CSRF-Token": "([^"]+)"\}'""")


@dataclass(frozen=True)
class Doors:
    """A camp with learners and one instructor."""

    app: Flask
    course_id: int
    learner_ids: list[int]
    staff_id: int

    def visitor(self, enrolment_id: int, *, language: str = "en") -> "Visitor":
        client = builders.signed_in(self.app, enrolment_id)
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        return Visitor(self, client)

    def learner(self, place: int = 0) -> "Visitor":
        return self.visitor(self.learner_ids[place])

    def staff(self) -> "Visitor":
        return self.visitor(self.staff_id)

    def session(self, code: str = "D01A") -> AttendanceSession:
        """Return a session; call it inside an application context."""
        return next(
            each for each in queries.timetable(self.course_id, states=list(SessionState)) if each.code == code
        )

    def digits(self, at: dt.datetime, code: str = "D01A") -> str:
        """Return what the room shows at a moment."""
        with self.app.app_context():
            session = self.session(code)
            return room_codes.digits(session.code_seed, session.id, room_codes.step_at(at))

    def token(self, at: dt.datetime, code: str = "D01A") -> str:
        with self.app.app_context():
            session = self.session(code)
            return room_codes.token(session.code_seed, session.id, room_codes.step_at(at))

    def stays(self, place: int = 0) -> list[tuple[str, str, str | None]]:
        """Return the stays of a learner: session, when they came and left in Bangkok."""
        with self.app.app_context():
            found = db.session.execute(
                sa.select(AttendanceSession.code, PresenceRecord)
                .join(PresenceRecord.session)
                .where(
                    PresenceRecord.enrolment_id == self.learner_ids[place], PresenceRecord.voided_at.is_(None)
                )
                .order_by(PresenceRecord.in_at, PresenceRecord.id)
            )
            return [(code, clock(stay.in_at) or "", clock(stay.out_at)) for code, stay in found]


@dataclass(frozen=True)
class Visitor:
    """One browser at the doors."""

    doors: Doors
    client: FlaskClient

    def url(self, path: str) -> str:
        return f"/courses/{self.doors.course_id}{path}"

    def get(self, path: str) -> TestResponse:
        return self.client.get(self.url(path))

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def csrf(self) -> str:
        found = TOKEN.search(self.get("/my-code").text) or TOKEN.search(self.get("/rooms").text)
        assert found
        return found[1]

    def post(self, path: str, data: Mapping[str, object], *, htmx: bool = False) -> TestResponse:
        headers = {"X-CSRF-Token": self.csrf(), **({"HX-Request": "true"} if htmx else {})}
        return self.client.post(self.url(path), data=dict(data), headers=headers)

    def said(self, path: str, data: Mapping[str, object]) -> str:
        """Send a form and return the page that it leads to."""
        answer = self.post(path, data)
        assert answer.status_code == 303, answer.text
        return self.client.get(answer.location).text

    def send(self, path: str, body: object) -> TestResponse:
        return self.client.post(self.url(path), json=body, headers={"X-CSRF-Token": self.csrf()})

    def report(
        self, *acts: dict[str, object], sent_at: dt.datetime, device: str = ""
    ) -> list[dict[str, object]]:
        """Send acts as the check-in page does, and return the answers."""
        body = {"sent_at": milliseconds(sent_at), "device": device, "acts": list(acts)}
        answer = self.send("/check-in/acts", body)
        assert answer.status_code == 200, answer.text
        answers: list[dict[str, object]] = answer.get_json()["answers"]
        return answers


def open_doors(app: Flask, *, learners: int = 2) -> Doors:
    """Return a camp with learners and an instructor."""
    names = [("ปวีณา", "แพร"), ("ชยพล", "ปอ"), ("อนุชา", "นุ"), ("โสภิดา", "โบว์")]
    with app.app_context(), transaction():
        course: Course = a_camp()
        people: list[Enrolment] = []
        for place in range(learners):
            given, nickname = names[place % len(names)]
            person = builders.a_person(given, f"สกุล{place}")
            person.nickname = nickname
            people.append(builders.an_enrolment(course, person))
        staff = builders.an_enrolment(course, builders.a_person("อารี"), roles={Role.INSTRUCTOR})
        return Doors(app, course.id, [each.id for each in people], staff.id)


def act(way: str, code: str, at: dt.datetime, *, key: str = "", session: str = "") -> dict[str, object]:
    """Return an act as a phone reports it."""
    return {
        "key": key or f"{way}-{milliseconds(at)}",
        "act": way,
        "code": code,
        "session": session,
        "at": milliseconds(at),
    }


def milliseconds(at: dt.datetime) -> int:
    return int(at.timestamp() * 1000)


def clock(at: dt.datetime | None) -> str | None:
    """Return a moment as a clock in Bangkok shows it."""
    return f"{at + 7 * 60 * MINUTE:%H:%M}" if at is not None else None
