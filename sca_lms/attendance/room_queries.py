"""Read who is in a room, who is late or missing, and what somebody should look at; statements never grow."""

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.attendance import queries
from sca_lms.attendance.door_models import SharedDeviceReview
from sca_lms.attendance.models import AttendanceSession, PresenceRecord, Scan
from sca_lms.courses import queries as courses
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.web.paging import Page, fitting, offset

PAGE_SIZE = 50


class Show(enum.StrEnum):
    """Whom the list of a room shows."""

    ALL = "all"
    IN = "in"
    OUT = "out"
    LATE = "late"
    MISSING = "missing"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many people a session expects or has seen, and where they are."""

    expected: int
    inside: int
    left: int
    late: int
    missing: int
    look: int


@dataclass(frozen=True, slots=True)
class SharedDevice:
    """A phone that several people used in one session."""

    device: str
    enrolment_ids: frozenset[int]
    is_reviewed: bool


@dataclass(frozen=True, slots=True)
class RoomRow:
    """Somebody in the list of a room, with the stays that count, the first one first."""

    enrolment: Enrolment
    stays: Sequence[PresenceRecord]
    is_late: bool
    shared: SharedDevice | None
    shared_with: Sequence[Person]

    @property
    def now(self) -> PresenceRecord | None:
        """The stay that has no end yet."""
        return next((stay for stay in self.stays if stay.out_at is None), None)

    @property
    def last(self) -> PresenceRecord | None:
        """The latest stay."""
        return self.stays[-1] if self.stays else None


@dataclass(frozen=True, slots=True)
class RoomView:
    """Everything that the live part of a room's console shows."""

    tally: Tally
    page: Page[RoomRow]


def room_view(
    session: AttendanceSession,
    *,
    show: Show,
    search: str,
    number: int,
    late_after: dt.datetime,
    is_over: bool,
) -> RoomView:
    """Return the figures of a room and one page of its people; who moved last comes first.

    Somebody is late who came after `late_after`. Once a session `is_over`, who has no check-out is to be
    looked at, as are people who share a phone.
    """
    standing = _standing(session)
    shared = shared_devices(session)
    to_review = {each for device in shared if not device.is_reviewed for each in device.enrolment_ids}
    conditions = _conditions(standing, late_after=late_after, is_over=is_over, to_review=to_review)
    people = _people(session, standing)
    tally = _tally(people, conditions)
    wanted = people.where(*courses.person_matches(search))
    if show is not Show.ALL:
        wanted = wanted.where(conditions[show])
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    shown = fitting(number, size=PAGE_SIZE, total=total)
    found = db.session.execute(
        wanted.add_columns(conditions[Show.LATE])
        .options(joinedload(Enrolment.person))
        .order_by(standing.c.last_at.desc().nulls_last(), Person.sort_key, Enrolment.id)
        .offset(offset(shown, size=PAGE_SIZE))
        .limit(PAGE_SIZE)
    ).all()
    learners = {enrolment.id: bool(is_late) for enrolment, is_late in found}
    stays = _stays_of(session, learners)
    neighbours = _people_of({each for device in shared for each in device.enrolment_ids})
    rows = [
        _row(enrolment, stays.get(enrolment.id, []), learners[enrolment.id], shared, neighbours)
        for enrolment, _late in found
    ]
    return RoomView(tally, Page(rows, shown, PAGE_SIZE, total))


def version_of(session: AttendanceSession) -> str:
    """Return a text that is another one as soon as anything in a room's list has changed; one statement."""
    stays = sa.select(
        sa.func.count(PresenceRecord.id),
        sa.func.max(PresenceRecord.id),
        sa.func.count(PresenceRecord.out_at),
        sa.func.count(PresenceRecord.voided_at),
    ).where(PresenceRecord.session_id == session.id)
    scans = sa.select(sa.func.max(Scan.id)).where(Scan.session_id == session.id).scalar_subquery()
    reviews = (
        sa.select(sa.func.max(SharedDeviceReview.id))
        .where(SharedDeviceReview.session_id == session.id)
        .scalar_subquery()
    )
    people = (
        sa.select(sa.func.count(Enrolment.id))
        .where(Enrolment.course_id == session.course_id)
        .scalar_subquery()
    )
    found = db.session.execute(stays.add_columns(scans, reviews, people)).one()
    return "-".join(str(each or 0) for each in (*found, session.revision))


