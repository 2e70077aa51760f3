"""Answer where everyone stands: the learner's own pages, the list of learners, and one learner's story."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.bootcamp.pace import WORST_FIRST
from sca_lms.bootcamp.pace_views import STATES as PACE_STATES
from sca_lms.bootcamp.pace_views import WORDS as PACE_WORDS
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import STAFF, Role
from sca_lms.gradebook import queries as gradebook
from sca_lms.grades import overview
from sca_lms.grades.words import STATES
from sca_lms.guidance import snapshots
from sca_lms.guidance.words import RISK_MARKS, RISKS, reason_words
from sca_lms.mentoring.report_words import MARKS as MEETING_MARKS
from sca_lms.mentoring.report_words import STATES as MEETING_STATES
from sca_lms.progress import cohort_export, cohort_queries, queries, story_queries
from sca_lms.progress.cohort_filters import (
    MOST_CHOSEN,
    ORDERS,
    means_everybody,
    ticked,
    wanted_of,
)
from sca_lms.progress.pathway import span_of
from sca_lms.progress.pathway_words import STAGE_ICONS, STAGE_MARKS, STAGE_STATES, STAGES
from sca_lms.progress.story_words import HAPPENED, TICK_WORDS
from sca_lms.progress.today import Today, today_of
from sca_lms.updates.words import STAFF_WORDS, STANDING_MARKS, STANDING_WORDS
from sca_lms.web.exports import streamed_file
from sca_lms.web.paging import page_number

bp = Blueprint("progress", __name__, template_folder="templates")

EXPORTS = ("csv", "xlsx")


@bp.context_processor
def _words() -> dict[str, object]:
    return {
        "STAGES": STAGES,
        "STAGE_STATES": STAGE_STATES,
        "STAGE_MARKS": STAGE_MARKS,
        "STAGE_ICONS": STAGE_ICONS,
        "STANDING_WORDS": STANDING_WORDS,
        "STANDING_MARKS": STANDING_MARKS,
    }


@bp.get("/courses/<int:course_id>/")
@allow(*Role)
def home(course_id: int) -> ResponseReturnValue:
    """Show a learner where they stand; send everybody else to the first page of their role."""
    enrolment = courses.own_enrolment(actor())
    if actor().has(*STAFF):
        if current_course().programme_id is None:
            return redirect(url_for("courses.programme", course_id=course_id))
        teaches = actor().has(Role.INSTRUCTOR)
        return redirect(url_for(".learners" if teaches else "control.index", course_id=course_id))
    if actor().has(Role.MENTOR) and not actor().has(Role.LEARNER):
        return redirect(url_for("mentoring_mentees.index", course_id=course_id))
    if enrolment is None or not actor().has(Role.LEARNER):
        return redirect(url_for("modules.index", course_id=course_id))
    today = _today(enrolment)
    return render_template(
        "progress/home.html",
        course_id=course_id,
        today=today,
        row=queries.learner_row(today.known),
        day=_day(today.at),
        at=today.at,
    )


@bp.get("/courses/<int:course_id>/pathway")
@allow(Role.LEARNER)
def pathway(course_id: int) -> ResponseReturnValue:
    """Show a learner the stages of the whole programme and where they stand in each."""
    today = _today(courses.own_enrolment(actor()) or abort(404))
    return render_template(
        "progress/pathway.html",
        course_id=course_id,
        today=today,
        span=span_of(today.stages, _day(today.at)),
        day=_day(today.at),
    )


@bp.get("/courses/<int:course_id>/grades/mine")
@allow(Role.LEARNER)
def grades(course_id: int) -> ResponseReturnValue:
    """Show a learner a receipt for every grade: what it is, why, and whether the host has it."""
    course, at = current_course(), clock.now()
    enrolment = courses.own_enrolment(actor()) or abort(404)
    known = story_queries.known_of(course, enrolment, at=at)
    total, cells = gradebook.total_of(course, enrolment.id)
    return render_template(
        "progress/grades.html",
        row=queries.learner_row(known),
        receipts=overview.receipts(course_id, enrolment.id),
        because=story_queries.because_of(course, known),
        total=total,
        cells=cells,
        STATES=STATES,
        is_test=actor().is_test,
    )


@bp.get("/courses/<int:course_id>/learners")
@allow(*STAFF)
def learners(course_id: int) -> ResponseReturnValue:
    """Show learners with every figure, narrowed, sorted and a page at a time; those ticked stay ticked."""
    course, at, wanted = current_course(), clock.now(), wanted_of(request.args)
    page = cohort_queries.cohort_page(course, wanted, number=page_number(request.args), at=at)
    chosen = ticked(request.args)
    filters: dict[str, Any] = dict(wanted.address())  # `url_for` has arguments of its own types.
    shown = {row.enrolment.id for row in page.items}
    return render_template(
        "progress/learners.html",
        course_id=course_id,
        page=page,
        wanted=wanted,
        chosen=chosen,
        elsewhere=[each for each in chosen if each not in shown],
        most_chosen=MOST_CHOSEN,
        all_chosen=means_everybody(request.args),
        counts=cohort_queries.noticed_counts(course_id, wanted),
        choices=cohort_queries.choices(course_id),
        dimensions=courses.dimensions_in(course_id),
        today=snapshots.today(course, at),
        paces=WORST_FIRST,
        PACE_WORDS=PACE_WORDS,
        PACE_STATES=PACE_STATES,
        RISKS=RISKS,
        RISK_MARKS=RISK_MARKS,
        ORDERS=ORDERS,
        reason_words=reason_words,
        exports=[
            (url_for(".learners_export", course_id=course_id, kind=kind, **filters), kind.upper())
            for kind in EXPORTS
        ],
    )


@bp.get("/courses/<int:course_id>/learners.<any(csv, xlsx):kind>")
@allow(*STAFF)
def learners_export(course_id: int, kind: str) -> ResponseReturnValue:
    """Hand out the same list as a file, whole, limited to what the filter finds."""
    course, wanted = current_course(), wanted_of(request.args)
    header, rows = cohort_export.table(course, wanted, at=clock.now())
    return streamed_file(kind, _("learners"), header, rows)


@bp.get("/courses/<int:course_id>/learners/<int:enrolment_id>")
@allow(*STAFF, Role.LEARNER, Role.MENTOR)
def learner(course_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Show one learner's story to staff, and its mentoring part to the captain of the pair.

    Learners reach their own, and nobody else's exists for them.
    """
    course, at = current_course(), clock.now()
    if not actor().has(*STAFF):
        if enrolment_id == actor().enrolment_id and actor().has(Role.LEARNER):
            return redirect(url_for(".grades", course_id=course_id))
        pair = story_queries.led_pair(actor(), enrolment_id, at=at) or abort(404)
        return render_template(
            "progress/mentee.html",
            course_id=course_id,
            enrolment=pair.ambassador,
            mentored=story_queries.mentored(course, pair.ambassador, pair, at=at),
            day=_day(at),
            MEETING_STATES=MEETING_STATES,
            MEETING_MARKS=MEETING_MARKS,
        )
    enrolment = courses.find_enrolment(actor(), enrolment_id) or abort(404)
    story = story_queries.story_of(course, enrolment, at=at)
    return render_template(
        "progress/learner.html",
        course_id=course_id,
        story=story,
        row=queries.learner_row(story.row.known),
        day=_day(at),
        dimensions={each.code: each.title for each in courses.dimensions_in(course_id)},
        reason_words=reason_words,
        RISKS=RISKS,
        RISK_MARKS=RISK_MARKS,
        PACE_WORDS=PACE_WORDS,
        PACE_STATES=PACE_STATES,
        STAFF_WORDS=STAFF_WORDS,
        MEETING_STATES=MEETING_STATES,
        MEETING_MARKS=MEETING_MARKS,
        HAPPENED=HAPPENED,
        TICK_WORDS=TICK_WORDS,
    )


def _today(enrolment: Enrolment) -> Today:
    return today_of(current_course(), actor(), enrolment, at=clock.now())


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(ZoneInfo(current_course().timezone)).date()
