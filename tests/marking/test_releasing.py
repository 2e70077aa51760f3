"""Marks are released with time to undo; only then learners see them and scores move."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from sca_lms.assessments.models import Attempt
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db, transaction
from sca_lms.marking import jobs, operations, queries, queue, releasing
from sca_lms.marking.models import Mark
from sca_lms.marking.queue import Wanted
from sca_lms.marking.releasing import About
from sca_lms.marking.rules import Judgement
from tests.inbox.told import told
from tests.marking.builders import (
    DAY,
    NINE,
    acting,
    an_attempt,
    hand_in,
    levels,
    subject_of,
    whole,
)
from tests.marking.room import AT, TEN, Room, about, release, revision, save, scores


def test_learners_see_a_mark_ten_minutes_after_its_release_and_scores_move_then(room: Room) -> None:
    save(room.subject(), room.people()[0], whole())
    release(room)
    before = revision(room)
    just_before = AT + TEN - dt.timedelta(seconds=1)
    jobs.settle_releases(just_before)
    assert told() == []
    assert queries.released_mark(room.subject(), at=just_before) is None
    assert (scores(room), revision(room)) == (None, before)
    jobs.settle_releases(AT + TEN)
    assert queries.released_mark(room.subject(), at=AT + TEN) is not None
    # 20·4/4 + 30·2/4 + 40·3/4 of 90, of 50 points.
    assert scores(room) == Decimal("36.1111")
    assert revision(room) == before + 1
    jobs.settle_releases(AT + TEN + DAY)
    assert [(each[0], each[1]) for each in told()] == [(room.learner_id, "marking.released")]
    assert revision(room) == before + 1


def test_an_undone_release_has_never_been(room: Room) -> None:
    save(room.subject(), room.people()[0], whole())
    made, course = release(room), about(room).course
    for _ in range(2):
        with transaction():
            releasing.undo(made, course, by=None, at=AT + TEN - dt.timedelta(seconds=1))
    jobs.settle_releases(AT + DAY)
    assert scores(room) is None
    assert queries.released_mark(room.subject(), at=AT + DAY) is None
    release(room, at=AT + DAY)


def test_what_learners_see_is_not_undone(room: Room) -> None:
    save(room.subject(), room.people()[0], whole())
    made, course = release(room), about(room).course
    with pytest.raises(releasing.TooLate), transaction():
        releasing.undo(made, course, by=None, at=AT + TEN)


def test_a_late_work_loses_points_that_are_nowhere_stored(room: Room) -> None:
    with transaction():
        hand_in(room.work(), text="ช้า", at=NINE + DAY + dt.timedelta(hours=1))
    at = NINE + 3 * DAY
    mark = save(room.subject(), room.people()[0], whole((4, 4, 4)), at=at)
    release(room, at=at)
    jobs.settle_releases(at + TEN)
    # Two begun days at 10 % of 50 points.
    assert mark.points == 50
    assert scores(room) == 40
    with transaction():
        about(room).assignment.late_percent_per_day = Decimal(0)  # type: ignore[union-attr]  # It is about one.
    assert scores(room) == 50


def test_a_mark_that_was_seen_changes_with_a_reason_only(room: Room) -> None:
    one = room.people()[0]
    save(room.subject(), one, whole())
    release(room)
    jobs.settle_releases(AT + TEN)
    later = AT + DAY
    with pytest.raises(operations.ReasonMissing):
        save(room.subject(), one, whole((4, 4, 4)), seen=1, at=later)
    with pytest.raises(operations.MustBeWhole):
        save(room.subject(), one, levels(4), seen=1, at=later, reason="พิมพ์ผิด")
    save(room.subject(), one, whole((4, 4, 4)), seen=1, at=later, reason="พิมพ์ผิด")
    assert scores(room) == 50
    mark = db.session.scalars(sa.select(Mark)).one()
    changed = queries.change_after_release(mark)
    assert changed is not None
    assert (changed.reason, changed.number) == ("พิมพ์ผิด", 2)


def test_a_mark_in_its_undo_time_may_become_a_draft_again(room: Room) -> None:
    one = room.people()[0]
    save(room.subject(), one, whole())
    release(room)
    save(room.subject(), one, levels(4), seen=1, at=AT + dt.timedelta(minutes=5))
    jobs.settle_releases(AT + DAY)
    assert scores(room) is None


def test_an_essay_gets_its_points_when_the_release_is_settled(room: Room) -> None:
    one = room.people()[0]
    learner = db.session.get_one(Enrolment, room.learner_id)
    with transaction():
        course = db.session.get_one(Course, one.course_id)
        attempt = an_attempt(course, learner)
    assert queue.page(acting(one), Wanted(quiz_id=attempt.quiz_id)).total == 1
    subject = subject_of(one, attempt)
    (hand,) = subject.hands
    save(subject, one, Judgement(answer_points={hand.position: Decimal("7.5")}, remarks={hand.position: "ดี"}))
    assert queue.page(acting(one), Wanted(quiz_id=attempt.quiz_id)).total == 0
    with transaction():
        releasing.release(About(course, quiz=attempt.quiz), mark_ids=None, by=None, at=AT)
    jobs.settle_releases(AT + TEN)
    score, waits = db.session.execute(sa.select(Attempt.score, Attempt.awaits_marking)).one()
    assert (score, waits) == (Decimal("9.5"), False)