def shared_devices(session: AttendanceSession) -> list[SharedDevice]:
    """Return the phones that more than one person used in a session."""
    own = (Scan.session_id == session.id, Scan.device != "")
    several = (
        sa.select(Scan.device)
        .where(*own)
        .group_by(Scan.device)
        .having(sa.func.count(sa.distinct(Scan.enrolment_id)) > 1)
    )
    users: dict[str, set[int]] = defaultdict(set)
    for device, enrolment_id in db.session.execute(
        sa.select(Scan.device, Scan.enrolment_id).where(*own, Scan.device.in_(several)).distinct()
    ):
        users[device].add(enrolment_id)
    reviewed: dict[str, int] = {}
    for review in db.session.scalars(
        sa.select(SharedDeviceReview).where(SharedDeviceReview.session_id == session.id)
    ):
        reviewed[review.device] = max(review.people, reviewed.get(review.device, 0))
    return [
        SharedDevice(device, frozenset(ids), len(ids) <= reviewed.get(device, 0))
        for device, ids in sorted(users.items())
    ]


def missing_check_outs(session: AttendanceSession, *, number: int) -> Page[PresenceRecord]:
    """Return one page of the stays without an end, with the people, in Thai name order."""
    wanted = _without_end([session.id])
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    shown = fitting(number, size=PAGE_SIZE, total=total)
    found = db.session.scalars(
        wanted.join(PresenceRecord.enrolment)
        .join(Enrolment.person)
        .options(joinedload(PresenceRecord.enrolment).joinedload(Enrolment.person))
        .order_by(Person.sort_key, PresenceRecord.id)
        .offset(offset(shown, size=PAGE_SIZE))
        .limit(PAGE_SIZE)
    ).all()
    return Page(found, shown, PAGE_SIZE, total)


def find_stay(session: AttendanceSession, presence_id: int) -> PresenceRecord | None:
    """Return a stay of a session, void or not, with the person."""
    return db.session.scalar(
        sa.select(PresenceRecord)
        .where(PresenceRecord.id == presence_id, PresenceRecord.session_id == session.id)
        .options(joinedload(PresenceRecord.enrolment).joinedload(Enrolment.person))
    )


def stays_with_people(session: AttendanceSession, enrolment_id: int) -> Sequence[PresenceRecord]:
    """Return every stay of somebody in a session, void ones too, with who recorded, ended and voided it."""
    return db.session.scalars(
        sa.select(PresenceRecord)
        .where(PresenceRecord.session_id == session.id, PresenceRecord.enrolment_id == enrolment_id)
        .options(
            joinedload(PresenceRecord.in_by),
            joinedload(PresenceRecord.out_by),
            joinedload(PresenceRecord.voided_by),
        )
        .order_by(PresenceRecord.in_at, PresenceRecord.id)
    ).all()


def scans_of(session: AttendanceSession, enrolment_id: int) -> Sequence[Scan]:
    """Return every act of somebody at the doors of a session as it was reported, the latest first."""
    return db.session.scalars(
        sa.select(Scan)
        .where(Scan.session_id == session.id, Scan.enrolment_id == enrolment_id)
        .options(joinedload(Scan.by))
        .order_by(Scan.server_at.desc(), Scan.id.desc())
        .limit(PAGE_SIZE)
    ).all()


@dataclass(frozen=True, slots=True)
class RoomNumbers:
    """The figures of one session in the list of rooms."""

    expected: int
    seen: int
    inside: int
    """So many have no check-out: they are in the room, or forgot it."""


def numbers_of(actor: Actor, sessions: Collection[AttendanceSession]) -> dict[int, RoomNumbers]:
    """Return the figures of sessions of one course by id; two statements."""
    of_group = sa.select(Enrolment.group, sa.func.count(Enrolment.id)).where(
        Enrolment.id.in_(courses.counted_learners(actor.course_id))
    )
    groups = [(group, count) for group, count in db.session.execute(of_group.group_by(Enrolment.group))]
    seen: dict[int, tuple[int, int]] = {}
    for session_id, people, inside in db.session.execute(
        sa.select(
            PresenceRecord.session_id,
            sa.func.count(sa.distinct(PresenceRecord.enrolment_id)),
            sa.func.count(
                sa.distinct(sa.case((PresenceRecord.out_at.is_(None), PresenceRecord.enrolment_id)))
            ),
        )
        .where(
            PresenceRecord.session_id.in_([each.id for each in sessions]), PresenceRecord.voided_at.is_(None)
        )
        .group_by(PresenceRecord.session_id)
    ):
        seen[session_id] = (people, inside)
    return {
        each.id: RoomNumbers(
            sum(count for group, count in groups if each.expects(group)), *seen.get(each.id, (0, 0))
        )
        for each in sessions
    }


