"""Give learners more time for a module, many at once, after everybody has seen what changes."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.assignments.extensions import Plan, Planned, Wish, wishes_of_list
from sca_lms.assignments.name_lists import ListFault, ListFaultKind
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.operations import record_audit, touch
from sca_lms.database import db
from sca_lms.modules.models import Module, ModuleExtension
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset


def current(module: Module, enrolment_ids: Collection[int]) -> Mapping[int, ModuleExtension]:
    """Return the extensions that these people have, as they stand now."""
    found = db.session.scalars(
        sa.select(ModuleExtension)
        .where(ModuleExtension.module_id == module.id, ModuleExtension.enrolment_id.in_(enrolment_ids))
        .execution_options(populate_existing=True)
    )
    return {extension.enrolment_id: extension for extension in found}


def extensions_page(module: Module, *, number: int = 1) -> Page[ModuleExtension]:
    """Return one page of those who have more time, in name order."""
    wanted = (
        sa.select(ModuleExtension)
        .join(ModuleExtension.enrolment)
        .join(Enrolment.person)
        .where(ModuleExtension.module_id == module.id)
    )
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    shown = fitting(number, size=PAGE_SIZE, total=total)
    rows = db.session.scalars(
        wanted.options(
            joinedload(ModuleExtension.enrolment).joinedload(Enrolment.person),
            joinedload(ModuleExtension.set_by),
        )
        .order_by(Person.sort_key, Enrolment.id)
        .offset(offset(shown, size=PAGE_SIZE))
        .limit(PAGE_SIZE)
    ).all()
    return Page(items=rows, number=shown, size=PAGE_SIZE, total=total)


def plan_list(module: Module, text: str, *, zone: ZoneInfo) -> Plan:
    """Compare a list of names and dates with what is stored; a day alone lasts until 23:59."""
    wishes, faults = wishes_of_list(module.course_id, text, zone=zone)
    planned = plan(module, wishes)
    return Plan(
        planned.changes, sorted([*faults, *planned.faults], key=lambda fault: fault.line), planned.unchanged
    )


def plan(module: Module, wishes: Sequence[Wish]) -> Plan:
    """Compare wishes with what is stored; more time means a later date than everybody's."""
    stored = current(module, [wish.learner.id for wish in wishes])
    changes: list[Planned] = []
    faults: list[ListFault] = []
    for wish in wishes:
        has = stored.get(wish.learner.id)
        before, kept = (has.due_at, has.reason) if has is not None else (None, "")
        reason = wish.reason or kept
        if wish.until is not None and (module.due_at is None or wish.until <= module.due_at):
            faults.append(ListFault(wish.line, ListFaultKind.NOT_LATER, wish.learner.person.full_name))
        elif before != wish.until or (wish.until is not None and kept != reason):
            changes.append(Planned(wish.learner, before, wish.until, reason))
    return Plan(changes, faults, len(wishes) - len(changes) - len(faults))


def apply(
    module: Module, course: Course, changes: Sequence[Planned], *, person_id: int | None, at: dt.datetime
) -> int:
    """Store the new due dates and say so in the audit; return how many changed. A repeat changes nothing."""
    # Of two who save at the same moment the second waits here and then sees what the first has stored.
    db.session.refresh(module, ["due_at"], with_for_update=True)
    stored = current(module, [change.learner.id for change in changes])
    return sum(
        _apply(module, course, change, stored.get(change.learner.id), person_id=person_id, at=at)
        for change in changes
    )


def _apply(
    module: Module,
    course: Course,
    change: Planned,
    has: ModuleExtension | None,
    *,
    person_id: int | None,
    at: dt.datetime,
) -> bool:
    before = has.due_at.isoformat() if has is not None else None
    if change.after is None:
        if has is None:
            return False
        db.session.delete(has)
    elif has is not None and (has.due_at, has.reason) == (change.after, change.reason):
        return False
    else:
        if has is None:
            has = ModuleExtension(module_id=module.id, enrolment_id=change.learner.id)
            db.session.add(has)
        has.due_at, has.reason, has.set_by_id, has.set_at = change.after, change.reason, person_id, at
    after = change.after.isoformat() if change.after else None
    record_audit(
        course, person_id, "extend-module", f"{module.code}/{change.learner.id}", at=at,
        before={"due_at": before} if before else None, after={"due_at": after} if after else None,
    )  # fmt: skip
    touch(change.learner)
    db.session.flush()
    return True
