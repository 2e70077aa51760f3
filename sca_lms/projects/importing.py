"""Work out what a list of pairs would change, and then change exactly that: all of it or nothing."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload

from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.lti.matching import matching
from sca_lms.projects import operations, queries
from sca_lms.projects.models import Agency, AgencyKind, Area, Captaincy, Pair
from sca_lms.projects.operations import CaptainReplaced
from sca_lms.projects.pair_files import KINDS, LONGEST_GIVEN, Fault, FaultKind, Line
from sca_lms.projects.place_values import values_of
from sca_lms.texts import Bilingual
from sca_lms.web.collation import fold


class ListMoved(Refused):
    """What a list would change is no longer what was shown."""

    code = "list-moved"


class Kind(StrEnum):
    """What a line of a list does."""

    NEW = "new"
    CAPTAIN = "captain"
    """The pair gets another captain, or its first one."""
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes about a pair or a place."""

    what: str
    before: str
    after: str


@dataclass(slots=True)
class PairLine:
    """What one line does to one pair."""

    line: int
    code: str
    kind: Kind
    ambassador: Enrolment
    captain: Enrolment | None
    """The captain that the line names; None when it names nobody."""
    pair: Pair | None
    area: str
    agency: str
    """The codes of the places that the pair will have; empty for none."""
    dimension: str
    changes: list[Change]


@dataclass(slots=True)
class Place:
    """An area or agency that the list makes or changes."""

    code: str
    row: Area | Agency | None
    line: int
    values: dict[str, str]
    changes: list[Change] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """Everything that a list would change, and everything that is wrong with it."""

    pairs: list[PairLine] = field(default_factory=list)
    areas: list[Place] = field(default_factory=list)
    agencies: list[Place] = field(default_factory=list)
    judges: list[Enrolment] = field(default_factory=list)
    """Those who are not judges yet."""
    known_judges: int = 0
    faults: list[Fault] = field(default_factory=list)

    def count(self, kind: Kind) -> int:
        """Return how many lines do this."""
        return sum(each.kind is kind for each in self.pairs)

    @property
    def changes_something(self) -> bool:
        """Tell whether there is anything to store."""
        places = [*self.areas, *self.agencies]
        return bool(self.judges or places) or any(each.kind is not Kind.UNCHANGED for each in self.pairs)

    @property
    def digest(self) -> str:
        """Return what is another text whenever the list would change something else."""
        said = [
            [
                (each.code, each.ambassador.id, each.captain.id if each.captain else 0, each.changes)
                for each in self.pairs
            ],
            [(each.code, each.changes) for each in (*self.areas, *self.agencies)],
            [each.id for each in self.judges],
        ]
        return hashlib.sha256(repr(said).encode()).hexdigest()


def plan(
    course: Course,
    lines: Sequence[Line],
    *,
    dimensions: Collection[str],
    from_at: dt.datetime,
) -> Plan:
    """Work out what the lines change; nothing is stored. Seven statements for however many lines."""
    found = Plan()
    bench = _Bench(course, lines, from_at=from_at, plan=found)
    for line in lines:
        if line.is_pair:
            bench.read(line, dimensions)
        if line.get("judge"):
            bench.read_judge(line)
    found.areas = [place for place in bench.areas.values() if place.changes]
    found.agencies = [place for place in bench.agencies.values() if place.changes]
    return found


