"""A make-up never exceeds what was missed, nobody decides on their own hours, and one answer counts."""

import datetime as dt

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.attendance import door, queries, timetable
from sca_lms.bootcamp import requests
from sca_lms.bootcamp.request_models import HoursRequest, RequestState
from sca_lms.bootcamp.request_rules import MakeUpRule, makeable_minutes
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from tests import builders
from tests.attendance.camp import MINUTE, a_camp, attend, attend_whole, close_all, session_of
from tests.inbox.told import told


class Case:
    """A learner who missed an hour of a session of two, and an instructor; make-ups need no file here."""

    def __init__(self, *, cap: int = 1008, needs_evidence: bool = False) -> None:
        self.course = a_camp()
        self.learner = builders.an_enrolment(self.course)
        self.staff = builders.an_enrolment(self.course, roles={Role.INSTRUCTOR})
        self.session = session_of(self.course, "D01B")
        attend(self.session, self.learner, (self.session.starts_at + 60 * MINUTE, self.session.ends_at))
        close_all([self.session])
        self.at = self.session.ends_at + dt.timedelta(days=2)
        policy = queries.policy_versions(self.course.id)[-1].document
        makeup = {"cap_minutes": cap, "window_days": 30, "evidence_required": needs_evidence}
        timetable.put_policy(
            self.course, {**policy, "makeup": makeup}, effective_from=self.at, person_id=None, at=self.at
        )

    def ask(
        self, minutes: int, *, by: Enrolment | None = None, at: dt.datetime | None = None
    ) -> HoursRequest:
        return requests.ask_make_up(
            self.session, by or self.learner, minutes, "Field report", file=None, at=at or self.at
        )

    def grant(self, request: HoursRequest, minutes: int, *, person_id: int | None = None) -> None:
        requests.grant_make_up(
            request, self.session, self.learner, minutes=minutes, answer="Well done", course=self.course,
            person_id=person_id or self.staff.person_id, at=self.at,
        )  # fmt: skip

    @property
    def entries(self) -> list[tuple[str, int]]:
        return [(entry.kind.value, entry.minutes) for entry in queries.ledger(self.learner.id)]


def test_a_granted_make_up_is_an_entry_of_its_own(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        request = case.ask(60)
        case.grant(request, 45)
        assert case.entries == [("attendance", 60), ("make-up", 45)]
        assert (request.state, request.answer) == (RequestState.GRANTED, "Well done")
        assert requests.left_to_make_up(case.session, case.learner) == 15
        ((told_id, kind, facts),) = told()
        assert (told_id, kind, facts["answer"]) == (case.learner.id, "bootcamp.answered", "Well done")


def test_nobody_is_granted_more_than_was_missed_or_than_the_cap_allows(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case(cap=50)
        with pytest.raises(requests.CannotAsk, match="50"):
            case.ask(60)
        request = case.ask(50)
        with pytest.raises(requests.CannotAsk):
            case.grant(request, 51)
        case.grant(request, 50)
        with pytest.raises(requests.CannotAsk, match="0"):
            case.ask(1)


def test_evidence_window_and_group_are_asked_for(app: Flask) -> None:
    with app.app_context(), transaction():
        strict = Case(needs_evidence=True)
        with pytest.raises(requests.CannotAsk):
            strict.ask(60)
        case = Case()
        with pytest.raises(requests.CannotAsk):
            case.ask(60, at=case.session.ends_at + dt.timedelta(days=31))
        still_open = session_of(case.course, "D02A")
        with pytest.raises(requests.CannotAsk):
            requests.ask_make_up(still_open, case.learner, 10, "early", file=None, at=case.at)
        with pytest.raises(requests.CannotAsk):
            requests.ask_second_look(
                case.session, case.learner, "late", file=None, at=case.at + dt.timedelta(days=14)
            )


def test_one_request_at_a_time_and_one_answer(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        request = case.ask(30)
        with pytest.raises(requests.AlreadyAsked):
            case.ask(30)
        case.grant(request, 30)
        with pytest.raises(requests.AlreadyDecided):
            case.grant(request, 30)
        with pytest.raises(requests.AlreadyDecided):
            requests.withdraw(request, at=case.at)
        again = case.ask(30)
        requests.withdraw(again, at=case.at)
        assert case.entries == [("attendance", 60), ("make-up", 30)]


def test_nobody_decides_on_their_own_hours(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        request = case.ask(30)
        with pytest.raises(requests.NotYours):
            case.grant(request, 30, person_id=case.learner.person_id)
        with pytest.raises(requests.NotYours):
            requests.answer_request(
                request, case.learner, granted=False, answer="no", course=case.course,
                person_id=case.learner.person_id, at=case.at,
            )  # fmt: skip


def test_a_correction_of_the_session_takes_back_what_no_longer_fits(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        case.grant(case.ask(60), 60)
        (late,) = queries.presences([case.session.id])
        door.void_stay(late, case.session, case.learner, reason="scanner", by_id=None, at=case.at)
        attend_whole(case.session, case.learner)
        assert sum(minutes for _kind, minutes in case.entries) == case.session.credit_minutes == 120


whole = st.integers(0, 500)


@given(whole, whole, whole, whole, whole)
def test_make_up_stays_within_what_was_missed_and_the_cap(
    worth: int, credited: int, here: int, elsewhere: int, cap: int
) -> None:
    left = makeable_minutes(
        worth=worth, credited=credited, made_up_here=here, made_up=here + elsewhere,
        rule=MakeUpRule(cap_minutes=cap),
    )  # fmt: skip
    assert left >= 0
    assert left == 0 or credited + here + left <= worth
    assert left == 0 or here + elsewhere + left <= cap
