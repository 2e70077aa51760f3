"""Remind learners of modules that they have not completed two days before they are due for them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sca_lms.database import db, transaction
from sca_lms.inbox import operations as inbox
from sca_lms.modules import due_queries, queries
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
    return _due_modules(at).with_only_columns(Module.course_id).distinct().order_by(Module.course_id)


def _due_modules(at: dt.datetime) -> sa.Select[int]:
    """Return the modules that fall due soon for everybody or for somebody."""
    soon = sa.and_(Module.due_at > at, Module.due_at <= at + AHEAD)
    own = sa.exists().where(
        ModuleExtension.module_id == Module.id,
        ModuleExtension.due_at > at,
        ModuleExtension.due_at <= at + AHEAD,
    )
    return sa.select(Module.id).where(Module.published, sa.or_(soon, own))


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
    soon = set(db.session.scalars(_due_modules(at).where(Module.course_id == course_id)))
    modules = [module for module in queries.outline(course_id) if module.id in soon]
    for found in due_queries.open_modules(course_id, modules):
        module, due_at = found.module, found.module.due_at
        if due_at is not None and at < due_at <= at + AHEAD:
            wanted[_Due(module.id, module.code, module.title, due_at, found.left)].append(found.enrolment_id)
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
