"""Standings of one or of many cost the same statements; the score follows what both sides agreed on."""

import datetime as dt
from decimal import Decimal

from flask import Flask

from sca_lms import clock
from sca_lms.database import db, transaction
from sca_lms.grades import sources
from sca_lms.grades.models import GradeColumn
from sca_lms.mentoring import credit, reports
from sca_lms.mentoring.models import AppointmentState, Side
from sca_lms.texts import Bilingual
from tests import builders
from tests.mentoring.meetings import BEGAN, DAY, MINUTE, Case
from tests.statements import counted

AT = BEGAN + 40 * DAY


def a_column(case: Case) -> None:
    db.session.add(
        GradeColumn(
            course_id=case.course.id, code="MEN", title=Bilingual("", "Mentoring"), score_maximum=Decimal(12),
            resource_id="sca-lms:MEN", tag="MEN", created_at=clock.now(),
        )
    )  # fmt: skip
    db.session.flush()


def test_credit_counts_up_to_the_quota_of_its_topic(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        for number in range(3):
            case.met("DT", 90, starts_at=BEGAN + number * DAY)
        case.met("WG", 85, starts_at=BEGAN + 3 * DAY)
        case.a_meeting(starts_at=AT + DAY)
        standing = credit.standings(case.course.id, [case.ambassador.id], at=AT)[case.ambassador.id]
        assert (standing.credited, standing.counted, standing.surplus) == (355, 265, 90)
        assert standing.sessions == 3
        assert standing.last_met_at == BEGAN + 3 * DAY + 85 * MINUTE
        assert standing.next_at == AT + DAY
        assert [each.counted for each in standing.topics] == [85, 180, 0, 0]
        assert list(credit.counted_of_places(case.course.id, case.ambassador.id).values()) == [90, 90, 0, 85]


def test_the_score_is_nothing_before_the_first_credit_and_falls_when_one_is_disputed(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        learner = case.ambassador.id
        assert sources.mentoring(case.course.id, [learner]) == {}
        a_column(case)
        (lapsed,) = case.a_meeting()
        reports.lapse(lapsed, at=lapsed.appointment.ends_at + 7 * DAY)
        assert sources.mentoring(case.course.id, [learner]) == {}
        meeting = case.met("WG", 90, starts_at=BEGAN + DAY)
        assert sources.mentoring(case.course.id, [learner]) == {learner: Decimal("1.00")}
        reports.dispute(meeting, case.captain, "No.", at=meeting.appointment.ends_at + DAY)
        assert sources.mentoring(case.course.id, [learner]) == {learner: Decimal("0.00")}


def test_a_dispute_that_was_never_credited_sends_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        a_column(case)
        (meeting,) = case.a_meeting()
        case.says(meeting, Side.CAPTAIN, None)
        assert case.says(meeting, Side.AMBASSADOR) is AppointmentState.DISPUTED
        assert sources.mentoring(case.course.id, [case.ambassador.id]) == {}


def test_standings_of_fifty_cost_as_many_statements_as_of_one(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        people = [case.ambassador, *(builders.an_enrolment(case.course) for _each in range(49))]
        for person in people:
            (meeting,) = case.a_meeting(person)
            for side in Side:
                case.says(meeting, side)
        ids = [person.id for person in people]
    with counted(app) as one, app.app_context():
        credit.standings(case.course.id, ids[:1], at=AT)
    with counted(app) as fifty, app.app_context():
        found = credit.standings(case.course.id, ids, at=AT)
    assert len(one) == len(fifty)
    assert {standing.counted for standing in found.values()} == {90}


def test_a_meeting_of_which_one_side_says_that_it_took_place_counts_as_met(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        (claimed,) = case.a_meeting()
        case.says(claimed, Side.CAPTAIN, None)
        one = [case.ambassador.id]
        assert credit.standings(case.course.id, one, at=AT)[one[0]].last_met_at is None
        (meeting,) = case.a_meeting(starts_at=BEGAN + DAY)
        case.says(meeting, Side.CAPTAIN)
        expected = BEGAN + DAY + dt.timedelta(minutes=90)
        assert credit.standings(case.course.id, one, at=AT)[one[0]].last_met_at == expected
