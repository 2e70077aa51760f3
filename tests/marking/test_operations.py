"""Marks are saved, never overwritten, agreed by two, and looked at again."""

import threading
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.assignments.rubric_models import RubricVersion
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db, transaction
from sca_lms.marking import jobs, operations, queries, queue, regrading, releasing
from sca_lms.marking.hooks import Recompute
from sca_lms.marking.models import Mark, MarkDraft, MarkRevision, RegradeRequest
from sca_lms.marking.queue import Step, Wanted, What
from sca_lms.marking.rules import Judgement, MarkPart, RegradeState
from tests.builders import an_enrolment
from tests.marking.builders import (
    DAY,
    a_rubric,
    a_work,
    acting,
    hand_in,
    levels,
    whole,
)
from tests.marking.room import AT, TEN, Room, a_room, about, release, save, scores
from tests.statements import counted


def test_without_every_criterion_a_mark_is_a_draft_and_posts_nothing(room: Room) -> None:
    one, _, _ = room.people()
    mark = save(room.subject(), one, levels(4, 0))
    assert mark.points is None
    with pytest.raises(releasing.NothingToRelease):
        release(room)
    jobs.settle_releases(AT + DAY)
    assert scores(room) is None
    assert len(queue.page(acting(one), Wanted(what=What.DRAFTS)).items) == 1


def test_zero_in_every_criterion_is_a_score(room: Room) -> None:
    mark = save(room.subject(), room.people()[0], levels(0, 0, 0))
    assert mark.points == 0


def test_the_rubric_is_frozen_by_the_first_mark(room: Room) -> None:
    save(room.subject(), room.people()[0], levels(1))
    assert db.session.scalars(sa.select(RubricVersion.frozen_at)).one() == AT


def test_a_second_saver_is_stopped_and_nothing_is_overwritten(room: Room) -> None:
    one, other, _ = room.people()
    save(room.subject(), one, whole())
    with pytest.raises(operations.MarkChanged):
        save(room.subject(), other, whole((0, 0, 0)))
    mark = db.session.scalars(sa.select(Mark)).one()
    assert (mark.levels, mark.row_version, mark.marker_id) == (
        {"C1": "4", "C2": "2", "C3": "3"},
        1,
        one.person_id,
    )
    save(room.subject(), other, whole((1, 1, 1)), seen=1)
    numbers = db.session.scalars(sa.select(MarkRevision.number).order_by(MarkRevision.number)).all()
    assert numbers == [1, 2]


