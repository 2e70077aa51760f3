"""Show the versions of the hours policy; let a manager see what another would do, and put it in force."""

from collections.abc import Mapping

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.attendance import queries as attendance
from sca_lms.attendance import timetable
from sca_lms.attendance.models import HoursPolicyVersion
from sca_lms.attendance.programme_section import POLICY_SECTION
from sca_lms.bootcamp.policy_forms import PolicyForm
from sca_lms.bootcamp.policy_preview import Preview, preview
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.programmes import programme_file
from sca_lms.web.formats import spoken

bp = Blueprint(
    "hours_policy", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/hours-policy"
)

SHOWN_EFFECTS = 100


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show what holds now and every version before it."""
    return render_template(
        "bootcamp/policy.html",
        course_id=course_id,
        versions=attendance.policy_versions(course_id)[::-1],
        is_manager=actor().has(Role.MANAGER),
    )


@bp.get("/new")
@allow(Role.MANAGER)
def new(course_id: int) -> ResponseReturnValue:
    """Show the fields of a new version, filled with the newest one."""
    newest = _newest(course_id)
    return _form_page(course_id, PolicyForm.showing(newest.document, effective_from=clock.now()))


@bp.post("/new")
@allow(Role.MANAGER)
def put(course_id: int) -> ResponseReturnValue:
    """Show what a version would do; once that was seen and is still true, put it in force."""
    newest = _newest(course_id)
    form = PolicyForm(request.form)
    if not form.validate():
        return _form_page(course_id, form), 400
    section = form.section(newest.document)
    if section == newest.document:
        form.reject(Refused(_("This is what holds already. Change something.")))
        return _form_page(course_id, form), 400
    if faults := _faults(section):
        for fault in faults:
            form.reject(Refused(fault))
        return _form_page(course_id, form), 400
    at = clock.now()
    version = HoursPolicyVersion(
        number=newest.number + 1, effective_from=form.effective_from.data, document=section, created_at=at
    )
    found = preview(course_id, version)
    if form.digest.data != found.digest:
        is_stale = bool(form.digest.data)
        form.digest.data = found.digest
        return _form_page(course_id, form, found, is_stale=is_stale)
    with transaction():
        timetable.put_policy(
            current_course(), section, effective_from=form.effective_from.data,
            person_id=actor().person_id, at=at,
        )  # fmt: skip
    flash(_("Version %(number)s of the hours policy is in force.", number=newest.number + 1))
    return redirect(url_for(".index", course_id=course_id))


def _newest(course_id: int) -> HoursPolicyVersion:
    versions = attendance.policy_versions(course_id)
    if not versions:
        abort(404)
    return versions[-1]


def _form_page(
    course_id: int, form: PolicyForm, found: Preview | None = None, *, is_stale: bool = False
) -> str:
    return render_template(
        "bootcamp/policy_form.html",
        course_id=course_id,
        form=form,
        preview=found,
        shown=found.effects[:SHOWN_EFFECTS] if found is not None else (),
        is_stale=is_stale,
    )


def _faults(section: Mapping[str, object]) -> list[str]:
    """Return what a programme file with this policy would be refused for; its worked cases are among it."""
    programme_id = current_course().programme_id
    programme = courses.find_programme(programme_id) if programme_id is not None else None
    if programme is None:
        return []
    document = {**programme.document, POLICY_SECTION: dict(section)}
    checkers = current_app.extensions["sca_section_checkers"]
    checked = programme_file.check(programme_file.dump(document).encode(), checkers=checkers)
    return [
        f"{fault.field}: {spoken(fault.reason)}"
        for fault in checked.faults
        if fault.field.startswith(POLICY_SECTION)
    ]
