"""Let staff keep the year of updates: what each is about, when, who speaks, who came, and what it covers."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.attendance.models import SessionState
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.queries import dimensions_in
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.texts import Bilingual
from sca_lms.updates import operations, queries, staff_queries
from sca_lms.updates.forms import (
    ENDINGS,
    LARGEST_FILE_BYTES,
    AboutForm,
    CancelForm,
    FileForm,
    MoveForm,
    NewForm,
    shown_about,
)
from sca_lms.updates.models import KnowledgeUpdate
from sca_lms.updates.rules import ATTENDED_PERCENT, Standing, coverage
from sca_lms.updates.views import dimension_titles, texts_of
from sca_lms.updates.words import STAFF_WORDS, STANDING_MARKS
from sca_lms.uploads import operations as uploads
from sca_lms.uploads.content import Allowed
from sca_lms.uploads.storage import store
from sca_lms.web.exports import Cell, table_file
from sca_lms.web.formats import plain
from sca_lms.web.forms import Form
from sca_lms.web.incoming import takes_files
from sca_lms.web.paging import page_number

bp = Blueprint(
    "update_series",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/updates/series",
)


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """List the year's updates with their figures, and draw which dimensions they cover."""
    updates = queries.updates_of(course_id, drafts=True)
    held = {
        each.number: each.dimensions for each in updates if each.session.state is not SessionState.CANCELLED
    }
    titles = dimension_titles(course_id)
    return render_template(
        "updates/series.html",
        course_id=course_id,
        updates=updates,
        speakers=queries.speakers_of([each.id for each in updates]),
        numbers=staff_queries.numbers_of(course_id),
        none=staff_queries.NONE,
        titles=titles,
        covered=coverage(titles, held),
        percent=ATTENDED_PERCENT,
        at=clock.now(),
        states=SessionState,
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(*STAFF)
def new(course_id: int) -> ResponseReturnValue:
    """Add an update; learners see it once it is published."""
    form = NewForm(request.form if request.method == "POST" else None)
    form.offer(dimensions_in(course_id))
    status = 200
    if request.method == "POST":
        status = 400
        if form.validate() and form.starts_at.data and form.ends_at.data:
            try:
                with transaction():
                    made = operations.add(
                        current_course(), form.about(), form.starts_at.data, form.ends_at.data,
                        person_id=actor().person_id, at=clock.now(),
                    )  # fmt: skip
            except Refused as refusal:
                form.reject(refusal)
                status = 409
            else:
                flash(_("The update is added as a draft. Publish it when it is ready."), "success")
                return redirect(_address(made), 303)
    return render_template("updates/new.html", course_id=course_id, form=form), status


@bp.get("/<int:number>")
@allow(*STAFF)
def page(course_id: int, number: int) -> ResponseReturnValue:
    """Show one update with everything that can be done about it, and who came."""
    return _page(_update(number))


@bp.route("/<int:number>/edit", methods=["GET", "POST"])
@allow(*STAFF)
def edit(course_id: int, number: int) -> ResponseReturnValue:
    """Change what an update is about."""
    update = _update(number)
    speakers = queries.speakers_of([update.id]).get(update.id, [])
    form = AboutForm(request.form if request.method == "POST" else None, data=shown_about(update, speakers))
    form.offer(dimensions_in(course_id))
    status = 200
    if request.method == "POST":
        status = 400
        if form.validate():
            try:
                with transaction():
                    operations.change(
                        current_course(), update, form.about(), row_version=form.row_version.data or 0,
                        person_id=actor().person_id, at=clock.now(),
                    )  # fmt: skip
            except Refused as refusal:
                form.reject(refusal)
                status = 409
            else:
                flash(_("Saved."), "success")
                return redirect(_address(update), 303)
    return render_template("updates/edit.html", course_id=course_id, update=update, form=form), status


@bp.post("/<int:number>/move")
@allow(*STAFF)
def move(course_id: int, number: int) -> ResponseReturnValue:
    """Give an update other times; the calendars of everybody follow."""
    update, form = _update(number), MoveForm(request.form)
    if not form.validate() or form.starts_at.data is None or form.ends_at.data is None:
        return _page(update, move_form=form), 400
    starts_at, ends_at = form.starts_at.data, form.ends_at.data
    try:
        with transaction():
            operations.move(
                current_course(), update, starts_at, ends_at, reason=str(form.reason.data),
                row_version=form.row_version.data or 0, person_id=actor().person_id, at=clock.now(),
            )  # fmt: skip
    except Refused as refusal:
        form.reject(refusal)
        return _page(_update(number), move_form=form), 409
    flash(_("The update is moved; everybody's calendar follows."), "success")
    return redirect(_address(update), 303)


@bp.post("/<int:number>/cancel")
@allow(*STAFF)
def cancel(course_id: int, number: int) -> ResponseReturnValue:
    """Cancel an update."""
    update, form = _update(number), CancelForm(request.form)
    if not form.validate():
        return _page(update, cancel_form=form), 400
    return _do(
        update,
        lambda: operations.cancel(
            current_course(), update, reason=str(form.reason.data), row_version=form.row_version.data or 0,
            person_id=actor().person_id, at=clock.now(),
        ),
        _("The update is cancelled."),
    )  # fmt: skip


@bp.post("/<int:number>/publish")
@allow(*STAFF)
def publish(course_id: int, number: int) -> ResponseReturnValue:
    """Show an update to learners, or hide it."""
    update = _update(number)
    shown = request.form.get("published") == "yes"
    said = request.form.get("row_version", "")
    version = int(said) if said.isascii() and said.isdigit() and len(said) <= 9 else 0
    return _do(
        update,
        lambda: operations.publish(
            current_course(), update, published=shown, row_version=version, person_id=actor().person_id,
            at=clock.now(),
        ),
        _("Learners see the update now.") if shown else _("The update is hidden."),
    )  # fmt: skip


@bp.post("/<int:number>/files")
@allow(*STAFF)
@takes_files(LARGEST_FILE_BYTES)
def files(course_id: int, number: int) -> ResponseReturnValue:
    """Put slides or a handout beside an update."""
    update, form, at = _update(number), FileForm(request.form), clock.now()
    sent = request.files.get("file")
    valid = form.validate()
    if sent is None or not sent.filename:
        form.file.errors = [_("Choose a file.")]
        valid = False
    if not valid or sent is None:
        return _page(update, file_form=form), 400
    try:
        with transaction():
            stored = uploads.take(
                current_course(), sent.filename or "", sent.stream,
                allowed=Allowed(ENDINGS, LARGEST_FILE_BYTES), place=store(),
                scanners=current_app.extensions.get(uploads.SCANNERS, ()), person_id=actor().person_id, at=at,
            )  # fmt: skip
            title = Bilingual(form.title_th.data or "", form.title_en.data or "")
            operations.add_file(current_course(), update, stored, title, person_id=actor().person_id, at=at)
    except Refused as refusal:
        form.reject(refusal, "file")
        return _page(update, file_form=form), 409
    flash(_("The file is added."), "success")
    return redirect(_address(update), 303)


@bp.post("/<int:number>/files/<int:file_id>/remove")
@allow(*STAFF)
def remove_file(course_id: int, number: int, file_id: int) -> ResponseReturnValue:
    """Take a file away from an update."""
    update = _update(number)
    found = queries.find_file(update, file_id) or abort(404)
    with transaction():
        operations.remove_file(current_course(), update, found, person_id=actor().person_id, at=clock.now())
    flash(_("The file is taken away."), "success")
    return redirect(_address(update), 303)


@bp.get("/updates.<kind>")
@allow(*STAFF)
def export(course_id: int, kind: str) -> ResponseReturnValue:
    """Hand out where every learner stands with every update of the year."""
    if kind not in {"csv", "xlsx"}:
        abort(404)
    updates = queries.updates_of(course_id)
    learners = staff_queries.every_learner(course_id)
    found = queries.progress_in(updates, [each.id for each in learners], clock.now())
    zone = ZoneInfo(current_course().timezone)
    head = [_("Name"), _("E-mail"), _("Cohort group"), _("Counted"), _("Updates")]
    for update in updates:
        day = update.session.starts_at.astimezone(zone).date().isoformat()
        title = f"{update.number}. {plain(update.session.title)} ({day})"
        head += [_("%(title)s: minutes", title=title), _("%(title)s: state", title=title)]
    rows: list[list[Cell]] = []
    for learner in learners:
        progress = found[learner.id]
        row: list[Cell] = [
            learner.person.full_name, learner.person.email, learner.group, progress.counted, progress.total,
        ]  # fmt: skip
        for update in updates:
            part = progress.parts[update.id]
            row += [part.attendance.minutes, str(STAFF_WORDS[part.standing])]
        rows.append(row)
    return table_file(kind, _("monthly updates"), head, rows)


def _do(update: KnowledgeUpdate, change: Callable[[], None], done: str) -> ResponseReturnValue:
    try:
        with transaction():
            change()
    except Refused as refusal:
        flash(str(refusal), "alert")
        return _page(_update(update.number)), 409
    flash(done, "success")
    return redirect(_address(update), 303)


def _page(
    update: KnowledgeUpdate,
    *,
    move_form: Form | None = None,
    cancel_form: Form | None = None,
    file_form: Form | None = None,
) -> str:
    at, search = clock.now(), request.args.get("q", "").strip()
    seen = {
        "starts_at": update.session.starts_at,
        "ends_at": update.session.ends_at,
        "row_version": update.row_version,
    }
    learners = courses.learners(actor(), search=search, number=page_number(request.args))
    progress = queries.progress_in([update], [each.id for each in learners.items], at)
    return render_template(
        "updates/staff_page.html",
        course_id=update.course_id,
        update=update,
        session=update.session,
        speakers=queries.speakers_of([update.id]).get(update.id, []),
        files=queries.files_of(update.id),
        about=texts_of(update.about),
        titles=dimension_titles(update.course_id),
        numbers=staff_queries.numbers_of(update.course_id).get(update.id, staff_queries.NONE),
        learners=learners,
        parts={key: each.parts[update.id] for key, each in progress.items()},
        search_text=search,
        move_form=move_form or MoveForm(data=seen),
        cancel_form=cancel_form or CancelForm(data=seen),
        file_form=file_form or FileForm(),
        words=STAFF_WORDS,
        marks=STANDING_MARKS,
        standings=Standing,
        states=SessionState,
        percent=ATTENDED_PERCENT,
        at=at,
    )


def _update(number: int) -> KnowledgeUpdate:
    return queries.find_update(actor().course_id, number, drafts=True) or abort(404)


def _address(update: KnowledgeUpdate) -> str:
    return url_for("update_series.page", course_id=update.course_id, number=update.number)
