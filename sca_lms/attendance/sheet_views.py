"""The sign-in sheet of a session: printed, handed out as a file, and taken back after a look at it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from sca_lms import clock
from sca_lms.attendance import learner_codes, queries, sheet_taking
from sca_lms.attendance.door_words import stay_words
from sca_lms.attendance.models import AttendanceSession, PresenceRecord
from sca_lms.attendance.room_pages import PLACE, find_room
from sca_lms.attendance.sheet_reading import FaultKind, SheetFault, read_sheet
from sca_lms.attendance.sheet_taking import Difference, SheetPlan
from sca_lms.config import settings
from sca_lms.courses.access import actor, allow
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused, Text
from sca_lms.web.exports import table_file
from sca_lms.web.i18n import page_zone, wall_time
from sca_lms.web.incoming import read_ids
from sca_lms.web.paging import Page, fitting, offset, page_number
from sca_lms.web.qr_pictures import QrPicture, draw
from sca_lms.web.tables import decoded

bp = Blueprint("rooms_sheet", __name__, template_folder="templates")

ROWS_A_SHEET = 14
SHEETS_A_PAGE = 15
"""So many sheets are printed at once: 210 people; more are on the next page of the browser."""
LONGEST_TEXT = 250_000

FAULT_WORDS: Mapping[FaultKind, Text] = {
    FaultKind.NO_TEXT: _l("There is nothing to read. Choose a CSV file or paste the lines of the sheet."),
    FaultKind.NO_COLUMNS: _l("The first line must name the columns code, in and out. Missing:"),
    FaultKind.TOO_LONG: _l("There are too many lines for one session."),
    FaultKind.NO_CODE: _l("The code is missing. It stands beside each name on the sheet."),
    FaultKind.UNKNOWN_CODE: _l("Nobody in this course has this code:"),
    FaultKind.TWICE: _l("This person stands on the sheet twice:"),
    FaultKind.BAD_TIME: _l("This is no time. Write it as 08:31:"),
    FaultKind.OUT_WITHOUT_IN: _l("There is a time of leaving but none of coming:"),
    FaultKind.OUT_BEFORE_IN: _l("The time of leaving does not lie after the time of coming:"),
    FaultKind.OUTSIDE: _l("These times lie outside the session:"),
    FaultKind.IN_ANOTHER_ROOM: _l(
        "This person is in another session now; write the time of leaving as well:"
    ),
}


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of the printed sheet."""

    number: int
    learner: Enrolment
    code: str
    picture: QrPicture


