"""Tell whom rules list before anybody sets them: everybody is compared by the database, in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sca_lms.database import db
from sca_lms.guidance.models import LearnerSnapshot
from sca_lms.guidance.rules import WITHOUT_THRESHOLD, RiskKind, Setting


@dataclass(frozen=True, slots=True)
class Preview:
    """How many learners rules would list today, and how that differs from the rules in force."""

    learners: int
    listed: int
    added: int
    """Listed by the new rules and not by those in force."""
    dropped: int
    by_rule: Mapping[RiskKind, int]
    """How many each rule applies to by itself."""


def preview(course_id: int, wanted: Sequence[Setting], in_force: Sequence[Setting]) -> Preview:
    """Return whom rules would list, from the snapshots of today."""
    new, old = _listed(wanted), _listed(in_force)
    row = db.session.execute(
        sa.select(
            sa.func.count(),
            _number(new),
            _number(sa.and_(new, sa.not_(old))),
            _number(sa.and_(old, sa.not_(new))),
            *(_number(_applies(each)) for each in wanted),
        ).where(LearnerSnapshot.course_id == course_id)
    ).one()
    by_rule = {each.kind: int(number) for each, number in zip(wanted, row[4:], strict=True)}
    return Preview(int(row[0]), int(row[1]), int(row[2]), int(row[3]), by_rule)


def _number(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _listed(settings: Sequence[Setting]) -> sa.ColumnElement[bool]:
    return sa.or_(sa.false(), *(_applies(each) for each in settings))


def _applies(setting: Setting) -> sa.ColumnElement[bool]:
    """Return the same comparison as `rules.applied`; what is not known applies to nobody."""
    if not setting.enabled:
        return sa.false()
    # A comparison with what is not known is NULL, which `NOT` would keep.
    value = sa.func.coalesce(_value(setting.kind), 0)
    return value >= (1 if setting.kind in WITHOUT_THRESHOLD else max(setting.threshold, 1))


def _value(kind: RiskKind) -> sa.SQLColumnExpression[int | None]:
    match kind:
        case RiskKind.CANNOT_REACH:
            return sa.case((LearnerSnapshot.can_reach.is_(False), 1), else_=0)
        case RiskKind.HOURS_BEHIND:
            return LearnerSnapshot.hours_behind
        case RiskKind.SILENT_DAYS:
            return LearnerSnapshot.silent_days
        case RiskKind.MODULES_LATE:
            return LearnerSnapshot.modules_late
        case RiskKind.WORK_LATE:
            return LearnerSnapshot.work_late
        case RiskKind.NO_MENTORING:
            return LearnerSnapshot.days_without_mentoring
        case RiskKind.UPDATES_MISSED:
            return LearnerSnapshot.updates_missed
