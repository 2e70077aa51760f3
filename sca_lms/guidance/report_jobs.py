"""What the worker does for reports: note what is due, make the files, forget what is old."""

import datetime as dt
import tempfile
from typing import IO
from zoneinfo import ZoneInfo

import structlog
from flask_babel import force_locale
from sqlalchemy.orm import joinedload

from sca_lms.courses.models import Course
from sca_lms.database import db, release, transaction
from sca_lms.guidance import report_operations, report_queries, report_rows
from sca_lms.guidance.models import ReportKind, ReportRun, ReportSchedule
from sca_lms.texts import Bilingual
from sca_lms.uploads import operations as uploads
from sca_lms.uploads.content import MEBIBYTE, Allowed
from sca_lms.uploads.storage import store
from sca_lms.web.exports import file_name, write_xlsx
from sca_lms.web.reader_choice import LOCALES

AT_ONCE = 20
ENDING = "xlsx"
ALLOWED = Allowed(frozenset({ENDING}), 200 * MEBIBYTE)
IN_MEMORY = 4 * MEBIBYTE

log = structlog.get_logger(__name__)


def make_reports(at: dt.datetime) -> None:
    """Do everything that is due; workers at the same time and crashes in between make nothing twice."""
    with transaction():
        report_operations.note_due(at=at)
    db.session.expunge_all()
    for run_id in report_queries.unmade(most=AT_ONCE):
        _make(run_id, at=at)
        db.session.expunge_all()
    with transaction():
        forgotten = report_operations.forget_old(at=at)
    for key in forgotten:
        store().forget(key)


def _make(run_id: int, *, at: dt.datetime) -> None:
    """Make one report outside of a transaction, then keep it, unless another worker was faster."""
    run = _run(run_id)
    if run is None or run.made_at is not None:
        release()
        return
    schedule, course = run.schedule, run.schedule.course
    with force_locale(schedule.locale), tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as scratch:
        title = str(report_rows.TITLES[schedule.kind])
        _write(scratch, course, schedule, title)
        # Nothing may be held open while the bytes are stored.
        release()
        scratch.seek(0)
        day = at.astimezone(ZoneInfo(course.timezone)).date()
        name = f"{file_name(title, label=course.label, day=day)}.{ENDING}"
        with transaction():
            mine = db.session.get(ReportRun, run_id, with_for_update=True, populate_existing=True)
            if mine is None or mine.made_at is not None:
                return
            stored = uploads.take(
                course, name, scratch, allowed=ALLOWED, place=store(), person_id=None, at=at
            )
            report_operations.keep(
                mine, schedule.reader_id, stored, named(schedule.kind), path_of(course.id, run_id), at=at
            )
    log.info("report_made", kind=schedule.kind.value, bytes=stored.size)


def named(kind: ReportKind) -> Bilingual:
    """Return what a report is called in both languages."""
    words = {}
    for locale in LOCALES:
        with force_locale(locale):
            words[locale] = str(report_rows.TITLES[kind])
    return Bilingual(words["th"], words["en"])


def path_of(course_id: int, run_id: int) -> str:
    """Return the page from which a report is fetched."""
    return f"/courses/{course_id}/reports#run-{run_id}"


def _run(run_id: int) -> ReportRun | None:
    return db.session.get(
        ReportRun,
        run_id,
        options=[joinedload(ReportRun.schedule).joinedload(ReportSchedule.course)],
        populate_existing=True,
    )


def _write(scratch: IO[bytes], course: Course, schedule: ReportSchedule, title: str) -> None:
    header = report_rows.header_of(schedule.kind)
    write_xlsx(scratch, header, report_rows.rows_of(course, schedule.kind), sheet=title)
