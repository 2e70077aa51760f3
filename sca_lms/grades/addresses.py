"""Find out in which course of which host, and under which name there, a person's scores belong."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from sca_lms.database import db
from sca_lms.grades.rules import Reason
from sca_lms.lti import scopes
from sca_lms.lti.models import LtiContext, LtiUser, Platform, PlatformState


@dataclass(frozen=True, slots=True)
class Address:
    """One course of a host, and what the host calls the person."""

    context: LtiContext
    subject: str

    @property
    def platform(self) -> Platform:
        """The host."""
        return self.context.platform


Addresses = Mapping[tuple[int, int], Sequence[Address]]
"""By course and person; the place that was described last by its host comes first."""


def addresses_of(course_ids: Collection[int], person_ids: Collection[int]) -> Addresses:
    """Return where people are known for each course, with the platform, in one statement."""
    rows = db.session.execute(
        sa.select(LtiContext, LtiUser.person_id, LtiUser.subject)
        .join(LtiContext.platform)
        .join(
            LtiUser,
            sa.and_(LtiUser.platform_id == LtiContext.platform_id, LtiUser.tenant == LtiContext.tenant),
        )
        .where(
            LtiContext.course_id.in_(course_ids),
            LtiUser.person_id.in_(person_ids),
            Platform.state == PlatformState.ACTIVE,
        )
        .order_by(LtiContext.updated_at.desc(), LtiContext.id.desc(), LtiUser.id.desc())
        .options(contains_eager(LtiContext.platform))
        .execution_options(populate_existing=True)
    )
    found: dict[tuple[int, int], list[Address]] = defaultdict(list)
    for context, person_id, subject in rows:
        found[context.course_id, person_id].append(Address(context, subject))
    return found


def choose(places: Sequence[Address]) -> Address | Reason:
    """Return the place whose gradebook may be written, or why there is none."""
    if not places:
        return Reason.NO_ACCOUNT
    return next((each for each in places if scopes.SCORE in each.context.ags_scopes), Reason.NO_SERVICE)
