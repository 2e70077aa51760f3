"""What hosts tell us by themselves, and which of them know where to tell it."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.database import Base
from sca_lms.lti.models import ID_LENGTH, Platform


class ContextCopy(Base):
    """A host's word that one of its courses was copied from others; we may not know the course yet."""

    __tablename__ = "lti_context_copy"
    __table_args__ = (sa.UniqueConstraint("platform_id", "tenant", "context_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("lti_platform.id", ondelete="CASCADE"))
    tenant: Mapped[str] = mapped_column(sa.String(ID_LENGTH), default="")
    context_id: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    origins: Mapped[list[str]] = mapped_column(default=list)
    """Ids of the courses that it was copied from, newest first."""
    noticed_at: Mapped[dt.datetime] = mapped_column(index=True)

    platform: Mapped[Platform] = relationship(lazy="raise_on_sql")


class NoticeService(Base):
    """A host's service for notices, and whether it has been told our address."""

    __tablename__ = "lti_notice_service"
    __table_args__ = (sa.UniqueConstraint("platform_id", "url"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("lti_platform.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(sa.Text)
    handler: Mapped[str] = mapped_column(sa.Text, default="")
    """The address of ours that the host was told last; empty before the first time."""
    told_at: Mapped[dt.datetime | None]
    next_try_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    failures: Mapped[int] = mapped_column(default=0)

    platform: Mapped[Platform] = relationship(lazy="raise_on_sql")