@bp.get(f"{PLACE}/sheet")
@allow(*STAFF)
def sheet(course_id: int, session_code: str) -> ResponseReturnValue:
    """Show the sheet as it is printed: everybody expected, with a line to sign and a QR code."""
    session = find_room(session_code)
    learners, size = queries.expected_learners(session), ROWS_A_SHEET * SHEETS_A_PAGE
    number = fitting(page_number(request.args), size=size, total=len(learners))
    start = offset(number, size=size)
    lines = [
        _sheet_line(session, start + place, learner)
        for place, learner in enumerate(learners[start : start + size], start=1)
    ]
    return render_template(
        "attendance/sheet.html",
        course_id=course_id,
        session=session,
        sheets=[lines[at : at + ROWS_A_SHEET] for at in range(0, len(lines), ROWS_A_SHEET)],
        first_sheet=start // ROWS_A_SHEET + 1,
        sheet_count=-(-len(learners) // ROWS_A_SHEET),
        page=Page(lines, number, size, len(learners)),
        at=clock.now(),
    )


@bp.get(f"{PLACE}/sheet.csv")
@allow(*STAFF)
def download(course_id: int, session_code: str) -> ResponseReturnValue:
    """Hand out the sheet as a file, with what is recorded so far, to be filled in and brought back."""
    session = find_room(session_code)
    learners = queries.expected_learners(session)
    stays: dict[int, list[PresenceRecord]] = {}
    for record in queries.presences([session.id], [each.id for each in learners]):
        stays.setdefault(record.enrolment_id, []).append(record)
    rows = [
        (_code(session, each), each.person.full_name, *_first_and_last(stays.get(each.id, [])))
        for each in learners
    ]
    return table_file("csv", f"{session.code}", ("code", "name", "in", "out"), rows)


@bp.route(f"{PLACE}/sheet/return", methods=["GET", "POST"])
@allow(*STAFF)
def bring_back(course_id: int, session_code: str) -> ResponseReturnValue:
    """Take the file or the pasted lines, and show what they would change; nothing is stored yet."""
    session = find_room(session_code)
    if request.method == "GET":
        return _return_page(session, "", None, [])
    text = _sent_text()
    plan = _plan(session, text)
    return _return_page(session, text, plan, plan.faults)


@bp.post(f"{PLACE}/sheet/save")
@allow(*STAFF)
def save(course_id: int, session_code: str) -> ResponseReturnValue:
    """Store the lines that were ticked, all of them or none."""
    session, at = find_room(session_code), clock.now()
    text = _sent_text()
    plan = _plan(session, text)
    if plan.faults:
        return _return_page(session, text, plan, plan.faults)
    try:
        with transaction():
            count = sheet_taking.take_over(
                session,
                plan.lines,
                read_ids(request.form.getlist("line")),
                by_id=actor().person_id,
                at=at,
            )
    except Refused as refusal:
        flash(str(refusal), "alert")
        return _return_page(session, text, _plan(session, text), [])
    flash(
        ngettext("%(num)d person recorded from the sheet.", "%(num)d people recorded from the sheet.", count),
        "success",
    )
    return redirect(url_for("rooms.room", course_id=course_id, session_code=session.code), 303)


def _sent_text() -> str:
    upload = request.files.get("file")
    raw = upload.read() if upload is not None else b""
    text = decoded(raw) if raw else request.form.get("text", "")
    return (text or "").replace("\0", "")


def _plan(session: AttendanceSession, text: str) -> SheetPlan:
    if len(text) > LONGEST_TEXT:
        return SheetPlan([], [SheetFault(1, FaultKind.TOO_LONG)])
    rows, faults = read_sheet(text)
    plan = sheet_taking.planned(
        actor(),
        session,
        rows,
        whose=lambda code: learner_codes.enrolment_of(code, settings().secret_key, session.course_id),
        zone=page_zone(),
    )
    every = sorted([*faults, *plan.faults], key=lambda fault: fault.line)
    return SheetPlan(plan.lines, every)


def _return_page(
    session: AttendanceSession, text: str, plan: SheetPlan | None, faults: Sequence[SheetFault]
) -> str:
    return render_template(
        "attendance/sheet_return.html",
        course_id=session.course_id,
        session=session,
        text=text,
        plan=plan if plan is not None and not faults else None,
        faults=faults,
        fault_words=FAULT_WORDS,
        Difference=Difference,
        stay_words=stay_words,
    )


def _sheet_line(session: AttendanceSession, number: int, learner: Enrolment) -> SheetLine:
    code = _code(session, learner)
    return SheetLine(
        number, learner, code, draw(learner_codes.qr_text(session.course_id, code, session.code))
    )


def _code(session: AttendanceSession, learner: Enrolment) -> str:
    return learner_codes.code_of(settings().secret_key, session.course_id, learner.id)


def _first_and_last(stays: Sequence[PresenceRecord]) -> tuple[str, str]:
    """Return when somebody came first and left last, as the file writes it; empty while somebody is in."""
    if not stays:
        return "", ""
    ends = [stay.out_at for stay in stays]
    last = max((end for end in ends if end is not None), default=None) if None not in ends else None
    return _clock(min(stay.in_at for stay in stays)), _clock(last)


def _clock(moment: dt.datetime | None) -> str:
    return f"{wall_time(moment):%H:%M}" if moment is not None else ""
