"""Show the terms of mentoring, and let a manager change them after seeing what that does."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.mentoring import terms, terms_preview, terms_queries
from sca_lms.mentoring.booking_pages import terms_or_404
from sca_lms.mentoring.models import MentoringTerms
from sca_lms.mentoring.terms_forms import TermsForm
from sca_lms.mentoring.terms_preview import Effects

bp = Blueprint(
    "mentoring_terms",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/mentoring/terms",
)


@bp.get("")
@allow(Role.MANAGER)
def index(course_id: int) -> ResponseReturnValue:
    """Show the terms in fields, with topics and planned meetings below."""
    found = terms_or_404(course_id)
    return _page(found, TermsForm(obj=found), None)


@bp.post("")
@allow(Role.MANAGER)
def change(course_id: int) -> ResponseReturnValue:
    """Show what other terms would do; once that was seen and is still true, put them in force."""
    found, at, form = terms_or_404(course_id), clock.now(), TermsForm(request.form)
    if not form.validate():
        return _page(found, form, None), 400
    effects = terms_preview.effects(course_id, terms.spec_of(found), form.spec, at=at)
    if not effects.differs:
        form.reject(Refused(_("This is what holds already. Change something.")))
        return _page(found, form, None), 400
    digest = effects.digest(form.spec)
    if form.digest.data != digest:
        form.digest.data = digest
        return _page(found, form, effects)
    try:
        with transaction():
            terms.change_terms(
                current_course(), found, form.spec, row_version=form.row_version.data or 0,
                person_id=actor().person_id, at=at,
            )  # fmt: skip
    except Refused as refusal:
        form.reject(refusal)
        form.row_version.data = found.row_version
        return _page(found, form, None), 409
    flash(_("The terms are in force."))
    return redirect(url_for(".index", course_id=course_id))


def _page(found: MentoringTerms, form: TermsForm, effects: Effects | None) -> str:
    return render_template(
        "mentoring/terms.html",
        course_id=found.course_id,
        terms=found,
        form=form,
        effects=effects,
        topics=terms_queries.topics(found.course_id),
        meetings=terms_queries.planned_meetings(found.course_id),
    )
