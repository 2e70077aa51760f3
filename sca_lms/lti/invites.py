"""One-time invites with which a host registers itself; only the hash of the token is kept.

An invite is taken before the host is asked and given back when the host refuses, so a failed attempt can be
repeated. One that was taken by a process that died is free again after `LEASE`.
"""

import datetime as dt
import secrets
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.courses.operations import record_audit
from sca_lms.courses.sessions import hash_token
from sca_lms.database import db
from sca_lms.lti.models import Platform, RegistrationInvite

USUAL_LIFETIME = dt.timedelta(hours=72)
LONGEST_LIFETIME = dt.timedelta(days=30)
LEASE = dt.timedelta(minutes=2)
LONGEST_TOKEN = 100


class InviteState(StrEnum):
    """What can be done with an invite."""

    OPEN = "open"
    TAKEN = "taken"
    USED = "used"
    EXPIRED = "expired"


def state_of(invite: RegistrationInvite, *, at: dt.datetime) -> InviteState:
    """Tell what can be done with an invite now."""
    if invite.platform_id is not None:
        return InviteState.USED
    if invite.used_at is not None and invite.used_at > at - LEASE:
        return InviteState.TAKEN
    return InviteState.OPEN if invite.expires_at > at else InviteState.EXPIRED


def make_invite(*, lifetime: dt.timedelta, approves: bool, at: dt.datetime) -> str:
    """Make an invite and return its token, which is shown once and kept nowhere."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        RegistrationInvite(
            token_hash=hash_token(token),
            created_at=at,
            expires_at=at + lifetime,
            used_at=None,
            approves=approves,
        )
    )
    after: dict[str, object] = {"expires_at": (at + lifetime).isoformat(), "approves": approves}
    record_audit(None, None, "invite-host", "", at=at, after=after)
    return token


def find_invite(token: str) -> RegistrationInvite | None:
    """Return the invite of a token in whatever state, with the host that used it."""
    if not token or len(token) > LONGEST_TOKEN:
        return None
    return db.session.scalar(
        sa.select(RegistrationInvite)
        .where(RegistrationInvite.token_hash == hash_token(token))
        .options(joinedload(RegistrationInvite.platform))
    )


def open_invites(*, at: dt.datetime) -> list[RegistrationInvite]:
    """Return the invites that can still be used, the one that ends first at the top."""
    return list(
        db.session.scalars(
            sa.select(RegistrationInvite)
            .where(RegistrationInvite.platform_id.is_(None), RegistrationInvite.expires_at > at)
            .order_by(RegistrationInvite.expires_at, RegistrationInvite.id)
        )
    )


def take(invite: RegistrationInvite, *, at: dt.datetime) -> bool:
    """Take an invite for one attempt and tell whether it was free; of two at once one gets it."""
    taken = db.session.execute(
        sa.update(RegistrationInvite)
        .where(
            RegistrationInvite.id == invite.id,
            RegistrationInvite.platform_id.is_(None),
            RegistrationInvite.expires_at > at,
            sa.or_(RegistrationInvite.used_at.is_(None), RegistrationInvite.used_at <= at - LEASE),
        )
        .values(used_at=at)
        .returning(RegistrationInvite.id)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None


def give_back(invite: RegistrationInvite, *, taken_at: dt.datetime) -> None:
    """Let a failed attempt be repeated; an attempt that somebody else has begun since is left alone."""
    db.session.execute(
        sa.update(RegistrationInvite)
        .where(
            RegistrationInvite.id == invite.id,
            RegistrationInvite.platform_id.is_(None),
            RegistrationInvite.used_at == taken_at,
        )
        .values(used_at=None)
        .execution_options(synchronize_session=False)
    )


def fulfil(invite: RegistrationInvite, platform: Platform) -> None:
    """Note which host used an invite; from now on it only shows that host."""
    db.session.execute(
        sa.update(RegistrationInvite)
        .where(RegistrationInvite.id == invite.id)
        .values(platform_id=platform.id)
        .execution_options(synchronize_session=False)
    )


def withdraw(invite_id: int, *, at: dt.datetime) -> None:
    """Make an invite unusable; one that has been used stays as it is."""
    gone = db.session.execute(
        sa.delete(RegistrationInvite)
        .where(RegistrationInvite.id == invite_id, RegistrationInvite.platform_id.is_(None))
        .returning(RegistrationInvite.id)
    )
    if gone.first() is not None:
        record_audit(None, None, "withdraw-invite", "", at=at)


def forget_expired(*, at: dt.datetime) -> None:
    """Delete invites that nobody used in time; used ones tell which host came by which invite."""
    db.session.execute(
        sa.delete(RegistrationInvite)
        .where(
            RegistrationInvite.expires_at <= at - LONGEST_LIFETIME, RegistrationInvite.platform_id.is_(None)
        )
        .execution_options(synchronize_session=False)
    )
