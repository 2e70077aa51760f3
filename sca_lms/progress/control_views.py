"""Answer where the whole cohort stands: who needs somebody, what waits for whom, and how it goes on."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.bootcamp import pace_queries
from sca_lms.bootcamp.pace import Pace
from sca_lms.bootcamp.pace_queries import Cohort
from sca_lms.bootcamp.pace_views import MEANINGS, STATES
from sca_lms.bootcamp.pace_views import WORDS as PACES
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.errors import Text
from sca_lms.guidance import cohort_figures, noticed_queries
from sca_lms.guidance.cohort_rules import Activity
from sca_lms.guidance.words import INTERVENTIONS, RISK_MARKS, RISKS
from sca_lms.mentoring.concern_rules import Concern
from sca_lms.progress import control_queries, control_waiting, heat_queries
from sca_lms.progress.control_queries import Deadline, Due
from sca_lms.progress.control_waiting import Wait
from sca_lms.progress.funnel_rules import ROW_HEIGHT, rows_of, share_of
from sca_lms.progress.heat_queries import Wanted
from sca_lms.progress.trend_rules import drawing_of
from sca_lms.web.exports import Cell, table_file

bp = Blueprint(
    "control", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/control"
)

TO_TALK_TO = 5
HEAT_ROWS = 10
EXPORTS = ("csv", "xlsx")
TILES: tuple[tuple[Pace, str], ...] = (
    (Pace.ON_PACE, "ok"),
    (Pace.BEHIND, "behind"),
    (Pace.SILENT, "silent"),
    (Pace.CANNOT_REACH, "never"),
)
"""What the bar shows, from left to right; who has passed stands with those on pace."""
WAITS: Mapping[Wait, tuple[Text, Text, str]] = {
    Wait.FOLLOW_UPS: (_l("Look again at learners"), _l("staff"), "behind"),
    Wait.REQUESTS: (_l("Answer requests about hours"), _l("instructors"), "behind"),
    Wait.MARKING: (_l("Mark work"), _l("markers"), "wait"),
    Wait.DISPUTES: (_l("Decide disputed meetings"), _l("instructors"), "behind"),
    Wait.REPORTS: (_l("Report meetings"), _l("pairs"), "wait"),
    Wait.REFLECTIONS: (_l("Read reflections"), _l("instructors"), "wait"),
    Wait.CAPTAINS: (_l("Find captains for pairs"), _l("managers"), "never"),
    Wait.REFUSED: (_l("Scores refused by the host"), _l("managers"), "never"),
    Wait.SENDING: (_l("Scores waiting for the host"), _l("the host"), "silent"),
    Wait.PRIVACY: (_l("Answer requests about data"), _l("managers"), "behind"),
}
"""What waits: what to do, for whom it waits, and the look of its count."""
ACTIVITIES: Mapping[Activity, Text] = {
    Activity.PRE: _l("Pre-bootcamp modules"),
    Activity.BOOTCAMP: _l("Bootcamp"),
    Activity.MENTORING: _l("Mentoring"),
    Activity.UPDATES: _l("Online Knowledge Updates"),
    Activity.PITCHING: _l("Work for the pitching"),
}


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show the control room; the number of statements does not depend on how many learners there are."""
    course, at = current_course(), clock.now()
    today = at.astimezone(ZoneInfo(course.timezone)).date()
    cohort = pace_queries.cohort(actor(), pace_queries.Wanted())
    figures = cohort_figures.figures_of(course_id)
    trend = figures.pictures.trend if figures else None
    shown_trend = trend.by_week() if trend and request.args.get("by") != "day" else trend
    weeks = heat_queries.weeks_of(course, None, at=at)
    month, coverage = control_queries.mentoring_of_month(actor(), course, at=at)
    return render_template(
        "progress/control.html",
        course_id=course_id,
        at=at,
        today=today,
        everybody=cohort.count(None),
        tiles=_tiles(cohort),
        noticed=noticed_queries.noticed_page(course_id, size=TO_TALK_TO),
        fresh=noticed_queries.freshness(course_id),
        waits=[
            (each, *WAITS[each.what], _where(course_id, each.what), _age(each.since, today, course.timezone))
            for each in control_waiting.waiting(actor(), today=today, at=at)
        ],
        rooms=control_queries.rooms_of_today(actor(), course, at=at),
        met_this_month=coverage.met[month],
        not_met=coverage.concerns[Concern.NOT_MET],
        pairs=coverage.pairs,
        deadlines=[(each, _page_of(course_id, each)) for each in control_queries.deadlines(course_id, at=at)],
        weeks=weeks,
        heat=heat_queries.heat_page(course, Wanted(), weeks, size=HEAT_ROWS),
        figures=figures,
        funnel=rows_of(figures.pictures.steps) if figures else [],
        row_height=ROW_HEIGHT,
        trend=shown_trend,
        drawing=drawing_of(shown_trend) if shown_trend else None,
        by_day=request.args.get("by") == "day",
        share_of=share_of,
        ACTIVITIES=ACTIVITIES,
        INTERVENTIONS=INTERVENTIONS,
        PACES=PACES,
        STATES=STATES,
        RISKS=RISKS,
        RISK_MARKS=RISK_MARKS,
    )


