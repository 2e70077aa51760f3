"""A course with two markers, a manager and one learner's work, and what they do there."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask

from sca_lms.assignments.models import Assignment, Work
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.marking import operations, queries, releasing
from sca_lms.marking.models import Mark, Release
from sca_lms.marking.releasing import About
from sca_lms.marking.rules import Judgement
from sca_lms.marking.subjects import Subject
from tests.builders import a_course, a_person, an_enrolment
from tests.marking.builders import (
    DAY,
    NINE,
    a_rubric,
    a_work,
    acting,
    an_assignment,
    subject_of,
)

AT = NINE + DAY
TEN = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Room:
    """A course with two markers, a manager and one learner's work."""

    app: Flask
    one_id: int
    other_id: int
    manager_id: int
    learner_id: int
    work_id: int

    def people(self) -> tuple[Enrolment, Enrolment, Enrolment]:
        found = [
            db.session.get_one(Enrolment, each) for each in (self.one_id, self.other_id, self.manager_id)
        ]
        return found[0], found[1], found[2]

    def work(self) -> Work:
        return db.session.get_one(Work, self.work_id)

    def subject(self) -> Subject:
        return subject_of(self.people()[0], self.work())


def a_room(app: Flask, **changed: object) -> Room:
    with app.app_context(), transaction():
        course = a_course()
        staff = [an_enrolment(course, a_person(name), roles={Role.INSTRUCTOR}) for name in ("ก้อย", "ต้น")]
        manager = an_enrolment(course, a_person("นิด"), roles={Role.MANAGER})
        learner = an_enrolment(course, a_person("แพร", "แก้วมณี"))
        work = a_work(an_assignment(course, a_rubric(course), **changed), learner)
        return Room(app, staff[0].id, staff[1].id, manager.id, learner.id, work.id)


def save(
    subject: Subject,
    marker: Enrolment,
    judgement: Judgement,
    seen: int = 0,
    *,
    at: dt.datetime = AT,
    reason: str = "",
    agrees: bool = False,
) -> Mark:
    with transaction():
        return operations.save(
            subject, judgement, by=acting(marker), seen_version=seen, at=at, reason=reason, agrees=agrees,
            submission_id=subject.submission.id if subject.submission else None,
        )  # fmt: skip


def about(room: Room) -> About:
    work = room.work()
    return About(
        db.session.get_one(Course, room.people()[0].course_id),
        db.session.get_one(Assignment, work.assignment_id),
    )


def release(room: Room, *, at: dt.datetime = AT) -> Release:
    with transaction():
        return releasing.release(about(room), mark_ids=None, by=None, at=at)


def scores(room: Room) -> object:
    return queries.scores(room.people()[0].course_id, ["A1"], [room.learner_id])["A1"].get(room.learner_id)


def revision(room: Room) -> int:
    return db.session.scalars(
        sa.select(Enrolment.evidence_revision).where(Enrolment.id == room.learner_id)
    ).one()
