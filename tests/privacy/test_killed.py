"""A worker that is killed in the middle leaves nothing half done, and the next one does it to the end."""

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.attendance.models import HoursBalance, LedgerEntry
from sca_lms.config import Settings
from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base, db, transaction
from sca_lms.grades.models import Score
from sca_lms.mentoring.models import Appointment, AppointmentEvent, AppointmentState
from sca_lms.privacy import exporting, jobs, requesting
from sca_lms.privacy.models import PersonExport, PrivacyRequest
from sca_lms.privacy.rules import ExportState, RequestKind, RequestState
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import store
from tests.inbox.told import told
from tests.mentoring.bookings import MONDAY_NINE, NOW, Booking
from tests.privacy.conftest import NAME, SECRET, Lived

PATIENCE_SECONDS = 180.0
ROWS = 3_000_000_000
"""So many rows nobody counts to within the patience of a test."""


@contextmanager
def _worker(settings: Settings, duty: str) -> "Iterator[subprocess.Popen[bytes]]":
    environment = {
        "PATH": os.environ["PATH"],
        "SCA_LMS_DATABASE_URL": settings.database_url,
        "SCA_LMS_DATA_DIR": str(settings.data_dir),
        "SCA_LMS_PUBLIC_URL": settings.public_url,
        "SCA_LMS_SECRET_KEY": settings.secret_key,
        "SCA_LMS_LOG_LEVEL": "error",
    }
    process = subprocess.Popen([sys.executable, "-m", "tests.privacy.worker", duty], env=environment)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE_SECONDS)


