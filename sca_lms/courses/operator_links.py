"""Let the operator into the pages of the whole installation by a one-time link made at the shell."""

import datetime as dt
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from sca_lms.courses.sessions import hash_token
from sca_lms.database import Base, db

LIFETIME = dt.timedelta(minutes=15)


class OperatorLink(Base):
    """A link that works once; only the hash of its token is kept."""

    __tablename__ = "operator_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    used_at: Mapped[dt.datetime | None]


def make_link(*, at: dt.datetime) -> str:
    """Make a link good for fifteen minutes and return its token."""
    token = secrets.token_urlsafe(32)
    db.session.add(OperatorLink(token_hash=hash_token(token), expires_at=at + LIFETIME))
    return token


def use_link(token: str, *, at: dt.datetime) -> bool:
    """Use a link up and tell whether it was good; of two who try at once one succeeds."""
    used = db.session.execute(
        sa.update(OperatorLink)
        .where(
            OperatorLink.token_hash == hash_token(token),
            OperatorLink.used_at.is_(None),
            OperatorLink.expires_at > at,
        )
        .values(used_at=at)
        .returning(OperatorLink.id)
    )
    return used.first() is not None


def forget_expired(*, at: dt.datetime) -> None:
    """Delete links whose time is over."""
    db.session.execute(sa.delete(OperatorLink).where(OperatorLink.expires_at <= at))
