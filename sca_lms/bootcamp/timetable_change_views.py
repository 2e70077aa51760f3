"""Change what is published: a form, a preview of who gains or loses minutes, and the history; and imports."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.attendance import timetable
from sca_lms.attendance.models import AttendanceSession, SessionRevision, SessionState
from sca_lms.attendance.queries import find_session
from sca_lms.bootcamp import (
    timetable_changes,
    timetable_csv,
    timetable_ics,
    timetable_queries,
    timetable_words,
)
from sca_lms.bootcamp.timetable_changes import Edits, Preview, counted
from sca_lms.bootcamp.timetable_comparison import Comparison, compare, wrongly_changed
from sca_lms.bootcamp.timetable_forms import (
    MODE_WORDS,
    CancelForm,
    ChangeForm,
    ImportForm,
    filled_in,
    named,
)
from sca_lms.bootcamp.timetable_queries import PUBLISHED, Workbench
from sca_lms.bootcamp.timetable_rows import FileFault
from sca_lms.bootcamp.timetable_rules import PlannedSession
from sca_lms.calendar.classes import ClassesClash
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Text
from sca_lms.texts import Bilingual
from sca_lms.web import formats

bp = Blueprint(
    "timetable_changes",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/timetable/edit",
)

MOST_SHOWN = 1_000
"""People whom a preview lists; beyond them it counts."""


@bp.route("/sessions/<session_code>/change", methods=["GET", "POST"])
@allow(Role.MANAGER)
def change(course_id: int, session_code: str) -> ResponseReturnValue:
    """Give a published session other times or another room, after a look at what that does to people."""
    bench, plan = _published(session_code)
    form = ChangeForm(named(request.form) if request.method == "POST" else None, data=filled_in(plan))
    form.known = plan
    seen = None
    if request.method == "POST" and form.validate() and "again" not in request.form:
        wanted = counted(form.plan(plan), bench)
        if wanted == plan:
            form.form_errors.append(_("Nothing is different yet."))
        else:
            done, seen = _carry_out(form, Edits(changed=(wanted,)))
            if done:
                flash(_("The session is changed."))
                return redirect(_history(course_id, session_code), 303)
    return render_template(
        "bootcamp/timetable_change.html",
        course_id=course_id,
        plan=plan,
        form=form,
        preview=seen,
        wanted=seen.edits.changed[0] if seen is not None else None,
        **_about(bench, seen),
    )


@bp.route("/sessions/<session_code>/cancel", methods=["GET", "POST"])
@allow(Role.MANAGER)
def cancel(course_id: int, session_code: str) -> ResponseReturnValue:
    """Cancel a published session, after a look at what that does to people."""
    bench, plan = _published(session_code)
    form, edits = CancelForm(request.form), Edits(cancelled=(session_code,))
    if request.method == "POST" and form.validate():
        done, seen = _carry_out(form, edits)
        if done:
            flash(_("The session is cancelled."))
            return redirect(_history(course_id, session_code), 303)
    else:
        seen = timetable_changes.preview(current_course(), edits, at=clock.now())
    return render_template(
        "bootcamp/timetable_cancel.html",
        course_id=course_id,
        plan=plan,
        form=form,
        preview=seen,
        **_about(bench, seen),
    )


@bp.get("/sessions/<session_code>/history")
@allow(*STAFF)
def history(course_id: int, session_code: str) -> ResponseReturnValue:
    """Show every change of a session since it was published: when, who, why, and what was before."""
    session = find_session(actor(), session_code) or abort(404)
    if session.state is SessionState.DRAFT:
        abort(404)
    return render_template(
        "bootcamp/timetable_history.html",
        course_id=course_id,
        session=session,
        changes=_changes(session),
        words=timetable_words,
        may_edit=actor().has(Role.MANAGER) and session.state in PUBLISHED,
    )


@bp.route("/import", methods=["GET", "POST"])
@allow(Role.MANAGER)
def take_in(course_id: int) -> ResponseReturnValue:
    """Read a file whole, show every fault or every difference, and take it over all at once."""
    bench = timetable_queries.workbench(current_course())
    form, taken = ImportForm(_with_files()), None
    if request.method == "POST" and form.validate() and (text := form.content()) is not None:
        taken = _read(bench, text, removes=bool(form.remove.data))
        if not taken.faults and not taken.comparison.is_empty and _is_sound(form, taken.edits):
            done, taken.preview = _carry_out(form, taken.edits)
            if done:
                flash(_imported(taken.comparison))
                return redirect(url_for("timetable_builder.index", course_id=course_id), 303)
    return render_template(
        "bootcamp/timetable_import.html",
        course_id=course_id,
        form=form,
        taken=taken,
        preview=taken.preview if taken is not None else None,
        **_about(bench, taken.preview if taken is not None else None),
    )


# ---------------------------------------------------------------- preview and commit


def _carry_out(form: ChangeForm | CancelForm | ImportForm, edits: Edits) -> tuple[bool, Preview]:
    """Commit what was looked at; otherwise return the preview to look at, with its digest in the form."""
    course, at = current_course(), clock.now()
    if form.digest.data:
        try:
            with transaction():
                seen = timetable_changes.commit(
                    course, edits, digest=form.digest.data, reason=form.reason.data or "",
                    person_id=actor().person_id, at=at,
                )  # fmt: skip
        except (timetable_changes.Outdated, timetable_changes.Clashing, ClassesClash) as refusal:
            form.reject(refusal)
        else:
            return True, seen
    seen = timetable_changes.preview(course, edits, at=at)
    form.digest.raw_data, form.digest.data = None, seen.digest
    return False, seen


def _about(bench: Workbench, preview: Preview | None) -> dict[str, object]:
    """Return what every page with a preview needs beside it."""
    course_id = actor().course_id
    return {
        "bench": bench,
        "words": timetable_words,
        "most_shown": MOST_SHOWN,
        "clash_lines": [
            *timetable_words.fault_lines(course_id, bench, preview.clashes if preview else ()),
            *timetable_words.appointment_lines(course_id, bench, preview.in_the_way if preview else ()),
        ],
        "sum_lines": timetable_words.fault_lines(course_id, bench, preview.sums if preview else ()),
    }


def _published(session_code: str) -> tuple[Workbench, PlannedSession]:
    bench = timetable_queries.workbench(current_course())
    plan = bench.plan_by_code.get(session_code)
    return (bench, plan) if plan is not None and plan.published else abort(404)


def _history(course_id: int, session_code: str) -> str:
    return url_for(".history", course_id=course_id, session_code=session_code)


# ---------------------------------------------------------------- files


@dataclass(slots=True)
class Taken:
    """What a file says: every fault of it, or what it changes."""

    comparison: Comparison
    edits: Edits
    faults: Sequence[FileFault]
    removes: bool
    text: str = ""
    """The same sessions as the text of a table, which the form carries on."""
    preview: Preview | None = None


def _read(bench: Workbench, text: str, *, removes: bool) -> Taken:
    """Read a file whole and compare it with what is there."""
    read = timetable_ics.read if timetable_ics.is_calendar(text) else timetable_csv.read
    reading = read(text, bench.for_rows)
    comparison = compare(bench.planned, [counted(each, bench) for each in reading.sessions])
    faults = [*reading.faults, *_faults_here(bench, comparison, reading.lines)]
    gone = comparison.gone if removes else ()
    changed = [(each.before.published, each.after) for each in comparison.changed]
    edits = Edits(
        puts=(*comparison.new, *(after for published, after in changed if not published)),
        removed=tuple(plan.code for plan in gone if not plan.published),
        changed=tuple(replace(after, published=True) for published, after in changed if published),
        cancelled=tuple(plan.code for plan in gone if plan.published),
    )
    return Taken(
        comparison,
        edits,
        sorted(faults, key=lambda fault: fault.line),
        removes,
        timetable_csv.text(reading.sessions, bench.zone),
    )


def _faults_here(bench: Workbench, comparison: Comparison, lines: Mapping[str, int]) -> list[FileFault]:
    """Return what is wrong with a sound file in this course."""
    faults = [
        FileFault(
            lines[plan.code], "code", _("“%(code)s” was a session that is cancelled now", code=plan.code)
        )
        for plan in comparison.new
        if plan.code in bench.taken
    ]
    for difference in comparison.changed:
        faults += [
            FileFault(
                lines[difference.after.code],
                name,
                _("a published session keeps this; cancel it and add a new one instead"),
            )
            for name in wrongly_changed(difference)
        ]
    return faults


def _is_sound(form: ImportForm, edits: Edits) -> bool:
    """Ask for a reason before anything is taken over that people have seen already."""
    if form.digest.data and edits.concerns_published and not form.reason.data:
        form.reason.errors = [_("Fill in this field.")]
        form.digest.data = ""
    return True


def _with_files() -> MultiDict[str, str | FileStorage] | None:
    if request.method != "POST":
        return None
    sent: MultiDict[str, str | FileStorage] = MultiDict(request.form.items(multi=True))
    sent.update(request.files)
    return sent


def _imported(comparison: Comparison) -> str:
    number = len(comparison.new) + len(comparison.changed)
    return ngettext("%(num)d session is taken over.", "%(num)d sessions are taken over.", number)


# ---------------------------------------------------------------- history


@dataclass(frozen=True, slots=True)
class PastChange:
    """One change of a published session, and each field (word, before, after) that it changed."""

    revision: SessionRevision
    fields: Sequence[tuple[Text, str, str]]


def _changes(session: AttendanceSession) -> list[PastChange]:
    found: list[PastChange] = []
    after: Mapping[str, object] = timetable.as_json(session)
    for revision in timetable_queries.revisions(session):
        before = revision.before
        found.append(
            PastChange(
                revision,
                [
                    (word, _value_words(name, before[name]), _value_words(name, after[name]))
                    for name, word in timetable_words.FIELD_WORDS.items()
                    if name in before and name in after and before[name] != after[name]
                ],
            )
        )
        after = before
    return found


def _value_words(name: str, value: object) -> str:
    """Return what a revision kept, in words."""
    match name:
        case "starts_at" | "ends_at":
            return formats.moment(_moment(value), "short")
        case "breaks" if isinstance(value, list):
            return (
                ", ".join(formats.period(_moment(start), _moment(end), "time") for start, end in value) or "–"
            )
        case "title" | "venue":
            return formats.plain(Bilingual.of(value)) or "–"
        case "state":
            return str(timetable_words.STATE_WORDS[SessionState(str(value))])
        case "mode":
            return str(MODE_WORDS[str(value)])
        case "credit_minutes":
            return formats.minutes(int(str(value)))
    return "–" if value in (None, "") else str(value)


def _moment(value: object) -> dt.datetime:
    return dt.datetime.fromisoformat(str(value))
