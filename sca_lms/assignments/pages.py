"""Put together what several views show: the list for those who teach, and the page of a learner."""

import datetime as dt
from collections.abc import Mapping

from flask import render_template

from sca_lms.assignments import hooks, queries, rules, writing
from sca_lms.assignments.models import Assignment, AssignmentTeam
from sca_lms.assignments.rubric_rules import Rubric, read_rubric
from sca_lms.courses.access import actor
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rich_text import to_html
from sca_lms.courses.rules import STAFF
from sca_lms.errors import Refused
from sca_lms.uploads.content import MEBIBYTE, Allowed
from sca_lms.web.i18n import page_locale


def list_page(course_id: int) -> str:
    """Show those who teach every assignment with its counts; authors see no counts of people."""
    is_staff = actor().has(*STAFF)
    known = hooks.marks()
    tallies = queries.tallies(course_id) if is_staff else {}
    waiting = dict(known.waiting(course_id)) if known and is_staff else {}
    if known is None:
        waiting = {assignment_id: tally.handed_in for assignment_id, tally in tallies.items()}
    return render_template(
        "assignments/list.html",
        course_id=course_id,
        assignments=queries.assignments_of(course_id),
        is_staff=is_staff,
        tallies=tallies,
        waiting=waiting,
        nothing=queries.Tally(),
    )


def learner_page(
    assignment: Assignment,
    learner: Enrolment | None,
    team: AssignmentTeam | None,
    *,
    at: dt.datetime,
    typed: Mapping[str, object] | None = None,
    refusal: Refused | None = None,
) -> str:
    """Show an assignment to its learner, with what was typed when something was refused; staff preview it."""
    work = queries.own_work(assignment, learner.id, team) if learner else None
    extended = queries.extension_of(assignment, learner.id, team) if learner else None
    times, terms = queries.times_of(assignment, extended), queries.terms_of(assignment)
    versions = queries.submissions_of(work.id) if work else []
    files = queries.draft_files(work.id) if work else []
    known = hooks.marks()
    marked = known.released_to(assignment.course_id, learner.id, at=at) if known and learner else {}
    allowed = Allowed(frozenset(assignment.endings), assignment.largest_mebibytes * MEBIBYTE)
    return render_template(
        "assignments/page.html",
        course_id=assignment.course_id,
        assignment=assignment,
        instructions=instructions_of(assignment),
        learner=learner,
        team=team,
        members=queries.members_of_team(team) if team else [],
        work=work,
        files=files,
        versions=versions,
        is_changed=work is not None and writing.is_changed(work, files, versions[0] if versions else None),
        times=times,
        terms=terms,
        opening=rules.opening(times, at=at),
        penalty_now=rules.late_penalty_percent(at, times.due_at, terms),
        left=rules.versions_left(terms, used=work.versions if work else 0),
        state=rules.state(
            times,
            has_draft=work is not None and work.draft_saved_at is not None,
            handed_in_at=work.last_submitted_at if work else None,
            is_marked=assignment.id in marked,
            at=at,
        ),
        released=marked.get(assignment.id),
        rubric=rubric_of(assignment),
        accept=allowed.accept,
        typed=typed,
        refusal=refusal,
        has_moved=isinstance(refusal, writing.DraftMoved),
    )


def rubric_of(assignment: Assignment) -> Rubric | None:
    """Return the rubric by which an assignment is marked."""
    version = assignment.rubric_version
    return read_rubric(version.document) if version else None


def instructions_of(assignment: Assignment) -> list[tuple[str, str]]:
    """Return the instructions as safe HTML with their language, the reader's language first."""
    texts = [("th", assignment.instructions.th), ("en", assignment.instructions.en)]
    texts.sort(key=lambda text: text[0] != page_locale())
    return [(language, to_html(text)) for language, text in texts if text]