@bp.get("/<any(funnel, trend):picture>.<any(csv, xlsx):kind>")
@allow(*STAFF)
def export(course_id: int, picture: str, kind: str) -> ResponseReturnValue:
    """Hand out the numbers of a picture as a file."""
    figures = cohort_figures.figures_of(course_id)
    if figures is None:
        abort(404)
    if picture == "funnel":
        header = [_("Activity"), _("Learners"), _("Have begun"), _("On the way"), _("Have completed")]
        lines: list[list[Cell]] = [
            [str(ACTIVITIES[each.activity]), each.of, each.began, each.on_the_way, each.completed]
            for each in figures.pictures.steps
        ]
        return table_file(kind, _("activities"), header, lines)
    trend = figures.pictures.trend
    header = [_("Day"), _("Plan, minutes"), _("Credited, minutes")]
    lines = [[each.day.isoformat(), each.planned, each.credited] for each in trend.days] if trend else []
    return table_file(kind, _("hours against the plan"), header, lines)


def _tiles(cohort: Cohort) -> list[dict[str, object]]:
    """Return the parts of the bar with their share, and who is meant."""
    whole = cohort.count(None)
    found: list[dict[str, object]] = []
    for pace, mark in TILES:
        passed = cohort.count(Pace.PASSED) if pace is Pace.ON_PACE else 0
        number = cohort.count(pace) + passed
        found.append(
            {
                "pace": pace, "mark": mark, "number": number, "passed": passed,
                "word": PACES[pace], "meaning": MEANINGS[pace],
                "share": round(number * 100 / whole, 2) if whole else 0,
            }
        )  # fmt: skip
    return found


def _age(since: dt.datetime | dt.date | None, today: dt.date, zone: str) -> int | None:
    """Return for how many days the oldest has waited."""
    if since is None:
        return None
    day = since.astimezone(ZoneInfo(zone)).date() if isinstance(since, dt.datetime) else since
    return max((today - day).days, 0)


def _where(course_id: int, what: Wait) -> str:
    targets: Mapping[Wait, tuple[str, dict[str, Any]]] = {  # Flask types addresses narrowly.
        Wait.FOLLOW_UPS: ("interventions.index", {}),
        Wait.REQUESTS: ("requests.index", {}),
        Wait.MARKING: ("marking.index", {}),
        Wait.DISPUTES: ("mentoring_disputes.index", {}),
        Wait.REPORTS: ("mentoring_coverage.missing", {}),
        Wait.REFLECTIONS: ("update_reflections.index", {}),
        Wait.CAPTAINS: ("projects.index", {"shown": "without"}),
        Wait.REFUSED: ("grades.deliveries", {"state": "refused"}),
        Wait.SENDING: ("grades.deliveries", {"state": "waiting"}),
        Wait.PRIVACY: ("privacy_desk.index", {}),
    }
    endpoint, values = targets[what]
    return url_for(endpoint, course_id=course_id, **values)


def _page_of(course_id: int, deadline: Deadline) -> str:
    match deadline.what:
        case Due.MODULE:
            return url_for("modules.module", course_id=course_id, code=deadline.code)
        case Due.WORK:
            return url_for("assignments.index", course_id=course_id)
        case Due.UPDATE:
            return url_for("update_series.page", course_id=course_id, number=int(deadline.code))
