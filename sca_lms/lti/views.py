"""The addresses of the door: login, launch, continue, and the tool's key set."""

import datetime as dt
import functools
from collections.abc import Mapping
from typing import TypedDict
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, jsonify, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.courses import access, sessions
from sca_lms.database import db, direct_transaction, transaction
from sca_lms.lti import (
    attempts,
    browser,
    claims,
    forms,
    keys,
    launch,
    messages,
    pages,
    platform_book,
    recognition,
    tokens,
)
from sca_lms.lti.attempts import Attempt, Opened, Waiting
from sca_lms.lti.forms import Login
from sca_lms.lti.keysets import Source, keysets
from sca_lms.lti.models import PlatformState
from sca_lms.lti.queries import Registered
from sca_lms.lti.refusals import Code, LaunchRefused
from sca_lms.lti.vocabulary import MessageType
from sca_lms.web.access import public
from sca_lms.web.addresses import lead_to
from sca_lms.web.i18n import supported_locale
from sca_lms.web.tab_tokens import tab_prefix

bp = Blueprint("lti", __name__, url_prefix="/lti", template_folder="templates")

KEY_SET_SECONDS = 3600
BY_STORAGE, HERE, NEW_TAB = "storage", "here", "new-tab"


@bp.record_once
def _set_up(state: BlueprintSetupState) -> None:
    messages.register(state.app.extensions)
    state.app.extensions.setdefault("sca_readiness", {})["keys"] = keys.problem


@bp.route("/login", methods=["GET", "POST"])
@public
def login() -> ResponseReturnValue:
    """Begin a login: remember it, and send the browser to the host that knows who this is."""
    at = clock.now()
    try:
        wanted = forms.read_login()
        platform = platform_book.find_for_login(wanted.issuer, wanted.client_id)
        pages.keep_in_sight(platform)
        _require_active(platform)
    except LaunchRefused as refusal:
        return pages.refused(refusal, {})
    opened = attempts.open_attempt(
        platform,
        forms.place_of(wanted.target_link_uri),
        wanted.storage_target,
        secret_key=settings().secret_key,
        at=at,
    )
    next_url = _authentication_url(platform, wanted, opened)
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
        verified = _verify(attempt, token, at=at)
        arrived = _read(attempt, verified)
        if not attempt.is_from(browser.browser_secret(answer.state)):
            launch.require_approval(attempt.platform, arrived)
            with transaction():
                ticket = attempts.set_aside(attempt, verified, at=at)
            return pages.carry_on(attempt, arrived, key=_storage_key(answer.state), ticket=ticket)
        welcome = _recognise(attempt, arrived, at=at)
        if welcome is None:
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
        with transaction():
            attempts.redeem(waiting, ticket)
            without_cookies = method != NEW_TAB and not browser.cookies_survive()
            return _let_in(waiting.platform, arrived, tab=without_cookies, at=at)
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


def _authentication_url(platform: Registered, wanted: Login, opened: Opened) -> str:
    """Return where the host authenticates the person; what its address has as a query stays as it is."""
    varying = {"login_hint": wanted.login_hint, "state": opened.state, "nonce": opened.nonce}
    if wanted.message_hint is not None:
        varying["lti_message_hint"] = wanted.message_hint
    fixed = _authentication_place(
        platform.auth_login_url, platform.client_id, forms.own_address("/lti/launch")
    )
    return f"{fixed}&{urlencode(varying)}"


