"""Show staff what has become of every score in the hosts, and let them decide what is done about it."""

import datetime as dt

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments import queries as quizzes
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.models import Course
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import db, transaction
from sca_lms.errors import Refused
from sca_lms.grades import console, console_list, decisions, forms, overview, queries
from sca_lms.grades.models import Delivery
from sca_lms.grades.overview import DeliveryFilter
from sca_lms.grades.rules import Act, State
from sca_lms.grades.words import REASONS, STATES
from sca_lms.lti import connection_tests
from sca_lms.lti.connection_advice import advice_for
from sca_lms.web.exports import table_file
from sca_lms.web.i18n import wall_time
from sca_lms.web.paging import page_number

bp = Blueprint("grades", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/grades")

EXPORTS = ("csv", "xlsx")


@bp.context_processor
def words() -> dict[str, object]:
    """Give the pages the words for states and reasons."""
    return {"STATES": STATES, "REASONS": REASONS, "SHOWN_STATES": console.SHOWN_STATES}


@bp.get("")
@allow(*STAFF, Role.LEARNER)
def index(course_id: int) -> ResponseReturnValue:
    """Show staff how all columns stand; learners are sent to their own receipts."""
    if not actor().has(*STAFF):
        return redirect(url_for("progress.grades", course_id=course_id))
    at = clock.now()
    shown = console.console(course_id)
    return render_template(
        "grades/console.html",
        console=shown,
        waiting=shown.waiting(at=at),
        connections=console.connections(connection_tests.reports_of(course_id), at=at),
        may_create=overview.may_create_columns(course_id),
        states=State,
    )


@bp.get("/deliveries")
@allow(*STAFF)
def deliveries(course_id: int) -> ResponseReturnValue:
    """List the scores, a page at a time, by state, column and name."""
    shown = console.console(course_id)
    wanted = _filter(shown)
    found = overview.deliveries(course_id, wanted, number=page_number(request.args))
    return render_template(
        "grades/deliveries.html",
        page=found,
        console=shown,
        wanted=wanted,
        column=next((each for each in shown.columns if each.column.code == wanted.column), None),
        state_filters=console_list.state_filters(course_id, shown, wanted),
        column_filters=console_list.column_filters(course_id, shown, wanted),
        exports=[(console_list.file_address(course_id, wanted, kind), kind.upper()) for kind in EXPORTS],
        can_choose=any(Act.SEND_AGAIN in row.acts for row in found.items),
        act=Act,
        without_search=console_list.kept(wanted),
    )


@bp.get("/deliveries.<any(csv, xlsx):kind>")
@allow(*STAFF)
def export(course_id: int, kind: str) -> ResponseReturnValue:
    """Hand out what the filter finds as a file, whole."""
    wanted = _filter(console.console(course_id))
    course = current_course()
    name = f"{course.label or course.title} {_('grade delivery')} {wall_time(clock.now()):%Y-%m-%d}"
    return table_file(kind, name, console_list.header(), console_list.rows(course_id, wanted))


@bp.get("/people/<int:enrolment_id>")
@allow(*STAFF)
def person(course_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Tell the whole story of one person's scores."""
    enrolment = courses.find_enrolment(actor(), enrolment_id) or abort(404)
    return render_template("grades/person.html", enrolment=enrolment, story=console.story(enrolment))


# ---------------------------------------------------------------- decisions


@bp.post("/compare")
@allow(*STAFF)
def compare(course_id: int) -> ResponseReturnValue:
    """Ask for a comparison with the hosts; a worker makes it."""
    with transaction():
        asked = decisions.compare_now(_course(course_id), by=actor().person_id, at=clock.now())
    if asked:
        flash(_("The comparison is asked for. It is made within a minute."), "success")
    return redirect(url_for(".index", course_id=course_id, _anchor="comparison"), 303)


@bp.post("/creation")
@allow(*STAFF)
def creation(course_id: int) -> ResponseReturnValue:
    """Let the tool make columns in the hosts, or keep it from doing so."""
    wanted = request.form.get("may", "")
    if wanted not in {"yes", "no"}:
        abort(400)
    with transaction():
        decisions.set_may_create_columns(
            _course(course_id), wanted == "yes", by=actor().person_id, at=clock.now()
        )
    if wanted == "yes":
        flash(_("The tool makes missing columns from now on."), "success")
    else:
        flash(_("The tool makes no more columns."), "success")
    return redirect(url_for(".index", course_id=course_id, _anchor="columns"), 303)


@bp.post("/columns/<code>/recreate")
@allow(*STAFF)
def recreate(course_id: int, code: str) -> ResponseReturnValue:
    """Have a column that was deleted in a host made again, with all its scores."""
    column = queries.find_column(actor(), code) or abort(404)
    try:
        with transaction():
            decisions.recreate_column(column, by=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(_("The column is made again and its scores are sent within a minute."), "success")
    return redirect(url_for(".index", course_id=course_id, _anchor="columns"), 303)


@bp.post("/send-again")
@allow(*STAFF)
def send_all_again(course_id: int) -> ResponseReturnValue:
    """Send what was ticked once more, or everything of a column or course that was refused, lost or waits."""
    code, at, by = request.form.get("column", ""), clock.now(), actor().person_id
    if request.form.get("which") == "chosen":
        return _send_chosen(course_id)
    column = (queries.find_column(actor(), code) or abort(404)) if code else None
    with transaction():
        count = decisions.send_all_again(_course(course_id), column=column, by=by, at=at)
    _tell_sent(count)
    return _back_to_list(course_id)


@bp.post("/scores/<int:score_id>")
@allow(*STAFF)
def decide(course_id: int, score_id: int) -> ResponseReturnValue:
    """Send one score again, or decide about what a teacher has changed in the host."""
    delivery = _find(score_id)
    wanted = forms.read_act(request.form)
    if wanted is None or wanted is Act.WITHDRAW:
        abort(400)
    try:
        with transaction():
            done = _do(wanted, delivery, by=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        if done:
            flash(_DONE[wanted](), "success")
    return _back_to_person(delivery)


@bp.route("/scores/<int:score_id>/withdraw", methods=["GET", "POST"])
@allow(*STAFF)
def withdraw(course_id: int, score_id: int) -> ResponseReturnValue:
    """Ask whether a score is really to be taken back from the host, saying what the host makes of it."""
    delivery = _find(score_id)
    if request.method == "GET":
        return render_template(
            "grades/withdraw.html",
            delivery=delivery,
            places=console.places_of(delivery),
        )
    try:
        with transaction():
            done = decisions.withdraw(delivery, by=actor().person_id, at=clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        if done:
            flash(_("The score is being taken back from the LMS."), "success")
    return _back_to_person(delivery)


# ---------------------------------------------------------------- columns of single quizzes


@bp.get("/quizzes")
@allow(*STAFF)
def quiz_columns(course_id: int) -> ResponseReturnValue:
    """Show which quizzes have a column of their own in the hosts."""
    return render_template("grades/quizzes.html", quizzes=overview.quiz_columns(course_id))


@bp.post("/quizzes/<int:quiz_id>")
@allow(*STAFF)
def switch_quiz_column(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Give a quiz a column of its own, or send its grades no longer."""
    quiz = quizzes.find_quiz(actor(), quiz_id) or abort(404)
    wanted, at, by = request.form.get("column", ""), clock.now(), actor().person_id
    if wanted not in {"yes", "no"}:
        abort(400)
    with transaction():
        if wanted == "yes":
            decisions.add_quiz_column(_course(course_id), quiz, by=by, at=at)
            flash(_("The quiz has a column of its own from now on."), "success")
        else:
            known = {each.quiz.id: each.column for each in overview.quiz_columns(course_id)}
            column = known.get(quiz.id)
            if column is not None:
                decisions.drop_quiz_column(column, by=by, at=at)
                flash(_("Grades of this quiz are no longer sent. What the LMS has stays there."), "success")
    return redirect(url_for(".quiz_columns", course_id=course_id), 303)


# ---------------------------------------------------------------- the connection


@bp.get("/connection")
@allow(*STAFF)
def connection(course_id: int) -> ResponseReturnValue:
    """Show how the last test of the connection went, with what each side does about it."""
    reports = connection_tests.reports_of(course_id)
    return render_template(
        "grades/connection.html",
        connections=console.connections(reports, at=clock.now()),
        advice_for=advice_for,
    )


@bp.post("/connection")
@allow(*STAFF)
def test_connection(course_id: int) -> ResponseReturnValue:
    """Ask for a test of the connection to every host of the course; a worker makes it."""
    reports = connection_tests.reports_of(course_id)
    with transaction():
        for report in reports:
            connection_tests.ask(report.context.id, at=clock.now())
    if reports:
        flash(_("The test is asked for. It is made within a minute."), "success")
    return redirect(url_for(".connection", course_id=course_id), 303)


# ---------------------------------------------------------------- what the views share


def _course(course_id: int) -> Course:
    return db.session.get_one(Course, course_id)


def _find(score_id: int) -> Delivery:
    return overview.find_delivery(actor(), score_id) or abort(404)


def _do(wanted: Act, delivery: Delivery, *, by: int | None, at: dt.datetime) -> bool:
    match wanted:
        case Act.OVERWRITE:
            return decisions.overwrite_host_change(delivery, by=by, at=at)
        case Act.KEEP:
            return decisions.keep_host_change(delivery, by=by, at=at)
        case _:
            return decisions.send_again(delivery, by=by, at=at)


_DONE = {
    Act.SEND_AGAIN: lambda: _("The score is sent again within a minute."),
    Act.OVERWRITE: lambda: _("Our score is sent over the one in the LMS within a minute."),
    Act.KEEP: lambda: _("The score of the LMS is kept; ours is not sent over it."),
}


def _send_chosen(course_id: int) -> ResponseReturnValue:
    chosen = forms.chosen_scores(request.form)
    if not chosen:
        flash(_("Tick the scores that are to be sent again."), "alert")
        return _back_to_list(course_id)
    found = console.find_deliveries(actor(), chosen)
    with transaction():
        count = sum(decisions.send_again(each, by=actor().person_id, at=clock.now()) for each in found)
    _tell_sent(count)
    return _back_to_list(course_id)


def _tell_sent(count: int) -> None:
    if count:
        flash(
            ngettext(
                "%(num)d score is sent again within a minute.",
                "%(num)d scores are sent again within a minute.",
                count,
            ),
            "success",
        )
    else:
        flash(_("There is nothing to send again."), "alert")


def _filter(shown: console.Console) -> DeliveryFilter:
    wanted = forms.read_filter(request.args, codes={each.column.code for each in shown.columns})
    return wanted or abort(404)


def _back_to_list(course_id: int) -> ResponseReturnValue:
    """Go back to where the button stood: the list with its filter and page, or the first page."""
    sent = request.form
    if sent.get("from") != "list":
        return redirect(url_for(".index", course_id=course_id), 303)
    address = url_for(
        ".deliveries",
        course_id=course_id,
        column=sent.get("shown_column") or None,
        state=sent.get("state") or None,
        q=sent.get("q") or None,
        page=sent.get("page") or None,
    )
    return redirect(address, 303)


def _back_to_person(delivery: Delivery) -> ResponseReturnValue:
    enrolment = delivery.score.enrolment
    return redirect(url_for(".person", course_id=enrolment.course_id, enrolment_id=enrolment.id), 303)
