"""Read the list of pairs as its page shows it: searched, filtered, counted, a page at a time."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import MOST_WORDS, has_role, person_matches
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db
from sca_lms.projects import queries
from sca_lms.projects.models import Agency, Area, Captaincy, Pair
from sca_lms.texts import Bilingual
from sca_lms.web.collation import fold
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset


class Shown(StrEnum):
    """Which pairs the list shows."""

    LIVING = ""
    WITHOUT_CAPTAIN = "without"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is asked for; an id or province that does not exist finds nothing."""

    shown: Shown = Shown.LIVING
    search: str = ""
    province: str = ""
    area_id: int | None = None
    agency_id: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One pair with its captain at the moment of asking."""

    pair: Pair
    captaincy: Captaincy | None


@dataclass(frozen=True, slots=True)
class Overview:
    """One page of pairs, what the filters count, and the places to choose from."""

    page: Page[Row]
    counts: dict[Shown, int]
    areas: Sequence[Area]
    agencies: Sequence[Agency]

    @property
    def provinces(self) -> list[Bilingual]:
        """Return the provinces of all areas, each once, in Thai order of writing."""
        found = {each.province.th or each.province.en: each.province for each in self.areas}
        return [found[name] for name in sorted(found) if name]


def overview(course_id: int, asked: Asked, *, number: int, at: dt.datetime) -> Overview:
    """Return what the page shows, in six statements for however many pairs."""
    areas, agencies = queries.areas(course_id), queries.agencies(course_id)
    conditions = [Pair.course_id == course_id, *_places(asked, areas)]
    conditions += _search(asked.search, areas, agencies)
    with_captain = sa.select(Captaincy.pair_id).where(queries.holds(at))
    here = sa.or_(Pair.ended_at.is_(None), Pair.ended_at > at)
    of: dict[Shown, sa.ColumnElement[bool]] = {
        Shown.LIVING: here,
        Shown.WITHOUT_CAPTAIN: sa.and_(here, Pair.id.not_in(with_captain)),
        Shown.ENDED: sa.not_(here),
    }
    found = sa.select(Pair.id).join(Pair.ambassador).join(Enrolment.person).where(*conditions)
    counted = db.session.execute(
        found.with_only_columns(*(sa.func.count().filter(condition) for condition in of.values()))
    ).one()
    counts = dict(zip(of, counted, strict=True))
    total = counts[asked.shown]
    shown = fitting(number, size=PAGE_SIZE, total=total)
    ids = (
        found.where(of[asked.shown])
        .order_by(Person.sort_key, Pair.id)
        .offset(offset(shown, size=PAGE_SIZE))
        .limit(PAGE_SIZE)
    )
    pairs = db.session.scalars(
        sa.select(Pair)
        .join(Pair.ambassador)
        .join(Enrolment.person)
        .where(Pair.id.in_(ids))
        .options(
            contains_eager(Pair.ambassador).contains_eager(Enrolment.person),
            joinedload(Pair.area),
            joinedload(Pair.agency),
        )
        .order_by(Person.sort_key, Pair.id)
    ).all()
    captains = queries.captains_at([pair.id for pair in pairs], at)
    rows = [Row(pair, captains.get(pair.id)) for pair in pairs]
    return Overview(Page(rows, shown, PAGE_SIZE, total), counts, areas, agencies)


def without_pair(course_id: int) -> Sequence[Enrolment]:
    """Return the learners of a course who are in no living pair, in the order of names."""
    taken = sa.select(Pair.ambassador_id).where(Pair.course_id == course_id, Pair.ended_at.is_(None))
    return db.session.scalars(
        _people(course_id).where(has_role(Role.LEARNER), Enrolment.id.not_in(taken))
    ).all()


def possible_captains(course_id: int) -> Sequence[Enrolment]:
    """Return everybody who can be a captain: those who mentor already first, each in the order of names."""
    everybody = db.session.scalars(_people(course_id)).all()
    return sorted(everybody, key=lambda each: Role.MENTOR not in each.roles)


def find_person(course_id: int, enrolment_id: int) -> Enrolment | None:
    """Return somebody of the course who has not left it."""
    return db.session.scalar(_people(course_id).where(Enrolment.id == enrolment_id))


def _people(course_id: int) -> sa.Select[Enrolment]:
    return (
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(
            Enrolment.course_id == course_id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            Person.is_test.is_(False),
        )
        .options(contains_eager(Enrolment.person))
        .order_by(Person.sort_key, Enrolment.id)
    )


def _places(asked: Asked, areas: Sequence[Area]) -> Iterator[sa.ColumnElement[bool]]:
    if asked.area_id is not None:
        yield Pair.area_id == asked.area_id
    if asked.agency_id is not None:
        yield Pair.agency_id == asked.agency_id
    if asked.province:
        inside = [each.id for each in areas if asked.province in {each.province.th, each.province.en}]
        yield Pair.area_id.in_(inside)


def _search(
    search: str, areas: Sequence[Area], agencies: Sequence[Agency]
) -> Iterator[sa.ColumnElement[bool]]:
    """Yield for every word the condition that an ambassador, a captain, a code or a place holds it."""
    for word in fold(search).split()[:MOST_WORDS]:
        led = (
            sa.select(Captaincy.pair_id)
            .join(Captaincy.captain)
            .join(Enrolment.person)
            .where(*person_matches(word), Captaincy.ended_at.is_(None))
            # The outer list joins people as well, and these are others.
            .correlate(None)
        )
        yield sa.or_(
            sa.and_(*person_matches(word)),
            Pair.id.in_(led),
            sa.func.lower(Pair.code).contains(word, autoescape=True),
            Pair.area_id.in_(
                [
                    each.id
                    for each in areas
                    if _holds(word, each.title, each.province, Bilingual(each.code, each.group))
                ]
            ),
            Pair.agency_id.in_(
                [each.id for each in agencies if _holds(word, each.title, Bilingual(each.code, ""))]
            ),
        )


def _holds(word: str, *texts: Bilingual) -> bool:
    return any(word in fold(said) for text in texts for said in (text.th, text.en))
