"""A running tool with a quiz in it, and what tests in a real browser ask of it."""

import dataclasses
import datetime as dt

import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from sca_lms import clock
from sca_lms.assessments import operations
from sca_lms.assessments.models import Attempt, Quiz, Response
from sca_lms.courses.models import Enrolment
from sca_lms.database import db, transaction
from tests.assessments.samples import EVERY_TYPE
from tests.builders import signed_in

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--headless", "--disable-gpu"]
COOKIE = "__Host-sca_lms"
# A word of the save state; the page is opened in English.
SAVED, OFFLINE = "Saved", "Not yet saved: kept on this device"


@dataclasses.dataclass(frozen=True)
class House:
    """A running tool with one quiz of every question type, one learner and one instructor."""

    app: Flask
    address: str
    course_id: int
    quiz_id: int
    learner_id: int
    teacher_id: int

    @property
    def quiz(self) -> str:
        return f"{self.address}/courses/{self.course_id}/quizzes/{self.quiz_id}"

    def enter(self, context: BrowserContext, enrolment_id: int) -> Page:
        cookie = signed_in(self.app, enrolment_id).get_cookie(COOKIE)
        assert cookie is not None
        context.add_cookies([{"name": "sca_lms", "value": cookie.value, "url": self.address}])
        return context.new_page()

    def begin(self, *, seconds_ago: int = 0) -> int:
        with self.app.app_context(), transaction():
            quiz, learner = (
                db.session.get_one(Quiz, self.quiz_id),
                db.session.get_one(Enrolment, self.learner_id),
            )
            begun_at = clock.now() - dt.timedelta(seconds=seconds_ago)
            return operations.start_attempt(quiz, learner, at=begun_at).id

    def answers(self) -> dict[str, object]:
        """Return what is stored, by the type of its question."""
        with self.app.app_context():
            rows = db.session.execute(
                sa.select(Response.position, Response.answer).order_by(Response.attempt_id, Response.position)
            )
            return {EVERY_TYPE[position].type: answer for position, answer in rows}

    def attempt(self) -> Attempt:
        with self.app.app_context():
            return db.session.scalars(sa.select(Attempt)).one()


def state_of(page: Page, word: str) -> None:
    expect(page.locator("[data-save-words]")).to_contain_text(word)


def kept_on_the_device(page: Page) -> str:
    return str(page.evaluate("JSON.stringify({...localStorage})"))
