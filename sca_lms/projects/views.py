"""Show who works with whom, to those who run the course and to the two of a pair; let managers change it."""

from collections.abc import Mapping, Sequence
from typing import cast
from urllib.parse import urlencode

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.queries import dimensions_in
from sca_lms.courses.rules import STAFF, Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.projects import operations, overview, queries
from sca_lms.projects.forms import CaptainForm, EndForm, PairForm, PlacesOfPair
from sca_lms.projects.models import Agency, Area, Pair
from sca_lms.projects.operations import CaptainReplaced
from sca_lms.projects.overview import Asked, Shown
from sca_lms.projects.words import SHOWN_WORDS
from sca_lms.web.incoming import read_ids
from sca_lms.web.paging import page_number

bp = Blueprint("projects", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/pairs")

CAPTAIN_REPLACED = "sca_captain_replaced"
"""`app.extensions[CAPTAIN_REPLACED]`: what features do when the time of a captain has ended."""


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """List the pairs, searched and filtered."""
    said = request.args
    if said.get("show", "") not in set(Shown):
        abort(404)
    asked = Asked(
        shown=Shown(said.get("show", "")),
        search=said.get("q", "").strip(),
        province=said.get("province", ""),
        area_id=_one_id("area"),
        agency_id=_one_id("agency"),
    )
    found = overview.overview(course_id, asked, number=page_number(said), at=clock.now())
    kept = {name: said[name] for name in ("q", "province", "area", "agency") if said.get(name)}
    return render_template(
        "projects/list.html",
        course_id=course_id,
        asked=asked,
        found=found,
        kept=kept,
        filters_shown=[
            (_list_address(kept, shown), word, found.counts[shown], shown is asked.shown)
            for shown, word in SHOWN_WORDS.items()
        ],
        may_change=actor().has(Role.MANAGER),
    )  # fmt: skip


@bp.get("/mine")
@allow(Role.LEARNER, Role.MENTOR)
def mine(course_id: int) -> ResponseReturnValue:
    """Show an ambassador their pair, and a captain theirs."""
    at, me = clock.now(), actor().enrolment_id or 0
    own, led = queries.pair_of(me, at), queries.pairs_of_captain(me, at)
    shown = [*([own] if own else ()), *led]
    return render_template(
        "projects/mine.html",
        course_id=course_id,
        own=own,
        led=led,
        captains=queries.captains_at([each.id for each in shown], at),
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.MANAGER)
def new(course_id: int) -> ResponseReturnValue:
    """Make a pair."""
    form = PairForm(request.form if request.method == "POST" else None)
    form.offer_people(overview.without_pair(course_id), overview.possible_captains(course_id))
    form.offer_places(queries.areas(course_id), queries.agencies(course_id), dimensions_in(course_id))
    status = 200
    if request.method == "POST":
        status = 400
        if form.validate():
            at = clock.now()
            ambassador = overview.find_person(course_id, int(form.ambassador.data)) or abort(404)
            captain_id = form.captain.data
            captain = overview.find_person(course_id, int(captain_id)) if captain_id else None
            area, agency = _places(form)
            try:
                with transaction():
                    made = operations.make_pair(
                        current_course(), str(form.code.data), ambassador, captain=captain, area=area,
                        agency=agency, dimension=form.dimension.data or "", person_id=actor().person_id,
                        begins_at=form.begins_at.data, at=at,
                    )  # fmt: skip
            except Refused as refusal:
                form.reject(refusal)
                status = 409
            else:
                flash(_("The pair is made."), "success")
                return redirect(url_for(".pair", course_id=course_id, pair_id=made.id), 303)
    return render_template("projects/new.html", course_id=course_id, form=form), status


@bp.get("/<int:pair_id>")
@allow(*STAFF, Role.LEARNER, Role.MENTOR)
def pair(course_id: int, pair_id: int) -> ResponseReturnValue:
    """Show a pair with everybody who has been its captain."""
    return _page(_find(pair_id), CaptainForm(formdata=None), EndForm(formdata=None))


@bp.post("/<int:pair_id>/captain")
@allow(Role.MANAGER)
def captain(course_id: int, pair_id: int) -> ResponseReturnValue:
    """Give a pair another captain; the one before stays in its history."""
    found, form = _find(pair_id), CaptainForm(request.form)
    form.offer_people(overview.possible_captains(course_id))
    if not form.validate():
        return _page(found, form, EndForm(formdata=None)), 400
    at = clock.now()
    chosen = overview.find_person(course_id, int(form.captain.data)) if form.captain.data else None
    try:
        with transaction():
            operations.replace_captain(
                current_course(), found, chosen, reason=form.reason.data or "",
                person_id=actor().person_id, from_at=form.from_at.data or at, at=at, hooks=hooks(),
            )  # fmt: skip
    except Refused as refusal:
        form.reject(refusal)
        return _page(found, form, EndForm(formdata=None)), 409
    flash(_("The pair has a new captain.") if chosen else _("The pair has no captain now."), "success")
    return redirect(url_for(".pair", course_id=course_id, pair_id=pair_id), 303)


@bp.post("/<int:pair_id>/end")
@allow(Role.MANAGER)
def end(course_id: int, pair_id: int) -> ResponseReturnValue:
    """End a pair; everything about it stays on record."""
    found, form = _find(pair_id), EndForm(request.form)
    if not form.validate():
        return _page(found, CaptainForm(formdata=None), form), 400
    try:
        with transaction():
            operations.end_pair(
                current_course(), found, reason=str(form.reason.data), person_id=actor().person_id,
                at=clock.now(), hooks=hooks(),
            )  # fmt: skip
    except Refused as refusal:
        form.reject(refusal)
        return _page(found, CaptainForm(formdata=None), form), 409
    flash(_("The pair has ended. Its history stays."), "success")
    return redirect(url_for(".pair", course_id=course_id, pair_id=pair_id), 303)


@bp.route("/<int:pair_id>/edit", methods=["GET", "POST"])
@allow(Role.MANAGER)
def edit(course_id: int, pair_id: int) -> ResponseReturnValue:
    """Change where a pair works and on what."""
    found = _find(pair_id)
    form = PlacesOfPair(
        request.form if request.method == "POST" else None,
        data={"area": str(found.area_id or ""), "agency": str(found.agency_id or ""),
              "dimension": found.dimension},
    )  # fmt: skip
    form.offer_places(queries.areas(course_id), queries.agencies(course_id), dimensions_in(course_id))
    status = 200
    if request.method == "POST":
        if form.validate():
            area, agency = _places(form)
            with transaction():
                operations.change_pair(
                    current_course(), found, area=area, agency=agency, dimension=form.dimension.data or "",
                    person_id=actor().person_id, at=clock.now(),
                )  # fmt: skip
            flash(_("Saved."), "success")
            return redirect(url_for(".pair", course_id=course_id, pair_id=pair_id), 303)
        status = 400
    return render_template("projects/edit.html", course_id=course_id, pair=found, form=form), status


def _page(found: Pair, captain_form: CaptainForm, end_form: EndForm) -> str:
    may_change = actor().has(Role.MANAGER)
    if may_change and not captain_form.captain.choices:
        captain_form.offer_people(overview.possible_captains(found.course_id))
    at = clock.now()
    history = queries.captaincies([found.id])
    titles = {each.code: each.title for each in dimensions_in(found.course_id)}
    return render_template(
        "projects/pair.html",
        course_id=found.course_id,
        pair=found,
        at=at,
        history=list(reversed(history)),
        captaincy=next(
            (
                each
                for each in history
                if each.began_at <= at and (each.ended_at is None or each.ended_at > at)
            ),
            None,
        ),
        dimension=titles.get(found.dimension, found.dimension),
        captain_form=captain_form,
        end_form=end_form,
        is_staff=actor().has(*STAFF),
        may_change=may_change,
    )


def _list_address(kept: Mapping[str, str], shown: Shown) -> str:
    query = urlencode({**kept, **({"show": shown} if shown else {})})
    return url_for(".index", course_id=actor().course_id) + (f"?{query}" if query else "")


def _find(pair_id: int) -> Pair:
    return queries.find_pair(actor(), pair_id) or abort(404)


def _places(form: PlacesOfPair) -> tuple[Area | None, Agency | None]:
    area_id, agency_id = form.area.data, form.agency.data
    return (
        queries.find_area(actor(), int(area_id)) if area_id else None,
        queries.find_agency(actor(), int(agency_id)) if agency_id else None,
    )


def _one_id(name: str) -> int | None:
    # What is no id finds nothing, as an id of another course does.
    said = request.args.get(name, "")
    return next(iter(read_ids([said])), 0) if said else None


def hooks() -> Sequence[CaptainReplaced]:
    """Return what features do when the time of a captain has ended."""
    return cast("Sequence[CaptainReplaced]", current_app.extensions.get(CAPTAIN_REPLACED, ()))
