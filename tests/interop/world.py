"""What the tests ask of the tool's database, and a programme small enough for a test."""

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa

from sca_lms import clock
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.grades import duties, operations, worker
from sca_lms.grades.sources import EXTENSION as SOURCES
from sca_lms.lti.linkables import EXTENSION as LINKABLES
from sca_lms.lti.linkables import Column, Linkable
from sca_lms.lti.models import LtiContext, ResourceLink
from sca_lms.modules.models import Module
from sca_lms.texts import Bilingual
from tests.interop.tool import Tool

PRE = Column("PRE", Bilingual(th="ผลการเรียนก่อนเข้าค่าย", en="Pre-bootcamp learning"), Decimal(100))
OFFERED = [
    Linkable("home", Bilingual(th="ห้องเรียนของโครงการ", en="Programme home"), kind="today", column=PRE),
    Linkable(
        "module:PB1",
        Bilingual(th="บทบาทและหน้าที่", en="Roles & <duties>"),
        Bilingual(th="90 นาที", en="90 minutes"),
        available_from=dt.datetime(2026, 11, 25, tzinfo=dt.UTC),
        due=dt.datetime(2026, 12, 4, 16, 59, tzinfo=dt.UTC),
    ),
]
COLUMNS: Mapping[str, object] = {
    "line_items": [
        {
            "code": "PRE",
            "title": {"th": "ก่อนเข้าค่าย", "en": "Pre-bootcamp"},
            "weight": 100,
            "score_maximum": 100,
        }
    ]
}


def offer(tool: Tool) -> None:
    """Let every course offer the same two activities."""
    tool.app.extensions[LINKABLES] = [lambda _course_id: OFFERED]


def publish_module(tool: Tool) -> None:
    """Let the only course have the module that is offered."""
    with tool.app.app_context(), transaction():
        place = db.session.scalars(sa.select(Course)).one()
        title = OFFERED[1].title
        db.session.add(
            Module(course_id=place.id, code="PB1", position=1, title=title, minutes=90, prerequisites=[])
        )


def roles_of(tool: Tool, name: str) -> frozenset[Role]:
    """Return what somebody may be in the only course."""
    with tool.app.app_context():
        return db.session.scalars(
            sa.select(Enrolment).join(Enrolment.person).where(Person.name == name)
        ).one().roles  # fmt: skip


def course(tool: Tool) -> Course:
    """Return the only course."""
    with tool.app.app_context():
        return db.session.scalars(sa.select(Course)).one()


def context(tool: Tool) -> LtiContext:
    """Return what is known of the host's course."""
    with tool.app.app_context():
        return db.session.scalars(sa.select(LtiContext)).one()


def link(tool: Tool) -> ResourceLink:
    """Return the only link."""
    with tool.app.app_context():
        return db.session.scalars(sa.select(ResourceLink)).one()


def deliver(tool: Tool, marks: Mapping[str, str]) -> int:
    """Let people of the only course reach these scores, send what is due, and return the worker's answer."""
    with tool.app.app_context():
        people = {
            person.name: (enrolment.id, enrolment.course_id)
            for enrolment, person in db.session.execute(sa.select(Enrolment, Person).join(Enrolment.person))
        }
    reached = {people[name][0]: Decimal(mark) for name, mark in marks.items()}

    def source(_course_id: int, enrolment_ids: Sequence[int]) -> Mapping[int, Decimal | None]:
        return {each: reached.get(each) for each in enrolment_ids}

    tool.app.extensions[SOURCES] = {"PRE": source}
    tool.app.extensions[duties.JOBS] = []
    with tool.app.app_context(), transaction():
        place = db.session.scalars(sa.select(Course)).one()
        operations.put_columns(place, COLUMNS, codes={"PRE"}, at=clock.now())
        for enrolment_id in reached:
            courses.touch(db.session.get_one(Enrolment, enrolment_id))
    return worker.run(tool.app, threading.Event(), drain=True)
