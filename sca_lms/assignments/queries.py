"""Find assignments, works and what was handed in, always within one course."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from sca_lms.assignments import rules
from sca_lms.assignments.models import (
    Assignment,
    AssignmentExtension,
    AssignmentTeam,
    AssignmentTeamMember,
    Submission,
    Work,
    WorkFile,
)
from sca_lms.assignments.rubric_models import RubricVersion
from sca_lms.assignments.rules import OwnTimes, Terms
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import counts
from sca_lms.courses.rules import Actor
from sca_lms.database import db


@dataclass(frozen=True, slots=True)
class WorkStanding:
    """What one learner has handed in for one assignment."""

    handed_in_at: dt.datetime
    """When the first version came."""
    last_handed_in_at: dt.datetime
    late: bool
    """Whether the last version came after the learner's own due date."""
    versions: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many works of an assignment have a draft, and how many were handed in."""

    started: int = 0
    handed_in: int = 0


# ---------------------------------------------------------------- assignments


def find_assignment(actor: Actor, assignment_id: int) -> Assignment | None:
    """Return an assignment of the actor's course with its rubric, published or not."""
    return db.session.scalar(
        _with_rubric().where(Assignment.id == assignment_id, Assignment.course_id == actor.course_id)
    )


def assignments_of(course_id: int, *, published_only: bool = False) -> Sequence[Assignment]:
    """Return the assignments of a course: by due date, those without one last."""
    wanted = _with_rubric().where(Assignment.course_id == course_id)
    if published_only:
        wanted = wanted.where(Assignment.published)
    ordered = wanted.order_by(Assignment.due_at.is_(None), Assignment.due_at, Assignment.code)
    return db.session.scalars(ordered).all()


def _with_rubric() -> sa.Select[Assignment]:
    rubric = joinedload(Assignment.rubric_version).joinedload(RubricVersion.rubric)
    return sa.select(Assignment).options(rubric, joinedload(Assignment.course))


def terms_of(assignment: Assignment) -> Terms:
    """Return what decides how late something is and what that costs."""
    return Terms(
        opens_at=assignment.opens_at,
        due_at=assignment.due_at,
        closes_at=assignment.closes_at,
        late_percent_per_day=assignment.late_percent_per_day,
        late_percent_at_most=assignment.late_percent_at_most,
        most_versions=assignment.most_versions,
    )


def tallies(course_id: int) -> Mapping[int, Tally]:
    """Return by assignment how many works were begun and handed in; test users and those gone left out."""
    member = aliased(AssignmentTeamMember)
    is_of = sa.or_(
        Enrolment.id == Work.enrolment_id,
        Enrolment.id.in_(sa.select(member.enrolment_id).where(member.team_id == Work.team_id)),
    )
    counted = (
        sa.select(Work.assignment_id, Work.versions)
        .join(Work.assignment)
        .where(
            Assignment.course_id == course_id,
            sa.exists(sa.select(Enrolment.id).join(Enrolment.person).where(is_of, counts())),
        )
    ).subquery()
    found = db.session.execute(
        sa.select(
            counted.c.assignment_id,
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((counted.c.versions > 0, 1), else_=0)), 0),
        ).group_by(counted.c.assignment_id)
    )
    return {assignment_id: Tally(int(begun), int(handed)) for assignment_id, begun, handed in found}


def has_works(assignment: Assignment) -> bool:
    """Tell whether anybody has begun; who works together can then no longer be switched."""
    return (
        db.session.scalar(sa.select(Work.id).where(Work.assignment_id == assignment.id).limit(1)) is not None
    )


# ---------------------------------------------------------------- works and who they belong to


def find_work(actor: Actor, assignment_id: int, work_id: int) -> Work | None:
    """Return a work of an assignment of the actor's course, with its person or team."""
    return db.session.scalar(
        _with_people()
        .join(Work.assignment)
        .where(
            Work.id == work_id, Work.assignment_id == assignment_id, Assignment.course_id == actor.course_id
        )
    )


def team_of(assignment: Assignment, enrolment_id: int) -> AssignmentTeam | None:
    """Return the team in which somebody works on an assignment."""
    return db.session.scalar(
        sa.select(AssignmentTeam)
        .join(AssignmentTeamMember, AssignmentTeamMember.team_id == AssignmentTeam.id)
        .where(
            AssignmentTeamMember.assignment_id == assignment.id,
            AssignmentTeamMember.enrolment_id == enrolment_id,
        )
    )


