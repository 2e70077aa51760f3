"""Keep what a refused launch looked like for seven days, without anything that names a person.

Only listed members of a token are looked at, and they are not trusted: the token was refused.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Mapping

import sqlalchemy as sa

from sca_lms.database import db
from sca_lms.lti import vocabulary as lti
from sca_lms.lti.models import LaunchTrace
from sca_lms.lti.plain import clean
from sca_lms.lti.refusals import LaunchRefused
from sca_lms.lti.tokens import LARGEST_TOKEN, parse_json

LIFETIME = dt.timedelta(days=7)
MOST = 20_000
"""How many are kept; a flood of refused launches pushes out the oldest instead of filling the disk."""
MOST_ALIKE = 200
"""How many of one code are kept for one host, so that a flood of one kind pushes out nothing but itself."""
SWEEP_EVERY = 64
"""One trace in so many looks whether there are too many of all kinds."""
LONGEST = 200
# Letters and digits that cannot be mistaken for each other when read out on the telephone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

_TOLD = {
    "iss": "issuer",
    "aud": "audience",
    "azp": "party",
    "iat": "issued",
    "exp": "expires",
    lti.MESSAGE_TYPE: "message_type",
    lti.VERSION: "version",
    lti.DEPLOYMENT_ID: "deployment_id",
    lti.TARGET_LINK_URI: "target",
    lti.ROLES: "roles",
}


def reference() -> str:
    """Return a fresh code by which a trace is asked for, such as `7F3K-2Q9D`."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def describe(token: str, *, secret_key: str) -> dict[str, object]:
    """Return what may be kept of a refused token; an unreadable one says nothing."""
    if len(token) > LARGEST_TOKEN or token.count(".") != 2:
        return {"length": len(token)}
    header, payload, _ = token.split(".")
    claims = _peek(payload)
    told: dict[str, object] = {
        name: _short(claims[claim]) for claim, name in _TOLD.items() if claim in claims
    }
    told["header"] = _short(
        {name: value for name, value in _peek(header).items() if name in {"alg", "kid", "typ"}}
    )
    told["claims"] = sorted(_short(name) for name in list(claims)[:60])
    if "sub" in claims:
        digest = hmac.new(secret_key.encode(), _short(claims["sub"]).encode(), hashlib.sha256)
        told["subject_hash"] = digest.hexdigest()[:16]
    return told


def record(
    refusal: LaunchRefused,
    code: str,
    facts: Mapping[str, object],
    *,
    platform_id: int | None,
    at: dt.datetime,
) -> None:
    """Keep a trace under its reference and drop the oldest beyond what is kept of its kind, and of all."""
    trace = LaunchTrace(
        reference=code,
        code=refusal.reason.value,
        at=at,
        platform_id=platform_id,
        facts={**facts, **{f"refused_{name}": value for name, value in refusal.told().items()}},
        expires_at=at + LIFETIME,
    )
    db.session.add(trace)
    db.session.flush()
    alike = sa.and_(LaunchTrace.code == trace.code, LaunchTrace.platform_id.is_not_distinct_from(platform_id))
    _drop_beyond(MOST_ALIKE, alike)
    if trace.id % SWEEP_EVERY == 0:
        _drop_beyond(MOST, sa.true())


def find(code: str, *, at: dt.datetime) -> LaunchTrace | None:
    """Return the trace of a reference while it is kept, however it was typed."""
    tidy = code.strip().upper().replace(" ", "")
    if len(tidy) == 8:
        tidy = f"{tidy[:4]}-{tidy[4:]}"
    return db.session.scalar(
        sa.select(LaunchTrace).where(LaunchTrace.reference == tidy, LaunchTrace.expires_at > at)
    )


def _drop_beyond(most: int, which: sa.ColumnElement[bool]) -> None:
    newest = sa.select(LaunchTrace.id).where(which).order_by(LaunchTrace.id.desc())
    last_dropped = newest.offset(most).limit(1).scalar_subquery()
    db.session.execute(
        sa.delete(LaunchTrace)
        .where(which, LaunchTrace.id <= last_dropped)
        .execution_options(synchronize_session=False)
    )


def forget_expired(*, at: dt.datetime) -> None:
    """Delete traces whose week is over."""
    db.session.execute(
        sa.delete(LaunchTrace)
        .where(LaunchTrace.expires_at <= at)
        .execution_options(synchronize_session=False)
    )


def _peek(part: str) -> dict[str, object]:
    try:
        found = parse_json(base64.b64decode(part + "=" * (-len(part) % 4), b"-_"))
    except (binascii.Error, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _short(value: object) -> str:
    return clean(str(value))[:LONGEST]
