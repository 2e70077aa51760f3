"""A camp with people at their browsers, and what they send to the pages of the timetable."""

import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.attendance.models import AttendanceSession
from sca_lms.attendance.timetable import cancel
from sca_lms.courses.models import Course
from sca_lms.database import db, transaction
from tests.attendance.camp import session_of
from tests.builders import csrf_of
from tests.journeys.pages import Page

NOW = dt.datetime(2022, 9, 6, 2, tzinfo=dt.UTC)
BANGKOK = ZoneInfo("Asia/Bangkok")
ENGLISH = {"Accept-Language": "en"}
NEW = {
    "code": "S1", "title_th": "ปฐมนิเทศ", "title_en": "Orientation", "category": "KNO",
    "starts_at": "2022-10-03T08:30", "ends_at": "2022-10-03T12:15", "breaks-0-start": "10:30",
    "breaks-0-end": "10:45", "mode": "onsite", "room": "301",
}  # fmt: skip


@dataclass
class Camp:
    """A camp with a learner, an instructor and a manager at their browsers."""

    app: Flask
    course_id: int
    learner_id: int
    learner: FlaskClient
    teacher: FlaskClient
    manager: FlaskClient

    @property
    def home(self) -> str:
        return f"/courses/{self.course_id}/timetable"

    @property
    def builder(self) -> str:
        return f"{self.home}/edit"

    def post(
        self, path: str, sent: Mapping[str, object] | None = None, by: FlaskClient | None = None
    ) -> TestResponse:
        client = by or self.manager
        token = csrf_of(client.get(f"{self.builder}/new", headers=ENGLISH).text)
        return client.post(path, data={"csrf_token": token, **(sent or {})}, headers=ENGLISH)

    def page(self, path: str, by: FlaskClient | None = None) -> str:
        answer = (by or self.manager).get(path, headers=ENGLISH)
        assert answer.status_code == 200, answer.text[:500]
        return answer.text

    @contextmanager
    def inside(self) -> Iterator[Course]:
        with self.app.app_context(), transaction():
            yield db.session.get_one(Course, self.course_id)

    def session(self, code: str) -> AttendanceSession:
        with self.app.app_context():
            return session_of(db.session.get_one(Course, self.course_id), code)


def without(camp: Camp, *codes: str) -> None:
    with camp.inside() as course:
        for code in codes:
            cancel(session_of(course, code), reason="rain", person_id=None, at=clock.now())


def change_form(camp: Camp, code: str = "D01A", **values: str) -> dict[str, str]:
    form = Page.of("http://x", 200, {}, camp.page(f"{camp.builder}/sessions/{code}/change")).forms[-1]
    return {name: value for name, value in form.filled_in if name != "csrf_token"} | values


def digest_in(page: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{32})"', page)
    assert found is not None
    return found[1]


def upload(camp: Camp, content: bytes, name: str = "timetable.csv", **sent: object) -> TestResponse:
    return camp.post(f"{camp.builder}/import", {"file": (io.BytesIO(content), name), **sent})
