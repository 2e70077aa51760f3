"""Let staff answer learners who want a mark looked at again: in words, or with a new mark."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.marking import forms, queries, regrading
from sca_lms.marking.models import RegradeRequest
from sca_lms.marking.subjects import Subject, SubjectKind
from sca_lms.marking.words import REQUESTS
from sca_lms.web.paging import page_number

bp = Blueprint(
    "marking_regrades",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/marking/requests",
)


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """List the requests that wait, the oldest first, or those that were answered."""
    is_open = request.args.get("state") != "answered"
    return render_template(
        "marking/regrades.html", course_id=course_id, is_open=is_open, REQUESTS=REQUESTS,
        page=regrading.page(course_id, is_open=is_open, number=page_number(request.args)),
    )  # fmt: skip


@bp.get("/<int:request_id>")
@allow(*STAFF)
def one(course_id: int, request_id: int) -> ResponseReturnValue:
    """Show one request, the mark it is about and its history, and the fields of the answer."""
    found = regrading.find_request(course_id, request_id) or abort(404)
    return _page(found, forms.KeepForm())


@bp.post("/<int:request_id>")
@allow(*STAFF)
def keep(course_id: int, request_id: int) -> ResponseReturnValue:
    """Answer that the mark stays, in words; another mark is given in the grader."""
    found = regrading.find_request(course_id, request_id) or abort(404)
    form = forms.KeepForm(request.form)
    if not form.validate():
        return _page(found, form), 400
    try:
        with transaction():
            regrading.keep(
                found, _subject(found), form.answer.data or "", by=actor().person_id or abort(403),
                at=clock.now(),
            )  # fmt: skip
    except Refused as refusal:
        form.reject(refusal)
        fresh = regrading.find_request(course_id, request_id) or abort(404)
        return _page(fresh, form), 409
    flash(_("The learner sees the answer."))
    return redirect(url_for(".index", course_id=course_id))


def _subject(found: RegradeRequest) -> Subject:
    kind = SubjectKind.WORKS if found.mark.work_id is not None else SubjectKind.ATTEMPTS
    subject_id = found.mark.work_id or found.mark.attempt_id or 0
    return queries.find_subject(actor(), kind, subject_id) or abort(404)


def _page(found: RegradeRequest, form: forms.KeepForm) -> str:
    subject = _subject(found)
    return render_template(
        "marking/regrade.html", asked=found, form=form, subject=subject, given=found.mark,
        revisions=queries.revisions_of(found.mark), REQUESTS=REQUESTS,
        is_own=queries.is_own(subject, actor().person_id),
    )  # fmt: skip
