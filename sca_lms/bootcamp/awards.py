"""Award minutes that no session gives."""

import datetime as dt

from flask_babel import lazy_gettext as _l

from sca_lms.attendance import ledger
from sca_lms.attendance.models import Category, EntryKind, HoursPolicyVersion, LedgerEntry
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.errors import Refused

SOURCE = "operator"


class NotALearner(Refused):
    """Only learners have hours."""

    code = "not-a-learner"


def award_by_operator(
    course: Course,
    learner: Enrolment,
    category: Category,
    minutes: int,
    *,
    reason: str,
    policy: HoursPolicyVersion | None,
    at: dt.datetime,
) -> LedgerEntry:
    """Give a learner minutes of a category, with a reason, on record; raise `NotALearner`."""
    if Role.LEARNER not in learner.roles:
        raise NotALearner(_l("Hours are awarded to learners only."))
    draft = ledger.Draft(
        learner.id, category.id, minutes, EntryKind.AWARD, SOURCE, reason,
        policy_version_id=policy.id if policy is not None else None,
    )  # fmt: skip
    (entry,) = ledger.post([draft], person_id=None, by=ledger.BY_OPERATOR, at=at)
    courses.record_audit(
        course, None, "award-hours", f"enrolment {learner.id}", at=at,
        after={"entry": entry.number, "minutes": minutes, "category": category.code, "reason": reason},
    )  # fmt: skip
    return entry
