"""Show and change for how long things are kept; managers for their course, the operator for all of them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course, operator_only
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.privacy import keeping
from sca_lms.privacy.forms import PeriodForm
from sca_lms.privacy.periods import PERIODS

bp = Blueprint("privacy_periods", __name__, template_folder="templates")

SHOWN = 25


@bp.get("/courses/<int:course_id>/privacy/periods")
@allow(Role.MANAGER)
def index(course_id: int) -> ResponseReturnValue:
    """Show the periods of the course, what would go now, and what went."""
    return _page(current_course())


@bp.post("/courses/<int:course_id>/privacy/periods")
@allow(Role.MANAGER)
def change(course_id: int) -> ResponseReturnValue:
    """Decide for how long one kind is kept in the course."""
    return _change(current_course(), by=actor().person_id, back=url_for(".index", course_id=course_id))


@bp.get("/operator/privacy")
@operator_only
def everywhere() -> ResponseReturnValue:
    """Show the periods that hold where a course decides nothing."""
    return _page(None)


@bp.post("/operator/privacy")
@operator_only
def change_everywhere() -> ResponseReturnValue:
    """Decide for how long one kind is kept where a course decides nothing."""
    return _change(None, by=None, back=url_for(".everywhere"))


def _change(course: Course | None, *, by: int | None, back: str) -> ResponseReturnValue:
    form = PeriodForm(request.form)
    fault = None if form.validate() else _("Write a whole number of days, or nothing.")
    fault = fault or form.fault()
    code = str(form.kind.data)
    if fault is None and course is not None and PERIODS[code].of_installation:
        fault = _("The operator decides this for the whole installation.")
    if fault is not None:
        return _page(course, fault=fault, code=code), 400
    with transaction():
        changed = keeping.set_period(course, code, form.days.data, by=by, at=clock.now())
    flash(_("Saved.") if changed else _("Nothing was changed."))
    return redirect(back, 303)


def _page(course: Course | None, *, fault: str = "", code: str = "") -> str:
    course_id = course.id if course else None
    at = clock.now()
    shown = keeping.preview(course_id, at=at)
    if course is None:
        # Beyond its own, the operator decides what courses follow that decide nothing themselves.
        days = keeping.days_of(None)
        there = {each.code for each in shown}
        shown += [
            keeping.Expired(name, period, *days[name])
            for name, period in PERIODS.items()
            if name not in there
        ]
    return render_template(
        "privacy/periods.html",
        course_id=course_id,
        periods=shown,
        removals=keeping.removals(course_id, most=SHOWN),
        PERIODS=PERIODS,
        fault=fault,
        faulty=code,
    )
