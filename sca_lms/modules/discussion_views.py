"""Pages on which people discuss in a unit: a new thread, a thread with its answers, editing and hiding."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import own_enrolment
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.modules import discussion_board, discussion_operations, discussion_queries, queries
from sca_lms.modules.forms import HideForm, PostForm
from sca_lms.modules.models import DiscussionPost, Unit
from sca_lms.modules.plan import UnitType
from sca_lms.web.incoming import read_ids
from sca_lms.web.paging import page_number

bp = Blueprint(
    "discussions",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/modules/<code>/<unit_code>/discussion",
)
WRITERS = (Role.LEARNER, *sorted(STAFF))


@bp.post("")
@allow(*WRITERS)
def begin(course_id: int, code: str, unit_code: str) -> ResponseReturnValue:
    """Begin a thread; what cannot be taken is shown again with what was typed."""
    unit, writer, form = _unit(code, unit_code), _writer(), PostForm(request.form)
    if form.validate():
        try:
            with transaction():
                post = discussion_operations.write(
                    unit, writer, form.text(), key=str(form.key.data), at=clock.now()
                )
        except Refused as refusal:
            form.reject(refusal)
        else:
            flash(_("Your post is there."))
            address = url_for("modules.unit", course_id=course_id, code=code, unit_code=unit_code)
            return redirect(f"{address}#post-{post.id}", 303)
    return _writing(unit, form, _url(unit, ".begin"), title=_("New post")), 400


@bp.get("/<int:post_id>")
@allow(*WRITERS)
def thread(course_id: int, code: str, unit_code: str, post_id: int) -> ResponseReturnValue:
    """Show a thread with its answers; the address of an answer leads to its place in the thread."""
    del course_id
    unit = _unit(code, unit_code)
    post = _post(unit, post_id)
    if post.thread_id is not None:
        return redirect(_address(unit, post), 303)
    return _thread(unit, post, _reply_form(unit, post))


@bp.post("/<int:post_id>")
@allow(*WRITERS)
def reply(course_id: int, code: str, unit_code: str, post_id: int) -> ResponseReturnValue:
    """Answer a post of a thread."""
    del course_id
    unit, writer, form = _unit(code, unit_code), _writer(), PostForm(request.form)
    begun = _thread_of(unit, post_id)
    if form.validate():
        try:
            with transaction():
                answered = _answered(unit, begun, form.to.data)
                post = discussion_operations.write(
                    unit, writer, form.text(), key=str(form.key.data), at=clock.now(), answers=answered
                )
        except Refused as refusal:
            form.reject(refusal)
        else:
            flash(_("Your answer is there."))
            return redirect(_address(unit, post), 303)
    return _thread(unit, begun, form), 400


@bp.route("/<int:post_id>/edit", methods=["GET", "POST"])
@allow(*WRITERS)
def edit(course_id: int, code: str, unit_code: str, post_id: int) -> ResponseReturnValue:
    """Change one's own post while it is new."""
    del course_id
    unit, writer = _unit(code, unit_code), _writer()
    post = _post(unit, post_id)
    if post.enrolment_id != writer.id:
        abort(403)
    status = 200
    form = PostForm(request.form) if request.method == "POST" else discussion_board.new_form(body=post.body)
    if request.method == "POST":
        status = 400
        if form.validate():
            try:
                with transaction():
                    discussion_operations.edit(post, writer, form.text(), at=clock.now())
            except Refused as refusal:
                form.reject(refusal)
                status = 409
            else:
                flash(_("Your post is changed."))
                return redirect(_address(unit, post), 303)
    address = _url(unit, ".edit", post.id)
    return _writing(unit, form, address, title=_("Change your post")), status


