"""A prepared statement does what SQLAlchemy would do with it, on either database."""

import datetime as dt
import secrets

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from sca_lms import clock
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.courses.sessions import WebSession
from sca_lms.database import Base, db, direct_transaction, release, transaction
from sca_lms.prepared import Prepared
from tests.builders import an_enrolment

SESSIONS = Base.metadata.tables[WebSession.__tablename__]
ENROLMENTS = Base.metadata.tables[Enrolment.__tablename__]
INSERT = Prepared(
    sa.insert(SESSIONS).returning(SESSIONS.c.id),
    [column.name for column in SESSIONS.columns if column is not SESSIONS.c.id],
)
FIND = Prepared(
    sa.select(ENROLMENTS.c.id, ENROLMENTS.c.roles, ENROLMENTS.c.joined_at, ENROLMENTS.c.last_seen_at).where(
        ENROLMENTS.c.id == sa.bindparam("number"),
        ENROLMENTS.c.state == EnrolmentState.ACTIVE,
        ENROLMENTS.c.joined_at <= sa.bindparam("at"),
    )
)
RENAME = Prepared(
    sa.update(ENROLMENTS).where(ENROLMENTS.c.id == sa.bindparam("number")).values(area=sa.bindparam("named"))
)


def a_session(at: dt.datetime, token_hash: str | None = None) -> dict[str, object]:
    return {
        "token_hash": token_hash or secrets.token_hex(32),
        "is_tab": False,
        "form_secret": "s",
        "locale_choice": None,
        "theme": "dark",
        "is_operator": True,
        "created_at": at,
        "seen_at": at,
        "expires_at": at + dt.timedelta(hours=1),
    }


def sessions(app: Flask) -> list[WebSession]:
    with app.app_context():
        return list(db.session.scalars(sa.select(WebSession).order_by(WebSession.id)))


def test_what_is_written_directly_is_read_as_usual(app: Flask) -> None:
    at = clock.now()
    with app.app_context(), direct_transaction() as change:
        found = INSERT.run(change, a_session(at))
    (kept,) = sessions(app)
    assert found == (kept.id,)
    assert (kept.is_tab, kept.is_operator, kept.theme, kept.locale_choice) == (False, True, "dark", None)
    assert (kept.created_at, kept.expires_at) == (at, at + dt.timedelta(hours=1))


def insert_inside_and_break() -> None:
    with transaction():
        INSERT.run(db.session.connection(), a_session(clock.now()))
        raise ZeroDivisionError


def insert_twice(at: dt.datetime) -> None:
    with direct_transaction() as change:
        INSERT.run(change, a_session(at, "twice"))
        INSERT.run(change, a_session(at, "twice"))


def insert_and_break() -> None:
    with direct_transaction() as change:
        INSERT.run(change, a_session(clock.now()))
        raise ZeroDivisionError


def test_what_is_written_as_usual_is_read_directly(app: Flask) -> None:
    with app.app_context():
        with transaction():
            enrolment = an_enrolment(roles={Role.LEARNER, Role.JUDGE})
        wanted = enrolment.id, enrolment.roles, enrolment.joined_at, enrolment.last_seen_at
        at = enrolment.joined_at
        with direct_transaction() as change:
            assert FIND.run(change, {"number": enrolment.id, "at": at}) == wanted
            earlier = at - dt.timedelta(seconds=1)
            assert FIND.run(change, {"number": enrolment.id, "at": earlier}) is None
            assert RENAME.run(change, {"number": enrolment.id, "named": "เชียงใหม่"}) is None
        assert db.session.scalar(sa.select(Enrolment.area)) == "เชียงใหม่"


def _write_and_break() -> None:
    with transaction():
        INSERT.run(db.session.connection(), a_session(clock.now()))
        raise ZeroDivisionError


def _write_directly_and_break() -> None:
    with direct_transaction() as change:
        INSERT.run(change, a_session(clock.now()))
        raise ZeroDivisionError


def _write_twice() -> None:
    with direct_transaction() as change:
        for _ in range(2):
            INSERT.run(change, a_session(clock.now(), "hash-of-one-token"))


def test_it_runs_inside_the_transaction_of_the_session_as_well(app: Flask) -> None:
    with app.app_context(), pytest.raises(ZeroDivisionError):
        _write_and_break()
    assert sessions(app) == []


def test_a_constraint_says_no_without_telling_the_values_and_nothing_is_kept(app: Flask) -> None:
    with app.app_context(), pytest.raises(IntegrityError) as caught:
        _write_twice()
    assert "hash-of-one-token" not in (caught.value.statement or "")
    assert caught.value.params is None
    assert sessions(app) == []


def test_a_block_that_breaks_or_rolls_back_keeps_nothing(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError):
            _write_directly_and_break()
        with direct_transaction() as change:
            INSERT.run(change, a_session(clock.now()))
            change.connection.rollback()
    assert sessions(app) == []


def test_a_direct_change_inside_another_change_is_a_defect(app: Flask) -> None:
    with (
        app.app_context(),
        pytest.raises(RuntimeError, match="under way"),
        transaction(),
        direct_transaction(),
    ):
        pass


def test_reading_is_let_go_before_a_direct_change(app: Flask) -> None:
    with app.app_context():
        with transaction():
            an_enrolment()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Enrolment)) == 1
        with direct_transaction() as change:
            assert not db.session().in_transaction()
            INSERT.run(change, a_session(clock.now()))
        release()
        assert len(sessions(app)) == 1
