"""List who works on an assignment and where each stands, a page at a time, and what all handed in."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.assignments import queries, rules
from sca_lms.assignments.models import (
    Assignment,
    AssignmentExtension,
    AssignmentTeam,
    AssignmentTeamMember,
    Submission,
    Work,
)
from sca_lms.assignments.rules import OwnTimes, WorkState
from sca_lms.courses import queries as courses
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import counted_learners, person_matches
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.uploads.models import StoredFile
from sca_lms.web.collation import fold
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One learner or team in the list of an assignment, begun or not."""

    team: AssignmentTeam | None
    people: Sequence[Enrolment]
    work: Work | None
    times: OwnTimes
    state: WorkState


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The newest version of one work, as it goes into an archive."""

    work_id: int
    who: str
    number: int
    submitted_at: dt.datetime
    is_late: bool
    text: str
    link: str
    files: Sequence[StoredFile]


def works_of(
    actor: Actor, assignment: Assignment, *, search: str = "", number: int = 1, at: dt.datetime
) -> Page[WorkRow]:
    """Return one page of everybody who is to hand in, found by name; a constant number of statements."""
    if assignment.by_team:
        return _teams_page(assignment, search=search, number=number, at=at)
    page = courses.learners(actor, search=search, number=number)
    ids = [learner.id for learner in page.items]
    works = {
        work.enrolment_id: work
        for work in db.session.scalars(
            sa.select(Work).where(Work.assignment_id == assignment.id, Work.enrolment_id.in_(ids))
        )
    }
    extensions = extensions_of(assignment, ids)
    rows = [
        _row(assignment, None, [each], works.get(each.id), extensions.get(each.id), at) for each in page.items
    ]
    return Page(items=rows, number=page.number, size=page.size, total=page.total)


def extensions_of(assignment: Assignment, enrolment_ids: Sequence[int]) -> dict[int, dt.datetime]:
    """Return by person until when they have more time."""
    rows = db.session.execute(
        sa.select(AssignmentExtension.enrolment_id, AssignmentExtension.due_at).where(
            AssignmentExtension.assignment_id == assignment.id,
            AssignmentExtension.enrolment_id.in_(enrolment_ids),
        )
    )
    return {row[0]: row[1] for row in rows}


def handed_in(assignment: Assignment) -> list[HandedIn]:
    """Return the newest version of every work that counts, by name; a constant number of statements."""
    works = db.session.scalars(
        sa.select(Work)
        .where(Work.assignment_id == assignment.id, Work.versions > 0)
        .order_by(Work.id)
        .options(joinedload(Work.team))
    ).all()
    people, extended = queries.members_of(works), queries.extended_to(works)
    newest = {
        submission.work_id: submission
        for submission in db.session.scalars(
            sa.select(Submission)
            .join(Submission.work)
            .where(Work.assignment_id == assignment.id, Submission.number == Work.versions)
        )
    }
    files = queries.files_of([submission.id for submission in newest.values()])
    rows: list[HandedIn] = []
    for work in works:
        if all(each.person.is_test for each in people[work.id]):
            continue
        submission = newest[work.id]
        due_at = queries.times_of(assignment, extended.get(work.id)).due_at
        who = work.team.name if work.team else people[work.id][0].person.full_name
        rows.append(
            HandedIn(
                work.id, who, submission.number, submission.submitted_at,
                rules.is_late(submission.submitted_at, due_at), submission.text, submission.link,
                [entry.file for entry in files.get(submission.id, ())],
            )
        )  # fmt: skip
    return sorted(rows, key=lambda row: (fold(row.who), row.work_id))


def teams_page(assignment: Assignment, *, search: str = "", number: int = 1) -> Page[AssignmentTeam]:
    """Return one page of the teams of an assignment, found by their name or that of a member."""
    wanted = sa.select(AssignmentTeam).where(AssignmentTeam.assignment_id == assignment.id)
    if search:
        named = AssignmentTeam.name.icontains(search, autoescape=True)
        with_one = (
            sa.select(AssignmentTeamMember.team_id)
            .join(AssignmentTeamMember.enrolment)
            .join(Enrolment.person)
            .where(*person_matches(search))
        )
        wanted = wanted.where(sa.or_(named, AssignmentTeam.id.in_(with_one)))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    shown = fitting(number, size=PAGE_SIZE, total=total)
    ordered = wanted.order_by(AssignmentTeam.name, AssignmentTeam.id)
    teams = db.session.scalars(ordered.offset(offset(shown, size=PAGE_SIZE)).limit(PAGE_SIZE)).all()
    return Page(items=teams, number=shown, size=PAGE_SIZE, total=total)


def _teams_page(assignment: Assignment, *, search: str, number: int, at: dt.datetime) -> Page[WorkRow]:
    page = teams_page(assignment, search=search, number=number)
    ids = [team.id for team in page.items]
    people = team_members(ids)
    works = {work.team_id: work for work in db.session.scalars(sa.select(Work).where(Work.team_id.in_(ids)))}
    extensions = extensions_of(assignment, [each.id for team in people.values() for each in team])
    rows = []
    for team in page.items:
        members = people.get(team.id, [])
        longest = max((extensions[each.id] for each in members if each.id in extensions), default=None)
        rows.append(_row(assignment, team, members, works.get(team.id), longest, at))
    return Page(items=rows, number=page.number, size=page.size, total=page.total)


def team_members(team_ids: Sequence[int]) -> dict[int, list[Enrolment]]:
    """Return the people of several teams, in name order; one statement."""
    rows = db.session.execute(
        sa.select(AssignmentTeamMember.team_id, Enrolment)
        .join(Enrolment, Enrolment.id == AssignmentTeamMember.enrolment_id)
        .join(Enrolment.person)
        .where(AssignmentTeamMember.team_id.in_(team_ids))
        .order_by(Person.sort_key, Enrolment.id)
        .options(joinedload(Enrolment.person))
    )
    found: dict[int, list[Enrolment]] = {}
    for team_id, enrolment in rows:
        found.setdefault(team_id, []).append(enrolment)
    return found


def without_team(assignment: Assignment) -> Sequence[Enrolment]:
    """Return the counted learners who are in no team of an assignment."""
    return db.session.scalars(_without_team(assignment)).all()


def without_team_page(assignment: Assignment, *, search: str = "", number: int = 1) -> Page[Enrolment]:
    """Return one page of the counted learners in no team, found by name; with how many there are."""
    wanted = _without_team(assignment).where(*person_matches(search))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    shown = fitting(number, size=PAGE_SIZE, total=total)
    people = db.session.scalars(wanted.offset(offset(shown, size=PAGE_SIZE)).limit(PAGE_SIZE)).all()
    return Page(items=people, number=shown, size=PAGE_SIZE, total=total)


def _without_team(assignment: Assignment) -> sa.Select[Enrolment]:
    placed = sa.select(AssignmentTeamMember.enrolment_id).where(
        AssignmentTeamMember.assignment_id == assignment.id
    )
    return (
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(Enrolment.id.in_(counted_learners(assignment.course_id)), Enrolment.id.not_in(placed))
        .order_by(Person.sort_key, Enrolment.id)
        .options(joinedload(Enrolment.person))
    )


def _row(
    assignment: Assignment,
    team: AssignmentTeam | None,
    people: Sequence[Enrolment],
    work: Work | None,
    extended: dt.datetime | None,
    at: dt.datetime,
) -> WorkRow:
    times = queries.times_of(assignment, extended)
    handed_in_at = work.last_submitted_at if work else None
    has_draft = work is not None and work.draft_saved_at is not None
    state = rules.state(times, has_draft=has_draft, handed_in_at=handed_in_at, at=at)
    return WorkRow(team, people, work, times, state)