@bp.route("/<int:post_id>/hide", methods=["GET", "POST"])
@allow(*STAFF)
def hide(course_id: int, code: str, unit_code: str, post_id: int) -> ResponseReturnValue:
    """Hide a post from learners, with a reason."""
    del course_id
    unit = _unit(code, unit_code)
    post, form = _post(unit, post_id), HideForm(request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate():
        with transaction():
            discussion_operations.hide(
                post, current_course(), str(form.reason.data).strip(),
                by_id=actor().person_id, at=clock.now(),
            )  # fmt: skip
        flash(_("The post is hidden. It is kept, and can be shown again."))
        return redirect(_address(unit, post), 303)
    page = render_template(
        "modules/discussion_hide.html",
        **_place(unit),
        unit=unit,
        post=post,
        form=form,
        back_to=_address(unit, post),
        reader=discussion_board.reader(),
    )
    return page, 400 if request.method == "POST" else 200


@bp.post("/<int:post_id>/show")
@allow(*STAFF)
def show(course_id: int, code: str, unit_code: str, post_id: int) -> ResponseReturnValue:
    """Show a hidden post again."""
    del course_id
    unit = _unit(code, unit_code)
    post = _post(unit, post_id)
    with transaction():
        discussion_operations.show_again(post, current_course(), by_id=actor().person_id, at=clock.now())
    flash(_("The post is shown again."))
    return redirect(_address(unit, post), 303)


# ---------------------------------------------------------------- what several pages need


def _unit(code: str, unit_code: str) -> Unit:
    """Return the discussion; 403 for learners to whom it is not open."""
    found = queries.find_unit(actor(), unit_code)
    if found is None or found.module.code != code or found.type is not UnitType.DISCUSSION:
        abort(404)
    standing = queries.own_standing(actor(), at=clock.now()) if actor().has(Role.LEARNER) else None
    if not discussion_board.takes_part(found, standing):
        abort(403)
    return found


def _writer() -> Enrolment:
    return own_enrolment(actor()) or abort(404)


def _post(unit: Unit, post_id: int) -> DiscussionPost:
    return discussion_queries.find_post(unit, post_id) or abort(404)


def _thread_of(unit: Unit, post_id: int) -> DiscussionPost:
    post = _post(unit, post_id)
    return post if post.thread_id is None else _post(unit, post.thread_id)


def _answered(unit: Unit, begun: DiscussionPost, sent: str | None) -> DiscussionPost:
    """Return the post of the thread that the form names, the thread's first one where it names none."""
    ids = read_ids([sent or ""])
    found = discussion_queries.find_post(unit, min(ids)) if ids else None
    return found if found is not None and found.thread_id == begun.id else begun


def _reply_form(unit: Unit, begun: DiscussionPost) -> PostForm:
    return discussion_board.new_form(to=str(_answered(unit, begun, request.args.get("to")).id))


def _thread(unit: Unit, begun: DiscussionPost, form: PostForm) -> str:
    return render_template(
        "modules/discussion_thread.html",
        **_place(unit),
        unit=unit,
        post=begun,
        page=discussion_queries.answers(begun, number=page_number(request.args)),
        reader=discussion_board.reader(),
        form=form,
        answered=_answered(unit, begun, form.to.data),
    )


def _writing(unit: Unit, form: PostForm, address: str, *, title: str) -> str:
    return render_template(
        "modules/discussion_write.html", **_place(unit), unit=unit, form=form, address=address, heading=title
    )


def _place(unit: Unit) -> dict[str, object]:
    return {"course_id": unit.course_id, "code": unit.module.code, "unit_code": unit.code}


def _address(unit: Unit, post: DiscussionPost) -> str:
    """Return where a post stands in its thread."""
    number = discussion_queries.page_of(post)
    address = _url(unit, ".thread", post.thread_id or post.id, page=number if number > 1 else None)
    return f"{address}#post-{post.id}"


def _url(unit: Unit, view: str, post_id: int | None = None, page: int | None = None) -> str:
    return url_for(
        view, course_id=unit.course_id, code=unit.module.code, unit_code=unit.code, post_id=post_id, page=page
    )
