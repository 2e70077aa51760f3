"""Presences become ledger entries once, to the minute, and every correction is a reversal and a new entry."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DatabaseError

from sca_lms.attendance import chain, crediting, door, ledger, queries, timetable
from sca_lms.attendance.crediting import Supposed
from sca_lms.attendance.models import EntryKind, HoursBalance, LedgerEntry, SessionState
from sca_lms.attendance.rules import SessionTimes
from sca_lms.bootcamp import queries as bootcamp
from sca_lms.bootcamp.rules import hours
from sca_lms.courses.models import Enrolment
from sca_lms.database import db, transaction
from tests import builders
from tests.attendance.camp import MINUTE, a_camp, act, attend, attend_whole, close_all, session_of

LATER = dt.datetime(2022, 10, 2, tzinfo=dt.UTC)


def entries_of(learner: Enrolment) -> list[tuple[str, int]]:
    return [(entry.kind.value, entry.minutes) for entry in queries.ledger(learner.id)]


def test_closing_pays_who_was_there_and_doing_it_again_writes_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        there, absent = builders.an_enrolment(course), builders.an_enrolment(course)
        session = session_of(course, "D01A")
        attend_whole(session, there)
        assert entries_of(there) == []
        close_all([session])
        assert entries_of(there) == [("attendance", 210)]
        assert entries_of(absent) == []
        assert crediting.settle(course.id, [session], person_id=None, at=LATER) == []
        assert queries.balances([there.id]) == {there.id: {session.category_id: 210}}


def test_a_correction_after_closing_reverses_and_pays_anew(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course)
        session = session_of(course, "D01A")
        attend(session, learner, (session.starts_at + 15 * MINUTE, session.ends_at))
        close_all([session])
        (late,) = queries.presences([session.id])
        door.void_stay(late, session, learner, reason="The scanner was broken.", by_id=None, at=LATER)
        attend_whole(session, learner)
        assert entries_of(learner) == [
            ("attendance", 195), ("reversal", -195), ("attendance", 210),
        ]  # fmt: skip
        assert sum(minutes for _kind, minutes in entries_of(learner)) == 210


def test_a_missing_check_out_is_pending_until_somebody_resolves_it(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course)
        session = session_of(course, "D01A")
        door.check_in(session, learner, act(session.starts_at))
        close_all([session])
        credit = queries.credits_of([session.id], [learner.id])[learner.id, session.id]
        assert (credit.minutes, credit.pending, entries_of(learner)) == (0, True, [])
        (record,) = queries.presences([session.id])
        door.resolve_check_out(record, session, learner, session.ends_at, by_id=None, at=LATER)
        assert (credit.pending, entries_of(learner)) == (False, [("attendance", 210)])


def test_a_double_post_of_one_scan_counts_once(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course)
        session = session_of(course, "D01A")
        first = door.check_in(session, learner, act(session.starts_at, key="one"))
        again = door.check_in(session, learner, act(session.starts_at + MINUTE, key="one"))
        other = door.check_in(session, learner, act(session.starts_at + MINUTE, key="two"))
        assert [each.repeated for each in (first, again, other)] == [False, True, True]
        assert len(queries.presences([session.id])) == 1


def test_coming_in_elsewhere_ends_the_open_stay_at_the_same_instant(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course)
        here, there = session_of(course, "D01A"), session_of(course, "D01B")
        timetable.move(there, here.times, reason="parallel", person_id=None, at=here.starts_at)
        door.check_in(here, learner, act(here.starts_at))
        moved_at = here.starts_at + 60 * MINUTE
        answer = door.check_in(there, learner, act(moved_at))
        assert answer.left == here
        assert [record.out_at for record in queries.presences([here.id])] == [moved_at]
        door.check_out(there, learner, act(there.ends_at))
        close_all([there, here])
        assert entries_of(learner) == [("attendance", 150), ("attendance", 60)]


def test_a_forgotten_check_out_is_not_made_up_by_the_next_check_in(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course)
        morning, afternoon = session_of(course, "D01A"), session_of(course, "D01B")
        door.check_in(morning, learner, act(morning.starts_at))
        door.check_in(afternoon, learner, act(afternoon.starts_at))
        assert [record.out_at for record in queries.presences([morning.id])] == [None]
        close_all([morning])
        assert queries.credits_of([morning.id], [learner.id])[learner.id, morning.id].pending


def test_no_minute_is_paid_twice_whichever_session_is_closed_first(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        here, there = session_of(course, "D01A"), session_of(course, "D01B")
        timetable.move(there, here.times, reason="parallel", person_id=None, at=here.starts_at)
        learner = builders.an_enrolment(course)
        attend(here, learner, (here.starts_at, here.starts_at + 90 * MINUTE))
        attend(there, learner, (here.starts_at + 30 * MINUTE, here.ends_at))
        close_all([there, here])
        earned = queries.credits_of([here.id, there.id], [learner.id])
        assert earned[learner.id, here.id].minutes == 90
        assert earned[learner.id, there.id].minutes == 120


def test_a_moved_session_pays_what_the_preview_said(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        early, late = builders.an_enrolment(course), builders.an_enrolment(course)
        session = session_of(course, "D01B")
        attend_whole(session, early)
        attend(session, late, (session.starts_at + 60 * MINUTE, session.ends_at))
        close_all([session])
        shorter = SessionTimes(session.starts_at + 30 * MINUTE, session.ends_at)
        preview = crediting.changes(course.id, [session], supposed=Supposed({session.id: shorter}))
        assert [(each.enrolment_id, each.gain) for each in preview] == [(early.id, -30)]
        done = timetable.move(session, shorter, reason="The hall opened late.", person_id=None, at=LATER)
        assert done == preview
        assert (session.credit_minutes, session.revision) == (90, 2)
        assert queries.ledger(early.id)[-1].reason == "The hall opened late."


def test_a_cancelled_session_takes_back_what_it_paid(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course)
        session = session_of(course, "D01B")
        attend_whole(session, learner)
        close_all([session])
        timetable.cancel(session, reason="The speaker fell ill.", person_id=None, at=LATER)
        assert entries_of(learner) == [("attendance", 120), ("reversal", -120)]
        assert session.state is SessionState.CANCELLED


def test_the_database_refuses_to_change_the_ledger(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_camp()
            learner = builders.an_enrolment(course)
            session = session_of(course, "D01B")
            attend_whole(session, learner)
            close_all([session])
        forged = sa.insert(LedgerEntry).values(
            enrolment_id=learner.id, number=2, category_id=session.category_id, session_id=session.id,
            minutes=120, kind=EntryKind.ATTENDANCE, source="presence", at=LATER, by="rules", previous_hash="",
            hash="",
        )  # fmt: skip
        for statement in (
            sa.update(LedgerEntry).values(minutes=999),
            sa.delete(LedgerEntry),
            forged,
            forged.values(kind=EntryKind.REVERSAL, minutes=-60, reverses_id=1, reason="half"),
        ):
            with pytest.raises(DatabaseError), transaction():
                db.session.execute(statement)
        assert entries_of(learner) == [("attendance", 120)]


def test_a_reversal_happens_once(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_camp()
            learner = builders.an_enrolment(course)
            category = queries.categories(course.id)[0]
            draft = ledger.Draft(
                learner.id, category.id, 30, EntryKind.AWARD, "operator", reason="Field report"
            )
            (entry,) = ledger.post([draft], person_id=None, by=ledger.BY_OPERATOR, at=LATER)
            back = ledger.reversal_of(entry, reason="By mistake", source="operator")
            (reversal,) = ledger.post([back], person_id=None, by=ledger.BY_OPERATOR, at=LATER)
            with pytest.raises(ledger.AlreadyReversed):
                ledger.reversal_of(reversal, reason="again", source="operator")
        with pytest.raises(DatabaseError), transaction():
            ledger.post([back], person_id=None, by=ledger.BY_OPERATOR, at=LATER)
        assert queries.balances([learner.id]) == {learner.id: {category.id: 0}}


def test_the_chain_of_hashes_shows_where_somebody_tampered(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course)
        sessions = [session_of(course, code) for code in ("D01A", "D01B", "D01C")]
        for session in sessions:
            attend_whole(session, learner)
        close_all(sessions)
        lines = [(queries.line_of(entry), entry.hash) for entry in queries.ledger(learner.id)]
        first = chain.first_hash(course.id, learner.id)
        assert chain.check(lines, first=first) is None
        lines[1] = (replace(lines[1][0], minutes=150), lines[1][1])
        broken = chain.check(lines, first=first)
        assert broken is not None
        assert broken.number == 2
        assert chain.check(lines[1:], first=first) is not None


def test_balances_are_the_sums_of_the_ledger(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        learners = [builders.an_enrolment(course) for _ in range(3)]
        sessions = queries.timetable(course.id)[:6]
        for session in sessions:
            attend_whole(session, *learners)
        close_all(sessions)
        timetable.reopen(sessions[0], reason="forgotten group", person_id=None, at=LATER)
        sums = db.session.execute(
            sa.select(
                LedgerEntry.enrolment_id, LedgerEntry.category_id, sa.func.sum(LedgerEntry.minutes)
            ).group_by(LedgerEntry.enrolment_id, LedgerEntry.category_id)
        ).all()
        kept = db.session.execute(
            sa.select(HoursBalance.enrolment_id, HoursBalance.category_id, HoursBalance.minutes)
        ).all()
        assert sorted(map(tuple, sums)) == sorted(map(tuple, kept))
        standing = bootcamp.standings(course.id, [learners[0].id])[learners[0].id]
        assert hours(standing.total) == Decimal(standing.total) // 6 / 10
