"""Find modules, units and evidence, always within one course, and work out where learners stand."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, joinedload

from sca_lms.assessments import queries as assessments
from sca_lms.assessments.models import Quiz
from sca_lms.assessments.rules import Standing as QuizStanding
from sca_lms.assignments import queries as assignments
from sca_lms.courses import queries as courses
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.modules.circumstances import circumstances_of, extensions_of
from sca_lms.modules.models import Module, Unit, UnitEvidence
from sca_lms.modules.plan import (
    ATTENDED,
    Contribution,
    DiscussionRule,
    Evidence,
    EvidenceKind,
    ModulePlan,
    UnitPlan,
    UnitType,
)
from sca_lms.modules.prerequisites import read_prerequisites
from sca_lms.modules.rules import course_standing
from sca_lms.modules.standing import CourseStanding
from sca_lms.modules.videos import playback_of
from sca_lms.modules.watching import Interval, WatchReport
from sca_lms.web.paging import Page

ATTENDANCE_PAGE_SIZE = 50
POSTS = frozenset({EvidenceKind.POSTED})

_reversal = aliased(UnitEvidence)
STANDS = sa.and_(
    UnitEvidence.kind != EvidenceKind.WITHDRAWN,
    ~sa.exists().where(_reversal.reverses_id == UnitEvidence.id).correlate(UnitEvidence),
)
"""The condition that an entry was not taken back."""


def outline(course_id: int) -> tuple[ModulePlan, ...]:
    """Return what there is to learn in a course, in the order of its pages; two statements."""
    modules = db.session.scalars(
        sa.select(Module)
        .where(Module.course_id == course_id, Module.published)
        .order_by(Module.position, Module.id)
    ).all()
    units: dict[int, list[UnitPlan]] = defaultdict(list)
    found = sa.select(Unit).where(Unit.course_id == course_id, Unit.published)
    for unit in db.session.scalars(found.order_by(Unit.position, Unit.id)):
        units[unit.module_id].append(unit_plan(unit))
    return tuple(_module_plan(module, units[module.id]) for module in modules)


def unit_plan(unit: Unit) -> UnitPlan:
    """Return what decides whether a unit is done."""
    is_video = unit.type is UnitType.VIDEO
    return UnitPlan(
        id=unit.id,
        code=unit.code,
        type=unit.type,
        title=unit.title,
        minutes=unit.minutes,
        required=unit.required,
        starts_at=unit.starts_at,
        playback=playback_of(unit.video_url if is_video else ""),
        has_transcript=is_video and bool(unit.transcript),
        quiz_id=unit.quiz_id,
        video_seconds=unit.video_seconds if is_video else None,
        opens_at=unit.opens_at,
        assignment_id=unit.assignment_id if unit.type is UnitType.TASK else None,
        discussion=_discussion_rule(unit),
    )


def _discussion_rule(unit: Unit) -> DiscussionRule | None:
    asked = unit.least_posts, unit.least_characters, unit.least_replies
    if unit.type is not UnitType.DISCUSSION or asked == (None, None, None):
        return None
    replies = unit.least_replies or 0
    return DiscussionRule(max(unit.least_posts or 1, replies), unit.least_characters or 1, replies)


def find_module(actor: Actor, code: str) -> Module | None:
    """Return a published module of the actor's course."""
    return db.session.scalar(
        sa.select(Module).where(Module.course_id == actor.course_id, Module.code == code, Module.published)
    )


def find_unit(actor: Actor, code: str) -> Unit | None:
    """Return a published unit of the actor's course with its module and quiz."""
    return db.session.scalar(
        sa.select(Unit)
        .join(Unit.module)
        .where(Unit.course_id == actor.course_id, Unit.code == code, Unit.published, Module.published)
        .options(contains_eager(Unit.module), joinedload(Unit.quiz), joinedload(Unit.assignment))
    )


def has_module(course_id: int, code: str) -> bool:
    """Tell whether a course has a published module of this code."""
    wanted = sa.select(Module.id).where(Module.course_id == course_id, Module.code == code, Module.published)
    return db.session.scalar(wanted) is not None


def find_unit_of_quiz(quiz: Quiz) -> Unit | None:
    """Return the published unit in which a quiz is taken, with its module."""
    return db.session.scalar(
        sa.select(Unit)
        .join(Unit.module)
        .where(Unit.quiz_id == quiz.id, Unit.published, Module.published)
        .options(contains_eager(Unit.module))
        .limit(1)
    )


