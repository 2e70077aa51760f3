"""Read and change the rules by which learners are noticed."""

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.database import db
from sca_lms.guidance.models import RiskRevision, RiskRule
from sca_lms.guidance.rules import DEFAULTS, Setting


def settings_of(course_id: int) -> Sequence[Setting]:
    """Return how the rules of a course are set, in their fixed order; what nobody changed is the default."""
    rows = db.session.scalars(sa.select(RiskRule).where(RiskRule.course_id == course_id))
    changed = {row.kind: Setting(row.kind, row.threshold, row.weight, row.enabled) for row in rows}
    return [changed.get(default.kind, default) for default in DEFAULTS]


def changed_rules(course_id: int) -> Mapping[str, RiskRule]:
    """Return the rules that somebody changed, with who did, by kind."""
    rows = db.session.scalars(
        sa.select(RiskRule)
        .where(RiskRule.course_id == course_id)
        .options(sa.orm.joinedload(RiskRule.changed_by))
    )
    return {row.kind.value: row for row in rows}


def revision_of(course_id: int) -> int:
    """Return how often the rules of a course have changed."""
    return db.session.scalar(sa.select(RiskRevision.number).where(RiskRevision.course_id == course_id)) or 0


def put_settings(
    course: Course, wanted: Sequence[Setting], *, person_id: int | None, at: dt.datetime
) -> Sequence[Setting]:
    """Set rules; returns those that are different now. What stays the same leaves no audit line."""
    before = {each.kind: each for each in settings_of(course.id)}
    different = [each for each in wanted if before[each.kind] != each]
    of_course = sa.select(RiskRule).where(RiskRule.course_id == course.id)
    rows = {row.kind: row for row in db.session.scalars(of_course)}
    for each in different:
        row = rows.get(each.kind)
        if row is None:
            row = RiskRule(course_id=course.id, kind=each.kind)
            db.session.add(row)
        row.threshold, row.weight, row.enabled = each.threshold, each.weight, each.enabled
        row.changed_by_id, row.changed_at = person_id, at
        courses.record_audit(
            course, person_id, "set-risk-rule", each.kind.value, at=at,
            before=_document(before[each.kind]), after=_document(each),
        )  # fmt: skip
    if different:
        _count_up(course.id)
    db.session.flush()
    return different


def _document(setting: Setting) -> dict[str, object]:
    return {"threshold": setting.threshold, "weight": setting.weight, "enabled": setting.enabled}


def _count_up(course_id: int) -> None:
    is_sqlite = db.session.connection().dialect.name == "sqlite"
    insert = (sqlite.insert if is_sqlite else postgresql.insert)(RiskRevision)
    db.session.execute(
        insert.values(course_id=course_id, number=1).on_conflict_do_update(
            index_elements=[RiskRevision.course_id], set_={"number": RiskRevision.number + 1}
        )
    )