@pytest.mark.parametrize("seen", [0, 1])
def test_of_two_who_save_at_once_one_is_shown_the_other(app: Flask, seen: int) -> None:
    room = a_room(app)
    if seen:
        with app.app_context():
            save(room.subject(), room.people()[0], levels(1))
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def mark(place: int) -> None:
        with app.app_context():
            marker, subject = room.people()[place], room.subject()
            start.wait()
            try:
                save(subject, marker, whole((place, place, place)), seen=seen)
                outcomes.append("saved")
            except operations.MarkChanged:
                outcomes.append("stopped")
            db.session.remove()

    threads = [threading.Thread(target=mark, args=(place,)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["saved", "stopped"]
    with app.app_context():
        assert db.session.scalars(sa.select(Mark.row_version)).one() == seen + 1
        assert len(db.session.scalars(sa.select(MarkRevision)).all()) == seen + 1


def test_of_two_first_markers_at_once_the_later_becomes_the_second(app: Flask) -> None:
    room = a_room(app, two_markers=True)
    with app.app_context():
        one, other, _ = room.people()
        early, late = room.subject(), room.subject()
        save(early, one, whole())
        save(late, other, whole((0, 0, 0)))
        marks = {mark.part: mark.marker_id for mark in db.session.scalars(sa.select(Mark))}
        assert marks == {MarkPart.FIRST: one.person_id, MarkPart.SECOND: other.person_id}


def test_nobody_marks_their_own_work(room: Room) -> None:
    learner = db.session.get_one(Enrolment, room.learner_id)
    with pytest.raises(operations.OwnWork):
        save(room.subject(), learner, whole())
    with pytest.raises(operations.OwnWork), transaction():
        operations.keep_draft(room.subject(), whole(), person_id=learner.person_id, based_on=0, at=AT)


def test_a_draft_is_kept_once_and_goes_when_it_is_saved(room: Room) -> None:
    one = room.people()[0]
    for judgement in (levels(1), levels(1, 2)):
        with transaction():
            operations.keep_draft(room.subject(), judgement, person_id=one.person_id, based_on=0, at=AT)
    draft = queries.draft_of(room.subject(), one.person_id)
    assert draft is not None
    assert Judgement.of(draft.document) == levels(1, 2)
    save(room.subject(), one, whole())
    assert db.session.scalars(sa.select(MarkDraft)).all() == []


def test_a_newer_version_is_marked_not_the_one_that_was_open(room: Room) -> None:
    subject, one = room.subject(), room.people()[0]
    opened = subject.submission.id if subject.submission else None
    with transaction():
        hand_in(room.work(), text="ใหม่", at=AT)
    with pytest.raises(operations.NewerVersion), transaction():
        operations.save(
            room.subject(), whole(), by=acting(one), seen_version=0, submission_id=opened, at=AT
        )  # fmt: skip


def test_what_was_marked_waits_again_in_a_newer_version(room: Room) -> None:
    one = room.people()[0]
    save(room.subject(), one, whole())
    assert queue.page(acting(one), Wanted()).total == 0
    with transaction():
        hand_in(room.work(), text="ใหม่", at=AT)
    assert queue.page(acting(one), Wanted()).total == 1


def test_two_marks_count_once_they_are_agreed(app: Flask) -> None:
    room = a_room(app, two_markers=True)
    with app.app_context():
        one, other, manager = room.people()
        save(room.subject(), one, whole())
        steps = [row.step for row in queue.page(acting(other), Wanted(what=What.MINE)).items]
        assert steps == [Step.SECOND]
        assert queue.page(acting(one), Wanted(what=What.MINE)).items == []
        assert not operations.may_agree(room.subject(), acting(one))
        save(room.subject(), other, whole((0, 0, 0)))
        with pytest.raises(releasing.NothingToRelease):
            release(room)
        with pytest.raises(operations.NotYours):
            save(room.subject(), manager, whole())
        with pytest.raises(operations.MustBeWhole):
            save(room.subject(), manager, levels(1), agrees=True)
        save(room.subject(), manager, whole((2, 2, 2)), agrees=True)
        assert queue.page(acting(one), Wanted()).total == 0
        with pytest.raises(operations.NotYours):
            save(room.subject(), one, whole((4, 4, 4)), seen=1)
        release(room)
        jobs.settle_releases(AT + TEN)
        assert scores(room) == 25


def test_a_learner_asks_once_and_is_answered(room: Room) -> None:
    one = room.people()[0]
    learner = db.session.get_one(Enrolment, room.learner_id)
    save(room.subject(), one, whole())
    with pytest.raises(regrading.CannotAsk), transaction():
        regrading.ask(room.subject(), learner, "ดูอีกครั้ง", at=AT)
    release(room)
    seen = AT + TEN
    with transaction():
        request = regrading.ask(room.subject(), learner, "ดูอีกครั้ง", at=seen)
    with pytest.raises(regrading.AlreadyAsked), transaction():
        regrading.ask(room.subject(), learner, "ดูอีกครั้ง", at=seen)
    found = regrading.find_request(one.course_id, request.id)
    assert found is not None
    with pytest.raises(regrading.OwnRequest), transaction():
        regrading.keep(found, room.subject(), "เหมาะสม", by=learner.person_id, at=seen)
    with transaction():
        regrading.keep(found, room.subject(), "เหมาะสม", by=one.person_id, at=seen)
    with pytest.raises(regrading.AlreadyAnswered), transaction():
        regrading.keep(found, room.subject(), "เหมาะสม", by=one.person_id, at=seen)
    with transaction():
        regrading.ask(room.subject(), learner, "อีกข้อ", at=seen + DAY)
    save(room.subject(), one, whole((4, 4, 4)), seen=1, at=seen + DAY, reason="ข้อ 2 ตกไป")
    states = db.session.scalars(sa.select(RegradeRequest.state).order_by(RegradeRequest.id)).all()
    assert states == [RegradeState.KEPT, RegradeState.CHANGED]
    with pytest.raises(regrading.CannotAsk), transaction():
        regrading.ask(room.subject(), learner, "สาย", at=seen + 14 * DAY)


def test_another_rubric_recomputes_what_its_preview_says(room: Room) -> None:
    one = room.people()[0]
    mark = save(room.subject(), one, whole())
    with transaction():
        heavier = a_rubric(db.session.get_one(Course, one.course_id), criteria=2, code="R2")
    assignment = about(room).assignment
    assert assignment is not None
    (changed,) = Recompute().preview(assignment, heavier)
    with transaction():
        assignment.rubric_version = heavier
        Recompute().apply(assignment, heavier, by=one.person_id, at=AT)
    db.session.refresh(mark)
    assert (changed.before, changed.after) == (Decimal("36.1111"), Decimal("35.0000"))
    assert (mark.points, mark.row_version) == (changed.after, 2)


def test_hidden_names_are_neither_shown_nor_found(app: Flask) -> None:
    room = a_room(app, anonymous=True)
    with app.app_context():
        one = acting(room.people()[0])
        (row,) = queue.page(one, Wanted()).items
        assert (row.who, row.alias, row.group) == ("", 1, "")
        assert queue.page(one, Wanted(search="แพร")).total == 0
        save(room.subject(), room.people()[0], whole())
        release(room)
        jobs.settle_releases(AT + TEN)
        assert not room.subject().is_hidden


def test_the_queue_costs_the_same_for_one_work_and_for_many(app: Flask) -> None:
    room = a_room(app)

    def statements() -> int:
        with counted(app) as seen, app.app_context():
            actor = acting(room.people()[0])
            queue.tallies(actor, Wanted())
            queue.page(actor, Wanted())
            queries.scores(actor.course_id, ["A1"], [room.learner_id])
        return len(seen)

    few = statements()
    with app.app_context(), transaction():
        course = db.session.get_one(Course, room.people()[0].course_id)
        for number in range(30):
            a_work(room.work().assignment if number < 0 else about(room).assignment, an_enrolment(course))  # type: ignore[arg-type]  # There is one.
    assert statements() == few
