"""The tool's own signing keys: made, published before they are used, and retired after they were.

A host may keep our key set for a day. So a new key is published a day before it signs, and the one before it
stays published for a day after its last signature.
"""

import datetime as dt
import functools
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from joserfc.jwk import RSAKey

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.database import db, transaction
from sca_lms.lti import sealing
from sca_lms.lti.models import ToolKey

BITS = 2048
ALGORITHM = "RS256"
OVERLAP = dt.timedelta(hours=24)
"""The longest time for which a host is expected to keep a key set."""
PURPOSE = "tool key"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key to sign with now."""

    kid: str
    key: RSAKey


def signing_key(*, at: dt.datetime) -> SigningKey:
    """Return the newest key that every host has had time to fetch; raises `sealing.Unreadable`."""
    usable = [key for key in _live(at=at) if key.signs_from <= at]
    newest = max(usable, key=lambda key: (key.signs_from, key.id), default=None) or ensure_key(at=at)
    return SigningKey(newest.kid, _unsealed(newest.private_key, settings().secret_key))


def published(*, at: dt.datetime) -> dict[str, object]:
    """Return the tool's key set as hosts fetch it; the first time, there is nothing yet and a key is made."""
    live = _live(at=at) or [ensure_key(at=at)]
    return {"keys": [key.public_jwk for key in live]}


def ensure_key(*, at: dt.datetime) -> ToolKey:
    """Return the newest live key, making the first one, which signs at once; opens its own transaction."""
    with transaction():
        live = _live(at=at)
        return live[-1] if live else _make(signs_from=at, at=at)


def rotate(*, at: dt.datetime, at_once: bool = False) -> ToolKey:
    """Make the next key and say when the others retire; call it inside a transaction.

    `at_once` is for a key that became known: the new one signs now and the others are gone now.
    """
    live = _live(at=at)
    signs_from = at if at_once or not live else at + OVERLAP
    retires_at = at if at_once else signs_from + OVERLAP
    for key in live:
        key.retires_at = min(key.retires_at or retires_at, retires_at)
    return _make(signs_from=signs_from, at=at)


def all_keys() -> list[ToolKey]:
    """Return every key that was ever made and not yet forgotten, oldest first."""
    return list(db.session.scalars(sa.select(ToolKey).order_by(ToolKey.id)))


def forget_retired(*, at: dt.datetime) -> None:
    """Delete keys that no host can still need."""
    db.session.execute(sa.delete(ToolKey).where(ToolKey.retires_at <= at - OVERLAP))


def problem() -> str | None:
    """Say in one sentence why the tool could not sign now, or None; keys not made yet are no problem."""
    at = clock.now()
    try:
        for key in _live(at=at):
            _unsealed(key.private_key, settings().secret_key)
    except sealing.Unreadable as error:
        return str(error)
    return None


def _live(*, at: dt.datetime) -> list[ToolKey]:
    return list(
        db.session.scalars(
            sa.select(ToolKey)
            .where(sa.or_(ToolKey.retires_at.is_(None), ToolKey.retires_at > at))
            .order_by(ToolKey.id)
        )
    )


def _make(*, signs_from: dt.datetime, at: dt.datetime) -> ToolKey:
    kid = secrets.token_urlsafe(16)
    key = RSAKey.generate_key(BITS, {"kid": kid, "use": "sig", "alg": ALGORITHM}, private=True)
    made = ToolKey(
        kid=kid,
        private_key=sealing.seal(
            key.as_pem(private=True).decode("ascii"), purpose=PURPOSE, secret_key=settings().secret_key
        ),
        public_jwk=dict(key.as_dict(private=False)),
        created_at=at,
        signs_from=signs_from,
        retires_at=None,
    )
    db.session.add(made)
    db.session.flush()
    return made


@functools.lru_cache(maxsize=8)
def _unsealed(sealed: str, secret_key: str) -> RSAKey:
    """Return a private key; reading one costs milliseconds, so the process keeps it."""
    return RSAKey.import_key(sealing.unseal(sealed, purpose=PURPOSE, secret_key=secret_key))
