"""The clock stands still, and one quiz of two questions is open."""

import dataclasses
import threading
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright
from werkzeug.serving import make_server

from sca_lms.app import create_app
from sca_lms.config import Settings
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests.assessments.builders import LAW, NINE, YEARS, a_quiz
from tests.assessments.desks import Desk
from tests.assessments.house import CHROMIUM, FLAGS, House
from tests.assessments.places import Place, open_place
from tests.assessments.samples import EVERY_TYPE
from tests.builders import a_course, a_person, an_enrolment


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NINE, tick=False) as travelled:
        yield travelled


@pytest.fixture
def place(app: Flask, clock: time_machine.Traveller) -> Place:
    return open_place(app, questions=(("Q1", YEARS), ("Q2", LAW)))


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    app = create_app(dataclasses.replace(settings, public_url="http://127.0.0.1"))
    questions = tuple((f"Q{number}", question) for number, question in enumerate(EVERY_TYPE))
    with app.app_context(), transaction():
        learner = an_enrolment(a_course())
        teacher = an_enrolment(learner.course, a_person("อารี"), roles={Role.INSTRUCTOR})
        quiz = a_quiz(learner.course, questions=questions, time_limit_minutes=1)
        ids = (quiz.course_id, quiz.id, learner.id, teacher.id)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield House(app, f"http://127.0.0.1:{server.port}", *ids)
    server.shutdown()
    thread.join()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def player() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(player: Playwright) -> Iterator[Browser]:
    browser = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def desk(place: Place) -> Desk:
    return Desk(place, place.somebody(Role.AUTHOR))
