"""Show week by week what was done of what was planned: of learners, of areas, and as files."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from sca_lms import clock
from sca_lms.bootcamp.pace import WORST_FIRST, Pace
from sca_lms.bootcamp.pace_views import WORDS as PACES
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.errors import Text
from sca_lms.guidance import cohort_figures, noticed_queries
from sca_lms.guidance.rules import percent_of
from sca_lms.progress import heat_queries
from sca_lms.progress.heat_queries import Wanted
from sca_lms.progress.heat_rules import Phase, every_week
from sca_lms.web.exports import Cell, streamed_file
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset, page_number

bp = Blueprint("heat", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/heat")

LONGEST_WORD = 200
EXPORTS = ("csv", "xlsx")
PHASES: Mapping[Phase, Text] = {
    Phase.BEFORE: _l("Before the camp"),
    Phase.CAMP: _l("Camp"),
    Phase.PLACE: _l("At work in the area"),
    Phase.OTHER: _l("In between"),
}


@bp.app_context_processor
def _words() -> dict[str, object]:
    return {"HEAT_PHASES": PHASES}


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show learners by week, those that need somebody first, a page at a time."""
    course, wanted, at = current_course(), _wanted(), clock.now()
    weeks = heat_queries.weeks_of(course, _until(), at=at)
    areas, _worked_out_at = cohort_figures.areas_of(course_id)
    return render_template(
        "progress/heat.html",
        course_id=course_id,
        wanted=wanted,
        weeks=weeks,
        page=heat_queries.heat_page(course, wanted, weeks, number=page_number(request.args)),
        groups=heat_queries.groups_of(course_id),
        areas=sorted(each.area for each in areas),
        paces=WORST_FIRST,
        PACES=PACES,
        address=address,
        fresh=noticed_queries.freshness(course_id),
        exports=[(_export_address(course_id, kind, wanted), kind.upper()) for kind in EXPORTS],
    )


@bp.get("/export.<any(csv, xlsx):kind>")
@allow(*STAFF)
def export(course_id: int, kind: str) -> ResponseReturnValue:
    """Hand out every week of every learner who is wanted, in percent."""
    course = current_course()
    mondays = _mondays()
    rows = heat_queries.all_heat(course, _wanted(), mondays)
    return streamed_file(
        kind,
        _("weeks of learners"),
        [_("Name"), _("Group"), _("Area"), *(each.isoformat() for each in mondays)],
        (
            [
                enrolment.person.full_name or _("(no name)"), enrolment.group, enrolment.area,
                *_percents(sums, mondays),
            ]
            for enrolment, sums in rows
        ),
    )  # fmt: skip


@bp.get("/areas")
@allow(*STAFF)
def areas(course_id: int) -> ResponseReturnValue:
    """Show areas by week, the one that lags most first."""
    course, at = current_course(), clock.now()
    weeks = heat_queries.weeks_of(course, _until(), at=at)
    found, worked_out_at = cohort_figures.areas_of(course_id)
    shown = fitting(page_number(request.args), size=PAGE_SIZE, total=len(found))
    begins = offset(shown, size=PAGE_SIZE)
    rows = heat_queries.area_rows(found[begins : begins + PAGE_SIZE], weeks)
    return render_template(
        "progress/heat_areas.html",
        course_id=course_id,
        weeks=weeks,
        page=Page(rows, shown, PAGE_SIZE, len(found)),
        address=address,
        worked_out_at=worked_out_at,
        exports=[
            (url_for(".areas_export", course_id=course_id, kind=kind), kind.upper()) for kind in EXPORTS
        ],
    )


@bp.get("/areas/export.<any(csv, xlsx):kind>")
@allow(*STAFF)
def areas_export(course_id: int, kind: str) -> ResponseReturnValue:
    """Hand out every week of every area, in percent."""
    mondays = _mondays()
    found, _worked_out_at = cohort_figures.areas_of(course_id)
    header = [_("Area"), _("Learners"), *(each.isoformat() for each in mondays)]
    rows: Iterator[list[Cell]] = (
        [each.area, each.learners, *_percents(each.weeks, mondays)] for each in found
    )
    return streamed_file(kind, _("weeks of areas"), header, rows)


def address(wanted: Wanted | None = None, until: dt.date | None = None) -> str:
    """Return the address of the map now shown with another last week, and with these filters."""
    # Flask types the values of an address so narrowly that only Any fits.
    values: dict[str, Any] = dict(wanted.address()) if wanted else {}
    if until is not None:
        values["until"] = until.isoformat()
    return url_for(str(request.endpoint), course_id=actor().course_id, **values)


def _export_address(course_id: int, kind: str, wanted: Wanted) -> str:
    values: dict[str, Any] = dict(wanted.address())  # As above.
    return url_for(".export", course_id=course_id, kind=kind, **values)


def _wanted() -> Wanted:
    pace = request.args.get("pace", "")
    return Wanted(
        request.args.get("group", "").strip()[:LONGEST_WORD],
        request.args.get("area", "").strip()[:LONGEST_WORD],
        Pace(pace) if pace in set(Pace) else None,
        request.args.get("q", "").strip()[:LONGEST_WORD],
    )


def _until() -> dt.date | None:
    try:
        return dt.date.fromisoformat(request.args.get("until", ""))
    except ValueError:
        return None


def _mondays() -> list[dt.date]:
    course = current_course()
    today = clock.now().astimezone(ZoneInfo(course.timezone)).date()
    return every_week(heat_queries.first_day(course, today), today)


def _percents(sums: Mapping[dt.date, tuple[int, int]], mondays: Sequence[dt.date]) -> Iterator[int | None]:
    return (percent_of(*sums.get(each, (0, 0))) for each in mondays)
