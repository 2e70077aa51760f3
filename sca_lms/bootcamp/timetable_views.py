"""Show everybody the timetable: by week or as a list, with one's own minutes, and as a file for calendars."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from sca_lms import clock
from sca_lms.attendance.models import AttendanceSession, HoursPolicyVersion, SessionState
from sca_lms.attendance.queries import categories, policy_versions
from sca_lms.bootcamp import timetable_ics, timetable_queries
from sca_lms.bootcamp.overview import areas_of
from sca_lms.bootcamp.timetable_board import Board, board
from sca_lms.bootcamp.timetable_queries import Shown, plan_of
from sca_lms.bootcamp.timetable_rules import day_of, monday_of, weeks_of
from sca_lms.bootcamp.timetable_words import STATE_WORDS, breaks_words, group_words, place_words
from sca_lms.config import settings
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import own_enrolment
from sca_lms.courses.rules import STAFF, Role
from sca_lms.web import formats
from sca_lms.web.exports import Cell, table_file
from sca_lms.web.i18n import page_zone
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset, page_number

bp = Blueprint(
    "timetable", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/timetable"
)

CALENDAR_TYPE = "text/calendar; charset=utf-8"
LONGEST_DAY = len("2022-09-05")


@bp.get("")
@allow(*Role)
def index(course_id: int) -> ResponseReturnValue:
    """Show the sessions of a week, or all of them in pages."""
    at, zone, group = clock.now(), page_zone(), _wanted_group()
    shown = timetable_queries.shown_timetable(actor(), _learner(), group=group)
    versions = policy_versions(course_id)
    is_list = request.args.get("view") == "list"
    is_staff = actor().has(*STAFF)
    return render_template(
        "bootcamp/timetable.html",
        course_id=course_id,
        shown=shown,
        by_code={each.code: each for each in shown.sessions},
        at=at,
        is_list=is_list,
        page=_page(shown.sessions, at=at) if is_list else None,
        week=None if is_list else _week(shown, versions, at=at),
        plans={each.code: plan_of(each, versions) for each in shown.sessions},
        today=day_of(at, zone),
        group=group,
        groups=timetable_queries.groups_of(current_course()) if is_staff else {},
        may_edit=is_staff,
        may_join=not actor().has(Role.GUEST),
        state_words=STATE_WORDS,
        place_words=place_words,
        breaks_words=breaks_words,
        group_words=group_words,
        address=_address,
        session_state=SessionState,
        areas=areas_of(categories(course_id)),
    )


@bp.get("/export.<any(csv, xlsx):kind>")
@allow(*Role)
def export(course_id: int, kind: str) -> ResponseReturnValue:
    """Hand out the same sessions as a table, all weeks of them."""
    shown = timetable_queries.shown_timetable(actor(), _learner(), group=_wanted_group())
    versions = policy_versions(course_id)
    header = [
        _("Day"), _("Begins"), _("Ends"), _("Title"), _("Category"), _("Breaks"), _("Room"),
        _("Link to join"), _("Groups"), _("State"), _("Minutes"),
    ]  # fmt: skip
    if shown.is_own:
        header.append(_("My minutes"))
    rows = [_cells(each, shown, versions) for each in shown.sessions]
    return table_file(kind, _("timetable"), header, rows)


@bp.get("/timetable.ics")
@allow(*Role)
def calendar(course_id: int) -> ResponseReturnValue:
    """Hand out the same sessions for a calendar; a cancelled one takes its event back."""
    shown = timetable_queries.shown_timetable(actor(), _learner(), group=_wanted_group(), with_cancelled=True)
    versions = policy_versions(course_id)
    entries = [calendar_entry(each, versions) for each in shown.sessions]
    return calendar_file(entries, with_own=False)


def calendar_entry(session: AttendanceSession, versions: Sequence[HoursPolicyVersion]) -> timetable_ics.Entry:
    """Return a session as a calendar shows it, in the reader's language."""
    plan = plan_of(session, versions)
    breaks = breaks_words(plan)
    about = [
        formats.plain(session.category.title),
        formats.minutes(plan.minutes),
        _("Breaks: %(times)s", times=breaks) if breaks else "",
        _("Groups: %(groups)s", groups=", ".join(plan.groups)) if plan.groups else "",
    ]
    return timetable_ics.Entry(
        session=plan,
        sequence=session.revision,
        summary=formats.plain(session.title) or session.code,
        location=place_words(plan),
        category=formats.plain(session.category.title),
        description="\n".join(filter(None, about)),
        is_cancelled=session.state is SessionState.CANCELLED,
    )


