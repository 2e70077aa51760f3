"""Show everybody their calendar, with time off, the zone of its times, and the feed for phones."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from math import ceil
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests, abort

from sca_lms import clock
from sca_lms.calendar import board, ics, operations, owner_queries, owners, queries
from sca_lms.calendar.entries import ENTRIES, CalendarEntry, Source
from sca_lms.calendar.forms import TimeOffForm, ZoneForm, zone_names
from sca_lms.calendar.words import KIND_WORDS
from sca_lms.config import settings
from sca_lms.courses.access import actor, allow
from sca_lms.courses.rules import STAFF, Actor, Role
from sca_lms.database import transaction
from sca_lms.web import qr_pictures
from sca_lms.web.access import public
from sca_lms.web.i18n import DEFAULT_LOCALE, DEFAULT_TIMEZONE, page_zone, reader_zone, supported_locale

bp = Blueprint("calendar", __name__, template_folder="templates")

PEOPLE = set(Role) - {Role.GUEST}
"""Guests have no calendar."""
CALENDAR_TYPE = "text/calendar; charset=utf-8"
BEFORE, BEHIND = dt.timedelta(days=366), dt.timedelta(days=548)
"""How far back and ahead a feed reaches."""
FRESH_SECONDS = 300
LONGEST_DAY = len("2022-09-05")
MOST_CLASHES = 100


@bp.get("/courses/<int:course_id>/calendar")
@allow(*Role)
def index(course_id: int) -> ResponseReturnValue:
    """Show a month or a week of the reader's own calendar."""
    return _page(course_id, TimeOffForm())


@bp.post("/courses/<int:course_id>/calendar/time-off")
@allow(*PEOPLE)
def add_time_off(course_id: int) -> ResponseReturnValue:
    """Let nobody book the reader in a period."""
    form = TimeOffForm(request.form)
    if form.validate() and form.starts_at.data is not None and form.ends_at.data is not None:
        try:
            with transaction():
                operations.add_time_off(
                    _me(), form.starts_at.data, form.ends_at.data, note=form.note.data or ""
                )
        except operations.TimeOffOverlaps as refusal:
            form.reject(refusal, form.starts_at)
        except operations.Clash as refusal:
            form.refusal_code = refusal.code
            form.form_errors.append(_("You have appointments in this period. Move or cancel them first."))
        else:
            flash(_("The time off is saved."))
            return redirect(url_for(".index", course_id=course_id), 303)
    return _page(course_id, form), 422


@bp.post("/courses/<int:course_id>/calendar/time-off/<int:time_off_id>/remove")
@allow(*PEOPLE)
def remove_time_off(course_id: int, time_off_id: int) -> ResponseReturnValue:
    """Let the reader be booked again in the period of a time off."""
    with transaction():
        row = owner_queries.find_time_off(_me(), time_off_id) or abort(404)
        operations.remove_time_off(row)
    flash(_("The time off is removed."))
    return redirect(url_for(".index", course_id=course_id), 303)


@bp.route("/courses/<int:course_id>/calendar/zone", methods=["GET", "POST"])
@allow(*PEOPLE)
def zone(course_id: int) -> ResponseReturnValue:
    """Choose the zone in which the reader is shown times."""
    form = ZoneForm(request.form if request.method == "POST" else None)
    if request.method == "GET":
        form.zone.data = owner_queries.owner_zone(_me())
    elif form.validate():
        try:
            with transaction():
                owners.choose_zone(_me(), form.zone.data or "")
        except owners.UnknownZone as refusal:
            form.reject(refusal, form.zone)
        else:
            flash(_("Times are shown in this zone now."))
            return redirect(url_for(".index", course_id=course_id), 303)
    return render_template(
        "calendar/zone.html", course_id=course_id, form=form, zones=zone_names(), course_zone=page_zone()
    )


# ---------------------------------------------------------------- the page


def _page(course_id: int, form: TimeOffForm) -> str:
    at, person_id = clock.now(), actor().person_id
    own_zone, whole_month = reader_zone(), request.args.get("view") != "week"
    today = at.astimezone(own_zone).date()
    focus = _wanted_day() or today
    first, after = board.span(focus, whole_month=whole_month)
    start, end = board.midnights(first, after, own_zone)
    entries = _entries(person_id, start, end) if person_id is not None else []
    off = queries.times_off([person_id], start, end) if person_id is not None else []
    shown = board.board(
        focus,
        entries,
        [board.OffTime(each.starts_at, each.ends_at, each.note) for each in off],
        own_zone,
        whole_month=whole_month,
    )
    clashes = queries.class_clashes(course_id, at=at) if actor().has(*STAFF) else []
    return render_template(
        "calendar/index.html",
        course_id=course_id,
        is_guest=person_id is None,
        board=shown,
        whole_month=whole_month,
        today=today,
        at=at,
        form=form,
        owner=owner_queries.find_owner(person_id) if person_id is not None else None,
        times_off=owner_queries.own_time_off(person_id, after=at) if person_id is not None else [],
        kind_words=KIND_WORDS,
        clashes=clashes[:MOST_CLASHES],
        clash_count=len(clashes),
        address=_address,
    )


