"""Show what a release would give to whom, release it, and take it back within ten minutes."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments import queries as assessments
from sca_lms.assignments import queries as assignments
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.marking import forms, queue, releasing, rules
from sca_lms.marking.models import Mark
from sca_lms.marking.releasing import About
from sca_lms.marking.subjects import SubjectKind

bp = Blueprint(
    "marking_releases",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/marking/releases",
)
LISTED = 500
"""So many marks can be chosen one by one; all that are finished can always be released."""


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """List what was released and what still can be taken back, and offer what is finished."""
    at = clock.now()
    return render_template(
        "marking/releases.html",
        course_id=course_id,
        releases=releasing.releases_of(course_id),
        subjects=_choices(course_id),
        at=at,
        seconds_left=_seconds_left(at),
    )


@bp.get("/new")
@allow(*STAFF)
def preview(course_id: int) -> ResponseReturnValue:
    """Show what would be released: how the marks lie, who has none, and what happens then."""
    return _preview(_about())


@bp.post("/new")
@allow(*STAFF)
def create(course_id: int) -> ResponseReturnValue:
    """Release the chosen marks, or all that are finished; learners see them ten minutes later."""
    about = _about()
    chosen: list[int] | None = None
    if request.form.get("which") != "all":
        numbers = [forms.whole_number(text) for text in request.form.getlist("mark")]
        chosen = [number for number in numbers if number is not None]
    try:
        with transaction():
            releasing.release(about, mark_ids=chosen, by=actor().person_id, at=clock.now())
    except releasing.AlreadyReleased as refusal:
        # The second of two clicks: what was wanted is done.
        flash(str(refusal))
        return redirect(url_for(".index", course_id=course_id), 303)
    except Refused as refusal:
        return _preview(about, str(refusal)), 409
    flash(_("Released. Learners see it in ten minutes; until then it can be undone."))
    return redirect(url_for(".index", course_id=course_id))


@bp.post("/<int:release_id>/undo")
@allow(*STAFF)
def undo(course_id: int, release_id: int) -> ResponseReturnValue:
    """Take a release back as if it had never been."""
    found = releasing.find_release(course_id, release_id) or abort(404)
    try:
        with transaction():
            releasing.undo(found, current_course(), by=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(_("The release was undone. No learner has seen these marks."))
    return redirect(url_for(".index", course_id=course_id))


def _about() -> About:
    """Find what is to be released in the address."""
    assignment_id = forms.whole_number(request.args.get("assignment"))
    quiz_id = forms.whole_number(request.args.get("quiz"))
    if assignment_id is not None:
        assignment = assignments.find_assignment(actor(), assignment_id) or abort(404)
        return About(current_course(), assignment=assignment)
    quiz = assessments.find_quiz(actor(), quiz_id) if quiz_id is not None else None
    return About(current_course(), quiz=quiz or abort(404))


def _preview(about: About, fault: str = "") -> str:
    marks = releasing.ready_marks(about)
    shares = [share for mark in marks if (share := _share(about, mark)) is not None]
    place = {
        "assignment_id": about.assignment.id if about.assignment else None,
        "quiz_id": about.quiz.id if about.quiz else None,
    }
    bars = rules.distribution(shares, maximum=Decimal(100))
    return render_template(
        "marking/release.html",
        about=about,
        course_id=about.course.id,
        title=about.assignment.title if about.assignment else about.quiz.title if about.quiz else None,
        marks=marks[:LISTED],
        total=len(marks),
        names=_names(about, marks[:LISTED]),
        bars=[(number * 10, number * 10 + 10, count) for number, count in enumerate(bars)],
        tallest=max(bars),
        mean=sum(shares, start=Decimal(0)) / len(shares) if shares else None,
        missing=releasing.missing(about, waiting=_waiting(place)),
        place={name.removesuffix("_id"): number for name, number in place.items() if number is not None},
        kind=SubjectKind.WORKS if about.assignment else SubjectKind.ATTEMPTS,
        fault=fault,
    )


def _share(about: About, mark: Mark) -> Decimal | None:
    """Return a mark in percent; of an attempt's hand-marked answers the points cannot exceed the whole."""
    if mark.points is None:
        return None
    maximum = about.maximum or (mark.attempt.max_score if mark.attempt else None)
    return mark.points * 100 / maximum if maximum else None


def _waiting(place: dict[str, int | None]) -> int:
    tallies, _counts = queue.tallies(actor(), queue.Wanted())
    return sum(
        each.waiting
        for each in tallies
        if (each.assignment_id, each.quiz_id) == (place["assignment_id"], place["quiz_id"])
    )


def _names(about: About, marks: Sequence[Mark]) -> dict[int, str]:
    """Return whose each mark is; numbers while names are hidden."""
    works = [mark.work for mark in marks if mark.work is not None]
    if about.assignment is not None and about.assignment.anonymous:
        numbers = queue.aliases([work.id for work in works])
        return {mark.id: _("Work %(number)s", number=numbers[mark.work_id or 0]) for mark in marks}
    members = assignments.members_of(works)
    names = {}
    for mark in marks:
        if mark.attempt is not None:
            people = [mark.attempt.enrolment]
            team = ""
        else:
            people = list(members[mark.work_id or 0])
            team = mark.work.team.name if mark.work is not None and mark.work.team else ""
        named = ", ".join(each.person.full_name or _("(no name)") for each in people)
        names[mark.id] = f"{team}: {named}" if team else named
    return names


def _choices(course_id: int) -> list[tuple[str, int, object, int]]:
    """Return what has finished marks that were not released, with how many."""
    course = current_course()
    counts = releasing.ready_counts(course_id)
    things = [
        *(("assignment", each.id, each.title) for each in assignments.assignments_of(course.id)),
        *(("quiz", each.id, each.title) for each in assessments.quizzes_of(course.id)),
    ]
    return [
        (name, number, title, counts[name, number])
        for name, number, title in things
        if (name, number) in counts
    ]


def _seconds_left(at: dt.datetime) -> object:
    def left(takes_effect_at: dt.datetime) -> int:
        return max(0, int((takes_effect_at - at).total_seconds()))

    return left