def own_work(assignment: Assignment, enrolment_id: int, team: AssignmentTeam | None) -> Work | None:
    """Return the work somebody does alone or with their team, None before they begin."""
    if assignment.by_team:
        if team is None:
            return None
        condition = Work.team_id == team.id
    else:
        condition = Work.enrolment_id == enrolment_id
    return db.session.scalar(_with_people().where(Work.assignment_id == assignment.id, condition))


def own_works(course_id: int, enrolment_id: int) -> Mapping[int, Work]:
    """Return by assignment what somebody works on in a course, alone or with a team; one statement."""
    teams = sa.select(AssignmentTeamMember.team_id).where(AssignmentTeamMember.enrolment_id == enrolment_id)
    found = db.session.scalars(
        _with_people()
        .join(Work.assignment)
        .where(
            Assignment.course_id == course_id,
            sa.or_(Work.enrolment_id == enrolment_id, Work.team_id.in_(teams)),
        )
    )
    return {work.assignment_id: work for work in found}


def _with_people() -> sa.Select[Work]:
    return sa.select(Work).options(
        joinedload(Work.enrolment).joinedload(Enrolment.person), joinedload(Work.team)
    )


def members_of_team(team: AssignmentTeam) -> Sequence[Enrolment]:
    """Return the people of a team in name order."""
    return db.session.scalars(
        sa.select(Enrolment)
        .join(AssignmentTeamMember, AssignmentTeamMember.enrolment_id == Enrolment.id)
        .join(Enrolment.person)
        .where(AssignmentTeamMember.team_id == team.id)
        .order_by(Person.sort_key, Enrolment.id)
        .options(joinedload(Enrolment.person))
    ).all()


def people_of(work: Work) -> Sequence[Enrolment]:
    """Return the people whose work it is."""
    return members_of([work])[work.id]


def members_of(works: Collection[Work]) -> Mapping[int, Sequence[Enrolment]]:
    """Return by work the people whose work it is, in name order; one statement."""
    found: dict[int, list[Enrolment]] = {work.id: [] for work in works}
    alone = (
        sa.select(Work.id.label("work_id"), Work.enrolment_id.label("enrolment_id"))
        .where(Work.id.in_(found), Work.enrolment_id.is_not(None))
    )  # fmt: skip
    together = (
        sa.select(Work.id, AssignmentTeamMember.enrolment_id)
        .join(AssignmentTeamMember, AssignmentTeamMember.team_id == Work.team_id)
        .where(Work.id.in_(found))
    )
    pairs = sa.union_all(alone, together).subquery()
    rows = db.session.execute(
        sa.select(pairs.c.work_id, Enrolment)
        .join(Enrolment, Enrolment.id == pairs.c.enrolment_id)
        .join(Enrolment.person)
        .order_by(Person.sort_key, Enrolment.id)
        .options(joinedload(Enrolment.person))
    )
    for work_id, enrolment in rows:
        found[work_id].append(enrolment)
    return found


# ---------------------------------------------------------------- own times


def extension_of(
    assignment: Assignment, enrolment_id: int, team: AssignmentTeam | None
) -> dt.datetime | None:
    """Return until when somebody has more time; in a team the longest extension holds for all."""
    people: sa.ColumnElement[bool] = AssignmentExtension.enrolment_id == enrolment_id
    if assignment.by_team and team is not None:
        members = sa.select(AssignmentTeamMember.enrolment_id).where(AssignmentTeamMember.team_id == team.id)
        people = AssignmentExtension.enrolment_id.in_(members)
    return db.session.scalar(
        sa.select(sa.func.max(AssignmentExtension.due_at)).where(
            AssignmentExtension.assignment_id == assignment.id, people
        )
    )


def extensions_for(course_id: int, enrolment_id: int) -> Mapping[int, dt.datetime]:
    """Return by assignment until when somebody has more time, team members' extensions included."""
    own, mate = aliased(AssignmentTeamMember), aliased(AssignmentTeamMember)
    mates = (
        sa.select(mate.enrolment_id)
        .join(own, own.team_id == mate.team_id)
        .where(own.enrolment_id == enrolment_id, own.assignment_id == AssignmentExtension.assignment_id)
        .correlate(AssignmentExtension)
    )
    rows = db.session.execute(
        sa.select(AssignmentExtension.assignment_id, sa.func.max(AssignmentExtension.due_at))
        .join(AssignmentExtension.assignment)
        .where(
            Assignment.course_id == course_id,
            sa.or_(
                AssignmentExtension.enrolment_id == enrolment_id,
                sa.and_(Assignment.by_team, AssignmentExtension.enrolment_id.in_(mates)),
            ),
        )
        .group_by(AssignmentExtension.assignment_id)
    )
    return {row[0]: row[1] for row in rows}


