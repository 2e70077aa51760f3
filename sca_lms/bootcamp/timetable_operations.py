"""Change the drafts of a timetable, undo the last step, and publish when everything adds up."""

import datetime as dt
import itertools
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.attendance import class_time, timetable
from sca_lms.attendance.models import AttendanceSession, Category, Mode, SessionState, break_rows
from sca_lms.attendance.programme_section import SessionSpec
from sca_lms.bootcamp import timetable_queries as queries
from sca_lms.bootcamp.timetable_models import TimetableStep
from sca_lms.bootcamp.timetable_queries import Workbench
from sca_lms.bootcamp.timetable_rules import PlanFault, PlannedSession, as_mapping, from_mapping
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course
from sca_lms.database import db
from sca_lms.errors import Refused

STEPS_KEPT = 50
CODE_LENGTH = 40


class CodeTaken(Refused):
    """Another session has this code, or had it before it was cancelled."""

    code = "code-taken"


class NotADraft(Refused):
    """Only drafts are changed without a preview."""

    code = "not-a-draft"


class NothingToUndo(Refused):
    """There is no step, or what it did has been changed since."""

    code = "nothing-to-undo"


class NothingToPublish(Refused):
    """There is no draft."""

    code = "nothing-to-publish"


class NotPublishable(Refused):
    """The timetable does not add up; `faults` says all that is wrong."""

    code = "not-publishable"

    def __init__(self, faults: Sequence[PlanFault]) -> None:
        super().__init__(_l("The timetable cannot be published yet."))
        self.faults = tuple(faults)


def change_drafts(
    course: Course,
    puts: Sequence[PlannedSession],
    removed: Collection[str] = (),
    *,
    verb: str,
    person_id: int | None,
    at: dt.datetime,
) -> None:
    """Add or change these drafts and delete others, as one step that can be undone.

    Raise `CodeTaken` for a new draft with the code of a cancelled session, `NotADraft` for a published one.
    """
    lock(course)
    bench = queries.workbench(course)
    if any(code not in bench.plan_by_code or bench.plan_by_code[code].published for code in removed):
        raise NotADraft(_l("This session is no draft any more."))
    codes = [*(plan.code for plan in puts), *removed]
    before: dict[str, object] = {code: _state(bench, code) for code in codes}
    after: dict[str, object] = {plan.code: as_mapping(plan) for plan in puts}
    after |= dict.fromkeys(removed)
    if before == after:
        return
    _put(course, bench, puts, removed)
    number = _next_number(course.id)
    subject = ", ".join(sorted(codes))
    db.session.add(
        TimetableStep(
            course_id=course.id, number=number, verb=verb, subject=subject, before=before, after=after,
            person_id=person_id, at=at,
        )
    )  # fmt: skip
    db.session.execute(
        sa.delete(TimetableStep).where(
            TimetableStep.course_id == course.id, TimetableStep.number <= number - STEPS_KEPT
        )
    )
    courses.record_audit(
        course, person_id, f"timetable-{verb}", subject, at=at, before=before, after=after
    )  # fmt: skip
    db.session.flush()


def undo(course: Course, *, person_id: int | None, at: dt.datetime) -> TimetableStep:
    """Take the last step back and return it; raise `NothingToUndo` when there is none or it was overtaken."""
    lock(course)
    step = queries.last_step(course.id)
    if step is None:
        raise NothingToUndo(_l("There is nothing to undo."))
    bench = queries.workbench(course)
    if any(_state(bench, code) != state for code, state in step.after.items()):
        raise NothingToUndo(_l("These sessions have been changed in another way since. Nothing was undone."))
    puts = [from_mapping(state) for state in step.before.values() if isinstance(state, Mapping)]
    removed = [code for code, state in step.before.items() if state is None and bench.row_of.get(code)]
    _put(course, bench, puts, removed)
    courses.record_audit(
        course, person_id, "timetable-undo", step.subject, at=at, before=step.after, after=step.before
    )
    db.session.delete(step)
    db.session.flush()
    return step


