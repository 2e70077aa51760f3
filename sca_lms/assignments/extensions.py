"""Give learners more time for an assignment, many at once, after everybody has seen what changes."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.assignments import people
from sca_lms.assignments.models import Assignment, AssignmentExtension
from sca_lms.assignments.name_lists import DATE, REASON, ListFault, ListFaultKind, ListLine, read_list
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.courses.operations import record_audit, touch
from sca_lms.courses.queries import person_matches
from sca_lms.database import db
from sca_lms.web import day_input
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

END_OF_DAY = dt.time(23, 59)
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody's new due date, None to take the extension back."""

    learner: Enrolment
    until: dt.datetime | None
    reason: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """What saving would change for one learner; None is the due date of everybody."""

    learner: Enrolment
    before: dt.datetime | None
    after: dt.datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What saving would do, or every fault that forbids it."""

    changes: Sequence[Planned]
    faults: Sequence[ListFault]
    unchanged: int


def current(assignment: Assignment, enrolment_ids: Sequence[int]) -> Mapping[int, AssignmentExtension]:
    """Return the extensions that these people have."""
    found = db.session.scalars(
        sa.select(AssignmentExtension).where(
            AssignmentExtension.assignment_id == assignment.id,
            AssignmentExtension.enrolment_id.in_(enrolment_ids),
        )
    )
    return {extension.enrolment_id: extension for extension in found}


def extensions_page(
    assignment: Assignment, *, search: str = "", number: int = 1
) -> Page[AssignmentExtension]:
    """Return one page of those who have more time, found by name."""
    wanted = (
        sa.select(AssignmentExtension)
        .join(AssignmentExtension.enrolment)
        .join(Enrolment.person)
        .where(AssignmentExtension.assignment_id == assignment.id, *person_matches(search))
        .options(
            joinedload(AssignmentExtension.enrolment).joinedload(Enrolment.person),
            joinedload(AssignmentExtension.set_by),
        )
    )
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    shown = fitting(number, size=PAGE_SIZE, total=total)
    ordered = wanted.order_by(Person.sort_key, Enrolment.id)
    rows = db.session.scalars(ordered.offset(offset(shown, size=PAGE_SIZE)).limit(PAGE_SIZE)).all()
    return Page(items=rows, number=shown, size=PAGE_SIZE, total=total)


def plan_list(assignment: Assignment, text: str, *, zone: ZoneInfo) -> Plan:
    """Compare a list of names and dates with what is stored; a day alone lasts until 23:59."""
    wishes, faults = wishes_of_list(assignment.course_id, text, zone=zone)
    planned = plan(assignment, wishes)
    faults = sorted([*faults, *planned.faults], key=lambda fault: fault.line)
    return Plan(planned.changes, faults, planned.unchanged)


def wishes_of_list(course_id: int, text: str, *, zone: ZoneInfo) -> tuple[list[Wish], list[ListFault]]:
    """Read who is to have until when from a list, and every fault of it; a day alone lasts until 23:59."""
    lines, faults = read_list(text, {"due": DATE, "reason": REASON}, needed=["due"])
    found = people.matches(course_id, {line.person for line in lines})
    wishes: list[Wish] = []
    seen: set[int] = set()
    for line in lines:
        meant = found[line.person]
        kind = _person_fault(meant, seen)
        until = _moment(line, zone) if kind is None else None
        if isinstance(until, ListFault):
            faults.append(until)
        elif kind is not None:
            faults.append(ListFault(line.line, kind, line.person))
        else:
            seen.add(meant[0].id)
            reason = line.values.get("reason", "")[:LONGEST_REASON]
            wishes.append(Wish(meant[0], until, reason, line.line))
    return wishes, faults


def plan(assignment: Assignment, wishes: Sequence[Wish]) -> Plan:
    """Compare wishes with what is stored; more time means a later date than everybody's."""
    stored = current(assignment, [wish.learner.id for wish in wishes])
    changes: list[Planned] = []
    faults: list[ListFault] = []
    for wish in wishes:
        has = stored.get(wish.learner.id)
        before = has.due_at if has else None
        reason = wish.reason or (has.reason if has else "")
        everybodys = assignment.due_at or assignment.closes_at
        if wish.until is not None and everybodys is not None and wish.until <= everybodys:
            faults.append(ListFault(wish.line, ListFaultKind.NOT_LATER, wish.learner.person.full_name))
        elif before != wish.until or (has is not None and wish.until is not None and has.reason != reason):
            changes.append(Planned(wish.learner, before, wish.until, reason))
    unchanged = len(wishes) - len(changes) - len(faults)
    return Plan(changes, faults, unchanged)


def apply(
    assignment: Assignment,
    course: Course,
    changes: Sequence[Planned],
    *,
    person_id: int | None,
    at: dt.datetime,
) -> int:
    """Store the new due dates and say so in the audit; return how many changed. A repeat changes nothing."""
    # Of two who save at the same moment the second waits here and then sees what the first has stored.
    db.session.refresh(assignment, ["row_version"], with_for_update=True)
    stored = current(assignment, [change.learner.id for change in changes])
    count = 0
    for change in changes:
        has = stored.get(change.learner.id)
        if change.after is None:
            if has is None:
                continue
            db.session.delete(has)
        elif has is None:
            db.session.add(
                AssignmentExtension(
                    assignment_id=assignment.id, enrolment_id=change.learner.id, due_at=change.after,
                    reason=change.reason, set_by_id=person_id, set_at=at,
                )
            )  # fmt: skip
        elif (has.due_at, has.reason) == (change.after, change.reason):
            continue
        else:
            has.due_at, has.reason = change.after, change.reason
            has.set_by_id, has.set_at = person_id, at
        count += 1
        _note(assignment, course, change, has, person_id=person_id, at=at)
    db.session.flush()
    return count


def _note(
    assignment: Assignment,
    course: Course,
    change: Planned,
    has: AssignmentExtension | None,
    *,
    person_id: int | None,
    at: dt.datetime,
) -> None:
    record_audit(
        course, person_id, "assignment.extension", f"{assignment.code}/{change.learner.id}",
        before={"due_at": change.before.isoformat()} if change.before and has else None,
        after={"due_at": change.after.isoformat()} if change.after else None,
        at=at,
    )  # fmt: skip
    touch(change.learner)


def _person_fault(meant: Sequence[Enrolment], seen: set[int]) -> ListFaultKind | None:
    if not meant:
        return ListFaultKind.UNKNOWN_PERSON
    if len(meant) > 1:
        return ListFaultKind.SEVERAL_PEOPLE
    return ListFaultKind.TWICE if meant[0].id in seen else None


def _moment(line: ListLine, zone: ZoneInfo) -> dt.datetime | ListFault:
    """Read `2022-09-29` or `2022-09-29 13:15` as the course's wall time."""
    given = line.values["due"]
    try:
        if ":" in given or "T" in given:
            wall = day_input.read_wall_time(given)
        else:
            wall = dt.datetime.combine(day_input.read_day(given), END_OF_DAY)
    except day_input.BuddhistYearError as error:
        meant = error.suggestion.isoformat() if error.suggestion else given
        return ListFault(line.line, ListFaultKind.BUDDHIST_YEAR, meant)
    except (day_input.UnclearDayError, day_input.UnclearTimeError):
        return ListFault(line.line, ListFaultKind.BAD_DATE, given)
    return wall.replace(tzinfo=zone).astimezone(dt.UTC)
