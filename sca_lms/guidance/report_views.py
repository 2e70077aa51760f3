"""Hand reports out now, let them come by themselves, and keep what was made for ninety days."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.guidance import report_operations, report_queries, report_rows
from sca_lms.guidance.models import ReportKind, ReportSchedule, Rhythm
from sca_lms.guidance.report_forms import RHYTHMS, WEEKDAYS, ScheduleForm
from sca_lms.guidance.report_rows import CONTENTS, TITLES
from sca_lms.uploads import answers
from sca_lms.web.exports import streamed_file
from sca_lms.web.i18n import LOCALE_NAMES, page_locale

bp = Blueprint(
    "reports", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/reports"
)


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show the reports to fetch now, those that come by themselves, and what was made."""
    form = ScheduleForm(
        data={
            "kind": ReportKind.COHORT.value, "rhythm": Rhythm.WEEKLY.value, "weekday": "0", "month_day": 1,
            "locale": page_locale(),
        }
    )  # fmt: skip
    return _page(course_id, form)


@bp.get("/<any(cohort, noticed, hours, mentoring, updates):report>.<any(csv, xlsx):ending>")
@allow(*STAFF)
def download(course_id: int, report: str, ending: str) -> ResponseReturnValue:
    """Hand out a report as it is now."""
    wanted = ReportKind(report)
    rows = report_rows.rows_of(current_course(), wanted)
    return streamed_file(ending, str(TITLES[wanted]), report_rows.header_of(wanted), rows)


@bp.post("")
@allow(*STAFF)
def add(course_id: int) -> ResponseReturnValue:
    """Let a report come by itself to whoever asks."""
    form = ScheduleForm(request.form)
    reader = courses.own_enrolment(actor()) or abort(404)
    if not form.validate():
        return _page(course_id, form), 422
    try:
        with transaction():
            report_operations.add(
                current_course(), reader, form.wanted_kind, form.wanted_rhythm, form.day, form.locale.data,
                at=clock.now(),
            )  # fmt: skip
    except report_operations.TooMany as refusal:
        form.reject(refusal)
        return _page(course_id, form), 409
    flash(_("The report comes by itself from now on; you are told when it is there."))
    return redirect(url_for(".index", course_id=course_id), 303)


@bp.post("/schedules/<int:schedule_id>/<any(pause, resume, run, remove):what>")
@allow(*STAFF)
def change(course_id: int, schedule_id: int, what: str) -> ResponseReturnValue:
    """Let a schedule rest, go on, make one report now, or remove it with what it made."""
    schedule = report_queries.find_schedule(actor(), schedule_id) or abort(404)
    try:
        with transaction():
            said = _change(schedule, what)
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(said)
    return redirect(url_for(".index", course_id=course_id), 303)


@bp.get("/runs/<int:run_id>.xlsx")
@allow(*STAFF)
def fetch(course_id: int, run_id: int) -> ResponseReturnValue:
    """Hand out a report that was made by itself."""
    run = report_queries.find_run(actor(), run_id, at=clock.now()) or abort(404)
    return answers.attachment(run.file or abort(404))


def _change(schedule: ReportSchedule, what: str) -> str:
    course, person_id, at = current_course(), actor().person_id, clock.now()
    match what:
        case "pause":
            report_operations.pause(course, schedule, person_id=person_id, at=at)
            return _("The report rests until you let it go on.")
        case "resume":
            report_operations.resume(course, schedule, person_id=person_id, at=at)
            return _("The report comes by itself again.")
        case "run":
            report_operations.run_now(schedule, at=at)
            return _("The report is being made; it stands below in about a minute.")
        case _:
            report_operations.remove(course, schedule, person_id=person_id, at=at)
            return _("The report does not come any more; what it made is deleted.")


def _page(course_id: int, form: ScheduleForm) -> str:
    schedules = report_queries.schedules(actor())
    return render_template(
        "guidance/reports.html",
        course_id=course_id,
        form=form,
        schedules=schedules,
        last_made=report_queries.last_made([each.id for each in schedules]),
        runs=report_queries.runs(actor(), at=clock.now()),
        kinds=list(ReportKind),
        own_id=actor().enrolment_id,
        CONTENTS=CONTENTS,
        LANGUAGES=LOCALE_NAMES,
        RHYTHMS=RHYTHMS,
        TITLES=TITLES,
        WEEKDAYS=WEEKDAYS,
    )
