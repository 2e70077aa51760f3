"""Let managers set by which rules learners are noticed, and show everybody on the staff whom they list."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.guidance import noticed_queries, rule_preview, settings
from sca_lms.guidance.rule_forms import RulesForm
from sca_lms.guidance.rule_words import because, threshold_words
from sca_lms.guidance.rules import Applied
from sca_lms.guidance.words import RISK_MARKS, RISKS
from sca_lms.web.paging import page_number

bp = Blueprint(
    "risk_rules", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/risk-rules"
)


@bp.app_template_filter("because")
def because_filter(found: Applied) -> str:
    """Say why somebody is listed, with the number and the threshold."""
    return because(found)


@bp.app_context_processor
def _words() -> dict[str, object]:
    return {"RISKS": RISKS, "RISK_MARKS": RISK_MARKS}


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show the rules, what each of them does today, and whom they list."""
    return _page(course_id, RulesForm.of(settings.settings_of(course_id)))


@bp.post("/preview")
@allow(Role.MANAGER)
def preview(course_id: int) -> ResponseReturnValue:
    """Tell whom the rules as typed would list, before anybody saves them; changes nothing."""
    in_force = settings.settings_of(course_id)
    form = RulesForm.of(in_force, request.form)
    valid = form.validate()
    found = rule_preview.preview(course_id, form.settings, in_force) if valid else None
    if request.headers.get("HX-Request"):
        return render_template("guidance/risk_preview.html", preview=found, typed=True)
    return _page(course_id, form, typed=found), 200 if valid else 422


@bp.post("")
@allow(Role.MANAGER)
def save(course_id: int) -> ResponseReturnValue:
    """Set the rules; every one that is different leaves a line in the log of changes."""
    course = current_course()
    form = RulesForm.of(settings.settings_of(course_id), request.form)
    if not form.validate():
        return _page(course_id, form), 422
    with transaction():
        changed = settings.put_settings(course, form.settings, person_id=actor().person_id, at=clock.now())
    flash(
        ngettext(
            "%(num)d rule is different now. The list follows within a minute.",
            "%(num)d rules are different now. The list follows within a minute.",
            len(changed),
        )
        if changed
        else _("The rules are as they were.")
    )
    return redirect(url_for(".index", course_id=course_id), 303)


def _page(course_id: int, form: RulesForm, *, typed: rule_preview.Preview | None = None) -> str:
    in_force = settings.settings_of(course_id)
    return render_template(
        "guidance/risk_rules.html",
        course_id=course_id,
        form=form,
        may_change=actor().has(Role.MANAGER),
        in_force={each.kind: each for each in in_force},
        now=rule_preview.preview(course_id, in_force, in_force),
        preview=typed,
        changed=settings.changed_rules(course_id),
        page=noticed_queries.noticed_page(course_id, number=page_number(request.args)),
        fresh=noticed_queries.freshness(course_id),
        threshold_words=threshold_words,
    )
