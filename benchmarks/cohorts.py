"""Make a camp that a cohort of any size has lived, by bulk inserts: stays, ledger, credits and outlooks."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sca_lms import clock
from sca_lms.attendance import append_only, chain, queries
from sca_lms.attendance.models import (
    AttendanceSession,
    EntryKind,
    HoursBalance,
    LedgerEntry,
    PresenceRecord,
    SessionCredit,
    SessionState,
    Source,
)
from sca_lms.attendance.rules import HoursPolicy, Presence, credited_minutes
from sca_lms.bootcamp import outlooks
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import Base, db, transaction
from sca_lms.guidance import cohort_figures, snapshots
from sca_lms.web.collation import fold, sort_key
from tests import builders
from tests.attendance.camp import a_camp

CHUNK = 250
LATE = dt.timedelta(minutes=25)
AREAS = 150
MISSED_EVERY, LATE_EVERY = 11, 7
"""Somebody misses every eleventh session and is late for every seventh, each at another place."""
GIVEN = ("กานต์", "ปวีณา", "ชยพล", "เอมอร", "ธนา", "วรรณา", "ศิริพร", "ณัฐ", "อารี", "โสภา")
FAMILY = ("ใจดี", "แก้วมณี", "พรหมมา", "สุขใจ", "ทองคำ", "ศรีสุข", "บุญมา", "วงศ์ไทย")

Row = dict[str, object]


@dataclass(frozen=True)
class Cohort:
    """What a browser needs to know of a camp."""

    course_id: int
    staff_id: int
    learner_id: int
    sessions: int
    entries: int


@dataclass(frozen=True)
class _Held:
    """A closed session with what it pays to those who were there, and to those who came late."""

    session: AttendanceSession
    stays: tuple[Presence, Presence]
    minutes: tuple[int, int]


def make(learners: int) -> Cohort:
    """Make the tables and a camp in which all sessions but the last are closed; needs an application."""
    append_only.guard()
    Base.metadata.create_all(db.engine)
    at = clock.now()
    with transaction():
        course = a_camp()
        staff = builders.an_enrolment(course, builders.a_person("วิทยากร"), roles={Role.MANAGER})
        *past, _last = queries.timetable(course.id)
        for session in past:
            session.state, session.closed_at = SessionState.CLOSED, session.ends_at
        policy = queries.policy_versions(course.id)[-1]
        held = [_held(each, HoursPolicy.of(policy.document)) for each in past]
        people = enrol(course, learners, at=at)
        for start in range(0, learners, CHUNK):
            _live(course, policy.id, policy.number, held, people[start : start + CHUNK])
    with transaction():
        entries = db.session.scalar(sa.select(sa.func.count()).select_from(LedgerEntry)) or 0
        found = Cohort(course.id, staff.id, people[len(people) // 2][0], len(past) + 1, entries)
    _work_out(course.id)
    if db.engine.dialect.name == "postgresql":
        # As the server itself does some minutes after such a load.
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return found


def _held(session: AttendanceSession, policy: HoursPolicy) -> _Held:
    on_time = Presence(session.starts_at, session.ends_at)
    late = Presence(session.starts_at + LATE, session.ends_at)
    first, second = (
        min(credited_minutes([stay], session=session.times, policy=policy).minutes, session.credit_minutes)
        for stay in (on_time, late)
    )
    return _Held(session, (on_time, late), (first, second))


def enrol(course: Course, number: int, *, at: dt.datetime) -> list[tuple[int, int]]:
    """Return the enrolment of each of so many new learners, with the place that says what they miss."""
    rows: list[Row] = []
    for place in range(number):
        given, family = GIVEN[place % len(GIVEN)], f"{FAMILY[place % len(FAMILY)]} {place}"
        name = f"{given} {family}"
        rows.append(
            {
                "name": name, "given_name": given, "family_name": family, "nickname": "", "prefix": "",
                "email": f"learner-{place}@example.org", "sort_key": sort_key(name), "search_key": fold(name),
                "is_test": False, "created_at": at,
            }
        )  # fmt: skip
    made = db.session.scalars(sa.insert(Person).returning(Person.id, sort_by_parameter_order=True), rows)
    enrolments: list[Row] = [
        {
            "course_id": course.id, "person_id": person_id, "roles": frozenset({Role.LEARNER}), "group": "",
            "area": f"พื้นที่ {place % AREAS}", "state": EnrolmentState.ACTIVE,
            "evidence_revision": 1, "joined_at": at,
        }
        for place, person_id in enumerate(made)
    ]  # fmt: skip
    found = db.session.scalars(
        sa.insert(Enrolment).returning(Enrolment.id, sort_by_parameter_order=True), enrolments
    )
    return [(enrolment_id, place) for place, enrolment_id in enumerate(found)]


def _live(
    course: Course, policy_id: int, policy: int, held: Sequence[_Held], people: Sequence[tuple[int, int]]
) -> None:
    """Write what some learners did in every session, and what they were paid."""
    stays: list[Row] = []
    entries: list[Row] = []
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for enrolment_id, place in people:
        previous = chain.first_hash(course.id, enrolment_id)
        for number, (each, way) in enumerate(_attended(held, place), start=1):
            session, stay, minutes = each.session, each.stays[way], each.minutes[way]
            stays.append(
                {
                    "session_id": session.id, "enrolment_id": enrolment_id, "in_at": stay.in_at,
                    "out_at": stay.out_at, "in_source": Source.ROOM_CODE, "out_source": Source.ROOM_CODE,
                    "left_open": False, "void_reason": "",
                }
            )  # fmt: skip
            line = chain.Line(
                number=number, at=session.ends_at, kind=EntryKind.ATTENDANCE.value, minutes=minutes,
                category=session.category.code, session=session.code, reverses=None, reason="",
                source="presence", policy=policy, by="rules",
            )  # fmt: skip
            digest = chain.hash_of(line, previous=previous)
            entries.append(
                {
                    "enrolment_id": enrolment_id, "number": number, "category_id": session.category_id,
                    "session_id": session.id, "minutes": minutes, "kind": EntryKind.ATTENDANCE, "reason": "",
                    "source": "presence", "policy_version_id": policy_id, "by": "rules",
                    "at": session.ends_at, "previous_hash": previous, "hash": digest,
                }
            )  # fmt: skip
            previous = digest
            sums[enrolment_id, session.category_id] += minutes
    db.session.execute(sa.insert(PresenceRecord), stays)
    written = db.session.scalars(
        sa.insert(LedgerEntry).returning(LedgerEntry.id, sort_by_parameter_order=True), entries
    )
    paid: list[Row] = [
        {
            "enrolment_id": entry["enrolment_id"], "session_id": entry["session_id"],
            "minutes": entry["minutes"], "pending": False, "entry_id": entry_id,
        }
        for entry, entry_id in zip(entries, written, strict=True)
    ]  # fmt: skip
    db.session.execute(sa.insert(SessionCredit), paid)
    balances: list[Row] = [
        {"enrolment_id": enrolment_id, "category_id": category_id, "minutes": minutes}
        for (enrolment_id, category_id), minutes in sums.items()
    ]
    db.session.execute(sa.insert(HoursBalance), balances)


def _attended(held: Sequence[_Held], place: int) -> Iterator[tuple[_Held, int]]:
    for number, each in enumerate(held):
        if (number + place) % MISSED_EVERY:
            yield each, int((number + place) % LATE_EVERY == 0)


def _work_out(course_id: int) -> None:
    """Let every learner's outlook and snapshot and the cohort's figures be worked out, as the worker does."""
    at = clock.now()
    db.session.expunge_all()
    course = db.session.get_one(Course, course_id)
    while learners := outlooks.stale(course, at=at):
        with transaction():
            outlooks.refresh(course, learners, at=at)
        db.session.expunge_all()
        course = db.session.get_one(Course, course_id)
    while noticed := snapshots.stale(course, at=at):
        with transaction():
            snapshots.refresh(course, noticed, at=at)
        db.session.expunge_all()
    with transaction():
        cohort_figures.work_out(course, at=at)
    db.session.expunge_all()
