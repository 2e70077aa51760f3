"""Record what people do in the units of modules."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from sca_lms.assessments.models import Quiz
from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.modules import live_classes, queries, rules
from sca_lms.modules.evidence import add_entry, withdraw_entry
from sca_lms.modules.live_classes import LivePhase
from sca_lms.modules.models import Module, Unit
from sca_lms.modules.plan import ATTENDED, EvidenceKind, UnitType
from sca_lms.modules.standing import UnitState
from sca_lms.modules.watching import NEEDED_PERCENT, WatchReport, total_seconds, watched_percent, within

# A report that adds less is not worth a row; the player repeats what it played in the next one.
LEAST_GROWTH_SECONDS = 5

FASTEST = 2
"""Seconds of a video that can be played in one second of the clock."""

OWN_WORD = frozenset({EvidenceKind.READ, EvidenceKind.DECLARED})
"""What learners say themselves, and may take back themselves."""


class UnitLocked(Refused):
    """Another module has to be completed first."""

    code = "unit-locked"


class NotDoneThisWay(Refused):
    """This unit is completed by something else."""

    code = "not-done-this-way"


class ClassNotOpen(Refused):
    """The live class has not opened its doors, or is over."""

    code = "class-not-open"


@dataclass(frozen=True, slots=True)
class Watched:
    """How much of a video was watched so far, and whether some of a report has to wait for its time."""

    percent: int
    held_back: bool = False


def record_evidence(unit: Unit, learner: Enrolment, kind: EvidenceKind, *, key: str, at: dt.datetime) -> bool:
    """Record that a learner read, declared or joined; the same again, under any key, adds nothing.

    Return whether something was added. Raise `UnitLocked`, `NotDoneThisWay` or `ClassNotOpen`.
    """
    _refuse_unless_open(unit, learner, kind, at=at)
    if kind is EvidenceKind.JOINED and not live_classes.may_join(unit.starts_at, minutes=unit.minutes, at=at):
        raise ClassNotOpen(_l("The class can be entered from 15 minutes before it begins until it ends."))
    if queries.standing_entries(unit, learner.id, {kind}):
        return False
    return add_entry(unit.id, learner, kind, key=f"{unit.code}:{kind}:{key}", at=at, recorded_at=at)


def record_watching(
    unit: Unit,
    learner: Enrolment,
    report: WatchReport,
    *,
    key: str,
    at: dt.datetime,
    since: dt.datetime | None = None,
) -> Watched:
    """Record which parts of a video were played and say how much was watched so far.

    A report that adds nothing to speak of, or comes when enough was watched, is not stored. Nobody plays more
    than `FASTEST` seconds in one: what a report adds beyond that since the one before, of whichever video, or
    since the learner came in (`since`; without it the report is believed), waits for a later one.
    Raise `UnitLocked` or `NotDoneThisWay`.
    """
    _refuse_unless_open(unit, learner, EvidenceKind.WATCHED, at=at)
    if since is not None:
        # Two reports at the same instant must not both be given the same time.
        db.session.execute(
            sa.select(Enrolment.id).where(Enrolment.id == learner.id).with_for_update(key_share=True)
        )
    known = queries.watch_reports(unit, learner.id)
    percent = watched_percent(known, length=unit.video_seconds)
    if percent >= NEEDED_PERCENT:
        return Watched(percent)
    seen = [interval for earlier in known for interval in earlier.intervals]
    parts = list(report.intervals)
    if since is not None:
        began = max(since, queries.last_watching_at(learner.id) or since)
        parts = within(parts, seen, seconds=FASTEST * max(0, (at - began) // dt.timedelta(seconds=1)))
    held_back = total_seconds([*seen, *report.intervals]) - total_seconds([*seen, *parts]) > 0
    taken = WatchReport(tuple(parts), report.duration_seconds, report.position_seconds)
    with_this = watched_percent([*known, taken], length=unit.video_seconds)
    growth = total_seconds([*seen, *parts]) - total_seconds(seen)
    if growth < LEAST_GROWTH_SECONDS and with_this < NEEDED_PERCENT:
        return Watched(percent, held_back)
    value: dict[str, object] = {
        "intervals": [list(interval) for interval in parts],
        "duration": report.duration_seconds,
        "position": report.position_seconds,
    }
    whole_key = f"{unit.code}:{EvidenceKind.WATCHED}:{key}"
    add_entry(unit.id, learner, EvidenceKind.WATCHED, key=whole_key, at=at, recorded_at=at, value=value)
    return Watched(with_this, held_back)


def measure_video(unit: Unit, seconds: int, *, person_id: int | None, at: dt.datetime) -> bool:
    """Keep how long a video is, as the player of somebody who teaches first measured it.

    Return whether it was not known before. Completion is decided anew by it.
    """
    db.session.refresh(unit, attribute_names=["video_seconds"], with_for_update=True)
    if unit.type is not UnitType.VIDEO or unit.video_seconds is not None:
        return False
    unit.video_seconds = seconds
    module = db.session.get_one(Module, unit.module_id)
    module.rule_version += 1
    course = db.session.get_one(Course, unit.course_id)
    courses.touch_everybody(course)
    courses.record_audit(
        course, person_id, "measure-video", unit.code, at=at, before=None, after={"seconds": seconds}
    )
    db.session.flush()
    return True


def refuse_locked_quiz(quiz: Quiz, learner: Enrolment, *, at: dt.datetime) -> None:
    """Raise `UnitLocked` when the quiz belongs to a unit that this learner cannot open yet."""
    standing = queries.standings(quiz.course_id, [learner.id], at=at)[learner.id]
    for module in standing.modules:
        for unit in module.units:
            if unit.plan.quiz_id == quiz.id and unit.state is UnitState.LOCKED:
                raise _locked()


def take_back(unit: Unit, learner: Enrolment, *, at: dt.datetime) -> bool:
    """Take back what a learner said themselves about a unit; return whether there was something."""
    entries = queries.standing_entries(unit, learner.id, OWN_WORD)
    return sum(withdraw_entry(entry, learner, by_id=None, batch="own", at=at) for entry in entries) > 0


def save_attendance(
    unit: Unit,
    learners: Collection[Enrolment],
    present_ids: Collection[int],
    *,
    by_id: int,
    batch: str,
    at: dt.datetime,
) -> int:
    """Mark the learners whose id is given as present, the others as absent; return how many changed.

    Raise `ClassNotOpen` or `NotDoneThisWay`.
    """
    attending = queries.attending(unit, [learner.id for learner in learners])
    changed = 0
    for learner in learners:
        entries = attending.get(learner.id, ())
        if learner.id in present_ids and not entries:
            changed += mark_present(unit, learner, by_id=by_id, batch=batch, at=at)
        elif learner.id not in present_ids and entries:
            changed += (
                sum(withdraw_entry(entry, learner, by_id=by_id, batch=batch, at=at) for entry in entries) > 0
            )
    return changed


def mark_present(unit: Unit, learner: Enrolment, *, by_id: int, batch: str, at: dt.datetime) -> bool:
    """Record that somebody saw the learner in a live class; a locked module does not matter here.

    Raise `NotDoneThisWay` when the unit is no live class and `ClassNotOpen` before its doors open.
    """
    if unit.type is not UnitType.LIVE:
        raise NotDoneThisWay(_l("Attendance is only kept for live classes."))
    if live_classes.live_phase(unit.starts_at, minutes=unit.minutes, at=at) is LivePhase.BEFORE:
        raise ClassNotOpen(_l("Attendance can be marked from 15 minutes before the class."))
    ends_at = queries.unit_plan(unit).ends_at
    # Marked days later, the class was still attended on its day, and before a due date that has passed since.
    happened_at = at if ends_at is None else min(at, ends_at)
    key = f"{batch}:{unit.id}"
    return add_entry(
        unit.id, learner, EvidenceKind.PRESENT, key=key, at=happened_at, recorded_at=at, by_id=by_id
    )


def undo_attendance(unit: Unit, batch: str, *, by_id: int, at: dt.datetime) -> int:
    """Undo what one person saved at once in an attendance list; return how many entries were set right."""
    changed = 0
    for entry in queries.batch_entries(unit, batch, recorded_by_id=by_id):
        learner = entry.enrolment
        if entry.kind is not EvidenceKind.WITHDRAWN:
            changed += withdraw_entry(entry, learner, by_id=by_id, batch=f"undo-{batch}", at=at)
        elif entry.reverses is not None and entry.reverses.kind in ATTENDED:
            key = f"undo-{batch}:{entry.reverses.id}"
            changed += add_entry(
                unit.id,
                learner,
                EvidenceKind.PRESENT,
                key=key,
                at=entry.reverses.at,
                recorded_at=at,
                by_id=by_id,
            )
    return changed


def _refuse_unless_open(unit: Unit, learner: Enrolment, kind: EvidenceKind, *, at: dt.datetime) -> None:
    if kind not in rules.accepted_kinds(queries.unit_plan(unit)):
        raise NotDoneThisWay(
            _l("This unit is completed in another way. Open it again and follow what it says.")
        )
    standing = queries.standings(unit.course_id, [learner.id], at=at)[learner.id].unit(unit.code)
    if standing is None or standing.state is UnitState.LOCKED:
        raise _locked()


def _locked() -> UnitLocked:
    return UnitLocked(_l("This unit is still locked. Its page says what has to come before it."))