def _standing(session: AttendanceSession) -> sa.Subquery:
    """Return everybody who has been in a session: first arrival, last move, and how many open stays."""
    return (
        sa.select(
            PresenceRecord.enrolment_id,
            sa.func.min(PresenceRecord.in_at).label("first_at"),
            sa.func.max(sa.func.coalesce(PresenceRecord.out_at, PresenceRecord.in_at)).label("last_at"),
            sa.func.sum(sa.case((PresenceRecord.out_at.is_(None), 1), else_=0)).label("open_stays"),
        )
        .where(PresenceRecord.session_id == session.id, PresenceRecord.voided_at.is_(None))
        .group_by(PresenceRecord.enrolment_id)
        .subquery("standing")
    )


def _people(session: AttendanceSession, standing: sa.Subquery) -> sa.Select[Enrolment]:
    """Return whom the list of a room is about: everybody it expects, and everybody who came."""
    expected = [courses.counts()]
    if session.groups:
        expected.append(Enrolment.group.in_(session.groups))
    return (
        sa.select(Enrolment)
        .join(Enrolment.person)
        .outerjoin(standing, standing.c.enrolment_id == Enrolment.id)
        .where(
            Enrolment.course_id == session.course_id,
            sa.or_(sa.and_(*expected), standing.c.enrolment_id.is_not(None)),
        )
    )


def _conditions(
    standing: sa.Subquery, *, late_after: dt.datetime, is_over: bool, to_review: Collection[int]
) -> Mapping[Show, sa.ColumnElement[bool]]:
    """Return who belongs to which part of the list."""
    is_in = sa.func.coalesce(standing.c.open_stays, 0) > 0
    look = Enrolment.id.in_(to_review)
    return {
        Show.IN: is_in,
        Show.OUT: sa.and_(standing.c.enrolment_id.is_not(None), sa.not_(is_in)),
        Show.LATE: sa.func.coalesce(standing.c.first_at > late_after, sa.false()),
        Show.MISSING: standing.c.enrolment_id.is_(None),
        Show.LOOK: sa.or_(look, is_in) if is_over else look,
    }


def _tally(people: sa.Select[Enrolment], conditions: Mapping[Show, sa.ColumnElement[bool]]) -> Tally:
    sums = [sa.func.sum(sa.case((condition, 1), else_=0)) for condition in conditions.values()]
    counted = db.session.execute(people.with_only_columns(sa.func.count(Enrolment.id), *sums)).one()
    expected, inside, left, late, missing, look = (int(each or 0) for each in counted)
    return Tally(expected, inside, left, late, missing, look)


def _stays_of(
    session: AttendanceSession, enrolment_ids: Collection[int]
) -> Mapping[int, list[PresenceRecord]]:
    stays: dict[int, list[PresenceRecord]] = defaultdict(list)
    for stay in queries.presences([session.id], enrolment_ids):
        stays[stay.enrolment_id].append(stay)
    return stays


def _people_of(enrolment_ids: Collection[int]) -> Mapping[int, Person]:
    found = db.session.scalars(
        sa.select(Enrolment).where(Enrolment.id.in_(enrolment_ids)).options(joinedload(Enrolment.person))
    )
    return {each.id: each.person for each in found}


def _row(
    enrolment: Enrolment,
    stays: Sequence[PresenceRecord],
    is_late: bool,
    shared: Sequence[SharedDevice],
    people: Mapping[int, Person],
) -> RoomRow:
    own = [device for device in shared if enrolment.id in device.enrolment_ids]
    device = min(own, key=lambda each: each.is_reviewed, default=None)
    others = sorted((device.enrolment_ids - {enrolment.id}) if device else ())
    return RoomRow(enrolment, stays, is_late, device, [people[each] for each in others])


def _without_end(session_ids: Collection[int]) -> sa.Select[PresenceRecord]:
    return sa.select(PresenceRecord).where(
        PresenceRecord.session_id.in_(session_ids),
        PresenceRecord.voided_at.is_(None),
        PresenceRecord.out_at.is_(None),
    )


def open_elsewhere(session: AttendanceSession, enrolment_ids: Collection[int]) -> frozenset[int]:
    """Return those of the people who are in another session now."""
    return frozenset(
        db.session.scalars(
            sa.select(PresenceRecord.enrolment_id).where(
                PresenceRecord.enrolment_id.in_(enrolment_ids),
                PresenceRecord.session_id != session.id,
                PresenceRecord.out_at.is_(None),
                PresenceRecord.voided_at.is_(None),
                PresenceRecord.left_open.is_(False),
            )
        )
    )
