"""Show the gradebook as a grid, hand it out as a file, and let managers decide weights."""

from collections.abc import Iterator, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.gradebook import forms, operations, queries
from sca_lms.gradebook.columns import Column, columns
from sca_lms.gradebook.queries import TOTAL, TOTAL_OF_ALL, Asked, Line
from sca_lms.gradebook.rules import FULL, weight_sum
from sca_lms.gradebook.words import KINDS, SHOWN
from sca_lms.grades.words import STATES
from sca_lms.web import exports
from sca_lms.web.i18n import page_locale
from sca_lms.web.number_text import number_text
from sca_lms.web.paging import page_number

bp = Blueprint(
    "gradebook", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/gradebook"
)

EXPORTS = ("csv", "xlsx")


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show learners by columns, a page at a time."""
    course = current_course()
    asked = _asked(request.args.get("column", ""), request.args.get("order", ""))
    book = queries.book(course, asked, person_id=actor().person_id, number=page_number(request.args))
    kept = forms.arguments_of(asked)
    return render_template(
        "gradebook/book.html",
        course_id=course_id,
        book=book,
        asked=asked,
        kept=kept,
        places=queries.places_of(course_id),
        kinds=KINDS,
        shown_words=SHOWN,
        STATES=STATES,
        order_url=_order_url,
        totals=(TOTAL, TOTAL_OF_ALL),
        is_manager=actor().has(Role.MANAGER),
        exports=[
            (url_for(".export", course_id=course_id, file_type=kind, **kept), kind.upper())
            for kind in EXPORTS
        ],
    )


@bp.post("/columns")
@allow(*STAFF)
def choose_columns(course_id: int) -> ResponseReturnValue:
    """Remember which columns the reader wants to see."""
    course, person_id = current_course(), actor().person_id
    wanted = set(request.form.getlist("column"))
    codes = [column.code for column in columns(course) if column.code not in wanted]
    if person_id is not None:
        with transaction():
            operations.hide_columns(course, codes, person_id=person_id, at=clock.now())
    asked = forms.read_asked(request.form, wanted)
    return redirect(url_for(".index", course_id=course_id, **forms.arguments_of(asked)), 303)


@bp.get("/export.<any(csv, xlsx):file_type>")
@allow(*STAFF)
def export(course_id: int, file_type: str) -> ResponseReturnValue:
    """Hand out what the filter finds as a file that can come back with changed scores."""
    course = current_course()
    everything = columns(course)
    asked = forms.read_asked(request.args, {column.code for column in everything})
    hidden = queries.hidden_columns(course_id, actor().person_id)
    shown = queries.shown_columns(everything, asked, hidden)
    lines = queries.all_lines(course, everything, shown, asked)
    return exports.streamed_file(file_type, _("gradebook"), _header(shown), _rows(lines))


@bp.route("/weights", methods=["GET", "POST"])
@allow(Role.MANAGER)
def weights(course_id: int) -> ResponseReturnValue:
    """Show how much each column counts, and change it."""
    course = current_course()
    everything = columns(course)
    form = forms.weights_form(everything, request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate():
        with transaction():
            decided = {column.code: form[f"w{place}"].data for place, column in enumerate(everything)}
            changed = operations.set_weights(
                course, everything, decided, by=actor().person_id, at=clock.now()
            )
        if changed:
            flash(_("The weights are stored. Totals follow at once."), "success")
        return redirect(url_for(".weights", course_id=course_id), 303)
    shown = [form[f"w{place}"] for place in range(len(everything))]
    page = render_template(
        "gradebook/weights.html",
        course_id=course_id,
        form=form,
        rows=list(zip(everything, shown, strict=True)),
        sum=weight_sum(field.data for field in shown if field.data is not None),
        full=FULL,
    )
    return page, 400 if form.errors else 200


def _asked(*codes: str) -> Asked:
    # Which columns there are is only known once they are read; the query leaves out what there is not.
    return forms.read_asked(request.args, set(codes) - {""})


def _order_url(asked: Asked, order: str) -> str:
    """Return the address that sorts by a column, the other way round when it does so already."""
    is_down = not asked.descending if asked.order == order else order not in queries.ORDERS
    kept = forms.arguments_of(asked) | {"order": order, "direction": forms.DOWN if is_down else "up"}
    return url_for(".index", course_id=actor().course_id, **kept)


def _header(shown: Sequence[Column]) -> list[str]:
    locale = page_locale()
    return [
        "ID",
        _("Name"),
        f"* {_('Group')}",
        f"* {_('Area')}",
        *(
            f"[{column.code}] {column.title.pick(locale)[0]} ({number_text(column.maximum)})"
            for column in shown
        ),
        f"* {_('Total of what is graded, percent')}",
        f"* {_('Total of everything, percent')}",
    ]


def _rows(lines: Iterator[Line]) -> Iterator[list[exports.Cell]]:
    for line in lines:
        yield [
            line.enrolment.id,
            line.enrolment.person.full_name or _("(no name)"),
            line.enrolment.group,
            line.enrolment.area,
            *(cell.value for cell in line.cells),
            line.total.of_graded,
            line.total.of_everything,
        ]
