"""Make teams for an assignment: by hand, from the groups of the cohort, or from a list."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.assignments import people, work_lists
from sca_lms.assignments.models import Assignment, AssignmentTeam, AssignmentTeamMember, Work
from sca_lms.assignments.name_lists import TEAM, ListFault, ListFaultKind, read_list
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.operations import record_audit, touch
from sca_lms.database import db
from sca_lms.errors import Refused

LONGEST_NAME = 120


class TeamNameTaken(Refused):
    """Another team of the assignment has this name."""

    code = "team-name-taken"


class TeamHasWork(Refused):
    """The team has written or handed something in, which must not vanish."""

    code = "team-has-work"


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody's team before and after; empty is none."""

    learner: Enrolment
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """What a list would change, or every fault that forbids it."""

    moves: Sequence[Move]
    new_teams: Sequence[str]
    faults: Sequence[ListFault]
    unchanged: int


def create_team(assignment: Assignment, name: str) -> AssignmentTeam:
    """Add an empty team; raise `TeamNameTaken`."""
    team = AssignmentTeam(assignment_id=assignment.id, name=name)
    try:
        with db.session.begin_nested():
            db.session.add(team)
    except IntegrityError as error:
        raise TeamNameTaken(_l("Another team has this name.")) from error
    return team


def rename(team: AssignmentTeam, name: str) -> None:
    """Give a team another name; raise `TeamNameTaken`."""
    try:
        with db.session.begin_nested():
            team.name = name
    except IntegrityError as error:
        raise TeamNameTaken(_l("Another team has this name.")) from error


def find_team(assignment: Assignment, team_id: int) -> AssignmentTeam | None:
    """Return a team of the assignment."""
    return db.session.scalar(
        sa.select(AssignmentTeam).where(
            AssignmentTeam.id == team_id, AssignmentTeam.assignment_id == assignment.id
        )
    )


def remove_team(team: AssignmentTeam) -> None:
    """Take a team away with its places; raise `TeamHasWork` when there is work that would vanish."""
    if db.session.scalar(sa.select(Work.id).where(Work.team_id == team.id).limit(1)) is not None:
        raise TeamHasWork(_l("This team has begun its work, so it stays. Move its members instead."))
    db.session.execute(sa.delete(AssignmentTeamMember).where(AssignmentTeamMember.team_id == team.id))
    db.session.delete(team)
    db.session.flush()


def place(
    assignment: Assignment, course: Course, moves: Mapping[int, AssignmentTeam | None],
    learners: Mapping[int, Enrolment], *, person_id: int | None, at: dt.datetime,
) -> int:  # fmt: skip
    """Put people into teams, or take them out; return how many moved.

    What a team has handed in counts for those who are in it now, so everybody who moves is worked out again.
    """
    db.session.refresh(assignment, ["row_version"], with_for_update=True)
    places = {
        entry.enrolment_id: entry
        for entry in db.session.scalars(
            sa.select(AssignmentTeamMember).where(
                AssignmentTeamMember.assignment_id == assignment.id,
                AssignmentTeamMember.enrolment_id.in_(moves),
            )
        )
    }
    count = 0
    for enrolment_id, team in moves.items():
        entry = places.get(enrolment_id)
        before = entry.team_id if entry else None
        if before == (team.id if team else None):
            continue
        if team is None:
            db.session.delete(entry)
        elif entry is None:
            db.session.add(
                AssignmentTeamMember(assignment_id=assignment.id, team_id=team.id, enrolment_id=enrolment_id)
            )
        else:
            entry.team_id = team.id
        count += 1
        record_audit(
            course, person_id, "assignment.team", f"{assignment.code}/{enrolment_id}",
            before={"team_id": before} if before else None, after={"team_id": team.id} if team else None,
            at=at,
        )  # fmt: skip
        touch(learners[enrolment_id])
    db.session.flush()
    return count


def plan_groups(assignment: Assignment) -> TeamPlan:
    """Plan one team for each group of the cohort; who is in no group keeps their place."""
    learners = [each for each in people.everybody(assignment.course_id) if each.group]
    return _plan(assignment, [(each, each.group) for each in learners], [])


def plan_list(assignment: Assignment, text: str) -> TeamPlan:
    """Compare a list of names and teams with the teams there are; people it leaves out keep their place."""
    lines, faults = read_list(text, {"team": TEAM}, needed=["team"])
    found = people.matches(assignment.course_id, {line.person for line in lines})
    wanted: list[tuple[Enrolment, str]] = []
    seen: set[int] = set()
    for line in lines:
        meant = found[line.person]
        if not meant:
            faults.append(ListFault(line.line, ListFaultKind.UNKNOWN_PERSON, line.person))
        elif len(meant) > 1:
            faults.append(ListFault(line.line, ListFaultKind.SEVERAL_PEOPLE, line.person))
        elif meant[0].id in seen:
            faults.append(ListFault(line.line, ListFaultKind.TWICE, line.person))
        else:
            seen.add(meant[0].id)
            wanted.append((meant[0], line.values["team"][:LONGEST_NAME]))
    return _plan(assignment, wanted, sorted(faults, key=lambda fault: fault.line))


def apply(
    assignment: Assignment, course: Course, plan: TeamPlan, *, person_id: int | None, at: dt.datetime
) -> int:
    """Make the teams that a plan needs and move everybody; return how many moved."""
    teams = {team.name: team for team in teams_of(assignment)}
    for name in plan.new_teams:
        if name not in teams:
            teams[name] = create_team(assignment, name)
    learners = {move.learner.id: move.learner for move in plan.moves}
    moves = {move.learner.id: teams[move.after] for move in plan.moves}
    return place(assignment, course, moves, learners, person_id=person_id, at=at)


def teams_of(assignment: Assignment) -> Sequence[AssignmentTeam]:
    """Return the teams of an assignment by name."""
    return db.session.scalars(
        sa.select(AssignmentTeam)
        .where(AssignmentTeam.assignment_id == assignment.id)
        .order_by(AssignmentTeam.name, AssignmentTeam.id)
    ).all()


def _plan(
    assignment: Assignment, wanted: Sequence[tuple[Enrolment, str]], faults: Sequence[ListFault]
) -> TeamPlan:
    teams = teams_of(assignment)
    names = {team.id: team.name for team in teams}
    members = work_lists.team_members(list(names))
    now = {each.id: names[team_id] for team_id, those in members.items() for each in those}
    moves = [Move(who, now.get(who.id, ""), name) for who, name in wanted if now.get(who.id) != name]
    known = set(names.values())
    new_teams = sorted({move.after for move in moves} - known)
    return TeamPlan(moves, new_teams, faults, len(wanted) - len(moves))
