"""The addresses of the door: login, launch, continue, and the tool's key set."""

import datetime as dt

from flask import Blueprint, Response, jsonify, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.courses import access, sessions
from sca_lms.database import db, transaction
from sca_lms.lti import (
    attempts,
    browser,
    claims,
    counter,
    door,
    forms,
    keys,
    launch,
    messages,
    pages,
    platform_book,
    queries,
)
from sca_lms.lti.attempts import Waiting
from sca_lms.lti.queries import Registered
from sca_lms.lti.refusals import Code, LaunchRefused
from sca_lms.web.access import public
from sca_lms.web.addresses import lead_to
from sca_lms.web.express import COUNTERS, Counter
from sca_lms.web.tab_tokens import tab_prefix

bp = Blueprint("lti", __name__, url_prefix="/lti", template_folder="templates")

KEY_SET_SECONDS = 3600
BY_STORAGE, HERE, NEW_TAB = "storage", "here", "new-tab"
LOOKED = "looked"


@bp.record_once
def _set_up(state: BlueprintSetupState) -> None:
    messages.register(state.app.extensions)
    state.app.extensions.setdefault("sca_readiness", {})["keys"] = keys.problem
    state.app.extensions[access.OPEN_DOORS] = queries.no_door_is_shut()
    counters = state.app.extensions.setdefault(COUNTERS, {})
    counters["/lti/login"] = Counter("lti.login", counter.log_in)
    counters["/lti/launch"] = Counter("lti.launched", counter.let_in)


@bp.route("/login", methods=["GET", "POST"])
@public
def login() -> ResponseReturnValue:
    """Begin a login: remember it, and send the browser to the host that knows who this is."""
    at = clock.now()
    try:
        wanted = forms.read_login()
        platform = platform_book.find_for_login(wanted.issuer, wanted.client_id)
        pages.keep_in_sight(platform)
        door.require_active(platform)
    except LaunchRefused as refusal:
        return pages.refused(refusal, {})
    opened = attempts.open_attempt(
        platform,
        forms.place_of(wanted.target_link_uri),
        wanted.storage_target,
        secret_key=settings().secret_key,
        at=at,
    )
    next_url = door.authentication_url(platform, wanted, opened)
    if wanted.storage_target:
        answer = pages.store(
            platform,
            key=_storage_key(opened.state),
            secret=opened.browser_secret,
            storage_target=wanted.storage_target,
            next_url=next_url,
        )
    else:
        answer = lead_to(next_url, status=302)
    browser.remember_login(answer, opened.state, opened.browser_secret)
    return answer


@bp.route("/launch", methods=["GET", "POST"])
@public
def launched() -> ResponseReturnValue:
    """Let a launch in when its token is genuine, its login began here and its browser is the same."""
    at = clock.now()
    token, attempt = "", None
    try:
        answer = forms.read_answer()
        token = answer.id_token
        attempt = attempts.find_attempt(answer.state, secret_key=settings().secret_key, at=at)
        pages.keep_in_sight(attempt.platform)
        verified = door.verify(attempt, token, at=at)
        arrived = door.read(attempt, verified)
        if not attempt.is_from(browser.browser_secret(answer.state)):
            launch.require_approval(attempt.platform, arrived)
            with transaction():
                ticket = attempts.set_aside(attempt, verified, at=at)
            return pages.carry_on(attempt, arrived, key=_storage_key(answer.state), ticket=ticket)
        with transaction(rows_survive=False):
            attempts.use(attempt, at=at)
            welcome = _let_in(attempt.platform, arrived, tab=False, at=at)
    except LaunchRefused as refusal:
        if attempt is not None and attempts.was_used(attempt):
            # Whatever else is wrong with it by now: it was loaded a second time.
            return _refuse(LaunchRefused(Code.STATE_USED), token, at=at)
        return _refuse(refusal, token, at=at)
    browser.forget_login(welcome, answer.state)
    return welcome


@bp.route("/continue", methods=["GET", "POST"])
@public
def carried_on() -> ResponseReturnValue:
    """Let a launch in whose browser had no cookie: it proves itself by the host's storage or by a person."""
    at = clock.now()
    try:
        given = forms.read_continuation()
        ticket = given.get("ticket", "")
        waiting = attempts.find_ticket(ticket, at=at)
        pages.keep_in_sight(waiting.platform)
        method = given.get("method", "")
        _require_proof(waiting, method, given.get("secret"))
        arrived = claims.read(waiting.claims)
        survive = browser.cookies_survive()
        if method == NEW_TAB and not survive and LOOKED not in given:
            # A tab keeps cookies that a frame may not keep, or keeps none either: nothing has shown it yet.
            return pages.look_again(ticket=ticket)
        with transaction():
            attempts.redeem(waiting, ticket)
            return _let_in(waiting.platform, arrived, tab=not survive, at=at)
    except LaunchRefused as refusal:
        return _refuse(refusal, "", at=at)


@bp.get("/jwks.json")
@public
def key_set() -> ResponseReturnValue:
    """Show the public keys with which hosts check what this tool signs."""
    answer = jsonify(keys.published(at=clock.now()))
    answer.headers["Cache-Control"] = f"public, max-age={KEY_SET_SECONDS}"
    return answer


@bp.get("/privacy")
@public
def privacy() -> ResponseReturnValue:
    """Explain what the tool keeps of a person, and where to see, correct or erase it."""
    return render_template("lti/privacy.html")


def _storage_key(state: str) -> str:
    """Return under which name the host keeps the browser's secret for us."""
    return f"sca_{attempts.hashed(state)[:16]}"


def _require_proof(waiting: Waiting, method: str, secret: str | None) -> None:
    """Refuse a launch continued by another browser, or by a page that is not ours.

    Where neither cookie nor storage can prove the browser, a person confirms on our own page, which names
    them and the course. No other page can send that request, so nobody is signed in as somebody else
    unawares.
    """
    proven = waiting.is_from(secret) if method == BY_STORAGE else method in {HERE, NEW_TAB}
    if not proven or not browser.is_same_origin():
        raise LaunchRefused(Code.BROWSER_UNPROVEN)


def _let_in(platform: Registered, arrived: claims.Launch, *, tab: bool, at: dt.datetime) -> Response:
    """Open the session of a launch and answer with the page it leads to."""
    arrival = launch.settle(platform, arrived, at=at)
    path = messages.destination(arrival)
    if arrival.course is None:
        return lead_to(request.script_root + path)
    opened = sessions.open_session(access.session_token(), at=at, known=access.current_session(), tab=tab)
    sessions.grant(
        opened.session_id,
        arrival.course.id,
        arrival.enrolment,
        at=at,
        **door.circumstances(platform, arrived),
    )
    if tab:
        return lead_to(request.script_root + tab_prefix(opened.token) + path)
    welcome = lead_to(request.script_root + path)
    access.give_cookie(welcome, opened.token, partitioned=not browser.has_access())
    return welcome


def _refuse(refusal: LaunchRefused, token: str, *, at: dt.datetime) -> Response:
    platform = pages.platform_in_sight()
    db.session.rollback()
    if refusal.reason is Code.DEPLOYMENT_INACTIVE and platform is not None:
        with transaction():
            launch.note_deployment(platform.id, str(refusal.facts["sent"]), at=at)
    # A token that answers no login of ours is not worth reading.
    return pages.refused(refusal, pages.trace_facts(token) if token and platform is not None else {})