def calendar_file(entries: Sequence[timetable_ics.Entry], *, with_own: bool) -> Response:
    """Answer with an iCalendar file as a download."""
    course = current_course()
    host = urlsplit(settings().public_url).hostname or "localhost"
    source = timetable_ics.Source(course.id, host, course.title or course.label, page_zone())
    body = timetable_ics.write(entries, source, at=clock.now(), with_own=with_own)
    response = Response(body, content_type=CALENDAR_TYPE)
    name = quote(f"{_('timetable')}.ics", safe="")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"timetable.ics\"; filename*=UTF-8''{name}"
    )
    return response


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the timetable and the Mondays of the weeks with sessions before and after it."""

    board: Board
    earlier: dt.date | None
    later: dt.date | None


def week_of(
    sessions: Sequence[AttendanceSession],
    versions: Sequence[HoursPolicyVersion],
    *,
    at: dt.datetime,
    whole_week: bool,
) -> Week:
    """Return the week that the address asks for; otherwise this one, or the nearest with sessions."""
    zone = page_zone()
    weeks = weeks_of((each.starts_at for each in sessions), zone)
    monday = _wanted_monday() or _nearest_week(weeks, monday_of(day_of(at, zone)))
    plans = [plan_of(each, versions) for each in sessions]
    return Week(
        board(plans, zone, monday, whole_week=whole_week),
        earlier=max((each for each in weeks if each < monday), default=None),
        later=min((each for each in weeks if each > monday), default=None),
    )


def _week(shown: Shown, versions: Sequence[HoursPolicyVersion], *, at: dt.datetime) -> Week:
    return week_of(shown.sessions, versions, at=at, whole_week=False)


def _nearest_week(weeks: Sequence[dt.date], this_week: dt.date) -> dt.date:
    """Return this week or the next one with sessions; when all are over, the last one."""
    return min((each for each in weeks if each >= this_week), default=weeks[-1] if weeks else this_week)


def _wanted_monday() -> dt.date | None:
    try:
        asked = dt.date.fromisoformat(request.args.get("week", "")[:LONGEST_DAY])
    except ValueError:
        return None
    # The first and the last weeks of the calendar have no week before or after them.
    return monday_of(asked) if dt.date.min.year < asked.year < dt.date.max.year else None


def _page(sessions: Sequence[AttendanceSession], *, at: dt.datetime) -> Page[AttendanceSession]:
    """Return the page asked for, or the one with the next session."""
    total = len(sessions)
    if "page" in request.args:
        wanted = page_number(request.args)
    else:
        over = sum(each.ends_at <= at for each in sessions)
        wanted = over // PAGE_SIZE + 1 if over < total else 1
    number = fitting(wanted, size=PAGE_SIZE, total=total)
    first = offset(number, size=PAGE_SIZE)
    return Page(items=sessions[first : first + PAGE_SIZE], number=number, size=PAGE_SIZE, total=total)


def _learner() -> Enrolment | None:
    """Return the enrolment of somebody who only learns; who teaches sees every session."""
    return own_enrolment(actor()) if actor().has(Role.LEARNER) and not actor().has(*STAFF) else None


def _wanted_group() -> str | None:
    return request.args.get("group", "")[:64] or None


def _address(**changes: str | None) -> str:
    """Return the address of this page with something else asked for."""
    asked = {name: request.args.get(name) for name in ("view", "group", "week")} | changes
    return url_for(
        "timetable.index", course_id=actor().course_id,
        view=asked["view"] or None, group=asked["group"] or None, week=asked["week"] or None,
    )  # fmt: skip


def _cells(session: AttendanceSession, shown: Shown, versions: Sequence[HoursPolicyVersion]) -> list[Cell]:
    plan = plan_of(session, versions)
    start, end = (moment.astimezone(page_zone()) for moment in plan.frame)
    may_join = not actor().has(Role.GUEST)
    cells: list[Cell] = [
        f"{start:%Y-%m-%d}",
        f"{start:%H:%M}",
        f"{end:%H:%M}" if end.date() == start.date() else f"{end:%Y-%m-%d %H:%M}",
        formats.plain(plan.title) or plan.code,
        formats.plain(session.category.title),
        breaks_words(plan),
        place_words(plan),
        session.join_url if may_join else "",
        ", ".join(plan.groups),
        str(STATE_WORDS[session.state]),
        plan.minutes,
    ]
    if shown.is_own:
        credit = shown.earned.get(session.id)
        is_held = session.state is SessionState.CLOSED
        cells.append(credit.minutes if credit is not None else 0 if is_held else None)
    return cells