def _kill_when(worker: "subprocess.Popen[bytes]", reached: Callable[[], bool]) -> None:
    """Kill a worker at the point that is waited for; it must not have ended before."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert time.monotonic() < until, "the worker never came so far"
        try:
            code = worker.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"the worker ended with {code} before it could be killed")
    worker.send_signal(signal.SIGKILL)
    assert worker.wait(PATIENCE_SECONDS) == -signal.SIGKILL


@contextmanager
def _held_up(app: Flask, table: str, row_id: int, *, on: str) -> Iterator[Callable[[], bool]]:
    """Let whoever changes a row wait in the middle of their transaction; yields whether somebody does."""
    if db.engine.dialect.name == "sqlite":
        yield from _held_up_by_counting(app, table, row_id, on=on)
    else:
        yield from _held_up_by_a_lock(table, row_id)


def _held_up_by_counting(app: Flask, table: str, row_id: int, *, on: str) -> Iterator[Callable[[], bool]]:
    """Let a trigger of the test count for hours; meanwhile nobody else gets the lock of the database."""
    path = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    name, key = on.rsplit(" ", 1)
    trigger = (
        "CREATE TRIGGER test_holds_up BEFORE {name} ON {table} WHEN NEW.{key} = {row} BEGIN"
        " SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < {rows}) SELECT i FROM n); END"
    )
    db.session.execute(sa.text(trigger.format(name=name, table=table, key=key, row=row_id, rows=ROWS)))
    db.session.commit()
    db.session.remove()

    def is_held() -> bool:
        # Whoever only writes something short is waited for.
        mine = sqlite3.connect(path, timeout=3.0, isolation_level=None)
        try:
            mine.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        else:
            mine.execute("ROLLBACK")
            return False
        finally:
            mine.close()

    yield is_held
    db.session.execute(sa.text("DROP TRIGGER test_holds_up"))
    db.session.commit()
    db.session.remove()


def _held_up_by_a_lock(table: str, row_id: int) -> Iterator[Callable[[], bool]]:
    """Hold the lock of the row; the worker is where it should be when it waits for it."""
    held = Base.metadata.tables[table]
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    db.session.remove()
    with db.engine.connect() as connection, db.engine.connect() as looking:
        connection.execute(sa.select(held.c.id).where(held.c.id == row_id).with_for_update())

        def is_held() -> bool:
            found = looking.execute(waiting).scalar()
            looking.rollback()
            return bool(found)

        yield is_held
        connection.rollback()
    # The server's part of the killed worker ends when it finds nobody to answer to.
    with db.engine.connect() as looking:
        others = sa.text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'"
        )
        until = time.monotonic() + PATIENCE_SECONDS
        while looking.execute(others).scalar():
            looking.rollback()
            assert time.monotonic() < until


def _everything() -> dict[str, list[str]]:
    """Return what every table holds."""
    return {
        table.name: sorted(str(tuple(row)) for row in db.session.execute(sa.select(table)))
        for table in Base.metadata.sorted_tables
    }


def _sums() -> tuple[object, ...]:
    return (
        db.session.scalar(sa.select(sa.func.sum(HoursBalance.minutes))),
        db.session.scalar(sa.select(sa.func.sum(LedgerEntry.minutes))),
        db.session.scalar(sa.select(sa.func.sum(Score.value))),
        db.session.scalars(sa.select(LedgerEntry.hash).order_by(LedgerEntry.id)).all(),
    )


def test_a_worker_killed_in_the_middle_of_an_archive_is_followed_by_one_that_makes_it(
    app: Flask, settings: Settings, lived: Lived
) -> None:
    with app.app_context():
        with transaction():
            exporting.ask(
                db.session.get_one(Course, lived.course_id), lived.person_id, by=None, at=clock.now()
            )
        key = db.session.get_one(StoredFile, lived.file_id).key
        files = settings.data_dir / "files"
        own = files / key[:2] / key
        content = own.read_bytes()
        # Nobody writes into the pipe, so whoever copies the person's file waits for ever.
        own.unlink()
        os.mkfifo(own)
        db.session.remove()

        def is_copying() -> bool:
            with db.engine.connect() as looking:
                done, total = looking.execute(sa.select(PersonExport.done, PersonExport.total)).one()
            return bool(total) and done == total - 1

        with _worker(settings, "archives") as worker:
            _kill_when(worker, is_copying)
        own.unlink()
        own.write_bytes(content)
        export = db.session.scalars(sa.select(PersonExport)).one()
        assert (export.state, export.file_id, export.tries) == (ExportState.WAITING, None, 1)
        assert _files_in(files) == [own], "no half archive lies about"
        assert exporting.make_next(store(), now=clock.now) is False, "the lease of the dead one still runs"
        assert exporting.make_next(store(), now=lambda: clock.now() + exporting.LEASE) is True
        db.session.expire_all()
        export = db.session.scalars(sa.select(PersonExport)).one()
        assert (export.state, export.tries) == (ExportState.READY, 2)
        stored = db.session.get_one(StoredFile, export.file_id)
        assert len(_files_in(files)) == 2
        opened = store().open(stored.key)
        assert opened is not None
        with opened:
            assert len(opened.read()) == stored.size


def _files_in(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file())


def test_a_worker_killed_in_the_middle_of_an_erasure_has_changed_nothing_and_the_next_one_does_all(
    app: Flask, settings: Settings, lived: Lived
) -> None:
    with app.app_context():
        with transaction():
            course = db.session.get_one(Course, lived.course_id)
            request = requesting.ask(
                course, lived.person_id, RequestKind.ERASURE, by=lived.person_id, at=clock.now(), text=SECRET
            )
            manager = db.session.get_one(Enrolment, lived.manager_id).person_id
            requesting.answer(request, course, granted=True, text="ตกลง", by=manager, at=clock.now())
        score_id = db.session.scalars(sa.select(Score.id)).one()
        sums = _sums()
        before = _everything()
        db.session.remove()
        with (
            _held_up(app, "grade_score", score_id, on="UPDATE id") as is_held,
            _worker(settings, "erasures") as worker,
        ):
            _kill_when(worker, is_held)
        after = _everything()
        # The calendar was closed in a transaction of its own, before.
        assert {name for name in before if before[name] != after[name]} == {"calendar_owner"}
        assert NAME in str(after["person"])
        jobs.carry_out_erasures(clock.now())
        left = str(_everything())
        assert NAME not in left
        assert SECRET not in left
        assert _sums() == sums
        assert db.session.get_one(Person, lived.person_id).email == ""
        assert db.session.scalar(sa.select(PrivacyRequest.state)) is RequestState.DONE


def test_a_worker_killed_between_two_appointments_is_followed_by_one_that_calls_each_off_once(
    app: Flask, settings: Settings
) -> None:
    with app.app_context():
        with transaction():
            case = Booking()
            # The worker's clock is today's: the appointments lie ahead of it.
            ahead = (clock.now() - NOW).days // 7 * 7 + 14
            numbers = [
                case.ask(case.staff, MONDAY_NINE + _days(ahead + day), at=clock.now()).id for day in (0, 1)
            ]
            request = requesting.ask(
                case.course, case.ambassador.person_id, RequestKind.ERASURE,
                by=case.ambassador.person_id, at=clock.now(),
            )  # fmt: skip
            requesting.answer(
                request, case.course, granted=True, text="ตกลง", by=case.staff.person_id, at=clock.now()
            )
        db.session.remove()
        with (
            _held_up(app, "appointment", numbers[1], on="UPDATE id") as is_held,
            _worker(settings, "erasures") as worker,
        ):
            _kill_when(worker, is_held)
        states = dict(db.session.execute(sa.select(Appointment.id, Appointment.state)).all())
        assert states == {numbers[0]: AppointmentState.CANCELLED, numbers[1]: AppointmentState.CONFIRMED}
        jobs.carry_out_erasures(clock.now())
        db.session.expire_all()
        assert set(db.session.scalars(sa.select(Appointment.state))) == {AppointmentState.CANCELLED}
        ends = sa.select(AppointmentEvent.appointment_id).where(AppointmentEvent.verb == "person-left")
        assert sorted(db.session.scalars(ends)) == numbers
        assert [who for who, kind, _facts in told() if kind == "mentoring.person-left"] == [
            case.captain.id, case.captain.id,
        ]  # fmt: skip


def _days(number: int) -> dt.timedelta:
    return dt.timedelta(days=number)
