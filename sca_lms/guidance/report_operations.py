"""Let reports be made by themselves: set schedules, note what is due, keep what was made for ninety days."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import STAFF, EnrolmentState
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.guidance.models import ReportKind, ReportRun, ReportSchedule, Rhythm
from sca_lms.guidance.report_rules import KEPT, next_monthly, next_weekly
from sca_lms.inbox import operations as inbox
from sca_lms.texts import Bilingual
from sca_lms.uploads.models import StoredFile

MOST = 20
"""So many reports may come by themselves to one person."""
NOTICE = "guidance.report"


class TooMany(Refused):
    """Nobody reads as many reports."""

    code = "too-many-reports"


class BeingMade(Refused):
    """The report was asked for within the same minute."""

    code = "report-being-made"


class NotOnStaff(Refused):
    """Its reader does not run the course any more."""

    code = "reader-not-on-staff"


def next_due(schedule: ReportSchedule, zone: ZoneInfo, *, after: dt.datetime) -> dt.datetime:
    """Return when a schedule is due next, later than `after`."""
    if schedule.rhythm is Rhythm.WEEKLY:
        return next_weekly(schedule.day, after=after, zone=zone)
    return next_monthly(schedule.day, after=after, zone=zone)


def may_read(reader: Enrolment) -> bool:
    """Tell whether somebody still runs the course."""
    return reader.state is not EnrolmentState.WITHDRAWN and bool(reader.roles & STAFF)


def add(
    course: Course,
    reader: Enrolment,
    kind: ReportKind,
    rhythm: Rhythm,
    day: int,
    locale: str,
    *,
    at: dt.datetime,
) -> ReportSchedule:
    """Let a report come by itself from now on; raise `TooMany`."""
    number = db.session.scalar(sa.select(sa.func.count()).where(ReportSchedule.reader_id == reader.id))
    if (number or 0) >= MOST:
        raise TooMany(_l("You have %(number)s such reports already. Remove one first.", number=MOST))
    schedule = ReportSchedule(
        course_id=course.id, kind=kind, rhythm=rhythm, day=day, locale=locale, reader_id=reader.id,
        next_at=None, created_at=at,
    )  # fmt: skip
    schedule.next_at = next_due(schedule, ZoneInfo(course.timezone), after=at)
    db.session.add(schedule)
    db.session.flush()
    _audit(course, reader.person_id, "add-report", schedule, at=at)
    return schedule


def pause(course: Course, schedule: ReportSchedule, *, person_id: int | None, at: dt.datetime) -> None:
    """Let a report rest until somebody lets it go on."""
    schedule.next_at = None
    _audit(course, person_id, "pause-report", schedule, at=at)


def resume(course: Course, schedule: ReportSchedule, *, person_id: int | None, at: dt.datetime) -> None:
    """Let a report come again, from its next day on; raise `NotOnStaff`."""
    if not may_read(schedule.reader):
        raise NotOnStaff(_l("The person for whom it was made does not run this course any more."))
    schedule.next_at = next_due(schedule, ZoneInfo(course.timezone), after=at)
    _audit(course, person_id, "resume-report", schedule, at=at)


def remove(course: Course, schedule: ReportSchedule, *, person_id: int | None, at: dt.datetime) -> None:
    """Remove a schedule with what it made; the bytes go when the store is next looked through."""
    _audit(course, person_id, "remove-report", schedule, at=at)
    files = db.session.scalars(
        sa.select(ReportRun.file_id).where(
            ReportRun.schedule_id == schedule.id, ReportRun.file_id.is_not(None)
        )
    ).all()
    db.session.execute(sa.delete(ReportRun).where(ReportRun.schedule_id == schedule.id))
    db.session.execute(sa.delete(StoredFile).where(StoredFile.id.in_(files)))
    db.session.delete(schedule)
    db.session.flush()


def run_now(schedule: ReportSchedule, *, at: dt.datetime) -> ReportRun:
    """Ask the worker for one more report; raise `BeingMade` for a second one of the same minute."""
    if not may_read(schedule.reader):
        raise NotOnStaff(_l("The person for whom it was made does not run this course any more."))
    run = ReportRun(schedule_id=schedule.id, due_at=at.replace(second=0, microsecond=0), made_at=None)
    try:
        with db.session.begin_nested():
            db.session.add(run)
    except IntegrityError as error:
        raise BeingMade(_l("This report is being made already; you are told when it is there.")) from error
    return run


def note_due(*, at: dt.datetime) -> int:
    """Note what is due, once for each schedule and moment whatever workers do; return how many there were.

    After a pause of the worker one report stands for all that were missed. A schedule whose reader does not
    run the course any more rests from then on.
    """
    due = db.session.scalars(
        sa.select(ReportSchedule)
        .where(ReportSchedule.next_at <= at)
        .order_by(ReportSchedule.id)
        .with_for_update(skip_locked=True, of=ReportSchedule)
        .options(joinedload(ReportSchedule.reader), joinedload(ReportSchedule.course))
        .execution_options(populate_existing=True)
    ).all()
    for schedule in due:
        if schedule.next_at is None:
            continue
        if not may_read(schedule.reader):
            pause(schedule.course, schedule, person_id=None, at=at)
            continue
        run = ReportRun(schedule_id=schedule.id, due_at=schedule.next_at, made_at=None)
        try:
            with db.session.begin_nested():
                db.session.add(run)
        except IntegrityError:
            # It was asked for by hand for this very moment: the one is as good as the other.
            pass
        schedule.next_at = next_due(schedule, ZoneInfo(schedule.course.timezone), after=at)
    db.session.flush()
    return len(due)


def keep(
    run: ReportRun, reader_id: int, stored: StoredFile, title: Bilingual, path: str, *, at: dt.datetime
) -> None:
    """Keep the file of a report that was made, and tell its reader."""
    run.file_id, run.made_at = stored.id, at
    inbox.tell(
        [reader_id], NOTICE, key=f"report:{run.id}", at=at, path=path,
        facts={"report": title},
    )  # fmt: skip
    db.session.flush()


def forget_old(*, at: dt.datetime) -> Sequence[str]:
    """Delete reports that are older than ninety days; return the keys of their files."""
    old = db.session.execute(
        sa.select(ReportRun.id, ReportRun.file_id).where(ReportRun.due_at < at - KEPT)
    ).all()
    if not old:
        return []
    db.session.execute(sa.delete(ReportRun).where(ReportRun.id.in_([row[0] for row in old])))
    return db.session.scalars(
        sa.delete(StoredFile)
        .where(StoredFile.id.in_([row[1] for row in old if row[1] is not None]))
        .returning(StoredFile.key)
        .execution_options(synchronize_session=False)
    ).all()


def _audit(
    course: Course, person_id: int | None, verb: str, schedule: ReportSchedule, *, at: dt.datetime
) -> None:
    courses.record_audit(
        course, person_id, verb, f"report {schedule.id}", at=at,
        after={
            "kind": schedule.kind.value, "rhythm": schedule.rhythm.value, "day": schedule.day,
            "language": schedule.locale,
        },
    )  # fmt: skip
