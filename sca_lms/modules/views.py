"""Pages of the pre-bootcamp modules: the list, a module, the unit player, and attendance of live classes."""

import datetime as dt
import secrets

from babel.dates import get_timezone_location
from flask import (
    Blueprint,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_grant
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import own_enrolment
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.modules import (
    discussion_board,
    editing_queries,
    file_views,
    live_classes,
    operations,
    queries,
)
from sca_lms.modules.forms import EvidenceForm
from sca_lms.modules.models import Unit
from sca_lms.modules.plan import EvidenceKind, Playback, UnitPlan, UnitType
from sca_lms.modules.player import place_of, reading
from sca_lms.modules.standing import CourseStanding, UnitStanding, UnitState
from sca_lms.modules.videos import embed_address, origin_of
from sca_lms.modules.watching import NEEDED_PERCENT, WatchReportError, parse_length, parse_report
from sca_lms.web.i18n import page_locale, page_zone, zone_name
from sca_lms.web.incoming import is_key, json_sent, read_ids
from sca_lms.web.paging import page_number

bp = Blueprint("modules", __name__, template_folder="templates")

READERS = (Role.LEARNER, Role.MENTOR, Role.AUTHOR, *sorted(STAFF))
LARGEST_REPORT = 64 * 1024
PLACE = "/courses/<int:course_id>/modules"
UNIT = f"{PLACE}/<code>/<unit_code>"


# ---------------------------------------------------------------- reading and learning


@bp.get(PLACE)
@allow(*Role)
def index(course_id: int) -> ResponseReturnValue:
    """List all modules: what is done, what is next, and why something is locked."""
    standing = _own_standing(at=clock.now())
    return render_template(
        "modules/index.html",
        course_id=course_id,
        modules=[module.plan for module in standing.modules] if standing else queries.outline(course_id),
        standing=standing,
        numbers=_numbers(standing),
        may_open=actor().has(*READERS),
        may_import=actor().has(*STAFF, Role.AUTHOR),
    )


@bp.get(f"{PLACE}/<code>")
@allow(*READERS)
def module(course_id: int, code: str) -> ResponseReturnValue:
    """Show the units of a module and all that is still missing in it."""
    found = queries.find_module(actor(), code) or abort(404)
    standing = _own_standing(at=clock.now())
    outline = [each.plan for each in standing.modules] if standing else queries.outline(course_id)
    number, plan = next((n, each) for n, each in enumerate(outline, 1) if each.id == found.id)
    return render_template(
        "modules/module.html",
        course_id=course_id,
        module=plan,
        number=number,
        total=len(outline),
        standing=standing.module(code) if standing else None,
        numbers=_numbers(standing),
        may_write=actor().has(*file_views.AUTHORS),
        is_staff=actor().has(*STAFF),
    )


@bp.get(UNIT)
@allow(*READERS)
def unit(course_id: int, code: str, unit_code: str) -> ResponseReturnValue:
    """Show one unit: its text, video, class or quiz, what completes it, and the way back and on."""
    found, at = _unit(code, unit_code), clock.now()
    standing = _own_standing(at=at)
    outline = [each.plan for each in standing.modules] if standing else queries.outline(course_id)
    own = standing.unit(unit_code) if standing else None
    plan = queries.unit_plan(found)
    _allow_other_sites(found, plan)
    files = editing_queries.files_of([found.module_id])
    pictures = file_views.pictures_of(found.module, files)
    wanted = request.args.get("text", "")
    return render_template(
        "modules/unit.html",
        course_id=course_id,
        unit=found,
        plan=plan,
        module=next(each for each in outline if each.id == found.module_id),
        place=place_of(outline, unit_code) or abort(404),
        standing=own,
        module_standing=standing.module(code) if standing else None,
        numbers=_numbers(standing),
        body=reading(found.body, wanted=wanted, locale=page_locale(), pictures=pictures),
        transcript=reading(found.transcript, wanted=wanted, locale=page_locale(), pictures=pictures),
        offered=file_views.offered(found.module, files, found.files),
        tracks=file_views.tracks(found.module, files, found.captions),
        may_write=actor().has(*file_views.AUTHORS),
        embed=embed_address(found.video_url) if plan.playback is Playback.EMBED else None,
        phase=live_classes.live_phase(found.starts_at, minutes=found.minutes, at=at),
        doors_at=found.starts_at - live_classes.DOORS_OPEN_BEFORE if found.starts_at else None,
        may_join=_may_join(found, own, at=at) if own else actor().has(*STAFF),
        zone=zone_name(),
        zone_words=get_timezone_location(page_zone(), locale=page_locale()),
        position=_position(found, own),
        key=secrets.token_urlsafe(12),
        is_staff=actor().has(*STAFF),
        board=_board(found, standing),
        may_measure=actor().has(*STAFF, Role.AUTHOR) and found.video_seconds is None,
    )


@bp.post(f"{UNIT}/evidence")
@allow(Role.LEARNER)
def record(course_id: int, code: str, unit_code: str) -> ResponseReturnValue:
    """Take a learner's word that a text was read or a task was done."""
    found, learner = _unit(code, unit_code), _learner()
    form = EvidenceForm(request.form)
    if not form.validate():
        abort(400)
    with transaction():
        operations.record_evidence(
            found, learner, form.evidence_kind(), key=str(form.key.data), at=clock.now()
        )
    return _to_unit(course_id, code, unit_code)


@bp.post(f"{UNIT}/undo")
@allow(Role.LEARNER)
def take_back(course_id: int, code: str, unit_code: str) -> ResponseReturnValue:
    """Take back a learner's own word; the entry stays, with one that reverses it."""
    found, learner = _unit(code, unit_code), _learner()
    with transaction():
        changed = operations.take_back(found, learner, at=clock.now())
    if changed:
        flash(_("Taken back. This unit is open again."))
    return _to_unit(course_id, code, unit_code)


@bp.post(f"{UNIT}/watched")
@allow(Role.LEARNER)
def watch(course_id: int, code: str, unit_code: str) -> ResponseReturnValue:
    """Take the player's report of the parts that were played."""
    found, learner = _unit(code, unit_code), _learner()
    sent = json_sent(LARGEST_REPORT)
    key = sent.get("key") if isinstance(sent, dict) else None
    try:
        report = parse_report(sent)
    except WatchReportError as error:
        return jsonify(message=str(error)), 400
    if not is_key(key):
        return jsonify(message="needs a key"), 400
    try:
        with transaction():
            watched = operations.record_watching(
                found, learner, report, key=str(key), at=clock.now(), since=current_grant().granted_at
            )
    except Refused as refusal:
        return jsonify(message=str(refusal)), 409
    return jsonify(
        percent=watched.percent, done=watched.percent >= NEEDED_PERCENT, held_back=watched.held_back
    )


@bp.post(f"{UNIT}/length")
@allow(*STAFF, Role.AUTHOR)
def measure(course_id: int, code: str, unit_code: str) -> ResponseReturnValue:
    """Take the length of a video from the player of somebody who teaches, where it is not known yet."""
    found = _unit(code, unit_code)
    try:
        seconds = parse_length(json_sent(LARGEST_REPORT))
    except WatchReportError as error:
        return jsonify(message=str(error)), 400
    with transaction():
        operations.measure_video(found, seconds, person_id=actor().person_id, at=clock.now())
    return jsonify(seconds=found.video_seconds)


@bp.post(f"{UNIT}/join")
@allow(Role.LEARNER)
def join(course_id: int, code: str, unit_code: str) -> ResponseReturnValue:
    """Record that a learner enters a live class, and lead to it."""
    found, learner = _unit(code, unit_code), _learner()
    with transaction():
        operations.record_evidence(
            found, learner, EvidenceKind.JOINED, key=secrets.token_urlsafe(12), at=clock.now()
        )
    # Classrooms refuse to stand in a frame, so inside of one our page offers the link for a tab of its own.
    framed = request.headers.get("Sec-Fetch-Dest") in {"iframe", "frame", "empty"}
    if not found.join_url or framed:
        return _to_unit(course_id, code, unit_code)
    return redirect(found.join_url, 303)


# ---------------------------------------------------------------- attendance


@bp.get(f"{UNIT}/attendance")
@allow(*STAFF)
def attendance(course_id: int, code: str, unit_code: str) -> ResponseReturnValue:
    """List all learners with a box for who was in the class."""
    found = _live_unit(code, unit_code)
    search, batch = request.args.get("q", "").strip()[:100], request.args.get("saved", "")
    saved = _saved(found, batch)
    return render_template(
        "modules/attendance.html",
        course_id=course_id,
        unit=found,
        page=queries.attendance_page(actor(), found, search=search, number=page_number(request.args)),
        count=queries.attendance_count(found),
        search=search,
        batch=batch if saved else "",
        saved=saved,
        may_mark=live_classes.live_phase(found.starts_at, minutes=found.minutes, at=clock.now())
        is not live_classes.LivePhase.BEFORE,
    )


@bp.post(f"{UNIT}/attendance")
@allow(*STAFF)
def save_attendance(course_id: int, code: str, unit_code: str) -> ResponseReturnValue:
    """Save the boxes that were changed on this page; what others changed meanwhile stays."""
    found, by_id = _live_unit(code, unit_code), actor().person_id or abort(404)
    shown, present = read_ids(request.form.getlist("shown")), read_ids(request.form.getlist("present"))
    changed = shown & (present ^ read_ids(request.form.getlist("was_present")))
    batch = secrets.token_urlsafe(9)
    learners = queries.learners_among(actor(), changed) if changed else ()
    with transaction():
        saved = operations.save_attendance(found, learners, present, by_id=by_id, batch=batch, at=clock.now())
    if not saved:
        flash(_("Nothing was changed."))
    return _to_attendance(course_id, code, unit_code, saved=batch if saved else None)


@bp.post(f"{UNIT}/attendance/undo")
@allow(*STAFF)
def undo_attendance(course_id: int, code: str, unit_code: str) -> ResponseReturnValue:
    """Undo what was saved at once."""
    found, by_id = _live_unit(code, unit_code), actor().person_id or abort(404)
    batch = request.form.get("batch", "")
    if not is_key(batch):
        abort(400)
    with transaction():
        operations.undo_attendance(found, batch, by_id=by_id, at=clock.now())
    flash(_("Undone. The attendance is as it was before."))
    return _to_attendance(course_id, code, unit_code)


# ---------------------------------------------------------------- what several pages need


def _unit(code: str, unit_code: str) -> Unit:
    found = queries.find_unit(actor(), unit_code)
    return found if found is not None and found.module.code == code else abort(404)


def _live_unit(code: str, unit_code: str) -> Unit:
    found = _unit(code, unit_code)
    return found if found.type is UnitType.LIVE else abort(404)


def _learner() -> Enrolment:
    return own_enrolment(actor()) or abort(404)


def _own_standing(*, at: dt.datetime) -> CourseStanding | None:
    """Return where a learner stands; those who only look have no standing."""
    return queries.own_standing(actor(), at=at) if actor().has(Role.LEARNER) else None


def _board(unit: Unit, standing: CourseStanding | None) -> discussion_board.Board | None:
    is_open = unit.type is UnitType.DISCUSSION and discussion_board.takes_part(unit, standing)
    return discussion_board.board(unit) if is_open else None


def _numbers(standing: CourseStanding | None) -> dict[str, int]:
    """Return the number of each module on the page, by its code."""
    return {module.code: number for number, module in enumerate(standing.modules, 1)} if standing else {}


def _may_join(unit: Unit, standing: UnitStanding, *, at: dt.datetime) -> bool:
    open_now = live_classes.may_join(unit.starts_at, minutes=unit.minutes, at=at)
    return open_now and standing.state is not UnitState.LOCKED


def _position(unit: Unit, standing: UnitStanding | None) -> int:
    """Return the second at which a learner left the video, 0 for a beginning or a video that is done."""
    if (
        standing is None
        or standing.done
        or standing.plan.playback is not Playback.FILE
        or not standing.percent
    ):
        return 0
    reports = queries.watch_reports(unit, actor().enrolment_id or 0)
    return reports[-1].position_seconds if reports else 0


def _allow_other_sites(unit: Unit, plan: UnitPlan) -> None:
    """Name the sites that this page plays a video from or sends its form on to."""
    video = embed_address(unit.video_url) if plan.playback is Playback.EMBED else unit.video_url
    g.frame_sources = [origin_of(video)] if plan.playback is not Playback.NONE else []
    g.form_action_origins = [origin_of(unit.join_url)] if unit.join_url else []


def _saved(unit: Unit, batch: str) -> str:
    """Say what the last saving of the attendance did, empty when it cannot be undone (any more)."""
    entries = (
        queries.batch_entries(unit, batch, recorded_by_id=actor().person_id or 0) if is_key(batch) else ()
    )
    present = len({entry.enrolment_id for entry in entries if entry.kind is EvidenceKind.PRESENT})
    absent = len({entry.enrolment_id for entry in entries if entry.kind is EvidenceKind.WITHDRAWN})
    parts = []
    if present:
        parts.append(ngettext("%(num)d person marked present.", "%(num)d people marked present.", present))
    if absent:
        parts.append(ngettext("%(num)d person marked absent.", "%(num)d people marked absent.", absent))
    return " ".join(parts)


def _to_unit(course_id: int, code: str, unit_code: str) -> ResponseReturnValue:
    return redirect(url_for(".unit", course_id=course_id, code=code, unit_code=unit_code), 303)


def _to_attendance(
    course_id: int, code: str, unit_code: str, *, saved: str | None = None
) -> ResponseReturnValue:
    address = url_for(
        ".attendance",
        course_id=course_id,
        code=code,
        unit_code=unit_code,
        saved=saved,
        q=request.form.get("q") or None,
        page=request.form.get("page") or None,
    )
    return redirect(address, 303)
