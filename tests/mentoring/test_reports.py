"""Both sides report, what they agree on is credited, and staff or time settle the rest."""

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.courses.models import AuditEvent, Enrolment
from sca_lms.database import db, transaction
from sca_lms.inbox.models import InboxNotice
from sca_lms.mentoring import report_jobs, report_queries, reports
from sca_lms.mentoring.models import AppointmentEvent, AppointmentState, PlaceState, Side
from sca_lms.mentoring.reports import Meeting
from tests import builders
from tests.mentoring.meetings import BEGAN, DAY, MINUTE, Case, acting

END = BEGAN + 90 * MINUTE
MOMENT = dt.timedelta(microseconds=1)


def revision(enrolment: Enrolment) -> int:
    return db.session.scalars(
        sa.select(Enrolment.evidence_revision).where(Enrolment.id == enrolment.id)
    ).one()


def verbs(meeting: Meeting) -> list[str]:
    return [each.verb for each in report_queries.events_of(meeting.appointment.id)]


def state_of(meeting: Meeting) -> AppointmentState:
    return meeting.appointment.state


def notices(enrolment: Enrolment) -> list[str]:
    return list(
        db.session.scalars(
            sa.select(InboxNotice.kind)
            .where(InboxNotice.enrolment_id == enrolment.id)
            .order_by(InboxNotice.at, InboxNotice.id)
        )
    )


def test_when_both_sides_agree_the_smaller_report_is_credited_and_the_score_is_due(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        (meeting,) = case.a_meeting()
        before = revision(case.ambassador)
        assert case.says(meeting, Side.AMBASSADOR, 0, 90) is AppointmentState.REPORTED
        assert (meeting.place.credited_minutes, revision(case.ambassador)) == (None, before)
        assert case.says(meeting, Side.CAPTAIN, 5, 88) is AppointmentState.CREDITED
        assert meeting.place.credited_minutes == 83
        assert state_of(meeting) is AppointmentState.CREDITED
        assert revision(case.ambassador) == before + 1
        assert verbs(meeting) == ["reported", "reported", "credited"]


def test_reports_that_differ_are_decided_by_staff_with_a_reason_that_is_audited(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        (meeting,) = case.a_meeting()
        case.says(meeting, Side.AMBASSADOR, 0, 90)
        assert case.says(meeting, Side.CAPTAIN, 0, 40) is AppointmentState.DISPUTED
        with pytest.raises(reports.NotYours):
            reports.decide(meeting, 60, "so", person_id=case.staff.person_id, own=True, at=END + DAY)
        with pytest.raises(reports.CannotDecide, match="90"):
            reports.decide(meeting, 91, "so", person_id=case.staff.person_id, own=False, at=END + DAY)
        reports.decide(
            meeting, 60, "The minutes say so.", person_id=case.staff.person_id, own=False, at=END + DAY
        )
        assert (meeting.place.outcome, meeting.place.credited_minutes) == (AppointmentState.CREDITED, 60)
        line = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "decide-meeting")).one()
        assert line.person_id == case.staff.person_id
        assert line.after == {"outcome": "credited", "minutes": 60, "reason": "The minutes say so."}
        assert notices(case.captain) == notices(case.ambassador) == ["meeting-disputed", "meeting-decided"]