def standings(course_id: int, ids: Collection[int], *, at: dt.datetime) -> dict[int, CourseStanding]:
    """Return where these learners stand, by enrolment.

    The number of statements does not depend on how many there are; the work does, so nobody asks for a whole
    cohort at once: what is known of all is kept by those who draw it.
    """
    plan = outline(course_id)
    evidence = evidence_of(course_id, ids)
    quizzes: dict[int, dict[int, QuizStanding]] = defaultdict(dict)
    for (enrolment_id, quiz_id), result in assessments.standings(course_id, enrolment_ids=ids).items():
        quizzes[enrolment_id][quiz_id] = result
    handed_in: dict[int, dict[int, dt.datetime]] = defaultdict(dict)
    for (enrolment_id, assignment_id), work in assignments.standing(course_id, ids).items():
        handed_in[enrolment_id][assignment_id] = work.handed_in_at
    around = circumstances_of(course_id, plan, ids, quizzes)
    extended = extensions_of(course_id, ids)
    return {
        enrolment_id: course_standing(
            plan,
            evidence=evidence.get(enrolment_id, ()),
            quizzes=quizzes.get(enrolment_id, {}),
            at=at,
            handed_in=handed_in.get(enrolment_id, {}),
            circumstances=around.get(enrolment_id),
            extended_to=extended.get(enrolment_id, {}),
        )
        for enrolment_id in ids
    }


def own_standing(actor: Actor, *, at: dt.datetime) -> CourseStanding | None:
    """Return where the actor stands, None for somebody who is not enrolled."""
    if actor.enrolment_id is None:
        return None
    return standings(actor.course_id, [actor.enrolment_id], at=at)[actor.enrolment_id]


def watch_reports(unit: Unit, enrolment_id: int) -> Sequence[WatchReport]:
    """Return what one learner watched of a video, the newest report last."""
    found = db.session.scalars(
        sa.select(UnitEvidence.value)
        .where(
            UnitEvidence.unit_id == unit.id,
            UnitEvidence.enrolment_id == enrolment_id,
            UnitEvidence.kind == EvidenceKind.WATCHED,
            STANDS,
        )
        .order_by(UnitEvidence.recorded_at, UnitEvidence.id)
    )
    return [_report(value) for value in found]


def last_watching_at(enrolment_id: int) -> dt.datetime | None:
    """Return when one learner's last report of any video was kept."""
    return db.session.scalar(
        sa.select(sa.func.max(UnitEvidence.recorded_at)).where(
            UnitEvidence.enrolment_id == enrolment_id, UnitEvidence.kind == EvidenceKind.WATCHED
        )
    )


def standing_entries(
    unit: Unit, enrolment_id: int, kinds: Collection[EvidenceKind]
) -> Sequence[UnitEvidence]:
    """Return one person's entries of some kinds that were not taken back."""
    return db.session.scalars(
        sa.select(UnitEvidence)
        .where(
            UnitEvidence.unit_id == unit.id,
            UnitEvidence.enrolment_id == enrolment_id,
            UnitEvidence.kind.in_(kinds),
            STANDS,
        )
        .order_by(UnitEvidence.id)
    ).all()


def find_entry(enrolment_id: int, key: str) -> UnitEvidence | None:
    """Return the entry that was recorded under a key."""
    return db.session.scalar(
        sa.select(UnitEvidence).where(UnitEvidence.enrolment_id == enrolment_id, UnitEvidence.key == key)
    )


def batch_entries(unit: Unit, batch: str, *, recorded_by_id: int) -> Sequence[UnitEvidence]:
    """Return what one person saved at once in an attendance list, with the entries that were taken back."""
    return db.session.scalars(
        sa.select(UnitEvidence)
        .where(
            UnitEvidence.unit_id == unit.id,
            UnitEvidence.recorded_by_id == recorded_by_id,
            UnitEvidence.key.startswith(f"{batch}:", autoescape=True),
        )
        .options(joinedload(UnitEvidence.enrolment), joinedload(UnitEvidence.reverses))
        .order_by(UnitEvidence.id)
    ).all()


@dataclass(frozen=True, slots=True)
class AttendanceRow:
    """One line of the attendance list: who, and how we know that they were there."""

    enrolment: Enrolment
    kind: EvidenceKind | None
    recorded_at: dt.datetime | None

    @property
    def attended(self) -> bool:
        """Tell whether the person was in the class."""
        return self.kind is not None


