"""Add entries of evidence, and entries that take earlier ones back; none is ever changed or deleted."""

import datetime as dt

from sqlalchemy.exc import IntegrityError

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.modules.models import UnitEvidence
from sca_lms.modules.plan import EvidenceKind


def add_entry(
    unit_id: int,
    learner: Enrolment,
    kind: EvidenceKind,
    *,
    key: str,
    at: dt.datetime,
    recorded_at: dt.datetime,
    by_id: int | None = None,
    value: dict[str, object] | None = None,
) -> bool:
    """Add that somebody did something; return False when it is there already under the same key."""
    entry = UnitEvidence(
        enrolment_id=learner.id,
        unit_id=unit_id,
        kind=kind,
        at=at,
        recorded_at=recorded_at,
        recorded_by_id=by_id,
        value=value,
        key=key,
        reverses_id=None,
    )
    return _insert(entry, learner)


def withdraw_entry(
    entry: UnitEvidence, learner: Enrolment, *, by_id: int | None, batch: str, at: dt.datetime
) -> bool:
    """Take an entry back with another one; return False when that was done already."""
    reversal = UnitEvidence(
        enrolment_id=learner.id,
        unit_id=entry.unit_id,
        kind=EvidenceKind.WITHDRAWN,
        at=at,
        recorded_at=at,
        recorded_by_id=by_id,
        value=None,
        key=f"{batch}:withdrawn:{entry.id}",
        reverses_id=entry.id,
    )
    return _insert(reversal, learner)


def _insert(entry: UnitEvidence, learner: Enrolment) -> bool:
    try:
        with db.session.begin_nested():
            db.session.add(entry)
    except IntegrityError:
        # Sent twice: the first one is kept, under the same key or reversing the same entry.
        return False
    courses.touch(learner)
    return True
