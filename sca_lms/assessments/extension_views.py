"""Pages on which staff give people more time or more attempts, always with a look at what will change."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.assessments import extension_operations as operations
from sca_lms.assessments import extension_queries, queries
from sca_lms.assessments.extension_forms import AccommodationForm, ExtensionForm, chosen_people
from sca_lms.assessments.extension_rows import Extension, MoreTime, RowFault, Table
from sca_lms.assessments.models import Quiz
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.web.paging import page_number

bp = Blueprint("extensions", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>")


@dataclass(frozen=True, slots=True)
class Change:
    """What one person has and will have."""

    learner: Enrolment
    before: MoreTime | Extension
    after: MoreTime | Extension

    @property
    def is_none(self) -> bool:
        """Tell whether nothing changes."""
        return self.before == self.after


@bp.route("/accommodations", methods=["GET", "POST"])
@allow(*STAFF)
def accommodations(course_id: int) -> ResponseReturnValue:
    """List who has more time in every quiz, and set it for many at once after a look at the changes."""
    form = AccommodationForm(request.form if request.method == "POST" else None)
    if request.method == "GET":
        return _page(None, form)
    people, chosen = extension_queries.learners_of(actor()), chosen_people(request.form)
    if not form.validate():
        return _page(None, form, chosen=chosen), 422
    wanted = form.wanted(chosen, people)
    if refused := _what_is_missing(wanted):
        form.form_errors.append(refused)
        return _page(None, form, chosen=chosen), 422
    if wanted.faults or not request.form.get("confirmed"):
        known = extension_queries.accommodations(wanted.rows)
        had = {key: MoreTime(each.time_factor, each.reason) for key, each in known.items()}
        changes = [
            Change(each, had.get(each.id, MoreTime(Decimal(1))), wanted.rows[each.id])
            for each in people
            if each.id in wanted.rows
        ]
        return _preview(None, form, changes, wanted.faults)
    with transaction():
        count = operations.set_accommodations(
            current_course(), wanted.rows, by=actor().person_id, at=clock.now()
        )
    _tell(count)
    return redirect(url_for(".accommodations", course_id=course_id))


@bp.route("/quizzes/<int:quiz_id>/extensions", methods=["GET", "POST"])
@allow(*STAFF)
def extensions(course_id: int, quiz_id: int) -> ResponseReturnValue:
    """List who has more time or attempts in one quiz, and set it for many after a look at the changes."""
    quiz = queries.find_quiz(actor(), quiz_id) or abort(404)
    form = ExtensionForm(request.form if request.method == "POST" else None)
    if request.method == "GET":
        return _page(quiz, form)
    people, chosen = extension_queries.learners_of(actor()), chosen_people(request.form)
    if not form.validate():
        return _page(quiz, form, chosen=chosen), 422
    wanted = form.wanted(chosen, people)
    if refused := _what_is_missing(wanted):
        form.form_errors.append(refused)
        return _page(quiz, form, chosen=chosen), 422
    if wanted.faults or not request.form.get("confirmed"):
        known = extension_queries.extensions(quiz, wanted.rows)
        had = {key: Extension(each.minutes, each.extra_attempts, each.reason) for key, each in known.items()}
        changes = [
            Change(each, had.get(each.id, Extension(0, 0)), wanted.rows[each.id])
            for each in people
            if each.id in wanted.rows
        ]
        return _preview(quiz, form, changes, wanted.faults)
    with transaction():
        count = operations.set_extensions(
            current_course(), quiz, wanted.rows, by=actor().person_id, at=clock.now()
        )
    _tell(count)
    return redirect(url_for(".extensions", course_id=course_id, quiz_id=quiz_id))


def _what_is_missing(wanted: Table[MoreTime] | Table[Extension]) -> str | None:
    if wanted.rows or wanted.faults:
        return None
    return _("Choose at least one person, a group with people in it, or paste a table.")


def _tell(count: int) -> None:
    flash(ngettext("%(num)d person changed.", "%(num)d people changed.", count))


def _page(quiz: Quiz | None, form: AccommodationForm | ExtensionForm, *, chosen: Sequence[int] = ()) -> str:
    search = request.args.get("q", "").strip()[:100]
    only = request.args.get("show") == "set"
    return render_template(
        "assessments/extensions.html",
        course_id=actor().course_id,
        quiz=quiz,
        form=form,
        page=extension_queries.holders(
            actor(), quiz, search=search, only=only, number=page_number(request.args)
        ),
        groups=extension_queries.groups_of(actor()),
        chosen=set(chosen),
        search=search,
        only=only,
    )


def _preview(
    quiz: Quiz | None,
    form: AccommodationForm | ExtensionForm,
    changes: Sequence[Change],
    faults: Sequence[RowFault],
) -> str:
    return render_template(
        "assessments/extension_changes.html",
        course_id=actor().course_id,
        quiz=quiz,
        form=form,
        changes=changes,
        faults=faults,
        chosen=chosen_people(request.form),
    )
