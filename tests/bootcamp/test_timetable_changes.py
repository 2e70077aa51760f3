"""The preview of a change says to the minute what the change then does, to everybody."""

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from sca_lms.attendance import door, ledger
from sca_lms.attendance import queries as attendance
from sca_lms.attendance.ledger import Draft
from sca_lms.attendance.models import EntryKind, LedgerEntry, SessionState
from sca_lms.attendance.rules import SessionTimes
from sca_lms.bootcamp import queries as hours
from sca_lms.bootcamp import timetable_changes, timetable_queries
from sca_lms.bootcamp.timetable_changes import Clashing, Edits, Outdated, Preview
from sca_lms.bootcamp.timetable_rules import PlannedSession
from sca_lms.courses.models import AuditEvent, Course, Enrolment
from sca_lms.database import db, transaction
from tests import builders
from tests.attendance.camp import MINUTE, a_camp, act, attend, attend_whole, close_all, session_of

AT = dt.datetime(2022, 9, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def plan_of(course: Course, code: str) -> PlannedSession:
    return timetable_queries.workbench(course).plan_by_code[code]


def with_times(course: Course, code: str, starts_at: dt.datetime, ends_at: dt.datetime) -> PlannedSession:
    return replace(plan_of(course, code), times=SessionTimes(starts_at, ends_at))


def seen(course: Course, edits: Edits) -> Preview:
    return timetable_changes.preview(course, edits, at=AT)


def done(course: Course, edits: Edits, digest: str) -> Preview:
    return timetable_changes.commit(course, edits, digest=digest, reason="because", person_id=None, at=AT)


def totals(people: list[Enrolment]) -> dict[int, int]:
    return {each: sum(sums.values()) for each, sums in attendance.balances([p.id for p in people]).items()}


def test_the_preview_names_who_loses_how_much_and_the_commit_does_that(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        early, late, absent = (builders.an_enrolment(course, builders.a_person(name)) for name in "กขค")
        session = session_of(course, "D01B")
        attend_whole(session, early)
        attend(session, late, (session.starts_at + 60 * MINUTE, session.ends_at))
        close_all([session])
        edits = Edits(changed=(with_times(course, "D01B", session.starts_at + 30 * MINUTE, session.ends_at),))
        preview = seen(course, edits)
        assert [(each.enrolment.id, each.gain) for each in preview.effects] == [(early.id, -30)]
        assert (preview.losing, preview.gaining, preview.count("would_fall")) == (1, 0, 0)
        before = totals([early, late, absent])
        done(course, edits, preview.digest)
        after = totals([early, late, absent])
        assert {each: after[each] - before[each] for each in after} == {
            early.id: -30,
            late.id: 0,
            absent.id: 0,
        }
        assert attendance.ledger(early.id)[-1].reason == "because"
        (revision,) = timetable_queries.revisions(session)
        assert (revision.number, session.revision, revision.before["credit_minutes"]) == (1, 2, 120)
        line = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "change-session")).one()
        assert line.subject == "D01B"
        assert line.after is not None
        assert line.after["reason"] == "because"


CODES = ("D01A", "D01B", "D01C", "D02A")
shifts = st.integers(-10, 10).map(lambda number: number * 5)


@given(
    moves=st.dictionaries(st.sampled_from(CODES), st.tuples(shifts, shifts), min_size=1, max_size=3),
    cancels=st.sets(st.sampled_from(("D02B", "D01A")), max_size=1),
    stays=st.lists(
        st.tuples(st.sampled_from(CODES), st.integers(0, 20), st.integers(1, 30)), min_size=1, max_size=8
    ),
)
@example_settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_changed_together_the_preview_equals_the_commit(
    app: Flask,
    moves: dict[str, tuple[int, int]],
    cancels: set[str],
    stays: list[tuple[str, int, int]],
) -> None:
    with app.app_context():
        course, people = a_camp(), [builders.an_enrolment(builders.a_course()) for _person in range(2)]
        for person in people:
            person.course_id = course.id
        db.session.flush()
        sessions = {code: session_of(course, code) for code in (*CODES, "D02B")}
        for number, (code, first, length) in enumerate(stays):
            came = sessions[code].starts_at + first * 5 * MINUTE
            attend(sessions[code], people[number % 2], (came, came + length * 5 * MINUTE))
        close_all(sessions.values())
        changed = tuple(
            with_times(course, code, starts_at, ends_at)
            for code, (first, last) in moves.items()
            if code not in cancels
            and (starts_at := sessions[code].starts_at + first * MINUTE)
            < (ends_at := sessions[code].ends_at + last * MINUTE)
        )
        _compare(course, people, Edits(changed=changed, cancelled=tuple(cancels)))
        db.session.rollback()


