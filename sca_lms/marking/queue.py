"""Read all that waits to be marked in a course, one page at a time, the oldest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assignments import queries as assignments
from sca_lms.assignments.models import Assignment, AssignmentTeamMember, Submission, Work
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import person_matches
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import db
from sca_lms.marking.models import Mark, MarkDraft, Release
from sca_lms.marking.queries import counting_in_sql, is_current
from sca_lms.marking.rules import MarkPart
from sca_lms.marking.subjects import SubjectKind
from sca_lms.texts import Bilingual
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset


class Step(StrEnum):
    """What a work waits for."""

    FIRST = "first"
    SECOND = "second"
    AGREE = "agree"


class What(StrEnum):
    """Which of the waiting things a list shows."""

    ALL = "all"
    MINE = "mine"
    """What the reader can do something about now."""
    SECOND = "second"
    AGREE = "agree"
    DRAFTS = "drafts"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a queue is limited to; None and empty texts limit nothing."""

    assignment_id: int | None = None
    quiz_id: int | None = None
    group: str = ""
    search: str = ""
    what: What = What.ALL


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that waits; `who` is empty while names are hidden."""

    kind: SubjectKind
    id: int
    title: Bilingual
    who: str
    alias: int
    group: str
    since: Any  # The union of two tables loses the column's type; it is an aware moment.
    step: Step
    for_other: bool
    """Whether it waits for somebody other than the reader."""
    version: int
    drafted: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """How much waits in one assignment or quiz."""

    assignment_id: int | None
    quiz_id: int | None
    waiting: int


def tallies(actor: Actor, wanted: Wanted) -> tuple[list[Tally], Mapping[What, int]]:
    """Return how much waits by assignment and quiz, and by what is to be done, in one statement.

    The first ignores the chosen assignment or quiz; the second counts within it.
    """
    waits = _waiting(actor, wanted).subquery()
    mine, drafts = _mine(actor, waits), waits.c.drafted == 1
    columns = [
        sa.func.sum(sa.case((condition, 1), else_=0))
        for condition in (mine, waits.c.step == Step.SECOND, waits.c.step == Step.AGREE, drafts)
    ]
    rows = db.session.execute(
        sa.select(waits.c.assignment_id, waits.c.quiz_id, sa.func.count(), *columns).group_by(
            waits.c.assignment_id, waits.c.quiz_id
        )
    ).all()
    counts = dict.fromkeys(What, 0)
    for assignment_id, quiz_id, *numbers in rows:
        if _is_chosen(wanted, assignment_id, quiz_id):
            for what, number in zip(What, numbers, strict=True):
                counts[what] += int(number)
    return [Tally(row[0], row[1], row[2]) for row in rows], counts


def page(actor: Actor, wanted: Wanted, *, number: int = 1, size: int = PAGE_SIZE) -> Page[Row]:
    """Return one page of what waits, the oldest first, with a constant number of statements."""
    waits = _waiting(actor, wanted).subquery()
    found = sa.select(waits).where(*_chosen(actor, waits, wanted))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(found.subquery())) or 0
    shown = fitting(number, size=size, total=total)
    rows = db.session.execute(
        found.order_by(waits.c.since, waits.c.kind, waits.c.id).offset(offset(shown, size=size)).limit(size)
    ).all()
    return Page(_rows(actor, rows), shown, size, total)


def waiting_ids(actor: Actor, *, assignment_id: int | None, quiz_id: int | None) -> list[int]:
    """Return what waits for this reader in one assignment or quiz; numbers only, however many they are."""
    waits = _waiting(actor, Wanted()).subquery()
    wanted = Wanted(assignment_id, quiz_id, what=What.MINE)
    return list(db.session.scalars(sa.select(waits.c.id).where(*_chosen(actor, waits, wanted))))


def all_ids(*, assignment_id: int | None, quiz_id: int | None) -> list[int]:
    """Return everything that was handed in for an assignment, or the attempts at a quiz to mark by hand."""
    if assignment_id is not None:
        return list(
            db.session.scalars(
                sa.select(Work.id).where(Work.assignment_id == assignment_id, Work.versions > 0)
            )
        )
    marked = sa.exists().where(Mark.attempt_id == Attempt.id)
    return list(
        db.session.scalars(
            sa.select(Attempt.id).where(
                Attempt.quiz_id == quiz_id, sa.or_(Attempt.awaits_marking, marked)
            )
        )
    )  # fmt: skip


def waiting_works(course_id: int) -> Mapping[int, int]:
    """Return by assignment how many works wait, whoever they wait for."""
    waits = _works(course_id, person_id=None, enrolment_id=None).subquery()
    rows = db.session.execute(
        sa.select(waits.c.assignment_id, sa.func.count()).group_by(waits.c.assignment_id)
    )
    return {assignment_id: int(number) for assignment_id, number in rows}


def groups_of(course_id: int) -> list[str]:
    """Return the groups that people of a course are in."""
    found = sa.select(Enrolment.group).where(Enrolment.course_id == course_id, Enrolment.group != "")
    return list(db.session.scalars(found.distinct().order_by(Enrolment.group)))


# ---------------------------------------------------------------- the statement


def _is_chosen(wanted: Wanted, assignment_id: int | None, quiz_id: int | None) -> bool:
    if wanted.assignment_id is not None:
        return assignment_id == wanted.assignment_id
    return wanted.quiz_id is None or quiz_id == wanted.quiz_id


def _mine(actor: Actor, waits: sa.Subquery) -> sa.ColumnElement[bool]:
    """Return the condition that the reader can do the next step."""
    me = actor.person_id
    agrees: sa.ColumnElement[bool] = sa.true() if actor.has(Role.MANAGER) else sa.or_(
        waits.c.first_by == me, waits.c.second_by == me
    )  # fmt: skip
    return sa.or_(
        waits.c.step == Step.FIRST,
        sa.and_(waits.c.step == Step.SECOND, sa.func.coalesce(waits.c.first_by, 0) != me),
        sa.and_(waits.c.step == Step.AGREE, agrees),
    )


def _chosen(actor: Actor, waits: sa.Subquery, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.assignment_id is not None:
        found.append(waits.c.assignment_id == wanted.assignment_id)
    if wanted.quiz_id is not None:
        found.append(waits.c.quiz_id == wanted.quiz_id)
    match wanted.what:
        case What.MINE:
            found.append(_mine(actor, waits))
        case What.SECOND | What.AGREE:
            found.append(waits.c.step == wanted.what.value)
        case What.DRAFTS:
            found.append(waits.c.drafted == 1)
        case What.ALL:
            pass
    return found


def _waiting(actor: Actor, wanted: Wanted) -> sa.CompoundSelect[Any]:
    """Return everything that waits, within a group and a search; hidden names are not searched."""
    works = _works(actor.course_id, person_id=actor.person_id, enrolment_id=actor.enrolment_id)
    attempts = _attempts(actor)
    if wanted.group or wanted.search:
        whose = sa.select(Enrolment.id).join(Enrolment.person)
        if wanted.group:
            whose = whose.where(Enrolment.group == wanted.group)
        if wanted.search:
            whose = whose.where(*person_matches(wanted.search))
            works = works.where(sa.or_(sa.not_(Assignment.anonymous), _is_unveiled()))
        teams = sa.select(AssignmentTeamMember.team_id).where(AssignmentTeamMember.enrolment_id.in_(whose))
        works = works.where(sa.or_(Work.enrolment_id.in_(whose), Work.team_id.in_(teams)))
        attempts = attempts.where(Attempt.enrolment_id.in_(whose))
    return sa.union_all(works, attempts)


def _is_unveiled() -> sa.ColumnElement[bool]:
    """Return the condition that the mark of a work was released before, so that it has a name again."""
    return sa.exists(
        sa.select(Mark.id)
        .join(Mark.release)
        .where(Mark.work_id == Work.id, Mark.part == counting_in_sql(), Release.settled_at.is_not(None))
    )


def _works(course_id: int, *, person_id: int | None, enrolment_id: int | None) -> sa.Select[Any]:
    """Return the works that wait: those of which the last version lacks the mark that counts."""
    first, second, agreed = aliased(Mark), aliased(Mark), aliased(Mark)

    def marked(mark: type[Mark]) -> sa.ColumnElement[bool]:
        return sa.and_(mark.points.is_not(None), mark.submission_id == Submission.id)

    # A comparison with a mark that does not exist is NULL, which a CASE takes for no.
    step = sa.case(
        (marked(first), sa.case(
            (sa.not_(Assignment.two_markers), None),
            (marked(agreed), None),
            (marked(second), Step.AGREE.value),
            else_=Step.SECOND.value,
        )),
        else_=Step.FIRST.value,
    )  # fmt: skip
    half = [sa.and_(mark.marker_id == person_id, mark.points.is_(None)) for mark in (first, second, agreed)]
    drafted = sa.case((sa.or_(MarkDraft.id.is_not(None), *half), 1), else_=0)
    found = (
        sa.select(
            sa.literal(SubjectKind.WORKS.value).label("kind"),
            Work.id.label("id"),
            Work.last_submitted_at.label("since"),
            Work.assignment_id.label("assignment_id"),
            sa.cast(sa.null(), sa.Integer).label("quiz_id"),
            step.label("step"),
            first.marker_id.label("first_by"),
            second.marker_id.label("second_by"),
            drafted.label("drafted"),
        )
        .join(Work.assignment)
        .join(Submission, sa.and_(Submission.work_id == Work.id, Submission.number == Work.versions))
        .outerjoin(MarkDraft, sa.and_(MarkDraft.work_id == Work.id, MarkDraft.marker_id == person_id))
        .where(Assignment.course_id == course_id, Work.versions > 0, step.is_not(None))
    )
    for mark, part in ((first, MarkPart.FIRST), (second, MarkPart.SECOND), (agreed, MarkPart.AGREED)):
        found = found.outerjoin(mark, sa.and_(mark.work_id == Work.id, mark.part == part))
    if enrolment_id is not None:
        # Nobody marks their own work, so it does not wait for them.
        found = found.where(sa.or_(Work.enrolment_id.is_(None), Work.enrolment_id != enrolment_id))
    return found


def _attempts(actor: Actor) -> sa.Select[Any]:
    """Return the attempts of which somebody has to mark answers and has not.

    A mark of what was handed in before the attempt was opened again is none, and neither is one whose release
    passed while the attempt did not count.
    """
    unmarked = sa.or_(Mark.points.is_(None), sa.not_(is_current()), Release.settled_at.is_not(None))
    drafted = sa.case((sa.or_(MarkDraft.id.is_not(None), Mark.marker_id == actor.person_id), 1), else_=0)
    return (
        sa.select(
            sa.literal(SubjectKind.ATTEMPTS.value).label("kind"),
            Attempt.id.label("id"),
            Attempt.submitted_at.label("since"),
            sa.cast(sa.null(), sa.Integer).label("assignment_id"),
            Attempt.quiz_id.label("quiz_id"),
            sa.literal(Step.FIRST.value).label("step"),
            Mark.marker_id.label("first_by"),
            sa.cast(sa.null(), sa.Integer).label("second_by"),
            drafted.label("drafted"),
        )
        .join(Attempt.quiz)
        .outerjoin(Mark, Mark.attempt_id == Attempt.id)
        .outerjoin(Mark.release)
        .outerjoin(
            MarkDraft,
            sa.and_(MarkDraft.attempt_id == Attempt.id, MarkDraft.marker_id == actor.person_id),
        )
        .where(
            Quiz.course_id == actor.course_id,
            Attempt.awaits_marking,
            unmarked,
            Attempt.enrolment_id != (actor.enrolment_id or 0),
        )
    )


# ---------------------------------------------------------------- the rows of one page


def _rows(actor: Actor, rows: Sequence[Any]) -> list[Row]:  # Rows of a union have no type of their own.
    works = _loaded_works([row.id for row in rows if row.kind == SubjectKind.WORKS])
    attempts = _loaded_attempts([row.id for row in rows if row.kind == SubjectKind.ATTEMPTS])
    members = assignments.members_of(list(works.values()))
    unveiled = _unveiled([work.id for work in works.values() if work.assignment.anonymous])
    numbers = aliases([work.id for work in works.values() if work.assignment.anonymous])
    shown = []
    for row in rows:
        if row.kind == SubjectKind.WORKS:
            work = works[row.id]
            people, title, version = members[work.id], work.assignment.title, work.versions
            hidden = work.assignment.anonymous and work.id not in unveiled
            team = work.team.name if work.team else ""
        else:
            attempt = attempts[row.id]
            people, title, version = [attempt.enrolment], attempt.quiz.title, attempt.number
            hidden, team = False, ""
        step = Step(row.step)
        for_other = step is Step.SECOND and row.first_by == actor.person_id
        if step is Step.AGREE and not actor.has(Role.MANAGER):
            for_other = actor.person_id not in {row.first_by, row.second_by}
        names = ", ".join(each.person.full_name for each in people)
        shown.append(
            Row(
                kind=SubjectKind(row.kind), id=row.id, title=title,
                who="" if hidden else ": ".join(filter(None, (team, names))),
                alias=numbers.get(row.id, 0) if hidden else 0,
                group="" if hidden else ", ".join(sorted({each.group for each in people if each.group})),
                since=row.since, step=step, for_other=for_other, version=version, drafted=bool(row.drafted),
            )
        )  # fmt: skip
    return shown


def _loaded_works(ids: Sequence[int]) -> dict[int, Work]:
    found = db.session.scalars(
        sa.select(Work)
        .where(Work.id.in_(ids))
        .options(joinedload(Work.assignment, innerjoin=True), joinedload(Work.team))
    )
    return {work.id: work for work in found}


def _loaded_attempts(ids: Sequence[int]) -> dict[int, Attempt]:
    people = joinedload(Attempt.enrolment, innerjoin=True).joinedload(Enrolment.person, innerjoin=True)
    found = db.session.scalars(
        sa.select(Attempt)
        .where(Attempt.id.in_(ids))
        .options(people, joinedload(Attempt.quiz, innerjoin=True))
    )
    return {attempt.id: attempt for attempt in found}


def _unveiled(ids: Sequence[int]) -> set[int]:
    found = sa.select(Work.id).join(Work.assignment).where(Work.id.in_(ids), _is_unveiled())
    return set(db.session.scalars(found))


def aliases(ids: Sequence[int]) -> dict[int, int]:
    """Return the number of each work among those of its assignment; it never changes."""
    earlier = aliased(Work)
    place = (
        sa.select(sa.func.count())
        .where(earlier.assignment_id == Work.assignment_id, earlier.id <= Work.id)
        .correlate(Work)
        .scalar_subquery()
    )
    rows = db.session.execute(sa.select(Work.id, place).where(Work.id.in_(ids)))
    return {row[0]: row[1] for row in rows}
