"""Column types keep what they are given, and a change is all or nothing."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import joinedload

from sca_lms import clock
from sca_lms.courses.models import Course, Person
from sca_lms.database import Exact, db, lock, transaction
from sca_lms.errors import Refused
from tests.builders import a_course, a_person


class No(Refused):
    code = "no"


def test_a_moment_without_a_zone_is_refused(app: Flask) -> None:
    with app.app_context(), pytest.raises(StatementError, match="needs its time zone"), transaction():
        a_course(at=dt.datetime(2026, 9, 29, 8, 30))  # noqa: DTZ001 - The naive value is the point.


def test_a_moment_comes_back_in_utc(app: Flask) -> None:
    bangkok = dt.timezone(dt.timedelta(hours=7))
    with app.app_context():
        with transaction():
            a_course(at=dt.datetime(2026, 9, 29, 8, 30, tzinfo=bangkok))
        db.session.expunge_all()
        course = db.session.scalars(sa.select(Course)).one()
        assert course.created_at == dt.datetime(2026, 9, 29, 1, 30, tzinfo=dt.UTC)
        assert course.created_at.utcoffset() == dt.timedelta(0)


@pytest.mark.parametrize("score", ["0", "33.3333", "99999.9999", "-12.5"])
def test_a_score_is_kept_exactly(app: Flask, score: str) -> None:
    with app.app_context():
        kept = db.session.scalar(sa.select(sa.cast(sa.literal(Decimal(score), Exact()), Exact())))
        assert kept == Decimal(score)


def test_a_refusal_forgets_the_change_but_not_what_was_read(app: Flask) -> None:
    with app.app_context():
        with transaction():
            person = a_person()
        with pytest.raises(No):
            _rename_and_refuse(person)
        assert person.given_name == "ปวีณา"
        assert db.session.scalar(sa.select(Person.given_name)) == "ปวีณา"


def test_a_row_that_was_read_beside_an_absent_one_is_locked_and_read_anew(app: Flask) -> None:
    with app.app_context():
        with transaction():
            a_course()
        db.session.expunge_all()
        course = db.session.scalars(sa.select(Course).options(joinedload(Course.programme))).one()
        with transaction():
            elsewhere = sa.update(Course).values(title="Renamed elsewhere")
            db.session.execute(elsewhere.execution_options(synchronize_session=False))
            lock(course)
            assert (course.title, course.programme) == ("Renamed elsewhere", None)


def test_a_defect_forgets_the_change(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError):
            _add_and_break()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0


def test_a_change_inside_a_change_is_a_defect(app: Flask) -> None:
    with (
        app.app_context(),
        pytest.raises(RuntimeError, match="already under way"),
        transaction(),
        transaction(),
    ):
        pass


def test_a_change_outside_of_a_transaction_is_a_defect(app: Flask) -> None:
    with app.app_context():
        with transaction():
            person = a_person()
        person.given_name = "อื่น"
        with pytest.raises(RuntimeError, match="outside of transaction"), transaction():
            pass
        db.session.rollback()


def test_readers_who_then_write_take_turns_instead_of_failing(app: Flask) -> None:
    """A deferred transaction on SQLite fails at once when it wants to write after somebody else did."""
    with app.app_context(), transaction():
        course_id = a_course(title="0").id
    failures: list[BaseException] = []

    def count_up() -> None:
        try:
            for _ in range(10):
                with app.app_context():
                    db.session.scalars(sa.select(Course)).one()
                    with transaction():
                        course = db.session.get_one(
                            Course, course_id, with_for_update=True, populate_existing=True
                        )
                        course.title = str(int(course.title) + 1)
        except BaseException as error:  # noqa: BLE001 - Handed to the test that waits below.
            failures.append(error)

    threads = [threading.Thread(target=count_up) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with app.app_context():
        assert db.session.scalar(sa.select(Course.title)) == "60"


def test_the_clock_tells_utc() -> None:
    assert clock.now().utcoffset() == dt.timedelta(0)


def _rename_and_refuse(person: Person) -> None:
    with transaction():
        person.given_name = "อื่น"
        raise No("no")


def _add_and_break() -> None:
    with transaction():
        a_person()
        _ = 1 // 0