def _compare(course: Course, people: list[Enrolment], edits: Edits) -> None:
    """Hold a preview against what the commit then does."""
    preview = seen(course, edits)
    if preview.clashes:
        with pytest.raises(Clashing):
            done(course, edits, preview.digest)
        return
    before, hours_before = totals(people), hours.hours_of(course.id, people, at=AT)
    done(course, edits, preview.digest)
    after, hours_after = totals(people), hours.hours_of(course.id, people, at=AT)
    gained = {each: after[each] - before[each] for each in after if after[each] != before[each]}
    assert {each.enrolment.id: each.gain for each in preview.effects if each.gain} == gained
    for effect in preview.effects:
        assert effect.before == hours_before[effect.enrolment.id]
        assert effect.after == hours_after[effect.enrolment.id]


def test_a_make_up_that_no_longer_fits_is_part_of_the_preview(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course)
        session = session_of(course, "D01B")
        attend(session, learner, (session.starts_at, session.starts_at + 60 * MINUTE))
        close_all([session])
        made_up = Draft(
            learner.id, session.category_id, 60, EntryKind.MAKE_UP, "make-up", "field report", session.id
        )
        ledger.post([made_up], person_id=None, at=AT)
        edits = Edits(changed=(with_times(course, "D01B", session.starts_at + 30 * MINUTE, session.ends_at),))
        preview = seen(course, edits)
        (effect,) = preview.effects
        assert effect.gain == -30
        done(course, edits, preview.digest)
        assert totals([learner]) == {learner.id: 90}
        assert effect.after == hours.hours_of(course.id, [learner], at=AT)[learner.id]


