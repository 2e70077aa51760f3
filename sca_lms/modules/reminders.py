"""Remind learners of modules that they have not completed two days before they are due for them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sca_lms.database import db, transaction
from sca_lms.inbox import operations as inbox
from sca_lms.modules import queries
from sca_lms.modules.models import Module, ModuleExtension
from sca_lms.modules.notice_kinds import DUE_SOON
from sca_lms.texts import Bilingual

AHEAD = dt.timedelta(days=2)


def remind_of_due_modules(at: dt.datetime) -> None:
    """Look once an hour in every course what falls due within two days, own due dates included."""
    hour = at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H")
    for course_id in db.session.scalars(_courses(at)).all():
        with transaction():
            mine = inbox.take_turn(course_id, f"due-modules:{hour}", at=at)
        if mine:
            # Nobody waits while it is worked out; a crash before the end is made good in the next hour.
            wanted = _wanted(course_id, at=at)
            with transaction():
                _tell(course_id, wanted, at=at)
        db.session.expunge_all()


def _courses(at: dt.datetime) -> sa.Select[int]:
    soon = sa.and_(Module.due_at > at, Module.due_at <= at + AHEAD)
    own = sa.exists().where(
        ModuleExtension.module_id == Module.id,
        ModuleExtension.due_at > at,
        ModuleExtension.due_at <= at + AHEAD,
    )
    return (
        sa.select(Module.course_id)
        .where(Module.published, sa.or_(soon, own))
        .distinct()
        .order_by(Module.course_id)
    )


@dataclass(frozen=True, slots=True)
class _Due:
    """What several learners hear in the same words: which module, when it is due, and how much is left."""

    module_id: int
    code: str
    title: Bilingual
    due_at: dt.datetime
    left: int


def _wanted(course_id: int, *, at: dt.datetime) -> Mapping[_Due, Sequence[int]]:
    wanted: dict[_Due, list[int]] = defaultdict(list)
    for enrolment_id, standing in queries.standings(course_id, at=at).items():
        for module in standing.modules:
            due_at = module.due_at
            if due_at is not None and not module.completed and at < due_at <= at + AHEAD:
                left = module.units_total - module.units_done
                wanted[_Due(module.plan.id, module.code, module.title, due_at, left)].append(enrolment_id)
    return wanted


def _tell(course_id: int, wanted: Mapping[_Due, Sequence[int]], *, at: dt.datetime) -> None:
    for due, people in wanted.items():
        inbox.tell(
            people,
            DUE_SOON.name,
            key=f"module:{due.module_id}:due:{due.due_at:%Y-%m-%dT%H:%M}",
            facts={"title": due.title, "due_at": due.due_at, "count": due.left},
            path=f"/courses/{course_id}/modules/{due.code}",
            at=at,
        )