def test_ones_own_report_can_be_corrected_until_the_other_side_has_reported(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        (meeting,) = case.a_meeting()
        case.says(meeting, Side.AMBASSADOR, 0, 40)
        case.says(meeting, Side.AMBASSADOR, 0, 90)
        case.says(meeting, Side.CAPTAIN, 0, 90)
        assert meeting.place.credited_minutes == 90
        with pytest.raises(reports.AlreadySettled):
            case.says(meeting, Side.AMBASSADOR, 0, 85)


def test_a_settled_meeting_can_be_disputed_for_a_while_and_counts_for_nothing_meanwhile(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        meeting = case.met("WG", 90)
        settled_at = meeting.place.credited_at
        assert settled_at is not None
        with pytest.raises(reports.TooLate):
            reports.dispute(meeting, case.ambassador, "No.", at=settled_at + 7 * DAY)
        before = revision(case.ambassador)
        reports.dispute(meeting, case.ambassador, "It was longer.", at=settled_at + 7 * DAY - MOMENT)
        assert (meeting.place.outcome, meeting.place.credited_minutes) == (AppointmentState.DISPUTED, None)
        assert revision(case.ambassador) == before + 1
        reports.decide(
            meeting, 90, "It stays.", person_id=case.staff.person_id, own=False, at=settled_at + 8 * DAY
        )
        assert meeting.place.credited_minutes == 90


def test_no_future_end_no_other_day_and_nothing_unconfirmed_can_be_reported(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        (meeting,) = case.a_meeting()
        with pytest.raises(reports.WrongTimes, match="future"):
            case.says(meeting, Side.CAPTAIN, 0, 90, at=END - MOMENT)
        assert case.says(meeting, Side.CAPTAIN, 0, 60, at=BEGAN + 60 * MINUTE) is AppointmentState.REPORTED
        with pytest.raises(reports.WrongTimes, match="day"):
            case.says(meeting, Side.AMBASSADOR, -800, 90)
        (asked,) = case.a_meeting(state=AppointmentState.REQUESTED)
        with pytest.raises(reports.CannotReport):
            case.says(asked, Side.CAPTAIN)
        (left,) = case.a_meeting()
        left.place.state = PlaceState.LEFT
        db.session.flush()
        with pytest.raises(reports.CannotReport):
            case.says(left, Side.CAPTAIN)


def test_reports_are_taken_until_the_seventh_day_is_over_and_not_a_moment_longer(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        (meeting,) = case.a_meeting()
        case.says(meeting, Side.CAPTAIN)
        with pytest.raises(reports.TooLate):
            case.says(meeting, Side.AMBASSADOR, at=END + 7 * DAY)
        assert not reports.lapse(meeting, at=END + 7 * DAY - MOMENT)
        case.says(meeting, Side.AMBASSADOR, at=END + 7 * DAY - MOMENT)
        assert meeting.place.outcome is AppointmentState.CREDITED
        assert not reports.lapse(meeting, at=END + 8 * DAY)


def test_each_place_in_a_group_is_settled_on_its_own(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        others = [builders.an_enrolment(case.course, builders.a_person(name)) for name in ("ก", "ข")]
        one, two, three = case.a_meeting(case.ambassador, *others)
        for meeting in (one, two, three):
            case.says(meeting, Side.CAPTAIN)
        assert state_of(one) is AppointmentState.REPORTED
        case.says(one, Side.AMBASSADOR)
        assert one.place.credited_minutes == 90
        assert two.place.credited_minutes is None
        case.says(two, Side.AMBASSADOR, 0, 30)
        assert state_of(one) is AppointmentState.DISPUTED
        reports.decide(two, 0, "Left early.", person_id=case.staff.person_id, own=False, at=END + DAY)
        assert state_of(one) is AppointmentState.REPORTED
        assert reports.lapse(three, at=END + 7 * DAY)
        assert state_of(one) is AppointmentState.CREDITED


def test_who_does_not_answer_for_48_hours_was_not_there(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        (meeting,) = case.a_meeting()
        with pytest.raises(reports.WrongTimes):
            case.says(meeting, Side.CAPTAIN, None, at=BEGAN + 14 * MINUTE)
        case.says(meeting, Side.CAPTAIN, None, at=END)
        assert notices(case.ambassador) == ["meeting-no-show"]
        assert not reports.settle_silence(meeting, at=END + 2 * DAY - MOMENT)
        assert reports.settle_silence(meeting, at=END + 2 * DAY)
        assert state_of(meeting) is AppointmentState.NO_SHOW
        with pytest.raises(reports.AlreadySettled):
            case.says(meeting, Side.AMBASSADOR, at=END + 2 * DAY)
        reports.dispute(meeting, case.ambassador, "I was ill.", at=END + 3 * DAY)
        assert state_of(meeting) is AppointmentState.DISPUTED


def test_answering_that_one_was_there_opens_a_dispute(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        (meeting,) = case.a_meeting()
        # Said at the last moment, it still leaves the other side two days.
        said_at = END + 7 * DAY - MOMENT
        case.says(meeting, Side.AMBASSADOR, None, at=said_at)
        assert not reports.lapse(meeting, at=END + 8 * DAY)
        assert case.says(meeting, Side.CAPTAIN, at=said_at + 2 * DAY - MOMENT) is AppointmentState.DISPUTED


def test_agreeing_that_one_was_not_there_settles_it_at_once(app: Flask) -> None:
    with app.app_context(), transaction():
        case = Case()
        (meeting,) = case.a_meeting()
        with pytest.raises(reports.CannotReport):
            reports.agree_not_there(meeting, Side.AMBASSADOR, case.ambassador, at=END)
        case.says(meeting, Side.CAPTAIN, None, at=END)
        with pytest.raises(reports.CannotReport):
            reports.agree_not_there(meeting, Side.CAPTAIN, case.captain, at=END)
        reports.agree_not_there(meeting, Side.AMBASSADOR, case.ambassador, at=END)
        assert state_of(meeting) is AppointmentState.NO_SHOW


def events(appointment_id: int) -> list[str]:
    return list(
        db.session.scalars(
            sa.select(AppointmentEvent.verb)
            .where(AppointmentEvent.appointment_id == appointment_id)
            .order_by(AppointmentEvent.id)
        )
    )


def test_the_worker_asks_reminds_and_lets_lapse_once_each(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Case()
            (meeting,) = case.a_meeting()
            case.says(meeting, Side.CAPTAIN)
        number, ambassador, captain = meeting.appointment.id, case.ambassador, case.captain
        steps = [
            (END + MOMENT, ["meeting-report-asked"]),
            (END + 2 * DAY - MOMENT, ["meeting-report-asked"]),
            (END + 2 * DAY, ["meeting-report-asked", "meeting-report-reminder"]),
            (END + 5 * DAY, ["meeting-report-asked", *["meeting-report-reminder"] * 2]),
            (END + 7 * DAY - MOMENT, ["meeting-report-asked", *["meeting-report-reminder"] * 2]),
            (
                END + 7 * DAY,
                ["meeting-report-asked", *["meeting-report-reminder"] * 2, "meeting-lapsed"],
            ),
        ]
        for at, told in steps:
            for _again in range(2):
                report_jobs.settle_reports(at)
            assert notices(ambassador) == told
        assert notices(captain) == ["meeting-lapsed"]
        assert events(number) == ["reported", "report-asked", "reminded-2", "reminded-5", "lapsed"]
        place = report_queries.find_place(acting(case.staff), meeting.place.id)
        assert place is not None
        assert place.outcome is AppointmentState.LAPSED
        assert place.credited_minutes is None


def test_a_worker_that_stood_still_sends_the_latest_reminder_alone(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Case()
            case.a_meeting()
        report_jobs.settle_reports(END + 6 * DAY)
        report_jobs.settle_reports(END + 6 * DAY + MINUTE)
        assert notices(case.ambassador).count("meeting-report-reminder") == 1


def test_the_worker_settles_silence_at_its_exact_moment(app: Flask) -> None:
    with app.app_context():
        with transaction():
            case = Case()
            (meeting,) = case.a_meeting()
            case.says(meeting, Side.CAPTAIN, None, at=END)
        report_jobs.settle_reports(END + 2 * DAY - MOMENT)
        place_id = meeting.place.id
        found = report_queries.find_place(acting(case.staff), place_id)
        assert found is not None
        assert found.outcome is AppointmentState.REPORTED
        db.session.expunge_all()
        report_jobs.settle_reports(END + 2 * DAY)
        found = report_queries.find_place(acting(case.staff), place_id)
        assert found is not None
        assert found.outcome is AppointmentState.NO_SHOW
