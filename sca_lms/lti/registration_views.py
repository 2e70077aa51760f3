"""The addresses with which a host's administrator connects this tool: registration, and the JSON to copy."""

import datetime as dt
from dataclasses import dataclass

from flask import Blueprint, Response, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.database import release, transaction
from sca_lms.lti import invites, registration
from sca_lms.lti.configuration import ToolAddresses, canvas_document
from sca_lms.lti.invites import InviteState
from sca_lms.lti.launch import origin_of
from sca_lms.lti.models import Platform, PlatformState, RegistrationInvite
from sca_lms.lti.outbound import outbound
from sca_lms.lti.plain import is_clean
from sca_lms.lti.profiles import profile_named
from sca_lms.lti.refused_registration import RegistrationRefused, Trouble
from sca_lms.lti.registration_documents import HostConfiguration, Registration, capabilities, granted
from sca_lms.web.access import public
from sca_lms.web.error_pages import ERROR_CODE_HEADER

bp = Blueprint("lti_registration", __name__, url_prefix="/lti", template_folder="templates")

CONFIGURATION_SECONDS = 300
_STATUS = {
    Trouble.INVITE_UNKNOWN: 403,
    Trouble.INVITE_EXPIRED: 403,
    Trouble.UNDER_WAY: 409,
    Trouble.HOST_UNREACHABLE: 422,
    Trouble.HOST_REFUSED: 422,
    Trouble.CONFIGURATION_REFUSED: 422,
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a host's administrator brought along."""

    invite: str
    openid_configuration: str
    registration_token: str


@bp.get("/config.json")
@public
def configuration() -> ResponseReturnValue:
    """Describe the tool for hosts that take a JSON."""
    answer = jsonify(canvas_document(ToolAddresses(settings().public_url)))
    answer.headers["Cache-Control"] = f"public, max-age={CONFIGURATION_SECONDS}"
    return answer


@bp.get("/register")
@public
def preview() -> ResponseReturnValue:
    """Show what will work with a host, before anything is registered."""
    asked = _read()
    try:
        invite = _usable(asked, at=clock.now())
        if invite.platform is not None:
            return _success(invite.platform)
        host = _configuration(asked)
    except RegistrationRefused as refusal:
        return _refused(refusal)
    return _page(
        "lti/register_preview.html", host=host, capabilities=capabilities(host), asked=asked, invite=invite
    )


@bp.post("/register")
@public
def register() -> ResponseReturnValue:
    """Register with the host; sending the form again shows what the first time has led to."""
    asked, at = _read(), clock.now()
    try:
        invite = _usable(asked, at=at)
        if invite.platform is not None:
            return _success(invite.platform)
        host = _configuration(asked)
        _take(invite, at=at)
        registered, platform = _present(invite, host, asked, taken_at=at)
    except RegistrationRefused as refusal:
        return _refused(refusal)
    return _success(platform, host=granted(host, registered))


def _take(invite: RegistrationInvite, *, at: dt.datetime) -> None:
    """Take the invite for this attempt; raises `RegistrationRefused` when another one was quicker."""
    with transaction():
        taken = invites.take(invite, at=at)
    if not taken:
        raise RegistrationRefused(Trouble.UNDER_WAY)


def _present(
    invite: RegistrationInvite, host: HostConfiguration, asked: _Asked, *, taken_at: dt.datetime
) -> tuple[Registration, Platform]:
    """Present ourselves outside of any transaction, then keep the answer or give the invite back."""
    try:
        registered = registration.register(
            host,
            asked.registration_token,
            way_out=outbound(),
            addresses=ToolAddresses(settings().public_url),
        )
        with transaction():
            platform = registration.keep(
                invite, host, registered, allow_private=settings().allow_private_platforms, at=clock.now()
            )
    except RegistrationRefused:
        with transaction():
            invites.give_back(invite, taken_at=taken_at)
        raise
    return registered, platform


def _read() -> _Asked:
    given = {**request.args.to_dict(), **request.form.to_dict()}
    return _Asked(
        invite=given.get("invite", ""),
        openid_configuration=given.get("openid_configuration", ""),
        registration_token=given.get("registration_token", ""),
    )


def _usable(asked: _Asked, *, at: dt.datetime) -> RegistrationInvite:
    """Return the invite when it can be used, or has been; raises `RegistrationRefused`."""
    if not asked.invite:
        raise RegistrationRefused(Trouble.INVITE_MISSING)
    invite = invites.find_invite(asked.invite)
    if invite is None:
        raise RegistrationRefused(Trouble.INVITE_UNKNOWN)
    state = invites.state_of(invite, at=at)
    if state is InviteState.EXPIRED:
        raise RegistrationRefused(Trouble.INVITE_EXPIRED)
    if state is InviteState.TAKEN:
        raise RegistrationRefused(Trouble.UNDER_WAY)
    if state is InviteState.OPEN:
        if not asked.openid_configuration:
            raise RegistrationRefused(Trouble.HOST_MISSING)
        token = asked.registration_token
        if len(token) > registration.LONGEST_TOKEN or not token.isascii() or not is_clean(token):
            raise RegistrationRefused(Trouble.HOST_MISSING)
    return invite


def _configuration(asked: _Asked) -> HostConfiguration:
    # Nothing may be held open while the host takes its time.
    release()
    return registration.fetch_configuration(
        asked.openid_configuration,
        asked.registration_token,
        way_out=outbound(),
        allow_private=settings().allow_private_platforms,
    )


def _success(platform: Platform, *, host: HostConfiguration | None = None) -> Response:
    return _page(
        "lti/register_done.html",
        platform=platform,
        profile=profile_named(platform.profile),
        pending=platform.state is PlatformState.PENDING,
        capabilities=capabilities(host) if host else [],
    )


def _refused(refusal: RegistrationRefused) -> Response:
    page = _page("lti/register_refused.html", refusal=refusal, status=_STATUS.get(refusal.reason, 400))
    page.headers[ERROR_CODE_HEADER] = refusal.reason.value
    return page


def _page(template: str, *, status: int = 200, **values: object) -> Response:
    """Make a page that may stand in the frame of the host that is being registered.

    Nothing signed names the host yet, and its pages may stand on another address than its configuration. A
    stranger gains nothing by framing the page: whoever has the invite can register without us looking on.
    """
    asked = (
        request.headers.get("Origin"),
        request.headers.get("Referer"),
        request.values.get("openid_configuration"),
    )
    g.frame_ancestors = [origin for origin in map(origin_of, asked) if origin]
    return make_response(render_template(template, **values), status)
