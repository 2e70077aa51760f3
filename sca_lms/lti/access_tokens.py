"""Have an access token for a host's services at hand: one for each platform, token address and set of scopes.

A token is kept, encrypted, until a minute before its end, and every process uses the same one. Of several
that need a new one at the same moment one asks, decided by a lease in the database; nobody holds a
transaction while the host takes its time.
"""

import datetime as dt
import email.utils
import json
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from joserfc import jwt
from sqlalchemy.exc import IntegrityError

from sca_lms.config import settings
from sca_lms.database import db, transaction
from sca_lms.errors import Refused, Text
from sca_lms.lti import keys, sealing
from sca_lms.lti.models import AccessToken, Platform
from sca_lms.lti.outbound import Answer, Outbound, Unreachable
from sca_lms.lti.profiles import profile_named
from sca_lms.lti.throttling import allowance_is_used_up, asks_to_wait

MARGIN = dt.timedelta(seconds=60)
"""A token is not used in the last minute of its life, so that it lives while a request is on its way."""
USUAL_LIFE = dt.timedelta(hours=1)
LONGEST_LIFE = dt.timedelta(days=1)
LEASE = dt.timedelta(seconds=20)
"""Longer than a request may take, and how long a process that died while asking holds up the others."""
PATIENCE_SECONDS = 25.0
LOOK_AGAIN_SECONDS = 0.05
ASSERTION_LIFE = dt.timedelta(minutes=5)
BACKDATE = dt.timedelta(seconds=5)
"""Hosts whose clocks are a little behind refuse an assertion from their future."""
LARGEST_ANSWER = 64 * 1024
LONGEST_TOKEN = 32 * 1024
PURPOSE = "access token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"


