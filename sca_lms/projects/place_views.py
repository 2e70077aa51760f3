"""Let managers keep the areas and the agencies in which pairs work."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.projects import operations, queries
from sca_lms.projects.forms import KIND_WORDS, AgencyForm, AreaForm
from sca_lms.projects.models import Agency, AgencyKind, Area

bp = Blueprint(
    "project_places",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/pairs/places",
)


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """List the areas and the agencies, each with its pairs counted."""
    return render_template(
        "projects/places.html",
        course_id=course_id,
        areas=queries.areas(course_id),
        agencies=queries.agencies(course_id),
        in_area=queries.pairs_in_areas(course_id),
        in_agency=queries.pairs_in_agencies(course_id),
        kind_words=KIND_WORDS,
        may_change=actor().has(Role.MANAGER),
    )


@bp.route("/areas/new", methods=["GET", "POST"])
@allow(Role.MANAGER)
def new_area(course_id: int) -> ResponseReturnValue:
    """Add an area."""
    return _area(course_id, None)


@bp.route("/areas/<int:area_id>", methods=["GET", "POST"])
@allow(Role.MANAGER)
def area(course_id: int, area_id: int) -> ResponseReturnValue:
    """Change an area."""
    return _area(course_id, queries.find_area(actor(), area_id) or abort(404))


@bp.route("/agencies/new", methods=["GET", "POST"])
@allow(Role.MANAGER)
def new_agency(course_id: int) -> ResponseReturnValue:
    """Add an agency."""
    return _agency(course_id, None)


@bp.route("/agencies/<int:agency_id>", methods=["GET", "POST"])
@allow(Role.MANAGER)
def agency(course_id: int, agency_id: int) -> ResponseReturnValue:
    """Change an agency."""
    return _agency(course_id, queries.find_agency(actor(), agency_id) or abort(404))


def _area(course_id: int, found: Area | None) -> ResponseReturnValue:
    known = {} if found is None else {
        "code": found.code, "title_th": found.title.th, "title_en": found.title.en,
        "province_th": found.province.th, "province_en": found.province.en, "group": found.group,
    }  # fmt: skip
    form = AreaForm(request.form if request.method == "POST" else None, data=known)
    status = 200
    if request.method == "POST":
        status = 400
        if form.validate():
            try:
                with transaction():
                    operations.put_area(
                        current_course(), found, code=str(form.code.data), title=form.title,
                        province=form.province, group=form.group.data or "", person_id=actor().person_id,
                        at=clock.now(),
                    )  # fmt: skip
            except Refused as refusal:
                form.reject(refusal, "code")
                status = 409
            else:
                flash(_("Saved."), "success")
                return redirect(url_for(".index", course_id=course_id), 303)
    title = _("Change the area") if found else _("Add an area")
    return render_template("projects/place.html", course_id=course_id, form=form, page_title=title), status


def _agency(course_id: int, found: Agency | None) -> ResponseReturnValue:
    known = {"kind": AgencyKind.PUBLIC} if found is None else {
        "code": found.code, "title_th": found.title.th, "title_en": found.title.en, "kind": found.kind,
    }  # fmt: skip
    form = AgencyForm(request.form if request.method == "POST" else None, data=known)
    status = 200
    if request.method == "POST":
        status = 400
        if form.validate():
            try:
                with transaction():
                    operations.put_agency(
                        current_course(), found, code=str(form.code.data), title=form.title,
                        kind=AgencyKind(form.kind.data), person_id=actor().person_id, at=clock.now(),
                    )  # fmt: skip
            except Refused as refusal:
                form.reject(refusal, "code")
                status = 409
            else:
                flash(_("Saved."), "success")
                return redirect(url_for(".index", course_id=course_id), 303)
    title = _("Change the agency") if found else _("Add an agency")
    return render_template("projects/place.html", course_id=course_id, form=form, page_title=title), status
