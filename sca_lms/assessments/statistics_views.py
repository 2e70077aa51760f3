"""Show staff how a quiz and its questions measured, and hand the figures out as a table."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import abort

from sca_lms.assessments import figures_kept, quiz_editor_queries, statistics_queries
from sca_lms.assessments.bank_access import refuse_keys
from sca_lms.assessments.bank_labels import KINDS
from sca_lms.assessments.models import Quiz
from sca_lms.assessments.statistics import CHOICES_SHOWN, ENOUGH, Hint, by_part, share_of
from sca_lms.assessments.statistics_queries import Item
from sca_lms.courses.access import actor, allow
from sca_lms.courses.rules import STAFF
from sca_lms.errors import Text
from sca_lms.web import formats
from sca_lms.web.exports import Cell, table_file
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset, page_number

bp = Blueprint(
    "quiz_statistics",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/quizzes/<int:quiz_id>/statistics",
)

HINTS: Mapping[Hint, Text] = {
    Hint.NEGATIVE: _l("Weak learners do better here than strong ones: is the right answer marked correctly?"),
    Hint.KEY: _l(
        "More of the best chose a wrong option than the right one: look at the key and the wording."
    ),
    Hint.HARD: _l("Hardly anybody gets it right: is it taught, and is it clear?"),
    Hint.EASY: _l("Nearly everybody gets it right: it tells strong and weak learners not apart."),
    Hint.WEAK: _l("It hardly tells strong and weak learners apart."),
    Hint.BLANK: _l("Many leave it out."),
    Hint.IDLE: _l("An option is hardly ever chosen: a better one would make the question stronger."),
}
_THREE = Decimal("0.001")


@bp.get("")
@allow(*STAFF)
def index(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """Show the figures of a quiz and of its questions, a page at a time."""
    refuse_keys()
    quiz, every = _quiz(quiz_id), request.args.get("attempts") == "all"
    kept = figures_kept.figures_of(quiz, first_only=not every)
    every_item = statistics_queries.items_of(kept.measured)
    only_hints = request.args.get("show") == "hints"
    items = [item for item in every_item if item.figures.hints or not only_hints]
    number = fitting(page_number(request.args), size=PAGE_SIZE, total=len(items))
    start = offset(number, size=PAGE_SIZE)
    return render_template(
        "assessments/statistics/index.html",
        course_id=course_id,
        quiz=quiz,
        figures=kept.measured,
        worked_out_at=kept.worked_out_at,
        every=every,
        only_hints=only_hints,
        page=Page(items[start : start + PAGE_SIZE], number, PAGE_SIZE, len(items)),
        asked=len(every_item),
        hinted=sum(bool(item.figures.hints) for item in every_item),
        CHOICES_SHOWN=CHOICES_SHOWN, ENOUGH=ENOUGH, HINTS=HINTS, KINDS=KINDS,
        by_part=by_part, share_of=share_of,
    )  # fmt: skip


@bp.get("/<kind>")
@allow(*STAFF)
def table(course_id: int, quiz_id: int, kind: str) -> ResponseReturnValue:
    """Hand out the figures of the questions as CSV or XLSX, always read anew."""
    refuse_keys()
    if kind not in {"csv", "xlsx"}:
        abort(404)
    quiz, every = _quiz(quiz_id), request.args.get("attempts") == "all"
    measured = statistics_queries.measure(quiz, first_only=not every)
    header = [
        _("Code"), _("Shelf"), _("Kind"), _("Question"), _("Attempts"), _("Facility"), _("Deviation"),
        _("Correlation with the rest"), _("Best minus weakest 27 percent"), _("Left out"), _("Hints"),
    ]  # fmt: skip
    name = _("Statistics %(code)s", code=quiz.code)
    return table_file(kind, name, header, _rows(statistics_queries.items_of(measured)))


def _rows(items: Sequence[Item]) -> Iterator[list[Cell]]:
    for item in items:
        figures, question = item.figures, item.version.question
        yield [
            question.code,
            question.category.path,
            str(KINDS[item.question.type]),
            formats.plain(item.question.prompt),
            figures.count,
            _rounded(figures.facility),
            _rounded(figures.deviation),
            _rounded(figures.correlation),
            _rounded(figures.difference),
            figures.blank,
            " ".join(str(HINTS[hint]) for hint in figures.hints),
        ]


def _rounded(figure: Decimal | None) -> Decimal | None:
    return None if figure is None else figure.quantize(_THREE, ROUND_HALF_UP)


def _quiz(quiz_id: int) -> Quiz:
    return quiz_editor_queries.find_quiz(actor(), quiz_id) or abort(404)