class TokenRefused(Refused):
    """The host gives no token; asking again without a change on one of the two sides is no use."""

    code: ClassVar[str] = "token-refused"

    def __init__(self, message: Text, *, status: int, error: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        """The word of OAuth for it, such as `invalid_client`; empty when the host used none."""


class TokenDelayed(Refused):
    """The host cannot give a token now, and may later."""

    code: ClassVar[str] = "token-delayed"

    def __init__(self, message: Text, *, status: int, retry_after: dt.timedelta | None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Granted:
    """A token as a host gave it."""

    token: str
    lifetime: dt.timedelta
    scopes: frozenset[str] | None
    """The scopes the host says it is good for, None when it does not say."""


def bearer(
    platform: Platform,
    scopes: Collection[str],
    *,
    way_out: Outbound,
    at: dt.datetime,
    refused: str | None = None,
) -> str:
    """Return a token for these scopes; `refused` is one that the host has just turned down.

    Call it outside of a transaction. Raises `TokenRefused`, `TokenDelayed` or `Unreachable`.
    """
    wanted = " ".join(sorted(set(scopes)))
    began = time.monotonic()
    found = _stored(platform, wanted, refused=refused, at=at)
    while found is None:
        waited = time.monotonic() - began
        now = at + dt.timedelta(seconds=waited)
        # Signed before the turn is taken: the transaction that takes it also ends the reading of the key.
        assertion = client_assertion(platform, at=now)
        lease = _take_turn(platform, wanted, refused=refused, at=now)
        if lease is not None:
            return _fetch_and_keep(platform, wanted, assertion, way_out, lease, at=now)
        if waited > PATIENCE_SECONDS:
            raise Unreachable(_l("it has not given an access token in time"))
        time.sleep(LOOK_AGAIN_SECONDS)
        found = _stored(platform, wanted, refused=refused, at=now)
    return found


def fetch(platform: Platform, scopes: Collection[str], *, way_out: Outbound, at: dt.datetime) -> Granted:
    """Ask the host for a new token, whatever is kept; raises as `bearer` does."""
    wanted = " ".join(sorted(set(scopes)))
    return _ask(platform, wanted, client_assertion(platform, at=at), way_out, at=at)


def client_assertion(platform: Platform, *, at: dt.datetime) -> str:
    """Return a signed statement of who we are, good for one use within five minutes."""
    signing = keys.signing_key(at=at)
    claims = {
        "iss": platform.client_id,
        "sub": platform.client_id,
        "aud": platform.token_audience
        or profile_named(platform.profile).token_audience
        or platform.auth_token_url,
        "iat": int((at - BACKDATE).timestamp()),
        "exp": int((at + ASSERTION_LIFE).timestamp()),
        "jti": secrets.token_urlsafe(24),
    }
    header = {"alg": keys.ALGORITHM, "kid": signing.kid, "typ": "JWT"}
    return jwt.encode(header, claims, signing.key, algorithms=[keys.ALGORITHM])


def forget(platform: Platform) -> None:
    """Drop every token of a platform, for instance because its addresses have changed."""
    db.session.execute(sa.delete(AccessToken).where(AccessToken.platform_id == platform.id))


def retry_after(answer: Answer, *, at: dt.datetime) -> dt.timedelta | None:
    """Return how long a host asks us to wait, in seconds or until a date; None if it does not."""
    given = str(answer.headers.get("Retry-After") or "").strip()
    if given.isascii() and given.isdigit():
        return dt.timedelta(seconds=min(int(given[:9]), 10**8))
    try:
        until = email.utils.parsedate_to_datetime(given)
    except ValueError:
        return None
    known = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
    return max(known - at, dt.timedelta(0))


def _mine(platform: Platform, wanted: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        AccessToken.platform_id == platform.id,
        AccessToken.token_url == platform.auth_token_url,
        AccessToken.scopes == wanted,
    )


def _stored(platform: Platform, wanted: str, *, refused: str | None, at: dt.datetime) -> str | None:
    # On a connection of its own, so that nothing stays open while a host takes its time.
    with db.engine.connect() as connection:
        row = connection.execute(
            sa.select(AccessToken.token, AccessToken.expires_at).where(_mine(platform, wanted))
        ).first()
    return _usable(row.token, row.expires_at, refused=refused, at=at) if row else None


def _usable(
    sealed: str | None, expires_at: dt.datetime | None, *, refused: str | None, at: dt.datetime
) -> str | None:
    if sealed is None or expires_at is None or expires_at - MARGIN <= at:
        return None
    try:
        token = sealing.unseal(sealed, purpose=PURPOSE, secret_key=settings().secret_key)
    except sealing.Unreadable:
        # The secret key has changed since; a new token costs one request.
        return None
    return None if token == refused else token


def _take_turn(
    platform: Platform, wanted: str, *, refused: str | None, at: dt.datetime
) -> dt.datetime | None:
    """Return the lease of the one who asks, None for those who wait for that one."""
    until = at + LEASE
    with transaction():
        row = db.session.scalar(
            sa.select(AccessToken)
            .where(_mine(platform, wanted))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if row is None:
            return until if _insert(platform, wanted, until) else None
        if row.leased_until is not None and row.leased_until > at:
            return None
        if _usable(row.token, row.expires_at, refused=refused, at=at) is not None:
            return None
        row.leased_until = until
        row.requests += 1
    return until


def _insert(platform: Platform, wanted: str, until: dt.datetime) -> bool:
    try:
        with db.session.begin_nested():
            db.session.add(
                AccessToken(
                    platform_id=platform.id,
                    token_url=platform.auth_token_url,
                    scopes=wanted,
                    token=None,
                    expires_at=None,
                    leased_until=until,
                    requests=1,
                )
            )
    except IntegrityError:
        # Another process was first and has the turn.
        return False
    return True


def _fetch_and_keep(
    platform: Platform, wanted: str, assertion: str, way_out: Outbound, lease: dt.datetime, *, at: dt.datetime
) -> str:
    try:
        granted = _ask(platform, wanted, assertion, way_out, at=at)
    except Refused:
        _write(platform, wanted, lease)
        raise
    sealed = sealing.seal(granted.token, purpose=PURPOSE, secret_key=settings().secret_key)
    _write(platform, wanted, lease, token=sealed, expires_at=at + granted.lifetime)
    return granted.token


def _ask(platform: Platform, wanted: str, assertion: str, way_out: Outbound, *, at: dt.datetime) -> Granted:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        "scope": wanted,
    }
    answer = way_out.request(
        "POST",
        platform.auth_token_url,
        headers={"Content-Type": FORM, "Accept": "application/json"},
        body=urlencode(form).encode("ascii"),
        limit=LARGEST_ANSWER,
    )
    return _read(answer, at=at)


def _write(platform: Platform, wanted: str, lease: dt.datetime, **values: object) -> None:
    """Give the turn back; whoever has it meanwhile, because we took too long, keeps it."""
    with transaction():
        db.session.execute(
            sa.update(AccessToken)
            .where(_mine(platform, wanted), AccessToken.leased_until == lease)
            .values(leased_until=None, **values)
            .execution_options(synchronize_session=False)
        )


def _read(answer: Answer, *, at: dt.datetime) -> Granted:
    """Return what the host gave; its media type is not looked at, since Moodle calls its JSON text/html."""
    said = _members(answer)
    throttled = answer.status == 403 and (
        allowance_is_used_up(answer.headers) or asks_to_wait(answer.content.decode("utf-8", "replace"))
    )
    if throttled or answer.status in {408, 425, 429} or answer.status >= 500:
        raise TokenDelayed(
            _l("it answers a token request with the status %(status)s", status=answer.status),
            status=answer.status,
            retry_after=retry_after(answer, at=at),
        )
    token = said.get("access_token")
    if not 200 <= answer.status < 300:
        error = _oauth_word(said.get("error"))
        raise TokenRefused(_why(error, answer.status), status=answer.status, error=error)
    if (
        not isinstance(token, str)
        or not token.strip()
        or len(token) > LONGEST_TOKEN
        or not token.isprintable()
    ):
        raise TokenRefused(_l("it answers a token request without a token"), status=answer.status)
    return Granted(token.strip(), _lifetime(said.get("expires_in")), _scopes(said.get("scope")))


def _members(answer: Answer) -> dict[str, object]:
    try:
        found = json.loads(answer.content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _scopes(said: object) -> frozenset[str] | None:
    return frozenset(said.split()) if isinstance(said, str) and said.strip() else None


def _lifetime(said: object) -> dt.timedelta:
    """Return for how long a token is good; hosts send seconds as a number or as text, or nothing."""
    if isinstance(said, str) and said.strip().isascii() and said.strip().isdigit():
        said = int(said.strip()[:9])
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 < said < 10**9:
        return USUAL_LIFE
    return min(dt.timedelta(seconds=int(said)), LONGEST_LIFE)


# What OAuth 2.0 (RFC 6749, 5.2) and the security framework of 1EdTech may answer.
_MEANING: dict[str, Text] = {
    "invalid_client": _l(
        "it does not know the tool (invalid_client): compare client id, key set address and token audience"
    ),
    "invalid_grant": _l("it does not believe the tool (invalid_grant): compare the token audience"),
    "invalid_request": _l("it calls the token request faulty (invalid_request): compare the token address"),
    "invalid_scope": _l(
        "it gives the tool no such service (invalid_scope): switch it on in the tool's settings there"
    ),
    "unauthorized_client": _l("it does not let the tool use its services (unauthorized_client)"),
    "unsupported_grant_type": _l(
        "it knows no such request (unsupported_grant_type): compare the token address"
    ),
}


def _oauth_word(said: object) -> str:
    return said if isinstance(said, str) and said in _MEANING else ""


def _why(error: str, status: int) -> Text:
    if error in _MEANING:
        return _MEANING[error]
    return _l("it refuses the token request with the status %(status)s", status=status)