def publish(course: Course, *, person_id: int | None, at: dt.datetime) -> int:
    """Publish every draft and return how many.

    What was published counts from now on for everybody's outlook, and no step before it can be undone.
    Raise `NothingToPublish`, `NotPublishable` with every fault, or `ClassesClash` with the appointments that
    are in the way.
    """
    lock(course)
    bench = queries.workbench(course)
    if not bench.drafts:
        raise NothingToPublish(_l("There is no draft to publish."))
    if bench.faults:
        raise NotPublishable(bench.faults)
    rows = bench.drafts
    for row in rows:
        row.credit_minutes = timetable.worth(bench.versions, row.times)
        row.state = SessionState.OPEN
    published = [plan for plan in bench.planned if not plan.published]
    db.session.execute(sa.delete(TimetableStep).where(TimetableStep.course_id == course.id))
    timetable.changed(course.id)
    courses.record_audit(
        course, person_id, "timetable-publish", ", ".join(plan.code for plan in published), at=at,
        after={plan.code: as_mapping(plan) for plan in published},
    )  # fmt: skip
    db.session.flush()
    class_time.occupy(course.id, rows, at=at)
    return len(published)


def next_code(taken: Collection[str]) -> str:
    """Return the first of S1, S2, S3 … that no session has."""
    return next(code for number in itertools.count(1) if (code := f"S{number}") not in taken)


def free_code(taken: Collection[str], like: str) -> str:
    """Return a code that no session has: the wanted one, or the same with the next number behind it."""
    if like not in taken:
        return like
    number = 2
    while (found := f"{like[: CODE_LENGTH - 5]}-{number}") in taken:
        number += 1
    return found


def lock(course: Course) -> None:
    """Let one person at a time change the timetable of a course."""
    db.session.execute(sa.select(Course.id).where(Course.id == course.id).with_for_update())


def _state(bench: Workbench, code: str) -> dict[str, object] | None:
    """Return how a draft is; None when there is no such draft."""
    row = bench.row_of.get(code)
    if row is None or row.state is not SessionState.DRAFT:
        return None
    return as_mapping(bench.plan_by_code[code])


def _put(course: Course, bench: Workbench, puts: Sequence[PlannedSession], removed: Collection[str]) -> None:
    categories = {each.code: each for each in bench.categories}
    for code in removed:
        db.session.delete(bench.row_of[code])
    for plan in puts:
        row = bench.row_of.get(plan.code)
        if row is None and plan.code in bench.taken and plan.code not in removed:
            raise CodeTaken(
                _l("The code %(code)s belongs to a cancelled session. Choose another one.", code=plan.code)
            )
        if row is not None and row.state is not SessionState.DRAFT:
            raise NotADraft(_l("This session is no draft any more."))
        if row is None:
            _add(course, plan, categories[plan.category], bench)
        else:
            _change(row, plan, categories[plan.category], bench)
    db.session.flush()


def _add(course: Course, plan: PlannedSession, category: Category, bench: Workbench) -> None:
    spec = SessionSpec(
        plan.code, plan.category, plan.title, plan.times, plan.mode, plan.venue, plan.capacity, plan.join_url
    )
    try:
        with db.session.begin_nested():
            row = timetable.new_session(
                course,
                spec,
                category.id,
                state=SessionState.DRAFT,
                versions=bench.versions,
                groups=plan.groups,
            )
            row.room = plan.room
    except IntegrityError as error:
        raise CodeTaken(_l("Another session already has the code %(code)s.", code=plan.code)) from error


def _change(row: AttendanceSession, plan: PlannedSession, category: Category, bench: Workbench) -> None:
    row.category, row.category_id = category, category.id
    row.title, row.groups, row.mode = plan.title, list(plan.groups), Mode(plan.mode)
    row.venue, row.room, row.join_url, row.capacity = plan.venue, plan.room, plan.join_url, plan.capacity
    if row.times != plan.times:
        row.starts_at, row.ends_at = plan.times.starts_at, plan.times.ends_at
        row.breaks = break_rows(plan.times.breaks)
    row.credit_minutes = timetable.worth(bench.versions, plan.times)


def _next_number(course_id: int) -> int:
    last = db.session.scalar(
        sa.select(sa.func.max(TimetableStep.number)).where(TimetableStep.course_id == course_id)
    )
    return (last or 0) + 1