def attendance_page(actor: Actor, unit: Unit, *, search: str, number: int) -> Page[AttendanceRow]:
    """Return one page of all learners with their attendance of a live class."""
    people = courses.learners(actor, search=search, number=number, size=ATTENDANCE_PAGE_SIZE)
    found = _attended(unit).where(UnitEvidence.enrolment_id.in_([person.id for person in people.items]))
    known = {entry.enrolment_id: entry for entry in db.session.scalars(found.order_by(UnitEvidence.id))}
    rows = []
    for person in people.items:
        entry = known.get(person.id)
        rows.append(
            AttendanceRow(person, entry.kind if entry else None, entry.recorded_at if entry else None)
        )
    return Page(rows, people.number, people.size, people.total)


def attendance_count(unit: Unit) -> int:
    """Return how many learners who count were in a live class."""
    counted = _attended(unit).where(UnitEvidence.enrolment_id.in_(courses.counted_learners(unit.course_id)))
    distinct = counted.with_only_columns(UnitEvidence.enrolment_id).distinct().subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(distinct)) or 0


def learners_among(actor: Actor, enrolment_ids: Collection[int]) -> Sequence[Enrolment]:
    """Return those of the ids that are learners of the actor's course who count."""
    return db.session.scalars(
        sa.select(Enrolment).where(
            Enrolment.id.in_(enrolment_ids), Enrolment.id.in_(courses.counted_learners(actor.course_id))
        )
    ).all()


def attending(unit: Unit, enrolment_ids: Collection[int]) -> Mapping[int, Sequence[UnitEvidence]]:
    """Return the entries that show that these people were in a live class, by enrolment."""
    found: dict[int, list[UnitEvidence]] = defaultdict(list)
    for entry in db.session.scalars(_attended(unit).where(UnitEvidence.enrolment_id.in_(enrolment_ids))):
        found[entry.enrolment_id].append(entry)
    return found


def _attended(unit: Unit) -> sa.Select[UnitEvidence]:
    return sa.select(UnitEvidence).where(
        UnitEvidence.unit_id == unit.id, UnitEvidence.kind.in_(ATTENDED), STANDS
    )


def _module_plan(module: Module, units: Sequence[UnitPlan]) -> ModulePlan:
    return ModulePlan(
        id=module.id,
        code=module.code,
        title=module.title,
        minutes=module.minutes,
        due_at=module.due_at,
        prerequisites=read_prerequisites(module.prerequisites),
        opens_at=module.opens_at,
        quiz_pass_percent=module.quiz_pass_percent,
        rule_version=module.rule_version,
        units=tuple(units),
    )


def evidence_of(
    course_id: int, enrolment_ids: Collection[int], *, unit_ids: Collection[int] | None = None
) -> Mapping[int, Sequence[Evidence]]:
    """Return what these learners did, by enrolment, in all units or in some; one statement."""
    found: dict[int, list[Evidence]] = defaultdict(list)
    entries = (
        sa.select(
            UnitEvidence.enrolment_id,
            UnitEvidence.unit_id,
            UnitEvidence.kind,
            UnitEvidence.at,
            UnitEvidence.value,
        )
        .join(UnitEvidence.unit)
        .where(Unit.course_id == course_id, UnitEvidence.enrolment_id.in_(enrolment_ids), STANDS)
    )
    if unit_ids is not None:
        entries = entries.where(UnitEvidence.unit_id.in_(unit_ids))
    for row in db.session.execute(entries):
        report, part = _report(row.value), contribution(row.value) if row.kind in POSTS else None
        found[row.enrolment_id].append(
            Evidence(row.unit_id, row.kind, row.at, report.intervals, report.duration_seconds, part)
        )
    return found


def contribution(value: Mapping[str, object] | None) -> Contribution:
    """Read what `discussion_operations` stored of a post."""
    stored = value or {}
    post, characters = stored.get("post"), stored.get("characters")
    return Contribution(
        post if isinstance(post, int) else 0,
        characters if isinstance(characters, int) else 0,
        stored.get("reply") is True,
    )


def _report(value: Mapping[str, object] | None) -> WatchReport:
    """Read what `operations` stored of a player's report; other entries have none."""
    stored = value or {}
    parts = stored.get("intervals")
    intervals: list[Interval] = (
        [(int(part[0]), int(part[1])) for part in parts] if isinstance(parts, list) else []
    )
    duration, position = stored.get("duration"), stored.get("position")
    return WatchReport(
        tuple(intervals),
        duration if isinstance(duration, int) else 0,
        position if isinstance(position, int) else 0,
    )
