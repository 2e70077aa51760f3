"""Make teams for an assignment, see who is in none, and bring a list in after looking at the difference."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assignments import people, queries, teams, work_lists
from sca_lms.assignments.forms import ListForm, TeamForm
from sca_lms.assignments.list_fields import pasted
from sca_lms.assignments.models import Assignment, AssignmentTeam
from sca_lms.assignments.teams import TeamPlan
from sca_lms.assignments.words import list_fault_lines
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.web.exports import table_file
from sca_lms.web.incoming import read_ids
from sca_lms.web.paging import page_number

bp = Blueprint(
    "assignments_teams",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/assignments/<int:assignment_id>/teams",
)


@bp.get("")
@allow(*STAFF)
def index(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show all teams with their people, and who is in none."""
    return _page(_assignment(assignment_id), TeamForm(), ListForm())


@bp.post("/new")
@allow(*STAFF)
def new(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Add an empty team."""
    assignment, form = _assignment(assignment_id), TeamForm(request.form)
    if not form.validate():
        return _page(assignment, form, ListForm()), 400
    try:
        with transaction():
            teams.create_team(assignment, str(form.name.data))
    except Refused as refusal:
        form.reject(refusal, "name")
        return _page(assignment, form, ListForm()), 409
    flash(_("The team is added. Put people into it below."))
    return redirect(_address(assignment), 303)


@bp.post("/place")
@allow(*STAFF)
def place(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Put the chosen learners into a team, or out of theirs."""
    assignment = _assignment(assignment_id)
    learners = {
        each.id: each for each in people.learners_among(course_id, read_ids(request.form.getlist("learner")))
    }
    if not learners:
        flash(_("Choose at least one learner."), "alert")
        return redirect(_address(assignment, _shown()), 303)
    named = request.form.get("team", "")
    ids = read_ids([named])
    team = (teams.find_team(assignment, ids.pop()) or abort(404)) if ids else None
    with transaction():
        count = teams.place(
            assignment, current_course(), dict.fromkeys(learners, team), learners,
            person_id=actor().person_id, at=clock.now(),
        )  # fmt: skip
    flash(ngettext("%(num)d learner moved.", "%(num)d learners moved.", count))
    return redirect(_address(assignment, _shown()), 303)


@bp.route("/<int:team_id>", methods=["GET", "POST"])
@allow(*STAFF)
def team(course_id: int, assignment_id: int, team_id: int) -> ResponseReturnValue:
    """Rename a team, or take an empty one away."""
    assignment = _assignment(assignment_id)
    found = teams.find_team(assignment, team_id) or abort(404)
    form = TeamForm(request.form if request.method == "POST" else None, data={"name": found.name})
    status = 200
    if request.method == "POST":
        removes = request.form.get("action") == "remove"
        status = 400
        if removes or form.validate():
            try:
                _change(found, form, removes=removes)
            except Refused as refusal:
                form.reject(refusal, None if removes else "name")
                status = 409
            else:
                flash(_("The team is gone.") if removes else _("The team has its new name."))
                return redirect(_address(assignment), 303)
    return (
        render_template(
            "assignments/team.html",
            course_id=course_id,
            assignment=assignment,
            team=found,
            form=form,
            members=queries.members_of_team(found),
        ),
        status,
    )


@bp.post("/groups")
@allow(*STAFF)
def groups(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show what teams after the groups of the cohort would change; confirmed, make them."""
    assignment = _assignment(assignment_id)
    return _settle(assignment, teams.plan_groups(assignment), source="groups", text="")


@bp.post("/list")
@allow(*STAFF)
def read(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Show what a pasted list would change; confirmed, do it."""
    assignment, form = _assignment(assignment_id), ListForm(request.form)
    text = pasted(form)
    if text is None:
        return _page(assignment, TeamForm(), form), 400
    plan = teams.plan_list(assignment, text)
    if plan.faults:
        return _page(assignment, TeamForm(), form, faults=list_fault_lines(plan.faults)), 400
    return _settle(assignment, plan, source="read", text=text)


@bp.get("/export.csv")
@allow(*STAFF)
def export(course_id: int, assignment_id: int) -> ResponseReturnValue:
    """Hand out the teams as a list that can be changed elsewhere and brought in again."""
    assignment = _assignment(assignment_id)
    every = teams.teams_of(assignment)
    members = work_lists.team_members([each.id for each in every])
    rows = [
        (who.person.email or who.person.full_name, who.person.full_name, each.name)
        for each in every
        for who in members.get(each.id, ())
    ]
    rows += [
        (who.person.email or who.person.full_name, who.person.full_name, "")
        for who in work_lists.without_team(assignment)
    ]
    return table_file("csv", _("teams"), ("e-mail", _("Learner"), "team"), rows)


def _change(team: AssignmentTeam, form: TeamForm, *, removes: bool) -> None:
    with transaction():
        if removes:
            teams.remove_team(team)
        else:
            teams.rename(team, str(form.name.data))


def _settle(assignment: Assignment, plan: TeamPlan, *, source: str, text: str) -> ResponseReturnValue:
    if not plan.moves:
        flash(_("Nothing changes: everybody is in this team already."))
        return redirect(_address(assignment), 303)
    if request.form.get("confirmed") != "yes":
        return render_template(
            "assignments/teams_preview.html",
            course_id=assignment.course_id,
            assignment=assignment,
            plan=plan,
            source=source,
            text=text,
        )
    with transaction():
        count = teams.apply(assignment, current_course(), plan, person_id=actor().person_id, at=clock.now())
    flash(ngettext("%(num)d learner moved.", "%(num)d learners moved.", count))
    return redirect(_address(assignment), 303)


def _page(assignment: Assignment, form: TeamForm, list_form: ListForm, *, faults: Sequence[str] = ()) -> str:
    shown, number = _shown(), page_number(request.args)
    search, in_no_team = str(shown.get("q", "")), "show" in shown
    found = work_lists.teams_page(assignment, search=search, number=1 if in_no_team else number)
    without = work_lists.without_team_page(assignment, search=search, number=number if in_no_team else 1)
    return render_template(
        "assignments/teams.html",
        course_id=assignment.course_id,
        assignment=assignment,
        form=form,
        list_form=list_form,
        faults=faults,
        every=teams.teams_of(assignment),
        teams=found,
        members={} if in_no_team else work_lists.team_members([each.id for each in found.items]),
        without=without,
        in_no_team=in_no_team,
        shown=shown,
        search_text=search,
        groups=people.groups_of(assignment.course_id),
    )


def _assignment(assignment_id: int) -> Assignment:
    found = queries.find_assignment(actor(), assignment_id)
    if found is None or not found.by_team:
        abort(404)
    return found


def _shown() -> dict[str, str | int]:
    """Return what the page is asked to show, to come back to it after a move."""
    search, number = request.args.get("q", "").strip(), page_number(request.args)
    asked: dict[str, str | int] = {"q": search} if search else {}
    if request.args.get("show") == "none":
        asked["show"] = "none"
    return asked | ({"page": number} if number > 1 else {})


def _address(assignment: Assignment, shown: Mapping[str, str | int] | None = None) -> str:
    asked = shown or {}
    return url_for(
        "assignments_teams.index", course_id=assignment.course_id, assignment_id=assignment.id,
        q=asked.get("q"), show=asked.get("show"), page=asked.get("page"),
    )  # fmt: skip