# The same for every login of a host.
@functools.lru_cache(maxsize=256)
def _authentication_place(auth_login_url: str, client_id: str, redirect_uri: str) -> str:
    parameters = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
    }
    parts = urlsplit(auth_login_url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return urlunsplit(parts._replace(query=query, fragment=""))


def _storage_key(state: str) -> str:
    """Return under which name the host keeps the browser's secret for us."""
    return f"sca_{attempts.hashed(state)[:16]}"


def _require_active(platform: Registered) -> None:
    if platform.state is not PlatformState.ACTIVE:
        raise LaunchRefused(Code.PLATFORM_INACTIVE)


def _require_proof(waiting: Waiting, method: str, secret: str | None) -> None:
    """Refuse a launch continued by another browser, or by a page that is not ours.

    Where neither cookie nor storage can prove the browser, a person confirms on our own page, which names
    them and the course. No other page can send that request, so nobody is signed in as somebody else
    unawares.
    """
    proven = waiting.is_from(secret) if method == BY_STORAGE else method in {HERE, NEW_TAB}
    if not proven or not browser.is_same_origin():
        raise LaunchRefused(Code.BROWSER_UNPROVEN)


def _verify(attempt: Attempt, token: str, *, at: dt.datetime) -> Mapping[str, object]:
    """Return the claims of a token that answers this attempt; raises `LaunchRefused`."""
    platform = attempt.platform
    _require_active(platform)
    header = tokens.read_header(token)
    found = keysets().find(Source(platform.id, platform.jwks_url), header.kid, at=at)
    if not found.keys:
        if found.failure is not None:
            raise LaunchRefused(Code.KEYSET_UNREACHABLE, sent=found.failure, known=platform.jwks_url)
        raise LaunchRefused(Code.KEY_UNKNOWN, sent=header.kid, known=platform.jwks_url)
    expected = tokens.Expected(platform.issuer, platform.client_id, platform.jwks_url)
    verified = tokens.verify(token, header, found.keys, expected, at=at)
    if not attempt.is_answered_by(tokens.nonce_of(verified)):
        raise LaunchRefused(Code.NONCE_MISMATCH)
    return verified


def _read(attempt: Attempt, verified: Mapping[str, object]) -> claims.Launch:
    """Return the launch, which must lead to where its login said it would."""
    arrived = claims.read(verified)
    target = arrived.target_link_uri
    if target and not forms.is_ours(target):
        raise LaunchRefused(Code.TARGET_FOREIGN, sent=target, known=forms.own_address("/"))
    # A review may lead to the address that the column names instead of the link's.
    bound = arrived.message_type is not MessageType.SUBMISSION_REVIEW
    if target and bound and not attempt.leads_to(forms.place_of(target)):
        raise LaunchRefused(Code.TARGET_MISMATCH, sent=target)
    return arrived


def _recognise(attempt: Attempt, arrived: claims.Launch, *, at: dt.datetime) -> Response | None:
    """Let a launch in about which nothing is new; None, and nothing done, for every other."""
    platform = attempt.platform
    with direct_transaction() as change:
        attempts.use(attempt, at=at, on=change)
        known = recognition.recognise(change, platform, arrived, at=at)
        if known is None:
            change.connection.rollback()
            return None
        session = access.current_session()
        token = access.session_token() if session is not None else None
        opened = sessions.open_session(token, at=at, known=session, on=change)
        sessions.put_grant(
            change,
            {
                "session_id": opened.session_id,
                "course_id": known.course_id,
                "person_id": known.person_id,
                "enrolment_id": known.enrolment_id,
                **_circumstances(platform, arrived),
                "granted_at": at,
            },
        )
    return _welcome(messages.link_path(known.course_id, known.roles, known.activity), opened)


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
        **_circumstances(platform, arrived),
    )
    if tab:
        return lead_to(request.script_root + tab_prefix(opened.token) + path)
    return _welcome(path, opened)


def _welcome(path: str, opened: sessions.Opened) -> Response:
    welcome = lead_to(request.script_root + path)
    access.give_cookie(welcome, opened.token)
    return welcome


class _Circumstances(TypedDict):
    """What a grant keeps of the launch itself."""

    frame_origin: str
    return_url: str
    launch_locale: str | None


def _circumstances(platform: Registered, arrived: claims.Launch) -> _Circumstances:
    return {
        "frame_origin": next(iter(launch.frame_origins(platform, arrived.return_url)), ""),
        "return_url": arrived.return_url or "",
        "launch_locale": supported_locale(arrived.locale),
    }


def _refuse(refusal: LaunchRefused, token: str, *, at: dt.datetime) -> Response:
    platform = pages.platform_in_sight()
    db.session.rollback()
    if refusal.reason is Code.DEPLOYMENT_INACTIVE and platform is not None:
        with transaction():
            launch.note_deployment(platform.id, str(refusal.facts["sent"]), at=at)
    # A token that answers no login of ours is not worth reading.
    return pages.refused(refusal, pages.trace_facts(token) if token and platform is not None else {})
