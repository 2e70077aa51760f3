"""Login attempts: begun at the login, used up once by the launch, bound to browser, platform and target.

What a login has to remember travels in its state, signed, so that a login costs no write and a flood of them
fills no table. The launch writes the state down as used, and the database decides which of two is the first.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from sca_lms.database import Base, db
from sca_lms.lti.models import LoginAttempt, Platform
from sca_lms.lti.platform_book import find_registered
from sca_lms.lti.queries import COLUMNS, Registered, registered
from sca_lms.lti.refusals import Code, LaunchRefused
from sca_lms.prepared import Direct, Prepared

LIFETIME = dt.timedelta(minutes=10)
TICKET_LIFETIME = dt.timedelta(minutes=2)
SWEEP_EVERY = 256
"""One launch in so many clears away what has expired, so that no worker is needed to bound the table."""

# Platform, end, and the first half of three SHA-256 digests: nonce, browser, target. A storage frame follows.
_STATE = struct.Struct(">IQ16s16s16s")
_SEAL = hashlib.sha256().digest_size
_PURPOSE = b"sca-lms login state"
LONGEST_STATE = 400


@dataclass(frozen=True, slots=True)
class Opened:
    """The three secrets of a fresh attempt; they leave in the answer and are not kept."""

    state: str
    nonce: str
    browser_secret: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as the launch finds it."""

    platform: Registered
    state_hash: str
    nonce_digest: bytes
    browser_digest: bytes
    target_digest: bytes
    storage_target: str | None
    expires_at: dt.datetime

    def is_from(self, browser_secret: str | None) -> bool:
        """Tell whether this is the browser in which the login began."""
        return browser_secret is not None and hmac.compare_digest(
            _digest(browser_secret), self.browser_digest
        )

    def is_answered_by(self, nonce: str) -> bool:
        """Tell whether a token with this nonce answers this login."""
        return hmac.compare_digest(_digest(nonce), self.nonce_digest)

    def leads_to(self, target: str) -> bool:
        """Tell whether the login was for this target, written the one way that `forms.place_of` writes it."""
        return hmac.compare_digest(_digest(target), self.target_digest)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A launch that was set aside until the browser proves itself."""

    platform: Registered
    id: int
    browser_hash: str
    claims: Mapping[str, object]

    def is_from(self, browser_secret: str | None) -> bool:
        """Tell whether this is the browser in which the login began."""
        return browser_secret is not None and hmac.compare_digest(
            _digest(browser_secret).hex(), self.browser_hash
        )


def hashed(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16]


def open_attempt(
    platform: Registered, target: str, storage_target: str | None, *, secret_key: str, at: dt.datetime
) -> Opened:
    """Begin a login that is good for ten minutes."""
    nonce, browser_secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    ends = int((at + LIFETIME).timestamp())
    remembered = _STATE.pack(platform.id, ends, _digest(nonce), _digest(browser_secret), _digest(target))
    body = remembered + (storage_target or "").encode()
    return Opened(_written(_seal(body, secret_key) + body), nonce, browser_secret)


def find_attempt(state: str, *, secret_key: str, at: dt.datetime) -> Attempt:
    """Return the attempt that a state describes; raises `LaunchRefused` for one we did not sign, or too old.

    Whether it was used is decided by `use`.
    """
    body = _unsealed(state, secret_key)
    platform_id, ends, nonce, browser, target = _STATE.unpack(body[: _STATE.size])
    platform = find_registered(platform_id)
    if platform is None:
        raise LaunchRefused(Code.STATE_UNKNOWN)
    expires_at = dt.datetime.fromtimestamp(ends, dt.UTC)
    if expires_at <= at:
        raise LaunchRefused(Code.STATE_EXPIRED)
    storage_target = body[_STATE.size :].decode() or None
    return Attempt(platform, hashed(state), nonce, browser, target, storage_target, expires_at)


def _seal(body: bytes, secret_key: str) -> bytes:
    return hmac.digest(secret_key.encode(), _PURPOSE + body, "sha256")


def _unsealed(state: str, secret_key: str) -> bytes:
    try:
        sealed = base64.b64decode(state[:LONGEST_STATE] + "=" * (-len(state) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise LaunchRefused(Code.STATE_UNKNOWN) from error
    seal, body = sealed[:_SEAL], sealed[_SEAL:]
    # Several texts decode to the same bytes; only one of them counts, or a used state could be used again.
    if _written(sealed) != state or not hmac.compare_digest(seal, _seal(body, secret_key)):
        raise LaunchRefused(Code.STATE_UNKNOWN)
    return body


def _written(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")


_ATTEMPT = Base.metadata.tables[LoginAttempt.__tablename__]
_PLATFORM = Base.metadata.tables[Platform.__tablename__]
_INSERT = Prepared(
    sa.insert(_ATTEMPT).returning(_ATTEMPT.c.id),
    [column.name for column in _ATTEMPT.columns if column is not _ATTEMPT.c.id],
)
# A ticket may outlive its attempt by two minutes.
_EXPIRED = sa.delete(_ATTEMPT).where(_ATTEMPT.c.expires_at <= sa.bindparam("before"))
_FORGET = Prepared(_EXPIRED)
_WAITING = (
    sa.select(*COLUMNS, _ATTEMPT.c.id, _ATTEMPT.c.browser_hash, _ATTEMPT.c.claims)
    .select_from(_ATTEMPT.join(_PLATFORM, _PLATFORM.c.id == _ATTEMPT.c.platform_id))
    .where(
        _ATTEMPT.c.ticket_hash == sa.bindparam("ticket_hash"),
        _ATTEMPT.c.ticket_expires_at > sa.bindparam("at"),
    )
)


def use(attempt: Attempt, *, at: dt.datetime, on: Direct | None = None) -> None:
    """Use the attempt up; of two launches at the same instant one gets `LaunchRefused`.

    It must be the first statement of its transaction, because a refusal forgets what came before it. The
    transaction is that of the session, or `on` a connection of its own.
    """
    _write(on or db.session.connection(), attempt, at=at)


def was_used(attempt: Attempt) -> bool:
    """Tell whether a launch of this attempt was let in or set aside before."""
    return (
        db.session.execute(
            sa.select(_ATTEMPT.c.id).where(_ATTEMPT.c.state_hash == attempt.state_hash)
        ).first()
        is not None
    )


def set_aside(attempt: Attempt, claims: Mapping[str, object], *, at: dt.datetime) -> str:
    """Use the attempt up, keep its verified launch for two minutes, and return the ticket for it."""
    ticket = secrets.token_urlsafe(32)
    _write(
        db.session.connection(),
        attempt,
        at=at,
        ticket_hash=hashed(ticket),
        ticket_expires_at=at + TICKET_LIFETIME,
        claims=claims,
    )
    return ticket


def _write(on: Connection | Direct, attempt: Attempt, *, at: dt.datetime, **waiting: object) -> None:
    values = {
        "state_hash": attempt.state_hash,
        "browser_hash": attempt.browser_digest.hex(),
        "platform_id": attempt.platform.id,
        "storage_target": attempt.storage_target,
        "used_at": at,
        "expires_at": attempt.expires_at,
        "ticket_hash": None,
        "ticket_expires_at": None,
        "claims": None,
        **waiting,
    }
    try:
        (number,) = _INSERT.run(on, values) or (0,)
    except IntegrityError as error:
        raise LaunchRefused(Code.STATE_USED) from error
    if number % SWEEP_EVERY == 0:
        _FORGET.run(on, {"before": at - TICKET_LIFETIME})


def find_ticket(ticket: str, *, at: dt.datetime) -> Waiting:
    """Return the launch behind a live ticket; raises `LaunchRefused`."""
    row = db.session.execute(_WAITING, {"ticket_hash": hashed(ticket), "at": at}).first()
    if row is None or row.claims is None:
        raise LaunchRefused(Code.TICKET_EXPIRED)
    return Waiting(registered(row), *row[len(COLUMNS) :])


def redeem(waiting: Waiting, ticket: str) -> None:
    """Use the ticket up and forget the launch behind it; a second time gets `LaunchRefused`."""
    redeemed = db.session.execute(
        sa.update(_ATTEMPT)
        .where(_ATTEMPT.c.id == waiting.id, _ATTEMPT.c.ticket_hash == hashed(ticket))
        .values(ticket_hash=None, ticket_expires_at=None, claims=sa.null())
        .returning(_ATTEMPT.c.id)
    )
    if redeemed.first() is None:
        raise LaunchRefused(Code.TICKET_EXPIRED)


def forget_expired(*, at: dt.datetime) -> int:
    """Delete attempts whose state is too old to come back, and launches nobody continued; count them."""
    return db.session.connection().execute(_EXPIRED, {"before": at - TICKET_LIFETIME}).rowcount