def _entries(person_id: int, start: dt.datetime, end: dt.datetime) -> list[CalendarEntry]:
    sources: Sequence[Source] = current_app.extensions.get(ENTRIES, ())
    return [entry for source in sources for entry in source(person_id, start, end)]


def _wanted_day() -> dt.date | None:
    try:
        asked = dt.date.fromisoformat(request.args.get("on", "")[:LONGEST_DAY])
    except ValueError:
        return None
    return asked if board.FIRST_YEAR <= asked.year <= board.LAST_YEAR else None


def _address(**changes: str | None) -> str:
    """Return the address of this page with something else asked for."""
    day = _wanted_day()
    asked: dict[str, str | None] = {
        "view": "week" if request.args.get("view") == "week" else None,
        "on": day.isoformat() if day is not None else None,
    }
    asked |= changes
    return url_for("calendar.index", course_id=actor().course_id, view=asked["view"], on=asked["on"])


def _me() -> int:
    person_id = actor().person_id
    return person_id if person_id is not None else abort(404)


def zone_of_reader() -> str:
    """Return the zone that whoever is asking chose; empty for the course's, and outside of courses."""
    asking = g.get("actor")
    if not isinstance(asking, Actor) or asking.person_id is None:
        return ""
    return owner_queries.owner_zone(asking.person_id)


# ---------------------------------------------------------------- the feed


@bp.post("/courses/<int:course_id>/calendar/feed")
@allow(*PEOPLE)
def make_feed(course_id: int) -> ResponseReturnValue:
    """Make a new address for the reader's phone and show it, this once; an older one is dead."""
    with transaction():
        token = owners.make_feed(_me(), at=clock.now())
    address = f"{settings().public_url}{url_for('.feed', token=token)}"
    subscribe_address = f"webcal://{address.partition('://')[2]}"
    response = Response(
        render_template(
            "calendar/feed.html",
            course_id=course_id,
            feed_address=address,
            subscribe_address=subscribe_address,
            picture=qr_pictures.draw(subscribe_address),
        )
    )
    # The address is a key; it stays in no history of pages.
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/courses/<int:course_id>/calendar/feed/revoke")
@allow(*PEOPLE)
def revoke_feed(course_id: int) -> ResponseReturnValue:
    """Take the address of the reader's calendar away from everybody who has it."""
    with transaction():
        owners.revoke_feed(_me())
    flash(_("The address is dead. Nobody reads your calendar with it any more."))
    return redirect(url_for(".index", course_id=course_id), 303)


@bp.get("/calendar/<token>.ics")
@public
def feed(token: str) -> ResponseReturnValue:
    """Answer a phone that subscribed: the address alone is the key."""
    owner = owner_queries.owner_of_feed(owners.digest_of(token)) or abort(404)
    at, course = clock.now(), owner_queries.course_of(owner.person_id)
    try:
        with transaction():
            owners.count_read(owner, at=at)
    except owners.ReadTooOften as refusal:
        # The error page puts the lazy text into each language, so it must not be one text before.
        words = cast("str", refusal.message)
        raise TooManyRequests(words, retry_after=ceil(refusal.wait.total_seconds())) from refusal
    locale = supported_locale(owner.person.locale) or supported_locale(
        course.default_locale if course is not None else None
    )
    renderer = ics.Renderer(
        settings().public_url,
        urlsplit(settings().public_url).hostname or "localhost",
        locale or DEFAULT_LOCALE,
    )
    with force_locale(renderer.locale):
        body = ics.feed(
            _entries(owner.person_id, at - BEFORE, at + BEHIND),
            renderer,
            name="SCA LMS",
            zone=owner.zone or (course.timezone if course is not None else DEFAULT_TIMEZONE),
            at=at,
        )
    response = Response(body, content_type=CALENDAR_TYPE)
    response.headers["Cache-Control"] = f"private, max-age={FRESH_SECONDS}"
    response.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    return response.make_conditional(request)
