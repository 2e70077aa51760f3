"""Remember the last test of the connection to each course of a host."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.database import Base
from sca_lms.lti.models import LtiContext


class ConnectionTest(Base):
    """What came of the last test of one course of a host, and whether somebody waits for another."""

    __tablename__ = "lti_connection_test"

    context_id: Mapped[int] = mapped_column(
        sa.ForeignKey("lti_context.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    asked_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    """Since when somebody waits for a test; empty when nobody does."""
    lease_until: Mapped[dt.datetime | None]
    """While one worker is at it, the others leave it alone."""
    done_at: Mapped[dt.datetime | None]
    steps: Mapped[list[object] | None]
    """The steps of the last test, each with its texts in both languages."""

    context: Mapped[LtiContext] = relationship(lazy="raise_on_sql")
