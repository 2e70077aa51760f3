"""Let a captain say when they can be booked, and see what their ambassadors see."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from sca_lms import clock
from sca_lms.calendar import owner_queries as calendar
from sca_lms.courses.access import allow, current_course
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.mentoring import availability, availability_rules
from sca_lms.mentoring.availability import Habit
from sca_lms.mentoring.availability_forms import DAY_NAMES, WeekForm
from sca_lms.mentoring.booking_pages import by_reader_day, free_of, own_enrolment, terms_or_404
from sca_lms.web.i18n import reader_zone
from sca_lms.web.incoming import read_ids

bp = Blueprint(
    "mentoring_hours",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/mentoring/hours",
)


@bp.get("")
@allow(Role.MENTOR)
def index(course_id: int) -> ResponseReturnValue:
    """Show the week with its hours, and the days off ahead."""
    habit = availability.habit_of(own_enrolment(), zone=reader_zone().key)
    return _page(course_id, WeekForm.showing(habit))


@bp.post("")
@allow(Role.MENTOR)
def save(course_id: int) -> ResponseReturnValue:
    """Keep the week; one button copies the hours of a day to others first."""
    form = WeekForm(request.form)
    if not form.validate():
        return _page(course_id, form), 400
    habit, copied = form.habit, request.form.get("copy", "")
    if copied.isascii() and copied.isdigit() and int(copied) in availability_rules.DAYS:
        days = {each - 1 for each in read_ids(request.form.getlist(f"to{int(copied)}"))}
        week = availability_rules.copied(habit.week, int(copied), days)
        habit = Habit(week, habit.zone, habit.place, habit.join_url)
    with transaction():
        availability.set_habit(current_course(), own_enrolment(), habit, at=clock.now())
    flash(_("Saved: %(time)s hours a week.", time=_hours(habit)))
    return redirect(url_for(".index", course_id=course_id))


@bp.get("/preview")
@allow(Role.MENTOR)
def preview(course_id: int) -> ResponseReturnValue:
    """Show the free slots as the captain's ambassadors see them."""
    terms, me, at = terms_or_404(course_id), own_enrolment(), clock.now()
    return render_template(
        "mentoring/preview.html",
        course_id=course_id,
        terms=terms,
        days=by_reader_day(free_of(me, None, terms, at=at)),
    )


def _hours(habit: Habit) -> str:
    hours, minutes = divmod(availability_rules.minutes_of(habit.week), 60)
    return f"{hours}:{minutes:02}"


def _page(course_id: int, form: WeekForm) -> str:
    me = own_enrolment()
    return render_template(
        "mentoring/hours.html",
        course_id=course_id,
        form=form,
        terms=terms_or_404(course_id),
        DAY_NAMES=DAY_NAMES,
        off=calendar.own_time_off(me.person_id, after=clock.now()),
    )
