"""Let the sample's teams plan their field visits, in a module that the instructor wrote."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from sca_lms.assignments import queries, teams, terms, writing
from sca_lms.assignments.models import Assignment
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.demo import proposals
from sca_lms.demo.cohort import Cohort
from sca_lms.demo.sample_visit import (
    INSTRUCTIONS,
    MODULE_TITLE,
    PLANS,
    READING,
    READING_TITLE,
    TASK_TITLE,
    TEAM_NAMES,
    TITLE,
)
from sca_lms.modules import editing, editing_queries
from sca_lms.modules import operations as modules
from sca_lms.modules.drafts import ModuleDraft, UnitDraft
from sca_lms.modules.plan import EvidenceKind, UnitType

CODE = "FIELD"
MODULE_MINUTES = 60
DAY = dt.timedelta(days=1)
OPENED_DAYS_AGO, DUE_IN_DAYS = 6, 7
STEP = dt.timedelta(hours=5)


def prepare(cohort: Cohort, *, at: dt.datetime) -> None:
    """Write the module with its assignment, and let those who are quick have read and handed in."""
    opened_at = at - OPENED_DAYS_AGO * DAY
    assignment = _assignment(cohort, opened_at, at=at)
    _make_teams(cohort, assignment, at=opened_at)
    readers = _plan(cohort, assignment, at=opened_at + DAY)
    _module(cohort, assignment, readers, at=opened_at)


def _assignment(cohort: Cohort, opened_at: dt.datetime, *, at: dt.datetime) -> Assignment:
    by = cohort.instructor.person_id
    wanted = replace(
        proposals.TERMS,
        title=TITLE,
        instructions=INSTRUCTIONS,
        takes_files=False,
        by_team=True,
        opens_at=opened_at,
        due_at=cohort.end_of_day(DUE_IN_DAYS, at=at),
        max_score=Decimal(10),
        pass_percent=None,
        late_percent_per_day=Decimal(0),
    )
    assignment = terms.create(cohort.course, CODE, wanted, person_id=by, at=opened_at)
    assignment.course = cohort.course
    terms.publish(assignment, cohort.course, published=True, person_id=by, at=opened_at)
    db.session.flush()
    return assignment


def _make_teams(cohort: Cohort, assignment: Assignment, *, at: dt.datetime) -> None:
    """Make one team of each regional group, and call it by the name of the region."""
    plan = teams.plan_groups(assignment)
    teams.apply(assignment, cohort.course, plan, person_id=cohort.instructor.person_id, at=at)
    for team in teams.teams_of(assignment):
        teams.rename(team, TEAM_NAMES.get(team.name, team.name))


def _plan(cohort: Cohort, assignment: Assignment, *, at: dt.datetime) -> list[Enrolment]:
    """Let one of each team write for all; return the members of the teams that have handed in."""
    done: list[Enrolment] = []
    for number, (group, plan) in enumerate(PLANS.items()):
        members = [each for each in cohort.learners if each.group == group]
        if not members:
            continue
        writer, written_at = members[-1], at + number * STEP
        work = writing.open_work(assignment, writer, queries.team_of(assignment, writer.id))
        writing.save_draft(
            assignment, work, text=plan.text, link="", based_on=work.draft_version, at=written_at
        )
        if plan.is_handed_in:
            writing.hand_in(assignment, work, writer, seen_versions=0, at=written_at)
            done += members
    return done


def _module(cohort: Cohort, assignment: Assignment, readers: list[Enrolment], *, at: dt.datetime) -> None:
    course, by = cohort.course, cohort.instructor.person_id
    module = editing.create_module(course, MODULE_TITLE, by=by, at=at)
    reading = UnitDraft(f"{module.code}.1", UnitType.READING, READING_TITLE, minutes=15, body=READING)
    task = UnitDraft(f"{module.code}.2", UnitType.TASK, TASK_TITLE, minutes=45, assignment_id=assignment.id)
    draft = ModuleDraft(MODULE_TITLE, MODULE_MINUTES, due_at=assignment.due_at, units=(reading, task))
    editing.change_draft(module, draft, by=by, at=at)
    editing.publish(module, course, by=by, at=at)
    read_at = at + DAY / 2
    for unit in editing_queries.units_of(module):
        if unit.type is UnitType.READING:
            for learner in readers:
                key = f"sample-{learner.id}"
                modules.record_evidence(unit, learner, EvidenceKind.READ, key=key, at=read_at)
