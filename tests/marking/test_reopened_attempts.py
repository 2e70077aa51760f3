"""An attempt that is opened again or stops counting after it was marked: its old mark is no mark any more."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
import time_machine
from flask import Flask

from sca_lms.assessments import attempt_decisions
from sca_lms.assessments import operations as assessments
from sca_lms.assessments.models import Attempt
from sca_lms.database import db, transaction
from sca_lms.marking import jobs
from tests.marking.desk import AT, Desk, a_desk

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as travelled:
        yield travelled


@pytest.fixture
def desk(app: Flask, clock: time_machine.Traveller) -> Desk:
    return a_desk(app)


def address(desk: Desk) -> str:
    return f"{desk.marking}/attempts/{desk.attempt_id}"


def mark(desk: Desk, points: str, seen: int, reason: str = "") -> int:
    fields = {"answer-0": points, "row_version": str(seen), "reason": reason}
    return desk.post(desk.one, address(desk), **fields).status_code


def release(desk: Desk) -> int:
    with desk.app.app_context():
        quiz_id = db.session.get_one(Attempt, desk.attempt_id).quiz_id
    return desk.post(desk.one, f"{desk.marking}/releases/new?quiz={quiz_id}", which="all").status_code


def reopened_and_handed_in(desk: Desk, essay: str | None, at: dt.datetime) -> None:
    with desk.app.app_context(), transaction():
        attempt = db.session.get_one(Attempt, desk.attempt_id)
        attempt_decisions.reopen(attempt, minutes=30, reason="ไฟดับ", by=None, at=at)
        assessments.save_answers(attempt, {0: essay}, at=at + MINUTE)
        assessments.submit(attempt, at=at + 2 * MINUTE)


def settled(desk: Desk, at: dt.datetime) -> tuple[Decimal | None, bool]:
    """Let the worker settle what is due and return the attempt's score and whether it waits."""
    with desk.app.app_context():
        jobs.settle_releases(at)
        attempt = db.session.get_one(Attempt, desk.attempt_id)
        return attempt.score, attempt.awaits_marking


def waits(desk: Desk) -> bool:
    return f"/marking/attempts/{desk.attempt_id}" in desk.one.get(f"{desk.marking}/").text


def test_a_mark_from_before_is_not_released_and_the_attempt_waits_to_be_marked_again(
    desk: Desk, clock: time_machine.Traveller
) -> None:
    assert mark(desk, "8", 0) == 302
    assert not waits(desk)
    reopened_and_handed_in(desk, "คำตอบใหม่", AT + MINUTE)
    clock.move_to(AT + 5 * MINUTE)
    assert waits(desk)
    assert release(desk) == 409
    assert mark(desk, "3", 1) == 302
    assert release(desk) == 302
    clock.move_to(AT + 20 * MINUTE)
    assert settled(desk, AT + 20 * MINUTE) == (Decimal(5), False)


def test_an_answer_that_was_taken_away_meanwhile_does_not_keep_other_releases_waiting(
    desk: Desk, clock: time_machine.Traveller
) -> None:
    mark(desk, "8", 0)
    release(desk)
    reopened_and_handed_in(desk, None, AT + MINUTE)
    desk.mark(desk.one)
    desk.release()
    clock.move_to(AT + 20 * MINUTE)
    assert settled(desk, AT + 20 * MINUTE) == (Decimal(2), False)
    assert desk.learner.get(f"{desk.marking}/results/works/{desk.work_id}").status_code == 200
    assert desk.learner.get(f"{desk.marking}/results/attempts/{desk.attempt_id}").status_code == 404


def test_a_new_answer_after_the_release_is_marked_anew_with_a_reason(
    desk: Desk, clock: time_machine.Traveller
) -> None:
    result = f"{desk.marking}/results/attempts/{desk.attempt_id}"
    mark(desk, "8", 0)
    release(desk)
    clock.move_to(AT + 20 * MINUTE)
    assert settled(desk, AT + 20 * MINUTE) == (Decimal(10), False)
    assert desk.learner.get(result).status_code == 200
    reopened_and_handed_in(desk, "คำตอบใหม่", AT + 30 * MINUTE)
    clock.move_to(AT + 40 * MINUTE)
    assert waits(desk)
    assert desk.learner.get(result).status_code == 404
    assert mark(desk, "4", 1) == 409
    assert mark(desk, "4", 1, "ตรวจคำตอบใหม่") == 302
    assert settled(desk, AT + 40 * MINUTE) == (Decimal(6), False)
    assert desk.learner.get(result).status_code == 200
    assert not waits(desk)


def test_what_did_not_count_while_its_release_passed_waits_once_it_counts_again(
    desk: Desk, clock: time_machine.Traveller
) -> None:
    mark(desk, "8", 0)
    release(desk)
    with desk.app.app_context(), transaction():
        attempt = db.session.get_one(Attempt, desk.attempt_id)
        attempt_decisions.void(attempt, reason="ลอก", by=None, at=AT + MINUTE)
    clock.move_to(AT + 20 * MINUTE)
    settled(desk, AT + 20 * MINUTE)
    with desk.app.app_context(), transaction():
        attempt = db.session.get_one(Attempt, desk.attempt_id)
        attempt_decisions.count_again(attempt, reason="ไม่ได้ลอก", by=None, at=AT + 21 * MINUTE)
    assert waits(desk)
    assert mark(desk, "8", 1, "นับอีกครั้ง") == 302
    assert settled(desk, AT + 22 * MINUTE) == (Decimal(10), False)
