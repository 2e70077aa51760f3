"""Show the gradebook, and let a teacher write into it by hand."""

from decimal import Decimal, InvalidOperation

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from sca_lms import clock
from sca_lms.demo.bodies import as_json
from sca_lms.demo.lms import Gradebook, current_lms
from sca_lms.demo.pages import find_course
from sca_lms.demo.site import TEACHING_ROLES, Grade, LineItem, User
from sca_lms.demo.visitor import page, role_in, teach, visitor

bp = Blueprint("gradebook", __name__)

REFRESH_SECONDS = 10


@bp.get("/courses/<course_id>/gradebook")
def gradebook(course_id: str) -> ResponseReturnValue:
    """Show every learner to teachers, and learners their own row."""
    course = find_course(course_id)
    role = role_in(course)
    book = current_lms().gradebook(course_id)
    learners = book.learners
    if role not in TEACHING_ROLES:
        learners = tuple(each for each in learners if each.id == visitor().id)
    return page(
        "gradebook.html",
        course=course,
        role=role,
        book=book,
        learners=learners,
        refresh=REFRESH_SECONDS if request.args.get("refresh") else 0,
        number=as_json,
    )


@bp.route("/courses/<course_id>/gradebook/<column_id>/<user_id>", methods=["GET", "POST"])
def cell(course_id: str, column_id: str, user_id: str) -> ResponseReturnValue:
    """Let a teacher change one cell: score, feedback, lock."""
    course = find_course(course_id)
    role = teach(course)
    book = current_lms().gradebook(course_id)
    column, learner = _find_cell(book, column_id, user_id)
    fault, typed = "", request.form.get("score", "").strip()
    if request.method == "POST":
        score = _read_score(typed, column.maximum)
        if typed and score is None:
            fault = _("Write a number from 0 to %(maximum)s.", maximum=as_json(column.maximum))
        else:
            at = clock.now()
            comment = request.form.get("comment", "")[:2000]
            hand = Grade(score, comment, at, at, locked=bool(request.form.get("locked")))
            current_lms().teacher_grades(column_id, user_id, hand, at=at)
            return redirect(url_for("gradebook.gradebook", course_id=course_id), 303)
    return page(
        "cell.html",
        status=422 if fault else 200,
        course=course,
        role=role,
        column=column,
        learner=learner,
        cell=book.cell(user_id, column_id),
        number=as_json,
        fault=fault,
        typed=typed,
    )


def _find_cell(book: Gradebook, column_id: str, user_id: str) -> tuple[LineItem, User]:
    column = next((each for each in book.columns if each.id == column_id), None)
    learner = next((each for each in book.learners if each.id == user_id), None)
    return column or abort(404), learner or abort(404)


def _read_score(typed: str, maximum: Decimal) -> Decimal | None:
    try:
        score = Decimal(typed)
    except InvalidOperation:
        return None
    return score if score.is_finite() and 0 <= score <= maximum else None
