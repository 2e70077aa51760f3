"""An author's desk: a browser in a course with a quiz, and short ways to the question bank."""

from dataclasses import dataclass
from html.parser import HTMLParser

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sca_lms.assessments import bank_operations, bank_queries
from sca_lms.assessments.bank_operations import Content
from sca_lms.assessments.models import Question, QuestionVersion
from sca_lms.assessments.question_types import document_of
from sca_lms.courses.models import Course
from sca_lms.database import db, transaction
from tests.assessments.builders import LAW, NINE
from tests.assessments.places import Place, text_of
from tests.builders import csrf_of


@dataclass(frozen=True)
class Desk:
    """An author at work in a course whose quiz has two questions."""

    place: Place
    author: FlaskClient

    @property
    def bank(self) -> str:
        return f"/courses/{self.place.course_id}/questions"

    def get(self, address: str) -> str:
        answer = self.author.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return text_of(answer)

    def post(self, address: str, **fields: object) -> TestResponse:
        token = csrf_of(self.get(f"{self.bank}/new/short"))
        return self.author.post(address, data=fields, headers={"X-CSRF-Token": token})

    def add(self, code: str = "N1", shelf: str = "Data", question: object = LAW) -> int:
        with self.place.app.app_context(), transaction():
            course = db.session.get_one(Course, self.place.course_id)
            put = bank_operations.shelf_of(course.id, shelf, at=NINE)
            content = Content(document_of(question), {})  # type: ignore[arg-type]  # A test may add any kind.
            return bank_operations.add_question(course, put, code, content, by=None, at=NINE).id

    def newest(self, question_id: int) -> QuestionVersion:
        with self.place.app.app_context():
            return bank_queries.newest_version(db.session.get_one(Question, question_id))

    def codes(self) -> list[str]:
        with self.place.app.app_context():
            return list(db.session.scalars(sa.select(Question.code).order_by(Question.id)))


class _Editor(HTMLParser):
    """Reads the fields of the page's editor."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._inside = False
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self._inside = "data-editor" in given
        if not self._inside:
            return
        if tag == "textarea" and name:
            self._area = name
            self.fields[name] = [""]
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.fields.setdefault(self._select, []).append(given.get("value") or "")
        elif tag == "input" and name and self._is_sent(given):
            self.fields.setdefault(name, []).append(given.get("value") or "")

    @staticmethod
    def _is_sent(given: dict[str, str | None]) -> bool:
        kind = given.get("type")
        return kind != "file" and (kind not in {"radio", "checkbox"} or "checked" in given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self.fields[self._area] = [self.fields[self._area][0].removeprefix("\n")]
            self._area = None
        elif tag == "form":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][0] += data


def fields_of(page: str) -> dict[str, list[str]]:
    """Return what a browser would send of the page's editor."""
    reader = _Editor()
    reader.feed(page)
    return reader.fields
