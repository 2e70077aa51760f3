"""Show staff which pairs meet and which need somebody, as pictures, lists and files."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.mentoring import coverage_queries, months, report_queries, terms_queries
from sca_lms.mentoring.captain_views import CONCERN_MARKS, CONCERNS
from sca_lms.mentoring.concern_rules import Concern
from sca_lms.mentoring.coverage_queries import PairRow, Wanted
from sca_lms.mentoring.months import Month
from sca_lms.mentoring.report_words import SIDES
from sca_lms.projects import queries as projects
from sca_lms.web.exports import Cell, streamed_file
from sca_lms.web.formats import plain
from sca_lms.web.i18n import wall_time
from sca_lms.web.paging import page_number

bp = Blueprint(
    "mentoring_coverage",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/mentoring/coverage",
)

EXPORTS = ("csv", "xlsx")
LEVELS = (1, 60, 90)
"""From so many minutes a month on, a cell of the picture is one level calmer."""


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show all pairs by month, those that need somebody first, a page at a time."""
    wanted, at = _wanted(), clock.now()
    columns = _months(course_id)
    found = coverage_queries.coverage(actor(), wanted, columns, at=at)
    total = found.concerns[wanted.concern] if wanted.concern is not None else found.pairs
    return render_template(
        "mentoring/coverage.html",
        course_id=course_id,
        wanted=wanted,
        months=columns,
        coverage=found,
        page=coverage_queries.pairs_page(
            actor(), wanted, columns, total=total, at=at, number=page_number(request.args)
        ),
        queue=report_queries.queue_counts(actor()),
        groups=coverage_queries.groups(actor()),
        areas=projects.areas(course_id),
        captains=coverage_queries.captains(actor()),
        required=_required(course_id),
        level=_level,
        address=_address,
        exports=[(_address(wanted, kind=kind), kind.upper()) for kind in EXPORTS],
        CONCERNS=CONCERNS,
        CONCERN_MARKS=CONCERN_MARKS,
        this_month=wall_time(at).date().replace(day=1),
        clashes_url=_clashes(course_id),
    )


@bp.get("/export.<any(csv, xlsx):kind>")
@allow(*STAFF)
def export(course_id: int, kind: str) -> ResponseReturnValue:
    """Hand out the same list as a file, whole, with the same filters."""
    columns, at = _months(course_id), clock.now()
    header = [
        _("Pair"), _("Ambassador"), _("Group"), _("Area"), _("Captain"), _("Meetings that count"),
        _("Minutes that count"), _("Credited minutes"), _("Minutes beyond the quota"), _("Last met"),
        _("Next"), _("Disputes"), _("Reports missing"), _("Requests waiting"), _("Open agreed work"),
        _("Not met for 30 days"),
        *(month.first.isoformat()[:7] for month in columns),
    ]  # fmt: skip
    rows = _file_rows(coverage_queries.all_pairs(actor(), _wanted(), columns, at=at), columns)
    return streamed_file(kind, _("mentoring"), header, rows)


@bp.get("/missing")
@allow(*STAFF)
def missing(course_id: int) -> ResponseReturnValue:
    """Show the meetings that are over without both reports, the oldest first."""
    at = clock.now()
    return render_template(
        "mentoring/missing.html",
        course_id=course_id,
        page=report_queries.missing_page(actor(), at=at, number=page_number(request.args)),
        terms=terms_queries.terms_of(course_id),
        at=at,
        SIDES=SIDES,
    )


def _file_rows(found: Iterator[PairRow], columns: Sequence[Month]) -> Iterator[list[Cell]]:
    for row in found:
        yield [
            row.pair.code,
            row.pair.ambassador.person.full_name or _("(no name)"),
            row.pair.ambassador.group,
            _area(row),
            row.captain.person.full_name if row.captain else "",
            row.standing.sessions,
            row.standing.counted,
            row.standing.credited,
            row.standing.surplus,
            _day(row.standing.last_met_at),
            _day(row.standing.next_at),
            row.disputes,
            row.reports,
            row.requests,
            row.standing.open_actions,
            _("yes") if row.is_overdue else _("no"),
            *(row.months.get(month, 0) for month in columns),
        ]


def _area(row: PairRow) -> str:
    area = row.pair.area
    return plain(area.title) or plain(area.province) if area else row.pair.ambassador.area


def _day(moment: dt.datetime | None) -> str:
    return wall_time(moment).isoformat(timespec="minutes") if moment else ""


def _months(course_id: int) -> list[Month]:
    """Return the months of the year of mentoring: of its plan, and of what was credited before."""
    days = [each.month for each in terms_queries.planned_meetings(course_id)]
    first = coverage_queries.first_credit(actor())
    if first is not None:
        days.append(wall_time(first).date())
    today = wall_time(clock.now()).date()
    return months.months_of(days, today=today, zone=ZoneInfo(current_course().timezone))


def _required(course_id: int) -> int:
    terms = terms_queries.terms_of(course_id)
    return terms.required_minutes if terms else 0


def _level(minutes: int) -> int:
    """Return how calm a month is: 0 nothing, up to 3."""
    return sum(minutes >= each for each in LEVELS)


def _clashes(course_id: int) -> str | None:
    """Return the page of what the calendar could not enter, where there is one."""
    endpoint = "calendar_clashes.index"
    return url_for(endpoint, course_id=course_id) if endpoint in current_app.view_functions else None


def _wanted() -> Wanted:
    named = request.args.get("concern", "")
    if named and named not in set(Concern):
        abort(404)
    return Wanted(
        Concern(named) if named else None,
        request.args.get("group", "").strip(),
        _number("area"),
        _number("captain"),
        request.args.get("q", "").strip(),
    )


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(2**31)) else None


def _address(wanted: Wanted, *, kind: str | None = None, **other: str | None) -> str:
    """Return the address of this list with these filters; `other` replaces some of them."""
    chosen: Mapping[str, str | int | None] = {
        "concern": wanted.concern,
        "group": wanted.group or None,
        "area": wanted.area_id,
        "captain": wanted.captain_id,
        "q": wanted.search or None,
    } | other
    # Flask types the values of an address so narrowly that only Any fits.
    filled: dict[str, Any] = {name: value for name, value in chosen.items() if value}
    if kind is not None:
        return url_for(".export", course_id=actor().course_id, kind=kind, **filled)
    return url_for(".index", course_id=actor().course_id, **filled)
