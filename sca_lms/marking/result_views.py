"""What learners see of their marks, and their wish to have one looked at again."""

import datetime as dt

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments.bank_pictures import picture_address
from sca_lms.assessments.sheets import attempt_sheets
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.marking import forms, queries, regrading
from sca_lms.marking.desk import criterion_line, paper
from sca_lms.marking.models import Mark
from sca_lms.marking.subjects import Subject, judgement_of
from sca_lms.marking.words import REQUESTS
from sca_lms.uploads import answers

PREFIX = "/courses/<int:course_id>/marking/results/<any(works,attempts):subject>/<int:subject_id>"
bp = Blueprint("marking_results", __name__, template_folder="templates", url_prefix=PREFIX)


@bp.get("")
@allow(Role.LEARNER)
def page(course_id: int, subject: str, subject_id: int) -> ResponseReturnValue:
    """Show a learner their released mark: levels, comments, files, and what was lost for being late."""
    found, mark = _own(subject, subject_id, at=clock.now())
    return _page(found, mark, forms.AskForm())


@bp.post("/requests")
@allow(Role.LEARNER)
def ask(course_id: int, subject: str, subject_id: int) -> ResponseReturnValue:
    """Ask to have the mark looked at again."""
    at = clock.now()
    found, mark = _own(subject, subject_id, at=at)
    form = forms.AskForm(request.form)
    if not form.validate():
        return _page(found, mark, form), 400
    learner = courses.own_enrolment(actor()) or abort(404)
    try:
        with transaction():
            regrading.ask(found, learner, form.text.data or "", at=at)
    except Refused as refusal:
        form.reject(refusal)
        return _page(found, mark, form), 409
    flash(_("Your request was handed in. The answer appears here."))
    return redirect(url_for(".page", course_id=course_id, subject=subject, subject_id=subject_id))


@bp.get("/files/<int:file_id>")
@allow(Role.LEARNER)
def file(course_id: int, subject: str, subject_id: int, file_id: int) -> ResponseReturnValue:
    """Hand out a file that was given back with the mark, or one that the learner handed in."""
    found, mark = _own(subject, subject_id, at=clock.now())
    given = queries.feedback_files([mark.id]).get(mark.id, ())
    stored = next((each for each in given if each.id == file_id), None)
    return answers.attachment(stored or queries.find_file(found, file_id) or abort(404))


def _own(kind: str, subject_id: int, *, at: dt.datetime) -> tuple[Subject, Mark]:
    """Find what is the learner's own and has a mark that they may see; nothing else exists for them."""
    found = queries.find_subject(actor(), kind, subject_id) or abort(404)
    if actor().enrolment_id not in {each.id for each in found.people}:
        abort(404)
    return found, queries.released_mark(found, at=at) or abort(404)


def _page(found: Subject, mark: Mark, form: forms.AskForm) -> str:
    judgement, rubric = judgement_of(mark), found.rubric
    requests = regrading.requests_about(mark)
    points = mark.points or 0
    marked = mark.submission if mark.submission is not None else found.submission
    after = found.after_penalty(mark.points, marked) if mark.points is not None else None
    sheets = attempt_sheets(
        found.attempt, found.responses, picture_url=picture_address,
        file_url=lambda file_id: url_for(
            ".file", course_id=found.course_id, subject=found.kind.value, subject_id=found.id, file_id=file_id
        ),
    ) if found.attempt else []  # fmt: skip
    hands = {hand.position: hand for hand in found.hands}
    return render_template(
        "marking/result.html",
        subject=found, given=mark, judgement=judgement, form=form, requests=requests, REQUESTS=REQUESTS,
        criteria=[criterion_line(each, judgement) for each in rubric.criteria] if rubric else [],
        paper=paper(found, marked.number if marked else None, author_id=None),
        feedback=queries.feedback_files([mark.id]).get(mark.id, ()),
        changed=queries.change_after_release(mark),
        points=points, after=after, marked=marked,
        may_ask=regrading.may_ask(found, at=clock.now()) and not any(
            each.answered_at is None for each in requests
        ),
        sheets=[sheet for sheet in sheets if sheet.position in hands], hands=hands, total=len(sheets),
    )  # fmt: skip
