"""Show staff who is on pace, who lags, who fell silent and who cannot pass any more."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import abort

from sca_lms.attendance import queries as attendance
from sca_lms.bootcamp import pace_queries, queries
from sca_lms.bootcamp.models import HoursOutlook
from sca_lms.bootcamp.pace import WORST_FIRST, Pace
from sca_lms.bootcamp.pace_queries import Wanted
from sca_lms.bootcamp.rules import hours
from sca_lms.courses.access import actor, allow
from sca_lms.courses.rules import STAFF
from sca_lms.errors import Text
from sca_lms.web.exports import Cell, table_file
from sca_lms.web.paging import page_number

bp = Blueprint("pace", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/pace")

EXPORTS = ("csv", "xlsx")
WORDS: Mapping[Pace, Text] = {
    Pace.CANNOT_REACH: _l("cannot reach"),
    Pace.SILENT: _l("silent"),
    Pace.BEHIND: _l("behind"),
    Pace.ON_PACE: _l("on pace"),
    Pace.PASSED: _l("passed"),
}
STATES: Mapping[Pace, str] = {
    Pace.CANNOT_REACH: "never",
    Pace.SILENT: "silent",
    Pace.BEHIND: "behind",
    Pace.ON_PACE: "ok",
    Pace.PASSED: "ok",
}
MEANINGS: Mapping[Pace, Text] = {
    Pace.CANNOT_REACH: _l(
        "Even with every session to come and every make-up allowed, the pass mark is out of reach."
    ),
    Pace.SILENT: _l("Was in no session on the last two days that had one."),
    Pace.BEHIND: _l("Has less than the pass mark's share of the sessions so far."),
    Pace.ON_PACE: _l("Has the pass mark's share of the sessions so far."),
    Pace.PASSED: _l("Has reached the pass mark and every area's minimum."),
}


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show the cohort by pace, the worst first, a page at a time."""
    wanted = _wanted()
    cohort = pace_queries.cohort(actor(), wanted)
    return render_template(
        "bootcamp/pace.html",
        course_id=course_id,
        page=pace_queries.pace_page(actor(), wanted, cohort, number=page_number(request.args)),
        rule=queries.pass_rule(attendance.policy_versions(course_id)),
        wanted=wanted,
        counts=cohort.counts,
        everybody=cohort.count(None),
        groups=cohort.groups,
        worked_out_at=cohort.worked_out_at,
        paces=WORST_FIRST,
        WORDS=WORDS,
        STATES=STATES,
        MEANINGS=MEANINGS,
        address=_address,
        exports=[(_address(wanted, kind=kind), kind.upper()) for kind in EXPORTS],
    )


@bp.get("/export.<any(csv, xlsx):kind>")
@allow(*STAFF)
def export(course_id: int, kind: str) -> ResponseReturnValue:
    """Hand out the same list as a file, whole, with the same filters."""
    header = [
        _("Name"), _("Group"), _("Area"), _("State"), _("Hours"), _("Minutes"), _("Pending minutes"),
        _("Minutes held so far"), _("Can still reach, minutes"), _("May miss, minutes"), _("Last seen"),
    ]  # fmt: skip
    return table_file(kind, _("pace"), header, _rows(pace_queries.all_of_pace(actor(), _wanted())))


def _rows(found: Iterator[HoursOutlook]) -> Iterator[list[Cell]]:
    for row in found:
        yield [
            row.enrolment.person.full_name or _("(no name)"),
            row.enrolment.group,
            row.enrolment.area,
            str(WORDS[row.pace]),
            hours(row.total),
            row.total,
            row.pending,
            row.elapsed,
            row.reachable,
            row.may_miss,
            row.last_stay_at.isoformat(timespec="minutes") if row.last_stay_at else "",
        ]


def _wanted() -> Wanted:
    named = request.args.get("pace", "")
    if named and named not in set(Pace):
        abort(404)
    return Wanted(
        Pace(named) if named else None,
        request.args.get("group", "").strip(),
        request.args.get("q", "").strip(),
    )


def _address(wanted: Wanted, *, kind: str | None = None, **other: str | None) -> str:
    """Return the address of this list with these filters; `other` replaces some of them."""
    chosen: dict[str, str | None] = {
        "pace": wanted.pace,
        "group": wanted.group or None,
        "q": wanted.search or None,
    } | other
    # Flask types the values of an address so narrowly that only Any fits.
    filled: dict[str, Any] = {name: value for name, value in chosen.items() if value}
    if kind is not None:
        return url_for(".export", course_id=actor().course_id, kind=kind, **filled)
    return url_for(".index", course_id=actor().course_id, **filled)
