"""The builder: drafts of sessions, moved with mouse or keyboard, summed live, undone, and published."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.attendance import class_time
from sca_lms.attendance.models import SessionState
from sca_lms.attendance.rules import SessionTimes
from sca_lms.bootcamp import timetable_csv, timetable_operations, timetable_queries, timetable_words
from sca_lms.bootcamp.overview import areas_of
from sca_lms.bootcamp.timetable_forms import DraftForm, ShiftForm, filled_in, named, with_spare_breaks
from sca_lms.bootcamp.timetable_queries import Workbench
from sca_lms.bootcamp.timetable_rows import FIELDS
from sca_lms.bootcamp.timetable_rules import (
    NotMovableError,
    PlannedSession,
    as_mapping,
    day_of,
    digest_of,
    minutes_by_day,
    monday_of,
    shifted,
    sums,
)
from sca_lms.bootcamp.timetable_views import calendar_entry, calendar_file, week_of
from sca_lms.calendar.classes import ClassesClash
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.models import Course
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.web import formats
from sca_lms.web.exports import table_file
from sca_lms.web.i18n import page_zone

bp = Blueprint(
    "timetable_builder",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/timetable/edit",
)

USUAL_START, USUAL_MINUTES = dt.time(9), 180
FILTERS = ("view", "group", "week", "category")
"""What the address of the builder says about what it shows."""


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show the whole timetable with its drafts, what it adds up to, and what is wrong with it."""
    return _builder(timetable_queries.workbench(current_course()))


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.MANAGER)
def add(course_id: int) -> ResponseReturnValue:
    """Add a draft."""
    bench = timetable_queries.workbench(current_course())
    form = DraftForm(_posted(), data=with_spare_breaks(_beginning(bench)))
    _offer(form, bench)
    if request.method == "POST" and form.validate():
        plan = form.plan(str(form.code.data))
        if plan.code in bench.taken:
            form.reject(timetable_operations.CodeTaken(_("Another session has or had this code.")), "code")
        elif _save(form, [plan], verb="add"):
            flash(_("“%(title)s” is a draft now.", title=formats.plain(plan.title)))
            return _to_week(course_id, plan.times)
    return _form_page(form, bench, None)


@bp.route("/sessions/<session_code>", methods=["GET", "POST"])
@allow(Role.MANAGER)
def edit(course_id: int, session_code: str) -> ResponseReturnValue:
    """Change a draft; a session that is published meanwhile has a page of its own for changes."""
    bench = timetable_queries.workbench(current_course())
    plan = bench.plan_by_code.get(session_code) or abort(404)
    if plan.published:
        return redirect(
            url_for("timetable_changes.change", course_id=course_id, session_code=session_code), 303
        )
    digest = digest_of(as_mapping(plan))
    form = DraftForm(_posted(), data={**filled_in(plan), "digest": digest})
    form.known = plan
    del form.code
    _offer(form, bench)
    if request.method == "POST" and form.validate():
        if form.digest.data != digest:
            # What somebody else saved meanwhile is shown; sending again is then a decision.
            form.form_errors.append(_changed_meanwhile(plan))
        elif _save(form, [form.plan(session_code)], verb="edit"):
            flash(_("The draft is saved."))
            return _to_week(course_id, form.times())
    form.digest.raw_data, form.digest.data = None, digest
    return _form_page(form, bench, plan)


@bp.post("/sessions/<session_code>/duplicate")
@allow(Role.MANAGER)
def duplicate(course_id: int, session_code: str) -> ResponseReturnValue:
    """Add the same session once more, a day later."""
    bench = timetable_queries.workbench(current_course())
    plan = bench.plan_by_code.get(session_code) or abort(404)
    code = timetable_operations.free_code(bench.taken, plan.code)
    copy = replace(plan, code=code, times=_shifted(plan, days=1), published=False)
    if _try([copy], verb="duplicate"):
        flash(_("A draft was added one day later."))
    return _to_week(course_id, copy.times)


@bp.post("/sessions/<session_code>/delete")
@allow(Role.MANAGER)
def delete(course_id: int, session_code: str) -> ResponseReturnValue:
    """Delete a draft; the last step can be undone."""
    plan = _draft(session_code)
    if _try([], removed=[session_code], verb="delete"):
        flash(_("The draft is deleted. You can undo this."))
    return _to_week(course_id, plan.times)


