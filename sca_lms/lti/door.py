"""Decide at the door: how a login goes on, and what a launch must prove before anybody looks who it is.

Nothing here knows how the request came in, so the views and the counter ask the same questions.
"""

import datetime as dt
import functools
from collections.abc import Mapping
from typing import TypedDict
from urllib.parse import urlencode, urlsplit, urlunsplit

from werkzeug.urls import iri_to_uri

from sca_lms.lti import claims, forms, launch, tokens
from sca_lms.lti.attempts import Attempt, Opened
from sca_lms.lti.forms import Login
from sca_lms.lti.keysets import Source, keysets
from sca_lms.lti.models import PlatformState
from sca_lms.lti.queries import Registered
from sca_lms.lti.refusals import Code, LaunchRefused
from sca_lms.lti.vocabulary import MessageType
from sca_lms.web.i18n import supported_locale


class Circumstances(TypedDict):
    """What a grant keeps of the launch itself."""

    frame_origin: str
    return_url: str
    launch_locale: str | None


def require_active(platform: Registered) -> None:
    """Raise `LaunchRefused` for a host that an operator has not let in, or has switched off."""
    if platform.state is not PlatformState.ACTIVE:
        raise LaunchRefused(Code.PLATFORM_INACTIVE)


def authentication_url(platform: Registered, wanted: Login, opened: Opened) -> str:
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
    return iri_to_uri(urlunsplit(parts._replace(query=query, fragment="")))


def verify(attempt: Attempt, token: str, *, at: dt.datetime, at_hand: bool = False) -> Mapping[str, object]:
    """Return the claims of a token that answers this attempt; raises `LaunchRefused`.

    With `at_hand` only keys that this process has in memory count, and nobody is asked for others.
    """
    platform = attempt.platform
    require_active(platform)
    header = tokens.read_header(token)
    source = Source(platform.id, platform.jwks_url)
    look = keysets().at_hand if at_hand else keysets().find
    found = look(source, header.kid, at=at)
    if not found.keys:
        if found.failure is not None:
            raise LaunchRefused(Code.KEYSET_UNREACHABLE, sent=found.failure, known=platform.jwks_url)
        raise LaunchRefused(Code.KEY_UNKNOWN, sent=header.kid, known=platform.jwks_url)
    expected = tokens.Expected(platform.issuer, platform.client_id, platform.jwks_url)
    verified = tokens.verify(token, header, found.keys, expected, at=at)
    if not attempt.is_answered_by(tokens.nonce_of(verified)):
        raise LaunchRefused(Code.NONCE_MISMATCH)
    return verified


def read(attempt: Attempt, verified: Mapping[str, object]) -> claims.Launch:
    """Return the launch, which must lead to where its login said it would; raises `LaunchRefused`."""
    arrived = claims.read(verified)
    target = arrived.target_link_uri
    if target and not forms.is_ours(target):
        raise LaunchRefused(Code.TARGET_FOREIGN, sent=target, known=forms.own_address("/"))
    # A review may lead to the address that the column names instead of the link's.
    bound = arrived.message_type is not MessageType.SUBMISSION_REVIEW
    if target and bound and not attempt.leads_to(forms.place_of(target)):
        raise LaunchRefused(Code.TARGET_MISMATCH, sent=target)
    return arrived


def circumstances(platform: Registered, arrived: claims.Launch) -> Circumstances:
    """Return what the grant of a launch keeps of it."""
    return {
        "frame_origin": next(iter(launch.frame_origins(platform, arrived.return_url)), ""),
        "return_url": arrived.return_url or "",
        "launch_locale": supported_locale(arrived.locale),
    }
