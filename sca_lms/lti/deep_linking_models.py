"""A picker that a host opened, as long as it waits for its answer."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sca_lms.courses.models import Course, Person
from sca_lms.database import Base
from sca_lms.lti.models import ID_LENGTH, LtiContext, Platform


class DeepLinkingRequest(Base):
    """What a host wants to know when somebody chooses content, and who that is; answered once."""

    __tablename__ = "lti_deep_linking_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(sa.ForeignKey("lti_platform.id", ondelete="CASCADE"), index=True)
    deployment_id: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("lti_context.id", ondelete="CASCADE"), index=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    settings: Mapped[dict[str, object]]
    """The host's deep linking settings as they came; `picker_settings` reads them."""
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    used_at: Mapped[dt.datetime | None]
    activities: Mapped[list[str]] = mapped_column(default=list)
    """The activities that the answer asked the host to make."""
    columns: Mapped[list[str]] = mapped_column(default=list)
    """The codes of the columns that the answer asked the host to make."""

    platform: Mapped[Platform] = relationship(lazy="raise_on_sql")
    context: Mapped[LtiContext] = relationship(lazy="raise_on_sql")
    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")