def store(
    course: Course,
    plan: Plan,
    *,
    person_id: int | None,
    from_at: dt.datetime,
    at: dt.datetime,
    hooks: Sequence[CaptainReplaced] = (),
) -> int:
    """Make every change of a faultless plan; returns how many lines changed a pair."""
    areas = {each.code: each for each in queries.areas(course.id)}
    agencies = {each.code: each for each in queries.agencies(course.id)}
    for place in plan.areas:
        row = place.row if isinstance(place.row, Area) else None
        areas[place.code] = operations.put_area(
            course, row, code=place.code,
            title=Bilingual(place.values["area_th"], place.values["area_en"]),
            province=Bilingual(place.values["province_th"], place.values["province_en"]),
            group=place.values["group"], person_id=person_id, at=at,
        )  # fmt: skip
    for place in plan.agencies:
        owner = place.row if isinstance(place.row, Agency) else None
        agencies[place.code] = operations.put_agency(
            course, owner, code=place.code,
            title=Bilingual(place.values["agency_th"], place.values["agency_en"]),
            kind=AgencyKind(place.values["kind"] or AgencyKind.PUBLIC), person_id=person_id, at=at,
        )  # fmt: skip
    for each in plan.pairs:
        if each.kind is Kind.UNCHANGED:
            continue
        area, agency = areas.get(each.area), agencies.get(each.agency)
        if each.pair is None:
            operations.make_pair(
                course, each.code, each.ambassador, captain=each.captain, area=area, agency=agency,
                dimension=each.dimension, person_id=person_id, begins_at=from_at, at=at,
            )  # fmt: skip
            continue
        operations.change_pair(
            course, each.pair, area=area, agency=agency, dimension=each.dimension, person_id=person_id, at=at
        )
        if each.kind is Kind.CAPTAIN:
            operations.replace_captain(
                course, each.pair, each.captain, reason="", person_id=person_id, from_at=from_at, at=at,
                hooks=hooks,
            )  # fmt: skip
    for judge in plan.judges:
        operations.let_be(course, judge, Role.JUDGE, person_id=person_id, at=at)
    return sum(each.kind is not Kind.UNCHANGED for each in plan.pairs)


def check_unmoved(plan: Plan, digest: str) -> None:
    """Raise `ListMoved` when the plan is not the one that was shown."""
    if plan.digest != digest:
        raise ListMoved(_l("Something has changed in the meantime. Look at the difference again."))