def extended_to(works: Collection[Work]) -> Mapping[int, dt.datetime]:
    """Return by work until when its people have more time; works without an extension are left out."""
    ids = {work.id for work in works}
    rows = db.session.execute(
        sa.select(Work.id, _extension_of_work()).where(Work.id.in_(ids), _extension_of_work().is_not(None))
    )
    return {row[0]: row[1] for row in rows}


def _extension_of_work() -> sa.ScalarSelect[dt.datetime]:
    """Return the latest extension of those whose work a row of `Work` is."""
    member = aliased(AssignmentTeamMember)
    members = sa.select(member.enrolment_id).where(member.team_id == Work.team_id).correlate(Work)
    return (
        sa.select(sa.func.max(AssignmentExtension.due_at))
        .where(
            AssignmentExtension.assignment_id == Work.assignment_id,
            sa.or_(
                AssignmentExtension.enrolment_id == Work.enrolment_id,
                AssignmentExtension.enrolment_id.in_(members),
            ),
        )
        .correlate(Work)
        .scalar_subquery()
    )


def times_of(assignment: Assignment, extended: dt.datetime | None) -> OwnTimes:
    """Return the times that hold with an extension."""
    return rules.own_times(terms_of(assignment), extended)


def standing(course_id: int, enrolment_ids: Collection[int]) -> Mapping[tuple[int, int], WorkStanding]:
    """Return by enrolment and assignment what was handed in, alone or as a team; one statement."""
    member = aliased(AssignmentTeamMember)
    whose = sa.func.coalesce(Work.enrolment_id, member.enrolment_id)
    rows = db.session.execute(
        sa.select(
            whose, Assignment, Work.versions, Submission.submitted_at, Work.last_submitted_at,
            _extension_of_work(),
        )
        .join(Work.assignment)
        .outerjoin(member, member.team_id == Work.team_id)
        .join(Submission, sa.and_(Submission.work_id == Work.id, Submission.number == 1))
        .where(Assignment.course_id == course_id, Work.versions > 0, whose.in_(enrolment_ids))
    )  # fmt: skip
    found: dict[tuple[int, int], WorkStanding] = {}
    for enrolment_id, assignment, versions, first, last, extended in rows:
        if last is None:
            continue
        late = rules.is_late(last, times_of(assignment, extended).due_at)
        found[enrolment_id, assignment.id] = WorkStanding(first, last, late, versions)
    return found


# ---------------------------------------------------------------- what was handed in


def submissions_of(work_id: int) -> Sequence[Submission]:
    """Return every version that was handed in, the newest first, with who did it."""
    return db.session.scalars(
        sa.select(Submission)
        .where(Submission.work_id == work_id)
        .order_by(Submission.number.desc())
        .options(joinedload(Submission.submitted_by))
    ).all()


def find_submission(work_id: int, number: int) -> Submission | None:
    """Return one version of a work, with who handed it in."""
    return db.session.scalar(
        sa.select(Submission)
        .where(Submission.work_id == work_id, Submission.number == number)
        .options(joinedload(Submission.submitted_by))
    )


def files_of(submission_ids: Collection[int]) -> Mapping[int, Sequence[WorkFile]]:
    """Return by version the files that were handed in with it, in their order; one statement."""
    found: dict[int, list[WorkFile]] = defaultdict(list)
    rows = db.session.scalars(
        sa.select(WorkFile)
        .where(WorkFile.submission_id.in_(submission_ids))
        .order_by(WorkFile.position, WorkFile.id)
        .options(joinedload(WorkFile.file))
    )
    for row in rows:
        if row.submission_id is not None:
            found[row.submission_id].append(row)
    return found


def draft_files(work_id: int) -> Sequence[WorkFile]:
    """Return the files of the draft, in their order."""
    return db.session.scalars(
        sa.select(WorkFile)
        .where(WorkFile.work_id == work_id)
        .order_by(WorkFile.position, WorkFile.id)
        .options(joinedload(WorkFile.file))
    ).all()


def find_file(assignment: Assignment, file_id: int, work: Work | None) -> WorkFile | None:
    """Return a file of an assignment: one of this work's, draft included; for None any that was handed in."""
    wanted = (
        sa.select(WorkFile)
        .outerjoin(WorkFile.submission)
        .join(Work, sa.or_(Work.id == WorkFile.work_id, Work.id == Submission.work_id))
        .where(WorkFile.file_id == file_id, Work.assignment_id == assignment.id)
        .options(joinedload(WorkFile.file))
    )
    if work is None:
        wanted = wanted.where(WorkFile.submission_id.is_not(None))
    else:
        wanted = wanted.where(Work.id == work.id)
    return db.session.scalars(wanted.limit(1)).first()