def test_cancelling_a_session_to_come_tells_who_can_no_longer_pass(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        idle, busy = builders.an_enrolment(course), builders.an_enrolment(course)
        sessions = attendance.timetable(course.id)
        over = [each for each in sessions if each.ends_at < AT]
        for session in over[1:]:
            attend_whole(session, busy)
        close_all(over)
        ahead = [each for each in sessions if each.ends_at >= AT]
        spare = hours.hours_of(course.id, [idle], at=AT)[idle.id].outlook.may_miss
        codes, lost = [], 0
        for session in ahead:
            if lost <= spare:
                codes.append(session.code)
                lost += session.credit_minutes
        preview = seen(course, Edits(cancelled=tuple(codes)))
        assert idle.id in {each.enrolment.id for each in preview.effects if each.would_be_lost}
        assert preview.count("would_be_lost") >= 1
        assert preview.losing == 0
        assert preview.sums
        done(course, Edits(cancelled=tuple(codes)), preview.digest)
        assert not hours.hours_of(course.id, [idle], at=AT)[idle.id].outlook.can_pass


def test_who_has_passed_and_would_fall_comes_first(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        full, near = (builders.an_enrolment(course, builders.a_person(name)) for name in "กข")
        sessions = attendance.timetable(course.id)
        enough, technology = 1296, 0
        for session in sessions:
            attend_whole(session, full)
            if session.category.code != "TEC" or technology < enough:
                attend_whole(session, near)
                technology += session.credit_minutes if session.category.code == "TEC" else 0
        close_all(sessions)
        assert hours.hours_of(course.id, [near], at=AT)[near.id].standing.has_passed
        (first, second, *_rest) = [each.code for each in sessions if each.category.code == "TEC"]
        edits = Edits(cancelled=(first, second))
        preview = seen(course, edits)
        assert [(each.enrolment.id, each.would_fall) for each in preview.effects] == [
            (near.id, True),
            (full.id, False),
        ]
        assert preview.count("would_fall") == 1
        done(course, edits, preview.digest)
        assert not hours.hours_of(course.id, [near], at=AT)[near.id].standing.has_passed


# ---------------------------------------------------------------- races


def test_a_stay_recorded_after_the_preview_asks_for_another_look(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_camp()
            learner = builders.an_enrolment(course)
            session = session_of(course, "D01B")
            close_all([session])
        edits = Edits(changed=(with_times(course, "D01B", session.starts_at, session.ends_at - 30 * MINUTE),))
        preview = seen(course, edits)
        with transaction():
            attend_whole(session, learner)
        with pytest.raises(Outdated), transaction():
            done(course, edits, preview.digest)
        again = seen(course, edits)
        assert [each.gain for each in again.effects] == [-30]
        with transaction():
            done(course, edits, again.digest)
        assert totals([learner]) == {learner.id: 90}


def test_a_change_that_somebody_else_made_first_asks_for_another_look(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_camp()
            session = session_of(course, "D01B")
        mine = Edits(changed=(replace(plan_of(course, "D01B"), room="301"),))
        theirs = Edits(changed=(replace(plan_of(course, "D01B"), room="302"),))
        first, second = seen(course, mine), seen(course, theirs)
        with transaction():
            done(course, theirs, second.digest)
        with pytest.raises(Outdated), transaction():
            done(course, mine, first.digest)
        assert session.room == "302"
        cancelled = Edits(cancelled=("D01B",))
        with transaction():
            done(course, cancelled, seen(course, cancelled).digest)
        with pytest.raises(Outdated):
            seen(course, mine)


def test_a_change_never_brings_a_clash_but_may_live_with_an_old_one(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_camp()
        target = session_of(course, "D01A")
        edits = Edits(changed=(with_times(course, "D01B", target.starts_at, target.ends_at),))
        preview = seen(course, edits)
        assert {(each.first, each.second) for each in preview.clashes} == {("D01A", "D01B")}
        with pytest.raises(Clashing), transaction():
            done(course, edits, preview.digest)
        with transaction():
            session = session_of(course, "D01B")
            session.starts_at, session.ends_at = target.starts_at, target.ends_at
        renamed = Edits(changed=(replace(plan_of(course, "D01B"), room="301"),))
        assert seen(course, renamed).clashes == ()


# ---------------------------------------------------------------- clocks


def test_a_session_moved_to_another_day_after_it_was_closed_pays_nobody_until_somebody_says_otherwise(
    app: Flask,
) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        learner = builders.an_enrolment(course)
        session = session_of(course, "D01B")
        attend_whole(session, learner)
        close_all([session])
        stay = attendance.presences([session.id])[0]
        away = with_times(course, "D01B", session.starts_at + 40 * DAY, session.ends_at + 40 * DAY)
        there = Edits(changed=(away,))
        preview = seen(course, there)
        assert [each.gain for each in preview.effects] == [-120]
        done(course, there, preview.digest)
        assert totals([learner]) == {learner.id: 0}
        home = Edits(changed=(with_times(course, "D01B", stay.in_at, stay.in_at + 120 * MINUTE),))
        done(course, home, seen(course, home).digest)
        assert totals([learner]) == {learner.id: 120}
        kinds = [entry.kind for entry in attendance.ledger(learner.id)]
        assert kinds == [EntryKind.ATTENDANCE, EntryKind.REVERSAL, EntryKind.ATTENDANCE]
        live = db.session.scalar(sa.select(sa.func.sum(LedgerEntry.minutes)))
        assert live == 120


def test_a_night_session_over_the_change_of_the_clocks_counts_the_time_that_passes(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        course.timezone = "Europe/Berlin"
        learner = builders.an_enrolment(course)
        start = dt.datetime(2022, 10, 29, 22, tzinfo=dt.UTC)  # Midnight in Berlin; at three it is two again.
        edits = Edits(changed=(with_times(course, "D01B", start, start + 5 * 60 * MINUTE),))
        done(course, edits, seen(course, edits).digest)
        session = session_of(course, "D01B")
        assert session.credit_minutes == 300
        door.check_in(session, learner, act(start))
        door.check_out(session, learner, act(session.ends_at, key="out"))
        close_all([session])
        assert totals([learner]) == {learner.id: 300}


def test_a_cancelled_session_can_never_be_changed_again(app: Flask) -> None:
    with app.app_context(), transaction():
        course = a_camp()
        plan = plan_of(course, "D01B")
        edits = Edits(cancelled=("D01B",))
        done(course, edits, seen(course, edits).digest)
        session = session_of(course, "D01B")
        assert (session.state, session.revision) == (SessionState.CANCELLED, 2)
        with pytest.raises(Outdated):
            seen(course, Edits(changed=(plan,)))