class _Bench:
    """Everything that is known of the course while the lines are read."""

    def __init__(self, course: Course, lines: Sequence[Line], *, from_at: dt.datetime, plan: Plan) -> None:
        self.plan, self.from_at = plan, from_at
        everybody = db.session.scalars(
            sa.select(Enrolment)
            .join(Enrolment.person)
            .where(
                Enrolment.course_id == course.id,
                Enrolment.state != EnrolmentState.WITHDRAWN,
                Person.is_test.is_(False),
            )
            .options(joinedload(Enrolment.person))
            .order_by(Person.sort_key, Enrolment.id)
        ).all()
        texts = {line.get(column) for line in lines for column in ("ambassador", "captain", "judge")}
        self.people = matching(everybody, texts - {""})
        every_pair = queries.every_pair(course.id)
        self.pairs = {each.code: each for each in every_pair}
        self.pair_of = {each.ambassador_id: each for each in every_pair if each.ended_at is None}
        self.captains: Mapping[int, Captaincy] = queries.current_captaincies([each.id for each in every_pair])
        self.areas = {
            each.code: Place(each.code, each, 0, values_of(each)) for each in queries.areas(course.id)
        }
        self.agencies = {
            each.code: Place(each.code, each, 0, values_of(each)) for each in queries.agencies(course.id)
        }
        self.said: dict[tuple[str, str, str], str] = {}
        self.seen: set[int] = set()

    def read(self, line: Line, dimensions: Collection[str]) -> None:
        """Work out what a line does to its pair."""
        ambassador, captain = self._person(line, "ambassador"), self._person(line, "captain")
        area, agency = self._area(line), self._agency(line)
        dimension = line.get("dimension")
        if dimension and dimension not in dimensions:
            self._fault(line, FaultKind.UNKNOWN_DIMENSION, dimension)
        if ambassador is None:
            return
        pair = self.pairs.get(line.get("code"))
        if (wrong := self._wrong(line, pair, ambassador, captain)) is not None:
            self._fault(line, wrong, line.get("ambassador"))
            return
        self.seen.add(ambassador.id)
        before = self.captains.get(pair.id) if pair is not None else None
        if pair is not None and captain is not None and (before is None or before.captain_id != captain.id):
            # The list begins at one moment for everybody; who was captain until then stays on record.
            if before is not None and self.from_at < before.began_at:
                self._fault(line, FaultKind.TOO_EARLY, line.get("captain"))
                return
            kind = Kind.CAPTAIN
        else:
            kind = Kind.NEW if pair is None else Kind.UNCHANGED
        known_area = pair.area.code if pair is not None and pair.area else ""
        known_agency = pair.agency.code if pair is not None and pair.agency else ""
        after = {
            "area": area or known_area,
            "agency": agency or known_agency,
            "dimension": dimension or (pair.dimension if pair is not None else ""),
        }
        changes: list[Change] = []
        if kind is Kind.CAPTAIN or (kind is Kind.NEW and captain is not None):
            name = before.captain.person.full_name if before is not None else ""
            changes.append(Change("captain", name, captain.person.full_name if captain else ""))
        was = {
            "area": known_area,
            "agency": known_agency,
            "dimension": pair.dimension if pair is not None else "",
        }
        changes += [Change(what, was[what], after[what]) for what in was if was[what] != after[what]]
        if kind is Kind.UNCHANGED and changes:
            kind = Kind.CHANGED
        self.plan.pairs.append(
            PairLine(line.number, line.get("code"), kind, ambassador, captain, pair, changes=changes, **after)
        )

    def read_judge(self, line: Line) -> None:
        """Note somebody who is to be a judge."""
        judge = self._person(line, "judge")
        if judge is None:
            return
        if Role.JUDGE in judge.roles:
            self.plan.known_judges += 1
        elif judge not in self.plan.judges:
            self.plan.judges.append(judge)

    def _wrong(
        self, line: Line, pair: Pair | None, ambassador: Enrolment, captain: Enrolment | None
    ) -> FaultKind | None:
        other = self.pair_of.get(ambassador.id)
        if pair is not None and pair.ended_at is not None:
            return FaultKind.ENDED
        if pair is not None and pair.ambassador_id != ambassador.id:
            return FaultKind.OTHER_AMBASSADOR
        if other is not None and other is not pair:
            return FaultKind.HAS_PAIR
        if ambassador.id in self.seen:
            return FaultKind.AMBASSADOR_TWICE
        if Role.LEARNER not in ambassador.roles:
            return FaultKind.NO_LEARNER
        if captain is not None and captain.id == ambassador.id:
            return FaultKind.SAME_PERSON
        return None

    def _person(self, line: Line, column: str) -> Enrolment | None:
        text = line.get(column)
        if not text:
            return None
        meant = self.people[text]
        if len(meant) == 1:
            return meant[0]
        self._fault(line, FaultKind.SEVERAL_PEOPLE if meant else FaultKind.UNKNOWN_PERSON, text)
        return None

    def _area(self, line: Line) -> str:
        columns = ("area_th", "area_en", "province_th", "province_en", "group")
        code = line.get("area")
        if not code and any(line.get(column) for column in columns):
            # A list without codes of areas has one area for each pair.
            pair = self.pairs.get(line.get("code"))
            code = pair.area.code if pair is not None and pair.area else line.get("code")
        if not code:
            return ""
        place = self.areas.setdefault(code, Place(code, None, line.number, dict.fromkeys(columns, "")))
        self._write(line, "area", place, columns)
        if place.row is None and not (place.values["province_th"] or place.values["province_en"]):
            self._fault(line, FaultKind.NO_AREA_NAME, code)
        return code

    def _agency(self, line: Line) -> str:
        columns = ("agency_th", "agency_en", "kind")
        titles = [fold(line.get(column)) for column in columns[:2] if line.get(column)]
        code = line.get("agency") or next(
            (code for code, place in self.agencies.items() if _has_title(place, titles)), ""
        )
        if not code and titles:
            code = line.get("code")
        if not code:
            return ""
        place = self.agencies.setdefault(code, Place(code, None, line.number, dict.fromkeys(columns, "")))
        self._write(line, "agency", place, columns)
        if place.row is None and not (place.values["agency_th"] or place.values["agency_en"]):
            self._fault(line, FaultKind.NO_AGENCY_NAME, code)
        return code

    def _write(self, line: Line, kind: str, place: Place, columns: Iterable[str]) -> None:
        for column in columns:
            said = line.get(column)
            if column == "kind":
                said = KINDS.get(said.casefold(), "")
            if not said:
                continue
            if self.said.setdefault((kind, place.code, column), said) != said:
                self._fault(line, FaultKind.CONTRADICTION, said)
            elif place.values[column] != said:
                place.changes.append(Change(column, place.values[column], said))
                place.values[column] = said

    def _fault(self, line: Line, kind: FaultKind, given: str) -> None:
        self.plan.faults.append(Fault(line.number, kind, given[:LONGEST_GIVEN]))


def _has_title(place: Place, titles: Collection[str]) -> bool:
    known = {fold(place.values[column]) for column in ("agency_th", "agency_en")} - {""}
    return not known.isdisjoint(titles)
