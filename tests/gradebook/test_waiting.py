"""Where a score waits for a person, the gradebook says so instead of showing nothing, or a part of it."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa

from sca_lms.assignments.models import Assignment, Work
from sca_lms.courses.models import Enrolment
from sca_lms.database import db, transaction
from sca_lms.marking import jobs, operations, releasing
from sca_lms.marking.releasing import About
from sca_lms.marking.rules import Judgement
from tests.gradebook.house import AT, House
from tests.marking.builders import acting, an_attempt, subject_of

WAITS = 'title="Waits to be marked"'


def book(house: House) -> str:
    return house.browser(house.staff_id).get(house.address()).text


def mark_work(house: House, *, points: int) -> None:
    with house.app.app_context(), transaction():
        marker = db.session.get_one(Enrolment, house.staff_id)
        subject = subject_of(marker, db.session.scalars(sa.select(Work)).one())
        operations.save(
            subject, Judgement(points=Decimal(points)), by=acting(marker), seen_version=0, at=AT, reason="",
            agrees=False, submission_id=subject.submission.id if subject.submission else None,
        )  # fmt: skip


def release(house: House) -> None:
    with house.app.app_context(), transaction():
        about = About(house.course(), db.session.scalars(sa.select(Assignment)).one())
        releasing.release(about, mark_ids=None, by=None, at=AT)
    with house.app.app_context():
        jobs.settle_releases(AT + dt.timedelta(minutes=10))


def test_a_work_waits_until_its_mark_is_released_and_not_only_made(house: House) -> None:
    assert book(house).count(WAITS) == 1
    mark_work(house, points=43)
    waiting = house.browser(house.staff_id).get(house.cell(0, "ASSIGNMENT:A1")).text
    assert "Waits to be marked" in waiting
    assert book(house).count(WAITS) == 1
    release(house)
    assert WAITS not in book(house)


def test_a_quiz_with_an_essay_waits_and_shows_no_part_of_its_score(house: House) -> None:
    already = book(house).count(WAITS)
    with house.app.app_context(), transaction():
        an_attempt(house.course(), house.learner(1), code="ESSAY")
    assert book(house).count(WAITS) == already + 1
    cell = house.browser(house.staff_id).get(house.cell(1, "QUIZ:ESSAY")).text
    assert "Waits to be marked" in cell