@bp.post("/sessions/<session_code>/shift")
@allow(Role.MANAGER)
def shift(course_id: int, session_code: str) -> ResponseReturnValue:
    """Move a draft by days and minutes on the wall clock, as mouse and arrow keys do."""
    plan, form = _draft(session_code), ShiftForm(request.form)
    if not form.validate():
        abort(400)
    times = _shifted(plan, days=form.days.data or 0, minutes=form.minutes.data or 0)
    _try([replace(plan, times=times)], verb="move")
    return _to_week(course_id, times)


@bp.post("/undo")
@allow(Role.MANAGER)
def undo(course_id: int) -> ResponseReturnValue:
    """Take the last change of the drafts back."""
    try:
        with transaction():
            step = timetable_operations.undo(current_course(), person_id=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(
            _("Undone: %(what)s (%(which)s).", what=timetable_words.STEP_WORDS[step.verb], which=step.subject)
        )
    return redirect(_back(), 303)


@bp.post("/publish")
@allow(Role.MANAGER)
def publish(course_id: int) -> ResponseReturnValue:
    """Publish all drafts, or say everything that keeps them from it."""
    course = current_course()
    try:
        with transaction():
            number = timetable_operations.publish(course, person_id=actor().person_id, at=clock.now())
    except (timetable_operations.NotPublishable, ClassesClash):
        return _builder(timetable_queries.workbench(course), refused=True), 409
    except timetable_operations.NothingToPublish as refusal:
        flash(str(refusal), "alert")
    else:
        flash(ngettext("%(num)d session is published.", "%(num)d sessions are published.", number))
    return redirect(_back(), 303)


@bp.get("/export.<any(csv, ics):file_kind>")
@allow(*STAFF)
def export(course_id: int, file_kind: str) -> ResponseReturnValue:
    """Hand out the timetable with its drafts, to be changed elsewhere and imported again."""
    bench = timetable_queries.workbench(current_course())
    if file_kind == "ics":
        return calendar_file([calendar_entry(row, bench.versions) for row in bench.rows], with_own=True)
    return table_file("csv", _("timetable"), FIELDS, timetable_csv.table(bench.planned, bench.zone))


# ---------------------------------------------------------------- what several pages need


def _builder(bench: Workbench, *, refused: bool = False) -> str:
    course_id, group = actor().course_id, request.args.get("group", "")[:64]
    category = request.args.get("category", "")[:64]
    rows = [
        row
        for row in bench.rows
        if (not group or row.expects(group)) and (not category or row.category.code == category)
    ]
    is_list = request.args.get("view") == "list"
    return render_template(
        "bootcamp/timetable_builder.html",
        course_id=course_id,
        bench=bench,
        rows=rows,
        is_list=is_list,
        week=None if is_list else week_of(rows, bench.versions, at=clock.now(), whole_week=True),
        days=minutes_by_day([bench.plan_by_code[row.code] for row in rows], bench.zone),
        planned=_planned(bench, group),
        required=sum(bench.required.values()),
        fault_lines=_what_is_in_the_way(bench),
        refused=refused,
        group=group,
        category=category,
        may_edit=actor().has(Role.MANAGER),
        last_step=timetable_queries.last_step(course_id),
        words=timetable_words,
        session_state=SessionState,
        address=_address,
        areas=areas_of(bench.categories),
    )


def _what_is_in_the_way(bench: Workbench) -> list[timetable_words.FaultLine]:
    """Say everything that keeps the drafts from being published, people's appointments included."""
    course_id = actor().course_id
    drafts = [(row, row.times) for row in bench.drafts]
    return [
        *timetable_words.fault_lines(course_id, bench, bench.faults),
        *timetable_words.appointment_lines(
            course_id, bench, class_time.in_the_way(course_id, drafts, at=clock.now())
        ),
    ]


def _planned(bench: Workbench, group: str) -> Mapping[str, int]:
    """Return the minutes by category for a group, or for the one that gets least where none is chosen."""
    by_group = sums(bench.planned, [group] if group else bench.everybody)
    return {
        category: min((planned.get(category, 0) for planned in by_group.values()), default=0)
        for category in bench.required
    }


def _form_page(form: DraftForm, bench: Workbench, plan: PlannedSession | None) -> ResponseReturnValue:
    others = [each for each in bench.planned if plan is None or each.code != plan.code]
    return render_template(
        "bootcamp/timetable_session.html",
        course_id=actor().course_id,
        form=form,
        plan=plan,
        bench=bench,
        planned=sums(others, bench.everybody),
        group_names={each: timetable_words.group_words(bench.groups, each) for each in bench.everybody},
        is_gross=_is_gross(bench),
        rooms=sorted({row.room for row in bench.rows if row.room}),
        venues_th=sorted({row.venue.th for row in bench.rows if row.venue.th}),
        venues_en=sorted({row.venue.en for row in bench.rows if row.venue.en}),
        words=timetable_words,
        back=_week_address(actor().course_id, plan.times if plan is not None else None),
    )


def _is_gross(bench: Workbench) -> bool:
    return bool(bench.versions) and bench.versions[-1].document.get("counting_mode") == "residential_gross"


def _offer(form: DraftForm, bench: Workbench) -> None:
    categories = {each.code: formats.plain(each.title) or each.code for each in bench.categories}
    groups = {code: timetable_words.group_words(bench.groups, code) for code in bench.groups}
    form.offer(categories, groups)


def _beginning(bench: Workbench) -> dict[str, object]:
    """Return what a new draft begins with: the day that was asked for, or the one after the last."""
    zone = bench.zone
    last = max((day_of(row.starts_at, zone) for row in bench.rows), default=day_of(clock.now(), zone))
    try:
        day = dt.date.fromisoformat(request.args.get("day", "")[:10])
    except ValueError:
        day = last
    start = dt.datetime.combine(day, USUAL_START, tzinfo=zone).astimezone(dt.UTC)
    return {
        "code": timetable_operations.next_code(bench.taken),
        "starts_at": start,
        "ends_at": start + dt.timedelta(minutes=USUAL_MINUTES),
    }


def _posted() -> MultiDict[str, str] | None:
    return named(request.form) if request.method == "POST" else None


def _draft(session_code: str) -> PlannedSession:
    """Return a session of the builder; one that is no draft is refused where it would be changed."""
    return timetable_queries.workbench(current_course()).plan_by_code.get(session_code) or abort(404)


def _shifted(plan: PlannedSession, *, days: int = 0, minutes: int = 0) -> SessionTimes:
    try:
        return shifted(plan.times, page_zone(), days=days, minutes=minutes)
    except NotMovableError:
        flash(_("The session cannot be moved there."), "alert")
        return plan.times


def _save(form: DraftForm, puts: Sequence[PlannedSession], *, verb: str) -> bool:
    try:
        _change(puts, (), verb)
    except Refused as refusal:
        form.reject(refusal)
        return False
    return True


def _try(puts: Sequence[PlannedSession], *, removed: Sequence[str] = (), verb: str) -> bool:
    try:
        _change(puts, removed, verb)
    except Refused as refusal:
        flash(str(refusal), "alert")
        return False
    return True


def _change(puts: Sequence[PlannedSession], removed: Sequence[str], verb: str) -> None:
    course: Course = current_course()
    with transaction():
        timetable_operations.change_drafts(
            course, puts, removed, verb=verb, person_id=actor().person_id, at=clock.now()
        )


def _changed_meanwhile(plan: PlannedSession) -> str:
    return _(
        "Somebody changed this draft meanwhile: it is now %(when)s. Save again to put yours in its place.",
        when=formats.period(*plan.frame, "short"),
    )


def _to_week(course_id: int, times: SessionTimes) -> ResponseReturnValue:
    return redirect(_week_address(course_id, times), 303)


def _week_address(course_id: int, times: SessionTimes | None) -> str:
    week = monday_of(day_of(times.starts_at, page_zone())).isoformat() if times is not None else None
    group = request.args.get("group") or None
    return url_for(".index", course_id=course_id, week=week, group=group)


def _back() -> str:
    """Return the builder as it was looked at."""
    return _index({name: request.form.get(name, "")[:64] for name in FILTERS})


def _address(**changes: str | None) -> str:
    """Return the address of the builder with something else asked for."""
    return _index({name: request.args.get(name) for name in FILTERS} | changes)


def _index(asked: Mapping[str, str | None]) -> str:
    return url_for(
        "timetable_builder.index", course_id=actor().course_id,
        view=asked["view"] or None, group=asked["group"] or None,
        week=asked["week"] or None, category=asked["category"] or None,
    )  # fmt: skip
