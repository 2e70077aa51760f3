"""Erasure takes names and texts out and leaves sums, marks and the chain of the ledger."""

import json

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.attendance.models import HoursBalance, LedgerEntry
from sca_lms.bootcamp import ledger_audit
from sca_lms.courses.models import AuditEvent, Course, Enrolment, Person
from sca_lms.courses.rules import EnrolmentState
from sca_lms.courses.sessions import SessionGrant, WebSession
from sca_lms.database import Base, db, transaction
from sca_lms.grades.models import Delivery, Score
from sca_lms.grades.rules import State
from sca_lms.lti.models import LtiUser
from sca_lms.privacy import erasing, exporting, jobs, requesting
from sca_lms.privacy.holdings import ERASED
from sca_lms.privacy.models import PrivacyRequest
from sca_lms.privacy.rules import RequestKind, RequestState
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import store
from tests.privacy.conftest import EMAIL, NAME, SECRET, Lived


def _everything() -> str:
    """Return all that any table holds, as one text."""
    rows = [
        json.dumps([str(value) for value in row], ensure_ascii=False)
        for table in Base.metadata.sorted_tables
        for row in db.session.execute(sa.select(table))
    ]
    return "\n".join(rows)


def _erase(app: Flask, lived: Lived) -> erasing.Erased:
    with app.app_context(), transaction():
        return erasing.erase(db.session.get_one(Person, lived.person_id), at=clock.now())


def test_no_table_names_an_erased_person_or_holds_what_they_wrote(app: Flask, lived: Lived) -> None:
    with app.app_context():
        assert all(term in _everything() for term in (EMAIL, NAME, SECRET, "subject-of-paweena", "ปุ๊กกี้"))
    _erase(app, lived)
    with app.app_context():
        left = _everything()
    for term in (EMAIL, NAME, SECRET, "subject-of-paweena", "ปุ๊กกี้", "ภาพเมือง"):
        assert term not in left, term
    assert "กนก" in left, "somebody else stays as they were"


def test_sums_marks_and_the_chain_of_the_ledger_stay(app: Flask, lived: Lived) -> None:
    with app.app_context():
        before = db.session.scalars(sa.select(LedgerEntry.hash).order_by(LedgerEntry.id)).all()
    _erase(app, lived)
    with app.app_context():
        assert db.session.scalars(sa.select(LedgerEntry.hash).order_by(LedgerEntry.id)).all() == before
        assert [ledger.fault() for ledger in ledger_audit.ledgers(lived.course_id)] == [None]
        assert db.session.scalar(sa.select(sa.func.sum(HoursBalance.minutes))) == 150
        assert db.session.scalar(sa.select(Score.value)) == 80
        assert db.session.scalar(sa.select(Score.comment)) == ERASED


def test_nothing_more_is_sent_and_every_door_is_closed(app: Flask, lived: Lived) -> None:
    _erase(app, lived)
    with app.app_context():
        delivery = db.session.scalars(sa.select(Delivery)).one()
        assert (delivery.state, delivery.next_try_at) == (State.NOTHING, None)
        assert db.session.scalars(sa.select(SessionGrant)).all() == []
        assert db.session.scalars(sa.select(WebSession)).all() == []
        assert db.session.scalars(sa.select(LtiUser)).all() == []
        enrolment = db.session.get_one(Enrolment, lived.enrolment_id)
        assert enrolment.state is EnrolmentState.WITHDRAWN


def test_the_log_keeps_who_did_what_and_loses_what_is_said_of_the_person(app: Flask, lived: Lived) -> None:
    _erase(app, lived)
    with app.app_context():
        lines = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)).all()
        assert [line.verb for line in lines] == ["award-hours", "quiz-made", "quiz-made"]
        assert lines[0].after == {"minutes": 60, "reason": ERASED}
        assert lines[1].after == {"title": f"ถาม {ERASED}"}
        assert lines[2].after == {"title": "ข้อมูลเมือง"}


def test_files_lose_their_bytes_and_their_name(app: Flask, lived: Lived) -> None:
    done = _erase(app, lived)
    with app.app_context():
        stored = db.session.get_one(StoredFile, lived.file_id)
        assert (stored.name, stored.size, stored.sha256) == (f"{ERASED}.txt", 0, "")
        assert stored.key not in done.keys
        assert store().open(stored.key) is None
        (old,) = done.keys
        assert store().open(old) is not None, "the bytes go after the transaction"


def test_doing_it_again_changes_nothing(app: Flask, lived: Lived) -> None:
    _erase(app, lived)
    with app.app_context():
        once = _everything()
    again = _erase(app, lived)
    with app.app_context():
        assert _everything() == once
    assert again.keys == ()


def test_a_failure_in_the_middle_leaves_everything_as_it_was(
    app: Flask, lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        before = _everything()

    def die(_enrolments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(erasing, "_stop_deliveries", die)
        with pytest.raises(KeyboardInterrupt):
            _erase(app, lived)
    with app.app_context():
        assert _everything() == before
    _erase(app, lived)


def _granted(app: Flask, lived: Lived) -> int:
    with app.app_context(), transaction():
        course = db.session.get_one(Course, lived.course_id)
        exporting.ask(course, lived.person_id, by=lived.person_id, at=clock.now())
        request = requesting.ask(
            course, lived.person_id, RequestKind.ERASURE, by=lived.person_id, at=clock.now(), text=SECRET
        )
        manager = db.session.get_one(Enrolment, lived.manager_id)
        requesting.answer(
            request, course, granted=True, text=f"ตกลง {NAME}", by=manager.person_id, at=clock.now()
        )
        return request.id


def test_the_worker_carries_a_granted_request_out_once(app: Flask, lived: Lived) -> None:
    request_id = _granted(app, lived)
    for _ in range(2):
        with app.app_context():
            jobs.carry_out_erasures(clock.now())
    with app.app_context():
        request = db.session.get_one(PrivacyRequest, request_id)
        assert (request.state, request.text, request.answer) == (RequestState.DONE, ERASED, f"ตกลง {ERASED}")
        done = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "erase-person")).all()
        assert [line.subject for line in done] == [f"person {lived.person_id}"]
        left = _everything()
    assert SECRET not in left
    assert NAME not in left


def test_an_archive_that_is_being_made_of_somebody_erased_is_not_kept(app: Flask, lived: Lived) -> None:
    _granted(app, lived)
    with app.app_context():
        jobs.carry_out_erasures(clock.now())
        jobs.make_archives(clock.now())
        assert [row.size for row in db.session.scalars(sa.select(StoredFile))] == [0]
